//! Filters translated into `$filter`, clause by clause, as far as a server answers exactly or with more records:
//! exact or superset, never subset (filter language, sections 9 to 11). What a server compares how stands in the
//! modules below; the client checks every record again.

mod business_central;
mod dataverse;
pub(crate) mod literal;

#[cfg(test)]
pub(crate) mod oracle;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use couplet_engine::{FieldAccess, FieldSchema, Side};
use couplet_filter::odata::{Expression, Literal, TextFunction};
use couplet_filter::{FieldType, Operator, TestKind, TypedFilter, TypedNode};

/// Alternatives of one clause that are still sent (filter language, section 10).
const MAX_ALTERNATIVES: usize = 50;
/// Longest filter that is sent, in bytes before percent-encoding: addresses have limits (B5).
const MAX_LENGTH: usize = 6_000;

/// How far a server evaluates a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Exactly as the client does.
    Exact,
    /// It passes more; the client narrows.
    Superset,
    /// Not at all; the client evaluates everything.
    NotPushed,
}

impl Precision {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            Precision::Exact => "push.exact",
            Precision::Superset => "push.superset",
            Precision::NotPushed => "push.not-pushed",
        }
    }
}

/// Why a clause, or a part of it, is not sent or not exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushReason {
    /// Order of texts depends on the collation of the database.
    TextOrder,
    /// Dataverse may ignore accents where the filter does not.
    DataverseAccents,
    /// Ignoring case, Business Central may ignore accents too.
    IgnoreCaseAccents,
    /// Ignoring case within a pattern needs nested functions, which the API's schema version lacks (A32).
    NestedFunctions,
    /// A negated pattern or text could lose records.
    NegatedText,
    /// Only the literal parts of a pattern are sent.
    PatternParts,
    /// A pattern without a literal part cannot be sent.
    PatternWithoutLiteral,
    /// A character of the value is a wildcard for the server.
    ServerWildcard,
    /// More alternatives than are sent.
    LongList,
    /// Alternatives and conditions are nested too deeply for Business Central.
    DeepNesting,
    /// Closing dates exist only in Business Central's own filters.
    ClosingDate,
    /// How the server compares blank dates is not certain.
    BlankDate,
    /// Dataverse stores empty text as null, yet not certainly everywhere.
    BlankText,
    /// The last second of a day is sent whole.
    EndOfSecond,
    /// The type of a lookup's table cannot be compared on the server.
    PolymorphicType,
    /// No binding reaches the field.
    OutOfReach,
    /// Fields of this type are not compared on the server.
    TypeNotCompared,
    /// The option value has no name, or not one of its own, that could be sent.
    OptionName,
    /// The interval holds no value.
    EmptyInterval,
    /// A part of the pattern is longer than the field; the server would refuse it (A35).
    LongerThanField,
    /// The whole filter would be too long for an address.
    LongFilter,
}

impl PushReason {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            PushReason::TextOrder => "push.reason.text-order",
            PushReason::DataverseAccents => "push.reason.dataverse-accents",
            PushReason::IgnoreCaseAccents => "push.reason.ignore-case-accents",
            PushReason::NestedFunctions => "push.reason.nested-functions",
            PushReason::NegatedText => "push.reason.negated-text",
            PushReason::PatternParts => "push.reason.pattern-parts",
            PushReason::PatternWithoutLiteral => "push.reason.pattern-without-literal",
            PushReason::ServerWildcard => "push.reason.server-wildcard",
            PushReason::LongList => "push.reason.long-list",
            PushReason::DeepNesting => "push.reason.deep-nesting",
            PushReason::ClosingDate => "push.reason.closing-date",
            PushReason::BlankDate => "push.reason.blank-date",
            PushReason::BlankText => "push.reason.blank-text",
            PushReason::EndOfSecond => "push.reason.end-of-second",
            PushReason::PolymorphicType => "push.reason.polymorphic-type",
            PushReason::OutOfReach => "push.reason.out-of-reach",
            PushReason::TypeNotCompared => "push.reason.type-not-compared",
            PushReason::OptionName => "push.reason.option-name",
            PushReason::EmptyInterval => "push.reason.empty-interval",
            PushReason::LongerThanField => "push.reason.longer-than-field",
            PushReason::LongFilter => "push.reason.long-filter",
        }
    }
}

/// One clause as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What is sent; none when nothing is, or when every record passes.
    pub odata: Option<String>,
    /// How far that goes.
    pub precision: Precision,
    /// Why it is not exact; empty when it is.
    pub reasons: Vec<PushReason>,
}

/// All clauses of a filter as they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedFilter {
    /// Value of `$filter` before percent-encoding; none when nothing is sent.
    pub text: Option<String>,
    /// How far that goes.
    pub precision: Precision,
    /// Clauses left out because the address would become too long, by their index.
    pub left_out: Vec<usize>,
}

impl PushedFilter {
    /// What becomes of the clause with this index once the whole is joined: one that was left out is not sent.
    pub fn sent(&self, idx: usize, clause: &Pushed) -> Pushed {
        if !self.left_out.contains(&idx) {
            return clause.clone();
        }
        Pushed { odata: None, precision: Precision::NotPushed, reasons: vec![PushReason::LongFilter] }
    }
}

/// Translates one clause.
pub fn push(side: Side, field: &FieldSchema, filter: &TypedFilter) -> Pushed {
    let Some(root) = filter.root() else {
        return Pushed { odata: None, precision: Precision::Exact, reasons: Vec::new() };
    };
    let Some(property) = field.property.as_deref().filter(|_| field.access != FieldAccess::OutOfReach) else {
        return Pushed {
            odata: None,
            precision: Precision::NotPushed,
            reasons: vec![PushReason::OutOfReach],
        };
    };
    let mut translation = Translation { field, property, reasons: Vec::new() };
    let part = if side == Side::BusinessCentral && depth(root) > 2 {
        translation.nothing_sent(PushReason::DeepNesting)
    } else {
        translation.node(side, root)
    };
    let (expression, precision) = match part {
        Part::Condition { expression, is_exact: true } => (Some(expression), Precision::Exact),
        Part::Condition { expression, is_exact: false } => (Some(expression), Precision::Superset),
        Part::Everything { is_exact: true } => (None, Precision::Exact),
        Part::Everything { is_exact: false } => (None, Precision::NotPushed),
    };
    let reasons = if precision == Precision::Exact { Vec::new() } else { translation.reasons };
    let odata = expression.as_ref().map(Expression::to_grouped_string);
    Pushed { odata, precision, reasons }
}

/// Joins the clauses of a filter with `and`. When the whole would be too long, the longest are left out.
pub fn combine(clauses: &[Pushed]) -> PushedFilter {
    let mut sent: Vec<(usize, &str)> = Vec::new();
    for (idx, clause) in clauses.iter().enumerate() {
        sent.extend(clause.odata.as_deref().map(|text| (idx, text)));
    }
    let mut left_out = Vec::new();
    while sent.iter().map(|(_, text)| text.len() + 5).sum::<usize>() > MAX_LENGTH {
        let Some(longest) = (0..sent.len()).max_by_key(|&at| sent.get(at).map(|(_, text)| text.len())) else {
            break;
        };
        left_out.push(sent.remove(longest).0);
    }
    left_out.sort_unstable();
    let texts: Vec<&str> = sent.iter().map(|(_, text)| *text).collect();
    let is_exact = left_out.is_empty() && clauses.iter().all(|clause| clause.precision == Precision::Exact);
    let text = (!texts.is_empty()).then(|| texts.join(" and "));
    let precision = match (&text, is_exact) {
        (_, true) => Precision::Exact,
        (Some(_), false) => Precision::Superset,
        (None, false) => Precision::NotPushed,
    };
    PushedFilter { text, precision, left_out }
}

/// What a part of a clause becomes.
enum Part {
    /// A condition.
    Condition { expression: Expression, is_exact: bool },
    /// No condition: because every record passes (exact), or because none can be sent.
    Everything { is_exact: bool },
}

struct Translation<'f> {
    field: &'f FieldSchema,
    property: &'f str,
    reasons: Vec<PushReason>,
}

fn depth(node: &TypedNode) -> usize {
    match node {
        TypedNode::Test(_) => 0,
        TypedNode::Any(parts) | TypedNode::All(parts) => 1 + parts.iter().map(depth).max().unwrap_or(0),
    }
}

/// Whether `operator` accepts a value that compares like this with its right side.
pub(crate) fn accepts(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
    }
}

impl Translation<'_> {
    fn reason(&mut self, reason: PushReason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// No condition can be sent, for this reason.
    fn nothing_sent(&mut self, reason: PushReason) -> Part {
        self.reason(reason);
        Part::Everything { is_exact: false }
    }

    fn exact(expression: Expression) -> Part {
        Part::Condition { expression, is_exact: true }
    }

    /// The property in relation to a literal.
    fn compared(&self, operator: Operator, literal: Literal) -> Expression {
        Expression::compare(self.property, operator, literal)
    }

    fn compared_text(&self, operator: Operator, text: &str) -> Expression {
        self.compared(operator, Literal::Text(text.to_owned()))
    }

    fn called(&self, function: TextFunction, text: &str) -> Expression {
        Expression::function(function, self.property, text)
    }

    /// A condition that passes more, for this reason.
    fn superset(&mut self, expression: Expression, reason: PushReason) -> Part {
        self.reason(reason);
        Part::Condition { expression, is_exact: false }
    }

    fn node(&mut self, side: Side, node: &TypedNode) -> Part {
        match node {
            TypedNode::Test(test) => self.test(side, &test.kind),
            TypedNode::Any(parts) => {
                let parts = self.parts(side, parts);
                self.any(parts)
            }
            TypedNode::All(parts) => all(self.parts(side, parts)),
        }
    }

    fn parts(&mut self, side: Side, parts: &[TypedNode]) -> Vec<Part> {
        parts.iter().map(|part| self.node(side, part)).collect()
    }

    fn test(&mut self, side: Side, kind: &TestKind) -> Part {
        if matches!(self.field.field_type, FieldType::Time | FieldType::Duration | FieldType::Unfilterable) {
            return self.nothing_sent(PushReason::TypeNotCompared);
        }
        match side {
            Side::BusinessCentral => self.business_central(kind),
            Side::Dataverse => self.dataverse(kind),
        }
    }

    /// One of the parts passes: without a condition for one of them there is none for the whole.
    fn any(&mut self, parts: Vec<Part>) -> Part {
        if parts.len() > MAX_ALTERNATIVES {
            return self.nothing_sent(PushReason::LongList);
        }
        let (mut expressions, mut exact, mut unlimited) =
            (Vec::new(), true, parts.is_empty().then_some(false));
        for part in parts {
            match part {
                Part::Condition { expression, is_exact } => {
                    exact &= is_exact;
                    expressions.push(expression);
                }
                Part::Everything { is_exact } => unlimited = Some(unlimited.unwrap_or(false) || is_exact),
            }
        }
        match unlimited {
            Some(is_exact) => Part::Everything { is_exact },
            None => condition(Expression::any(expressions), exact),
        }
    }
}

/// Every part passes: parts without a condition are left to the client.
fn all(parts: Vec<Part>) -> Part {
    let (mut expressions, mut exact) = (Vec::new(), true);
    for part in parts {
        match part {
            Part::Condition { expression, is_exact } => {
                exact &= is_exact;
                expressions.push(expression);
            }
            Part::Everything { is_exact } => exact &= is_exact,
        }
    }
    condition(Expression::all(expressions), exact)
}

/// Without an expression, everything passes.
fn condition(expression: Option<Expression>, is_exact: bool) -> Part {
    match expression {
        Some(expression) => Part::Condition { expression, is_exact },
        None => Part::Everything { is_exact },
    }
}

/// `expression or other`
fn either(expression: Expression, other: Expression) -> Expression {
    Expression::any(vec![expression, other.clone()]).unwrap_or(other)
}

/// `expression and other`
fn both(expression: Expression, other: Expression) -> Expression {
    Expression::all(vec![expression, other.clone()]).unwrap_or(other)
}
