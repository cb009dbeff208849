//! An option mapping as a matrix: the codes of Business Central, the values of the choice, which belong together, and how
//! many records use each (S1.16, S4.47).

use couplet_filter::FieldValue;
use rustc_hash::FxHashMap;

use super::options::Choice;
use crate::columns::ColumnTable;
use crate::coupling::{OptionCoupling, Skipped, SystemId};

/// One line: a code, a value, or both when they are coupled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionLine {
    /// The Business Central record; none for a value without a code, or one whose record was deleted.
    pub record: Option<SystemId>,
    /// Its code; blank without a record.
    pub code: Box<str>,
    /// Dataverse's own number; none for a code without a value.
    pub value: Option<i32>,
    /// Its label; none without a value, or when the choice has no such value any more.
    pub label: Option<Box<str>>,
    /// Whether the coupling is shelved.
    pub skipped: Skipped,
    /// Business Central records that hold the code.
    pub n_records: usize,
    /// Dataverse rows that hold the value.
    pub n_rows: usize,
}

/// What an option matrix is made from.
#[derive(Debug, Clone, Copy)]
pub struct OptionMatrixInput<'a> {
    /// The Business Central records of the mapping with their codes.
    pub codes: &'a [(SystemId, Box<str>)],
    /// All values of the choice.
    pub choices: &'a [Choice],
    /// The mapping's option couplings.
    pub couplings: &'a [OptionCoupling],
    /// Business Central tables and the fields of them that hold such a code, as `Payment Terms Code` of customers does.
    pub used_codes: &'a [(&'a ColumnTable, &'a str)],
    /// Dataverse tables and their columns of this choice.
    pub used_values: &'a [(&'a ColumnTable, &'a str)],
}

/// The lines: codes in their order, coupled or not, then values without a code by number.
pub fn option_matrix(input: OptionMatrixInput<'_>) -> Vec<OptionLine> {
    let by_record: FxHashMap<SystemId, &OptionCoupling> =
        input.couplings.iter().map(|coupling| (coupling.record.id(), coupling)).collect();
    let labels: FxHashMap<i32, &str> =
        input.choices.iter().map(|choice| (choice.value, choice.label.as_ref())).collect();
    let n_records = count(input.used_codes, |cell| match cell {
        FieldValue::Text(code) => Some(code).filter(|code| !code.is_empty()),
        _ => None,
    });
    let n_rows = count(input.used_values, |cell| match cell {
        FieldValue::Option(value) => Some(value),
        _ => None,
    });
    let line = |record: Option<SystemId>, code: &str, value: Option<i32>, skipped: Skipped| OptionLine {
        record,
        code: code.into(),
        value,
        label: value.and_then(|value| labels.get(&value)).map(|label| (*label).into()),
        skipped,
        n_records: n_records.get(code).copied().unwrap_or_default(),
        n_rows: value.and_then(|value| n_rows.get(&value)).copied().unwrap_or_default(),
    };
    let mut codes: Vec<&(SystemId, Box<str>)> = input.codes.iter().collect();
    codes.sort_by(|left, right| left.1.cmp(&right.1));
    let mut lines: Vec<OptionLine> = Vec::with_capacity(codes.len());
    for (record, code) in codes {
        let coupling = by_record.get(record);
        let skipped = coupling.map(|coupling| coupling.skipped).unwrap_or_default();
        lines.push(line(Some(*record), code, coupling.map(|coupling| coupling.value), skipped));
    }
    let mut rest: Vec<(i32, Skipped)> =
        input.choices.iter().map(|choice| (choice.value, Skipped::No)).collect();
    rest.extend(input.couplings.iter().map(|coupling| (coupling.value, coupling.skipped)));
    rest.retain(|(value, _)| lines.iter().all(|line| line.value != Some(*value)));
    // The line of a coupling whose record is gone says that it is shelved.
    rest.sort_by_key(|(value, skipped)| (*value, *skipped == Skipped::No));
    rest.dedup_by_key(|(value, _)| *value);
    lines.extend(rest.into_iter().map(|(value, skipped)| line(None, "", Some(value), skipped)));
    lines
}

/// Lets shelved options take part again (S3.54): the number of those that were shelved.
pub fn retry_options<'c>(couplings: impl IntoIterator<Item = &'c mut OptionCoupling>) -> usize {
    let shelved = couplings.into_iter().filter(|coupling| coupling.skipped == Skipped::Yes);
    shelved.map(|coupling| coupling.skipped = Skipped::No).count()
}

/// How many cells hold each value; blank texts are no value.
fn count<'c, K: std::hash::Hash + Eq>(
    columns: &[(&'c ColumnTable, &str)],
    value: impl Fn(FieldValue<'c>) -> Option<K>,
) -> FxHashMap<K, usize> {
    let mut counts: FxHashMap<K, usize> = FxHashMap::default();
    for (rows, name) in columns {
        let Some(column) = rows.column(name) else { continue };
        for row in 0..rows.n_rows() {
            if let Some(value) = value(column.get(row)) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    counts
}
