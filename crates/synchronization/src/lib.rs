//! A synchronization job from its first request to its last: reading both sides, planning, carrying the plan out with
//! its journal, settling what came of it. Clock, network, randomness and storage are ports, so that browser, headless
//! runner and tests drive the same code.

mod control;
mod error;
mod ports;
mod session;
mod store;
mod task;

pub use control::{Canary, Control, Progressed};
pub use error::RunError;
pub use ports::{NoAnswer, Ports};
pub use session::{BusinessCentral, Dataverse, Session, Systems};
pub use store::{OpenEntry, Progress, Recording, Store, StoreError};
pub use task::{Approval, Planned, Task};
