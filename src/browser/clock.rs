//! Time: now, and waiting.

use std::time::Duration;

use jiff::Timestamp;
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since 1970, UTC.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The moment it is now.
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(now_ms()).unwrap_or_default()
}

/// Today's date in UTC, as `2026-11-21`.
pub fn today() -> String {
    let moment = js_sys::Date::new_0().to_iso_string().as_string().unwrap_or_default();
    moment.split('T').next().unwrap_or_default().to_owned()
}

/// Milliseconds since the page was opened, with fractions: for measuring.
pub fn elapsed_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Waits for `duration`, letting the page work meanwhile.
pub async fn wait(duration: Duration) {
    let milliseconds = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    let promise = js_sys::Promise::new(&mut |resolve, _reject| {
        if let Some(window) = web_sys::window() {
            // A window that refuses a timer is closing: the promise is then dropped with it.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Lets the page paint and handle input before going on with long work.
pub async fn breathe() {
    wait(Duration::ZERO).await;
}
