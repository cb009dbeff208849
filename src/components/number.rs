//! Numbers in the language of the page.

use leptos::prelude::*;

use crate::browser::intl;
use crate::i18n::*;
use crate::text::I18n;

/// A whole number as text, in the language of the page.
pub fn formatted(i18n: I18n, value: usize) -> String {
    intl::number(i18n.get_locale().as_str(), value as f64)
}

/// A whole number; a dash while it is not known.
#[component]
pub fn Number(
    /// The number.
    #[prop(into)]
    value: Signal<Option<usize>>,
) -> impl IntoView {
    let i18n = use_i18n();
    move || value.get().map_or_else(|| "–".to_owned(), |value| formatted(i18n, value))
}
