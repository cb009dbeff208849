//! Every setting can be read and written back.

use proptest::prelude::*;

use super::*;
use crate::default_setup::build;
use crate::sales_settings::SalesSettings;

proptest! {
    #[test]
    fn rows_written_to_another_mapping_make_it_equal(
        configuration in arbitrary::configuration(),
        standard in arbitrary::standard(),
    ) {
        for mapping in &standard.mappings {
            let Some(edited) = configuration.mapping(&mapping.name) else { continue };
            let mut result = mapping.clone();
            let mut job = standard.job(&mapping.name).cloned();
            let wanted = Version { mapping: Some(edited), job: configuration.job(&mapping.name) };
            result.field_mappings.retain(|field| wanted.field(&field.key()).is_some());
            let kept = edited.field_mappings.iter().filter(|field| find_field(&result, &field.key()).is_some());
            let expected = IntegrationTableMapping { field_mappings: kept.cloned().collect(), ..edited.clone() };
            for row in wanted.rows() {
                let missing = match &row.item {
                    Item::Field(key) => find_field(&result, key).is_none(),
                    _ => false,
                };
                if row.setting != Setting::Presence && !missing {
                    prop_assert_eq!(
                        write(&mut result, job.as_mut(), (&row.item, row.setting), &row.value),
                        Ok(()),
                        "{:?}", row
                    );
                }
            }
            align_order(&mut result, &expected);
            prop_assert_eq!(&result, &expected);
            if let Some(wanted) = wanted.job {
                prop_assert_eq!(job.as_ref(), Some(wanted));
            }
        }
    }
}

#[test]
fn a_value_of_another_kind_is_refused() {
    let setup = build(OwnershipModel::Team, None);
    let mut mapping = setup.mappings[0].clone();
    let before = mapping.clone();
    for setting in Item::Mapping.settings() {
        let refused = write(&mut mapping, None, (&Item::Mapping, *setting), &SettingValue::Present);
        assert_eq!(refused, Err(WrongValue), "{}", setting.code());
    }
    assert_eq!(mapping, before);
}

#[test]
fn settings_of_the_configuration_are_read_as_they_were_written() {
    let mut other = Configuration { ownership_model: OwnershipModel::Person, ..Configuration::default() };
    other.sales = SalesSettings {
        enabled: true,
        order_integration: SalesOrderIntegration::Bidirectional,
        create_orders: true,
        process_quotes: true,
        item_availability: true,
        unit_group_mapping: false,
        open_in_sales_hub: true,
        web_client_address: "https://businesscentral.dynamics.com/x".into(),
        users_must_map: true,
    };
    let mut written = Configuration::default();
    for &setting in Item::Configuration.settings() {
        let value = configuration_value(&other, setting);
        assert_ne!(value, configuration_value(&written, setting), "{}", setting.code());
        write_configuration(&mut written, setting, &value).unwrap();
        let refused = write_configuration(&mut written, setting, &SettingValue::Present);
        assert_eq!(refused, Err(WrongValue), "{}", setting.code());
    }
    assert_eq!(written, other);
}

#[test]
fn codes_are_unique() {
    let items =
        [Item::Configuration, Item::Mapping, Item::Field(FieldKey { field: None, column: None }), Item::Job];
    let mut settings: Vec<Setting> = items.iter().flat_map(|item| item.settings()).copied().collect();
    settings.push(Setting::FieldOrder);
    for one in &settings {
        for other in &settings {
            assert_eq!(one == other, one.code() == other.code());
        }
    }
}

#[test]
fn numbers_that_moved_on_are_no_other_order() {
    let person = build(OwnershipModel::Person, None);
    let team = build(OwnershipModel::Team, None);
    let name = MappingName::new("CUSTOMER").unwrap();
    assert!(!order_differs(person.mapping(&name).unwrap(), team.mapping(&name).unwrap()));
    let mut swapped = team.mapping(&name).unwrap().clone();
    swapped.field_mappings.swap(3, 7);
    assert!(order_differs(&swapped, person.mapping(&name).unwrap()));
}
