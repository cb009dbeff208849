//! Language and appearance, kept for this browser.

use leptos::prelude::*;

use crate::browser::page;
use crate::i18n::*;

/// Name under which the language is kept.
const LANGUAGE: &str = "couplet.language";
/// Name under which the appearance is kept.
const THEME: &str = "couplet.theme";

/// The two choices of the top bar.
#[component]
pub fn Preferences() -> impl IntoView {
    let i18n = use_i18n();
    match page::preference(LANGUAGE).as_deref() {
        Some("en") => i18n.set_locale(Locale::en),
        Some("fr") => i18n.set_locale(Locale::fr),
        _ => {}
    }
    let theme = RwSignal::new(page::preference(THEME).unwrap_or_default());
    Effect::new(move |_| {
        theme.with(|theme| page::set_theme(Some(theme.as_str()).filter(|theme| !theme.is_empty())));
    });
    let language_button = move |locale: Locale, label: &'static str| {
        view! {
            <button
                type="button"
                lang=locale.as_str()
                aria-pressed=move || (i18n.get_locale() == locale).to_string()
                on:click=move |_| {
                    page::set_preference(LANGUAGE, locale.as_str());
                    i18n.set_locale(locale);
                }
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="preferences">
            <span class="segmented" role="group" aria-label=move || t_string!(i18n, app.language)>
                {language_button(Locale::en, "EN")} {language_button(Locale::fr, "FR")}
            </span>
            <select
                aria-label=move || t_string!(i18n, app.theme)
                prop:value=theme
                on:change:target=move |event| {
                    let value = event.target().value();
                    page::set_preference(THEME, &value);
                    theme.set(value);
                }
            >
                <option value="">{t!(i18n, app.theme_system)}</option>
                <option value="light">{t!(i18n, app.theme_light)}</option>
                <option value="dark">{t!(i18n, app.theme_dark)}</option>
            </select>
        </div>
    }
}
