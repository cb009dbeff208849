//! Couplet without a browser: the synchronization jobs of a workspace file, one after the other, with a store of their
//! own in a directory. What a job does stands in `couplet-synchronization`.

mod arguments;
mod jobs;
mod ports;
mod store;

pub use arguments::{Arguments, Command, Effect, Extent, Format, HELP, UsageError, arguments};
pub use jobs::{MappingReport, Report, run};
pub use store::{FileStore, OpenError};
