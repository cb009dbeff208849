//! Single settings read from and written to mappings, field mappings and jobs. Lists of them, and their order, are
//! in the parent.

use super::{Setting, SettingValue, WrongValue, field_order};
use crate::configuration::{Configuration, JobQueueEntry};
use crate::mapping::{FieldMapping, IntegrationTableMapping, Template};

/// A setting of the whole configuration; none when it has no such setting.
pub(super) fn configuration_value(configuration: &Configuration, setting: Setting) -> Option<SettingValue> {
    let sales = &configuration.sales;
    Some(match setting {
        Setting::OwnershipModel => SettingValue::OwnershipModel(configuration.ownership_model),
        Setting::SalesEnabled => SettingValue::Flag(sales.enabled),
        Setting::SalesOrderIntegration => SettingValue::SalesOrderIntegration(sales.order_integration),
        Setting::CreateSalesOrders => SettingValue::Flag(sales.create_orders),
        Setting::ProcessSalesQuotes => SettingValue::Flag(sales.process_quotes),
        Setting::ItemAvailability => SettingValue::Flag(sales.item_availability),
        Setting::UnitGroupMapping => SettingValue::Flag(sales.unit_group_mapping),
        Setting::OpenInSalesHub => SettingValue::Flag(sales.open_in_sales_hub),
        Setting::WebClientAddress => SettingValue::Text(sales.web_client_address.clone()),
        Setting::UsersMustMap => SettingValue::Flag(sales.users_must_map),
        _ => return None,
    })
}

/// Writes a setting of the whole configuration.
///
/// # Errors
/// When the setting does not take the value.
pub(super) fn set_configuration_value(
    configuration: &mut Configuration,
    setting: Setting,
    value: &SettingValue,
) -> Result<(), WrongValue> {
    use SettingValue as V;
    let sales = &mut configuration.sales;
    match (setting, value) {
        (Setting::OwnershipModel, V::OwnershipModel(model)) => configuration.ownership_model = *model,
        (Setting::SalesEnabled, V::Flag(flag)) => sales.enabled = *flag,
        (Setting::SalesOrderIntegration, V::SalesOrderIntegration(it)) => sales.order_integration = *it,
        (Setting::CreateSalesOrders, V::Flag(flag)) => sales.create_orders = *flag,
        (Setting::ProcessSalesQuotes, V::Flag(flag)) => sales.process_quotes = *flag,
        (Setting::ItemAvailability, V::Flag(flag)) => sales.item_availability = *flag,
        (Setting::UnitGroupMapping, V::Flag(flag)) => sales.unit_group_mapping = *flag,
        (Setting::OpenInSalesHub, V::Flag(flag)) => sales.open_in_sales_hub = *flag,
        (Setting::WebClientAddress, V::Text(text)) => sales.web_client_address.clone_from(text),
        (Setting::UsersMustMap, V::Flag(flag)) => sales.users_must_map = *flag,
        _ => return Err(WrongValue),
    }
    Ok(())
}

/// A setting of a table mapping; none when it has no such setting.
pub(super) fn mapping_value(mapping: &IntegrationTableMapping, setting: Setting) -> Option<SettingValue> {
    let template = |template: &Option<Template>| optional(template, SettingValue::Template);
    Some(match setting {
        Setting::Presence => SettingValue::Present,
        Setting::Table => SettingValue::Table(mapping.table.clone()),
        Setting::IntegrationTable => SettingValue::Text(mapping.integration_table.clone()),
        Setting::IntegrationUid => SettingValue::IntegrationUid(mapping.integration_uid.clone()),
        Setting::Direction => SettingValue::Direction(mapping.direction),
        Setting::TableFilter => SettingValue::Filter(mapping.table_filter.clone()),
        Setting::IntegrationTableFilter => SettingValue::Filter(mapping.integration_table_filter.clone()),
        Setting::SynchOnlyCoupledRecords => SettingValue::Flag(mapping.synch_only_coupled_records),
        Setting::DeletionConflictResolution => {
            SettingValue::DeletionConflictResolution(mapping.deletion_conflict_resolution)
        }
        Setting::UpdateConflictResolution => {
            SettingValue::UpdateConflictResolution(mapping.update_conflict_resolution)
        }
        Setting::SynchAfterBulkCoupling => SettingValue::Flag(mapping.synch_after_bulk_coupling),
        Setting::CreateNewInCaseOfNoMatch => SettingValue::Flag(mapping.create_new_in_case_of_no_match),
        Setting::DependencyFilter => SettingValue::MappingNames(mapping.dependency_filter.clone()),
        Setting::MultiCompanySynchEnabled => SettingValue::Flag(mapping.multi_company_synch_enabled),
        Setting::UncoupleByJob => SettingValue::Flag(mapping.uncouple_by_job),
        Setting::TableTemplate => template(&mapping.table_template),
        Setting::IntegrationTableTemplate => template(&mapping.integration_table_template),
        Setting::Templates => SettingValue::Templates(mapping.templates.clone()),
        Setting::PostFilter => optional(&mapping.post_filter, SettingValue::PostFilter),
        Setting::FieldOrder => SettingValue::FieldOrder(field_order(mapping)),
        Setting::UserDefined => SettingValue::Flag(mapping.user_defined),
        _ => return None,
    })
}

/// A setting of a field mapping; none when it has no such setting.
pub(super) fn field_value(field: &FieldMapping, setting: Setting) -> Option<SettingValue> {
    let text = |text: &Option<String>| optional(text, SettingValue::Text);
    Some(match setting {
        Setting::Presence => SettingValue::Present,
        Setting::FieldNo => optional(&field.field_number, SettingValue::Number),
        Setting::Direction => SettingValue::Direction(field.direction),
        Setting::ConstantValue => text(&field.constant_value),
        Setting::ValidateField => SettingValue::Flag(field.validate_field),
        Setting::ValidateIntegrationTableField => SettingValue::Flag(field.validate_integration_table_field),
        Setting::ClearValueOnFailedSync => SettingValue::Flag(field.clear_value_on_failed_sync),
        Setting::NotNull => SettingValue::Flag(field.not_null),
        Setting::UpdateConflictResolution => {
            SettingValue::UpdateConflictResolution(field.update_conflict_resolution)
        }
        Setting::Status => SettingValue::FieldMappingStatus(field.status),
        Setting::TransformationRule => text(&field.transformation_rule),
        Setting::TransformationDirection => {
            SettingValue::TransformationDirection(field.transformation_direction)
        }
        Setting::UseForMatchBasedCoupling => SettingValue::Flag(field.use_for_match_based_coupling),
        Setting::CaseSensitiveMatching => SettingValue::Flag(field.case_sensitive_matching),
        Setting::MatchPriority => SettingValue::Number(field.match_priority),
        Setting::UserDefined => SettingValue::Flag(field.user_defined),
        _ => return None,
    })
}

/// A setting of a job; none when it has no such setting.
pub(super) fn job_value(job: &JobQueueEntry, setting: Setting) -> Option<SettingValue> {
    Some(match setting {
        Setting::Presence => SettingValue::Present,
        Setting::Description => SettingValue::Text(job.description.clone()),
        Setting::JobQueueCategory => SettingValue::Text(job.category.clone()),
        Setting::MinutesBetweenRuns => SettingValue::Number(job.minutes_between_runs),
        Setting::InactivityTimeout => SettingValue::Number(job.inactivity_timeout_minutes),
        Setting::MaxAttempts => SettingValue::Number(job.max_attempts),
        Setting::RerunDelay => SettingValue::Number(job.rerun_delay_seconds),
        Setting::JobStatus => SettingValue::JobStatus(job.status),
        _ => return None,
    })
}

/// Writes a setting of a table mapping. The order of its fields is written with [`align_order`].
///
/// # Errors
/// When the setting does not take the value.
pub(super) fn set_mapping_value(
    mapping: &mut IntegrationTableMapping,
    setting: Setting,
    value: &SettingValue,
) -> Result<(), WrongValue> {
    use SettingValue as V;
    match (setting, value) {
        (Setting::Table, V::Table(table)) => mapping.table = table.clone(),
        (Setting::IntegrationTable, V::Text(table)) => mapping.integration_table = table.clone(),
        (Setting::IntegrationUid, V::IntegrationUid(uid)) => mapping.integration_uid = uid.clone(),
        (Setting::Direction, V::Direction(direction)) => mapping.direction = *direction,
        (Setting::TableFilter, V::Filter(filter)) => mapping.table_filter = filter.clone(),
        (Setting::IntegrationTableFilter, V::Filter(filter)) => {
            mapping.integration_table_filter = filter.clone()
        }
        (Setting::SynchOnlyCoupledRecords, V::Flag(flag)) => mapping.synch_only_coupled_records = *flag,
        (Setting::DeletionConflictResolution, V::DeletionConflictResolution(resolution)) => {
            mapping.deletion_conflict_resolution = *resolution;
        }
        (Setting::UpdateConflictResolution, V::UpdateConflictResolution(resolution)) => {
            mapping.update_conflict_resolution = *resolution;
        }
        (Setting::SynchAfterBulkCoupling, V::Flag(flag)) => mapping.synch_after_bulk_coupling = *flag,
        (Setting::CreateNewInCaseOfNoMatch, V::Flag(flag)) => mapping.create_new_in_case_of_no_match = *flag,
        (Setting::DependencyFilter, V::MappingNames(names)) => mapping.dependency_filter = names.clone(),
        (Setting::MultiCompanySynchEnabled, V::Flag(flag)) => mapping.multi_company_synch_enabled = *flag,
        (Setting::UncoupleByJob, V::Flag(flag)) => mapping.uncouple_by_job = *flag,
        (Setting::TableTemplate, V::Template(template)) => mapping.table_template = Some(template.clone()),
        (Setting::TableTemplate, V::Absent) => mapping.table_template = None,
        (Setting::IntegrationTableTemplate, V::Template(template)) => {
            mapping.integration_table_template = Some(template.clone());
        }
        (Setting::IntegrationTableTemplate, V::Absent) => mapping.integration_table_template = None,
        (Setting::Templates, V::Templates(templates)) => mapping.templates = templates.clone(),
        (Setting::PostFilter, V::PostFilter(filter)) => mapping.post_filter = Some(*filter),
        (Setting::PostFilter, V::Absent) => mapping.post_filter = None,
        (Setting::UserDefined, V::Flag(flag)) => mapping.user_defined = *flag,
        _ => return Err(WrongValue),
    }
    Ok(())
}

/// Writes a setting of a field mapping.
///
/// # Errors
/// When the setting does not take the value.
pub(super) fn set_field_value(
    field: &mut FieldMapping,
    setting: Setting,
    value: &SettingValue,
) -> Result<(), WrongValue> {
    use SettingValue as V;
    match (setting, value) {
        (Setting::FieldNo, V::Number(number)) => field.field_number = Some(*number),
        (Setting::FieldNo, V::Absent) => field.field_number = None,
        (Setting::Direction, V::Direction(direction)) => field.direction = *direction,
        (Setting::ConstantValue, V::Text(text)) => field.constant_value = Some(text.clone()),
        (Setting::ConstantValue, V::Absent) => field.constant_value = None,
        (Setting::ValidateField, V::Flag(flag)) => field.validate_field = *flag,
        (Setting::ValidateIntegrationTableField, V::Flag(flag)) => {
            field.validate_integration_table_field = *flag
        }
        (Setting::ClearValueOnFailedSync, V::Flag(flag)) => field.clear_value_on_failed_sync = *flag,
        (Setting::NotNull, V::Flag(flag)) => field.not_null = *flag,
        (Setting::UpdateConflictResolution, V::UpdateConflictResolution(resolution)) => {
            field.update_conflict_resolution = *resolution;
        }
        (Setting::Status, V::FieldMappingStatus(status)) => field.status = *status,
        (Setting::TransformationRule, V::Text(text)) => field.transformation_rule = Some(text.clone()),
        (Setting::TransformationRule, V::Absent) => field.transformation_rule = None,
        (Setting::TransformationDirection, V::TransformationDirection(direction)) => {
            field.transformation_direction = *direction;
        }
        (Setting::UseForMatchBasedCoupling, V::Flag(flag)) => field.use_for_match_based_coupling = *flag,
        (Setting::CaseSensitiveMatching, V::Flag(flag)) => field.case_sensitive_matching = *flag,
        (Setting::MatchPriority, V::Number(number)) => field.match_priority = *number,
        (Setting::UserDefined, V::Flag(flag)) => field.user_defined = *flag,
        _ => return Err(WrongValue),
    }
    Ok(())
}

/// Writes a setting of a job.
///
/// # Errors
/// When the setting does not take the value.
pub(super) fn set_job_value(
    job: &mut JobQueueEntry,
    setting: Setting,
    value: &SettingValue,
) -> Result<(), WrongValue> {
    use SettingValue as V;
    match (setting, value) {
        (Setting::Description, V::Text(text)) => job.description = text.clone(),
        (Setting::JobQueueCategory, V::Text(text)) => job.category = text.clone(),
        (Setting::MinutesBetweenRuns, V::Number(number)) => job.minutes_between_runs = *number,
        (Setting::InactivityTimeout, V::Number(number)) => job.inactivity_timeout_minutes = *number,
        (Setting::MaxAttempts, V::Number(number)) => job.max_attempts = *number,
        (Setting::RerunDelay, V::Number(number)) => job.rerun_delay_seconds = *number,
        (Setting::JobStatus, V::JobStatus(status)) => job.status = *status,
        _ => return Err(WrongValue),
    }
    Ok(())
}

fn optional<T: Clone>(value: &Option<T>, wrap: impl FnOnce(T) -> SettingValue) -> SettingValue {
    value.clone().map_or(SettingValue::Absent, wrap)
}
