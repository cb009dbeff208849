//! A list of pairs: search, choice, reasons, and the chosen line side by side. Any number of lines.

use std::cell::RefCell;
use std::sync::Arc;

use couplet_engine::Side;
use couplet_engine::coupling::{RowId, SystemId};
use leptos::prelude::*;
use leptos_router::components::A;

use super::model::{CoupleModel, Pair, PairReason};
use crate::components::count_link::record_path;
use crate::components::number::formatted;
use crate::components::virtual_table::{DrawRow, VirtualTable, text_cell};
use crate::i18n::*;
use crate::pages::compared_fields::ComparedFields;
use crate::queries::slices::in_slices;
use crate::text::{self, I18n};

/// Lines whose names are searched in one step.
const LINES_A_STEP: usize = 512;

/// The list.
#[component]
pub(super) fn PairList(
    /// The workbench.
    model: CoupleModel,
    /// Name of the list for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The lines, in order.
    #[prop(into)]
    pairs: Signal<Arc<Vec<Pair>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let search = RwSignal::new(String::new());
    let selected = RwSignal::new(None::<u32>);
    let shown = found(model, pairs, search);
    Effect::new(move |_| {
        pairs.track();
        selected.set(None);
    });
    let draw = Signal::derive(move || -> DrawRow {
        let pairs = pairs.get();
        Arc::new(move |_, line| match pairs.get(line as usize) {
            Some(pair) => cells(i18n, model, pair),
            None => ().into_any(),
        })
    });
    let head = move || {
        view! {
            <th scope="col" class="pairs__choose"><span class="visually-hidden">{t!(i18n, couple.coupled)}</span></th>
            <th scope="col"><span class="record-table__plain-head bc">{t!(i18n, system.business_central)}</span></th>
            <th scope="col"><span class="record-table__plain-head dv">{t!(i18n, system.dataverse)}</span></th>
            <th scope="col" class="pairs__reasons"><span class="record-table__plain-head">{t!(i18n, couple.reasons)}</span></th>
        }
    };
    let count = move || formatted(i18n, shown.with(|shown| shown.len()));
    view! {
        <div class="record-table__tools">
            <input
                type="search"
                aria-label=move || t_string!(i18n, couple.search)
                placeholder=move || t_string!(i18n, couple.search)
                prop:value=move || search.get()
                on:input:target=move |event| search.set(event.target().value())
            />
        </div>
        <p class="record-table__count" role="status">{move || t_string!(i18n, preview.listed, count = count())}</p>
        <VirtualTable label=label rows=shown selected=selected head=head draw=draw />
        {move || {
            let pair = pairs.with(|pairs| pairs.get(selected.get()? as usize).cloned())?;
            Some(view! { <SideBySide model=model record=pair.record row=pair.row /> })
        }}
    }
}

/// Lines whose names hold the text that is searched for.
fn found(
    model: CoupleModel,
    pairs: Signal<Arc<Vec<Pair>>>,
    search: RwSignal<String>,
) -> Signal<Arc<Vec<u32>>> {
    let i18n = use_i18n();
    let prepare = move || {
        let wanted = search.get().trim().to_lowercase();
        Some((pairs.get(), wanted, RefCell::new((0_usize, Vec::<u32>::new()))))
    };
    let list = in_slices(prepare, move |(pairs, wanted, progress)| {
        let (first, found) = &mut *progress.borrow_mut();
        if wanted.is_empty() {
            return Some(Arc::new((0..pairs.len() as u32).collect::<Vec<u32>>()));
        }
        let end = (*first + LINES_A_STEP).min(pairs.len());
        for (line, pair) in pairs.iter().enumerate().take(end).skip(*first) {
            let names = [record_name(i18n, model, pair.record), row_name(i18n, model, pair.row)];
            if names.iter().any(|name| name.to_lowercase().contains(wanted.as_str())) {
                found.push(line as u32);
            }
        }
        *first = end;
        (end == pairs.len()).then(|| Arc::new(std::mem::take(found)))
    });
    Signal::derive(move || list.get().unwrap_or_default())
}

fn name(i18n: I18n, model: CoupleModel, side: Side, row: Option<usize>) -> String {
    let name = model.ground.with_untracked(|ground| {
        let (ground, row) = ground.as_ref().zip(row)?;
        let handle = ground.handle(side);
        Some(handle.rows.with_untracked(|rows| text::record_name(i18n, ground.schema(side), rows, row)))
    });
    name.unwrap_or_default()
}

/// What a record is called.
pub(super) fn record_name(i18n: I18n, model: CoupleModel, record: SystemId) -> String {
    let row = model.places.with_untracked(|places| places.record(record));
    match row {
        None => record.0.to_string(),
        row => name(i18n, model, Side::BusinessCentral, row),
    }
}

/// What a row is called; empty without one.
pub(super) fn row_name(i18n: I18n, model: CoupleModel, row: Option<RowId>) -> String {
    let Some(id) = row else { return String::new() };
    match model.places.with_untracked(|places| places.row(id)) {
        None => id.0.to_string(),
        row => name(i18n, model, Side::Dataverse, row),
    }
}

fn cells(i18n: I18n, model: CoupleModel, pair: &Pair) -> AnyView {
    let (left, right) = (record_name(i18n, model, pair.record), row_name(i18n, model, pair.row));
    let choice = pair.row.map(|row| {
        let key = (pair.record, row);
        let label = t_string!(i18n, couple.choose, record = left.clone(), row = right.clone());
        view! {
            <input
                type="checkbox"
                aria-label=label
                prop:checked=move || model.chosen.with(|chosen| chosen.contains(&key))
                on:click=move |event| event.stop_propagation()
                on:change=move |_| model.toggle(key)
            />
        }
    });
    let reasons = reasons(i18n, pair);
    let title = reasons.clone();
    let confidence = pair.confidence.map(|confidence| {
        view! { <strong class="pairs__confidence">{confidence.to_string()} " %"</strong> " " }
    });
    view! {
        <td class="pairs__choose">{choice}</td>
        {text_cell(left)}
        {text_cell(right)}
        <td title=title>{confidence} {reasons}</td>
    }
    .into_any()
}

fn reasons(i18n: I18n, pair: &Pair) -> String {
    match &pair.reason {
        PairReason::Suggested { evidence, n_rivals } => {
            let mut words: Vec<String> = evidence.iter().map(|it| text::evidence(i18n, it)).collect();
            if *n_rivals > 0 {
                words.push(t_string!(i18n, couple.rivals, count = formatted(i18n, *n_rivals)));
            }
            words.join(" · ")
        }
        PairReason::Matched { priority } => {
            t_string!(i18n, couple.by_priority, priority = priority.to_string())
        }
        PairReason::Unmatched(why) => text::unmatched(i18n, *why),
        PairReason::Coupled => String::new(),
    }
}

/// The fields of a record and a row, or of a record that stands alone its name.
#[component]
pub(super) fn SideBySide(
    /// The workbench.
    model: CoupleModel,
    /// The record.
    record: SystemId,
    /// The row.
    row: Option<RowId>,
) -> impl IntoView {
    let i18n = use_i18n();
    let ground = model.ground.get()?;
    let name = record_name(i18n, model, record);
    let title = match row {
        Some(_) => format!("{name} ⇄ {}", row_name(i18n, model, row)),
        None => name,
    };
    let path = record_path(&model.name.get_value(), Side::BusinessCentral, record.0);
    let fields = model.places.with(|places| {
        let (record, row) = places.record(record).zip(places.row(row?))?;
        Some(view! { <ComparedFields ground=ground record=record row=row /> })
    });
    Some(view! {
        <section class="pairs__detail" aria-live="polite">
            <header>
                <h3>{title}</h3>
                <A href=path>{t!(i18n, parity.open_record)}</A>
            </header>
            {fields}
        </section>
    })
}
