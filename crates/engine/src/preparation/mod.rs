//! What has to be done before a run: records that must be coupled or created first, in their order, and errors that the
//! data foretells. Both only look; neither couples nor writes.

mod closure;
mod dependencies;
mod readiness;

#[cfg(test)]
mod dependencies_tests;
#[cfg(test)]
mod tests;

pub use closure::{Closure, DeadEnd, Dependencies, Dependency, Needed, Node, Resolution, Target, closure};
pub use dependencies::{DependencyTable, RELATION_FIELDS, TableDependencies, mappings_to_follow};
pub use readiness::{Cause, Finding, Foresight, Severity, readiness};
