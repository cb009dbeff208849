//! Addresses of records and lists in Dataverse's own pages.

use uuid::Uuid;

/// The page of one row, on a server such as `https://org.crm4.dynamics.com`.
pub fn record_link(server: &str, table: &str, id: Uuid) -> String {
    format!("{}/main.aspx?pagetype=entityrecord&etn={table}&id={id}", server.trim_end_matches('/'))
}

/// The list of a table, inside an app when one is named.
pub fn list_link(server: &str, table: &str, app: Option<&str>) -> String {
    let server = server.trim_end_matches('/');
    let app = app.map(|app| format!("&appname={app}")).unwrap_or_default();
    format!("{server}/main.aspx?pagetype=entitylist&etn={table}&navbar=on&cmdbar=true{app}")
}
