//! Integration table mappings and field mappings (tables 5335 and 5336 of the reference, S1.7 and S1.14), as values.
//! What may be changed and how stands in `checks`, what the standard mappings are in `default_setup`.

use std::fmt;
use std::sync::Arc;

/// Which way records flow (S1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both ways.
    #[default]
    Bidirectional,
    /// From Business Central to Dataverse.
    ToIntegrationTable,
    /// From Dataverse to Business Central.
    FromIntegrationTable,
}

/// What to do when the partner of a coupled record was deleted (S1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeletionConflictResolution {
    /// Left to a person.
    #[default]
    None,
    /// The deleted record is created again.
    RestoreRecords,
    /// The coupling is removed.
    RemoveCoupling,
}

/// What to do when both records changed (S1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UpdateConflictResolution {
    /// Left to a person.
    #[default]
    None,
    /// Business Central wins.
    SendUpdateToIntegration,
    /// Dataverse wins.
    GetUpdateFromIntegration,
}

/// Name of a table mapping: Code\[20\], so upper case and trimmed (S1.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MappingName(Arc<str>);

/// Why a text is no mapping name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingNameError {
    /// Nothing but spaces.
    Empty,
    /// More than 20 characters.
    TooLong {
        /// Number of characters found.
        length: usize,
    },
}

impl MappingName {
    /// Reads a name: trimmed and upper-cased like any Code value.
    ///
    /// # Errors
    /// When nothing is left, or more than 20 characters.
    pub fn new(text: &str) -> Result<Self, MappingNameError> {
        let name = text.trim().to_uppercase();
        match name.chars().count() {
            0 => Err(MappingNameError::Empty),
            length if length > 20 => Err(MappingNameError::TooLong { length }),
            _ => Ok(MappingName(name.into())),
        }
    }

    /// A name of the standard setup, which the build has checked.
    pub(crate) fn standard(name: &'static str) -> Self {
        MappingName(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MappingName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A Business Central table: its name and its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BcTable {
    /// `Customer`.
    pub name: String,
    /// `18`.
    pub number: u32,
}

/// What identifies a record of the integration table (S1.7 field 5, S1.9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IntegrationUid {
    /// Rows, identified by this key column: `accountid`.
    Record {
        /// Logical name of the key column.
        column: String,
    },
    /// The values of this choice column: an *option mapping*.
    OptionSet {
        /// Logical name of the choice column.
        column: String,
    },
}

impl IntegrationUid {
    /// Logical name of the column, of either kind.
    pub fn column(&self) -> &str {
        match self {
            IntegrationUid::Record { column } | IntegrationUid::OptionSet { column } => column,
        }
    }
}

/// One field's condition in a mapping filter; the conditions of a filter are joined by AND.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilterCondition {
    /// Field or column name.
    pub field: String,
    /// Filter expression in the BC filter language.
    pub text: String,
}

/// Table Filter or Integration Table Filter of a mapping (S1.7 fields 14 and 15).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MappingFilter {
    /// Conditions in the order they were written.
    pub conditions: Vec<FilterCondition>,
}

impl MappingFilter {
    /// Whether every record passes.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }
}

impl fmt::Display for MappingFilter {
    /// `Blocked: ' ', Name: A*`: the caption form people read; nothing for an empty filter.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, condition) in self.conditions.iter().enumerate() {
            let separator = if idx == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}: {}", condition.field, condition.text)?;
        }
        Ok(())
    }
}

/// A rule beyond the filters that leaves Business Central records out of a table run (S2.12, S2.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PostFilter {
    /// A person contact is passed over unless its company contact has a business relation to a customer or vendor.
    ContactBusinessRelation,
}

/// Values given to new records of one side (S1.18).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Code of the configuration template.
    pub code: String,
    /// Description.
    pub description: String,
    /// Field and value in text form.
    pub values: Vec<(String, String)>,
}

/// One of several templates for the new records of one side (S1.18).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilteredTemplate {
    /// The side whose new records get it.
    pub side: crate::Side,
    /// Lower numbers are asked first (S4.55).
    pub priority: u32,
    /// Condition on the records that new ones are made of; empty for all of them.
    pub filter: MappingFilter,
    /// The values.
    pub template: Template,
}

/// Whether a field mapping takes part (S1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FieldMappingStatus {
    /// Copied.
    #[default]
    Enabled,
    /// Kept, not copied.
    Disabled,
}

/// The direction in which a transformation rule works (S1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TransformationDirection {
    /// To Dataverse.
    #[default]
    ToIntegrationTable,
    /// From Dataverse.
    FromIntegrationTable,
}

/// What two versions of a field mapping have in common: the fields it joins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldKey {
    /// Business Central field; none for a constant sent to Dataverse.
    pub field: Option<String>,
    /// Dataverse column; none for a constant written to Business Central.
    pub column: Option<String>,
}

/// Integration field mapping (S1.14). Fields are copied in ascending `number`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldMapping {
    /// Order and key within the table mapping.
    pub number: u32,
    /// Business Central field name; none for a constant.
    pub field: Option<String>,
    /// Business Central field number where known.
    pub field_number: Option<u32>,
    /// Dataverse column; none for a constant.
    pub column: Option<String>,
    /// Which way the value flows.
    pub direction: Direction,
    /// Written when the source side has no field; at most 100 characters.
    pub constant_value: Option<String>,
    /// Run the Business Central field's validation when it is written.
    pub validate_field: bool,
    /// The same for the Dataverse column.
    pub validate_integration_table_field: bool,
    /// A lookup that cannot be translated becomes blank; excludes `not_null`.
    pub clear_value_on_failed_sync: bool,
    /// Never overwrite with the null GUID; excludes `clear_value_on_failed_sync`.
    pub not_null: bool,
    /// Which side wins this field when both edited it: a decision that is remembered. Counts where it goes both ways.
    pub update_conflict_resolution: UpdateConflictResolution,
    /// Whether it takes part.
    pub status: FieldMappingStatus,
    /// Code of the transformation rule.
    pub transformation_rule: Option<String>,
    /// Forced to follow `direction` when that is not bidirectional.
    pub transformation_direction: TransformationDirection,
    /// Used by match-based coupling.
    pub use_for_match_based_coupling: bool,
    /// Match-based coupling compares case.
    pub case_sensitive_matching: bool,
    /// Lower numbers match first.
    pub match_priority: u32,
    /// Made by a person, not by the default setup.
    pub user_defined: bool,
}

impl FieldMapping {
    /// Whether it takes part in both directions and remembers which side wins.
    pub fn remembers_winner(&self) -> bool {
        self.direction == Direction::Bidirectional
            && self.status == FieldMappingStatus::Enabled
            && self.update_conflict_resolution != UpdateConflictResolution::None
    }

    /// The fields it joins.
    pub fn key(&self) -> FieldKey {
        FieldKey { field: self.field.clone(), column: self.column.clone() }
    }
}

/// Integration table mapping (S1.7): one Business Central table corresponds to one Dataverse table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IntegrationTableMapping {
    /// Key.
    pub name: MappingName,
    /// Business Central table.
    pub table: BcTable,
    /// Logical name of the Dataverse table.
    pub integration_table: String,
    /// What identifies a record there; decides between record and option mapping.
    pub integration_uid: IntegrationUid,
    /// Which way records flow.
    pub direction: Direction,
    /// Condition on Business Central records.
    pub table_filter: MappingFilter,
    /// Condition on Dataverse rows.
    pub integration_table_filter: MappingFilter,
    /// Do not create new destination records (S2.15).
    pub synch_only_coupled_records: bool,
    /// Rule for deleted partners.
    pub deletion_conflict_resolution: DeletionConflictResolution,
    /// Rule for records changed on both sides.
    pub update_conflict_resolution: UpdateConflictResolution,
    /// Synchronize after match-based coupling.
    pub synch_after_bulk_coupling: bool,
    /// Match-based coupling creates Dataverse rows for the unmatched.
    pub create_new_in_case_of_no_match: bool,
    /// Mappings to synchronize first in a full synchronization (S2.18).
    pub dependency_filter: Vec<MappingName>,
    /// No company filter (S1.12).
    pub multi_company_synch_enabled: bool,
    /// Uncoupling runs as a job that also clears the company (S1.13).
    pub uncouple_by_job: bool,
    /// Values for new Business Central records.
    pub table_template: Option<Template>,
    /// Values for new Dataverse rows.
    pub integration_table_template: Option<Template>,
    /// Templates that are asked before those two, by priority.
    pub templates: Vec<FilteredTemplate>,
    /// Rule beyond the filters.
    pub post_filter: Option<PostFilter>,
    /// Made by a person, not by the default setup.
    pub user_defined: bool,
    /// Field mappings, ascending by number.
    pub field_mappings: Vec<FieldMapping>,
}

impl IntegrationTableMapping {
    /// Whether its Dataverse side is the values of a choice, not rows (S1.9).
    pub fn is_option_mapping(&self) -> bool {
        matches!(self.integration_uid, IntegrationUid::OptionSet { .. })
    }

    /// Whether a field mapping that takes part remembers which side wins: edits of both sides are then merged by field.
    pub fn remembers_winners(&self) -> bool {
        self.field_mappings.iter().any(FieldMapping::remembers_winner)
    }

    /// The filter of one side.
    pub fn filter(&self, side: crate::Side) -> &MappingFilter {
        match side {
            crate::Side::BusinessCentral => &self.table_filter,
            crate::Side::Dataverse => &self.integration_table_filter,
        }
    }

    /// The filter of one side, to change it.
    pub fn filter_mut(&mut self, side: crate::Side) -> &mut MappingFilter {
        match side {
            crate::Side::BusinessCentral => &mut self.table_filter,
            crate::Side::Dataverse => &mut self.integration_table_filter,
        }
    }
}
