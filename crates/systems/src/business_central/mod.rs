//! What is asked of Business Central beyond records: its companies and its metadata.

mod fields;
mod metadata;

#[cfg(test)]
mod tests;

use couplet_engine::Side;
use serde::Deserialize;
use uuid::Uuid;

use crate::binding::API_V2_ROUTE;
use crate::error::{MetadataPart, ReadError, ServiceError};
use crate::http::{Request, Response};
use crate::read::service_get;
pub use metadata::{BusinessCentralMetadata, BusinessCentralTables, CompanionState};

/// A company (A1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BcCompany {
    /// SystemId, the id in every address.
    pub id: Uuid,
    /// Key of the company.
    pub name: String,
    /// What people see; may be empty.
    #[serde(default)]
    pub display_name: String,
}

/// A list answer whose elements are read at once: metadata, never records.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    pub(crate) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    pub(crate) next_link: Option<String>,
}

/// Asks for the companies (A1).
pub fn companies_request() -> Request {
    service_get(Side::BusinessCentral, format!("{API_V2_ROUTE}/companies?$select=id,name,displayName"))
}

/// Reads the answer to [`companies_request`].
///
/// # Errors
/// When the service refused, or the answer is no list of companies.
pub fn read_companies(response: &Response) -> Result<Vec<BcCompany>, ReadError> {
    let list: List<BcCompany> = read_json(Side::BusinessCentral, MetadataPart::Companies, response)?;
    Ok(list.value)
}

/// Reads a successful answer that is no page of records.
pub(crate) fn read_json<'r, T: Deserialize<'r>>(
    side: Side,
    part: MetadataPart,
    response: &'r Response,
) -> Result<T, ReadError> {
    ServiceError::check(side, response)?;
    serde_json::from_slice(&response.body).map_err(|error| ReadError::Malformed {
        side,
        part,
        detail: error.to_string(),
    })
}
