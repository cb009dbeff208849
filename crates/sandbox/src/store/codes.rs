//! Rows by the text of a column, for tables too large to be searched row by row. Knows no schema.

use std::collections::hash_map::Entry;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::{Table, TextPool};

/// Tables up to this size are searched row by row.
const SMALL: u32 = 64;

/// The rows of one column by the hash of their text. Filled as far as it was asked for.
#[derive(Debug, Default)]
struct CodeIndex {
    indexed_to: u32,
    first: FxHashMap<u64, u32>,
    /// Rows that share a hash with an earlier one.
    more: FxHashMap<u64, Vec<u32>>,
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
            let key = hash(texts.get(table.cell(row, at.1)));
            match index.first.entry(key) {
                Entry::Occupied(_) => index.more.entry(key).or_default().push(row),
                Entry::Vacant(place) => {
                    place.insert(row);
                }
            }
        }
        index.indexed_to = table.end();
        let key = hash(text);
        let first = index.first.get(&key).copied().filter(holds);
        first.or_else(|| index.more.get(&key)?.iter().copied().find(holds))
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
