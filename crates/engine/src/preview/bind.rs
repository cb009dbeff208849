//! From a mapping's filter texts to rules that can be evaluated: every clause bound to its field's type, and the
//! rules that stand behind the filter. A clause that cannot be read makes the side unusable, never permissive.

use couplet_filter::{Context, FilterError, TypedFilter, compile};

use crate::configuration::OwnershipModel;
use crate::mapping::{IntegrationTableMapping, MappingFilter, PostFilter};
use crate::schema::{FieldAccess, FieldSchema, Side, TableSchema};

/// What a failed rule means for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleEffect {
    /// The record is outside the mapping's filter.
    Excludes,
    /// The record is in the filter but is not created on the other side by a run (S2.15).
    HoldsBack,
    /// Nothing is held back; the consequence is told.
    Informs,
}

/// What a rule is about.
#[derive(Debug, Clone)]
pub enum RuleSubject {
    /// One clause of the mapping's filter.
    Clause {
        /// The field it tests.
        field: Box<FieldSchema>,
        /// Filter expression as written.
        text: String,
        /// The expression bound to the field's type.
        filter: TypedFilter,
    },
    /// The rule behind the filter of contacts (S2.13).
    PostFilter(PostFilter),
    /// Only coupled records (S2.15).
    CoupledOnly,
    /// Under ownership model Person: the salesperson's user owns the row (default setup, `ownershipModel`).
    Owner {
        /// Business Central field with the salesperson or purchaser code.
        field: String,
    },
}

/// One rule of a side.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it is about.
    pub subject: RuleSubject,
    /// What its failure means.
    pub effect: RuleEffect,
}

/// The rules of one side of a mapping, ready to be evaluated.
#[derive(Debug, Clone)]
pub struct PreviewRules {
    /// Which side.
    pub side: Side,
    /// Clauses in the order of the filter, then the rules behind it.
    pub rules: Vec<Rule>,
    /// Name of the field that identifies a record.
    pub key_field: String,
}

/// Why a clause cannot be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct ClauseProblem {
    /// Index of the condition in the filter.
    pub condition_idx: usize,
    /// The field it names.
    pub field: String,
    /// The reason.
    pub kind: ClauseProblemKind,
}

/// The reason of a [`ClauseProblem`].
#[derive(Debug, Clone, PartialEq)]
pub enum ClauseProblemKind {
    /// The metadata has no such field (any more).
    UnknownField,
    /// No binding reaches the field: its values cannot be seen.
    OutOfReach,
    /// The field occurs twice (filter language 7).
    Duplicate,
    /// The expression cannot be read, or means nothing for the field's type.
    Filter(FilterError),
}

impl ClauseProblemKind {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            ClauseProblemKind::UnknownField => "clause.unknown-field",
            ClauseProblemKind::OutOfReach => "clause.out-of-reach",
            ClauseProblemKind::Duplicate => "clause.duplicate-field",
            ClauseProblemKind::Filter(error) => error.code(),
        }
    }
}

impl PreviewRules {
    /// Binds `filter` and the rules behind it for one side of `mapping`.
    ///
    /// # Errors
    /// Every clause that cannot be evaluated; the side must then be shown as broken, not as "everything passes".
    pub fn bind(
        mapping: &IntegrationTableMapping,
        ownership: OwnershipModel,
        filter: &MappingFilter,
        schema: &TableSchema,
        context: &Context,
    ) -> Result<Self, Vec<ClauseProblem>> {
        let mut rules = Vec::new();
        let mut problems = Vec::new();
        for (condition_idx, condition) in filter.conditions.iter().enumerate() {
            let earlier = filter.conditions.iter().take(condition_idx);
            let bound = if earlier.clone().any(|other| other.field.eq_ignore_ascii_case(&condition.field)) {
                Err(ClauseProblemKind::Duplicate)
            } else {
                bind_clause(&condition.field, &condition.text, schema, context)
            };
            match bound {
                Ok(rule) => rules.push(rule),
                Err(kind) => {
                    problems.push(ClauseProblem { condition_idx, field: condition.field.clone(), kind })
                }
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        rules.extend(rules_behind(mapping, ownership, schema));
        Ok(PreviewRules { side: schema.side, rules, key_field: schema.key_field.clone() })
    }

    /// Names of the fields the rules look at: what must be read to evaluate them.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = vec![self.key_field.as_str()];
        for rule in &self.rules {
            let looked_at: &[&str] = match &rule.subject {
                RuleSubject::Clause { field, .. } => &[&field.name],
                RuleSubject::Owner { field } => &[field],
                RuleSubject::PostFilter(PostFilter::ContactBusinessRelation) => &[COMPANY_NO, CONTACT_TYPE],
                RuleSubject::CoupledOnly => &[],
            };
            for field in looked_at {
                if !fields.contains(field) {
                    fields.push(field);
                }
            }
        }
        fields
    }
}

/// Contact field that names the company contact (table 5050).
pub(super) const COMPANY_NO: &str = "Company No.";
/// Contact field that tells companies from persons (table 5050).
pub(super) const CONTACT_TYPE: &str = "Type";
/// Ordinal of a company in [`CONTACT_TYPE`].
pub(super) const TYPE_COMPANY: i32 = 0;

fn bind_clause(
    field: &str,
    text: &str,
    schema: &TableSchema,
    context: &Context,
) -> Result<Rule, ClauseProblemKind> {
    let field = schema.field(field).ok_or(ClauseProblemKind::UnknownField)?;
    let filter = compile(text, &field.field_type, schema.side.text_comparison(), context)
        .map_err(ClauseProblemKind::Filter)?;
    if field.access == FieldAccess::OutOfReach {
        return Err(ClauseProblemKind::OutOfReach);
    }
    let subject = RuleSubject::Clause { field: Box::new(field.clone()), text: text.to_owned(), filter };
    Ok(Rule { subject, effect: RuleEffect::Excludes })
}

/// The rules that stand behind the filter of this side.
fn rules_behind(
    mapping: &IntegrationTableMapping,
    ownership: OwnershipModel,
    schema: &TableSchema,
) -> Vec<Rule> {
    let mut rules = Vec::new();
    let reached =
        |name: &str| schema.field(name).is_some_and(|field| field.access != FieldAccess::OutOfReach);
    if schema.side == Side::BusinessCentral {
        if let Some(post_filter) = mapping.post_filter
            && reached(COMPANY_NO)
        {
            rules.push(Rule { subject: RuleSubject::PostFilter(post_filter), effect: RuleEffect::Excludes });
        }
        if ownership == OwnershipModel::Person
            && let Some(field) = owner_field(mapping).filter(|field| reached(field))
        {
            rules.push(Rule { subject: RuleSubject::Owner { field }, effect: RuleEffect::Informs });
        }
    }
    if mapping.synch_only_coupled_records {
        rules.push(Rule { subject: RuleSubject::CoupledOnly, effect: RuleEffect::HoldsBack });
    }
    rules
}

/// The field that is mapped to the row's owner.
fn owner_field(mapping: &IntegrationTableMapping) -> Option<String> {
    let owner = mapping.field_mappings.iter().find(|field| field.column.as_deref() == Some("ownerid"))?;
    owner.field.clone()
}
