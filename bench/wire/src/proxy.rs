//! The proxy with its sandbox as a program of its own, a session with it, and requests to it over loopback. What is
//! asked and what the answers mean is other files' business.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use couplet_engine::Side;
use couplet_systems::{Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http;

/// Requests that may be under way at once: what Dataverse allows one user (B56), and some of our own.
const MAX_CONNECTIONS: usize = 64;
/// Longest answer that is read, in bytes: the largest body of Business Central (A57).
const MAX_BODY: u64 = 350 * 1024 * 1024;

/// A running proxy and a session with it; it ends with this value.
pub(crate) struct Proxy {
    child: Child,
    /// Kept open: the program would fail on writing to a closed pipe.
    _stdout: BufReader<ChildStdout>,
    agent: ureq::Agent,
    origin: String,
    cookie: String,
    anti_forgery: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    anti_forgery_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    id: String,
    base_url: String,
}

/// The sandbox's connection of a side.
fn connection(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "sandbox-bc",
        Side::Dataverse => "sandbox-dataverse",
    }
}

impl Proxy {
    /// Starts the program with so many demo customers and opens a session.
    ///
    /// # Errors
    /// When it does not start or opens no session.
    pub(crate) fn start(program: &Path, n_customers: u32) -> anyhow::Result<Self> {
        Self::start_with(program, &["--records", &n_customers.to_string()])
    }

    /// Starts the program with flags and opens a session.
    ///
    /// # Errors
    /// As [`Proxy::start`].
    pub(crate) fn start_with(program: &Path, flags: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(["--port", "0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut stdout = BufReader::new(child.stdout.take().context("the proxy has no output")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let mut proxy = Proxy {
            child,
            _stdout: stdout,
            agent: agent(),
            origin: String::new(),
            cookie: String::new(),
            anti_forgery: String::new(),
        };
        proxy.open_session(line.trim())?;
        Ok(proxy)
    }

    fn open_session(&mut self, line: &str) -> anyhow::Result<()> {
        let address = line.split_whitespace().last().unwrap_or_default();
        let (origin, _) =
            address.split_once("/api/").with_context(|| format!("`{line}` names no address"))?;
        origin.clone_into(&mut self.origin);
        let opened = self.agent.get(address).call()?;
        let cookie = opened.headers().get("set-cookie").context("no session was opened")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
        cookie.clone_into(&mut self.cookie);
        let session: Session = self.json("GET", "/api/session", None)?;
        self.anti_forgery = session.anti_forgery_token;
        Ok(())
    }

    /// The address of a path of the proxy.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The session's cookie.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// The base address of a side as the service writes it.
    ///
    /// # Errors
    /// When the proxy does not name it.
    pub(crate) fn base_url(&self, side: Side) -> anyhow::Result<String> {
        let connections: Vec<Connection> = self.json("GET", "/api/connections", None)?;
        let found = connections.into_iter().find(|it| it.id == connection(side));
        Ok(found.context("the proxy has no sandbox")?.base_url)
    }

    /// Sends a request to a system, once.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub(crate) fn send(&self, side: Side, request: &Request) -> anyhow::Result<Response> {
        let path = format!("/api/systems/{}{}", connection(side), request.path);
        self.call(request.method.as_str(), &path, &request.headers, request.body.as_deref())
    }

    /// Tells the sandbox something on its control route, or asks it.
    ///
    /// # Errors
    /// When it refuses, or the answer is another than was expected.
    pub(crate) fn ask<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<T> {
        self.json("GET", &format!("/api/sandbox/{name}"), None)
    }

    /// Tells the sandbox something on its control route.
    ///
    /// # Errors
    /// When it refuses.
    pub(crate) fn tell(&self, name: &str, what: &serde_json::Value) -> anyhow::Result<()> {
        let headers = [("Content-Type", "application/json".to_owned())];
        let path = format!("/api/sandbox/{name}");
        let response = self.call("POST", &path, &headers, Some(what.to_string().as_bytes()))?;
        expect_success(&path, &response)
    }

    fn json<T: DeserializeOwned>(&self, method: &str, path: &str, body: Option<&[u8]>) -> anyhow::Result<T> {
        let response = self.call(method, path, &[], body)?;
        expect_success(path, &response)?;
        serde_json::from_slice(&response.body).with_context(|| format!("cannot read {path}"))
    }

    fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: Option<&[u8]>,
    ) -> anyhow::Result<Response> {
        let mut builder = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("Cookie", &self.cookie)
            .header("Origin", &self.origin)
            .header("X-Couplet-Anti-Forgery", &self.anti_forgery);
        for (name, value) in headers {
            builder = builder.header(*name, value);
        }
        let answer = match body {
            Some(body) => self.agent.run(builder.body(body)?),
            None => self.agent.run(builder.body(())?),
        };
        let mut answer = answer.with_context(|| format!("no answer to {method} {path}"))?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec()?;
        Ok(Response { status, headers, body })
    }
}

/// A client that keeps its connections and reports every status.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(MAX_CONNECTIONS)
        .max_idle_connections_per_host(MAX_CONNECTIONS);
    config.build().into()
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Nothing can be done about a program that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn expect_success(path: &str, response: &Response) -> anyhow::Result<()> {
    if !response.is_success() {
        bail!("{path} answered {}: {}", response.status, String::from_utf8_lossy(&response.body));
    }
    Ok(())
}
