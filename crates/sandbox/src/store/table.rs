//! Rows of one table: system columns, and data columns that cost nothing until they are used.

use rustc_hash::FxHashMap;

use super::changes::{ChangeLog, Changes, RowState};
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

    fn truncate(&mut self, rows: usize) {
        self.cells.truncate(rows);
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
    /// What was changed since the generated state and in each open transaction, innermost last.
    changes: Vec<Changes>,
    /// Which rows changed since they were generated.
    log: ChangeLog,
    /// The data columns, in the order of the schema.
    columns: Vec<Column>,
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
            changes: Vec::new(),
            log: ChangeLog::default(),
            columns: defaults.map(Column::new).collect(),
        }
    }

    /// Adds a row with a generated or a chosen id and returns its number.
    pub(crate) fn insert(&mut self, id: Option<Guid>, created: i64, modified: i64, version: u32) -> u32 {
        let row = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        if let Some(chosen) = id {
            self.chosen_ids.insert(chosen, row);
        }
        self.ids.push(id.unwrap_or_else(|| Guid::of_row(self.seed, row)));
        self.created.push(created);
        self.modified.push(modified);
        self.versions.push(version);
        self.deleted.push(false);
        self.alive += 1;
        self.note(row);
        row
    }

    /// Number of changes to rows so far, for [`Table::changed_since`].
    pub(crate) fn position(&self) -> u64 {
        self.log.position()
    }

    /// The rows that changed since a position, some of them many times; none when that is too long ago.
    pub(crate) fn changed_since(&self, position: u64) -> Option<&[u32]> {
        self.log.since(position)
    }

    /// Before the generated state is complete nothing follows the rows.
    fn note(&mut self, row: u32) {
        if !self.changes.is_empty() {
            self.log.note(row);
        }
    }

    /// Marks a row as changed.
    pub(crate) fn touch(&mut self, row: u32, modified: i64, version: u32) {
        self.remember(row);
        let Ok(index) = usize::try_from(row) else { return };
        if let Some(place) = self.modified.get_mut(index) {
            *place = modified;
        }
        if let Some(place) = self.versions.get_mut(index) {
            *place = version;
        }
    }

    /// Deletes a row; its number is never used again.
    pub(crate) fn delete(&mut self, row: u32) {
        self.remember(row);
        let place = usize::try_from(row).ok().and_then(|row| self.deleted.get_mut(row));
        if let Some(place) = place.filter(|place| !**place) {
            *place = true;
            self.alive -= 1;
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
        self.remember(row);
        if let Some(column) = self.columns.get_mut(column) {
            column.set(row, cell);
        }
    }

    /// Remembers from now on what rows were before they change: the outermost level is the generated state, every
    /// further one a transaction.
    pub(crate) fn open_level(&mut self) {
        let end = self.end();
        self.changes.push(Changes { end, originals: FxHashMap::default() });
    }

    /// Keeps what was done since the innermost level was opened.
    pub(crate) fn keep_level(&mut self) {
        if self.changes.len() > 1 {
            self.changes.pop();
        }
    }

    /// Takes back what was done since the innermost level was opened, and closes it.
    pub(crate) fn undo_level(&mut self) {
        if self.changes.len() > 1
            && let Some(changes) = self.changes.pop()
        {
            self.revert(&changes);
        }
    }

    /// Back to the generated state.
    pub(crate) fn revert_all(&mut self) {
        if !self.changes.is_empty() {
            let outermost = self.changes.swap_remove(0);
            self.changes.clear();
            self.revert(&outermost);
            self.open_level();
        }
    }

    /// Rows that may differ from the generated state, with what they were then; none for a row made later.
    pub(crate) fn changed_rows(&self) -> Vec<(u32, Option<&RowState>)> {
        let Some(changes) = self.changes.first() else { return Vec::new() };
        let mut rows: Vec<(u32, Option<&RowState>)> =
            changes.originals.iter().map(|(row, state)| (*row, Some(state))).collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        rows.extend((changes.end..self.end()).map(|row| (row, None)));
        rows
    }

    /// Everything about a row, deleted or not.
    pub(crate) fn state(&self, row: u32) -> Option<RowState> {
        let index = usize::try_from(row).ok()?;
        Some(RowState {
            id: *self.ids.get(index)?,
            created: *self.created.get(index)?,
            modified: *self.modified.get(index)?,
            version: *self.versions.get(index)?,
            deleted: *self.deleted.get(index)?,
            cells: self.columns.iter().map(|column| column.get(row)).collect(),
        })
    }

    /// Writes a whole row back, or adds it when it is the next one.
    pub(crate) fn put_state(&mut self, row: u32, state: &RowState) {
        if row == self.end() {
            let chosen = Some(state.id).filter(|id| *id != Guid::of_row(self.seed, row));
            self.insert(chosen, state.created, state.modified, state.version);
        } else {
            self.touch(row, state.modified, state.version);
        }
        self.write_state(row, state);
    }

    fn write_state(&mut self, row: u32, state: &RowState) {
        self.remember(row);
        let Ok(index) = usize::try_from(row) else { return };
        if let Some(place) = self.modified.get_mut(index) {
            *place = state.modified;
        }
        if let Some(place) = self.versions.get_mut(index) {
            *place = state.version;
        }
        if let Some(place) = self.deleted.get_mut(index)
            && *place != state.deleted
        {
            *place = state.deleted;
            self.alive = if state.deleted { self.alive - 1 } else { self.alive + 1 };
        }
        for (column, cell) in self.columns.iter_mut().zip(&state.cells) {
            column.set(row, *cell);
        }
    }

    fn remember(&mut self, row: u32) {
        self.note(row);
        let unknown = |changes: &Changes| row < changes.end && !changes.originals.contains_key(&row);
        if !self.changes.iter().any(unknown) {
            return;
        }
        let Some(state) = self.state(row) else { return };
        for changes in self.changes.iter_mut().filter(|changes| unknown(changes)) {
            changes.originals.insert(row, state.clone());
        }
    }

    fn revert(&mut self, changes: &Changes) {
        let Ok(rows) = usize::try_from(changes.end) else { return };
        for (id, deleted) in self.ids.iter().zip(&self.deleted).skip(rows) {
            self.chosen_ids.remove(id);
            self.alive -= u32::from(!*deleted);
        }
        (changes.end..self.end()).for_each(|row| self.log.note(row));
        self.ids.truncate(rows);
        self.created.truncate(rows);
        self.modified.truncate(rows);
        self.versions.truncate(rows);
        self.deleted.truncate(rows);
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
        for (row, state) in &changes.originals {
            self.log.note(*row);
            // The id of a row that was deleted may have been chosen again for one that is gone now.
            if state.id != Guid::of_row(self.seed, *row) {
                self.chosen_ids.insert(state.id, *row);
            }
            self.write_state(*row, state);
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
        table.open_level();
        let state = |table: &Table| {
            let rows: Vec<u32> = table.rows_from(0).collect();
            (rows, table.cell(kept, 0), table.version(kept), table.find(Guid([7; 16])), table.alive())
        };
        let before = state(&table);
        table.open_level();
        table.set(kept, 0, 5);
        table.set(kept, 0, 6);
        table.touch(kept, 9, 9);
        table.delete(deleted);
        let new = table.insert(Some(Guid([7; 16])), 2, 2, 3);
        table.set(new, 0, 8);
        table.delete(new);
        assert_ne!(state(&table), before);
        table.undo_level();
        assert_eq!(state(&table), before);
        table.open_level();
        table.set(kept, 0, 5);
        table.keep_level();
        table.undo_level();
        assert_eq!(table.cell(kept, 0), 5);
    }

    #[test]
    fn levels_are_kept_undone_and_reverted() {
        let mut table = Table::new(9, [0].into_iter());
        let first = table.insert(None, 1, 1, 1);
        table.open_level();
        let before = table.state(first);
        table.open_level();
        table.set(first, 0, 7);
        let chosen = Guid([7; 16]);
        table.insert(Some(chosen), 2, 2, 2);
        table.undo_level();
        assert_eq!((table.state(first), table.end(), table.alive()), (before.clone(), 1, 1));
        assert_eq!(table.find(chosen), None);
        table.open_level();
        table.delete(first);
        let second = table.insert(Some(chosen), 2, 2, 2);
        table.keep_level();
        assert_eq!((table.alive(), table.changed_rows().len()), (1, 2));
        let state = table.state(second).expect("a row");
        table.revert_all();
        assert_eq!((table.state(first), table.end(), table.alive()), (before, 1, 1));
        table.put_state(second, &state);
        assert_eq!((table.state(second), table.find(chosen)), (Some(state), Some(second)));
        table.undo_level();
        assert_eq!(table.end(), 2, "the generated state is no transaction");
    }

    #[test]
    fn references_round_trip() {
        let reference = Reference { target: 25, row: 123_456 };
        assert_eq!(Reference::from_cell(reference.to_cell()), Some(reference));
        assert_eq!(Reference::from_cell(0), None);
    }
}
