//! Dataverse's addresses and verbs; answers 501 for what is not covered (S1).
use std::sync::RwLock;

use crate::sandbox::Call;
use crate::wire::{Request, Response};
use crate::world::World;

pub(crate) fn fault(status: u16) -> Response {
    Response::with_body(status, "application/json", b"{\"error\":{\"code\":\"\",\"message\":\"fault\"}}".to_vec())
}

pub(crate) fn handle(_world: &RwLock<World>, _call: &Call<'_>, _request: &Request<'_>) -> Response {
    fault(501)
}
