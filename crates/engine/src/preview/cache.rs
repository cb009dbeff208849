//! Verdicts that are kept: each clause and each alternative of it keeps the rows that pass, so that a changed clause
//! costs one clause and a new page of rows costs its rows. Long evaluations go step by step.

use std::sync::Arc;

use couplet_filter::{Bitmap, Evaluation, Progress, TypedFilter};

use super::bind::{PreviewRules, Rule, RuleEffect, RuleSubject};
use super::evaluate::{Verdicts, judge_rows};
use super::related::Related;
use crate::columns::{ColumnTable, TableStamp};

/// What is known of the rows of one table. It may be given another table at any time: what is known of the one before
/// is forgotten then.
#[derive(Debug, Default)]
pub struct VerdictCache {
    stamp: Option<TableStamp>,
    /// The least recently used first.
    known: Vec<Known>,
}

/// Texts, or sixteen times as many numbers, that one step looks at: a few milliseconds in the worst case.
const VALUES_A_STEP: usize = 16_384;
/// Bitmaps that are kept: those of a long filter, and of the last ways it was written.
const N_KEPT: usize = 48;

/// The rows that pass a rule or a part of one.
#[derive(Debug)]
enum Known {
    Clause { field: String, evaluation: Evaluation },
    Behind { subject: RuleSubject, related: Arc<Related>, rows: Bitmap },
}

impl VerdictCache {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on judging the rows of `table`: one step, or the verdicts once every rule has judged every row. What was
    /// judged before, for these rules or for others with the same clauses, is not judged again.
    pub fn step(
        &mut self,
        rules: &PreviewRules,
        table: &ColumnTable,
        related: &Arc<Related>,
    ) -> Option<Verdicts> {
        if self.stamp != Some(table.stamp()) {
            self.known.clear();
            self.stamp = Some(table.stamp());
        }
        for rule in &rules.rules {
            for part in parts(rule) {
                if self.step_part(&part, rules, table, related) == Progress::Going {
                    return None;
                }
            }
        }
        let n_excess = self.known.len().saturating_sub(N_KEPT.max(rules.rules.len() * 4));
        let verdicts = self.verdicts(rules, table, related);
        self.known.drain(..n_excess);
        Some(verdicts)
    }

    /// Judges every row now, however long it takes.
    pub fn finish(&mut self, rules: &PreviewRules, table: &ColumnTable, related: &Arc<Related>) -> Verdicts {
        loop {
            if let Some(verdicts) = self.step(rules, table, related) {
                return verdicts;
            }
        }
    }

    /// One step for one part of a rule, which becomes the most recently used.
    fn step_part(
        &mut self,
        part: &Part<'_>,
        rules: &PreviewRules,
        table: &ColumnTable,
        related: &Arc<Related>,
    ) -> Progress {
        let position = self.known.iter().position(|known| known.is_of(part, related));
        let mut known = match position {
            Some(position) => self.known.remove(position),
            None => Known::new(part, related),
        };
        let progress = known.step(rules, table);
        self.known.push(known);
        progress
    }

    fn verdicts(&self, rules: &PreviewRules, table: &ColumnTable, related: &Arc<Related>) -> Verdicts {
        let n_rows = table.n_rows();
        let mut in_filter = Bitmap::filled(n_rows, true);
        let mut passes = Vec::with_capacity(rules.rules.len());
        for rule in &rules.rules {
            let mut bitmap = Bitmap::new(n_rows);
            for part in parts(rule) {
                let known = self.known.iter().find(|known| known.is_of(&part, related));
                if let Some(rows) = known.map(Known::rows).filter(|rows| rows.len() == n_rows) {
                    bitmap.or_assign(rows);
                }
            }
            if rule.effect == RuleEffect::Excludes {
                in_filter.and_assign(&bitmap);
            }
            passes.push(bitmap);
        }
        let n_in = in_filter.count_ones();
        Verdicts { passes, in_filter, n_in, n_out: n_rows - n_in }
    }
}

/// A rule, or one alternative of its filter: a record passes the rule when it passes one part.
enum Part<'r> {
    Clause { field: &'r str, filter: TypedFilter },
    Behind(&'r RuleSubject),
}

fn parts(rule: &Rule) -> Vec<Part<'_>> {
    match &rule.subject {
        RuleSubject::Clause { field, filter, .. } => {
            let part = |filter| Part::Clause { field: &field.name, filter };
            filter.alternatives().into_iter().map(part).collect()
        }
        subject => vec![Part::Behind(subject)],
    }
}

impl Known {
    fn new(part: &Part<'_>, related: &Arc<Related>) -> Self {
        match part {
            Part::Clause { field, filter } => {
                Self::Clause { field: (*field).to_owned(), evaluation: Evaluation::new(filter.clone()) }
            }
            Part::Behind(subject) => {
                let (subject, related) = ((*subject).clone(), related.clone());
                Self::Behind { subject, related, rows: Bitmap::default() }
            }
        }
    }

    fn is_of(&self, part: &Part<'_>, related: &Arc<Related>) -> bool {
        match (self, part) {
            (Self::Clause { field, evaluation }, Part::Clause { field: other, filter }) => {
                field == other && evaluation.filter().means_the_same(filter)
            }
            (Self::Behind { subject, related: known, .. }, Part::Behind(other)) => {
                same_subject(subject, other) && Arc::ptr_eq(known, related)
            }
            _ => false,
        }
    }

    fn step(&mut self, rules: &PreviewRules, table: &ColumnTable) -> Progress {
        match self {
            Self::Clause { field, evaluation } => match table.column(field) {
                // No row passes a clause whose field was not read: `verdicts` then finds no bitmap of that length.
                None => Progress::Done,
                Some(column) if column.n_rows() != table.n_rows() => Progress::Done,
                Some(column) => evaluation.step(column.view(), VALUES_A_STEP),
            },
            Self::Behind { subject, related, rows } => {
                let start = rows.len().min(table.n_rows());
                let end = (start + VALUES_A_STEP).min(table.n_rows());
                rows.resize(end);
                let passing = judge_rows(subject, &rules.key_field, table, related, start..end);
                passing.for_each(|row| rows.set(row, true));
                if end == table.n_rows() { Progress::Done } else { Progress::Going }
            }
        }
    }

    fn rows(&self) -> &Bitmap {
        match self {
            Self::Clause { evaluation, .. } => evaluation.verdicts(),
            Self::Behind { rows, .. } => rows,
        }
    }
}

fn same_subject(subject: &RuleSubject, other: &RuleSubject) -> bool {
    match (subject, other) {
        (RuleSubject::PostFilter(filter), RuleSubject::PostFilter(other)) => filter == other,
        (RuleSubject::CoupledOnly, RuleSubject::CoupledOnly) => true,
        (RuleSubject::Owner { field }, RuleSubject::Owner { field: other }) => field == other,
        _ => false,
    }
}
