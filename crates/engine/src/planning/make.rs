//! The value that a field mapping gives its destination, and the layer it comes from (S4.30 to S4.50). Whether it is
//! written is decided in `pair`.

use couplet_filter::{FieldType, FieldValue};
use uuid::Uuid;

use super::failure::Failure;
use super::fields::{BoundField, OWNER, Way, owners_travel};
use super::input::Input;
use super::plan::{Kept, Layer, Pass};
use super::references::OptionTable;
use crate::coupling::RowId;
use crate::transfer::{convert, text_of};
use crate::transformation::TransformationError;
use crate::value::Value;

/// Dataverse table of users.
const USERS: &str = "systemuser";
/// Dataverse table of currencies.
const CURRENCIES: &str = "transactioncurrency";
/// Customer and vendor field with the primary contact (S4.44).
const PRIMARY_CONTACT: &str = "Primary Contact No.";

/// What became of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Made {
    /// The destination should hold this.
    Value(Value, Layer),
    /// The destination keeps what it holds.
    Keep(Kept),
}

/// What is known of the destination and the owner while a value is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present<'v> {
    /// What the destination holds; null for a new record.
    pub(super) destination: FieldValue<'v>,
    /// Whether the source row is owned by a user (S4.43).
    pub(super) owned_by_user: bool,
}

/// Makes the value of one field.
pub(super) fn make(
    input: &Input<'_>,
    pass: Pass,
    field: &BoundField<'_>,
    source: FieldValue<'_>,
    present: Present<'_>,
) -> Result<Made, Failure> {
    let Some(cells) = field.source else {
        let Way::Constant(constant) = &field.way else { return Ok(Made::Keep(Kept::NotTransferable)) };
        return constant.clone().map(|value| Made::Value(value, Layer::Constant));
    };
    let transformed = match &field.rule {
        Some(rule) => Some(transform(input, field, rule, &text_of(source, &cells.schema.field_type))?),
        None => None,
    };
    let source = transformed.as_deref().map_or(source, FieldValue::Text);
    let made = match &field.way {
        Way::Owner => owner(input, pass, field, source, present),
        Way::Lookup => lookup(input, pass, field, source, present),
        Way::Option(options) => option(pass, field, options, source),
        Way::Copy | Way::Constant(_) => copy(field, source, transformed.is_some()),
    }?;
    let is_null_guid = matches!(made, Made::Value(Value::Guid(id), _) if id.is_nil());
    Ok(if field.mapping.not_null && is_null_guid { Made::Keep(Kept::NotNull) } else { made })
}

fn transform(input: &Input<'_>, field: &BoundField<'_>, rule: &str, text: &str) -> Result<String, Failure> {
    let failure = |error| Failure::Transformation { field: source_name(field), error };
    let result = input.settings.transformations.apply(rule, text).map_err(failure)?;
    let max_length = field.source.and_then(|source| match source.schema.field_type {
        FieldType::Text { max_length } | FieldType::Code { max_length } => max_length,
        _ => None,
    });
    let length = result.chars().count();
    match max_length {
        Some(max_length) if length > max_length as usize => Err(failure(TransformationError::TooLong {
            code: rule.to_owned(),
            length,
            max_length: max_length as usize,
        })),
        _ => Ok(result),
    }
}

fn source_name(field: &BoundField<'_>) -> std::sync::Arc<str> {
    field.source.map(|source| source.schema.name.as_str()).unwrap_or_default().into()
}

fn copy(field: &BoundField<'_>, source: FieldValue<'_>, transformed: bool) -> Result<Made, Failure> {
    let text = FieldType::Text { max_length: None };
    let own = field.source.map_or(&text, |source| &source.schema.field_type);
    let source_type = if transformed { &text } else { own };
    let destination = &field.destination.schema.field_type;
    let layer = match &field.rule {
        Some(rule) if transformed => Layer::Transformation { rule: rule.clone() },
        _ => Layer::Mapping,
    };
    match convert(source, source_type, destination) {
        Some(value) => Ok(Made::Value(value, layer)),
        // A rule that leaves no date in a date field fails the record (S4.50).
        None if transformed && matches!(destination, FieldType::Date | FieldType::DateTime) => {
            Err(Failure::ValueOfWrongType {
                field: source_name(field),
                value: text_of(source, source_type).into(),
            })
        }
        None => Ok(Made::Keep(Kept::NotTransferable)),
    }
}

fn owner(
    input: &Input<'_>,
    pass: Pass,
    field: &BoundField<'_>,
    source: FieldValue<'_>,
    present: Present<'_>,
) -> Result<Made, Failure> {
    if !owners_travel(input.settings.ownership) {
        return Ok(Made::Keep(Kept::TeamOwns));
    }
    let not_coupled = |value: &str| Failure::OwnerNotCoupled { value: value.into() };
    let mut users = input.references.lookups_of(USERS).peekable();
    match (pass, source) {
        (Pass::ToIntegrationTable, source) => {
            let code = text_of(source, &FieldType::Code { max_length: None });
            if users.peek().is_none() && !code.is_empty() {
                // Without a mapping of salespeople none of them is coupled.
                return Err(not_coupled(&code));
            }
            match users.find_map(|users| users.row_of(&code)) {
                Some(Some(user)) => Ok(Made::Value(Value::Guid(user.0), Layer::Owner)),
                Some(None) => Err(not_coupled(&code)),
                None => Ok(Made::Value(Value::Guid(Uuid::nil()), Layer::Owner)),
            }
        }
        (Pass::FromIntegrationTable, FieldValue::Guid(user)) if present.owned_by_user => {
            let code = users.find_map(|users| users.code_of(RowId(user)));
            let code = code.ok_or_else(|| not_coupled(&user.to_string()))?;
            Ok(Made::Value(as_destination(field, code), Layer::Owner))
        }
        (Pass::FromIntegrationTable, _) => Ok(Made::Keep(Kept::OwnerIsNoUser)),
    }
}

/// A code as the destination field stores it.
fn as_destination(field: &BoundField<'_>, code: &str) -> Value {
    let text = FieldType::Text { max_length: None };
    convert(FieldValue::Text(code), &text, &field.destination.schema.field_type).unwrap_or_default()
}

fn lookup(
    input: &Input<'_>,
    pass: Pass,
    field: &BoundField<'_>,
    source: FieldValue<'_>,
    present: Present<'_>,
) -> Result<Made, Failure> {
    match (pass, source) {
        (Pass::ToIntegrationTable, source) => {
            let code = text_of(source, &FieldType::Code { max_length: None });
            lookup_row(input, field, &code)
        }
        (Pass::FromIntegrationTable, FieldValue::Guid(row)) if !row.is_nil() => {
            lookup_code(input, field, RowId(row))
        }
        (Pass::FromIntegrationTable, _) => Ok(blank_code(input, field, present)),
    }
}

/// The tables that the Dataverse column points to.
fn targets<'f>(pass: Pass, field: &'f BoundField<'_>) -> &'f [String] {
    let cells = match pass {
        Pass::ToIntegrationTable => Some(field.destination),
        Pass::FromIntegrationTable => field.source,
    };
    cells.map_or(&[], |cells| &cells.schema.targets)
}

fn lookup_row(input: &Input<'_>, field: &BoundField<'_>, code: &str) -> Result<Made, Failure> {
    let targets = targets(Pass::ToIntegrationTable, field);
    if code.is_empty() {
        return blank_row(input, targets);
    }
    let mut tables = targets.iter().flat_map(|table| input.references.lookups_of(table)).peekable();
    let table = || targets.first().map(String::as_str).unwrap_or_default().into();
    if tables.peek().is_none() {
        return Err(Failure::TableNotMapped { field: source_name(field), table: table() });
    }
    let coupled = tables.find_map(|lookup| Some((lookup, lookup.row_of(code)??)));
    match coupled {
        Some((lookup, row)) => {
            Ok(Made::Value(Value::Guid(row.0), Layer::Lookup { mapping: lookup.mapping.clone() }))
        }
        None if field.mapping.clear_value_on_failed_sync => {
            Ok(Made::Value(Value::Guid(Uuid::nil()), Layer::Mapping))
        }
        None => {
            Err(Failure::LookupNotCoupled { field: source_name(field), value: code.into(), table: table() })
        }
    }
}

/// A blank currency is the local one; any other blank code points to nothing (S4.45, S4.48).
fn blank_row(input: &Input<'_>, targets: &[String]) -> Result<Made, Failure> {
    let is_currency = targets.iter().any(|table| table == CURRENCIES);
    match &input.references.currencies {
        Some(currencies) if is_currency => match currencies.local_row {
            Some(row) => Ok(Made::Value(Value::Guid(row.0), Layer::LocalCurrency)),
            None => Err(Failure::LocalCurrencyMissing { code: currencies.local_code.clone() }),
        },
        _ => Ok(Made::Value(Value::Guid(Uuid::nil()), Layer::Mapping)),
    }
}

fn lookup_code(input: &Input<'_>, field: &BoundField<'_>, row: RowId) -> Result<Made, Failure> {
    let targets = targets(Pass::FromIntegrationTable, field);
    if input.references.currencies.as_ref().is_some_and(|currencies| currencies.local_row == Some(row)) {
        return Ok(Made::Value(as_destination(field, ""), Layer::LocalCurrency));
    }
    let mut tables = targets.iter().flat_map(|table| input.references.lookups_of(table)).peekable();
    let table = || targets.first().map(String::as_str).unwrap_or_default().into();
    if tables.peek().is_none() {
        return Err(Failure::TableNotMapped { field: source_name(field), table: table() });
    }
    match tables.find_map(|lookup| Some((lookup, lookup.code_of(row)?))) {
        Some((lookup, code)) => {
            Ok(Made::Value(as_destination(field, code), Layer::Lookup { mapping: lookup.mapping.clone() }))
        }
        None if field.mapping.clear_value_on_failed_sync => {
            Ok(Made::Value(as_destination(field, ""), Layer::Mapping))
        }
        None => Err(Failure::LookupNotCoupled {
            field: source_name(field),
            value: row.0.to_string().into(),
            table: table(),
        }),
    }
}

/// A null becomes blank; but a primary contact that exists and is not coupled stays (S4.44).
fn blank_code(input: &Input<'_>, field: &BoundField<'_>, present: Present<'_>) -> Made {
    if let (PRIMARY_CONTACT, FieldValue::Text(contact)) =
        (field.destination.schema.name.as_str(), present.destination)
    {
        let targets = targets(Pass::FromIntegrationTable, field);
        let mut tables = targets.iter().flat_map(|table| input.references.lookups_of(table));
        if tables.any(|lookup| lookup.row_of(contact) == Some(None)) {
            return Made::Keep(Kept::ContactNotCoupled);
        }
    }
    Made::Value(as_destination(field, ""), Layer::Mapping)
}

fn option(
    pass: Pass,
    field: &BoundField<'_>,
    options: &OptionTable,
    source: FieldValue<'_>,
) -> Result<Made, Failure> {
    let failure = |value: &str| Failure::OptionNotCoupled { field: source_name(field), value: value.into() };
    match (pass, source) {
        (Pass::ToIntegrationTable, source) => {
            let code = text_of(source, &FieldType::Code { max_length: None });
            match options.value_of(&code) {
                Some(Some(value)) => Ok(Made::Value(Value::Option(value), Layer::OptionMapping)),
                Some(None) => Err(failure(&code)),
                // Blank, or a code without a record: no value.
                None => Ok(Made::Value(Value::Null, Layer::OptionMapping)),
            }
        }
        (Pass::FromIntegrationTable, FieldValue::Option(value)) => {
            let code = options.code_of(value);
            let code = code.ok_or_else(|| failure(&value.to_string()))?;
            Ok(Made::Value(as_destination(field, code), Layer::OptionMapping))
        }
        (Pass::FromIntegrationTable, _) => Ok(Made::Value(as_destination(field, ""), Layer::OptionMapping)),
    }
}

/// Whether this field says who owns the row.
pub(super) fn is_owner(name: &str) -> bool {
    name == OWNER
}
