//! What a synchronization needs to know of an environment beside its tables: how lookups are bound, how tables are called
//! in addresses, the organization's currency settings, the team that owns new rows.

use couplet_engine::schema::Labels;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use uuid::Uuid;

use super::{SIDE, get};
use crate::business_central::{List, read_json};
use crate::error::{MetadataPart, ReadError};
use crate::http::{Method, Request, Response};
use crate::url::encode;
use crate::write::quote;

/// How the lookups of one table are bound (B38, B43).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Navigation {
    /// By lookup column and table it points to, the navigation property.
    properties: FxHashMap<(String, String), String>,
}

impl Navigation {
    /// The property that binds a lookup to a row of this table.
    pub fn property(&self, column: &str, table: &str) -> Option<&str> {
        self.properties.get(&(column.to_owned(), table.to_owned())).map(String::as_str)
    }
}

/// Asks for the lookups of a table (B35).
pub fn navigation_request(table: &str) -> Request {
    get(&format!(
        "EntityDefinitions(LogicalName='{}')/ManyToOneRelationships\
         ?$select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName",
        table.replace('\'', "''")
    ))
}

/// Reads the answer to [`navigation_request`].
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_navigation(response: &Response) -> Result<Navigation, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Relationship {
        referencing_attribute: String,
        referenced_entity: String,
        #[serde(default)]
        referencing_entity_navigation_property_name: Option<String>,
    }
    let list: List<Relationship> = read_json(SIDE, MetadataPart::Attributes, response)?;
    let property = |it: Relationship| {
        let name = it.referencing_entity_navigation_property_name?;
        Some(((it.referencing_attribute, it.referenced_entity), name))
    };
    Ok(Navigation { properties: list.value.into_iter().filter_map(property).collect() })
}

/// Asks how these tables are called in addresses.
pub fn entity_sets_request(tables: &[String]) -> Request {
    let tables: Vec<String> =
        tables.iter().map(|table| format!("LogicalName eq '{}'", table.replace('\'', "''"))).collect();
    get(&format!(
        "EntityDefinitions?$select=LogicalName,EntitySetName&$filter={}",
        encode(&tables.join(" or "))
    ))
}

/// Reads the answer to [`entity_sets_request`]: entity sets by logical name.
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_entity_sets(response: &Response) -> Result<FxHashMap<String, String>, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Definition {
        logical_name: String,
        entity_set_name: String,
    }
    let list: List<Definition> = read_json(SIDE, MetadataPart::EntityDefinition, response)?;
    Ok(list.value.into_iter().map(|it| (it.logical_name, it.entity_set_name)).collect())
}

/// What the organization says of currencies (S1.21, S6.31).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationCurrency {
    /// The base currency.
    pub base: Option<Uuid>,
    /// Its symbol.
    pub base_symbol: String,
    /// Decimals of currencies.
    pub precision: i64,
}

/// Asks what the organization says of currencies.
pub fn organization_currency_request() -> Request {
    get("organizations?$select=_basecurrencyid_value,basecurrencysymbol,currencydecimalprecision")
}

/// Reads the answer to [`organization_currency_request`].
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_organization_currency(response: &Response) -> Result<OrganizationCurrency, ReadError> {
    #[derive(Deserialize)]
    struct Organization {
        #[serde(rename = "_basecurrencyid_value")]
        base: Option<Uuid>,
        basecurrencysymbol: Option<String>,
        currencydecimalprecision: Option<i64>,
    }
    let list: List<Organization> = read_json(SIDE, MetadataPart::Attributes, response)?;
    let organization = list.value.into_iter().next();
    Ok(organization.map_or_else(OrganizationCurrency::default, |it| OrganizationCurrency {
        base: it.base,
        base_symbol: it.basecurrencysymbol.unwrap_or_default(),
        precision: it.currencydecimalprecision.unwrap_or_default(),
    }))
}

/// Asks for the default owning team of a company row (S4.57, S7.5).
pub fn owning_team_request(company: Uuid) -> Request {
    get(&format!("bcbi_companies({})?$select=_bcbi_defaultowningteam_value", company.hyphenated()))
}

/// Reads the answer to [`owning_team_request`].
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_owning_team(response: &Response) -> Result<Option<Uuid>, ReadError> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "_bcbi_defaultowningteam_value")]
        team: Option<Uuid>,
    }
    let row: Row = read_json(SIDE, MetadataPart::CompanyRows, response)?;
    Ok(row.team)
}

/// A change of the values of a choice (B34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionChange {
    /// A value is added; Dataverse says which number it got.
    Insert {
        /// Its labels.
        labels: Labels,
    },
    /// The labels of a value change.
    Rename {
        /// The value.
        value: i32,
        /// Its labels.
        labels: Labels,
    },
}

/// Asks for a change of a choice column.
pub fn option_change_request(table: &str, column: &str, change: &OptionChange) -> Request {
    let (action, value, labels) = match change {
        OptionChange::Insert { labels } => ("InsertOptionValue", String::new(), labels),
        OptionChange::Rename { value, labels } => {
            ("UpdateOptionValue", format!("\"Value\":{value},\"MergeLabels\":true,"), labels)
        }
    };
    let label = |text: &str, language: u32| {
        format!(
            "{{\"@odata.type\":\"Microsoft.Dynamics.CRM.LocalizedLabel\",\"Label\":{},\"LanguageCode\":{language}}}",
            quote(text)
        )
    };
    let mut labels_written = vec![label(&labels.english, ENGLISH)];
    if !labels.french.is_empty() {
        labels_written.push(label(&labels.french, FRENCH));
    }
    let body = format!(
        "{{\"EntityLogicalName\":{},\"AttributeLogicalName\":{},{value}\"Label\":{{\"LocalizedLabels\":[{}]}}}}",
        quote(table),
        quote(column),
        labels_written.join(",")
    );
    let mut request = get(action).with("Content-Type", "application/json");
    request.method = Method::Post;
    request.headers.retain(|(name, _)| *name != "If-None-Match");
    request.body = Some(body.into_bytes());
    request
}

/// Language codes of labels.
const ENGLISH: u32 = 1033;
const FRENCH: u32 = 1036;

/// Reads the answer to an [`OptionChange::Insert`]: the number of the new value.
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_inserted_option(response: &Response) -> Result<i32, ReadError> {
    #[derive(Deserialize)]
    struct Inserted {
        #[serde(rename = "NewOptionValue")]
        value: i32,
    }
    let inserted: Inserted = read_json(SIDE, MetadataPart::Attributes, response)?;
    Ok(inserted.value)
}
