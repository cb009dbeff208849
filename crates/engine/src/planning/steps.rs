//! A plan made in steps, so that whoever makes it can do something else between two of them, or stop.

use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::plan::{Action, Counters, Pass, PassSummary, Plan, Reason};
use super::planner::{Earlier, Planner, Selected, remember};
use crate::coupling::SystemId;

/// How far a plan has come.
#[derive(Debug, Default)]
pub struct PlanSteps {
    actions: Vec<Action>,
    passes: Vec<PassSummary>,
    earlier: FxHashMap<SystemId, Earlier>,
    claimed: FxHashSet<Uuid>,
    pass: Option<PassSteps>,
}

/// How far a pass has come.
#[derive(Debug)]
struct PassSteps {
    selected: Selected,
    /// Selected records that are decided.
    n_decided: usize,
    /// Actions of the passes before.
    first: usize,
}

impl PlanSteps {
    /// Actions that are decided.
    pub fn n_actions(&self) -> usize {
        self.actions.len()
    }
}

impl Planner<'_> {
    /// Decides about the next `n_records`; the plan with the last of them. Calling it again after that begins anew.
    pub fn step(&self, steps: &mut PlanSteps, n_records: usize) -> Option<Plan> {
        let Some(fields) = self.passes.get(steps.passes.len()) else {
            let PlanSteps { actions, passes, .. } = std::mem::take(steps);
            return Some(Plan { mapping: self.input.mapping.name.clone(), actions, passes });
        };
        let Some(mut pass) = steps.pass.take() else {
            if steps.passes.is_empty() {
                steps.claimed.clone_from(&self.created_before.restored);
            }
            let mut selected = self.select(fields.pass, &steps.earlier);
            let source = self.side(fields.pass.source());
            selected.rows.retain(|row| !steps.claimed.contains(&source.id(*row)));
            steps.pass = Some(PassSteps { selected, n_decided: 0, first: steps.actions.len() });
            return None;
        };
        let end = pass.n_decided.saturating_add(n_records).min(pass.selected.rows.len());
        for &source in pass.selected.rows.get(pass.n_decided..end).unwrap_or_default() {
            self.decide(fields, source, &steps.earlier, &mut steps.actions);
        }
        pass.n_decided = end;
        if end < pass.selected.rows.len() {
            steps.pass = Some(pass);
            return None;
        }
        if fields.pass == Pass::FromIntegrationTable {
            self.number_salespeople(steps.actions.get_mut(pass.first..).unwrap_or_default());
        }
        let mut counters = Counters::default();
        for action in steps.actions.get(pass.first..).unwrap_or_default() {
            counters.count(action.kind, action.shelves);
            remember(action, &mut steps.earlier);
            if matches!(action.reason, Reason::CounterpartFound | Reason::CreatedBefore) {
                steps.claimed.extend(action.row.map(|row| row.0));
            }
        }
        steps.passes.push(PassSummary {
            pass: fields.pass,
            counters,
            passed_over: pass.selected.passed_over,
            watermark: self.watermark(fields.pass, pass.selected.latest),
            left_out: fields.left_out.clone(),
        });
        None
    }
}
