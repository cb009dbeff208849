//! Pages that arrive when they are first opened. In a release each is a WebAssembly module of its own, split off
//! after linking (`cargo xtask run`); `trunk serve` leaves them in the one module.

use std::future::Future;
use std::pin::Pin;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::components::run_notices::RunNotices;
use crate::i18n::*;
use crate::pages::{
    connection_settings::ConnectionSettingsPage, connections::ConnectionsPage, couple::CouplePage,
    couple::salespeople::SalespeoplePage, default_setup::DefaultSetupPage, doctor::DoctorPage,
    find_environment::FindEnvironmentPage, full_synchronization::FullSynchronizationPage,
    history::HistoryPage, jobs::JobsPage, jobs::job::JobPage, mapping::MappingPage, mappings::MappingsPage,
    needs::NeedsPage, record::RecordPage, run::RunPage, schedule::SchedulePage, setup_guide::SetupGuidePage,
    skipped::SkippedPage, upgrade::UpgradePage, workspace::WorkspacePage,
};

type Arrival<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// A page and how it is brought.
#[derive(Clone, Copy)]
pub struct LatePage {
    arrive: fn() -> Arrival<()>,
    view: fn() -> Arrival<AnyView>,
}

/// A `LatePage`; the functions of one module name lie in one module.
macro_rules! late_page {
    ($(#[$doc:meta])* $constant:ident, $module:ident, $page:ident, $view:ident, $arrive:ident) => {
        #[cfg_attr(
            feature = "split",
            leptos::wasm_split::wasm_split(
                $module,
                wasm_split_path = leptos::wasm_split,
                fallible,
                preload($arrive)
            )
        )]
        fn $view() -> Result<AnyView, SplitLoaderError> {
            Ok(view! { <$page /> }.into_any())
        }

        $(#[$doc])*
        pub const $constant: LatePage = LatePage {
            #[cfg(feature = "split")]
            arrive: || Box::pin($arrive()),
            #[cfg(not(feature = "split"))]
            arrive: || Box::pin(std::future::ready(Ok(()))),
            #[cfg(feature = "split")]
            view: || Box::pin($view()),
            #[cfg(not(feature = "split"))]
            view: || Box::pin(std::future::ready($view())),
        };
    };
}

late_page!(
    /// Integration table mappings.
    MAPPINGS, mapping, MappingsPage, mappings_view, mappings_arrive
);
late_page!(
    /// One mapping: preview, fields, settings.
    MAPPING, mapping, MappingPage, mapping_view, mapping_arrive
);
late_page!(
    /// One record of a mapping beside its partner.
    RECORD, mapping, RecordPage, record_view, record_arrive
);
late_page!(
    /// Coupling the records of a mapping.
    COUPLE, mapping, CouplePage, couple_view, couple_arrive
);
late_page!(
    /// Coupling salespeople with users.
    SALESPEOPLE, mapping, SalespeoplePage, salespeople_view, salespeople_arrive
);
late_page!(
    /// What chosen records of a mapping need first.
    NEEDS, running, NeedsPage, needs_view, needs_arrive
);
late_page!(
    /// Default synchronization setup.
    DEFAULT_SETUP, configuration, DefaultSetupPage, default_setup_view, default_setup_arrive
);
late_page!(
    /// Configuration history.
    HISTORY, configuration, HistoryPage, history_view, history_arrive
);
late_page!(
    /// Workspace file and storage.
    WORKSPACE, configuration, WorkspacePage, workspace_view, workspace_arrive
);
late_page!(
    /// Connections: their settings, secrets and sign-in.
    CONNECTIONS, connecting, ConnectionsPage, connections_view, connections_arrive
);
late_page!(
    /// The settings of the connections as one page.
    CONNECTION_SETTINGS, connecting, ConnectionSettingsPage, connection_settings_view, connection_settings_arrive
);
late_page!(
    /// Upgrade from a Sales-only connection.
    UPGRADE, configuration, UpgradePage, upgrade_view, upgrade_arrive
);
late_page!(
    /// Assisted setup.
    SETUP_GUIDE, connecting, SetupGuidePage, setup_guide_view, setup_guide_arrive
);
late_page!(
    /// Environments and companies found by listing.
    FIND_ENVIRONMENT, connecting, FindEnvironmentPage, find_environment_view, find_environment_arrive
);
late_page!(
    /// Connection doctor.
    DOCTOR, connecting, DoctorPage, doctor_view, doctor_arrive
);
late_page!(
    /// The run of one mapping: choice, plan, progress, result.
    RUN, running, RunPage, run_view, run_arrive
);
late_page!(
    /// Full synchronization review.
    FULL_SYNCHRONIZATION, running, FullSynchronizationPage, full_synchronization_view, full_synchronization_arrive
);
late_page!(
    /// Synchronization jobs.
    JOBS, running, JobsPage, jobs_view, jobs_arrive
);
late_page!(
    /// One synchronization job.
    JOB, running, JobPage, job_view, job_arrive
);
late_page!(
    /// Skipped records.
    SKIPPED, running, SkippedPage, skipped_view, skipped_arrive
);
late_page!(
    /// Scheduled jobs.
    SCHEDULE, running, SchedulePage, schedule_view, schedule_arrive
);
late_page!(
    /// What every page says about runs of other tabs.
    RUN_NOTICES, running, RunNotices, run_notices_view, run_notices_arrive
);

/// How far a page has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrived {
    OnItsWay,
    Missing,
    Here,
}

/// Shows a page, and until it is there that it is on its way; one that did not come can be asked for again.
#[component]
pub fn Late(
    /// The page.
    page: LatePage,
) -> impl IntoView {
    let i18n = use_i18n();
    let arrived = RwSignal::new(Arrived::OnItsWay);
    let bring = move || {
        arrived.set(Arrived::OnItsWay);
        spawn_local(async move {
            let is_here = (page.arrive)().await.is_ok();
            arrived.set(if is_here { Arrived::Here } else { Arrived::Missing });
        });
    };
    match (page.arrive)().now_or_never() {
        Some(Ok(())) => arrived.set(Arrived::Here),
        _ => bring(),
    }
    let missing = move || {
        view! {
            <p role="alert">{t!(i18n, app.page_missing)}</p>
            <button type="button" on:click=move |_| bring()>{t!(i18n, action.retry)}</button>
        }
        .into_any()
    };
    move || match arrived.get() {
        Arrived::OnItsWay => view! { <p role="status">{t!(i18n, app.page_coming)}</p> }.into_any(),
        Arrived::Missing => missing(),
        Arrived::Here => (page.view)().now_or_never().and_then(Result::ok).unwrap_or_else(missing),
    }
}
