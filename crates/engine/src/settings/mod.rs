//! A configuration as single settings: each with the item it belongs to, a code and a value that can be compared,
//! shown and written back. The three-way comparison and the configuration history both stand on it. Which change is
//! allowed is decided in `checks`.

#[cfg(test)]
pub(crate) mod arbitrary;
mod values;

use crate::configuration::{Configuration, JobQueueEntry, JobStatus, OwnershipModel};
use crate::mapping::{
    BcTable, DeletionConflictResolution, Direction, FieldKey, FieldMapping, FieldMappingStatus,
    FilteredTemplate, IntegrationTableMapping, IntegrationUid, MappingFilter, MappingName, PostFilter,
    Template, TransformationDirection, UpdateConflictResolution,
};
use crate::sales_settings::SalesOrderIntegration;

/// What a setting belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Item {
    /// The configuration itself.
    Configuration,
    /// A table mapping without its field mappings.
    Mapping,
    /// A field mapping. Its fields identify it, so changing them is one mapping less and another one more.
    Field(FieldKey),
    /// The recurring job of a table mapping.
    Job,
}

/// Which setting of an [`Item`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Whether the item exists.
    Presence,
    /// Ownership model.
    OwnershipModel,
    /// Enabled, of the Sales connection.
    SalesEnabled,
    /// Sales order integration.
    SalesOrderIntegration,
    /// Automatically Create Sales Orders.
    CreateSalesOrders,
    /// Automatically Process Sales Quotes.
    ProcessSalesQuotes,
    /// Automatically Synchronize Item Availability.
    ItemAvailability,
    /// Unit Group Mapping.
    UnitGroupMapping,
    /// Open Coupled Entities in Dynamics 365 Sales Hub.
    OpenInSalesHub,
    /// Dynamics 365 Business Central Web Client URL.
    WebClientAddress,
    /// Users must map to salespeople.
    UsersMustMap,
    /// Business Central table.
    Table,
    /// Dataverse table.
    IntegrationTable,
    /// Column that identifies a Dataverse record.
    IntegrationUid,
    /// Direction of a table or field mapping.
    Direction,
    /// Table Filter.
    TableFilter,
    /// Integration Table Filter.
    IntegrationTableFilter,
    /// Synch. Only Coupled Records.
    SynchOnlyCoupledRecords,
    /// Deletion-Conflict Resolution.
    DeletionConflictResolution,
    /// Update-Conflict Resolution, of a table or field mapping.
    UpdateConflictResolution,
    /// Synch. After Bulk Coupling.
    SynchAfterBulkCoupling,
    /// Create New in Case of No Match.
    CreateNewInCaseOfNoMatch,
    /// Dependency Filter.
    DependencyFilter,
    /// Multi Company Synch. Enabled.
    MultiCompanySynchEnabled,
    /// Uncoupling runs as a job.
    UncoupleByJob,
    /// Template for Business Central records.
    TableTemplate,
    /// Template for Dataverse rows.
    IntegrationTableTemplate,
    /// Templates with priorities and filters.
    Templates,
    /// Rule beyond the filters.
    PostFilter,
    /// Order and numbers of the field mappings.
    FieldOrder,
    /// Number of the Business Central field.
    FieldNo,
    /// Constant Value.
    ConstantValue,
    /// Validate Field.
    ValidateField,
    /// Validate Integration Table Field.
    ValidateIntegrationTableField,
    /// Clear Value on Failed Sync.
    ClearValueOnFailedSync,
    /// Not Null.
    NotNull,
    /// Status of a field mapping.
    Status,
    /// Transformation Rule.
    TransformationRule,
    /// Transformation Direction.
    TransformationDirection,
    /// Use For Match-Based Coupling.
    UseForMatchBasedCoupling,
    /// Case-Sensitive Matching.
    CaseSensitiveMatching,
    /// Match Priority.
    MatchPriority,
    /// User Defined, of a table or field mapping.
    UserDefined,
    /// Description of a job.
    Description,
    /// Job Queue Category Code.
    JobQueueCategory,
    /// No. of Minutes between Runs.
    MinutesBetweenRuns,
    /// Inactivity Timeout Period.
    InactivityTimeout,
    /// Maximum No. of Attempts to Run.
    MaxAttempts,
    /// Rerun Delay, in seconds.
    RerunDelay,
    /// Status of a job.
    JobStatus,
}

/// Value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SettingValue {
    /// The item does not exist, or nothing is set.
    Absent,
    /// The item exists.
    Present,
    /// Yes or no.
    Flag(bool),
    /// A number; its unit is that of the setting.
    Number(u32),
    /// A text.
    Text(String),
    /// A direction.
    Direction(Direction),
    /// A transformation direction.
    TransformationDirection(TransformationDirection),
    /// A deletion-conflict resolution.
    DeletionConflictResolution(DeletionConflictResolution),
    /// An update-conflict resolution.
    UpdateConflictResolution(UpdateConflictResolution),
    /// Status of a field mapping.
    FieldMappingStatus(FieldMappingStatus),
    /// Status of a job.
    JobStatus(JobStatus),
    /// An ownership model.
    OwnershipModel(OwnershipModel),
    /// A way to integrate sales orders.
    SalesOrderIntegration(SalesOrderIntegration),
    /// A Business Central table.
    Table(BcTable),
    /// A key column.
    IntegrationUid(IntegrationUid),
    /// A filter.
    Filter(MappingFilter),
    /// Names of table mappings.
    MappingNames(Vec<MappingName>),
    /// A template.
    Template(Template),
    /// Templates with priorities and filters.
    Templates(Vec<FilteredTemplate>),
    /// A rule beyond the filters.
    PostFilter(PostFilter),
    /// Field mappings in their order.
    FieldOrder(Vec<FieldKey>),
}

/// A value was to be written to a setting that does not take it, or to an item that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the setting does not take this value")]
pub struct WrongValue;

/// One setting of one item with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// What it belongs to.
    pub item: Item,
    /// Which setting.
    pub setting: Setting,
    /// Its value.
    pub value: SettingValue,
}

/// A table mapping and its job in one version of the configuration; either may be missing there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Version<'c> {
    /// The mapping.
    pub mapping: Option<&'c IntegrationTableMapping>,
    /// Its job.
    pub job: Option<&'c JobQueueEntry>,
}

const CONFIGURATION_SETTINGS: [Setting; 10] = [
    Setting::OwnershipModel,
    Setting::SalesEnabled,
    Setting::SalesOrderIntegration,
    Setting::CreateSalesOrders,
    Setting::ProcessSalesQuotes,
    Setting::ItemAvailability,
    Setting::UnitGroupMapping,
    Setting::OpenInSalesHub,
    Setting::WebClientAddress,
    Setting::UsersMustMap,
];

const MAPPING_SETTINGS: [Setting; 20] = [
    Setting::Presence,
    Setting::Table,
    Setting::IntegrationTable,
    Setting::IntegrationUid,
    Setting::Direction,
    Setting::TableFilter,
    Setting::IntegrationTableFilter,
    Setting::SynchOnlyCoupledRecords,
    Setting::DeletionConflictResolution,
    Setting::UpdateConflictResolution,
    Setting::SynchAfterBulkCoupling,
    Setting::CreateNewInCaseOfNoMatch,
    Setting::DependencyFilter,
    Setting::MultiCompanySynchEnabled,
    Setting::UncoupleByJob,
    Setting::TableTemplate,
    Setting::IntegrationTableTemplate,
    Setting::Templates,
    Setting::PostFilter,
    Setting::UserDefined,
];

const FIELD_SETTINGS: [Setting; 16] = [
    Setting::Presence,
    Setting::FieldNo,
    Setting::Direction,
    Setting::ConstantValue,
    Setting::ValidateField,
    Setting::ValidateIntegrationTableField,
    Setting::ClearValueOnFailedSync,
    Setting::NotNull,
    Setting::UpdateConflictResolution,
    Setting::Status,
    Setting::TransformationRule,
    Setting::TransformationDirection,
    Setting::UseForMatchBasedCoupling,
    Setting::CaseSensitiveMatching,
    Setting::MatchPriority,
    Setting::UserDefined,
];

const JOB_SETTINGS: [Setting; 8] = [
    Setting::Presence,
    Setting::Description,
    Setting::JobQueueCategory,
    Setting::MinutesBetweenRuns,
    Setting::InactivityTimeout,
    Setting::MaxAttempts,
    Setting::RerunDelay,
    Setting::JobStatus,
];

impl Item {
    /// The settings such an item has, [`Setting::Presence`] first. The order of a mapping's fields is not among
    /// them: see [`order_differs`].
    pub fn settings(&self) -> &'static [Setting] {
        match self {
            Item::Configuration => &CONFIGURATION_SETTINGS,
            Item::Mapping => &MAPPING_SETTINGS,
            Item::Field(_) => &FIELD_SETTINGS,
            Item::Job => &JOB_SETTINGS,
        }
    }
}

impl Setting {
    /// Stable code, the key of its caption.
    pub fn code(self) -> &'static str {
        match self {
            Setting::Presence => "setting.presence",
            Setting::OwnershipModel => "setting.ownership-model",
            Setting::SalesEnabled => "setting.sales-enabled",
            Setting::SalesOrderIntegration => "setting.sales-order-integration",
            Setting::CreateSalesOrders => "setting.create-sales-orders",
            Setting::ProcessSalesQuotes => "setting.process-sales-quotes",
            Setting::ItemAvailability => "setting.item-availability",
            Setting::UnitGroupMapping => "setting.unit-group-mapping",
            Setting::OpenInSalesHub => "setting.open-in-sales-hub",
            Setting::WebClientAddress => "setting.web-client-address",
            Setting::UsersMustMap => "setting.users-must-map",
            Setting::Table => "setting.table",
            Setting::IntegrationTable => "setting.integration-table",
            Setting::IntegrationUid => "setting.integration-uid",
            Setting::Direction => "setting.direction",
            Setting::TableFilter => "setting.table-filter",
            Setting::IntegrationTableFilter => "setting.integration-table-filter",
            Setting::SynchOnlyCoupledRecords => "setting.synch-only-coupled-records",
            Setting::DeletionConflictResolution => "setting.deletion-conflict-resolution",
            Setting::UpdateConflictResolution => "setting.update-conflict-resolution",
            Setting::SynchAfterBulkCoupling => "setting.synch-after-bulk-coupling",
            Setting::CreateNewInCaseOfNoMatch => "setting.create-new-in-case-of-no-match",
            Setting::DependencyFilter => "setting.dependency-filter",
            Setting::MultiCompanySynchEnabled => "setting.multi-company-synch-enabled",
            Setting::UncoupleByJob => "setting.uncouple-by-job",
            Setting::TableTemplate => "setting.table-template",
            Setting::IntegrationTableTemplate => "setting.integration-table-template",
            Setting::Templates => "setting.templates",
            Setting::PostFilter => "setting.post-filter",
            Setting::FieldOrder => "setting.field-order",
            Setting::FieldNo => "setting.field-no",
            Setting::ConstantValue => "setting.constant-value",
            Setting::ValidateField => "setting.validate-field",
            Setting::ValidateIntegrationTableField => "setting.validate-integration-table-field",
            Setting::ClearValueOnFailedSync => "setting.clear-value-on-failed-sync",
            Setting::NotNull => "setting.not-null",
            Setting::Status => "setting.status",
            Setting::TransformationRule => "setting.transformation-rule",
            Setting::TransformationDirection => "setting.transformation-direction",
            Setting::UseForMatchBasedCoupling => "setting.use-for-match-based-coupling",
            Setting::CaseSensitiveMatching => "setting.case-sensitive-matching",
            Setting::MatchPriority => "setting.match-priority",
            Setting::UserDefined => "setting.user-defined",
            Setting::Description => "setting.description",
            Setting::JobQueueCategory => "setting.job-queue-category",
            Setting::MinutesBetweenRuns => "setting.minutes-between-runs",
            Setting::InactivityTimeout => "setting.inactivity-timeout",
            Setting::MaxAttempts => "setting.max-attempts",
            Setting::RerunDelay => "setting.rerun-delay",
            Setting::JobStatus => "setting.job-status",
        }
    }
}

impl<'c> Version<'c> {
    /// A mapping that exists, with its job if it has one.
    pub fn of(mapping: &'c IntegrationTableMapping, job: Option<&'c JobQueueEntry>) -> Self {
        Version { mapping: Some(mapping), job }
    }

    /// The field mapping with this key. Keys are unique within a mapping (`checks`); of two the first is meant.
    pub fn field(&self, key: &FieldKey) -> Option<&'c FieldMapping> {
        self.mapping.and_then(|mapping| find_field(mapping, key))
    }

    /// The value of a setting; absent when the item is, or when it has no such setting.
    pub fn value(&self, item: &Item, setting: Setting) -> SettingValue {
        let value = match item {
            Item::Configuration => None,
            Item::Mapping => self.mapping.and_then(|mapping| values::mapping_value(mapping, setting)),
            Item::Field(key) => self.field(key).and_then(|field| values::field_value(field, setting)),
            Item::Job => self.job.and_then(|job| values::job_value(job, setting)),
        };
        value.unwrap_or(SettingValue::Absent)
    }

    /// Whether the item exists in this version.
    pub fn has(&self, item: &Item) -> bool {
        self.value(item, Setting::Presence) == SettingValue::Present
    }

    /// The mapping, its field mappings in their order, its job: those that exist.
    pub fn items(&self) -> Vec<Item> {
        let mapping = self.mapping.iter().map(|_| Item::Mapping);
        let fields = self.mapping.iter().flat_map(|mapping| &mapping.field_mappings);
        let fields = fields.map(|field| Item::Field(field.key()));
        mapping.chain(fields).chain(self.job.iter().map(|_| Item::Job)).collect()
    }

    /// All settings of all items that exist, in the order of [`Version::items`].
    pub fn rows(&self) -> Vec<SettingRow> {
        let mut rows = Vec::new();
        for item in self.items() {
            for &setting in item.settings() {
                rows.push(SettingRow { item: item.clone(), setting, value: self.value(&item, setting) });
            }
        }
        rows
    }
}

/// A setting in which two versions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it belongs to.
    pub item: Item,
    /// Which setting; [`Setting::Presence`] stands for the whole item when one version lacks it.
    pub setting: Setting,
    /// Its value in the first version.
    pub one: SettingValue,
    /// Its value in the second version.
    pub other: SettingValue,
}

/// In what two versions differ: the mapping first, its field mappings in the order of `other`, then those only `one`
/// has, the job last.
pub fn differences(one: &Version<'_>, other: &Version<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    for item in all_items(other, one) {
        let settings =
            if one.has(&item) && other.has(&item) { item.settings() } else { &[Setting::Presence] };
        for &setting in settings {
            let (one, other) = (one.value(&item, setting), other.value(&item, setting));
            if one != other {
                found.push(Difference { item: item.clone(), setting, one, other });
            }
        }
        if let (Item::Mapping, Some(ours), Some(theirs)) = (&item, one.mapping, other.mapping)
            && order_differs(ours, theirs)
        {
            found.push(Difference {
                setting: Setting::FieldOrder,
                one: one.value(&item, Setting::FieldOrder),
                other: other.value(&item, Setting::FieldOrder),
                item,
            });
        }
    }
    found
}

/// The items that exist in at least one of two versions: those of the first in its order, then what the second has
/// beyond it; the mapping first and the job last.
pub fn all_items(first: &Version<'_>, second: &Version<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for item in first.items().into_iter().chain(second.items()) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    items.sort_by_key(|item| match item {
        Item::Configuration | Item::Mapping => 0,
        Item::Field(_) => 1,
        Item::Job => 2,
    });
    items
}

/// A setting of the whole configuration; absent when it has no such setting.
pub fn configuration_value(configuration: &Configuration, setting: Setting) -> SettingValue {
    values::configuration_value(configuration, setting).unwrap_or(SettingValue::Absent)
}

/// Writes a setting of the whole configuration.
///
/// # Errors
/// When the setting is none of the configuration, or does not take the value.
pub fn write_configuration(
    configuration: &mut Configuration,
    setting: Setting,
    value: &SettingValue,
) -> Result<(), WrongValue> {
    values::set_configuration_value(configuration, setting, value)
}

/// Writes one setting of a mapping or its job.
///
/// # Errors
/// When the item does not exist, or the setting does not take the value: presence and the order of the fields are
/// changed with [`restore`] and [`align_order`].
pub fn write(
    mapping: &mut IntegrationTableMapping,
    job: Option<&mut JobQueueEntry>,
    (item, setting): (&Item, Setting),
    value: &SettingValue,
) -> Result<(), WrongValue> {
    match item {
        Item::Configuration => Err(WrongValue),
        Item::Mapping => values::set_mapping_value(mapping, setting, value),
        Item::Field(key) => {
            values::set_field_value(find_field_mut(mapping, key).ok_or(WrongValue)?, setting, value)
        }
        Item::Job => values::set_job_value(job.ok_or(WrongValue)?, setting, value),
    }
}

/// Makes the entry with `key` what it is in `model`: replaced, removed, or put in before what follows it there.
pub fn restore<T: Clone, K: PartialEq>(list: &mut Vec<T>, model: &[T], key: &K, key_of: impl Fn(&T) -> K) {
    let Some(model_idx) = model.iter().position(|entry| key_of(entry) == *key) else {
        list.retain(|entry| key_of(entry) != *key);
        return;
    };
    let Some([wanted, followers @ ..]) = model.get(model_idx..) else { return };
    if let Some(entry) = list.iter_mut().find(|entry| key_of(entry) == *key) {
        *entry = wanted.clone();
        return;
    }
    let follows = |entry: &T| followers.iter().any(|follower| key_of(follower) == key_of(entry));
    let place = list.iter().position(follows).unwrap_or(list.len());
    list.insert(place, wanted.clone());
}

/// Keys of the field mappings in their order.
pub fn field_order(mapping: &IntegrationTableMapping) -> Vec<FieldKey> {
    mapping.field_mappings.iter().map(FieldMapping::key).collect()
}

/// Whether the field mappings stand in another order or, the same ones being there, under other numbers.
///
/// Numbers that only moved on because a field mapping came or went are no difference of their own.
pub fn order_differs(one: &IntegrationTableMapping, other: &IntegrationTableMapping) -> bool {
    let common = |mapping: &IntegrationTableMapping, partner: &IntegrationTableMapping| {
        let fields =
            mapping.field_mappings.iter().filter(|field| find_field(partner, &field.key()).is_some());
        fields.map(|field| (field.key(), field.number)).collect::<Vec<_>>()
    };
    let (ours, theirs) = (common(one, other), common(other, one));
    let same_fields = ours.len() == one.field_mappings.len() && theirs.len() == other.field_mappings.len();
    if same_fields { ours != theirs } else { !ours.iter().map(|it| &it.0).eq(theirs.iter().map(|it| &it.0)) }
}

/// Gives the field mappings the numbers they have in `model`, and those it does not have the numbers after it, in
/// the order they stand.
pub fn align_order(mapping: &mut IntegrationTableMapping, model: &IntegrationTableMapping) {
    let mut next = model.field_mappings.iter().map(|field| field.number).max().unwrap_or(0);
    for field in &mut mapping.field_mappings {
        field.number = find_field(model, &field.key()).map_or_else(
            || {
                next = next.saturating_add(1);
                next
            },
            |model| model.number,
        );
    }
    mapping.field_mappings.sort_by_key(|field| field.number);
}

/// The field mapping with this key.
pub fn find_field<'m>(mapping: &'m IntegrationTableMapping, key: &FieldKey) -> Option<&'m FieldMapping> {
    mapping.field_mappings.iter().find(|field| field.field == key.field && field.column == key.column)
}

/// The same, to change it.
pub fn find_field_mut<'m>(
    mapping: &'m mut IntegrationTableMapping,
    key: &FieldKey,
) -> Option<&'m mut FieldMapping> {
    mapping.field_mappings.iter_mut().find(|field| field.field == key.field && field.column == key.column)
}

#[cfg(test)]
mod tests;
