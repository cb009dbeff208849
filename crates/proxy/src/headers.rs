//! Which headers pass, in each direction: those the wire contracts name (api-contracts A16 to A22, B3, B6 to
//! B15), the id that finds a request in both logs, and nothing else. Cookies, credentials and hop-by-hop headers never do.

use axum::http::{HeaderMap, HeaderName};

/// Headers a request to a system may carry.
const TO_SERVICE: [&str; 15] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "callerobjectid",
    "consistency",
    "content-length",
    "content-type",
    "data-access-intent",
    "if-match",
    "if-none-match",
    "isolation",
    "odata-maxversion",
    "odata-version",
    "prefer",
    "x-ms-client-request-id",
];
/// Prefixes of further ones: `MSCRM.SuppressDuplicateDetection`, `MSCRMCallerID` and so on.
const TO_SERVICE_PREFIXES: [&str; 1] = ["mscrm"];

/// Headers an answer of a system may carry.
const TO_APP: [&str; 13] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "etag",
    "location",
    "odata-entityid",
    "odata-version",
    "preference-applied",
    "retry-after",
    "x-ms-dop-hint",
    "x-ms-service-request-id",
];
/// Prefixes of further ones: the remaining allowance, and what the sandbox says about itself.
const TO_APP_PREFIXES: [&str; 2] = ["x-ms-ratelimit-", "x-sandbox"];

/// The headers of a request that go on to the service.
pub(crate) fn to_service(headers: &HeaderMap) -> HeaderMap {
    select(headers, &TO_SERVICE, &TO_SERVICE_PREFIXES)
}

/// The headers of a service's answer that go back to the app.
pub(crate) fn to_app(headers: &HeaderMap) -> HeaderMap {
    select(headers, &TO_APP, &TO_APP_PREFIXES)
}

fn select(headers: &HeaderMap, names: &[&str], prefixes: &[&str]) -> HeaderMap {
    let passes = |name: &HeaderName| {
        names.contains(&name.as_str()) || prefixes.iter().any(|prefix| name.as_str().starts_with(prefix))
    };
    let mut selected = HeaderMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        selected.append(name.clone(), value.clone());
    }
    selected
}
