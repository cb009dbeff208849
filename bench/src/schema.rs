//! The table of the benchmark: Customer of Business Central with members in the order in which a page has them.

use couplet_engine::{FieldAccess, FieldSchema, Labels, Side, TableSchema};
use couplet_filter::{FieldType, OptionMember};

/// Name of the field that identifies a record.
pub(crate) const KEY_FIELD: &str = "SystemId";

const BLOCKED: [&str; 4] = [" ", "Ship", "Invoice", "All"];

/// Customer: every field that a page of the benchmark has.
pub(crate) fn customer() -> TableSchema {
    let text = || FieldType::Text { max_length: Some(100) };
    let code = || FieldType::Code { max_length: Some(20) };
    let fields = [
        (KEY_FIELD, "systemId", FieldType::Guid),
        ("No.", "no", code()),
        ("Name", "name", text()),
        ("Name 2", "name2", text()),
        ("Address", "address", text()),
        ("City", "city", text()),
        ("Post Code", "postCode", code()),
        ("Country/Region Code", "countryRegionCode", code()),
        ("Phone No.", "phoneNo", text()),
        ("E-Mail", "eMail", text()),
        ("Blocked", "blocked", blocked()),
        ("Credit Limit (LCY)", "creditLimitLCY", FieldType::Decimal),
        ("Balance (LCY)", "balanceLCY", FieldType::Decimal),
        ("Salesperson Code", "salespersonCode", code()),
        ("Payment Terms Code", "paymentTermsCode", code()),
        ("Currency Code", "currencyCode", code()),
        ("Last Date Modified", "lastDateModified", FieldType::Date),
        ("SystemCreatedAt", "systemCreatedAt", FieldType::DateTime),
        ("SystemModifiedAt", "systemModifiedAt", FieldType::DateTime),
        ("SystemModifiedBy", "systemModifiedBy", FieldType::Guid),
    ];
    TableSchema {
        side: Side::BusinessCentral,
        name: "Customer".to_owned(),
        number: Some(18),
        labels: Labels::same("Customer"),
        key_field: KEY_FIELD.to_owned(),
        primary_name_field: Some("Name".to_owned()),
        fields: fields.into_iter().map(field).collect(),
    }
}

fn field((name, property, field_type): (&str, &str, FieldType)) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(property.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

fn blocked() -> FieldType {
    let member = |(ordinal, name): (i32, &&str)| OptionMember {
        ordinal,
        name: (*name).to_owned(),
        captions: Vec::new(),
    };
    FieldType::Option((0..).zip(&BLOCKED).map(member).collect())
}
