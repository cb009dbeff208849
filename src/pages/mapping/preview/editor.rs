//! Editing a filter with the data in view, in the form that the admin likes: errors while typing, and the records that
//! would enter and leave before anything is saved. The rows of filter text are here, the other forms beside it.

use couplet_engine::preview::{ClauseProblem, ClauseProblemKind, Show};
use couplet_engine::{FilterCondition, TableSchema};
use couplet_filter::{FieldType, Span, quote_value};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::filter_card::Form;
use crate::pages::mapping::preview::forms::can_be_filtered;
use crate::pages::mapping::preview::guided::GuidedEditor;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::odata_editor::ODataEditor;
use crate::pages::mapping::preview::sentence::SentenceLine;
use crate::queries::read_table;
use crate::state::configuration::ConfigurationStore;
use crate::state::previews::RulesState;
use crate::tasks::edit_filter::{kept_form, save_filter};
use crate::text;

/// The editor of one side.
#[component]
pub(super) fn Editor(
    /// The side.
    model: SideModel,
    /// The form that is shown.
    form: RwSignal<Form>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let failure = RwSignal::new(None::<String>);
    let is_readable = Memo::new(move |_| model.is_readable());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let schema = untrack(|| model.schema());
        let (Some(filter), Some(schema)) = (model.draft.get_untracked(), schema) else { return };
        if !is_readable.get_untracked() {
            return;
        }
        let filter = kept_form(&filter, &schema);
        spawn_local(async move {
            match save_filter(store, &model.name.get_value(), model.preview.side, filter).await {
                Ok(()) => model.close(),
                Err(error) => failure.set(Some(text::save_error(i18n, &error))),
            }
        });
    };
    read_missing_fields(model);
    let typed = move || match form.get() {
        Form::Filter => view! { <ConditionRows model=model /> }.into_any(),
        Form::OData => view! { <ODataEditor model=model /> }.into_any(),
        Form::Words => view! { <GuidedEditor model=model form=form /> }.into_any(),
    };
    view! {
        <form class="editor" on:submit=save>
            <Elsewhere model=model form=form />
            {typed}
            <SentenceLine model=model />
            <Movements model=model />
            {move || failure.get().map(|words| view! { <p class="status status--failed" role="alert">{words}</p> })}
            <div class="editor__actions">
                <span class="editor__space"></span>
                <button type="button" on:click=move |_| model.close()>{t!(i18n, action.cancel)}</button>
                <button type="submit" class="button--primary" disabled=move || !is_readable.get()>{t!(i18n, editor.save)}</button>
            </div>
        </form>
    }
}

/// What cannot be read in a form that is not shown now.
#[component]
fn Elsewhere(
    /// The side.
    model: SideModel,
    /// The form that is shown.
    form: RwSignal<Form>,
) -> impl IntoView {
    let i18n = use_i18n();
    let broken = Memo::new(move |_| {
        let is_broken = model.draft_rules.with(|rules| matches!(rules, Some(RulesState::Broken(_))));
        let typed = model.typed.with(|typed| typed.as_ref().map(|typed| (typed.form(), typed.is_whole())));
        let broken = match typed {
            Some((origin, false)) => Some(origin),
            // The form that it was typed in says itself what is wrong.
            Some((origin, true)) if origin == form.get() => None,
            _ => is_broken.then_some(Form::Filter),
        };
        broken.filter(|broken| *broken != form.get())
    });
    let words = move |broken: Form| match broken {
        Form::Filter => t_string!(i18n, editor.filter_unreadable),
        Form::OData => t_string!(i18n, editor.odata_unreadable),
        Form::Words => t_string!(i18n, editor.guided_unreadable),
    };
    view! {
        <div role="status">
            {move || broken.get().map(|broken| view! { <p class="editor__elsewhere">{words(broken)}</p> })}
        </div>
    }
}

/// The conditions as filter text.
#[component]
fn ConditionRows(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let n_conditions = Memo::new(move |_| {
        model.draft.with(|draft| draft.as_ref().map_or(0, |draft| draft.conditions.len()))
    });
    let list_id = format!("{}-fields", super::side_code(model.preview.side));
    let add = move |_| {
        model.change(|draft| {
            draft.conditions.push(FilterCondition { field: String::new(), text: String::new() });
        });
    };
    let rows = {
        let list_id = list_id.clone();
        move || {
            let list_id = list_id.clone();
            (0..n_conditions.get())
                .map(|idx| view! { <ConditionRow model=model idx=idx fields=list_id.clone() /> })
                .collect_view()
        }
    };
    view! {
        {rows}
        <FieldNames model=model id=list_id />
        <button type="button" class="editor__add" on:click=add>{t!(i18n, editor.add)}</button>
    }
}

/// A clause on a field that was not read so far needs its values: the table is read again with it.
fn read_missing_fields(model: SideModel) {
    Effect::new(move |_| {
        let (Some(handle), Some(rules)) =
            (model.preview.handle(), model.draft_rules.get().and_then(|rules| rules.ready()))
        else {
            return;
        };
        read_table::ensure(handle, &rules.fields());
    });
}

#[component]
fn ConditionRow(
    /// The side.
    model: SideModel,
    /// Index of the condition.
    idx: usize,
    /// Id of the list of field names.
    fields: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let code = super::side_code(model.preview.side);
    let (error_id, values_id) = (format!("{code}-error-{idx}"), format!("{code}-values-{idx}"));
    let read = move |part: fn(&FilterCondition) -> &String| {
        model.draft.with(|draft| {
            draft.as_ref().and_then(|draft| draft.conditions.get(idx)).map(part).cloned().unwrap_or_default()
        })
    };
    let write = move |change: &dyn Fn(&mut FilterCondition)| {
        model.change(|draft| {
            if let Some(condition) = draft.conditions.get_mut(idx) {
                change(condition);
            }
        });
    };
    let remove = move |_| {
        model.change(|draft| {
            if idx < draft.conditions.len() {
                draft.conditions.remove(idx);
            }
        });
    };
    let problem = Memo::new(move |_| match model.draft_rules.get() {
        Some(RulesState::Broken(problems)) => {
            problems.iter().find(|problem| problem.condition_idx == idx).cloned()
        }
        _ => None,
    });
    let invalid = move || problem.with(|problem| problem.is_some().then_some("true"));
    let described = {
        let error_id = error_id.clone();
        move || problem.with(|problem| problem.is_some().then(|| error_id.clone()))
    };
    let suggestions = move || {
        let schema = model.schema();
        let (field, typed) = (read(|condition| &condition.field), read(|condition| &condition.text));
        let values = schema.map(|schema| suggestions(&schema, &field, &typed)).unwrap_or_default();
        values.into_iter().map(|value| view! { <option value=value></option> }).collect_view()
    };
    let error = move || {
        problem.get().map(|problem| {
            let typed = read(|condition| &condition.text);
            let words = text::clause_problem(i18n, &problem, &typed);
            view! { <Underlined text=typed span=problem_span(&problem) /> <span>{words}</span> }
        })
    };
    view! {
        <div class="editor__row">
            <input
                type="text"
                class="editor__field"
                list=fields
                autocomplete="off"
                aria-label=move || t_string!(i18n, editor.field)
                prop:value=move || read(|condition| &condition.field)
                on:input:target=move |event| {
                    let value = event.target().value();
                    write(&move |condition| condition.field.clone_from(&value));
                }
            />
            <input
                type="text"
                class="editor__text mono"
                list=values_id.clone()
                autocomplete="off"
                spellcheck="false"
                aria-label=move || t_string!(i18n, editor.text)
                aria-invalid=invalid
                aria-describedby=described
                prop:value=move || read(|condition| &condition.text)
                on:input:target=move |event| {
                    let value = event.target().value();
                    write(&move |condition| condition.text.clone_from(&value));
                }
            />
            <datalist id=values_id>{suggestions}</datalist>
            <button type="button" aria-label=move || t_string!(i18n, editor.remove) on:click=remove>
                <span aria-hidden="true">"✕"</span>
            </button>
            <p class="editor__error" id=error_id aria-live="polite">{error}</p>
        </div>
    }
}

/// Where a condition's text is wrong; none where it is the field.
pub(super) fn problem_span(problem: &ClauseProblem) -> Option<Span> {
    match &problem.kind {
        ClauseProblemKind::Filter(error) => Some(error.span()),
        _ => None,
    }
}

/// A text with the wrong place underlined.
#[component]
pub(super) fn Underlined(
    /// The text.
    text: String,
    /// The wrong place; none for the whole text.
    span: Option<Span>,
) -> impl IntoView {
    let (start, end) = span.map_or((0, text.len()), |span| (span.start as usize, span.end as usize));
    let (start, end) = (text.floor_char_boundary(start), text.floor_char_boundary(end));
    let mut before = text;
    let after = before.split_off(end);
    let wrong = before.split_off(start);
    // At the end of the text there is nothing to underline: a blank stands for what is missing.
    let wrong = if wrong.is_empty() { "\u{a0}".to_owned() } else { wrong };
    view! {
        <code class="underlined" aria-hidden="true">
            {before} <u>{wrong}</u> {after}
        </code>
    }
}

/// Names of the fields that can be filtered.
#[component]
fn FieldNames(
    /// The side.
    model: SideModel,
    /// Id of the list.
    id: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let names = move || {
        let schema = model.schema();
        let fields = schema.iter().flat_map(|schema| schema.fields.iter());
        fields
            .filter(|field| can_be_filtered(field))
            .map(|field| {
                let caption = field.labels.get(text::language(i18n)).to_owned();
                view! { <option value=field.name.clone()>{caption}</option> }
            })
            .collect_view()
    };
    view! { <datalist id=id>{names}</datalist> }
}

/// How many records would enter and leave; each number opens its list.
#[component]
fn Movements(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let movement = Memo::new(move |_| model.movement());
    let number = move |show: Show, count: usize, class: &'static str| {
        let words = match show {
            Show::Entering => t_string!(i18n, editor.enter, count = formatted(i18n, count)),
            _ => t_string!(i18n, editor.leave, count = formatted(i18n, count)),
        };
        view! {
            <button
                type="button"
                class=format!("link {class}")
                aria-pressed=move || (model.show.get() == show).to_string()
                on:click=move |_| model.show_list(show)
            >
                {words}
            </button>
        }
    };
    view! {
        <p class="editor__movement" aria-live="polite">
            {move || match movement.get() {
                Some(movement) => view! {
                    {number(Show::Entering, movement.n_enter, "editor__enter")} " · "
                    {number(Show::Leaving, movement.n_leave, "editor__leave")}
                }
                .into_any(),
                None => view! { <span class="quiet">{t!(i18n, editor.no_movement)}</span> }.into_any(),
            }}
        </p>
    }
}

/// Whole texts that continue what was typed with a value of the field.
fn suggestions(schema: &TableSchema, field: &str, typed: &str) -> Vec<String> {
    let Some(field) = schema.field(field) else { return Vec::new() };
    let values: Vec<String> = match &field.field_type {
        FieldType::Option(members) => members.iter().map(|member| quote_value(&member.name)).collect(),
        FieldType::Boolean => vec!["true".to_owned(), "false".to_owned()],
        FieldType::Text { .. } | FieldType::Code { .. } => vec!["''".to_owned(), "<>''".to_owned()],
        FieldType::Guid => vec!["{00000000-0000-0000-0000-000000000000}".to_owned()],
        _ => Vec::new(),
    };
    let head_length = typed.rfind(['|', '&', '=', '>', '<', '(']).map_or(0, |position| position + 1);
    let (head, tail) =
        (typed.get(..head_length).unwrap_or_default(), typed.get(head_length..).unwrap_or_default());
    let tail = tail.trim().to_lowercase();
    let continues = |value: &String| value.to_lowercase().contains(&tail) && *value != tail;
    values.into_iter().filter(continues).map(|value| format!("{head}{value}")).collect()
}
