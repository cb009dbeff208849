//! Addresses as people paste them from a browser, made into the address of an environment: what was repaired is said.
//! Which hosts may be called is decided by the proxy.

use percent_encoding::percent_decode_str;

/// Hosts of the portals that manage environments: their addresses name none.
const PORTALS: [&str; 5] = [
    "make.powerapps.com",
    "make.powerautomate.com",
    "admin.powerplatform.microsoft.com",
    "home.dynamics.com",
    "admin.microsoft.com",
];
/// Host of the web client of Business Central online.
const WEB_CLIENT: &str = "businesscentral.dynamics.com";
/// Base of the services of Business Central online (A1).
pub const ONLINE_SERVICES: &str = "https://api.businesscentral.dynamics.com/v2.0";
/// First part of the path behind that base.
const SERVICE_VERSION: &str = "v2.0";

/// What was changed in a pasted address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// `https://` was put before it.
    SchemeAdded,
    /// `http` became `https`.
    SchemeSecured,
    /// Capital letters of the host became small ones.
    HostLowered,
    /// The path was taken away.
    PathRemoved,
    /// The query was taken away.
    QueryRemoved,
    /// The id of an app stood in the query, and went with it.
    AppIdRemoved,
    /// What follows `#` was taken away.
    FragmentRemoved,
    /// The web client's address became that of the services.
    WebClientReplaced,
}

/// Why a text is not taken as an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PastedProblem {
    /// Nothing was entered.
    Empty,
    /// Another scheme than https (S7.1).
    NotHttps,
    /// A user name or password stands in it.
    WithCredentials,
    /// The host is none: other characters than letters, digits, `-` and `.`, or a port that is no number.
    Host,
    /// The address of a portal, which names no environment.
    Portal,
    /// The web client's address does not say which environment.
    EnvironmentMissing,
}

/// A Dataverse environment's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedDataverse {
    /// Scheme and host, and the port where there is one: `https://contoso.crm4.dynamics.com` (B1).
    pub address: String,
    /// What was repaired, in the order of the address.
    pub repairs: Vec<Repair>,
}

/// A Business Central environment's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedBusinessCentral {
    /// What request paths are appended to (A2, A5).
    pub address: String,
    /// Tenant id or domain; empty when it is not said.
    pub tenant: String,
    /// The environment's name; empty when it is not said.
    pub environment: String,
    /// What was repaired, in the order of the address.
    pub repairs: Vec<Repair>,
}

/// Reads the address of a Dataverse environment from what was pasted; the regional host stays as it is (B1).
///
/// # Errors
/// The [`PastedProblem`] that says what is missing.
pub fn read_dataverse(text: &str) -> Result<PastedDataverse, PastedProblem> {
    let (parts, mut repairs) = split(text)?;
    if !parts.path.is_empty() {
        repairs.push(Repair::PathRemoved);
    }
    drop_rest(&parts, &mut repairs);
    Ok(PastedDataverse { address: format!("https://{}", parts.host), repairs })
}

/// Reads the address of a Business Central environment from what was pasted: the web client's, the services', or that
/// of a server of one's own, whose instance stays (A2, A5).
///
/// # Errors
/// The [`PastedProblem`] that says what is missing.
pub fn read_business_central(text: &str) -> Result<PastedBusinessCentral, PastedProblem> {
    let (parts, mut repairs) = split(text)?;
    let segments: Vec<&str> = parts.path.split('/').filter(|it| !it.is_empty()).collect();
    if parts.host == WEB_CLIENT {
        repairs.push(Repair::WebClientReplaced);
        drop_rest(&parts, &mut repairs);
        return online(&segments, repairs);
    }
    if ONLINE_SERVICES.strip_prefix("https://").is_some_and(|it| it.starts_with(&format!("{}/", parts.host)))
    {
        let behind = segments.strip_prefix(&[SERVICE_VERSION]).unwrap_or(&segments);
        let place = before_interface(behind);
        if place.len() < behind.len() {
            repairs.push(Repair::PathRemoved);
        }
        drop_rest(&parts, &mut repairs);
        return online(place, repairs);
    }
    let instance = before_interface(&segments);
    if instance.len() < segments.len() {
        repairs.push(Repair::PathRemoved);
    }
    drop_rest(&parts, &mut repairs);
    let path: String = instance.iter().map(|it| format!("/{it}")).collect();
    let address = format!("https://{}{path}", parts.host);
    Ok(PastedBusinessCentral { address, tenant: String::new(), environment: String::new(), repairs })
}

/// The base address of an environment of Business Central online (A2).
pub fn online_address(tenant: &str, environment: &str) -> String {
    let host = ONLINE_SERVICES.strip_suffix(SERVICE_VERSION).unwrap_or(ONLINE_SERVICES);
    format!("{host}{}", online_path(tenant, environment))
}

/// The address of the web client for a company, from that of the environment's services (A2). None for a server of one's
/// own, whose web client is somewhere else.
pub fn web_client_address(services: &str, company: &str) -> Option<String> {
    let (host, path) = services.strip_prefix("https://api.")?.split_once('/')?;
    let environment = path.strip_prefix(SERVICE_VERSION)?.trim_matches('/');
    let is_online = host.starts_with("businesscentral.") && !environment.is_empty();
    is_online.then(|| format!("https://{host}/{environment}?company={}", crate::url::encode(company)))
}

/// The path of an environment below the host of its services, without a slash before it (A2).
pub(crate) fn online_path(tenant: &str, environment: &str) -> String {
    let [tenant, environment] = [tenant, environment].map(crate::url::encode_raw);
    if tenant.is_empty() {
        format!("{SERVICE_VERSION}/{environment}")
    } else {
        format!("{SERVICE_VERSION}/{tenant}/{environment}")
    }
}

fn online(segments: &[&str], repairs: Vec<Repair>) -> Result<PastedBusinessCentral, PastedProblem> {
    let (tenant, environment) = match *segments {
        [one] if is_tenant(one) => return Err(PastedProblem::EnvironmentMissing),
        [environment] => ("", environment),
        [tenant, environment, ..] if is_tenant(tenant) => (tenant, environment),
        [environment, ..] => ("", environment),
        [] => return Err(PastedProblem::EnvironmentMissing),
    };
    let environment = percent_decode_str(environment).decode_utf8_lossy().into_owned();
    Ok(PastedBusinessCentral {
        address: online_address(tenant, &environment),
        tenant: tenant.to_owned(),
        environment,
        repairs,
    })
}

/// A domain or a GUID; environments have names without full stops, of at most 30 characters.
fn is_tenant(segment: &str) -> bool {
    segment.contains('.') || uuid::Uuid::try_parse(segment).is_ok()
}

/// The parts of a path before `api` or `ODataV4`, which the requests bring themselves.
fn before_interface<'a, 'b>(segments: &'a [&'b str]) -> &'a [&'b str] {
    let is_interface =
        |it: &&str| ["api", "odatav4", "odata", "webclient"].contains(&it.to_ascii_lowercase().as_str());
    let end = segments.iter().position(is_interface).unwrap_or(segments.len());
    segments.get(..end).unwrap_or(segments)
}

/// An address in parts.
struct Parts<'a> {
    /// With the port, in small letters.
    host: String,
    /// Without the slashes around it.
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

fn split(text: &str) -> Result<(Parts<'_>, Vec<Repair>), PastedProblem> {
    let text = text.trim_matches(|it: char| it.is_whitespace() || "<>\"'".contains(it));
    if text.is_empty() {
        return Err(PastedProblem::Empty);
    }
    let mut repairs = Vec::new();
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
            repairs.push(Repair::SchemeSecured);
            rest
        }
        // A query may hold an address of its own.
        Some((before, _)) if !before.contains(['/', '?', '#', '.']) => return Err(PastedProblem::NotHttps),
        _ => {
            repairs.push(Repair::SchemeAdded);
            text
        }
    };
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.contains('@') {
        return Err(PastedProblem::WithCredentials);
    }
    let lowered = host.to_ascii_lowercase();
    if lowered != host {
        repairs.push(Repair::HostLowered);
    }
    if !is_host(&lowered) {
        return Err(PastedProblem::Host);
    }
    if PORTALS.contains(&lowered.as_str()) {
        return Err(PastedProblem::Portal);
    }
    Ok((Parts { host: lowered, path: path.trim_matches('/'), query, fragment }, repairs))
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

/// Letters, digits and hyphens in parts between full stops, and a port.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_label =
        |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    name.split('.').all(is_label) && port.is_none_or(|it| it.parse::<u16>().is_ok_and(|it| it > 0))
}

fn drop_rest(parts: &Parts<'_>, repairs: &mut Vec<Repair>) {
    if let Some(query) = parts.query {
        let is_app_id = |it: &str| it.get(..6).is_some_and(|name| name.eq_ignore_ascii_case("appid="));
        let names_app = query.split('&').any(is_app_id);
        repairs.push(if names_app { Repair::AppIdRemoved } else { Repair::QueryRemoved });
    }
    if parts.fragment.is_some() {
        repairs.push(Repair::FragmentRemoved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn dataverse(text: &str, address: &str, repairs: &[Repair]) {
        let read = read_dataverse(text).unwrap();
        assert_eq!((read.address.as_str(), read.repairs.as_slice()), (address, repairs), "{text}");
        let again = read_dataverse(&read.address).unwrap();
        assert_eq!((again.address.as_str(), again.repairs.len()), (address, 0), "a repaired address stays");
    }

    #[track_caller]
    fn business_central(text: &str, expected: [&str; 3], repairs: &[Repair]) {
        let read = read_business_central(text).unwrap();
        let actual = [&read.address, &read.tenant, &read.environment].map(String::as_str);
        assert_eq!((actual, read.repairs.as_slice()), (expected, repairs), "{text}");
        let again = read_business_central(&read.address).unwrap();
        assert_eq!((again.address.as_str(), again.repairs.len()), (expected[0], 0), "{text}");
    }

    #[test]
    fn a_browsers_address_becomes_the_environments() {
        let address = "https://contoso.crm4.dynamics.com";
        dataverse(address, address, &[]);
        dataverse("  https://contoso.crm4.dynamics.com/ ", address, &[]);
        dataverse("contoso.crm4.dynamics.com", address, &[Repair::SchemeAdded]);
        dataverse("http://Contoso.crm4.dynamics.com", address, &[Repair::SchemeSecured, Repair::HostLowered]);
        dataverse(
            "https://contoso.crm4.dynamics.com/main.aspx?appid=1f0a3c52-0000-4c11-8a00-00000000c001&pagetype=dashboard",
            address,
            &[Repair::PathRemoved, Repair::AppIdRemoved],
        );
        dataverse(
            "https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$top=1#x",
            address,
            &[Repair::PathRemoved, Repair::QueryRemoved, Repair::FragmentRemoved],
        );
        dataverse(
            "contoso.crm4.dynamics.com/?back=https://evil.example",
            address,
            &[Repair::SchemeAdded, Repair::QueryRemoved],
        );
    }

    #[test]
    fn the_regional_host_and_a_port_stay() {
        for host in ["contoso.api.crm4.dynamics.com", "contoso.crm.microsoftdynamics.us", "127.0.0.1:8443"] {
            dataverse(&format!("https://{host}/x"), &format!("https://{host}"), &[Repair::PathRemoved]);
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_reason() {
        for (text, problem) in [
            ("  ", PastedProblem::Empty),
            ("ftp://contoso.crm4.dynamics.com", PastedProblem::NotHttps),
            ("file:///etc/passwd", PastedProblem::NotHttps),
            ("https://admin:secret@contoso.crm4.dynamics.com", PastedProblem::WithCredentials),
            ("https://contoso.crm4.dynamics.com@evil.example", PastedProblem::WithCredentials),
            ("https://contoso..dynamics.com", PastedProblem::Host),
            ("https://contoso.crm4.dynamics.com:port", PastedProblem::Host),
            ("https://contoso.crm4.dynamics.com:0", PastedProblem::Host),
            ("https://contoso.crm4.dynamics.com\\evil.example", PastedProblem::Host),
            ("our crm", PastedProblem::Host),
            ("https://make.powerapps.com/environments/1/home", PastedProblem::Portal),
        ] {
            assert_eq!(read_dataverse(text).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn the_web_clients_address_says_tenant_and_environment() {
        let tenant = "1f0a3c52-0000-4c11-8a00-00000000c001";
        let base = "https://api.businesscentral.dynamics.com/v2.0";
        business_central(
            &format!("https://businesscentral.dynamics.com/{tenant}/Production?company=CRONUS&page=9305"),
            [&format!("{base}/{tenant}/Production"), tenant, "Production"],
            &[Repair::WebClientReplaced, Repair::QueryRemoved],
        );
        business_central(
            "businesscentral.dynamics.com/contoso.example/sandbox/",
            [&format!("{base}/contoso.example/sandbox"), "contoso.example", "sandbox"],
            &[Repair::SchemeAdded, Repair::WebClientReplaced],
        );
        business_central(
            "https://businesscentral.dynamics.com/Production",
            [&format!("{base}/Production"), "", "Production"],
            &[Repair::WebClientReplaced],
        );
        business_central(
            &format!("{base}/{tenant}/Production/api/v2.0/companies"),
            [&format!("{base}/{tenant}/Production"), tenant, "Production"],
            &[Repair::PathRemoved],
        );
        for text in [format!("https://businesscentral.dynamics.com/{tenant}"), base.to_owned()] {
            assert_eq!(
                read_business_central(&text).unwrap_err(),
                PastedProblem::EnvironmentMissing,
                "{text}"
            );
        }
    }

    #[test]
    fn a_server_of_ones_own_keeps_its_instance() {
        business_central(
            "https://erp.contoso.example:7048/BC/api/v2.0",
            ["https://erp.contoso.example:7048/BC", "", ""],
            &[Repair::PathRemoved],
        );
        business_central(
            "https://erp.contoso.example:7048/BC",
            ["https://erp.contoso.example:7048/BC", "", ""],
            &[],
        );
    }

    #[test]
    fn the_web_client_is_beside_the_services() {
        let check = |services: &str, expected: Option<&str>| {
            assert_eq!(web_client_address(services, "CRONUS & Co").as_deref(), expected, "{services}");
        };
        check(
            "https://api.businesscentral.dynamics.com/v2.0/contoso.example/Production/",
            Some("https://businesscentral.dynamics.com/contoso.example/Production?company=CRONUS%20%26%20Co"),
        );
        check("https://api.businesscentral.dynamics.com", None);
        check("https://api.businesscentral.dynamics.com/v2.0/", None);
        check("https://erp.contoso.example:7048/BC", None);
    }

    #[test]
    fn a_name_with_spaces_is_encoded_once() {
        let address = "https://api.businesscentral.dynamics.com/v2.0/contoso.example/Our%20test";
        assert_eq!(online_address("contoso.example", "Our test"), address);
        business_central(address, [address, "contoso.example", "Our test"], &[]);
    }
}
