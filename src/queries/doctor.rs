//! The connection doctor's questions, sent to both systems, those of one step together.

use couplet_engine::{IntegrationTableMapping, Side};
use couplet_systems::doctor::{Ask, Examination, Finding, Reply, Subject};
use uuid::Uuid;

use crate::browser::clock;
use crate::browser::http::{self, Abort, Connection, connections};
use crate::failure::Failure;
use crate::queries::send::{now, send_patiently};
use crate::state::connections::InUse;

/// What an examination brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// Requests that it took.
    pub n_requests: usize,
    /// When it ended, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The connections that are examined.
struct Both {
    business_central: Option<Connection>,
    dataverse: Option<Connection>,
}

/// Examines the connections that this browser works with; none when it works with neither.
///
/// # Errors
/// When the proxy itself cannot be asked; everything else is a finding.
pub async fn examine(
    mappings: Vec<IntegrationTableMapping>,
    company: Option<Uuid>,
    abort: &Abort,
) -> Result<Option<Examined>, Failure> {
    http::session().await?;
    let all = connections().await?;
    let used = |side| InUse::of(side).find(side, &all).cloned();
    let both = Both { business_central: used(Side::BusinessCentral), dataverse: used(Side::Dataverse) };
    if both.business_central.is_none() && both.dataverse.is_none() {
        return Ok(None);
    }
    let of_business_central = both.business_central.as_ref();
    let mut examination = Examination::new(Subject {
        business_central_url: of_business_central.map(|it| it.base_url.clone()).unwrap_or_default(),
        company,
        business_central_account: of_business_central.map(account).unwrap_or_default(),
        mappings,
    });
    let mut asks = examination.start();
    while !asks.is_empty() {
        let replies = futures::future::join_all(asks.iter().map(|ask| reply(&both, ask, abort))).await;
        asks = examination.accept(&replies);
    }
    let (findings, n_requests) = (examination.findings(), examination.n_requests());
    Ok(Some(Examined { findings, n_requests, at_ms: clock::now_ms() }))
}

/// Who signs in: the person, or the registered application.
fn account(connection: &Connection) -> String {
    let sign_in = &connection.sign_in;
    let names = [sign_in.account.as_ref(), Some(&sign_in.user_name), Some(&sign_in.client_id)];
    names.into_iter().flatten().find(|name| !name.is_empty()).cloned().unwrap_or_default()
}

async fn reply(both: &Both, ask: &Ask, abort: &Abort) -> Reply {
    let connection = match ask.side {
        Side::BusinessCentral => &both.business_central,
        Side::Dataverse => &both.dataverse,
    };
    let Some(connection) = connection else { return Reply::Lost { code: Failure::NotConnected.detail() } };
    let sent = now();
    match send_patiently(connection, &ask.request, Some(abort), |_| {}).await {
        Ok(response) => Reply::Answer { response, sent, received: now() },
        Err(failure) => Reply::Lost { code: failure.detail() },
    }
}
