//! Evaluation of one value, with reasons. The fast way over whole columns is in `columns`; both must agree.

use std::cmp::Ordering;

use crate::field::FieldValue;
use crate::filter::Operator;
use crate::span::Span;
use crate::text::{compare, compare_ignoring_case, equal_ignoring_case};
use crate::typed::{FilterValue, TestKind, TypedFilter, TypedNode, TypedTest};

/// Why a value passes a filter or does not.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile("<3|>5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// let explanation = filter.explain(FieldValue::Integer(4));
/// assert!(!explanation.passes);
/// assert_eq!(explanation.terms.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the value passes the whole filter.
    pub passes: bool,
    /// Every term from left to right, also those that did not decide.
    pub terms: Vec<TermVerdict>,
}

/// Whether a value passes one term.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let text = "<3|>5";
/// let filter = compile(text, &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// let second = filter.explain(FieldValue::Integer(7)).terms[1];
/// assert_eq!((second.span.slice(text), second.passed), (">5", true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermVerdict {
    /// The term in the filter text.
    pub span: Span,
    /// Whether the value passes it.
    pub passed: bool,
}

impl TypedFilter {
    /// Whether the value passes. A null is read as the blank value; a value of another type than the field's
    /// does not pass.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile("<>5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert!(filter.passes(FieldValue::Null));
    /// assert!(!filter.passes(FieldValue::Text("six")));
    /// ```
    #[must_use]
    pub fn passes(&self, value: FieldValue<'_>) -> bool {
        let value = self.filled(value);
        self.root().is_none_or(|root| root.passes(value))
    }

    /// Whether the value passes, and which terms it passes.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let text = FieldType::Text { max_length: None };
    /// let filter = compile("A*&<>AB", &text, TextComparison::default(), &context).unwrap();
    /// let explanation = filter.explain(FieldValue::Text("AB"));
    /// let passed: Vec<bool> = explanation.terms.iter().map(|term| term.passed).collect();
    /// assert_eq!((explanation.passes, passed), (false, vec![true, false]));
    /// ```
    #[must_use]
    pub fn explain(&self, value: FieldValue<'_>) -> Explanation {
        let mut terms = Vec::new();
        let value = self.filled(value);
        let passes = self.root().is_none_or(|root| root.explain(value, &mut terms));
        Explanation { passes, terms }
    }
}

impl TypedNode {
    pub(crate) fn passes(&self, value: FieldValue<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.passes(value)),
            Self::All(parts) => parts.iter().all(|part| part.passes(value)),
            Self::Test(test) => test.passes(value),
        }
    }

    fn explain(&self, value: FieldValue<'_>, terms: &mut Vec<TermVerdict>) -> bool {
        if let Some(span) = self.term() {
            let passed = self.passes(value);
            terms.push(TermVerdict { span, passed });
            return passed;
        }
        // Counting asks every part, also when the first has decided.
        let mut n_passed = |parts: &[Self]| parts.iter().filter(|part| part.explain(value, terms)).count();
        match self {
            Self::Any(parts) => n_passed(parts) > 0,
            Self::All(parts) => n_passed(parts) == parts.len(),
            Self::Test(test) => test.passes(value),
        }
    }

    /// The term that all tests of this node come from, if it is one: spans of different terms differ, and the
    /// tests of one term lie side by side.
    fn term(&self) -> Option<Span> {
        let (first, last) = (self.first_span()?, self.last_span()?);
        (first == last).then_some(first)
    }

    fn first_span(&self) -> Option<Span> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.first()?.first_span(),
            Self::Test(test) => Some(test.span),
        }
    }

    fn last_span(&self) -> Option<Span> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.last()?.last_span(),
            Self::Test(test) => Some(test.span),
        }
    }
}

impl TypedTest {
    pub(crate) fn passes(&self, value: FieldValue<'_>) -> bool {
        match &self.kind {
            TestKind::Compare { operator, value: right } => operator.holds(value, right),
            TestKind::Range { from, to } => {
                let above = from.as_ref().is_none_or(|from| Operator::GreaterOrEqual.holds(value, from));
                above && to.as_ref().is_none_or(|to| Operator::LessOrEqual.holds(value, to))
            }
            TestKind::Matches { pattern, negated } => match value {
                FieldValue::Text(text) => pattern.matches(text) != *negated,
                _ => false,
            },
        }
    }
}

impl Operator {
    fn holds(self, value: FieldValue<'_>, right: &FilterValue) -> bool {
        if let (
            FieldValue::Text(text),
            FilterValue::Text { text: right, ignore_case },
            Self::Equal | Self::NotEqual,
        ) = (value, right, self)
        {
            let equal = if *ignore_case { equal_ignoring_case(text, right) } else { text == right };
            return equal == (self == Self::Equal);
        }
        order(value, right).is_some_and(|order| self.accepts(order))
    }

    pub(crate) const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// The order of two values of one type; values of different types have none.
fn order(left: FieldValue<'_>, right: &FilterValue) -> Option<Ordering> {
    Some(match (left, right) {
        (FieldValue::Text(left), FilterValue::Text { text, ignore_case: true }) => {
            compare_ignoring_case(left, text)
        }
        (FieldValue::Text(left), FilterValue::Text { text, ignore_case: false }) => compare(left, text),
        (FieldValue::Integer(left), FilterValue::Integer(right)) => left.cmp(right),
        (FieldValue::Decimal(left), FilterValue::Decimal(right)) => left.cmp(right),
        (FieldValue::Boolean(left), FilterValue::Boolean(right)) => left.cmp(right),
        (FieldValue::Option(left), FilterValue::Option(right)) => left.cmp(right),
        (FieldValue::Date(left), FilterValue::Date(right)) => left.cmp(right),
        (FieldValue::DateTime(left), FilterValue::DateTime(right)) => left.cmp(right),
        (FieldValue::Time(left), FilterValue::Time(right)) => left.cmp(right),
        (FieldValue::Duration(left), FilterValue::Duration(right)) => left.cmp(right),
        (FieldValue::Guid(left), FilterValue::Guid(right)) => left.cmp(right),
        _ => return None,
    })
}
