//! The list of a plan's actions: one line a record, what needs a person first.

use std::sync::Arc;

use couplet_engine::Side;
use couplet_engine::planning::{Action, ActionKind, FieldDifference, Pass};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::components::virtual_table::{DrawRow, VirtualTable};
use crate::i18n::*;
use crate::pages::run::model::{PlanModel, captions, record_name};
use crate::state::planned::PlannedRun;
use crate::text::{self, Captions, I18n};

/// Fields that are named in a line; the others are counted.
const N_NAMED_FIELDS: usize = 3;

/// Tools and list.
#[component]
pub(super) fn ActionList(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let draw = Signal::derive(move || -> DrawRow {
        let planned = model.planned.get_value();
        let captions = captions(&planned);
        // Read here, so that the lines follow the language.
        let _ = i18n.get_locale();
        Arc::new(move |_, idx| match planned.plan().actions.get(idx as usize) {
            Some(action) => cells(i18n, &planned, &captions, action),
            None => ().into_any(),
        })
    });
    let head = move || {
        view! {
            <th scope="col" class="action-list__kind"><span class="record-table__plain-head">{t!(i18n, run.action)}</span></th>
            <th scope="col"><span class="record-table__plain-head bc">{t!(i18n, system.business_central)}</span></th>
            <th scope="col"><span class="record-table__plain-head dv">{t!(i18n, system.dataverse)}</span></th>
            <th scope="col"><span class="record-table__plain-head">{t!(i18n, run.written)}</span></th>
            <th scope="col" class="action-list__reason"><span class="record-table__plain-head">{t!(i18n, run.reason)}</span></th>
        }
    };
    let n_listed = move || model.listed.with(|listed| formatted(i18n, listed.len()));
    let n_all = model.planned.with_value(|planned| planned.plan().actions.len());
    let is_filtered = move || model.filter.with(|filter| *filter != Default::default());
    let label = Signal::derive(move || t_string!(i18n, run.actions).to_owned());
    let search_label = move || t_string!(i18n, run.search).to_owned();
    view! {
        <div class="record-table__tools">
            <input
                type="search"
                aria-label=search_label
                placeholder=search_label
                prop:value=move || model.filter.with(|filter| filter.search.clone())
                on:input:target=move |event| model.search(&event.target().value())
            />
            <button type="button" disabled=move || !is_filtered() on:click=move |_| {
                model.show(None, None);
                model.search("");
            }>
                {t!(i18n, run.show_all)}
            </button>
        </div>
        <p class="record-table__count" role="status">
            {move || t_string!(i18n, run.listed, count = n_listed(), total = formatted(i18n, n_all))}
        </p>
        <VirtualTable label rows=Signal::derive(move || model.listed.get()) selected=model.selected head draw />
        <Show when=move || model.listed.with(|listed| listed.is_empty())>
            <p class="status status--empty">{t!(i18n, run.nothing_listed)}</p>
        </Show>
    }
}

fn cells(i18n: I18n, planned: &PlannedRun, captions: &Captions, action: &Action) -> AnyView {
    let record = |side: Side| {
        let name = record_name(planned, action, side);
        let will_exist = matches!(action.kind, ActionKind::Create | ActionKind::Restore);
        match name {
            Some(name) => view! { <td title=name.clone()>{name.clone()}</td> }.into_any(),
            None if will_exist && action.pass.destination() == side => {
                view! { <td><span class="tag">{t_string!(i18n, run.new_record)}</span></td> }.into_any()
            }
            None => view! { <td></td> }.into_any(),
        }
    };
    let written = written_fields(i18n, captions, action);
    let reason = text::reason(i18n, &action.reason, captions);
    let rule = action.reason.rule();
    view! {
        <td>{kind_view(i18n, action.kind, action.pass)}</td>
        {record(Side::BusinessCentral)}
        {record(Side::Dataverse)}
        <td title=written.clone()>{written.clone()}</td>
        <td title=format!("{reason} ({rule})")>{reason.clone()} " " <span class="quiet">{rule}</span></td>
    }
    .into_any()
}

/// The kind of an action with the way it writes.
pub(super) fn kind_view(i18n: I18n, kind: ActionKind, pass: Pass) -> AnyView {
    let class = match kind {
        ActionKind::Create | ActionKind::Restore | ActionKind::Update | ActionKind::Couple => {
            "verdict verdict--in"
        }
        ActionKind::Conflict | ActionKind::RemoveCoupling | ActionKind::Delete => "verdict verdict--warn",
        ActionKind::Fail => "verdict verdict--out",
        ActionKind::Unchanged | ActionKind::Skip => "verdict",
    };
    let arrow = match pass {
        Pass::ToIntegrationTable => "→",
        Pass::FromIntegrationTable => "←",
    };
    let way = text::side_class(pass.destination());
    view! {
        <span class=class>{text::action_kind(i18n, kind)}</span>
        " "
        <span class=way title=text::pass(i18n, pass)>{arrow}</span>
    }
    .into_any()
}

/// "Name, City and 3 more": the fields that are written, or wait for a decision.
fn written_fields(i18n: I18n, captions: &Captions, action: &Action) -> String {
    let is_told = |field: &&FieldDifference| field.write.is_some() || action.kind == ActionKind::Conflict;
    let mut names: Vec<String> = Vec::new();
    let mut n_more = 0_usize;
    for field in action.fields.iter().filter(is_told) {
        match field.field.as_ref().or(field.column.as_ref()) {
            Some(name) if names.len() < N_NAMED_FIELDS => names.push(captions.of(i18n, name)),
            _ => n_more += 1,
        }
    }
    let names = names.join(", ");
    if n_more == 0 {
        return names;
    }
    t_string!(i18n, run.fields_more, names = names, count = formatted(i18n, n_more))
}
