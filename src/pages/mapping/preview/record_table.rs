//! The records of a side: search, choice of list, and a table that scrolls over any number of them.

use std::sync::Arc;

use couplet_engine::preview::{RuleEffect, Show};
use couplet_engine::{ColumnTable, FieldSchema};
use couplet_filter::FieldType;
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::components::virtual_table::{DrawRow, VirtualTable, toggle};
use crate::i18n::*;
use crate::pages::mapping::preview::chosen::ChosenBar;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::rules::failing_rules;
use crate::text;

/// Tools and table.
#[component]
pub(super) fn RecordTable(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let columns = Memo::new(move |_| model.columns());
    let draw = Signal::derive(move || -> DrawRow {
        let columns = columns.get();
        // Read again when rows or verdicts change: cells are drawn from what is there then.
        let verdicts = model.preview.verdicts.get();
        let changed = model.draft_verdicts.get();
        Arc::new(move |_, row| {
            let is_in = |verdicts: &Option<_>| {
                verdicts.as_ref().map(|verdicts: &Arc<couplet_engine::preview::Verdicts>| {
                    let row = row as usize;
                    row < verdicts.in_filter.len() && verdicts.in_filter.get(row)
                })
            };
            let cells = model
                .preview
                .handle()
                .map(|handle| handle.rows.with_untracked(|rows| cells(i18n, &columns, rows, row as usize)));
            let mark = model.can_choose().then(|| mark_cell(i18n, model, &columns, row));
            view! { {mark} {cells} <td>{verdict(model, i18n, row, is_in(&verdicts), is_in(&changed))}</td> }
                .into_any()
        })
    });
    let head = move || {
        let cells = columns
            .get()
            .into_iter()
            .map(|field| view! { <HeadCell model=model field=field /> })
            .collect_view();
        let mark = model.can_choose().then(|| {
            view! { <th scope="col" class="record-table__mark"><span class="visually-hidden">{t!(i18n, chosen.label)}</span></th> }
        });
        view! { {mark} {cells} <th scope="col" class="record-table__verdict"><span class="record-table__plain-head">{t!(i18n, preview.verdict)}</span></th> }
    };
    let label = Signal::derive(move || {
        let side = text::side(i18n, model.preview.side);
        t_string!(i18n, preview.records_of, system = side)
    });
    let n_listed = move || model.listed.with(|listed| formatted(i18n, listed.len()));
    let is_empty = move || model.listed.with(|listed| listed.is_empty());
    view! {
        <Tools model=model />
        <ChosenBar model=model />
        <p class="record-table__count" role="status">
            {move || t_string!(i18n, preview.listed, count = n_listed())}
        </p>
        <VirtualTable label=label rows=Signal::derive(move || model.listed.get()) selected=model.selected head=head draw=draw marked=model.marked />
        <Show when=is_empty>
            <p class="status status--empty">{t!(i18n, preview.nothing_listed)}</p>
        </Show>
    }
}

/// The box that takes a record into the choice.
fn mark_cell(i18n: text::I18n, model: SideModel, columns: &[FieldSchema], row: u32) -> AnyView {
    let name = model.preview.handle().and_then(|handle| {
        let first = columns.first()?;
        handle.rows.with_untracked(|rows| {
            rows.column(&first.name).map(|column| text::value(i18n, first, column.get(row as usize)))
        })
    });
    let label = t_string!(i18n, chosen.one, record = name.unwrap_or_default());
    view! {
        <td class="record-table__mark">
            <input
                type="checkbox"
                tabindex="-1"
                aria-label=label
                prop:checked=move || model.marked.with(|marked| marked.contains(&row))
                on:click=move |event| event.stop_propagation()
                on:change=move |_| toggle(model.marked, row)
            />
        </td>
    }
    .into_any()
}

#[component]
fn HeadCell(
    /// The side.
    model: SideModel,
    /// The column.
    field: FieldSchema,
) -> impl IntoView {
    let i18n = use_i18n();
    let name = StoredValue::new(field.name.clone());
    let is_code = matches!(field.field_type, FieldType::Code { .. });
    let direction = move || {
        let sort = model.sort.get()?;
        (name.with_value(|name| *name == sort.field)).then_some(sort.descending)
    };
    let aria = move || match direction() {
        Some(true) => "descending",
        Some(false) => "ascending",
        None => "none",
    };
    let mark = move || match direction() {
        Some(true) => " ▾",
        Some(false) => " ▴",
        None => "",
    };
    view! {
        <th scope="col" aria-sort=aria class:record-table__code=is_code>
            <button type="button" on:click=move |_| name.with_value(|name| model.sort_by(name))>
                {move || field.labels.get(text::language(i18n)).to_owned()} <span aria-hidden="true">{mark}</span>
            </button>
        </th>
    }
}

#[component]
fn Tools(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let search_label = move || {
        let side = text::side(i18n, model.preview.side);
        t_string!(i18n, preview.search, system = side)
    };
    let choice = move |show: Show, label: Signal<String>| {
        view! {
            <button
                type="button"
                aria-pressed=move || (model.show.get() == show).to_string()
                on:click=move |_| model.show_list(show)
            >
                {label}
            </button>
        }
    };
    let rules = move || {
        let rules = model.preview.rules.get().ready();
        let options = rules.iter().flat_map(|rules| rules.rules.iter().enumerate());
        options
            .filter(|(_, rule)| rule.effect != RuleEffect::Informs)
            .map(|(idx, rule)| (idx, text::rule_subject(i18n, &rule.subject)))
            .collect::<Vec<_>>()
    };
    let chosen = move || match model.show.get() {
        Show::Failing(rule) => format!("fails-{rule}"),
        Show::FailingOnly(rule) => format!("only-{rule}"),
        _ => String::new(),
    };
    let choose_rule = move |value: String| {
        let rule = |prefix: &str| value.strip_prefix(prefix).and_then(|rule| rule.parse().ok());
        let show = rule("fails-").map(Show::Failing).or_else(|| rule("only-").map(Show::FailingOnly));
        model.show_list(show.unwrap_or_default());
    };
    view! {
        <div class="record-table__tools">
            <input
                type="search"
                aria-label=search_label
                placeholder=search_label
                prop:value=move || model.search.get().unwrap_or_default()
                on:input:target=move |event| {
                    let text = event.target().value();
                    model.set_search.set(Some(text).filter(|text| !text.is_empty()));
                }
            />
            <span class="segmented" role="group" aria-label=move || t_string!(i18n, preview.show)>
                {choice(Show::All, Signal::derive(move || t_string!(i18n, preview.show_all).to_owned()))}
                {choice(Show::InFilter, Signal::derive(move || t_string!(i18n, preview.show_in).to_owned()))}
                {choice(Show::Excluded, Signal::derive(move || t_string!(i18n, preview.show_out).to_owned()))}
            </span>
            <select
                aria-label=move || t_string!(i18n, preview.failing)
                prop:value=chosen
                on:change:target=move |event| choose_rule(event.target().value())
            >
                <option value="">{t!(i18n, preview.any_reason)}</option>
                {move || {
                    rules()
                        .into_iter()
                        .flat_map(|(idx, label)| {
                            [
                                (format!("fails-{idx}"), t_string!(i18n, preview.fails, rule = label.clone())),
                                (format!("only-{idx}"), t_string!(i18n, preview.fails_only, rule = label)),
                            ]
                        })
                        .map(|(value, label)| {
                            let selected = value == chosen();
                            view! { <option value=value selected=selected>{label}</option> }
                        })
                        .collect_view()
                }}
            </select>
        </div>
    }
}

fn cells(i18n: text::I18n, columns: &[FieldSchema], rows: &ColumnTable, row: usize) -> Vec<AnyView> {
    let cell = |field: &FieldSchema| {
        let value = rows.column(&field.name).map(|column| text::value(i18n, field, column.get(row)));
        let value = value.unwrap_or_default();
        let title = value.clone();
        view! { <td title=title>{value}</td> }.into_any()
    };
    columns.iter().map(cell).collect()
}

/// In the filter, or every reason against it; what the edited filter would change where there is one.
fn verdict(
    model: SideModel,
    i18n: text::I18n,
    row: u32,
    is_in: Option<bool>,
    changed: Option<bool>,
) -> AnyView {
    let moved = match (is_in, changed) {
        (Some(false), Some(true)) => {
            Some(view! { <span class="verdict verdict--in">{t_string!(i18n, preview.would_enter)}</span> })
        }
        (Some(true), Some(false)) => {
            Some(view! { <span class="verdict verdict--warn">{t_string!(i18n, preview.would_leave)}</span> })
        }
        _ => None,
    };
    let now = match is_in {
        Some(true) => {
            view! { <span class="verdict verdict--in">{t_string!(i18n, verdict.in_filter)}</span> }.into_any()
        }
        Some(false) => {
            let reasons = failing_rules(model.preview, i18n, row as usize);
            let title = reasons.clone();
            view! { <span class="verdict verdict--out" title=title>{reasons}</span> }.into_any()
        }
        None => ().into_any(),
    };
    view! { {now} " " {moved} }.into_any()
}
