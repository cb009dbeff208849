//! What rows were before they changed, the memory behind transactions and snapshots; and which rows changed, for what
//! is derived from them.

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

/// Longest log of changes; what is further behind begins anew.
const LONGEST_LOG: usize = 1 << 20;

/// Rows in the order in which they changed, some of them many times.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    /// Changes that were forgotten before the first one here.
    forgotten: u64,
    rows: Vec<u32>,
}

impl ChangeLog {
    pub(super) fn note(&mut self, row: u32) {
        if self.rows.len() >= LONGEST_LOG {
            self.forgotten = self.position();
            self.rows.clear();
        }
        self.rows.push(row);
    }

    /// Number of all changes so far.
    pub(super) fn position(&self) -> u64 {
        self.forgotten.saturating_add(u64::try_from(self.rows.len()).unwrap_or(u64::MAX))
    }

    /// The rows that changed since a position; none when that is too long ago.
    pub(super) fn since(&self, position: u64) -> Option<&[u32]> {
        let known = position.checked_sub(self.forgotten)?;
        self.rows.get(usize::try_from(known).ok()?..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_what_changed_and_forgets_what_is_long_ago() {
        let mut log = ChangeLog::default();
        [7, 8, 7].into_iter().for_each(|row| log.note(row));
        assert_eq!((log.position(), log.since(1)), (3, Some(&[8, 7][..])));
        assert_eq!(log.since(3), Some(&[][..]));
        (0..LONGEST_LOG).for_each(|_| log.note(9));
        assert_eq!(log.since(1), None, "forgotten");
        let position = log.position();
        log.note(5);
        assert_eq!(log.since(position), Some(&[5][..]));
    }
}
