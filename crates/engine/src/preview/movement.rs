//! What a changed filter would do: the records that would enter and those that would leave, from rows in memory.

use super::evaluate::Verdicts;

/// Rows that change sides between two filters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Movement {
    /// Rows outside now and inside with the changed filter.
    pub enter: Vec<usize>,
    /// Rows inside now and outside with the changed filter.
    pub leave: Vec<usize>,
}

impl Movement {
    /// Compares two evaluations of the same table.
    pub fn between(now: &Verdicts, changed: &Verdicts) -> Self {
        let n_rows = now.in_filter.len().min(changed.in_filter.len());
        let mut movement = Movement::default();
        for row in 0..n_rows {
            match (now.in_filter.get(row), changed.in_filter.get(row)) {
                (false, true) => movement.enter.push(row),
                (true, false) => movement.leave.push(row),
                _ => {}
            }
        }
        movement
    }
}
