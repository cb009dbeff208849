//! A synchronization job from its first request to its last: reading both sides, planning, carrying the plan out with
//! its journal, settling what came of it. Clock, network, randomness and storage are ports, so that browser, headless
//! runner and tests drive the same code.

mod ports;
mod store;

pub use ports::{NoAnswer, Ports};
pub use store::{OpenEntry, Progress, Recording, Store, StoreError};
