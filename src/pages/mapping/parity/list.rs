//! The list behind a number, and the chosen record with its fields side by side.

use std::sync::Arc;

use couplet_engine::Side;
use couplet_engine::parity::ParityClass;
use leptos::prelude::*;
use leptos_router::components::A;

use super::ParityModel;
use crate::components::count_link::record_path;
use crate::components::number::formatted;
use crate::components::virtual_table::{DrawRow, VirtualTable, text_cell};
use crate::i18n::*;
use crate::pages::compared_fields::ComparedFields;
use crate::pages::mapping::parity_reasons::{id_of, name_of, other, sentence};
use crate::pages::record_columns::{Among, columns, found, head_cells, row_cells};
use crate::text;

/// The list.
#[component]
pub(super) fn ClassList(
    /// The tab.
    model: ParityModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let listed = listed(model);
    let columns = move || {
        let schema = model.judged().map(|judged| columns(judged.ground.schema(model.side.get())));
        schema.unwrap_or_default()
    };
    let draw = Signal::derive(move || -> DrawRow {
        let (judged, side, columns) = (model.judged(), model.side.get(), columns());
        Arc::new(move |_, row| {
            let Some(judged) = &judged else { return ().into_any() };
            let row = row as usize;
            let cells = row_cells(i18n, &columns, &judged.ground, side, row);
            let partner = judged.parity.partner(side, row);
            let partner =
                partner.map(|partner| name_of(i18n, judged, other(side), partner)).unwrap_or_default();
            let why = sentence(i18n, model.parity, judged, side, row);
            view! { {cells} {text_cell(partner)} {text_cell(why)} }.into_any()
        })
    });
    let head = move || {
        view! {
            {head_cells(i18n, columns())}
            <th scope="col"><span class="record-table__plain-head">{t!(i18n, parity.partner)}</span></th>
            <th scope="col" class="parity__why"><span class="record-table__plain-head">{t!(i18n, parity.why)}</span></th>
        }
    };
    let title = Signal::derive(move || {
        let class = model.class.get();
        let class =
            class.map_or_else(|| t_string!(i18n, parity.total), |class| text::parity_class(i18n, class));
        t_string!(i18n, parity.list_of, class = class.to_owned(), system = text::side(i18n, model.side.get()))
    });
    let is_empty = move || listed.with(|listed| listed.is_empty());
    let count = move || {
        let count = listed.with(|listed| listed.len());
        t_string!(i18n, preview.listed, count = formatted(i18n, count))
    };
    let class = move || format!("card card--{} parity__list", text::side_class(model.side.get()));
    view! {
        <section class=class>
            <header>
                <h2>{title}</h2>
                <small role="status">{count}</small>
            </header>
            <Tools model=model />
            <VirtualTable label=title rows=listed selected=model.selected head=head draw=draw />
            <Show when=is_empty>
                <p class="status status--empty">{t!(i18n, parity.nothing)}</p>
            </Show>
        </section>
        <Chosen model=model />
    }
}

/// Search, and the field that the list is about.
#[component]
fn Tools(
    /// The tab.
    model: ParityModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = move || t_string!(i18n, preview.search, system = text::side(i18n, model.side.get()));
    let field = move || {
        model.field.get().map(|_| {
            view! {
                <button type="button" on:click=move |_| model.set_field.set(None)>
                    {t!(i18n, parity.all_fields)}
                </button>
            }
        })
    };
    view! {
        <div class="record-table__tools">
            <input
                type="search"
                aria-label=label
                placeholder=label
                prop:value=move || model.search.get().unwrap_or_default()
                on:input:target=move |event| {
                    let text = event.target().value();
                    model.set_search.set(Some(text).filter(|text| !text.is_empty()));
                }
            />
            {field}
        </div>
    }
}

/// The rows of the class that the search finds.
fn listed(model: ParityModel) -> Signal<Arc<Vec<u32>>> {
    found(move || {
        let (judged, side) = (model.judged()?, model.side.get());
        let mut rows = judged.parity.records(side, model.class.get());
        if let Some(field) = model.field.get().filter(|_| model.class.get() == Some(ParityClass::Different)) {
            for row in 0..rows.len() {
                if !judged.parity.out_of_step(side, row).contains(&field) {
                    rows.set(row, false);
                }
            }
        }
        Some(Among { ground: judged.ground, side, rows, search: model.search.get().unwrap_or_default() })
    })
}

/// The chosen record: its fields beside its partner's, and the way to its page.
#[component]
fn Chosen(
    /// The tab.
    model: ParityModel,
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let (judged, row) = (model.judged()?, model.selected.get()? as usize);
        let side = model.side.get();
        let name = name_of(i18n, &judged, side, row);
        let path = id_of(&judged, side, row).map(|id| record_path(&model.name.get_value(), side, id));
        let why = sentence(i18n, model.parity, &judged, side, row);
        let fields = judged.parity.partner(side, row).map(|partner| {
            let (record, row) = match side {
                Side::BusinessCentral => (row, partner),
                Side::Dataverse => (partner, row),
            };
            view! { <ComparedFields ground=judged.ground.clone() record=record row=row /> }
        });
        Some(view! {
            <section class=format!("card card--{} why", text::side_class(side)) aria-live="polite">
                <header>
                    <h2>{name}</h2>
                    <span class="why__actions">
                        {path.map(|path| view! { <A href=path>{t!(i18n, parity.open_record)}</A> })}
                        <button type="button" on:click=move |_| model.selected.set(None)>{t!(i18n, action.close)}</button>
                    </span>
                </header>
                <div class="card__body"><p>{why}</p></div>
                {fields}
            </section>
        })
    }
}
