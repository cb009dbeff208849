//! The errors of a job, folded by cause: one line a cause with an example, how many, when, what to do, and the records
//! to plan again.

use std::sync::Arc;

use couplet_engine::job::{ErrorGroup, SynchJobError, fold_errors};
use couplet_engine::planning::Pass;
use couplet_engine::{Direction, MappingName};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::browser::intl;
use crate::components::count_link::run_path;
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::runs::{Chosen, Runs};
use crate::text::{self, I18n};

/// The causes.
#[component]
pub(super) fn ErrorsByCause(
    /// The mapping of the job.
    mapping: MappingName,
    /// Its errors.
    #[prop(into)]
    errors: Signal<Arc<Vec<SynchJobError>>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let groups = Memo::new(move |_| errors.with(|errors| fold_errors(errors.iter())));
    let mapping = StoredValue::new(mapping);
    let lines = move || {
        let line = |group: ErrorGroup| view! { <CauseLine mapping=mapping.get_value() group /> };
        groups.get().into_iter().map(line).collect_view()
    };
    view! {
        <Show when=move || groups.with(|groups| !groups.is_empty())>
            <article class="card">
                <header>
                    <h2>{t!(i18n, jobs.errors_by_cause)}</h2>
                    <small>
                        {move || t_string!(
                            i18n,
                            jobs.n_causes,
                            errors = formatted(i18n, errors.with(|errors| errors.len())),
                            causes = formatted(i18n, groups.with(Vec::len))
                        )}
                    </small>
                </header>
                <ul class="finding-list">{lines}</ul>
            </article>
        </Show>
    }
}

#[component]
fn CauseLine(
    /// The mapping of the job.
    mapping: MappingName,
    /// Errors of one cause.
    group: ErrorGroup,
) -> impl IntoView {
    let i18n = use_i18n();
    let runs = Runs::expect();
    let navigate = use_navigate();
    let chosen = Chosen {
        records: group.records.iter().copied().collect(),
        rows: group.rows.iter().copied().collect(),
    };
    let direction = match group.pass {
        Pass::ToIntegrationTable => Direction::ToIntegrationTable,
        Pass::FromIntegrationTable => Direction::FromIntegrationTable,
    };
    let retry = move |_| {
        runs.of(&mapping).choose(direction, chosen.clone());
        navigate(&run_path(&mapping), leptos_router::NavigateOptions::default());
    };
    let cause = group.cause.clone();
    let title = move || text::failure_title(i18n, &cause).map_or_else(|| cause.clone(), str::to_owned);
    let cause = group.cause.clone();
    let advice = move || text::failure_advice(i18n, &cause);
    let when = group.clone();
    view! {
        <li class="finding-list__line">
            <span class="verdict verdict--out">{formatted(i18n, group.n_errors)}</span>
            <div>
                <strong>{title}</strong> " " <span class="quiet">{move || text::pass(i18n, group.pass)}</span>
                <div class="quiet">{move || t_string!(i18n, jobs.example, text = group.example.clone())}</div>
                <div class="quiet">{advice}</div>
                <div class="quiet">{move || first_and_last(i18n, &when)}</div>
            </div>
            <button type="button" on:click=retry>{t!(i18n, jobs.retry_cause)}</button>
        </li>
    }
}

fn first_and_last(i18n: I18n, group: &ErrorGroup) -> String {
    let moment = |at: jiff::Timestamp| intl::day_and_time(i18n.get_locale().as_str(), at.as_millisecond());
    if group.first == group.last {
        return moment(group.first);
    }
    t_string!(i18n, jobs.first_and_last, first = moment(group.first), last = moment(group.last))
}
