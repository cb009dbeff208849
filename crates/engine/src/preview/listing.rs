//! The list behind a number: which rows of a table to show and in which order. Text is searched and ranked once per
//! distinct value.

use std::cmp::Ordering;

use couplet_filter::{Bitmap, FieldValue};

use super::bind::RuleEffect;
use super::{PreviewRules, Verdicts};
use crate::columns::{Column, ColumnTable, TextColumn, rows_of_texts};

/// Which records to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// Every record.
    #[default]
    All,
    /// Records in the filter.
    InFilter,
    /// Records outside it.
    Excluded,
    /// Records that fail the rule with this index.
    Failing(usize),
    /// Records that fail the rule with this index and no other excluding rule.
    FailingOnly(usize),
    /// Records that a changed filter would let in.
    Entering,
    /// Records that a changed filter would leave out.
    Leaving,
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// Field name.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListingQuery {
    /// Which records.
    pub show: Show,
    /// Text to find in any of `search_fields`, ignoring case; empty for none.
    pub search: String,
    /// Fields that are searched.
    pub search_fields: Vec<String>,
    /// Order; the order of reading when none.
    pub sort: Option<Sort>,
}

/// Row indexes of `table` that `query` asks for, in its order.
///
/// `changed` is the evaluation of a changed filter, for [`Show::Entering`] and [`Show::Leaving`]; without it these
/// list nothing.
pub fn list_rows(
    query: &ListingQuery,
    table: &ColumnTable,
    rules: &PreviewRules,
    verdicts: &Verdicts,
    changed: Option<&Verdicts>,
) -> Vec<u32> {
    let n_rows = table.n_rows().min(verdicts.in_filter.len());
    let searched = search(query, table);
    let shown = |row: usize| is_shown(query.show, row, rules, verdicts, changed);
    let found = |row: usize| searched.as_ref().is_none_or(|rows| rows.get(row));
    let mut rows: Vec<u32> =
        (0..n_rows).filter(|&row| shown(row) && found(row)).map(|row| row as u32).collect();
    if let Some(sort) = &query.sort
        && let Some(column) = table.column(&sort.field)
    {
        sort_rows(&mut rows, column);
        if sort.descending {
            rows.reverse();
        }
    }
    rows
}

fn is_shown(
    show: Show,
    row: usize,
    rules: &PreviewRules,
    verdicts: &Verdicts,
    changed: Option<&Verdicts>,
) -> bool {
    let is_in = verdicts.in_filter.get(row);
    let fails = |rule_idx: usize| verdicts.passes.get(rule_idx).is_some_and(|passes| !passes.get(row));
    let changed_in = || changed.map(|changed| changed.in_filter.get(row));
    match show {
        Show::All => true,
        Show::InFilter => is_in,
        Show::Excluded => !is_in,
        Show::Failing(rule_idx) => fails(rule_idx),
        Show::FailingOnly(rule_idx) => {
            fails(rule_idx)
                && rules
                    .rules
                    .iter()
                    .enumerate()
                    .all(|(idx, rule)| idx == rule_idx || rule.effect != RuleEffect::Excludes || !fails(idx))
        }
        Show::Entering => !is_in && changed_in() == Some(true),
        Show::Leaving => is_in && changed_in() == Some(false),
    }
}

/// Rows that hold the text; none when nothing is searched.
fn search(query: &ListingQuery, table: &ColumnTable) -> Option<Bitmap> {
    let needle = query.search.trim().to_lowercase();
    if needle.is_empty() {
        return None;
    }
    let mut found = Bitmap::filled(table.n_rows(), false);
    for field in &query.search_fields {
        if let Some(Column::Text(column)) = table.column(field) {
            mark_rows_with(column, &needle, &mut found);
        }
    }
    Some(found)
}

fn mark_rows_with(column: &TextColumn, needle: &str, found: &mut Bitmap) {
    let holds: Vec<bool> = column.texts().iter().map(|text| text.to_lowercase().contains(needle)).collect();
    found.or_assign(&rows_of_texts(column.codes(), &Bitmap::from_values(&holds, |holds| holds)));
}

/// Sorts row indexes by the column's values, blank first; rows with equal values keep the order of reading.
fn sort_rows(rows: &mut [u32], column: &Column) {
    rows.sort_by(|&a, &b| compare(column.get(a as usize), column.get(b as usize)));
}

/// Order of two cells of one column; null first.
fn compare(a: FieldValue<'_>, b: FieldValue<'_>) -> Ordering {
    match (a, b) {
        (FieldValue::Null, FieldValue::Null) => Ordering::Equal,
        (FieldValue::Null, _) => Ordering::Less,
        (_, FieldValue::Null) => Ordering::Greater,
        (FieldValue::Integer(a), FieldValue::Integer(b)) => a.cmp(&b),
        (FieldValue::Decimal(a), FieldValue::Decimal(b)) => a.cmp(&b),
        (FieldValue::Boolean(a), FieldValue::Boolean(b)) => a.cmp(&b),
        (FieldValue::Option(a), FieldValue::Option(b)) => a.cmp(&b),
        (FieldValue::Date(a), FieldValue::Date(b)) => a.cmp(&b),
        (FieldValue::DateTime(a), FieldValue::DateTime(b)) => a.cmp(&b),
        (FieldValue::Time(a), FieldValue::Time(b)) => a.cmp(&b),
        (FieldValue::Duration(a), FieldValue::Duration(b)) => a.cmp(&b),
        (FieldValue::Guid(a), FieldValue::Guid(b)) => a.cmp(&b),
        (FieldValue::Text(a), FieldValue::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        _ => Ordering::Equal,
    }
}
