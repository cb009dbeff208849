//! What every page says about the storage: kept in memory only, another tab was faster, or what is kept belongs to other
//! systems.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::notice::{Notice, Tone};
use crate::components::status::Failed;
use crate::failure::Failure;
use crate::i18n::*;
use crate::state::configuration::{ConfigurationStore, OtherTab, StorageState};
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::pair::other_pair;
use crate::state::synchronization::Synchronization;

/// Nothing while all is well.
#[component]
pub fn StorageNotice() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let reload = move || spawn_local(async move { store.reload().await });
    let (synchronization, connections) = (Synchronization::expect(), Connections::expect());
    let is_of_others = Memo::new(move |_| other_pair(synchronization, connections).is_some());
    let failure = move || {
        store.load.with(|load| match load {
            Load::Failed(failure) => Some(failure.clone()),
            _ => None,
        })
    };
    view! {
        {move || failure().map(|failure: Failure| view! { <Failed failure retry=move |()| reload() /> })}
        {move || (failure().is_none()).then(|| store.storage.get()).and_then(|state| match state {
            StorageState::MemoryOnly { .. } => {
                let text = Signal::derive(move || t_string!(i18n, workspace.memory_short).to_owned());
                Some(view! { <Notice tone=Tone::Warning text><a href="/workspace">{t!(i18n, nav.workspace)}</a></Notice> })
            }
            StorageState::Blocked => {
                let text = Signal::derive(move || t_string!(i18n, workspace.blocked).to_owned());
                Some(view! { <Notice tone=Tone::Warning text><a href="/workspace">{t!(i18n, nav.workspace)}</a></Notice> })
            }
            StorageState::Opening | StorageState::Persistent | StorageState::BestEffort => None,
        })}
        {move || is_of_others.get().then(|| {
            let text = Signal::derive(move || t_string!(i18n, other_pair.notice).to_owned());
            view! { <Notice tone=Tone::Warning text><a href="/workspace">{t!(i18n, nav.workspace)}</a></Notice> }
        })}
        {move || store.other_tab.get().map(|other| match other {
            OtherTab::Saved { .. } => {
                let text = Signal::derive(move || t_string!(i18n, other_tab.saved).to_owned());
                view! {
                    <Notice tone=Tone::Warning text>
                        <button type="button" on:click=move |_| reload()>{t!(i18n, other_tab.load)}</button>
                    </Notice>
                }.into_any()
            }
            OtherTab::Superseded => {
                let text = Signal::derive(move || t_string!(i18n, other_tab.superseded).to_owned());
                view! { <Notice tone=Tone::Warning text /> }.into_any()
            }
        })}
    }
}
