//! The part of the program that reads for a run, plans and writes. In a release it is a WebAssembly module of its own
//! that arrives with the first plan.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{PlanError, Run, UpdateConflicts};
use couplet_engine::preparation::Finding;
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, MappingName};
use couplet_synchronization::{
    Approval, Canary, Control, Forecast, Planned, Prepared, Progressed, Session, Systems, Task, apply, prepare,
};
use leptos::wasm_split::SplitLoaderError;

use super::Kept;
use crate::failure::Failure;
use crate::state::connections::{BusinessCentral, Dataverse};
use crate::state::planned::PlannedRun;
use crate::state::runs::RunProblem;

type Work<T> = Pin<Box<dyn Future<Output = T>>>;
/// Takes in what a run tells of its way.
pub(super) type Listener = Box<dyn Fn(Progressed)>;

/// What a run needs to begin.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The mapping.
    pub mapping: MappingName,
    /// Which records, which way.
    pub run: Run,
    /// What it is called among the jobs.
    pub kind: JobKind,
    /// How records that changed on both sides are treated.
    pub update_conflicts: UpdateConflicts,
    /// The configuration.
    pub configuration: Configuration,
    /// Business Central.
    pub business_central: BusinessCentral,
    /// Dataverse.
    pub dataverse: Dataverse,
}
