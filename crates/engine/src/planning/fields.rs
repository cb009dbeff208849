//! The field mappings of one pass, oriented and bound to the columns of both sides (S1.14b). Which fields cannot take
//! part is told, never passed over in silence. Values are made in `make`.

use std::sync::Arc;

use couplet_filter::FieldType;

use super::failure::Failure;
use super::input::{Input, Records};
use super::plan::Pass;
use super::references::OptionTable;
use crate::columns::Column;
use crate::configuration::OwnershipModel;
use crate::mapping::{Direction, FieldMapping, FieldMappingStatus};
use crate::schema::{FieldAccess, FieldSchema, Side};
use crate::transfer::convert;
use crate::value::Value;

/// Dataverse column with the owner of a row.
pub(super) const OWNER: &str = "ownerid";

/// A field mapping that cannot take part in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Number of the field mapping.
    pub number: u32,
    /// The field that is the reason.
    pub field: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a field mapping cannot take part in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOutReason {
    /// The metadata has no such field.
    UnknownField,
    /// No binding reaches it.
    OutOfReach,
    /// It can be read, not written.
    ReadOnly,
    /// It identifies the record, which is never copied.
    Key,
    /// Its values were not read.
    NotRead,
}

impl LeftOutReason {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            LeftOutReason::UnknownField => "left-out.unknown-field",
            LeftOutReason::OutOfReach => "left-out.out-of-reach",
            LeftOutReason::ReadOnly => "left-out.read-only",
            LeftOutReason::Key => "left-out.key",
            LeftOutReason::NotRead => "left-out.not-read",
        }
    }
}

/// A field of one side with its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) schema: &'a FieldSchema,
    pub(super) column: &'a Column,
}

/// How a value is made.
#[derive(Debug, Clone)]
pub(super) enum Way<'a> {
    /// Always the same.
    Constant(Result<Value, Failure>),
    /// Copied, converted where the types differ.
    Copy,
    /// A code becomes a row, or a row a code, through the coupling of the record it names.
    Lookup,
    /// The same through an option coupling.
    Option(&'a OptionTable),
    /// The user of the salesperson, or the salesperson of the user.
    Owner,
}

/// One field mapping of a pass.
#[derive(Debug, Clone)]
pub(super) struct BoundField<'a> {
    pub(super) mapping: &'a FieldMapping,
    /// Business Central name.
    pub(super) field: Option<Arc<str>>,
    /// Dataverse name.
    pub(super) column: Option<Arc<str>>,
    /// None for a constant.
    pub(super) source: Option<Cells<'a>>,
    pub(super) destination: Cells<'a>,
    pub(super) way: Way<'a>,
    /// The transformation rule that works in this pass.
    pub(super) rule: Option<Arc<str>>,
}

impl BoundField<'_> {
    pub(super) fn is_bidirectional(&self) -> bool {
        self.mapping.direction == Direction::Bidirectional
    }

    /// The source, where a text goes as it is into a text that is no shorter.
    pub(super) fn plain_texts(&self) -> Option<Cells<'_>> {
        let source = self.source.filter(|_| self.rule.is_none() && matches!(self.way, Way::Copy))?;
        let (FieldType::Text { max_length: from }, FieldType::Text { max_length: into }) =
            (&source.schema.field_type, &self.destination.schema.field_type)
        else {
            return None;
        };
        (into.is_none() || from.is_some() && from <= into).then_some(source)
    }

    /// Name of the field on one side.
    pub(super) fn name(&self, side: Side) -> Option<&Arc<str>> {
        match side {
            Side::BusinessCentral => self.field.as_ref(),
            Side::Dataverse => self.column.as_ref(),
        }
    }
}

/// The fields of one pass.
#[derive(Debug, Clone)]
pub(super) struct PassFields<'a> {
    pub(super) pass: Pass,
    /// In ascending number: the order they are copied in.
    pub(super) fields: Vec<BoundField<'a>>,
    pub(super) left_out: Vec<LeftOut>,
}

impl<'a> PassFields<'a> {
    /// Binds the enabled field mappings of the pass; none when the mapping has none for it (S1.14b).
    pub(super) fn bind(input: &Input<'a>, pass: Pass) -> Option<Self> {
        let takes_part = |field: &&FieldMapping| {
            field.status == FieldMappingStatus::Enabled && pass.takes(field.direction)
        };
        let mut mappings: Vec<_> = input.mapping.field_mappings.iter().filter(takes_part).collect();
        if mappings.is_empty() {
            return None;
        }
        mappings.sort_by_key(|field| field.number);
        let (mut fields, mut left_out) = (Vec::with_capacity(mappings.len()), Vec::new());
        for mapping in mappings {
            match bind_field(input, pass, mapping) {
                Ok(field) => fields.push(field),
                Err(reason) => left_out.push(reason),
            }
        }
        Some(PassFields { pass, fields, left_out })
    }
}

fn bind_field<'a>(
    input: &Input<'a>,
    pass: Pass,
    mapping: &'a FieldMapping,
) -> Result<BoundField<'a>, LeftOut> {
    let names = [mapping.field.as_deref(), mapping.column.as_deref()];
    let ([source, destination], [from, into]) = match pass {
        Pass::ToIntegrationTable => (names, [input.business_central, input.dataverse]),
        Pass::FromIntegrationTable => {
            ([mapping.column.as_deref(), mapping.field.as_deref()], [input.dataverse, input.business_central])
        }
    };
    let left_out = |name: &str, reason| LeftOut { number: mapping.number, field: name.to_owned(), reason };
    let destination_name = destination.unwrap_or_default();
    let destination =
        writable(into, destination_name).map_err(|reason| left_out(destination_name, reason))?;
    let source = match source {
        None => None,
        Some(name) => Some(readable(from, name).map_err(|reason| left_out(name, reason))?),
    };
    let rule =
        mapping.transformation_rule.as_deref().filter(|_| pass.transforms(mapping.transformation_direction));
    Ok(BoundField {
        mapping,
        field: mapping.field.as_deref().map(Arc::from),
        column: mapping.column.as_deref().map(Arc::from),
        way: way(input, pass, mapping, source, destination),
        source,
        destination,
        rule: rule.map(Arc::from),
    })
}

fn readable<'a>(records: Records<'a>, name: &str) -> Result<Cells<'a>, LeftOutReason> {
    let schema = records.schema.field(name).ok_or(LeftOutReason::UnknownField)?;
    if schema.access == FieldAccess::OutOfReach {
        return Err(LeftOutReason::OutOfReach);
    }
    let column = records.rows.column(&schema.name).ok_or(LeftOutReason::NotRead)?;
    Ok(Cells { schema, column })
}

fn writable<'a>(records: Records<'a>, name: &str) -> Result<Cells<'a>, LeftOutReason> {
    let cells = readable(records, name)?;
    if cells.schema.access == FieldAccess::Read {
        return Err(LeftOutReason::ReadOnly);
    }
    if cells.schema.name.eq_ignore_ascii_case(&records.schema.key_field) {
        return Err(LeftOutReason::Key);
    }
    Ok(cells)
}

fn way<'a>(
    input: &Input<'a>,
    pass: Pass,
    mapping: &FieldMapping,
    source: Option<Cells<'a>>,
    destination: Cells<'a>,
) -> Way<'a> {
    let Some(source) = source else {
        return Way::Constant(constant(mapping, destination.schema));
    };
    let (code, column) = match pass {
        Pass::ToIntegrationTable => (source.schema, destination.schema),
        Pass::FromIntegrationTable => (destination.schema, source.schema),
    };
    let is_code = matches!(code.field_type, FieldType::Text { .. } | FieldType::Code { .. });
    match &column.field_type {
        _ if column.name == OWNER => Way::Owner,
        FieldType::Guid if is_code && !column.targets.is_empty() => Way::Lookup,
        FieldType::Option(_) if is_code => {
            let options = input.references.options.iter().find(|options| options.column == column.name);
            options.map_or(Way::Copy, Way::Option)
        }
        _ => Way::Copy,
    }
}

fn constant(mapping: &FieldMapping, destination: &FieldSchema) -> Result<Value, Failure> {
    let text = mapping.constant_value.as_deref().unwrap_or_default();
    value_of_text(text, destination)
}

/// A text of the configuration as a value of the field.
pub(super) fn value_of_text(text: &str, destination: &FieldSchema) -> Result<Value, Failure> {
    let source = FieldType::Text { max_length: None };
    let value = convert(couplet_filter::FieldValue::Text(text), &source, &destination.field_type);
    value.ok_or_else(|| Failure::ValueOfWrongType {
        field: destination.name.as_str().into(),
        value: text.into(),
    })
}

/// Whether owners are synchronized at all (S4.42).
pub(super) fn owners_travel(ownership: OwnershipModel) -> bool {
    ownership == OwnershipModel::Person
}
