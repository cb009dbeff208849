//! Use default synchronization setup: what the standard setup would change, the choices, and the button. Applying and
//! undoing are in `tasks::apply_default_setup`, the rules in the engine.

pub mod company;
pub mod comparison_table;
pub mod draft;
pub mod equal_settings;
pub mod options;
pub mod outcome;

use couplet_engine::comparison::{Choice, Scope};
use couplet_engine::default_setup::StandardSetup;
use couplet_engine::{FieldMappingStatus, MappingName};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

use self::company::{CompanyLookup, company_lookup};
use self::comparison_table::ComparisonTable;
use self::draft::{Decision, SetupDraft};
use self::options::SetupOptions;
use self::outcome::{Outcome, OutcomeNotice, apply_draft};
use crate::browser::page;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::text::settings::ownership_model;

/// The page "Use default synchronization setup"; `?only=CUSTOMER,VENDOR` limits it to these mappings.
#[component]
pub fn DefaultSetupPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let is_loaded = Memo::new(move |_| store.load.with(|load| load.ready().is_some()));
    Effect::new(move |_| page::set_title(t_string!(i18n, default_setup.title)));
    let loading = Signal::derive(move || t_string!(i18n, default_setup.loading).to_owned());
    view! {
        <Show when=move || is_loaded.get() fallback=move || view! { <Loading label=loading /> }>
            <Setup />
        </Show>
    }
}

#[component]
fn Setup() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let query = use_query_map();
    let scope = Signal::derive(move || query.with(|query| read_scope(query.get_str("only"))));
    let company = company_lookup();
    let found = Signal::derive(move || company.with(CompanyLookup::found));
    let draft = SetupDraft::new(store, scope, found);
    let outcome = RwSignal::new(None::<Outcome>);
    let first_run = Memo::new(move |_| draft.is_first_run());
    let compare_again = move |_| {
        outcome.set(None);
        spawn_local(async move {
            store.reload().await;
            draft.compare_again();
        });
    };
    view! {
        <Head draft company outcome />
        <OutcomeNotice draft outcome />
        <Show when=move || draft.is_stale() && !outcome.with(|it| it.as_ref().is_some_and(Outcome::is_running))>
            <Notice
                tone=Tone::Warning
                text=Signal::derive(move || t_string!(i18n, default_setup.stale).to_owned())
            >
                <button type="button" on:click=compare_again>
                    {t!(i18n, default_setup.compare_again)}
                </button>
            </Notice>
        </Show>
        <SetupOptions draft company />
        <Show
            when=move || first_run.get()
            fallback=move || view! { <article class="card"><ComparisonTable draft /></article> }
        >
            <details class="card setup-details">
                <summary>{t!(i18n, default_setup.what_it_adds)}</summary>
                <ComparisonTable draft />
            </details>
        </Show>
    }
}

/// Title, summary and the two buttons.
#[component]
fn Head(
    draft: SetupDraft,
    company: Signal<CompanyLookup>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_running = move || outcome.with(|outcome| outcome.as_ref().is_some_and(Outcome::is_running));
    let is_pending = move || company.with(|company| *company == CompanyLookup::Pending);
    let cannot_apply = move || is_running() || is_pending() || draft.is_stale() || !draft.changes_anything();
    let sub = move || {
        if draft.is_first_run() {
            draft.standard.with(|standard| first_run_text(i18n, standard))
        } else if draft.changes_anything() {
            comparison_text(i18n, draft)
        } else if draft.comparison.with(|comparison| comparison.rows().next().is_some()) {
            t_string!(i18n, default_setup.keeps_all).to_owned()
        } else {
            t_string!(i18n, default_setup.equals_standard).to_owned()
        }
    };
    let apply_caption = move || {
        let n = draft.comparison.with(|comparison| comparison.n_chosen());
        let count = formatted(i18n, n);
        if draft.is_first_run() {
            t_string!(i18n, default_setup.apply_first).to_owned()
        } else if !draft.changes_anything() {
            t_string!(i18n, default_setup.nothing_to_apply).to_owned()
        } else if is_single(i18n, n) {
            t_string!(i18n, default_setup.apply_single, n = count)
        } else {
            t_string!(i18n, default_setup.apply_several, n = count)
        }
    };
    let has_choices =
        move || !draft.is_first_run() && draft.preset.with(|preset| preset.rows().next().is_some());
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, default_setup.title)}</h1>
                <div class="head__sub">{sub}</div>
            </div>
            <div class="head__actions">
                <Show when=has_choices>
                    <button type="button" on:click=move |_| draft.decide(Decision::All(Choice::KeepMine))>
                        {t!(i18n, default_setup.keep_all)}
                    </button>
                </Show>
                <button
                    type="button"
                    class="button--primary"
                    disabled=cannot_apply
                    on:click=move |_| apply_draft(draft, outcome)
                >
                    {apply_caption}
                </button>
            </div>
        </div>
    }
}

/// "8 mappings with 68 field mappings … are set up", in numbers of the setup itself.
fn first_run_text(i18n: leptos_i18n::I18nContext<Locale>, standard: &StandardSetup) -> String {
    let n_fields = |status| {
        let fields = standard.mappings.iter().flat_map(|mapping| &mapping.field_mappings);
        fields.filter(|field| field.status == status).count()
    };
    t_string!(
        i18n,
        default_setup.first_run,
        mappings = formatted(i18n, standard.mappings.len()),
        fields = formatted(i18n, n_fields(FieldMappingStatus::Enabled)),
        disabled = formatted(i18n, n_fields(FieldMappingStatus::Disabled)),
        jobs = formatted(i18n, standard.job_queue_entries.len())
    )
}

/// "8 mappings compared with the standard setup for ownership model Team."
fn comparison_text(i18n: leptos_i18n::I18nContext<Locale>, draft: SetupDraft) -> String {
    let n = draft.preset.with(|preset| preset.mappings.len());
    let count = formatted(i18n, n);
    let model = ownership_model(i18n, draft.ownership.get());
    if is_single(i18n, n) {
        t_string!(i18n, default_setup.compared_single, n = count, model = model)
    } else {
        t_string!(i18n, default_setup.compared_several, n = count, model = model)
    }
}

/// Names that cannot be read are passed over; without a readable name everything is meant.
fn read_scope(only: Option<&str>) -> Scope {
    let names: Vec<MappingName> =
        only.unwrap_or_default().split(',').filter_map(|name| MappingName::new(name).ok()).collect();
    if names.is_empty() { Scope::All } else { Scope::Selected(names) }
}
