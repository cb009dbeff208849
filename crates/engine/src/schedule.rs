//! When a job queue entry runs next (S5.20, S5.20-b, S5.25, S5.26). Timers and locks are the callers'; every moment comes
//! in as an argument.

use jiff::{SignedDuration, Timestamp};

use crate::configuration::{Configuration, JobQueueEntry, JobStatus};
use crate::mapping::MappingName;
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
            let was_active = |it: &Counters| it.inserted + it.modified + it.deleted + it.failed > 0;
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

/// How many of the integration jobs are active: `3 of 4` on the connection page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActiveJobs {
    /// Ready or running.
    pub active: usize,
    /// All of them.
    pub all: usize,
}

/// Counts the integration jobs, by their status and by when they run next as far as that is known. A job that rests, is
/// on hold or has used up its attempts is not active. Without an enabled connection there are none to pass.
pub fn active_jobs<'j>(jobs: impl IntoIterator<Item = (&'j JobQueueEntry, Option<NextRun>)>) -> ActiveJobs {
    let mut counted = ActiveJobs::default();
    for (job, next) in jobs {
        let is_active = match next {
            _ if job.status != JobStatus::Ready => false,
            Some(NextRun::Error | NextRun::OnHoldWithInactivityTimeout { .. }) => false,
            Some(NextRun::Ready { .. }) | None => true,
        };
        counted.all += 1;
        counted.active += usize::from(is_active);
    }
    counted
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

/// Whether job queue entries run by themselves, and when each of them does. Nothing runs before a person switches it on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Whether it is switched on.
    pub is_on: bool,
    /// When the job of a mapping runs next; one that is not listed has never run and runs at once.
    next: Vec<(MappingName, NextRun)>,
}

/// How a job queue entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A person put it on hold (S1.19).
    OnHold,
    /// It goes by the clock.
    Next(NextRun),
}

/// Why an entry does not run although a person lets it run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// The schedule is switched off.
    Off,
    /// A person put the entry on hold (S1.19).
    OnHold,
}

impl Standing {
    /// When it runs; none while it waits for a person or for a change.
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Standing::Next(NextRun::Ready { at, .. }) => Some(at),
            Standing::Next(NextRun::OnHoldWithInactivityTimeout { at }) => at,
            Standing::Next(NextRun::Error) | Standing::OnHold => None,
        }
    }
}

impl Schedule {
    /// A schedule with these next runs; of two for one mapping the later one stands.
    pub fn new(is_on: bool, next: impl IntoIterator<Item = (MappingName, NextRun)>) -> Self {
        let mut schedule = Schedule { is_on, next: Vec::new() };
        next.into_iter().for_each(|(mapping, next)| schedule.set(&mapping, next));
        schedule
    }

    /// When the job of each mapping runs next, of those that ran or were woken.
    pub fn next_runs(&self) -> &[(MappingName, NextRun)] {
        &self.next
    }

    /// How an entry stands.
    pub fn standing(&self, job: &JobQueueEntry) -> Standing {
        match job.status {
            JobStatus::OnHold => Standing::OnHold,
            JobStatus::Ready | JobStatus::OnHoldWithInactivityTimeout => {
                let next = self.next.iter().find(|(mapping, _)| *mapping == job.mapping);
                let at_once = NextRun::Ready { at: Timestamp::MIN, failed_attempts: 0 };
                Standing::Next(next.map_or(at_once, |(_, next)| *next))
            }
        }
    }

    /// What would keep [`Self::restart`] from having an effect.
    pub fn hindrance(&self, job: &JobQueueEntry) -> Option<Hindrance> {
        match self.standing(job) {
            Standing::OnHold => Some(Hindrance::OnHold),
            Standing::Next(_) if !self.is_on => Some(Hindrance::Off),
            Standing::Next(_) => None,
        }
    }

    /// The entry to run now: of those that are due the one that has waited longest, else the first in the configuration.
    /// However many of its times passed meanwhile, it runs once.
    pub fn due<'c>(&self, configuration: &'c Configuration, now: Timestamp) -> Option<&'c JobQueueEntry> {
        let entries = configuration.job_queue_entries.iter();
        let due = entries.filter_map(|job| Some((self.standing(job).at().filter(|at| *at <= now)?, job)));
        due.min_by_key(|(at, _)| *at).filter(|_| self.is_on).map(|(_, job)| job)
    }

    /// When the next entry runs; none when none does by itself.
    pub fn next(&self, configuration: &Configuration) -> Option<Timestamp> {
        let entries = configuration.job_queue_entries.iter();
        entries.filter_map(|job| self.standing(job).at()).min().filter(|_| self.is_on)
    }

    /// Takes in how a run of the entry ended (S5.20 to S5.25).
    pub fn ran(&mut self, job: &JobQueueEntry, end: RunEnd<'_>, now: Timestamp) {
        let failed_attempts = match self.standing(job) {
            Standing::Next(NextRun::Ready { failed_attempts, .. }) => failed_attempts,
            _ => 0,
        };
        self.set(&job.mapping, after_run(job, end, failed_attempts, now));
    }

    /// A change of the mapping's records was seen (S5.26).
    pub fn changed(&mut self, job: &JobQueueEntry, now: Timestamp) {
        if let Standing::Next(next) = self.standing(job)
            && let Some(woken) = wake(next, now)
        {
            self.set(&job.mapping, woken);
        }
    }

    /// Records of a Business Central table were changed: the entries of its mappings are woken (S5.26); whether one was.
    pub fn changed_table(&mut self, configuration: &Configuration, table: u32, now: Timestamp) -> bool {
        let before = self.clone();
        for job in &configuration.job_queue_entries {
            let mapping = configuration.mapping(&job.mapping);
            if mapping.is_some_and(|mapping| mapping.table.number == table) {
                self.changed(job, now);
            }
        }
        before != *self
    }

    /// A person lets the entry run at once, also after an error.
    pub fn restart(&mut self, mapping: &MappingName, now: Timestamp) {
        self.set(mapping, NextRun::Ready { at: now, failed_attempts: 0 });
    }

    fn set(&mut self, mapping: &MappingName, next: NextRun) {
        match self.next.iter_mut().find(|(known, _)| known == mapping) {
            Some(known) => known.1 = next,
            None => self.next.push((mapping.clone(), next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::OwnershipModel;
    use crate::default_setup::build;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn standard() -> Configuration {
        let setup = build(OwnershipModel::Team, None);
        Configuration { job_queue_entries: setup.job_queue_entries, ..Configuration::default() }
    }

    #[test]
    fn nothing_is_due_before_it_is_switched_on() {
        let configuration = standard();
        let now = moment("2026-11-21T10:00:00Z");
        let mut schedule = Schedule::default();
        assert_eq!((schedule.due(&configuration, now), schedule.next(&configuration)), (None, None));
        schedule.is_on = true;
        assert_eq!(schedule.due(&configuration, now), configuration.job_queue_entries.first());
    }

    #[test]
    fn what_keeps_an_entry_from_running_at_once_is_known() {
        let mut configuration = standard();
        configuration.job_queue_entries.truncate(1);
        let mut job = configuration.job_queue_entries.first().cloned().unwrap();
        let now = moment("2026-11-21T10:00:00Z");
        let mut schedule = Schedule::default();
        schedule.restart(&job.mapping, now);
        assert_eq!(
            (schedule.hindrance(&job), schedule.due(&configuration, now)),
            (Some(Hindrance::Off), None)
        );
        schedule.is_on = true;
        assert_eq!((schedule.hindrance(&job), schedule.due(&configuration, now)), (None, Some(&job)));
        job.status = JobStatus::OnHold;
        assert_eq!(schedule.hindrance(&job), Some(Hindrance::OnHold));
    }

    #[test]
    fn entries_run_one_after_the_other_and_then_rest() {
        let configuration = standard();
        let now = moment("2026-11-21T10:00:00Z");
        let mut schedule = Schedule::new(true, []);
        let mut ran = Vec::new();
        while let Some(job) = schedule.due(&configuration, now) {
            schedule.ran(job, RunEnd::Finished(&[Counters { modified: 1, ..Counters::default() }]), now);
            ran.push(job);
        }
        assert_eq!(ran, configuration.job_queue_entries.iter().collect::<Vec<_>>());
        let soonest = ran.iter().map(|job| job.minutes_between_runs).min().unwrap();
        let next = now.checked_add(SignedDuration::from_mins(i64::from(soonest))).unwrap();
        assert_eq!(schedule.next(&configuration), Some(next));
    }

    #[test]
    fn a_job_that_was_missed_for_days_runs_once() {
        let mut configuration = standard();
        configuration.job_queue_entries.truncate(1);
        let job = configuration.job_queue_entries[0].clone();
        let due = NextRun::Ready { at: moment("2026-11-18T10:00:00Z"), failed_attempts: 0 };
        let mut schedule = Schedule::new(true, [(job.mapping.clone(), due)]);
        let now = moment("2026-11-21T10:00:00Z");
        assert_eq!(schedule.due(&configuration, now), Some(&job));
        schedule.ran(&job, RunEnd::Finished(&[Counters { inserted: 1, ..Counters::default() }]), now);
        assert_eq!(schedule.due(&configuration, now), None);
    }

    #[test]
    fn what_a_person_holds_waits_for_a_person() {
        let mut configuration = standard();
        configuration.job_queue_entries.truncate(1);
        configuration.job_queue_entries[0].status = JobStatus::OnHold;
        let job = configuration.job_queue_entries[0].clone();
        let now = moment("2026-11-21T10:00:00Z");
        let mut schedule = Schedule::new(true, []);
        schedule.restart(&job.mapping, now);
        schedule.changed(&job, now);
        assert_eq!(schedule.standing(&job), Standing::OnHold);
        assert_eq!(schedule.due(&configuration, now), None);
    }

    #[test]
    fn s5_26_a_change_wakes_the_entries_of_its_table() {
        let setup = build(OwnershipModel::Team, None);
        let (mappings, job_queue_entries) = (setup.mappings, setup.job_queue_entries);
        let configuration = Configuration { mappings, job_queue_entries, ..Configuration::default() };
        let now = moment("2026-11-21T10:00:00Z");
        let rests = NextRun::OnHoldWithInactivityTimeout { at: Some(moment("2026-11-21T20:00:00Z")) };
        let name = |name: &str| MappingName::new(name).unwrap();
        let next = ["CUSTOMER", "VENDOR"].map(|it| (name(it), rests));
        let mut schedule = Schedule::new(true, next);
        assert!(schedule.changed_table(&configuration, 18, now));
        let job = |it: &str| configuration.job(&name(it)).unwrap();
        let soon = now.checked_add(WAKE_DELAY).unwrap();
        assert_eq!(schedule.standing(job("CUSTOMER")).at(), Some(soon));
        assert_eq!(schedule.standing(job("VENDOR")), Standing::Next(rests));
        // It runs soon anyway.
        assert!(!schedule.changed_table(&configuration, 18, now));
    }

    #[test]
    fn broken_attempts_are_counted_until_a_person_restarts_it() {
        let mut configuration = standard();
        configuration.job_queue_entries.truncate(1);
        let job = configuration.job_queue_entries[0].clone();
        let now = moment("2026-11-21T10:00:00Z");
        let mut schedule = Schedule::new(true, []);
        for _ in 0..job.max_attempts {
            schedule.ran(&job, RunEnd::Broken, now);
        }
        assert_eq!(schedule.standing(&job), Standing::Next(NextRun::Error));
        assert_eq!(schedule.next(&configuration), None);
        schedule.restart(&job.mapping, now);
        assert_eq!(schedule.due(&configuration, now), Some(&job));
    }
}
