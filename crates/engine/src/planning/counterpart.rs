//! Partners that are recognized by their key before one is created (S4.6): currencies by their ISO code. Records of
//! other tables are never matched without being asked.

use couplet_filter::FieldValue;

use super::failure::Failure;
use super::plan::Pass;
use super::planner::Planner;
use crate::schema::Side;

impl Planner<'_> {
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
