//! Addresses: query values percent-encoded, next links made relative to the connection again.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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

/// A value as it stands behind `$filter=`.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
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
}
