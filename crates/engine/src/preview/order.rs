//! Row numbers in the order of a column, found step by step: keys of eight bytes for all rows, runs sorted one by one,
//! runs merged two by two.

use std::cmp::Ordering;

use couplet_filter::{Case, Codes, Decimals, FieldValue, Progress, compare_in_lists};

use crate::columns::{Column, ColumnTable, TableStamp};

/// Rows that one step looks at.
const ROWS_A_STEP: usize = 32_768;
/// Rows of a run that is sorted in one step.
const RUN: usize = 8_192;
/// Distinct texts that are ranked in one step.
const N_RANKED: usize = 32_768;

/// The rows of a table in ascending order of a column, null first; equal ones in the order of reading. Rows that are
/// added later are sorted by themselves and merged into the others.
#[derive(Debug)]
pub(super) struct Order {
    field: String,
    stamp: TableStamp,
    /// Ranks of the texts of a column that has few; unknown texts are those of rows that were added.
    ranks: Option<Vec<u32>>,
    /// Decimal places of the numbers that decimals are kept as, if they are.
    scale: Option<u32>,
    keyed: Vec<Keyed>,
    /// Where the sorted runs of `keyed` end.
    ends: Vec<usize>,
    merged: Vec<Keyed>,
    merged_ends: Vec<usize>,
    phase: Phase,
    /// The result.
    rows: Vec<u32>,
}

/// A row with the beginning of its value.
#[derive(Debug, Clone, Copy)]
struct Keyed {
    key: u64,
    row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Making keys up to this row.
    Keys {
        n_rows: usize,
    },
    /// Sorting the next run.
    Runs,
    /// Merging the run with this index and the one behind it; both are merged up to these places.
    Merges {
        run_idx: usize,
        left: usize,
        right: usize,
    },
    Done,
}

impl Order {
    /// The order of the rows of `table` by a field, of which nothing is known yet.
    pub(super) fn new(table: &ColumnTable, field: &str) -> Self {
        Self {
            field: field.to_owned(),
            stamp: table.stamp(),
            ranks: table.column(field).and_then(ranks),
            scale: table.column(field).and_then(scale),
            keyed: Vec::new(),
            ends: Vec::new(),
            merged: Vec::new(),
            merged_ends: Vec::new(),
            phase: Phase::Done,
            rows: Vec::new(),
        }
    }

    /// Whether this is, or will be, the order of the rows of the table by this field.
    pub(super) fn is_of(&self, table: &ColumnTable, field: &str) -> bool {
        let n_texts = match table.column(field) {
            Some(Column::Text(column)) if self.ranks.is_some() => column.texts().len(),
            _ => 0,
        };
        let knows_texts = self.ranks.as_ref().is_none_or(|ranks| ranks.len() == n_texts);
        let has_scale = self.scale == table.column(field).and_then(scale);
        self.field == field && self.stamp == table.stamp() && knows_texts && has_scale
    }

    /// The rows in order, once a step said [`Done`](Progress::Done).
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Goes on. The table has to be one that the order [is of](Self::is_of).
    pub(super) fn step(&mut self, table: &ColumnTable) -> Progress {
        let Some(column) = table.column(&self.field) else {
            self.rows = (0..table.n_rows() as u32).collect();
            return Progress::Done;
        };
        match self.phase {
            Phase::Keys { n_rows } => self.make_keys(column, n_rows),
            Phase::Runs => self.sort_run(column),
            Phase::Merges { run_idx, left, right } => self.merge(column, run_idx, left, right),
            Phase::Done if self.rows.len() < table.n_rows() => {
                self.phase = Phase::Keys { n_rows: table.n_rows() };
            }
            Phase::Done => return Progress::Done,
        }
        if self.phase == Phase::Done && self.rows.len() == table.n_rows() {
            Progress::Done
        } else {
            Progress::Going
        }
    }

    fn make_keys(&mut self, column: &Column, n_rows: usize) {
        let start = self.keyed.len();
        let end = (start + ROWS_A_STEP).min(n_rows);
        let ranks = self.ranks.as_deref();
        self.keyed.extend((start..end).map(|row| Keyed { key: key(column, ranks, row), row: row as u32 }));
        if end == n_rows {
            self.phase = Phase::Runs;
        }
    }

    fn sort_run(&mut self, column: &Column) {
        let start = self.ends.last().copied().unwrap_or(0);
        let end = (start + RUN).min(self.keyed.len());
        let ranks = self.ranks.as_deref();
        if let Some(run) = self.keyed.get_mut(start..end) {
            run.sort_unstable_by(|a, b| compare(column, ranks, a, b));
            self.ends.push(end);
        }
        if end == self.keyed.len() {
            self.begin_merging();
        }
    }

    /// Merges some more rows of a pair of runs.
    fn merge(&mut self, column: &Column, run_idx: usize, mut left: usize, mut right: usize) {
        let middle = self.end(run_idx);
        let end = self.end(run_idx + 1);
        let ranks = self.ranks.as_deref();
        for _ in 0..ROWS_A_STEP {
            let at = |place: usize, end: usize| self.keyed.get(place).filter(|_| place < end);
            let next = match (at(left, middle), at(right, end)) {
                (Some(a), Some(b)) if compare(column, ranks, a, b).is_gt() => {
                    right += 1;
                    *b
                }
                (Some(a), _) => {
                    left += 1;
                    *a
                }
                (None, Some(b)) => {
                    right += 1;
                    *b
                }
                (None, None) => break,
            };
            self.merged.push(next);
        }
        if left < middle || right < end {
            self.phase = Phase::Merges { run_idx, left, right };
            return;
        }
        self.merged_ends.push(end);
        if end < self.keyed.len() {
            self.phase = Phase::Merges { run_idx: run_idx + 2, left: end, right: self.end(run_idx + 2) };
            return;
        }
        std::mem::swap(&mut self.keyed, &mut self.merged);
        std::mem::swap(&mut self.ends, &mut self.merged_ends);
        self.begin_merging();
    }

    /// Where a run ends; the end of all where there is no such run.
    fn end(&self, run_idx: usize) -> usize {
        self.ends.get(run_idx).copied().unwrap_or(self.keyed.len())
    }

    /// Merging from the first pair of runs on, or the end where one run holds all.
    fn begin_merging(&mut self) {
        self.merged = Vec::new();
        self.merged_ends = Vec::new();
        if self.ends.len() > 1 {
            self.phase = Phase::Merges { run_idx: 0, left: 0, right: self.end(0) };
        } else {
            self.rows = self.keyed.iter().map(|keyed| keyed.row).collect();
            self.phase = Phase::Done;
        }
    }
}

fn scale(column: &Column) -> Option<u32> {
    match column {
        Column::Decimal(column) => match column.values() {
            Decimals::Scaled { scale, .. } => Some(scale),
            Decimals::Exact(_) => None,
        },
        _ => None,
    }
}

/// Of a column with few distinct texts the rank of each, from 1; equal ignoring case is equal rank.
fn ranks(column: &Column) -> Option<Vec<u32>> {
    let Column::Text(column) = column else { return None };
    let texts = column.texts();
    if texts.len() > N_RANKED || matches!(column.codes(), Codes::Rows { .. }) {
        return None;
    }
    let mut by_text: Vec<(&str, usize)> = texts.iter().zip(0..).collect();
    by_text.sort_unstable_by(|(text, _), (other, _)| compare_in_lists(text, other));
    let mut ranks = vec![0; texts.len()];
    let is_equal =
        |(text, _): &(&str, usize), (other, _): &(&str, usize)| compare_in_lists(text, other).is_eq();
    for (equal, rank) in by_text.chunk_by(is_equal).zip(1..) {
        for (_, idx) in equal {
            if let Some(slot) = ranks.get_mut(*idx) {
                *slot = rank;
            }
        }
    }
    Some(ranks)
}

/// The beginning of a value: values are ordered like their keys, where these differ. Null is 0.
fn key(column: &Column, ranks: Option<&[u32]>, row: usize) -> u64 {
    if let (Some(ranks), Column::Text(column)) = (ranks, column) {
        return column.code(row).and_then(|code| ranks.get(code)).copied().unwrap_or(0).into();
    }
    let ordered = |number: i64| number.cast_unsigned() ^ 1 << 63;
    if let Column::Decimal(column) = column
        && let Some(number) = column.number(row)
    {
        return number.map_or(0, ordered);
    }
    match column.get(row) {
        FieldValue::Null => 0,
        FieldValue::Text(text) => first_letters(text),
        FieldValue::Integer(value) | FieldValue::Duration(value) => ordered(value),
        FieldValue::Boolean(value) => u64::from(value) + 1,
        FieldValue::Option(value) => ordered(value.into()),
        FieldValue::Date(value) => {
            ordered(value.days().map_or(i64::MIN, |days| i64::from(days) * 2 + i64::from(value.is_closing())))
        }
        FieldValue::DateTime(value) => ordered(value.milliseconds().unwrap_or(i64::MIN)),
        FieldValue::Time(value) => ordered(value.milliseconds().map_or(i64::MIN, i64::from)),
        // Whole parts and thousandths; what lies beyond is decided by the values themselves.
        FieldValue::Decimal(value) => {
            let cut = value.trunc_with_scale(3);
            let scaled = cut.mantissa().saturating_mul(10_i128.pow(3 - cut.scale().min(3)));
            let clamped = scaled.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            ordered(i64::try_from(clamped).unwrap_or_default())
        }
        FieldValue::Guid(value) => (value.as_u128() >> 64) as u64,
    }
}

/// Eight bytes of the text in lower case.
fn first_letters(text: &str) -> u64 {
    let mut letters = [0; 8];
    let head = text.as_bytes().get(..8).unwrap_or(text.as_bytes());
    if head.is_ascii() {
        letters.iter_mut().zip(head).for_each(|(slot, byte)| *slot = byte.to_ascii_lowercase());
    } else {
        let folded = Case::Ignored.fold_text(&text.chars().take(8).collect::<String>());
        letters.iter_mut().zip(folded.bytes()).for_each(|(slot, byte)| *slot = byte);
    }
    u64::from_be_bytes(letters)
}

fn compare(column: &Column, ranks: Option<&[u32]>, a: &Keyed, b: &Keyed) -> Ordering {
    let by_value = || match column {
        Column::Text(_) if ranks.is_some() => Ordering::Equal,
        Column::Decimal(column) if column.number(a.row as usize).is_some() => Ordering::Equal,
        Column::Text(_) | Column::Decimal(_) | Column::Guid(_) => {
            compare_cells(column, a.row as usize, b.row as usize)
        }
        _ => Ordering::Equal,
    };
    a.key.cmp(&b.key).then_with(by_value).then(a.row.cmp(&b.row))
}

/// Order of two cells of one column whose keys do not decide; null first.
fn compare_cells(column: &Column, a: usize, b: usize) -> Ordering {
    if let Column::Text(column) = column
        && column.code(a) == column.code(b)
    {
        return Ordering::Equal;
    }
    match (column.get(a), column.get(b)) {
        (FieldValue::Null, FieldValue::Null) => Ordering::Equal,
        (FieldValue::Null, _) => Ordering::Less,
        (_, FieldValue::Null) => Ordering::Greater,
        (FieldValue::Decimal(a), FieldValue::Decimal(b)) => a.cmp(&b),
        (FieldValue::Guid(a), FieldValue::Guid(b)) => a.cmp(&b),
        (FieldValue::Text(a), FieldValue::Text(b)) => compare_in_lists(a, b),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use couplet_filter::FieldType;
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    use super::*;

    /// Compares with a stable sort of the values themselves, `None` first; again after the second half was added.
    #[track_caller]
    fn check<T: Ord + Clone>(
        field_type: FieldType,
        values: &[Option<T>],
        cell: impl Fn(&T) -> FieldValue<'_>,
    ) {
        let mut table = ColumnTable::new([("value".to_owned(), field_type)]);
        let mut order = Order::new(&table, "value");
        for n_rows in [values.len() / 2, values.len()] {
            for value in &values[table.n_rows()..n_rows] {
                table.push(0, value.as_ref().map_or(FieldValue::Null, &cell)).unwrap();
                table.end_row();
            }
            if !order.is_of(&table, "value") {
                order = Order::new(&table, "value");
            }
            while order.step(&table) == Progress::Going {}
            let mut expected: Vec<u32> = (0..n_rows as u32).collect();
            expected.sort_by_key(|row| values[*row as usize].clone());
            assert_eq!(order.rows(), expected);
        }
    }

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct IgnoringCase(String);

    impl Ord for IgnoringCase {
        fn cmp(&self, other: &Self) -> Ordering {
            self.0.to_lowercase().cmp(&other.0.to_lowercase())
        }
    }

    impl PartialOrd for IgnoringCase {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    proptest! {
        #[test]
        fn texts(values in prop::collection::vec(prop::option::weighted(0.8, "[abABé]{0,2}|[aA]{7,10}[bBÉ]{0,2}"), 0..60)) {
            let values: Vec<_> = values.into_iter().map(|it| it.map(IgnoringCase)).collect();
            check(FieldType::Text { max_length: None }, &values, |it| FieldValue::Text(&it.0));
        }

        #[test]
        fn decimals(values in prop::collection::vec(prop::option::weighted(0.8, (-3000_i64..3000, 0_u32..6)), 0..60)) {
            let values: Vec<_> = values.into_iter().map(|it| it.map(|(mantissa, scale)| Decimal::new(mantissa, scale))).collect();
            check(FieldType::Decimal, &values, |it| FieldValue::Decimal(*it));
        }

        #[test]
        fn numbers_and_ids(values in prop::collection::vec(prop::option::weighted(0.8, -9_i64..9), 0..60)) {
            check(FieldType::BigInteger, &values, |it| FieldValue::Integer(*it));
            check(FieldType::Option([].into()), &values, |it| FieldValue::Option(*it as i32));
            let ids: Vec<_> = values.into_iter().map(|it| it.map(|it| Uuid::from_u128(it.unsigned_abs().into()))).collect();
            check(FieldType::Guid, &ids, |it| FieldValue::Guid(*it));
        }
    }

    #[test]
    fn runs_are_merged() {
        let values: Vec<Option<i64>> =
            (0..RUN as i64 * 5 + 7).map(|row| (row % 13 != 0).then_some(row * 7919 % 1_000)).collect();
        check(FieldType::BigInteger, &values, |it| FieldValue::Integer(*it));
        let texts: Vec<_> =
            values.iter().map(|it| it.map(|it| IgnoringCase(format!("Customer {it} {}", it % 7)))).collect();
        check(FieldType::Text { max_length: None }, &texts, |it| FieldValue::Text(&it.0));
        let texts: Vec<_> = (0..70_000_u32)
            .map(|row| Some(IgnoringCase(format!("Customer {}", row.wrapping_mul(7919)))))
            .collect();
        check(FieldType::Text { max_length: None }, &texts, |it| FieldValue::Text(&it.0));
    }
}
