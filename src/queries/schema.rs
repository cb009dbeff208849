//! Schemas of tables: from the metadata that the connection brought (Business Central) or asked for now (Dataverse).

use std::sync::Arc;

use couplet_engine::{ColumnTable, Language, TableSchema};
use couplet_systems::dataverse::DataverseTableMetadata;
use couplet_systems::{Binding, TableSource, option_set_rows};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::http::Connection;
use crate::failure::Failure;
use crate::queries::late;
use crate::queries::send::run;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::tables::{TableHandle, TableKey};

/// A table's schema, and where its rows come from.
#[derive(Debug, Clone)]
pub struct TableAccess {
    /// The schema.
    pub schema: Arc<TableSchema>,
    /// How a Business Central table is reached.
    pub binding: Option<Binding>,
    /// Where the rows come from.
    pub rows: Rows,
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Rows {
    /// From the service, page by page.
    Pages {
        /// The connection.
        connection: Box<Connection>,
        /// The address.
        source: TableSource,
    },
    /// They came with the metadata.
    Known(ColumnTable),
}

/// Loads the schema once; a failed one is loaded again only by [`load`].
pub fn ensure(handle: TableHandle) {
    if handle.access.with_untracked(|access| matches!(access, Load::Idle)) {
        load(handle);
    }
}

/// Loads the schema.
pub fn load(handle: TableHandle) {
    handle.access.set(Load::Loading);
    let connections = handle.connections;
    spawn_local(async move {
        handle.access.set(match late::table_access(connections, handle.key.get_value()).await {
            Ok(access) => Load::Ready(Arc::new(access)),
            Err(failure) => Load::Failed(failure),
        });
    });
}

/// The schema of a table and where its rows come from.
///
/// # Errors
/// When there is no such table, or the system cannot be reached or refuses.
pub async fn access(connections: Connections, key: TableKey) -> Result<TableAccess, Failure> {
    match key {
        TableKey::BusinessCentral { name, number } => business_central(connections, &name, number),
        TableKey::Dataverse { name } => dataverse(connections, &name).await,
        TableKey::OptionSet { table, column } => option_set(connections, &table, &column).await,
    }
}

fn business_central(connections: Connections, name: &str, number: u32) -> Result<TableAccess, Failure> {
    connections.business_central.with_untracked(|load| {
        let place = load.ready().ok_or(Failure::NotConnected)?;
        let unknown = || Failure::UnknownTable { table: name.to_owned() };
        let table = place.tables.table(number).ok_or_else(unknown)?;
        let source = table.source(&place.connection.base_url, place.company.id).ok_or_else(unknown)?;
        Ok(TableAccess {
            schema: Arc::new(table.schema.clone()),
            binding: Some(table.binding.clone()),
            rows: Rows::Pages { connection: Box::new(place.connection.clone()), source },
        })
    })
}

async fn dataverse(connections: Connections, name: &str) -> Result<TableAccess, Failure> {
    let connection =
        connections.dataverse.with_untracked(|load| load.ready().map(|place| place.connection.clone()));
    let connection = connection.ok_or(Failure::NotConnected)?;
    let table = run(&connection, DataverseTableMetadata::new(name)).await?;
    let table = table.ok_or_else(|| Failure::UnknownTable { table: name.to_owned() })?;
    let source = table.source(&connection.base_url);
    Ok(TableAccess {
        schema: Arc::new(table.schema),
        binding: None,
        rows: Rows::Pages { connection: Box::new(connection), source },
    })
}

async fn option_set(connections: Connections, table: &str, column: &str) -> Result<TableAccess, Failure> {
    let access = dataverse(connections, table).await?;
    let unknown = || Failure::UnknownTable { table: format!("{table}.{column}") };
    let (schema, rows) = option_set_rows(&access.schema, column, Language::English).ok_or_else(unknown)?;
    Ok(TableAccess { schema: Arc::new(schema), binding: None, rows: Rows::Known(rows) })
}
