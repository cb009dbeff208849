//! A choice between two or three things that stand side by side.

use leptos::prelude::*;

/// Buttons of which one is pressed, or none.
#[component]
pub fn Segmented<T>(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// Values with their captions.
    options: Vec<(T, Signal<String>)>,
    /// The value that is chosen.
    #[prop(into)]
    value: Signal<Option<T>>,
    /// Called with another choice.
    #[prop(into)]
    on_choose: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let button = move |(option, caption): (T, Signal<String>)| {
        view! {
            <button
                type="button"
                aria-pressed=move || (value.get() == Some(option)).to_string()
                on:click=move |_| on_choose.run(option)
            >
                {caption}
            </button>
        }
    };
    view! {
        <span class="segmented" role="group" aria-label=label>
            {options.into_iter().map(button).collect_view()}
        </span>
    }
}
