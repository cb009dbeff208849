//! Why a run cannot begin or go on, as facts with a code. What fails of a single record is no error of the run.

use couplet_engine::planning::PlanError;
use couplet_engine::preview::ClauseProblem;
use couplet_engine::{MappingName, Side};
use couplet_systems::ReadError;

use crate::pair::Pair;
use crate::ports::NoAnswer;
use crate::store::StoreError;

/// Why a run cannot begin or go on.
#[derive(Debug, Clone, PartialEq)]
pub enum RunError {
    /// A service does not answer, however often it is asked.
    NoAnswer {
        /// Which.
        side: Side,
        /// The words of whatever sent the request.
        detail: String,
    },
    /// Requests to a system are not passed on until a person does something, such as signing in again.
    NotPassedOn {
        /// Which system.
        side: Side,
        /// Stable code of the reason, as [`NoAnswer::NotPassedOn`](crate::NoAnswer::NotPassedOn) gives it.
        code: String,
    },
    /// A service refused, or its answer cannot be read.
    Read(ReadError),
    /// Something could not be kept or found.
    Store(StoreError),
    /// The run is not possible.
    Plan(PlanError),
    /// The configuration has no such mapping.
    UnknownMapping {
        /// Its name.
        mapping: MappingName,
    },
    /// Business Central has no company of this name, or none at all.
    UnknownCompany {
        /// Its name; empty when any would do.
        company: String,
    },
    /// The system has no such table, or no binding reaches it.
    TableOutOfReach {
        /// Which system.
        side: Side,
        /// Name of the table.
        table: String,
    },
    /// A filter of the mapping cannot be read, so that nobody knows which records it means.
    Filter {
        /// Whose filter.
        side: Side,
        /// What is wrong with it.
        problems: Vec<ClauseProblem>,
    },
    /// What is kept belongs to another pair of systems than the connected one.
    OtherPair {
        /// The pair that couplings, watermarks and journal belong to.
        kept: Box<Pair>,
        /// The connected one.
        connected: Box<Pair>,
    },
    /// Something happened after the plan was made that it does not know of: it has to be made anew.
    PlanOutdated,
    /// A person cancelled it.
    Cancelled,
    /// Another run that keeps its state in the same place is under way.
    NotAlone,
    /// Its tab or its process ended while it was under way.
    Interrupted,
}

impl RunError {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &str {
        match self {
            RunError::NoAnswer { .. } => "run.no-answer",
            RunError::NotPassedOn { code, .. } => code,
            RunError::Read(error) => error.code(),
            RunError::Store(StoreError::QuotaExceeded) => "run.store-quota",
            RunError::Store(StoreError::Damaged { .. }) => "run.store-damaged",
            RunError::Store(StoreError::Refused { .. }) => "run.store-refused",
            RunError::Plan(error) => error.code(),
            RunError::UnknownMapping { .. } => "run.unknown-mapping",
            RunError::UnknownCompany { .. } => "run.unknown-company",
            RunError::TableOutOfReach { .. } => "run.table-out-of-reach",
            RunError::Filter { .. } => "run.filter",
            RunError::OtherPair { .. } => "run.other-pair",
            RunError::PlanOutdated => "run.plan-outdated",
            RunError::Cancelled => "run.cancelled",
            RunError::NotAlone => "run.not-alone",
            RunError::Interrupted => "run.interrupted",
        }
    }

    /// The words of a service or of the storage, for a person who looks for the cause; empty when there are none.
    pub fn detail(&self) -> String {
        match self {
            RunError::NoAnswer { detail, .. }
            | RunError::Store(StoreError::Refused { detail } | StoreError::Damaged { detail, .. }) => {
                detail.clone()
            }
            RunError::Read(error) => error.to_string(),
            RunError::UnknownMapping { mapping } => mapping.to_string(),
            RunError::UnknownCompany { company } => company.clone(),
            RunError::TableOutOfReach { table, .. } => table.clone(),
            RunError::OtherPair { kept, connected } => {
                format!("what is kept belongs to {kept}; connected: {connected}")
            }
            _ => String::new(),
        }
    }
}

impl RunError {
    /// A request to this system has no answer, and is not sent again.
    pub(crate) fn unanswered(side: Side, no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Lost { detail } => RunError::NoAnswer { side, detail },
            NoAnswer::NotPassedOn { code } => RunError::NotPassedOn { side, code },
        }
    }
}

impl From<ReadError> for RunError {
    fn from(error: ReadError) -> Self {
        RunError::Read(error)
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        RunError::Store(error)
    }
}

impl From<PlanError> for RunError {
    fn from(error: PlanError) -> Self {
        RunError::Plan(error)
    }
}
