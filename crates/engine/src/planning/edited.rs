//! Whether a record was edited after its last synchronization: by the time of its change, and where Dataverse's whole
//! seconds hide an edit, by the values that were remembered.

use couplet_filter::FieldValue;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::couplings::CouplingState;
use super::input::Records;
use crate::mapping::{Direction, FieldMappingStatus, IntegrationTableMapping};
use crate::schema::Side;
use crate::value::{Value, same};

impl CouplingState {
    /// Whether a record was edited after its last synchronization (S4.20, S4.21). `modifiedon` counts whole seconds: a
    /// row that was edited in the very second of its synchronization keeps its time, so its values are compared with
    /// the remembered ones.
    pub fn is_edited(
        &self,
        mapping: &IntegrationTableMapping,
        records: &Records<'_>,
        row: usize,
        modified_at: Option<Timestamp>,
    ) -> bool {
        let side = records.schema.side;
        self.has_changed(side, modified_at)
            || side == Side::Dataverse
                && is_same_second(self.modified_at(side), modified_at)
                && self.holds_other_values(mapping, records, row)
    }

    /// Whether a field that Business Central receives holds another value than the one that was remembered.
    fn holds_other_values(
        &self,
        mapping: &IntegrationTableMapping,
        records: &Records<'_>,
        row: usize,
    ) -> bool {
        let Some(last) = &self.last else { return false };
        let side = records.schema.side;
        mapping.field_mappings.iter().any(|field| {
            let flows = field.status == FieldMappingStatus::Enabled
                && field.direction != Direction::ToIntegrationTable;
            let Some(column) = field.column.as_deref().filter(|_| flows) else { return false };
            let Some(schema) = records.schema.field(column) else { return false };
            let (Some(before), Some(cells)) =
                (last.get(side, &schema.name), records.rows.column(&schema.name))
            else {
                return false;
            };
            let now = cells.get(row);
            !same(before.as_field_value(), now, &schema.field_type) && !is_kept_as(before, now)
        })
    }
}

fn is_same_second(stored: Option<Timestamp>, now: Option<Timestamp>) -> bool {
    stored.zip(now).is_some_and(|(stored, now)| stored.as_second() == now.as_second())
}

/// Whether Dataverse may keep a value that was written in this form: rounded, trimmed, in another letter case. Taken for
/// an edit, its own rounding would come back to Business Central.
fn is_kept_as(written: &Value, now: FieldValue<'_>) -> bool {
    match (written, now) {
        (Value::Decimal(written), FieldValue::Decimal(now)) => is_rounded(*written, now),
        (Value::Text(written), FieldValue::Text(now)) => {
            written.trim().to_lowercase() == now.trim().to_lowercase()
        }
        _ => false,
    }
}

fn is_rounded(written: Decimal, now: Decimal) -> bool {
    let half_a_step = Decimal::new(5, now.scale() + 1);
    (written - now).abs() <= half_a_step && written.scale() > now.scale()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dataverse_rounds_or_trims_is_no_edit() {
        let decimal = |value: &str| value.parse::<Decimal>().unwrap();
        assert!(is_rounded(decimal("1.23456"), decimal("1.23")));
        assert!(is_rounded(decimal("1.235"), decimal("1.24")));
        assert!(!is_rounded(decimal("1.23456"), decimal("1.25")));
        assert!(!is_rounded(decimal("1.2"), decimal("1.24")));
        assert!(is_kept_as(&Value::text("Adatum "), FieldValue::Text("ADATUM")));
        assert!(!is_kept_as(&Value::text("Adatum"), FieldValue::Text("Adatum 2")));
        assert!(!is_kept_as(&Value::text(""), FieldValue::Text("1")));
    }
}
