//! Upgrade from an older Sales-only connection: the documented six steps (S7.41) with a backup before them, a rehearsal of
//! what they would overwrite, and the kept customizations put back as the last.

mod steps;

use couplet_engine::history::{Change, Target};
use couplet_engine::upgrade::{missing, rehearse};
use couplet_engine::{Company, Configuration};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use rustc_hash::FxHashSet;

use self::steps::Steps;
use crate::browser::page;
use crate::components::change_list::ChangeList;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::pages::default_setup::company::{CompanyLookup, company_lookup};
use crate::pages::history::words;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::upgrade::{as_backed_up, back_up, backed_up, reapply};
use crate::text::{self, change_sentence};

/// What became of the last action.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    BackedUp { name: String },
    Reapplied { count: usize },
    Failed(SaveError),
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Upgrade {
    store: ConfigurationStore,
    company: Signal<CompanyLookup>,
    /// The revision that was backed up.
    backup: RwSignal<Option<u64>>,
    outcome: RwSignal<Option<Outcome>>,
}

impl Upgrade {
    fn found(self) -> Option<Company> {
        self.company.with(CompanyLookup::found)
    }

    fn before(self) -> Option<Configuration> {
        as_backed_up(self.store, self.backup.get()?)
    }
}

/// The page.
#[component]
pub fn UpgradePage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let upgrade = Upgrade {
        store,
        company: company_lookup(),
        backup: RwSignal::new(backed_up()),
        outcome: RwSignal::new(None),
    };
    // Without the company row the standard filters lack their company part, and everything would seem customized.
    let is_ready = Memo::new(move |_| {
        let is_known = upgrade.company.with(|it| *it != CompanyLookup::Pending);
        is_known && store.load.with(|load| load.ready().is_some())
    });
    Effect::new(move |_| page::set_title(t_string!(i18n, upgrade.title)));
    let said = move || {
        upgrade.outcome.get().map(|outcome| {
            let tone = if matches!(outcome, Outcome::Failed(_)) { Tone::Warning } else { Tone::Done };
            let sentence = Signal::derive(move || match &outcome {
                Outcome::BackedUp { name } => t_string!(i18n, upgrade.backed_up, name = name.clone()),
                Outcome::Reapplied { count } => {
                    t_string!(i18n, upgrade.reapplied, count = formatted(i18n, *count))
                }
                Outcome::Failed(error) => text::save_error(i18n, error),
            });
            view! { <Notice tone text=sentence /> }
        })
    };
    view! {
        <div class="crumb"><A href="/setup">{words(i18n, |i18n| t_string!(i18n, setup_guide.title))}</A></div>
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, upgrade.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, upgrade.sub))}</div>
            </div>
        </div>
        <div aria-live="polite">{said}</div>
        <Show
            when=move || is_ready.get()
            fallback=move || view! { <Loading label=words(i18n, |i18n| t_string!(i18n, default_setup.loading)) /> }
        >
            <Backup upgrade />
            <RehearsalCard upgrade />
            <Steps upgrade />
            <PutBack upgrade />
        </Show>
    }
}

/// The workspace file before anything is changed.
#[component]
fn Backup(upgrade: Upgrade) -> impl IntoView {
    let i18n = use_i18n();
    let go = move |_| {
        spawn_local(async move {
            let done = back_up(upgrade.store).await;
            upgrade.backup.set(backed_up());
            upgrade.outcome.set(Some(match done {
                Ok(name) => Outcome::BackedUp { name },
                Err(error) => Outcome::Failed(error),
            }));
        });
    };
    let state = move || match upgrade.backup.get() {
        Some(revision) => t_string!(i18n, upgrade.backup_made, revision = revision.to_string()),
        None => t_string!(i18n, upgrade.backup_none).to_owned(),
    };
    let class = move || if upgrade.backup.get().is_none() { "button--primary" } else { "" };
    view! {
        <section class="card find__part" aria-labelledby="upgrade-backup">
            <header><h2 id="upgrade-backup">{words(i18n, |i18n| t_string!(i18n, upgrade.backup))}</h2></header>
            <div class="card__body">
                <p>{words(i18n, |i18n| t_string!(i18n, upgrade.backup_text))}</p>
                <p class="quiet">{state}</p>
                <button type="button" class=class on:click=go>
                    {words(i18n, |i18n| t_string!(i18n, upgrade.back_up))}
                </button>
            </div>
        </section>
    }
}

/// What the documented steps would overwrite, found out on a copy.
#[component]
fn RehearsalCard(upgrade: Upgrade) -> impl IntoView {
    let i18n = use_i18n();
    let rehearsal = Memo::new(move |_| {
        let before = upgrade.before().unwrap_or_else(|| upgrade.store.configuration.get());
        rehearse(&before, upgrade.found().as_ref()).lost
    });
    let count = move || formatted(i18n, rehearsal.with(Vec::len));
    view! {
        <section class="card find__part" aria-labelledby="upgrade-rehearsal">
            <header><h2 id="upgrade-rehearsal">{words(i18n, |i18n| t_string!(i18n, upgrade.rehearsal))}</h2></header>
            <div class="card__body">
                <p class="quiet">{words(i18n, |i18n| t_string!(i18n, upgrade.rehearsal_text))}</p>
                <Show
                    when=move || !rehearsal.with(Vec::is_empty)
                    fallback=move || view! { <Empty><p>{words(i18n, |i18n| t_string!(i18n, upgrade.nothing_lost))}</p></Empty> }
                >
                    <details open=true>
                        <summary>{move || t_string!(i18n, upgrade.lost, count = count())}</summary>
                        <ChangeList changes=rehearsal />
                    </details>
                </Show>
                <p class="quiet">{words(i18n, |i18n| t_string!(i18n, upgrade.survives))}</p>
            </div>
        </section>
    }
}

/// The customizations that are not there any more, to be put back.
#[component]
fn PutBack(upgrade: Upgrade) -> impl IntoView {
    let i18n = use_i18n();
    let left_out = RwSignal::new(FxHashSet::<usize>::default());
    let gone = Memo::new(move |_| {
        let before = upgrade.before()?;
        let found = upgrade.found();
        Some(upgrade.store.configuration.with(|current| missing(current, &before, found.as_ref())))
    });
    // Another list: its numbers mean other lines.
    Effect::new(move |_| {
        gone.track();
        left_out.update(FxHashSet::clear);
    });
    let n_chosen = move || {
        let n_gone = gone.with(|gone| gone.as_ref().map_or(0, Vec::len));
        n_gone.saturating_sub(left_out.with(FxHashSet::len))
    };
    let go = move |_| {
        let Some(before) = untrack(|| upgrade.before()) else { return };
        let targets: Vec<Target> = gone.with_untracked(|gone| {
            let lines = gone.iter().flatten().enumerate();
            let chosen = lines.filter(|(idx, _)| !left_out.with_untracked(|out| out.contains(idx)));
            chosen.map(|(_, change)| change.target()).collect()
        });
        spawn_local(async move {
            let done = reapply(upgrade.store, &before, &targets).await;
            let count = targets.len();
            upgrade.outcome.set(Some(done.map_or_else(Outcome::Failed, |()| Outcome::Reapplied { count })));
        });
    };
    let line = move |(idx, change): (usize, Change)| view! { <PutBackLine idx change left_out /> };
    let caption = move || t_string!(i18n, upgrade.reapply, count = formatted(i18n, n_chosen()));
    let body = move || {
        match gone.get() {
        None => view! { <Empty><p>{words(i18n, |i18n| t_string!(i18n, upgrade.no_backup))}</p></Empty> }.into_any(),
        Some(gone) if gone.is_empty() => {
            view! { <Empty><p>{words(i18n, |i18n| t_string!(i18n, upgrade.nothing_missing))}</p></Empty> }.into_any()
        }
        Some(gone) => view! {
            <ul class="upgrade__list">{gone.into_iter().enumerate().map(line).collect_view()}</ul>
            <button type="button" class="button--primary" disabled=move || n_chosen() == 0 on:click=go>{caption}</button>
        }
        .into_any(),
    }
    };
    view! {
        <section class="card find__part" aria-labelledby="upgrade-put-back">
            <header><h2 id="upgrade-put-back">{words(i18n, |i18n| t_string!(i18n, upgrade.put_back))}</h2></header>
            <div class="card__body">
                <p class="quiet">{words(i18n, |i18n| t_string!(i18n, upgrade.put_back_text))}</p>
                {body}
            </div>
        </section>
    }
}

/// One customization, taken in or left out.
#[component]
fn PutBackLine(idx: usize, change: Change, left_out: RwSignal<FxHashSet<usize>>) -> impl IntoView {
    let i18n = use_i18n();
    let toggle = move |_| {
        left_out.update(|out| {
            if !out.remove(&idx) {
                out.insert(idx);
            }
        });
    };
    view! {
        <li>
            <label class="form__check">
                <input
                    type="checkbox"
                    prop:checked=move || !left_out.with(|out| out.contains(&idx))
                    on:change=toggle
                />
                {move || change_sentence(i18n, &change)}
            </label>
        </li>
    }
}
