//! A plan with everything a person needs to read it: the captions of its fields, the names of its records, and what the
//! data foretells. Plain values; how a plan comes about is the business of `tasks::run`.

use std::sync::Arc;

use couplet_engine::planning::{Action, ActionKind, Pass, Plan};
use couplet_engine::preparation::Finding;
use couplet_engine::{IntegrationTableMapping, Side, TableSchema};
use couplet_synchronization::{FollowUp, Forecast, Planned};
use uuid::Uuid;

use crate::state::runs::Decisions;

/// Every kind of action with its code in addresses, what needs a person first, what writes nothing last.
pub const KINDS: [(ActionKind, &str); 10] = [
    (ActionKind::Conflict, "conflict"),
    (ActionKind::Fail, "fail"),
    (ActionKind::Create, "create"),
    (ActionKind::Restore, "restore"),
    (ActionKind::Update, "update"),
    (ActionKind::Delete, "delete"),
    (ActionKind::Couple, "couple"),
    (ActionKind::RemoveCoupling, "remove-coupling"),
    (ActionKind::Skip, "skip"),
    (ActionKind::Unchanged, "unchanged"),
];

/// Both passes with their codes in addresses.
pub const PASSES: [(Pass, &str); 2] =
    [(Pass::ToIntegrationTable, "to"), (Pass::FromIntegrationTable, "from")];

/// Looks up a name.
type NameOf = dyn Fn(Side, Uuid) -> Option<String> + Send + Sync;

/// How people know records: by what identifies them, as `10000 Alpes Vins SA`.
#[derive(Clone)]
pub struct RecordNames(Arc<NameOf>);

impl RecordNames {
    /// Names as `name_of` finds them.
    pub fn new(name_of: impl Fn(Side, Uuid) -> Option<String> + Send + Sync + 'static) -> Self {
        RecordNames(Arc::new(name_of))
    }

    /// The name of a record; none for one that was not read or has nothing to be known by.
    pub fn get(&self, side: Side, id: Uuid) -> Option<String> {
        (self.0)(side, id).filter(|name| !name.trim().is_empty())
    }
}

/// A plan that can be read.
#[derive(Clone)]
pub struct PlannedRun {
    /// The mapping as it was planned with.
    pub mapping: Arc<IntegrationTableMapping>,
    /// The plan as it is approved.
    pub planned: Planned,
    /// What the plan of an option mapping does, in the form of records; empty for other mappings.
    pub options: Plan,
    /// Decisions about fields that it was made with.
    pub decisions: Decisions,
    /// The tables, Business Central first; without the values of a choice, which are no table.
    pub schemas: Vec<Arc<TableSchema>>,
    /// Names of the records.
    pub names: RecordNames,
    /// What the data foretells.
    pub findings: Vec<Finding>,
    /// What it costs to carry it out.
    pub forecast: Forecast,
    /// What it brings about in other records afterwards.
    pub follow_ups: Vec<FollowUp>,
}

/// Which actions of a plan are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionFilter {
    /// Of one kind.
    pub kind: Option<ActionKind>,
    /// Of one pass.
    pub pass: Option<Pass>,
    /// Of the records of one finding, by its place.
    pub finding: Option<usize>,
    /// With this in the name of a record, whatever its case.
    pub search: String,
}

impl PlannedRun {
    /// The plan in the form of records.
    pub fn plan(&self) -> &Plan {
        match &self.planned {
            Planned::Records(plan) => plan,
            Planned::Options(_) => &self.options,
        }
    }

    /// The schema of one side.
    pub fn schema(&self, side: Side) -> Option<&Arc<TableSchema>> {
        self.schemas.iter().find(|schema| schema.side == side)
    }

    /// The id of an action's record on one side; none while it does not exist.
    pub fn id(action: &Action, side: Side) -> Option<Uuid> {
        match side {
            Side::BusinessCentral => action.record.map(|record| record.0),
            Side::Dataverse => action.row.map(|row| row.0),
        }
    }

    /// How many actions there are of a kind in a pass.
    pub fn n_actions(&self, kind: ActionKind, pass: Pass) -> usize {
        self.plan().actions.iter().filter(|action| action.kind == kind && action.pass == pass).count()
    }

    /// Writes that the plan comes to.
    pub fn n_writes(&self) -> usize {
        self.forecast.n_business_central + self.forecast.n_dataverse
    }

    /// Places of the listed actions: what needs a person first, then in the order of the plan.
    pub fn list(&self, filter: &ActionFilter) -> Vec<u32> {
        let wanted = filter.search.trim().to_lowercase();
        let found = filter.finding.and_then(|idx| self.findings.get(idx));
        let mut listed: Vec<(usize, u32)> = Vec::new();
        for (idx, action) in (0_u32..).zip(&self.plan().actions) {
            let is_listed = filter.kind.is_none_or(|kind| kind == action.kind)
                && filter.pass.is_none_or(|pass| pass == action.pass)
                && (wanted.is_empty() || self.is_named(action, &wanted));
            if is_listed {
                let rank = KINDS.iter().position(|(kind, _)| *kind == action.kind);
                listed.push((rank.unwrap_or(KINDS.len()), idx));
            }
        }
        if let Some(finding) = found {
            let records: rustc_hash::FxHashSet<_> = finding.records.iter().collect();
            listed.retain(|(_, idx)| {
                let action = self.plan().actions.get(*idx as usize);
                action.is_some_and(|action| {
                    action.pass == finding.pass && records.contains(&(action.record, action.row))
                })
            });
        }
        listed.sort_by_key(|(rank, _)| *rank);
        listed.into_iter().map(|(_, idx)| idx).collect()
    }

    fn is_named(&self, action: &Action, wanted: &str) -> bool {
        [Side::BusinessCentral, Side::Dataverse].into_iter().any(|side| {
            let name = PlannedRun::id(action, side).and_then(|id| self.names.get(side, id));
            name.is_some_and(|name| name.to_lowercase().contains(wanted))
        })
    }
}

#[cfg(test)]
mod tests;
