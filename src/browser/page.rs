//! The page itself: the static shell, appearance, and small settings that are kept for this browser.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Removes what the page showed before the app arrived.
pub fn remove_static_shell() {
    if let Some(shell) = document().and_then(|document| document.get_element_by_id("static-shell")) {
        shell.remove();
    }
}

/// Says in which language the page is, for screen readers and hyphenation.
pub fn set_language(language: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // Only a malformed name is refused.
        let _ = root.set_attribute("lang", language);
    }
}

/// Sets the page's title; the product's name follows it.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(&format!("{title} · Couplet"));
    }
}

/// Shows the page light, dark, or as the system does (none).
pub fn set_theme(theme: Option<&str>) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    // Only a malformed name is refused.
    let _ = match theme {
        Some(theme) => root.set_attribute("data-theme", theme),
        None => root.remove_attribute("data-theme"),
    };
}

/// A setting of this browser, kept outside the workspace: language and appearance.
pub fn preference(name: &str) -> Option<String> {
    web_sys::window()?.local_storage().ok()??.get_item(name).ok()?
}

/// Keeps a setting of this browser. A browser that refuses to keep it forgets it with the page.
pub fn set_preference(name: &str, value: &str) {
    if let Some(storage) = web_sys::window().and_then(|window| window.local_storage().ok().flatten()) {
        let _ = storage.set_item(name, value);
    }
}

/// Moves the keyboard focus to the element with this id.
pub fn focus(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus keeps it where it was.
        let _ = element.focus();
    }
}

/// Leaves for another address in the same window, such as an identity provider's page.
///
/// # Errors
/// The browser's own words when it refuses the address.
pub fn go_to(address: &str) -> Result<(), String> {
    let window = web_sys::window().ok_or_else(String::new)?;
    window.location().set_href(address).map_err(|error| format!("{error:?}"))
}

/// Loads the page again: nothing that was read stays.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        // A page that stays shows what it showed.
        let _ = window.location().reload();
    }
}

/// Scheme, host and port of the page.
pub fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

fn document() -> Option<web_sys::Document> {
    web_sys::window().and_then(|window| window.document())
}

/// A text as one segment of an address.
pub fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Puts the scroll bar of `element` so many pixels from the top.
pub fn scroll_to(element: &web_sys::HtmlDivElement, top: f64) {
    element.set_scroll_top(top.round() as i32);
}
