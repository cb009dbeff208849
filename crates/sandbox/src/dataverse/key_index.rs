//! Rows by their alternate keys (B36, B46): an index for each key, made when it is first asked for, that follows the
//! changes of its table.

use std::hash::{Hash, Hasher};
use std::sync::PoisonError;

use rustc_hash::{FxHashMap, FxHasher};

use crate::odata::filter::scaled;
use crate::odata::pattern::Fold;
use crate::schema::dataverse::DvTable;
use crate::schema::{Kind, Language, Property};
use crate::store::{Guid, RowIndex, Table, parse_millis};
use crate::world::{Value, World};

/// The indexes of all keys that were ever asked for, by table and columns.
#[derive(Debug, Default)]
pub(crate) struct KeyIndexes {
    by_key: FxHashMap<(usize, Vec<String>), KeyIndex>,
}

#[derive(Debug, Default)]
struct KeyIndex {
    /// Up to where the table's changes are followed; none while nothing was read.
    position: Option<u64>,
    rows: RowIndex,
}

impl KeyIndex {
    fn follow(&mut self, table: &Table, hash_of: impl Fn(u32) -> Option<u64>) {
        let changed = self.position.and_then(|position| table.changed_since(position));
        if changed.is_none() {
            self.rows = RowIndex::default();
        }
        let mut add = |row: u32| {
            if let Some(hash) = hash_of(row) {
                self.rows.add(hash, row);
            }
        };
        match changed {
            Some(changed) => changed.iter().for_each(|row| add(*row)),
            None => table.rows_from(0).for_each(add),
        }
        self.position = Some(table.position());
    }
}

/// The row with these values in the columns of a key, in the form of [`value_of`]; never `except`.
pub(super) fn find(
    world: &World,
    table: &DvTable,
    columns: &[&Property],
    wanted: &[String],
    except: Option<u32>,
) -> Option<u32> {
    let rows = world.table(table.set.table)?;
    let names = columns.iter().map(|it| it.column_name.clone()).collect();
    let mut indexes = world.keys.lock().unwrap_or_else(PoisonError::into_inner);
    let index = indexes.by_key.entry((table.set.table, names)).or_default();
    index.follow(rows, |row| values_of(world, table, row, columns).map(|values| hash(&values)));
    let holds = |row: &u32| {
        Some(*row) != except
            && rows.is_alive(*row)
            && values_of(world, table, *row, columns).as_deref() == Some(wanted)
    };
    index.rows.candidates(hash(wanted)).filter(holds).min()
}

/// The values of a row in the columns of a key; none when one is blank: such a row has no key.
pub(super) fn values_of(
    world: &World,
    table: &DvTable,
    row: u32,
    columns: &[&Property],
) -> Option<Vec<String>> {
    columns.iter().map(|property| value_of(world, table, row, property)).collect()
}

/// One value of a key as two rows are compared by it, case and accents ignored (B23); none when it is blank.
fn value_of(world: &World, table: &DvTable, row: u32, property: &Property) -> Option<String> {
    Some(match world.value(table.set.table, row, property, Language::English) {
        Value::Null | Value::Text("") | Value::Decimal("") | Value::Date("") => return None,
        Value::Text(text) => Fold::IgnoreCaseAndAccents.text(text),
        Value::Guid(id) => id.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Int(number) | Value::Choice(number) | Value::Moment(number) => number.to_string(),
        Value::Decimal(text) => scaled(text)?.to_string(),
        Value::Date(text) => text.to_owned(),
    })
}

/// A value as it stands in an address, in the form of [`value_of`]; none when it is not of the column's type.
pub(super) fn value_wanted(property: &Property, text: &str) -> Option<String> {
    Some(match property.kind {
        Kind::Text => Fold::IgnoreCaseAndAccents.text(text),
        Kind::Guid | Kind::Lookup => Guid::parse(text)?.to_string(),
        Kind::Boolean => text.parse::<bool>().ok()?.to_string(),
        Kind::Int | Kind::BigInt | Kind::Choice => text.parse::<i64>().ok()?.to_string(),
        Kind::Decimal => scaled(text)?.to_string(),
        Kind::Date => text.to_owned(),
        Kind::DateTime => parse_millis(text)?.to_string(),
    })
}

fn hash(values: &[String]) -> u64 {
    let mut hasher = FxHasher::default();
    values.hash(&mut hasher);
    hasher.finish()
}
