//! Scheduled jobs: every job queue entry with its state, when it runs next and why not now, and the switch of the whole
//! schedule (S5.20 to S5.26).

use couplet_engine::schedule::{Hindrance, NextRun, Standing};
use couplet_engine::{JobQueueEntry, MappingName};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser::{intl, page};
use crate::components::count_link::mapping_path;
use crate::components::notice::{Notice, Tone};
use crate::components::status::{Empty, Failed, Loading};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::load::Load;
use crate::state::schedule::{Keeper, Schedules, Switch};
use crate::text::{self, I18n};

/// The page.
#[component]
pub fn SchedulePage() -> impl IntoView {
    let i18n = use_i18n();
    let (configuration, schedules) = (ConfigurationStore::expect(), Schedules::expect());
    Effect::new(move |_| page::set_title(t_string!(i18n, schedule.title)));
    let problem = RwSignal::new(None::<String>);
    let entries = Memo::new(move |_| configuration.configuration.with(|it| it.job_queue_entries.clone()));
    let is_on = move || schedules.schedule.with(|load| load.ready().is_some_and(|schedule| schedule.is_on));
    let switch = move |_| {
        let to = if untrack(is_on) { Switch::Off } else { Switch::On };
        spawn_local(async move {
            let kept = schedules.switch(to).await;
            problem.set(kept.err().map(|error| text::run_error(i18n, &error.into())));
        });
    };
    let keeper = move || match (is_on(), schedules.keeper.get()) {
        (false, _) => t_string!(i18n, schedule.off),
        (true, Keeper::ThisTab) => t_string!(i18n, schedule.this_tab),
        (true, Keeper::OtherTab) => t_string!(i18n, schedule.other_tab),
        (true, Keeper::Unknown) => t_string!(i18n, schedule.starting),
        (true, Keeper::Nobody) => t_string!(i18n, schedule.nobody),
    };
    let content = move || {
        match schedules.schedule.get() {
        Load::Idle | Load::Loading => {
            let label = Signal::derive(move || t_string!(i18n, schedule.loading).to_owned());
            view! { <Loading label /> }.into_any()
        }
        Load::Failed(failure) => {
            view! { <Failed failure retry=move |()| spawn_local(async move { configuration.reload().await }) /> }
                .into_any()
        }
        Load::Ready(_) if entries.with(Vec::is_empty) => view! {
            <Empty>
                <p>{t!(i18n, schedule.empty)}</p>
                <A href="/default-setup" attr:class="button">{t!(i18n, home.apply_default)}</A>
            </Empty>
        }
        .into_any(),
        Load::Ready(_) => view! { <Entries entries problem /> }.into_any(),
    }
    };
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, schedule.title)}</h1>
                <div class="head__sub" role="status">{keeper}</div>
            </div>
            <div class="head__actions">
                <button type="button" class:button--primary=move || !is_on() on:click=switch>
                    {move || if is_on() { t_string!(i18n, schedule.stop) } else { t_string!(i18n, schedule.start) }}
                </button>
            </div>
        </div>
        {move || problem.get().map(|text| view! { <Notice tone=Tone::Warning text /> })}
        <article class="card">{content}</article>
    }
}

#[component]
fn Entries(
    /// Every job queue entry.
    entries: Memo<Vec<JobQueueEntry>>,
    /// What went wrong last.
    problem: RwSignal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let schedules = Schedules::expect();
    let restart = move |mapping: MappingName| {
        spawn_local(async move {
            let kept = schedules.restart(&mapping).await;
            problem.set(kept.err().map(|error| text::run_error(i18n, &error.into())));
        });
    };
    let row = move |entry: JobQueueEntry| {
        let (name, mapping) = (entry.mapping.to_string(), entry.mapping.clone());
        let every = t_string!(i18n, setting_value.minutes, number = entry.minutes_between_runs.to_string());
        let rest =
            t_string!(i18n, setting_value.minutes, number = entry.inactivity_timeout_minutes.to_string());
        let is_running = {
            let mapping = entry.mapping.clone();
            move || schedules.running.with(|running| running.as_ref() == Some(&mapping))
        };
        let hindrance = {
            let entry = entry.clone();
            move || match schedules.hindrance(&entry)? {
                Hindrance::Off => Some(t_string!(i18n, schedule.run_now_off)),
                Hindrance::OnHold => Some(t_string!(i18n, schedule.run_now_on_hold)),
            }
        };
        let is_kept_from_running = {
            let hindrance = hindrance.clone();
            move || hindrance().is_some()
        };
        let path = mapping_path(&entry.mapping);
        let settings = format!("{path}?tab=settings");
        let standing = move || {
            let words = match schedules.standing(&entry) {
                _ if is_running() => t_string!(i18n, schedule.running).to_owned(),
                None => String::new(),
                Some(standing) => standing_words(i18n, standing),
            };
            view! { {words} }
        };
        view! {
            <tr>
                <th scope="row"><A href=path>{name}</A></th>
                <td>{standing}</td>
                <td class="number">{every}</td>
                <td class="number">{rest}</td>
                <td>
                    <button
                        type="button"
                        class="button--small"
                        disabled=is_kept_from_running
                        title=hindrance
                        on:click=move |_| restart(mapping.clone())
                    >
                        {t!(i18n, schedule.run_now)}
                    </button>
                    " "
                    <A href=settings>{t!(i18n, mapping.settings)}</A>
                </td>
            </tr>
        }
    };
    view! {
        <div class="scroll-x">
            <table class="rows">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, home.mapping)}</th>
                        <th scope="col">{t!(i18n, full.state)}</th>
                        <th scope="col" class="number">{t!(i18n, schedule.every)}</th>
                        <th scope="col" class="number">{t!(i18n, schedule.rest)}</th>
                        <th scope="col"><span class="visually-hidden">{t!(i18n, run.action)}</span></th>
                    </tr>
                </thead>
                <tbody>{move || entries.get().into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// When an entry runs next, and why not now.
fn standing_words(i18n: I18n, standing: Standing) -> String {
    let moment = |at: jiff::Timestamp| intl::day_and_time(i18n.get_locale().as_str(), at.as_millisecond());
    match standing {
        Standing::OnHold => t_string!(i18n, schedule.on_hold).to_owned(),
        Standing::Next(NextRun::Error) => t_string!(i18n, schedule.error).to_owned(),
        Standing::Next(NextRun::Ready { at, .. }) if at == jiff::Timestamp::MIN => {
            t_string!(i18n, schedule.at_once).to_owned()
        }
        Standing::Next(NextRun::Ready { at, failed_attempts: 0 }) => {
            t_string!(i18n, schedule.ready, time = moment(at))
        }
        Standing::Next(NextRun::Ready { at, failed_attempts }) => {
            t_string!(i18n, schedule.again, time = moment(at), count = failed_attempts.to_string())
        }
        Standing::Next(NextRun::OnHoldWithInactivityTimeout { at: Some(at) }) => {
            t_string!(i18n, schedule.inactive_until, time = moment(at))
        }
        Standing::Next(NextRun::OnHoldWithInactivityTimeout { at: None }) => {
            t_string!(i18n, schedule.inactive).to_owned()
        }
    }
}
