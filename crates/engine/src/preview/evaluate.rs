//! Rules over columns: one bitmap a rule, so that counts, "only failing X" and combinations cost no second look at the
//! rows.

use couplet_filter::{Bitmap, FieldValue};

use super::bind::{COMPANY_NO, CONTACT_TYPE, PreviewRules, Rule, RuleEffect, RuleSubject, TYPE_COMPANY};
use super::explain::OwnerOutlook;
use super::related::Related;
use crate::columns::{Column, ColumnTable, rows_of_texts};

/// The outcome of every rule for every row.
#[derive(Debug, Clone)]
pub struct Verdicts {
    /// Per rule, the rows that pass it; in the order of [`PreviewRules::rules`].
    pub passes: Vec<Bitmap>,
    /// Rows that no excluding rule excludes.
    pub in_filter: Bitmap,
    /// Number of rows in the filter.
    pub n_in: usize,
    /// Number of rows outside it.
    pub n_out: usize,
}

impl Verdicts {
    /// How many rows fail the rule at `rule_idx`.
    pub fn n_failing(&self, rule_idx: usize) -> usize {
        self.passes.get(rule_idx).map_or(0, |passes| passes.len() - passes.count_ones())
    }
}

impl PreviewRules {
    /// Evaluates every rule over all rows of `table`.
    ///
    /// A column that a rule needs and the table does not hold makes every row fail that rule: nothing passes unseen.
    pub fn evaluate(&self, table: &ColumnTable, related: &Related) -> Verdicts {
        let mut in_filter = Bitmap::filled(table.n_rows(), true);
        let mut passes = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            let bitmap = self.evaluate_rule(rule, table, related);
            if rule.effect == RuleEffect::Excludes {
                in_filter.and_assign(&bitmap);
            }
            passes.push(bitmap);
        }
        let n_in = in_filter.count_ones();
        Verdicts { passes, in_filter, n_in, n_out: table.n_rows() - n_in }
    }

    fn evaluate_rule(&self, rule: &Rule, table: &ColumnTable, related: &Related) -> Bitmap {
        let nothing = || Bitmap::filled(table.n_rows(), false);
        match &rule.subject {
            RuleSubject::Clause { field, filter, .. } => {
                table.column(&field.name).map_or_else(nothing, |column| filter.evaluate(column.view()))
            }
            RuleSubject::PostFilter(_) => {
                let rows = (0..table.n_rows()).map(|row| contact_passes(table, row, related));
                // What cannot be judged is not excluded: the explanation says that it is not known.
                Bitmap::from_values(&rows.collect::<Vec<_>>(), |passes| passes != Some(false))
            }
            RuleSubject::CoupledOnly => table
                .column(&self.key_field)
                .map_or_else(nothing, |column| by_row(column, |value| is_coupled(value, related))),
            RuleSubject::Owner { field } => table.column(field).map_or_else(nothing, |column| {
                by_text(column, |code| matches!(related.owners.get(code), Some(OwnerOutlook::User { .. })))
            }),
        }
    }
}

/// Whether the rule behind contacts lets a record pass (S2.13): no company, and its company contact related to a
/// customer or vendor. None where that is not known.
pub(super) fn contact_passes(table: &ColumnTable, row: usize, related: &Related) -> Option<bool> {
    if is_company(table, row) {
        return Some(false);
    }
    let related = related.related_contacts.as_ref()?;
    let company = table.column(COMPANY_NO)?.get(row);
    Some(matches!(company, FieldValue::Text(number) if related.contains(number)))
}

/// Whether a contact is a company, not a person.
pub(super) fn is_company(table: &ColumnTable, row: usize) -> bool {
    let contact_type = table.column(CONTACT_TYPE).map(|column| column.get(row));
    contact_type == Some(FieldValue::Option(TYPE_COMPANY))
}

/// Whether the record with this key is coupled.
pub(super) fn is_coupled(key: FieldValue<'_>, related: &Related) -> bool {
    matches!(key, FieldValue::Guid(id) if related.coupled.contains(&id))
}

/// Tests a text column once per distinct value; a null is blank.
fn by_text(column: &Column, test: impl Fn(&str) -> bool) -> Bitmap {
    let Column::Text(text) = column else { return Bitmap::filled(column.n_rows(), false) };
    let passing: Vec<bool> = text.texts().iter().map(&test).collect();
    let mut rows = rows_of_texts(text.codes(), &Bitmap::from_values(&passing, |passes| passes));
    if test("") {
        (0..column.n_rows())
            .filter(|row| column.get(*row) == FieldValue::Null)
            .for_each(|row| rows.set(row, true));
    }
    rows
}

fn by_row(column: &Column, test: impl Fn(FieldValue<'_>) -> bool) -> Bitmap {
    let mut bitmap = Bitmap::filled(column.n_rows(), false);
    for row in 0..column.n_rows() {
        bitmap.set(row, test(column.get(row)));
    }
    bitmap
}
