//! When a job queue entry runs next (S5.20, S5.20-b, S5.25, S5.26). Timers and locks are the callers'; every moment comes
//! in as an argument.

use jiff::{SignedDuration, Timestamp};

use crate::configuration::JobQueueEntry;
use crate::planning::Counters;

/// A change wakes a job this long after it, so that several changes wake it once (S5.26).
const WAKE_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// When a job runs next, and why it does not run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRun {
    /// At its time.
    Ready {
        /// When.
        at: Timestamp,
        /// Runs that ended with an error since the last that did not.
        failed_attempts: u32,
    },
    /// Nothing happened: it rests.
    OnHoldWithInactivityTimeout {
        /// When it runs all the same; none when only a change wakes it.
        at: Option<Timestamp>,
    },
    /// Every attempt failed: it waits for a person.
    Error,
}

/// How a run of a mapping ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd<'c> {
    /// It came to its end, with the counters of its passes. Failed records are no error of the run.
    Finished(&'c [Counters]),
    /// It ended with an error, such as a broken connection.
    Broken,
}

/// What becomes of a job after a run that ended at `now`; `failed_attempts` counts the broken runs before it.
pub fn after_run(job: &JobQueueEntry, end: RunEnd<'_>, failed_attempts: u32, now: Timestamp) -> NextRun {
    let minutes = |minutes: u32| later(now, SignedDuration::from_mins(i64::from(minutes)));
    match end {
        RunEnd::Broken => {
            let attempt = failed_attempts + 1;
            if attempt >= job.max_attempts {
                return NextRun::Error;
            }
            let delay =
                SignedDuration::from_secs(i64::from(job.rerun_delay_seconds)) + attempt_delay(attempt);
            NextRun::Ready { at: later(now, delay), failed_attempts: attempt }
        }
        RunEnd::Finished(passes) => {
            let was_active = |it: &Counters| it.inserted + it.modified + it.failed > 0;
            if passes.is_empty() || passes.iter().any(was_active) {
                return NextRun::Ready { at: minutes(job.minutes_between_runs), failed_attempts: 0 };
            }
            let timeout = job.inactivity_timeout_minutes;
            NextRun::OnHoldWithInactivityTimeout { at: (timeout > 0).then(|| minutes(timeout)) }
        }
    }
}

/// What a change at `now` makes of a job that runs by itself (S5.26); none when it runs soon anyway, or waits for a
/// person.
pub fn wake(next: NextRun, now: Timestamp) -> Option<NextRun> {
    let woken = NextRun::Ready { at: later(now, WAKE_DELAY), failed_attempts: 0 };
    let due = match next {
        NextRun::Error => return None,
        NextRun::Ready { at, .. } => Some(at),
        NextRun::OnHoldWithInactivityTimeout { at } => at,
    };
    let is_late = due.is_none_or(|due| due > later(now, WAKE_DELAY * 2));
    is_late.then_some(woken)
}

/// Ten to the power of the attempt in milliseconds up to the seventh, then six hours (S5.20-b).
fn attempt_delay(attempt: u32) -> SignedDuration {
    match attempt {
        0..=7 => SignedDuration::from_millis(10_i64.pow(attempt)),
        _ => SignedDuration::from_hours(6),
    }
}

fn later(now: Timestamp, delay: SignedDuration) -> Timestamp {
    now.checked_add(delay).unwrap_or(Timestamp::MAX)
}
