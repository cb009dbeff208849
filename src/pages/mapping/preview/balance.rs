//! How many records are in and out, and what keeps the others out. Every number opens its list.

use couplet_engine::preview::{RuleEffect, Show};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::text;

/// One part of the bar of excluded records.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    rule: usize,
    label: String,
    count: usize,
}

/// Numbers, bar and legend.
#[component]
pub(super) fn Balance(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let counts = move || model.preview.counts();
    let parts = Memo::new(move |_| parts(model, i18n));
    let number = move |show: Show, count: usize, label: String| {
        view! {
            <button
                type="button"
                class="balance__number"
                aria-pressed=move || (model.show.get() == show).to_string()
                on:click=move |_| model.show_list(show)
            >
                <span class="balance__big">{formatted(i18n, count)}</span> " " {label}
            </button>
        }
    };
    let bar = move |n_in: usize, n_out: usize| {
        let total = (n_in + n_out).max(1) as f64;
        let width = move |count: usize| format!("{}%", count as f64 * 100.0 / total);
        let n_failing: usize = parts.with(|parts| parts.iter().map(|part| part.count).sum::<usize>().max(1));
        let label =
            t_string!(i18n, preview.bar, n_in = formatted(i18n, n_in), n_out = formatted(i18n, n_out));
        view! {
            <div class="balance__bar" role="img" aria-label=label>
                <i class="balance__in" style:width=width(n_in)></i>
                {parts
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(idx, part)| {
                        let share = part.count as f64 * n_out as f64 / n_failing as f64;
                        view! {
                            <i class=format!("balance__out balance__out--{}", idx % 4) style:width=width(share.round() as usize)></i>
                        }
                    })
                    .collect_view()}
            </div>
        }
    };
    let legend = move || {
        let parts = parts.get();
        (!parts.is_empty()).then(|| {
            view! {
                <ul class="balance__legend">
                    {parts
                        .into_iter()
                        .enumerate()
                        .map(|(idx, part)| {
                            let show = Show::Failing(part.rule);
                            view! {
                                <li>
                                    <i class=format!("balance__out balance__out--{}", idx % 4) aria-hidden="true"></i>
                                    <button
                                        type="button"
                                        class="link"
                                        aria-pressed=move || (model.show.get() == show).to_string()
                                        on:click=move |_| model.show_list(show)
                                    >
                                        {part.label} " " {formatted(i18n, part.count)}
                                    </button>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            }
        })
    };
    move || {
        counts().map(|(n_in, n_out)| {
            view! {
                <div class="balance">
                    <div class="balance__numbers" aria-live="polite">
                        {number(Show::InFilter, n_in, t_string!(i18n, verdict.in_filter).to_owned())}
                        {number(Show::Excluded, n_out, t_string!(i18n, preview.excluded_many).to_owned())}
                    </div>
                    {bar(n_in, n_out)}
                    {legend}
                </div>
            }
        })
    }
}

/// How many records fail each excluding rule; a record that fails several counts in each.
fn parts(model: SideModel, i18n: text::I18n) -> Vec<Part> {
    let (Some(rules), Some(verdicts)) = (model.preview.rules.get().ready(), model.preview.verdicts.get())
    else {
        return Vec::new();
    };
    let excluding = rules.rules.iter().enumerate().filter(|(_, rule)| rule.effect == RuleEffect::Excludes);
    let part = |(rule, subject)| Part {
        rule,
        label: text::rule_subject(i18n, subject),
        count: verdicts.n_failing(rule),
    };
    excluding.map(|(idx, rule)| part((idx, &rule.subject))).filter(|part| part.count > 0).collect()
}
