//! From a filter and a field type to a typed filter: what each term tests (filter language, sections 4 and 6).
//! How single values are read is in the files below.

mod dates;
mod formula;
mod periods;
mod scalars;
mod stored;
mod texts;
mod times;

use crate::context::Context;
use crate::error::{FilterError, TypeError, TypeErrorKind};
use crate::field::{FieldType, TextComparison};
use crate::filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
use crate::parser::parse;
use crate::span::Span;
use crate::typed::{FilterValue, Pattern, TestKind, TypedFilter, TypedNode, TypedTest};

pub(crate) use scalars::option_text;
pub(crate) use stored::literal_of;
pub use stored::stored_form;

/// Converts every value of a filter to the type of its field and resolves every token.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, bind, parse};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = parse("..1.5").unwrap();
/// let typed = bind(&filter, &FieldType::Decimal, TextComparison::default(), &context).unwrap();
/// assert!(typed.passes(FieldValue::Decimal("1.5".parse().unwrap())));
/// ```
///
/// # Errors
///
/// The first value, from left to right, that does not fit the field. An empty filter fits every field.
pub fn bind(
    filter: &Filter,
    field_type: &FieldType,
    text: TextComparison,
    context: &Context,
) -> Result<TypedFilter, TypeError> {
    let Some(root) = filter.root() else { return Ok(TypedFilter::new(None, field_type)) };
    let binder = Binder { field_type, text, context, spelling: Spelling::Folded };
    binder.check_filterable(filter.span())?;
    Ok(TypedFilter::new(Some(binder.node(root)?), field_type))
}

/// The typed tree of a filter for other forms of it: texts that ignore case keep their capitals.
pub(crate) fn bind_as_written(
    filter: &Filter,
    field_type: &FieldType,
    text: TextComparison,
    context: &Context,
) -> Result<Option<TypedNode>, TypeError> {
    let Some(root) = filter.root() else { return Ok(None) };
    let binder = Binder { field_type, text, context, spelling: Spelling::Kept };
    binder.check_filterable(filter.span())?;
    binder.node(root).map(Some)
}

/// Reads a filter text and binds it.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
///
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let filter = compile("1100..2100", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// assert!(filter.passes(FieldValue::Integer(1500)));
/// ```
///
/// # Errors
///
/// The first syntax error of the whole text, else the first value that does not fit.
pub fn compile(
    text: &str,
    field_type: &FieldType,
    comparison: TextComparison,
    context: &Context,
) -> Result<TypedFilter, FilterError> {
    Ok(bind(&parse(text)?, field_type, comparison, context)?)
}

/// Binds the body of a `CONST` condition: one value without operators, wildcards, `@` or tokens of text fields
/// (filter language, section 7). The spans are those of `body`.
pub(crate) fn bind_constant(
    body: &str,
    field_type: &FieldType,
    text: TextComparison,
    context: &Context,
    spelling: Spelling,
) -> Result<TypedNode, TypeError> {
    let trimmed = crate::scan::trim(body);
    let start = body.find(trimmed).unwrap_or_default();
    let span = Span::new(start, start + trimmed.len());
    let inner = trimmed.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(trimmed);
    let literal = Literal { span, text: inner.replace("''", "'"), quoting: Quoting::Quoted };
    let binder = Binder { field_type, text, context, spelling };
    binder.check_filterable(span)?;
    let meaning = match field_type {
        FieldType::Text { max_length } => Meaning::Value(binder.plain_text(&literal, *max_length)?),
        FieldType::Code { max_length } => Meaning::Value(binder.code(&literal, *max_length)?),
        _ => binder.scalar(&literal)?,
    };
    Ok(equality(span, meaning, Operator::Equal))
}

/// What a value stands for.
enum Meaning {
    /// One value.
    Value(FilterValue),
    /// Everything from the first to the second, as a day is on a DateTime field.
    Between(FilterValue, FilterValue),
    /// One of a list, as `%mycustomers` is.
    OneOf(Vec<FilterValue>),
    /// Everything of a form.
    Form(Pattern),
}

impl Meaning {
    fn between<T: PartialEq>(from: T, to: T, value: fn(T) -> FilterValue) -> Self {
        if from == to { Self::Value(value(from)) } else { Self::Between(value(from), value(to)) }
    }
}

/// Whether texts that ignore case are brought to lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As evaluation needs them.
    Folded,
    /// As they were written, for people to read.
    Kept,
}

struct Binder<'a> {
    field_type: &'a FieldType,
    text: TextComparison,
    context: &'a Context,
    spelling: Spelling,
}

impl Binder<'_> {
    fn check_filterable(&self, span: Span) -> Result<(), TypeError> {
        match self.field_type {
            FieldType::Unfilterable => Err(TypeError::new(TypeErrorKind::Unfilterable, span)),
            _ => Ok(()),
        }
    }

    fn node(&self, node: &Node) -> Result<TypedNode, TypeError> {
        let all = |parts: &[Node]| parts.iter().map(|part| self.node(part)).collect::<Result<Vec<_>, _>>();
        match node {
            Node::Any(parts) => all(parts).map(TypedNode::Any),
            Node::All(parts) => all(parts).map(TypedNode::All),
            Node::Term(term) => self.term(term),
            Node::Unreadable(span) => Err(TypeError::new(TypeErrorKind::Unreadable, *span)),
        }
    }

    fn term(&self, term: &Term) -> Result<TypedNode, TypeError> {
        let span = term.span;
        match &term.kind {
            TermKind::Value(value) => Ok(equality(span, self.meaning(value)?, Operator::Equal)),
            TermKind::Compare(operator @ (Operator::Equal | Operator::NotEqual), value) => {
                Ok(equality(span, self.meaning(value)?, *operator))
            }
            TermKind::Compare(operator, value) => {
                let (first, last) = self.bounds(value)?;
                let value = match operator {
                    Operator::Less | Operator::GreaterOrEqual => first,
                    _ => last,
                };
                Ok(test(span, TestKind::Compare { operator: *operator, value }))
            }
            TermKind::Interval(from, to) => {
                let from = from.as_ref().map(|value| self.bounds(value)).transpose()?;
                let to = to.as_ref().map(|value| self.bounds(value)).transpose()?;
                let (from, to) = (from.map(|bounds| bounds.0), to.map(|bounds| bounds.1));
                Ok(test(span, TestKind::Range { from, to }))
            }
        }
    }

    /// What a value stands for after nothing, `=` or `<>`.
    fn meaning(&self, value: &Literal) -> Result<Meaning, TypeError> {
        match self.field_type {
            FieldType::Text { max_length } => self.text(value, *max_length),
            FieldType::Code { max_length } => self.code_or_pattern(value, *max_length),
            _ => self.scalar(value),
        }
    }

    /// The first and the last of what a value stands for, as a bound of an interval or after `<` and `>`.
    fn bounds(&self, value: &Literal) -> Result<(FilterValue, FilterValue), TypeError> {
        let meaning = match self.field_type {
            FieldType::Text { max_length } => self.text_bound(value, *max_length)?,
            FieldType::Code { max_length } => self.code_bound(value, *max_length)?,
            FieldType::Guid => return Err(TypeError::new(TypeErrorKind::NoOrder, value.span)),
            _ => self.scalar(value)?,
        };
        match meaning {
            Meaning::Value(value) => Ok((value.clone(), value)),
            Meaning::Between(first, last) => Ok((first, last)),
            Meaning::OneOf(_) | Meaning::Form(_) => {
                let token = value.text.clone();
                Err(TypeError::new(TypeErrorKind::ListNotAllowed { token }, value.span))
            }
        }
    }
}

/// The test of a term without an order: `operator` is `=` or `<>`.
fn equality(span: Span, meaning: Meaning, operator: Operator) -> TypedNode {
    let is_equal = operator == Operator::Equal;
    let compare = |operator, value| test(span, TestKind::Compare { operator, value });
    match meaning {
        Meaning::Value(value) => compare(operator, value),
        Meaning::Between(from, to) if is_equal => {
            test(span, TestKind::Range { from: Some(from), to: Some(to) })
        }
        Meaning::Between(from, to) => {
            TypedNode::Any(vec![compare(Operator::Less, from), compare(Operator::Greater, to)])
        }
        Meaning::OneOf(values) => {
            let tests = values.into_iter().map(|value| compare(operator, value)).collect();
            if is_equal { TypedNode::Any(tests) } else { TypedNode::All(tests) }
        }
        Meaning::Form(pattern) => test(span, TestKind::Matches { pattern, negated: !is_equal }),
    }
}

fn test(span: Span, kind: TestKind) -> TypedNode {
    TypedNode::Test(TypedTest { span, kind })
}
