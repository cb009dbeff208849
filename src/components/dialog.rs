//! Dialogs on the native element, which keeps the focus inside and gives it back: a frame for any content, and the
//! question before something is done.

use leptos::html;
use leptos::prelude::*;

use crate::i18n::*;

/// A modal dialog. Its content exists only while it is open; Escape closes it.
#[component]
pub fn Dialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// Heading and name.
    #[prop(into)]
    title: Signal<String>,
    /// Content, with the buttons in `.dialog__actions`.
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if !open.get() {
            if dialog.open() {
                dialog.close();
            }
            return;
        }
        // The content comes with the same change: a frame later it is there to take the focus.
        request_animation_frame(move || {
            if open.get_untracked() && !dialog.open() {
                // Refused only for an element that left the page, which then has nothing to show.
                let _ = dialog.show_modal();
            }
        });
    });
    view! {
        <dialog class="dialog" node_ref=element aria-label=title on:close=move |_| open.set(false)>
            <Show when=move || open.get()>
                <h2 class="dialog__title">{title}</h2>
                {children()}
            </Show>
        </dialog>
    }
}

/// Asks before something is done. Nothing is done when it is closed.
#[component]
pub fn ConfirmDialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// What will happen.
    #[prop(into)]
    text: Signal<String>,
    /// Caption of the button that does it.
    #[prop(into)]
    confirm: Signal<String>,
    /// Does it.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open title>
            <p class="dialog__text">{text}</p>
            <div class="dialog__actions">
                <button type="button" on:click=move |_| open.set(false)>
                    {t!(i18n, action.cancel)}
                </button>
                <button
                    type="button"
                    class="button--primary"
                    on:click=move |_| {
                        open.set(false);
                        on_confirm.run(());
                    }
                >
                    {confirm}
                </button>
            </div>
        </Dialog>
    }
}
