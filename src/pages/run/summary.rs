//! What a plan comes to: one number an action and direction, each opening its list, and what was looked at without an
//! action.

use couplet_engine::planning::{Pass, PassSummary};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::run::model::PlanModel;
use crate::state::planned::{KINDS, PASSES};
use crate::text;

/// Totals as doors.
#[component]
pub(super) fn Summary(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let passes: Vec<Pass> =
        model.planned.with_value(|planned| planned.plan().passes.iter().map(|it| it.pass).collect());
    let shown = PASSES.into_iter().map(|(pass, _)| pass).filter(|pass| passes.contains(pass));
    let columns: Vec<Pass> = shown.collect();
    let heads = columns.iter().map(|&pass| {
        let class = format!("number {}", text::side_class(pass.destination()));
        view! { <th scope="col" class=class>{move || text::pass(i18n, pass)}</th> }
    });
    let heads = heads.collect_view();
    let rows = KINDS.into_iter().filter_map(|(kind, _)| {
        let counts: Vec<(Pass, usize)> = model.planned.with_value(|planned| {
            columns.iter().map(|&pass| (pass, planned.n_actions(kind, pass))).collect()
        });
        let n_all: usize = counts.iter().map(|(_, n)| n).sum();
        (n_all > 0).then(|| {
            let cells = counts.into_iter().map(|(pass, n)| {
                if n == 0 {
                    return view! { <td class="number quiet">"–"</td> }.into_any();
                }
                let is_shown = move || {
                    model.filter.with(|filter| filter.kind == Some(kind) && filter.pass == Some(pass))
                };
                let label = move || {
                    let kind = text::action_kind(i18n, kind);
                    t_string!(
                        i18n,
                        run.count_of,
                        count = formatted(i18n, n),
                        action = kind,
                        way = text::pass(i18n, pass)
                    )
                };
                view! {
                    <td class="number">
                        <button
                            type="button"
                            class="link"
                            aria-label=label
                            aria-pressed=move || is_shown().to_string()
                            on:click=move |_| model.show(Some(kind), Some(pass))
                        >
                            {move || formatted(i18n, n)}
                        </button>
                    </td>
                }
                .into_any()
            });
            view! {
                <tr>
                    <th scope="row">{move || text::action_kind(i18n, kind)}</th>
                    {cells.collect_view()}
                </tr>
            }
        })
    });
    let notes = model.planned.with_value(|planned| {
        planned.plan().passes.iter().map(|summary| notes(model, summary)).collect_view()
    });
    view! {
        <div class="scroll-x">
            <table class="rows plan-summary__totals">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, run.action)}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <ul class="plan-summary__notes">{notes}</ul>
    }
}

/// Records that a pass looked at without an action, and fields that cannot take part.
fn notes(model: PlanModel, summary: &PassSummary) -> impl IntoView + use<> {
    let i18n = use_i18n();
    let (pass, passed_over) = (summary.pass, summary.passed_over);
    let left_out = summary.left_out.clone();
    let lines = move || {
        let number = |n: usize| formatted(i18n, n);
        let way = text::pass(i18n, pass);
        let mut lines: Vec<String> = Vec::new();
        if passed_over.ignored > 0 {
            lines.push(t_string!(i18n, run.ignored, count = number(passed_over.ignored), way = way));
        }
        if passed_over.not_coupled > 0 {
            lines.push(t_string!(i18n, run.not_coupled, count = number(passed_over.not_coupled), way = way));
        }
        if passed_over.own_changes > 0 {
            lines.push(t_string!(i18n, run.own_changes, count = number(passed_over.own_changes), way = way));
        }
        let captions = model.captions();
        for field in &left_out {
            let words = text::left_out(i18n, field, &captions);
            lines.push(t_string!(i18n, run.field_left_out, way = way, reason = words));
        }
        lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()
    };
    view! { {lines} }
}
