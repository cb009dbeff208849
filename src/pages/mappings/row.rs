//! One table mapping in the list: what it joins, its filters, its counts, and what is wrong with it.

use couplet_engine::{FieldMappingStatus, FilterCondition, IntegrationTableMapping, MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;

use super::problems::mapping_errors;
use crate::components::count_link::{CountLink, Counted, mapping_path};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::previews::{Previews, SidePreview};
use crate::text;

/// The row; `marked` are the names that were ticked.
#[component]
pub fn MappingRow(
    /// The mapping.
    name: MappingName,
    /// The names that were ticked.
    marked: RwSignal<Vec<MappingName>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let previews = Previews::expect();
    let [bc, dv] = [Side::BusinessCentral, Side::Dataverse].map(|side| previews.side(&name, side));
    let name = StoredValue::new(name);
    let caption = move || name.with_value(ToString::to_string);
    let is_marked = move || name.with_value(|name| marked.with(|marked| marked.contains(name)));
    let mark = move |mark: bool| {
        let name = name.get_value();
        marked.update(|marked| {
            marked.retain(|other| *other != name);
            if mark {
                marked.push(name);
            }
        });
    };
    let joined =
        move || bc.mapping.with(|mapping| mapping.as_deref().map(|mapping| joined(i18n, mapping).into_any()));
    let n_fields =
        move || bc.mapping.with(|mapping| mapping.as_deref().map(|mapping| fields_text(i18n, mapping)));
    view! {
        <tr>
            <td>
                <input
                    type="checkbox"
                    aria-label=move || t_string!(i18n, mappings.select, name = caption())
                    prop:checked=is_marked
                    on:change:target=move |event| mark(event.target().checked())
                />
            </td>
            <th scope="row" class="mapping-list__name">
                <A href=name.with_value(mapping_path)>{caption}</A>
                <div class="mapping-list__joined">{joined}</div>
                <Problems preview=bc />
            </th>
            <td class="mapping-list__fields">
                <A href=format!("{}?tab=fields", name.with_value(mapping_path))>{n_fields}</A>
            </td>
            <SideCells name=name.get_value() preview=bc />
            <SideCells name=name.get_value() preview=dv />
        </tr>
    }
}

/// "Customer ⇄ Account · Bidirectional · only coupled records".
fn joined(i18n: text::I18n, mapping: &IntegrationTableMapping) -> impl IntoView + use<> {
    let coupled_only = mapping.synch_only_coupled_records;
    let coupled_text = move || {
        if coupled_only {
            t_string!(i18n, mappings.coupled_only)
        } else {
            t_string!(i18n, mappings.creates_records)
        }
    };
    let direction = mapping.direction;
    view! {
        <span class="bc">{mapping.table.name.clone()}</span>
        " "
        <span aria-hidden="true">{text::direction_arrow(direction)}</span>
        " "
        <span class="dv">{text::integration_table(mapping)}</span>
        <span class="quiet">
            {move || format!(" · {} · {}", text::direction(i18n, direction), coupled_text())}
        </span>
    }
}

/// "19 + 1 disabled".
fn fields_text(i18n: text::I18n, mapping: &IntegrationTableMapping) -> String {
    let n = mapping.field_mappings.len();
    let disabled =
        mapping.field_mappings.iter().filter(|field| field.status == FieldMappingStatus::Disabled).count();
    let enabled = formatted(i18n, n.saturating_sub(disabled));
    if disabled == 0 {
        enabled
    } else {
        t_string!(i18n, mappings.enabled_and_disabled, n = enabled, disabled = formatted(i18n, disabled))
    }
}

/// Filter and counts of one side.
#[component]
fn SideCells(name: MappingName, preview: SidePreview) -> impl IntoView {
    let i18n = use_i18n();
    let conditions = move || {
        preview.mapping.with(|mapping| {
            let filter = mapping.as_deref().map(|mapping| mapping.filter(preview.side));
            filter.map(|filter| filter.conditions.clone()).unwrap_or_default()
        })
    };
    // Long lists of ids are cut by the style sheet; the title has all of it.
    let condition = |condition: FilterCondition| {
        let text = format!("{}: {}", condition.field, condition.text);
        view! { <code title=text.clone()>{text.clone()}</code> }
    };
    view! {
        <td class="mapping-list__filter">
            {move || {
                let conditions = conditions();
                if conditions.is_empty() {
                    view! { <span class="quiet">{t!(i18n, mappings.no_filter)}</span> }.into_any()
                } else {
                    conditions.into_iter().map(condition).collect_view().into_any()
                }
            }}
        </td>
        <td class="number">
            <CountLink name=name.clone() preview counted=Counted::InFilter />
        </td>
        <td class="number">
            <CountLink name preview counted=Counted::Excluded />
        </td>
    }
}

/// What is wrong, each with its name; nothing while everything is in order.
#[component]
fn Problems(preview: SidePreview) -> impl IntoView {
    let i18n = use_i18n();
    let problems = Memo::new(move |_| {
        preview.mapping.with(|mapping| {
            mapping.as_deref().map(|mapping| mapping_errors(i18n, mapping)).unwrap_or_default()
        })
    });
    view! {
        <Show when=move || problems.with(|problems| !problems.is_empty())>
            <div class="mapping-list__problems">
                <span class="verdict verdict--out">{t!(i18n, mappings.broken)}</span>
                <ul>
                    {move || problems.get().into_iter().map(|problem| view! { <li>{problem}</li> }).collect_view()}
                </ul>
            </div>
        </Show>
    }
}
