//! The states of anything that is read: loading, failed with retry, empty with advice.

use leptos::prelude::*;

use crate::failure::Failure;
use crate::i18n::*;
use crate::text;

/// Something is on its way.
#[component]
pub fn Loading(
    /// What is being done.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! { <p class="status status--loading" role="status"><span class="status__spinner" aria-hidden="true"></span>{label}</p> }
}

/// Something failed; it can be tried again.
#[component]
pub fn Failed(
    /// Why.
    #[prop(into)]
    failure: Signal<Failure>,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="status status--failed" role="alert">
            <p>{move || failure.with(|failure| text::failure(i18n, failure))}</p>
            <button type="button" on:click=move |_| retry.run(())>{t!(i18n, action.retry)}</button>
        </div>
    }
}

/// Nothing to show, and what to do about it.
#[component]
pub fn Empty(
    /// Advice, and the action where there is one.
    children: Children,
) -> impl IntoView {
    view! { <div class="status status--empty">{children()}</div> }
}
