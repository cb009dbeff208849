//! What a run would do with a record now, from the rows in memory: no request is made and nothing is written.

use couplet_engine::Side;
use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::{Action, Plan, PlanError, Planner, Run, Selection};
use leptos::prelude::*;
use leptos_router::components::A;
use rustc_hash::FxHashSet;

use super::RecordModel;
use crate::components::count_link::needs_path;
use crate::i18n::*;
use crate::pages::compared_fields::{captions, value_in};
use crate::state::parity::Ground;
use crate::text::{self, I18n};

/// The card.
#[component]
pub(super) fn NowCard(
    /// The record.
    model: RecordModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let content = move || {
        let (ground, row) = model.ground()?;
        let is_in = ground.with(|input| {
            let records = match model.side {
                Side::BusinessCentral => input.business_central,
                Side::Dataverse => input.dataverse,
            };
            row < records.in_filter.len() && records.in_filter.get(row)
        });
        let outside = (!is_in).then(|| view! { <p>{t!(i18n, record.out_run)}</p> });
        let plan = match plan(&ground, model) {
            Err(error) => {
                let reason = text::plan_error(i18n, error);
                let words = t_string!(i18n, record.cannot_plan, reason = reason);
                view! { <p><span class="verdict verdict--out">{words}</span></p> }.into_any()
            }
            Ok(plan) if plan.actions.is_empty() => view! { <p>{t!(i18n, record.nothing)}</p> }.into_any(),
            Ok(plan) => {
                let actions = plan.actions.iter().map(|it| action_view(i18n, &ground, it));
                view! { <ul class="record__actions">{actions.collect_view()}</ul> }.into_any()
            }
        };
        let name = &ground.mapping.name;
        let asked = match model.side {
            Side::BusinessCentral => "record",
            Side::Dataverse => "row",
        };
        let path = format!("{}?{asked}={}", needs_path(name), model.id);
        let needs = (!ground.mapping.is_option_mapping())
            .then(|| view! { <A href=path attr:class="button">{t!(i18n, run.needs_one)}</A> });
        Some(view! { {outside} {plan} {needs} })
    };
    view! {
        <article class="card record__now">
            <header>
                <h2>{t!(i18n, record.now)}</h2>
                <small>{t!(i18n, record.now_sub)}</small>
            </header>
            <div class="card__body">{content}</div>
        </article>
    }
}

/// The plan of an ordinary run over this record and its partner.
fn plan(ground: &Ground, model: RecordModel) -> Result<Plan, PlanError> {
    let (mut records, mut rows) = (FxHashSet::default(), FxHashSet::default());
    ground.with(|input| match model.side {
        Side::BusinessCentral => {
            records.insert(SystemId(model.id));
            rows.extend(input.state.couplings.row_of(SystemId(model.id)));
        }
        Side::Dataverse => {
            rows.insert(RowId(model.id));
            records.extend(input.state.couplings.record_of(RowId(model.id)));
        }
    });
    let run = Run { selection: Selection::Chosen { records, rows }, ..Run::scheduled(&ground.mapping) };
    ground.with_run(&run, |input| Planner::bind(input).map(|planner| planner.plan()))
}

fn action_view(i18n: I18n, ground: &Ground, action: &Action) -> AnyView {
    let captions = captions(ground);
    let side = action.pass.destination();
    let written = action.fields.iter().filter_map(|field| {
        let name = field.name(side)?;
        let value = value_in(i18n, ground, side, Some(name), field.write.as_ref()?);
        let value = if value.trim().is_empty() { t_string!(i18n, compared.blank).to_owned() } else { value };
        let layer = text::layer(i18n, &field.layer);
        let caption = captions.of(i18n, name);
        Some(view! { <li><strong>{caption}</strong> ": " {value} " " <small>{layer}</small></li> })
    });
    let written = written.collect::<Vec<_>>();
    let fields = (!written.is_empty()).then(|| {
        let words = text::action_kind(i18n, action.kind);
        view! { <details><summary>{words} " · " {written.len().to_string()}</summary><ul>{written}</ul></details> }
    });
    view! {
        <li>
            <span class=text::side_class(side)>{text::pass(i18n, action.pass)}</span> ": "
            <strong>{text::action_kind(i18n, action.kind)}</strong> ". "
            {text::reason(i18n, &action.reason, &captions)} " "
            <small>{t_string!(i18n, record.rule, rule = action.reason.rule().to_owned())}</small>
            {fields}
        </li>
    }
    .into_any()
}
