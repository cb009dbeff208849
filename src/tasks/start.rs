//! What happens when the page opens: the configuration is loaded and both systems are connected.

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::http;
use crate::failure::Failure;
use crate::queries::connect::{connection_to, open_business_central, open_dataverse};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::{BusinessCentral, Connections, Dataverse};
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
        let opened = open_first().await;
        let company = opened.as_ref().ok().map(|place| place.company.id);
        connections.business_central.set(into_load(opened));
        let opened: Result<Dataverse, Failure> = match connection_to(Side::Dataverse).await {
            Ok(connection) => open_dataverse(connection, company).await,
            Err(failure) => Err(failure),
        };
        connections.dataverse.set(into_load(opened));
    });
}

async fn open_first() -> Result<BusinessCentral, Failure> {
    http::session().await?;
    open_business_central(connection_to(Side::BusinessCentral).await?).await
}

fn into_load<T>(result: Result<T, Failure>) -> Load<T> {
    match result {
        Ok(value) => Load::Ready(value),
        Err(failure) => Load::Failed(failure),
    }
}
