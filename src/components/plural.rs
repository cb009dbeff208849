//! Which of two wordings goes with a number: locale keys come in pairs, `…_single` and `…_several`.

use crate::i18n::*;

/// Whether `n` takes the singular: one, and in French nothing as well.
pub fn is_single(i18n: leptos_i18n::I18nContext<Locale>, n: usize) -> bool {
    match i18n.get_locale() {
        Locale::en => n == 1,
        Locale::fr => n <= 1,
    }
}
