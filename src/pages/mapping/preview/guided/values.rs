//! Pickers for the values of a guided condition: options to tick, days, yes or no, numbers and texts.

use couplet_engine::schema::OptionLabel;
use couplet_filter::FieldType;
use leptos::ev::Event;
use leptos::prelude::*;

use super::condition::{Guided, Relation};
use super::lookup::Records;
use super::row::RowModel;
use crate::i18n::*;
use crate::text;

/// The pickers of a row.
#[component]
pub(super) fn Values(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let relation = Memo::new(move |_| row.guided(|guided| guided.relation));
    let picks_records = Memo::new(move |_| row.picks_records());
    move || {
        let relation = relation.get()?;
        let field_type = row.field.with(|field| field.as_ref().map(|field| field.field_type.clone()))?;
        let value = Signal::derive(move || t_string!(i18n, guided.value));
        Some(match (field_type, relation) {
            (_, relation) if relation.is_bare() => ().into_any(),
            (FieldType::Option(_), _) => view! { <Options row=row /> }.into_any(),
            (FieldType::Boolean, _) => view! { <YesOrNo row=row /> }.into_any(),
            _ if picks_records.get() => view! { <Records row=row /> }.into_any(),
            (_, relation) if relation.takes_many() => view! { <Lines row=row /> }.into_any(),
            (field_type, Relation::Between) => view! {
                {input(row, 0, &field_type, Signal::derive(move || t_string!(i18n, guided.from_value)))}
                <span class="quiet">{t!(i18n, guided.and)}</span>
                {input(row, 1, &field_type, Signal::derive(move || t_string!(i18n, guided.to_value)))}
            }
            .into_any(),
            (field_type, _) => input(row, 0, &field_type, value).into_any(),
        })
    }
}

/// One value of a number, a day or a text.
fn input(
    row: RowModel,
    idx: usize,
    field_type: &FieldType,
    label: Signal<&'static str>,
) -> impl IntoView + use<> {
    let (kind, mode) = match field_type {
        FieldType::Date | FieldType::DateTime => ("date", None),
        FieldType::Integer | FieldType::BigInteger => ("text", Some("numeric")),
        FieldType::Decimal => ("text", Some("decimal")),
        _ => ("text", None),
    };
    let write = move |event: Event| {
        let value = event_target_value(&event);
        row.change(|guided| set_value(guided, idx, value));
    };
    view! {
        <input
            type=kind
            class="guided__value"
            inputmode=mode
            autocomplete="off"
            spellcheck="false"
            aria-label=label
            prop:value=move || row.guided(|guided| guided.value(idx).to_owned()).unwrap_or_default()
            on:input=write
        />
    }
}

fn set_value(guided: &mut Guided, idx: usize, value: String) {
    if guided.values.len() <= idx {
        guided.values.resize(idx + 1, String::new());
    }
    if let Some(slot) = guided.values.get_mut(idx) {
        *slot = value;
    }
}

/// Members of the option to tick.
#[component]
fn Options(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let members = move || {
        let options: Vec<OptionLabel> =
            row.field.with(|field| field.as_ref().map_or_else(Vec::new, |field| field.options.clone()));
        options.into_iter().map(|option| member(i18n, row, &option)).collect_view()
    };
    view! {
        <fieldset class="guided__options">
            <legend class="visually-hidden">{t!(i18n, guided.options)}</legend>
            {members}
        </fieldset>
    }
}

fn member(i18n: text::I18n, row: RowModel, option: &OptionLabel) -> impl IntoView + use<> {
    let caption = match option.labels.get(text::language(i18n)) {
        "" => option.name.clone(),
        label => label.to_owned(),
    };
    let caption = if caption.trim().is_empty() { t_string!(i18n, value.blank).to_owned() } else { caption };
    let value = option.value.to_string();
    let checked = {
        let value = value.clone();
        move || row.guided(|guided| guided.values.contains(&value)).unwrap_or_default()
    };
    let tick = move |event: Event| {
        let is_ticked = event_target_checked(&event);
        let value = value.clone();
        row.change(|guided| {
            guided.values.retain(|other| *other != value);
            if is_ticked {
                guided.values.push(value);
            }
        });
    };
    view! {
        <label>
            <input type="checkbox" prop:checked=checked on:change=tick />
            {caption}
        </label>
    }
}

#[component]
fn YesOrNo(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let choose = move |event: Event| {
        let value = event_target_value(&event);
        row.change(|guided| set_value(guided, 0, value));
    };
    let is = move |word: &str| row.guided(|guided| guided.value(0) == word).unwrap_or_default();
    view! {
        <select class="guided__value" aria-label=move || t_string!(i18n, guided.value) on:change=choose>
            <option value="true" prop:selected=move || is("true")>{t!(i18n, value.yes)}</option>
            <option value="false" prop:selected=move || is("false")>{t!(i18n, value.no)}</option>
        </select>
    }
}

/// Several values, one in each line.
#[component]
fn Lines(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let write = move |event: Event| {
        let values = event_target_value(&event).split('\n').map(str::to_owned).collect();
        row.change(|guided| guided.values = values);
    };
    view! {
        <textarea
            class="guided__lines"
            rows="3"
            spellcheck="false"
            aria-label=move || t_string!(i18n, guided.values)
            placeholder=move || t_string!(i18n, guided.one_per_line)
            prop:value=move || row.guided(|guided| guided.values.join("\n")).unwrap_or_default()
            on:input=write
        ></textarea>
    }
}
