//! The runs that are under way, on every page: leaving a run's page does not end it.

use couplet_engine::MappingName;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::count_link::run_path;
use crate::i18n::*;
use crate::state::runs::{RunHandle, Runs};

/// One pill a run, leading to its page.
#[component]
pub fn RunPills() -> impl IntoView {
    let i18n = use_i18n();
    let runs = Runs::expect();
    let pill = move |(name, handle): (MappingName, RunHandle)| {
        let percent = move || handle.progress.with(|progress| progress.percent()).to_string();
        let href = run_path(&name);
        let words = move || t_string!(i18n, run.pill, name = name.to_string(), percent = percent());
        view! {
            <A href=href attr:class="pill pill--run">
                <b aria-hidden="true"></b>
                <span>{words}</span>
            </A>
        }
    };
    move || runs.running().into_iter().map(pill).collect_view()
}
