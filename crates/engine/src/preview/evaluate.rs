//! Rules over columns: one bitmap a rule, so that counts, "only failing X" and combinations cost no second look at the
//! rows. What is kept from one evaluation to the next is in `cache`.

use std::ops::Range;
use std::sync::Arc;

use couplet_filter::{Bitmap, FieldValue};

use super::bind::{COMPANY_NO, CONTACT_TYPE, PreviewRules, RuleSubject, TYPE_COMPANY};
use super::cache::VerdictCache;
use super::explain::OwnerOutlook;
use super::related::Related;
use crate::columns::ColumnTable;

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
    /// Evaluates every rule over all rows of `table`, and keeps nothing; see [`VerdictCache`] for rules that change.
    ///
    /// A column that a rule needs and the table does not hold makes every row fail that rule: nothing passes unseen.
    pub fn evaluate(&self, table: &ColumnTable, related: &Related) -> Verdicts {
        VerdictCache::new().finish(self, table, &Arc::new(related.clone()))
    }
}

/// The rows of a range that pass a rule behind the filter. Clauses are judged by their filters.
pub(super) fn judge_rows<'t>(
    subject: &'t RuleSubject,
    key_field: &str,
    table: &'t ColumnTable,
    related: &'t Related,
    rows: Range<usize>,
) -> Box<dyn Iterator<Item = usize> + 't> {
    match subject {
        RuleSubject::Clause { .. } => Box::new(std::iter::empty()),
        // What cannot be judged is not excluded: the explanation says that it is not known.
        RuleSubject::PostFilter(_) => {
            Box::new(rows.filter(|row| contact_passes(table, *row, related) != Some(false)))
        }
        RuleSubject::CoupledOnly => {
            let column = table.column(key_field);
            Box::new(
                rows.filter(move |row| column.is_some_and(|column| is_coupled(column.get(*row), related))),
            )
        }
        RuleSubject::Owner { field } => {
            let column = table.column(field);
            let has_user = |code: FieldValue<'_>| {
                let code = if let FieldValue::Text(code) = code { code } else { "" };
                matches!(related.owners.get(code), Some(OwnerOutlook::User { .. }))
            };
            Box::new(rows.filter(move |row| column.is_some_and(|column| has_user(column.get(*row)))))
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
