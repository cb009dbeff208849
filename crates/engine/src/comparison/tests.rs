//! The three-way comparison and what becomes of its choices.

use proptest::prelude::*;

use super::*;
use crate::configuration::{JobStatus, OwnershipModel};
use crate::default_setup::build;
use crate::mapping::{Direction, FieldMappingStatus};
use crate::settings::arbitrary::{self, applied, custom_field};

fn name(text: &str) -> MappingName {
    MappingName::new(text).unwrap()
}

fn person() -> Configuration {
    applied(&build(OwnershipModel::Person, None))
}

fn mapping_mut<'c>(configuration: &'c mut Configuration, text: &str) -> &'c mut IntegrationTableMapping {
    let name = name(text);
    configuration.mappings.iter_mut().find(|mapping| mapping.name == name).unwrap()
}

proptest! {
    #[test]
    fn the_default_everywhere_gives_exactly_the_default(
        current in arbitrary::configuration(),
        new in arbitrary::standard(),
    ) {
        let mut comparison = compare(&current, &new, &Scope::All);
        comparison.choose_all(Choice::Standard);
        let result = apply(&current, &comparison, &new);
        prop_assert_eq!(&result, &Configuration { sales: current.sales.clone(), ..applied(&new) });
        prop_assert_eq!(compare(&result, &new, &Scope::All).rows().count(), 0);
    }

    #[test]
    fn keeping_everything_changes_only_what_was_applied(
        current in arbitrary::configuration(),
        new in arbitrary::standard(),
    ) {
        let mut comparison = compare(&current, &new, &Scope::All);
        comparison.choose_all(Choice::KeepMine);
        let result = apply(&current, &comparison, &new);
        prop_assert_eq!(result.mappings, current.mappings);
        prop_assert_eq!(result.job_queue_entries, current.job_queue_entries);
        prop_assert_eq!(result.applied_defaults, new.mappings);
    }

    #[test]
    fn the_preset_leaves_nothing_but_custom_rows(
        current in arbitrary::configuration(),
        new in arbitrary::standard(),
    ) {
        let comparison = compare(&current, &new, &Scope::All);
        let result = apply(&current, &comparison, &new);
        let kept: Vec<_> = comparison.rows().filter(|(_, row)| row.choice == Choice::KeepMine).collect();
        let left = compare(&result, &new, &Scope::All);
        let left: Vec<_> = left.rows().collect();
        prop_assert_eq!(left.len(), kept.len());
        for ((mapping, row), (kept_mapping, kept)) in left.iter().zip(kept) {
            prop_assert_eq!((*mapping, &row.item, row.setting), (kept_mapping, &kept.item, kept.setting));
        }
        for mapping in &result.mappings {
            let numbers: Vec<u32> = mapping.field_mappings.iter().map(|field| field.number).collect();
            prop_assert!(numbers.is_sorted_by(|one, other| one < other), "{:?}", numbers);
        }
    }

    #[test]
    fn selected_mappings_only_are_touched(
        current in arbitrary::configuration(),
        new in arbitrary::standard(),
    ) {
        let selected = vec![name("CUSTOMER"), name("CURRENCY")];
        let mut comparison = compare(&current, &new, &Scope::Selected(selected.clone()));
        comparison.choose_all(Choice::Standard);
        let result = apply(&current, &comparison, &new);
        for wanted in &selected {
            prop_assert_eq!(result.mapping(wanted), new.mapping(wanted));
            prop_assert_eq!(result.job(wanted), new.job(wanted));
        }
        for mapping in current.mappings.iter().filter(|mapping| !selected.contains(&mapping.name)) {
            prop_assert_eq!(result.mapping(&mapping.name), Some(mapping));
            prop_assert_eq!(result.job(&mapping.name), current.job(&mapping.name));
            prop_assert_eq!(result.applied_default(&mapping.name), current.applied_default(&mapping.name));
        }
    }

    #[test]
    fn one_row_kept_is_the_one_row_left(
        current in arbitrary::configuration(),
        new in arbitrary::standard(),
        which in any::<prop::sample::Index>(),
    ) {
        let mut comparison = compare(&current, &new, &Scope::All);
        comparison.choose_all(Choice::Standard);
        // A mapping that is not added takes its field mappings and its job with it: not one row then.
        let single: Vec<(MappingName, Item, Setting)> = comparison
            .mappings
            .iter()
            .filter(|mapping| mapping.presence == MappingPresence::Kept)
            .flat_map(|mapping| mapping.rows.iter().map(|row| (mapping.name.clone(), row.item.clone(), row.setting)))
            .collect();
        if single.is_empty() {
            return Ok(());
        }
        let (mapping, item, setting) = &single[which.index(single.len())];
        comparison.choose(mapping, (item, *setting), Choice::KeepMine);
        let result = apply(&current, &comparison, &new);
        let left = compare(&result, &new, &Scope::All);
        let left: Vec<_> = left.rows().map(|(name, row)| (name.clone(), row.item.clone(), row.setting)).collect();
        prop_assert_eq!(left, vec![(mapping.clone(), item.clone(), *setting)]);
    }
}

#[test]
fn on_first_use_everything_is_new() {
    let new = build(OwnershipModel::Person, None);
    let comparison = compare(&Configuration::default(), &new, &Scope::All);
    assert_eq!(comparison.mappings.len(), 8);
    assert!(comparison.mappings.iter().all(|mapping| mapping.presence == MappingPresence::Added));
    // 8 mappings, 75 field mappings, 8 jobs.
    assert_eq!(comparison.rows().count(), 8 + 75 + 8);
    assert_eq!(comparison.n_of(RowKind::New), 8 + 75 + 8);
    assert_eq!(comparison.n_chosen(), 8 + 75 + 8);
}

#[test]
fn twelve_own_changes_of_which_three_collide() {
    let mut current = person();
    let customer = mapping_mut(&mut current, "CUSTOMER");
    for field in
        customer.field_mappings.iter_mut().filter(|it| it.direction == Direction::Bidirectional).take(8)
    {
        field.direction = Direction::ToIntegrationTable;
    }
    customer.synch_only_coupled_records = false;
    let contact = mapping_mut(&mut current, "CONTACT");
    contact.direction = Direction::FromIntegrationTable;
    contact.table_filter.conditions.clear();
    contact.field_mappings[4].validate_field = false;
    // The default of the next release differs in three of them, and in one that nobody touched.
    let mut new = build(OwnershipModel::Person, None);
    let customer = new.mappings.iter_mut().find(|mapping| mapping.name == name("CUSTOMER")).unwrap();
    for field in
        customer.field_mappings.iter_mut().filter(|it| it.direction == Direction::Bidirectional).take(2)
    {
        field.direction = Direction::FromIntegrationTable;
    }
    let contact = new.mappings.iter_mut().find(|mapping| mapping.name == name("CONTACT")).unwrap();
    contact.table_filter.conditions[0].text = "Company".to_owned();
    contact.synch_after_bulk_coupling = true;

    let comparison = compare(&current, &new, &Scope::All);
    assert_eq!(comparison.n_of(RowKind::BothChanged), 3);
    assert_eq!(comparison.n_of(RowKind::Yours), 9);
    assert_eq!(comparison.n_of(RowKind::StandardChanged), 1);
    assert_eq!(comparison.rows().count(), 13);
}

#[test]
fn switching_to_team_drops_owner_fields_and_salespeople() {
    let new = build(OwnershipModel::Team, None);
    let comparison = compare(&person(), &new, &Scope::All);
    let salespeople = comparison.mappings.iter().find(|it| it.name == name("SALESPEOPLE")).unwrap();
    assert_eq!(salespeople.presence, MappingPresence::Removed);
    assert_eq!(salespeople.rows.len(), 1);
    // SALESPEOPLE, two owner fields each of CUSTOMER, VENDOR and CONTACT, two dependency filters; no order row.
    assert_eq!(comparison.n_of(RowKind::StandardChanged), 1 + 6 + 2);
    assert_eq!(comparison.rows().count(), 9);
    let result = apply(&person(), &comparison, &new);
    assert_eq!(result, applied(&new));
    assert_eq!(result.ownership_model, OwnershipModel::Team);
}

#[test]
fn a_custom_field_stays_unless_ticked_and_comes_after_the_standard_ones() {
    let mut current = person();
    let customer = mapping_mut(&mut current, "CUSTOMER");
    let mut custom = custom_field(customer, "new_segment");
    custom.number = 3;
    for field in customer.field_mappings.iter_mut().skip(2) {
        field.number += 1;
    }
    customer.field_mappings.insert(2, custom.clone());
    customer.field_mappings.remove(5);
    let new = build(OwnershipModel::Person, None);

    let mut comparison = compare(&current, &new, &Scope::All);
    assert_eq!(comparison.n_of(RowKind::Custom), 1);
    // The standard field that was removed here.
    assert_eq!(comparison.n_of(RowKind::Yours), 1);
    assert_eq!(comparison.n_of(RowKind::New), 0);
    assert_eq!(comparison.rows().count(), 2);
    let kept = apply(&current, &comparison, &new);
    let fields = &kept.mapping(&name("CUSTOMER")).unwrap().field_mappings;
    assert_eq!(fields.last().unwrap(), &FieldMapping { number: 23, ..custom });
    assert_eq!(fields[..22], new.mapping(&name("CUSTOMER")).unwrap().field_mappings);

    comparison.choose_mapping(&name("CUSTOMER"), Choice::Standard);
    assert_eq!(apply(&current, &comparison, &new), applied(&new));
}

#[test]
fn a_custom_mapping_is_listed_and_stays_unless_ticked() {
    let mut current = person();
    let mut mine = current.mappings[1].clone();
    mine.name = name("MY CUSTOMERS");
    mine.user_defined = true;
    current.mappings.push(mine.clone());
    let new = build(OwnershipModel::Person, None);
    let mut comparison = compare(&current, &new, &Scope::All);
    assert_eq!(comparison.mappings.last().unwrap().presence, MappingPresence::Custom);
    assert_eq!(comparison.n_of(RowKind::Custom), 1);
    assert_eq!(apply(&current, &comparison, &new).mappings.last(), Some(&mine));
    comparison.choose_all(Choice::Standard);
    assert_eq!(apply(&current, &comparison, &new).mapping(&mine.name), None);
}

#[test]
fn salespeople_with_a_custom_field_is_not_removed_by_preset() {
    let mut current = person();
    let salespeople = mapping_mut(&mut current, "SALESPEOPLE");
    let custom = custom_field(salespeople, "new_region");
    salespeople.field_mappings.push(custom);
    let new = build(OwnershipModel::Team, None);
    let comparison = compare(&current, &new, &Scope::All);
    assert_eq!(comparison.mappings[0].rows[0].choice, Choice::KeepMine);
    assert_eq!(comparison.mappings[0].rows[0].kind, RowKind::BothChanged);
}

#[test]
fn a_job_put_on_hold_becomes_ready_again() {
    let mut current = person();
    current.job_queue_entries[1].status = JobStatus::OnHold;
    current.job_queue_entries[1].minutes_between_runs = 5;
    let new = build(OwnershipModel::Person, None);
    let comparison = compare(&current, &new, &Scope::All);
    assert_eq!(comparison.n_of(RowKind::Yours), 2);
    assert!(comparison.rows().all(|(_, row)| row.applied.is_none()));
    assert_eq!(apply(&current, &comparison, &new), applied(&new));
}

#[test]
fn a_field_changed_here_and_dropped_by_the_default_is_a_collision() {
    let mut current = person();
    mapping_mut(&mut current, "VENDOR").field_mappings[1].status = FieldMappingStatus::Disabled;
    let comparison = compare(&current, &build(OwnershipModel::Team, None), &Scope::All);
    let collisions: Vec<_> = comparison.rows().filter(|(_, row)| row.kind == RowKind::BothChanged).collect();
    assert_eq!(collisions.len(), 1);
    assert_eq!(*collisions[0].0, name("VENDOR"));
    assert_eq!(collisions[0].1.setting, Setting::Presence);
}
