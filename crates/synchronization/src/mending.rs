//! What a mending needs beside both tables of the mapping: which mappings know the ends of couplings without a table (S2.22),
//! and handing those that belong to another mapping over to it.

use std::num::NonZeroU32;

use couplet_engine::coupling::{CoupledRecord, Coupling, RowId, SystemId};
use couplet_engine::planning::{Candidate, CouplingState, Mend, mend_broken};
use couplet_engine::preview::Related;
use couplet_engine::{MappingName, Side};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::error::RunError;
use crate::ports::Ports;
use crate::prepare::Selector;
use crate::store::{Progress, Recording, Store};

/// One mapping with those of the asked ends that it knows.
struct Known {
    mapping: MappingName,
    table: NonZeroU32,
    records: FxHashSet<SystemId>,
    rows: FxHashSet<RowId>,
}

/// What becomes of the couplings of the mapping that have lost their table. Nothing is read where there are none.
pub(crate) async fn mends<P: Ports>(selector: &Selector<'_, '_, P>) -> Result<Vec<Mend>, RunError> {
    let couplings = selector.state.couplings.iter().map(|state| &state.coupling);
    let mut broken: Vec<Coupling> =
        couplings.filter(|it| matches!(it.record, CoupledRecord::Broken(_))).copied().collect();
    if broken.is_empty() {
        return Ok(Vec::new());
    }
    broken.sort_by_key(|coupling| coupling.row.id());
    let mut known = Vec::new();
    for mapping in selector.task.configuration.mappings.iter().filter(|it| !it.is_option_mapping()) {
        let other = Selector { mapping, ..*selector };
        known.extend(other.known(&broken).await?);
    }
    let candidates: Vec<Candidate<'_>> = known
        .iter()
        .map(|it| Candidate { mapping: &it.mapping, table: it.table, records: &it.records, rows: &it.rows })
        .collect();
    Ok(mend_broken(&broken, &candidates))
}

impl<P: Ports> Selector<'_, '_, P> {
    /// Which ends of these couplings the mapping knows; none where one of its tables is out of reach.
    async fn known(&self, broken: &[Coupling]) -> Result<Option<Known>, RunError> {
        let halves = (self.half(Side::BusinessCentral).await, self.half(Side::Dataverse).await);
        let (mut business_central, mut dataverse) = match halves {
            (Ok(business_central), Ok(dataverse)) => (business_central, dataverse),
            (Err(RunError::TableOutOfReach { .. }), _) | (_, Err(RunError::TableOutOfReach { .. })) => {
                return Ok(None);
            }
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let Some(table) = NonZeroU32::new(self.mapping.table.number) else { return Ok(None) };
        let ends = broken.iter().filter_map(|coupling| match coupling.record {
            CoupledRecord::Broken(end) => Some((end.id(), coupling.row.id())),
            _ => None,
        });
        let (records, rows): (FxHashSet<SystemId>, FxHashSet<RowId>) = ends.unzip();
        self.append(&mut business_central, records.iter().map(|it| it.0).collect()).await?;
        self.append(&mut dataverse, rows.iter().map(|it| it.0).collect()).await?;
        let business_central = self.side_table(business_central, &Related::default());
        let dataverse = self.side_table(dataverse, &Related::default());
        let is_in_filter = |row: &RowId| dataverse.row(row.0).is_some_and(|at| dataverse.in_filter.get(at));
        Ok(Some(Known {
            mapping: self.mapping.name.clone(),
            table,
            records: records.into_iter().filter(|it| business_central.row(it.0).is_some()).collect(),
            rows: rows.into_iter().filter(is_in_filter).collect(),
        }))
    }
}

/// Keeps couplings with the mappings they belong to, before `from` loses them. A mapping that has coupled one of the ends
/// meanwhile keeps what it has.
pub(crate) async fn hand_over<S: Store>(
    store: &S,
    from: &MappingName,
    mends: &[Mend],
    gone: &FxHashSet<Uuid>,
) -> Result<(), RunError> {
    for mend in mends {
        let Mend::Belongs { mapping, coupling } = mend else { continue };
        let CoupledRecord::InTable { table, end } = coupling.record else { continue };
        if mapping == from || !gone.contains(&end.id().0) {
            continue;
        }
        let mut state = store.mapping_state(mapping).await?;
        let is_there = state.couplings.row_of(end.id()) == Some(coupling.row.id());
        if is_there || state.couplings.couple(table, end.id(), coupling.row.id()).is_err() {
            continue;
        }
        let kept =
            CouplingState { coupling: *coupling, ..CouplingState::new(table, end.id(), coupling.row.id()) };
        let recording = Recording::new(mapping.clone(), Progress::of(&state));
        store.record(&Recording { put_couplings: vec![kept], ..recording }).await?;
    }
    Ok(())
}
