//! The frame around every page: providers, top bar, navigation, routes.

use leptos::prelude::*;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::path;

use crate::browser::page as document;
use crate::components::connection_pill::ConnectionPill;
use crate::components::preferences::Preferences;
use crate::components::run_notices::is_interrupted;
use crate::components::run_pill::RunPills;
use crate::components::storage_notice::StorageNotice;
use crate::i18n::*;
use crate::pages::home::HomePage;
use crate::pages::late::{self, Late};
use crate::pages::not_found::NotFoundPage;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::parity::Parities;
use crate::state::pointed_names::PointedNames;
use crate::state::previews::Previews;
use crate::state::related::RelatedTables;
use crate::state::runs::Runs;
use crate::state::schedule::Schedules;
use crate::state::synchronization::Synchronization;
use crate::state::tables::Tables;
use crate::tasks::interrupted::look_after_interrupted;
use crate::tasks::run::Runner;
use crate::tasks::schedule::look_after_schedule;
use crate::tasks::start::start;
use crate::text::I18n;
use couplet_engine::Side;
use couplet_engine::job::SynchJob;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <I18nContextProvider>
            <Frame />
        </I18nContextProvider>
    }
}

#[component]
fn Frame() -> impl IntoView {
    let i18n = use_i18n();
    ConfigurationStore::provide();
    Synchronization::provide();
    Connections::provide();
    Tables::provide();
    PointedNames::provide();
    RelatedTables::provide();
    Previews::provide();
    Parities::provide();
    Runs::provide();
    Schedules::provide();
    Runner::provide();
    look_after_schedule();
    look_after_interrupted();
    start();
    view! {
        <Router>
            <a class="skip" href="#main">{t!(i18n, app.skip)}</a>
            <div class="shell">
                <header class="top">
                    <span class="brand"><i aria-hidden="true"></i>{t!(i18n, app.name)}</span>
                    <ConnectionPill side=Side::BusinessCentral />
                    <ConnectionPill side=Side::Dataverse />
                    <RunPills />
                    <Preferences />
                </header>
                <Navigation />
                <main id="main" tabindex="-1">
                    <StorageNotice />
                    <RunNotices />
                    <Routes fallback=NotFoundPage>
                        <Route path=path!("/") view=HomePage />
                        <Route path=path!("/mappings") view=page(|| view! { <Late page=late::MAPPINGS /> }.into_any()) />
                        <Route path=path!("/mappings/:name") view=page(|| view! { <Late page=late::MAPPING /> }.into_any()) />
                        <Route path=path!("/mappings/:name/record/:side/:id") view=page(|| view! { <Late page=late::RECORD /> }.into_any()) />
                        <Route path=path!("/mappings/:name/couple") view=page(|| view! { <Late page=late::COUPLE /> }.into_any()) />
                        <Route path=path!("/mappings/:name/needs") view=page(|| view! { <Late page=late::NEEDS /> }.into_any()) />
                        <Route path=path!("/mappings/:name/run") view=page(|| view! { <Late page=late::RUN /> }.into_any()) />
                        <Route path=path!("/full-synchronization") view=page(|| view! { <Late page=late::FULL_SYNCHRONIZATION /> }.into_any()) />
                        <Route path=path!("/jobs") view=page(|| view! { <Late page=late::JOBS /> }.into_any()) />
                        <Route path=path!("/jobs/:id") view=page(|| view! { <Late page=late::JOB /> }.into_any()) />
                        <Route path=path!("/schedule") view=page(|| view! { <Late page=late::SCHEDULE /> }.into_any()) />
                        <Route path=path!("/skipped") view=page(|| view! { <Late page=late::SKIPPED /> }.into_any()) />
                        <Route path=path!("/setup") view=page(|| view! { <Late page=late::SETUP_GUIDE /> }.into_any()) />
                        <Route path=path!("/setup/salespeople") view=page(|| view! { <Late page=late::SALESPEOPLE /> }.into_any()) />
                        <Route path=path!("/setup/find/:side") view=page(|| view! { <Late page=late::FIND_ENVIRONMENT /> }.into_any()) />
                        <Route path=path!("/setup/upgrade") view=page(|| view! { <Late page=late::UPGRADE /> }.into_any()) />
                        <Route path=path!("/connections/settings") view=page(|| view! { <Late page=late::CONNECTION_SETTINGS /> }.into_any()) />
                        <Route path=path!("/connections") view=page(|| view! { <Late page=late::CONNECTIONS /> }.into_any()) />
                        <Route path=path!("/connections/doctor") view=page(|| view! { <Late page=late::DOCTOR /> }.into_any()) />
                        <Route path=path!("/default-setup") view=page(|| view! { <Late page=late::DEFAULT_SETUP /> }.into_any()) />
                        <Route path=path!("/history") view=page(|| view! { <Late page=late::HISTORY /> }.into_any()) />
                        <Route path=path!("/workspace") view=page(|| view! { <Late page=late::WORKSPACE /> }.into_any()) />
                    </Routes>
                </main>
            </div>
        </Router>
    }
}

/// One type for the views of all pages, so that the router is compiled once and not for each.
fn page(view: fn() -> AnyView) -> fn() -> AnyView {
    view
}

/// The notices of runs in other tabs arrive when there is one to tell of.
#[component]
fn RunNotices() -> impl IntoView {
    let store = Synchronization::expect();
    let has_any = Memo::new(move |_| {
        let is_told = |load: &Load<Vec<SynchJob>>| load.ready().into_iter().flatten().any(is_interrupted);
        store.is_held.get() || store.jobs().with(is_told)
    });
    view! {
        <Show when=move || has_any.get()>
            <Late page=late::RUN_NOTICES />
        </Show>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    let i18n = use_i18n();
    let configuration = ConfigurationStore::expect();
    let n_mappings = move || configuration.configuration.with(|configuration| configuration.mappings.len());
    Effect::new(move |_| document::set_language(i18n.get_locale().as_str()));
    view! {
        <nav class="nav" aria-label=move || t_string!(i18n, app.main_navigation)>
            <Door href="/" exact=true words=|i18n| t_string!(i18n, nav.home) />
            <A href="/mappings">
                {t!(i18n, nav.mappings)} " " <span class="nav__count">{n_mappings}</span>
            </A>
            <h2>{t!(i18n, nav.run_group)}</h2>
            <Door href="/full-synchronization" words=|i18n| t_string!(i18n, nav.full_synchronization) />
            <Door href="/jobs" words=|i18n| t_string!(i18n, nav.jobs) />
            <Door href="/skipped" words=|i18n| t_string!(i18n, nav.skipped) />
            <Door href="/schedule" words=|i18n| t_string!(i18n, nav.schedule) />
            <h2>{t!(i18n, nav.setup_group)}</h2>
            <Door href="/setup" words=|i18n| t_string!(i18n, nav.setup_guide) />
            <Door href="/connections" exact=true words=|i18n| t_string!(i18n, nav.connections) />
            <Door href="/connections/doctor" words=|i18n| t_string!(i18n, nav.doctor) />
            <Door href="/default-setup" words=|i18n| t_string!(i18n, nav.default_setup) />
            <Door href="/history" words=|i18n| t_string!(i18n, nav.history) />
            <Door href="/workspace" words=|i18n| t_string!(i18n, nav.workspace) />
        </nav>
    }
}

/// A way to a page; one component for all, which is compiled once.
#[component]
fn Door(
    /// The page.
    href: &'static str,
    /// What it is called.
    words: fn(I18n) -> &'static str,
    /// Marked on this page only, not on those below it.
    #[prop(optional)]
    exact: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    view! { <A href exact>{move || words(i18n)}</A> }
}
