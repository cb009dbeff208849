//! One synchronization job: its counters, its errors by cause, and every field that it changed.

use std::sync::Arc;

use couplet_engine::Direction;
use couplet_engine::coupling::JobId;
use couplet_engine::job::{SynchJob, SynchJobError};
use couplet_engine::planning::{Counters, Outcome, Pass};
use couplet_engine::undo::CreatedRecords;
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_params_map};
use uuid::Uuid;

use crate::browser::page;
use crate::components::count_link::{mapping_path, run_path};
use crate::components::number::formatted;
use crate::components::status::{Empty, Failed, Loading};
use crate::i18n::*;
use crate::pages::jobs::errors::ErrorsByCause;
use crate::pages::jobs::{started, took};
use crate::pages::run::changes::Changes;
use crate::pages::run::progress::CounterTable;
use crate::state::load::Load;
use crate::state::runs::Runs;
use crate::state::synchronization::{Synchronization, into_load};
use crate::text;

/// The page.
#[component]
pub fn JobPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = Synchronization::expect();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"))?;
        Uuid::try_parse(&id).ok().map(JobId)
    });
    let jobs = store.jobs();
    let loading = Signal::derive(move || t_string!(i18n, jobs.loading).to_owned());
    let content = move || match jobs.get() {
        Load::Idle | Load::Loading => view! { <Loading label=loading /> }.into_any(),
        Load::Failed(failure) => view! { <Failed failure retry=move |()| store.reload() /> }.into_any(),
        Load::Ready(jobs) => match jobs.into_iter().find(|job| Some(job.id) == id.get()) {
            Some(job) => view! { <Job job /> }.into_any(),
            None => view! { <Empty><p>{t!(i18n, jobs.unknown)}</p></Empty> }.into_any(),
        },
    };
    view! {
        <div class="crumb"><A href="/jobs">{t!(i18n, jobs.title)}</A></div>
        {content}
    }
}

#[component]
fn Job(
    /// The job.
    job: SynchJob,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = Synchronization::expect();
    let id = job.id;
    let errors = RwSignal::new(Load::<Arc<Vec<SynchJobError>>>::Loading);
    let written = RwSignal::new(Load::<Arc<Vec<couplet_engine::planning::Action>>>::Loading);
    let read = move || {
        spawn_local(async move {
            errors.set(into_load(store.job_errors(id).await.map(Arc::new)));
            let settlements = couplet_synchronization::Store::settlements(&store.store(), id).await;
            written.set(into_load(settlements.map(|settlements| {
                let done = settlements.into_iter().filter(|it| {
                    matches!(it.outcome, Outcome::Done { .. }) && (it.action.writes() || couples(&it.action))
                });
                Arc::new(done.map(|it| it.action).collect())
            })));
        });
    };
    read();
    let name = job.mapping.clone();
    let title = StoredValue::new(name.to_string());
    Effect::new(move |_| page::set_title(&t_string!(i18n, jobs.job_title, name = title.get_value())));
    let passes: Vec<(Pass, Counters)> = job.passes.iter().map(|pass| (pass.pass, pass.counters)).collect();
    let n_requests = usize::try_from(job.n_requests).unwrap_or(usize::MAX);
    let mapping = name.clone();
    let causes = move || match errors.get() {
        Load::Ready(errors) => {
            view! { <ErrorsByCause mapping=mapping.clone() errors=Signal::stored(errors) /> }.into_any()
        }
        Load::Failed(failure) => view! { <Failed failure retry=move |()| read() /> }.into_any(),
        Load::Idle | Load::Loading => ().into_any(),
    };
    let mapping = name.clone();
    let changes = move || match written.get() {
        Load::Ready(actions) => view! { <Changes mapping=mapping.clone() actions /> }.into_any(),
        Load::Failed(failure) => view! { <Failed failure retry=move |()| read() /> }.into_any(),
        Load::Idle | Load::Loading => {
            let label = Signal::derive(move || t_string!(i18n, jobs.loading_changes).to_owned());
            view! { <Loading label /> }.into_any()
        }
    };
    let head = job.clone();
    let (runs, navigate) = (Runs::expect(), use_navigate());
    let undone = name.clone();
    let undo = move |_| {
        let goal = Goal::Undo { job: id, created: CreatedRecords::Kept };
        runs.of(&undone).aim(Direction::Bidirectional, goal);
        navigate(&run_path(&undone), leptos_router::NavigateOptions::default());
    };
    view! {
        <div class="head">
            <div>
                <h1>{move || t_string!(i18n, jobs.job_title, name = title.get_value())}</h1>
                <div class="head__sub">
                    {move || {
                        let took = took(i18n, &head).map(|took| format!(" · {took}")).unwrap_or_default();
                        format!("{} · {}{took}", text::job_kind(i18n, head.kind), started(i18n, &head))
                    }}
                </div>
            </div>
            <div class="head__actions">
                <A href=mapping_path(&name) attr:class="button">{name.to_string()}</A>
                <button type="button" on:click=undo>{t!(i18n, jobs.undo)}</button>
            </div>
        </div>
        <article class="card run-progress">
            <header>
                <h2>{move || text::job_end(i18n, &job)}</h2>
                <small>{move || t_string!(i18n, run.n_requests, count = formatted(i18n, n_requests))}</small>
            </header>
            <CounterTable passes=Signal::stored(passes) />
        </article>
        {causes}
        {changes}
    }
}

/// Whether an action changes a coupling without writing.
fn couples(action: &couplet_engine::planning::Action) -> bool {
    use couplet_engine::planning::ActionKind::{Couple, RemoveCoupling, Update};
    matches!(action.kind, Couple | RemoveCoupling | Update)
}
