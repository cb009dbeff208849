//! The part of a request's address that is appended to a connection's base address. Whatever a client, the
//! proxy and a service could read differently is refused: dots, encoded slashes, backslashes, control characters.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::connections::System;
use crate::rejection::Rejection;

/// Where the services' interfaces begin (A3, A4, A8, B1, C14); nothing else of their hosts is called.
fn roots(system: System) -> &'static [&'static str] {
    match system {
        System::BusinessCentral => &["/api/", "/ODataV4/", "/environments/"],
        System::Dataverse => &["/api/data/", "/api/discovery/"],
    }
}

/// A path below a connection's base address, checked, as it was sent (still percent-encoded), with its slash.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SystemPath<'a>(&'a str);

impl<'a> SystemPath<'a> {
    /// Checks the raw path that follows the connection's id.
    pub(crate) fn new(raw: &'a str, system: System) -> Result<Self, Rejection> {
        let rest = raw.strip_prefix('/').ok_or(Rejection::PathRefused)?;
        let inner = rest.strip_suffix('/').unwrap_or(rest);
        let is_interface = roots(system).iter().any(|root| raw.starts_with(root));
        if is_interface && inner.split('/').all(is_plain_segment) {
            Ok(Self(raw))
        } else {
            Err(Rejection::PathRefused)
        }
    }

    /// The path as it was sent.
    pub(crate) fn as_str(&self) -> &'a str {
        self.0
    }

    /// The address of the service that this path stands for: below the base address, on the same host, or
    /// refused.
    pub(crate) fn below(&self, base: &Url, query: Option<&str>) -> Result<Url, Rejection> {
        let base_path = base.path().trim_end_matches('/');
        let mut url = base.clone();
        url.set_path(&format!("{base_path}{}", self.0));
        url.set_query(query);
        let stays = url.origin() == base.origin()
            && url.path().strip_prefix(base_path).is_some_and(|rest| rest.starts_with('/'));
        if stays { Ok(url) } else { Err(Rejection::PathRefused) }
    }
}

/// Whether nobody on the way can take the segment for more than one, or for a step up.
fn is_plain_segment(segment: &str) -> bool {
    let Ok(once) = percent_decode_str(segment).decode_utf8() else { return false };
    let Ok(twice) = percent_decode_str(&once).decode_utf8() else { return false };
    !segment.is_empty() && is_plain_text(&once) && is_plain_text(&twice)
}

fn is_plain_text(text: &str) -> bool {
    let dots = text.split(';').next().unwrap_or_default().trim();
    !matches!(dots, "." | "..") && !text.chars().any(|c| matches!(c, '/' | '\\') || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, path: &str, expected: Option<&str>) {
        let base = Url::parse(base).unwrap();
        let system = if base.as_str().contains("crm4") { System::Dataverse } else { System::BusinessCentral };
        let actual = SystemPath::new(path, system).and_then(|path| path.below(&base, Some("$top=1"))).ok();
        assert_eq!(actual.as_ref().map(Url::as_str), expected, "{path}");
    }

    #[test]
    fn ordinary_paths_are_appended() {
        let base = "https://api.businesscentral.dynamics.com/v2.0/t/e";
        check(
            base,
            "/api/v2.0/companies(0a-1)/customers",
            Some(
                "https://api.businesscentral.dynamics.com/v2.0/t/e/api/v2.0/companies(0a-1)/customers?$top=1",
            ),
        );
        check(
            base,
            "/ODataV4/Company('A%20B')/items",
            Some("https://api.businesscentral.dynamics.com/v2.0/t/e/ODataV4/Company('A%20B')/items?$top=1"),
        );
        check(base, "/api/v2.0/", Some("https://api.businesscentral.dynamics.com/v2.0/t/e/api/v2.0/?$top=1"));
        check(
            "https://contoso.crm4.dynamics.com/",
            "/api/data/v9.2/accounts(name='Caf%C3%A9%20A..B')",
            Some("https://contoso.crm4.dynamics.com/api/data/v9.2/accounts(name='Caf%C3%A9%20A..B')?$top=1"),
        );
    }

    #[test]
    fn only_the_interfaces_are_called() {
        let base = "https://api.businesscentral.dynamics.com/v2.0/t/e";
        for path in
            ["/", "/api", "/apix/v2.0", "/API/v2.0", "/%61pi/v2.0", "/admin/v2.0", "/odatav4/x", "/x/api/y"]
        {
            check(base, path, None);
        }
        let base = "https://contoso.crm4.dynamics.com/";
        for path in ["/", "/api/v2.0/companies", "/main.aspx", "/api/dataset/x", "/WebResources/api/data/x"] {
            check(base, path, None);
        }
    }

    #[test]
    fn steps_out_of_the_base_are_refused() {
        let base = "https://api.businesscentral.dynamics.com/v2.0/t/e";
        for path in [
            "",
            "api",
            "/..",
            "/../other",
            "/api/../../../admin",
            "/%2e%2e/other",
            "/.%2E/other",
            "/%252e%252e/other",
            "/api/./x",
            "/..;x/other",
            "/api%2F..%2Fx",
            "/api%5c..%5cx",
            "/api\\..\\x",
            "/api%252Fx",
            "//evil.example/x",
            "/api//x",
            "/api/x%00",
            "/api/x%0d%0aHost:evil",
            "/api/%ff",
        ] {
            check(base, path, None);
        }
    }
}
