//! The filter of a side: its clauses with how many records each excludes, as filter text or as the OData that is sent.

use couplet_engine::FilterCondition;
use couplet_engine::preview::{ClauseProblem, RuleSubject, Show};
use leptos::prelude::*;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::editor::{Editor, Underlined, problem_span};
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::odata::ODataForm;
use crate::pages::mapping::preview::sentence::SentenceForm;
use crate::state::previews::RulesState;
use crate::text;

/// Which form of the filter is shown, or typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Filter text, condition by condition.
    Filter,
    /// One OData expression.
    OData,
    /// A sentence; while editing, what it is made of: field, operator and value.
    Words,
}

/// The filter, or its editor.
#[component]
pub(super) fn FilterCard(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let form = RwSignal::new(Form::Filter);
    let is_editing = Memo::new(move |_| model.draft.with(Option::is_some));
    let form_button = move |this: Form, label: Signal<String>| {
        view! {
            <button type="button" aria-pressed=move || (form.get() == this).to_string() on:click=move |_| form.set(this)>
                {label}
            </button>
        }
    };
    let shown = move || match form.get() {
        Form::Filter => view! { <Clauses model=model /> }.into_any(),
        Form::OData => view! { <ODataForm model=model /> }.into_any(),
        Form::Words => view! { <SentenceForm model=model /> }.into_any(),
    };
    let words_label = move || match is_editing.get() {
        true => t_string!(i18n, preview.form_guided).to_owned(),
        false => t_string!(i18n, preview.form_sentence).to_owned(),
    };
    view! {
        <section class="filter-card" aria-label=move || t_string!(i18n, preview.filter)>
            <div class="filter-card__forms">
                <span class="segmented" role="group" aria-label=move || t_string!(i18n, preview.form)>
                    {form_button(Form::Filter, Signal::derive(move || t_string!(i18n, preview.form_filter).to_owned()))}
                    {form_button(Form::OData, Signal::derive(move || t_string!(i18n, preview.form_odata).to_owned()))}
                    {form_button(Form::Words, Signal::derive(words_label))}
                </span>
                <Show when=move || !is_editing.get()>
                    <button type="button" class="filter-card__edit" on:click=move |_| model.edit()>{t!(i18n, preview.edit_filter)}</button>
                </Show>
            </div>
            <Show when=move || is_editing.get() fallback=shown>
                <Editor model=model form=form />
            </Show>
        </section>
    }
}

/// The clauses of the saved filter.
#[component]
fn Clauses(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let conditions = move || model.saved().unwrap_or_default().conditions;
    let clauses = move || {
        let conditions = conditions();
        if conditions.is_empty() {
            return view! { <p class="filter-card__none">{t!(i18n, preview.no_filter)}</p> }.into_any();
        }
        let rules = model.preview.rules.get();
        let clause = |(idx, condition): (usize, FilterCondition)| match &rules {
            RulesState::Broken(problems) => {
                match problems.iter().find(|problem| problem.condition_idx == idx) {
                    Some(problem) => broken(i18n, &condition, problem),
                    None => plain(&condition),
                }
            }
            _ => view! { <Clause model=model idx=idx condition=condition /> }.into_any(),
        };
        let list = conditions.into_iter().enumerate().map(clause).collect_view();
        let is_broken = matches!(rules, RulesState::Broken(_));
        view! {
            <Show when=move || is_broken>
                <p class="status status--failed" role="alert">{t!(i18n, preview.broken)}</p>
            </Show>
            <ul class="filter-card__clauses">{list}</ul>
        }
        .into_any()
    };
    view! { {clauses} <Behind model=model /> }
}

#[component]
fn Clause(
    /// The side.
    model: SideModel,
    /// Index of the condition, and of its rule.
    idx: usize,
    /// The condition.
    condition: FilterCondition,
) -> impl IntoView {
    let i18n = use_i18n();
    let field = condition.field.clone();
    let caption = move || {
        let schema = model.schema();
        let caption = schema.and_then(|schema| {
            schema.field(&field).map(|field| field.labels.get(text::language(i18n)).to_owned())
        });
        caption.unwrap_or_else(|| field.clone())
    };
    let meaning = move || match model.preview.rules.get().ready()?.rules.get(idx).map(|rule| &rule.subject) {
        Some(RuleSubject::Clause { field, filter, .. }) => {
            text::meaning(i18n, model.schema()?.as_ref(), field, filter)
        }
        _ => None,
    };
    let n_failing = move || {
        model.preview.verdicts.with(|verdicts| verdicts.as_ref().map(|verdicts| verdicts.n_failing(idx)))
    };
    let show = Show::Failing(idx);
    view! {
        <li class="filter-card__clause">
            <strong>{caption}</strong>
            <code>{condition.text}</code>
            <span class="quiet">{meaning}</span>
            {move || {
                n_failing()
                    .filter(|count| *count > 0)
                    .map(|count| {
                        view! {
                            <button
                                type="button"
                                class="link filter-card__excluded"
                                aria-pressed=move || (model.show.get() == show).to_string()
                                on:click=move |_| model.show_list(show)
                            >
                                {t_string!(i18n, preview.n_excluded, count = formatted(i18n, count))}
                            </button>
                        }
                    })
            }}
        </li>
    }
}

/// Rules behind the filter, with how many records fail each.
#[component]
fn Behind(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let rules = model.preview.rules.get().ready()?;
        let verdicts = model.preview.verdicts.get()?;
        let behind = rules
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| !matches!(rule.subject, RuleSubject::Clause { .. }));
        let list = behind
            .map(|(idx, rule)| {
                let show = Show::Failing(idx);
                let count = t_string!(i18n, preview.n_fail, count = formatted(i18n, verdicts.n_failing(idx)));
                view! {
                    <li class="filter-card__clause">
                        <span>{text::rule_subject(i18n, &rule.subject)}</span>
                        <span class="tag">{text::rule_effect(i18n, rule.effect)}</span>
                        <button
                            type="button"
                            class="link"
                            aria-pressed=move || (model.show.get() == show).to_string()
                            on:click=move |_| model.show_list(show)
                        >
                            {count}
                        </button>
                    </li>
                }
            })
            .collect_view();
        Some(view! { <ul class="filter-card__clauses filter-card__clauses--behind">{list}</ul> })
    }
}

fn plain(condition: &FilterCondition) -> AnyView {
    view! {
        <li class="filter-card__clause">
            <strong>{condition.field.clone()}</strong>
            <code>{condition.text.clone()}</code>
        </li>
    }
    .into_any()
}

fn broken(i18n: text::I18n, condition: &FilterCondition, problem: &ClauseProblem) -> AnyView {
    view! {
        <li class="filter-card__clause filter-card__clause--broken">
            <strong>{condition.field.clone()}</strong>
            <Underlined text=condition.text.clone() span=problem_span(problem) />
            <span class="filter-card__problem">{text::clause_problem(i18n, problem, &condition.text)}</span>
        </li>
    }
    .into_any()
}
