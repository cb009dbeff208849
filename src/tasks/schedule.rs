//! Runs the job queue entries that are due, while the app is open in some tab: one tab does it, and another takes over
//! when it dies. Timers may be late, as those of hidden tabs are: the clock is asked, never the timer.

use std::time::Duration;

use couplet_engine::JobQueueEntry;
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, SynchJob};
use couplet_engine::planning::Counters;
use couplet_engine::schedule::RunEnd;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::locks::NoLock;
use crate::browser::{clock, locks};
use crate::queries::kept;
use crate::state::configuration::ConfigurationStore;
use crate::state::schedule::{Keeper, Schedules};
use crate::state::synchronization::Synchronization;
use crate::tasks::run::Runner;

/// The lock of the tab that runs the entries.
const KEEPER: &str = "couplet-schedule";
/// The clock is looked at this often: what is due begins at most so much late.
const LOOK: Duration = Duration::from_secs(5);

/// What came of running an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Ran {
    /// It was run, to whichever end.
    Job(SynchJob),
    /// It could not begin: a system or the storage failed.
    Broken,
    /// Not now, through no fault of the entry: the systems are not connected yet, or another run holds them.
    NotNow,
}

/// Begins to look after the schedule, for as long as the app lives. Needs the stores of configuration, synchronization,
/// schedule and runs.
pub fn look_after_schedule() {
    let keeping = Keeping {
        configuration: ConfigurationStore::expect(),
        schedules: Schedules::expect(),
        synchronization: Synchronization::expect(),
        runner: Runner::expect(),
    };
    spawn_local(kept::keep(keeping));
}

/// What looking after the schedule needs.
#[derive(Clone, Copy)]
pub struct Keeping {
    configuration: ConfigurationStore,
    schedules: Schedules,
    synchronization: Synchronization,
    runner: Runner,
}

impl Keeping {
    /// Says that no tab runs anything.
    pub(crate) fn nobody(self) {
        self.schedules.keeper.set(Keeper::Nobody);
    }

    /// Runs what is due for as long as this tab lives, once no other tab does.
    pub(crate) async fn keep(self) {
        let lock = match locks::take_if_free(KEEPER).await {
            Err(NoLock::Held) => {
                self.schedules.keeper.set(Keeper::OtherTab);
                locks::take(KEEPER).await
            }
            taken => taken,
        };
        let Ok(_held) = lock else { return self.nobody() };
        self.schedules.keeper.set(Keeper::ThisTab);
        // Whoever ran something before has died with it.
        self.schedules.show_running(None);
        loop {
            if !self.run_what_is_due().await {
                clock::wait(LOOK).await;
            }
        }
    }

    /// Runs the entry that is due, if there is one; whether it ran.
    async fn run_what_is_due(&self) -> bool {
        let Some(job) = self.due() else { return false };
        self.schedules.show_running(Some(&job.mapping));
        let ran = self.runner.run_scheduled(job.mapping.clone()).await;
        self.schedules.show_running(None);
        let kept = match &ran {
            Ran::NotNow => return false,
            Ran::Broken => self.remember(&job, None).await,
            Ran::Job(synch_job) => self.remember(&job, Some(synch_job)).await,
        };
        // What cannot be kept or forgotten now is so after a later run.
        let forgotten = self.synchronization.forget_old_jobs().await;
        kept && forgotten.is_ok()
    }

    fn due(&self) -> Option<JobQueueEntry> {
        let now = clock::now();
        self.configuration.configuration.with_untracked(|configuration| {
            let due = |load: &crate::state::load::Load<_>| {
                let schedule: &couplet_engine::schedule::Schedule = load.ready()?;
                schedule.due(configuration, now).cloned()
            };
            self.schedules.schedule.with_untracked(due)
        })
    }

    /// Whether what becomes of the entry could be kept.
    async fn remember(&self, job: &JobQueueEntry, ran: Option<&SynchJob>) -> bool {
        let counters: Option<Vec<Counters>> = ran.filter(|ran| has_finished(ran)).map(counters);
        let end = counters.as_deref().map_or(RunEnd::Broken, RunEnd::Finished);
        self.schedules.change(|schedule| schedule.ran(job, end, clock::now())).await.is_ok()
    }
}

/// Whether the job came to its end: failed records are no error of a job, and a person may stop one.
fn has_finished(job: &SynchJob) -> bool {
    matches!(job.end, Some(JobEnd::Ran(End::Completed | End::Cancelled)))
}

fn counters(job: &SynchJob) -> Vec<Counters> {
    job.passes.iter().map(|pass| pass.counters).collect()
}
