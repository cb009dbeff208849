//! Environments and companies found by listing: who signs in, which environment, which company. How far it is follows
//! from the connection itself, so that it can be left and resumed. On-premises addresses are typed in `connections`.

mod found;
mod place;

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::found::{Companies, Environments, SignInAgain, UseIt};
use self::place::{PlaceForm, PlaceSummary, is_list};
use crate::browser::connections::{Refusal, SignInAnswer, sign_in, system_name};
use crate::browser::http::{self, Connection, Status};
use crate::browser::page;
use crate::components::status::{Failed, Loading};
use crate::failure::Failure;
use crate::i18n::*;
use crate::pages::history::words;
use crate::pages::not_found::NotFoundPage;
use crate::state::load::Load;
use crate::text::{self, I18n, connection as connection_text};

/// How far the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// Nobody signed in yet to list anything.
    Place,
    /// The environments can be listed.
    Environment,
    /// The environment is chosen, and is signed in to on its own (Dataverse).
    SignIn,
    /// The environment's companies can be listed, or it is complete.
    Complete,
}

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Finder {
    i18n: I18n,
    side: Side,
    list: RwSignal<Load<Vec<Connection>>>,
    /// The connection that is set up; none before it is saved.
    id: RwSignal<Option<String>>,
    refusal: RwSignal<Option<Refusal>>,
    is_busy: RwSignal<bool>,
}

impl Finder {
    /// Reads the connections; one that was left before an environment was chosen is taken up again.
    async fn read(self) {
        let read = async {
            http::session().await?;
            http::connections().await
        };
        let loaded = read.await.map_or_else(Load::Failed, Load::Ready);
        if self.id.with_untracked(Option::is_none)
            && let Some(all) = loaded.ready()
        {
            let left = all.iter().find(|it| self.is_mine(it) && is_list(&it.base_url));
            self.id.set(left.map(|it| it.id.clone()));
        }
        self.list.set(loaded);
    }

    fn is_mine(self, connection: &Connection) -> bool {
        connection.system == system_name(self.side)
    }

    fn connection(self) -> Option<Connection> {
        let id = self.id.get()?;
        self.list.with(|list| list.ready()?.iter().find(|it| it.id == id && self.is_mine(it)).cloned())
    }

    fn stage(self) -> Stage {
        let Some(it) = self.connection() else { return Stage::Place };
        match (is_list(&it.base_url), it.status == Status::Ready) {
            (true, false) => Stage::Place,
            (true, true) => Stage::Environment,
            (false, false) => Stage::SignIn,
            (false, true) => Stage::Complete,
        }
    }

    /// Where people come back to from the identity provider.
    fn path(self) -> String {
        format!("/setup/find/{}", system_name(self.side))
    }

    /// Does something with the proxy and reads the connections again, or says what it refused.
    fn act(self, work: impl Future<Output = Result<(), Refusal>> + 'static) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            self.refusal.set(work.await.err());
            self.read().await;
            self.is_busy.set(false);
        });
    }

    /// Goes to the identity provider's page.
    async fn go_and_sign_in(self, id: &str) -> Result<(), Refusal> {
        match sign_in(id, &self.path()).await? {
            SignInAnswer::Ready => Ok(()),
            SignInAnswer::Continue { authorize_url } => page::go_to(&authorize_url)
                .map_err(|detail| Refusal::Failure(Failure::ProxyAnswer { detail })),
        }
    }
}

/// The page.
#[component]
pub fn FindEnvironmentPage() -> impl IntoView {
    let params = use_params_map();
    let side = Memo::new(move |_| {
        let name = params.with(|params| params.get("side"))?;
        [Side::BusinessCentral, Side::Dataverse].into_iter().find(|it| system_name(*it) == name)
    });
    move || match side.get() {
        Some(side) => view! { <FindOf side /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn FindOf(side: Side) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = |name: &'static str| query.with_untracked(|query| query.get(name));
    let refused = asked("signIn").filter(|result| result != "ready");
    let refused = refused.map(|code| Refusal::Code { code, number: None });
    let finder = Finder {
        i18n,
        side,
        list: RwSignal::new(Load::Loading),
        id: RwSignal::new(asked("connection")),
        refusal: RwSignal::new(refused),
        is_busy: RwSignal::new(false),
    };
    let read = move |()| {
        finder.list.set(Load::Loading);
        spawn_local(finder.read());
    };
    read(());
    let title = move || t_string!(i18n, find.title, system = text::side(i18n, side));
    Effect::new(move |_| page::set_title(&title()));
    // A list that is read again stays on screen until the answer is here.
    let state = Memo::new(move |_| {
        finder.list.with(|list| match list {
            Load::Idle | Load::Loading => Load::Loading,
            Load::Failed(failure) => Load::Failed(failure.clone()),
            Load::Ready(_) => Load::Ready(()),
        })
    });
    let body = move || match state.get() {
        Load::Idle | Load::Loading => {
            view! { <Loading label=words(i18n, |i18n| t_string!(i18n, connections.loading)) /> }.into_any()
        }
        Load::Failed(failure) => view! { <Failed failure retry=read /> }.into_any(),
        Load::Ready(()) => view! { <Parts finder /> }.into_any(),
    };
    view! {
        <div class="crumb"><A href="/setup">{words(i18n, |i18n| t_string!(i18n, setup_guide.title))}</A></div>
        <div class="head">
            <div>
                <h1>{title}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, find.sub))}</div>
            </div>
            <div class="head__actions">
                <A href="/connections" attr:class="button">{words(i18n, |i18n| t_string!(i18n, find.by_hand))}</A>
            </div>
        </div>
        {body}
    }
}

/// The three parts; what comes later is not there before it can be used.
#[component]
fn Parts(finder: Finder) -> impl IntoView {
    let i18n = finder.i18n;
    let at = Memo::new(move |_| (finder.stage(), finder.connection()));
    let place = move || match at.get() {
        (Stage::Place, connection) => view! { <PlaceForm finder connection /> }.into_any(),
        (_, Some(connection)) => view! { <PlaceSummary finder connection /> }.into_any(),
        (_, None) => ().into_any(),
    };
    let environment = move || match at.get() {
        (Stage::Environment, Some(connection)) => view! { <Environments finder connection /> }.into_any(),
        (Stage::SignIn | Stage::Complete, Some(connection)) => {
            view! { <ChosenEnvironment connection /> }.into_any()
        }
        _ => later(i18n),
    };
    let last = move || match at.get() {
        (Stage::SignIn, Some(connection)) => view! { <SignInAgain finder connection /> }.into_any(),
        (Stage::Complete, Some(connection)) if finder.side == Side::BusinessCentral => {
            view! { <Companies finder connection /> }.into_any()
        }
        (Stage::Complete, Some(connection)) => view! { <UseIt finder connection /> }.into_any(),
        _ => later(i18n),
    };
    let last_title = move || match finder.side {
        Side::BusinessCentral => t_string!(i18n, find.company),
        Side::Dataverse => t_string!(i18n, find.use_title),
    };
    let card = text::side_class(finder.side);
    view! {
        <section class=format!("card card--{card} find__part") aria-labelledby="find-place">
            <header><h2 id="find-place">"1. " {words(i18n, |i18n| t_string!(i18n, find.place))}</h2></header>
            <div class="card__body">{place}</div>
        </section>
        <section class=format!("card card--{card} find__part") aria-labelledby="find-environment">
            <header><h2 id="find-environment">"2. " {words(i18n, |i18n| t_string!(i18n, find.environment))}</h2></header>
            <div class="card__body">{environment}</div>
        </section>
        <section class=format!("card card--{card} find__part") aria-labelledby="find-last">
            <header><h2 id="find-last">"3. " {last_title}</h2></header>
            <div class="card__body">{last}</div>
        </section>
    }
}

fn later(i18n: I18n) -> AnyView {
    view! { <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.later))}</p> }.into_any()
}

#[component]
fn ChosenEnvironment(connection: Connection) -> impl IntoView {
    let i18n = use_i18n();
    let about = (connection.name, connection.base_url);
    view! {
        <p><strong>{about.0}</strong> " " <code>{about.1}</code></p>
        <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.other_environment))}</p>
    }
}

/// What was refused, where it belongs to no field.
fn refusal_line(finder: Finder) -> impl IntoView {
    let i18n = finder.i18n;
    let sentence = move || {
        finder.refusal.with(|it| it.as_ref().map(|it| connection_text::refusal(i18n, it)).unwrap_or_default())
    };
    view! { <p class="form__problem--error" role="alert">{sentence}</p> }
}
