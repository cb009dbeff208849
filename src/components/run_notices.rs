//! What every page says about runs of other tabs: one is under way, or one was interrupted and can be finished.

use couplet_engine::coupling::JobId;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_engine::planning::Pass;
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{Direction, MappingName};
use couplet_synchronization::{Goal, RunError};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use rustc_hash::FxHashSet;

use crate::browser::intl;
use crate::components::count_link::{job_path, run_path};
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::runs::{RunRequest, Runs, Scope};
use crate::state::synchronization::Synchronization;
use crate::tasks::run::Runner;

/// Nothing while no other tab runs and none died.
#[component]
pub fn RunNotices() -> impl IntoView {
    let store = Synchronization::expect();
    let dismissed = RwSignal::new(FxHashSet::<JobId>::default());
    // While nobody holds the systems, a job without an end is not under way: it is about to be ended.
    let elsewhere = Memo::new(move |_| if store.is_held.get() { store.elsewhere() } else { Vec::new() });
    // Of each mapping only its latest job: whatever ran after an interrupted one has finished it.
    let interrupted = Memo::new(move |_| {
        store.jobs().with(|load| {
            let mut seen: FxHashSet<&MappingName> = FxHashSet::default();
            let latest = load.ready().into_iter().flatten().filter(|job| seen.insert(&job.mapping));
            let is_told = |job: &&SynchJob| is_interrupted(job) && !dismissed.with(|it| it.contains(&job.id));
            latest.filter(is_told).cloned().collect::<Vec<_>>()
        })
    });
    view! {
        {move || elsewhere.get().into_iter().map(|job| view! { <Elsewhere job /> }).collect_view()}
        {move || interrupted.get().into_iter().map(|job| view! { <Interrupted job dismissed /> }).collect_view()}
    }
}

/// Whether the run of a job ended with its tab.
pub fn is_interrupted(job: &SynchJob) -> bool {
    matches!(&job.end, Some(JobEnd::Broken { code, .. }) if code == RunError::Interrupted.code())
}

#[component]
fn Elsewhere(
    /// The job that another tab carries out.
    job: SynchJob,
) -> impl IntoView {
    let i18n = use_i18n();
    let path = job_path(job.id);
    let text = Signal::derive(move || {
        let count = formatted(i18n, n_written(&job));
        t_string!(i18n, interrupted.elsewhere, name = job.mapping.to_string(), count = count)
    });
    view! {
        <Notice tone=Tone::Warning text>
            <A href=path>{t!(i18n, run.see_job)}</A>
        </Notice>
    }
}

#[component]
fn Interrupted(
    /// The job.
    job: SynchJob,
    /// Jobs that a person has seen.
    dismissed: RwSignal<FxHashSet<JobId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (runs, runner, configuration) = (Runs::expect(), Runner::expect(), ConfigurationStore::expect());
    let navigate = use_navigate();
    let (id, path) = (job.id, job_path(job.id));
    let said = job.clone();
    let text = Signal::derive(move || {
        let began = intl::day_and_time(i18n.get_locale().as_str(), said.started_at.as_millisecond());
        let count = formatted(i18n, n_written(&said));
        t_string!(i18n, interrupted.text, name = said.mapping.to_string(), began = began, count = count)
    });
    let can_finish = !matches!(job.kind, JobKind::Coupling | JobKind::Uncoupling | JobKind::Mending);
    let finish = move |_| {
        let mapping = configuration.configuration.with_untracked(|it| it.mapping(&job.mapping).cloned());
        let Some(mapping) = mapping else { return };
        let handle = runs.of(&job.mapping);
        handle.ask(rest_of(&job, direction_of(&job, mapping.direction), mapping.synch_only_coupled_records));
        runner.plan(handle);
        navigate(&run_path(&job.mapping), NavigateOptions::default());
    };
    let button = can_finish.then(|| {
        view! {
            <button type="button" class="button--primary" on:click=finish>{t!(i18n, interrupted.finish)}</button>
        }
    });
    let dismiss = move |_| {
        dismissed.update(|dismissed| {
            dismissed.insert(id);
        });
    };
    view! {
        <Notice tone=Tone::Warning text>
            {button}
            <A href=path>{t!(i18n, run.see_job)}</A>
            <button type="button" on:click=dismiss>{t!(i18n, action.close)}</button>
        </Notice>
    }
}

/// The way that a job went; its mapping's own where it went both.
fn direction_of(job: &SynchJob, configured: Direction) -> Direction {
    match job.passes.as_slice() {
        [only] if only.pass == Pass::ToIntegrationTable => Direction::ToIntegrationTable,
        [only] if only.pass == Pass::FromIntegrationTable => Direction::FromIntegrationTable,
        _ => configured,
    }
}

/// What has to be asked for so that what the job left undone is planned: what it did needs nothing any more.
fn rest_of(job: &SynchJob, direction: Direction, only_coupled: bool) -> RunRequest {
    let n_created: usize = job.passes.iter().map(|pass| pass.counters.inserted).sum();
    let scope = match job.kind {
        JobKind::Full if only_coupled && n_created > 0 => Scope::Review,
        JobKind::Full => Scope::All,
        JobKind::Undo { of } => {
            let goal = Goal::Undo { job: of, created: CreatedRecords::Kept };
            return RunRequest { scope: Scope::Goal, direction, goal, ..RunRequest::default() };
        }
        _ => Scope::Modified,
    };
    RunRequest { scope, direction, ..RunRequest::default() }
}

fn n_written(job: &SynchJob) -> usize {
    job.passes.iter().map(|pass| pass.counters.inserted + pass.counters.modified).sum()
}
