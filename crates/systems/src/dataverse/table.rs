//! One Dataverse table from its metadata: eight requests, sent at once, because each kind of column is asked for by
//! a cast of its own (B32).

use couplet_engine::schema::OptionLabel;
use couplet_engine::{FieldAccess, FieldSchema, Side, TableSchema};
use couplet_filter::FieldType;
use rustc_hash::FxHashMap;

use super::definition::{
    Attribute, ChoiceAttribute, DateTimeAttribute, EntityDefinition, LookupAttribute, StringAttribute,
};
use super::{SIDE, WEB_API_ROUTE, get};
use crate::business_central::{List, read_json};
use crate::error::{MetadataPart, ReadError};
use crate::http::{Procedure, Response, Step};
use crate::read::{LOOKUP_TABLE, TableSource};

/// A table with its entity set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataverseTable {
    /// Columns and choices.
    pub schema: TableSchema,
    /// Name of the set in addresses: `accounts`.
    pub entity_set: String,
}

impl DataverseTable {
    /// Where its rows are read.
    pub fn source(&self, base_url: &str) -> TableSource {
        TableSource {
            side: Side::Dataverse,
            base_url: base_url.trim_end_matches('/').to_owned(),
            path: format!("{WEB_API_ROUTE}/{}", self.entity_set),
            key_field: self.schema.key_field.clone(),
        }
    }
}

/// Reads the metadata of one table; none comes out when Dataverse has no such table.
#[derive(Debug)]
pub struct DataverseTableMetadata {
    logical_name: String,
}

impl DataverseTableMetadata {
    /// For the table with this logical name.
    pub fn new(logical_name: &str) -> Self {
        DataverseTableMetadata { logical_name: logical_name.to_owned() }
    }
}

impl Procedure for DataverseTableMetadata {
    type Output = Option<DataverseTable>;

    fn start(&mut self) -> Step<Self::Output> {
        let table = format!("EntityDefinitions(LogicalName='{}')", self.logical_name.replace('\'', "''"));
        let cast = |kind: &str, query: &str| {
            get(&format!(
                "{table}/Attributes/Microsoft.Dynamics.CRM.{kind}AttributeMetadata?$select=LogicalName{query}"
            ))
        };
        let choices = "&$expand=OptionSet,GlobalOptionSet";
        Step::Send(vec![
            get(&format!("{table}?$select={DEFINITION_COLUMNS}")),
            get(&format!("{table}/Attributes?$select={ATTRIBUTE_COLUMNS}")),
            cast("Picklist", choices),
            cast("State", "&$expand=OptionSet"),
            cast("Status", "&$expand=OptionSet"),
            cast("String", ",MaxLength"),
            cast("Lookup", ",Targets"),
            cast("DateTime", ",DateTimeBehavior"),
        ])
    }

    fn accept(&mut self, responses: &[Response]) -> Result<Step<Self::Output>, ReadError> {
        let [definition, attributes, picklists, states, statuses, strings, lookups, dates] = responses else {
            return Err(ReadError::MissingAnswer);
        };
        if definition.status == 404 {
            return Ok(Step::Done(None));
        }
        let definition: EntityDefinition = read_json(SIDE, MetadataPart::EntityDefinition, definition)?;
        let mut details = Details::default();
        for response in [picklists, states, statuses] {
            details.take_choices(response)?;
        }
        let strings: List<StringAttribute> = read_json(SIDE, MetadataPart::Attributes, strings)?;
        details.lengths =
            strings.value.into_iter().filter_map(|it| Some((it.logical_name, it.max_length?))).collect();
        let lookups: List<LookupAttribute> = read_json(SIDE, MetadataPart::Attributes, lookups)?;
        details.targets = lookups.value.into_iter().map(|it| (it.logical_name, it.targets)).collect();
        // Not every environment is known to offer this cast (B32): without it a day is read as its midnight.
        if dates.is_success() {
            let dates: List<DateTimeAttribute> = read_json(SIDE, MetadataPart::Attributes, dates)?;
            let days = dates.value.into_iter().filter(DateTimeAttribute::is_date_only);
            details.date_only = days.map(|it| it.logical_name).collect();
        }
        let attributes: List<Attribute> = read_json(SIDE, MetadataPart::Attributes, attributes)?;
        Ok(Step::Done(Some(details.table(definition, attributes.value))))
    }
}

const DEFINITION_COLUMNS: &str =
    "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName";
const ATTRIBUTE_COLUMNS: &str =
    "LogicalName,AttributeType,DisplayName,IsValidForCreate,IsValidForUpdate,AttributeOf,IsLogical";

/// What the casts tell of single columns.
#[derive(Default)]
struct Details {
    options: FxHashMap<String, Vec<OptionLabel>>,
    lengths: FxHashMap<String, u32>,
    targets: FxHashMap<String, Vec<String>>,
    date_only: Vec<String>,
}

impl Details {
    fn take_choices(&mut self, response: &Response) -> Result<(), ReadError> {
        let list: List<ChoiceAttribute> = read_json(SIDE, MetadataPart::Attributes, response)?;
        for attribute in list.value {
            let options = attribute.choices().iter().map(|choice| {
                let labels = choice.label.labels(&choice.value.to_string());
                OptionLabel { value: choice.value, name: labels.english.clone(), labels, wire: None }
            });
            let options = options.collect();
            self.options.insert(attribute.logical_name, options);
        }
        Ok(())
    }

    fn table(mut self, definition: EntityDefinition, attributes: Vec<Attribute>) -> DataverseTable {
        let mut fields: Vec<FieldSchema> = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            fields.extend(self.field(attribute));
        }
        self.add_lookup_types(&mut fields);
        let schema = TableSchema {
            side: SIDE,
            labels: definition.display_name.labels(&definition.logical_name),
            name: definition.logical_name,
            number: None,
            key_field: definition.primary_id_attribute,
            primary_name_field: definition.primary_name_attribute,
            fields,
        };
        DataverseTable { schema, entity_set: definition.entity_set_name }
    }

    /// The column as a field; none for columns that hold nothing to see.
    fn field(&mut self, attribute: Attribute) -> Option<FieldSchema> {
        let is_name_of_lookup = attribute.is_name_of_lookup();
        let name = attribute.logical_name;
        let mut property = Some(name.clone());
        let mut options = Vec::new();
        let mut targets = Vec::new();
        let field_type = match attribute.attribute_type.as_str() {
            "String" | "Memo" => FieldType::Text { max_length: self.lengths.get(&name).copied() },
            "Integer" => FieldType::Integer,
            "BigInt" => FieldType::BigInteger,
            "Decimal" | "Double" | "Money" => FieldType::Decimal,
            "Boolean" => FieldType::Boolean,
            "Picklist" | "State" | "Status" => {
                options = self.options.remove(&name).unwrap_or_default();
                FieldType::Option(options.iter().map(crate::schema_option_member).collect())
            }
            "DateTime" if self.date_only.contains(&name) => FieldType::Date,
            "DateTime" => FieldType::DateTime,
            "Uniqueidentifier" => FieldType::Guid,
            "Lookup" | "Owner" | "Customer" => {
                property = Some(format!("_{name}_value"));
                targets = self.targets.get(&name).cloned().unwrap_or_default();
                FieldType::Guid
            }
            // The table of a lookup: no property of the Web API, but an annotation of the lookup (B22).
            "EntityName" => {
                let lookup = name.strip_suffix("type").filter(|lookup| self.targets.contains_key(*lookup));
                property = lookup.map(type_annotation);
                FieldType::Text { max_length: None }
            }
            _ => return None,
        };
        if is_name_of_lookup {
            property = None;
        }
        let access = match (&property, attribute.is_valid_for_create, attribute.is_valid_for_update) {
            (None, ..) => FieldAccess::OutOfReach,
            (_, true, true) => FieldAccess::Full,
            (_, true, false) => FieldAccess::Insert,
            (_, false, true) => FieldAccess::Modify,
            (_, false, false) => FieldAccess::Read,
        };
        let labels = attribute.display_name.labels(&name);
        Some(FieldSchema { name, number: None, labels, field_type, property, access, options, targets })
    }

    /// A polymorphic lookup has a type column even where the metadata lists none.
    fn add_lookup_types(&self, fields: &mut Vec<FieldSchema>) {
        let mut missing = Vec::new();
        for lookup in fields.iter().filter(|field| field.targets.len() > 1 && field.property.is_some()) {
            let name = format!("{}type", lookup.name);
            if !fields.iter().any(|field| field.name == name) {
                missing.push(FieldSchema {
                    property: Some(type_annotation(&lookup.name)),
                    labels: couplet_engine::Labels::same(name.clone()),
                    name,
                    number: None,
                    field_type: FieldType::Text { max_length: None },
                    access: FieldAccess::Read,
                    options: Vec::new(),
                    targets: Vec::new(),
                });
            }
        }
        fields.extend(missing);
    }
}

/// The member of a row that names the table a lookup points to (B22).
fn type_annotation(lookup: &str) -> String {
    format!("_{lookup}_value@{LOOKUP_TABLE}")
}
