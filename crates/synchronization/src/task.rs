//! What a run is asked to do, and what a person says yes to.

use couplet_engine::job::JobKind;
use couplet_engine::planning::{OptionPlan, Plan, Run, UpdateConflicts};
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, IntegrationTableMapping, MappingName};

use crate::control::Canary;
use crate::error::RunError;

/// What a run of one mapping is asked to do.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The configuration: the mapping, and those that its lookups go through.
    pub configuration: &'a Configuration,
    /// The mapping.
    pub mapping: &'a MappingName,
    /// Which records, which way, and how.
    pub run: Run,
    /// What it is called among the jobs.
    pub kind: JobKind,
    /// How records that changed on both sides are treated.
    pub update_conflicts: UpdateConflicts,
    /// Transformation rules.
    pub transformations: &'a TransformationRules,
}

impl<'a> Task<'a> {
    /// The mapping.
    ///
    /// # Errors
    /// When the configuration has none of that name.
    pub(crate) fn mapping(&self) -> Result<&'a IntegrationTableMapping, RunError> {
        let unknown = || RunError::UnknownMapping { mapping: self.mapping.clone() };
        self.configuration.mapping(self.mapping).ok_or_else(unknown)
    }
}

/// What a run will do.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// To records and rows.
    Records(Plan),
    /// To records and the values of a choice (S1.9).
    Options(OptionPlan),
}

impl Planned {
    /// Whether nothing is sent and no coupling changes.
    pub fn is_empty(&self) -> bool {
        match self {
            Planned::Records(plan) => plan.is_empty(),
            Planned::Options(plan) => {
                use couplet_engine::planning::ActionKind::{Skip, Unchanged};
                plan.actions.iter().all(|action| matches!(action.kind, Unchanged | Skip))
            }
        }
    }
}

/// What a person said yes to. Nothing that is not in the plan is written.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// The plan, as it was shown.
    pub planned: &'a Planned,
    /// Whether to begin with few records.
    pub canary: Canary,
}
