//! Coupling by hand: a record on the left, a row on the right, their fields side by side, and what comes after it
//! (S3.10 to S3.12).

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::{InitialSynchronization, Partner, initial_synchronization, offers_create_new};
use couplet_engine::{Direction, Side};
use couplet_filter::{Bitmap, FieldValue};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use super::first::FirstTime;
use super::model::CoupleModel;
use super::pairs::SideBySide;
use crate::components::count_link::mapping_path;
use crate::components::virtual_table::{DrawRow, VirtualTable};
use crate::i18n::*;
use crate::pages::record_columns::{Among, columns, found, head_cells, row_cells};
use crate::state::parity::Ground;
use crate::text;

/// Two lists and what their chosen records have in common.
#[component]
pub(super) fn ByHand(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = move |name: &str| {
        let id = query.with_untracked(|query| query.get(name)).and_then(|id| Uuid::try_parse(&id).ok())?;
        model.places.with_untracked(|places| match name {
            "record" => places.record(SystemId(id)),
            _ => places.row(RowId(id)),
        })
    };
    let record = RwSignal::new(asked("record").map(|row| row as u32));
    let row = RwSignal::new(asked("row").map(|row| row as u32));
    let id = move |side: Side, row: Option<u32>| {
        let ground = model.ground.get()?;
        id_in(&ground, side, row? as usize)
    };
    let pair = move || {
        let record = SystemId(id(Side::BusinessCentral, record.get())?);
        let row = RowId(id(Side::Dataverse, row.get())?);
        Some((record, row))
    };
    let preset = untrack(|| model.mapping()).map(|it| initial_synchronization(&it, Partner::None));
    let first = RwSignal::new(preset.unwrap_or(InitialSynchronization::DoNotSynchronize));
    let couple = move |_| {
        let Some(pair) = untrack(pair) else { return };
        model.couple_or_plan(i18n, vec![pair], first.get_untracked(), move || {
            record.set(None);
            row.set(None);
        });
    };
    let detail = move || {
        match pair() {
        None => view! { <p class="status status--empty">{t!(i18n, couple.pick_both)}</p> }.into_any(),
        Some((record, row)) => {
            view! {
                <SideBySide model=model record=record row=Some(row) />
                <div class="couple__actions">
                    <button type="button" class="button--primary" disabled=move || model.is_busy.get() on:click=couple>
                        {t!(i18n, couple.couple_one)}
                    </button>
                    <FirstTime model=model first=first />
                </div>
            }
            .into_any()
        }
    }
    };
    view! {
        <div class="sides">
            <Picker model=model side=Side::BusinessCentral selected=record />
            <Picker model=model side=Side::Dataverse selected=row />
        </div>
        <section class="card couple">{detail}</section>
    }
}

fn id_in(ground: &Ground, side: Side, row: usize) -> Option<Uuid> {
    let key_field = &ground.schema(side).key_field;
    ground.handle(side).rows.with_untracked(|rows| match rows.column(key_field)?.get(row) {
        FieldValue::Guid(id) => Some(id),
        _ => None,
    })
}

/// Uncoupled records of one side inside its filter.
fn uncoupled(ground: &Ground, side: Side) -> Bitmap {
    ground.with(|input| {
        let records = match side {
            Side::BusinessCentral => input.business_central,
            Side::Dataverse => input.dataverse,
        };
        let mut free = records.in_filter.clone();
        let Some(keys) = records.rows.column(&records.schema.key_field) else { return free };
        for row in 0..free.len() {
            let FieldValue::Guid(id) = keys.get(row) else { continue };
            let is_coupled = match side {
                Side::BusinessCentral => input.state.couplings.get(SystemId(id)).is_some(),
                Side::Dataverse => input.state.couplings.of_row(RowId(id)).is_some(),
            };
            if is_coupled {
                free.set(row, false);
            }
        }
        free
    })
}

/// The uncoupled records of one side to choose from.
#[component]
fn Picker(
    /// The workbench.
    model: CoupleModel,
    /// The side.
    side: Side,
    /// The chosen record.
    selected: RwSignal<Option<u32>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let search = RwSignal::new(String::new());
    let listed = found(move || {
        let ground = model.ground.get()?;
        let rows = uncoupled(&ground, side);
        Some(Among { ground, side, rows, search: search.get() })
    });
    let columns = move || {
        let columns = model.ground.with(|ground| ground.as_ref().map(|ground| columns(ground.schema(side))));
        columns.unwrap_or_default()
    };
    let draw = Signal::derive(move || -> DrawRow {
        let (ground, columns) = (model.ground.get(), columns());
        Arc::new(move |_, row| {
            let ground = ground.as_ref();
            ground.map(|ground| row_cells(i18n, &columns, ground, side, row as usize)).into_any()
        })
    });
    let head = move || head_cells(i18n, columns());
    let label = Signal::derive(move || match side {
        Side::BusinessCentral => t_string!(i18n, couple.pick_record).to_owned(),
        Side::Dataverse => t_string!(i18n, couple.pick_row).to_owned(),
    });
    let input_label = move || t_string!(i18n, preview.search, system = text::side(i18n, side));
    view! {
        <article class=format!("card card--{}", text::side_class(side))>
            <header><h2>{label}</h2></header>
            <div class="record-table__tools">
                <input
                    type="search"
                    aria-label=input_label
                    placeholder=input_label
                    prop:value=move || search.get()
                    on:input:target=move |event| search.set(event.target().value())
                />
                {move || create_link(i18n, model, side, selected.get())}
            </div>
            <VirtualTable label=label rows=listed selected=selected head=head draw=draw />
        </article>
    }
}

/// The way to create the partner of the chosen record, where the mapping runs that way (S3.11).
fn create_link(i18n: text::I18n, model: CoupleModel, side: Side, row: Option<u32>) -> Option<AnyView> {
    let ground = model.ground.get()?;
    let id = id_in(&ground, side, row? as usize)?;
    let (is_offered, name, label) = match side {
        Side::BusinessCentral => {
            (offers_create_new(&ground.mapping, Partner::None), "record", t_string!(i18n, couple.create_to))
        }
        Side::Dataverse => (
            ground.mapping.direction != Direction::ToIntegrationTable,
            "row",
            t_string!(i18n, couple.create_from),
        ),
    };
    let path = format!("{}/run?scope=create&{name}={id}", mapping_path(&ground.mapping.name));
    is_offered.then(|| view! { <A href=path attr:class="button">{label}</A> }.into_any())
}
