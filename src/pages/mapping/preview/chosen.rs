//! What can be done with the records that a person chose in a list: synchronize exactly these, couple them, or ask what they
//! need first. Nothing is written here: each leads to a page that shows a plan.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::Pass;
use couplet_engine::{Direction, Side};
use couplet_filter::FieldValue;
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::components::count_link::{needs_path, run_path};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::state::runs::{Chosen, Runs};

/// The number of chosen records with what can be done; the button that chooses all that are listed.
#[component]
pub(super) fn ChosenBar(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let n_chosen = move || model.marked.with(FxHashSet::len);
    let n_listed = move || model.listed.with(|listed| listed.len());
    let choose_all = move |_| {
        let listed = model.listed.get_untracked();
        model.marked.update(|marked| marked.extend(listed.iter().copied()));
    };
    let label = move || t_string!(i18n, chosen.label).to_owned();
    view! {
        <Show when=move || model.can_choose()>
            <div class="chosen-bar" role="group" aria-label=label>
                <button type="button" disabled=move || n_listed() == 0 on:click=choose_all>
                    {move || t_string!(i18n, chosen.all, count = formatted(i18n, n_listed()))}
                </button>
                <Show when=move || n_chosen() != 0 fallback=move || view! { <span class="quiet">{t!(i18n, chosen.keys)}</span> }>
                    <strong role="status">{move || t_string!(i18n, chosen.count, count = formatted(i18n, n_chosen()))}</strong>
                    <Doors model />
                    <button type="button" class="link" on:click=move |_| model.marked.update(FxHashSet::clear)>
                        {t!(i18n, chosen.clear)}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

/// Where the chosen records lead.
#[component]
fn Doors(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let runs = StoredValue::new(Runs::expect());
    let navigate = use_navigate();
    let go = move |path: String| navigate(&path, NavigateOptions::default());
    let name = model.name.get_value();
    let (side, run, needs) = (model.preview.side, run_path(&name), needs_path(&name));
    let synchronize = {
        let (go, run) = (go.clone(), run.clone());
        move |_| {
            let handle = runs.with_value(|runs| model.name.with_value(|name| runs.of(name)));
            handle.choose(direction(model), chosen(model));
            go(run.clone());
        }
    };
    let couple = {
        let go = go.clone();
        move |_| {
            let handle = runs.with_value(|runs| model.name.with_value(|name| runs.of(name)));
            handle.aim(Direction::Bidirectional, Goal::Match { chosen: Some(chosen(model).records) });
            go(run.clone());
        }
    };
    let ask = move |_| {
        runs.with_value(|runs| model.name.with_value(|name| runs.ask_needs(name, chosen(model))));
        go(needs.clone());
    };
    let is_records =
        model.preview.mapping.with_untracked(|it| it.as_ref().is_some_and(|it| !it.is_option_mapping()));
    let couple = (side == Side::BusinessCentral && is_records).then(|| {
        view! { <button type="button" on:click=couple>{t!(i18n, chosen.couple)}</button> }
    });
    let ask = is_records.then(|| {
        view! { <button type="button" on:click=ask>{t!(i18n, chosen.needs)}</button> }
    });
    // Records of a side that the mapping never writes from have nothing to be synchronized.
    let synchronize = pass_from(side).takes(configured(model)).then(|| {
        view! {
            <button type="button" class="button--primary" on:click=synchronize>{t!(i18n, chosen.synchronize)}</button>
        }
    });
    view! {
        {synchronize}
        {couple}
        {ask}
    }
}

/// The way in which chosen records of this side are written, where the mapping goes it; else its own.
fn direction(model: SideModel) -> Direction {
    match (configured(model), pass_from(model.preview.side)) {
        (Direction::Bidirectional, Pass::ToIntegrationTable) => Direction::ToIntegrationTable,
        (Direction::Bidirectional, Pass::FromIntegrationTable) => Direction::FromIntegrationTable,
        (configured, _) => configured,
    }
}

fn configured(model: SideModel) -> Direction {
    let direction = model.preview.mapping.with_untracked(|mapping| mapping.as_ref().map(|it| it.direction));
    direction.unwrap_or_default()
}

fn pass_from(side: Side) -> Pass {
    match side {
        Side::BusinessCentral => Pass::ToIntegrationTable,
        Side::Dataverse => Pass::FromIntegrationTable,
    }
}

/// The ids of the chosen rows.
fn chosen(model: SideModel) -> Chosen {
    let handle = untrack(|| model.preview.handle());
    let key = untrack(|| model.schema()).map(|schema| schema.key_field.clone());
    let (Some(handle), Some(key)) = (handle, key) else { return Chosen::default() };
    let ids: Vec<Uuid> = handle.rows.with_untracked(|rows| {
        let Some(keys) = rows.column(&key) else { return Vec::new() };
        let id = |row: &u32| match keys.get(*row as usize) {
            FieldValue::Guid(id) => Some(id),
            _ => None,
        };
        model.marked.with_untracked(|marked| {
            marked.iter().filter(|row| (**row as usize) < rows.n_rows()).filter_map(id).collect()
        })
    });
    match model.preview.side {
        Side::BusinessCentral => {
            Chosen { records: ids.into_iter().map(SystemId).collect(), ..Chosen::default() }
        }
        Side::Dataverse => Chosen { rows: ids.into_iter().map(RowId).collect(), ..Chosen::default() },
    }
}
