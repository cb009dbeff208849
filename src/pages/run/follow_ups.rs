//! What a run brings about in other records once it has created or uncoupled some: it belongs to the plan.

use couplet_engine::MappingName;
use couplet_engine::planning::Following;
use couplet_synchronization::FollowUp;
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::run::model::PlanModel;
use crate::text::I18n;

/// Names that are listed; of more, nobody reads them all.
const N_NAMES: usize = 20;

/// The follow-ups of a plan; nothing when there are none.
#[component]
pub(super) fn FollowUps(
    /// The plan.
    model: PlanModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let follow_ups = model.planned.with_value(|planned| planned.follow_ups.clone());
    let own = model.planned.with_value(|planned| planned.mapping.name.clone());
    (!follow_ups.is_empty()).then(move || {
        let line = move |follow_up: &FollowUp| {
            let words = words(i18n, follow_up, &own);
            let mut names = follow_up.names.iter().take(N_NAMES).cloned().collect::<Vec<_>>().join(" · ");
            if follow_up.names.len() > N_NAMES {
                names.push_str(" …");
            }
            view! { <li><details><summary>{words}</summary><p class="quiet">{names}</p></details></li> }
        };
        let lines = move || follow_ups.iter().map(&line).collect_view();
        view! {
            <article class="card">
                <header>
                    <h2>{t!(i18n, run.follow_ups)}</h2>
                    <small>{t!(i18n, run.follow_ups_sub)}</small>
                </header>
                <ul class="finding-list">{lines}</ul>
            </article>
        }
    })
}

/// What happens; `own` is the mapping of the plan.
fn words(i18n: I18n, follow_up: &FollowUp, own: &MappingName) -> String {
    let (mapping, count) = (follow_up.mapping.to_string(), formatted(i18n, follow_up.names.len()));
    match (follow_up.why, follow_up.mapping == *own) {
        (Following::PrimaryContact, _) => {
            t_string!(i18n, run.follow_primary_contact, mapping = mapping, count = count)
        }
        (Following::NewCompany, true) => {
            t_string!(i18n, run.follow_company, mapping = mapping, count = count)
        }
        (Following::NewCompany, false) => {
            t_string!(i18n, run.follow_contacts, mapping = mapping, count = count)
        }
        (Following::Uncoupled, _) => t_string!(i18n, run.follow_uncoupled, mapping = mapping, count = count),
    }
}
