//! The sandbox as its host sees it: options, one entry point for requests, faults and counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::business_central::{self, Receiver, WebhookAnswer, WebhookCall};
use crate::counts::{Cost, RequestCount, RequestLog};
use crate::custom::CustomTable;
use crate::dataverse;
use crate::defects::{Defect, damage};
use crate::faults::{Disturbance, Fault, FaultBoard, Strike};
use crate::identity::{IdentityProvider, IdentitySettings};
use crate::limits::{Admission, Excess, Gate, Limits, Timing};
use crate::operations::Operations;
use crate::snapshot::{Snapshot, SnapshotError};
use crate::store::format_http_date;
use crate::wire::{Delivery, Request, Response, System};
use crate::world::World;

/// Largest clock skew (S2), in milliseconds.
const MAX_SKEW_MS: i64 = 300_000;

/// Whether Couplet's companion extension answers in Business Central.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Companion {
    /// The route `/api/couplet/integration/v1.0` exists.
    Installed,
    /// A stock tenant: the route answers 404 (A67).
    Missing,
}

/// Where the time comes from (S2).
#[derive(Clone)]
pub enum Clock {
    /// Stands at [`SandboxOptions::now_ms`] and moves only through [`Sandbox::advance_clock`].
    Manual,
    /// Asked at every request; milliseconds since 1970 in UTC.
    Host(Arc<dyn Fn() -> i64 + Send + Sync>),
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Manual => "Manual",
            Self::Host(_) => "Host",
        })
    }
}

/// How the sandbox is set up. The same options give the same data, byte for byte.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Number of Business Central customers; the other tables follow in proportion. At most 2,000,000.
    pub customers: u32,
    /// Decides every name, number and id of the demo data.
    pub seed: u64,
    /// The moment "now" in milliseconds since 1970, UTC: modification times lie before it.
    pub now_ms: i64,
    /// Whether the companion extension is installed.
    pub companion: Companion,
    /// Address before the Business Central path, without a final slash: links are built on it.
    pub business_central_base_url: String,
    /// Address before the Dataverse path, without a final slash: links are built on it.
    pub dataverse_base_url: String,
    /// Address of the service that lists the environments of Dataverse (C14), without a final slash.
    pub discovery_base_url: String,
    /// Address before the tenant in those of the identity provider, without a final slash.
    pub identity_base_url: String,
    /// Where the time comes from.
    pub clock: Clock,
    /// Tables besides the built-in ones; they begin empty.
    pub custom_tables: Vec<CustomTable>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            customers: 2_000,
            seed: 1,
            now_ms: 1_774_000_000_000,
            companion: Companion::Installed,
            business_central_base_url: "http://localhost/bc/v2.0/demo-tenant/sandbox".to_owned(),
            dataverse_base_url: "http://localhost/dataverse".to_owned(),
            discovery_base_url: "http://discovery.localhost".to_owned(),
            identity_base_url: "http://localhost/identity".to_owned(),
            clock: Clock::Manual,
            custom_tables: Vec::new(),
        }
    }
}

/// A user, a role or something to damage that the demo data does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The name asked for.
    pub name: String,
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the demo data has no `{}`", self.name)
    }
}

impl std::error::Error for UnknownName {}

/// Both stand-ins with their data. Shared between threads by reference.
#[derive(Debug)]
pub struct Sandbox {
    options: SandboxOptions,
    world: RwLock<World>,
    companion: Mutex<Companion>,
    faults: Mutex<FaultBoard>,
    log: Mutex<RequestLog>,
    gate: Mutex<Gate>,
    timing: Mutex<Timing>,
    clock_ms: Mutex<i64>,
    /// How far each system's clock is off, in milliseconds.
    skew_ms: Mutex<[i64; 2]>,
    receiver: RwLock<Receiver>,
    outbox: Mutex<Vec<WebhookCall>>,
    identity: Mutex<IdentityProvider>,
}

impl Sandbox {
    /// Builds the schemas and generates the demo data.
    #[must_use]
    pub fn new(options: SandboxOptions) -> Self {
        let world = RwLock::new(World::generate(&options));
        let clock_ms = Mutex::new(options.now_ms);
        let identity = Mutex::new(identity_provider(&options));
        Self {
            companion: Mutex::new(options.companion),
            options,
            identity,
            world,
            faults: Mutex::default(),
            log: Mutex::default(),
            gate: Mutex::default(),
            timing: Mutex::default(),
            clock_ms,
            skew_ms: Mutex::default(),
            receiver: RwLock::default(),
            outbox: Mutex::default(),
        }
    }

    /// Answers one request. Never panics on any input; what is not covered answers 501 (S1).
    #[must_use]
    pub fn handle(&self, system: System, request: &Request<'_>) -> Response {
        self.deliver_notifications();
        let address = format!("{}?{}", request.path, request.query);
        let strike = lock(&self.faults).strike(system, &address);
        let operations = Operations::of(request);
        let timing = lock(&self.timing).clone();
        let mut execution_ms = timing.execution_ms(&operations);
        let admission = lock(&self.gate).admit(system, self.now_ms(), execution_ms);
        let response = match admission {
            Admission::Refused { excess, retry_after } => {
                execution_ms = 0;
                limited(system, excess, retry_after)
            }
            Admission::Granted { wait_ms, remaining } => {
                let mut response = self.answer(system, request, &strike);
                response.delay_ms = response.delay_ms.saturating_add(wait_ms).saturating_add(execution_ms);
                let hint = lock(&self.gate).limits().dataverse.and_then(|limits| limits.parallelism_hint);
                with_allowance(response, remaining, hint)
            }
        };
        lock(&self.log).note(system, request, &response, &operations, execution_ms);
        let name = match system {
            System::BusinessCentral => "bc",
            System::Dataverse => "dataverse",
        };
        let moment = self.system_now_ms(system).saturating_add(strike.skew_ms);
        let response = response.header("X-Sandbox", name).header("Date", format_http_date(moment));
        let mut response = strike.deliver(response);
        response.delay_ms = response.delay_ms.saturating_add(timing.latency_ms);
        response
    }

    /// Answers one request to the identity provider; the path begins with the tenant, as in
    /// `/contoso-sandbox.example/oauth2/v2.0/token`.
    #[must_use]
    pub fn identity(&self, request: &Request<'_>) -> Response {
        lock(&self.identity).handle(request, self.now_ms())
    }

    /// How the identity provider behaves.
    #[must_use]
    pub fn identity_settings(&self) -> IdentitySettings {
        lock(&self.identity).settings().clone()
    }

    /// Tells the identity provider how to behave; what it gave out stays valid.
    pub fn set_identity(&self, settings: IdentitySettings) {
        lock(&self.identity).set(settings);
    }

    /// Revokes every token and code that was given out.
    pub fn revoke_tokens(&self) {
        lock(&self.identity).revoke_everything();
    }

    /// What the system answers, unless a fault answers instead.
    fn answer(&self, system: System, request: &Request<'_>, strike: &Strike) -> Response {
        if strike.stopped {
            return Response { delivery: Delivery::Refused, ..Response::empty(0) };
        }
        if let Some((status, retry_after)) = strike.instead {
            return failed(system, status, retry_after);
        }
        if system == System::Dataverse && dataverse::is_discovery(request.path) {
            let reader = lock(&self.identity).reader(request.header("authorization"), self.now_ms());
            let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
            return dataverse::environments(&world, &self.options, request, &reader);
        }
        if !lock(&self.identity).accepts(system, request.header("authorization"), self.now_ms()) {
            return failed(system, 401, None).header("WWW-Authenticate", "Bearer");
        }
        let receiver = self.receiver.read().unwrap_or_else(PoisonError::into_inner).clone();
        let call = Call {
            options: &self.options,
            companion: *lock(&self.companion),
            now_ms: self.system_now_ms(system).saturating_add(strike.skew_ms),
            malformed_row: strike.malformed_row,
            faults: &self.faults,
            receiver: &receiver,
            outbox: &self.outbox,
        };
        let response = match system {
            System::BusinessCentral => business_central::handle(&self.world, &call, request),
            System::Dataverse => dataverse::handle(&self.world, &call, request),
        };
        if let Some(disturbance) = strike.disturbance
            && request.method == "GET"
            && response.status == 200
        {
            let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
            disturb(&mut world, system, request.path, disturbance, call.now_ms);
        }
        match strike.after_work {
            Some((status, retry_after)) => failed(system, status, retry_after),
            None => response,
        }
    }

    /// Replaces all faults; each starts counting anew. An empty list clears them.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.faults).set(faults);
    }

    /// Switches the services' limits on or off; what was counted for them so far is forgotten.
    pub fn set_limits(&self, limits: Limits) {
        lock(&self.gate).set(limits);
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        lock(&self.gate).limits().clone()
    }

    /// Sets how long requests take.
    pub fn set_timing(&self, timing: Timing) {
        *lock(&self.timing) = timing;
    }

    /// How long requests take.
    #[must_use]
    pub fn timing(&self) -> Timing {
        lock(&self.timing).clone()
    }

    /// What the requests since the start or the last [`Sandbox::reset`] cost, one entry for each system called.
    #[must_use]
    pub fn costs(&self) -> Vec<Cost> {
        lock(&self.log).costs()
    }

    /// Saves what differs from the generated data.
    #[must_use]
    pub fn save(&self) -> Snapshot {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        Snapshot::save(&world, &self.options, *lock(&self.clock_ms))
    }

    /// Goes to a saved state; faults, limits, counts and subscriptions stay.
    ///
    /// # Errors
    ///
    /// When the snapshot was saved over other demo data.
    pub fn load(&self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        *lock(&self.clock_ms) = snapshot.load(&mut world, &self.options)?;
        Ok(())
    }

    /// Sets how far a system's clock is off, in milliseconds; at most 300 seconds either way (S2).
    pub fn set_clock_skew(&self, system: System, milliseconds: i64) {
        let skew = milliseconds.clamp(-MAX_SKEW_MS, MAX_SKEW_MS);
        let [bc, dataverse] = &mut *lock(&self.skew_ms);
        match system {
            System::BusinessCentral => *bc = skew,
            System::Dataverse => *dataverse = skew,
        }
    }

    /// Gives a Dataverse user, by full name or domain name, these roles instead of those they had, so that a test can
    /// be without a privilege (B55).
    ///
    /// # Errors
    ///
    /// When there is no such user or role.
    pub fn set_roles(&self, user: &str, roles: &[String]) -> Result<(), UnknownName> {
        let unknown = |name: &str| UnknownName { name: name.to_owned() };
        let moment = self.system_now_ms(System::Dataverse).div_euclid(1_000) * 1_000;
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let row = dataverse::user_named(&world, user).ok_or_else(|| unknown(user))?;
        let found = roles.iter().map(|name| dataverse::role_named(&world, name).ok_or_else(|| unknown(name)));
        let found: Vec<u32> = found.collect::<Result<_, _>>()?;
        dataverse::give_roles(&mut world, row, &found, moment);
        Ok(())
    }

    /// Damages the installation, one defect after the other.
    ///
    /// # Errors
    ///
    /// When a defect names something that the demo data does not have.
    pub fn damage(&self, defects: &[Defect]) -> Result<(), UnknownName> {
        let moment = self.system_now_ms(System::Dataverse);
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        for defect in defects {
            if *defect == Defect::CompanionMissing {
                *lock(&self.companion) = Companion::Missing;
            }
            let done = damage(&mut world, defect, moment);
            done.ok_or_else(|| UnknownName { name: format!("{defect:?}") })?;
        }
        Ok(())
    }

    /// Says who receives the calls to subscribers (A59). It must not call the sandbox; without one every call is
    /// answered as wished, and can be read in [`Sandbox::outbox`].
    pub fn set_webhook_receiver(&self, receiver: Arc<dyn Fn(&WebhookCall) -> WebhookAnswer + Send + Sync>) {
        *self.receiver.write().unwrap_or_else(PoisonError::into_inner) = Receiver::Given(receiver);
    }

    /// All calls made to subscribers so far, handshakes included.
    #[must_use]
    pub fn outbox(&self) -> Vec<WebhookCall> {
        lock(&self.outbox).clone()
    }

    /// Makes the calls to subscribers that are due (A60); every request does so too.
    pub fn deliver_notifications(&self) {
        let idle = || self.world.read().unwrap_or_else(PoisonError::into_inner).webhooks.is_idle();
        if idle() {
            return;
        }
        let now_ms = self.system_now_ms(System::BusinessCentral);
        let due = self.world.write().unwrap_or_else(PoisonError::into_inner).webhooks.due(now_ms);
        for notification in due {
            let receiver = self.receiver.read().unwrap_or_else(PoisonError::into_inner).clone();
            let answer = receiver.answer(&notification.call);
            lock(&self.outbox).push(notification.call.clone());
            let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
            world.webhooks.answered(notification, answer.status, now_ms);
        }
    }

    /// Requests since the start or the last [`Sandbox::reset`], by system, path, verb and status.
    #[must_use]
    pub fn request_counts(&self) -> Vec<RequestCount> {
        lock(&self.log).read()
    }

    /// Back to the first state: data generated again, all settings and counts cleared (S2).
    pub fn reset(&self) {
        let fresh = World::generate(&self.options);
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        *lock(&self.companion) = self.options.companion;
        self.set_faults(Vec::new());
        lock(&self.log).clear();
        self.set_limits(Limits::default());
        self.set_timing(Timing::default());
        lock(&self.outbox).clear();
        *lock(&self.skew_ms) = [0; 2];
        *lock(&self.identity) = identity_provider(&self.options);
        *self.receiver.write().unwrap_or_else(PoisonError::into_inner) = Receiver::Willing;
        *lock(&self.clock_ms) = self.options.now_ms;
    }

    /// Moves a [`Clock::Manual`] clock by milliseconds, back with a negative number (S2).
    pub fn advance_clock(&self, milliseconds: i64) {
        *lock(&self.clock_ms) += milliseconds;
        self.deliver_notifications();
    }

    /// The time by one system's own clock, in milliseconds since 1970.
    #[must_use]
    pub fn system_now_ms(&self, system: System) -> i64 {
        let [bc, dataverse] = *lock(&self.skew_ms);
        let skew = match system {
            System::BusinessCentral => bc,
            System::Dataverse => dataverse,
        };
        self.now_ms().saturating_add(skew)
    }

    fn now_ms(&self) -> i64 {
        match &self.options.clock {
            Clock::Manual => *lock(&self.clock_ms),
            Clock::Host(now) => now(),
        }
    }
}

fn identity_provider(options: &SandboxOptions) -> IdentityProvider {
    IdentityProvider::new(options)
}

/// What a request handler needs to know besides the request and the data.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The sandbox's options.
    pub(crate) options: &'a SandboxOptions,
    /// Whether the companion extension is installed now.
    pub(crate) companion: Companion,
    /// The moment of the request.
    pub(crate) now_ms: i64,
    /// The row of the page to damage, if any.
    pub(crate) malformed_row: Option<usize>,
    faults: &'a Mutex<FaultBoard>,
    receiver: &'a Receiver,
    outbox: &'a Mutex<Vec<WebhookCall>>,
}

impl Call<'_> {
    /// The status with which a fault strikes one part of a batch; `address` is the part's path and query.
    pub(crate) fn failing_part(&self, system: System, address: &str) -> Option<u16> {
        lock(self.faults).strike_part(system, address)
    }

    /// Calls a subscriber.
    pub(crate) fn deliver(&self, call: &WebhookCall) -> WebhookAnswer {
        lock(self.outbox).push(call.clone());
        self.receiver.answer(call)
    }
}

fn failed(system: System, status: u16, retry_after: Option<u32>) -> Response {
    let answer = match system {
        System::BusinessCentral => business_central::fault(status),
        System::Dataverse => dataverse::fault(status),
    };
    match retry_after {
        Some(seconds) => answer.header("Retry-After", seconds.to_string()),
        None => answer,
    }
}

fn limited(system: System, excess: Excess, retry_after: Option<u32>) -> Response {
    let answer = match system {
        System::BusinessCentral => business_central::limited(excess),
        System::Dataverse => dataverse::limited(excess),
    };
    match retry_after {
        Some(seconds) => answer.header("Retry-After", seconds.to_string()),
        None => answer,
    }
}

/// B56: what remains of requests and of time, in seconds, and how many requests at once are advised.
fn with_allowance(response: Response, remaining: Option<(u32, u64)>, hint: Option<u32>) -> Response {
    let Some((requests, milliseconds)) = remaining else { return response };
    let response = match hint {
        Some(hint) => response.header("x-ms-dop-hint", hint.to_string()),
        None => response,
    };
    let seconds = format!("{}.{:03}", milliseconds / 1_000, milliseconds % 1_000);
    response
        .header("x-ms-ratelimit-burst-remaining-xrm-requests", requests.to_string())
        .header("x-ms-ratelimit-time-remaining-xrm-requests", seconds)
}

/// Changes or deletes a row of the table that a path reads.
fn disturb(world: &mut World, system: System, path: &str, disturbance: Disturbance, now_ms: i64) {
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = last.split('(').next().unwrap_or_default();
    let table = match system {
        System::BusinessCentral => {
            let sets = world.schema.bc.api.iter().chain(&world.schema.bc.companion);
            sets.into_iter().find(|set| set.name == name).map(|set| set.table)
        }
        System::Dataverse => world.schema.dv.by_entity_set(name).map(|table| table.set.table),
    };
    let (Disturbance::Change(position) | Disturbance::Delete(position)) = disturbance;
    let version = world.next_version();
    let Some(rows) = table.and_then(|table| world.tables.get_mut(table)) else { return };
    let Some(row) = rows.rows_from(0).nth(position) else { return };
    match disturbance {
        Disturbance::Change(_) => rows.touch(row, now_ms, version),
        Disturbance::Delete(_) => {
            // Its version says when it was deleted (B50).
            rows.touch(row, now_ms, version);
            rows.delete(row);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
