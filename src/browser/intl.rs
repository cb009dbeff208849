//! Numbers, dates and languages the way the browser formats them (`Intl`).

use js_sys::{Array, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

/// The browser's preferred language, as `fr-CH`.
pub fn preferred_language() -> Option<String> {
    web_sys::window().and_then(|window| window.navigator().language())
}

/// A whole number with the separators of `locale`: `1,742` or `1 742`.
pub fn number(locale: &str, value: f64) -> String {
    let format = Intl::NumberFormat::new(&locales(locale), &Object::new());
    format
        .format()
        .call1(&JsValue::UNDEFINED, &value.into())
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// A share as a percentage with at most one decimal: `96.4%` or `96,4 %`.
pub fn percent(locale: &str, share: f64) -> String {
    let options = Object::new();
    for (name, value) in
        [("style", JsValue::from_str("percent")), ("maximumFractionDigits", JsValue::from_f64(1.0))]
    {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str(name), &value);
    }
    let format = Intl::NumberFormat::new(&locales(locale), &options);
    format
        .format()
        .call1(&JsValue::UNDEFINED, &share.into())
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// Hours and minutes of a moment.
pub fn time(locale: &str, milliseconds: i64) -> String {
    date_time(locale, milliseconds, &[("timeStyle", "short")])
}

/// Day and time of a moment.
pub fn day_and_time(locale: &str, milliseconds: i64) -> String {
    date_time(locale, milliseconds, &[("dateStyle", "medium"), ("timeStyle", "short")])
}

fn date_time(locale: &str, milliseconds: i64, styles: &[(&str, &str)]) -> String {
    let options = Object::new();
    for (name, value) in styles {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    let format = Intl::DateTimeFormat::new(&locales(locale), &options);
    let date = js_sys::Date::new(&(milliseconds as f64).into());
    format
        .format()
        .call1(&JsValue::UNDEFINED, &date)
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn locales(locale: &str) -> Array {
    Array::of1(&JsValue::from_str(locale))
}
