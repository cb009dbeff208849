//! The ports of a synchronization run: requests through the proxy, each waited for on a thread of its own, and the clock of
//! this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use couplet_engine::Side;
use couplet_synchronization::{NoAnswer, Ports};
use couplet_systems::{Request, Response};
use jiff::Timestamp;
use uuid::Uuid;

use crate::proxy::Proxy;
use crate::systems::now;

/// Ids that were given so far, by all runs of this program.
static N_IDS: AtomicU64 = AtomicU64::new(1);

/// The way to the sandbox.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) proxy: Arc<Proxy>,
}

impl Ports for Network {
    async fn send(&self, side: Side, request: &Request) -> Result<Response, NoAnswer> {
        let (proxy, request) = (Arc::clone(&self.proxy), request.clone());
        let answer = tokio::task::spawn_blocking(move || proxy.send(side, &request)).await;
        match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(NoAnswer::Lost { detail: error.to_string() }),
            Err(error) => Err(NoAnswer::Lost { detail: error.to_string() }),
        }
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn breathe(&self) {
        tokio::task::yield_now().await;
    }

    fn now(&self) -> Timestamp {
        now().unwrap_or(Timestamp::MAX)
    }

    fn new_id(&self) -> Uuid {
        // Requests count up from the id of their run.
        let id = u128::from(N_IDS.fetch_add(1, Ordering::Relaxed)) << 32;
        uuid::Builder::from_custom_bytes(id.to_be_bytes()).into_uuid()
    }
}
