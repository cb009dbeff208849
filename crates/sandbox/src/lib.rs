//! Stand-ins of Business Central and Dataverse: the same wire contract, demo data of any size, business rules,
//! faults on demand. Synchronous and without I/O; the host (the proxy, a test) delivers the answers. Shares no
//! code with the clients, so that it cannot share their misunderstandings.
//!
//! # Example
//!
//! ```
//! use couplet_sandbox::{Request, Sandbox, SandboxOptions, System};
//! let sandbox = Sandbox::new(SandboxOptions { customers: 10, ..SandboxOptions::default() });
//! let request =
//!     Request { method: "GET", path: "/api/v2.0/companies", query: "", headers: &[], body: &[] };
//! let response = sandbox.handle(System::BusinessCentral, &request);
//! assert_eq!(response.header_value("X-Sandbox"), Some("bc"));
//! ```

mod business_central;
mod control;
mod counts;
mod custom;
mod dataverse;
mod defects;
mod demo;
mod faults;
mod identity;
mod limits;
mod odata;
mod operations;
mod sandbox;
mod schema;
mod snapshot;
mod store;
mod wire;
mod world;

pub use business_central::{WebhookAnswer, WebhookCall};
pub use counts::{Cost, RequestCount};
pub use custom::{CustomField, CustomTable, CustomType};
pub use defects::Defect;
pub use faults::{Fault, FaultEffect, FaultWindow, faults_of_seed};
pub use identity::{
    Consent, CredentialState, DEMO_CLIENT_CERTIFICATE, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET,
    DEMO_TENANT_DOMAIN, DEMO_TENANT_ID, IdentitySettings, TokenCheck,
};
pub use limits::{BusinessCentralLimits, DataverseLimits, Limits, Timing};
pub use operations::{OperationKind, RequestForm};
pub use sandbox::{Clock, Companion, Sandbox, SandboxOptions, UnknownName};
pub use snapshot::{Difference, Snapshot, SnapshotError};
pub use wire::{Delivery, Request, Response, System};
