//! The settings of the connections as one page, for those who know: every field of the reference's connection pages that
//! makes sense from outside. Addresses, secrets and sign-in are in `connections`.

mod fields;
mod sales;

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use self::sales::SalesCard;
use crate::browser::page;
use crate::components::dialog::ConfirmDialog;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::synchronization::Synchronization;
use crate::tasks::edit_settings::disconnect;
use crate::text::{self, I18n, settings::ownership_model};

/// What became of the last action.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Saved,
    NotSaved(SaveError),
}

/// The page.
#[component]
pub fn ConnectionSettingsPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let is_loaded = Memo::new(move |_| store.load.with(|load| load.ready().is_some()));
    let outcome = RwSignal::new(None::<Outcome>);
    Effect::new(move |_| page::set_title(t_string!(i18n, sales.title)));
    let said = move || {
        outcome.get().map(|outcome| {
            let tone = if outcome == Outcome::Saved { Tone::Done } else { Tone::Warning };
            let sentence = Signal::derive(move || match &outcome {
                Outcome::Saved => t_string!(i18n, sales.saved).to_owned(),
                Outcome::NotSaved(error) => text::save_error(i18n, error),
            });
            view! { <Notice tone text=sentence /> }
        })
    };
    view! {
        <div class="crumb"><A href="/connections">{words(i18n, |i18n| t_string!(i18n, connections.title))}</A></div>
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, sales.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, sales.sub))}</div>
            </div>
        </div>
        <div aria-live="polite">{said}</div>
        <Show
            when=move || is_loaded.get()
            fallback=move || view! { <Loading label=words(i18n, |i18n| t_string!(i18n, home.loading)) /> }
        >
            <DataverseCard outcome />
            <SalesCard outcome />
        </Show>
    }
}

/// The connection to Dataverse: what holds, where it is changed, and its end.
#[component]
fn DataverseCard(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let connections = Connections::expect();
    let place = move |side: Side| match connections.place(side) {
        Load::Idle | Load::Loading => t_string!(i18n, connection.connecting).to_owned(),
        Load::Ready(place) => place,
        Load::Failed(failure) => text::failure(i18n, &failure),
    };
    let model = move || ownership_model(i18n, store.configuration.with(|it| it.ownership_model));
    let fact =
        move |name: fn(I18n) -> &'static str, value: Signal<String>, help: fn(I18n) -> &'static str| {
            view! {
                <div>
                    <dt>{words(i18n, name)}</dt>
                    <dd>{value} <p class="form__help">{words(i18n, help)}</p></dd>
                </div>
            }
        };
    let current = current_user(i18n, connections, store);
    view! {
        <section class="card find__part" aria-labelledby="settings-dataverse">
            <header>
                <h2 id="settings-dataverse">{words(i18n, |i18n| t_string!(i18n, sales.dataverse))}</h2>
                <A href="/connections" attr:class="button">{words(i18n, |i18n| t_string!(i18n, setup_guide.to_connections))}</A>
            </header>
            <div class="card__body">
                <dl class="facts">
                    {fact(
                        |i18n| t_string!(i18n, sales.dataverse_enabled),
                        Signal::derive(move || match connections.is_ready(Side::Dataverse) {
                            true => t_string!(i18n, sales.enabled_at, place = place(Side::Dataverse)),
                            false => place(Side::Dataverse),
                        }),
                        |i18n| t_string!(i18n, sales.dataverse_enabled_help),
                    )}
                    {fact(
                        |i18n| t_string!(i18n, sales.company),
                        Signal::derive(move || place(Side::BusinessCentral)),
                        |i18n| t_string!(i18n, sales.company_help),
                    )}
                    {fact(
                        |i18n| t_string!(i18n, sales.ownership),
                        Signal::derive(model),
                        |i18n| t_string!(i18n, sales.ownership_help),
                    )}
                    {fact(
                        |i18n| t_string!(i18n, sales.account),
                        Signal::derive(move || account(i18n, connections)),
                        |i18n| t_string!(i18n, sales.account_help),
                    )}
                    {fact(|i18n| t_string!(i18n, sales.current_user), current, |i18n| {
                        t_string!(i18n, sales.current_user_help)
                    })}
                </dl>
                <Disconnect outcome />
            </div>
        </section>
    }
}

/// The account that is signed in to Dataverse.
fn account(i18n: I18n, connections: Connections) -> String {
    let account =
        connections.dataverse.with(|it| it.ready().and_then(|it| it.connection.sign_in.account.clone()));
    account.unwrap_or_else(|| t_string!(i18n, sales.no_account).to_owned())
}

/// Whether the account that is signed in is coupled to a salesperson.
fn current_user(i18n: I18n, connections: Connections, store: ConfigurationStore) -> Signal<String> {
    let kept = Synchronization::expect();
    let couplings = Memo::new_with_compare(
        move |_| {
            let name = store.configuration.with(|it| it.salespeople().map(|it| it.name.clone()));
            name.map(|name| kept.mapping(&name))
        },
        |_, _| true,
    );
    Signal::derive(move || {
        let Some(couplings) = couplings.get() else {
            return t_string!(i18n, sales.no_salespeople).to_owned();
        };
        let user = connections.dataverse.with(|it| it.ready().map(|it| it.who.user_id));
        let is_mapped = user.is_some_and(|user| {
            let row = couplet_engine::coupling::RowId(user);
            couplings.with(|load| load.ready().is_some_and(|state| state.couplings.record_of(row).is_some()))
        });
        if is_mapped { t_string!(i18n, value.yes).to_owned() } else { t_string!(i18n, value.no).to_owned() }
    })
}

/// The button that ends the work with Dataverse; not while Sales is enabled (S7.8).
#[component]
fn Disconnect(outcome: RwSignal<Option<Outcome>>) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let connections = Connections::expect();
    let asking = RwSignal::new(false);
    let sales_enabled = Memo::new(move |_| store.configuration.with(|it| it.sales.enabled));
    let n_jobs = move || formatted(i18n, store.configuration.with(|it| it.job_queue_entries.len()));
    let question = Signal::derive(move || t_string!(i18n, sales.disconnect_text, count = n_jobs()));
    let go = move |()| {
        spawn_local(async move {
            if let Err(error) = disconnect(store).await {
                outcome.set(Some(Outcome::NotSaved(error)));
            }
        });
    };
    let cannot = move || sales_enabled.get() || !connections.is_ready(Side::Dataverse);
    view! {
        <button type="button" class="settings__disconnect" disabled=cannot aria-describedby="disconnect-help" on:click=move |_| asking.set(true)>
            {words(i18n, |i18n| t_string!(i18n, sales.disconnect))}
        </button>
        <p class="form__help" id="disconnect-help">
            {move || if sales_enabled.get() {
                t_string!(i18n, sales.disconnect_refused)
            } else {
                t_string!(i18n, sales.disconnect_help)
            }}
        </p>
        <ConfirmDialog
            open=asking
            title=words(i18n, |i18n| t_string!(i18n, sales.disconnect_title))
            text=question
            confirm=words(i18n, |i18n| t_string!(i18n, sales.disconnect))
            on_confirm=go
        />
    }
}
