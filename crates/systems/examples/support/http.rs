//! Sends the requests of the examples over plain HTTP, and waits where a server asks for it.

use std::error::Error;
use std::time::{Duration, SystemTime};

use couplet_systems::retry::{Retry, decide};
use couplet_systems::{Method, Request, Response};
use jiff::Timestamp;
use ureq::http;

/// Longest time a server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(600);
/// Times that a page is asked for whose connection breaks.
const MAX_READS: u32 = 3;
/// Time between two of them.
const SHORT_WAIT: Duration = Duration::from_millis(300);
/// Longest answer that is read, in bytes: the largest body of Business Central (A57).
const MAX_BODY: u64 = 350 * 1024 * 1024;

/// A client without sign-in.
pub(crate) struct Client {
    agent: ureq::Agent,
}

impl Client {
    /// A client.
    pub(crate) fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(TIMEOUT));
        Client { agent: config.build().into() }
    }

    /// Sends a request, again when the server asks to wait; reading is tried again when a connection breaks.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(crate) fn send(&self, origin: &str, request: &Request) -> Result<Response, Box<dyn Error>> {
        let mut attempt = 1;
        loop {
            match self.send_once(origin, request) {
                Err(_) if request.method == Method::Get && attempt < MAX_READS => {
                    std::thread::sleep(SHORT_WAIT);
                }
                Err(error) => return Err(error),
                Ok(response) => match decide(&response, attempt, now()?) {
                    Retry::After(wait) => std::thread::sleep(wait),
                    Retry::GiveUp => return Ok(response),
                },
            }
            attempt += 1;
        }
    }

    fn send_once(&self, origin: &str, request: &Request) -> Result<Response, Box<dyn Error>> {
        let address = format!("{origin}{}", request.path);
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&address);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let answer = match &request.body {
            Some(body) => self.agent.run(builder.body(body.as_slice())?),
            None => self.agent.run(builder.body(())?),
        };
        let mut answer = answer.map_err(|error| format!("cannot reach {address}: {error}"))?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec();
        let body = body.map_err(|error| format!("cannot read the whole of {address}: {error}"))?;
        Ok(Response { status, headers, body })
    }
}

/// The moment.
///
/// # Errors
/// When the system's clock is out of every range.
pub(crate) fn now() -> Result<Timestamp, jiff::Error> {
    Timestamp::try_from(SystemTime::now())
}
