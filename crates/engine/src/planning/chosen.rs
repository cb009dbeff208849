//! Plans of couplings that are made and removed without a run: pairs that a person chose (S3.2), pairs that criteria found
//! (S3.30), couplings that are to go (S3.45, S3.46). The executor carries them out like any other.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::couplings::Couplings;
use super::failure::Failure;
use super::input::Records;
use super::plan::{
    Action, ActionKind, Counters, FieldDifference, Layer, Pass, PassSummary, PassedOver, Plan, Reason,
    Shelves,
};
use super::planner::{PlanError, SideRows};
use super::table_rules::COMPANY;
use super::uncoupling::{RowCompany, uncouple};
use crate::configuration::Company;
use crate::coupling::{RowId, SystemId};
use crate::mapping::{IntegrationTableMapping, MappingName};
use crate::matching::MatchOutcome;
use crate::value::Value;

/// The plan that couples chosen pairs, told in `pass`. A record that has another partner gets this one instead; a row that another record
/// has is left to it (S3.2), and what is coupled already stays as it is.
///
/// # Errors
/// When the key of the records of one side was not read.
pub fn couple_chosen(
    mapping: &MappingName,
    pass: Pass,
    pairs: &[(SystemId, RowId)],
    business_central: Records<'_>,
    dataverse: Records<'_>,
    couplings: &Couplings,
) -> Result<Plan, PlanError> {
    let (records, rows) = (SideRows::new(business_central)?, SideRows::new(dataverse)?);
    let decide = |&(record, row): &(SystemId, RowId)| {
        let (kind, reason) = if couplings.row_of(record) == Some(row) {
            (ActionKind::Skip, Reason::AlreadyCoupled)
        } else if records.row(record.0).is_none() || rows.row(row.0).is_none() {
            (ActionKind::Fail, Reason::Failure(Failure::PartnerDeleted))
        } else if couplings.record_of(row).is_some() {
            (ActionKind::Skip, Reason::AlreadyCoupled)
        } else {
            (ActionKind::Couple, Reason::Chosen)
        };
        action(pass, kind, reason, (record, row))
    };
    Ok(plan(mapping, pass, pairs.iter().map(decide).collect()))
}

/// The plan that couples what criteria found.
pub fn couple_matched(mapping: &MappingName, outcome: &MatchOutcome) -> Plan {
    let couple = |pair: &crate::matching::Matched| {
        let ends = (pair.record, pair.row);
        action(Pass::ToIntegrationTable, ActionKind::Couple, Reason::CounterpartFound, ends)
    };
    plan(mapping, Pass::ToIntegrationTable, outcome.matched.iter().map(couple).collect())
}

/// The plan that removes the couplings of chosen records; where the mapping says so, their rows lose the company first
/// (S3.46). A record that is not coupled is left out.
///
/// # Errors
/// When the key of the rows was not read.
pub fn uncouple_chosen(
    mapping: &IntegrationTableMapping,
    company: Option<&Company>,
    couplings: &Couplings,
    dataverse: Records<'_>,
    chosen: &FxHashSet<SystemId>,
) -> Result<Plan, PlanError> {
    let rows = SideRows::new(dataverse)?;
    let removal = |it: super::uncoupling::Uncoupling| {
        let ends = (it.record, it.row);
        let mut removal = action(Pass::ToIntegrationTable, ActionKind::RemoveCoupling, Reason::Chosen, ends);
        removal.destination_modified_at = rows.row(it.row.0).and_then(|row| rows.modified_at(row));
        if let (RowCompany::Cleared, Some(company)) = (it.company, company) {
            removal.fields.push(cleared(company.id));
        }
        removal
    };
    let removals = uncouple(mapping, company, couplings, dataverse, chosen);
    Ok(plan(&mapping.name, Pass::ToIntegrationTable, removals.into_iter().map(removal).collect()))
}

/// The company of a row is taken away.
fn cleared(company: Uuid) -> FieldDifference {
    let column: Arc<str> = COMPANY.into();
    FieldDifference {
        number: None,
        field: None,
        column: Some(column),
        last_business_central: None,
        last_dataverse: None,
        business_central: Value::Null,
        dataverse: Value::Guid(company),
        write: Some(Value::Guid(Uuid::nil())),
        layer: Layer::TableRule { rule: "S3.46".into() },
        kept: None,
        decided: None,
    }
}

pub(super) fn action(
    pass: Pass,
    kind: ActionKind,
    reason: Reason,
    (record, row): (SystemId, RowId),
) -> Action {
    Action {
        pass,
        kind,
        record: Some(record),
        row: Some(row),
        reason,
        fields: Vec::new(),
        source_modified_at: None,
        destination_modified_at: None,
        opposite_pending: false,
        shelves: Shelves::No,
    }
}

pub(super) fn plan(mapping: &MappingName, pass: Pass, actions: Vec<Action>) -> Plan {
    let mut counters = Counters::default();
    for action in &actions {
        counters.count_chosen(action.kind, &action.reason, action.shelves);
    }
    let summary = PassSummary {
        pass,
        counters,
        passed_over: PassedOver::default(),
        watermark: None,
        left_out: Vec::new(),
    };
    Plan { mapping: mapping.clone(), actions, passes: vec![summary] }
}
