//! Connections: those of both systems with their state, and what can be done with each. How one is entered is in
//! `form`, what is entered in `draft`.

mod actions;
pub mod draft;
mod form;
mod row;

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;

use self::actions::{ActionDialog, Asking};
use self::draft::Draft;
use self::form::ConnectionForm;
use self::row::ConnectionRow;
use crate::browser::connections::{Refusal, system_name};
use crate::browser::http::{self, Connection};
use crate::browser::page;
use crate::components::notice::{Notice, Tone};
use crate::components::status::{Empty, Failed, Loading};
use crate::failure::Failure;
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::connections::{Connections, InUse};
use crate::state::load::Load;
use crate::text::{self, I18n, connection as connection_text};

/// What became of the last action.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The settings are saved.
    Saved { connection: Box<Connection> },
    /// A token was had.
    SignedIn { name: String },
    /// Token and sign-in are forgotten.
    SignedOut { name: String },
    /// The secret is forgotten.
    SecretForgotten { name: String },
    /// The connection is gone.
    Deleted { name: String },
    /// It was refused.
    Refused(Refusal),
}

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Page {
    i18n: I18n,
    /// The proxy's connections.
    list: RwSignal<Load<Vec<Connection>>>,
    /// Whether they outlive the proxy.
    are_kept: RwSignal<bool>,
    outcome: RwSignal<Option<Outcome>>,
    /// What is entered, while the form is open.
    draft: RwSignal<Draft>,
    form_open: RwSignal<bool>,
    /// What is asked before it is done.
    asking: RwSignal<Option<Asking>>,
    /// Whether something is on its way.
    is_busy: RwSignal<bool>,
}

impl Page {
    fn new(i18n: I18n) -> Self {
        Page {
            i18n,
            list: RwSignal::new(Load::Loading),
            are_kept: RwSignal::new(true),
            outcome: RwSignal::new(None),
            draft: RwSignal::new(Draft::new(Side::Dataverse)),
            form_open: RwSignal::new(false),
            asking: RwSignal::new(None),
            is_busy: RwSignal::new(false),
        }
    }

    /// Reads the connections again; those on screen stay until the answer is here.
    async fn read(self) {
        let read = async {
            let session = http::session().await?;
            self.are_kept.set(session.keeps_connections);
            http::connections().await
        };
        self.list.set(match read.await {
            Ok(all) => Load::Ready(all),
            Err(failure) => Load::Failed(failure),
        });
    }

    fn of_side(self, side: Side) -> Vec<Connection> {
        self.list.with(|list| {
            let all = list.ready().map(Vec::as_slice).unwrap_or_default();
            all.iter().filter(|it| it.system == system_name(side)).cloned().collect()
        })
    }

    /// The connection that this browser works with.
    fn enabled(self, side: Side) -> Option<Connection> {
        self.list.with(|list| InUse::of(side).find(side, list.ready()?).cloned())
    }

    fn open_form(self, draft: Draft) {
        self.outcome.set(None);
        self.draft.set(draft);
        self.form_open.set(true);
    }
}

/// The page.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let i18n = use_i18n();
    let page = Page::new(i18n);
    let retry = move |()| {
        page.list.set(Load::Loading);
        spawn_local(page.read());
    };
    retry(());
    Effect::new(move |_| page::set_title(t_string!(i18n, connections.title)));
    let body = move || {
        page.list.with(|list| match list {
            Load::Idle | Load::Loading => {
                view! { <Loading label=words(i18n, |i18n| t_string!(i18n, connections.loading)) /> }
                    .into_any()
            }
            Load::Failed(failure) => view! { <Failed failure=failure.clone() retry /> }.into_any(),
            Load::Ready(_) => view! {
                <SystemCard page side=Side::BusinessCentral />
                <SystemCard page side=Side::Dataverse />
            }
            .into_any(),
        })
    };
    view! {
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, connections.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, connections.sub))}</div>
            </div>
            <div class="head__actions">
                <A href="/connections/settings" attr:class="button">{words(i18n, |i18n| t_string!(i18n, sales.title))}</A>
                <A href="/connections/doctor" attr:class="button">{words(i18n, |i18n| t_string!(i18n, connections.to_doctor))}</A>
                <A href="/setup" attr:class="button">{words(i18n, |i18n| t_string!(i18n, connections.to_setup))}</A>
            </div>
        </div>
        <Notices page />
        {body}
        <ConnectionForm page />
        <ActionDialog page />
    }
}

/// What came of a sign-in that left the page, what became of the last action, and what to mind.
#[component]
fn Notices(page: Page) -> impl IntoView {
    let i18n = page.i18n;
    let query = use_query_map();
    let came_back = Memo::new(move |_| {
        let (id, result) = query.with(|query| Some((query.get("connection")?, query.get("signIn")?)))?;
        let named = page.list.with(|list| {
            let all = list.ready().map(Vec::as_slice).unwrap_or_default();
            all.iter().find(|it| it.id == id).map(|it| it.name.clone())
        });
        Some(match result.as_str() {
            "ready" => Outcome::SignedIn { name: named? },
            _ => Outcome::Refused(Refusal::Code { code: result, number: None }),
        })
    });
    let shown = move || page.outcome.get().or_else(|| came_back.get());
    let is_mixed = move || {
        let demo = |side| page.enabled(side).map(|it| it.demo);
        let sides = [demo(Side::BusinessCentral), demo(Side::Dataverse)];
        matches!(sides, [Some(one), Some(other)] if one != other)
    };
    view! {
        {move || shown().map(|outcome| {
            let tone = if matches!(outcome, Outcome::Refused(_)) { Tone::Warning } else { Tone::Done };
            view! { <Notice tone text=Signal::derive(move || outcome_sentence(i18n, &outcome)) /> }
        })}
        <Show when=is_mixed>
            <Notice tone=Tone::Warning text=words(i18n, |i18n| t_string!(i18n, connections.mixed)) />
        </Show>
        <Show when=move || !page.are_kept.get()>
            <Notice tone=Tone::Warning text=words(i18n, |i18n| t_string!(i18n, connections.not_kept)) />
        </Show>
    }
}

fn outcome_sentence(i18n: I18n, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Saved { connection } => {
            t_string!(i18n, connections.saved, name = connection.name.clone())
        }
        Outcome::SignedIn { name } => t_string!(i18n, connections.signed_in, name = name.clone()),
        Outcome::SignedOut { name } => t_string!(i18n, connections.signed_out, name = name.clone()),
        Outcome::SecretForgotten { name } => {
            t_string!(i18n, connections.secret_forgotten, name = name.clone())
        }
        Outcome::Deleted { name } => t_string!(i18n, connections.deleted, name = name.clone()),
        Outcome::Refused(refusal) => connection_text::refusal(i18n, refusal),
    }
}

/// The connections to one system.
#[component]
fn SystemCard(page: Page, side: Side) -> impl IntoView {
    let i18n = page.i18n;
    let all = move || page.of_side(side);
    let rows = move || {
        let enabled = page.enabled(side).map(|it| it.id);
        let row = |connection: Connection| {
            let is_enabled = enabled.as_ref() == Some(&connection.id);
            view! { <ConnectionRow page side connection is_enabled=Signal::stored(is_enabled) /> }
        };
        all().into_iter().map(row).collect_view()
    };
    let is_empty = Signal::derive(move || all().is_empty());
    view! {
        <section class=format!("card card--{}", text::side_class(side)) aria-labelledby=system_name(side)>
            <header>
                <h2 id=system_name(side) class=text::side_class(side)>{move || text::side(i18n, side)}</h2>
                <button type="button" on:click=move |_| page.open_form(Draft::new(side))>
                    {words(i18n, |i18n| t_string!(i18n, connections.add))}
                    <span class="visually-hidden">" " {move || text::side(i18n, side)}</span>
                </button>
            </header>
            <Show
                when=move || !is_empty.get()
                fallback=move || view! { <Empty><p>{words(i18n, |i18n| t_string!(i18n, connections.empty))}</p></Empty> }
            >
                <ul class="connections__list">{rows}</ul>
            </Show>
            <AnsweringNow page side />
        </section>
    }
}

/// What is on the other side of the enabled connection.
#[component]
fn AnsweringNow(page: Page, side: Side) -> impl IntoView {
    let i18n = page.i18n;
    let connections = Connections::expect();
    let choose_company = move || {
        let id = page.enabled(side).map(|it| it.id).unwrap_or_default();
        format!("/setup/find/{}?connection={id}", system_name(side))
    };
    let body = move || match connections.facts(side) {
        Load::Idle | Load::Loading => {
            let label = Signal::derive(move || t_string!(i18n, connection.connecting).to_owned());
            view! { <Loading label /> }.into_any()
        }
        Load::Failed(failure) => failed(i18n, failure),
        Load::Ready(facts) => {
            let fact = |fact| {
                let value = text::fact_value(i18n, &fact);
                view! { <div><dt>{text::fact_name(i18n, fact.name)}</dt><dd>{value}</dd></div> }
            };
            view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> }.into_any()
        }
    };
    view! {
        <Show when=move || page.enabled(side).is_some()>
            <div class="card__body">
                <h3>{words(i18n, |i18n| t_string!(i18n, connections.system_facts))}</h3>
                {body}
                {(side == Side::BusinessCentral).then(|| view! { <A href=choose_company attr:class="button">
                    {words(i18n, |i18n| t_string!(i18n, connections.choose_company))}
                </A> })}
            </div>
        </Show>
    }
}

fn failed(i18n: I18n, failure: Failure) -> AnyView {
    view! { <p class="form__problem--error">{move || text::failure(i18n, &failure)}</p> }.into_any()
}
