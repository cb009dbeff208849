//! How values follow each other when rows are sorted; nulls first.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::test::{Comparable, comparable};
use crate::odata::pattern::{self, Fold};
use crate::schema::{Language, Property};
use crate::store::Guid;
use crate::world::World;

/// A value as a number that sorts like it among the values it was ranked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    is_present: bool,
    value: u128,
}

/// The ranks of rows by a property, in the order of the rows.
pub(crate) fn ranks(world: &World, table: usize, property: &Property, rows: &[u32]) -> Vec<Rank> {
    let mut texts = Texts::default();
    let ranked = rows.iter().map(|row| {
        let signed = |value: i128| value.cast_unsigned() ^ (1 << 127);
        let value = match value(world, table, property, *row) {
            None => return Rank { is_present: false, value: 0 },
            Some(Comparable::Guid(Guid(bytes))) => u128::from_be_bytes(bytes),
            Some(Comparable::Boolean(value)) => u128::from(value),
            Some(Comparable::Number(value)) => signed(value),
            Some(Comparable::Moment(value)) => signed(i128::from(value)),
            Some(Comparable::Text(text)) => texts.add(text),
        };
        Rank { is_present: true, value }
    });
    let mut ranked: Vec<Rank> = ranked.collect();
    if !texts.all.is_empty() {
        let places = texts.places();
        for rank in ranked.iter_mut().filter(|rank| rank.is_present) {
            let place = usize::try_from(rank.value).ok().and_then(|at| places.get(at)).copied();
            rank.value = place.unwrap_or_default();
        }
    }
    ranked
}

/// The different texts of a column, each folded once.
#[derive(Debug, Default)]
struct Texts<'a> {
    /// Texts of the pool are told apart by where they stand.
    known: FxHashMap<*const u8, u128>,
    all: Vec<&'a str>,
}

impl<'a> Texts<'a> {
    fn add(&mut self, text: &'a str) -> u128 {
        let next = u128::try_from(self.all.len()).unwrap_or_default();
        let number = *self.known.entry(text.as_ptr()).or_insert(next);
        if number == next {
            self.all.push(text);
        }
        number
    }

    /// For each text its place among all of them; the same text has the same place.
    fn places(&self) -> Vec<u128> {
        let mut folded = String::new();
        let mut keyed = Vec::with_capacity(self.all.len());
        for (number, text) in self.all.iter().enumerate() {
            let start = folded.len();
            folded.push_str(&Fold::IgnoreCaseAndAccents.text(text));
            let mut head = [0; 16];
            let bytes = folded.as_bytes().get(start..).unwrap_or_default();
            head.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
            keyed.push((u128::from_be_bytes(head), (start, folded.len()), (*text, number)));
        }
        let whole = |(start, end): (usize, usize)| folded.get(start..end).unwrap_or_default();
        keyed.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| whole(a.1).cmp(whole(b.1))).then_with(|| a.2.0.cmp(b.2.0))
        });
        let mut places = vec![0; keyed.len()];
        let same = keyed.chunk_by(|a, b| a.2.0 == b.2.0);
        for (place, texts) in (0_u128..).zip(same) {
            for (.., (_, number)) in texts {
                if let Some(slot) = places.get_mut(*number) {
                    *slot = place;
                }
            }
        }
        places
    }
}

/// The order of two rows by a property.
pub(crate) fn order_rows(world: &World, table: usize, property: &Property, rows: (u32, u32)) -> Ordering {
    let (left, right) = (value(world, table, property, rows.0), value(world, table, property, rows.1));
    match (left, right) {
        (Some(Comparable::Text(a)), Some(Comparable::Text(b))) => pattern::order(a, b),
        (Some(Comparable::Guid(a)), Some(Comparable::Guid(b))) => a.cmp(&b),
        (Some(Comparable::Boolean(a)), Some(Comparable::Boolean(b))) => a.cmp(&b),
        (Some(Comparable::Number(a)), Some(Comparable::Number(b))) => a.cmp(&b),
        (Some(Comparable::Moment(a)), Some(Comparable::Moment(b))) => a.cmp(&b),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn value<'a>(world: &'a World, table: usize, property: &'a Property, row: u32) -> Option<Comparable<'a>> {
    comparable(world.value(table, row, property, Language::English), property)
}
