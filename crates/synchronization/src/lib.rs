//! A synchronization job from its first request to its last: reading both sides, planning, carrying the plan out with
//! its journal, settling what came of it. Clock, network, randomness and storage are ports, so that browser, headless
//! runner and tests drive the same code.

mod apply;
mod carrier;
mod clocks;
mod control;
mod error;
mod follow_up;
mod forecast;
mod goal;
mod look;
mod mending;
mod options;
mod pair;
mod persons;
mod ports;
mod prepare;
mod prepared;
mod reading;
mod recover;
mod references;
mod session;
mod store;
mod task;
mod wire;

pub use apply::apply;
pub use control::{Canary, Control, Progressed};
pub use error::RunError;
pub use follow_up::{FollowUp, follow_up};
pub use forecast::{CHANGES_PER_REQUEST, Forecast, LimitingFactor};
pub use goal::{Goal, prepare_goal};
pub use pair::Pair;
pub use ports::{NoAnswer, Ports};
pub use prepare::prepare;
pub use prepared::{Prepared, Steps};
pub use recover::recover;
pub use session::{BusinessCentral, Dataverse, Session, Systems};
pub use store::{Alone, OpenEntry, Progress, Recording, Store, StoreError};
pub use task::{Approval, Planned, Task};
