//! Differences between versions, and items put back one by one.

use proptest::prelude::*;

use super::*;
use crate::configuration::{JobStatus, OwnershipModel};
use crate::default_setup::build;
use crate::mapping::Direction;
use crate::settings::arbitrary::{self, applied, custom_field};

fn name(text: &str) -> MappingName {
    MappingName::new(text).unwrap()
}

/// The configuration without what history does not speak of: the defaults as last applied, and the order in which
/// mappings stand, which a person cannot change and which means nothing.
fn without_bookkeeping(configuration: &Configuration) -> Configuration {
    let mut configuration = Configuration { applied_defaults: Vec::new(), ..configuration.clone() };
    configuration.mappings.sort_by(|one, other| one.name.cmp(&other.name));
    configuration.job_queue_entries.sort_by(|one, other| one.mapping.cmp(&other.mapping));
    configuration
}

proptest! {
    #[test]
    fn a_version_does_not_differ_from_itself(configuration in arbitrary::configuration()) {
        prop_assert_eq!(difference(&configuration, &configuration), Vec::new());
    }

    #[test]
    fn versions_without_a_difference_are_equal((before, after) in arbitrary::two_versions()) {
        if difference(&before, &after).is_empty() {
            prop_assert_eq!(without_bookkeeping(&before), without_bookkeeping(&after));
        }
    }

    #[test]
    fn taking_every_change_back_gives_the_version_before(
        (before, after) in arbitrary::two_versions(),
        backwards in any::<bool>(),
    ) {
        let mut changes = difference(&before, &after);
        if backwards {
            changes.reverse();
        }
        let mut result = after;
        for change in changes {
            result = revert(&result, &before, &change.target());
        }
        prop_assert_eq!(without_bookkeeping(&result), without_bookkeeping(&before));
    }

    #[test]
    fn a_change_that_was_taken_back_is_gone((before, after) in arbitrary::two_versions()) {
        for change in difference(&before, &after) {
            let result = revert(&after, &before, &change.target());
            let left = difference(&before, &result);
            prop_assert!(
                !left.iter().any(|it| (&it.mapping, &it.item, it.setting)
                    == (&change.mapping, &change.item, change.setting)),
                "{:?} is still among {:?}", change, left
            );
        }
    }
}

#[test]
fn a_change_of_direction_is_one_change() {
    let before = applied(&build(OwnershipModel::Team, None));
    let mut after = before.clone();
    after.mappings[0].direction = Direction::ToIntegrationTable;
    let changes = difference(&before, &after);
    assert_eq!(
        changes,
        [Change {
            mapping: Some(name("CUSTOMER")),
            item: Item::Mapping,
            setting: Setting::Direction,
            before: SettingValue::Direction(Direction::Bidirectional),
            after: SettingValue::Direction(Direction::ToIntegrationTable),
        }]
    );
    assert_eq!(revert(&after, &before, &changes[0].target()), before);
}

#[test]
fn a_mapping_that_came_is_one_change() {
    let before = Configuration::default();
    let after = applied(&build(OwnershipModel::Team, None));
    let changes = difference(&before, &after);
    assert_eq!(changes.len(), 7);
    assert!(changes.iter().all(|change| change.after == SettingValue::Present));
    let result = revert(&after, &before, &changes[2].target());
    assert_eq!(result.mapping(&name("CONTACT")), None);
    assert_eq!(result.job(&name("CONTACT")), None);
    assert_eq!(result.mappings.len(), 6);
}

#[test]
fn another_ownership_model_does_not_list_moved_numbers() {
    let before = applied(&build(OwnershipModel::Person, None));
    let after = applied(&build(OwnershipModel::Team, None));
    // The model, SALESPEOPLE, two owner fields each of three mappings, two dependency filters.
    assert_eq!(difference(&before, &after).len(), 1 + 1 + 6 + 2);
}

#[test]
fn one_field_mapping_is_put_back_and_the_rest_stays() {
    let before = applied(&build(OwnershipModel::Team, None));
    let mut after = before.clone();
    let removed = after.mappings[0].field_mappings.remove(4);
    let custom = custom_field(&after.mappings[0], "new_segment");
    after.mappings[0].field_mappings.push(custom.clone());
    after.job_queue_entries[0].status = JobStatus::OnHold;
    let target = Target::Field { mapping: name("CUSTOMER"), key: removed.key() };
    let result = revert(&after, &before, &target);
    assert_eq!(result.mappings[0].field_mappings[4], removed);
    assert_eq!(result.mappings[0].field_mappings.last(), Some(&custom));
    assert_eq!(result.job_queue_entries[0].status, JobStatus::OnHold);
}

#[test]
fn a_job_is_put_back_alone() {
    let before = applied(&build(OwnershipModel::Team, None));
    let mut after = before.clone();
    after.job_queue_entries.remove(2);
    after.mappings[2].synch_only_coupled_records = false;
    let result = revert(&after, &before, &Target::Job(name("CONTACT")));
    assert_eq!(result.job_queue_entries, before.job_queue_entries);
    assert!(!result.mappings[2].synch_only_coupled_records);
}
