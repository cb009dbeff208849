//! Synchronization jobs: every run with its counters, newest first, and each with what it did and what failed in it.

mod errors;
pub mod job;

use std::sync::Arc;

use couplet_engine::job::SynchJob;
use couplet_engine::planning::Counters;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::query_signal;

use crate::browser::{intl, page};
use crate::components::count_link::job_path;
use crate::components::status::{Empty, Failed, Loading};
use crate::components::virtual_table::{DrawRow, VirtualTable};
use crate::i18n::*;
use crate::pages::run::progress::{counter_cell, duration};
use crate::state::load::Load;
use crate::state::synchronization::Synchronization;
use crate::text::{self, Counter, I18n};

/// The page.
#[component]
pub fn JobsPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = Synchronization::expect();
    let jobs = store.jobs();
    Effect::new(move |_| page::set_title(t_string!(i18n, jobs.title)));
    let content = move || match jobs.get() {
        Load::Idle | Load::Loading => {
            let label = Signal::derive(move || t_string!(i18n, jobs.loading).to_owned());
            view! { <Loading label /> }.into_any()
        }
        Load::Failed(failure) => view! { <Failed failure retry=move |()| store.reload() /> }.into_any(),
        Load::Ready(jobs) if jobs.is_empty() => view! {
            <Empty>
                <p>{t!(i18n, jobs.empty)}</p>
                <A href="/mappings" attr:class="button">{t!(i18n, nav.mappings)}</A>
            </Empty>
        }
        .into_any(),
        Load::Ready(jobs) => view! { <JobList jobs=Arc::new(jobs) /> }.into_any(),
    };
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, jobs.title)}</h1>
                <div class="head__sub">{t!(i18n, jobs.sub)}</div>
            </div>
        </div>
        <article class="card">{content}</article>
    }
}

#[component]
fn JobList(
    /// Every job, newest first.
    jobs: Arc<Vec<SynchJob>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (mapping, set_mapping) = query_signal::<String>("mapping");
    let (failed, set_failed) = query_signal::<bool>("failed");
    let shown = Counter::shown(jobs.iter().flat_map(|job| &job.passes).map(|pass| &pass.counters));
    let shown = StoredValue::new(shown);
    let jobs = StoredValue::new(jobs);
    let listed = Memo::new(move |_| {
        let (mapping, failed) = (mapping.get(), failed.get().unwrap_or_default());
        let is_listed = |job: &SynchJob| {
            mapping.as_deref().is_none_or(|name| job.mapping.as_str() == name) && (!failed || has_failed(job))
        };
        let rows = jobs.with_value(|jobs| {
            (0_u32..).zip(jobs.iter()).filter(|(_, job)| is_listed(job)).map(|(idx, _)| idx).collect()
        });
        Arc::<Vec<u32>>::new(rows)
    });
    let draw = Signal::derive(move || -> DrawRow {
        let _ = i18n.get_locale();
        Arc::new(move |_, idx| {
            jobs.with_value(|jobs| match jobs.get(idx as usize) {
                Some(job) => shown.with_value(|shown| cells(i18n, job, shown)),
                None => ().into_any(),
            })
        })
    });
    let head = move || {
        let plain = |words: &'static str| view! { <span class="record-table__plain-head">{words}</span> };
        view! {
            <th scope="col" class="job-list__start">{plain(t_string!(i18n, jobs.started))}</th>
            <th scope="col">{plain(t_string!(i18n, home.mapping))}</th>
            <th scope="col">{plain(t_string!(i18n, jobs.kind))}</th>
            {shown.get_value().into_iter().map(|counter| view! {
                <th scope="col" class="number job-list__count">{plain(text::counter(i18n, counter))}</th>
            }).collect_view()}
            <th scope="col">{plain(t_string!(i18n, jobs.end))}</th>
        }
    };
    let mut names: Vec<String> =
        jobs.with_value(|jobs| jobs.iter().map(|job| job.mapping.to_string()).collect());
    names.sort();
    names.dedup();
    let options = names.into_iter().map(|name| {
        let is_chosen = mapping.with_untracked(|chosen| chosen.as_ref() == Some(&name));
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    });
    let label = Signal::derive(move || t_string!(i18n, jobs.title).to_owned());
    view! {
        <div class="record-table__tools">
            <select
                aria-label=move || t_string!(i18n, home.mapping)
                on:change:target=move |event| {
                    set_mapping.set(Some(event.target().value()).filter(|name| !name.is_empty()));
                }
            >
                <option value="">{t!(i18n, jobs.every_mapping)}</option>
                {options.collect_view()}
            </select>
            <label>
                <input
                    type="checkbox"
                    prop:checked=move || failed.get().unwrap_or_default()
                    on:change:target=move |event| set_failed.set(event.target().checked().then_some(true))
                />
                " " {t!(i18n, jobs.only_failed)}
            </label>
        </div>
        <VirtualTable label rows=Signal::derive(move || listed.get()) selected=RwSignal::new(None) head draw />
        <Show when=move || listed.with(|listed| listed.is_empty())>
            <p class="status status--empty">{t!(i18n, jobs.nothing_listed)}</p>
        </Show>
    }
}

fn cells(i18n: I18n, job: &SynchJob, shown: &[Counter]) -> AnyView {
    let counters: Counters = job.passes.iter().map(|pass| pass.counters).sum();
    let end = text::job_end(i18n, job);
    let (began, took) = (started(i18n, job), took(i18n, job));
    view! {
        <td><A href=job_path(job.id)>{began}</A></td>
        <td>{job.mapping.to_string()}</td>
        <td>{text::job_kind(i18n, job.kind)}</td>
        {shown.iter().map(|counter| counter_cell(i18n, *counter, &counters)).collect_view()}
        <td title=end.clone()>{end.clone()} " " <span class="quiet">{took}</span></td>
    }
    .into_any()
}

fn has_failed(job: &SynchJob) -> bool {
    job.passes.iter().any(|pass| pass.counters.failed > 0)
        || !matches!(job.end, None | Some(couplet_engine::job::JobEnd::Ran(_)))
}

/// When a job began.
fn started(i18n: I18n, job: &SynchJob) -> String {
    intl::day_and_time(i18n.get_locale().as_str(), job.started_at.as_millisecond())
}

/// How long it took; none while it runs.
fn took(i18n: I18n, job: &SynchJob) -> Option<String> {
    let finished = job.finished_at?;
    Some(duration(i18n, finished.duration_since(job.started_at).as_secs_f64()))
}
