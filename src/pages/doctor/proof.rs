//! One proof: verdict, what is proven, what to do about it, and the evidence on demand.

use couplet_systems::doctor::Finding;
use leptos::prelude::*;

use super::class_of;
use crate::i18n::*;
use crate::pages::history::words;
use crate::text::{I18n, doctor as text};

/// Proofs one below the other.
#[component]
pub(super) fn ProofList(
    /// The words.
    i18n: I18n,
    /// The proofs.
    findings: Vec<Finding>,
) -> impl IntoView {
    let items = findings.into_iter().map(|finding| proof(i18n, finding)).collect_view();
    view! { <ul class="doctor__list">{items}</ul> }
}

fn proof(i18n: I18n, finding: Finding) -> AnyView {
    let (check, verdict) = (finding.check, finding.verdict);
    let (_, _, rules) = check.info();
    let facts = finding.facts.iter().map(|fact| {
        view! { <div><dt><code>{fact.name}</code></dt><dd>{fact.value.clone()}</dd></div> }
    });
    let facts = facts.collect_view();
    let exchanges = finding.exchanges.iter().map(|exchange| {
        view! { <li><code>{exchange.asked.clone()}</code> <span>{exchange.came.clone()}</span></li> }
    });
    let exchanges = exchanges.collect_view();
    view! {
        <li class="doctor__proof">
            <span class=class_of(verdict)>{move || text::verdict(i18n, verdict)}</span>
            <div class="doctor__about">
                <h3>{move || text::check(i18n, check)}</h3>
                <p>{move || text::remedy(i18n, &finding)}</p>
                <details>
                    <summary>
                        {words(i18n, |i18n| t_string!(i18n, doctor.evidence))}
                        <span class="visually-hidden">" " {move || text::check(i18n, check)}</span>
                    </summary>
                    <dl class="facts">{facts}</dl>
                    <ul class="doctor__exchanges">{exchanges}</ul>
                    <p class="quiet">{move || t_string!(i18n, doctor.rules, rules = rules)}</p>
                </details>
            </div>
        </li>
    }
    .into_any()
}
