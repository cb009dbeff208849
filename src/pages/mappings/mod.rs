//! Integration table mappings (page 5335 of the reference): the list, the selection and what can be done with it.
//! One row is in `row`, what is wrong with a mapping in `problems`, the extension for the mappings in `companion`.

pub mod companion;
pub mod problems;
pub mod row;

use couplet_engine::MappingName;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use self::companion::CompanionButton;
use self::row::MappingRow;
use crate::browser::page;
use crate::components::dialog::ConfirmDialog;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::edit_mapping::{delete_mappings, take_back};
use crate::text;

/// What became of deleting.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Deleted(Vec<MappingName>, Option<u64>),
    Restored,
    Failed(SaveError),
}

/// The page "Integration Table Mappings".
#[component]
pub fn MappingsPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let is_loaded = Memo::new(move |_| store.load.with(|load| load.ready().is_some()));
    Effect::new(move |_| page::set_title(t_string!(i18n, mappings.title)));
    let loading = Signal::derive(move || t_string!(i18n, mappings.loading).to_owned());
    view! {
        <Show when=move || is_loaded.get() fallback=move || view! { <Loading label=loading /> }>
            <MappingList />
        </Show>
    }
}

#[component]
fn MappingList() -> impl IntoView {
    let store = ConfigurationStore::expect();
    let names = Memo::new(move |_| {
        store.configuration.with(|configuration| {
            configuration.mappings.iter().map(|mapping| mapping.name.clone()).collect::<Vec<_>>()
        })
    });
    let marked = RwSignal::new(Vec::<MappingName>::new());
    // What is marked and still there, in the order of the list.
    let selection = Memo::new(move |_| {
        let marked = marked.get();
        names.get().into_iter().filter(|name| marked.contains(name)).collect::<Vec<_>>()
    });
    let outcome = RwSignal::new(None::<Outcome>);
    view! {
        <Head names selection outcome />
        <OutcomeNotice outcome />
        <article class="card">
            <Show when=move || !names.with(Vec::is_empty) fallback=NoMappings>
                <MappingTable names selection marked />
            </Show>
        </article>
    }
}

#[component]
fn NoMappings() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Empty>
            <p>{t!(i18n, mappings.empty)}</p>
            <A href="/default-setup" attr:class="button button--primary">
                {t!(i18n, mappings.empty_action)}
            </A>
        </Empty>
    }
}

/// Title and actions.
#[component]
fn Head(
    names: Memo<Vec<MappingName>>,
    selection: Memo<Vec<MappingName>>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_asking = RwSignal::new(false);
    let sub = move || {
        let (n, selected) = (names.with(Vec::len), selection.with(Vec::len));
        let count = formatted(i18n, n);
        if selected > 0 {
            t_string!(i18n, mappings.selected, n = formatted(i18n, selected), total = count)
        } else if is_single(i18n, n) {
            t_string!(i18n, mappings.count_single, n = count)
        } else {
            t_string!(i18n, mappings.count_several, n = count)
        }
    };
    let setup_path = move || selection.with(|names| setup_path(names));
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, mappings.title)}</h1>
                <div class="head__sub" role="status">{sub}</div>
            </div>
            <div class="head__actions">
                <button
                    type="button"
                    disabled=move || selection.with(Vec::is_empty)
                    on:click=move |_| is_asking.set(true)
                >
                    {t!(i18n, mappings.delete)}
                </button>
                <CompanionButton />
                <A href=setup_path attr:class="button">
                    {move || {
                        if selection.with(Vec::is_empty) {
                            t_string!(i18n, mappings.use_default_all)
                        } else {
                            t_string!(i18n, mappings.use_default_selected)
                        }
                    }}
                </A>
            </div>
        </div>
        <DeleteDialog is_asking selection outcome />
    }
}

/// Asks before the selected mappings are deleted.
#[component]
fn DeleteDialog(
    is_asking: RwSignal<bool>,
    selection: Memo<Vec<MappingName>>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let delete = move |()| {
        let names = selection.get_untracked();
        let store = ConfigurationStore::expect();
        spawn_local(async move {
            let done = delete_mappings(store, &names).await;
            outcome.set(Some(done.map_or_else(Outcome::Failed, |version| Outcome::Deleted(names, version))));
        });
    };
    let question = move || {
        let names = selection.with(|names| listed(names));
        t_string!(i18n, mappings.delete_text, names = names)
    };
    view! {
        <ConfirmDialog
            open=is_asking
            title=Signal::derive(move || t_string!(i18n, mappings.delete_title).to_owned())
            text=Signal::derive(question)
            confirm=Signal::derive(move || t_string!(i18n, mappings.delete_confirm).to_owned())
            on_confirm=delete
        />
    }
}

#[component]
fn OutcomeNotice(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let undo = move |version| {
        let store = ConfigurationStore::expect();
        spawn_local(async move {
            let done = take_back(store, version).await;
            outcome.set(Some(done.map_or_else(Outcome::Failed, |()| Outcome::Restored)));
        });
    };
    move || {
        outcome.get().map(|outcome| match outcome {
            Outcome::Deleted(names, version) => {
                let text = move || t_string!(i18n, mappings.deleted, names = listed(&names));
                view! {
                    <Notice tone=Tone::Done text=Signal::derive(text)>
                        <button type="button" on:click=move |_| undo(version)>
                            {t!(i18n, action.undo)}
                        </button>
                    </Notice>
                }
                .into_any()
            }
            Outcome::Restored => {
                let text = Signal::derive(move || t_string!(i18n, mappings.restored).to_owned());
                view! { <Notice tone=Tone::Done text /> }.into_any()
            }
            Outcome::Failed(error) => {
                let text = Signal::derive(move || text::save_error(i18n, &error));
                view! { <Notice tone=Tone::Warning text /> }.into_any()
            }
        })
    }
}

#[component]
fn MappingTable(
    names: Memo<Vec<MappingName>>,
    selection: Memo<Vec<MappingName>>,
    marked: RwSignal<Vec<MappingName>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let all_selected = move || selection.with(Vec::len) == names.with(Vec::len);
    let some_selected = move || !selection.with(Vec::is_empty) && !all_selected();
    let select_all = move |select: bool| {
        marked.set(if select { names.get_untracked() } else { Vec::new() });
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=move || t_string!(i18n, mappings.title)>
            <table class="rows mapping-list">
                <thead>
                    <tr>
                        <th rowspan="2">
                            <input
                                type="checkbox"
                                aria-label=move || t_string!(i18n, mappings.select_all)
                                prop:checked=all_selected
                                prop:indeterminate=some_selected
                                on:change:target=move |event| select_all(event.target().checked())
                            />
                        </th>
                        <th rowspan="2" scope="col">{t!(i18n, mappings.name)}</th>
                        <th rowspan="2" scope="col">{t!(i18n, mappings.fields)}</th>
                        <th colspan="3" scope="colgroup" class="bc">{t!(i18n, system.business_central)}</th>
                        <th colspan="3" scope="colgroup" class="dv">{t!(i18n, system.dataverse)}</th>
                    </tr>
                    <tr>
                        <th scope="col">{t!(i18n, mappings.table_filter)}</th>
                        <th scope="col" class="number">{t!(i18n, mappings.in_filter)}</th>
                        <th scope="col" class="number">{t!(i18n, mappings.excluded)}</th>
                        <th scope="col">{t!(i18n, mappings.integration_table_filter)}</th>
                        <th scope="col" class="number">{t!(i18n, mappings.in_filter)}</th>
                        <th scope="col" class="number">{t!(i18n, mappings.excluded)}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || names.get() key=Clone::clone let:name>
                        <MappingRow name marked />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

/// Names one after the other.
fn listed(names: &[MappingName]) -> String {
    names.iter().map(MappingName::as_str).collect::<Vec<_>>().join(", ")
}

/// Address of the default setup for the selection, or for all.
fn setup_path(names: &[MappingName]) -> String {
    if names.is_empty() {
        return "/default-setup".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| page::encode(name.as_str())).collect();
    format!("/default-setup?only={}", names.join(","))
}
