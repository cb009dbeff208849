//! What rows were before they changed: the memory behind transactions and snapshots.

use rustc_hash::FxHashMap;

use super::Guid;

/// Everything about one row at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowState {
    pub(crate) id: Guid,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) version: u32,
    pub(crate) deleted: bool,
    pub(crate) cells: Vec<u32>,
}

/// What changed since a level was opened.
#[derive(Debug)]
pub(crate) struct Changes {
    /// End of the table when it was opened: later rows are new.
    pub(crate) end: u32,
    /// Rows that were there then and changed since, as they were.
    pub(crate) originals: FxHashMap<u32, RowState>,
}
