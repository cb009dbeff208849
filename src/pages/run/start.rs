//! What a plan costs, and the start: with a few records first, and a limit at which the run stops by itself.

use couplet_synchronization::{Canary, LimitingFactor};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::components::segmented::Segmented;
use crate::i18n::*;
use crate::pages::run::model::PlanModel;
use crate::pages::run::progress::duration;
use crate::tasks::run;
use crate::text::I18n;

/// Limits of the share of failed records, in percent, that can be chosen.
const ERROR_LIMITS: [u8; 4] = [0, 5, 10, 25];

/// Forecast, canary and the button.
#[component]
pub(super) fn Start(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    let n_writes = model.planned.with_value(|planned| planned.n_writes());
    let canary = RwSignal::new(true);
    let limit = RwSignal::new(10_u8);
    let options = vec![
        (true, Signal::derive(move || t_string!(i18n, run.few_first).to_owned())),
        (false, Signal::derive(move || t_string!(i18n, run.all_at_once).to_owned())),
    ];
    let label = Signal::derive(move || t_string!(i18n, run.canary).to_owned());
    let start = move |_| {
        let canary = match canary.get_untracked() {
            true => Canary::On { max_failed_percent: limit.get_untracked() },
            false => Canary::Off,
        };
        runner.start(model.handle, canary);
    };
    let limits = move || {
        let option = |percent: u8| {
            let caption = t_string!(i18n, run.percent, percent = percent.to_string());
            view! { <option value=percent.to_string() selected=percent == limit.get_untracked()>{caption}</option> }
        };
        ERROR_LIMITS.map(option)
    };
    view! {
        <article class="card run-start">
            <header><h2>{t!(i18n, run.start_title)}</h2></header>
            <div class="card__body">
                <ForecastFacts model />
                <div class="run-start__canary">
                    <Segmented
                        label
                        options
                        value=Signal::derive(move || Some(canary.get()))
                        on_choose=Callback::new(move |few| canary.set(few))
                    />
                    <Show when=move || canary.get()>
                        <label>
                            {t!(i18n, run.error_limit)} " "
                            <select on:change:target=move |event| {
                                limit.set(event.target().value().parse().unwrap_or(10));
                            }>{limits}</select>
                        </label>
                    </Show>
                </div>
                <p class="quiet">
                    {move || if canary.get() { t_string!(i18n, run.few_first_help) } else { t_string!(i18n, run.all_at_once_help) }}
                </p>
                <button type="button" class="button--primary" on:click=start>
                    {move || {
                        let count = formatted(i18n, n_writes);
                        if is_single(i18n, n_writes) {
                            t_string!(i18n, run.start_single, count = count)
                        } else {
                            t_string!(i18n, run.start_several, count = count)
                        }
                    }}
                </button>
            </div>
        </article>
    }
}

#[component]
fn ForecastFacts(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let facts = move || {
        let forecast = model.planned.with_value(|planned| planned.forecast);
        let requests = formatted(i18n, forecast.n_requests);
        view! {
            <dl class="facts">
                <div><dt>{t_string!(i18n, run.requests)}</dt><dd>{requests}</dd></div>
                <div><dt>{t_string!(i18n, run.takes)}</dt><dd>{duration(i18n, forecast.seconds)}</dd></div>
                <div><dt>{t_string!(i18n, run.limiting)}</dt><dd>{limiting(i18n, forecast.limit)}</dd></div>
            </dl>
        }
    };
    view! { {facts} }
}

fn limiting(i18n: I18n, limit: LimitingFactor) -> &'static str {
    match limit {
        LimitingFactor::Nothing => t_string!(i18n, forecast.nothing),
        LimitingFactor::BusinessCentralParallel => t_string!(i18n, forecast.business_central_parallel),
        LimitingFactor::DataverseParallel => t_string!(i18n, forecast.dataverse_parallel),
        LimitingFactor::RequestsInWindow => t_string!(i18n, forecast.requests_in_window),
    }
}
