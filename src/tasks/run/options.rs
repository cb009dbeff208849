//! Plans of option mappings in the form of records, so that one list shows both: a value of a choice stands as a row
//! whose id is made of its number.

use std::sync::Arc;

use couplet_engine::coupling::RowId;
use couplet_engine::planning::{
    Action, FieldDifference, Layer, OptionAction, Pass, PassSummary, PassedOver, Plan, Shelves, value_id,
};
use couplet_engine::{IntegrationTableMapping, Side, Value};
use couplet_synchronization::{Planned, Prepared};
use uuid::Uuid;

use super::Kept;

/// The plan of an option mapping in the form of records; an empty one for other mappings.
pub(super) fn as_records(planned: &Planned, prepared: &Prepared) -> Plan {
    let mapping = prepared.mapping();
    let empty = Plan { mapping: mapping.name.clone(), actions: Vec::new(), passes: Vec::new() };
    let Planned::Options(plan) = planned else { return empty };
    let actions: Vec<Action> = plan.actions.iter().map(|action| as_action(mapping, action)).collect();
    let pass = Pass::of(mapping.direction).first().copied().unwrap_or(Pass::ToIntegrationTable);
    let summary = PassSummary {
        pass,
        counters: plan.counters,
        passed_over: PassedOver { not_coupled: plan.n_not_coupled, ..PassedOver::default() },
        watermark: plan.watermark,
        left_out: Vec::new(),
    };
    Plan { actions, passes: vec![summary], ..empty }
}

fn as_action(mapping: &IntegrationTableMapping, action: &OptionAction) -> Action {
    let field = mapping.field_mappings.iter().min_by_key(|field| field.number);
    let now = Value::text(action.now.clone());
    let side = action.pass.destination();
    let (business_central, dataverse) = match side {
        Side::BusinessCentral => (now, Value::Null),
        Side::Dataverse => (Value::Null, now),
    };
    let difference = action.write.as_ref().map(|write| FieldDifference {
        number: field.map(|field| field.number),
        field: field.and_then(|field| field.field.clone()).map(Arc::from),
        column: Some(mapping.integration_uid.column().into()),
        last_business_central: None,
        last_dataverse: None,
        business_central,
        dataverse,
        write: Some(Value::text(write.clone())),
        layer: Layer::OptionMapping,
        kept: None,
        decided: None,
    });
    Action {
        pass: action.pass,
        kind: action.kind,
        record: action.record,
        row: action.value.map(|value| RowId(value_id(value))),
        reason: action.reason.clone(),
        fields: difference.into_iter().collect(),
        source_modified_at: action.modified_at,
        destination_modified_at: None,
        opposite_pending: false,
        shelves: Shelves::No,
    }
}

/// The name of a record, or the label of a value that stands as a row.
pub(super) fn name_of(kept: &Kept, side: Side, id: Uuid) -> Option<String> {
    let guard = kept.read().ok()?;
    let prepared = guard.as_ref()?;
    let label = || {
        let value = i32::try_from(id.as_u128()).ok().filter(|_| prepared.mapping().is_option_mapping())?;
        prepared.label_of(value).map(str::to_owned)
    };
    match side {
        Side::Dataverse => label().or_else(|| prepared.name_of(side, id)),
        Side::BusinessCentral => prepared.name_of(side, id),
    }
}
