//! Partners that are recognized before one is created (S4.6): currencies by their ISO code, and rows that an earlier run
//! created without being able to remember it. Other records are never matched without being asked.

use couplet_filter::FieldValue;

use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::failure::Failure;
use super::plan::Pass;
use super::planner::Planner;
use crate::mapping::MappingName;
use crate::schema::Side;

/// The id that a new destination record gets: the same whenever the same record is created again, so that a creation
/// whose outcome was lost is recognized and not repeated. `replaced` is the deleted partner that it stands in for.
pub fn creation_id(mapping: &MappingName, pass: Pass, source: Uuid, replaced: Option<Uuid>) -> Uuid {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let replaced = replaced.unwrap_or_default();
    let bytes = mapping.as_str().bytes().chain([pass as u8]);
    let bytes = bytes.chain(source.as_bytes().iter().copied()).chain(replaced.as_bytes().iter().copied());
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()
}

/// Records that an earlier run created and storage forgot: their coupling was lost with its last transaction.
#[derive(Debug, Clone, Default)]
pub(super) struct CreatedBefore {
    /// Record and row that belong together, both ways round.
    pub(super) partners: FxHashMap<Uuid, Uuid>,
    /// Records that already stand in for a deleted partner: whoever restores it will find them.
    pub(super) restored: FxHashSet<Uuid>,
}

impl Planner<'_> {
    /// Recognizes by their ids what earlier runs created.
    pub(super) fn created_before(&self) -> CreatedBefore {
        let mut found = CreatedBefore::default();
        let name = &self.input.mapping.name;
        for pass in [Pass::ToIntegrationTable, Pass::FromIntegrationTable] {
            let (source, destination) = (self.side(pass.source()), self.side(pass.destination()));
            let is_free = |id: &Uuid| {
                destination.row(*id).is_some() && self.coupling_of(pass.destination(), *id).is_none()
            };
            for row in 0..source.records.rows.n_rows() {
                let id = source.id(row);
                let partner = self.coupling_of(pass.source(), id).map(|state| match pass {
                    Pass::ToIntegrationTable => Some(state.coupling.row.id().0),
                    Pass::FromIntegrationTable => state.record_end().map(|end| end.id().0),
                });
                if partner.flatten().is_some_and(|partner| destination.row(partner).is_some()) {
                    continue;
                }
                let created = creation_id(name, pass, id, partner.flatten());
                if !is_free(&created) {
                    continue;
                }
                match partner {
                    None => found.partners.extend([(id, created), (created, id)]),
                    Some(_) => found.restored.extend([created]),
                }
            }
        }
        found
    }

    /// The uncoupled row that is this record; none when there is none.
    pub(super) fn counterpart(&self, pass: Pass, source: usize) -> Result<Option<usize>, Failure> {
        let mapping = self.input.mapping;
        if pass != Pass::ToIntegrationTable || mapping.integration_table != "transactioncurrency" {
            return Ok(None);
        }
        let column = |side: Side, name: &str| self.side(side).records.rows.column(name);
        let (Some(codes), Some(iso_codes)) =
            (column(Side::BusinessCentral, "Code"), column(Side::Dataverse, "isocurrencycode"))
        else {
            return Ok(None);
        };
        let FieldValue::Text(code) = codes.get(source) else { return Ok(None) };
        let n_rows = self.dataverse.records.rows.n_rows();
        let mut hits = (0..n_rows).filter(|row| {
            iso_codes.get(*row) == FieldValue::Text(code)
                && self.coupling_of(Side::Dataverse, self.dataverse.id(*row)).is_none()
        });
        match (hits.next(), hits.next()) {
            (Some(_), Some(_)) => Err(Failure::AmbiguousCounterpart { key: code.into() }),
            (hit, _) => Ok(hit),
        }
    }
}
