//! What "Use default synchronization setup" would do, setting by setting: the default as last applied, the current
//! setup and the new default side by side, a choice for each difference, and the configuration that comes of the
//! choices (features M-05, S7.30). How settings are read and written is in `settings`.

use crate::configuration::{Configuration, JobQueueEntry};
use crate::default_setup::{StandardSetup, setup_position, standard_names};
use crate::mapping::{FieldKey, FieldMapping, IntegrationTableMapping, MappingName};
use crate::settings::{
    Difference, Item, Setting, SettingValue, Version, align_order, differences, find_field, order_differs,
    restore, write,
};

/// Which mappings the button is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every standard mapping; custom mappings are listed and kept unless chosen.
    All,
    /// The selected ones (S7.30b).
    Selected(Vec<MappingName>),
}

/// How a mapping stands to the new default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MappingPresence {
    /// Only the new default has it.
    Added,
    /// A standard mapping that the new default does not have: SALESPEOPLE under ownership model Team.
    Removed,
    /// Both have it.
    Kept,
    /// Made by a person; no default has it.
    Custom,
}

/// Who changed what, as far as the default last applied tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// Not there yet: the default adds it.
    New,
    /// A field mapping or table mapping made by a person.
    Custom,
    /// Changed here since the default was applied, or different with no record of what was applied.
    Yours,
    /// The default itself changed; nothing was changed here.
    StandardChanged,
    /// Both changed, and not to the same value.
    BothChanged,
}

impl RowKind {
    /// Stable code, the key of its caption.
    pub fn code(self) -> &'static str {
        match self {
            RowKind::New => "comparison.new",
            RowKind::Custom => "comparison.custom",
            RowKind::Yours => "comparison.yours",
            RowKind::StandardChanged => "comparison.standard-changed",
            RowKind::BothChanged => "comparison.both-changed",
        }
    }
}

/// What becomes of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// As it is now.
    KeepMine,
    /// As the new default says; for what it does not have: removed.
    Standard,
}

/// One difference between the current setup and the new default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonRow {
    /// What the setting belongs to.
    pub item: Item,
    /// Which setting; [`Setting::Presence`] when one of the two lacks the whole item.
    pub setting: Setting,
    /// As the default was last applied; none when that is not recorded (first time, imported, jobs).
    pub applied: Option<SettingValue>,
    /// As it is now.
    pub current: SettingValue,
    /// As the new default says.
    pub standard: SettingValue,
    /// Who changed what.
    pub kind: RowKind,
    /// What becomes of it.
    pub choice: Choice,
}

/// The differences of one table mapping and its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingComparison {
    /// The mapping.
    pub name: MappingName,
    /// How it stands to the new default.
    pub presence: MappingPresence,
    /// Number of settings that were compared, equal ones included.
    pub n_settings: usize,
    /// What differs. Empty: the mapping equals the new default.
    pub rows: Vec<ComparisonRow>,
}

/// The current setup against the new default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupComparison {
    /// Mappings in setup order, then custom ones; those without a difference included.
    pub mappings: Vec<MappingComparison>,
}

impl MappingComparison {
    /// Makes one choice for all its rows.
    pub fn choose(&mut self, choice: Choice) {
        for row in &mut self.rows {
            row.choice = choice;
        }
    }
}

impl SetupComparison {
    /// Makes one choice for every row, custom ones included.
    pub fn choose_all(&mut self, choice: Choice) {
        for mapping in &mut self.mappings {
            mapping.choose(choice);
        }
    }

    /// Makes one choice for all rows of one mapping.
    pub fn choose_mapping(&mut self, name: &MappingName, choice: Choice) {
        for mapping in self.mappings.iter_mut().filter(|mapping| mapping.name == *name) {
            mapping.choose(choice);
        }
    }

    /// Makes a choice for one row.
    pub fn choose(&mut self, name: &MappingName, (item, setting): (&Item, Setting), choice: Choice) {
        let mappings = self.mappings.iter_mut().filter(|mapping| mapping.name == *name);
        let rows = mappings.flat_map(|mapping| &mut mapping.rows);
        for row in rows.filter(|row| row.item == *item && row.setting == setting) {
            row.choice = choice;
        }
    }

    /// All rows with the mapping they belong to.
    pub fn rows(&self) -> impl Iterator<Item = (&MappingName, &ComparisonRow)> {
        self.mappings.iter().flat_map(|mapping| mapping.rows.iter().map(|row| (&mapping.name, row)))
    }

    /// How many differences are of this kind.
    pub fn n_of(&self, kind: RowKind) -> usize {
        self.rows().filter(|(_, row)| row.kind == kind).count()
    }

    /// How many differences would be settled the way of the default.
    pub fn n_chosen(&self) -> usize {
        self.rows().filter(|(_, row)| row.choice == Choice::Standard).count()
    }
}

/// Compares the current setup with a new default.
///
/// Preset is what the button is pressed for: the default wins everywhere, but nothing that a person added is removed.
pub fn compare(current: &Configuration, new: &StandardSetup, scope: &Scope) -> SetupComparison {
    let custom = current.mappings.iter().map(|mapping| mapping.name.clone());
    let custom = custom.filter(|name| setup_position(name).is_none());
    let in_scope = |name: &MappingName| match scope {
        Scope::All => true,
        Scope::Selected(names) => names.contains(name),
    };
    let names = standard_names().chain(custom).filter(in_scope);
    let mappings = names.filter_map(|name| {
        Comparer {
            applied: current.applied_default(&name),
            current: Version { mapping: current.mapping(&name), job: current.job(&name) },
            standard: Version { mapping: new.mapping(&name), job: new.job(&name) },
        }
        .compare(name)
    });
    SetupComparison { mappings: mappings.collect() }
}

/// The configuration after the choices of `comparison`, which was made of the same `current` and `new`.
///
/// Couplings are no part of a configuration and survive (S7.31). The default as last applied is recorded for every
/// standard mapping in scope, whatever was chosen. Field mappings that are kept beside standard ones come after them.
pub fn apply(current: &Configuration, comparison: &SetupComparison, new: &StandardSetup) -> Configuration {
    let mut result = current.clone();
    result.ownership_model = new.ownership_model;
    for mapping in &comparison.mappings {
        match mapping.presence {
            MappingPresence::Added => add(&mut result, mapping, new),
            MappingPresence::Kept => settle(&mut result, mapping, new),
            MappingPresence::Removed | MappingPresence::Custom => remove_if_chosen(&mut result, mapping),
        }
        if mapping.presence != MappingPresence::Custom {
            restore(&mut result.applied_defaults, &new.mappings, &mapping.name, |it| it.name.clone());
        }
    }
    let exists = |name: &MappingName| new.mapping(name).is_some() || current.mapping(name).is_some();
    result.applied_defaults.retain(|mapping| exists(&mapping.name));
    if comparison.n_chosen() > 0 {
        let position = |name: &MappingName| setup_position(name).unwrap_or(usize::MAX);
        result.mappings.sort_by_key(|mapping| position(&mapping.name));
        result.job_queue_entries.sort_by_key(|job| position(&job.mapping));
    }
    result
}

/// The three versions of one mapping.
struct Comparer<'c> {
    applied: Option<&'c IntegrationTableMapping>,
    current: Version<'c>,
    standard: Version<'c>,
}

impl Comparer<'_> {
    /// None when neither the current setup nor the new default has the mapping.
    fn compare(&self, name: MappingName) -> Option<MappingComparison> {
        let presence = match (self.current.mapping, self.standard.mapping) {
            (None, None) => return None,
            (None, Some(_)) => MappingPresence::Added,
            (Some(_), Some(_)) => MappingPresence::Kept,
            (Some(mapping), None) if mapping.user_defined || setup_position(&name).is_none() => {
                MappingPresence::Custom
            }
            (Some(_), None) => MappingPresence::Removed,
        };
        let mut differences = differences(&self.current, &self.standard);
        if matches!(presence, MappingPresence::Removed | MappingPresence::Custom) {
            differences.retain(|difference| difference.item == Item::Mapping);
        }
        let rows = differences.into_iter().map(|difference| self.row(difference, presence)).collect();
        Some(MappingComparison { name, presence, n_settings: self.n_settings(presence), rows })
    }

    fn n_settings(&self, presence: MappingPresence) -> usize {
        let n_of = |version: &Version<'_>| version.rows().len();
        match presence {
            MappingPresence::Added => n_of(&self.standard),
            MappingPresence::Removed | MappingPresence::Custom => n_of(&self.current),
            MappingPresence::Kept => {
                let beyond = self.current.items().into_iter().filter(|item| !self.standard.has(item));
                n_of(&self.standard) + beyond.map(|item| item.settings().len()).sum::<usize>()
            }
        }
    }

    fn row(&self, difference: Difference, presence: MappingPresence) -> ComparisonRow {
        let Difference { item, setting, one: current, other: standard } = difference;
        let applied = match item {
            Item::Job => None,
            _ => self.applied.map(|mapping| Version::of(mapping, None).value(&item, setting)),
        };
        let custom = match presence {
            MappingPresence::Custom => true,
            // What a person added to a standard mapping would go with it.
            MappingPresence::Removed => self.has_custom_field(),
            _ => standard == SettingValue::Absent && self.is_custom_field(&item, setting),
        };
        let kind = match (presence, &applied) {
            (MappingPresence::Removed, _)
                if self.applied.is_some_and(|it| self.current.mapping != Some(it)) =>
            {
                RowKind::BothChanged
            }
            (MappingPresence::Removed, _) => RowKind::StandardChanged,
            _ if custom => RowKind::Custom,
            _ if setting == Setting::Presence && self.changed_and_dropped(&item) => RowKind::BothChanged,
            (_, None | Some(SettingValue::Absent)) if setting == Setting::Presence => match current {
                SettingValue::Absent => RowKind::New,
                _ => RowKind::Yours,
            },
            (_, None) => RowKind::Yours,
            (_, Some(_)) if setting == Setting::FieldOrder => self.order_kind(),
            (_, Some(applied)) if *applied == standard => RowKind::Yours,
            (_, Some(applied)) if *applied == current => RowKind::StandardChanged,
            (_, Some(_)) => RowKind::BothChanged,
        };
        let choice = if custom { Choice::KeepMine } else { Choice::Standard };
        ComparisonRow { item, setting, applied, current, standard, kind, choice }
    }

    /// Whether this is the presence of a field mapping that a person added: it says so itself, or the default last
    /// applied did not have it.
    fn is_custom_field(&self, item: &Item, setting: Setting) -> bool {
        let (Item::Field(key), Setting::Presence) = (item, setting) else { return false };
        self.current.field(key).is_some_and(|field| self.added_by_a_person(field))
    }

    /// Whether this is a field mapping of the default last applied that was changed here and that the new default
    /// no longer has.
    fn changed_and_dropped(&self, item: &Item) -> bool {
        let Item::Field(key) = item else { return false };
        let applied = self.applied.and_then(|applied| find_field(applied, key));
        match (applied, self.current.field(key), self.standard.field(key)) {
            (Some(applied), Some(current), None) => {
                FieldMapping { number: applied.number, ..current.clone() } != *applied
            }
            _ => false,
        }
    }

    fn has_custom_field(&self) -> bool {
        let mut fields = self.current.mapping.iter().flat_map(|mapping| &mapping.field_mappings);
        fields.any(|field| self.added_by_a_person(field))
    }

    fn added_by_a_person(&self, field: &FieldMapping) -> bool {
        field.user_defined || self.applied.is_some_and(|applied| find_field(applied, &field.key()).is_none())
    }

    fn order_kind(&self) -> RowKind {
        let (Some(applied), Some(current), Some(standard)) =
            (self.applied, self.current.mapping, self.standard.mapping)
        else {
            return RowKind::Yours;
        };
        match (order_differs(applied, standard), order_differs(applied, current)) {
            (false, _) => RowKind::Yours,
            (true, false) => RowKind::StandardChanged,
            (true, true) => RowKind::BothChanged,
        }
    }
}

fn is_chosen(mapping: &MappingComparison, item: &Item) -> bool {
    let mut rows = mapping.rows.iter().filter(|row| row.setting == Setting::Presence && row.item == *item);
    rows.any(|row| row.choice == Choice::Standard)
}

/// Adds a mapping of the new default with those of its field mappings, and its job, that were chosen.
fn add(result: &mut Configuration, comparison: &MappingComparison, new: &StandardSetup) {
    let Some(standard) = new.mapping(&comparison.name) else { return };
    if !is_chosen(comparison, &Item::Mapping) {
        return;
    }
    let mut mapping = standard.clone();
    mapping.field_mappings.retain(|field| is_chosen(comparison, &Item::Field(field.key())));
    result.mappings.push(mapping);
    if comparison.rows.iter().any(|row| row.item == Item::Job && row.choice == Choice::Standard) {
        restore_job(&mut result.job_queue_entries, &comparison.name, new);
    }
}

/// Settles the differences of a mapping that both have.
fn settle(result: &mut Configuration, comparison: &MappingComparison, new: &StandardSetup) {
    let Configuration { mappings, job_queue_entries: jobs, .. } = result;
    let Some(standard) = new.mapping(&comparison.name) else { return };
    let Some(mapping) = mappings.iter_mut().find(|mapping| mapping.name == comparison.name) else { return };
    let mut fields_moved = false;
    for row in comparison.rows.iter().filter(|row| row.choice == Choice::Standard) {
        match (&row.item, row.setting) {
            (Item::Field(key), Setting::Presence) => {
                set_field(mapping, standard, key);
                fields_moved = true;
            }
            (Item::Job, Setting::Presence) => restore_job(jobs, &comparison.name, new),
            (_, Setting::FieldOrder) => fields_moved = true,
            (item, setting) => {
                let job = jobs.iter_mut().find(|job| job.mapping == comparison.name);
                let written = write(mapping, job, (item, setting), &row.standard);
                debug_assert!(written.is_ok(), "the comparison was made of another configuration");
            }
        }
    }
    let keeps_order =
        |row: &ComparisonRow| row.setting == Setting::FieldOrder && row.choice == Choice::KeepMine;
    if fields_moved && !comparison.rows.iter().any(keeps_order) {
        align_order(mapping, standard);
    }
}

/// Adds the standard field mapping after all others, or removes the one the default does not have.
fn set_field(mapping: &mut IntegrationTableMapping, standard: &IntegrationTableMapping, key: &FieldKey) {
    let last = mapping.field_mappings.iter().map(|field| field.number).max().unwrap_or(0);
    match find_field(standard, key) {
        Some(field) => {
            mapping.field_mappings.push(FieldMapping { number: last.saturating_add(1), ..field.clone() });
        }
        None => mapping.field_mappings.retain(|field| field.key() != *key),
    }
}

fn restore_job(jobs: &mut Vec<JobQueueEntry>, name: &MappingName, new: &StandardSetup) {
    restore(jobs, &new.job_queue_entries, name, |job| job.mapping.clone());
}

fn remove_if_chosen(result: &mut Configuration, comparison: &MappingComparison) {
    if is_chosen(comparison, &Item::Mapping) {
        result.mappings.retain(|mapping| mapping.name != comparison.name);
        result.job_queue_entries.retain(|job| job.mapping != comparison.name);
    }
}

#[cfg(test)]
mod tests;
