//! The filter as a plain sentence in the language of the page.

use couplet_engine::{FieldSchema, MappingFilter};
use couplet_filter::FilterValue;
use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::mapping::preview::forms::sentence_of;
use crate::pages::mapping::preview::model::SideModel;
use crate::queries::context::filter_context;
use crate::state::pointed_names::PointedNames;
use crate::text;

/// What a filter of the side says, with the names of the records that its values point to.
pub(super) fn told(
    i18n: text::I18n,
    names: PointedNames,
    model: SideModel,
    filter: &MappingFilter,
) -> Option<String> {
    let schema = model.schema()?;
    let name = |field: &FieldSchema, value: &FilterValue| text::pointed_name(names, &schema, field, value);
    sentence_of(filter, &schema, text::language(i18n), &name, &filter_context())
}

/// The sentence of the saved filter.
#[component]
pub(super) fn SentenceForm(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let names = PointedNames::expect();
    let said = move || told(i18n, names, model, &model.saved()?);
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
    let names = PointedNames::expect();
    let said = Memo::new(move |_| model.readable.with(|filter| told(i18n, names, model, filter.as_ref()?)));
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
