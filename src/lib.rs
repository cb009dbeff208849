//! The Couplet console: the Leptos app. Pages show, tasks act, queries read, state is kept, and only `browser` touches
//! the browser's interfaces. No rule about synchronization lives here: those are in `crates/engine`.

#![expect(
    unreachable_pub,
    reason = "leptos makes a public type of every component, those of private modules too"
)]

pub mod app;
pub mod browser;
pub mod components;
pub mod failure;
pub mod pages;
pub mod queries;
pub mod state;
pub mod tasks;
pub mod text;

/// Keys of the locale files, checked when compiling.
#[expect(
    clippy::expect_used,
    clippy::wrong_self_convention,
    dead_code,
    unused_imports,
    reason = "generated from the locale files"
)]
mod locales {
    include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
}
pub(crate) use locales::i18n;

/// Starts the app in the page's body, in place of the static shell.
pub fn start() {
    console_error_panic_hook::set_once();
    browser::page::remove_static_shell();
    leptos::mount::mount_to_body(app::App);
}
