//! Synchronization jobs in words.

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_synchronization::RunError;

use super::{I18n, failure, failure_title, run_error_title};
use crate::components::number::formatted;
use crate::failure::Failure;
use crate::i18n::*;

/// What a job was for.
pub fn job_kind(i18n: I18n, kind: JobKind) -> &'static str {
    match kind {
        JobKind::Modified => t_string!(i18n, job_kind.modified),
        JobKind::Chosen => t_string!(i18n, job_kind.chosen),
        JobKind::Full => t_string!(i18n, job_kind.full),
        JobKind::Coupling => t_string!(i18n, job_kind.coupling),
        JobKind::FollowUp { .. } => t_string!(i18n, job_kind.follow_up),
        JobKind::Mending => t_string!(i18n, job_kind.mending),
        JobKind::Uncoupling => t_string!(i18n, job_kind.uncoupling),
        JobKind::Undo { .. } => t_string!(i18n, job_kind.undo),
    }
}

/// How a job ended, with the records that failed in it.
pub fn job_end(i18n: I18n, job: &SynchJob) -> String {
    let n_failed: usize = job.passes.iter().map(|pass| pass.counters.failed).sum();
    match &job.end {
        None => t_string!(i18n, job_end.running).to_owned(),
        Some(JobEnd::Ran(End::Completed)) if n_failed > 0 => {
            t_string!(i18n, job_end.completed_failed, count = formatted(i18n, n_failed))
        }
        Some(JobEnd::Ran(End::Completed)) => t_string!(i18n, job_end.completed).to_owned(),
        Some(JobEnd::Ran(End::Cancelled)) => t_string!(i18n, job_end.cancelled).to_owned(),
        Some(JobEnd::Ran(End::GaveUp)) => t_string!(i18n, job_end.gave_up).to_owned(),
        Some(JobEnd::TooManyErrors) => t_string!(i18n, job_end.too_many_errors).to_owned(),
        Some(JobEnd::Broken { code, .. }) if code == RunError::Interrupted.code() => {
            t_string!(i18n, job_end.interrupted).to_owned()
        }
        Some(JobEnd::Broken { code, detail }) => {
            let known = run_error_title(i18n, code).or_else(|| failure_title(i18n, code));
            let title = match known {
                Some(title) => title.to_owned(),
                None if code.starts_with("proxy.") => {
                    failure(i18n, &Failure::ProxyRefused { code: code.clone() })
                }
                None => code.clone(),
            };
            let reason = if detail.is_empty() { title } else { format!("{title}: {detail}") };
            t_string!(i18n, job_end.broken, reason = reason)
        }
    }
}
