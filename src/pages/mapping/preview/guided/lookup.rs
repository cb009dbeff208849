//! Choosing the records that a condition names: those chosen with name and key, and a field that searches their tables.

use couplet_systems::lookup::LookupKey;
use leptos::html;
use leptos::prelude::*;

use super::lookup_search::{Found, Hit, Search};
use super::row::RowModel;
use crate::components::combobox::{Choice, Choices, Combobox, Remedy};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::side_code;
use crate::state::load::Load;
use crate::state::pointed_names::{Pointed, PointedNames};
use crate::text;

/// The id of no record.
const BLANK: &str = "00000000-0000-0000-0000-000000000000";

/// The records of a row.
#[derive(Clone, Copy)]
struct Picker {
    row: RowModel,
    names: PointedNames,
    search: Search,
    field: NodeRef<html::Input>,
}

impl Picker {
    /// The tables, as people call them.
    fn tables(self, i18n: text::I18n) -> String {
        let language = text::language(i18n);
        self.row.targets.with(|targets| {
            let captions = targets.iter().map(|target| self.names.caption(target, language));
            captions.collect::<Vec<_>>().join(" / ")
        })
    }

    fn table(self, i18n: text::I18n, idx: usize) -> String {
        let language = text::language(i18n);
        self.row.targets.with(|targets| {
            targets.get(idx).map(|target| self.names.caption(target, language)).unwrap_or_default()
        })
    }

    fn takes_many(self) -> bool {
        self.row.guided(|guided| guided.relation.takes_many()).unwrap_or_default()
    }

    /// A value as records are compared by it.
    fn normal(self, value: &str) -> Option<String> {
        self.row.targets.with(|targets| targets.iter().find_map(|target| target.key.normal(value)))
    }

    fn is_chosen(self, key: &str) -> bool {
        let is_same = |value: &String| self.normal(value).as_deref() == Some(key);
        self.row.guided(|guided| guided.values.iter().any(is_same)).unwrap_or_default()
    }

    fn choose(self, key: String) {
        let keeps_others = untrack(|| self.takes_many());
        self.row.change(|guided| {
            guided.values.retain(|value| keeps_others && !value.is_empty());
            guided.values.push(key);
        });
    }

    fn remove(self, value: &str) {
        self.row.change(|guided| guided.values.retain(|other| other != value));
        // Its button is gone, and the focus must not be.
        if let Some(field) = self.field.get_untracked() {
            let _ = field.focus();
        }
    }

    /// What can be chosen now.
    fn choices(self, i18n: text::I18n) -> Choices {
        match self.search.found.get() {
            Load::Idle | Load::Loading => {
                Choices { note: t_string!(i18n, lookup.searching).to_owned(), ..Choices::default() }
            }
            Load::Failed(failure) => Choices {
                note: t_string!(
                    i18n,
                    lookup.failed,
                    table = self.tables(i18n),
                    reason = text::failure(i18n, &failure)
                ),
                remedy: Remedy::SearchAgain,
                ..Choices::default()
            },
            Load::Ready(found) => self.found(i18n, &found),
        }
    }

    fn found(self, i18n: text::I18n, found: &Found) -> Choices {
        let hits = found.hits.iter().filter(|hit| !self.is_chosen(&hit.row.key));
        let mut items: Vec<Choice> = hits.map(|hit| self.choice(i18n, hit)).collect();
        let n_hits = items.len();
        let typed = self.search.text.get();
        items.extend(self.as_typed(i18n, &typed, found));
        if typed.trim().is_empty() && self.takes_blank() && !self.is_chosen(BLANK) {
            let label = t_string!(i18n, lookup.blank).to_owned();
            items.push(Choice { key: BLANK.to_owned(), label, detail: String::new() });
        }
        let mut notes = Vec::new();
        if n_hits == 0 && !found.hits.is_empty() {
            notes.push(t_string!(i18n, lookup.all_chosen).to_owned());
        } else if n_hits == 0 {
            notes.push(t_string!(i18n, lookup.nothing, table = self.tables(i18n)));
            if self.row.rows.model.preview.side == couplet_engine::Side::BusinessCentral {
                notes.push(t_string!(i18n, lookup.tells_case).to_owned());
            }
        } else if found.has_more {
            notes.push(t_string!(i18n, lookup.more, count = formatted(i18n, n_hits)));
        } else {
            notes.push(t_string!(i18n, lookup.found, count = formatted(i18n, n_hits)));
        }
        if let Some((target, failure)) = &found.failed {
            let (table, reason) = (self.table(i18n, *target), text::failure(i18n, failure));
            notes.push(t_string!(i18n, lookup.failed, table = table, reason = reason));
        }
        let remedy = if found.failed.is_some() { Remedy::SearchAgain } else { Remedy::None };
        Choices { items, note: notes.join(" "), remedy }
    }

    fn choice(self, i18n: text::I18n, hit: &Hit) -> Choice {
        let row = &hit.row;
        let has_several = self.row.targets.with(|targets| targets.len() > 1);
        let table = if has_several { self.table(i18n, hit.target) } else { String::new() };
        let label = if row.name.is_empty() { &row.key } else { &row.name };
        let mut details = vec![table.as_str(), &row.detail, &row.key];
        details.retain(|detail| !detail.is_empty() && detail != label);
        Choice { key: row.key.clone(), label: label.clone(), detail: details.join(" · ") }
    }

    /// What is typed, where it can be a key that no record was found for.
    fn as_typed(self, i18n: text::I18n, typed: &str, found: &Found) -> Option<Choice> {
        let key = self.normal(typed)?;
        if found.hits.iter().any(|hit| hit.row.key == key) || self.is_chosen(&key) {
            return None;
        }
        let label = t_string!(i18n, lookup.as_typed, value = key.clone());
        Some(Choice { key, label, detail: String::new() })
    }

    /// Whether "no record" can be one of the values.
    fn takes_blank(self) -> bool {
        let has_ids =
            self.row.targets.with(|targets| targets.iter().all(|target| target.key == LookupKey::Id));
        has_ids && self.takes_many()
    }
}

/// The chosen records and the field to choose more.
#[component]
pub(super) fn Records(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let names = PointedNames::expect();
    let picker = Picker { row, names, search: Search::new(names, row.targets), field: NodeRef::new() };
    let values = Memo::new(move |_| {
        let values = row.guided(|guided| guided.values.clone()).unwrap_or_default();
        values.into_iter().filter(|value| !value.is_empty()).collect::<Vec<_>>()
    });
    let label = Signal::derive(move || t_string!(i18n, lookup.search, table = picker.tables(i18n)));
    let choices = Memo::new(move |_| picker.choices(i18n));
    let id = format!("{}-lookup-{}", side_code(row.rows.model.preview.side), row.idx);
    view! {
        <div class="lookup">
            <Show when=move || values.with(|values| !values.is_empty())>
                <ul class="lookup__chosen" aria-label=move || t_string!(i18n, lookup.chosen)>
                    <For each=move || values.get() key=Clone::clone let:value>
                        <Record picker=picker value=value />
                    </For>
                </ul>
            </Show>
            <Combobox
                id=id
                label=label
                text=picker.search.text
                choices=choices
                field=picker.field
                on_search=Callback::new(move |wanted| picker.search.begin(wanted))
                on_choose=Callback::new(move |key| picker.choose(key))
            />
        </div>
    }
}

/// A chosen record: its name and key, or what is known instead of the name.
#[component]
fn Record(
    /// The records of the row.
    picker: Picker,
    /// The value.
    value: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_blank = picker.normal(&value).as_deref() == Some(BLANK);
    let value = StoredValue::new(value);
    let pointed = Memo::new(move |_| match is_blank {
        true => None,
        false => {
            let look = |value: &String| picker.row.targets.with(|targets| picker.names.look(targets, value));
            Some(value.with_value(look))
        }
    });
    let name = move || match is_blank {
        true => Some(t_string!(i18n, lookup.blank).to_owned()),
        false => pointed.with(|pointed| pointed.as_ref()?.name().map(str::to_owned)),
    };
    let state = move || {
        pointed.with(|pointed| match pointed {
            Some(Pointed::Waiting) => Some(t_string!(i18n, lookup.waiting).to_owned()),
            Some(Pointed::Missing) => Some(t_string!(i18n, lookup.missing, table = picker.tables(i18n))),
            Some(Pointed::Failed(failure)) => {
                Some(t_string!(i18n, lookup.name_failed, reason = text::failure(i18n, failure)))
            }
            Some(Pointed::Found(_)) | None => None,
        })
    };
    let is_missing = move || pointed.with(|pointed| matches!(pointed, Some(Pointed::Missing)));
    let key = (!is_blank).then(|| value.get_value());
    let remove_label =
        move || t_string!(i18n, lookup.remove, name = name().unwrap_or_else(|| value.get_value()));
    view! {
        <li class="lookup__record" class:lookup__record--missing=is_missing>
            <span class="lookup__words">
                <strong>{name}</strong>
                <code>{key}</code>
                <span class="lookup__state">{state}</span>
            </span>
            <button
                type="button"
                aria-label=remove_label
                on:click=move |_| picker.remove(&value.get_value())
            >
                <span aria-hidden="true">"✕"</span>
            </button>
        </li>
    }
}
