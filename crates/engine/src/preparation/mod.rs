//! What has to be done before a run: records that must be coupled or created first, in their order, and errors that the
//! data foretells. Both only look; neither couples nor writes.

mod closure;
mod readiness;

#[cfg(test)]
mod tests;

pub use closure::{Closure, DeadEnd, DependencyTable, Link, Needed, Node, Resolution, closure};
pub use readiness::{Cause, Finding, Foresight, Severity, readiness};
