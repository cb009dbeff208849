//! What a job needs from the world around it, but for storage.

use std::future::Future;
use std::time::Duration;

use couplet_engine::Side;
use couplet_systems::{Request, Response};
use jiff::Timestamp;
use uuid::Uuid;

/// Why a request has no answer of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nothing came back: what became of the request is not known.
    Lost {
        /// The words of whatever sent it, for a person who looks for the cause.
        detail: String,
    },
    /// It was not passed on, and none will be until a person does something, such as signing in again.
    NotPassedOn {
        /// Stable code of the reason, such as `proxy.sign-in-expired`.
        code: String,
    },
}

/// Network, clock and randomness.
pub trait Ports {
    /// Sends a request to the system of this side, once. A status of the system, whichever, is an answer.
    fn send(&self, side: Side, request: &Request) -> impl Future<Output = Result<Response, NoAnswer>>;

    /// Comes back after this time, or a little later.
    fn wait(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Comes back when others had their turn: called between pieces of work that take some milliseconds.
    fn breathe(&self) -> impl Future<Output = ()>;

    /// The moment it is now.
    fn now(&self) -> Timestamp;

    /// An id that nobody else has.
    fn new_id(&self) -> Uuid;
}
