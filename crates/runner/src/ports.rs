//! The runner's network, clock and randomness: plain HTTP on this machine.

use std::time::{Duration, SystemTime};

use couplet_engine::Side;
use couplet_synchronization::{NoAnswer, Ports};
use couplet_systems::{Request, Response};
use jiff::Timestamp;
use uuid::Uuid;

/// Longest time a service may take for one answer: what both allow a request at the most (A57, B56).
const TIMEOUT: Duration = Duration::from_secs(600);

/// Both systems over HTTP.
pub(crate) struct Network {
    client: reqwest::Client,
    business_central: String,
    dataverse: String,
}

impl Network {
    /// The systems at these addresses.
    ///
    /// # Errors
    /// When there can be no client.
    pub(crate) fn new(business_central: &str, dataverse: &str) -> Result<Self, reqwest::Error> {
        // The client wants a provider of encryption even where only http is spoken; a second one is not needed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        Ok(Network {
            client: builder.no_proxy().build()?,
            business_central: business_central.to_owned(),
            dataverse: dataverse.to_owned(),
        })
    }

    async fn answer(&self, side: Side, request: &Request) -> Result<Response, reqwest::Error> {
        let origin = match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        };
        let address = format!("{origin}{}", request.path);
        let mut builder = match request.method {
            couplet_systems::Method::Get => self.client.get(address),
            couplet_systems::Method::Post => self.client.post(address),
            couplet_systems::Method::Patch => self.client.patch(address),
            couplet_systems::Method::Delete => self.client.delete(address),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let answer = builder.send().await?;
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let status = answer.status().as_u16();
        Ok(Response { status, headers, body: answer.bytes().await?.to_vec() })
    }
}

impl Ports for Network {
    async fn send(&self, side: Side, request: &Request) -> Result<Response, NoAnswer> {
        self.answer(side, request).await.map_err(|error| NoAnswer::Lost { detail: error.to_string() })
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn breathe(&self) {
        tokio::task::yield_now().await;
    }

    fn now(&self) -> Timestamp {
        Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
    }

    fn new_id(&self) -> Uuid {
        let mut bytes = [0; 16];
        // A system without randomness cannot run at all: the time is then the best that is left.
        if getrandom::fill(&mut bytes).is_err() {
            bytes = self.now().as_nanosecond().to_be_bytes();
        }
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
