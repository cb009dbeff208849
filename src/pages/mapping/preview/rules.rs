//! Every rule of one side with the value that it saw in one record, and its verdict.

use couplet_engine::TableSchema;
use couplet_engine::preview::{OwnerOutlook, RuleEffect, RuleOutcome, RuleSubject, RuleVerdict, Seen};
use leptos::prelude::*;

use crate::i18n::*;
use crate::state::previews::SidePreview;
use crate::text;

/// The rules and what they say of a record.
#[component]
pub fn RulesTable(
    /// The side.
    preview: SidePreview,
    /// The record.
    row: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    let lines = move || {
        let (Some(rules), Some(handle)) = (preview.rules.get().ready(), preview.handle()) else {
            return Vec::new();
        };
        let Some(schema) = handle.schema() else { return Vec::new() };
        let related = preview.related.get();
        handle.rows.with(|rows| {
            let verdicts = rules.explain(rows, row, &related);
            verdicts.iter().map(|verdict| line(i18n, &schema, verdict)).collect::<Vec<_>>()
        })
    };
    view! {
        <div class="scroll-x">
            <table class="rows why__rules">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, why.rule)}</th>
                        <th scope="col">{t!(i18n, why.seen)}</th>
                        <th scope="col">{t!(i18n, preview.verdict)}</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
}

/// Every failing rule of a record, as sentences.
pub fn failing_rules(preview: SidePreview, i18n: text::I18n, row: usize) -> String {
    let (Some(rules), Some(handle)) = (preview.rules.get_untracked().ready(), preview.handle()) else {
        return String::new();
    };
    let related = preview.related.get_untracked();
    handle.rows.with_untracked(|rows| {
        let verdicts = rules.explain(rows, row, &related);
        let failing = verdicts.iter().filter(|verdict| {
            verdict.outcome == RuleOutcome::Fails && verdict.rule.effect == RuleEffect::Excludes
        });
        failing.map(|verdict| text::verdict_sentence(i18n, verdict)).collect::<Vec<_>>().join("; ")
    })
}

fn line(i18n: text::I18n, schema: &TableSchema, verdict: &RuleVerdict<'_>) -> AnyView {
    let rule = text::rule_subject(i18n, &verdict.rule.subject);
    let wanted = match &verdict.rule.subject {
        RuleSubject::Clause { text: wanted, field, filter, .. } => {
            let meaning = text::meaning(i18n, schema, field, filter);
            Some(view! { <code>{wanted.clone()}</code> " " <span class="quiet">{meaning}</span> })
        }
        _ => None,
    };
    let outcome = match (verdict.outcome, verdict.rule.effect) {
        (RuleOutcome::Passes, _) => {
            view! { <span class="verdict verdict--in">"✓ " {t_string!(i18n, why.passes)}</span> }.into_any()
        }
        (RuleOutcome::Unknown, _) => {
            view! { <span class="verdict verdict--warn">"? " {t_string!(i18n, why.unknown)}</span> }.into_any()
        }
        (RuleOutcome::Fails, RuleEffect::Excludes) => {
            view! { <span class="verdict verdict--out">"✗ " {t_string!(i18n, why.fails)}</span> }.into_any()
        }
        (RuleOutcome::Fails, _) => {
            view! { <span class="verdict verdict--warn">"! " {text::rule_effect(i18n, verdict.rule.effect)}</span> }.into_any()
        }
    };
    view! {
        <tr>
            <td><strong>{rule}</strong> " " {wanted}</td>
            <td>{seen(i18n, schema, verdict)}</td>
            <td>{outcome}</td>
        </tr>
    }
    .into_any()
}

/// The value a rule looked at, in words.
fn seen(i18n: text::I18n, schema: &TableSchema, verdict: &RuleVerdict<'_>) -> String {
    match (&verdict.rule.subject, &verdict.seen) {
        (RuleSubject::Clause { field, .. }, Seen::Value(value)) => {
            let words = text::named_value(i18n, schema, field, *value);
            if words.trim().is_empty() { t_string!(i18n, value.blank).to_owned() } else { words }
        }
        (_, Seen::CompanyContact(couplet_filter::FieldValue::Text(number))) => {
            t_string!(i18n, why.company_contact, number = (*number).to_owned())
        }
        (_, Seen::ContactIsCompany) => t_string!(i18n, verdict.contact_is_company).to_owned(),
        (_, Seen::Coupling) => match verdict.outcome {
            RuleOutcome::Passes => t_string!(i18n, why.coupled).to_owned(),
            _ => t_string!(i18n, why.not_coupled).to_owned(),
        },
        (_, Seen::Owner { outlook: Some(OwnerOutlook::User { name }), .. }) => {
            t_string!(i18n, why.owner_user, name = name.clone())
        }
        (_, Seen::Owner { outlook: Some(OwnerOutlook::NoUser { salesperson }), .. }) => {
            t_string!(i18n, why.owner_none, salesperson = salesperson.clone())
        }
        (_, Seen::Owner { outlook: None, .. }) => t_string!(i18n, why.no_salesperson).to_owned(),
        (_, Seen::NotRead) => t_string!(i18n, why.not_read).to_owned(),
        _ => t_string!(i18n, value.blank).to_owned(),
    }
}
