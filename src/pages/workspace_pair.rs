//! The way out when couplings belong to other systems than the connected ones: a card of the workspace page.

use couplet_synchronization::Store;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::storage::CommitError;
use crate::components::dialog::ConfirmDialog;
use crate::i18n::*;
use crate::pages::history::words;
use crate::pages::workspace::Outcome;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::state::connections::Connections;
use crate::state::pair::other_pair;
use crate::state::schedule::{Schedules, Switch};
use crate::state::synchronization::Synchronization;

/// Nothing while what is kept belongs to the connected systems.
#[component]
pub(super) fn OtherPairCard(
    /// What became of the last action of the page.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (store, connections) = (Synchronization::expect(), Connections::expect());
    let (configuration, schedules) = (ConfigurationStore::expect(), Schedules::expect());
    let pairs = Memo::new(move |_| {
        let kept = other_pair(store, connections)?;
        Some((kept.to_string(), connections.pair()?.to_string()))
    });
    let (taking_over, forgetting) = (RwSignal::new(false), RwSignal::new(false));
    let ways = Ways { store, connections, configuration, schedules };
    let take_over = move |()| {
        spawn_local(async move {
            let done = ways.take_over().await;
            outcome.set(Some(done.map_or_else(Outcome::NotSaved, |()| Outcome::TakenOver)));
        });
    };
    let forget = move |()| {
        spawn_local(async move {
            let done = ways.forget().await;
            outcome.set(Some(done.map_or_else(Outcome::NotSaved, |()| Outcome::Forgotten)));
        });
    };
    let card = move |(kept, connected): (String, String)| {
        view! {
            <section class="card workspace__card" aria-labelledby="workspace-pair">
                <header><h2 id="workspace-pair">{words(i18n, |i18n| t_string!(i18n, other_pair.title))}</h2></header>
                <div class="card__body">
                    <p>{move || t_string!(i18n, other_pair.kept, pair = kept.clone())}</p>
                    <p>{move || t_string!(i18n, other_pair.connected, pair = connected.clone())}</p>
                    <p class="quiet">{words(i18n, |i18n| t_string!(i18n, other_pair.text))}</p>
                    <div class="workspace__actions">
                        <a class="button" href="/connections">{words(i18n, |i18n| t_string!(i18n, other_pair.go_back))}</a>
                        <button type="button" on:click=move |_| taking_over.set(true)>
                            {words(i18n, |i18n| t_string!(i18n, other_pair.take_over))}
                        </button>
                        <button type="button" on:click=move |_| forgetting.set(true)>
                            {words(i18n, |i18n| t_string!(i18n, other_pair.forget))}
                        </button>
                    </div>
                </div>
            </section>
        }
    };
    view! {
        {move || pairs.get().map(card)}
        <ConfirmDialog
            open=taking_over
            title=words(i18n, |i18n| t_string!(i18n, other_pair.take_over_title))
            text=words(i18n, |i18n| t_string!(i18n, other_pair.take_over_text))
            confirm=words(i18n, |i18n| t_string!(i18n, other_pair.take_over_confirm))
            on_confirm=take_over
        />
        <ConfirmDialog
            open=forgetting
            title=words(i18n, |i18n| t_string!(i18n, other_pair.forget_title))
            text=words(i18n, |i18n| t_string!(i18n, other_pair.forget_text))
            confirm=words(i18n, |i18n| t_string!(i18n, other_pair.forget_confirm))
            on_confirm=forget
        />
    }
}

/// What a person may do about couplings of other systems.
#[derive(Clone, Copy)]
struct Ways {
    store: Synchronization,
    connections: Connections,
    configuration: ConfigurationStore,
    schedules: Schedules,
}

impl Ways {
    /// From now on everything kept belongs to the connected systems.
    async fn take_over(self) -> Result<(), SaveError> {
        let _alone = self.configuration.alone().await?;
        let connected = untrack(|| self.connections.pair()).ok_or(SaveError::NotLoaded)?;
        Ok(self.store.store().keep_pair(&connected).await.map_err(CommitError::from)?)
    }

    /// Forgets what is kept, and lets nothing begin by itself with the connected systems.
    async fn forget(self) -> Result<(), SaveError> {
        let _alone = self.configuration.alone().await?;
        self.schedules.switch(Switch::Off).await.map_err(CommitError::from)?;
        Ok(self.store.forget_couplings().await.map_err(CommitError::from)?)
    }
}
