//! The default synchronization setup between Business Central and Dataverse, built from data that the build made of
//! `data/default-setup-dataverse.json`. What an admin changed is not known here: see `comparison`.

mod data;
mod tables;

#[cfg(test)]
mod tests;

use crate::configuration::{Company, JobQueueEntry, JobStatus, OwnershipModel};
use crate::mapping::{
    BcTable, DeletionConflictResolution, Direction, FieldMapping, FieldMappingStatus, FilterCondition,
    IntegrationTableMapping, IntegrationUid, MappingFilter, MappingName, Template, TransformationDirection,
    UpdateConflictResolution,
};
use data::{
    Condition, ConditionData, FieldData, JOB_DEFAULTS, MAPPINGS, MappingData, PRIORITY_ORDER, TemplateData,
};
pub use tables::{ApiValue, StandardField, StandardTable, standard_tables};

/// The standard setup for one ownership model and one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardSetup {
    /// The model it was built for.
    pub ownership_model: OwnershipModel,
    /// Table mappings with their field mappings, in setup order.
    pub mappings: Vec<IntegrationTableMapping>,
    /// Their recurring jobs, in the same order.
    pub job_queue_entries: Vec<JobQueueEntry>,
}

impl StandardSetup {
    /// The mapping with this name.
    pub fn mapping(&self, name: &MappingName) -> Option<&IntegrationTableMapping> {
        self.mappings.iter().find(|mapping| mapping.name == *name)
    }

    /// The job of the mapping with this name.
    pub fn job(&self, name: &MappingName) -> Option<&JobQueueEntry> {
        self.job_queue_entries.iter().find(|job| job.mapping == *name)
    }
}

/// Builds the standard setup.
///
/// Without a company (its `bcbi_company` row could not be read) the company part of the filters is left out, as in
/// the reference. Under [`OwnershipModel::Team`] SALESPEOPLE and the owner fields are absent.
pub fn build(ownership: OwnershipModel, company: Option<&Company>) -> StandardSetup {
    let builder = Builder { ownership, company };
    let present = || MAPPINGS.iter().filter(|mapping| builder.holds(mapping.condition));
    StandardSetup {
        ownership_model: ownership,
        mappings: present().map(|mapping| builder.mapping(mapping)).collect(),
        job_queue_entries: present().filter_map(|mapping| builder.job(mapping)).collect(),
    }
}

/// Names of all standard mappings, those included that one ownership model leaves out, in setup order.
pub fn standard_names() -> impl Iterator<Item = MappingName> {
    MAPPINGS.iter().map(|mapping| MappingName::standard(mapping.name))
}

/// Place of a standard mapping in the setup order; none for a custom mapping.
pub fn setup_position(name: &MappingName) -> Option<usize> {
    MAPPINGS.iter().position(|mapping| mapping.name == name.as_str())
}

/// The order in which a full synchronization takes the mappings that have a fixed place.
pub fn priority_order() -> impl Iterator<Item = MappingName> {
    PRIORITY_ORDER.iter().map(|name| MappingName::standard(name))
}

struct Builder<'c> {
    ownership: OwnershipModel,
    company: Option<&'c Company>,
}

impl Builder<'_> {
    fn holds(&self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Person => self.ownership == OwnershipModel::Person,
            Condition::Team => self.ownership == OwnershipModel::Team,
            Condition::CompanyRowFound => self.company.is_some(),
        }
    }

    fn mapping(&self, data: &MappingData) -> IntegrationTableMapping {
        let column = data.uid_column.to_owned();
        IntegrationTableMapping {
            name: MappingName::standard(data.name),
            table: BcTable { name: data.table.to_owned(), number: data.table_number },
            integration_table: data.integration_table.to_owned(),
            integration_uid: if data.is_option_set {
                IntegrationUid::OptionSet { column }
            } else {
                IntegrationUid::Record { column }
            },
            direction: data.direction,
            table_filter: self.filter(data.table_filter),
            integration_table_filter: self.filter(data.integration_table_filter),
            synch_only_coupled_records: data.synch_only_coupled_records,
            deletion_conflict_resolution: DeletionConflictResolution::None,
            update_conflict_resolution: UpdateConflictResolution::None,
            synch_after_bulk_coupling: data.synch_after_bulk_coupling,
            create_new_in_case_of_no_match: data.create_new_in_case_of_no_match,
            dependency_filter: self.dependency_filter(data),
            multi_company_synch_enabled: data.multi_company_synch_enabled,
            uncouple_by_job: data.uncouple_by_job,
            table_template: data.table_template.as_ref().map(template),
            integration_table_template: data.integration_table_template.as_ref().map(template),
            templates: Vec::new(),
            post_filter: data.post_filter,
            user_defined: false,
            field_mappings: self.field_mappings(data),
        }
    }

    fn filter(&self, conditions: &[ConditionData]) -> MappingFilter {
        let present = conditions.iter().filter(|condition| self.holds(condition.condition));
        let conditions = present.map(|condition| FilterCondition {
            field: condition.field.to_owned(),
            text: match self.company {
                Some(company) => condition.text.replace("{company}", &company_text(company)),
                None => condition.text.to_owned(),
            },
        });
        MappingFilter { conditions: conditions.collect() }
    }

    fn dependency_filter(&self, data: &MappingData) -> Vec<MappingName> {
        let present = data.dependency_filters.iter().filter(|filter| self.holds(filter.condition));
        present.flat_map(|filter| filter.mappings).map(|name| MappingName::standard(name)).collect()
    }

    /// The fields of the setup, then the extra ones whose field and column are both still free.
    fn field_mappings(&self, data: &MappingData) -> Vec<FieldMapping> {
        let mut fields: Vec<FieldMapping> = Vec::new();
        for field in data.fields.iter().filter(|field| self.holds(field.condition)) {
            fields.push(field_mapping(field, fields.len()));
        }
        for field in data.extra_fields.iter().filter(|field| self.holds(field.condition)) {
            let taken = fields.iter().any(|other| {
                other.field.is_some() && other.field.as_deref() == field.field
                    || other.column.is_some() && other.column.as_deref() == field.column
            });
            if !taken {
                fields.push(field_mapping(field, fields.len()));
            }
        }
        fields
    }

    fn job(&self, mapping: &MappingData) -> Option<JobQueueEntry> {
        let job = &mapping.job;
        let (before, after) = JOB_DEFAULTS.description;
        self.holds(job.condition).then(|| JobQueueEntry {
            mapping: MappingName::standard(mapping.name),
            description: format!("{before}{}{after}", mapping.name),
            category: job.category.to_owned(),
            minutes_between_runs: job.minutes_between_runs,
            inactivity_timeout_minutes: job.inactivity_timeout_minutes,
            max_attempts: JOB_DEFAULTS.max_attempts,
            rerun_delay_seconds: JOB_DEFAULTS.rerun_delay_seconds,
            status: JobStatus::Ready,
        })
    }
}

/// The id of the company as filters write a Guid (filter language 4.8): `{UPPER CASE}`.
fn company_text(company: &Company) -> String {
    company.id.braced().to_string().to_uppercase()
}

fn template(data: &TemplateData) -> Template {
    let values = data.values.iter().map(|&(field, value)| (field.to_owned(), value.to_owned()));
    Template {
        code: data.code.to_owned(),
        description: data.description.to_owned(),
        values: values.collect(),
    }
}

/// A standard field mapping after `n_before` others.
fn field_mapping(data: &FieldData, n_before: usize) -> FieldMapping {
    FieldMapping {
        number: n_before as u32 + 1,
        field: data.field.map(str::to_owned),
        field_number: data.field_number,
        column: data.column.map(str::to_owned),
        direction: data.direction,
        constant_value: data.constant_value.map(str::to_owned),
        validate_field: data.validate_field,
        validate_integration_table_field: data.validate_integration_table_field,
        clear_value_on_failed_sync: data.clear_value_on_failed_sync,
        not_null: data.not_null,
        update_conflict_resolution: UpdateConflictResolution::None,
        status: if data.enabled { FieldMappingStatus::Enabled } else { FieldMappingStatus::Disabled },
        transformation_rule: data.transformation_rule.map(str::to_owned),
        transformation_direction: match data.direction {
            Direction::FromIntegrationTable => TransformationDirection::FromIntegrationTable,
            Direction::Bidirectional | Direction::ToIntegrationTable => {
                TransformationDirection::ToIntegrationTable
            }
        },
        use_for_match_based_coupling: data.use_for_match_based_coupling,
        case_sensitive_matching: false,
        match_priority: 0,
        user_defined: false,
    }
}
