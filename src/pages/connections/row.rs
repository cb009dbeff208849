//! One connection of the list: where it leads, whether it can be used, and its buttons.

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::actions::Asking;
use super::draft::Draft;
use super::{Outcome, Page};
use crate::browser::connections::{Refusal, SignInAnswer, forget_secret, sign_in, sign_out};
use crate::browser::http::{Connection, SignInMethod, Status};
use crate::browser::page as browser_page;
use crate::failure::Failure;
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::connections::Connections;
use crate::tasks::start::connect;
use crate::text::connection as text;

/// The page that people come back to from the identity provider.
const PATH: &str = "/connections";

/// A connection and its buttons.
#[component]
pub(super) fn ConnectionRow(
    /// The page.
    page: Page,
    /// Its system.
    side: Side,
    /// The connection.
    connection: Connection,
    /// Whether this browser works with it.
    is_enabled: Signal<bool>,
) -> impl IntoView {
    let i18n = page.i18n;
    let name_id = format!("name-{}", connection.id);
    let method = connection.sign_in.method;
    let sign_in = connection.sign_in.clone();
    let who = move || match (&sign_in.account, &sign_in.thumbprint) {
        (Some(account), _) => t_string!(i18n, connections.account, account = account.clone()),
        (None, Some(thumbprint)) => t_string!(i18n, connections.thumbprint, thumbprint = thumbprint.clone()),
        (None, None) => String::new(),
    };
    let problem = connection.problem.clone().map(|code| {
        view! { <p class="form__problem--error">{move || text::connection_problem(i18n, &code)}</p> }
    });
    view! {
        <li class="connections__item">
            <div class="connections__about">
                <div class="connections__name">
                    <strong id=name_id.clone()>{connection.name.clone()}</strong>
                    <Show when=move || is_enabled.get()>
                        <span class="verdict verdict--in">{words(i18n, |i18n| t_string!(i18n, connections.enabled))}</span>
                    </Show>
                    <StateTag page connection=connection.clone() />
                    {connection.demo.then(|| view! { <span class="tag">{words(i18n, |i18n| t_string!(i18n, connections.demo))}</span> })}
                    {(connection.fixed && !connection.demo).then(|| view! { <span class="tag">{words(i18n, |i18n| t_string!(i18n, connections.fixed))}</span> })}
                </div>
                <div class="connections__address"><code>{connection.base_url.clone()}</code></div>
                {(method != SignInMethod::None).then(|| view! {
                    <div class="quiet connections__who">
                        <span>{move || text::method(i18n, method)}</span>
                        <span>{who}</span>
                    </div>
                })}
                {problem}
            </div>
            <RowActions page side connection name_id is_enabled />
        </li>
    }
}

/// Whether it can be called, in a word.
#[component]
fn StateTag(page: Page, connection: Connection) -> impl IntoView {
    let i18n = page.i18n;
    let needs_nothing = connection.sign_in.method == SignInMethod::None;
    let is_person = connection.sign_in.method == SignInMethod::User;
    match connection.status {
        Status::NotAllowed => {
            let label = words(i18n, |i18n| t_string!(i18n, connections.not_allowed));
            view! { <span class="verdict verdict--out">{label}</span> }
        }
        Status::SignInMissing => {
            let label = words(i18n, |i18n| t_string!(i18n, connections.sign_in_missing));
            view! { <span class="verdict verdict--warn">{label}</span> }
        }
        Status::Ready => {
            let label = if needs_nothing {
                words(i18n, |i18n| t_string!(i18n, connections.ready_without))
            } else if is_person {
                words(i18n, |i18n| t_string!(i18n, connections.ready))
            } else {
                words(i18n, |i18n| t_string!(i18n, connections.credentials_entered))
            };
            view! { <span class="tag">{label}</span> }
        }
    }
}

#[component]
fn RowActions(
    page: Page,
    side: Side,
    connection: Connection,
    name_id: String,
    is_enabled: Signal<bool>,
) -> impl IntoView {
    let i18n = page.i18n;
    let is_busy: Signal<bool> = page.is_busy.into();
    let connection = StoredValue::new(connection);
    let name_id = StoredValue::new(name_id);
    let with = move |pick: fn(&Connection) -> bool| connection.with_value(pick);
    let ask = move |asking: fn(Side, Connection) -> Asking| {
        page.asking.set(Some(asking(side, connection.get_value())));
    };
    let change = with(|it| !it.fixed);
    let signs_in =
        change && with(|it| it.sign_in.method != SignInMethod::None && it.status != Status::NotAllowed);
    let enabling = move || {
        if is_enabled.get() {
            return view! {
                <button type="button" aria-describedby=name_id.get_value() on:click=move |_| ask(Asking::Disable)>
                    {words(i18n, |i18n| t_string!(i18n, connections.disable))}
                </button>
            }
            .into_any();
        }
        view! {
            <button type="button" aria-describedby=name_id.get_value() on:click=move |_| ask(Asking::Enable)>
                {words(i18n, |i18n| t_string!(i18n, connections.enable))}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="connections__actions">
            {signs_in.then(|| view! { <SignInButtons page connection name_id is_enabled /> })}
            {enabling}
            {change.then(|| view! {
                <button
                    type="button"
                    aria-describedby=name_id.get_value()
                    disabled=is_busy
                    on:click=move |_| page.open_form(Draft::of(side, &connection.get_value()))
                >
                    {words(i18n, |i18n| t_string!(i18n, action.edit))}
                </button>
                <button
                    type="button"
                    aria-describedby=name_id.get_value()
                    disabled=is_busy
                    on:click=move |_| ask(Asking::Delete)
                >
                    {words(i18n, |i18n| t_string!(i18n, connections.delete))}
                </button>
            })}
        </div>
    }
}

/// Signing in and out, as the way to sign in asks for it.
#[component]
fn SignInButtons(
    page: Page,
    connection: StoredValue<Connection>,
    name_id: StoredValue<String>,
    is_enabled: Signal<bool>,
) -> impl IntoView {
    let i18n = page.i18n;
    let is_busy: Signal<bool> = page.is_busy.into();
    let both = Connections::expect();
    let is_person = connection.with_value(|it| it.sign_in.method == SignInMethod::User);
    let is_ready = connection.with_value(|it| it.status == Status::Ready);
    let has_secret = connection.with_value(|it| it.sign_in.has_secret);
    let caption = if is_person && !is_ready {
        words(i18n, |i18n| t_string!(i18n, connections.sign_in))
    } else {
        words(i18n, |i18n| t_string!(i18n, connections.check_sign_in))
    };
    let end_caption = if is_person {
        words(i18n, |i18n| t_string!(i18n, connections.sign_out))
    } else {
        words(i18n, |i18n| t_string!(i18n, connections.forget_secret))
    };
    let begin = move |_| {
        let restart = is_enabled.get_untracked();
        run(page, async move {
            let it = connection.get_value();
            let outcome = begin_sign_in(&it).await?;
            if restart && outcome.is_some() {
                connect(both);
            }
            Ok(outcome)
        });
    };
    let end = move |_| {
        run(page, async move {
            let Connection { id, name, .. } = connection.get_value();
            if is_person {
                sign_out(&id).await?;
                return Ok(Some(Outcome::SignedOut { name }));
            }
            forget_secret(&id).await?;
            Ok(Some(Outcome::SecretForgotten { name }))
        });
    };
    let can_begin = is_person || has_secret;
    let can_end = if is_person { is_ready } else { has_secret };
    view! {
        {can_begin.then(|| view! {
            <button type="button" aria-describedby=name_id.get_value() disabled=is_busy on:click=begin>{caption}</button>
        })}
        {can_end.then(|| view! {
            <button type="button" aria-describedby=name_id.get_value() disabled=is_busy on:click=end>{end_caption}</button>
        })}
    }
}

/// Begins a sign-in; nothing is told when the browser leaves for the identity provider.
async fn begin_sign_in(connection: &Connection) -> Result<Option<Outcome>, Refusal> {
    match sign_in(&connection.id, PATH).await? {
        SignInAnswer::Ready => Ok(Some(Outcome::SignedIn { name: connection.name.clone() })),
        SignInAnswer::Continue { authorize_url } => browser_page::go_to(&authorize_url)
            .map(|()| None)
            .map_err(|detail| Refusal::Failure(Failure::ProxyAnswer { detail })),
    }
}

/// Does something with the proxy, says what came of it, and reads the list again.
pub(super) fn run(page: Page, work: impl Future<Output = Result<Option<Outcome>, Refusal>> + 'static) {
    if page.is_busy.get_untracked() {
        return;
    }
    page.is_busy.set(true);
    page.outcome.set(None);
    spawn_local(async move {
        let outcome = work.await.unwrap_or_else(|refusal| Some(Outcome::Refused(refusal)));
        page.read().await;
        page.is_busy.set(false);
        page.outcome.set(outcome);
    });
}
