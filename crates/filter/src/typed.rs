//! The filter after it was bound to a field type: every value converted, every token resolved. Evaluation and
//! translation to a server start here.

use std::sync::Arc;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::field::{FieldType, FieldValue};
use crate::filter::Operator;
use crate::keys::{DateKey, DateTimeKey, TimeKey};
use crate::span::Span;

/// A filter bound to the type of its field.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile("today", &FieldType::Date, TextComparison::default(), &context).unwrap();
/// assert!(filter.passes(FieldValue::Date(couplet_filter::DateKey::from_days(0))));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TypedFilter {
    /// Shared, because a filter of many values is copied into each evaluation of it.
    root: Option<Arc<TypedNode>>,
    blank: FieldValue<'static>,
}

impl TypedFilter {
    pub(crate) fn new(root: Option<TypedNode>, field_type: &FieldType) -> Self {
        Self { root: root.map(Arc::new), blank: field_type.blank() }
    }

    /// The tree; `None` for an empty filter, which every row passes.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile("", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert!(filter.root().is_none());
    /// ```
    #[must_use]
    pub fn root(&self) -> Option<&TypedNode> {
        self.root.as_deref()
    }

    /// Another tree for the same field.
    pub(crate) fn with_root(&self, root: TypedNode) -> Self {
        Self { root: Some(Arc::new(root)), blank: self.blank }
    }

    /// What a null is read as.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile("1", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert_eq!(filter.blank(), FieldValue::Integer(0));
    /// ```
    #[must_use]
    pub fn blank(&self) -> FieldValue<'static> {
        self.blank
    }

    /// The value, or the blank value for null (filter language, section 5).
    pub(crate) fn filled<'a>(&self, value: FieldValue<'a>) -> FieldValue<'a> {
        if value == FieldValue::Null { self.blank } else { value }
    }
}

/// A part of a typed filter. Tests that come from one term have that term's span, and lie under one node.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, TypedNode, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile("1|2", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// assert!(matches!(filter.root(), Some(TypedNode::Any(parts)) if parts.len() == 2));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum TypedNode {
    /// Passes when one part passes.
    Any(Vec<TypedNode>),
    /// Passes when every part passes.
    All(Vec<TypedNode>),
    /// One test.
    Test(TypedTest),
}

/// One test of a value.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, Span, TypedNode, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile(" >5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// assert!(matches!(filter.root(), Some(TypedNode::Test(test)) if test.span == Span::new(1, 3)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TypedTest {
    /// The term it comes from.
    pub span: Span,
    /// What is tested.
    pub kind: TestKind,
}

/// The forms of a test.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FilterValue, TestKind, TextComparison, TypedNode, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile("5..", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// let Some(TypedNode::Test(test)) = filter.root() else { unreachable!() };
/// assert_eq!(test.kind, TestKind::Range { from: Some(FilterValue::Integer(5)), to: None });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum TestKind {
    /// The field's value stands in this relation to `value`.
    Compare {
        /// The relation.
        operator: Operator,
        /// The right side.
        value: FilterValue,
    },
    /// The field's value lies between two bounds, both included; a missing bound does not limit.
    Range {
        /// Lower bound.
        from: Option<FilterValue>,
        /// Upper bound; below the lower one, nothing passes.
        to: Option<FilterValue>,
    },
    /// The field's value has the form of a pattern, or has not.
    Matches {
        /// The form.
        pattern: Pattern,
        /// Whether the test is `<>`.
        negated: bool,
    },
}

/// A value of a filter, converted to the type of the field.
///
/// # Example
///
/// ```
/// use couplet_filter::{DateKey, FilterValue, odata};
///
/// let value = FilterValue::Date(DateKey::from_days(0));
/// assert_eq!(odata::Literal::of(&value).unwrap().to_string(), "1970-01-01");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum FilterValue {
    /// Text or Code.
    Text {
        /// The text; in lower case if case is ignored, in upper case for Code.
        text: String,
        /// Whether the field's value is compared ignoring case.
        ignore_case: bool,
    },
    /// Integer or BigInteger.
    Integer(i64),
    /// Decimal.
    Decimal(Decimal),
    /// Boolean.
    Boolean(bool),
    /// Ordinal of an Option; it need not be a member's.
    Option(i32),
    /// Date.
    Date(DateKey),
    /// DateTime.
    DateTime(DateTimeKey),
    /// Time.
    Time(TimeKey),
    /// Milliseconds.
    Duration(i64),
    /// Guid.
    Guid(Uuid),
}

/// A text with wildcards. It covers the whole value.
///
/// # Example
///
/// ```
/// use couplet_filter::{Case, Pattern};
///
/// let pattern = Pattern::new("CO*", Case::Ignored);
/// assert!(pattern.ignore_case && pattern.matches("Contoso"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Whether case is ignored; the literals are in lower case then.
    pub ignore_case: bool,
    /// From left to right; two literals or two runs never follow each other.
    pub parts: Vec<PatternPart>,
}

/// A part of a pattern.
///
/// # Example
///
/// ```
/// use couplet_filter::{Case, Pattern, PatternPart};
///
/// assert_eq!(Pattern::new("*?", Case::Sensitive).parts, [PatternPart::AnyRun, PatternPart::AnyOne]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternPart {
    /// These characters.
    Literal(String),
    /// `*`: any number of any characters.
    AnyRun,
    /// `?`: one character, whichever.
    AnyOne,
}
