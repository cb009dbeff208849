//! The filter as a plain sentence in the language of the page.

use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::mapping::preview::forms::sentence_of;
use crate::pages::mapping::preview::model::SideModel;
use crate::queries::context::filter_context;
use crate::text;

/// The sentence of the saved filter.
#[component]
pub(super) fn SentenceForm(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let said = move || {
        let schema = model.schema()?;
        sentence_of(&model.saved()?, &schema, text::language(i18n), &filter_context())
    };
    move || match said() {
        Some(words) => view! { <p class="filter-card__sentence">{words}</p> }.into_any(),
        None => view! { <p class="filter-card__none">{t!(i18n, preview.sentence_unreadable)}</p> }.into_any(),
    }
}

/// The sentence of the edited filter: of what was readable last while something cannot be read.
#[component]
pub(super) fn SentenceLine(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let said = Memo::new(move |_| {
        let schema = model.schema()?;
        model
            .readable
            .with(|filter| sentence_of(filter.as_ref()?, &schema, text::language(i18n), &filter_context()))
    });
    let is_readable = Memo::new(move |_| model.is_readable());
    view! {
        <div class="editor__sentence" class:editor__sentence--past=move || !is_readable.get() aria-live="polite">
            <span class="quiet">
                {move || match is_readable.get() {
                    true => t_string!(i18n, editor.in_words),
                    false => t_string!(i18n, editor.last_readable),
                }}
            </span>
            <p>{move || said.get().unwrap_or_else(|| t_string!(i18n, preview.sentence_unreadable).to_owned())}</p>
        </div>
    }
}
