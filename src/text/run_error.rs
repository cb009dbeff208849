//! Why a run cannot begin or go on, in words.

use couplet_synchronization::{RunError, StoreError};

use super::{I18n, failure, job_end, plan_error, side};
use crate::browser::locks::NoLock;
use crate::failure::Failure;
use crate::i18n::*;
use crate::state::runs::RunProblem;

/// What stands in the way of a run, and what to do.
pub fn run_error(i18n: I18n, error: &RunError) -> String {
    match error {
        RunError::NoAnswer { side: of, detail } => {
            t_string!(i18n, run.no_answer, system = side(i18n, *of), detail = detail.clone())
        }
        RunError::NotPassedOn { code, .. } => failure(i18n, &Failure::ProxyRefused { code: code.clone() }),
        RunError::Read(error) => failure(i18n, &Failure::Read(error.clone())),
        RunError::Store(StoreError::QuotaExceeded) => t_string!(i18n, run.store_quota).to_owned(),
        RunError::Store(StoreError::Damaged { path, detail }) => {
            t_string!(i18n, run.store_damaged, detail = format!("{path}: {detail}"))
        }
        RunError::Store(StoreError::Refused { detail }) => {
            t_string!(i18n, run.store_refused, detail = detail.clone())
        }
        RunError::Plan(error) => plan_error(i18n, *error),
        RunError::UnknownMapping { mapping } => {
            t_string!(i18n, run.unknown_mapping, name = mapping.to_string())
        }
        RunError::TableOutOfReach { side: of, table } => {
            t_string!(i18n, run.table_out_of_reach, system = side(i18n, *of), table = table.clone())
        }
        RunError::UnknownCompany { company } => {
            t_string!(i18n, run.unknown_company, name = company.clone())
        }
        RunError::Filter { side: of, .. } => t_string!(i18n, run.filter, system = side(i18n, *of)),
        RunError::OtherPair { kept, connected } => {
            t_string!(i18n, run.other_pair, kept = kept.to_string(), connected = connected.to_string())
        }
        RunError::PlanOutdated => t_string!(i18n, run.plan_outdated).to_owned(),
        RunError::Cancelled => t_string!(i18n, run.cancelled).to_owned(),
        RunError::NotAlone => t_string!(i18n, run.not_alone).to_owned(),
        RunError::Interrupted => t_string!(i18n, run.interrupted).to_owned(),
    }
}

/// Why a run could not be planned or started.
pub fn run_problem(i18n: I18n, problem: &RunProblem) -> String {
    match problem {
        RunProblem::Failure(error) => failure(i18n, error),
        RunProblem::Run(error) => run_error(i18n, error),
        RunProblem::NotAlone(NoLock::Held) => t_string!(i18n, run.not_alone).to_owned(),
        RunProblem::NotAlone(NoLock::Unsupported) => t_string!(i18n, run.no_locks).to_owned(),
        RunProblem::Unfinished(job) => job_end(i18n, job),
    }
}

/// The kind of what stands in the way, by its code; none for a code of another area.
pub fn run_error_title(i18n: I18n, code: &str) -> Option<&'static str> {
    Some(match code {
        "run.no-answer" => t_string!(i18n, run_error.no_answer),
        "run.store-quota" => t_string!(i18n, run_error.store_quota),
        "run.store-damaged" => t_string!(i18n, run_error.store_damaged),
        "run.store-refused" => t_string!(i18n, run_error.store_refused),
        "run.unknown-mapping" => t_string!(i18n, run_error.unknown_mapping),
        "run.unknown-company" => t_string!(i18n, run_error.unknown_company),
        "run.table-out-of-reach" => t_string!(i18n, run_error.table_out_of_reach),
        "run.filter" => t_string!(i18n, run_error.filter),
        "run.other-pair" => t_string!(i18n, run_error.other_pair),
        "run.plan-outdated" => t_string!(i18n, run_error.plan_outdated),
        "run.interrupted" => t_string!(i18n, run_error.interrupted),
        "run.cancelled" => t_string!(i18n, run_error.cancelled),
        "run.not-alone" => t_string!(i18n, run_error.not_alone),
        _ => return None,
    })
}
