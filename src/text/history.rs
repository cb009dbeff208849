//! Versions of the configuration in words: what made them and what they changed.

use couplet_engine::history::Change;
use couplet_engine::settings::{Item, Setting, SettingValue};
use couplet_engine::{MappingName, Side};

use super::I18n;
use super::settings::{field_key, item_label, ownership_model, setting_label, setting_value};
use crate::i18n::*;
use couplet_workspace::versions::Cause;

/// What made a version.
pub fn cause_sentence(i18n: I18n, cause: &Cause) -> String {
    match cause {
        Cause::DefaultSetup { ownership_model: model, mappings } if mappings.is_empty() => {
            t_string!(i18n, cause.default_setup, model = ownership_model(i18n, *model))
        }
        Cause::DefaultSetup { ownership_model: model, mappings } => {
            let names = mappings.iter().map(MappingName::to_string).collect::<Vec<_>>().join(", ");
            t_string!(
                i18n,
                cause.default_setup_selected,
                model = ownership_model(i18n, *model),
                names = names
            )
        }
        Cause::EditMapping(name) => t_string!(i18n, cause.edit_mapping, name = name.to_string()),
        Cause::DeleteMappings(names) => {
            let names = names.iter().map(MappingName::to_string).collect::<Vec<_>>().join(", ");
            t_string!(i18n, cause.delete_mappings, names = names)
        }
        Cause::EditFilter { mapping, side } => {
            let setting = match side {
                Side::BusinessCentral => Setting::TableFilter,
                Side::Dataverse => Setting::IntegrationTableFilter,
            };
            t_string!(
                i18n,
                cause.edit_filter,
                name = mapping.to_string(),
                filter = setting_label(i18n, setting)
            )
        }
        Cause::EditField { mapping, field } => {
            t_string!(i18n, cause.edit_field, name = mapping.to_string(), field = field_key(i18n, field))
        }
        Cause::Undo { seq } => t_string!(i18n, cause.undo, seq = seq.to_string()),
        Cause::Revert { seq } => t_string!(i18n, cause.revert, seq = seq.to_string()),
        Cause::RevertItem { seq } => t_string!(i18n, cause.revert_item, seq = seq.to_string()),
        Cause::Import => t_string!(i18n, cause.imported).to_owned(),
        Cause::EditSettings => t_string!(i18n, cause.edit_settings).to_owned(),
        Cause::Reapply => t_string!(i18n, cause.reapply).to_owned(),
    }
}

/// "CUSTOMER: Direction changed from Bidirectional to To Integration Table".
pub fn change_sentence(i18n: I18n, change: &Change) -> String {
    let name = change.mapping.as_ref().map(MappingName::to_string);
    match (name, &change.item, change.setting) {
        (Some(name), Item::Mapping, Setting::Presence) => what_happened(i18n, change, name),
        (Some(name), item, Setting::Presence) => {
            of(i18n, name, what_happened(i18n, change, item_label(i18n, item)))
        }
        (Some(name), Item::Mapping | Item::Configuration, _) => of(i18n, name, changed(i18n, change)),
        (Some(name), item, _) => {
            of(i18n, format!("{name}, {}", item_label(i18n, item)), changed(i18n, change))
        }
        (None, ..) => changed(i18n, change),
    }
}

fn of(i18n: I18n, owner: String, what: String) -> String {
    t_string!(i18n, change.of, owner = owner, what = what)
}

fn what_happened(i18n: I18n, change: &Change, what: String) -> String {
    match change.after {
        SettingValue::Absent => t_string!(i18n, change.removed, what = what),
        _ => t_string!(i18n, change.added, what = what),
    }
}

fn changed(i18n: I18n, change: &Change) -> String {
    t_string!(
        i18n,
        change.changed,
        what = setting_label(i18n, change.setting),
        before = setting_value(i18n, change.setting, &change.before),
        after = setting_value(i18n, change.setting, &change.after)
    )
}
