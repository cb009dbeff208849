//! Coupling by hand: a record on the left, a row on the right, their fields side by side, and what comes after it
//! (S3.10 to S3.12).

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::{
    InitialSynchronization, Partner, Pass, initial_synchronization, offers_create_new,
};
use couplet_engine::preview::{Lister, ListingQuery, identifying_fields};
use couplet_engine::{Direction, Side};
use couplet_filter::{Bitmap, FieldValue};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use uuid::Uuid;

use super::model::{CoupleModel, Pair, PairReason};
use super::pairs::SideBySide;
use crate::components::count_link::mapping_path;
use crate::components::segmented::Segmented;
use crate::components::virtual_table::{DrawRow, VirtualTable, text_cell};
use crate::i18n::*;
use crate::queries::slices::in_slices;
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
    let navigate = StoredValue::new_local(use_navigate());
    let couple = move |_| {
        let Some((record_id, row_id)) = untrack(pair) else { return };
        let asks = match first.get_untracked() {
            InitialSynchronization::DoNotSynchronize => None,
            InitialSynchronization::ToIntegrationTable => Some(format!("record={}", record_id.0)),
            InitialSynchronization::FromIntegrationTable => Some(format!("row={}", row_id.0)),
        };
        model.couple(i18n, vec![(record_id, row_id)], move || {
            record.set(None);
            row.set(None);
            if let Some(asks) = asks {
                let path = format!("{}/run?{asks}", model.name.with_value(mapping_path));
                navigate.with_value(|navigate| navigate(&path, NavigateOptions::default()));
            }
        });
    };
    let choices = move || {
        let mapping = model.mapping();
        let goes = move |pass: Pass| mapping.as_ref().is_some_and(|mapping| pass.takes(mapping.direction));
        let (to, from) = (goes(Pass::ToIntegrationTable), goes(Pass::FromIntegrationTable));
        let mut options = vec![(
            InitialSynchronization::DoNotSynchronize,
            Signal::derive(move || t_string!(i18n, couple.first_none).to_owned()),
        )];
        if to {
            let caption = Signal::derive(move || t_string!(i18n, couple.first_to).to_owned());
            options.push((InitialSynchronization::ToIntegrationTable, caption));
        }
        if from {
            let caption = Signal::derive(move || t_string!(i18n, couple.first_from).to_owned());
            options.push((InitialSynchronization::FromIntegrationTable, caption));
        }
        options
    };
    let detail = move || match pair() {
        None => view! { <p class="status status--empty">{t!(i18n, couple.pick_both)}</p> }.into_any(),
        Some((record, row)) => {
            let pair = Pair { record, row: Some(row), confidence: None, reason: PairReason::Coupled };
            view! {
                <SideBySide model=model pair=pair />
                <div class="couple__actions">
                    <button type="button" class="button--primary" disabled=move || model.is_busy.get() on:click=couple>
                        {t!(i18n, couple.couple_one)}
                    </button>
                    <span>{t!(i18n, couple.first)}</span>
                    <Segmented
                        label=Signal::derive(move || t_string!(i18n, couple.first).to_owned())
                        options=choices()
                        value=Signal::derive(move || Some(first.get()))
                        on_choose=move |choice| first.set(choice)
                    />
                </div>
            }
            .into_any()
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
    let free = Memo::new_with_compare(
        move |_| {
            model.ground.with(|ground| {
                ground.as_ref().map(|ground| (ground.clone(), Arc::new(uncoupled(ground, side))))
            })
        },
        |_, _| true,
    );
    let lister = StoredValue::new(Lister::default());
    let prepare = move || {
        let (ground, rows) = free.get()?;
        let search_fields = identifying_fields(ground.schema(side)).into_iter().map(str::to_owned).collect();
        let query = ListingQuery { search: search.get(), search_fields, ..ListingQuery::default() };
        Some((ground, rows, query))
    };
    let list = in_slices(prepare, move |(ground, rows, query)| {
        let step = |lister: &mut Lister| {
            let handle = ground.handle(side);
            handle.rows.with_untracked(|table| lister.step_among(query, table, || Bitmap::clone(rows)))
        };
        lister.try_update_value(step).flatten().map(Arc::new)
    });
    let listed = Signal::derive(move || list.get().unwrap_or_default());
    let columns = move || {
        let ground = model.ground.get();
        let fields = ground.map(|ground| {
            let schema = ground.schema(side);
            identifying_fields(schema).into_iter().filter_map(|name| schema.field(name).cloned()).collect()
        });
        fields.unwrap_or_else(Vec::new)
    };
    let draw = Signal::derive(move || -> DrawRow {
        let (ground, columns) = (model.ground.get(), columns());
        Arc::new(move |_, row| {
            let cells = ground.as_ref().map(|ground| {
                ground.handle(side).rows.with_untracked(|rows| {
                    let cell = |field: &couplet_engine::FieldSchema| {
                        let value =
                            rows.column(&field.name).map(|it| text::value(i18n, field, it.get(row as usize)));
                        let value = value.unwrap_or_default();
                        text_cell(value)
                    };
                    columns.iter().map(cell).collect_view()
                })
            });
            cells.into_any()
        })
    });
    let head = move || {
        let cells = columns().into_iter().map(|field| {
            let caption = field.labels.get(text::language(i18n)).to_owned();
            view! { <th scope="col"><span class="record-table__plain-head">{caption}</span></th> }
        });
        cells.collect_view()
    };
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
    let path = format!("{}/run?{name}={id}", mapping_path(&ground.mapping.name));
    is_offered.then(|| view! { <A href=path attr:class="button">{label}</A> }.into_any())
}
