//! Where the fields of customers and accounts lead, over small tables and the standard mappings.

use std::num::NonZeroU32;

use couplet_filter::{Bitmap, FieldType, FieldValue};
use uuid::Uuid;

use super::*;
use crate::coupling::{CouplingEnd, OptionCoupling, RowId, Skipped, SystemId};
use crate::default_setup::build;
use crate::planning::{Couplings, Records, value_id};
use crate::{
    ColumnTable, Configuration, FieldAccess, FieldSchema, Labels, MappingName, OwnershipModel, Side,
    TableSchema,
};

/// A table of texts, codes and ids; the first column is the key.
struct Rows {
    schema: TableSchema,
    rows: ColumnTable,
    in_filter: Bitmap,
}

#[derive(Clone)]
enum Cell {
    Id(u128),
    Text(&'static str),
    Choice(i32),
    Number(i64),
}

/// Fields as name, type and what they point to; the second is the code of a Business Central record.
fn rows(side: Side, fields: &[(&str, FieldType, &[&str])], lines: &[&[Cell]]) -> Rows {
    let field = |(place, (name, field_type, targets)): (usize, &(&str, FieldType, &[&str]))| FieldSchema {
        name: (*name).to_owned(),
        number: (side == Side::BusinessCentral && place == 1).then_some(1),
        labels: Labels::same(*name),
        field_type: field_type.clone(),
        property: Some((*name).to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: targets.iter().map(|it| (*it).to_owned()).collect(),
    };
    let mut table =
        ColumnTable::new(fields.iter().map(|(name, field_type, _)| ((*name).to_owned(), field_type.clone())));
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            let value = match cell {
                Cell::Id(id) => FieldValue::Guid(Uuid::from_u128(*id)),
                Cell::Text(text) => FieldValue::Text(text),
                Cell::Choice(value) => FieldValue::Option(*value),
                Cell::Number(number) => FieldValue::Integer(*number),
            };
            table.push(column, value).unwrap();
        }
        table.end_row();
    }
    let schema = TableSchema {
        side,
        name: String::new(),
        number: None,
        labels: Labels::same(""),
        key_field: fields[0].0.to_owned(),
        primary_name_field: None,
        fields: fields.iter().enumerate().map(field).collect(),
    };
    Rows { in_filter: Bitmap::filled(lines.len(), true), schema, rows: table }
}

impl Rows {
    fn records(&self) -> Records<'_> {
        Records {
            schema: &self.schema,
            rows: &self.rows,
            in_filter: &self.in_filter,
            ignored: None,
            modified_field: "",
            modified_by_field: None,
        }
    }
}

/// The standard mappings, where a team owns new rows.
fn configuration() -> Configuration {
    let ownership_model = OwnershipModel::Team;
    let mappings = build(ownership_model, None).mappings;
    Configuration { ownership_model, mappings, ..Configuration::default() }
}

fn code() -> FieldType {
    FieldType::Code { max_length: Some(20) }
}

fn name(text: &str) -> MappingName {
    MappingName::new(text).unwrap()
}

fn node(mapping: &str, side: Side, id: Uuid) -> Node {
    Node { mapping: name(mapping), side, id }
}

/// Two customers and an account, currencies and payment terms; the currency 21 is coupled to the row 31.
fn check(configuration: &Configuration, chosen: &[Node], test: impl FnOnce(Closure)) {
    use Cell::{Choice, Id, Number, Text};
    let none: &[&str] = &[];
    let bc = Side::BusinessCentral;
    let dv = Side::Dataverse;
    let choice = || FieldType::Option([].into());
    let customers = rows(
        bc,
        &[
            ("SystemId", FieldType::Guid, none),
            ("No.", code(), none),
            ("Currency Code", code(), none),
            ("Payment Terms Code", code(), none),
        ],
        &[
            &[Id(1), Text("C1"), Text("EUR"), Text("NET30")],
            &[Id(2), Text("C2"), Text("USD"), Text("")],
            &[Id(3), Text("C3"), Text("XXX"), Text("GONE")],
        ],
    );
    let accounts = rows(
        dv,
        &[
            ("accountid", FieldType::Guid, none),
            ("transactioncurrencyid", FieldType::Guid, &["transactioncurrency"]),
            ("paymenttermscode", choice(), none),
        ],
        &[&[Id(11), Id(32), Choice(2)], &[Id(12), Id(39), Choice(1)]],
    );
    let currencies = rows(
        bc,
        &[("SystemId", FieldType::Guid, none), ("Code", code(), none)],
        &[&[Id(21), Text("EUR")], &[Id(22), Text("USD")]],
    );
    let currency_rows = rows(
        dv,
        &[("transactioncurrencyid", FieldType::Guid, none), ("isocurrencycode", code(), none)],
        &[&[Id(31), Text("EUR")], &[Id(32), Text("USD")], &[Id(33), Text("CHF")]],
    );
    let terms = rows(
        bc,
        &[("SystemId", FieldType::Guid, none), ("Code", code(), none)],
        &[&[Id(41), Text("NET30")], &[Id(42), Text("Net 45")]],
    );
    let values = rows(
        dv,
        &[("value", FieldType::Integer, none), ("label", FieldType::Text { max_length: None }, none)],
        &[&[Number(1), Text("Net 30")], &[Number(2), Text("Net 45")]],
    );
    let mut coupled = Couplings::default();
    let table = NonZeroU32::new(4).unwrap();
    coupled.couple(table, SystemId(Uuid::from_u128(21)), RowId(Uuid::from_u128(31))).unwrap();
    let nothing = Couplings::default();
    let options = [OptionCoupling {
        table: 3,
        record: CouplingEnd::new(SystemId(Uuid::from_u128(99))),
        integration_table: "account".to_owned(),
        column: "paymenttermscode".to_owned(),
        value: 9,
        label: String::new(),
        last_run_to_integration: None,
        skipped: Skipped::No,
    }];
    let tables = [
        ("CUSTOMER", &customers, &accounts),
        ("CURRENCY", &currencies, &currency_rows),
        ("PAYMENT TERMS", &terms, &values),
    ];
    let tables: Vec<DependencyTable<'_>> = tables
        .iter()
        .map(|(mapping, left, right)| DependencyTable {
            mapping: configuration.mapping(&name(mapping)).unwrap(),
            business_central: left.records(),
            dataverse: right.records(),
            couplings: if *mapping == "CURRENCY" { &coupled } else { &nothing },
            options: if *mapping == "PAYMENT TERMS" { &options } else { &[] },
        })
        .collect();
    let dependencies = TableDependencies::new(configuration, &tables, None, None);
    test(closure(&dependencies, chosen));
}

fn levels(found: &Closure) -> Vec<Vec<Node>> {
    found.levels.iter().map(|level| level.iter().map(|it| it.node.clone()).collect()).collect()
}

fn record(mapping: &str, id: u128) -> Node {
    node(mapping, Side::BusinessCentral, Uuid::from_u128(id))
}

#[test]
fn a_customer_needs_its_codes_as_far_as_they_are_not_coupled() {
    let configuration = configuration();
    check(&configuration, &[record("CUSTOMER", 1), record("CUSTOMER", 2)], |found| {
        let first = vec![record("CURRENCY", 22), record("PAYMENT TERMS", 41)];
        let second = vec![record("CUSTOMER", 1), record("CUSTOMER", 2)];
        assert_eq!(levels(&found), [first, second]);
        assert!(found.dead_ends.is_empty(), "{:?}", found.dead_ends);
        assert!(found.levels.iter().flatten().all(|it| it.resolution == Resolution::Create));
    });
}

#[test]
fn a_code_that_no_record_has_is_a_dead_end_and_one_of_a_choice_gives_no_value() {
    let configuration = configuration();
    check(&configuration, &[record("CUSTOMER", 3)], |found| {
        let [end] = found.dead_ends.as_slice() else { panic!("{:?}", found.dead_ends) };
        assert_eq!((end.field.as_str(), end.value.as_ref()), ("Currency Code", "XXX"));
        assert_eq!(end.target, Some(name("CURRENCY")));
        assert_eq!(levels(&found), [[record("CUSTOMER", 3)]]);
    });
}

#[test]
fn an_account_needs_the_counterparts_of_its_rows_and_values() {
    let configuration = configuration();
    let account = |id: u128| node("CUSTOMER", Side::Dataverse, Uuid::from_u128(id));
    check(&configuration, &[account(11)], |found| {
        // The currency is written from its record, which has the row's code (S4.6), and so is the value (S4.63).
        let first = vec![record("CURRENCY", 22), record("PAYMENT TERMS", 42)];
        assert_eq!(levels(&found), [first, vec![account(11)]]);
    });
    check(&configuration, &[account(12)], |found| {
        let value = node("PAYMENT TERMS", Side::Dataverse, value_id(1));
        assert_eq!(levels(&found), [vec![value], vec![account(12)]]);
        assert_eq!(found.levels[0][0].resolution, Resolution::Couple, "no code is labeled so");
        let [end] = found.dead_ends.as_slice() else { panic!("{:?}", found.dead_ends) };
        assert_eq!(end.field, "transactioncurrencyid");
    });
}
