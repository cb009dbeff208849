//! What is asked of Dataverse beyond rows: who is connected, the company's row, table definitions, total counts.

mod definition;
mod environment;
mod labels;
mod table;

#[cfg(test)]
mod tests;

use couplet_engine::{Company, Labels, Side};
use couplet_filter::Operator;
use couplet_filter::odata::{Expression, Literal};
use serde::Deserialize;
use uuid::Uuid;

use crate::business_central::{List, read_json};
use crate::error::{MetadataPart, ReadError};
use crate::http::{Request, Response};
use crate::read::service_get;
use crate::url::encode;
use definition::NamedDefinition;
pub use environment::{
    Navigation, OptionChange, OrganizationCurrency, entity_sets_request, navigation_request,
    option_change_request, organization_currency_request, owning_team_request, read_entity_sets,
    read_inserted_option, read_navigation, read_organization_currency, read_owning_team,
};
pub use table::{DataverseTable, DataverseTableMetadata};

/// Route of the Web API below the base URL (B1).
pub const WEB_API_ROUTE: &str = "/api/data/v9.2";

const SIDE: Side = Side::Dataverse;

/// Who is connected (B16).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WhoAmI {
    /// `businessunitid` of the user.
    pub business_unit_id: Uuid,
    /// `systemuserid`.
    pub user_id: Uuid,
    /// The environment's organization.
    pub organization_id: Uuid,
}

/// Asks who is connected (B16).
pub fn who_am_i_request() -> Request {
    get("WhoAmI")
}

/// Reads the answer to [`who_am_i_request`].
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_who_am_i(response: &Response) -> Result<WhoAmI, ReadError> {
    read_json(SIDE, MetadataPart::WhoAmI, response)
}

/// Asks for the version of the environment (B17).
pub fn version_request() -> Request {
    get("RetrieveVersion()")
}

/// Reads the answer to [`version_request`]: `9.2.25093.00168`.
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_version(response: &Response) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct Version {
        #[serde(rename = "Version")]
        version: String,
    }
    let answer: Version = read_json(SIDE, MetadataPart::Version, response)?;
    Ok(answer.version)
}

/// Asks for the row of a Business Central company, found by the company's SystemId.
pub fn company_request(company: Uuid) -> Request {
    // The column is a text, so the id stands in quotes.
    let id = Literal::Text(company.hyphenated().to_string());
    let filter = encode(&Expression::compare("bcbi_externalid", Operator::Equal, id).to_string());
    get(&format!("bcbi_companies?$select=bcbi_companyid,bcbi_name&$filter={filter}"))
}

/// Reads the answer to [`company_request`]; none when Dataverse has no such row, or no table for such rows.
///
/// # Errors
/// When the service refused for another reason, or the answer is another.
pub fn read_company(response: &Response) -> Result<Option<Company>, ReadError> {
    #[derive(Deserialize)]
    struct Row {
        bcbi_companyid: Uuid,
        bcbi_name: Option<String>,
    }
    if response.status == 404 {
        return Ok(None);
    }
    let list: List<Row> = read_json(SIDE, MetadataPart::CompanyRows, response)?;
    let row = list.value.into_iter().next();
    Ok(row.map(|row| Company { id: row.bcbi_companyid, name: row.bcbi_name.unwrap_or_default() }))
}

/// Asks for the number of rows of whole tables, up to a day old but without the limit of 5,000 (B18).
pub fn total_record_count_request(tables: &[&str]) -> Request {
    let names: Vec<String> = tables.iter().map(|name| format!("'{name}'")).collect();
    get(&format!("RetrieveTotalRecordCount(EntityNames={})", encode(&format!("[{}]", names.join(",")))))
}

/// Reads the answer to [`total_record_count_request`]: table and number of rows.
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_total_record_count(response: &Response) -> Result<Vec<(String, u64)>, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        entity_record_count_collection: Collection,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Collection {
        keys: Vec<String>,
        values: Vec<u64>,
    }
    let answer: Answer = read_json(SIDE, MetadataPart::TotalRecordCount, response)?;
    let Collection { keys, values } = answer.entity_record_count_collection;
    Ok(keys.into_iter().zip(values).collect())
}

/// A table as the list of all tables names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// Logical name.
    pub logical_name: String,
    /// Captions.
    pub labels: Labels,
}

/// Asks for the names of all tables (B31: everything comes in one answer).
pub fn table_names_request() -> Request {
    get("EntityDefinitions?$select=LogicalName,DisplayName")
}

/// Reads the answer to [`table_names_request`].
///
/// # Errors
/// When the service refused, or the answer is another.
pub fn read_table_names(response: &Response) -> Result<Vec<TableName>, ReadError> {
    let list: List<NamedDefinition> = read_json(SIDE, MetadataPart::EntityDefinition, response)?;
    let named = list.value.into_iter().map(|table| TableName {
        labels: table.display_name.labels(&table.logical_name),
        logical_name: table.logical_name,
    });
    Ok(named.collect())
}

fn get(path: &str) -> Request {
    service_get(SIDE, format!("{WEB_API_ROUTE}/{path}"))
}
