//! The whole filter as an OData expression that can be typed; what OData or a filter cannot say is refused with its
//! place.

use couplet_engine::FilterCondition;
use couplet_filter::Span;
use couplet_filter::odata::WriteError;
use leptos::ev::Event;
use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::mapping::preview::editor::Underlined;
use crate::pages::mapping::preview::forms::{odata_of, read_odata};
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::odata::ODataForm;
use crate::pages::mapping::preview::side_code;
use crate::pages::mapping::preview::typed::Typed;
use crate::queries::context::filter_context;
use crate::text;

/// What the form shows.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    /// Nothing is readable yet.
    Nothing,
    /// An expression.
    Text(String),
    /// OData cannot say this condition.
    Refused(FilterCondition, WriteError),
}

/// The OData form while the filter is edited.
#[component]
pub(super) fn ODataEditor(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let shown = Memo::new(move |_| match model.typed.get() {
        Some(Typed::OData { text, .. }) => Shown::Text(text),
        _ => written(model),
    });
    let can_type = Memo::new(move |_| shown.with(|shown| matches!(shown, Shown::Text(_))));
    let refusal = move || match shown.get() {
        Shown::Refused(condition, error) => {
            view! { {refused(i18n, condition, &error)} <FromScratch model=model /> }.into_any()
        }
        _ => view! {
            <p class="quiet">{t!(i18n, preview.odata_unreadable)}</p>
            <FromScratch model=model />
        }
        .into_any(),
    };
    let text = Memo::new(move |_| match shown.get() {
        Shown::Text(text) => text,
        _ => String::new(),
    });
    view! {
        <Show when=move || can_type.get() fallback=refusal>
            <ODataText model=model text=text />
        </Show>
        <ODataForm model=model />
    }
}

/// The way on from a filter that OData cannot say: another one, from the start. The saved one stays until this is saved.
#[component]
fn FromScratch(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let has_schema = Memo::new(move |_| model.schema().is_some());
    view! {
        <Show when=move || has_schema.get()>
            <button type="button" class="editor__add" on:click=move |_| enter(model, String::new())>
                {t!(i18n, editor.odata_scratch)}
            </button>
        </Show>
    }
}

#[component]
fn ODataText(
    /// The side.
    model: SideModel,
    /// The expression.
    text: Memo<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let error_id = format!("{}-odata-error", side_code(model.preview.side));
    let error = Memo::new(move |_| match model.typed.get() {
        Some(Typed::OData { error, .. }) => error,
        _ => None,
    });
    let described = {
        let error_id = error_id.clone();
        move || error.with(|error| error.is_some().then(|| error_id.clone()))
    };
    let type_text = move |event: Event| {
        enter(model, event_target_value(&event));
    };
    let wrong = move || {
        error.get().map(|error| {
            let typed = text.get_untracked();
            let words = text::odata_read_error(i18n, &error, &typed);
            view! { <Underlined text=typed span=Some(error.span) /> <span>{words}</span> }
        })
    };
    view! {
        <textarea
            class="editor__odata mono"
            rows="3"
            spellcheck="false"
            autocomplete="off"
            aria-label=move || t_string!(i18n, editor.odata)
            aria-invalid=move || error.with(|error| error.is_some().then_some("true"))
            aria-describedby=described
            prop:value=text
            on:input=type_text
        ></textarea>
        <p class="editor__error" id=error_id aria-live="polite">{wrong}</p>
    }
}

/// Takes what was typed; the draft follows where it is a filter, and stays what it was where it is none.
fn enter(model: SideModel, text: String) {
    let Some(schema) = untrack(|| model.schema()) else { return };
    match read_odata(&text, &schema, &filter_context()) {
        Ok(filter) => {
            model.typed.set(Some(Typed::OData { text, error: None }));
            model.draft.set(Some(filter));
        }
        Err(error) => model.typed.set(Some(Typed::OData { text, error: Some(error) })),
    }
}

/// The expression of the last readable filter.
fn written(model: SideModel) -> Shown {
    let (Some(schema), Some(filter)) = (model.schema(), model.readable.get()) else { return Shown::Nothing };
    match odata_of(&filter, &schema, &filter_context()) {
        Some(Ok(text)) => Shown::Text(text),
        Some(Err(error)) => filter
            .conditions
            .into_iter()
            .nth(error.condition)
            .map_or(Shown::Nothing, |condition| Shown::Refused(condition, error)),
        None => Shown::Nothing,
    }
}

fn refused(i18n: text::I18n, condition: FilterCondition, error: &WriteError) -> AnyView {
    let words = text::odata_write_error(i18n, error, &condition.text);
    let span: Span = error.span;
    view! {
        <div class="editor__refusal" role="status">
            <p>{t!(i18n, editor.odata_refused)}</p>
            <p class="editor__error">
                <strong>{condition.field}</strong>
                <Underlined text=condition.text span=Some(span) />
                <span>{words}</span>
            </p>
        </div>
    }
    .into_any()
}
