//! What is asked before a connection is enabled, disabled or deleted.

use couplet_engine::Side;
use leptos::prelude::*;

use super::row::run;
use super::{Outcome, Page};
use crate::browser::connections::remove;
use crate::browser::http::Connection;
use crate::components::dialog::ConfirmDialog;
use crate::i18n::*;
use crate::tasks::connection::enable;
use crate::text::I18n;

/// A question about a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asking {
    /// Work with it?
    Enable(Side, Connection),
    /// Work with none?
    Disable(Side, Connection),
    /// Remove it?
    Delete(Side, Connection),
}

/// The dialog with the question.
#[component]
pub(super) fn ActionDialog(
    /// The page.
    page: Page,
) -> impl IntoView {
    let i18n = page.i18n;
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if page.asking.with(Option::is_some) {
            open.set(true);
        }
    });
    let say = move |pick: fn(I18n, &Asking) -> &'static str| {
        Signal::derive(move || {
            page.asking
                .with(|asking| asking.as_ref().map_or_else(String::new, |it| pick(i18n, it).to_owned()))
        })
    };
    let confirm = move |()| {
        let Some(asking) = page.asking.get_untracked() else { return };
        page.asking.set(None);
        answer(page, asking);
    };
    // Asked again for the same connection, it is a new question.
    Effect::new(move |_| {
        if !open.get() && page.asking.with_untracked(Option::is_some) {
            page.asking.set(None);
        }
    });
    view! {
        <ConfirmDialog open title=say(title) text=say(consequence) confirm=say(caption) on_confirm=confirm />
    }
}

fn answer(page: Page, asking: Asking) {
    match asking {
        Asking::Enable(side, connection) => enable(side, Some(&connection.id)),
        Asking::Disable(side, _) => enable(side, None),
        Asking::Delete(side, connection) => {
            let was_enabled = page.enabled(side).is_some_and(|it| it.id == connection.id);
            run(page, async move {
                remove(&connection.id).await?;
                if was_enabled {
                    enable(side, None);
                }
                Ok(Some(Outcome::Deleted { name: connection.name }))
            });
        }
    }
}

fn title(i18n: I18n, asking: &Asking) -> &'static str {
    match asking {
        Asking::Enable(..) => t_string!(i18n, connections.enable_title),
        Asking::Disable(..) => t_string!(i18n, connections.disable_title),
        Asking::Delete(..) => t_string!(i18n, connections.delete_title),
    }
}

fn consequence(i18n: I18n, asking: &Asking) -> &'static str {
    match asking {
        Asking::Enable(..) => t_string!(i18n, connections.enable_text),
        Asking::Disable(..) => t_string!(i18n, connections.disable_text),
        Asking::Delete(..) => t_string!(i18n, connections.delete_text),
    }
}

fn caption(i18n: I18n, asking: &Asking) -> &'static str {
    match asking {
        Asking::Enable(..) => t_string!(i18n, connections.enable_confirm),
        Asking::Disable(..) => t_string!(i18n, connections.disable_confirm),
        Asking::Delete(..) => t_string!(i18n, connections.delete_confirm),
    }
}
