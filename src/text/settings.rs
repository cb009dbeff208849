//! Settings of the configuration and their values in words, the same in the comparison, the history and the pages.

use couplet_engine::settings::{Item, Setting, SettingValue};
use couplet_engine::{
    DeletionConflictResolution, FieldKey, FieldMappingStatus, IntegrationUid, JobStatus, MappingName,
    OwnershipModel, PostFilter, SalesOrderIntegration, TransformationDirection, UpdateConflictResolution,
};

use super::I18n;
use crate::i18n::*;

/// Caption of a setting.
pub fn setting_label(i18n: I18n, setting: Setting) -> String {
    mapping_label(i18n, setting)
        .or_else(|| sales_label(i18n, setting))
        .or_else(|| field_label(i18n, setting))
        .unwrap_or_else(|| job_label(i18n, setting))
}

/// What a setting belongs to, within its mapping.
pub fn item_label(i18n: I18n, item: &Item) -> String {
    match item {
        Item::Configuration => t_string!(i18n, setting_item.configuration).to_owned(),
        Item::Mapping => t_string!(i18n, setting_item.mapping).to_owned(),
        Item::Field(key) => field_key(i18n, key),
        Item::Job => t_string!(i18n, setting_item.job).to_owned(),
    }
}

/// A field mapping by the fields it joins.
pub fn field_key(i18n: I18n, key: &FieldKey) -> String {
    let constant = || t_string!(i18n, setting_item.field_constant).to_owned();
    let arrow = match (&key.field, &key.column) {
        (None, _) => "→",
        (_, None) => "←",
        _ => "⇄",
    };
    t_string!(
        i18n,
        setting_item.field,
        field = key.field.clone().unwrap_or_else(constant),
        arrow = arrow,
        column = key.column.clone().unwrap_or_else(constant)
    )
}

/// Value of `setting` in words.
pub fn setting_value(i18n: I18n, setting: Setting, value: &SettingValue) -> String {
    match value {
        SettingValue::Absent if setting == Setting::Presence => {
            t_string!(i18n, setting_value.absent).to_owned()
        }
        SettingValue::Absent => t_string!(i18n, setting_value.blank).to_owned(),
        SettingValue::Present => t_string!(i18n, setting_value.present).to_owned(),
        SettingValue::Flag(true) => t_string!(i18n, value.yes).to_owned(),
        SettingValue::Flag(false) => t_string!(i18n, value.no).to_owned(),
        SettingValue::Number(number) => with_unit(i18n, setting, *number),
        SettingValue::Text(text) if text.is_empty() => t_string!(i18n, setting_value.blank).to_owned(),
        SettingValue::Text(text) => text.clone(),
        SettingValue::Direction(direction) => super::direction(i18n, *direction),
        SettingValue::TransformationDirection(direction) => transformation_direction(i18n, *direction),
        SettingValue::DeletionConflictResolution(resolution) => deletion(i18n, *resolution).to_owned(),
        SettingValue::UpdateConflictResolution(resolution) => update(i18n, *resolution).to_owned(),
        SettingValue::FieldMappingStatus(status) => match status {
            FieldMappingStatus::Enabled => t_string!(i18n, setting_value.enabled).to_owned(),
            FieldMappingStatus::Disabled => t_string!(i18n, setting_value.disabled).to_owned(),
        },
        SettingValue::JobStatus(status) => job_status(i18n, *status).to_owned(),
        SettingValue::OwnershipModel(model) => ownership_model(i18n, *model),
        SettingValue::SalesOrderIntegration(integration) => match integration {
            SalesOrderIntegration::Off => t_string!(i18n, setting_value.orders_off).to_owned(),
            SalesOrderIntegration::Legacy => t_string!(i18n, setting_value.orders_legacy).to_owned(),
            SalesOrderIntegration::Bidirectional => {
                t_string!(i18n, setting_value.orders_bidirectional).to_owned()
            }
        },
        SettingValue::Table(table) => {
            t_string!(i18n, setting_value.table, name = table.name.clone(), number = table.number.to_string())
        }
        SettingValue::IntegrationUid(IntegrationUid::Record { column }) => column.clone(),
        SettingValue::IntegrationUid(IntegrationUid::OptionSet { column }) => {
            t_string!(i18n, setting_value.option_set, column = column.clone())
        }
        SettingValue::Filter(filter) if filter.is_empty() => {
            t_string!(i18n, setting_value.no_filter).to_owned()
        }
        SettingValue::Filter(filter) => filter.to_string(),
        SettingValue::MappingNames(names) if names.is_empty() => {
            t_string!(i18n, setting_value.blank).to_owned()
        }
        SettingValue::MappingNames(names) => list(names.iter().map(MappingName::to_string)),
        SettingValue::Template(template) => template.code.clone(),
        SettingValue::Templates(templates) if templates.is_empty() => {
            t_string!(i18n, setting_value.blank).to_owned()
        }
        SettingValue::Templates(templates) => list(templates.iter().map(|it| it.template.code.clone())),
        SettingValue::PostFilter(PostFilter::ContactBusinessRelation) => {
            t_string!(i18n, setting_value.contact_rule).to_owned()
        }
        SettingValue::FieldOrder(keys) => list(keys.iter().map(|key| field_key(i18n, key))),
    }
}

/// An ownership model.
pub fn ownership_model(i18n: I18n, model: OwnershipModel) -> String {
    match model {
        OwnershipModel::Person => t_string!(i18n, setting_value.person).to_owned(),
        OwnershipModel::Team => t_string!(i18n, setting_value.team).to_owned(),
    }
}

fn list(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}

fn with_unit(i18n: I18n, setting: Setting, number: u32) -> String {
    let number = number.to_string();
    match setting {
        Setting::MinutesBetweenRuns | Setting::InactivityTimeout => {
            t_string!(i18n, setting_value.minutes, number = number)
        }
        Setting::RerunDelay => t_string!(i18n, setting_value.seconds, number = number),
        _ => number,
    }
}

fn transformation_direction(i18n: I18n, direction: TransformationDirection) -> String {
    match direction {
        TransformationDirection::ToIntegrationTable => {
            t_string!(i18n, direction.to_integration_table).to_owned()
        }
        TransformationDirection::FromIntegrationTable => {
            t_string!(i18n, direction.from_integration_table).to_owned()
        }
    }
}

fn deletion(i18n: I18n, resolution: DeletionConflictResolution) -> &'static str {
    match resolution {
        DeletionConflictResolution::None => t_string!(i18n, setting_value.none),
        DeletionConflictResolution::RestoreRecords => t_string!(i18n, setting_value.restore_records),
        DeletionConflictResolution::RemoveCoupling => t_string!(i18n, setting_value.remove_coupling),
    }
}

fn update(i18n: I18n, resolution: UpdateConflictResolution) -> &'static str {
    match resolution {
        UpdateConflictResolution::None => t_string!(i18n, setting_value.none),
        UpdateConflictResolution::SendUpdateToIntegration => t_string!(i18n, setting_value.send_update),
        UpdateConflictResolution::GetUpdateFromIntegration => t_string!(i18n, setting_value.get_update),
    }
}

fn job_status(i18n: I18n, status: JobStatus) -> &'static str {
    match status {
        JobStatus::Ready => t_string!(i18n, setting_value.ready),
        JobStatus::OnHold => t_string!(i18n, setting_value.on_hold),
        JobStatus::OnHoldWithInactivityTimeout => t_string!(i18n, setting_value.on_hold_inactivity),
    }
}

/// Settings of the workspace and of table mappings.
fn mapping_label(i18n: I18n, setting: Setting) -> Option<String> {
    let label = match setting {
        Setting::Presence => t_string!(i18n, setting.presence),
        Setting::OwnershipModel => t_string!(i18n, setting.ownership_model),
        Setting::Table => t_string!(i18n, setting.table),
        Setting::IntegrationTable => t_string!(i18n, setting.integration_table),
        Setting::IntegrationUid => t_string!(i18n, setting.integration_uid),
        Setting::Direction => t_string!(i18n, setting.direction),
        Setting::TableFilter => t_string!(i18n, setting.table_filter),
        Setting::IntegrationTableFilter => t_string!(i18n, setting.integration_table_filter),
        Setting::SynchOnlyCoupledRecords => t_string!(i18n, setting.synch_only_coupled_records),
        Setting::DeletionConflictResolution => t_string!(i18n, setting.deletion_conflict_resolution),
        Setting::UpdateConflictResolution => t_string!(i18n, setting.update_conflict_resolution),
        Setting::SynchAfterBulkCoupling => t_string!(i18n, setting.synch_after_bulk_coupling),
        Setting::CreateNewInCaseOfNoMatch => t_string!(i18n, setting.create_new_in_case_of_no_match),
        Setting::DependencyFilter => t_string!(i18n, setting.dependency_filter),
        Setting::MultiCompanySynchEnabled => t_string!(i18n, setting.multi_company_synch_enabled),
        Setting::UncoupleByJob => t_string!(i18n, setting.uncouple_by_job),
        Setting::TableTemplate => t_string!(i18n, setting.table_template),
        Setting::Templates => t_string!(i18n, setting.templates),
        Setting::IntegrationTableTemplate => t_string!(i18n, setting.integration_table_template),
        Setting::PostFilter => t_string!(i18n, setting.post_filter),
        Setting::FieldOrder => t_string!(i18n, setting.field_order),
        _ => return None,
    };
    Some(label.to_owned())
}

/// Settings of the Sales connection.
fn sales_label(i18n: I18n, setting: Setting) -> Option<String> {
    let label = match setting {
        Setting::SalesEnabled => t_string!(i18n, setting.sales_enabled),
        Setting::SalesOrderIntegration => t_string!(i18n, setting.sales_order_integration),
        Setting::CreateSalesOrders => t_string!(i18n, setting.create_sales_orders),
        Setting::ProcessSalesQuotes => t_string!(i18n, setting.process_sales_quotes),
        Setting::ItemAvailability => t_string!(i18n, setting.item_availability),
        Setting::UnitGroupMapping => t_string!(i18n, setting.unit_group_mapping),
        Setting::OpenInSalesHub => t_string!(i18n, setting.open_in_sales_hub),
        Setting::WebClientAddress => t_string!(i18n, setting.web_client_address),
        Setting::UsersMustMap => t_string!(i18n, setting.users_must_map),
        _ => return None,
    };
    Some(label.to_owned())
}

/// Settings of field mappings.
fn field_label(i18n: I18n, setting: Setting) -> Option<String> {
    let label = match setting {
        Setting::FieldNo => t_string!(i18n, setting.field_no),
        Setting::ConstantValue => t_string!(i18n, setting.constant_value),
        Setting::ValidateField => t_string!(i18n, setting.validate_field),
        Setting::ValidateIntegrationTableField => t_string!(i18n, setting.validate_integration_table_field),
        Setting::ClearValueOnFailedSync => t_string!(i18n, setting.clear_value_on_failed_sync),
        Setting::NotNull => t_string!(i18n, setting.not_null),
        Setting::Status => t_string!(i18n, setting.status),
        Setting::TransformationRule => t_string!(i18n, setting.transformation_rule),
        Setting::TransformationDirection => t_string!(i18n, setting.transformation_direction),
        Setting::UseForMatchBasedCoupling => t_string!(i18n, setting.use_for_match_based_coupling),
        Setting::CaseSensitiveMatching => t_string!(i18n, setting.case_sensitive_matching),
        Setting::MatchPriority => t_string!(i18n, setting.match_priority),
        Setting::UserDefined => t_string!(i18n, setting.user_defined),
        _ => return None,
    };
    Some(label.to_owned())
}

/// Settings of jobs.
fn job_label(i18n: I18n, setting: Setting) -> String {
    let label = match setting {
        Setting::Description => t_string!(i18n, setting.description),
        Setting::JobQueueCategory => t_string!(i18n, setting.job_queue_category),
        Setting::MinutesBetweenRuns => t_string!(i18n, setting.minutes_between_runs),
        Setting::InactivityTimeout => t_string!(i18n, setting.inactivity_timeout),
        Setting::MaxAttempts => t_string!(i18n, setting.max_attempts),
        Setting::RerunDelay => t_string!(i18n, setting.rerun_delay),
        Setting::JobStatus => t_string!(i18n, setting.job_status),
        _ => setting.code(),
    };
    label.to_owned()
}
