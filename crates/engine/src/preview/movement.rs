//! What a changed filter would do: the records that would enter and those that would leave, from rows in memory.

use couplet_filter::Bitmap;

use super::evaluate::Verdicts;

/// Rows that change sides between two filters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Movement {
    /// Rows outside now and inside with the changed filter.
    pub entering: Bitmap,
    /// Rows inside now and outside with the changed filter.
    pub leaving: Bitmap,
    /// How many enter.
    pub n_enter: usize,
    /// How many leave.
    pub n_leave: usize,
}

impl Movement {
    /// Compares two evaluations of the same table; rows that one of them has not seen yet do not move.
    pub fn between(now: &Verdicts, changed: &Verdicts) -> Self {
        let n_rows = now.in_filter.len().min(changed.in_filter.len());
        let moved = |from: &Bitmap, to: &Bitmap| {
            let mut moved = to.without(from);
            moved.resize(n_rows);
            moved
        };
        let entering = moved(&now.in_filter, &changed.in_filter);
        let leaving = moved(&changed.in_filter, &now.in_filter);
        let (n_enter, n_leave) = (entering.count_ones(), leaving.count_ones());
        Movement { entering, leaving, n_enter, n_leave }
    }
}
