//! The two connections: what was found when they were opened.

use std::sync::Arc;

use couplet_engine::{Company, Side};
use couplet_synchronization::Pair;
use couplet_systems::business_central::{BcCompany, BusinessCentralTables, CompanionState};
use couplet_systems::dataverse::WhoAmI;
use leptos::prelude::*;
use uuid::Uuid;

use crate::browser::connections::system_name;
use crate::browser::http::Connection;
use crate::browser::page;
use crate::state::load::Load;

/// An open connection to Business Central: one company of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessCentral {
    /// The proxy's connection.
    pub connection: Connection,
    /// The company.
    pub company: BcCompany,
    /// Every table that can be reached, with its way.
    pub tables: Arc<BusinessCentralTables>,
}

/// An open connection to Dataverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataverse {
    /// The proxy's connection.
    pub connection: Connection,
    /// Who is connected.
    pub who: WhoAmI,
    /// Version of the environment.
    pub version: String,
    /// The row of the Business Central company.
    pub company: Option<Company>,
}

/// Which of the proxy's connections to a system this browser works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InUse {
    /// Nobody decided yet: the first there is.
    First,
    /// None: the connection was disabled.
    Off,
    /// This one. When it is gone there is none, because another one may lead to other data.
    Id(String),
}

/// How [`InUse::Off`] is kept; no id is empty.
const OFF: &str = "";

impl InUse {
    /// What this browser keeps.
    pub fn of(side: Side) -> Self {
        match page::preference(&in_use_name(side)) {
            None => InUse::First,
            Some(id) if id == OFF => InUse::Off,
            Some(id) => InUse::Id(id),
        }
    }

    /// Keeps that a system's connection is this one, or none.
    pub fn keep(side: Side, id: Option<&str>) {
        page::set_preference(&in_use_name(side), id.unwrap_or(OFF));
    }

    /// The company that this browser works with in a connection; none while nobody chose, and then the first there is.
    pub fn company(connection: &str) -> Option<Uuid> {
        page::preference(&company_name(connection)).and_then(|text| text.parse().ok())
    }

    /// Keeps which company of a connection this is.
    pub fn keep_company(connection: &str, company: Uuid) {
        page::set_preference(&company_name(connection), &company.to_string());
    }

    /// The connection among all of the proxy.
    pub fn find<'a>(&self, side: Side, all: &'a [Connection]) -> Option<&'a Connection> {
        let mut of_side = all.iter().filter(|it| it.system == system_name(side));
        match self {
            InUse::First => of_side.next(),
            InUse::Off => None,
            InUse::Id(id) => of_side.find(|it| it.id == *id),
        }
    }
}

fn company_name(connection: &str) -> String {
    format!("couplet.company.{connection}")
}

fn in_use_name(side: Side) -> String {
    format!("couplet.connection.{}", system_name(side))
}

/// What a fact of a connection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactName {
    /// The connection's name.
    Name,
    /// The company.
    Company,
    /// Environment or organization.
    Environment,
    /// Address.
    Address,
    /// The way to the tables.
    Binding(CompanionState),
    /// Version.
    Version,
    /// Name of the company row, if there is one.
    CompanyRow,
}

/// One fact of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub name: FactName,
    /// The value; empty where the name says it all.
    pub value: String,
}

/// Both connections.
#[derive(Clone, Copy)]
pub struct Connections {
    /// Business Central.
    pub business_central: RwSignal<Load<BusinessCentral>>,
    /// Dataverse.
    pub dataverse: RwSignal<Load<Dataverse>>,
}

impl Connections {
    /// Makes the store available to every page.
    pub fn provide() {
        provide_context(Connections {
            business_central: RwSignal::new(Load::Idle),
            dataverse: RwSignal::new(Load::Idle),
        });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Whether a system is connected.
    pub fn is_ready(self, side: Side) -> bool {
        match side {
            Side::BusinessCentral => self.business_central.with(|load| load.ready().is_some()),
            Side::Dataverse => self.dataverse.with(|load| load.ready().is_some()),
        }
    }

    /// Whether a system is a stand-in with demo data.
    pub fn is_demo(self, side: Side) -> bool {
        match side {
            Side::BusinessCentral => {
                self.business_central.with(|load| load.ready().is_some_and(|place| place.connection.demo))
            }
            Side::Dataverse => {
                self.dataverse.with(|load| load.ready().is_some_and(|place| place.connection.demo))
            }
        }
    }

    /// The company row in Dataverse, once both systems are connected.
    pub fn company(self) -> Option<Company> {
        self.dataverse.with(|load| load.ready().and_then(|place| place.company.clone()))
    }

    /// The pair of systems that are connected; none before both are.
    pub fn pair(self) -> Option<Pair> {
        let dataverse = self.dataverse.with(|load| Some(load.ready()?.connection.base_url.clone()))?;
        self.business_central.with(|load| {
            let place = load.ready()?;
            Some(Pair {
                business_central: place.connection.base_url.clone(),
                company: place.company.id,
                company_name: place.company.name.clone(),
                dataverse,
            })
        })
    }

    /// Where a system is, in a word: the company, or the organization.
    pub fn place(self, side: Side) -> Load<String> {
        match side {
            Side::BusinessCentral => self.business_central.with(|load| {
                map(load, |place| {
                    let BcCompany { name, display_name, .. } = &place.company;
                    if display_name.is_empty() { name.clone() } else { display_name.clone() }
                })
            }),
            Side::Dataverse => self.dataverse.with(|load| map(load, |place| place.connection.name.clone())),
        }
    }

    /// What is known of a connection.
    pub fn facts(self, side: Side) -> Load<Vec<Fact>> {
        match side {
            Side::BusinessCentral => self.business_central.with(|load| map(load, BusinessCentral::facts)),
            Side::Dataverse => self.dataverse.with(|load| map(load, Dataverse::facts)),
        }
    }
}

impl BusinessCentral {
    fn facts(&self) -> Vec<Fact> {
        vec![
            Fact { name: FactName::Company, value: self.company.name.clone() },
            Fact {
                name: FactName::Environment,
                value: self.connection.environment.clone().unwrap_or_default(),
            },
            Fact { name: FactName::Address, value: self.connection.base_url.clone() },
            Fact { name: FactName::Binding(self.tables.companion), value: String::new() },
        ]
    }
}

impl Dataverse {
    fn facts(&self) -> Vec<Fact> {
        let company = self.company.as_ref().map(|company| company.name.clone());
        vec![
            Fact { name: FactName::Name, value: self.connection.name.clone() },
            Fact { name: FactName::Version, value: self.version.clone() },
            Fact { name: FactName::Address, value: self.connection.base_url.clone() },
            Fact { name: FactName::CompanyRow, value: company.unwrap_or_default() },
        ]
    }
}

fn map<T, U>(load: &Load<T>, f: impl FnOnce(&T) -> U) -> Load<U> {
    match load {
        Load::Idle => Load::Idle,
        Load::Loading => Load::Loading,
        Load::Failed(failure) => Load::Failed(failure.clone()),
        Load::Ready(value) => Load::Ready(f(value)),
    }
}
