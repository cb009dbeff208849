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
        let answer = http::send(connection, request, None).await;
        answer.map_err(|failure| NoAnswer { detail: failure.detail() })
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
        let mut bytes = [0; 16];
        if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
            // Refused only for more bytes than anybody asks for at once.
            let _ = crypto.get_random_values_with_u8_array(&mut bytes);
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }
}
