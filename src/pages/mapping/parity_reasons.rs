//! Why a record is in its class, in a sentence.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::parity::ParityClass;
use couplet_engine::{IntegrationTableMapping, Side, TableSchema};
use couplet_filter::FieldValue;
use leptos::prelude::*;
use uuid::Uuid;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::compared_fields::captions;
use crate::pages::mapping::preview::rules::failing_rules;
use crate::state::parity::{Judged, MappingParity};
use crate::text::{self, Captions, I18n};

/// Names that are written out; of more, the number says enough.
const MAX_NAMES: usize = 3;

/// The other side.
pub fn other(side: Side) -> Side {
    match side {
        Side::BusinessCentral => Side::Dataverse,
        Side::Dataverse => Side::BusinessCentral,
    }
}

/// What a person knows the record in a row by.
pub fn name_of(i18n: I18n, judged: &Judged, side: Side, row: usize) -> String {
    let schema: &TableSchema = judged.ground.schema(side);
    let handle = judged.ground.handle(side);
    handle.rows.with_untracked(|rows| text::record_name(i18n, schema, rows, row))
}

/// The id of the record in a row.
pub fn id_of(judged: &Judged, side: Side, row: usize) -> Option<Uuid> {
    let schema: &TableSchema = judged.ground.schema(side);
    judged.ground.handle(side).rows.with_untracked(|rows| match rows.column(&schema.key_field)?.get(row) {
        FieldValue::Guid(id) => Some(id),
        _ => None,
    })
}

/// Why the record in a row is in its class.
pub fn sentence(i18n: I18n, model: MappingParity, judged: &Judged, side: Side, row: usize) -> String {
    let parity = &judged.parity;
    let sentence = match parity.class(side, row) {
        None => String::new(),
        Some(ParityClass::Equal) => t_string!(i18n, parity.same_all).to_owned(),
        Some(ParityClass::Different) => {
            let captions = captions(&judged.ground);
            let numbers = parity.out_of_step(side, row).iter();
            let fields: Vec<String> =
                numbers.map(|it| field_caption(i18n, &judged.ground.mapping, &captions, *it)).collect();
            t_string!(i18n, parity.differs, fields = fields.join(", "))
        }
        Some(ParityClass::OnlyHere) => match parity.candidates(side, row) {
            [] => t_string!(i18n, parity.nobody).to_owned(),
            _ => t_string!(i18n, parity.could_be, partner = candidates(i18n, judged, side, row)),
        },
        Some(ParityClass::Ambiguous) => {
            let n_candidates = parity.candidates(side, row).len();
            let names = candidates(i18n, judged, side, row);
            match n_candidates {
                0 | 1 => t_string!(i18n, parity.contested, names = names),
                count => t_string!(i18n, parity.several, count = formatted(i18n, count), names = names),
            }
        }
        Some(ParityClass::Excluded) => {
            let [left, right] = model.sides;
            let preview = if side == Side::BusinessCentral { left } else { right };
            failing_rules(preview, i18n, row)
        }
        Some(ParityClass::Broken) => {
            let partner = partner_id(judged, side, row);
            let id = partner.map(|id| id.to_string()).unwrap_or_default();
            t_string!(i18n, parity.partner_gone, id = id)
        }
    };
    match parity.is_outside(side, row) {
        true => format!("{sentence}; {}", t_string!(i18n, parity.outside_note)),
        false => sentence,
    }
}

/// The id that a record is coupled with, whether it is there or not.
fn partner_id(judged: &Judged, side: Side, row: usize) -> Option<Uuid> {
    let id = id_of(judged, side, row)?;
    judged.ground.with(|input| match side {
        Side::BusinessCentral => input.state.couplings.row_of(SystemId(id)).map(|row| row.0),
        Side::Dataverse => input.state.couplings.record_of(RowId(id)).map(|record| record.0),
    })
}

fn candidates(i18n: I18n, judged: &Judged, side: Side, row: usize) -> String {
    let all = judged.parity.candidates(side, row);
    let names = all.iter().take(MAX_NAMES).map(|it| name_of(i18n, judged, other(side), *it as usize));
    let mut names: Vec<String> = names.collect();
    if all.len() > MAX_NAMES {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Caption of a field mapping by its number.
pub fn field_caption(
    i18n: I18n,
    mapping: &IntegrationTableMapping,
    captions: &Captions,
    number: u32,
) -> String {
    let field = mapping.field_mappings.iter().find(|field| field.number == number);
    let name = field.and_then(|field| field.field.as_deref().or(field.column.as_deref()));
    name.map(|name| captions.of(i18n, name)).unwrap_or_default()
}
