//! Mending broken couplings as a plan of its own (S2.22, S3.55): tables that were lost are found again, and couplings that
//! have lost a record go or get their record back.

use rustc_hash::{FxHashMap, FxHashSet};

use super::broken::Mend;
use super::chosen::{action, plan};
use super::couplings::{CouplingState, Couplings};
use super::failure::Failure;
use super::input::{Creation, Mode, Records, Run, Selection};
use super::plan::{Action, ActionKind, Mended, Pass, Plan, Reason};
use super::planner::{PlanError, SideRows};
use crate::coupling::{CoupledRecord, RowId, SystemId};
use crate::mapping::IntegrationTableMapping;

/// What becomes of couplings that have lost one of their records (S3.55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletedPartners {
    /// The coupling goes.
    #[default]
    Uncoupled,
    /// The record is created anew, where the mapping runs that way.
    Restored,
}

/// What broken couplings are mended from.
#[derive(Debug, Clone, Copy)]
pub struct MendInput<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// Its couplings.
    pub couplings: &'a Couplings,
    /// At least the coupled Business Central records that still exist.
    pub business_central: Records<'a>,
    /// At least the coupled Dataverse rows that still exist.
    pub dataverse: Records<'a>,
    /// Only the couplings of these records; all where there are none.
    pub chosen: Option<&'a FxHashSet<SystemId>>,
    /// What becomes of couplings without a table.
    pub mends: &'a [Mend],
    /// What becomes of those that have lost a record.
    pub deleted: DeletedPartners,
}

/// The plan that mends, and the run after it that creates records anew; none where nothing is created. A coupling that is
/// whole is left out.
///
/// # Errors
/// When the key of the records of one side was not read.
pub fn mend(input: MendInput<'_>) -> Result<(Plan, Option<Run>), PlanError> {
    let (records, rows) = (SideRows::new(input.business_central)?, SideRows::new(input.dataverse)?);
    let mends: FxHashMap<SystemId, &Mend> = input.mends.iter().map(|mend| (mend.record(), mend)).collect();
    let mut restored: (FxHashSet<SystemId>, FxHashSet<RowId>) = Default::default();
    let mut actions: Vec<Action> = Vec::new();
    let mut couplings: Vec<&CouplingState> = input.couplings.iter().collect();
    couplings.sort_by_key(|state| state.record_end().map(|end| end.id()));
    for state in couplings {
        let Some(record) = state.record_end().map(|end| end.id()) else { continue };
        if input.chosen.is_some_and(|chosen| !chosen.contains(&record)) {
            continue;
        }
        let row = state.coupling.row.id();
        let decided = match state.coupling.record {
            CoupledRecord::Broken(_) => mends.get(&record).map(|mend| of_lost_table(input.mapping, mend)),
            _ => {
                let exist = (records.row(record.0).is_some(), rows.row(row.0).is_some());
                let pass = match exist {
                    (true, true) => continue,
                    (true, false) => Some(Pass::ToIntegrationTable),
                    (false, true) => Some(Pass::FromIntegrationTable),
                    (false, false) => None,
                };
                let creates = pass.filter(|_| input.deleted == DeletedPartners::Restored);
                match creates {
                    Some(pass) if !pass.takes(input.mapping.direction) => {
                        Some((ActionKind::Fail, Reason::Failure(Failure::PartnerDeleted)))
                    }
                    Some(Pass::ToIntegrationTable) => {
                        restored.0.insert(record);
                        None
                    }
                    Some(Pass::FromIntegrationTable) => {
                        restored.1.insert(row);
                        None
                    }
                    None => Some((ActionKind::RemoveCoupling, Reason::Mended(Mended::PartnerDeleted))),
                }
            }
        };
        let action = |(kind, reason)| action(Pass::ToIntegrationTable, kind, reason, (record, row));
        actions.extend(decided.map(action));
    }
    let (records, rows) = restored;
    let run = (!records.is_empty() || !rows.is_empty()).then(|| Run {
        direction: input.mapping.direction,
        mode: Mode::CreateNew,
        selection: Selection::Chosen { records, rows },
        creation: Creation::Allowed,
    });
    Ok((plan(&input.mapping.name, Pass::ToIntegrationTable, actions), run))
}

fn of_lost_table(mapping: &IntegrationTableMapping, mend: &Mend) -> (ActionKind, Reason) {
    match mend {
        Mend::Belongs { mapping: owner, .. } if *owner == mapping.name => {
            (ActionKind::Couple, Reason::Mended(Mended::TableFound))
        }
        Mend::Belongs { mapping: owner, .. } => {
            let mapping = owner.clone();
            (ActionKind::RemoveCoupling, Reason::Mended(Mended::BelongsElsewhere { mapping }))
        }
        Mend::Remove { .. } => (ActionKind::RemoveCoupling, Reason::Mended(Mended::NeitherFound)),
    }
}
