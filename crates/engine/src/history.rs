//! Versions of the configuration: in what two of them differ, in words a person reads, and how one item is put back
//! as it was. A whole version is put back by using it again. Where versions are kept is not known here.

use crate::configuration::Configuration;
use crate::mapping::{FieldKey, FieldMapping, MappingName};
use crate::settings::{
    Item, Setting, SettingValue, Version, align_order, configuration_value, differences, find_field, restore,
    write, write_configuration,
};

/// One change between two versions: "CUSTOMER: Direction changed from Bidirectional to ToIntegrationTable".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The mapping; none for a setting of the whole configuration.
    pub mapping: Option<MappingName>,
    /// What the setting belongs to.
    pub item: Item,
    /// Which setting; [`Setting::Presence`] when the item came or went.
    pub setting: Setting,
    /// Value before.
    pub before: SettingValue,
    /// Value after.
    pub after: SettingValue,
}

/// What is put back as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A setting of the whole configuration.
    Configuration(Setting),
    /// A table mapping with its field mappings, its job and the default as last applied.
    Mapping(MappingName),
    /// One field mapping.
    Field {
        /// Its table mapping.
        mapping: MappingName,
        /// Which one.
        key: FieldKey,
    },
    /// The job of a table mapping.
    Job(MappingName),
    /// One setting.
    Setting {
        /// The table mapping.
        mapping: MappingName,
        /// What the setting belongs to.
        item: Item,
        /// Which setting.
        setting: Setting,
    },
}

impl Change {
    /// What has to be put back to take this change, and no other, back.
    pub fn target(&self) -> Target {
        let Some(mapping) = self.mapping.clone() else { return Target::Configuration(self.setting) };
        match (&self.item, self.setting) {
            (Item::Configuration, setting) => Target::Configuration(setting),
            (Item::Mapping, Setting::Presence) => Target::Mapping(mapping),
            (Item::Field(key), Setting::Presence) => Target::Field { mapping, key: key.clone() },
            (Item::Job, Setting::Presence) => Target::Job(mapping),
            (item, setting) => Target::Setting { mapping, item: item.clone(), setting },
        }
    }
}

/// What changed from `before` to `after`: the settings of the whole, then mapping by mapping.
///
/// A mapping that came or went is one change; its field mappings and its job are not listed besides. The default as
/// last applied is bookkeeping and no change.
pub fn difference(before: &Configuration, after: &Configuration) -> Vec<Change> {
    let mut changes = Vec::new();
    for &setting in Item::Configuration.settings() {
        let (earlier, later) = (configuration_value(before, setting), configuration_value(after, setting));
        if earlier != later {
            let item = Item::Configuration;
            changes.push(Change { mapping: None, item, setting, before: earlier, after: later });
        }
    }
    for name in names(before, after) {
        let version = |of: &'_ Configuration| (of.mapping(name).is_some(), of.job(name).is_some());
        let came_or_went = version(before).0 != version(after).0;
        let earlier = Version { mapping: before.mapping(name), job: before.job(name) };
        let later = Version { mapping: after.mapping(name), job: after.job(name) };
        let found = differences(&earlier, &later).into_iter();
        changes.extend(found.filter(|it| !came_or_went || it.item == Item::Mapping).map(|it| Change {
            mapping: Some(name.clone()),
            item: it.item,
            setting: it.setting,
            before: it.one,
            after: it.other,
        }));
    }
    changes
}

/// `current` with `target` as it was in `before`. What neither has stays away; everything else stays as it is.
pub fn revert(current: &Configuration, before: &Configuration, target: &Target) -> Configuration {
    let mut result = current.clone();
    match target {
        Target::Configuration(setting) => {
            let written = write_configuration(&mut result, *setting, &configuration_value(before, *setting));
            debug_assert!(written.is_ok(), "a value of the same setting");
        }
        Target::Mapping(name) => {
            restore(&mut result.mappings, &before.mappings, name, |mapping| mapping.name.clone());
            restore(&mut result.applied_defaults, &before.applied_defaults, name, |mapping| {
                mapping.name.clone()
            });
            revert_job(&mut result, before, name);
        }
        Target::Field { mapping, key } => revert_field(&mut result, before, mapping, key),
        Target::Job(name) => revert_job(&mut result, before, name),
        Target::Setting { mapping, item, setting } => {
            revert_setting(&mut result, before, mapping, (item, *setting));
        }
    }
    result
}

/// Names of all mappings of two versions, those of `after` first.
fn names<'c>(before: &'c Configuration, after: &'c Configuration) -> Vec<&'c MappingName> {
    let mut names = Vec::new();
    for configuration in [after, before] {
        let mappings = configuration.mappings.iter().map(|mapping| &mapping.name);
        let jobs = configuration.job_queue_entries.iter().map(|job| &job.mapping);
        for name in mappings.chain(jobs) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn revert_job(result: &mut Configuration, before: &Configuration, name: &MappingName) {
    restore(&mut result.job_queue_entries, &before.job_queue_entries, name, |job| job.mapping.clone());
}

/// Puts one field mapping back, and the numbers with it when the others still stand in the order they had.
fn revert_field(result: &mut Configuration, before: &Configuration, name: &MappingName, key: &FieldKey) {
    let Some(earlier) = before.mapping(name) else { return };
    let Some(mapping) = result.mappings.iter_mut().find(|mapping| mapping.name == *name) else { return };
    restore(&mut mapping.field_mappings, &earlier.field_mappings, key, FieldMapping::key);
    let mut aligned = mapping.clone();
    align_order(&mut aligned, earlier);
    let in_order = |mapping: &crate::IntegrationTableMapping| {
        let known = mapping.field_mappings.iter().map(FieldMapping::key);
        known.filter(|key| find_field(earlier, key).is_some()).collect::<Vec<_>>()
    };
    if in_order(mapping) == in_order(&aligned) {
        *mapping = aligned;
        return;
    }
    let mut last = 0;
    for field in &mut mapping.field_mappings {
        field.number = field.number.max(last + 1);
        last = field.number;
    }
}

fn revert_setting(
    result: &mut Configuration,
    before: &Configuration,
    name: &MappingName,
    (item, setting): (&Item, Setting),
) {
    let earlier = Version { mapping: before.mapping(name), job: before.job(name) };
    let Configuration { mappings, job_queue_entries: jobs, .. } = result;
    let Some(mapping) = mappings.iter_mut().find(|mapping| mapping.name == *name) else { return };
    if let (Setting::FieldOrder, Some(earlier)) = (setting, earlier.mapping) {
        align_order(mapping, earlier);
    } else if earlier.has(item) {
        let job = jobs.iter_mut().find(|job| job.mapping == *name);
        let written = write(mapping, job, (item, setting), &earlier.value(item, setting));
        debug_assert!(
            written.is_ok() || !Version::of(mapping, None).has(item),
            "a value of the same setting"
        );
    }
}

#[cfg(test)]
mod tests;
