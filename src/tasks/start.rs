//! What happens when the page opens: the configuration is loaded and both systems are connected.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::failure::Failure;
use crate::queries::late;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;

/// Loads the configuration and connects.
pub fn start() {
    let store = ConfigurationStore::expect();
    spawn_local(async move { store.load().await });
    connect(Connections::expect());
}

/// Connects both systems; Dataverse second, because its company row is found by the company.
pub fn connect(connections: Connections) {
    connections.business_central.set(Load::Loading);
    connections.dataverse.set(Load::Loading);
    spawn_local(async move {
        let opened = late::open_business_central().await;
        let company = opened.as_ref().ok().map(|place| place.company.id);
        connections.business_central.set(into_load(opened));
        connections.dataverse.set(into_load(late::open_dataverse(company).await));
    });
}

fn into_load<T>(result: Result<T, Failure>) -> Load<T> {
    match result {
        Ok(value) => Load::Ready(value),
        Err(failure) => Load::Failed(failure),
    }
}
