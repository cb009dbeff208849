//! Rows by a hash of what they hold, above all by the text of a column, for tables too large to be searched row by
//! row. Knows no schema.

use std::collections::hash_map::Entry;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::{Table, TextPool};

/// Tables up to this size are searched row by row.
const SMALL: u32 = 64;

/// Rows by a hash of something in them. A row may stand under hashes of what it held before.
#[derive(Debug, Default)]
pub(crate) struct RowIndex {
    first: FxHashMap<u64, u32>,
    /// Rows that share a hash with an earlier one.
    more: FxHashMap<u64, Vec<u32>>,
}

impl RowIndex {
    pub(crate) fn add(&mut self, key: u64, row: u32) {
        match self.first.entry(key) {
            Entry::Occupied(first) if *first.get() == row => {}
            Entry::Occupied(_) => {
                let more = self.more.entry(key).or_default();
                if more.last() != Some(&row) {
                    more.push(row);
                }
            }
            Entry::Vacant(place) => {
                place.insert(row);
            }
        }
    }

    /// Rows that were added with a hash; each must be looked at.
    pub(crate) fn candidates(&self, key: u64) -> impl Iterator<Item = u32> {
        let more = self.more.get(&key).map(Vec::as_slice).unwrap_or_default();
        self.first.get(&key).into_iter().chain(more).copied()
    }
}

/// The rows of one column by the hash of their text. Filled as far as it was asked for.
#[derive(Debug, Default)]
struct CodeIndex {
    indexed_to: u32,
    rows: RowIndex,
}

/// The indexes of all columns that were ever searched by text.
#[derive(Debug, Default)]
pub(crate) struct CodeIndexes {
    by_column: FxHashMap<(usize, usize), CodeIndex>,
}

impl CodeIndexes {
    /// The first row of a table whose column holds a text; `at` names table and column.
    pub(crate) fn find(
        &mut self,
        at: (usize, usize),
        table: &Table,
        texts: &TextPool,
        text: &str,
    ) -> Option<u32> {
        let holds = |row: &u32| table.is_alive(*row) && texts.get(table.cell(*row, at.1)) == text;
        if table.end() <= SMALL {
            return table.rows_from(0).find(holds);
        }
        let index = self.by_column.entry(at).or_default();
        if index.indexed_to > table.end() {
            *index = CodeIndex::default();
        }
        for row in index.indexed_to..table.end() {
            index.rows.add(hash(texts.get(table.cell(row, at.1))), row);
        }
        index.indexed_to = table.end();
        index.rows.candidates(hash(text)).find(holds)
    }

    /// Forgets what is known of a table, because texts of its rows changed or rows are gone.
    pub(crate) fn forget(&mut self, table: usize) {
        self.by_column.retain(|(of, _), _| *of != table);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.by_column.clear();
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_text_in_small_and_large_tables() {
        for rows in [10_u32, 1_000] {
            let mut texts = TextPool::new();
            let mut table = Table::new(1, [0].into_iter());
            for row in 0..rows {
                let text = texts.add(&format!("C{}", row % 500));
                table.insert(None, 0, 0, 1);
                table.set(row, 0, text);
            }
            let mut indexes = CodeIndexes::default();
            assert_eq!(indexes.find((0, 0), &table, &texts, "C7"), Some(7));
            assert_eq!(indexes.find((0, 0), &table, &texts, "C500"), None);
            table.delete(7);
            let later = (rows > 500).then_some(507);
            assert_eq!(indexes.find((0, 0), &table, &texts, "C7"), later);
            let text = texts.add("NEW");
            let row = table.insert(None, 0, 0, 1);
            table.set(row, 0, text);
            assert_eq!(indexes.find((0, 0), &table, &texts, "NEW"), Some(row));
        }
    }
}
