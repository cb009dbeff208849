//! Changes of the configuration as a list of sentences.

use couplet_engine::history::Change;
use leptos::prelude::*;

use crate::i18n::*;
use crate::text::change_sentence;

/// One sentence a change.
#[component]
pub fn ChangeList(
    /// The changes.
    #[prop(into)]
    changes: Signal<Vec<Change>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let sentences = move || {
        changes.with(|changes| changes.iter().map(|change| change_sentence(i18n, change)).collect::<Vec<_>>())
    };
    view! {
        <ul class="change-list">
            {move || sentences().into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
        </ul>
    }
}
