//! Two records side by side: every mapped field with both values, which way it flows, and whether it is in step.

use std::sync::Arc;

use couplet_engine::planning::{ComparedField, Comparison, FieldState};
use couplet_engine::{Side, TableSchema, Value};
use leptos::prelude::*;

use crate::i18n::*;
use crate::state::parity::Ground;
use crate::text::{self, Captions, I18n};

/// The fields of a record and a row; empty where they cannot be compared.
pub fn compare(ground: &Ground, record: usize, row: usize) -> Vec<ComparedField> {
    ground.with(|input| {
        Comparison::bind(input).map(|comparison| comparison.compare(record, row)).unwrap_or_default()
    })
}

/// Captions of both tables.
pub fn captions(ground: &Ground) -> Captions {
    Captions { schemas: ground.schemas.to_vec() }
}

/// The table of the fields.
#[component]
pub fn ComparedFields(
    /// What they are compared with.
    ground: Arc<Ground>,
    /// Row of the Business Central record.
    record: usize,
    /// Row of the Dataverse row.
    row: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    let fields = compare(&ground, record, row);
    if fields.is_empty() {
        return view! { <p class="status status--empty">{t!(i18n, compared.none)}</p> }.into_any();
    }
    let n_different = fields.iter().filter(|field| field.state.is_out_of_step()).count();
    let only_different = RwSignal::new(n_different > 0 && fields.len() > 12);
    let has_last = fields
        .iter()
        .any(|it| it.values.last_business_central.is_some() || it.values.last_dataverse.is_some());
    let fields = Arc::new(fields);
    let lines = move || {
        let shown = fields.iter().filter(|it| !only_different.get() || it.state.is_out_of_step());
        shown.map(|field| line(i18n, &ground, field, has_last)).collect_view()
    };
    view! {
        <div class="compared">
            <label class="compared__choice">
                <input
                    type="checkbox"
                    prop:checked=move || only_different.get()
                    on:change:target=move |event| only_different.set(event.target().checked())
                />
                {t!(i18n, compared.only_different)}
            </label>
            <div class="scroll-x" tabindex="0" role="region" aria-label=move || t_string!(i18n, compared.fields_of)>
                <table class="rows compared__table">
                    <thead>
                        <tr>
                            <th scope="col">{t!(i18n, compared.field)}</th>
                            <th scope="col" class="bc">{t!(i18n, system.business_central)}</th>
                            <th scope="col"><span class="visually-hidden">{t!(i18n, compared.flow)}</span></th>
                            <th scope="col" class="dv">{t!(i18n, system.dataverse)}</th>
                            {has_last.then(|| view! { <th scope="col">{t!(i18n, compared.last)}</th> })}
                            <th scope="col">{t!(i18n, compared.state)}</th>
                        </tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
        </div>
    }
    .into_any()
}

fn line(i18n: I18n, ground: &Ground, field: &ComparedField, has_last: bool) -> AnyView {
    let values = &field.values;
    let captions = captions(ground);
    let caption = |name: &Option<Arc<str>>| name.as_ref().map(|name| captions.of(i18n, name));
    let (left, right) = (caption(&values.field), caption(&values.column));
    let title = left.clone().or_else(|| right.clone()).unwrap_or_default();
    let second = right.filter(|right| left.is_some() && *right != title);
    let cell = |side: Side, value: &Value| {
        let words = value_in(i18n, ground, side, values.name(side).map(AsRef::as_ref), value);
        if words.trim().is_empty() {
            view! { <td class="quiet">{t_string!(i18n, compared.blank)}</td> }.into_any()
        } else {
            view! { <td>{words}</td> }.into_any()
        }
    };
    let left_cell = match &values.field {
        None => view! { <td class="quiet">{t_string!(i18n, compared.constant)}</td> }.into_any(),
        Some(_) => cell(Side::BusinessCentral, &values.business_central),
    };
    let right_cell = match &values.column {
        None => view! { <td class="quiet">{t_string!(i18n, compared.constant)}</td> }.into_any(),
        Some(_) => cell(Side::Dataverse, &values.dataverse),
    };
    let last = has_last.then(|| view! { <td>{last_words(i18n, ground, field)}</td> });
    let (class, words) = match &field.state {
        FieldState::Same => ("verdict verdict--in", format!("= {}", t_string!(i18n, compared.same))),
        FieldState::Differs => ("verdict verdict--warn", format!("≠ {}", t_string!(i18n, compared.differs))),
        FieldState::Kept(kept) => ("quiet", text::kept(i18n, *kept).to_owned()),
        FieldState::Unknown(failure) => {
            let reason = text::record_failure(i18n, failure, &captions);
            ("verdict verdict--out", format!("✗ {}", t_string!(i18n, compared.unknown, reason = reason)))
        }
    };
    let is_out = field.state.is_out_of_step();
    view! {
        <tr class:compared__out=is_out>
            <th scope="row">{title} {second.map(|second| view! { <small>{second}</small> })}</th>
            {left_cell}
            <td class="compared__flow" title=text::direction(i18n, field.direction)>
                {text::direction_arrow(field.direction)}
            </td>
            {right_cell}
            {last}
            <td><span class=class>{words}</span></td>
        </tr>
    }
    .into_any()
}

/// What both sides held after the last synchronization; one value where they were the same.
fn last_words(i18n: I18n, ground: &Ground, field: &ComparedField) -> String {
    let values = &field.values;
    let of = |side: Side, value: &Option<Value>| {
        value.as_ref().map(|value| value_in(i18n, ground, side, values.name(side).map(AsRef::as_ref), value))
    };
    let left = of(Side::BusinessCentral, &values.last_business_central);
    let right = of(Side::Dataverse, &values.last_dataverse);
    match (left, right) {
        (Some(left), Some(right)) if left != right => format!("{left} / {right}"),
        (Some(value), _) | (None, Some(value)) => value,
        (None, None) => "–".to_owned(),
    }
}

/// A value as people read it: what a lookup points to by its code, where that is known.
pub fn value_in(i18n: I18n, ground: &Ground, side: Side, name: Option<&str>, value: &Value) -> String {
    let schema: &TableSchema = ground.schema(side);
    let Some(field) = name.and_then(|name| schema.field(name)) else { return String::new() };
    if let Value::Guid(id) = value {
        let row = couplet_engine::coupling::RowId(*id);
        let references = &ground.references;
        let mut tables = field.targets.iter().flat_map(|target| references.lookups_of(target));
        if let Some(code) = tables.find_map(|table| table.code_of(row)) {
            return code.to_owned();
        }
        let local = references.currencies.as_ref().filter(|it| it.local_row == Some(row));
        if let Some(currencies) = local {
            return currencies.local_code.to_string();
        }
    }
    text::value(i18n, field, value.as_field_value())
}
