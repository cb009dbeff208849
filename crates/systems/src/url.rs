//! Addresses: query values percent-encoded, next links made relative to the connection again.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ReadError;

/// What is encoded in a query value: everything but letters, digits and what no service mistakes (B23).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What must not stand in an address as it is.
const RAW: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'^')
    .add(b'\\');

/// A value as it stands behind `$filter=`.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// An address with what must not stand in it encoded; what is encoded already stays.
pub(crate) fn encode_raw(address: &str) -> String {
    utf8_percent_encode(address, RAW).to_string()
}

/// Joins the parts of a query; empty ones are left out.
pub(crate) fn with_query(path: &str, parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

/// What follows the connection's base URL in an absolute link (A25, B25), untouched.
///
/// # Errors
/// When the link leads to another host, or out of the base path: the token must not go there.
pub(crate) fn below_base(base_url: &str, link: &str) -> Result<String, ReadError> {
    let foreign = || ReadError::ForeignLink { link: crate::error::shorten(link, 300) };
    let base = base_url.trim_end_matches('/');
    let origin_end =
        base.find("://").and_then(|at| base.get(at + 3..)?.find('/').map(|slash| at + 3 + slash));
    let (origin, base_path) = base.split_at(origin_end.unwrap_or(base.len()));
    let found_origin = link.get(..origin.len()).ok_or_else(foreign)?;
    if origin.is_empty() || !found_origin.eq_ignore_ascii_case(origin) {
        return Err(foreign());
    }
    let rest = link.get(origin.len()..).and_then(|path| path.strip_prefix(base_path)).ok_or_else(foreign)?;
    let path = rest.split('?').next().unwrap_or_default();
    let leaves = path
        .split('/')
        .any(|part| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."));
    if !rest.starts_with('/') || leaves || rest.contains(['\\', '\r', '\n']) {
        Err(foreign())
    } else {
        Ok(rest.to_owned())
    }
}

/// What follows the base URL in a link that may be relative to `path`, which follows it too.
///
/// # Errors
/// When the link leads away from the base URL.
pub(crate) fn next_below_base(base_url: &str, path: &str, link: &str) -> Result<String, ReadError> {
    let scheme = link.find("://").filter(|at| link.find(['?', '#']).is_none_or(|query| *at < query));
    if scheme.is_some() {
        return below_base(base_url, link);
    }
    let (origin, base_path) = split_origin(base_url.trim_end_matches('/'));
    let resolved = resolve(origin, &format!("{base_path}{path}"), link)?;
    below_base(base_url, &format!("{origin}{resolved}"))
}

/// A link of an answer as path and query below `origin` (`http://127.0.0.1:4004`): absolute, from the root, or relative
/// to where the answer, or its context, lies. Loopback addresses under two names are one.
///
/// # Errors
/// When the link leads to another origin.
pub(crate) fn resolve(origin: &str, from: &str, link: &str) -> Result<String, ReadError> {
    let foreign = || ReadError::ForeignLink { link: crate::error::shorten(link, 300) };
    // Some services write their links without the encoding that a request needs.
    let encoded = encode_raw(link);
    let link = encoded.as_str();
    let path_end = |text: &str| text.find(['?', '#']).unwrap_or(text.len());
    let (from_path, _) = from.split_at(path_end(from));
    let absolute = match link.find("://") {
        Some(at) if at < path_end(link) => Some(link.to_owned()),
        // A link without a scheme takes that of the origin.
        _ if link.starts_with("//") => origin.split_once(':').map(|(scheme, _)| format!("{scheme}:{link}")),
        _ => None,
    };
    if let Some(link) = absolute {
        let (link_origin, path) = split_origin(&link);
        let is_same = is_same_origin(origin, link_origin);
        return if is_same { Ok(normal(path)) } else { Err(foreign()) };
    }
    Ok(match link.as_bytes().first() {
        Some(b'/') => normal(link),
        Some(b'?' | b'#') => format!("{from_path}{link}"),
        _ => {
            let folder = from_path.rsplit_once('/').map_or("", |(folder, _)| folder);
            normal(&format!("{folder}/{link}"))
        }
    })
}

/// `http://host:1234` and what follows it: the path, or nothing.
pub(crate) fn split_origin(address: &str) -> (&str, &str) {
    let host = address.find("://").map_or(0, |at| at + 3);
    let rest = address.get(host..).unwrap_or_default();
    address.split_at(rest.find(['/', '?', '#']).map_or(address.len(), |at| host + at))
}

fn is_same_origin(first: &str, second: &str) -> bool {
    let parts = |origin: &str| {
        let origin = origin.to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://")?;
        let default = if scheme == "https" { "443" } else { "80" };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, default),
        };
        let is_loopback = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        let host = if is_loopback { "localhost" } else { host };
        Some((scheme.to_owned(), host.to_owned(), port.to_owned()))
    };
    parts(first).is_some_and(|first| parts(second) == Some(first))
}

/// A path without `.` and `..`, with its query.
fn normal(path: &str) -> String {
    let (path, query) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}{query}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b23_encodes_what_means_something_else_in_a_query() {
        assert_eq!(encode("name eq 'A&B + C/D'"), "name%20eq%20'A%26B%20%2B%20C%2FD'");
        assert_eq!(encode("é#%"), "%C3%A9%23%25");
    }

    #[test]
    fn a25_b25_links_come_back_below_the_base_url() {
        let base = "https://api.businesscentral.dynamics.com/v2.0/sandbox";
        let link =
            "HTTPS://api.businesscentral.dynamics.com/v2.0/sandbox/api/v2.0/customers?$skiptoken=a%2Fb";
        assert_eq!(below_base(base, link).unwrap(), "/api/v2.0/customers?$skiptoken=a%2Fb");
        assert_eq!(
            below_base("https://o.crm.dynamics.com/", "https://o.crm.dynamics.com/api?x=/../y").unwrap(),
            "/api?x=/../y"
        );
    }

    #[test]
    fn foreign_links_are_refused() {
        let base = "https://demo.crm4.dynamics.com/x";
        for link in [
            "https://demo.crm4.dynamics.com.evil.example/x/api",
            "https://evil.example/x/api",
            "https://demo.crm4.dynamics.com/xy/api",
            "https://demo.crm4.dynamics.com/x/../admin",
            "https://demo.crm4.dynamics.com/x/%2e%2E/admin",
            "https://demo.crm4.dynamics.com@evil.example/x/api",
            "/x/api",
            "",
        ] {
            assert!(below_base(base, link).is_err(), "{link}");
        }
        assert!(below_base("", "https://evil.example/").is_err());
    }

    #[test]
    fn relative_links_stay_below_the_base_url() {
        let base = "https://demo.crm4.dynamics.com/x";
        let next = |link: &str| next_below_base(base, "/api/accounts?$top=1", link);
        assert_eq!(next("accounts?$skiptoken=1").unwrap(), "/api/accounts?$skiptoken=1");
        assert_eq!(next("?$skiptoken=http://a").unwrap(), "/api/accounts?$skiptoken=http://a");
        assert_eq!(next("https://demo.crm4.dynamics.com/x/api/y").unwrap(), "/api/y");
        for link in ["/api/accounts", "../../../admin", "//evil.example/x", "https://evil.example/x"] {
            assert!(next(link).is_err(), "{link}");
        }
    }

    #[test]
    fn links_may_be_absolute_or_relative() {
        let from = "/odata/v4/sales/customers?$top=2";
        let check = |link: &str, expected: &str| {
            assert_eq!(resolve("http://127.0.0.1:4004", from, link).unwrap(), expected, "{link}");
        };
        check("customers?$skiptoken=2", "/odata/v4/sales/customers?$skiptoken=2");
        check("../other/x?y=a/../b", "/odata/v4/other/x?y=a/../b");
        check("/x/y", "/x/y");
        check("?$skiptoken=2", "/odata/v4/sales/customers?$skiptoken=2");
        check("http://localhost:4004/x?$skip=1", "/x?$skip=1");
        check("HTTP://127.0.0.1:4004?x", "/?x");
        check("//127.0.0.1:4004/x", "/x");
        check(
            "customers?$filter=site eq 'http://é'",
            "/odata/v4/sales/customers?$filter=site%20eq%20'http://%C3%A9'",
        );
        for link in [
            "https://127.0.0.1:4004/x",
            "http://127.0.0.1:4005/x",
            "http://evil.example/x",
            "//evil.example/x",
            "http://127.0.0.1:4004\\@evil.example",
        ] {
            assert!(resolve("http://127.0.0.1:4004", from, link).is_err(), "{link}");
        }
        assert!(resolve("http://a.example", "/", "http://a.example:80/b").is_ok());
    }
}
