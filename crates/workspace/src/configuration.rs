//! The configuration as it is kept, version 1: one serde type for each of the engine's types, and the way to and fro.

use couplet_engine as engine;
use engine::MappingName;
use serde::{Deserialize, Serialize};

use super::{Damage, Problem};
use crate::sales::StoredSales;
use crate::versions::Keyed;

/// A stored enum whose variants are those of the engine's, the words they are stored as, and the way between both.
macro_rules! mirrored {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        spelled!($name { $($variant = $word),+ });

        impl From<engine::$name> for $name {
            fn from(value: engine::$name) -> Self {
                match value { $(engine::$name::$variant => $name::$variant),+ }
            }
        }

        impl From<$name> for engine::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => engine::$name::$variant),+ }
            }
        }
    };
}

mirrored!(SalesOrderIntegration { Off = "off", Legacy = "legacy", Bidirectional = "bidirectional" });
mirrored!(OwnershipModel { Person = "person", Team = "team" });
mirrored!(Direction {
    Bidirectional = "bidirectional",
    ToIntegrationTable = "toIntegrationTable",
    FromIntegrationTable = "fromIntegrationTable",
});
mirrored!(DeletionConflictResolution {
    None = "none",
    RestoreRecords = "restoreRecords",
    RemoveCoupling = "removeCoupling",
});
mirrored!(UpdateConflictResolution {
    None = "none",
    SendUpdateToIntegration = "sendUpdateToIntegration",
    GetUpdateFromIntegration = "getUpdateFromIntegration",
});
mirrored!(FieldMappingStatus { Enabled = "enabled", Disabled = "disabled" });
mirrored!(TransformationDirection {
    ToIntegrationTable = "toIntegrationTable",
    FromIntegrationTable = "fromIntegrationTable",
});
mirrored!(Side { BusinessCentral = "businessCentral", Dataverse = "dataverse" });
mirrored!(PostFilter { ContactBusinessRelation = "contactBusinessRelation" });
mirrored!(JobStatus {
    Ready = "ready",
    OnHold = "onHold",
    OnHoldWithInactivityTimeout = "onHoldWithInactivityTimeout",
});

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredConfiguration {
    pub(crate) ownership_model: OwnershipModel,
    #[serde(default, skip_serializing_if = "StoredSales::is_preset")]
    pub(crate) sales: StoredSales,
    pub(crate) mappings: Vec<StoredMapping>,
    pub(crate) job_queue_entries: Vec<StoredJob>,
    pub(crate) applied_defaults: Vec<StoredMapping>,
}

/// A table mapping with its field mappings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredMapping {
    pub(crate) name: String,
    table: StoredTable,
    integration_table: String,
    integration_uid: StoredUid,
    direction: Direction,
    table_filter: Vec<StoredCondition>,
    integration_table_filter: Vec<StoredCondition>,
    synch_only_coupled_records: bool,
    deletion_conflict_resolution: DeletionConflictResolution,
    update_conflict_resolution: UpdateConflictResolution,
    synch_after_bulk_coupling: bool,
    create_new_in_case_of_no_match: bool,
    dependency_filter: Vec<String>,
    multi_company_synch_enabled: bool,
    uncouple_by_job: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table_template: Option<StoredTemplate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integration_table_template: Option<StoredTemplate>,
    /// Absent in files from before there were several templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    templates: Vec<StoredFilteredTemplate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_filter: Option<PostFilter>,
    user_defined: bool,
    field_mappings: Vec<StoredField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTable {
    name: String,
    number: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredUid {
    kind: UidKind,
    column: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UidKind {
    Record,
    OptionSet,
}

spelled!(UidKind { Record = "record", OptionSet = "optionSet" });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCondition {
    field: String,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTemplate {
    code: String,
    description: String,
    values: Vec<StoredTemplateValue>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFilteredTemplate {
    side: Side,
    priority: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    filter: Vec<StoredCondition>,
    template: StoredTemplate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTemplateValue {
    field: String,
    value: String,
}

/// The fields that a field mapping joins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFieldKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredField {
    number: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field_number: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    constant_value: Option<String>,
    validate_field: bool,
    validate_integration_table_field: bool,
    clear_value_on_failed_sync: bool,
    not_null: bool,
    /// Absent in files from before decisions were remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_conflict_resolution: Option<UpdateConflictResolution>,
    status: FieldMappingStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transformation_rule: Option<String>,
    transformation_direction: TransformationDirection,
    use_for_match_based_coupling: bool,
    case_sensitive_matching: bool,
    match_priority: u32,
    user_defined: bool,
}

/// A recurring job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredJob {
    pub(crate) mapping: String,
    description: String,
    category: String,
    minutes_between_runs: u32,
    inactivity_timeout_minutes: u32,
    max_attempts: u32,
    rerun_delay_seconds: u32,
    status: JobStatus,
}

impl From<&engine::Configuration> for StoredConfiguration {
    fn from(value: &engine::Configuration) -> Self {
        StoredConfiguration {
            ownership_model: value.ownership_model.into(),
            sales: StoredSales::from(&value.sales),
            mappings: value.mappings.iter().map(StoredMapping::from).collect(),
            job_queue_entries: value.job_queue_entries.iter().map(StoredJob::from).collect(),
            applied_defaults: value.applied_defaults.iter().map(StoredMapping::from).collect(),
        }
    }
}

impl TryFrom<StoredConfiguration> for engine::Configuration {
    type Error = Damage;

    fn try_from(value: StoredConfiguration) -> Result<Self, Damage> {
        Ok(engine::Configuration {
            ownership_model: value.ownership_model.into(),
            sales: value.sales.into(),
            mappings: unique(value.mappings, "mappings")?,
            job_queue_entries: unique(value.job_queue_entries, "jobQueueEntries")?,
            applied_defaults: unique(value.applied_defaults, "appliedDefaults")?,
        })
    }
}

/// Reads a list whose items have a name each, every name once.
pub(crate) fn unique<S, T: Keyed + TryFrom<S, Error = Damage>>(
    stored: Vec<S>,
    path: &str,
) -> Result<Vec<T>, Damage> {
    let mut items: Vec<T> = Vec::with_capacity(stored.len());
    for (idx, item) in stored.into_iter().enumerate() {
        let holder = format!("{path}[{idx}]");
        let item = T::try_from(item).map_err(|damage| damage.inside(&holder))?;
        if items.iter().any(|other| other.list_key() == item.list_key()) {
            let problem = Problem::Duplicate { key: item.list_key().as_str().to_owned() };
            return Err(Damage::new(holder, problem));
        }
        items.push(item);
    }
    Ok(items)
}

/// Reads a mapping name; `path` is where it stands.
pub(crate) fn mapping_name(text: &str, path: impl Into<String>) -> Result<MappingName, Damage> {
    MappingName::new(text).map_err(|error| Damage::new(path, Problem::Name(error)))
}

impl From<&engine::IntegrationTableMapping> for StoredMapping {
    fn from(value: &engine::IntegrationTableMapping) -> Self {
        StoredMapping {
            name: value.name.as_str().to_owned(),
            table: StoredTable { name: value.table.name.clone(), number: value.table.number },
            integration_table: value.integration_table.clone(),
            integration_uid: StoredUid {
                kind: if value.is_option_mapping() { UidKind::OptionSet } else { UidKind::Record },
                column: value.integration_uid.column().to_owned(),
            },
            direction: value.direction.into(),
            table_filter: stored_filter(&value.table_filter),
            integration_table_filter: stored_filter(&value.integration_table_filter),
            synch_only_coupled_records: value.synch_only_coupled_records,
            deletion_conflict_resolution: value.deletion_conflict_resolution.into(),
            update_conflict_resolution: value.update_conflict_resolution.into(),
            synch_after_bulk_coupling: value.synch_after_bulk_coupling,
            create_new_in_case_of_no_match: value.create_new_in_case_of_no_match,
            dependency_filter: value.dependency_filter.iter().map(|name| name.as_str().to_owned()).collect(),
            multi_company_synch_enabled: value.multi_company_synch_enabled,
            uncouple_by_job: value.uncouple_by_job,
            table_template: value.table_template.as_ref().map(StoredTemplate::from),
            integration_table_template: value.integration_table_template.as_ref().map(StoredTemplate::from),
            templates: value.templates.iter().map(StoredFilteredTemplate::from).collect(),
            post_filter: value.post_filter.map(PostFilter::from),
            user_defined: value.user_defined,
            field_mappings: value.field_mappings.iter().map(StoredField::from).collect(),
        }
    }
}

impl TryFrom<StoredMapping> for engine::IntegrationTableMapping {
    type Error = Damage;

    fn try_from(value: StoredMapping) -> Result<Self, Damage> {
        let dependencies = value.dependency_filter.iter().enumerate();
        let dependencies =
            dependencies.map(|(idx, name)| mapping_name(name, format!("dependencyFilter[{idx}]")));
        Ok(engine::IntegrationTableMapping {
            name: mapping_name(&value.name, "name")?,
            table: engine::BcTable { name: value.table.name, number: value.table.number },
            integration_table: value.integration_table,
            integration_uid: match value.integration_uid {
                StoredUid { kind: UidKind::Record, column } => engine::IntegrationUid::Record { column },
                StoredUid { kind: UidKind::OptionSet, column } => {
                    engine::IntegrationUid::OptionSet { column }
                }
            },
            direction: value.direction.into(),
            table_filter: filter(value.table_filter),
            integration_table_filter: filter(value.integration_table_filter),
            synch_only_coupled_records: value.synch_only_coupled_records,
            deletion_conflict_resolution: value.deletion_conflict_resolution.into(),
            update_conflict_resolution: value.update_conflict_resolution.into(),
            synch_after_bulk_coupling: value.synch_after_bulk_coupling,
            create_new_in_case_of_no_match: value.create_new_in_case_of_no_match,
            dependency_filter: dependencies.collect::<Result<_, _>>()?,
            multi_company_synch_enabled: value.multi_company_synch_enabled,
            uncouple_by_job: value.uncouple_by_job,
            table_template: value.table_template.map(engine::Template::from),
            integration_table_template: value.integration_table_template.map(engine::Template::from),
            templates: value.templates.into_iter().map(engine::FilteredTemplate::from).collect(),
            post_filter: value.post_filter.map(engine::PostFilter::from),
            user_defined: value.user_defined,
            field_mappings: value.field_mappings.into_iter().map(engine::FieldMapping::from).collect(),
        })
    }
}

fn stored_filter(filter: &engine::MappingFilter) -> Vec<StoredCondition> {
    let conditions = filter.conditions.iter();
    conditions.map(|it| StoredCondition { field: it.field.clone(), text: it.text.clone() }).collect()
}

fn filter(stored: Vec<StoredCondition>) -> engine::MappingFilter {
    let conditions = stored.into_iter();
    let conditions =
        conditions.map(|it| engine::FilterCondition { field: it.field, text: it.text }).collect();
    engine::MappingFilter { conditions }
}

impl From<&engine::Template> for StoredTemplate {
    fn from(value: &engine::Template) -> Self {
        let values = value.values.iter();
        let values =
            values.map(|(field, value)| StoredTemplateValue { field: field.clone(), value: value.clone() });
        StoredTemplate {
            code: value.code.clone(),
            description: value.description.clone(),
            values: values.collect(),
        }
    }
}

impl From<StoredTemplate> for engine::Template {
    fn from(value: StoredTemplate) -> Self {
        let values = value.values.into_iter().map(|it| (it.field, it.value)).collect();
        engine::Template { code: value.code, description: value.description, values }
    }
}

impl From<&engine::FilteredTemplate> for StoredFilteredTemplate {
    fn from(value: &engine::FilteredTemplate) -> Self {
        StoredFilteredTemplate {
            side: value.side.into(),
            priority: value.priority,
            filter: stored_filter(&value.filter),
            template: (&value.template).into(),
        }
    }
}

impl From<StoredFilteredTemplate> for engine::FilteredTemplate {
    fn from(value: StoredFilteredTemplate) -> Self {
        engine::FilteredTemplate {
            side: value.side.into(),
            priority: value.priority,
            filter: filter(value.filter),
            template: value.template.into(),
        }
    }
}

impl From<&engine::FieldKey> for StoredFieldKey {
    fn from(value: &engine::FieldKey) -> Self {
        StoredFieldKey { field: value.field.clone(), column: value.column.clone() }
    }
}

impl From<StoredFieldKey> for engine::FieldKey {
    fn from(value: StoredFieldKey) -> Self {
        engine::FieldKey { field: value.field, column: value.column }
    }
}

impl From<&engine::FieldMapping> for StoredField {
    fn from(value: &engine::FieldMapping) -> Self {
        StoredField {
            number: value.number,
            field: value.field.clone(),
            field_number: value.field_number,
            column: value.column.clone(),
            direction: value.direction.into(),
            constant_value: value.constant_value.clone(),
            validate_field: value.validate_field,
            validate_integration_table_field: value.validate_integration_table_field,
            clear_value_on_failed_sync: value.clear_value_on_failed_sync,
            not_null: value.not_null,
            update_conflict_resolution: match value.update_conflict_resolution {
                engine::UpdateConflictResolution::None => None,
                remembered => Some(remembered.into()),
            },
            status: value.status.into(),
            transformation_rule: value.transformation_rule.clone(),
            transformation_direction: value.transformation_direction.into(),
            use_for_match_based_coupling: value.use_for_match_based_coupling,
            case_sensitive_matching: value.case_sensitive_matching,
            match_priority: value.match_priority,
            user_defined: value.user_defined,
        }
    }
}

impl From<StoredField> for engine::FieldMapping {
    fn from(value: StoredField) -> Self {
        engine::FieldMapping {
            number: value.number,
            field: value.field,
            field_number: value.field_number,
            column: value.column,
            direction: value.direction.into(),
            constant_value: value.constant_value,
            validate_field: value.validate_field,
            validate_integration_table_field: value.validate_integration_table_field,
            clear_value_on_failed_sync: value.clear_value_on_failed_sync,
            not_null: value.not_null,
            update_conflict_resolution: value.update_conflict_resolution.map(Into::into).unwrap_or_default(),
            status: value.status.into(),
            transformation_rule: value.transformation_rule,
            transformation_direction: value.transformation_direction.into(),
            use_for_match_based_coupling: value.use_for_match_based_coupling,
            case_sensitive_matching: value.case_sensitive_matching,
            match_priority: value.match_priority,
            user_defined: value.user_defined,
        }
    }
}

impl From<&engine::JobQueueEntry> for StoredJob {
    fn from(value: &engine::JobQueueEntry) -> Self {
        StoredJob {
            mapping: value.mapping.as_str().to_owned(),
            description: value.description.clone(),
            category: value.category.clone(),
            minutes_between_runs: value.minutes_between_runs,
            inactivity_timeout_minutes: value.inactivity_timeout_minutes,
            max_attempts: value.max_attempts,
            rerun_delay_seconds: value.rerun_delay_seconds,
            status: value.status.into(),
        }
    }
}

impl TryFrom<StoredJob> for engine::JobQueueEntry {
    type Error = Damage;

    fn try_from(value: StoredJob) -> Result<Self, Damage> {
        Ok(engine::JobQueueEntry {
            mapping: mapping_name(&value.mapping, "mapping")?,
            description: value.description,
            category: value.category,
            minutes_between_runs: value.minutes_between_runs,
            inactivity_timeout_minutes: value.inactivity_timeout_minutes,
            max_attempts: value.max_attempts,
            rerun_delay_seconds: value.rerun_delay_seconds,
            status: value.status.into(),
        })
    }
}
