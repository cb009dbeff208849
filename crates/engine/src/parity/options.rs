//! Classifies the records of an option mapping against the values of its choice (S1.9, S4.60): a code and a label, few
//! enough to be looked at in one go.

use couplet_filter::{Bitmap, FieldValue};
use rustc_hash::FxHashMap;

use super::{Ambiguity, Parity, ParityClass, SideParity};
use crate::coupling::{OptionCoupling, SystemId};
use crate::mapping::{Direction, IntegrationTableMapping};
use crate::planning::{Choice, Records, option_is_same};

/// Both sides of an option mapping.
#[derive(Debug, Clone, Copy)]
pub struct OptionRecords<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// Business Central records.
    pub business_central: Records<'a>,
    /// All values of the choice, in the order of their rows.
    pub choices: &'a [Choice],
    /// Values inside the mapping's filter.
    pub choices_in_filter: &'a Bitmap,
    /// The mapping's option couplings.
    pub couplings: &'a [OptionCoupling],
}

/// Where both sides of an option mapping stand; none when its code or the key of its records was not read.
pub fn assess_options(records: OptionRecords<'_>) -> Option<Parity> {
    let OptionRecords { mapping, business_central, choices, choices_in_filter, couplings } = records;
    let rows = business_central.rows;
    let code_field = mapping.field_mappings.iter().min_by_key(|field| field.number)?;
    let field = business_central.schema.field(code_field.field.as_deref()?)?;
    let codes = rows.column(&field.name)?;
    let keys = rows.column(&business_central.schema.key_field)?;
    let code = |row: usize| match codes.get(row) {
        FieldValue::Text(code) => code,
        _ => "",
    };
    let by_record: FxHashMap<SystemId, i32> =
        couplings.iter().map(|coupling| (coupling.record.id(), coupling.value)).collect();
    let by_value: FxHashMap<i32, u32> =
        choices.iter().zip(0..).map(|(choice, row)| (choice.value, row)).collect();
    let mut sides =
        [undecided(rows.n_rows(), business_central.in_filter), undecided(choices.len(), choices_in_filter)];
    let [ref mut records, ref mut values] = sides;
    let mut out_of_step = FxHashMap::default();
    let direction = compared_in(mapping.direction);
    let mut known = Vec::new();
    for row in 0..rows.n_rows() {
        let FieldValue::Guid(id) = keys.get(row) else { continue };
        known.push(SystemId(id));
        let Some(value) = by_record.get(&SystemId(id)) else { continue };
        let place = by_value.get(value).copied();
        let choice = place.and_then(|place| choices.get(place as usize));
        let class = match choice {
            None => ParityClass::Broken,
            Some(choice) if option_is_same(direction, code(row), &choice.label, &field.field_type) => {
                ParityClass::Equal
            }
            Some(_) => ParityClass::Different,
        };
        set(records, row, class);
        if let Some(place) = place {
            set(values, place as usize, class);
            records.partners.insert(row as u32, place);
            values.partners.insert(place, row as u32);
            if class == ParityClass::Different {
                out_of_step.insert(row as u32, [code_field.number].into());
            }
        }
    }
    for coupling in couplings.iter().filter(|coupling| !known.contains(&coupling.record.id())) {
        if let Some(place) = by_value.get(&coupling.value) {
            set(values, *place as usize, ParityClass::Broken);
        }
    }
    find_candidates(records, values, |row, place| {
        let choice = choices.get(place);
        choice.is_some_and(|choice| option_is_same(direction, code(row), &choice.label, &field.field_type))
    });
    let [business_central, dataverse] = sides;
    let ambiguity = Ambiguity::ByKey(vec![code_field.key()]);
    let lost = lost(couplings, &known, &by_value);
    Some(Parity { business_central, dataverse, out_of_step, lost, left_out: Vec::new(), ambiguity })
}

/// The direction whose values are compared: of a mapping of both, the first pass's.
fn compared_in(direction: Direction) -> Direction {
    match direction {
        Direction::FromIntegrationTable => Direction::FromIntegrationTable,
        _ => Direction::ToIntegrationTable,
    }
}

/// Couplings neither of whose records is there.
fn lost(couplings: &[OptionCoupling], known: &[SystemId], by_value: &FxHashMap<i32, u32>) -> Vec<SystemId> {
    let gone = couplings.iter().filter(|it| !by_value.contains_key(&it.value));
    gone.map(|it| it.record.id()).filter(|record| !known.contains(record)).collect()
}

/// Records before any coupling was looked at.
fn undecided(n_rows: usize, in_filter: &Bitmap) -> SideParity {
    let class = |row: usize| match row < in_filter.len() && in_filter.get(row) {
        true => ParityClass::OnlyHere,
        false => ParityClass::Excluded,
    };
    SideParity {
        classes: (0..n_rows).map(class).collect(),
        outside: Bitmap::new(n_rows),
        ..SideParity::default()
    }
}

/// A coupling decides, in the filter or not.
fn set(side: &mut SideParity, row: usize, class: ParityClass) {
    if let Some(place) = side.classes.get_mut(row) {
        side.outside.set(row, *place == ParityClass::Excluded);
        *place = class;
    }
}

fn find_candidates(
    records: &mut SideParity,
    values: &mut SideParity,
    is_same: impl Fn(usize, usize) -> bool,
) {
    let free = |side: &SideParity| -> Vec<usize> {
        let classes = side.classes.iter().enumerate();
        classes.filter(|(_, class)| **class == ParityClass::OnlyHere).map(|(row, _)| row).collect()
    };
    let places = free(values);
    for row in free(records) {
        for &place in places.iter().filter(|place| is_same(row, **place)) {
            records.candidates.entry(row as u32).or_default().push(place as u32);
            values.candidates.entry(place as u32).or_default().push(row as u32);
        }
    }
    let several = |side: &SideParity| -> Vec<(u32, Vec<u32>)> {
        let several = side.candidates.iter().filter(|(_, candidates)| candidates.len() > 1);
        several.map(|(row, candidates)| (*row, candidates.clone())).collect()
    };
    let (of_records, of_values) = (several(records), several(values));
    let mark = |side: &mut SideParity, rows: &mut dyn Iterator<Item = u32>| {
        for row in rows {
            if let Some(class) = side.classes.get_mut(row as usize) {
                *class = ParityClass::Ambiguous;
            }
        }
    };
    mark(
        records,
        &mut of_records.iter().map(|(row, _)| *row).chain(of_values.iter().flat_map(|(_, it)| it.clone())),
    );
    mark(
        values,
        &mut of_values.iter().map(|(row, _)| *row).chain(of_records.iter().flat_map(|(_, it)| it.clone())),
    );
}
