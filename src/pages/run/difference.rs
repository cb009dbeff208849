//! One action field by field: as last synchronized, on each side now, what is written and where that comes from; and the
//! decision about what was edited on both sides.

use couplet_engine::Side;
use couplet_engine::coupling::SystemId;
use couplet_engine::planning::{Action, ActionKind, FieldDifference, Kept, Winner};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::count_link::needs_path;
use crate::components::segmented::Segmented;
use crate::i18n::*;
use crate::pages::run::actions::kind_view;
use crate::pages::run::model::{PlanModel, captions, record_name, value_words};
use crate::pages::run::remember::Remember;
use crate::state::planned::PlannedRun;
use crate::text::{self, I18n};

/// The chosen action; nothing while none is chosen.
#[component]
pub(super) fn Difference(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    move || {
        let action = model.selected.get().and_then(|idx| {
            model.planned.with_value(|planned| planned.plan().actions.get(idx as usize).cloned())
        });
        action.map(|action| view! { <ActionDetail model action /> })
    }
}

/// Where it is told what the record of a failed action needs first; none for other actions, and for values of a choice.
fn needs_path_of(model: PlanModel, action: &Action) -> Option<String> {
    let is_option = model.planned.with_value(|planned| planned.mapping.is_option_mapping());
    let (name, id) = match action.pass.source() {
        Side::BusinessCentral => ("record", action.record.map(|record| record.0)),
        Side::Dataverse => ("row", action.row.map(|row| row.0)),
    };
    let id = id.filter(|_| action.kind == ActionKind::Fail && !is_option)?;
    Some(format!("{}?{name}={id}", model.handle.mapping.with_value(needs_path)))
}

#[component]
fn ActionDetail(
    /// The plan.
    model: PlanModel,
    /// The action.
    action: Action,
) -> impl IntoView {
    let i18n = use_i18n();
    let planned = model.planned.get_value();
    let name = [Side::BusinessCentral, Side::Dataverse]
        .into_iter()
        .find_map(|side| record_name(&planned, &action, side))
        .unwrap_or_default();
    let advice = text::failure_advice(i18n, action.reason.code());
    let reason = text::reason(i18n, &action.reason, &captions(&planned));
    let class = format!("card why card--{}", text::side_class(action.pass.destination()));
    let is_conflict = action.kind == ActionKind::Conflict;
    let needs = needs_path_of(model, &action);
    let numbers: Vec<u32> = action.fields.iter().filter_map(|field| field.number).collect();
    let record = action.record;
    let decide_all = move |winner: Winner| {
        let Some(record) = record else { return };
        model.decide(numbers.iter().map(|number| (record, *number)), winner);
    };
    let lines = action.fields.iter().map(|field| line(i18n, model, &planned, &action, field)).collect_view();
    let has_fields = !action.fields.is_empty();
    view! {
        <section class=class aria-live="polite">
            <header>
                <h2>{name}</h2>
                {kind_view(i18n, action.kind, action.pass)}
                <button type="button" on:click=move |_| model.selected.set(None)>{t!(i18n, action.close)}</button>
            </header>
            <p class="difference__reason">
                {reason} " " <span class="quiet">{action.reason.rule()}</span>
                {advice.map(|advice| view! { <br /> <span class="quiet">{advice}</span> })}
            </p>
            {needs.map(|path| view! {
                <p class="difference__reason"><A href=path attr:class="button">{t!(i18n, run.needs_one)}</A></p>
            })}
            {is_conflict.then(|| view! { <WholeRecord decide=Callback::new(decide_all) /> })}
            <Show
                when=move || has_fields
                fallback=move || view! { <p class="status status--empty">{t!(i18n, run.no_fields)}</p> }
            >
                <p class="visually-hidden">{t!(i18n, run.difference)}</p>
            </Show>
            {has_fields.then(|| view! {
                <div class="scroll-x">
                    <table class="rows difference">
                        <thead>
                            <tr>
                                <th scope="col">{t!(i18n, run.field)}</th>
                                <th scope="col">{t!(i18n, run.last)}</th>
                                <th scope="col" class="bc">{t!(i18n, system.business_central)}</th>
                                <th scope="col" class="dv">{t!(i18n, system.dataverse)}</th>
                                <th scope="col">{t!(i18n, run.written)}</th>
                                <th scope="col">{t!(i18n, run.layer)}</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            })}
        </section>
    }
}

/// One side wins for every field of the record.
#[component]
fn WholeRecord(
    /// Decides.
    decide: Callback<Winner>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="difference__decide">
            <span>{t!(i18n, run.decide_record)}</span>
            <button type="button" class="button--small" on:click=move |_| decide.run(Winner::BusinessCentral)>
                <span class="bc">{t!(i18n, system.business_central)}</span>
            </button>
            <button type="button" class="button--small" on:click=move |_| decide.run(Winner::Dataverse)>
                <span class="dv">{t!(i18n, system.dataverse)}</span>
            </button>
        </div>
    }
}

/// One field.
fn line(
    i18n: I18n,
    model: PlanModel,
    planned: &PlannedRun,
    action: &Action,
    field: &FieldDifference,
) -> AnyView {
    let blank = t_string!(i18n, value.blank);
    let show = |words: Option<String>| match words {
        Some(words) => view! { {words} }.into_any(),
        None => view! { <span class="quiet">{blank}</span> }.into_any(),
    };
    let name = field.field.as_ref().or(field.column.as_ref());
    let caption = name.map(|name| captions(planned).of(i18n, name)).unwrap_or_default();
    let names = [field.field.as_deref(), field.column.as_deref()];
    let both = names.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let now = |side: Side| {
        let (value, last) = match side {
            Side::BusinessCentral => (&field.business_central, field.last_business_central.as_ref()),
            Side::Dataverse => (&field.dataverse, field.last_dataverse.as_ref()),
        };
        let words = value_words(i18n, planned, side, field.name(side), value);
        let before = last.map(|last| value_words(i18n, planned, side, field.name(side), last));
        let is_edited = before.is_some_and(|before| before != words);
        let is_replaced = field.write.is_some() && side == action.pass.destination();
        let edited = is_edited.then(|| view! { " " <span class="tag">{t_string!(i18n, run.edited)}</span> });
        if is_replaced {
            view! { <del>{show(words)}</del> {edited} }.into_any()
        } else {
            view! { {show(words)} {edited} }.into_any()
        }
    };
    let destination = action.pass.destination();
    let written = match (&field.write, field.kept) {
        (Some(value), _) => {
            let words = value_words(i18n, planned, destination, field.name(destination), value);
            view! { <ins class=text::side_class(destination)>{show(words)}</ins> }.into_any()
        }
        (None, Some(Kept::Conflict)) => decision(i18n, model, action.record, field.number, &caption),
        (None, _) => view! { <span class="quiet">"–"</span> }.into_any(),
    };
    let mut layer = match field.kept {
        Some(kept) => text::kept(i18n, kept).to_owned(),
        None => text::layer(i18n, &field.layer),
    };
    if let Some(by) = field.decided {
        layer = format!("{layer} · {}", text::decided_by(i18n, by));
    }
    view! {
        <tr>
            <th scope="row"><span title=both>{caption.clone()}</span></th>
            <td>{last(i18n, planned, field)}</td>
            <td>{now(Side::BusinessCentral)}</td>
            <td>{now(Side::Dataverse)}</td>
            <td>{written}</td>
            <td><span class="quiet">{layer}</span></td>
        </tr>
    }
    .into_any()
}

/// What both sides held after the last synchronization: one text when it was the same.
fn last(i18n: I18n, planned: &PlannedRun, field: &FieldDifference) -> AnyView {
    let words = |side: Side, value: &Option<couplet_engine::Value>| {
        let value = value.as_ref()?;
        let words = value_words(i18n, planned, side, field.name(side), value);
        Some(words.unwrap_or_else(|| t_string!(i18n, value.blank).to_owned()))
    };
    let business_central = words(Side::BusinessCentral, &field.last_business_central);
    let dataverse = words(Side::Dataverse, &field.last_dataverse);
    match (business_central, dataverse) {
        (None, None) => view! { <span class="quiet">{t_string!(i18n, run.never)}</span> }.into_any(),
        (Some(one), Some(other)) if one == other => one.into_any(),
        (one, other) => view! {
            {one.map(|one| view! { <span class="bc">{one}</span> })} " "
            {other.map(|other| view! { <span class="dv">{other}</span> })}
        }
        .into_any(),
    }
}

/// Which side wins a field that was edited on both.
fn decision(
    i18n: I18n,
    model: PlanModel,
    record: Option<SystemId>,
    number: Option<u32>,
    caption: &str,
) -> AnyView {
    let (Some(key), Some(number)) = (record.zip(number), number) else { return ().into_any() };
    let value = Signal::derive(move || model.handle.decisions.with(|decisions| decisions.get(&key).copied()));
    let options = [Winner::BusinessCentral, Winner::Dataverse].map(|winner| {
        let caption = Signal::derive(move || text::side(i18n, winner.side()));
        (winner, caption)
    });
    let choose = move |winner: Winner| model.decide([key], winner);
    let label = t_string!(i18n, run.decide_field, field = caption.to_owned());
    view! {
        <Segmented label=label options=options.to_vec() value=value on_choose=Callback::new(choose) />
        <Remember model number caption=caption.to_owned() winner=value />
    }
    .into_any()
}
