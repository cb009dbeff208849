//! How the identity provider's answers look: failures as in C4, pages for people, forms as they come in.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::wire::{Response, query_pairs};

/// The style sheet of the pages, served beside them: pages without inline styles pass any content policy.
const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }\n\
body { max-width: 28rem; margin: 12vh auto; padding: 0 1.5rem; }\n\
h1 { font-size: 1.4rem; }\n\
fieldset { border: 1px solid; border-radius: 8px; padding: 1rem; margin: 1rem 0; }\n\
label { display: grid; grid-template-columns: auto 1fr; gap: .75rem; align-items: start; padding: .5rem 0; }\n\
label input { margin-block: .35rem 0; }\n\
small { display: block; opacity: .75; }\n\
button { font: inherit; padding: .5rem 1.2rem; margin-right: .5rem; border-radius: 6px; border: 1px solid; }\n\
.note { opacity: .75; }\n";

/// An answer in JSON that is not stored by anybody.
pub(super) fn json(status: u16, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    Response::with_body(status, "application/json; charset=utf-8", body).header("Cache-Control", "no-store")
}

/// A failure with its number, as Entra writes it (C4).
pub(super) fn failure(status: u16, error: &str, number: u32, text: &str) -> Response {
    json(
        status,
        &serde_json::json!({
            "error": error,
            "error_description": description(number, text),
            "error_codes": [number],
            "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "7ace0000-0000-4000-8000-000000000001",
            "correlation_id": "c0aae1a7-0000-4000-8000-000000000001",
        }),
    )
}

/// The description of a failure.
pub(super) fn description(number: u32, text: &str) -> String {
    format!("AADSTS{number}: {text}")
}

/// A page for a person; `body` is markup.
pub(super) fn page(title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\">\
         <link rel=\"stylesheet\" href=\"/sandbox-identity/style.css\"></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    Response::with_body(200, "text/html; charset=utf-8", page.into_bytes())
        .header("Cache-Control", "no-store")
}

/// The style sheet of the pages.
pub(super) fn style() -> Response {
    Response::with_body(200, "text/css; charset=utf-8", STYLE.as_bytes().to_vec())
}

/// Makes a text harmless inside markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The fields of a form, by their names.
pub(super) fn form(body: &[u8]) -> FxHashMap<String, String> {
    query_pairs(&String::from_utf8_lossy(body)).into_iter().collect()
}
