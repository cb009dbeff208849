//! The product's readers and rules against the sandbox's wire: connecting, metadata, pages, counts, pushed
//! filters, writing, changes.

mod counts;
mod lookups;
mod pushed;
mod writes;

use couplet_engine::default_setup::build;
use couplet_engine::{FieldAccess, Language, OwnershipModel, Side};
use couplet_filter::{FieldType, FieldValue};
use couplet_systems::{
    BindingKind, CompanionState, Count, ReadOptions, WithCount, count_request, option_set_rows, read_count,
};

use crate::driver::{Connected, PAGE_SIZE};
use crate::previews::place;

#[test]
fn connecting_finds_the_company_and_the_caller() {
    let connected = Connected::shared();
    assert_eq!(connected.bc_company.name, "CRONUS Demo SA");
    assert_eq!(connected.tables.companion, CompanionState::Installed);
    assert_eq!(connected.tables.missing, Vec::<u32>::new());
    assert!(!connected.who.user_id.is_nil() && !connected.who.organization_id.is_nil());
    let company = connected.company.as_ref().expect("the company's row");
    assert_eq!(company.name, connected.bc_company.name);
    assert_ne!(company.id, connected.bc_company.id, "the row has an id of its own");
}

#[test]
fn the_metadata_knows_every_table_and_field_of_the_standard_setup() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    assert_eq!(setup.mappings.len(), 8);
    for mapping in &setup.mappings {
        let bound = connected.bc_table(mapping.table.number);
        assert_eq!(bound.schema.name, mapping.table.name);
        assert_eq!(bound.binding.kind, BindingKind::Companion, "{}", mapping.name);
        let integration = &connected.dataverse_table(&mapping.integration_table).schema;
        assert!(integration.field(mapping.integration_uid.column()).is_some(), "{}", mapping.name);
        for field in &mapping.field_mappings {
            let told = format!("{}: {:?} to {:?}", mapping.name, field.field, field.column);
            if let Some(name) = &field.field {
                let schema = bound.schema.field(name).unwrap_or_else(|| panic!("{told}"));
                assert_ne!(schema.access, FieldAccess::OutOfReach, "{told}");
                assert_eq!(schema.number, field.field_number, "{told}");
            }
            if let Some(column) = &field.column {
                assert!(integration.field(column).is_some(), "{told}");
            }
        }
    }
}

#[test]
fn every_table_is_read_over_several_pages_to_its_last_record() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let mut most_pages = 0;
    for mapping in &setup.mappings {
        for side in [Side::BusinessCentral, Side::Dataverse] {
            let (schema, source) = connected.place(place(mapping, side));
            let options = ReadOptions { page_size: Some(PAGE_SIZE), ..ReadOptions::default() };
            let (rows, n_pages) = connected.driver.read(&source, schema, &schema.fields, options);
            let response = connected.driver.send(side, &count_request(&source, None));
            let told = format!("{} {side:?}", mapping.name);
            assert_eq!(read_count(side, &response), Ok(Count::Exact(rows.n_rows() as u64)), "{told}");
            assert_eq!(n_pages, rows.n_rows().div_ceil(PAGE_SIZE as usize).max(1), "{told}");
            let key = rows.column(&schema.key_field).unwrap();
            let mut keys: Vec<String> = (0..rows.n_rows()).map(|row| format!("{:?}", key.get(row))).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), rows.n_rows(), "{told}: a record twice");
            most_pages = most_pages.max(n_pages);
        }
    }
    assert!(most_pages > 3, "{most_pages} pages at most");
}

#[test]
fn the_first_page_tells_the_number_of_all_records() {
    let connected = Connected::shared();
    for side in [Side::BusinessCentral, Side::Dataverse] {
        let setup = build(OwnershipModel::Team, connected.company.as_ref());
        let (schema, source) = connected.place(place(&setup.mappings[0], side));
        let options = ReadOptions { page_size: Some(7), count: WithCount::Yes, ..ReadOptions::default() };
        let mut read = couplet_systems::TableRead::new(source.clone(), schema, [], options);
        let mut table = read.table();
        let request = read.first();
        let page = connected.driver.page(&mut read, &request, &mut table).unwrap();
        let response = connected.driver.send(side, &count_request(&source, None));
        assert_eq!(page.count, Some(read_count(side, &response).unwrap()), "{side:?}");
        assert_eq!((page.n_rows, table.n_rows()), (7, 7));
    }
}

#[test]
fn option_mappings_have_the_values_of_their_choice_as_rows() {
    let connected = Connected::shared();
    let schema = &connected.dataverse_table("account").schema;
    for (column, expected) in [
        ("paymenttermscode", &["Net 30", "2% 10; Net 30", "Net 45", "Net 60"][..]),
        ("address1_freighttermscode", &["FOB", "No Charge"]),
        (
            "address1_shippingmethodcode",
            &["Airborne", "DHL", "FedEx", "UPS", "Postal Mail", "Full Load", "Will Call"],
        ),
    ] {
        let (rows_schema, rows) = option_set_rows(schema, column, Language::English).unwrap();
        assert_eq!(rows_schema.name, format!("account.{column}"));
        let labels: Vec<String> = (0..rows.n_rows())
            .map(|row| match rows.column("label").unwrap().get(row) {
                FieldValue::Text(text) => text.to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(labels, expected, "{column}");
        assert_eq!(rows.column("value").unwrap().get(0), FieldValue::Integer(1));
    }
    assert!(option_set_rows(schema, "name", Language::English).is_none());
    assert!(matches!(schema.field("statecode").unwrap().field_type, FieldType::Option(_)));
}
