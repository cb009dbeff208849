//! A run while it is carried out, and what became of it.

use std::sync::Arc;

use couplet_engine::job::SynchJob;
use couplet_engine::planning::{Counters, Pass};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::count_link::job_path;
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::runs::{Pace, RunHandle};
use crate::tasks::run;
use crate::text::{self, Counter, I18n};

/// Counts, rate, remaining time, and the buttons that hold it.
#[component]
pub(super) fn Progress(
    /// The run.
    handle: RunHandle,
    /// Whether it goes on.
    pace: Pace,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    let progress = handle.progress;
    let line = move || {
        progress.with(|progress| {
            let (done, all) = (formatted(i18n, progress.n_done), formatted(i18n, progress.n_all));
            t_string!(i18n, run.done_of, done = done, total = all)
        })
    };
    let speed = move || {
        progress.with(|progress| {
            let rate = progress.rate()?;
            let seconds = progress.remaining_seconds()?;
            let rate = formatted(i18n, rate.round() as usize);
            Some(t_string!(i18n, run.rate, rate = rate, time = duration(i18n, seconds)))
        })
    };
    let failed = move || {
        let n_failed = progress.with(|progress| progress.n_failed);
        let words = t_string!(i18n, run.failed_so_far, count = formatted(i18n, n_failed));
        (n_failed > 0).then(|| view! { <p><span class="verdict verdict--out">{words}</span></p> })
    };
    let waiting = move || {
        let seconds = progress.with(|progress| progress.waiting_seconds)?;
        let words = t_string!(i18n, reading.throttled, seconds = seconds.to_string());
        Some(view! { <p><span class="verdict verdict--warn">{words}</span></p> })
    };
    let state = match pace {
        Pace::Going => None,
        Pace::Paused => Some(Signal::derive(move || t_string!(i18n, run.paused))),
        Pace::Stopping => Some(Signal::derive(move || t_string!(i18n, run.stopping))),
    };
    let (paused, stopping) = (pace == Pace::Paused, pace == Pace::Stopping);
    view! {
        <article class="card run-progress">
            <header>
                <h2>{t!(i18n, run.running)}</h2>
                {state.map(|state| view! { <span class="verdict verdict--warn">{state}</span> })}
                <span class="run-progress__buttons">
                    <button type="button" disabled=stopping on:click=move |_| runner.hold(handle)>
                        {move || if paused { t_string!(i18n, run.resume) } else { t_string!(i18n, run.pause) }}
                    </button>
                    <button type="button" disabled=stopping on:click=move |_| runner.stop(handle)>
                        {t!(i18n, action.cancel)}
                    </button>
                </span>
            </header>
            <div class="card__body">
                <progress
                    class="run-progress__bar"
                    max=move || progress.with(|it| it.n_all.max(1)).to_string()
                    value=move || progress.with(|it| it.n_done).to_string()
                    aria-label=move || t_string!(i18n, run.running)
                ></progress>
                <p role="status">{line} " " <span class="quiet">{speed}</span></p>
                {failed}
                {waiting}
                <p class="quiet">{t!(i18n, run.leave)}</p>
            </div>
        </article>
    }
}

/// What became of it.
#[component]
pub(super) fn Ended(
    /// The run.
    handle: RunHandle,
    /// Its job.
    job: Arc<SynchJob>,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    let passes: Vec<(Pass, Counters)> = job.passes.iter().map(|pass| (pass.pass, pass.counters)).collect();
    let n_failed: usize = passes.iter().map(|(_, counters)| counters.failed).sum();
    let n_requests = usize::try_from(job.n_requests).unwrap_or(usize::MAX);
    let href = job_path(job.id);
    let end = move || text::job_end(i18n, &job);
    view! {
        <article class="card run-progress" aria-live="polite">
            <header>
                <h2>{end}</h2>
                <small>{move || t_string!(i18n, run.n_requests, count = formatted(i18n, n_requests))}</small>
            </header>
            <div class="card__body">
                <CounterTable passes=Signal::stored(passes) />
                <div class="run-progress__next">
                    <A href=href attr:class="button">
                        {move || if n_failed > 0 {
                            t_string!(i18n, run.see_errors, count = formatted(i18n, n_failed))
                        } else {
                            t_string!(i18n, run.see_job).to_owned()
                        }}
                    </A>
                    <button type="button" on:click=move |_| runner.plan(handle)>{t!(i18n, run.plan_again)}</button>
                </div>
            </div>
        </article>
    }
}

/// The counters of a job, one line a pass (S1.17).
#[component]
pub fn CounterTable(
    /// The passes.
    #[prop(into)]
    passes: Signal<Vec<(Pass, Counters)>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let shown =
        Memo::new(move |_| passes.with(|passes| Counter::shown(passes.iter().map(|(_, counters)| counters))));
    let line = move |(pass, counters): (Pass, Counters)| {
        view! {
            <tr>
                <th scope="row" class=text::side_class(pass.destination())>{text::pass(i18n, pass)}</th>
                {shown.get().into_iter().map(|counter| counter_cell(i18n, counter, &counters)).collect_view()}
            </tr>
        }
    };
    let lines = move || passes.get().into_iter().map(line).collect_view();
    let head = move || {
        let cell = |counter| view! { <th scope="col" class="number">{text::counter(i18n, counter)}</th> };
        shown.get().into_iter().map(cell).collect_view()
    };
    view! {
        <div class="scroll-x">
            <table class="rows counters">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, run.direction)}</th>
                        {head}
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
}

/// The cell of one counter; failures stand out.
pub fn counter_cell(i18n: I18n, counter: Counter, counters: &Counters) -> impl IntoView + use<> {
    let count = counter.of(counters);
    let stands_out = counter == Counter::Failed && count > 0;
    let class = if stands_out { "number counters__failed" } else { "number" };
    view! { <td class=class>{formatted(i18n, count)}</td> }
}

/// A length of time in words: "40 s", "3 min", "2 h 5 min".
pub fn duration(i18n: I18n, seconds: f64) -> String {
    let seconds = seconds.max(0.0).ceil() as usize;
    let (hours, minutes) = (seconds / 3_600, seconds.div_ceil(60));
    if hours > 0 {
        t_string!(i18n, run.hours, hours = hours.to_string(), minutes = (minutes % 60).to_string())
    } else if seconds > 90 {
        t_string!(i18n, run.minutes, minutes = minutes.to_string())
    } else {
        t_string!(i18n, run.seconds, seconds = seconds.to_string())
    }
}
