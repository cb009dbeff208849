//! The workspace: where it is kept, export and import as a file, and starting again.

use couplet_engine::checks::{MappingProblemKind, Place};
use couplet_engine::history::difference;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::storage::{self, StorageError, StorageUse};
use crate::browser::{clock, files, intl, page};
use crate::components::change_list::ChangeList;
use crate::components::dialog::ConfirmDialog;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::history::words;
use crate::pages::workspace_pair::OtherPairCard;
use crate::state::checks::{BrokenFilter, broken_filters};
use crate::state::configuration::{ConfigurationStore, SaveError, StorageState};
use crate::state::synchronization::Synchronization;
use crate::text::{self, I18n};
use couplet_workspace::{FileError, KeptOfWorkspace, Workspace};

/// What became of the last action.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Exported {
        name: String,
    },
    ExportFailed {
        detail: String,
    },
    Imported {
        name: String,
    },
    Wiped,
    /// The couplings belong to the connected systems now.
    TakenOver,
    /// The couplings of other systems are gone.
    Forgotten,
    NotSaved(SaveError),
}

/// A chosen file.
#[derive(Debug, Clone, PartialEq)]
struct Chosen {
    name: String,
    content: Result<Workspace, Refusal>,
}

/// Why a chosen file is not imported.
#[derive(Debug, Clone, PartialEq)]
enum Refusal {
    File(FileError),
    Reading(files::ReadFileError),
}

/// The page.
#[component]
pub fn WorkspacePage() -> impl IntoView {
    let i18n = use_i18n();
    let outcome = RwSignal::new(None::<Outcome>);
    Effect::new(move |_| page::set_title(t_string!(i18n, workspace.title)));
    view! {
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, workspace.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, workspace.sub))}</div>
            </div>
        </div>
        {move || outcome.get().map(|outcome| {
            let tone = match outcome {
                Outcome::Exported { .. }
                | Outcome::Imported { .. }
                | Outcome::Wiped
                | Outcome::TakenOver
                | Outcome::Forgotten => Tone::Done,
                Outcome::ExportFailed { .. } | Outcome::NotSaved(_) => Tone::Warning,
            };
            view! { <Notice tone text=Signal::derive(move || outcome_sentence(i18n, &outcome)) /> }
        })}
        <OtherPairCard outcome />
        <StorageCard />
        <ExportCard outcome />
        <ImportCard outcome />
        <WipeCard outcome />
    }
}

fn outcome_sentence(i18n: I18n, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Exported { name } => t_string!(i18n, workspace.exported, name = name.clone()),
        Outcome::ExportFailed { detail } => t_string!(i18n, workspace.export_failed, detail = detail.clone()),
        Outcome::Imported { name } => t_string!(i18n, workspace.imported, name = name.clone()),
        Outcome::Wiped => t_string!(i18n, workspace.wiped).to_owned(),
        Outcome::TakenOver => t_string!(i18n, other_pair.taken_over).to_owned(),
        Outcome::Forgotten => t_string!(i18n, other_pair.forgotten).to_owned(),
        Outcome::NotSaved(error) => text::save_error(i18n, error),
    }
}

#[component]
fn StorageCard() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let room = RwSignal::new(None::<StorageUse>);
    Effect::new(move |_| {
        store.revision.track();
        spawn_local(async move { room.set(Some(storage::estimate().await)) });
    });
    let state = Signal::derive(move || {
        store.storage.with(|state| match state {
            StorageState::Opening => t_string!(i18n, workspace.opening).to_owned(),
            StorageState::Blocked => t_string!(i18n, workspace.blocked).to_owned(),
            StorageState::Persistent => t_string!(i18n, workspace.persistent).to_owned(),
            StorageState::BestEffort => t_string!(i18n, workspace.best_effort).to_owned(),
            StorageState::MemoryOnly {
                reason: reason @ (StorageError::NewerVersion | StorageError::Damaged(_)),
            } => {
                t_string!(i18n, workspace.unusable, reason = text::storage_error(i18n, reason))
            }
            StorageState::MemoryOnly { reason } => {
                t_string!(i18n, workspace.memory_only, reason = text::storage_error(i18n, reason))
            }
        })
    });
    let room_sentence = Signal::derive(move || {
        let Some(StorageUse { used: Some(used), available: Some(available) }) = room.get() else {
            return String::new();
        };
        let megabytes = |bytes: f64| intl::number(i18n.get_locale().as_str(), (bytes / 1e5).round() / 10.0);
        t_string!(i18n, workspace.room, used = megabytes(used), available = megabytes(available))
    });
    let saves = Signal::derive(move || {
        let revision = intl::number(i18n.get_locale().as_str(), store.revision.get() as f64);
        let versions = formatted(i18n, store.history.with(Vec::len));
        t_string!(i18n, workspace.revision, revision = revision, versions = versions)
    });
    view! {
        <section class="card workspace__card" aria-labelledby="workspace-storage">
            <header><h2 id="workspace-storage">{words(i18n, |i18n| t_string!(i18n, workspace.storage))}</h2></header>
            <div class="card__body">
                <p class="workspace__state" role="status">{state}</p>
                <p class="quiet">{room_sentence}</p>
                <p class="quiet">{saves}</p>
            </div>
        </section>
    }
}

#[component]
fn ExportCard(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let not_loaded = Signal::derive(move || store.load.with(|load| load.ready().is_none()));
    let export = move |_| {
        spawn_local(async move {
            let name = format!("couplet-workspace-{}.json", clock::today());
            let done = match store.export().await {
                Ok(text) => files::download(&name, &text, "application/json"),
                Err(error) => Err(text::save_error(i18n, &error)),
            };
            let failed = |detail| Outcome::ExportFailed { detail };
            outcome.set(Some(done.map_or_else(failed, |()| Outcome::Exported { name })));
        });
    };
    view! {
        <section class="card workspace__card" aria-labelledby="workspace-export">
            <header><h2 id="workspace-export">{words(i18n, |i18n| t_string!(i18n, workspace.export))}</h2></header>
            <div class="card__body">
                <p>{words(i18n, |i18n| t_string!(i18n, workspace.export_text))}</p>
                <button type="button" disabled=not_loaded on:click=export>
                    {words(i18n, |i18n| t_string!(i18n, workspace.export_action))}
                </button>
            </div>
        </section>
    }
}

#[component]
fn ImportCard(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = RwSignal::new(None::<Chosen>);
    let choose = move |file: Option<files::ChosenFile>| {
        let Some(file) = file else { return };
        outcome.set(None);
        spawn_local(async move {
            let content = match file.text().await {
                Ok(text) => ConfigurationStore::read_file(&text).map_err(Refusal::File),
                Err(error) => Err(Refusal::Reading(error)),
            };
            chosen.set(Some(Chosen { name: file.name(), content }));
        });
    };
    view! {
        <section class="card workspace__card" aria-labelledby="workspace-import">
            <header><h2 id="workspace-import">{words(i18n, |i18n| t_string!(i18n, workspace.import))}</h2></header>
            <div class="card__body">
                <p>{words(i18n, |i18n| t_string!(i18n, workspace.import_text))}</p>
                <label class="button workspace__file">
                    {words(i18n, |i18n| t_string!(i18n, workspace.choose))}
                    <input
                        type="file"
                        class="visually-hidden"
                        accept="application/json,.json"
                        on:change:target=move |event| choose(files::take_chosen(&event.target()))
                    />
                </label>
                <div aria-live="polite">
                    {move || chosen.get().map(|Chosen { name, content }| match content {
                        Ok(workspace) => view! { <FilePreview name workspace chosen outcome /> }.into_any(),
                        Err(refusal) => view! { <Refused name refusal /> }.into_any(),
                    })}
                </div>
            </div>
        </section>
    }
}

#[component]
fn Refused(name: String, refusal: Refusal) -> impl IntoView {
    let i18n = use_i18n();
    let reason = Signal::derive(move || match &refusal {
        Refusal::File(error) => text::file_error(i18n, error),
        Refusal::Reading(error) => text::read_file_error(i18n, error),
    });
    let heading = Signal::derive(move || t_string!(i18n, workspace.refused, name = name.clone()));
    view! {
        <div class="status status--failed" role="alert">
            <p><strong>{heading}</strong></p>
            <p>{reason}</p>
        </div>
    }
}

/// What a readable file holds and would change.
#[component]
fn FilePreview(
    name: String,
    workspace: Workspace,
    chosen: RwSignal<Option<Chosen>>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let synchronization = Synchronization::expect();
    let workspace = StoredValue::new(workspace);
    let name = StoredValue::new(name);
    let changes = Memo::new(move |_| {
        store
            .configuration
            .with(|current| workspace.with_value(|file| difference(current, &file.configuration)))
    });
    let is_same = Memo::new(move |_| {
        store.configuration.with(|current| workspace.with_value(|file| *current == file.configuration))
    });
    // Whether the same couplings are kept here would have to be read first: importing them again harms nothing.
    let n_kept = workspace.with_value(|file| file.synchronization.as_ref().map(n_couplings));
    let nothing_new = Signal::derive(move || is_same.get() && n_kept.is_none_or(|n_kept| n_kept == 0));
    let cannot_import = Signal::derive(move || nothing_new.get() || store.saving.get());
    let kept_sentence = Signal::derive(move || match n_kept {
        Some(n_kept) => t_string!(i18n, workspace.file_couplings, count = formatted(i18n, n_kept)),
        None => t_string!(i18n, workspace.file_without_couplings).to_owned(),
    });
    let summary = Signal::derive(move || {
        workspace.with_value(|file| {
            t_string!(
                i18n,
                workspace.file_summary,
                name = name.get_value(),
                time = intl::day_and_time(i18n.get_locale().as_str(), file.exported_ms),
                mappings = formatted(i18n, file.configuration.mappings.len()),
                jobs = formatted(i18n, file.configuration.job_queue_entries.len()),
                versions = formatted(i18n, file.history.len())
            )
        })
    });
    let import = move |_| {
        let (workspace, name) = (workspace.get_value(), name.get_value());
        spawn_local(async move {
            let done = store.import(workspace).await;
            if done.is_ok() {
                chosen.set(None);
                synchronization.reload();
            }
            outcome.set(Some(done.map_or_else(Outcome::NotSaved, |()| Outcome::Imported { name })));
        });
    };
    view! {
        <p>{summary}</p>
        <p>{kept_sentence}</p>
        <Show
            when=move || !is_same.get()
            fallback=move || view! { <p class="quiet">{words(i18n, |i18n| t_string!(i18n, workspace.no_change))}</p> }
        >
            <p>{words(i18n, |i18n| t_string!(i18n, workspace.would_change))}</p>
            <ChangeList changes />
        </Show>
        <BrokenFilters workspace />
        <div class="workspace__actions">
            <button
                type="button"
                class="button--primary"
                disabled=cannot_import
                on:click=import
            >
                {words(i18n, |i18n| t_string!(i18n, workspace.import_action))}
            </button>
            <button type="button" on:click=move |_| chosen.set(None)>{words(i18n, |i18n| t_string!(i18n, action.cancel))}</button>
        </div>
    }
}

/// Records that a file couples, those to values of choices included.
fn n_couplings(kept: &KeptOfWorkspace) -> usize {
    kept.mappings.iter().map(|it| it.state.couplings.len() + it.option_couplings.len()).sum()
}

/// Filters of the file that cannot be read: shown before the import, and no reason against it.
#[component]
fn BrokenFilters(workspace: StoredValue<Workspace>) -> impl IntoView {
    let i18n = use_i18n();
    let broken = workspace.with_value(|file| broken_filters(&file.configuration));
    let line = move |broken: &BrokenFilter| {
        let MappingProblemKind::Filter(clause) = &broken.problem.kind else { return String::new() };
        let system = match broken.problem.place {
            Place::Filter(side) => text::side(i18n, side),
            Place::Mapping | Place::Field(_) => String::new(),
        };
        t_string!(
            i18n,
            workspace.broken_filter,
            mapping = broken.mapping.name.to_string(),
            system = system,
            field = clause.field.clone(),
            problem = text::mapping_problem(i18n, &broken.problem.kind, &broken.mapping)
        )
    };
    (!broken.is_empty()).then(|| {
        let broken = StoredValue::new(broken);
        view! {
            <div class="status status--failed" role="status">
                <p>{words(i18n, |i18n| t_string!(i18n, workspace.broken_filters))}</p>
                <ul>
                    {move || broken.with_value(|all| all.iter().map(|it| view! { <li>{line(it)}</li> }).collect_view())}
                </ul>
            </div>
        }
    })
}

#[component]
fn WipeCard(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let synchronization = Synchronization::expect();
    let saving: Signal<bool> = store.saving.into();
    let asking = RwSignal::new(false);
    let wipe = move |()| {
        spawn_local(async move {
            let done = store.wipe().await;
            if done.is_ok() {
                synchronization.reload();
            }
            outcome.set(Some(done.map_or_else(Outcome::NotSaved, |()| Outcome::Wiped)));
        });
    };
    view! {
        <section class="card workspace__card" aria-labelledby="workspace-wipe">
            <header><h2 id="workspace-wipe">{words(i18n, |i18n| t_string!(i18n, workspace.wipe))}</h2></header>
            <div class="card__body">
                <p>{words(i18n, |i18n| t_string!(i18n, workspace.wipe_text))}</p>
                <button type="button" disabled=saving on:click=move |_| asking.set(true)>
                    {words(i18n, |i18n| t_string!(i18n, workspace.wipe_action))}
                </button>
            </div>
        </section>
        <ConfirmDialog
            open=asking
            title=words(i18n, |i18n| t_string!(i18n, workspace.wipe_title))
            text=words(i18n, |i18n| t_string!(i18n, workspace.wipe_warning))
            confirm=words(i18n, |i18n| t_string!(i18n, workspace.wipe_confirm))
            on_confirm=wipe
        />
    }
}
