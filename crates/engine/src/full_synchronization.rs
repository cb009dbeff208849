//! The review of a full synchronization: one line a mapping, what is recommended, and which lines start now (S5.30 to
//! S5.35). Running a line is the callers' part.

use crate::mapping::{IntegrationTableMapping, MappingName};
use crate::planning::{Counters, Pass};

/// What is recommended for a line (S1.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recommendation {
    /// Records are created on the other side.
    FullSynchronization,
    /// Both sides have records: they are coupled by criteria first.
    CoupleRecords,
    /// There is nothing to synchronize.
    NoRecords,
}

/// State of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineStatus {
    /// Not started.
    #[default]
    Blank,
    /// Scheduled.
    OnHold,
    /// Running.
    InProcess,
    /// Done.
    Finished,
    /// Ended with an error.
    Error,
}

/// State of one direction of a line (S5.33).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PassStatus {
    /// Not started, or not part of the mapping.
    #[default]
    Blank,
    /// Running.
    InProcess,
    /// Every record went through.
    Success,
    /// Records failed.
    Error,
}

/// One line of the review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The mapping.
    pub mapping: MappingName,
    /// Lines that come first.
    pub dependencies: Vec<MappingName>,
    /// What is recommended.
    pub recommendation: Recommendation,
    /// Its state.
    pub status: LineStatus,
    /// Towards Dataverse.
    pub to: PassStatus,
    /// From Dataverse.
    pub from: PassStatus,
}

impl Line {
    /// A line that was not started.
    pub fn new(mapping: &IntegrationTableMapping, recommendation: Recommendation) -> Self {
        Line {
            mapping: mapping.name.clone(),
            dependencies: mapping.dependency_filter.clone(),
            recommendation,
            status: LineStatus::Blank,
            to: PassStatus::Blank,
            from: PassStatus::Blank,
        }
    }

    /// Takes over the start of a pass.
    pub fn pass_started(&mut self, pass: Pass) {
        self.status = LineStatus::InProcess;
        *self.pass(pass) = PassStatus::InProcess;
    }

    /// Takes over the end of a pass (S5.33).
    pub fn pass_ended(&mut self, pass: Pass, counters: &Counters) {
        *self.pass(pass) = if counters.failed > 0 { PassStatus::Error } else { PassStatus::Success };
    }

    fn pass(&mut self, pass: Pass) -> &mut PassStatus {
        match pass {
            Pass::ToIntegrationTable => &mut self.to,
            Pass::FromIntegrationTable => &mut self.from,
        }
    }
}

/// What is recommended, from real counts of both sides (S5.31, the rule of customers, vendors and contacts).
pub fn recommend(n_business_central: usize, n_dataverse: usize) -> Recommendation {
    match (n_business_central, n_dataverse) {
        (0, 0) => Recommendation::NoRecords,
        (0, _) | (_, 0) => Recommendation::FullSynchronization,
        _ => Recommendation::CoupleRecords,
    }
}

/// The lines anew: those that were started stay as they are.
pub fn regenerate(old: &[Line], fresh: Vec<Line>) -> Vec<Line> {
    let kept = |line: Line| {
        let started = old.iter().find(|it| it.mapping == line.mapping && it.status != LineStatus::Blank);
        started.cloned().unwrap_or(line)
    };
    fresh.into_iter().map(kept).collect()
}

/// The lines that start now: not started, with something to do, and everything before them done (S5.32). A dependency
/// that is no line does not count.
pub fn startable(lines: &[Line]) -> Vec<MappingName> {
    let is_done = |name: &MappingName| {
        let line = lines.iter().find(|line| line.mapping == *name);
        line.is_none_or(|line| {
            line.status == LineStatus::Finished || line.recommendation == Recommendation::NoRecords
        })
    };
    let starts = |line: &&Line| {
        line.status == LineStatus::Blank
            && line.recommendation != Recommendation::NoRecords
            && line.dependencies.iter().all(is_done)
    };
    lines.iter().filter(starts).map(|line| line.mapping.clone()).collect()
}

/// Whether a person may start: something is left, and no line is being worked on by a run that is `alive` (S5.34).
pub fn may_start(lines: &[Line], alive: impl Fn(&MappingName) -> bool) -> bool {
    let runs = |line: &Line| line.status == LineStatus::InProcess && alive(&line.mapping);
    !lines.iter().any(runs) && lines.iter().any(|line| line.status == LineStatus::Blank)
}
