//! Option mappings; record mappings are tested with whole worlds in `tests/synchronization/parity.rs`.

use couplet_filter::{Bitmap, FieldType, FieldValue};
use uuid::Uuid;

use super::*;
use crate::coupling::{CouplingEnd, OptionCoupling, Skipped};
use crate::default_setup::build;
use crate::planning::{Choice, Records};
use crate::{ColumnTable, FieldAccess, FieldSchema, Labels, MappingName, OwnershipModel, TableSchema};

fn id(number: u128) -> SystemId {
    SystemId(Uuid::from_u128(number))
}

fn coupling(record: u128, value: i32) -> OptionCoupling {
    OptionCoupling {
        table: 3,
        record: CouplingEnd::new(id(record)),
        integration_table: "account".to_owned(),
        column: "paymenttermscode".to_owned(),
        value,
        label: String::new(),
        last_run_to_integration: None,
        skipped: Skipped::No,
    }
}

fn schema() -> TableSchema {
    let field = |name: &str, field_type: FieldType| FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    };
    TableSchema {
        side: Side::BusinessCentral,
        name: "Payment Terms".to_owned(),
        number: Some(3),
        labels: Labels::same("Payment Terms"),
        key_field: "SystemId".to_owned(),
        primary_name_field: None,
        fields: vec![
            field("SystemId", FieldType::Guid),
            field("Code", FieldType::Code { max_length: Some(10) }),
        ],
    }
}

/// The classes of both sides, by row.
fn classes(codes: &[&str], labels: &[&str], couplings: &[OptionCoupling]) -> Parity {
    let setup = build(OwnershipModel::Team, None);
    let mapping = setup.mapping(&MappingName::new("PAYMENT TERMS").unwrap()).unwrap();
    let schema = schema();
    let fields = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut rows = ColumnTable::new(fields);
    for (code, number) in codes.iter().zip(1..) {
        rows.push(0, FieldValue::Guid(id(number).0)).unwrap();
        rows.push(1, FieldValue::Text(code)).unwrap();
        rows.end_row();
    }
    let in_filter = Bitmap::filled(codes.len(), true);
    let choices: Vec<Choice> =
        labels.iter().zip(1..).map(|(label, value)| Choice { value, label: (*label).into() }).collect();
    let business_central = Records {
        schema: &schema,
        rows: &rows,
        in_filter: &in_filter,
        ignored: None,
        modified_field: "SystemModifiedAt",
        modified_by_field: None,
    };
    let choices_in_filter = Bitmap::filled(choices.len(), true);
    let records = OptionRecords {
        mapping,
        business_central,
        choices: &choices,
        choices_in_filter: &choices_in_filter,
        couplings,
    };
    assess_options(records).unwrap()
}

fn of(parity: &Parity, side: Side) -> Vec<&'static str> {
    (0..parity.total(side)).map(|row| parity.class(side, row).unwrap().code()).collect()
}

#[test]
fn codes_and_values_are_classified() {
    let codes = ["NET30", "NET45", "NET60", "COD", "DUP"];
    let labels = ["NET30", "Net 45", "COD", "DUP", "DUP", "OTHER"];
    let couplings = [coupling(1, 1), coupling(2, 2), coupling(3, 99), coupling(77, 6), coupling(78, 98)];
    let parity = classes(&codes, &labels, &couplings);
    assert_eq!(
        of(&parity, Side::BusinessCentral),
        ["equal", "different", "broken", "only-here", "ambiguous"]
    );
    assert_eq!(
        of(&parity, Side::Dataverse),
        ["equal", "different", "only-here", "ambiguous", "ambiguous", "broken"]
    );
    assert_eq!(parity.candidates(Side::BusinessCentral, 3), [2]);
    assert_eq!(parity.candidates(Side::BusinessCentral, 4), [3, 4]);
    assert_eq!(parity.out_of_step(Side::Dataverse, 1).len(), 1);
    assert_eq!(parity.lost, [id(78)]);
}
