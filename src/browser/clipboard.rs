//! The clipboard, to write to.

use wasm_bindgen_futures::JsFuture;

/// Puts a text into the clipboard; to be called while a person's click is being handled.
///
/// # Errors
/// What the browser says when it refuses.
pub async fn copy(text: &str) -> Result<(), String> {
    let window = web_sys::window().ok_or_else(String::new)?;
    let written = JsFuture::from(window.navigator().clipboard().write_text(text)).await;
    written.map(|_| ()).map_err(|error| format!("{error:?}"))
}
