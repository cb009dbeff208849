//! Why a filter could not be read, and why one that was read does not fit its field. Facts with places; the
//! sentences here are English for logs, people get theirs from the locale files by `code`.

use std::fmt;

use crate::field::FieldType;
use crate::span::Span;

/// A filter text could not be read (filter language, sections 2, 3 and 8).
///
/// # Example
///
/// ```
/// let error = couplet_filter::parse("1|").unwrap_err();
/// assert_eq!(error.span.position("1|"), 3);
/// assert_eq!(error.to_string(), "expected a value, found end of filter");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where, in the filter text.
    pub span: Span,
}

/// What is wrong with a filter text.
///
/// # Example
///
/// ```
/// use couplet_filter::{SyntaxErrorKind, parse};
///
/// assert_eq!(parse("..").unwrap_err().kind, SyntaxErrorKind::EmptyRange);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// A value was expected here.
    MissingValue {
        /// What stands there instead; empty at the end of the filter.
        found: String,
    },
    /// An interval has no bound on either side.
    EmptyRange,
    /// A parenthesis was opened and never closed.
    UnclosedParenthesis,
    /// A parenthesis is closed that was never opened.
    UnopenedParenthesis,
    /// A parenthesis inside a value, which would have to be enclosed in quotes.
    ParenthesisInValue,
    /// A quote was opened and never closed, or stands alone in a value.
    UnclosedQuote,
    /// After a complete term, only an operator may follow.
    MissingOperator {
        /// What stands there instead.
        found: String,
    },
    /// A second `..` in a term, or one after a comparison.
    UnexpectedInterval,
    /// More parentheses are open at once than are read.
    TooDeep {
        /// The most that are read.
        limit: usize,
    },
}

impl SyntaxError {
    pub(crate) fn new(kind: SyntaxErrorKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::parse("'A").unwrap_err().code(), "filter.unclosed-quote");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            SyntaxErrorKind::MissingValue { .. } => "filter.missing-value",
            SyntaxErrorKind::EmptyRange => "filter.empty-range",
            SyntaxErrorKind::UnclosedParenthesis => "filter.unclosed-parenthesis",
            SyntaxErrorKind::UnopenedParenthesis => "filter.unopened-parenthesis",
            SyntaxErrorKind::ParenthesisInValue => "filter.parenthesis-in-value",
            SyntaxErrorKind::UnclosedQuote => "filter.unclosed-quote",
            SyntaxErrorKind::MissingOperator { .. } => "filter.missing-operator",
            SyntaxErrorKind::UnexpectedInterval => "filter.unexpected-interval",
            SyntaxErrorKind::TooDeep { .. } => "filter.too-deep",
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SyntaxErrorKind::MissingValue { found } => write!(f, "expected a value, found {}", Found(found)),
            SyntaxErrorKind::EmptyRange => f.write_str("expected a value on at least one side of `..`"),
            SyntaxErrorKind::UnclosedParenthesis => {
                f.write_str("expected a matching `)`, found end of filter")
            }
            SyntaxErrorKind::UnopenedParenthesis => {
                f.write_str("expected end of filter, `|` or `&`, found `)`")
            }
            SyntaxErrorKind::ParenthesisInValue => {
                f.write_str("expected an operator or the end, found `(`; enclose the value in single quotes")
            }
            SyntaxErrorKind::UnclosedQuote => f.write_str("expected a closing quote, found end of filter"),
            SyntaxErrorKind::MissingOperator { found } => {
                write!(f, "expected an operator, found {}", Found(found))
            }
            SyntaxErrorKind::UnexpectedInterval => f.write_str("expected an operator, found `..`"),
            SyntaxErrorKind::TooDeep { limit } => write!(f, "expected at most {limit} open parentheses"),
        }
    }
}

impl std::error::Error for SyntaxError {}

/// A filter was read, but does not fit the field it is for (filter language, sections 4, 6 and 8).
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, TextComparison, bind, parse};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = parse("1|ten").unwrap();
/// let error = bind(&filter, &FieldType::Decimal, TextComparison::default(), &context).unwrap_err();
/// assert_eq!(error.span.slice("1|ten"), "ten");
/// assert_eq!(error.to_string(), "expected a number, found `ten`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// What is wrong.
    pub kind: TypeErrorKind,
    /// Where, in the filter text.
    pub span: Span,
}

/// What is wrong with a value.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, TextComparison, TypeErrorKind, bind, parse};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let code = FieldType::Code { max_length: Some(2) };
/// let error = bind(&parse("ABC").unwrap(), &code, TextComparison::default(), &context).unwrap_err();
/// assert_eq!(error.kind, TypeErrorKind::TooLong { max_length: 2, length: 3 });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeErrorKind {
    /// A value cannot be read as the field's type.
    ValueOfWrongType {
        /// The field's type.
        expected: FieldType,
        /// The value as it was written, without quotes.
        found: String,
    },
    /// A value is longer than the field.
    TooLong {
        /// Length of the field in characters.
        max_length: u32,
        /// Length of the value in characters.
        length: u32,
    },
    /// A word after `%` that is no token.
    UnknownToken {
        /// With its `%`.
        token: String,
    },
    /// The list behind a token has no entry, which would let every row pass.
    EmptyList {
        /// With its `%`.
        token: String,
    },
    /// A list of several entries stands where only one value can.
    ListNotAllowed {
        /// With its `%`.
        token: String,
    },
    /// GUIDs have no order, so they cannot bound an interval.
    NoOrder,
    /// Fields of this type cannot be filtered.
    Unfilterable,
    /// The lenient reader could not read this part.
    Unreadable,
}

impl TypeError {
    pub(crate) fn new(kind: TypeErrorKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Span, TypeError, TypeErrorKind};
    ///
    /// assert_eq!(TypeError { kind: TypeErrorKind::NoOrder, span: Span::at(0) }.code(), "filter.no-order");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            TypeErrorKind::ValueOfWrongType { .. } => "filter.value-of-wrong-type",
            TypeErrorKind::TooLong { .. } => "filter.too-long",
            TypeErrorKind::UnknownToken { .. } => "filter.unknown-token",
            TypeErrorKind::EmptyList { .. } => "filter.empty-list",
            TypeErrorKind::ListNotAllowed { .. } => "filter.list-not-allowed",
            TypeErrorKind::NoOrder => "filter.no-order",
            TypeErrorKind::Unfilterable => "filter.unfilterable",
            TypeErrorKind::Unreadable => "filter.unreadable",
        }
    }
}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TypeErrorKind::ValueOfWrongType { expected, found } => {
                write!(f, "expected {expected}, found `{found}`")
            }
            TypeErrorKind::TooLong { max_length, length } => {
                write!(f, "expected at most {max_length} characters, found {length}")
            }
            TypeErrorKind::UnknownToken { token } => write!(f, "expected a known token, found `{token}`"),
            TypeErrorKind::EmptyList { token } => {
                write!(f, "expected a list with entries, found `{token}` empty")
            }
            TypeErrorKind::ListNotAllowed { token } => {
                write!(f, "expected a single value, found the list `{token}`")
            }
            TypeErrorKind::NoOrder => f.write_str("expected `=` or `<>`: a GUID has no order"),
            TypeErrorKind::Unfilterable => {
                f.write_str("expected another field: this type cannot be filtered")
            }
            TypeErrorKind::Unreadable => f.write_str("expected a filter without errors"),
        }
    }
}

impl std::error::Error for TypeError {}

/// Why a filter text cannot be used on a field.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FilterError, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let compile = |text| compile(text, &FieldType::Integer, TextComparison::default(), &context);
/// assert!(matches!(compile("1|"), Err(FilterError::Syntax(_))));
/// assert!(matches!(compile("1|x"), Err(FilterError::Type(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterError {
    /// It could not be read.
    Syntax(SyntaxError),
    /// It does not fit the field.
    Type(TypeError),
}

impl FilterError {
    /// Where, in the filter text.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{FilterError, Span, parse};
    ///
    /// assert_eq!(FilterError::from(parse("(1").unwrap_err()).span(), Span::new(0, 1));
    /// ```
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Syntax(error) => error.span,
            Self::Type(error) => error.span,
        }
    }

    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{FilterError, parse};
    ///
    /// assert_eq!(FilterError::from(parse("(1").unwrap_err()).code(), "filter.unclosed-parenthesis");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(error) => error.code(),
            Self::Type(error) => error.code(),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => error.fmt(f),
            Self::Type(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FilterError {}

impl From<SyntaxError> for FilterError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl From<TypeError> for FilterError {
    fn from(error: TypeError) -> Self {
        Self::Type(error)
    }
}

/// The text found at a place, or its end.
struct Found<'a>(&'a str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("end of filter") } else { write!(f, "`{}`", self.0) }
    }
}
