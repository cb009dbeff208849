//! The tree of an OData expression, as far as a filter can be one, and its text. Everything in the product that
//! writes `$filter` writes this tree.

use std::fmt;

use super::literal::Literal;
use crate::filter::Operator;
use crate::span::Span;

/// A Boolean expression of OData v4 over properties and literals. An `Or` never lies directly in an `Or`, nor an
/// `And` in an `And`, and both hold two parts or more.
///
/// # Example
///
/// ```
/// use couplet_filter::Operator;
/// use couplet_filter::odata::{Expression, Literal, TextFunction};
///
/// let state = Expression::compare("statecode", Operator::Equal, Literal::Number(0.into()));
/// let name = Expression::function(TextFunction::StartsWith, "name", "Co");
/// let both = Expression::all(vec![state, name]).unwrap();
/// assert_eq!(both.to_string(), "statecode eq 0 and startswith(name,'Co')");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// Parts joined by `or`.
    Or(Vec<Expression>),
    /// Parts joined by `and`.
    And(Vec<Expression>),
    /// `not`
    Not(Box<Expression>),
    /// One test of one property.
    Test(Test),
}

/// One test of one property.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::{Expression, read};
///
/// let Expression::Test(test) = read("5 lt amount").unwrap() else { unreachable!() };
/// assert_eq!(test.to_string(), "amount gt 5");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Where it was read; empty if it was not.
    pub span: Span,
    /// What is tested.
    pub operand: Operand,
    /// How.
    pub kind: TestKind,
}

/// The property of a test.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::{CaseFunction, Operand};
///
/// let operand = Operand { property: "name".to_owned(), case: Some(CaseFunction::ToLower) };
/// assert_eq!(operand.to_string(), "tolower(name)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// Its name, or a path.
    pub property: String,
    /// The function around it.
    pub case: Option<CaseFunction>,
}

/// A function that changes the case of a text.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::CaseFunction;
///
/// assert_eq!(CaseFunction::ToUpper.name(), "toupper");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaseFunction {
    /// `tolower`
    ToLower,
    /// `toupper`
    ToUpper,
}

impl CaseFunction {
    /// Its name in OData.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::odata::CaseFunction::ToLower.name(), "tolower");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
        }
    }
}

/// How a property is tested.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::{TestKind, TextFunction};
///
/// let kind = TestKind::Function(TextFunction::Contains, "Co".to_owned());
/// assert_ne!(kind, TestKind::Function(TextFunction::EndsWith, "Co".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum TestKind {
    /// `eq`, `ne`, `lt`, `le`, `gt`, `ge`.
    Compare(Operator, Literal),
    /// A function of texts.
    Function(TextFunction, String),
}

/// A function that tests a text.
///
/// # Example
///
/// ```
/// use couplet_filter::odata::TextFunction;
///
/// assert_eq!(TextFunction::StartsWith.name(), "startswith");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFunction {
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `contains`
    Contains,
}

impl TextFunction {
    /// Its name in OData.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::odata::TextFunction::Contains.name(), "contains");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::Contains => "contains",
        }
    }
}

impl Expression {
    /// `property operator literal`
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Operator, odata::{Expression, Literal}};
    ///
    /// let expression = Expression::compare("name", Operator::NotEqual, Literal::Null);
    /// assert_eq!(expression.to_string(), "name ne null");
    /// ```
    #[must_use]
    pub fn compare(property: &str, operator: Operator, literal: Literal) -> Self {
        Self::of(property, None, TestKind::Compare(operator, literal))
    }

    /// `function(property,'text')`
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::odata::{Expression, TextFunction};
    ///
    /// let expression = Expression::function(TextFunction::Contains, "name", "&");
    /// assert_eq!(expression.to_string(), "contains(name,'&')");
    /// ```
    #[must_use]
    pub fn function(function: TextFunction, property: &str, text: &str) -> Self {
        Self::of(property, None, TestKind::Function(function, text.to_owned()))
    }

    /// A test of a property, with a function around it or without.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Operator, odata::{CaseFunction, Expression, Literal, TestKind}};
    ///
    /// let kind = TestKind::Compare(Operator::Equal, Literal::Text("a".to_owned()));
    /// let expression = Expression::of("name", Some(CaseFunction::ToLower), kind);
    /// assert_eq!(expression.to_string(), "tolower(name) eq 'a'");
    /// ```
    #[must_use]
    pub fn of(property: &str, case: Option<CaseFunction>, kind: TestKind) -> Self {
        let operand = Operand { property: property.to_owned(), case };
        Self::Test(Test { span: Span::default(), operand, kind })
    }

    /// Parts joined by `or`; one part is itself, and none is `None`.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Operator, odata::{Expression, Literal}};
    ///
    /// let part = |number: i32| Expression::compare("a", Operator::Equal, Literal::Number(number.into()));
    /// let three = Expression::any(vec![part(1), Expression::any(vec![part(2), part(3)]).unwrap()]);
    /// assert_eq!(three.unwrap().to_string(), "a eq 1 or a eq 2 or a eq 3");
    /// assert_eq!(Expression::any(Vec::new()), None);
    /// ```
    #[must_use]
    pub fn any(parts: Vec<Self>) -> Option<Self> {
        join(parts, Self::Or, |part| match part {
            Self::Or(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// Parts joined by `and`; one part is itself, and none is `None`.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::odata::{Expression, read};
    ///
    /// let parts = vec![read("a eq 1 or a eq 2").unwrap(), read("b eq 3").unwrap()];
    /// assert_eq!(Expression::all(parts).unwrap().to_string(), "(a eq 1 or a eq 2) and b eq 3");
    /// ```
    #[must_use]
    pub fn all(parts: Vec<Self>) -> Option<Self> {
        join(parts, Self::And, |part| match part {
            Self::And(parts) => Ok(parts),
            other => Err(other),
        })
    }

    /// How many parentheses and `not` stand around the innermost test.
    pub(super) fn nesting(&self) -> usize {
        let grouped = |part: &Self| part.nesting() + usize::from(part.is_joined());
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().map(grouped).max().unwrap_or(0),
            Self::Not(part) => 1 + part.nesting() + usize::from(part.is_joined() || part.is_comparison()),
            Self::Test(_) => 0,
        }
    }

    fn is_joined(&self) -> bool {
        matches!(self, Self::Or(_) | Self::And(_))
    }

    /// Whether `not` needs parentheses before it: it binds closer than `eq` (OData 4.01, part 2, 5.1.1.16).
    fn is_comparison(&self) -> bool {
        matches!(self, Self::Test(Test { kind: TestKind::Compare(..), .. }))
    }

    /// The text with parentheses around it where parts are joined, to stand as a part of something else.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::odata::read;
    ///
    /// assert_eq!(read("a eq 1 and a ne 2").unwrap().to_grouped_string(), "(a eq 1 and a ne 2)");
    /// assert_eq!(read("a eq 1").unwrap().to_grouped_string(), "a eq 1");
    /// ```
    #[must_use]
    pub fn to_grouped_string(&self) -> String {
        Grouped(self).to_string()
    }
}

fn join(
    parts: Vec<Expression>,
    many: fn(Vec<Expression>) -> Expression,
    open: fn(Expression) -> Result<Vec<Expression>, Expression>,
) -> Option<Expression> {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match open(part) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    if flat.len() > 1 { Some(many(flat)) } else { flat.pop() }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut joined = |parts: &[Self], word: &str| {
            for (idx, part) in parts.iter().enumerate() {
                if idx > 0 {
                    f.write_str(word)?;
                }
                Grouped(part).fmt(f)?;
            }
            Ok(())
        };
        match self {
            Self::Or(parts) => joined(parts, " or "),
            Self::And(parts) => joined(parts, " and "),
            Self::Not(part) if part.is_comparison() => write!(f, "not ({part})"),
            Self::Not(part) => write!(f, "not {}", Grouped(part)),
            Self::Test(test) => test.fmt(f),
        }
    }
}

struct Grouped<'e>(&'e Expression);

impl fmt::Display for Grouped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            joined if joined.is_joined() => write!(f, "({joined})"),
            other => other.fmt(f),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TestKind::Compare(operator, literal) => {
                write!(f, "{} {} {literal}", self.operand, operator_word(*operator))
            }
            TestKind::Function(function, text) => {
                write!(f, "{}({},{})", function.name(), self.operand, Literal::Text(text.clone()))
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.case {
            Some(case) => write!(f, "{}({})", case.name(), self.property),
            None => f.write_str(&self.property),
        }
    }
}

/// The operators with their words in OData.
pub(super) const OPERATORS: [(Operator, &str); 6] = [
    (Operator::Equal, "eq"),
    (Operator::NotEqual, "ne"),
    (Operator::Less, "lt"),
    (Operator::LessOrEqual, "le"),
    (Operator::Greater, "gt"),
    (Operator::GreaterOrEqual, "ge"),
];

/// The operator's word in OData.
///
/// # Example
///
/// ```
/// use couplet_filter::{Operator, odata::operator_word};
///
/// assert_eq!(operator_word(Operator::LessOrEqual), "le");
/// ```
#[must_use]
pub fn operator_word(operator: Operator) -> &'static str {
    OPERATORS.iter().find(|(other, _)| *other == operator).map_or("eq", |(_, word)| word)
}
