//! Rows of one table: system columns, and data columns that cost nothing until they are used.

use rustc_hash::FxHashMap;

use super::guid::Guid;

/// The cell of an absent number, choice or yes/no; an absent text or reference is 0.
pub(crate) const NULL: u32 = 0x8000_0000;

/// Cells of one column; rows beyond its end hold the default.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    cells: Vec<u32>,
    default: u32,
}

impl Column {
    pub(crate) fn new(default: u32) -> Self {
        Self { cells: Vec::new(), default }
    }

    pub(crate) fn get(&self, row: u32) -> u32 {
        let cell = usize::try_from(row).ok().and_then(|row| self.cells.get(row));
        cell.copied().unwrap_or(self.default)
    }

    pub(crate) fn set(&mut self, row: u32, cell: u32) {
        let Ok(row) = usize::try_from(row) else { return };
        if row >= self.cells.len() {
            if cell == self.default {
                return;
            }
            self.cells.resize(row + 1, self.default);
        }
        if let Some(place) = self.cells.get_mut(row) {
            *place = cell;
        }
    }
}

/// A cell that points to a row of another table: which of the possible tables, and the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Position in the column's list of target tables.
    pub(crate) target: u32,
    /// The row there.
    pub(crate) row: u32,
}

/// Bits of a reference that hold the row: 134 million rows, and 32 possible tables above them.
const ROW_BITS: u32 = 27;
const ROW_MASK: u32 = (1 << ROW_BITS) - 1;

impl Reference {
    pub(crate) fn to_cell(self) -> u32 {
        (self.target << ROW_BITS) | ((self.row + 1) & ROW_MASK)
    }

    pub(crate) fn from_cell(cell: u32) -> Option<Self> {
        let row = cell & ROW_MASK;
        row.checked_sub(1).map(|row| Self { target: cell >> ROW_BITS, row })
    }
}

/// One step back, recorded while a transaction is open.
#[derive(Debug, Clone, Copy)]
enum Undo {
    Cell { row: u32, column: usize, cell: u32 },
    Stamps { row: u32, modified: i64, version: u32 },
    Insert { id: Option<Guid>, previous: Option<u32> },
    Delete { row: u32 },
}

/// One table. Row numbers are stable: a deleted row keeps its number.
#[derive(Debug)]
pub(crate) struct Table {
    seed: u64,
    ids: Vec<Guid>,
    created: Vec<i64>,
    modified: Vec<i64>,
    versions: Vec<u32>,
    deleted: Vec<bool>,
    chosen_ids: FxHashMap<Guid, u32>,
    alive: u32,
    /// Steps back, newest last, while a transaction is open.
    undo: Option<Vec<Undo>>,
    /// The data columns, in the order of the schema.
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// An empty table; the seed decides the ids of its rows, the defaults those of its columns.
    pub(crate) fn new(seed: u64, defaults: impl Iterator<Item = u32>) -> Self {
        Self {
            seed,
            ids: Vec::new(),
            created: Vec::new(),
            modified: Vec::new(),
            versions: Vec::new(),
            deleted: Vec::new(),
            chosen_ids: FxHashMap::default(),
            alive: 0,
            undo: None,
            columns: defaults.map(Column::new).collect(),
        }
    }

    /// Adds a row with a generated or a chosen id and returns its number.
    pub(crate) fn insert(&mut self, id: Option<Guid>, created: i64, modified: i64, version: u32) -> u32 {
        let row = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let previous = id.and_then(|chosen| self.chosen_ids.insert(chosen, row));
        self.record(Undo::Insert { id, previous });
        self.ids.push(id.unwrap_or_else(|| Guid::of_row(self.seed, row)));
        self.created.push(created);
        self.modified.push(modified);
        self.versions.push(version);
        self.deleted.push(false);
        self.alive += 1;
        row
    }

    /// Marks a row as changed.
    pub(crate) fn touch(&mut self, row: u32, modified: i64, version: u32) {
        let Ok(index) = usize::try_from(row) else { return };
        self.record(Undo::Stamps { row, modified: self.modified(row), version: self.version(row) });
        if let Some(place) = self.modified.get_mut(index) {
            *place = modified;
        }
        if let Some(place) = self.versions.get_mut(index) {
            *place = version;
        }
    }

    /// Deletes a row; its number is never used again.
    pub(crate) fn delete(&mut self, row: u32) {
        let place = usize::try_from(row).ok().and_then(|row| self.deleted.get_mut(row));
        if let Some(place) = place.filter(|place| !**place) {
            *place = true;
            self.alive -= 1;
            self.record(Undo::Delete { row });
        }
    }

    /// From here on every change can be taken back. Transactions do not nest.
    pub(crate) fn begin(&mut self) {
        self.undo = Some(Vec::new());
    }

    /// Keeps what was changed since [`Table::begin`].
    pub(crate) fn commit(&mut self) {
        self.undo = None;
    }

    /// Takes back what was changed since [`Table::begin`]; the numbers of rows taken back are given again.
    pub(crate) fn roll_back(&mut self) {
        for step in self.undo.take().unwrap_or_default().into_iter().rev() {
            match step {
                Undo::Cell { row, column, cell } => self.set(row, column, cell),
                Undo::Stamps { row, modified, version } => self.touch(row, modified, version),
                Undo::Insert { id, previous } => self.take_back_insert(id, previous),
                Undo::Delete { row } => {
                    if let Some(place) = usize::try_from(row).ok().and_then(|row| self.deleted.get_mut(row)) {
                        *place = false;
                        self.alive += 1;
                    }
                }
            }
        }
    }

    fn take_back_insert(&mut self, id: Option<Guid>, previous: Option<u32>) {
        self.ids.pop();
        self.created.pop();
        self.modified.pop();
        self.versions.pop();
        if self.deleted.pop() == Some(false) {
            self.alive -= 1;
        }
        match (id, previous) {
            (Some(id), Some(row)) => {
                self.chosen_ids.insert(id, row);
            }
            (Some(id), None) => {
                self.chosen_ids.remove(&id);
            }
            (None, _) => {}
        }
    }

    fn record(&mut self, step: Undo) {
        if let Some(steps) = &mut self.undo {
            steps.push(step);
        }
    }

    /// The row with an id, unless it was deleted.
    pub(crate) fn find(&self, id: Guid) -> Option<u32> {
        // A deleted row's id may have been chosen again for a new one.
        let generated = Some(id.candidate_row(self.seed)).filter(|row| self.id(*row) == Some(id));
        let chosen = || self.chosen_ids.get(&id).copied();
        generated.filter(|row| self.is_alive(*row)).or_else(chosen).filter(|row| self.is_alive(*row))
    }

    /// All row numbers ever given: the end of the natural order.
    pub(crate) fn end(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// Number of rows that are not deleted.
    pub(crate) fn alive(&self) -> u32 {
        self.alive
    }

    pub(crate) fn is_alive(&self, row: u32) -> bool {
        usize::try_from(row).ok().and_then(|row| self.deleted.get(row)) == Some(&false)
    }

    pub(crate) fn id(&self, row: u32) -> Option<Guid> {
        usize::try_from(row).ok().and_then(|row| self.ids.get(row)).copied()
    }

    pub(crate) fn created(&self, row: u32) -> i64 {
        usize::try_from(row).ok().and_then(|row| self.created.get(row)).copied().unwrap_or_default()
    }

    pub(crate) fn modified(&self, row: u32) -> i64 {
        usize::try_from(row).ok().and_then(|row| self.modified.get(row)).copied().unwrap_or_default()
    }

    pub(crate) fn version(&self, row: u32) -> u32 {
        usize::try_from(row).ok().and_then(|row| self.versions.get(row)).copied().unwrap_or_default()
    }

    /// The cell of a column; 0 for an unknown column.
    pub(crate) fn cell(&self, row: u32, column: usize) -> u32 {
        self.columns.get(column).map_or(0, |column| column.get(row))
    }

    pub(crate) fn set(&mut self, row: u32, column: usize, cell: u32) {
        self.record(Undo::Cell { row, column, cell: self.cell(row, column) });
        if let Some(column) = self.columns.get_mut(column) {
            column.set(row, cell);
        }
    }

    /// Rows in natural order from a row number on.
    pub(crate) fn rows_from(&self, start: u32) -> impl Iterator<Item = u32> {
        (start..self.end()).filter(|row| self.is_alive(*row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_generated_and_by_chosen_id() {
        let mut table = Table::new(9, [0, NULL].into_iter());
        let first = table.insert(None, 1, 1, 1);
        let chosen = Guid([7; 16]);
        let second = table.insert(Some(chosen), 1, 1, 2);
        table.set(second, 1, 5);
        assert_eq!(table.id(first).and_then(|id| table.find(id)), Some(first));
        assert_eq!(table.find(chosen), Some(second));
        assert_eq!((table.cell(first, 1), table.cell(second, 1), table.cell(second, 9)), (NULL, 5, 0));
        table.delete(second);
        table.delete(second);
        assert_eq!((table.find(chosen), table.alive(), table.end()), (None, 1, 2));
        assert_eq!(table.rows_from(0).collect::<Vec<_>>(), [first]);
    }

    #[test]
    fn a_transaction_can_be_taken_back() {
        let mut table = Table::new(9, [0].into_iter());
        let (kept, deleted) = (table.insert(None, 1, 1, 1), table.insert(Some(Guid([7; 16])), 1, 1, 2));
        let state = |table: &Table| {
            let rows: Vec<u32> = table.rows_from(0).collect();
            (rows, table.cell(kept, 0), table.version(kept), table.find(Guid([7; 16])), table.alive())
        };
        let before = state(&table);
        table.begin();
        table.set(kept, 0, 5);
        table.set(kept, 0, 6);
        table.touch(kept, 9, 9);
        table.delete(deleted);
        let new = table.insert(Some(Guid([7; 16])), 2, 2, 3);
        table.set(new, 0, 8);
        table.delete(new);
        assert_ne!(state(&table), before);
        table.roll_back();
        assert_eq!(state(&table), before);
        table.begin();
        table.set(kept, 0, 5);
        table.commit();
        table.roll_back();
        assert_eq!(table.cell(kept, 0), 5);
    }

    #[test]
    fn references_round_trip() {
        let reference = Reference { target: 25, row: 123_456 };
        assert_eq!(Reference::from_cell(reference.to_cell()), Some(reference));
        assert_eq!(Reference::from_cell(0), None);
    }
}
