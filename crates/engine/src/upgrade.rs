//! The documented upgrade from a Sales-only connection (S7.40 to S7.43), rehearsed on a copy: which customizations its
//! last step overwrites, and how they are put back afterwards. Steps that belong to the services are not known here.

use crate::comparison::{Choice, MappingPresence, Scope, apply, compare};
use crate::configuration::{Company, Configuration, OwnershipModel};
use crate::default_setup::build;
use crate::history::{Change, Target, difference, revert};
use crate::mapping::MappingName;
use crate::settings::{Item, Setting};

/// What the documented steps would leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The configuration after them: ownership model Person, standard mappings as built, custom ones as they are.
    pub after: Configuration,
    /// Customizations that would be overwritten, each from what it is to what it would be.
    pub lost: Vec<Change>,
}

/// Replays the steps on a copy. A customization is what differs from the standard of the present ownership model; what the
/// new model changes by itself is none.
pub fn rehearse(current: &Configuration, company: Option<&Company>) -> Rehearsal {
    let after = reset(current, OwnershipModel::Person, company);
    let standard = reset(current, current.ownership_model, company);
    let customized: Vec<Place> = difference(&standard, current).into_iter().map(place).collect();
    let mut lost = difference(current, &after);
    // Where nothing was set up, no mapping was taken away by a person.
    let is_set_up = !current.mappings.is_empty();
    lost.retain(|it| is_set_up && it.mapping.is_some() && customized.contains(&place(it.clone())));
    Rehearsal { after, lost }
}

/// Which customizations of `before` are not in `current`: what can be put back, each from what it is to what it was.
pub fn missing(current: &Configuration, before: &Configuration, company: Option<&Company>) -> Vec<Change> {
    let lost: Vec<Place> = rehearse(before, company).lost.into_iter().map(place).collect();
    let mut missing = difference(current, before);
    missing.retain(|change| lost.contains(&place(change.clone())));
    missing
}

/// `current` with these customizations as they were in `before`.
pub fn put_back(current: &Configuration, before: &Configuration, targets: &[Target]) -> Configuration {
    targets.iter().fold(current.clone(), |result, target| revert(&result, before, target))
}

type Place = (Option<MappingName>, Item, Setting);

fn place(change: Change) -> Place {
    (change.mapping, change.item, change.setting)
}

/// Use Default Synchronization Setup as the reference does it: standard mappings are made anew, custom ones stay (S7.30,
/// S7.31).
fn reset(current: &Configuration, model: OwnershipModel, company: Option<&Company>) -> Configuration {
    let standard = build(model, company);
    let mut comparison = compare(current, &standard, &Scope::All);
    comparison.choose_all(Choice::Standard);
    for mapping in comparison.mappings.iter_mut().filter(|it| it.presence == MappingPresence::Custom) {
        mapping.choose(Choice::KeepMine);
    }
    apply(current, &comparison, &standard)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::configuration::JobStatus;
    use crate::mapping::{
        DeletionConflictResolution, Direction, FieldMappingStatus, FilterCondition, UpdateConflictResolution,
    };
    use crate::settings::arbitrary;

    /// A configuration of an older connection with 20 customizations of standard mappings, and one of its own.
    fn customized() -> Configuration {
        let mut it = arbitrary::applied(&build(OwnershipModel::Team, None));
        let condition = || FilterCondition { field: "City".into(), text: "P*".into() };
        for mapping in &mut it.mappings {
            match mapping.name.as_str() {
                "CUSTOMER" => {
                    mapping.table_filter.conditions.push(condition());
                    mapping.integration_table_filter.conditions.clear();
                    mapping.deletion_conflict_resolution = DeletionConflictResolution::RestoreRecords;
                    mapping.update_conflict_resolution = UpdateConflictResolution::SendUpdateToIntegration;
                    mapping.synch_only_coupled_records ^= true;
                    let field = arbitrary::custom_field(mapping, "description");
                    mapping.field_mappings.push(field);
                    mapping.field_mappings[0].status = FieldMappingStatus::Disabled;
                    mapping.field_mappings[1].constant_value = Some("x".into());
                    mapping.field_mappings[2].transformation_rule = Some("TRIM".into());
                    mapping.field_mappings[3].direction = Direction::FromIntegrationTable;
                }
                "VENDOR" => {
                    mapping.direction = Direction::FromIntegrationTable;
                    mapping.table_filter.conditions.push(condition());
                    mapping.field_mappings[0].validate_field ^= true;
                    mapping.field_mappings[1].not_null ^= true;
                    mapping.field_mappings.remove(5);
                }
                "CONTACT" => {
                    mapping.create_new_in_case_of_no_match ^= true;
                    mapping.synch_after_bulk_coupling ^= true;
                }
                _ => {}
            }
        }
        it.job_queue_entries[0].minutes_between_runs = 5;
        it.job_queue_entries[1].status = JobStatus::OnHold;
        let removed = it.job_queue_entries.remove(2);
        assert_ne!(removed.mapping.as_str(), "");
        let own = crate::mapping::IntegrationTableMapping {
            name: MappingName::new("OUR-PROJECTS").unwrap(),
            user_defined: true,
            ..it.mappings[0].clone()
        };
        it.mappings.push(own);
        it
    }

    #[test]
    fn all_twenty_are_listed_and_come_back() {
        let before = customized();
        let rehearsal = rehearse(&before, None);
        let lost: Vec<_> = rehearsal.lost.iter().map(|it| (it.mapping.clone(), it.setting.code())).collect();
        assert_eq!(lost.len(), 20, "{lost:#?}");
        assert_eq!(rehearsal.after.ownership_model, OwnershipModel::Person);
        assert!(rehearsal.after.salespeople().is_some(), "the new model brings its mapping");
        let own = MappingName::new("OUR-PROJECTS").unwrap();
        assert_eq!(rehearsal.after.mapping(&own), before.mapping(&own), "custom mappings stay (S7.31)");

        let missing_now = missing(&rehearsal.after, &before, None);
        let targets: Vec<Target> = missing_now.iter().map(Change::target).collect();
        let restored = put_back(&rehearsal.after, &before, &targets);
        assert_eq!(missing(&restored, &before, None), Vec::new());
        assert_eq!(restored.ownership_model, OwnershipModel::Person);
    }

    #[test]
    fn a_standard_setup_loses_nothing() {
        for model in [OwnershipModel::Team, OwnershipModel::Person] {
            let standard = arbitrary::applied(&build(model, None));
            assert_eq!(rehearse(&standard, None).lost, Vec::new());
        }
        assert_eq!(rehearse(&Configuration::default(), None).lost, Vec::new());
    }

    proptest! {
        #[test]
        fn what_was_put_back_is_missing_no_more(before in arbitrary::configuration()) {
            let after = rehearse(&before, None).after;
            let targets: Vec<Target> = missing(&after, &before, None).iter().map(Change::target).collect();
            let restored = put_back(&after, &before, &targets);
            let left = missing(&restored, &before, None);
            // The order of the fields can depend on fields that only the new model has.
            prop_assert!(left.iter().all(|it| it.setting == Setting::FieldOrder), "{:?}", left);
        }
    }
}
