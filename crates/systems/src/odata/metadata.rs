//! An entity set as `$metadata` describes it: properties with the types of the filter language, and the key.

use couplet_engine::schema::OptionLabel;
use couplet_engine::{FieldAccess, FieldSchema, Labels};
use couplet_filter::{FieldReference, FieldType};

use super::ODataError;
use crate::edmx::{EdmProperty, Edmx};
use crate::schema_option_member;

/// One entity set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitySet {
    /// Its name.
    pub name: String,
    /// Its properties, in the order of the document.
    pub properties: Vec<EntityProperty>,
    /// Names of the properties that identify a record.
    pub key: Vec<String>,
}

/// One property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityProperty {
    /// What pages and filters need to know of it. Its longest text is left out: a value that is longer simply equals
    /// none.
    pub field: FieldSchema,
    /// `Edm.String`, or the qualified name of another type.
    pub edm_type: String,
}

impl EntitySet {
    /// Reads a `$metadata` document and finds the set.
    ///
    /// # Errors
    /// When the document is none, or has no such set.
    pub fn read(body: &[u8], name: &str) -> Result<Self, ODataError> {
        let edmx = Edmx::read(body).map_err(|detail| ODataError::Metadata { detail })?;
        let Some(set) = edmx.set(name) else {
            let known = edmx.sets.iter().map(|set| set.name.clone()).collect();
            return Err(ODataError::NoEntitySet { name: name.to_owned(), known });
        };
        let properties = (0u32..).zip(&set.properties).map(|(idx, property)| EntityProperty {
            field: field_schema(idx, property, &edmx),
            edm_type: property.edm_type.clone(),
        });
        Ok(EntitySet { name: set.name.clone(), properties: properties.collect(), key: set.key.clone() })
    }

    /// The property a view names: by its name, else ignoring ASCII case.
    pub fn property(&self, reference: &FieldReference) -> Option<&EntityProperty> {
        let name = match reference {
            FieldReference::Name(name) => name.clone(),
            // It may well be the name of a property.
            FieldReference::Number(number) => format!("Field{number}"),
        };
        let exact = self.properties.iter().find(|property| property.field.name == name);
        exact.or_else(|| self.properties.iter().find(|it| it.field.name.eq_ignore_ascii_case(&name)))
    }
}

fn field_schema(idx: u32, property: &EdmProperty, edmx: &Edmx) -> FieldSchema {
    let mut options = Vec::new();
    let field_type = match property.edm_type.as_str() {
        "Edm.String" => FieldType::Text { max_length: None },
        "Edm.Byte" | "Edm.SByte" | "Edm.Int16" | "Edm.Int32" => FieldType::Integer,
        "Edm.Int64" => FieldType::BigInteger,
        "Edm.Decimal" | "Edm.Double" | "Edm.Single" => FieldType::Decimal,
        "Edm.Boolean" => FieldType::Boolean,
        "Edm.Date" => FieldType::Date,
        "Edm.DateTimeOffset" => FieldType::DateTime,
        "Edm.TimeOfDay" => FieldType::Time,
        "Edm.Duration" => FieldType::Duration,
        "Edm.Guid" => FieldType::Guid,
        other => match edmx.members(other) {
            Some(members) => {
                let label = |(name, value): &(String, i32)| OptionLabel {
                    value: *value,
                    name: name.clone(),
                    labels: Labels::same(name.clone()),
                    wire: None,
                };
                options = members.iter().map(label).collect();
                FieldType::Option(options.iter().map(schema_option_member).collect())
            }
            None => FieldType::Unfilterable,
        },
    };
    FieldSchema {
        name: property.name.clone(),
        number: Some(idx),
        labels: Labels::same(property.name.clone()),
        field_type,
        property: Some(property.name.clone()),
        access: FieldAccess::Read,
        options,
        targets: Vec::new(),
    }
}
