//! The list behind a number: which rows of a table to show and in which order.

use couplet_filter::{Bitmap, Evaluation, Progress, TypedFilter};

use super::bind::RuleEffect;
use super::movement::Movement;
use super::order::Order;
use super::{PreviewRules, Verdicts};
use crate::columns::{Column, ColumnTable, TableStamp};

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

/// Lists rows step by step, and keeps the search and the order for the next list of the same table.
#[derive(Debug, Default)]
pub struct Lister {
    stamp: Option<TableStamp>,
    search: Option<Search>,
    order: Option<Order>,
}

/// A text that is searched for.
#[derive(Debug)]
struct Search {
    text: String,
    fields: Vec<(String, Evaluation)>,
}

/// Texts that one step looks at.
const TEXTS_A_STEP: usize = 32_768;

/// What a list is made of.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The rows.
    pub table: &'a ColumnTable,
    /// The rules that `verdicts` are of.
    pub rules: &'a PreviewRules,
    /// The verdicts.
    pub verdicts: &'a Verdicts,
    /// The verdicts of a changed filter, for [`Show::Entering`] and [`Show::Leaving`]; without them these list nothing.
    pub changed: Option<&'a Verdicts>,
}

/// Row indexes that `query` asks for, in its order, at once.
pub fn list_rows(query: &ListingQuery, listed: Listed<'_>) -> Vec<u32> {
    let mut lister = Lister::default();
    loop {
        if let Some(rows) = lister.step(query, listed) {
            return rows;
        }
    }
}

impl Lister {
    /// Goes on with the list: one step, or the row indexes that `query` asks for, in its order.
    pub fn step(&mut self, query: &ListingQuery, listed: Listed<'_>) -> Option<Vec<u32>> {
        let table = listed.table;
        self.step_among(query, table, || shown(query.show, listed))
    }

    /// Goes on with the list of some rows: one step, or the indexes of those among `rows` that the search finds, in the
    /// order that `query` asks for.
    pub fn step_among(
        &mut self,
        query: &ListingQuery,
        table: &ColumnTable,
        rows: impl FnOnce() -> Bitmap,
    ) -> Option<Vec<u32>> {
        if self.stamp != Some(table.stamp()) {
            *self = Self { stamp: Some(table.stamp()), ..Self::default() };
        }
        if self.step_search(query, table) == Progress::Going
            || self.step_order(query, table) == Progress::Going
        {
            return None;
        }
        let mut shown = rows();
        shown.resize(table.n_rows());
        if let Some(search) = &self.search {
            let mut found = Bitmap::new(table.n_rows());
            search.fields.iter().for_each(|(_, evaluation)| found.or_assign(evaluation.verdicts()));
            shown.and_assign(&found);
        }
        let Some((sort, order)) = query.sort.as_ref().zip(self.order.as_ref()) else {
            return Some(shown.iter_ones().map(|row| row as u32).collect());
        };
        let is_shown = |row: &&u32| shown.get(**row as usize);
        Some(if sort.descending {
            order.rows().iter().rev().filter(is_shown).copied().collect()
        } else {
            order.rows().iter().filter(is_shown).copied().collect()
        })
    }

    fn step_search(&mut self, query: &ListingQuery, table: &ColumnTable) -> Progress {
        let text = query.search.trim();
        if text.is_empty() {
            self.search = None;
            return Progress::Done;
        }
        let is_same = |search: &Search| {
            search.text == text && search.fields.iter().map(|(field, _)| field).eq(&query.search_fields)
        };
        let search = match self.search.take().filter(is_same) {
            Some(search) => self.search.insert(search),
            None => self.search.insert(Search::new(text, &query.search_fields)),
        };
        for (field, evaluation) in &mut search.fields {
            if let Some(column @ Column::Text(_)) = table.column(field)
                && evaluation.step(column.view(), TEXTS_A_STEP) == Progress::Going
            {
                return Progress::Going;
            }
        }
        Progress::Done
    }

    fn step_order(&mut self, query: &ListingQuery, table: &ColumnTable) -> Progress {
        // The order is kept when the list is shown unsorted for a while.
        let Some(sort) = &query.sort else { return Progress::Done };
        let order = match self.order.take().filter(|order| order.is_of(table, &sort.field)) {
            Some(order) => self.order.insert(order),
            None => self.order.insert(Order::new(table, &sort.field)),
        };
        order.step(table)
    }
}

impl Search {
    fn new(text: &str, fields: &[String]) -> Self {
        let field = |field: &String| (field.clone(), Evaluation::new(TypedFilter::holding(text)));
        Self { text: text.to_owned(), fields: fields.iter().map(field).collect() }
    }
}

/// The rows of a list without regard to search and order.
fn shown(show: Show, listed: Listed<'_>) -> Bitmap {
    let Listed { table, rules, verdicts, changed } = listed;
    let none = || Bitmap::new(table.n_rows());
    let failing = |rule_idx: usize| {
        verdicts.passes.get(rule_idx).map_or_else(none, |passes| {
            let mut failing = passes.clone();
            failing.invert();
            failing
        })
    };
    match show {
        Show::All => Bitmap::filled(verdicts.in_filter.len().min(table.n_rows()), true),
        Show::InFilter => verdicts.in_filter.clone(),
        Show::Excluded => Bitmap::filled(verdicts.in_filter.len(), true).without(&verdicts.in_filter),
        Show::Failing(rule_idx) => failing(rule_idx),
        Show::FailingOnly(rule_idx) => {
            let mut rows = failing(rule_idx);
            for (idx, (rule, passes)) in rules.rules.iter().zip(&verdicts.passes).enumerate() {
                if idx != rule_idx && rule.effect == RuleEffect::Excludes {
                    rows.and_assign(passes);
                }
            }
            rows
        }
        Show::Entering => changed.map_or_else(none, |changed| Movement::between(verdicts, changed).entering),
        Show::Leaving => changed.map_or_else(none, |changed| Movement::between(verdicts, changed).leaving),
    }
}
