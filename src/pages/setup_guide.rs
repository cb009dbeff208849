//! Assisted setup: what has to be done, in order, and how far it is. Nothing of it is kept: each step says from the
//! facts themselves whether it is done, so that it can be left and resumed, also in another browser.

use couplet_engine::coupling::RowId;
use couplet_engine::{OwnershipModel, Side};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser::connections::system_name;
use crate::browser::http::{self, Connection, Status};
use crate::browser::page;
use crate::components::status::{Failed, Loading};
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::{Connections, InUse};
use crate::state::load::Load;
use crate::state::synchronization::{StateSignal, Synchronization};
use crate::text::{self, I18n};

/// A step, in the order in which they are done: Dataverse first, as its environment is what Business Central is
/// connected to (S7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A connection to the system is saved and enabled.
    Connection(Side),
    /// Somebody signed in, and the system answers.
    SignIn(Side),
    /// The company has its row in Dataverse (S7.5).
    Company,
    /// Ownership model and standard mappings (S7.12, S7.30).
    DefaultSetup,
    /// Salespeople and users; only with ownership model Person (S7.3).
    Salespeople,
    /// What would be synchronized is looked at before the first run.
    Review,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It is done.
    Done,
    /// It is to be done, or somebody has to look.
    Open,
    /// What it needs is being read.
    Reading,
}

/// What the steps are judged by.
#[derive(Clone, Copy)]
struct Facts {
    list: RwSignal<Load<Vec<Connection>>>,
    connections: Connections,
    configuration: ConfigurationStore,
    /// Couplings of salespeople, where their mapping is set up.
    salespeople: Memo<Option<StateSignal>>,
}

impl Facts {
    fn steps(self) -> Vec<Step> {
        let model = self.configuration.configuration.with(|it| it.ownership_model);
        let mut steps = Vec::from([
            Step::Connection(Side::Dataverse),
            Step::SignIn(Side::Dataverse),
            Step::Connection(Side::BusinessCentral),
            Step::SignIn(Side::BusinessCentral),
            Step::Company,
            Step::DefaultSetup,
        ]);
        if model == OwnershipModel::Person && self.has_mappings() {
            steps.push(Step::Salespeople);
        }
        steps.push(Step::Review);
        steps
    }

    fn has_mappings(self) -> bool {
        self.configuration.configuration.with(|it| !it.mappings.is_empty())
    }

    /// Whether some salesperson is coupled; where users must map, the one who is signed in.
    fn salespeople_coupled(self) -> bool {
        let Some(couplings) = self.salespeople.get() else { return false };
        let must_map = self.configuration.configuration.with(|it| it.sales.users_must_map);
        let me = self.connections.dataverse.with(|it| it.ready().map(|it| RowId(it.who.user_id)));
        couplings.with(|load| {
            load.ready().is_some_and(|state| match (must_map, me) {
                (true, me) => me.is_some_and(|me| state.couplings.record_of(me).is_some()),
                (false, _) => !state.couplings.is_empty(),
            })
        })
    }

    fn enabled(self, side: Side) -> Option<Connection> {
        self.list.with(|list| InUse::of(side).find(side, list.ready()?).cloned())
    }

    fn progress(self, step: Step) -> Progress {
        let is_done = match step {
            Step::Connection(side) => self.enabled(side).is_some(),
            Step::SignIn(side) => {
                let is_allowed = self.enabled(side).is_some_and(|it| it.status == Status::Ready);
                match self.connections.place(side) {
                    Load::Idle | Load::Loading if is_allowed => return Progress::Reading,
                    place => is_allowed && place.ready().is_some(),
                }
            }
            Step::Company => match self.connections.place(Side::Dataverse) {
                Load::Idle | Load::Loading => return Progress::Reading,
                _ => self.connections.company().is_some(),
            },
            Step::DefaultSetup => {
                if self.configuration.load.with(|load| matches!(load, Load::Idle | Load::Loading)) {
                    return Progress::Reading;
                }
                self.has_mappings()
            }
            Step::Salespeople => self.salespeople_coupled(),
            Step::Review => false,
        };
        if is_done { Progress::Done } else { Progress::Open }
    }

    /// The first step that is not done.
    fn current(self) -> Option<Step> {
        self.steps().into_iter().find(|step| self.progress(*step) != Progress::Done)
    }
}

/// The page.
#[component]
pub fn SetupGuidePage() -> impl IntoView {
    let i18n = use_i18n();
    let configuration = ConfigurationStore::expect();
    let kept = Synchronization::expect();
    let salespeople = Memo::new_with_compare(
        move |_| {
            let name = configuration.configuration.with(|it| it.salespeople().map(|it| it.name.clone()));
            name.map(|name| kept.mapping(&name))
        },
        |_, _| true,
    );
    let facts = Facts {
        list: RwSignal::new(Load::Loading),
        connections: Connections::expect(),
        configuration,
        salespeople,
    };
    let read = move |()| {
        facts.list.set(Load::Loading);
        spawn_local(async move {
            let read = async {
                http::session().await?;
                http::connections().await
            };
            facts.list.set(read.await.map_or_else(Load::Failed, Load::Ready));
        });
    };
    read(());
    Effect::new(move |_| page::set_title(t_string!(i18n, setup_guide.title)));
    let body = move || {
        facts.list.with(|list| match list {
            Load::Idle | Load::Loading => {
                view! { <Loading label=words(i18n, |i18n| t_string!(i18n, connections.loading)) /> }
                    .into_any()
            }
            Load::Failed(failure) => view! { <Failed failure=failure.clone() retry=read /> }.into_any(),
            Load::Ready(_) => view! { <Steps facts /> }.into_any(),
        })
    };
    view! {
        <div class="head">
            <div>
                <h1>{words(i18n, |i18n| t_string!(i18n, setup_guide.title))}</h1>
                <div class="head__sub">{words(i18n, |i18n| t_string!(i18n, setup_guide.sub))}</div>
            </div>
            <div class="head__actions">
                <A href="/connections/settings" attr:class="button">{words(i18n, |i18n| t_string!(i18n, sales.title))}</A>
                <A href="/setup/upgrade" attr:class="button">{words(i18n, |i18n| t_string!(i18n, setup_guide.to_upgrade))}</A>
            </div>
        </div>
        {body}
    }
}

#[component]
fn Steps(facts: Facts) -> impl IntoView {
    let i18n = use_i18n();
    let steps = Memo::new(move |_| facts.steps());
    let current = Memo::new(move |_| facts.current());
    let items =
        move || steps.get().into_iter().map(|step| view! { <StepItem facts step current /> }).collect_view();
    view! {
        <ol class="card setup-guide" aria-label=words(i18n, |i18n| t_string!(i18n, setup_guide.steps))>{items}</ol>
    }
}

#[component]
fn StepItem(facts: Facts, step: Step, current: Memo<Option<Step>>) -> impl IntoView {
    let i18n = use_i18n();
    let is_current = Memo::new(move |_| current.get() == Some(step));
    let progress = Memo::new(move |_| facts.progress(step));
    let state = move || match progress.get() {
        Progress::Done => ("verdict verdict--in", t_string!(i18n, setup_guide.done)),
        Progress::Reading => ("verdict verdict--plain", t_string!(i18n, setup_guide.reading)),
        Progress::Open if is_current.get() => ("verdict verdict--warn", t_string!(i18n, setup_guide.next)),
        Progress::Open => ("verdict verdict--plain", t_string!(i18n, setup_guide.open)),
    };
    let link_class = move || if is_current.get() { "button button--primary" } else { "button" };
    let ways = move |(path, caption): (String, fn(I18n) -> &'static str)| {
        view! { <A href=path attr:class=link_class>{words(i18n, caption)}</A> }
    };
    let by_hand = matches!(step, Step::Connection(_)).then(|| {
        view! { <A href="/connections" attr:class="button">{words(i18n, |i18n| t_string!(i18n, setup_guide.type_address))}</A> }
    });
    view! {
        <li class="setup-guide__step" aria-current=move || is_current.get().then_some("step")>
            <div class="setup-guide__about">
                <h2>{move || title(i18n, step)}</h2>
                <p class="quiet">{move || explanation(i18n, step)}</p>
                <p class="quiet">{move || evidence(i18n, facts, step)}</p>
            </div>
            <span class=move || state().0>{move || state().1}</span>
            <div class="setup-guide__ways">{ways(way(step))} {by_hand}</div>
        </li>
    }
}

/// Where a step is done, and the words of the link.
fn way(step: Step) -> (String, fn(I18n) -> &'static str) {
    let to = |path: &str| path.to_owned();
    match step {
        Step::Connection(side) => {
            (format!("/setup/find/{}", system_name(side)), |i18n| t_string!(i18n, setup_guide.find))
        }
        Step::SignIn(_) | Step::Company => {
            (to("/connections"), |i18n| t_string!(i18n, setup_guide.to_connections))
        }
        Step::DefaultSetup => (to("/default-setup"), |i18n| t_string!(i18n, setup_guide.to_default_setup)),
        Step::Salespeople => (to("/setup/salespeople"), |i18n| t_string!(i18n, setup_guide.to_salespeople)),
        Step::Review => (to("/"), |i18n| t_string!(i18n, setup_guide.to_review)),
    }
}

fn title(i18n: I18n, step: Step) -> String {
    match step {
        Step::Connection(side) => {
            t_string!(i18n, setup_guide.connection, system = text::side(i18n, side))
        }
        Step::SignIn(side) => t_string!(i18n, setup_guide.sign_in, system = text::side(i18n, side)),
        Step::Company => t_string!(i18n, setup_guide.company).to_owned(),
        Step::DefaultSetup => t_string!(i18n, setup_guide.default_setup).to_owned(),
        Step::Salespeople => t_string!(i18n, setup_guide.salespeople).to_owned(),
        Step::Review => t_string!(i18n, setup_guide.review).to_owned(),
    }
}

fn explanation(i18n: I18n, step: Step) -> &'static str {
    match step {
        Step::Connection(Side::Dataverse) => t_string!(i18n, setup_guide.connection_dataverse_help),
        Step::Connection(Side::BusinessCentral) => t_string!(i18n, setup_guide.connection_bc_help),
        Step::SignIn(Side::Dataverse) => t_string!(i18n, setup_guide.sign_in_dataverse_help),
        Step::SignIn(Side::BusinessCentral) => t_string!(i18n, setup_guide.sign_in_bc_help),
        Step::Company => t_string!(i18n, setup_guide.company_help),
        Step::DefaultSetup => t_string!(i18n, setup_guide.default_setup_help),
        Step::Salespeople => t_string!(i18n, setup_guide.salespeople_help),
        Step::Review => t_string!(i18n, setup_guide.review_help),
    }
}

/// What shows how far a step is: the connection, the place that answers, the failure, the company row.
fn evidence(i18n: I18n, facts: Facts, step: Step) -> String {
    match step {
        Step::Connection(side) => facts.enabled(side).map_or_else(String::new, |it| match it.demo {
            true => t_string!(i18n, setup_guide.found_demo, name = it.name),
            false => t_string!(i18n, setup_guide.found, name = it.name, address = it.base_url),
        }),
        Step::SignIn(side) => match facts.connections.place(side) {
            Load::Ready(place) => t_string!(i18n, setup_guide.answers, place = place),
            Load::Failed(failure) => text::failure(i18n, &failure),
            Load::Idle | Load::Loading => String::new(),
        },
        Step::Company => facts
            .connections
            .company()
            .map_or_else(String::new, |it| t_string!(i18n, setup_guide.company_found, name = it.name)),
        Step::DefaultSetup if facts.has_mappings() => {
            let model = facts.configuration.configuration.with(|it| it.ownership_model);
            let model = text::settings::ownership_model(i18n, model);
            t_string!(i18n, setup_guide.model, model = model)
        }
        Step::DefaultSetup | Step::Salespeople | Step::Review => String::new(),
    }
}
