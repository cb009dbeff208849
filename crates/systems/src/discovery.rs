//! The environments that a signed-in person can work with: those of a Business Central tenant (A8), and those of
//! Dataverse, from the discovery service of its cloud (C13 to C15). Both are for signed-in people, not for
//! applications.

use couplet_engine::Side;
use serde::Deserialize;

use crate::business_central::{List, read_json};
use crate::error::{MetadataPart, ReadError};
use crate::http::{Request, Response};
use crate::pasted::online_path;
use crate::read::service_get;

/// Where the environments of Business Central online are listed (A8).
pub const BUSINESS_CENTRAL_LIST: &str = "https://api.businesscentral.dynamics.com";

/// A discovery service of Dataverse (C13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryService {
    /// The worldwide cloud.
    Commercial,
    /// GCC.
    Gcc,
    /// GCC High.
    GccHigh,
    /// DoD.
    Dod,
    /// The cloud of China.
    China,
}

impl DiscoveryService {
    /// All of them.
    pub const ALL: [DiscoveryService; 5] = [
        DiscoveryService::Commercial,
        DiscoveryService::Gcc,
        DiscoveryService::GccHigh,
        DiscoveryService::Dod,
        DiscoveryService::China,
    ];

    /// Its address (C13).
    pub fn address(self) -> &'static str {
        match self {
            DiscoveryService::Commercial => "https://globaldisco.crm.dynamics.com",
            DiscoveryService::Gcc => "https://globaldisco.crm9.dynamics.com",
            DiscoveryService::GccHigh => "https://globaldisco.crm.microsoftdynamics.us",
            DiscoveryService::Dod => "https://globaldisco.crm.appsplatform.us",
            DiscoveryService::China => "https://globaldisco.crm.dynamics.cn",
        }
    }
}

/// An environment that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEnvironment {
    /// What people call it.
    pub name: String,
    /// What request paths are appended to (A2, B1).
    pub address: String,
    /// Business Central: `production` or `sandbox`; empty for Dataverse.
    pub kind: String,
    /// Country of a Business Central environment, region of a Dataverse one.
    pub region: String,
    /// Version of a Dataverse environment; Business Central does not say it here.
    pub version: String,
    /// Whether it can be worked with; a disabled one of Dataverse cannot (C14: State).
    pub is_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BcRow {
    aad_tenant_id: String,
    #[serde(rename = "type", default)]
    kind: String,
    name: String,
    #[serde(default)]
    country_code: String,
    #[serde(default)]
    web_service_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    friendly_name: Option<String>,
    unique_name: Option<String>,
    url: Option<String>,
    state: Option<u8>,
    region: Option<String>,
    version: Option<String>,
}

/// Asks for the environments.
pub fn environments_request(side: Side) -> Request {
    let path = match side {
        Side::BusinessCentral => "/environments/v1.2",
        Side::Dataverse => "/api/discovery/v2.0/Instances",
    };
    service_get(side, path.to_owned())
}

/// Reads the answer to [`environments_request`], by name. Rows of Dataverse without an address are passed over (C15).
///
/// # Errors
/// When the service refused, or the answer is no list of environments.
pub fn read_environments(side: Side, response: &Response) -> Result<Vec<FoundEnvironment>, ReadError> {
    let part = MetadataPart::Environments;
    let mut found: Vec<FoundEnvironment> = match side {
        Side::BusinessCentral => {
            let list: List<BcRow> = read_json(side, part, response)?;
            list.value.into_iter().map(BcRow::found).collect()
        }
        Side::Dataverse => {
            let list: List<Instance> = read_json(side, part, response)?;
            list.value.into_iter().filter_map(Instance::found).collect()
        }
    };
    found.sort_by_cached_key(|it| it.name.to_lowercase());
    Ok(found)
}

impl BcRow {
    fn found(self) -> FoundEnvironment {
        FoundEnvironment {
            address: self.address(),
            name: self.name,
            kind: self.kind.to_lowercase(),
            region: self.country_code,
            version: String::new(),
            is_enabled: true,
        }
    }

    /// A8 does not say whether the address of the web services leads to the environment or to the host only: the first
    /// is taken as it is, the second is completed (A2).
    fn address(&self) -> String {
        let services = self.web_service_url.trim_end_matches('/');
        let services = if services.is_empty() { BUSINESS_CENTRAL_LIST } else { services };
        let path = services.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        if path.is_some_and(|(_, path)| path.rsplit('/').next() == Some(self.name.as_str())) {
            return services.to_owned();
        }
        let host_length = path.map_or(0, |(_, path)| path.len() + 1);
        let host = services.get(..services.len() - host_length).unwrap_or(services);
        format!("{host}/{}", online_path(&self.aad_tenant_id, &self.name))
    }
}

impl Instance {
    fn found(self) -> Option<FoundEnvironment> {
        let address = self.url.filter(|it| !it.is_empty())?;
        let named = [self.friendly_name, self.unique_name].into_iter().flatten().find(|it| !it.is_empty());
        Some(FoundEnvironment {
            name: named.unwrap_or_else(|| address.clone()),
            address: address.trim_end_matches('/').to_owned(),
            kind: String::new(),
            region: self.region.unwrap_or_default(),
            version: self.version.unwrap_or_default(),
            is_enabled: self.state.unwrap_or(0) == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(side: Side, rows: &str, expected: &[&str]) {
        let body = format!(r#"{{"value":[{rows}]}}"#).into_bytes();
        let found = read_environments(side, &Response { status: 200, body, ..Response::default() }).unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|it| {
                let state = if it.is_enabled { "" } else { " disabled" };
                format!("{} {} {}{}{state}", it.name, it.address, it.kind, it.region)
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn environments_of_a_tenant_lead_to_themselves() {
        let row = |name: &str, url: &str| {
            format!(
                r#"{{"aadTenantId":"7e4a4700-0000-4000-8000-00000000c0de","applicationFamily":"BusinessCentral",
                "type":"Production","name":"{name}","countryCode":"FR","webServiceUrl":"{url}","ringName":"PROD"}}"#
            )
        };
        let base = "https://api.businesscentral.dynamics.com/v2.0/7e4a4700-0000-4000-8000-00000000c0de";
        for url in
            ["https://api.businesscentral.dynamics.com", "https://api.businesscentral.dynamics.com/", ""]
        {
            let expected = format!("My Production {base}/My%20Production productionFR");
            check(Side::BusinessCentral, &row("My Production", url), &[&expected]);
        }
        let whole = format!("{base}/live");
        let rows = format!("{},{}", row("live", &whole), row("Archive", "https://api.contoso.example/v2.0"));
        check(
            Side::BusinessCentral,
            &rows,
            &[
                "Archive https://api.contoso.example/v2.0/7e4a4700-0000-4000-8000-00000000c0de/Archive productionFR",
                &format!("live {whole} productionFR"),
            ],
        );
    }

    #[test]
    fn instances_without_address_are_passed_over_and_disabled_ones_say_so() {
        check(
            Side::Dataverse,
            r#"{"FriendlyName":"Sales","UniqueName":"u1","Url":"https://sales.crm4.dynamics.com/","State":0,"Region":"EMEA"},
            {"FriendlyName":"Broken","State":0,"Url":null},
            {"FriendlyName":"","UniqueName":"old","Url":"https://old.crm4.dynamics.com","State":1}"#,
            &["old https://old.crm4.dynamics.com  disabled", "Sales https://sales.crm4.dynamics.com EMEA"],
        );
        check(Side::Dataverse, "", &[]);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        let refused = Response { status: 401, ..Response::default() };
        assert!(matches!(read_environments(Side::Dataverse, &refused), Err(ReadError::Service(_))));
        let other = Response { status: 200, body: b"[]".to_vec(), ..Response::default() };
        let malformed = |part| ReadError::Malformed { side: Side::Dataverse, part, detail: String::new() };
        let error = read_environments(Side::Dataverse, &other).unwrap_err();
        assert_eq!(error.code(), malformed(MetadataPart::Environments).code());
        assert!(matches!(error, ReadError::Malformed { part: MetadataPart::Environments, .. }));
    }
}
