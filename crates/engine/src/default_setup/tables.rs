//! How API v2.0 shows the Business Central tables of the standard setup: what the metadata of the service cannot
//! say, because it names properties and not fields. Reading the tables is the business of `systems`.

use super::data::TABLES;

/// What an API v2.0 property holds, compared with the field it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiValue {
    /// The value of the field.
    Same,
    /// Something else: the id of a related record instead of its code, a name put together of several fields, a
    /// blank shown as the local currency. Neither compared nor written as the field.
    Differs,
}

/// One field of a standard table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardField {
    /// Field number.
    pub number: u32,
    /// Field name.
    pub name: &'static str,
    /// Property of the API v2.0 entity; none when the API leaves the field out.
    pub api_property: Option<&'static str>,
    /// What that property holds.
    pub api_value: ApiValue,
}

/// One Business Central table of the standard setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardTable {
    /// Table number.
    pub number: u32,
    /// Table name.
    pub name: &'static str,
    /// Entity set of API v2.0; none when it has none (Shipping Agent).
    pub api_entity_set: Option<&'static str>,
    /// Property that holds the SystemId.
    pub api_key: Option<&'static str>,
    /// Property that holds the time of the last change.
    pub api_modified_on: Option<&'static str>,
    /// The fields that the standard mappings and filters name.
    pub fields: &'static [StandardField],
}

impl StandardTable {
    /// The field with this name, ignoring ASCII case.
    pub fn field(&self, name: &str) -> Option<&StandardField> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// The Business Central tables of the standard setup, in setup order.
pub fn standard_tables() -> &'static [StandardTable] {
    TABLES
}
