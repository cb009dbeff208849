//! The configuration history: every version with what it changed, and the ways back. `?version=5` opens one.

use std::sync::Arc;

use couplet_engine::history::{Change, Target, difference, revert};
use couplet_engine::{Configuration, MappingName};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use crate::browser::{intl, page};
use crate::components::change_list::ChangeList;
use crate::components::dialog::Dialog;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::state::configuration::{ConfigurationStore, HistoryEntry, SaveError};
use crate::state::load::Load;
use crate::text::{self, I18n, cause_sentence, change_sentence};

/// How many versions are shown at first, and how many more each time.
const STEP: usize = 50;

/// A way back, before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
enum Plan {
    /// The last version is undone.
    Undo,
    /// Everything as before this version.
    Whole { seq: u64 },
    /// One change of this version is taken back.
    Item { seq: u64, target: Target },
}

/// Words of the page's language, kept current.
///
/// A function pointer, so that all words of a page are one type to the view: with `t!` each would be rendered by code
/// of its own.
pub(super) fn words(i18n: I18n, pick: fn(I18n) -> &'static str) -> Signal<String> {
    Signal::derive(move || pick(i18n).to_owned())
}

/// What the page's parts share.
#[derive(Debug, Clone, Copy)]
struct Page {
    store: ConfigurationStore,
    /// The question on screen.
    plan: RwSignal<Option<Plan>>,
    asking: RwSignal<bool>,
    /// What became of the last way back.
    outcome: RwSignal<Option<Result<u64, SaveError>>>,
}

impl Page {
    fn ask(self, plan: Plan) {
        self.plan.set(Some(plan));
        self.asking.set(true);
    }

    fn go(self) {
        let Some(plan) = self.plan.get_untracked() else { return };
        self.asking.set(false);
        spawn_local(async move {
            let done = match plan {
                Plan::Undo => self.store.undo_last().await,
                Plan::Whole { seq } => self.store.revert_to(seq).await,
                Plan::Item { seq, target } => self.store.revert_item(seq, &target).await,
            };
            self.outcome.set(Some(done.map(|()| self.store.revision.get_untracked())));
        });
    }

    /// What the plan would change now.
    fn consequences(self) -> Vec<Change> {
        let Some(plan) = self.plan.get() else { return Vec::new() };
        self.store.history.track();
        self.store.configuration.with(|current| {
            let next = match plan {
                Plan::Undo => untrack(|| self.store.last_version()).and_then(|seq| self.store.before(seq)),
                Plan::Whole { seq } => self.store.before(seq),
                Plan::Item { seq, target } => {
                    self.store.before(seq).map(|before| revert(current, &before, &target))
                }
            };
            next.map(|next| difference(current, &next)).unwrap_or_default()
        })
    }
}

/// The page.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let page =
        Page { store, plan: RwSignal::new(None), asking: RwSignal::new(false), outcome: RwSignal::new(None) };
    Effect::new(move |_| page::set_title(t_string!(i18n, history.title)));
    let cannot_undo = Signal::derive(move || store.last_version().is_none() || store.saving.get());
    view! {
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, history.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, history.sub))}</div>
            </div>
            <div class="head__actions">
                <button type="button" disabled=cannot_undo on:click=move |_| page.ask(Plan::Undo)>
                    {words(i18n, |i18n| t_string!(i18n, history.undo_last))}
                </button>
            </div>
        </div>
        <Outcome page />
        <Versions page />
        <Question page />
    }
}

#[component]
fn Outcome(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        page.outcome.get().map(|outcome| {
            let tone = if outcome.is_ok() { Tone::Done } else { Tone::Warning };
            let text = Signal::derive(move || match &outcome {
                Ok(seq) => t_string!(i18n, history.done, seq = seq.to_string()),
                Err(error) => text::save_error(i18n, error),
            });
            view! { <Notice tone text /> }
        })
    }
}

/// The list in its states; failed is said by the frame, which can retry.
#[component]
fn Versions(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let shown = RwSignal::new(STEP);
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| query.get_str("version").and_then(|seq| seq.parse::<u64>().ok()))
    });
    let only = Memo::new(move |_| {
        query.with(|query| query.get_str("mapping").and_then(|name| MappingName::new(name).ok()))
    });
    let is_unknown = move || {
        wanted
            .get()
            .filter(|seq| page.store.history.with(|history| history.iter().all(|entry| entry.seq != *seq)))
    };
    let rows = move || {
        page.store.history.with(|history| {
            let limit = wanted.get().and_then(|seq| history.iter().rev().position(|entry| entry.seq == seq));
            let limit = limit.map_or(0, |position| position + 1).max(shown.get());
            let versions =
                history.iter().rev().filter(|entry| only.with(|only| concerns(entry, only.as_ref())));
            versions.take(limit).cloned().map(Arc::new).collect::<Vec<_>>()
        })
    };
    let has_older = move || page.store.history.with(Vec::len) > shown.get();
    let loading = words(i18n, |i18n| t_string!(i18n, history.loading));
    let is_loading =
        Memo::new(move |_| page.store.load.with(|load| matches!(load, Load::Idle | Load::Loading)));
    let is_empty = Memo::new(move |_| page.store.history.with(Vec::is_empty));
    let is_ready = Memo::new(move |_| page.store.load.with(|load| load.ready().is_some()));
    view! {
        <Show when=move || is_loading.get()><Loading label=loading /></Show>
        {move || is_unknown().filter(|_| is_ready.get()).map(|seq| {
            let text = Signal::derive(move || t_string!(i18n, history.unknown_version, seq = seq.to_string()));
            view! { <Notice tone=Tone::Warning text /> }
        })}
        {move || only.get().map(|name| {
            let text = t_string!(i18n, history.only, name = name.to_string());
            view! {
                <p>{text} " " <a href="/history">{words(i18n, |i18n| t_string!(i18n, history.all))}</a></p>
            }
        })}
        <Show when=move || is_ready.get() && is_empty.get()>
            <div class="card"><Empty>{words(i18n, |i18n| t_string!(i18n, history.empty))}</Empty></div>
        </Show>
        <Show when=move || is_ready.get() && !is_empty.get()>
            <div class="card scroll-x" tabindex="0" role="region" aria-label=words(i18n, |i18n| t_string!(i18n, history.versions))>
                <table class="rows history">
                    <caption class="visually-hidden">{words(i18n, |i18n| t_string!(i18n, history.versions))}</caption>
                    <thead>
                        <tr>
                            <th scope="col" class="number">{words(i18n, |i18n| t_string!(i18n, history.version))}</th>
                            <th scope="col">{words(i18n, |i18n| t_string!(i18n, history.time))}</th>
                            <th scope="col">{words(i18n, |i18n| t_string!(i18n, history.cause))}</th>
                            <th scope="col" class="number">{words(i18n, |i18n| t_string!(i18n, history.changes))}</th>
                            <th scope="col"><span class="visually-hidden">{words(i18n, |i18n| t_string!(i18n, history.open))}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=rows key=|entry| entry.seq let(entry)>
                            <VersionRow page entry wanted />
                        </For>
                    </tbody>
                </table>
            </div>
            <Show when=has_older>
                <p class="history__older">
                    <button type="button" on:click=move |_| shown.update(|shown| *shown += STEP)>
                        {words(i18n, |i18n| t_string!(i18n, history.older))}
                    </button>
                </p>
            </Show>
        </Show>
    }
}

/// Whether a version changed the mapping, or any when none is asked for.
fn concerns(entry: &HistoryEntry, mapping: Option<&MappingName>) -> bool {
    mapping.is_none() || entry.changes.iter().any(|change| change.mapping.as_ref() == mapping)
}

/// A version, and below it what it changed when it is the one opened.
#[component]
fn VersionRow(page: Page, entry: Arc<HistoryEntry>, wanted: Memo<Option<u64>>) -> impl IntoView {
    let i18n = use_i18n();
    let seq = entry.seq;
    let is_open = Memo::new(move |_| wanted.get() == Some(seq));
    let details = format!("version-{seq}");
    let time_ms = entry.time_ms;
    let n_changes = entry.changes.len();
    let (entry, of_cause) = (entry.clone(), entry);
    let address =
        Signal::derive(
            move || {
                if is_open.get() { "/history".to_owned() } else { format!("/history?version={seq}") }
            },
        );
    let caption = Signal::derive(move || {
        if is_open.get() {
            t_string!(i18n, history.close).to_owned()
        } else {
            t_string!(i18n, history.open).to_owned()
        }
    });
    let name = Signal::derive(move || format!("{} ({seq})", caption.get()));
    let expanded = Signal::derive(move || is_open.get().to_string());
    let time = Signal::derive(move || intl::day_and_time(i18n.get_locale().as_str(), time_ms));
    let cause = Signal::derive(move || cause_sentence(i18n, &of_cause.cause));
    let n_changes = Signal::derive(move || formatted(i18n, n_changes));
    view! {
        <tr class="history__row" data-version=seq>
            <td class="number">{seq}</td>
            <td>{time}</td>
            <td>{cause}</td>
            <td class="number">{n_changes}</td>
            <td class="history__open">
                <a
                    class="button"
                    href=address
                    aria-label=name
                    aria-controls=details.clone()
                    aria-expanded=expanded
                >
                    {caption}
                </a>
            </td>
        </tr>
        <Show when=move || is_open.get()>
            <tr id=details.clone() class="history__details">
                <td colspan="5"><VersionDetails page entry=entry.clone() /></td>
            </tr>
        </Show>
    }
}

#[component]
fn VersionDetails(page: Page, entry: Arc<HistoryEntry>) -> impl IntoView {
    let i18n = use_i18n();
    let seq = entry.seq;
    let before = Memo::new(move |_| {
        page.store.history.track();
        page.store.configuration.track();
        page.store.before(seq)
    });
    let is_same = Memo::new(move |_| {
        before.with(|before| page.store.configuration.with(|current| before.as_ref() == Some(current)))
    });
    let cannot_revert = Signal::derive(move || is_same.get() || page.store.saving.get());
    let changes = entry
        .changes
        .iter()
        .map(|change| view! { <ChangeRow page seq change=change.clone() before /> })
        .collect_view();
    let has_changes = !entry.changes.is_empty();
    view! {
        {(!has_changes).then(|| view! { <p class="quiet">{words(i18n, |i18n| t_string!(i18n, history.no_changes))}</p> })}
        <ul class="history__changes">{changes}</ul>
        <p class="history__whole">
            <button
                type="button"
                disabled=cannot_revert
                on:click=move |_| page.ask(Plan::Whole { seq })
            >
                {words(i18n, |i18n| t_string!(i18n, history.revert_to))}
            </button>
            <Show when=move || is_same.get()><span class="quiet">{words(i18n, |i18n| t_string!(i18n, history.revert_same))}</span></Show>
        </p>
    }
}

/// One change as a sentence, with the way back when there is something to take back.
#[component]
fn ChangeRow(page: Page, seq: u64, change: Change, before: Memo<Option<Configuration>>) -> impl IntoView {
    let i18n = use_i18n();
    let target = change.target();
    let of_now = target.clone();
    let is_as_before = Memo::new(move |_| {
        page.store.configuration.with(|current| {
            before.with(|before| {
                before.as_ref().is_none_or(|before| revert(current, before, &of_now) == *current)
            })
        })
    });
    let sentence = Signal::derive(move || change_sentence(i18n, &change));
    let name = Signal::derive(move || t_string!(i18n, history.revert_item_of, change = sentence.get()));
    let saving: Signal<bool> = page.store.saving.into();
    view! {
        <li class="history__change">
            <span>{sentence}</span>
            <Show
                when=move || !is_as_before.get()
                fallback=move || view! { <span class="quiet">{words(i18n, |i18n| t_string!(i18n, history.as_before))}</span> }
            >
                <button
                    type="button"
                    aria-label=name
                    disabled=saving
                    on:click={
                        let target = target.clone();
                        move |_| page.ask(Plan::Item { seq, target: target.clone() })
                    }
                >
                    {words(i18n, |i18n| t_string!(i18n, history.revert_item))}
                </button>
            </Show>
        </li>
    }
}

/// What a way back would change, before it is gone.
#[component]
fn Question(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let changes = Signal::derive(move || page.consequences());
    let title = words(i18n, |i18n| t_string!(i18n, history.confirm_title));
    view! {
        <Dialog open=page.asking title>
            <p>{words(i18n, |i18n| t_string!(i18n, history.confirm_single))}</p>
            <ChangeList changes />
            <div class="dialog__actions">
                <button type="button" on:click=move |_| page.asking.set(false)>{words(i18n, |i18n| t_string!(i18n, action.cancel))}</button>
                <button type="button" class="button--primary" on:click=move |_| page.go()>
                    {words(i18n, |i18n| t_string!(i18n, history.confirm))}
                </button>
            </div>
        </Dialog>
    }
}
