//! Why a filter has no OData form, and why an OData expression is no filter. Facts with places; people get their
//! sentences from the locale files by `code`.

use std::fmt;

use crate::error::{FilterError, TypeError};
use crate::field::FieldType;
use crate::span::Span;

/// A view has no OData form.
///
/// # Example
///
/// ```
/// use couplet_filter::{
///     ConditionKind, Context, FieldForm, FieldType, FormCondition, TextComparison, odata,
/// };
///
/// let field = FieldForm {
///     caption: "Name",
///     property: "name",
///     field_type: &FieldType::Text { max_length: None },
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let condition = FormCondition { field, kind: ConditionKind::Filter, text: "B|A?" };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let error = odata::write(&[condition], &context).unwrap_err();
/// assert_eq!((error.code(), error.span.slice("B|A?")), ("odata.pattern", "A?"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteError {
    /// Which condition, from 0.
    pub condition: usize,
    /// Where, in the text of the condition.
    pub span: Span,
    /// Why.
    pub kind: WriteErrorKind,
}

/// Why a view has no OData form.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::WriteErrorKind;
///
/// assert_eq!(WriteErrorKind::ClosingDate.code(), "odata.closing-date");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The condition cannot be read, or does not fit its field.
    Condition(FilterError),
    /// The field has no property in OData.
    NoProperty,
    /// A pattern is more than begins with, ends with, contains.
    Pattern,
    /// Closing dates exist only in Business Central's own filters.
    ClosingDate,
    /// No member of the option has this number, or its name is not its own.
    OptionWithoutName {
        /// The number.
        ordinal: i32,
    },
    /// No value passes, which OData has no plain word for.
    NothingPasses,
    /// More would be nested than is read again.
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
}

impl WriteErrorKind {
    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::odata::WriteErrorKind::Pattern.code(), "odata.pattern");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Condition(error) => error.code(),
            Self::NoProperty => "odata.no-property",
            Self::Pattern => "odata.pattern",
            Self::ClosingDate => "odata.closing-date",
            Self::OptionWithoutName { .. } => "odata.option-without-name",
            Self::NothingPasses => "odata.nothing-passes",
            Self::TooDeep { .. } => "odata.too-deep",
        }
    }
}

impl WriteError {
    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Span, odata::{WriteError, WriteErrorKind}};
    ///
    /// let error = WriteError { condition: 0, span: Span::at(0), kind: WriteErrorKind::NoProperty };
    /// assert_eq!(error.code(), "odata.no-property");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            WriteErrorKind::Condition(error) => error.fmt(f),
            WriteErrorKind::NoProperty => f.write_str("the field has no property in OData"),
            WriteErrorKind::Pattern => {
                f.write_str("OData has functions only for begins with, ends with and contains")
            }
            WriteErrorKind::ClosingDate => f.write_str("OData has no closing dates"),
            WriteErrorKind::OptionWithoutName { ordinal } => {
                write!(f, "option value `{ordinal}` has no name of its own")
            }
            WriteErrorKind::NothingPasses => f.write_str("no value passes this condition"),
            WriteErrorKind::TooDeep { limit } => write!(f, "expected at most {limit} nested parts"),
        }
    }
}

impl std::error::Error for WriteError {}

/// An OData expression could not be read, or is no filter.
///
/// # Example
///
/// ```
/// let error = couplet_filter::odata::read("length(name) gt 5").unwrap_err();
/// assert_eq!((error.code(), error.span.position("length(name) gt 5")), ("odata.unknown-function", 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Where, in the OData text.
    pub span: Span,
    /// Why.
    pub kind: ReadErrorKind,
}

/// Why an OData expression could not be read, or is no filter.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::ReadErrorKind;
///
/// assert_eq!(ReadErrorKind::UnclosedQuote.code(), "odata.unclosed-quote");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// Something else was expected here.
    Unexpected {
        /// What was expected.
        expected: Part,
        /// What stands there; empty at the end.
        found: String,
    },
    /// A quote was opened and never closed.
    UnclosedQuote,
    /// A parenthesis was opened and never closed.
    UnclosedParenthesis,
    /// More is nested than is read.
    TooDeep {
        /// The most that is read.
        limit: usize,
    },
    /// A function that no filter can express.
    UnknownFunction {
        /// Its name.
        name: String,
    },
    /// An operator that no filter can express.
    UnknownOperator {
        /// Its word.
        word: String,
    },
    /// A word that is no literal and no name.
    MalformedLiteral {
        /// The word.
        found: String,
    },
    /// The table has no such property.
    UnknownProperty {
        /// Its name.
        name: String,
    },
    /// Alternatives over several fields: a view joins fields only by `and`.
    OrAcrossFields {
        /// Property of the first alternative.
        first: String,
        /// Another property.
        second: String,
    },
    /// A literal of another type than the property's.
    WrongType {
        /// The property's type.
        expected: FieldType,
        /// The literal.
        found: String,
    },
    /// An order of values that have none, or none that the service knows.
    NotOrdered,
    /// A function of texts on a property that is none.
    NotText {
        /// The function.
        function: &'static str,
    },
    /// `null` is told apart from the blank value, which a filter cannot do.
    NullApart,
    /// `*` or `?`, which a filter cannot mean literally.
    Wildcard {
        /// The character.
        character: char,
    },
    /// `%` or `_`, which Dataverse takes for wildcards; brackets make them characters.
    ServiceWildcard {
        /// The character.
        character: char,
    },
    /// A text with a leading `@` and case, where a filter would ignore case.
    AtSign,
    /// `tolower` compared with a text that has capitals, or `toupper` with one that has not: never true.
    CaseNeverFits,
    /// No member of the option has this name.
    UnknownOption {
        /// The name.
        found: String,
    },
    /// No value passes, which a filter has no plain word for.
    NothingPasses,
    /// The filter that it would be does not fit the field.
    Condition(TypeError),
}

/// A part of an OData expression.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::{Part, ReadErrorKind, read};
///
/// let error = read("name eq").unwrap_err();
/// assert_eq!(error.kind, ReadErrorKind::Unexpected { expected: Part::Value, found: String::new() });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// A property, a function, `not` or `(`.
    Expression,
    /// `eq`, `ne`, `lt`, `le`, `gt`, `ge` or `in`.
    Operator,
    /// A literal.
    Value,
    /// A text in single quotes.
    Text,
    /// A property.
    Property,
    /// `(`
    OpeningParenthesis,
    /// `)`
    ClosingParenthesis,
    /// `,`
    Comma,
    /// `,` or `)`
    CommaOrParenthesis,
    /// `and`, `or` or the end.
    End,
}

impl ReadErrorKind {
    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::odata::ReadErrorKind::AtSign.code(), "odata.at-sign");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unexpected { .. } => "odata.unexpected",
            Self::UnclosedQuote => "odata.unclosed-quote",
            Self::UnclosedParenthesis => "odata.unclosed-parenthesis",
            Self::TooDeep { .. } => "odata.too-deep",
            Self::UnknownFunction { .. } => "odata.unknown-function",
            Self::UnknownOperator { .. } => "odata.unknown-operator",
            Self::MalformedLiteral { .. } => "odata.malformed-literal",
            Self::UnknownProperty { .. } => "odata.unknown-property",
            Self::OrAcrossFields { .. } => "odata.or-across-fields",
            Self::WrongType { .. } => "odata.wrong-type",
            Self::NotOrdered => "odata.not-ordered",
            Self::NotText { .. } => "odata.not-text",
            Self::NullApart => "odata.null-apart",
            Self::Wildcard { .. } => "odata.wildcard",
            Self::ServiceWildcard { .. } => "odata.service-wildcard",
            Self::AtSign => "odata.at-sign",
            Self::CaseNeverFits => "odata.case-never-fits",
            Self::UnknownOption { .. } => "odata.unknown-option",
            Self::NothingPasses => "odata.nothing-passes",
            Self::Condition(error) => error.code(),
        }
    }
}

impl ReadError {
    pub(super) fn new(kind: ReadErrorKind, span: Span) -> Self {
        Self { span, kind }
    }

    /// Key of the message in the locale files.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::odata::read("a eq 'b").unwrap_err().code(), "odata.unclosed-quote");
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ReadErrorKind as Kind;
        match &self.kind {
            Kind::Unexpected { expected, found } if found.is_empty() => {
                write!(f, "expected {expected}, found end of expression")
            }
            Kind::Unexpected { expected, found } => write!(f, "expected {expected}, found `{found}`"),
            Kind::UnclosedQuote => f.write_str("expected a closing quote, found end of expression"),
            Kind::UnclosedParenthesis => f.write_str("expected a matching `)`, found end of expression"),
            Kind::TooDeep { limit } => write!(f, "expected at most {limit} nested parts"),
            Kind::UnknownFunction { name } => write!(f, "no filter can express the function `{name}`"),
            Kind::UnknownOperator { word } => write!(f, "no filter can express the operator `{word}`"),
            Kind::MalformedLiteral { found } => {
                write!(f, "expected a literal or a property, found `{found}`")
            }
            Kind::UnknownProperty { name } => write!(f, "expected a property of the table, found `{name}`"),
            Kind::OrAcrossFields { first, second } => {
                write!(f, "a view joins fields by `and` only, found alternatives of `{first}` and `{second}`")
            }
            Kind::WrongType { expected, found } => write!(f, "expected {expected}, found `{found}`"),
            Kind::NotOrdered => f.write_str("expected `eq` or `ne`: values of this type have no order"),
            Kind::NotText { function } => write!(f, "expected a text for `{function}`"),
            Kind::NullApart => {
                f.write_str("a filter reads null as the blank value and cannot tell them apart")
            }
            Kind::Wildcard { character } => {
                write!(f, "`{character}` is a wildcard in filters and cannot be meant literally")
            }
            Kind::ServiceWildcard { character } => {
                write!(
                    f,
                    "`{character}` is a wildcard of the service; write `[{character}]` for the character"
                )
            }
            Kind::AtSign => f.write_str("a leading `@` makes a filter ignore case"),
            Kind::CaseNeverFits => f.write_str("the text has other letters than the function can give"),
            Kind::UnknownOption { found } => write!(f, "expected the name of an option, found `{found}`"),
            Kind::NothingPasses => f.write_str("no value passes this condition"),
            Kind::Condition(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expression => "a property, a function, `not` or `(`",
            Self::Operator => "`eq`, `ne`, `lt`, `le`, `gt`, `ge` or `in`",
            Self::Value => "a literal",
            Self::Text => "a text in single quotes",
            Self::Property => "a property",
            Self::OpeningParenthesis => "`(`",
            Self::ClosingParenthesis => "`)`",
            Self::Comma => "`,`",
            Self::CommaOrParenthesis => "`,` or `)`",
            Self::End => "`and`, `or` or the end",
        })
    }
}
