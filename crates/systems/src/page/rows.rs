//! The records of a page: a list of objects, each member handed to its cell or skipped.

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

use super::cell::CellSeed;
use super::{Deletions, Member, State};
use crate::error::{Expected, Found, PageError};

/// The list behind `value`.
pub(super) struct RowsSeed<'a, 's> {
    pub(super) state: &'a mut State<'s>,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element_seed(RowSeed { state: &mut *self.state })?.is_some() {}
        Ok(())
    }
}

struct RowSeed<'a, 's> {
    state: &'a mut State<'s>,
}

impl RowSeed<'_, '_> {
    fn no_record<E: serde::de::Error>(self, found: Found) -> Result<(), E> {
        let (row, property) = (self.state.n_rows + 1, String::new());
        self.state.failure =
            Some(PageError::MalformedRow { row, property, expected: Expected::Record, found });
        Err(E::custom("not a record"))
    }
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.state;
        let row = state.n_rows + 1;
        let mut position = 0;
        while let Some(member) = map.next_key_seed(MemberSeed { state: &mut *state, position })? {
            position += 1;
            match member {
                Member::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
                Member::DeletedId => state.deletion.id = map.next_value()?,
                Member::DeletedReason => {
                    map.next_value::<IgnoredAny>()?;
                    state.deletion.has_reason = true;
                }
                Member::Cell(cell_idx) => {
                    let repeated =
                        state.seen.get_mut(cell_idx).is_some_and(|seen| std::mem::replace(seen, row) == row);
                    if repeated {
                        let property = state.property(cell_idx);
                        state.failure = Some(PageError::RepeatedProperty { row, property });
                        return Err(A::Error::custom("a repeated member"));
                    }
                    map.next_value_seed(CellSeed { state: &mut *state, cell_idx })?;
                }
            }
        }
        state.end_row::<A::Error>()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.no_record(Found::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.no_record(Found::Boolean(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.no_record(Found::Number(value.to_string()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.no_record(Found::Number(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.no_record(Found::Number(value.to_string()))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.no_record(Found::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.no_record(Found::List)
    }
}

impl State<'_> {
    pub(super) fn property(&self, cell_idx: usize) -> String {
        self.plan.cells.get(cell_idx).map(|cell| cell.property.to_string()).unwrap_or_default()
    }

    /// Ends a record; one without a property it must have is an error.
    fn end_row<E: serde::de::Error>(&mut self) -> Result<(), E> {
        let row = self.n_rows + 1;
        let deletion = std::mem::take(&mut self.deletion);
        if deletion.has_reason {
            let Some(id) = deletion.id else {
                self.failure = Some(PageError::MissingProperty { row, property: "id".to_owned() });
                return Err(E::custom("a deletion without an id"));
            };
            // Whatever else it told of the record goes with it.
            self.table.truncate(self.table.n_rows());
            self.deleted.push(id);
            self.n_rows = row;
            return Ok(());
        }
        let mut cells = self.plan.cells.iter().zip(&self.seen);
        if let Some((cell, _)) = cells.find(|&(cell, &seen)| cell.is_required && seen != row) {
            let property = cell.property.to_string();
            self.failure = Some(PageError::MissingProperty { row, property });
            return Err(E::custom("a missing member"));
        }
        self.table.end_row();
        self.n_rows = row;
        Ok(())
    }
}

/// Finds what a member of a record is; its place in the record before this one is tried first.
struct MemberSeed<'a, 's> {
    state: &'a mut State<'s>,
    position: usize,
}

impl<'de> DeserializeSeed<'de> for MemberSeed<'_, '_> {
    type Value = Member;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberSeed<'_, '_> {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        if let Some(member) = self.state.order.at(self.position, name) {
            return Ok(member);
        }
        let member = match self.state.plan.by_property.get(name) {
            Some(&cell) => Member::Cell(cell),
            None if self.state.deletions == Deletions::None => Member::Unknown,
            None => match name {
                "id" => Member::DeletedId,
                "reason" | "@removed" => Member::DeletedReason,
                _ => Member::Unknown,
            },
        };
        if self.position == self.state.order.len() {
            self.state.order.insert(self.position, name, member);
        }
        Ok(member)
    }
}
