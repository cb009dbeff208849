//! Who signs in, and where environments are listed.

use couplet_engine::Side;
use couplet_systems::discovery::{BUSINESS_CENTRAL_LIST, DiscoveryService};
use leptos::prelude::*;

use super::{Finder, refusal_line};
use crate::browser::connections::{
    CALLBACK_PATH, Refusal, Settings, change, create, remove, sign_out, system_name,
};
use crate::browser::http::{Cloud, Connection, Kind, SignInMethod};
use crate::browser::page;
use crate::i18n::*;
use crate::pages::connections::draft::Field;
use crate::pages::history::words;
use crate::text::{I18n, connection as connection_text};

/// Where the proxy's stand-in lists the environments of Business Central.
const SANDBOX_BUSINESS_CENTRAL: &str = "https://api.businesscentral.sandbox.invalid";
/// Where the proxy's stand-in lists the environments of Dataverse.
const SANDBOX_DISCOVERY: &str = "https://globaldisco.crm.sandbox.invalid";

/// Where environments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Business Central online.
    Online,
    /// A discovery service of Dataverse.
    Discovery(DiscoveryService),
    /// The proxy's stand-in.
    Sandbox(Side),
}

impl Place {
    fn all(side: Side, has_sandbox: bool) -> Vec<Place> {
        let sandbox = has_sandbox.then_some(Place::Sandbox(side));
        match side {
            Side::BusinessCentral => [Place::Online].into_iter().chain(sandbox).collect(),
            Side::Dataverse => {
                DiscoveryService::ALL.into_iter().map(Place::Discovery).chain(sandbox).collect()
            }
        }
    }

    fn address(self) -> &'static str {
        match self {
            Place::Online => BUSINESS_CENTRAL_LIST,
            Place::Discovery(service) => service.address(),
            Place::Sandbox(Side::BusinessCentral) => SANDBOX_BUSINESS_CENTRAL,
            Place::Sandbox(Side::Dataverse) => SANDBOX_DISCOVERY,
        }
    }

    /// Whose identity provider signs in there (C13).
    fn cloud(self) -> Cloud {
        match self {
            Place::Online | Place::Discovery(DiscoveryService::Commercial | DiscoveryService::Gcc) => {
                Cloud::Global
            }
            Place::Discovery(DiscoveryService::GccHigh | DiscoveryService::Dod) => Cloud::UsGovernment,
            Place::Discovery(DiscoveryService::China) => Cloud::China,
            Place::Sandbox(_) => Cloud::Sandbox,
        }
    }

    fn kind(self) -> Kind {
        if matches!(self, Place::Sandbox(_)) { Kind::Sandbox } else { Kind::Online }
    }

    fn caption(self, i18n: I18n) -> &'static str {
        match self {
            Place::Online => t_string!(i18n, find.place_online),
            Place::Discovery(DiscoveryService::Commercial) => t_string!(i18n, find.place_commercial),
            Place::Discovery(DiscoveryService::Gcc) => "GCC",
            Place::Discovery(DiscoveryService::GccHigh) => "GCC High",
            Place::Discovery(DiscoveryService::Dod) => "DoD",
            Place::Discovery(DiscoveryService::China) => t_string!(i18n, connections.cloud_china),
            Place::Sandbox(_) => t_string!(i18n, connections.kind_sandbox),
        }
    }
}

/// Whether an address lists environments and is none itself.
pub(super) fn is_list(address: &str) -> bool {
    let is_it = |place: &Place| place.address() == address.trim_end_matches('/');
    [Side::BusinessCentral, Side::Dataverse].into_iter().any(|side| Place::all(side, true).iter().any(is_it))
}

/// What is entered.
#[derive(Debug, Clone, Copy)]
struct Entered {
    places: StoredValue<Vec<Place>>,
    place: RwSignal<Place>,
    tenant: RwSignal<String>,
    client_id: RwSignal<String>,
}

impl Entered {
    /// As the connection has it, or as another one that a person saved: it is mostly the same application.
    fn of(finder: Finder, connection: Option<&Connection>) -> Self {
        let (places, like) = finder.list.with_untracked(|list| {
            let all = list.ready().map(Vec::as_slice).unwrap_or_default();
            let has_sandbox = all.iter().any(|it| it.demo && it.system == system_name(finder.side));
            let like = all.iter().find(|it| !it.fixed && !it.sign_in.client_id.is_empty());
            (Place::all(finder.side, has_sandbox), connection.or(like).cloned())
        });
        let is_there = |place: &&Place| connection.is_some_and(|it| it.base_url == place.address());
        let first = places.iter().find(is_there).or(places.first());
        Entered {
            place: RwSignal::new(first.copied().unwrap_or(Place::Online)),
            places: StoredValue::new(places),
            tenant: RwSignal::new(like.as_ref().map(|it| it.tenant.clone()).unwrap_or_default()),
            client_id: RwSignal::new(like.map(|it| it.sign_in.client_id).unwrap_or_default()),
        }
    }

    fn settings(self, side: Side) -> Settings {
        let place = self.place.get_untracked();
        let tenant = self.tenant.get_untracked().trim().to_owned();
        Settings {
            side,
            kind: place.kind(),
            // What is missing is the tenant, and not a name that nobody is asked for.
            name: if tenant.is_empty() { place.address().to_owned() } else { tenant.clone() },
            base_url: place.address().to_owned(),
            environment: String::new(),
            cloud: Some(place.cloud()),
            tenant,
            method: SignInMethod::User,
            client_id: self.client_id.get_untracked(),
            user_name: String::new(),
        }
    }
}

/// The form; its button saves the connection and leaves for the identity provider.
#[component]
pub(super) fn PlaceForm(
    /// The page.
    finder: Finder,
    /// The connection as it was saved before.
    connection: Option<Connection>,
) -> impl IntoView {
    let i18n = finder.i18n;
    let entered = Entered::of(finder, connection.as_ref());
    let saved = StoredValue::new(connection.map(|it| (it.id, it.kind)));
    let go = move || {
        finder.act(async move {
            let settings = entered.settings(finder.side);
            let done = match saved.get_value() {
                Some((id, kind)) if kind == settings.kind => change(&id, &settings).await?,
                Some((id, _)) => {
                    remove(&id).await?;
                    create(&settings).await?
                }
                None => create(&settings).await?,
            };
            finder.id.set(Some(done.id.clone()));
            finder.go_and_sign_in(&done.id).await
        });
    };
    let redirect = format!("{}{CALLBACK_PATH}", page::origin());
    view! {
        <form
            novalidate=true
            autocomplete="off"
            class="find__form"
            on:submit=move |event| {
                event.prevent_default();
                go();
            }
        >
            <PlaceSelect entered />
            <TextRow finder field=Field::Tenant value=entered.tenant />
            <TextRow finder field=Field::ClientId value=entered.client_id />
            <p class="form__help">
                {words(i18n, |i18n| t_string!(i18n, connections.redirect_uri))} " " <code>{redirect}</code> " "
                {words(i18n, |i18n| t_string!(i18n, connections.redirect_uri_help))}
            </p>
            <OtherRefusal finder />
            <button type="submit" class="button--primary" disabled=finder.is_busy>
                {words(i18n, |i18n| t_string!(i18n, find.sign_in))}
            </button>
        </form>
    }
}

/// Where environments are listed.
#[component]
fn PlaceSelect(entered: Entered) -> impl IntoView {
    let i18n = use_i18n();
    let option = move |(idx, place): (usize, Place)| {
        let is_it = move || entered.place.get() == place;
        view! { <option value=idx.to_string() prop:selected=is_it>{move || place.caption(i18n)}</option> }
    };
    let choose = move |text: String| {
        let chosen =
            text.parse().ok().and_then(|idx: usize| entered.places.with_value(|all| all.get(idx).copied()));
        if let Some(place) = chosen {
            entered.place.set(place);
        }
    };
    view! {
        <div class="form__row">
            <label class="form__label" for="find-where">{words(i18n, |i18n| t_string!(i18n, connections.kind))}</label>
            <select id="find-where" on:change:target=move |event| choose(event.target().value())>
                {entered.places.get_value().into_iter().enumerate().map(option).collect_view()}
            </select>
        </div>
    }
}

fn is_at_field(refusal: Option<&Refusal>) -> bool {
    let at = |code: &str| [Field::Tenant, Field::ClientId].into_iter().any(|field| field.is_meant(code));
    matches!(refusal, Some(Refusal::Code { code, .. }) if at(code))
}

#[component]
fn OtherRefusal(finder: Finder) -> impl IntoView {
    view! {
        <Show when=move || finder.refusal.with(|it| !is_at_field(it.as_ref()))>{refusal_line(finder)}</Show>
    }
}

#[component]
fn TextRow(finder: Finder, field: Field, value: RwSignal<String>) -> impl IntoView {
    let i18n = finder.i18n;
    let id = format!("find-{}", field.key());
    let (help_id, problem_id) = (format!("{id}-help"), format!("{id}-problem"));
    let described = format!("{help_id} {problem_id}");
    let problem = Memo::new(move |_| {
        finder.refusal.with(|refusal| match refusal {
            Some(it @ Refusal::Code { code, .. }) if field.is_meant(code) => {
                Some(connection_text::refusal(i18n, it))
            }
            _ => None,
        })
    });
    let (label, help) = if field == Field::Tenant {
        (
            words(i18n, |i18n| t_string!(i18n, connections.tenant)),
            words(i18n, |i18n| t_string!(i18n, find.tenant_help)),
        )
    } else {
        (
            words(i18n, |i18n| t_string!(i18n, connections.client_id)),
            words(i18n, |i18n| t_string!(i18n, find.client_id_help)),
        )
    };
    view! {
        <div class="form__row">
            <label class="form__label" for=id.clone()>{label}</label>
            <input
                type="text"
                id=id
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || problem.with(Option::is_some).to_string()
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
            <p class="form__help" id=help_id>{help}</p>
            <p class="form__problem--error" id=problem_id role="alert">{move || problem.get()}</p>
        </div>
    }
}

/// Who signed in, once somebody did.
#[component]
pub(super) fn PlaceSummary(
    /// The page.
    finder: Finder,
    /// The connection.
    connection: Connection,
) -> impl IntoView {
    let i18n = finder.i18n;
    let id = StoredValue::new(connection.id.clone());
    let can_change =
        !connection.fixed && connection.sign_in.method == SignInMethod::User && is_list(&connection.base_url);
    let other = move |_| finder.act(async move { sign_out(&id.get_value()).await });
    let who = Signal::derive(move || match (&connection.sign_in.account, connection.tenant.as_str()) {
        (Some(account), tenant) => {
            t_string!(i18n, find.who, account = account.clone(), tenant = tenant.to_owned())
        }
        (None, "") if connection.sign_in.method == SignInMethod::None => {
            t_string!(i18n, connections.ready_without).to_owned()
        }
        (None, "") => connection_text::method(i18n, connection.sign_in.method).to_owned(),
        (None, tenant) => tenant.to_owned(),
    });
    view! {
        <p>{who}</p>
        {can_change.then(|| view! {
            <button type="button" disabled=finder.is_busy on:click=other>
                {words(i18n, |i18n| t_string!(i18n, find.other_account))}
            </button>
        })}
    }
}
