//! The filter as the OData that is sent: clause by clause, with what each server evaluates exactly and what is checked
//! again here.

use couplet_engine::preview::RuleSubject;
use couplet_systems::pushdown::{Precision, combine, push};
use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::text;

/// The OData form of the edited filter, or of the saved one.
#[component]
pub(super) fn ODataForm(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let side = model.preview.side;
    let rules = move || model.draft_rules.get().unwrap_or_else(|| model.preview.rules.get()).ready();
    move || {
        let Some(rules) = rules() else {
            return view! { <p class="filter-card__none">{t!(i18n, preview.odata_unreadable)}</p> }
                .into_any();
        };
        let clauses = rules.rules.iter().filter_map(|rule| match &rule.subject {
            RuleSubject::Clause { field, filter, .. } => Some((field, push(side, field, filter))),
            _ => None,
        });
        let (fields, pushed): (Vec<_>, Vec<_>) = clauses.unzip();
        let whole = combine(&pushed);
        let list = fields
            .iter()
            .zip(pushed.iter().enumerate())
            .map(|(field, (idx, pushed))| {
                let pushed = whole.sent(idx, pushed);
                let class = match pushed.precision {
                    Precision::Exact => "verdict verdict--in",
                    Precision::Superset => "verdict verdict--warn",
                    Precision::NotPushed => "verdict verdict--out",
                };
                let reasons = pushed.reasons.iter().map(|reason| text::push_reason(i18n, *reason)).collect::<Vec<_>>();
                view! {
                    <li class="filter-card__clause">
                        <strong>{field.labels.get(text::language(i18n)).to_owned()}</strong>
                        <code>{pushed.odata.clone().unwrap_or_else(|| "–".to_owned())}</code>
                        <span class=class>{text::precision(i18n, pushed.precision)}</span>
                        {(!reasons.is_empty()).then(|| view! { <span class="quiet filter-card__reason">{reasons.join(" ")}</span> })}
                    </li>
                }
            })
            .collect_view();
        let sent = match whole.text {
            Some(text) => view! { <code>{format!("$filter={text}")}</code> }.into_any(),
            None => view! { <span class="quiet">{t!(i18n, preview.odata_nothing)}</span> }.into_any(),
        };
        view! {
            <p class="filter-card__sent">{sent}</p>
            <ul class="filter-card__clauses">{list}</ul>
            <p class="quiet filter-card__note">{t!(i18n, preview.odata_note)}</p>
        }
        .into_any()
    }
}
