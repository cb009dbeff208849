//! What both systems share of OData V4: filters, query options and JSON. Dialects are told apart by [`Dialect`].

pub(crate) mod filter;
pub(crate) mod json;
pub(crate) mod order;
pub(crate) mod pattern;
pub(crate) mod query;
pub(crate) mod syntax;

/// Whose rules a filter follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Filters become AL filters (A31 to A37).
    BusinessCentral {
        /// `$schemaversion=2.1` was given (A32).
        schema_2_1: bool,
    },
    /// Filters become SQL (B23).
    Dataverse {
        /// What "today" means (B24).
        now_ms: i64,
        /// The row of the user who asks (B24).
        caller: u32,
    },
}
