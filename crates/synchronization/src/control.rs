//! What a person may say to a run under way, and what the run tells.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use couplet_engine::Side;

use crate::ports::Ports;

/// How often a paused run looks whether it goes on.
const PAUSE: Duration = Duration::from_millis(200);

const RUNNING: u8 = 0;
const PAUSED: u8 = 1;
const CANCELLED: u8 = 2;

/// The switch of a run: its clones switch the same run.
#[derive(Debug, Clone, Default)]
pub struct Control {
    state: Arc<AtomicU8>,
}

impl Control {
    /// A switch of a run that runs.
    pub fn new() -> Self {
        Control::default()
    }

    /// No further batch is begun until the run is resumed; the one under way is finished and kept.
    pub fn pause(&self) {
        let _ = self.state.compare_exchange(RUNNING, PAUSED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        let _ = self.state.compare_exchange(PAUSED, RUNNING, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Ends the run for good; the batch under way is finished and kept, one that waits for its service is put off.
    pub fn cancel(&self) {
        self.state.store(CANCELLED, Ordering::Relaxed);
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.state.load(Ordering::Relaxed) == PAUSED
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::Relaxed) == CANCELLED
    }

    /// Comes back when the run is not paused.
    pub(crate) async fn wait_while_paused<P: Ports>(&self, ports: &P, progress: &dyn Fn(Progressed)) {
        while self.is_paused() {
            progress(Progressed::Paused);
            ports.wait(PAUSE).await;
        }
    }
}

/// What a run tells of its way. Rates and remaining time are the listener's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progressed {
    /// Records were read.
    Read {
        /// From which system.
        side: Side,
        /// How many of its mapped table so far.
        n_rows: usize,
    },
    /// Actions were settled.
    Settled {
        /// Actions with an outcome.
        n_done: usize,
        /// Those of them that failed.
        n_failed: usize,
        /// All actions that send or keep something.
        n_actions: usize,
    },
    /// A service asked to wait.
    Waiting {
        /// How long.
        milliseconds: u64,
    },
    /// The run is paused.
    Paused,
}

/// Whether a run begins with few records and looks at them first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Canary {
    /// Full batches from the start, to the end.
    #[default]
    Off,
    /// 1 record, then 10, then 100, then the rest; the run stops by itself when more writes are refused than is accepted.
    /// Failures that the plan foretold are not counted: the person who approved it knows of them.
    On {
        /// How many of a hundred may be refused.
        max_failed_percent: u8,
    },
}

impl Canary {
    /// Writes of the first batches; later ones are full.
    pub const STEPS: [usize; 3] = [1, 10, 100];

    /// Whether so many refused writes are too many.
    pub fn is_exceeded(self, n_sent: usize, n_refused: usize) -> bool {
        match self {
            Canary::Off => false,
            Canary::On { max_failed_percent } => n_refused * 100 > n_sent * usize::from(max_failed_percent),
        }
    }

    /// Whether a run that writes one after the other looks back after this many: where the first batches of others end,
    /// then each time.
    pub fn looks_after(self, n_sent: usize) -> bool {
        let [first, second, third] = Canary::STEPS;
        let ends = [first, first + second, first + second + third];
        ends.contains(&n_sent) || n_sent > first + second + third
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_run_is_not_resumed() {
        let control = Control::new();
        let other = control.clone();
        control.pause();
        assert!(other.is_paused());
        other.resume();
        assert!(!control.is_paused());
        control.cancel();
        other.pause();
        other.resume();
        assert!(other.is_cancelled() && !other.is_paused());
    }

    #[test]
    fn a_canary_stops_above_its_limit_only() {
        let canary = Canary::On { max_failed_percent: 10 };
        assert!(!canary.is_exceeded(10, 1));
        assert!(canary.is_exceeded(10, 2));
        assert!(canary.is_exceeded(1, 1));
        assert!(Canary::On { max_failed_percent: 0 }.is_exceeded(100, 1));
        assert!(!Canary::Off.is_exceeded(1, 1));
        let looks: Vec<usize> = (1..=113).filter(|it| canary.looks_after(*it)).collect();
        assert_eq!(looks, [1, 11, 111, 112, 113]);
    }
}
