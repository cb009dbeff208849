//! Whether couplings, watermarks and the journal belong to the connected systems.

use couplet_synchronization::Pair;
use leptos::prelude::*;

use crate::state::connections::Connections;
use crate::state::synchronization::Synchronization;

/// The pair of systems that everything kept belongs to, where it is not the connected one.
pub fn other_pair(store: Synchronization, connections: Connections) -> Option<Pair> {
    let connected = connections.pair()?;
    store.pair().with(|load| load.ready()?.clone()).filter(|kept| !kept.is_same(&connected))
}
