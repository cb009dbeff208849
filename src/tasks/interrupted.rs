//! Runs whose tab was closed or died. As soon as nobody writes to the systems any more, what they left open is looked up
//! and their jobs say that they were interrupted; a tab that waited for the other one takes over then.

use couplet_engine::job::{JobEnd, SynchJob};
use couplet_engine::{IntegrationTableMapping, Side};
use couplet_synchronization::{RunError, Store};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::locks::NoLock;
use crate::browser::{clock, locks};
use crate::queries::kept;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::synchronization::Synchronization;
use crate::tasks::run::Runner;

/// What looking after interrupted runs needs.
#[derive(Clone, Copy)]
pub struct Watch {
    configuration: ConfigurationStore,
    connections: Connections,
    synchronization: Synchronization,
    runner: Runner,
}

/// Begins to look after runs of other tabs, for as long as the app lives. Needs the stores of configuration, connections
/// and synchronization, and the runner.
pub fn look_after_interrupted() {
    let watch = Watch {
        configuration: ConfigurationStore::expect(),
        connections: Connections::expect(),
        synchronization: Synchronization::expect(),
        runner: Runner::expect(),
    };
    let is_waiting = RwSignal::new(false);
    Effect::new(move |_| {
        let is_needed = !watch.synchronization.elsewhere().is_empty() && are_ready(watch.connections);
        if is_needed && !is_waiting.get_untracked() {
            is_waiting.set(true);
            spawn_local(async move {
                kept::take_over(watch).await;
                is_waiting.set(false);
            });
        }
    });
}

impl Watch {
    /// Waits until nobody runs any more, then settles what is left over.
    pub(crate) async fn take_over(self) {
        let life = match locks::take_if_free(locks::LIFE).await {
            Err(NoLock::Held) => {
                self.synchronization.is_held.set(true);
                let life = locks::take(locks::LIFE).await;
                self.synchronization.is_held.set(false);
                life
            }
            taken => taken,
        };
        let Ok(life) = life else { return };
        // Whoever began a run meanwhile waits for the first name with the second in hand: the way is theirs.
        if let Ok(_right) = locks::take_if_free(locks::RUN).await {
            self.settle().await;
            drop(life);
        }
        self.runner.plan_what_waits();
    }

    /// Looks up what became of open batches, and ends the jobs that nobody runs. What cannot be settled now stays open:
    /// the next plan of the mapping tries again and says why.
    async fn settle(self) {
        let store = self.synchronization.store();
        let open = store.open_entries().await.unwrap_or_default();
        for job in self.left_over().await {
            let is_open = open.iter().any(|entry| entry.job == job.id);
            let mapping = self.mapping(&job);
            if let (true, Some(mapping)) = (is_open, &mapping)
                && self.runner.settle(mapping).await.is_err()
            {
                continue;
            }
            // As it is now, with what was found.
            let now = store.job(job.id).await.ok().flatten().unwrap_or(job);
            let code = RunError::Interrupted.code().to_owned();
            let end = Some(JobEnd::Broken { code, detail: String::new() });
            // What cannot be kept is tried again when the app is opened the next time.
            let _ = store.end(SynchJob { finished_at: Some(clock::now()), end, ..now }).await;
        }
    }

    async fn left_over(self) -> Vec<SynchJob> {
        // As they are kept now: those of the other tab may have ended meanwhile.
        self.synchronization.read_jobs().await;
        untrack(|| self.synchronization.elsewhere())
    }

    fn mapping(self, job: &SynchJob) -> Option<IntegrationTableMapping> {
        self.configuration.configuration.with_untracked(|it| it.mapping(&job.mapping).cloned())
    }
}

fn are_ready(connections: Connections) -> bool {
    [Side::BusinessCentral, Side::Dataverse].into_iter().all(|side| connections.is_ready(side))
}
