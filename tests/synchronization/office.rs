//! An office with both systems, a configuration and a store, in which runs are started as a person starts them. Time passes
//! only where somebody waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::default_setup::build;
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{MappingState, Run, UpdateConflicts};
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, IntegrationTableMapping, MappingName, OwnershipModel, Side};
use couplet_sandbox::{Companion, SandboxOptions, System};
use couplet_synchronization::{
    Approval, Canary, Control, FollowUp, Goal, NoAnswer, Planned, Ports, Prepared, RunError, Session, Task,
    apply, follow_up, prepare, prepare_goal,
};
use couplet_systems::{Method, REQUEST_ID, Request, Response};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::memory::Memory;
use crate::driver::Driver;

/// How the proxy says that a person has to sign in again.
pub(crate) const SIGN_IN_EXPIRED: &str = "proxy.sign-in-expired";

/// What the office and the runs in it share.
#[derive(Debug)]
pub(crate) struct Surroundings {
    clock: Cell<i64>,
    next_id: Cell<u128>,
    /// Requests by side and method, since they were last looked at.
    pub(crate) n_requests: Cell<usize>,
    /// Requests after which nothing is answered any more: the tab is killed.
    pub(crate) life: Cell<Option<usize>>,
    /// What was asked for under which id.
    ids: RefCell<BTreeMap<Uuid, String>>,
    /// Requests after which the sign-in is over, and none is passed on.
    pub(crate) signed_in: Cell<Option<usize>>,
    /// The tab is killed when it has sent a change to this side.
    pub(crate) dies_with: Cell<Option<Side>>,
}

/// The ports of a run: the sandbox in process.
#[derive(Clone)]
pub(crate) struct Sandboxed {
    pub(crate) driver: Rc<Driver>,
    pub(crate) around: Rc<Surroundings>,
}

impl Ports for Sandboxed {
    async fn send(&self, side: Side, request: &Request) -> Result<Response, NoAnswer> {
        if let Some(left) = self.around.life.get() {
            if left == 0 {
                std::future::pending::<()>().await;
            }
            self.around.life.set(Some(left - 1));
        }
        // Whatever reads, counts, asks for metadata or writes: each request can be found in either log.
        let id = request.header(REQUEST_ID).and_then(|id| id.parse().ok());
        let id: Uuid = id.expect("every request carries an id");
        let is_new = self.around.ids.borrow_mut().insert(id, request.path.clone());
        assert!(is_new.is_none_or(|path| path == request.path), "two requests with one id");
        self.around.n_requests.set(self.around.n_requests.get() + 1);
        self.around.clock.set(self.around.clock.get() + 50);
        match self.around.signed_in.get() {
            Some(0) => return Err(NoAnswer::NotPassedOn { code: SIGN_IN_EXPIRED.to_owned() }),
            Some(left) => self.around.signed_in.set(Some(left - 1)),
            None => {}
        }
        let mut answer = self.driver.try_send(side, request);
        if let Some(answer) = &mut answer {
            let date =
                Timestamp::from_millisecond(self.driver.sandbox.system_now_ms(system_of(side))).unwrap();
            let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
            answer.headers.push(("Date".to_owned(), date));
        }
        if self.around.dies_with.get() == Some(side) && request.method != Method::Get {
            std::future::pending::<()>().await;
        }
        answer.ok_or_else(|| NoAnswer::Lost { detail: "lost".to_owned() })
    }

    async fn wait(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        self.around.clock.set(self.around.clock.get() + milliseconds);
        self.driver.sandbox.advance_clock(milliseconds);
    }

    async fn breathe(&self) {}

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.around.clock.get()).unwrap()
    }

    fn new_id(&self) -> Uuid {
        self.around.next_id.set(self.around.next_id.get() + 0x1_0000);
        uuid::Builder::from_custom_bytes((self.around.next_id.get() << 16).to_be_bytes()).into_uuid()
    }
}

/// Runs a future to its end; none when it waits for something that never comes.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Both systems with demo data, configured as the default setup does it.
pub(crate) struct Office {
    pub(crate) ports: Sandboxed,
    pub(crate) session: Session<Sandboxed>,
    pub(crate) configuration: Configuration,
    pub(crate) store: Memory,
    transformations: TransformationRules,
}

impl Office {
    pub(crate) fn new(customers: u32, ownership: OwnershipModel) -> Self {
        let options =
            SandboxOptions { customers, companion: Companion::Installed, ..SandboxOptions::default() };
        let driver = Rc::new(Driver::of(options));
        let around = Surroundings {
            clock: Cell::new(1_774_000_000_000),
            next_id: Cell::new(1),
            n_requests: Cell::new(0),
            life: Cell::new(None),
            signed_in: Cell::new(None),
            ids: RefCell::default(),
            dies_with: Cell::new(None),
        };
        let ports = Sandboxed { driver, around: Rc::new(around) };
        let session = open(&ports);
        let setup = build(ownership, session.systems().dataverse.company.as_ref());
        let configuration = Configuration {
            ownership_model: ownership,
            mappings: setup.mappings,
            ..Configuration::default()
        };
        Office {
            ports,
            session,
            configuration,
            store: Memory::default(),
            transformations: TransformationRules::standard(),
        }
    }

    #[track_caller]
    pub(crate) fn mapping(&self, name: &str) -> &IntegrationTableMapping {
        self.configuration.mapping(&MappingName::new(name).unwrap()).unwrap()
    }

    pub(crate) fn mapping_mut(&mut self, name: &str) -> &mut IntegrationTableMapping {
        self.configuration.mappings.iter_mut().find(|it| it.name.as_str() == name).unwrap()
    }

    /// Runs are started by somebody else than the user whom the sandbox knows, so that its changes are those of a person.
    pub(crate) fn write_as_somebody_else(&mut self) {
        let mut systems = self.session.systems().clone();
        systems.dataverse.user = Uuid::from_u128(0x0DD);
        self.session = Session::new(self.ports.clone(), systems);
    }

    fn customer_path(&self, record: SystemId) -> String {
        format!("{}({})", self.companion("customers"), record.0)
    }

    /// The address of a set of the companion.
    pub(crate) fn companion(&self, set: &str) -> String {
        let company = self.session.systems().business_central.company;
        format!("{}/companies({company})/{set}", couplet_systems::binding::COMPANION_ROUTE)
    }

    fn call(&self, side: Side, method: &str, path: &str, body: &str) -> serde_json::Value {
        let system = system_of(side);
        let headers = [("If-Match", "*"), ("Content-Type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers = if method == "GET" { &[][..] } else { &headers[..] };
        let request = couplet_sandbox::Request { method, path, query: "", headers, body: body.as_bytes() };
        let answer = self.ports.driver.sandbox.handle(system, &request);
        assert!(answer.status < 300, "{path}: {}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// A person changes a record, some seconds later.
    fn edit(&self, side: Side, path: &str, field: &str, value: &serde_json::Value) {
        self.pass(SignedDuration::from_secs(20));
        self.call(side, "PATCH", path, &serde_json::json!({ field: value }).to_string());
        self.pass(SignedDuration::from_secs(20));
    }

    /// A person adds a customer.
    pub(crate) fn add_customer(&self, name: &str) -> serde_json::Value {
        let customers = self.companion("customers");
        self.call(Side::BusinessCentral, "POST", &customers, &serde_json::json!({ "name": name }).to_string())
    }

    /// A person adds an account, inside the filter of customers but for what is given.
    pub(crate) fn add_account(&self, row: RowId, name: &str) {
        let body = serde_json::json!({ "accountid": row.0, "name": name, "customertypecode": 3 });
        self.call(Side::Dataverse, "POST", "/api/data/v9.2/accounts", &body.to_string());
        self.pass(SignedDuration::from_secs(20));
    }

    pub(crate) fn edit_customer(&self, record: SystemId, field: &str, value: impl Into<serde_json::Value>) {
        self.edit(Side::BusinessCentral, &self.customer_path(record), field, &value.into());
    }

    pub(crate) fn edit_account(&self, row: RowId, field: &str, value: impl Into<serde_json::Value>) {
        self.edit(Side::Dataverse, &account_path(row), field, &value.into());
    }

    /// A person changes an account at once: in the second in which a run has just read or written it.
    pub(crate) fn edit_account_at_once(&self, row: RowId, field: &str, value: &str) {
        let body = serde_json::json!({ field: value }).to_string();
        self.call(Side::Dataverse, "PATCH", &account_path(row), &body);
    }

    pub(crate) fn delete_account(&self, row: RowId) {
        self.call(Side::Dataverse, "DELETE", &account_path(row), "");
        self.pass(SignedDuration::from_secs(20));
    }

    pub(crate) fn delete_customer(&self, record: SystemId) {
        self.call(Side::BusinessCentral, "DELETE", &self.customer_path(record), "");
        self.pass(SignedDuration::from_secs(20));
    }

    pub(crate) fn customer(&self, record: SystemId) -> serde_json::Value {
        self.call(Side::BusinessCentral, "GET", &self.customer_path(record), "")
    }

    pub(crate) fn account(&self, row: RowId) -> serde_json::Value {
        self.call(Side::Dataverse, "GET", &account_path(row), "")
    }

    /// A new tab: nothing is known of the systems but what is stored.
    pub(crate) fn reopen(&mut self) {
        self.ports.around.life.set(None);
        self.session = open(&self.ports);
    }

    pub(crate) async fn prepare(&self, name: &str, run: Run, kind: JobKind) -> Result<Prepared, RunError> {
        let name = MappingName::new(name).unwrap();
        let task = Task {
            configuration: &self.configuration,
            mapping: &name,
            run,
            kind,
            update_conflicts: UpdateConflicts::default(),
            transformations: &self.transformations,
        };
        prepare(&self.session, &self.store, &task, &Control::new(), &|_| {}).await
    }

    /// Prepares, plans and applies a run.
    pub(crate) async fn run(
        &self,
        name: &str,
        run: Run,
        kind: JobKind,
    ) -> Result<(Planned, SynchJob), RunError> {
        let mut prepared = self.prepare(name, run, kind).await?;
        let planned = prepared.plan()?;
        let approval = Approval { planned: &planned, canary: Canary::Off };
        let control = Control::new();
        let job = apply(&self.session, &self.store, &mut prepared, approval, &control, &|_| {}).await?;
        Ok((planned, job))
    }

    /// Prepares, plans and applies another goal than a run.
    pub(crate) async fn reach(
        &self,
        name: &str,
        goal: &Goal,
        kind: JobKind,
    ) -> Result<(Planned, SynchJob), RunError> {
        let name = MappingName::new(name).unwrap();
        let task = Task {
            configuration: &self.configuration,
            mapping: &name,
            run: Run::scheduled(self.mapping(name.as_str())),
            kind,
            update_conflicts: UpdateConflicts::default(),
            transformations: &self.transformations,
        };
        let control = Control::new();
        let mut prepared = prepare_goal(&self.session, &self.store, &task, goal, &control, &|_| {}).await?;
        let planned = prepared.plan()?;
        let approval = Approval { planned: &planned, canary: Canary::Off };
        let job = apply(&self.session, &self.store, &mut prepared, approval, &control, &|_| {}).await?;
        Ok((planned, job))
    }

    /// Carries out what a job brought about in other records.
    #[track_caller]
    pub(crate) fn follow_up(&self, name: &str, job: &SynchJob) -> Vec<SynchJob> {
        let name = MappingName::new(name).unwrap();
        let task = Task {
            configuration: &self.configuration,
            mapping: &name,
            run: Run::scheduled(self.mapping(name.as_str())),
            kind: job.kind,
            update_conflicts: UpdateConflicts::default(),
            transformations: &self.transformations,
        };
        let control = Control::new();
        finish(follow_up(&self.session, &self.store, &task, job, &control, &|_| {})).unwrap().unwrap()
    }

    /// What the plan of a run says that it will bring about in other records.
    #[track_caller]
    pub(crate) fn foreseen(&self, name: &str, run: Run) -> Vec<FollowUp> {
        let prepared = finish(self.prepare(name, run, JobKind::Full)).unwrap().unwrap();
        let planned = prepared.plan().unwrap();
        prepared.follow_ups(&planned)
    }

    /// What the runs of a mapping left behind.
    pub(crate) fn state(&self, name: &str) -> MappingState {
        let name = MappingName::new(name).unwrap();
        self.store.kept.borrow().states.get(&name).cloned().unwrap_or_default()
    }

    /// Records as the services write them.
    pub(crate) fn rows(&self, side: Side, address: &str) -> Vec<serde_json::Value> {
        self.ports.driver.raw_rows(side, address)
    }

    /// All customers.
    pub(crate) fn customers(&self) -> Vec<serde_json::Value> {
        self.rows(Side::BusinessCentral, &self.companion("customers"))
    }

    /// All accounts.
    pub(crate) fn accounts(&self) -> Vec<serde_json::Value> {
        self.rows(Side::Dataverse, "/api/data/v9.2/accounts")
    }

    /// "Synchronize Modified Records".
    #[track_caller]
    pub(crate) fn synchronize(&self, name: &str) -> (Planned, SynchJob) {
        let run = Run::scheduled(self.mapping(name));
        finish(self.run(name, run, JobKind::Modified)).unwrap().unwrap()
    }

    /// A full synchronization of one mapping.
    #[track_caller]
    pub(crate) fn synchronize_fully(&self, name: &str) -> (Planned, SynchJob) {
        let run = Run::full(self.mapping(name));
        finish(self.run(name, run, JobKind::Full)).unwrap().unwrap()
    }

    /// Requests since this was last asked.
    pub(crate) fn n_requests(&self) -> usize {
        self.ports.around.n_requests.replace(0)
    }

    /// Time passes everywhere.
    pub(crate) fn pass(&self, time: SignedDuration) {
        let milliseconds = i64::try_from(time.as_millis()).unwrap();
        self.ports.around.clock.set(self.ports.around.clock.get() + milliseconds);
        self.ports.driver.sandbox.advance_clock(milliseconds);
    }

    /// Our own clock is set, and nobody else's.
    pub(crate) fn set_our_clock(&self, ahead: SignedDuration) {
        let milliseconds = i64::try_from(ahead.as_millis()).unwrap();
        self.ports.around.clock.set(self.ports.around.clock.get() + milliseconds);
    }

    /// Errors by their cause.
    pub(crate) fn causes(&self) -> BTreeMap<String, usize> {
        let mut causes = BTreeMap::new();
        for error in &self.store.kept.borrow().errors {
            *causes.entry(format!("{} {}", error.cause, error.detail)).or_default() += 1;
        }
        causes
    }
}

fn system_of(side: Side) -> System {
    match side {
        Side::BusinessCentral => System::BusinessCentral,
        Side::Dataverse => System::Dataverse,
    }
}

fn account_path(row: RowId) -> String {
    format!("/api/data/v9.2/accounts({})", row.0)
}

fn open(ports: &Sandboxed) -> Session<Sandboxed> {
    let base = |side| ports.driver.base_url(side).to_owned();
    let (business_central, dataverse) = (base(Side::BusinessCentral), base(Side::Dataverse));
    finish(Session::open(ports.clone(), &business_central, &dataverse, None)).unwrap().unwrap()
}
