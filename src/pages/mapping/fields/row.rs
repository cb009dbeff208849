//! One field mapping in the list.

use couplet_engine::checks::{MappingProblem, Place, Severity};
use couplet_engine::planning::Winner;
use couplet_engine::settings::Setting;
use couplet_engine::{FieldKey, FieldMapping, FieldMappingStatus, IntegrationTableMapping, Side};
use leptos::prelude::*;

use super::Fields;
use super::editor::Edited;
use super::reach::Reach;
use crate::i18n::*;
use crate::state::checks;
use crate::state::configuration::ConfigurationStore;
use crate::text;
use crate::text::settings::{field_key, setting_label};

/// The row; it follows the field mapping with this key.
#[component]
pub fn FieldRow(
    /// What the rows share.
    fields: Fields,
    /// Which field mapping.
    key: FieldKey,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = {
        let key = key.clone();
        Signal::derive(move || field_key(i18n, &key))
    };
    let field = Memo::new(move |_| fields.field(&key));
    let is_enabled = move || is_enabled(field);
    let direction = move || field.with(|it| it.as_ref().map(|it| it.direction));
    view! {
        <tr class=move || if is_enabled() { "" } else { "field-list__disabled" }>
            <td><Status fields field label /></td>
            <td><FieldName fields field side=Side::BusinessCentral /></td>
            <td class="field-list__direction">
                {move || {
                    direction()
                        .map(|direction| {
                            view! {
                                <span aria-hidden="true">{text::direction_arrow(direction)}</span>
                                " "
                                {text::direction(i18n, direction)}
                            }
                        })
                }}
            </td>
            <td><FieldName fields field side=Side::Dataverse /></td>
            <td><Details fields field /></td>
            <td><Reach name=fields.name field /></td>
            <td class="field-list__actions"><Actions fields field label /></td>
        </tr>
    }
}

/// Enabled or not, to be changed at once.
#[component]
fn Status(fields: Fields, field: Memo<Option<FieldMapping>>, label: Signal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let is_enabled = move || is_enabled(field);
    let toggle = move |enable: bool| {
        let status = if enable { FieldMappingStatus::Enabled } else { FieldMappingStatus::Disabled };
        if let Some(shown) = field.get_untracked() {
            fields.set_status(shown, status);
        }
    };
    view! {
        <label class="field-list__status">
            <input
                type="checkbox"
                aria-label=move || t_string!(i18n, fields.enable, field = label.get())
                prop:checked=is_enabled
                on:change:target=move |event| {
                    toggle(event.target().checked());
                    // What was refused is shown as it is.
                    event.target().set_checked(is_enabled());
                }
            />
            <span aria-hidden="true">
                {move || {
                    if is_enabled() {
                        t_string!(i18n, setting_value.enabled)
                    } else {
                        t_string!(i18n, setting_value.disabled)
                    }
                }}
            </span>
        </label>
    }
}

/// What can be done with the field mapping; only custom ones can be deleted.
#[component]
fn Actions(fields: Fields, field: Memo<Option<FieldMapping>>, label: Signal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let is_custom = move || field.with(|it| it.as_ref().is_some_and(|it| it.user_defined));
    view! {
        <button
            type="button"
            aria-label=move || t_string!(i18n, fields.edit_field, field = label.get())
            on:click=move |_| {
                if let Some(field) = field.get_untracked() {
                    fields.edit(Edited::Existing(field));
                }
            }
        >
            {t!(i18n, action.edit)}
        </button>
        <Show when=is_custom>
            <button
                type="button"
                aria-label=move || t_string!(i18n, fields.delete_field, field = label.get())
                on:click=move |_| {
                    if let Some(field) = field.get_untracked() {
                        fields.ask_to_delete(field);
                    }
                }
            >
                {t!(i18n, fields.delete)}
            </button>
        </Show>
    }
}

fn is_enabled(field: Memo<Option<FieldMapping>>) -> bool {
    field.with(|it| it.as_ref().is_some_and(|it| it.status == FieldMappingStatus::Enabled))
}

/// Caption and name of a field; a constant says so.
#[component]
fn FieldName(fields: Fields, field: Memo<Option<FieldMapping>>, side: Side) -> impl IntoView {
    let i18n = use_i18n();
    let mapping = move || current_mapping(fields);
    move || {
        field.get().map(|field| {
            let name = match side {
                Side::BusinessCentral => field.field.clone(),
                Side::Dataverse => field.column.clone(),
            };
            let Some(name) = name else {
                let constant = field.constant_value.clone().unwrap_or_default();
                return view! {
                    <span class="quiet">{t!(i18n, fields.constant)}</span>
                    " "
                    <code>{constant}</code>
                }
                .into_any();
            };
            let schema = mapping().and_then(|mapping| checks::described_fields(&mapping, side));
            let known = schema.as_ref().and_then(|schema| schema.field(&name));
            let caption = known.map(|field| field.labels.get(text::language(i18n)).to_owned());
            let caption = caption.filter(|caption| !caption.is_empty()).unwrap_or_else(|| name.clone());
            let technical = match (side, field.field_number) {
                (Side::BusinessCentral, Some(number)) if caption == name => number.to_string(),
                (Side::BusinessCentral, Some(number)) => format!("{name} · {number}"),
                _ => name,
            };
            view! {
                <span class=text::side_class(side)>{caption}</span>
                <br />
                <small class="mono">{technical}</small>
            }
            .into_any()
        })
    }
}

/// Flags, rule and matching as tags, then what is wrong.
#[component]
fn Details(fields: Fields, field: Memo<Option<FieldMapping>>) -> impl IntoView {
    let i18n = use_i18n();
    let tags = move || {
        let tags = field.with(|field| field.as_ref().map(|field| tags(i18n, field)).unwrap_or_default());
        tags.into_iter().map(|tag| view! { <span class="tag">{tag}</span> " " }).collect_view()
    };
    let problems = Memo::new(move |_| {
        let (Some(mapping), Some(field)) = (current_mapping(fields), field.get()) else { return Vec::new() };
        let place = Place::Field(field.key());
        // What the binding does not reach has its own column.
        checks::problems(&mapping)
            .into_iter()
            .filter(|it| it.place == place && it.severity > Severity::Info)
            .filter(|it| super::reach::is_about_reach(&it.kind) == super::reach::AboutReach::No)
            .collect::<Vec<MappingProblem>>()
    });
    let draw = move |problem: MappingProblem| {
        let class = match problem.severity {
            Severity::Error => "verdict verdict--out",
            Severity::Warning | Severity::Info => "verdict verdict--warn",
        };
        let words = move || {
            current_mapping(fields).map(|mapping| text::mapping_problem(i18n, &problem.kind, &mapping))
        };
        view! { <div class=class>{words}</div> }
    };
    view! {
        <div class="field-list__tags">{tags} {move || field.get().and_then(|field| remembered(i18n, fields, field))}</div>
        {move || problems.get().into_iter().map(draw).collect_view()}
    }
}

/// Which side wins the field when both edited it, with the way to forget it.
fn remembered(i18n: text::I18n, fields: Fields, field: FieldMapping) -> Option<AnyView> {
    let winner = Winner::of(field.update_conflict_resolution)?;
    let words = t_string!(i18n, fields.winner, system = text::side(i18n, winner.side()));
    let label = t_string!(i18n, fields.forget_winner, field = field_key(i18n, &field.key()));
    let view = view! {
        <span class="tag">{words}</span>
        " "
        <button type="button" class="button--small" aria-label=label on:click=move |_| fields.forget_winner(&field)>
            {t_string!(i18n, fields.forget)}
        </button>
    };
    Some(view.into_any())
}

fn tags(i18n: text::I18n, field: &FieldMapping) -> Vec<String> {
    let flags = [
        (Setting::ValidateField, field.validate_field),
        (Setting::ValidateIntegrationTableField, field.validate_integration_table_field),
        (Setting::ClearValueOnFailedSync, field.clear_value_on_failed_sync),
        (Setting::NotNull, field.not_null),
        (Setting::UserDefined, field.user_defined),
    ];
    let mut tags: Vec<String> = flags
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(setting, _)| setting_label(i18n, setting))
        .collect();
    if let (Some(constant), true) = (&field.constant_value, field.field.is_some() && field.column.is_some()) {
        tags.push(format!("{} {constant}", setting_label(i18n, Setting::ConstantValue)));
    }
    if let Some(rule) = &field.transformation_rule {
        tags.push(format!("{} {rule}", setting_label(i18n, Setting::TransformationRule)));
    }
    if field.use_for_match_based_coupling {
        let priority = field.match_priority.to_string();
        tags.push(if field.case_sensitive_matching {
            t_string!(i18n, fields.match_case_sensitive, priority = priority)
        } else {
            t_string!(i18n, fields.match_any_case, priority = priority)
        });
    }
    tags
}

fn current_mapping(fields: Fields) -> Option<IntegrationTableMapping> {
    let store = ConfigurationStore::expect();
    store.configuration.with(|configuration| fields.name.with(|name| configuration.mapping(name).cloned()))
}
