//! Readiness: what the data says will go wrong, by cause, with what to do and a door to its records.

use couplet_engine::planning::{Failure, Pass};
use couplet_engine::preparation::{Cause, Severity};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::components::count_link::needs_path;
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::i18n::*;
use crate::pages::run::model::{PlanModel, captions};
use crate::state::runs::{Chosen, Runs};
use crate::text;

/// Causes that are shown before a person asks for more.
const N_SHOWN: usize = 8;

/// The findings of a plan; nothing when there is none.
#[component]
pub(super) fn Findings(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let n_findings = model.planned.with_value(|planned| planned.findings.len());
    let shows_all = RwSignal::new(false);
    let lines = move || {
        let n_shown = if shows_all.get() { n_findings } else { n_findings.min(N_SHOWN) };
        (0..n_shown).map(|idx| view! { <FindingLine model idx /> }).collect_view()
    };
    (n_findings > 0).then(|| {
        view! {
            <article class="card">
                <header>
                    <h2>{t!(i18n, run.findings)}</h2>
                    <small>{t!(i18n, run.findings_sub)}</small>
                    <span class="needs__button"><NeedsOfAll model /></span>
                </header>
                <ul class="finding-list">{lines}</ul>
                <Show when=move || { n_findings > N_SHOWN && !shows_all.get() }>
                    <div class="card__body">
                        <button type="button" on:click=move |_| shows_all.set(true)>
                            {move || t_string!(i18n, run.findings_all, count = formatted(i18n, n_findings))}
                        </button>
                    </div>
                </Show>
            </article>
        }
    })
}

/// The way to what the records that will fail need first; nothing where none fails for want of something coupled.
#[component]
fn NeedsOfAll(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let (runs, navigate) = (Runs::expect(), use_navigate());
    let chosen = model.planned.with_value(|planned| {
        let waiting = planned.findings.iter().filter(|finding| waits(&finding.cause));
        let mut chosen = Chosen::default();
        for finding in waiting {
            for (record, row) in &finding.records {
                match finding.pass {
                    Pass::ToIntegrationTable => chosen.records.extend(*record),
                    Pass::FromIntegrationTable => chosen.rows.extend(*row),
                }
            }
        }
        chosen
    });
    let name = model.handle.mapping.get_value();
    (!chosen.is_empty()).then(|| {
        let go = move |_| {
            runs.ask_needs(&name, chosen.clone());
            navigate(&needs_path(&name), NavigateOptions::default());
        };
        view! { <button type="button" class="button--primary" on:click=go>{t!(i18n, run.needs)}</button> }
    })
}

/// Whether a cause goes away once something else is coupled.
fn waits(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Planned(
            Failure::LookupNotCoupled { .. }
                | Failure::OptionNotCoupled { .. }
                | Failure::OwnerNotCoupled { .. }
                | Failure::ParentNotCoupled
        )
    )
}

#[component]
fn FindingLine(
    /// The plan.
    model: PlanModel,
    /// Place of the finding.
    idx: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        model.planned.with_value(|planned| {
            let finding = planned.findings.get(idx)?;
            let words = text::cause(i18n, &finding.cause, &captions(planned));
            let advice = text::failure_advice(i18n, finding.cause.code()).unwrap_or_default();
            Some((words, advice, text::pass(i18n, finding.pass)))
        })
    };
    let known = model
        .planned
        .with_value(|planned| planned.findings.get(idx).map(|it| (it.cause.severity(), it.records.len())));
    let (severity, n_records) = known.unwrap_or((Severity::Warning, 0));
    let (class, caption) = match severity {
        Severity::Error => ("verdict verdict--out", Signal::derive(move || t_string!(i18n, run.stops))),
        Severity::Warning => ("verdict verdict--warn", Signal::derive(move || t_string!(i18n, run.warns))),
    };
    let is_shown = move || model.filter.with(|filter| filter.finding == Some(idx));
    view! {
        <li class="finding-list__line">
            <span class=class>{caption}</span>
            <div>
                {move || words().map(|(words, advice, way)| view! {
                    <strong>{words}</strong> " " <span class="quiet">{way}</span>
                    <div class="quiet">{advice}</div>
                })}
            </div>
            <button
                type="button"
                class="link"
                aria-pressed=move || is_shown().to_string()
                on:click=move |_| model.show_finding(idx)
            >
                {move || {
                    let count = formatted(i18n, n_records);
                    if is_single(i18n, n_records) {
                        t_string!(i18n, run.n_records_single, count = count)
                    } else {
                        t_string!(i18n, run.n_records_several, count = count)
                    }
                }}
            </button>
        </li>
    }
}
