//! Network, clock and randomness for runs, as `couplet_synchronization` asks for them.

use std::time::Duration;

use couplet_engine::Side;
use couplet_synchronization::{NoAnswer, Ports};
use couplet_systems::{Request, Response};
use jiff::Timestamp;
use uuid::{Builder, Uuid};

use crate::browser::clock;
use crate::browser::http::{self, Connection};

/// The browser's, with the proxy's connections to both systems.
#[derive(Debug, Clone)]
pub struct AppPorts {
    /// To Business Central.
    pub business_central: Connection,
    /// To Dataverse.
    pub dataverse: Connection,
}

impl Ports for AppPorts {
    async fn send(&self, side: Side, request: &Request) -> Result<Response, NoAnswer> {
        let connection = match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        };
        let answer = http::exchange(connection, request, None).await;
        let answer = answer.map_err(|failure| NoAnswer::Lost { detail: failure.detail() })?;
        match http::proxy_refusal(&answer) {
            Some(code) => refused(code, answer),
            None => Ok(answer),
        }
    }

    async fn wait(&self, duration: Duration) {
        clock::wait(duration).await;
    }

    async fn breathe(&self) {
        clock::breathe().await;
    }

    fn now(&self) -> Timestamp {
        clock::now()
    }

    fn new_id(&self) -> Uuid {
        new_id()
    }
}

/// An id that nobody had before.
pub fn new_id() -> Uuid {
    let mut bytes = [0; 16];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Refused only for more bytes than anybody asks for at once.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    Builder::from_random_bytes(bytes).into_uuid()
}

/// What the proxy's own refusal is to a run: an answer where a service says the same, a request whose outcome is not known,
/// or the end of the run, because only a person can do something about it.
fn refused(code: String, answer: Response) -> Result<Response, NoAnswer> {
    match code.as_str() {
        "proxy.too-busy" | "proxy.body-too-large" => Ok(answer),
        "proxy.sign-in-unavailable" => Ok(Response { status: 503, ..answer }),
        "proxy.service-unreachable"
        | "proxy.service-timed-out"
        | "proxy.sandbox-failed"
        | "proxy.body-too-slow" => Err(NoAnswer::Lost { detail: code }),
        _ => Err(NoAnswer::NotPassedOn { code }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_the_proxy_are_told_apart() {
        let of = |status: u16, code: &str| {
            refused(code.to_owned(), Response { status, headers: Vec::new(), body: Vec::new() })
        };
        let status = |refused: Result<Response, NoAnswer>| refused.map(|answer| answer.status);
        assert_eq!(status(of(503, "proxy.too-busy")), Ok(503));
        assert_eq!(status(of(413, "proxy.body-too-large")), Ok(413));
        assert_eq!(status(of(502, "proxy.sign-in-unavailable")), Ok(503));
        let lost = NoAnswer::Lost { detail: "proxy.service-unreachable".to_owned() };
        assert_eq!(status(of(502, "proxy.service-unreachable")), Err(lost));
        for code in ["proxy.sign-in-expired", "proxy.session-missing", "proxy.connection-not-allowed"] {
            assert_eq!(status(of(403, code)), Err(NoAnswer::NotPassedOn { code: code.to_owned() }));
        }
    }
}
