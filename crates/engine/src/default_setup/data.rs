//! The shape of the standard setup as static data, and the data the build wrote. Nothing is computed here.

use super::tables::{ApiValue, StandardField, StandardTable};
use crate::mapping::{Direction, PostFilter};

/// When a part of the setup is present.
#[derive(Clone, Copy)]
pub(super) enum Condition {
    Always,
    Person,
    Team,
    CompanyRowFound,
}

pub(super) struct MappingData {
    pub(super) name: &'static str,
    pub(super) condition: Condition,
    pub(super) table: &'static str,
    pub(super) table_number: u32,
    pub(super) integration_table: &'static str,
    pub(super) uid_column: &'static str,
    pub(super) is_option_set: bool,
    pub(super) direction: Direction,
    pub(super) table_filter: &'static [ConditionData],
    pub(super) integration_table_filter: &'static [ConditionData],
    pub(super) synch_only_coupled_records: bool,
    pub(super) synch_after_bulk_coupling: bool,
    pub(super) create_new_in_case_of_no_match: bool,
    pub(super) multi_company_synch_enabled: bool,
    pub(super) uncouple_by_job: bool,
    pub(super) dependency_filters: &'static [DependencyData],
    pub(super) table_template: Option<TemplateData>,
    pub(super) integration_table_template: Option<TemplateData>,
    pub(super) post_filter: Option<PostFilter>,
    pub(super) job: JobData,
    pub(super) fields: &'static [FieldData],
    pub(super) extra_fields: &'static [FieldData],
}

/// One condition of a filter; `{company}` in its text stands for the id of the company.
pub(super) struct ConditionData {
    pub(super) field: &'static str,
    pub(super) text: &'static str,
    pub(super) condition: Condition,
}

pub(super) struct DependencyData {
    pub(super) condition: Condition,
    pub(super) mappings: &'static [&'static str],
}

pub(super) struct TemplateData {
    pub(super) code: &'static str,
    pub(super) description: &'static str,
    pub(super) values: &'static [(&'static str, &'static str)],
}

pub(super) struct JobData {
    pub(super) condition: Condition,
    pub(super) category: &'static str,
    pub(super) minutes_between_runs: u32,
    pub(super) inactivity_timeout_minutes: u32,
}

pub(super) struct JobDefaults {
    /// What stands before and after the name of the mapping.
    pub(super) description: (&'static str, &'static str),
    pub(super) max_attempts: u32,
    pub(super) rerun_delay_seconds: u32,
}

pub(super) struct FieldData {
    pub(super) condition: Condition,
    pub(super) field: Option<&'static str>,
    pub(super) field_number: Option<u32>,
    pub(super) column: Option<&'static str>,
    pub(super) direction: Direction,
    pub(super) constant_value: Option<&'static str>,
    pub(super) transformation_rule: Option<&'static str>,
    pub(super) validate_field: bool,
    pub(super) validate_integration_table_field: bool,
    pub(super) clear_value_on_failed_sync: bool,
    pub(super) not_null: bool,
    pub(super) use_for_match_based_coupling: bool,
    pub(super) enabled: bool,
}

include!(concat!(env!("OUT_DIR"), "/standard_setup.rs"));
