//! The form in which a filter is stored: nothing in it depends on the day, the user, the region or the language
//! any more (filter language, sections 6 and 7).

use super::{Binder, Spelling, texts};
use crate::context::Context;
use crate::error::{TypeError, TypeErrorKind};
use crate::field::{FieldType, TextComparison};
use crate::filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
use crate::parser::flat;
use crate::span::Span;
use crate::typed::{FilterValue, TestKind, TypedNode};

/// Replaces tokens, short dates and names of options by what they stand for: XML dates and moments, ordinals,
/// `0` and `1`, GUIDs in braces. Texts without tokens stay as they were written.
///
/// The spans of the result are those of the filter it was made from.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, parse, stored_form};
/// use jiff::tz::TimeZone;
///
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), TimeZone::UTC);
/// let stored = stored_form(&parse("t-1W..t").unwrap(), &FieldType::Date, &context).unwrap();
/// assert_eq!(stored.to_string(), "2026-03-08..2026-03-15");
/// ```
///
/// # Errors
///
/// Those of [`bind`](super::bind).
pub fn stored_form(filter: &Filter, field_type: &FieldType, context: &Context) -> Result<Filter, TypeError> {
    let Some(root) = filter.root() else { return Ok(Filter::default()) };
    // Upper and lower case of an expansion are kept only where they count.
    let binder =
        Binder { field_type, text: TextComparison::BusinessCentral, context, spelling: Spelling::Folded };
    binder.check_filterable(filter.span())?;
    Ok(Filter::new(Some(flat(binder.stored(root)?)), filter.span().end as usize))
}

impl Binder<'_> {
    fn stored(&self, node: &Node) -> Result<Node, TypeError> {
        let all = |parts: &[Node]| parts.iter().map(|part| self.stored(part)).collect::<Result<Vec<_>, _>>();
        match node {
            Node::Any(parts) => all(parts).map(Node::Any),
            Node::All(parts) => all(parts).map(Node::All),
            Node::Term(term) => {
                let typed = self.term(term)?;
                let is_text = matches!(self.field_type, FieldType::Text { .. } | FieldType::Code { .. });
                Ok(if is_text && !has_token(&term.kind) { node.clone() } else { untyped(&typed) })
            }
            Node::Unreadable(span) => Err(TypeError::new(TypeErrorKind::Unreadable, *span)),
        }
    }
}

fn has_token(term: &TermKind) -> bool {
    let is_token = |value: &Literal| texts::token_word(value).is_some();
    match term {
        TermKind::Value(value) | TermKind::Compare(_, value) => is_token(value),
        TermKind::Interval(from, to) => from.iter().chain(to).any(is_token),
    }
}

fn untyped(node: &TypedNode) -> Node {
    match node {
        TypedNode::Any(parts) => Node::Any(parts.iter().map(untyped).collect()),
        TypedNode::All(parts) => Node::All(parts.iter().map(untyped).collect()),
        TypedNode::Test(test) => {
            let span = test.span;
            let kind = match &test.kind {
                TestKind::Compare { operator: Operator::Equal, value } => {
                    TermKind::Value(literal_of(value, span))
                }
                TestKind::Compare { operator, value } => {
                    TermKind::Compare(*operator, literal_of(value, span))
                }
                TestKind::Range { from, to } => {
                    let bound =
                        |value: &Option<FilterValue>| value.as_ref().map(|value| literal_of(value, span));
                    TermKind::Interval(bound(from), bound(to))
                }
                // Patterns are texts, and a text with a token is no pattern.
                TestKind::Matches { .. } => return Node::Unreadable(span),
            };
            Node::Term(Term { span, kind })
        }
    }
}

/// The literal that a filter is stored with for this value.
pub(crate) fn literal_of(value: &FilterValue, span: Span) -> Literal {
    let text = match value {
        FilterValue::Text { text, .. } => text.clone(),
        FilterValue::Integer(number) | FilterValue::Duration(number) => number.to_string(),
        FilterValue::Decimal(number) => number.to_string(),
        FilterValue::Boolean(yes) => u8::from(*yes).to_string(),
        FilterValue::Option(ordinal) => ordinal.to_string(),
        FilterValue::Date(day) => day.to_iso(),
        FilterValue::DateTime(moment) => moment.to_iso(),
        FilterValue::Time(time) => time.to_iso(),
        FilterValue::Guid(guid) => format!("{{{}}}", guid.to_string().to_uppercase()),
    };
    let is_bare = matches!(value, FilterValue::Decimal(_) | FilterValue::DateTime(_) | FilterValue::Time(_));
    let quoting = if is_bare && !text.is_empty() { Quoting::Bare } else { Quoting::Quoted };
    Literal { span, text, quoting }
}
