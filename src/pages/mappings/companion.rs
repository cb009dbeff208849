//! The companion extension for the present mappings: asks for object ids, says what cannot be served, and offers the
//! source as a zip.

use couplet_companion::{Companion, CompanionError, CompanionOptions};
use couplet_engine::TableSchema;
use leptos::prelude::*;

use crate::browser::files;
use crate::components::dialog::Dialog;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;

/// Name of the downloaded file.
const FILE_NAME: &str = "couplet-companion.zip";

/// What is typed in the dialog.
#[derive(Clone, Copy)]
struct Draft {
    first: RwSignal<String>,
    last: RwSignal<String>,
    build: RwSignal<String>,
}

impl Draft {
    fn new() -> Self {
        let field = |text: &str| RwSignal::new(text.to_owned());
        Draft { first: field("50100"), last: field("50149"), build: field("1") }
    }

    /// The numbers; none while one of them is no number.
    fn options(self) -> Option<CompanionOptions> {
        let number = |field: RwSignal<String>| field.with(|text| text.trim().parse::<u32>().ok());
        Some(CompanionOptions { ids: number(self.first)?..=number(self.last)?, build: number(self.build)? })
    }
}

/// Why there is nothing to download.
#[derive(Debug, Clone, PartialEq)]
enum Obstacle {
    NoNumbers,
    Refused(CompanionError),
}

/// A button that opens the dialog.
#[component]
pub fn CompanionButton() -> impl IntoView {
    let i18n = use_i18n();
    let is_open = RwSignal::new(false);
    let draft = Draft::new();
    let title = Signal::derive(move || t_string!(i18n, companion.title).to_owned());
    view! {
        <button type="button" on:click=move |_| is_open.set(true)>
            {t!(i18n, companion.button)}
        </button>
        <Dialog open=is_open title>
            <CompanionForm draft is_open />
        </Dialog>
    }
}

#[component]
fn CompanionForm(draft: Draft, is_open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let (store, connections) = (ConfigurationStore::expect(), Connections::expect());
    let companion = Memo::new(move |_| {
        let options = draft.options().ok_or(Obstacle::NoNumbers)?;
        let schemas = schemas(connections);
        let mappings = store.configuration.with(|configuration| configuration.mappings.clone());
        Companion::new(&mappings, &schemas, options).map_err(Obstacle::Refused)
    });
    let failure = RwSignal::new(None::<String>);
    let download = move |_| {
        let Ok(companion) = companion.get_untracked() else { return };
        let offered = companion.archive().map_err(|error| obstacle_text(i18n, &Obstacle::Refused(error)));
        let offered = offered.and_then(|bytes| files::download_bytes(FILE_NAME, &bytes, "application/zip"));
        match offered {
            Ok(()) => is_open.set(false),
            Err(detail) => failure.set(Some(detail)),
        }
    };
    view! {
        <p class="dialog__text">{t!(i18n, companion.text)}</p>
        <div class="form__grid">
            <NumberRow id="companion-first" value=draft.first label=Signal::derive(move || {
                t_string!(i18n, companion.first).to_owned()
            }) />
            <NumberRow id="companion-last" value=draft.last label=Signal::derive(move || {
                t_string!(i18n, companion.last).to_owned()
            }) />
            <NumberRow id="companion-build" value=draft.build label=Signal::derive(move || {
                t_string!(i18n, companion.build).to_owned()
            }) />
        </div>
        <div id="companion-summary" role="status">{move || summary(i18n, companion.get())}</div>
        {move || {
            let detail = failure.get()?;
            Some(view! { <Notice tone=Tone::Warning text=Signal::stored(detail) /> })
        }}
        <div class="dialog__actions">
            <button type="button" on:click=move |_| is_open.set(false)>
                {t!(i18n, action.cancel)}
            </button>
            <button
                type="button"
                class="button--primary"
                aria-describedby="companion-summary"
                disabled=move || companion.with(Result::is_err)
                on:click=download
            >
                {t!(i18n, companion.download)}
            </button>
        </div>
    }
}

#[component]
fn NumberRow(
    id: &'static str,
    value: RwSignal<String>,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="form__row">
            <label class="form__label" for=id>
                {label}
            </label>
            <input
                id=id
                class="form__number"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
        </div>
    }
}

/// What is in it, or why there is none.
fn summary(i18n: crate::text::I18n, companion: Result<Companion, Obstacle>) -> AnyView {
    match companion {
        Err(obstacle) => {
            view! { <Notice tone=Tone::Warning text=Signal::stored(obstacle_text(i18n, &obstacle)) /> }
                .into_any()
        }
        Ok(companion) => {
            let n_fields: usize = companion.pages.iter().map(|page| page.properties.len()).sum();
            let (pages, fields) = (formatted(i18n, companion.pages.len()), formatted(i18n, n_fields));
            let contents = t_string!(i18n, companion.contents, pages = pages, fields = fields);
            let left_out = companion.left_out.iter().map(|it| format!("{}: {}", it.table, it.field));
            let left_out = left_out.collect::<Vec<_>>().join(", ");
            let is_whole = left_out.is_empty();
            let text = t_string!(i18n, companion.left_out, fields = left_out);
            view! {
                <p>{contents}</p>
                {(!is_whole).then(|| view! { <Notice tone=Tone::Warning text=Signal::stored(text) /> })}
            }
            .into_any()
        }
    }
}

fn obstacle_text(i18n: crate::text::I18n, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoNumbers => t_string!(i18n, companion.no_numbers).to_owned(),
        Obstacle::Refused(CompanionError::RangeTooSmall { needed, available }) => t_string!(
            i18n,
            companion.range_too_small,
            needed = formatted(i18n, *needed),
            available = formatted(i18n, *available)
        ),
        Obstacle::Refused(CompanionError::ReservedIds { .. }) => {
            t_string!(i18n, companion.reserved_ids).to_owned()
        }
        Obstacle::Refused(CompanionError::NothingMapped) => {
            t_string!(i18n, companion.nothing_mapped).to_owned()
        }
        Obstacle::Refused(CompanionError::Archive { detail }) => {
            t_string!(i18n, companion.archive, detail = detail.clone())
        }
    }
}

/// Business Central's tables as far as they are known now.
fn schemas(connections: Connections) -> Vec<TableSchema> {
    connections.business_central.with(|load| {
        let tables = load.ready().map(|connected| connected.tables.tables.iter());
        tables.into_iter().flatten().map(|table| table.schema.clone()).collect()
    })
}
