//! The order of rows.

use std::cmp::Ordering;

use super::test::{Comparable, comparable};
use crate::odata::pattern::Fold;
use crate::schema::{Language, Property};
use crate::store::Guid;
use crate::world::World;

/// A value as it is sorted; nulls first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey {
    Null,
    Guid(Guid),
    Number(i128),
    Text(SortText),
}

/// A text with its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SortText {
    folded: String,
    text: String,
}

impl Ord for SortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for SortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The value of a row by which it is sorted.
pub(crate) fn sort_key(world: &World, table: usize, property: &Property, row: u32) -> SortKey {
    match comparable(world.value(table, row, property, Language::English), property) {
        None => SortKey::Null,
        Some(Comparable::Guid(id)) => SortKey::Guid(id),
        Some(Comparable::Boolean(value)) => SortKey::Number(i128::from(value)),
        Some(Comparable::Number(value)) => SortKey::Number(value),
        Some(Comparable::Moment(value)) => SortKey::Number(i128::from(value)),
        Some(Comparable::Text(text)) => {
            let folded = Fold::IgnoreCaseAndAccents.text(text);
            SortKey::Text(SortText { folded, text: text.to_owned() })
        }
    }
}

/// The order of two rows by a property.
pub(crate) fn order_rows(world: &World, table: usize, property: &Property, rows: (u32, u32)) -> Ordering {
    sort_key(world, table, property, rows.0).cmp(&sort_key(world, table, property, rows.1))
}
