//! What became of an action, said where the eye is, with what can be done next.

use leptos::prelude::*;

/// The tone of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It worked.
    Done,
    /// A person should look.
    Warning,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Done => "notice notice--in",
            Tone::Warning => "notice notice--warn",
        }
    }
}

/// A sentence with its actions.
#[component]
pub fn Notice(
    /// Tone.
    tone: Tone,
    /// The sentence.
    #[prop(into)]
    text: Signal<String>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=tone.class() role="status">
            <span>{text}</span>
            {children.map(|children| view! { <span class="notice__actions">{children()}</span> })}
        </div>
    }
}
