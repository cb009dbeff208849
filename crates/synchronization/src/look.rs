//! Looking after writes whose outcome is not known: the records are read and compared with what was written.

use couplet_engine::executor::{Found, Operation, OperationKind};
use couplet_engine::planning::{MappingState, modified_field};
use couplet_engine::{FieldSchema, Side, Value};
use couplet_filter::odata::{Expression, Literal};
use couplet_filter::{DateTimeKey, FieldType, Operator};
use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::error::RunError;
use crate::ports::Ports;
use crate::prepared::{SideTable, partner};
use crate::reading::{Reader, cell};
use crate::session::Place;

/// How far the clocks of both sides may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What became of these operations on one table, which were sent after `since`. `claimed` are records that others of their
/// entry are known to have made.
pub(crate) async fn look<P: Ports>(
    reader: &Reader<'_, P>,
    place: &Place,
    operations: &[Operation],
    state: &MappingState,
    since: Timestamp,
    claimed: &FxHashSet<Uuid>,
) -> Result<Vec<Found>, RunError> {
    let fields = fields_of(place, operations);
    let finds_by_id = |operation: &&Operation| !gives_ids(operation);
    let ids = operations.iter().filter(finds_by_id).map(|operation| operation.id);
    let none: [Literal; 0] = [];
    let Some(key) = place.schema.field(&place.schema.key_field) else { return Ok(Vec::new()) };
    let mut rows = reader.read_with(place, &fields, (key, &none)).await?;
    reader.append_ids(place, &fields, ids, &mut rows).await?;
    let known = SideTable::new(place.clone(), rows);
    let made = match operations.iter().any(gives_ids) {
        true => Some(SideTable::new(
            place.clone(),
            reader.read(place, &fields, since_filter(place, since)).await?,
        )),
        false => None,
    };
    let mut claimed = claimed.clone();
    let found = operations.iter().map(|operation| match &made {
        Some(made) if gives_ids(operation) => {
            let hit = made.ids().find(|(id, row)| {
                partner(state, place.side(), *id).is_none()
                    && !claimed.contains(id)
                    && holds_all(made, *row, operation)
            });
            match hit {
                Some((id, _)) => {
                    claimed.insert(id);
                    Found::MadeAs(id)
                }
                None => Found::Absent,
            }
        }
        _ => compare(&known, operation),
    });
    Ok(found.collect())
}

/// Whether the service gives the id of a record that is made (A30).
fn gives_ids(operation: &Operation) -> bool {
    operation.kind == OperationKind::Create && operation.side() == Side::BusinessCentral
}

/// Key, time of change and every field that was written.
fn fields_of(place: &Place, operations: &[Operation]) -> Vec<FieldSchema> {
    let mut fields: Vec<FieldSchema> =
        place.schema.field(modified_field(place.side())).into_iter().cloned().collect();
    for (name, _) in operations.iter().flat_map(Operation::values) {
        let field = place.schema.field(name).filter(|field| field.property.is_some());
        if let Some(field) = field
            && fields.iter().all(|known| known.name != field.name)
        {
            fields.push(field.clone());
        }
    }
    fields
}

/// Records that are not older than the writes, whatever the clocks say.
fn since_filter(place: &Place, since: Timestamp) -> Option<String> {
    let property = place.schema.field(modified_field(place.side()))?.property.as_deref()?;
    let since = since.checked_sub(SKEW).unwrap_or(since);
    let moment = DateTimeKey::from_milliseconds(since.as_millisecond());
    Some(Expression::compare(property, Operator::GreaterOrEqual, Literal::DateTime(moment)).to_string())
}

/// Whether a record holds everything that was written, letter case and spaces around apart, which a service may change.
fn holds_all(table: &SideTable, row: usize, operation: &Operation) -> bool {
    let mut n_telling = 0;
    let holds = operation.values().all(|(name, value)| {
        let Some(field) = table.schema().field(name).filter(|field| field.property.is_some()) else {
            return true;
        };
        let now = Value::from(cell(&table.rows, &field.name, row));
        n_telling += usize::from(!value.is_blank(&field.field_type));
        match (&now, value) {
            (Value::Text(now), Value::Text(written)) => {
                now.trim().to_lowercase() == written.trim().to_lowercase()
            }
            _ => now.is_same(value, &field.field_type),
        }
    });
    holds && n_telling > 0
}

/// Compares a record that was found by its id with what was written and what had been read.
fn compare(table: &SideTable, operation: &Operation) -> Found {
    let Some(row) = table.row(operation.id) else { return Found::Absent };
    let side = table.side();
    let telling = operation.action.fields.iter().any(|difference| {
        let (Some(name), Some(written)) = (difference.name(side), &difference.write) else { return false };
        let Some(field) = table.schema().field(name) else { return false };
        let read = match side {
            Side::BusinessCentral => &difference.business_central,
            Side::Dataverse => &difference.dataverse,
        };
        let now = Value::from(cell(&table.rows, &field.name, row));
        let field_type: &FieldType = &field.field_type;
        let was_changed = operation.kind == OperationKind::Create || !read.is_same(written, field_type);
        was_changed && now.is_same(written, field_type)
    });
    // Before the time of the change, which counts whole seconds in Dataverse: it may be that of the reading.
    if telling {
        return Found::Written;
    }
    let is_as_read = operation.kind != OperationKind::Create
        && table.modified_at(row) == operation.action.destination_modified_at;
    if is_as_read { Found::AsRead } else { Found::Changed }
}
