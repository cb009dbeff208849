//! A plan on screen: that nothing was written yet, its totals, what will go wrong, what it costs, and its actions.

use std::sync::Arc;

use leptos::prelude::*;

use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::run::actions::ActionList;
use crate::pages::run::difference::Difference;
use crate::pages::run::findings::Findings;
use crate::pages::run::follow_ups::FollowUps;
use crate::pages::run::model::PlanModel;
use crate::pages::run::start::Start;
use crate::pages::run::summary::Summary;
use crate::state::planned::PlannedRun;
use crate::state::runs::RunHandle;
use crate::tasks::run;

/// The plan.
#[component]
pub(super) fn PlanView(
    /// The run.
    handle: RunHandle,
    /// The plan.
    planned: Arc<PlannedRun>,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_empty = planned.planned.is_empty();
    let has_actions = !planned.plan().actions.is_empty();
    let leaves_out = planned.plan().passes.iter().any(|pass| pass.passed_over.not_coupled > 0);
    let model = PlanModel::new(handle, planned);
    let lead = move || match (is_empty, leaves_out) {
        (true, true) => t_string!(i18n, run.plan_without_uncoupled),
        (true, false) => t_string!(i18n, run.plan_empty),
        (false, _) => t_string!(i18n, run.plan_only),
    };
    let tone = if is_empty && !leaves_out { Tone::Done } else { Tone::Warning };
    view! {
        <Notice tone text=Signal::derive(move || lead().to_owned()) />
        <Decided model />
        <div class="plan-summary">
            <article class="card">
                <header><h2>{t!(i18n, run.totals)}</h2></header>
                <Summary model />
            </article>
            {(!is_empty).then(|| view! { <Start model /> })}
        </div>
        <Findings model />
        <FollowUps model />
        {has_actions.then(|| view! {
            <article class="card action-list">
                <header><h2>{t!(i18n, run.actions)}</h2></header>
                <ActionList model />
            </article>
            <Difference model />
        })}
    }
}

/// Decisions that the plan does not know of yet.
#[component]
fn Decided(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    let n_new = Memo::new(move |_| {
        let decided = model.planned.with_value(|planned| planned.decisions.clone());
        model.handle.decisions.with(|decisions| {
            decisions.iter().filter(|(key, winner)| decided.get(*key) != Some(winner)).count()
        })
    });
    let text = Signal::derive(move || t_string!(i18n, run.decided, count = formatted(i18n, n_new.get())));
    view! {
        <Show when=move || n_new.get() != 0>
            <Notice tone=Tone::Warning text>
                <button type="button" class="button--primary" on:click=move |_| runner.plan_again(model.handle)>
                    {t!(i18n, run.plan_with_decisions)}
                </button>
            </Notice>
        </Show>
    }
}
