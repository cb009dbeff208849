//! The counters of a job: which of them are shown, and their names.

use couplet_engine::planning::Counters;

use super::I18n;
use crate::i18n::*;

/// One counter of a job (S1.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Created.
    Inserted,
    /// Changed.
    Modified,
    /// Deleted.
    Deleted,
    /// Couplings made.
    Coupled,
    /// Couplings removed on purpose.
    Uncoupled,
    /// Left as they are.
    Unchanged,
    /// Left alone on purpose.
    Skipped,
    /// Not written.
    Failed,
}

impl Counter {
    const ALL: [Counter; 8] = [
        Counter::Inserted,
        Counter::Modified,
        Counter::Deleted,
        Counter::Coupled,
        Counter::Uncoupled,
        Counter::Unchanged,
        Counter::Skipped,
        Counter::Failed,
    ];

    /// Those that a table of these counters shows, in their order: what runs count, and beside it what was counted at all.
    pub fn shown<'c>(counters: impl Iterator<Item = &'c Counters>) -> Vec<Counter> {
        let sum: Counters = counters.copied().sum();
        let is_rare = |it: &Counter| matches!(it, Counter::Deleted | Counter::Coupled | Counter::Uncoupled);
        Counter::ALL.into_iter().filter(|it| !is_rare(it) || it.of(&sum) > 0).collect()
    }

    /// Its count.
    pub fn of(self, counters: &Counters) -> usize {
        match self {
            Counter::Inserted => counters.inserted,
            Counter::Modified => counters.modified,
            Counter::Deleted => counters.deleted,
            Counter::Coupled => counters.coupled,
            Counter::Uncoupled => counters.uncoupled,
            Counter::Unchanged => counters.unchanged,
            Counter::Skipped => counters.skipped,
            Counter::Failed => counters.failed,
        }
    }
}

/// The name of a counter.
pub fn counter(i18n: I18n, counter: Counter) -> &'static str {
    match counter {
        Counter::Inserted => t_string!(i18n, counter.inserted),
        Counter::Modified => t_string!(i18n, counter.modified),
        Counter::Deleted => t_string!(i18n, counter.deleted),
        Counter::Coupled => t_string!(i18n, counter.coupled),
        Counter::Uncoupled => t_string!(i18n, counter.uncoupled),
        Counter::Unchanged => t_string!(i18n, counter.unchanged),
        Counter::Skipped => t_string!(i18n, counter.skipped),
        Counter::Failed => t_string!(i18n, counter.failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_only_couples_shows_that_it_did() {
        let run = Counters { inserted: 3, ..Counters::default() };
        let coupling = Counters { coupled: 2, uncoupled: 1, ..Counters::default() };
        let usual =
            [Counter::Inserted, Counter::Modified, Counter::Unchanged, Counter::Skipped, Counter::Failed];
        assert_eq!(Counter::shown([run].iter()), usual);
        let shown = Counter::shown([run, coupling].iter());
        let counts: Vec<usize> = shown.iter().map(|counter| counter.of(&coupling)).collect();
        assert_eq!(counts, [0, 0, 2, 1, 0, 0, 0]);
    }
}
