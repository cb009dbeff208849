//! Whether two records are in step, field by field: by the values that a run would make, compared as a run compares them
//! (S4.9, S4.33). When they changed does not matter here. Values that no field mapping gives (`table_rules`) are not
//! compared.

use couplet_filter::FieldValue;

use super::failure::Failure;
use super::fields::{BoundField, LeftOut};
use super::input::Input;
use super::pair::{Copied, OWNER_TYPE, Pair};
use super::plan::{FieldDifference, Kept, Layer, Pass};
use super::planner::{PlanError, Planner};
use crate::mapping::Direction;
use crate::value::Value;

/// What a comparison of one field says.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldState {
    /// A copy in one of the mapping's directions would change nothing.
    Same,
    /// A copy would change it, whichever way it goes.
    Differs,
    /// It may differ, and a run leaves it so.
    Kept(Kept),
    /// No run can make its value, so nothing can be said; a run would fail for this reason.
    Unknown(Failure),
}

impl FieldState {
    /// Whether a run would change the field, or fail on it.
    pub fn is_out_of_step(&self) -> bool {
        matches!(self, FieldState::Differs | FieldState::Unknown(_))
    }
}

/// One mapped field of two records.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedField {
    /// Which way its values flow.
    pub direction: Direction,
    /// What both records hold and held; what is written is that of the first direction that writes.
    pub values: FieldDifference,
    /// Whether they are in step.
    pub state: FieldState,
}

/// A mapping bound to the records of both sides to compare them.
#[derive(Debug)]
pub struct Comparison<'a> {
    planner: Planner<'a>,
    fields: Vec<Compared>,
}

/// A field mapping by its places in the passes of the planner.
#[derive(Debug)]
struct Compared {
    number: u32,
    direction: Direction,
    places: Vec<(usize, usize)>,
}

impl<'a> Comparison<'a> {
    /// Binds the enabled field mappings of the mapping's directions.
    ///
    /// # Errors
    /// When it is an option mapping, or the key of a side was not read.
    pub fn bind(input: Input<'a>) -> Result<Self, PlanError> {
        let planner = Planner::for_rows(input)?;
        let mut fields: Vec<Compared> = Vec::new();
        for (pass_idx, pass) in planner.passes.iter().enumerate() {
            for (field_idx, field) in pass.fields.iter().enumerate() {
                // The table of the owner goes with the owner.
                if field.column.as_deref() == Some(OWNER_TYPE) {
                    continue;
                }
                let place = (pass_idx, field_idx);
                match fields.iter_mut().find(|it| it.number == field.mapping.number) {
                    Some(compared) => compared.places.push(place),
                    None => fields.push(Compared {
                        number: field.mapping.number,
                        direction: field.mapping.direction,
                        places: vec![place],
                    }),
                }
            }
        }
        fields.sort_by_key(|it| it.number);
        Ok(Comparison { planner, fields })
    }

    /// Field mappings that no direction can compare, each once, and why.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut left_out: Vec<LeftOut> = Vec::new();
        for it in self.planner.passes.iter().flat_map(|pass| &pass.left_out) {
            let is_compared = self.fields.iter().any(|field| field.number == it.number);
            if !is_compared && left_out.iter().all(|other| other.number != it.number) {
                left_out.push(it.clone());
            }
        }
        left_out
    }

    /// Compares the record and the row at these places of their tables.
    pub fn compare(&self, record: usize, row: usize) -> Vec<ComparedField> {
        let owned_by_user = self.planner.is_owned_by_user(row);
        let compared = |field: &Compared| {
            let (state, place) = self.judge(field, record, row, owned_by_user)?;
            let (pass, bound) = self.bound(place)?;
            let mut values = self.planner.difference(pass, bound, pair(pass, record, row), Layer::Mapping);
            match self.planner.copy_field(pass, bound, pair(pass, record, row), owned_by_user) {
                Ok(Copied::Write(value, layer)) => {
                    values = FieldDifference { write: Some(value), layer, ..values };
                }
                Ok(Copied::Keep(kept)) => values.kept = Some(kept),
                _ => {}
            }
            Some(ComparedField { direction: field.direction, values, state })
        };
        self.fields.iter().filter_map(compared).collect()
    }

    /// Numbers of the field mappings that are out of step, appended to `out`.
    pub(crate) fn out_of_step(&self, record: usize, row: usize, out: &mut Vec<u32>) {
        let owned_by_user = self.planner.is_owned_by_user(row);
        let differing = self.fields.iter().filter(|field| {
            let judged = self.judge(field, record, row, owned_by_user);
            judged.is_some_and(|(state, _)| state.is_out_of_step())
        });
        out.extend(differing.map(|field| field.number));
    }

    fn bound(&self, (pass, field): (usize, usize)) -> Option<(Pass, &BoundField<'a>)> {
        let pass = self.planner.passes.get(pass)?;
        Some((pass.pass, pass.fields.get(field)?))
    }

    /// The verdict with the place that decided it; none where a record that exists cannot be written in any direction.
    fn judge(
        &self,
        field: &Compared,
        record: usize,
        row: usize,
        owned_by_user: bool,
    ) -> Option<(FieldState, (usize, usize))> {
        let mut found: Option<(FieldState, (usize, usize))> = None;
        for &place in &field.places {
            let (pass, bound) = self.bound(place)?;
            let pair = pair(pass, record, row);
            if is_plainly_same(bound, pair) {
                return Some((FieldState::Same, place));
            }
            let state = match self.planner.copy_field(pass, bound, pair, owned_by_user) {
                Ok(Copied::Closed) => continue,
                Ok(Copied::Same) => return Some((FieldState::Same, place)),
                Ok(Copied::Write(..)) => FieldState::Differs,
                Ok(Copied::Keep(kept)) => FieldState::Kept(kept),
                Err(failure) => FieldState::Unknown(failure),
            };
            if found.as_ref().is_none_or(|(other, _)| weight(&state) > weight(other)) {
                found = Some((state, place));
            }
        }
        found
    }
}

/// What counts more where the two directions of a field disagree.
fn weight(state: &FieldState) -> u8 {
    match state {
        FieldState::Same => 0,
        FieldState::Kept(_) => 1,
        FieldState::Differs => 2,
        FieldState::Unknown(_) => 3,
    }
}

fn pair(pass: Pass, record: usize, row: usize) -> Pair<'static> {
    let (source, destination) = match pass {
        Pass::ToIntegrationTable => (record, row),
        Pass::FromIntegrationTable => (row, record),
    };
    Pair { source, destination: Some(destination), earlier: None }
}

/// Equal texts of fields that are copied as they are need not be copied to be compared: most cells are.
fn is_plainly_same(field: &BoundField<'_>, pair: Pair<'_>) -> bool {
    let Some((source, destination)) = field.plain_texts().zip(pair.destination) else { return false };
    let (FieldValue::Text(left), FieldValue::Text(right)) =
        (source.column.get(pair.source), field.destination.column.get(destination))
    else {
        return false;
    };
    left == right
}

impl ComparedField {
    /// Number of the field mapping.
    pub fn number(&self) -> Option<u32> {
        self.values.number
    }

    /// What a run would write, where it would.
    pub fn write(&self) -> Option<&Value> {
        self.values.write.as_ref()
    }
}
