//! Compact storage of millions of rows: 4-byte cells in columns, texts in one pool. Knows no wire format.

mod changes;
mod codes;
mod decimal;
mod guid;
mod table;
mod text;
mod time;

pub(crate) use changes::RowState;
pub(crate) use codes::{CodeIndexes, RowIndex};
pub(crate) use decimal::{ONE, format_decimal, multiply, parse_decimal, to_cents};
pub(crate) use guid::{Guid, mix};
pub(crate) use table::{NULL, Reference, Table};
pub(crate) use text::{TextId, TextPool};
pub(crate) use time::{
    civil_from_days, days_from_civil, format_date, format_http_date, format_millis, parse_millis,
};
