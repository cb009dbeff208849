//! Views: one filter per field, joined by AND, with an order, as table mappings store them (filter language,
//! section 7). What a field is, only the caller knows.

mod parser;
mod print;
mod stored;

use std::fmt;

use rustc_hash::FxHashSet;

use crate::bind::{Spelling, bind_constant, compile};
use crate::context::Context;
use crate::error::FilterError;
use crate::field::{FieldType, FieldValue, TextComparison};
use crate::span::Span;
use crate::typed::TypedFilter;

pub use parser::parse_view;
pub use stored::{MappingCondition, StoredField, export_view, import_view};

/// A view as it was written.
///
/// # Example
///
/// ```
/// use couplet_filter::{SortOrder, parse_view};
///
/// let view = parse_view("SORTING(No.) ORDER(Descending) WHERE(Name=FILTER(A*))").unwrap();
/// assert_eq!((view.order, view.conditions.len()), (SortOrder::Descending, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// Fields of the sort; they never decide which rows pass.
    pub sorting: Vec<FieldReference>,
    /// Direction of the sort.
    pub order: SortOrder,
    /// Conditions in the order they were written.
    pub conditions: Vec<ViewCondition>,
}

/// How a view names a field.
///
/// # Example
///
/// ```
/// use couplet_filter::{FieldReference, parse_view};
///
/// let view = parse_view("SORTING(Field1,Name)").unwrap();
/// assert_eq!(view.sorting, [FieldReference::Number(1), FieldReference::Name("Name".to_owned())]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FieldReference {
    /// `Field39`, as stored views do.
    Number(u32),
    /// By caption, or by name where there is none; case does not matter.
    Name(String),
}

/// Direction of a sort.
///
/// # Example
///
/// ```
/// use couplet_filter::{SortOrder, parse_view};
///
/// assert_eq!(parse_view("SORTING(Name)").unwrap().order, SortOrder::Ascending);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SortOrder {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// One field with its filter.
///
/// # Example
///
/// ```
/// let text = "WHERE(Name=FILTER(A*|B))";
/// let view = couplet_filter::parse_view(text).unwrap();
/// let condition = &view.conditions[0];
/// assert_eq!((condition.body.as_str(), condition.body_span.slice(text)), ("A*|B", "A*|B"));
/// assert_eq!(condition.field_span.slice(text), "Name");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewCondition {
    /// The field.
    pub field: FieldReference,
    /// Where the field stands in the view text.
    pub field_span: Span,
    /// How the body is read.
    pub kind: ConditionKind,
    /// Between the parentheses.
    pub body: String,
    /// Where the body stands in the view text.
    pub body_span: Span,
}

/// How the body of a condition is read.
///
/// # Example
///
/// ```
/// use couplet_filter::{ConditionKind, parse_view};
///
/// let view = parse_view("WHERE(Name=CONST(A*),City=1(A*))").unwrap();
/// let kinds: Vec<_> = view.conditions.iter().map(|condition| condition.kind).collect();
/// assert_eq!(kinds, [ConditionKind::Const, ConditionKind::Filter]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionKind {
    /// A filter expression.
    Filter,
    /// One value, taken literally.
    Const,
}

/// What the caller knows of a field of the view's table.
///
/// # Example
///
/// ```
/// use couplet_filter::{FieldType, TextComparison, ViewField};
///
/// let field_type = FieldType::Code { max_length: Some(20) };
/// let number = ViewField { number: 1, field_type, comparison: TextComparison::BusinessCentral };
/// assert_eq!(number.number, 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewField {
    /// What tells it apart from other fields: two references to one field have the same number.
    pub number: u32,
    /// Its type.
    pub field_type: FieldType,
    /// How its texts compare.
    pub comparison: TextComparison,
}

/// A view bound to the fields of its table.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldReference, FieldType, TextComparison, ViewField, parse_view};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let field = |_: &FieldReference| {
///     Some(ViewField { number: 1, field_type: FieldType::Integer, comparison: TextComparison::default() })
/// };
/// let view = parse_view("WHERE(Field1=1(5..))").unwrap().bind(&context, field).unwrap();
/// assert_eq!(view.conditions.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TypedView {
    /// One filter per field; a row passes when it passes all.
    pub conditions: Vec<TypedCondition>,
}

/// A filter bound to the field it is for.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldReference, FieldType, FieldValue, TextComparison, ViewField, parse_view};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let field = |_: &FieldReference| {
///     Some(ViewField { number: 1, field_type: FieldType::Integer, comparison: TextComparison::default() })
/// };
/// let view = parse_view("WHERE(Field1=1(5..))").unwrap().bind(&context, field).unwrap();
/// assert!(view.conditions[0].filter.passes(FieldValue::Integer(6)));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TypedCondition {
    /// The field as the view names it.
    pub field: FieldReference,
    /// Where the field stands in the view text.
    pub field_span: Span,
    /// The filter; its spans are those of the condition's body.
    pub filter: TypedFilter,
}

impl View {
    /// Binds every condition; `field` finds a field, or gives `None` if the table has no such field.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldReference, FieldType, TextComparison, ViewField, parse_view};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let field = |_: &FieldReference| {
    ///     Some(ViewField { number: 1, field_type: FieldType::Integer, comparison: TextComparison::default() })
    /// };
    /// let view = parse_view("WHERE(Field1=1(5),Amount=1(6))").unwrap();
    /// // Both names are the same field here.
    /// assert_eq!(view.bind(&context, field).unwrap_err().code(), "view.duplicate-field");
    /// assert_eq!(view.bind(&context, |_| None).unwrap_err().code(), "view.unknown-field");
    /// ```
    ///
    /// # Errors
    ///
    /// The first condition, from left to right, whose field is unknown or occurs a second time, or whose body
    /// does not fit the field.
    pub fn bind(
        &self,
        context: &Context,
        mut field: impl FnMut(&FieldReference) -> Option<ViewField>,
    ) -> Result<TypedView, ViewError> {
        let mut seen = FxHashSet::default();
        let bind = |condition: &ViewCondition| {
            let at_field = |kind| ViewError { kind, span: condition.field_span };
            let name = || condition.field.clone();
            let found = field(&condition.field);
            let found = found.ok_or_else(|| at_field(ViewErrorKind::UnknownField { field: name() }))?;
            if !seen.insert(found.number) {
                return Err(at_field(ViewErrorKind::DuplicateField { field: name() }));
            }
            let filter = condition.bind(&found, context).map_err(|error| ViewError {
                span: error.span().shifted(condition.body_span.start),
                kind: ViewErrorKind::Condition { field: name(), error },
            })?;
            Ok(TypedCondition { field: name(), field_span: condition.field_span, filter })
        };
        Ok(TypedView { conditions: self.conditions.iter().map(bind).collect::<Result<_, _>>()? })
    }
}

impl ViewCondition {
    /// Binds the body to its field.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, ViewField, parse_view};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let field_type = FieldType::Text { max_length: None };
    /// let field = ViewField { number: 2, field_type, comparison: TextComparison::default() };
    /// let view = parse_view("WHERE(Name=CONST(A*))").unwrap();
    /// let filter = view.conditions[0].bind(&field, &context).unwrap();
    /// assert!(filter.passes(FieldValue::Text("A*")) && !filter.passes(FieldValue::Text("AB")));
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the body; the span is that in the body.
    pub fn bind(&self, field: &ViewField, context: &Context) -> Result<TypedFilter, FilterError> {
        match self.kind {
            ConditionKind::Filter => compile(&self.body, &field.field_type, field.comparison, context),
            ConditionKind::Const => {
                let root = bind_constant(
                    &self.body,
                    &field.field_type,
                    field.comparison,
                    context,
                    Spelling::Folded,
                )?;
                Ok(TypedFilter::new(Some(root), &field.field_type))
            }
        }
    }
}

impl TypedView {
    /// Whether a row passes; `value` gives the row's value of a field, `None` if the row lacks it.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldReference, FieldType, FieldValue, TextComparison, ViewField, parse_view};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let field = |_: &FieldReference| {
    ///     Some(ViewField { number: 1, field_type: FieldType::Integer, comparison: TextComparison::default() })
    /// };
    /// let view = parse_view("WHERE(Field1=1(5..))").unwrap().bind(&context, field).unwrap();
    /// assert_eq!(view.passes(|_| Some(FieldValue::Integer(4))), Ok(false));
    /// assert!(view.passes(|_| None).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// A condition's field is not in the row: that is not the same as "does not pass".
    pub fn passes<'v>(
        &self,
        mut value: impl FnMut(&FieldReference) -> Option<FieldValue<'v>>,
    ) -> Result<bool, ViewError> {
        let mut passes = true;
        for condition in &self.conditions {
            let kind = || ViewErrorKind::UnknownField { field: condition.field.clone() };
            let value = value(&condition.field)
                .ok_or_else(|| ViewError { kind: kind(), span: condition.field_span })?;
            passes &= condition.filter.passes(value);
        }
        Ok(passes)
    }
}

/// A view could not be read, or does not fit its table.
///
/// # Example
///
/// ```
/// let text = "WHERE(Name=FIELD(City))";
/// let error = couplet_filter::parse_view(text).unwrap_err();
/// assert_eq!(error.to_string(), "expected `FILTER(...)` or `CONST(...)`");
/// assert_eq!(error.span.position(text), 12);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewError {
    /// What is wrong.
    pub kind: ViewErrorKind,
    /// Where, in the whole view text.
    pub span: Span,
}

/// What is wrong with a view.
///
/// # Example
///
/// ```
/// use couplet_filter::{ViewErrorKind, parse_view};
///
/// assert_eq!(parse_view("WHERE(A=1(2)").unwrap_err().kind, ViewErrorKind::UnclosedParenthesis);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewErrorKind {
    /// Something else was expected here.
    Malformed {
        /// What was expected.
        expected: ViewPart,
    },
    /// A parenthesis was opened and never closed.
    UnclosedParenthesis,
    /// The table has no such field.
    UnknownField {
        /// The field.
        field: FieldReference,
    },
    /// A second condition for the same field.
    DuplicateField {
        /// The field.
        field: FieldReference,
    },
    /// The index of an option has no value on the other side, or the value no index.
    NoStoredValue {
        /// The field.
        field: FieldReference,
        /// The index or the value.
        found: String,
    },
    /// The body of a condition is wrong.
    Condition {
        /// The field.
        field: FieldReference,
        /// Why; its span is that in the body.
        error: FilterError,
    },
}

/// A part of a view's grammar.
///
/// # Example
///
/// ```
/// use couplet_filter::{ViewErrorKind, ViewPart, parse_view};
///
/// let error = parse_view("VERSION(one)").unwrap_err();
/// assert_eq!(error.kind, ViewErrorKind::Malformed { expected: ViewPart::Number });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViewPart {
    /// `VERSION`, `SORTING`, `ORDER` or `WHERE`, each once and in this order.
    Clause,
    /// The end of the view.
    End,
    /// `(`
    OpeningParenthesis,
    /// `)`
    ClosingParenthesis,
    /// `,` or `)`
    CommaOrParenthesis,
    /// A number.
    Number,
    /// `Ascending` or `Descending`.
    Direction,
    /// A field.
    Field,
    /// `=`
    EqualsSign,
    /// `FILTER(`, `CONST(`, `1(`, `0(` or `(`.
    Kind,
}

impl ViewError {
    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::parse_view("FROM(A)").unwrap_err().code(), "view.malformed");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            ViewErrorKind::Malformed { .. } => "view.malformed",
            ViewErrorKind::UnclosedParenthesis => "view.unclosed-parenthesis",
            ViewErrorKind::UnknownField { .. } => "view.unknown-field",
            ViewErrorKind::DuplicateField { .. } => "view.duplicate-field",
            ViewErrorKind::NoStoredValue { .. } => "view.no-stored-value",
            ViewErrorKind::Condition { error, .. } => error.code(),
        }
    }
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ViewErrorKind::Malformed { expected } => write!(f, "expected {expected}"),
            ViewErrorKind::UnclosedParenthesis => f.write_str("expected a matching `)`, found end of view"),
            ViewErrorKind::UnknownField { field } => {
                write!(f, "expected a field of the table, found `{field}`")
            }
            ViewErrorKind::DuplicateField { field } => {
                write!(f, "expected each field once, found `{field}` again")
            }
            ViewErrorKind::NoStoredValue { field, found } => {
                write!(f, "`{found}` of `{field}` has no counterpart on the other side")
            }
            ViewErrorKind::Condition { field, error } => write!(f, "filter of `{field}`: {error}"),
        }
    }
}

impl std::error::Error for ViewError {}

impl fmt::Display for ViewPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clause => "`VERSION`, `SORTING`, `ORDER` or `WHERE`",
            Self::End => "end of view",
            Self::OpeningParenthesis => "`(`",
            Self::ClosingParenthesis => "`)`",
            Self::CommaOrParenthesis => "`,` or `)`",
            Self::Number => "a number",
            Self::Direction => "`Ascending` or `Descending`",
            Self::Field => "a field",
            Self::EqualsSign => "`=`",
            Self::Kind => "`FILTER(...)` or `CONST(...)`",
        })
    }
}
