//! The order of rows: sorting by keys, and sorted results that are kept. The order of a whole table follows the changes
//! of its rows, so that it is made once and not for every query.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashSet;

use super::filter::{Rank, order_rows, ranks};
use crate::schema::{Property, Source};
use crate::world::World;

/// How many sorted results are kept.
const MOST_KEPT: usize = 32;

/// Direction of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    fn turn(self, order: Ordering) -> Ordering {
        if self == Self::Ascending { order } else { order.reverse() }
    }
}

/// By what rows are sorted, the most important first.
pub(crate) type SortKeys<'a> = [(&'a Property, Direction)];

/// Puts rows in order; those that are equal stay as they stand.
pub(crate) fn sort_rows(world: &World, table: usize, keys: &SortKeys<'_>, rows: &mut [u32]) {
    let Some(((property, direction), further)) = keys.split_first() else { return };
    let ranks = ranks(world, table, property, rows).into_iter();
    let mut ranked: Vec<(Rank, u32)> = ranks.zip(rows.iter().copied()).collect();
    ranked.sort_by(|a, b| direction.turn(a.0.cmp(&b.0)));
    let mut left = rows;
    for run in ranked.chunk_by(|a, b| a.0 == b.0) {
        let (here, after) = left.split_at_mut(run.len());
        here.iter_mut().zip(run).for_each(|(place, (_, row))| *place = *row);
        if run.len() > 1 {
            sort_rows(world, table, further, here);
        }
        left = after;
    }
}

/// What a sorted result holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// The rows that passed the filter.
    Passing,
    /// All rows: each is still to be tested.
    WholeTable,
}

/// A sorted result.
#[derive(Debug, Clone)]
pub(crate) struct Sorted {
    /// Its number, never given twice.
    pub(crate) number: u64,
    pub(crate) content: Content,
    pub(crate) rows: Arc<Vec<u32>>,
    /// Table, sort keys and filter, as text.
    of: String,
    stands: Stands,
}

/// How long a result is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// While the world has this version.
    World(u32),
    /// While the table has this position of its log of changes.
    Table(u64),
}

/// Sorted results kept for their later pages and for the same question again, newest last.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    last_number: u64,
    results: Vec<Sorted>,
}

impl Orders {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result that a later page goes on with, however old it is.
    pub(crate) fn numbered(&self, number: u64) -> Option<Sorted> {
        self.kept().results.iter().find(|it| it.number == number).cloned()
    }

    /// The passing rows of the same question, if nothing changed since.
    pub(crate) fn same(&self, of: &str, world: &World) -> Option<Sorted> {
        let stands = Stands::World(world.version);
        self.kept().results.iter().find(|it| it.stands == stands && it.of == of).cloned()
    }

    /// Keeps passing rows in order.
    pub(crate) fn keep(&self, of: String, world: &World, rows: Vec<u32>) -> Sorted {
        self.add(of, Content::Passing, Stands::World(world.version), rows)
    }

    fn add(&self, of: String, content: Content, stands: Stands, rows: Vec<u32>) -> Sorted {
        let mut kept = self.kept();
        kept.last_number += 1;
        let sorted = Sorted { number: kept.last_number, content, rows: Arc::new(rows), of, stands };
        kept.results.push(sorted.clone());
        if kept.results.len() > MOST_KEPT {
            kept.results.remove(0);
        }
        sorted
    }

    /// The order of a whole table, made when there is none and brought up to date when rows changed.
    pub(crate) fn whole_table(&self, world: &World, table: usize, keys: &SortKeys<'_>) -> Option<Sorted> {
        let rows = world.table(table)?;
        let sources = keys.iter().map(|(property, direction)| (&property.source, direction));
        let of = format!("{table} {:?}", sources.collect::<Vec<_>>());
        let is_own = keys.iter().all(|(property, _)| is_of_the_row_alone(&property.source));
        let stands = if is_own { Stands::Table(rows.position()) } else { Stands::World(world.version) };
        let newest = self.kept().results.iter().rev().find(|it| it.of == of).cloned();
        if let Some(newest) = newest {
            if newest.stands == stands {
                return Some(newest);
            }
            if let Stands::Table(position) = newest.stands
                && let Some(changed) = rows.changed_since(position)
                && changed.len() < newest.rows.len() / 4
            {
                let rows = followed(world, table, keys, (&newest.rows, changed));
                return Some(self.add(of, Content::WholeTable, stands, rows));
            }
        }
        let mut all: Vec<u32> = rows.rows_from(0).collect();
        sort_rows(world, table, keys, &mut all);
        Some(self.add(of, Content::WholeTable, stands, all))
    }

    /// Forgets what depends on more than a table's log of changes, after rows were taken back.
    pub(crate) fn forget_results(&mut self) {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        kept.results.retain(|it| matches!(it.stands, Stands::Table(_)));
    }
}

/// Whether a value changes only when its row does.
fn is_of_the_row_alone(source: &Source) -> bool {
    match source {
        Source::Id
        | Source::Version
        | Source::Created
        | Source::Modified
        | Source::FixedGuid(_)
        | Source::FixedText(_)
        | Source::Blank
        | Source::Column(_)
        | Source::Localized { .. } => true,
        Source::IdOfCode { .. } | Source::LocalCurrency { .. } | Source::Reference { .. } => false,
    }
}

/// An order with changed rows taken out and put where they belong now.
fn followed(
    world: &World,
    table: usize,
    keys: &SortKeys<'_>,
    (before, changed): (&[u32], &[u32]),
) -> Vec<u32> {
    let changed: FxHashSet<u32> = changed.iter().copied().collect();
    let rows = world.table(table);
    let still = before.iter().copied().filter(|row| !changed.contains(row));
    let still: Vec<u32> = still.collect();
    let mut moved: Vec<u32> =
        changed.into_iter().filter(|row| rows.is_some_and(|rows| rows.is_alive(*row))).collect();
    let order = |a: u32, b: u32| {
        let mut by_key = keys
            .iter()
            .map(|(property, direction)| direction.turn(order_rows(world, table, property, (a, b))));
        by_key.find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal).then(a.cmp(&b))
    };
    moved.sort_by(|a, b| order(*a, *b));
    let mut out = Vec::with_capacity(still.len() + moved.len());
    let mut left = still.as_slice();
    for row in moved {
        let (here, after) = left.split_at(left.partition_point(|it| order(*it, row) == Ordering::Less));
        out.extend_from_slice(here);
        out.push(row);
        left = after;
    }
    out.extend_from_slice(left);
    out
}
