//! What was listed: environments, and the companies of the chosen one; each with its four states.

use couplet_engine::Side;
use couplet_systems::BcCompany;
use couplet_systems::business_central::{companies_request, read_companies};
use couplet_systems::discovery::{FoundEnvironment, environments_request, read_environments};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Finder, refusal_line};
use crate::browser::connections::{Settings, change};
use crate::browser::http::Connection;
use crate::browser::page;
use crate::components::status::{Empty, Failed, Loading};
use crate::failure::Failure;
use crate::i18n::*;
use crate::pages::connections::draft::Draft;
use crate::pages::history::words;
use crate::queries::send::send_patiently;
use crate::state::connections::InUse;
use crate::state::load::Load;

/// The environments that the person can see.
#[component]
pub(super) fn Environments(
    /// The page.
    finder: Finder,
    /// The connection to where they are listed.
    connection: Connection,
) -> impl IntoView {
    let i18n = finder.i18n;
    let side = finder.side;
    let connection = StoredValue::new(connection);
    let found = RwSignal::new(Load::<Vec<FoundEnvironment>>::Loading);
    let read = move |()| {
        found.set(Load::Loading);
        spawn_local(async move {
            let connection = connection.get_value();
            let answer = send_patiently(&connection, &environments_request(side), None, |_| {}).await;
            let listed = answer.and_then(|it| read_environments(side, &it).map_err(Failure::Read));
            found.set(listed.map_or_else(Load::Failed, Load::Ready));
        });
    };
    read(());
    let row = move |it: FoundEnvironment| {
        let choice = it.clone();
        let choose = move |()| choose_environment(finder, &connection.get_value(), &choice);
        view! { <EnvironmentRow finder environment=it on_choose=choose /> }
    };
    let empty = move || {
        connection.with_value(|it| {
            let account = it.sign_in.account.clone().unwrap_or_default();
            let tenant = it.tenant.clone();
            match side {
                Side::BusinessCentral => t_string!(i18n, find.empty_bc, account = account, tenant = tenant),
                Side::Dataverse => t_string!(i18n, find.empty_dataverse, account = account, tenant = tenant),
            }
        })
    };
    let body = move || match found.get() {
        Load::Idle | Load::Loading => {
            view! { <Loading label=words(i18n, |i18n| t_string!(i18n, find.listing)) /> }.into_any()
        }
        Load::Failed(failure) => view! {
            <Failed failure retry=read />
            <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.failed_help))}</p>
        }
        .into_any(),
        Load::Ready(all) if all.is_empty() => view! { <Empty><p>{empty}</p></Empty> }.into_any(),
        Load::Ready(all) => {
            view! { <ul class="connections__list">{all.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    view! {
        {refusal_line(finder)}
        {body}
    }
}

/// Makes the connection one to the environment. Business Central keeps the sign-in, because the host stays; Dataverse
/// is signed in to on its own, at another host.
fn choose_environment(finder: Finder, connection: &Connection, environment: &FoundEnvironment) {
    let listed = Draft::of(finder.side, connection).settings;
    let name = match finder.side {
        Side::BusinessCentral => format!("{} ({})", environment.name, listed.tenant),
        Side::Dataverse => environment.name.clone(),
    };
    let settings = Settings {
        name,
        base_url: environment.address.clone(),
        environment: environment.name.clone(),
        ..listed
    };
    let id = connection.id.clone();
    finder.act(async move {
        change(&id, &settings).await?;
        match finder.side {
            Side::BusinessCentral => Ok(()),
            Side::Dataverse => finder.go_and_sign_in(&id).await,
        }
    });
}

#[component]
fn EnvironmentRow(
    finder: Finder,
    environment: FoundEnvironment,
    #[prop(into)] on_choose: Callback<()>,
) -> impl IntoView {
    let i18n = finder.i18n;
    let FoundEnvironment { name, address, kind, region, version, is_enabled } = environment;
    let label = name.clone();
    let kind = move || match kind.as_str() {
        "production" => t_string!(i18n, find.production).to_owned(),
        "sandbox" => t_string!(i18n, find.sandbox).to_owned(),
        other => other.to_owned(),
    };
    let facts = move || {
        let facts = [kind(), region.clone(), version.clone()];
        facts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    view! {
        <li class="connections__item">
            <div class="connections__about">
                <div class="connections__name"><strong>{name}</strong> <span class="quiet">{facts}</span></div>
                <code>{address}</code>
                {(!is_enabled).then(|| view! {
                    <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.disabled))}</p>
                })}
            </div>
            {is_enabled.then(|| view! {
                <button type="button" disabled=finder.is_busy on:click=move |_| on_choose.run(())>
                    {words(i18n, |i18n| t_string!(i18n, find.choose))}
                    <span class="visually-hidden">" " {label}</span>
                </button>
            })}
        </li>
    }
}

/// The companies of the environment.
#[component]
pub(super) fn Companies(
    /// The page.
    finder: Finder,
    /// The connection.
    connection: Connection,
) -> impl IntoView {
    let i18n = finder.i18n;
    let connection = StoredValue::new(connection);
    let found = RwSignal::new(Load::<Vec<BcCompany>>::Loading);
    let read = move |()| {
        found.set(Load::Loading);
        spawn_local(async move {
            let connection = connection.get_value();
            let answer = send_patiently(&connection, &companies_request(), None, |_| {}).await;
            let listed = answer.and_then(|it| read_companies(&it).map_err(Failure::Read));
            found.set(listed.map_or_else(Load::Failed, Load::Ready));
        });
    };
    read(());
    let row = move |company: BcCompany| {
        let id = connection.with_value(|it| it.id.clone());
        view! { <CompanyRow finder id company /> }
    };
    let body = move || match found.get() {
        Load::Idle | Load::Loading => {
            view! { <Loading label=words(i18n, |i18n| t_string!(i18n, find.listing_companies)) /> }.into_any()
        }
        Load::Failed(failure) => view! {
            <Failed failure retry=read />
            <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.failed_company_help))}</p>
        }
        .into_any(),
        Load::Ready(all) if all.is_empty() => {
            view! { <Empty><p>{words(i18n, |i18n| t_string!(i18n, find.empty_companies))}</p></Empty> }
                .into_any()
        }
        Load::Ready(all) => view! {
            <p class="quiet">{words(i18n, |i18n| t_string!(i18n, find.company_help))}</p>
            <ul class="connections__list">{all.into_iter().map(row).collect_view()}</ul>
        }
        .into_any(),
    };
    view! { {body} }
}

#[component]
fn CompanyRow(finder: Finder, id: String, company: BcCompany) -> impl IntoView {
    let i18n = finder.i18n;
    let company_id = company.id;
    let is_chosen = InUse::company(&id) == Some(company_id);
    let class = if is_chosen { "" } else { "button--primary" };
    let name = if company.display_name.is_empty() { company.name } else { company.display_name };
    let label = name.clone();
    let choose = move |_| {
        InUse::keep_company(&id, company_id);
        work_with(finder.side, &id);
    };
    view! {
        <li class="connections__item">
            <div class="connections__about connections__name">
                <strong>{name}</strong>
                {is_chosen.then(|| view! {
                    <span class="verdict verdict--in">{words(i18n, |i18n| t_string!(i18n, find.chosen))}</span>
                })}
            </div>
            <button type="button" class=class on:click=choose>
                {words(i18n, |i18n| t_string!(i18n, find.use_company))}
                <span class="visually-hidden">" " {label}</span>
            </button>
        </li>
    }
}

/// The chosen environment is another host than the list, so that one signs in to it on its own.
#[component]
pub(super) fn SignInAgain(
    /// The page.
    finder: Finder,
    /// The connection.
    connection: Connection,
) -> impl IntoView {
    let i18n = finder.i18n;
    let id = StoredValue::new(connection.id);
    let go = move |_| finder.act(async move { finder.go_and_sign_in(&id.get_value()).await });
    view! {
        <p>{words(i18n, |i18n| t_string!(i18n, find.sign_in_again))}</p>
        {refusal_line(finder)}
        <button type="button" class="button--primary" disabled=finder.is_busy on:click=go>
            {words(i18n, |i18n| t_string!(i18n, connections.sign_in))}
        </button>
    }
}

/// Everything is there to work with the environment.
#[component]
pub(super) fn UseIt(
    /// The page.
    finder: Finder,
    /// The connection.
    connection: Connection,
) -> impl IntoView {
    let i18n = finder.i18n;
    let name = connection.name.clone();
    let id = StoredValue::new(connection.id);
    let ready = move || t_string!(i18n, find.ready, name = name.clone());
    view! {
        <p>{ready}</p>
        <p class="quiet">{words(i18n, |i18n| t_string!(i18n, connections.enable_text))}</p>
        <button
            type="button"
            class="button--primary"
            on:click=move |_| work_with(finder.side, &id.get_value())
        >
            {words(i18n, |i18n| t_string!(i18n, connections.enable_confirm))}
        </button>
    }
}

/// Everything that was read belongs to another place: the guide is loaded anew with this one.
fn work_with(side: Side, id: &str) {
    InUse::keep(side, Some(id));
    if page::go_to("/setup").is_err() {
        page::reload();
    }
}
