//! Configurations as an admin may have left them: the standard setup after a random sequence of edits.

use proptest::prelude::*;
use uuid::Uuid;

use crate::configuration::{Company, Configuration, JobStatus, OwnershipModel};
use crate::default_setup::{StandardSetup, build};
use crate::mapping::{
    Direction, FieldMapping, FieldMappingStatus, FilterCondition, IntegrationTableMapping, MappingName,
    Template, UpdateConflictResolution,
};

/// One edit: which kind, and two numbers that pick what is edited and how.
type Edit = (u8, usize, usize);

/// The new defaults one may be compared with.
pub(crate) fn standard() -> impl Strategy<Value = StandardSetup> {
    (any::<bool>(), any::<bool>()).prop_map(|(person, with_company)| {
        let ownership = if person { OwnershipModel::Person } else { OwnershipModel::Team };
        let company = Company { id: Uuid::from_u128(7), name: "CRONUS".to_owned() };
        build(ownership, with_company.then_some(&company))
    })
}

/// A configuration to which the default was applied, or never was, and that was then edited.
pub(crate) fn configuration() -> impl Strategy<Value = Configuration> {
    let fresh = Just(Configuration::default()).boxed();
    let applied = standard().prop_map(|setup| applied(&setup)).boxed();
    (prop_oneof![1 => fresh, 6 => applied], edits())
        .prop_map(|(configuration, edits)| edited(configuration, &edits))
}

/// A configuration and what a few edits made of it.
pub(crate) fn two_versions() -> impl Strategy<Value = (Configuration, Configuration)> {
    (configuration(), edits()).prop_map(|(before, edits)| (before.clone(), edited(before, &edits)))
}

/// The configuration right after the default was applied to an empty one.
pub(crate) fn applied(setup: &StandardSetup) -> Configuration {
    Configuration {
        ownership_model: setup.ownership_model,
        mappings: setup.mappings.clone(),
        job_queue_entries: setup.job_queue_entries.clone(),
        applied_defaults: setup.mappings.clone(),
        ..Configuration::default()
    }
}

/// A field mapping as a person makes one.
pub(crate) fn custom_field(mapping: &IntegrationTableMapping, column: &str) -> FieldMapping {
    let last = mapping.field_mappings.last();
    let template = crate::default_setup::build(OwnershipModel::Person, None);
    FieldMapping {
        number: last.map_or(1, |field| field.number + 1),
        field: Some("Name 2".to_owned()),
        field_number: Some(4),
        column: Some(column.to_owned()),
        user_defined: true,
        ..template.mappings[1].field_mappings[2].clone()
    }
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((0..14_u8, 0..1000_usize, 0..1000_usize), 0..12)
}

fn edited(mut configuration: Configuration, edits: &[Edit]) -> Configuration {
    for &(kind, which, how) in edits {
        edit(&mut configuration, kind, which, how);
    }
    configuration
}

fn pick<T>(list: &mut [T], which: usize) -> Option<&mut T> {
    let n = list.len();
    if n == 0 { None } else { list.get_mut(which % n) }
}

fn edit(configuration: &mut Configuration, kind: u8, which: usize, how: usize) {
    match kind {
        0..=5 => {
            if let Some(mapping) = pick(&mut configuration.mappings, which) {
                edit_mapping(mapping, kind, how);
            }
        }
        6 if !configuration.mappings.is_empty() => {
            let mapping = configuration.mappings.remove(which % configuration.mappings.len());
            configuration.job_queue_entries.retain(|job| job.mapping != mapping.name);
        }
        7 => add_mapping(configuration, which, how),
        8 => {
            if let Some(job) = pick(&mut configuration.job_queue_entries, which) {
                match how % 3 {
                    0 => job.status = JobStatus::OnHold,
                    1 => job.minutes_between_runs = how as u32,
                    _ => "BCI INTEG".clone_into(&mut job.category),
                }
            }
        }
        9 if !configuration.job_queue_entries.is_empty() => {
            configuration.job_queue_entries.remove(which % configuration.job_queue_entries.len());
        }
        10 => {
            configuration.ownership_model = match configuration.ownership_model {
                OwnershipModel::Person => OwnershipModel::Team,
                OwnershipModel::Team => OwnershipModel::Person,
            };
        }
        12 => {
            configuration.sales.process_quotes = how.is_multiple_of(2);
            configuration.sales.web_client_address = format!("https://x/{how}");
        }
        11 if !configuration.applied_defaults.is_empty() => {
            configuration.applied_defaults.remove(which % configuration.applied_defaults.len());
        }
        _ => {
            if let Some(mapping) = pick(&mut configuration.applied_defaults, which) {
                edit_mapping(mapping, (how % 6) as u8, which);
            }
        }
    }
}

fn edit_mapping(mapping: &mut IntegrationTableMapping, kind: u8, how: usize) {
    match kind {
        0 => match how % 6 {
            0 => mapping.direction = Direction::ToIntegrationTable,
            1 => mapping
                .table_filter
                .conditions
                .push(FilterCondition { field: "No.".into(), text: "A*".into() }),
            2 => mapping.synch_only_coupled_records = !mapping.synch_only_coupled_records,
            3 => mapping.update_conflict_resolution = UpdateConflictResolution::SendUpdateToIntegration,
            4 => mapping.dependency_filter = Vec::new(),
            _ => {
                let template =
                    Template { code: "MINE".into(), description: String::new(), values: Vec::new() };
                mapping.table_template = Some(template);
            }
        },
        1 => {
            if let Some(field) = pick(&mut mapping.field_mappings, how) {
                match how % 4 {
                    0 => field.direction = Direction::FromIntegrationTable,
                    1 => field.status = FieldMappingStatus::Disabled,
                    2 => field.constant_value = Some("mine".to_owned()),
                    _ => field.validate_field = !field.validate_field,
                }
            }
        }
        2 if !mapping.field_mappings.is_empty() => {
            mapping.field_mappings.remove(how % mapping.field_mappings.len());
        }
        3 => {
            let field = custom_field(mapping, &format!("new_{}", how % 20));
            if mapping.field_mappings.iter().all(|other| other.key() != field.key()) {
                mapping.field_mappings.push(field);
            }
        }
        4 if mapping.field_mappings.len() > 1 => {
            let idx = how % (mapping.field_mappings.len() - 1);
            let (one, other) = (mapping.field_mappings[idx].number, mapping.field_mappings[idx + 1].number);
            mapping.field_mappings[idx].number = other;
            mapping.field_mappings[idx + 1].number = one;
            mapping.field_mappings.swap(idx, idx + 1);
        }
        _ => {
            for (idx, field) in mapping.field_mappings.iter_mut().enumerate() {
                field.number = idx as u32 * 10 + 5;
            }
        }
    }
}

fn add_mapping(configuration: &mut Configuration, which: usize, how: usize) {
    let name = MappingName::new(&format!("MINE {}", which % 5)).unwrap();
    let setup = build(OwnershipModel::Person, None);
    let mut mapping = setup.mappings[how % setup.mappings.len()].clone();
    if configuration.mapping(&name).is_none() && configuration.job(&name).is_none() {
        if how.is_multiple_of(2) {
            let mut job = setup.job_queue_entries[0].clone();
            job.mapping = name.clone();
            configuration.job_queue_entries.push(job);
        }
        mapping.name = name;
        mapping.user_defined = true;
        configuration.mappings.push(mapping);
    }
}
