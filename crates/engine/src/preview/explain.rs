//! Why one record is in or out: every rule with the value seen and the outcome, and what would bring the record in.

use couplet_filter::{Bitmap, FieldType, FieldValue, quote_value};

use super::bind::{COMPANY_NO, PreviewRules, Rule, RuleEffect, RuleSubject};
use super::evaluate::{Verdicts, contact_passes, is_company, is_coupled};
use super::related::Related;
use crate::columns::ColumnTable;

/// Who would own the Dataverse row of a record (ownership model Person).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerOutlook {
    /// A user that can own rows has the salesperson's e-mail address.
    User {
        /// The user's full name.
        name: String,
    },
    /// The salesperson has no such user: the company's default owning team owns the row.
    NoUser {
        /// The salesperson's name.
        salesperson: String,
    },
}

/// What a rule looked at.
#[derive(Debug, Clone)]
pub enum Seen<'a> {
    /// The value of the tested field.
    Value(FieldValue<'a>),
    /// The company contact's number.
    CompanyContact(FieldValue<'a>),
    /// The contact is itself a company.
    ContactIsCompany,
    /// Whether a coupling exists.
    Coupling,
    /// The salesperson code and what it leads to; none when the code names nobody.
    Owner {
        /// The code.
        code: FieldValue<'a>,
        /// What it leads to.
        outlook: Option<&'a OwnerOutlook>,
    },
    /// The field was not read.
    NotRead,
}

/// The outcome of one rule for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleOutcome {
    /// The record passes.
    Passes,
    /// The record fails.
    Fails,
    /// What the rule needs to know is not known; the record is not excluded by it.
    Unknown,
}

/// One rule's verdict on one record.
#[derive(Debug, Clone)]
pub struct RuleVerdict<'a> {
    /// Index in [`PreviewRules::rules`].
    pub rule_idx: usize,
    /// The rule.
    pub rule: &'a Rule,
    /// What it looked at.
    pub seen: Seen<'a>,
    /// The outcome.
    pub outcome: RuleOutcome,
}

/// A wider filter that would let the record pass one clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Index of the failing rule.
    pub rule_idx: usize,
    /// The widened filter expression.
    pub text: String,
    /// How many records of the table would enter the filter with it, this one included.
    pub n_enter: usize,
}

impl PreviewRules {
    /// Every rule's verdict on the record in `row`, failing ones included: all of them, not the first.
    pub fn explain<'a>(
        &'a self,
        table: &'a ColumnTable,
        row: usize,
        related: &'a Related,
    ) -> Vec<RuleVerdict<'a>> {
        let cell = |name: &str| table.column(name).map(|column| column.get(row));
        let verdict = |(rule_idx, rule): (usize, &'a Rule)| {
            let (seen, passes) = match &rule.subject {
                RuleSubject::Clause { field, filter, .. } => match cell(&field.name) {
                    Some(value) => (Seen::Value(value), filter.passes(value)),
                    None => (Seen::NotRead, false),
                },
                RuleSubject::PostFilter(_) => return contact_verdict(rule_idx, rule, table, row, related),
                RuleSubject::CoupledOnly => {
                    (Seen::Coupling, cell(&self.key_field).is_some_and(|key| is_coupled(key, related)))
                }
                RuleSubject::Owner { field } => match cell(field) {
                    Some(code) => {
                        let outlook = related.owners.get(text_of(code));
                        (Seen::Owner { code, outlook }, matches!(outlook, Some(OwnerOutlook::User { .. })))
                    }
                    None => (Seen::NotRead, false),
                },
            };
            let outcome = if passes { RuleOutcome::Passes } else { RuleOutcome::Fails };
            RuleVerdict { rule_idx, rule, seen, outcome }
        };
        self.rules.iter().enumerate().map(verdict).collect()
    }

    /// For each failing clause of the record, a wider expression that names its value too, and how many records would
    /// enter with it. Only offered where naming a value makes sense: options, codes, Yes and No.
    pub fn remedies(
        &self,
        table: &ColumnTable,
        row: usize,
        related: &Related,
        verdicts: &Verdicts,
    ) -> Vec<Remedy> {
        let mut remedies = Vec::new();
        for verdict in self.explain(table, row, related) {
            if verdict.outcome != RuleOutcome::Fails || verdict.rule.effect != RuleEffect::Excludes {
                continue;
            }
            let (RuleSubject::Clause { field, text, .. }, Seen::Value(value)) =
                (&verdict.rule.subject, &verdict.seen)
            else {
                continue;
            };
            let value = or_blank(&field.field_type, *value);
            let Some(literal) = literal(&field.field_type, value) else { continue };
            let Some(column) = table.column(&field.name) else { continue };
            let mut candidates = Bitmap::filled(table.n_rows(), true);
            for (idx, (rule, passes)) in self.rules.iter().zip(&verdicts.passes).enumerate() {
                if rule.effect == RuleEffect::Excludes && idx != verdict.rule_idx {
                    candidates.and_assign(passes);
                }
            }
            let enters = |other: &usize| or_blank(&field.field_type, column.get(*other)) == value;
            let n_enter = candidates.iter_ones().filter(enters).count();
            remedies.push(Remedy { rule_idx: verdict.rule_idx, text: format!("{text}|{literal}"), n_enter });
        }
        remedies
    }
}

/// The verdict of the rule behind contacts (S2.13).
fn contact_verdict<'a>(
    rule_idx: usize,
    rule: &'a Rule,
    table: &'a ColumnTable,
    row: usize,
    related: &Related,
) -> RuleVerdict<'a> {
    let seen = match table.column(COMPANY_NO) {
        _ if is_company(table, row) => Seen::ContactIsCompany,
        Some(column) => Seen::CompanyContact(column.get(row)),
        None => Seen::NotRead,
    };
    let outcome = match contact_passes(table, row, related) {
        Some(true) => RuleOutcome::Passes,
        Some(false) => RuleOutcome::Fails,
        None => RuleOutcome::Unknown,
    };
    RuleVerdict { rule_idx, rule, seen, outcome }
}

fn text_of(value: FieldValue<'_>) -> &str {
    match value {
        FieldValue::Text(text) => text,
        _ => "",
    }
}

/// A null is read as the blank value of its type (filter language 5).
fn or_blank<'a>(field_type: &FieldType, value: FieldValue<'a>) -> FieldValue<'a> {
    if value == FieldValue::Null { field_type.blank() } else { value }
}

/// The value as it is written in a filter, where an admin would want to name it.
fn literal(field_type: &FieldType, value: FieldValue<'_>) -> Option<String> {
    match (field_type, value) {
        (FieldType::Option(members), FieldValue::Option(ordinal)) => {
            let member = members.iter().find(|member| member.ordinal == ordinal)?;
            // A member without a name is reached by its number alone (filter language 4.5).
            Some(if member.name.is_empty() { ordinal.to_string() } else { quote_value(&member.name) })
        }
        // Wildcards and `@` cannot be written literally (filter language 2): the wider filter would name more.
        (FieldType::Code { .. }, FieldValue::Text(text)) if text.contains(['*', '?', '@']) => None,
        (FieldType::Code { .. }, FieldValue::Text(text)) => Some(quote_value(text)),
        (FieldType::Boolean, FieldValue::Boolean(value)) => {
            Some(if value { "true" } else { "false" }.to_owned())
        }
        _ => None,
    }
}
