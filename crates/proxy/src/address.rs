//! Which hosts may be called: the services' own domains, what the operator names, and never a private address
//! by accident. Only the `url` crate reads addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Domains of the two services, all clouds: a host must be below one of them (A1, B1, C13).
const SERVICE_DOMAINS: [&str; 4] =
    ["dynamics.com", "dynamics.cn", "crm.microsoftdynamics.us", "crm.appsplatform.us"];

/// Why an address may not be a connection's base address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The text is not an absolute address.
    #[error("`{0}` is not an address")]
    Unreadable(String),
    /// Neither `https`, nor `http` on a host of this machine that the operator named.
    #[error("`{0}` does not use https")]
    NotHttps(String),
    /// A user name or password stands in the address.
    #[error("an address must not contain a user name or password")]
    WithCredentials,
    /// A query or a fragment stands in the address.
    #[error("a base address must not contain `?` or `#`")]
    WithQuery,
    /// The host is neither one of the services' nor named by the operator.
    #[error("host `{0}` is not one of the services'; name it with --allow-host to use it")]
    HostNotAllowed(String),
    /// The port is neither the scheme's own nor named by the operator.
    #[error("port {0} is not allowed; name host and port with --allow-host to use it")]
    PortNotAllowed(u16),
}

impl AddressError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "proxy.address-unreadable",
            Self::NotHttps(_) => "proxy.address-not-https",
            Self::WithCredentials => "proxy.address-with-credentials",
            Self::WithQuery => "proxy.address-with-query",
            Self::HostNotAllowed(_) => "proxy.address-host-not-allowed",
            Self::PortNotAllowed(_) => "proxy.address-port-not-allowed",
        }
    }
}

/// A host that the operator named with `--allow-host`, with a port or for the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedHost {
    host: Host,
    port: Option<u16>,
}

/// The hosts that may be called.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts {
    named: Vec<NamedHost>,
}

impl AllowedHosts {
    /// Reads the operator's additions, each `host` or `host:port`.
    ///
    /// # Errors
    /// [`AddressError::Unreadable`] for a text that is not a host with an optional port.
    pub fn new(named: &[String]) -> Result<Self, AddressError> {
        let named = named.iter().map(|text| read_named_host(text)).collect::<Result<_, _>>()?;
        Ok(Self { named })
    }

    /// Reads a base address and checks everything but what its name resolves to, which
    /// [`Self::may_connect_to`] checks when a connection is made.
    ///
    /// # Errors
    /// The [`AddressError`] that says what is not allowed.
    pub fn check_base_url(&self, text: &str) -> Result<Url, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::Unreadable(text.to_owned()))?;
        let host = url.host().ok_or_else(|| AddressError::Unreadable(text.to_owned()))?.to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::WithCredentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::WithQuery);
        }
        let named = self.named.iter().find(|named| named.host == host && named.port == url.port());
        match url.scheme() {
            "https" => {}
            "http" if named.is_some() && is_this_machine(&host) => {}
            _ => return Err(AddressError::NotHttps(text.to_owned())),
        }
        if named.is_some() {
            return Ok(url);
        }
        if !is_service_host(&host) {
            return Err(AddressError::HostNotAllowed(host.to_string()));
        }
        match url.port() {
            Some(port) => Err(AddressError::PortNotAllowed(port)),
            None => Ok(url),
        }
    }

    /// Whether the address that a host's name resolved to may be connected to.
    pub fn may_connect_to(&self, host: &str, address: IpAddr) -> bool {
        is_public(address)
            || self.named.iter().any(|named| match &named.host {
                Host::Domain(domain) => domain.eq_ignore_ascii_case(host),
                Host::Ipv4(ip) => IpAddr::V4(*ip) == address,
                Host::Ipv6(ip) => IpAddr::V6(*ip) == address,
            })
    }
}

fn read_named_host(text: &str) -> Result<NamedHost, AddressError> {
    let unreadable = || AddressError::Unreadable(text.to_owned());
    // A scheme without a default port of its own keeps every port visible.
    let url = Url::parse(&format!("https://{text}/")).map_err(|_| unreadable())?;
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.host() {
        Some(host) if is_bare => Ok(NamedHost { host: host.to_owned(), port: url.port() }),
        _ => Err(unreadable()),
    }
}

/// Whether secrets may be sent to an identity provider's address: over https, or to this machine.
pub(crate) fn may_hold_secrets(url: &Url) -> bool {
    let is_local = url.host().is_some_and(|host| is_this_machine(&host.to_owned()));
    let is_encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    let is_bare = url.query().is_none() && url.fragment().is_none();
    is_encrypted && is_bare && url.username().is_empty() && url.password().is_none()
}

/// Only on this machine does unencrypted traffic stay unseen.
fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Domain(domain) => domain == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn is_service_host(host: &Host) -> bool {
    let Host::Domain(domain) = host else { return false };
    SERVICE_DOMAINS
        .iter()
        .any(|service| domain.strip_suffix(service).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')))
}

/// Whether an address belongs to the public internet: not local, private, shared, documentation, multicast or
/// reserved, and not one of these wrapped into IPv6.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let protocol_assignments = first == 192 && second == 0 && third == 0;
    let benchmarking = first == 198 && (18..20).contains(&second);
    !(first == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first >= 240
        || shared
        || protocol_assignments
        || benchmarking)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match segments {
        // Addresses that carry an IPv4 address: 64:ff9b::/96 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(embedded_v4(high, low))
        }
        // Teredo, ORCHID and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Only 2000::/3 is given out as global unicast.
        [first, ..] => (first & 0xe000) == 0x2000,
    }
}

fn embedded_v4(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(named: &[&str], address: &str, expected: Result<&str, &str>) {
        let named: Vec<String> = named.iter().map(|&host| host.to_owned()).collect();
        let actual = AllowedHosts::new(&named).unwrap().check_base_url(address);
        let actual = actual.map(|url| url.to_string()).map_err(|error| error.to_string());
        assert_eq!(actual.as_deref().map_err(String::as_str), expected, "{address}");
    }

    fn refused(address: &str) -> bool {
        AllowedHosts::default().check_base_url(address).is_err()
    }

    #[test]
    fn service_hosts_pass_over_https_only() {
        check(&[], "https://contoso.crm4.dynamics.com", Ok("https://contoso.crm4.dynamics.com/"));
        check(
            &[],
            "https://api.businesscentral.dynamics.com/v2.0/t/e",
            Ok("https://api.businesscentral.dynamics.com/v2.0/t/e"),
        );
        check(
            &[],
            "http://contoso.crm4.dynamics.com",
            Err("`http://contoso.crm4.dynamics.com` does not use https"),
        );
        check(
            &[],
            "https://contoso.crm4.dynamics.com:8443",
            Err("port 8443 is not allowed; name host and port with --allow-host to use it"),
        );
    }

    #[test]
    fn look_alikes_and_tricks_are_refused() {
        for address in [
            "https://dynamics.com.evil.example",
            "https://evildynamics.com",
            "https://dynamics.com",
            "https://.dynamics.com",
            "https://contoso.crm4.dynamics.com@evil.example",
            "https://user:pw@contoso.crm4.dynamics.com",
            "https://evil.example#.dynamics.com",
            "https://evil.example/?.dynamics.com",
            "https://127.0.0.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://0177.0.0.1",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://localhost",
            "https://contoso.crm4.dynamics.com./x?y",
            "file:///etc/passwd",
            "gopher://contoso.crm4.dynamics.com",
            "contoso.crm4.dynamics.com",
        ] {
            assert!(refused(address), "{address} was allowed");
        }
    }

    #[test]
    fn a_backslash_ends_the_host() {
        let address = "https://contoso.crm4.dynamics.com\\@evil.example";
        check(&[], address, Ok("https://contoso.crm4.dynamics.com/@evil.example"));
    }

    #[test]
    fn operator_names_host_and_port() {
        check(&["127.0.0.1:7048"], "http://127.0.0.1:7048/BC/", Ok("http://127.0.0.1:7048/BC/"));
        check(
            &["bc.contoso.example"],
            "https://bc.contoso.example:7048",
            Err("host `bc.contoso.example` is not one of the services'; name it with --allow-host to use it"),
        );
        check(&["bc.contoso.example"], "https://bc.contoso.example/BC", Ok("https://bc.contoso.example/BC"));
        check(
            &["bc.contoso.example"],
            "http://bc.contoso.example/BC",
            Err("`http://bc.contoso.example/BC` does not use https"),
        );
        assert!(AllowedHosts::new(&["https://x.example".to_owned()]).is_err());
        assert!(AllowedHosts::new(&["x.example/path".to_owned()]).is_err());
    }

    #[test]
    fn private_addresses_need_a_name() {
        let hosts = AllowedHosts::new(&["bc.contoso.example:7048".to_owned()]).unwrap();
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:0a00:0001::1",
            "2001:db8::1",
            "2001::1",
        ] {
            let address: IpAddr = private.parse().unwrap();
            assert!(!hosts.may_connect_to("contoso.crm4.dynamics.com", address), "{private}");
            assert!(hosts.may_connect_to("bc.contoso.example", address), "{private}");
        }
        for public in ["20.50.1.1", "2603:1020::1", "::ffff:20.50.1.1"] {
            assert!(hosts.may_connect_to("contoso.crm4.dynamics.com", public.parse().unwrap()), "{public}");
        }
    }
}
