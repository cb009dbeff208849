//! The content security policy: only what the app itself brings may run. The build tool writes a small inline
//! loader into the page; its hash, taken from the very page that is served, lets exactly that one run.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// The policy for a page; an empty text stands for no page.
pub(crate) fn content_policy(page: &str) -> String {
    let scripts = hashes(page, "script");
    let styles = hashes(page, "style");
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; \
         connect-src 'self'; img-src 'self' data:; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// ` 'sha256-…'` for every inline element of that name.
fn hashes(page: &str, element: &str) -> String {
    let close = format!("</{element}>");
    let mut policy = String::new();
    let mut rest = page;
    while let Some((attributes, after)) = next_start_tag(rest, element) {
        let Some((content, after_element)) = after.split_once(&close) else { break };
        let is_external = attributes.split_ascii_whitespace().any(|it| it.starts_with("src="));
        if !is_external && !content.is_empty() {
            let hash = BASE64_STANDARD.encode(Sha256::digest(content.as_bytes()));
            policy.push_str(" 'sha256-");
            policy.push_str(&hash);
            policy.push('\'');
        }
        rest = after_element;
    }
    policy
}

/// The attributes of the next start tag of that name, and what follows it.
fn next_start_tag<'a>(page: &'a str, element: &str) -> Option<(&'a str, &'a str)> {
    let open = format!("<{element}");
    let mut rest = page;
    loop {
        let (_, after) = rest.split_once(&open)?;
        if after.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()) {
            return after.split_once('>');
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inline_elements_are_hashed() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">go()</script><style>a{}</style>\
                    <scripture>no</scripture>";
        let policy = content_policy(page);
        let hash = BASE64_STANDARD.encode(Sha256::digest("go()"));
        assert!(
            policy.contains(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';")),
            "{policy}"
        );
        let hash = BASE64_STANDARD.encode(Sha256::digest("a{}"));
        assert!(policy.contains(&format!("style-src 'self' 'sha256-{hash}';")), "{policy}");
        assert_eq!(policy.matches("sha256-").count(), 2);
    }

    #[test]
    fn without_a_page_nothing_inline_runs() {
        let policy = content_policy("");
        assert!(!policy.contains("sha256-"));
        assert!(!policy.contains("unsafe-inline"));
    }
}
