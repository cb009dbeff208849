//! The sandbox as its host sees it: options, one entry point for requests, faults and counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::custom::CustomTable;
use crate::faults::{Fault, FaultBoard, RequestCount, RequestLog};
use crate::wire::{Delivery, Request, Response, System};
use crate::world::World;
use crate::{business_central, dataverse};

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
            clock: Clock::Manual,
            custom_tables: Vec::new(),
        }
    }
}

/// Both stand-ins with their data. Shared between threads by reference.
#[derive(Debug)]
pub struct Sandbox {
    options: SandboxOptions,
    world: RwLock<World>,
    faults: Mutex<FaultBoard>,
    log: Mutex<RequestLog>,
    clock_ms: Mutex<i64>,
}

impl Sandbox {
    /// Builds the schemas and generates the demo data.
    #[must_use]
    pub fn new(options: SandboxOptions) -> Self {
        let world = RwLock::new(World::generate(&options));
        let clock_ms = Mutex::new(options.now_ms);
        Self { options, world, faults: Mutex::default(), log: Mutex::default(), clock_ms }
    }

    /// Answers one request. Never panics on any input; what is not covered answers 501 (S1).
    #[must_use]
    pub fn handle(&self, system: System, request: &Request<'_>) -> Response {
        let address = format!("{}?{}", request.path, request.query);
        let strike = lock(&self.faults).strike(system, &address);
        let response = if strike.stopped {
            Response { delivery: Delivery::Refused, ..Response::empty(0) }
        } else if let Some((status, retry_after)) = strike.instead {
            let answer = match system {
                System::BusinessCentral => business_central::fault(status),
                System::Dataverse => dataverse::fault(status),
            };
            match retry_after {
                Some(seconds) => answer.header("Retry-After", seconds.to_string()),
                None => answer,
            }
        } else {
            let call =
                Call { options: &self.options, now_ms: self.now_ms(), malformed_row: strike.malformed_row };
            match system {
                System::BusinessCentral => business_central::handle(&self.world, &call, request),
                System::Dataverse => dataverse::handle(&self.world, &call, request),
            }
        };
        lock(&self.log).note(system, request.method, request.path, response.status);
        let name = match system {
            System::BusinessCentral => "bc",
            System::Dataverse => "dataverse",
        };
        strike.deliver(response.header("X-Sandbox", name))
    }

    /// Replaces all faults; each starts counting anew. An empty list clears them.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.faults).set(faults);
    }

    /// Requests since the start or the last [`Sandbox::reset`], by system, path, verb and status.
    #[must_use]
    pub fn request_counts(&self) -> Vec<RequestCount> {
        lock(&self.log).read()
    }

    /// Back to the first state: data generated again, faults, counts and clock cleared (S2).
    pub fn reset(&self) {
        let fresh = World::generate(&self.options);
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.set_faults(Vec::new());
        lock(&self.log).clear();
        *lock(&self.clock_ms) = self.options.now_ms;
    }

    /// Moves a [`Clock::Manual`] clock by milliseconds, back with a negative number (S2).
    pub fn advance_clock(&self, milliseconds: i64) {
        *lock(&self.clock_ms) += milliseconds;
    }

    fn now_ms(&self) -> i64 {
        match &self.options.clock {
            Clock::Manual => *lock(&self.clock_ms),
            Clock::Host(now) => now(),
        }
    }
}

/// What a request handler needs to know besides the request and the data.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The sandbox's options.
    pub(crate) options: &'a SandboxOptions,
    /// The moment of the request.
    pub(crate) now_ms: i64,
    /// The row of the page to damage, if any.
    pub(crate) malformed_row: Option<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
