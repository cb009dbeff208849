//! Demo data: the same for the same seed, in the proportions of a real company. Every exclusion reason of the
//! default filters occurs in both systems (see `tests/demo.rs`).

mod business_central;
mod dataverse;
mod dataverse_contacts;
mod dataverse_sales;
mod jobs;
mod party;
mod sales;
mod sales_documents;
mod security;
mod setup;
mod words;

use crate::sandbox::SandboxOptions;
use crate::schema::business_central::BcTable;
use crate::store::{Guid, TextId, mix};
use crate::world::World;

/// The name of the Business Central company; says demo (S7).
pub(crate) const COMPANY_NAME: &str = "CRONUS Demo SA";

/// Fills an empty world.
pub(crate) fn fill(world: &mut World, options: &SandboxOptions) {
    let customers = options.customers.clamp(1, 2_000_000);
    let scale = Scale { customers, seed: options.seed, now_ms: options.now_ms };
    setup::fill(world, &scale);
    let partners = business_central::fill(world, &scale);
    dataverse::fill(world, &scale, &partners);
    // What came later stands at the end, so that it changes nothing of what was there before.
    sales::fill(world, &scale);
    sales_documents::fill(world, &scale);
    jobs::fill(world, &scale);
    setup::describe_later_tables(world, &scale);
    security::fill(world, &scale);
    dataverse_sales::fill(world, &scale);
    sales::tax_areas(world, &scale);
}

/// How much is generated, and from what.
#[derive(Debug, Clone, Copy)]
struct Scale {
    customers: u32,
    seed: u64,
    now_ms: i64,
}

impl Scale {
    fn vendors(&self) -> u32 {
        (self.customers / 10).max(10)
    }

    /// Dice for one row of one kind of thing.
    fn dice(&self, kind: u64, row: u32) -> Dice {
        Dice(mix(self.seed ^ (kind << 48) ^ (u64::from(row) << 8)))
    }

    /// Moments of creation and last change, before now.
    fn moments(&self, dice: &mut Dice) -> (i64, i64) {
        let modified =
            self.now_ms - i64::from(dice.below(400 * 1_440)) * 60_000 - i64::from(dice.below(60_000));
        let created = modified - i64::from(dice.below(900 * 1_440)) * 60_000;
        (created, modified)
    }
}

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound.max(1))).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let bound = u32::try_from(list.len()).unwrap_or(1);
        list.get(usize::try_from(self.below(bound)).unwrap_or_default())
    }

    fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).copied().unwrap_or_default()
    }
}

/// Columns of a Business Central table by field name.
fn columns<const N: usize>(table: &BcTable, names: [&str; N]) -> [usize; N] {
    names.map(|name| table.column(name).unwrap_or(usize::MAX))
}

impl World {
    /// Position of a Business Central table, which the built-in schema always has.
    fn bc(&self, no: u32) -> usize {
        self.schema.bc.table(no).unwrap_or(usize::MAX)
    }

    /// Position of a Dataverse table, which the built-in schema always has.
    fn dv(&self, name: &str) -> usize {
        self.schema.dv.by_logical_name(name).map_or(usize::MAX, |table| table.set.table)
    }

    fn new_row(&mut self, table: usize, id: Option<Guid>, moments: (i64, i64)) -> u32 {
        let version = self.next_version();
        self.tables.get_mut(table).map_or(0, |rows| rows.insert(id, moments.0, moments.1, version))
    }

    fn put(&mut self, table: usize, row: u32, column: usize, cell: u32) {
        if let Some(rows) = self.tables.get_mut(table) {
            rows.set(row, column, cell);
        }
    }

    fn cell(&self, table: usize, row: u32, column: usize) -> TextId {
        self.tables.get(table).map_or(0, |rows| rows.cell(row, column))
    }

    /// Stores a text that comes back often.
    fn put_text(&mut self, table: usize, row: u32, column: usize, text: &str) {
        let id = self.texts.intern(text);
        self.put(table, row, column, id);
    }
}
