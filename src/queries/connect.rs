//! Opening the connections: who and what is on the other side.

use std::sync::Arc;

use couplet_engine::Side;
use couplet_systems::ReadError;
use couplet_systems::business_central::{BusinessCentralMetadata, companies_request, read_companies};
use couplet_systems::dataverse::{
    company_request, read_company, read_version, read_who_am_i, version_request, who_am_i_request,
};
use uuid::Uuid;

use crate::browser::http::{self, Connection, connections};
use crate::failure::Failure;
use crate::queries::send::{run, send_patiently};
use crate::state::connections::{BusinessCentral, Dataverse, InUse};

/// The proxy's connection to one of the systems that this browser works with.
async fn connection_to(side: Side) -> Result<Connection, Failure> {
    let all = connections().await?;
    InUse::of(side).find(side, &all).cloned().ok_or(Failure::NotConnected)
}

/// Opens Business Central: the company, and every table with the way to it.
///
/// # Errors
/// When it cannot be reached, refuses, or has no company.
pub async fn open_business_central() -> Result<BusinessCentral, Failure> {
    http::session().await?;
    let connection = connection_to(Side::BusinessCentral).await?;
    let response = send_patiently(&connection, &companies_request(), None, |_| {}).await?;
    let companies = read_companies(&response).map_err(Failure::Read)?;
    let company = match InUse::company(&connection.id) {
        // Another company has other records: nothing takes its place.
        Some(chosen) => companies.into_iter().find(|it| it.id == chosen).ok_or(Failure::CompanyGone)?,
        None => companies.into_iter().next().ok_or(Failure::NoCompany)?,
    };
    let tables = run(&connection, BusinessCentralMetadata::new(&connection.base_url, company.id, [])).await?;
    Ok(BusinessCentral { connection, company, tables: Arc::new(tables) })
}

/// Opens Dataverse: who is connected, and the row of the Business Central company when that is known.
///
/// # Errors
/// When it cannot be reached or refuses.
pub async fn open_dataverse(company: Option<Uuid>) -> Result<Dataverse, Failure> {
    let connection = connection_to(Side::Dataverse).await?;
    let send = async |request| send_patiently(&connection, &request, None, |_| {}).await;
    let read = |error: ReadError| Failure::Read(error);
    let who = read_who_am_i(&send(who_am_i_request()).await?).map_err(read)?;
    let version = read_version(&send(version_request()).await?).map_err(read)?;
    let company = match company {
        Some(company) => read_company(&send(company_request(company)).await?).map_err(read)?,
        None => None,
    };
    Ok(Dataverse { connection, who, version, company })
}
