//! Why the chosen record is in or out: every rule with the value seen, and what would bring the record in.

use couplet_engine::Side;
use couplet_engine::preview::{
    OwnerOutlook, Remedy, RuleEffect, RuleOutcome, RuleSubject, RuleVerdict, Seen, identifying_fields,
};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::text;

/// The panels of the chosen records, one a side.
#[component]
pub(super) fn WhyPanel(
    /// Both sides.
    sides: [SideModel; 2],
) -> impl IntoView {
    sides
        .map(|model| move || model.selected.get().map(|row| view! { <Why model=model row=row as usize /> }))
        .collect_view()
}

#[component]
fn Why(
    /// The side.
    model: SideModel,
    /// The record.
    row: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    let name = move || record_name(model, row);
    let is_in = move || {
        model.preview.verdicts.with(|verdicts| {
            verdicts
                .as_ref()
                .is_some_and(|verdicts| row < verdicts.in_filter.len() && verdicts.in_filter.get(row))
        })
    };
    let title = move || {
        if is_in() {
            t_string!(i18n, why.in_title, record = name())
        } else {
            t_string!(i18n, why.out_title, record = name())
        }
    };
    let lines = move || {
        let (Some(rules), Some(handle)) = (model.preview.rules.get().ready(), model.preview.handle()) else {
            return Vec::new();
        };
        let related = model.preview.related.get();
        handle.rows.with(|rows| {
            rules.explain(rows, row, &related).iter().map(|verdict| line(i18n, verdict)).collect::<Vec<_>>()
        })
    };
    let remedies = move || {
        let (Some(rules), Some(handle), Some(verdicts)) =
            (model.preview.rules.get().ready(), model.preview.handle(), model.preview.verdicts.get())
        else {
            return Vec::new();
        };
        let related = model.preview.related.get();
        handle.rows.with(|rows| rules.remedies(rows, row, &related, &verdicts))
    };
    let side = model.preview.side;
    let class = format!("card why card--{}", text::side_class(side));
    view! {
        <section class=class aria-live="polite">
            <header>
                <h2>{title}</h2>
                <button type="button" on:click=move |_| model.selected.set(None)>{t!(i18n, action.close)}</button>
            </header>
            <div class="why__grid">
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
                <aside class="why__remedies">
                    {move || {
                        let remedies = remedies();
                        (!is_in() && !remedies.is_empty()).then(|| view! { <Remedies model=model remedies=remedies /> })
                    }}
                </aside>
            </div>
        </section>
    }
}

/// What would bring the record in, as steps.
#[component]
fn Remedies(
    /// The side.
    model: SideModel,
    /// Wider clauses.
    remedies: Vec<Remedy>,
) -> impl IntoView {
    let i18n = use_i18n();
    let system = text::side(i18n, model.preview.side);
    let rules = model.preview.rules.get_untracked().ready();
    let steps = remedies
        .into_iter()
        .filter_map(|remedy| {
            let rule = rules.as_ref()?.rules.get(remedy.rule_idx)?;
            let subject = text::rule_subject(i18n, &rule.subject);
            let count = formatted(i18n, remedy.n_enter);
            let system = system.clone();
            let filter = remedy.text.clone();
            let try_it = move |_| try_remedy(model, &remedy);
            Some(view! {
                <li>
                    {t_string!(i18n, why.change_value, field = subject.clone(), system = system)}
                    <br />
                    {t_string!(i18n, why.or_filter, field = subject)} " " <code>{filter}</code> " "
                    {t_string!(i18n, why.n_enter, count = count)} " "
                    <button type="button" class="link" on:click=try_it>{t!(i18n, why.try_it)}</button>
                </li>
            })
        })
        .collect_view();
    view! { <h3>{t!(i18n, why.bring_in)}</h3> <ol>{steps}</ol> }
}

/// Opens the editor with the wider clause; nothing is saved.
fn try_remedy(model: SideModel, remedy: &Remedy) {
    let filter = model
        .preview
        .mapping
        .with_untracked(|mapping| mapping.as_ref().map(|mapping| mapping.filter(model.preview.side).clone()));
    let Some(mut filter) = filter else { return };
    if let Some(condition) = filter.conditions.get_mut(remedy.rule_idx) {
        condition.text.clone_from(&remedy.text);
        model.draft.set(Some(filter));
    }
}

/// The values a person knows the record by.
fn record_name(model: SideModel, row: usize) -> String {
    let Some(handle) = model.preview.handle() else { return String::new() };
    let Some(schema) = handle.schema() else { return String::new() };
    let i18n = use_i18n();
    let names = identifying_fields(&schema);
    handle.rows.with(|rows| {
        let value = |name: &&str| {
            let field = schema.field(name)?;
            let value = rows.column(name).map(|column| text::value(i18n, field, column.get(row)))?;
            Some(value).filter(|value| !value.is_empty())
        };
        let n_names = if schema.side == Side::BusinessCentral { 2 } else { 1 };
        names.iter().filter_map(value).take(n_names).collect::<Vec<_>>().join(" ")
    })
}

fn line(i18n: text::I18n, verdict: &RuleVerdict<'_>) -> AnyView {
    let (rule, wanted) = match &verdict.rule.subject {
        RuleSubject::Clause { text: filter, .. } => {
            (text::rule_subject(i18n, &verdict.rule.subject), Some(filter.clone()))
        }
        subject => (text::rule_subject(i18n, subject), None),
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
            <td><strong>{rule}</strong> " " {wanted.map(|wanted| view! { <code>{wanted}</code> })}</td>
            <td>{seen(i18n, verdict)}</td>
            <td>{outcome}</td>
        </tr>
    }
    .into_any()
}

/// The value a rule looked at, in words.
fn seen(i18n: text::I18n, verdict: &RuleVerdict<'_>) -> String {
    match (&verdict.rule.subject, &verdict.seen) {
        (RuleSubject::Clause { field, .. }, Seen::Value(value)) => {
            let words = text::value(i18n, field, *value);
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
