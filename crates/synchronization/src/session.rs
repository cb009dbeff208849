//! Both systems, opened: how requests are sent, paced and sent again, and what stays the same while the session lasts, so
//! that it is asked for once. Records are not kept here.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use couplet_engine::{Company, Side, TableSchema};
use couplet_systems::business_central::{BusinessCentralMetadata, companies_request, read_companies};
use couplet_systems::dataverse::{
    DataverseTable, DataverseTableMetadata, Navigation, OrganizationCurrency, company_request,
    entity_sets_request, navigation_request, organization_currency_request, owning_team_request,
    read_company, read_entity_sets, read_navigation, read_organization_currency, read_owning_team,
    read_who_am_i, who_am_i_request,
};
use couplet_systems::pace::{Pace, PaceLimits, Permission};
use couplet_systems::retry::{Retry, decide};
use couplet_systems::{
    BusinessCentralTables, CompanionState, Procedure, Request, RequestIds, Response, ServiceError,
    ServiceErrorKind, Step, TableSource,
};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::clocks::Clocks;
use crate::error::RunError;
use crate::ports::{NoAnswer, Ports};

/// Times that a request is sent that gets no answer.
const MAX_LOST: u32 = 4;
/// Times that a request is sent for which the service finds no valid token.
const MAX_UNAUTHORIZED: u32 = 2;
/// First wait after a request without an answer; doubled each time.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// How often a request waits for its turn before it is looked at again.
pub(crate) const TURN: Duration = Duration::from_millis(50);

/// Business Central, opened.
#[derive(Debug, Clone)]
pub struct BusinessCentral {
    /// The connection's base URL as the service writes it in links.
    pub base_url: String,
    /// The company.
    pub company: Uuid,
    /// Its name.
    pub company_name: String,
    /// Its tables with the ways to them.
    pub tables: Arc<BusinessCentralTables>,
}

/// Dataverse, opened.
#[derive(Debug, Clone)]
pub struct Dataverse {
    /// The connection's base URL as the service writes it in links.
    pub base_url: String,
    /// The user that the integration writes with (S2.8).
    pub user: Uuid,
    /// The row of the Business Central company; none when there is none.
    pub company: Option<Company>,
}

/// Both systems, opened.
#[derive(Debug, Clone)]
pub struct Systems {
    /// Business Central.
    pub business_central: BusinessCentral,
    /// Dataverse.
    pub dataverse: Dataverse,
}

/// A table of one system: its schema and where its records are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) schema: Arc<TableSchema>,
    pub(crate) source: TableSource,
}

impl Place {
    pub(crate) fn side(&self) -> Side {
        self.schema.side
    }
}

/// What was asked for once.
#[derive(Debug, Default)]
struct Known {
    tables: FxHashMap<String, Arc<DataverseTable>>,
    navigations: FxHashMap<String, Arc<Navigation>>,
    entity_sets: FxHashMap<String, String>,
    organization: Option<OrganizationCurrency>,
    /// None while not asked for.
    owning_team: Option<Option<Uuid>>,
}

/// Both systems with what is known of them. One run at a time.
#[derive(Debug)]
pub struct Session<P> {
    ports: P,
    systems: Systems,
    known: RefCell<Known>,
    paces: RefCell<[Pace; 2]>,
    ids: RefCell<RequestIds>,
    clocks: Cell<Clocks>,
    n_requests: Cell<u64>,
}

impl<P: Ports> Session<P> {
    /// A session with systems that were opened before.
    pub fn new(ports: P, systems: Systems) -> Self {
        let ids = RequestIds::new(ports.new_id());
        let pace = |side| Pace::new(PaceLimits::of(side));
        Session {
            ports,
            systems,
            known: RefCell::default(),
            paces: RefCell::new([pace(Side::BusinessCentral), pace(Side::Dataverse)]),
            ids: RefCell::new(ids),
            clocks: Cell::default(),
            n_requests: Cell::new(0),
        }
    }

    /// Opens both systems at these base URLs, with the company of this name, or the first one.
    ///
    /// # Errors
    /// When a system does not answer or refuses, or there is no such company.
    pub async fn open(
        ports: P,
        business_central: &str,
        dataverse: &str,
        company: Option<&str>,
    ) -> Result<Self, RunError> {
        let unopened = BusinessCentralTables {
            companion: CompanionState::Missing,
            tables: Vec::new(),
            missing: Vec::new(),
        };
        let unopened = Systems {
            business_central: BusinessCentral {
                base_url: business_central.to_owned(),
                company: Uuid::nil(),
                company_name: String::new(),
                tables: Arc::new(unopened),
            },
            dataverse: Dataverse { base_url: dataverse.to_owned(), user: Uuid::nil(), company: None },
        };
        let mut session = Session::new(ports, unopened);
        let response = session.send(Side::BusinessCentral, companies_request()).await?;
        let mut companies = read_companies(&response)?.into_iter();
        let found = companies.find(|it| company.is_none_or(|name| it.name == name));
        let found = found
            .ok_or_else(|| RunError::UnknownCompany { company: company.unwrap_or_default().to_owned() })?;
        let metadata = BusinessCentralMetadata::new(business_central, found.id, []);
        session.systems.business_central.tables =
            Arc::new(session.run(Side::BusinessCentral, metadata).await?);
        session.systems.business_central.company = found.id;
        session.systems.business_central.company_name = found.name;
        let response = session.send(Side::Dataverse, who_am_i_request()).await?;
        session.systems.dataverse.user = read_who_am_i(&response)?.user_id;
        let response = session.send(Side::Dataverse, company_request(found.id)).await?;
        session.systems.dataverse.company = read_company(&response)?;
        Ok(session)
    }

    /// Network, clock and randomness.
    pub fn ports(&self) -> &P {
        &self.ports
    }

    /// The systems.
    pub fn systems(&self) -> &Systems {
        &self.systems
    }

    /// Requests sent so far.
    pub fn n_requests(&self) -> u64 {
        self.n_requests.get()
    }

    /// Forgets what was asked for once: metadata and settings may have changed.
    pub fn forget(&self) {
        self.known.replace(Known::default());
    }

    /// Sends a request until it is answered for good: again after a refusal for now, again when no answer comes. Only
    /// for requests that change nothing, or the same thing twice.
    pub(crate) async fn send(&self, side: Side, request: Request) -> Result<Response, RunError> {
        let request = self.ids.borrow_mut().mark(request);
        let (mut n_lost, mut attempt) = (0, 1);
        loop {
            self.turn(side).await;
            match self.send_once(side, &request).await {
                Err(no_answer) => {
                    n_lost += 1;
                    if n_lost >= MAX_LOST || matches!(no_answer, NoAnswer::NotPassedOn { .. }) {
                        return Err(RunError::unanswered(side, no_answer));
                    }
                    self.ports.wait(FIRST_WAIT * 2u32.pow(n_lost - 1)).await;
                }
                Ok(response) => {
                    let kind = ServiceErrorKind::of_status(response.status);
                    let wait = match decide(&response, attempt, self.ports.now()) {
                        Retry::After(wait) => wait,
                        Retry::GiveUp
                            if kind == ServiceErrorKind::Unauthorized && attempt < MAX_UNAUTHORIZED =>
                        {
                            Duration::ZERO
                        }
                        Retry::GiveUp => return Ok(response),
                    };
                    attempt += 1;
                    self.ports.wait(wait).await;
                }
            }
        }
    }

    /// Sends a request once, when it is its turn: what must not be done twice. None when nobody knows what became of it.
    ///
    /// # Errors
    /// When it was not passed on.
    pub(crate) async fn send_unrepeated(
        &self,
        side: Side,
        request: Request,
    ) -> Result<Option<Response>, RunError> {
        let request = self.ids.borrow_mut().mark(request);
        self.turn(side).await;
        match self.send_once(side, &request).await {
            Ok(response) => Ok(Some(response)),
            Err(NoAnswer::Lost { .. }) => Ok(None),
            Err(not_passed_on) => Err(RunError::unanswered(side, not_passed_on)),
        }
    }

    /// Waits until the pace allows the next request.
    async fn turn(&self, side: Side) {
        loop {
            let now = self.ports.now();
            let permission = self.with_pace(side, |pace| pace.ask(now));
            match permission {
                Permission::Now => return,
                Permission::After(wait) => self.ports.wait(wait).await,
                Permission::WhenAnswered => self.ports.wait(TURN).await,
            }
        }
    }

    async fn send_once(&self, side: Side, request: &Request) -> Result<Response, NoAnswer> {
        let now = self.ports.now();
        self.with_pace(side, |pace| pace.sent(now));
        self.count_request();
        let answer = self.ports.send(side, request).await;
        self.with_pace(side, |pace| pace.answered(answer.as_ref().ok()));
        self.hear(side, answer.as_ref().ok());
        answer
    }

    /// The pace of a system, for those that send themselves.
    pub(crate) fn with_pace<T>(&self, side: Side, with: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = self.paces.borrow_mut();
        let [business_central, dataverse] = &mut *paces;
        with(match side {
            Side::BusinessCentral => business_central,
            Side::Dataverse => dataverse,
        })
    }

    /// What an answer tells of the service's clock. Refusals may be those of somebody on the way.
    pub(crate) fn hear(&self, side: Side, answer: Option<&Response>) {
        let Some(answer) = answer.filter(|answer| answer.is_success()) else { return };
        let mut clocks = self.clocks.get();
        clocks.hear(side, answer, self.ports.now());
        self.clocks.set(clocks);
    }

    /// The clocks of both services.
    pub(crate) fn clocks(&self) -> Clocks {
        self.clocks.get()
    }

    /// Takes over what another session heard of clocks, until this one hears of them itself.
    pub(crate) fn learn(&self, clocks: Clocks) {
        self.clocks.set(self.clocks.get().or(clocks));
    }

    /// A request is sent by somebody else.
    pub(crate) fn count_request(&self) {
        self.n_requests.set(self.n_requests.get() + 1);
    }

    /// Sends a request and takes a refusal as an error.
    pub(crate) async fn ask(&self, side: Side, request: Request) -> Result<Response, RunError> {
        let response = self.send(side, request).await?;
        ServiceError::check(side, &response).map_err(couplet_systems::ReadError::from)?;
        Ok(response)
    }

    /// Carries out a task of several requests.
    pub(crate) async fn run<T: Procedure>(
        &self,
        side: Side,
        mut procedure: T,
    ) -> Result<T::Output, RunError> {
        let mut step = procedure.start();
        loop {
            let requests = match step {
                Step::Done(output) => return Ok(output),
                Step::Send(requests) => requests,
            };
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                answers.push(self.send(side, request).await?);
            }
            step = procedure.accept(&answers)?;
        }
    }

    /// A Business Central table by its number.
    pub(crate) fn business_central(&self, number: u32, name: &str) -> Result<Place, RunError> {
        let place = &self.systems.business_central;
        let table = place.tables.table(number);
        let source = table.and_then(|table| table.source(&place.base_url, place.company));
        match (table, source) {
            (Some(table), Some(source)) => Ok(Place { schema: Arc::new(table.schema.clone()), source }),
            _ => Err(RunError::TableOutOfReach { side: Side::BusinessCentral, table: name.to_owned() }),
        }
    }

    /// A Dataverse table by its logical name.
    pub(crate) async fn dataverse(&self, name: &str) -> Result<Place, RunError> {
        let table = match self.known(|known| known.tables.get(name).cloned()) {
            Some(table) => table,
            None => {
                let table = self.run(Side::Dataverse, DataverseTableMetadata::new(name)).await?;
                let out_of_reach =
                    || RunError::TableOutOfReach { side: Side::Dataverse, table: name.to_owned() };
                let table = Arc::new(table.ok_or_else(out_of_reach)?);
                self.known(|known| known.tables.insert(name.to_owned(), table.clone()));
                table
            }
        };
        let source = table.source(&self.systems.dataverse.base_url);
        Ok(Place { schema: Arc::new(table.schema.clone()), source })
    }

    /// How the lookups of a Dataverse table are bound.
    pub(crate) async fn navigation(&self, table: &str) -> Result<Arc<Navigation>, RunError> {
        if let Some(known) = self.known(|known| known.navigations.get(table).cloned()) {
            return Ok(known);
        }
        let response = self.ask(Side::Dataverse, navigation_request(table)).await?;
        let navigation = Arc::new(read_navigation(&response)?);
        self.known(|known| known.navigations.insert(table.to_owned(), navigation.clone()));
        Ok(navigation)
    }

    /// How these Dataverse tables are called in addresses.
    pub(crate) async fn entity_sets(&self, tables: &[String]) -> Result<FxHashMap<String, String>, RunError> {
        let is_unknown = |table: &&String| self.known(|known| !known.entity_sets.contains_key(*table));
        let unknown: Vec<String> = tables.iter().filter(is_unknown).cloned().collect();
        if !unknown.is_empty() {
            let response = self.ask(Side::Dataverse, entity_sets_request(&unknown)).await?;
            let sets = read_entity_sets(&response)?;
            self.known(|known| known.entity_sets.extend(sets));
        }
        Ok(self.known(|known| known.entity_sets.clone()))
    }

    /// What the organization says of currencies.
    pub(crate) async fn organization(&self) -> Result<OrganizationCurrency, RunError> {
        if let Some(organization) = self.known(|known| known.organization.clone()) {
            return Ok(organization);
        }
        let response = self.ask(Side::Dataverse, organization_currency_request()).await?;
        let organization = read_organization_currency(&response)?;
        self.known(|known| known.organization = Some(organization.clone()));
        Ok(organization)
    }

    /// The team that owns new rows of the company (S4.57).
    pub(crate) async fn owning_team(&self) -> Result<Option<Uuid>, RunError> {
        if let Some(team) = self.known(|known| known.owning_team) {
            return Ok(team);
        }
        let team = match &self.systems.dataverse.company {
            None => None,
            Some(company) => {
                read_owning_team(&self.ask(Side::Dataverse, owning_team_request(company.id)).await?)?
            }
        };
        self.known(|known| known.owning_team = Some(team));
        Ok(team)
    }

    fn known<T>(&self, with: impl FnOnce(&mut Known) -> T) -> T {
        with(&mut self.known.borrow_mut())
    }
}

/// Waits for whichever of these is done first, takes it out and gives its result; none when there are none.
pub(crate) async fn first_done<F: Future + Unpin>(under_way: &mut Vec<F>) -> Option<F::Output> {
    if under_way.is_empty() {
        return None;
    }
    std::future::poll_fn(|context| {
        for idx in 0..under_way.len() {
            let Some(future) = under_way.get_mut(idx) else { continue };
            if let std::task::Poll::Ready(output) = std::pin::Pin::new(future).poll(context) {
                drop(under_way.swap_remove(idx));
                return std::task::Poll::Ready(Some(output));
            }
        }
        std::task::Poll::Pending
    })
    .await
}
