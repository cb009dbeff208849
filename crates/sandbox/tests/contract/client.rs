//! A small client for the tests: sends, reads JSON, follows links.

use couplet_sandbox::{Companion, Request, Response, Sandbox, SandboxOptions, System};
use serde_json::Value;

pub(crate) const BC_BASE: &str = "http://bc.test/v2.0/demo-tenant/sandbox";
pub(crate) const DV_BASE: &str = "http://dv.test";

pub(crate) fn sandbox(customers: u32) -> Sandbox {
    Sandbox::new(options(customers))
}

pub(crate) fn options(customers: u32) -> SandboxOptions {
    SandboxOptions {
        customers,
        business_central_base_url: BC_BASE.to_owned(),
        dataverse_base_url: DV_BASE.to_owned(),
        companion: Companion::Installed,
        ..SandboxOptions::default()
    }
}

/// One system of a sandbox.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) system: System,
}

/// An answer with its body read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    pub(crate) response: Response,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn rows(&self) -> &[Value] {
        self.json["value"].as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Client<'_> {
    pub(crate) fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { method, path, query, headers: &headers, body: body.as_bytes() };
        let response = self.sandbox.handle(self.system, &request);
        let json = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Answer { status: response.status, json, response }
    }

    pub(crate) fn get(&self, url: &str) -> Answer {
        self.send("GET", url, &[], "")
    }

    /// GET that must succeed.
    #[track_caller]
    pub(crate) fn rows(&self, url: &str) -> Vec<Value> {
        let answer = self.get(url);
        assert_eq!(answer.status, 200, "{url}: {}", answer.message());
        answer.rows().to_vec()
    }

    /// All rows over all pages.
    #[track_caller]
    pub(crate) fn all(&self, url: &str, headers: &[(&str, &str)]) -> Vec<Value> {
        let base = match self.system {
            System::BusinessCentral => BC_BASE,
            System::Dataverse => DV_BASE,
        };
        let (mut rows, mut url) = (Vec::new(), url.to_owned());
        loop {
            let answer = self.send("GET", &url, headers, "");
            assert_eq!(answer.status, 200, "{url}: {}", answer.message());
            rows.extend(answer.rows().iter().cloned());
            match answer.json["@odata.nextLink"].as_str() {
                Some(link) => url = link.strip_prefix(base).expect("a link on the base address").to_owned(),
                None => return rows,
            }
        }
    }
}

/// A query value, encoded as far as the tests need it.
pub(crate) fn encode(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('&', "%26").replace('+', "%2B").replace('#', "%23")
}

/// A whole query string: as [`encode`], with the separators of its options kept.
pub(crate) fn query(text: &str) -> String {
    encode(text).replace("%26", "&")
}
