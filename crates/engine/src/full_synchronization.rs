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

/// What both tables of a line hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Records of the Business Central table, whatever the filter.
    pub business_central: usize,
    /// Rows of the Dataverse table, whatever the filter.
    pub dataverse: usize,
    /// Those of them in the mapping's filter.
    pub dataverse_in_filter: usize,
}

/// What is recommended for a mapping (S5.31): its table may have a rule of its own.
pub fn recommend_for(mapping: &IntegrationTableMapping, totals: Totals) -> Recommendation {
    if mapping.is_option_mapping() {
        return match totals.business_central {
            0 => Recommendation::NoRecords,
            _ => Recommendation::CoupleRecords,
        };
    }
    match mapping.integration_table.as_str() {
        "systemuser" => Recommendation::FullSynchronization,
        // The base currency, whose rate is 1, is always there.
        "transactioncurrency" if totals.dataverse == 1 => Recommendation::FullSynchronization,
        "transactioncurrency" => Recommendation::CoupleRecords,
        "account" | "contact" => recommend(totals.business_central, totals.dataverse_in_filter),
        _ => recommend(totals.business_central, totals.dataverse),
    }
}

/// Mappings in the order in which they are synchronized: each after those it depends on, else as they are given. Those
/// that wait for each other come last.
pub fn in_dependency_order<'m>(mappings: &[&'m IntegrationTableMapping]) -> Vec<&'m IntegrationTableMapping> {
    let mut left: Vec<&IntegrationTableMapping> = mappings.to_vec();
    let mut ordered = Vec::with_capacity(left.len());
    loop {
        let waits = |mapping: &IntegrationTableMapping| {
            let is_left = |name: &MappingName| left.iter().any(|it| it.name == *name);
            mapping.dependency_filter.iter().any(|name| *name != mapping.name && is_left(name))
        };
        let Some(next) = left.iter().position(|mapping| !waits(mapping)) else { break };
        ordered.push(left.remove(next));
    }
    ordered.extend(left);
    ordered
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::OwnershipModel;
    use crate::default_setup;

    #[track_caller]
    fn check(name: &str, totals: (usize, usize, usize), expected: Recommendation) {
        let setup = default_setup::build(OwnershipModel::Person, None);
        let mapping = setup.mapping(&MappingName::new(name).unwrap()).unwrap();
        let (business_central, dataverse, dataverse_in_filter) = totals;
        let found = recommend_for(mapping, Totals { business_central, dataverse, dataverse_in_filter });
        assert_eq!(found, expected, "{name} {totals:?}");
    }

    #[test]
    fn accounts_are_counted_in_the_filter() {
        check("CUSTOMER", (5, 9, 0), Recommendation::FullSynchronization);
        check("CUSTOMER", (5, 9, 2), Recommendation::CoupleRecords);
        check("CUSTOMER", (0, 9, 0), Recommendation::NoRecords);
    }

    #[test]
    fn tables_with_rules_of_their_own() {
        check("SALESPEOPLE", (5, 9, 9), Recommendation::FullSynchronization);
        check("CURRENCY", (5, 1, 1), Recommendation::FullSynchronization);
        check("CURRENCY", (5, 2, 2), Recommendation::CoupleRecords);
        check("PAYMENT TERMS", (0, 4, 4), Recommendation::NoRecords);
        check("PAYMENT TERMS", (3, 0, 0), Recommendation::CoupleRecords);
    }

    #[test]
    fn mappings_come_after_those_they_depend_on() {
        let setup = default_setup::build(OwnershipModel::Person, None);
        let mut given: Vec<&IntegrationTableMapping> = setup.mappings.iter().collect();
        given.reverse();
        let ordered = in_dependency_order(&given);
        assert_eq!(ordered.len(), given.len());
        for (idx, mapping) in ordered.iter().enumerate() {
            let later = &ordered[idx + 1..];
            let is_late = |name: &MappingName| later.iter().any(|it| it.name == *name);
            assert!(!mapping.dependency_filter.iter().any(is_late), "{}", mapping.name);
        }
    }

    #[test]
    fn mappings_that_wait_for_each_other_are_not_lost() {
        let setup = default_setup::build(OwnershipModel::Team, None);
        let mut mappings = setup.mappings.clone();
        let names: Vec<MappingName> = mappings.iter().map(|it| it.name.clone()).collect();
        for mapping in &mut mappings {
            mapping.dependency_filter = names.clone();
        }
        let given: Vec<&IntegrationTableMapping> = mappings.iter().collect();
        assert_eq!(in_dependency_order(&given).len(), mappings.len());
    }
}
