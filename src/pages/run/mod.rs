//! The run of one mapping from choice to result: what is synchronized, the plan, what it costs, how far it has come,
//! and what became of it. Nothing is written before *Start*.

mod actions;
pub mod changes;
mod choice;
mod difference;
mod findings;
mod follow_ups;
mod model;
mod plan_view;
pub mod progress;
mod remember;
mod start;
mod summary;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::{Direction, IntegrationTableMapping, MappingName};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use crate::browser::page;
use crate::components::count_link::mapping_path;
use crate::components::number::formatted;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::pages::of_mapping::OfMapping;
use crate::pages::run::choice::Choice;
use crate::pages::run::plan_view::PlanView;
use crate::pages::run::progress::{Ended, Progress};
use crate::state::runs::{Chosen, Phase, RunHandle, RunRequest, Runs, Scope};
use crate::tasks::run;
use crate::text::{self, I18n};

/// The page.
#[component]
pub fn RunPage() -> impl IntoView {
    let pick = |mapping: &IntegrationTableMapping| Subject {
        name: mapping.name.clone(),
        direction: mapping.direction,
        table: mapping.table.name.clone(),
        integration_table: text::integration_table(mapping),
    };
    view! { <OfMapping pick content=|subject| view! { <MappingRun subject /> }.into_any() /> }
}

/// What the page says of the mapping. Of its fields nothing, so that the page stays when a decision about one is remembered.
#[derive(Debug, Clone, PartialEq)]
struct Subject {
    name: MappingName,
    direction: Direction,
    table: String,
    integration_table: String,
}

#[component]
fn MappingRun(
    /// The mapping.
    subject: Subject,
) -> impl IntoView {
    let i18n = use_i18n();
    let runs = Runs::expect();
    let Subject { name, direction, table, integration_table } = subject;
    let handle = runs.of(&name);
    let query = use_query_map();
    ask(handle, direction, |name| query.with_untracked(|query| query.get(name)));
    let path = mapping_path(&name);
    let title = StoredValue::new(name.to_string());
    Effect::new(move |_| page::set_title(&t_string!(i18n, run.title, name = title.get_value())));
    view! {
        <div class="crumb">
            <A href="/mappings">{t!(i18n, nav.mappings)}</A> " / "
            <A href=path>{title.get_value()}</A>
        </div>
        <div class="head">
            <div>
                <h1>{move || t_string!(i18n, run.title, name = title.get_value())}</h1>
                <div class="head__sub">
                    <span class="bc">{table}</span> " "
                    <span aria-hidden="true">{text::direction_arrow(direction)}</span> " "
                    <span class="dv">{integration_table}</span> " · "
                    {move || text::direction(i18n, direction)}
                </div>
            </div>
        </div>
        <Choice handle configured=direction />
        {move || phase_view(i18n, handle, handle.phase.get())}
    }
}

/// Takes what the address asks for: `?scope=all`, `?record=…`, `?row=…`. A run that is under way stays as it is.
fn ask(handle: RunHandle, direction: Direction, query: impl Fn(&str) -> Option<String>) {
    let is_idle = handle.phase.with_untracked(|phase| *phase == Phase::Choosing);
    let ids = |name: &str| -> Vec<Uuid> {
        let text = query(name).unwrap_or_default();
        text.split(',').filter_map(|id| Uuid::try_parse(id).ok()).collect()
    };
    let chosen = Chosen {
        records: ids("record").into_iter().map(SystemId).collect(),
        rows: ids("row").into_iter().map(RowId).collect(),
    };
    let scope = match query("scope").as_deref() {
        scope if !chosen.is_empty() => match scope {
            Some("create") => Scope::Create,
            _ => Scope::Chosen,
        },
        Some("all") => Scope::All,
        Some("review") => Scope::Review,
        Some("modified") => Scope::Modified,
        _ if !is_idle => return,
        // A choice of records or of a goal stays until another one is made.
        _ if handle.request.with_untracked(|it| is_about_records(it.scope)) => return,
        _ => Scope::Modified,
    };
    let request = RunRequest { scope, direction, chosen, ..RunRequest::default() };
    if handle.request.with_untracked(|known| *known != request) {
        handle.ask(request);
    }
}

fn is_about_records(scope: Scope) -> bool {
    matches!(scope, Scope::Chosen | Scope::Create | Scope::Goal)
}

/// The plan is on its way; it can be cancelled.
#[component]
fn Coming(
    /// The run.
    handle: RunHandle,
    /// How far it is.
    words: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    view! {
        <article class="card">
            <Loading label=words />
            <div class="card__body">
                <button type="button" on:click=move |_| runner.stop(handle)>{t!(i18n, action.cancel)}</button>
            </div>
        </article>
    }
}

fn phase_view(i18n: I18n, handle: RunHandle, phase: Phase) -> AnyView {
    match phase {
        Phase::Choosing => ().into_any(),
        Phase::Reading { n_business_central, n_dataverse } => {
            let words = t_string!(
                i18n,
                run.reading,
                business_central = formatted(i18n, n_business_central),
                dataverse = formatted(i18n, n_dataverse)
            );
            view! { <Coming handle words /> }.into_any()
        }
        Phase::Planning { n_actions } => {
            let words = t_string!(i18n, run.deciding, count = formatted(i18n, n_actions));
            view! { <Coming handle words /> }.into_any()
        }
        Phase::NotPlanned(problem) => {
            let words = text::run_problem(i18n, &problem);
            let runner = run::Runner::expect();
            view! {
                <div class="status status--failed" role="alert">
                    <p>{words}</p>
                    <button type="button" on:click=move |_| runner.plan(handle)>{t!(i18n, action.retry)}</button>
                </div>
            }
            .into_any()
        }
        Phase::Planned => match handle.planned.get() {
            Some(planned) => view! { <PlanView handle planned /> }.into_any(),
            None => ().into_any(),
        },
        Phase::Running(pace) => view! { <Progress handle pace /> }.into_any(),
        Phase::Ended(job) => view! { <Ended handle job /> }.into_any(),
    }
}
