//! What became of pressing the button: running, applied, undone, or not done and why.

use couplet_engine::comparison::Scope;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::SetupDraft;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::i18n::*;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::apply_default_setup::{Applied, apply_default_setup, undo_default_setup};
use crate::text;

/// State of the last action.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// On its way.
    Running,
    /// The setup was applied; it can be undone.
    Applied(Applied),
    /// It was undone.
    Undone,
    /// Nothing was changed, and why.
    Failed(SaveError),
}

impl Outcome {
    /// Whether it is on its way.
    pub fn is_running(&self) -> bool {
        matches!(self, Outcome::Running)
    }
}

/// Applies what was chosen, in one save.
pub fn apply_draft(draft: SetupDraft, outcome: RwSignal<Option<Outcome>>) {
    let store = ConfigurationStore::expect();
    outcome.set(Some(Outcome::Running));
    spawn_local(async move {
        let (comparison, standard) = (draft.comparison.get_untracked(), draft.standard.get_untracked());
        let scope = draft.scope.get_untracked();
        let compared = draft.compared.get_untracked();
        let done = apply_default_setup(store, &compared, &comparison, &standard, &scope).await;
        if done.is_ok() {
            draft.start_over();
        }
        outcome.set(Some(done.map_or_else(Outcome::Failed, Outcome::Applied)));
    });
}

/// The notice that follows an action.
#[component]
pub fn OutcomeNotice(
    /// The page's state.
    draft: SetupDraft,
    /// State of the last action.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    move || {
        outcome.get().map(|state| match state {
            Outcome::Running => ().into_any(),
            Outcome::Applied(applied) => view! { <AppliedNotice draft outcome applied /> }.into_any(),
            Outcome::Undone => view! { <UndoneNotice /> }.into_any(),
            Outcome::Failed(error) => view! { <FailedNotice error /> }.into_any(),
        })
    }
}

#[component]
fn AppliedNotice(draft: SetupDraft, outcome: RwSignal<Option<Outcome>>, applied: Applied) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let n = applied.n_changes;
    let totals = move || {
        let (mappings, fields) = store.configuration.with(|configuration| {
            let fields = configuration.mappings.iter().map(|mapping| mapping.field_mappings.len()).sum();
            (configuration.mappings.len(), fields)
        });
        let (mappings, fields) = (formatted(i18n, mappings), formatted(i18n, fields));
        t_string!(i18n, default_setup.totals, mappings = mappings, fields = fields)
    };
    let changes = move || {
        let count = formatted(i18n, n);
        match draft.scope.get() {
            _ if is_single(i18n, n) => t_string!(i18n, default_setup.applied_single, n = count),
            Scope::All => t_string!(i18n, default_setup.applied_several, n = count),
            Scope::Selected(names) => {
                let names = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                t_string!(i18n, default_setup.applied_selected, n = count, names = names)
            }
        }
    };
    let undo = move |_| {
        let (applied, store) = (applied.clone(), store);
        outcome.set(Some(Outcome::Running));
        spawn_local(async move {
            let done = undo_default_setup(store, &applied).await;
            draft.start_over();
            outcome.set(Some(done.map_or_else(Outcome::Failed, |()| Outcome::Undone)));
        });
    };
    let text = move || format!("{} {}", changes(), totals());
    view! {
        <Notice tone=Tone::Done text=Signal::derive(text)>
            <button type="button" on:click=undo>{t!(i18n, action.undo)}</button>
            <a class="button" href="/mappings">{t!(i18n, default_setup.look_at_mappings)}</a>
        </Notice>
    }
}

#[component]
fn UndoneNotice() -> impl IntoView {
    let i18n = use_i18n();
    let text = Signal::derive(move || t_string!(i18n, default_setup.undone).to_owned());
    view! { <Notice tone=Tone::Done text /> }
}

#[component]
fn FailedNotice(error: SaveError) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="status status--failed" role="alert">
            <p>{move || text::save_error(i18n, &error)}</p>
        </div>
    }
}
