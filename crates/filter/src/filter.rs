//! The filter expression as it was written: a tree of terms with the places they were read from. It knows no
//! field type; see `bind` for what the values mean.

use crate::span::Span;

/// A filter expression that was read (filter language, section 3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    root: Option<Node>,
    text_length: u32,
}

impl Filter {
    pub(crate) fn new(root: Option<Node>, text_length: usize) -> Self {
        Self { root, text_length: u32::try_from(text_length).unwrap_or(u32::MAX) }
    }

    /// Whether the filter lets every row pass because nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The tree; `None` for an empty filter.
    #[must_use]
    pub fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// The whole text that was read.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { start: 0, end: self.text_length }
    }
}

/// A part of a filter. An `Any` never lies directly in an `Any`, nor an `All` in an `All`, and both hold two
/// parts or more; so parentheses need no node of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Parts joined by `|`.
    Any(Vec<Node>),
    /// Parts joined by `&`.
    All(Vec<Node>),
    /// One term.
    Term(Term),
    /// What the lenient reader could not read; such a filter cannot be bound.
    Unreadable(Span),
}

/// A value, a comparison or an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// From the first character of the term to its last.
    pub span: Span,
    /// What it says.
    pub kind: TermKind,
}

/// The three forms of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermKind {
    /// `x`
    Value(Literal),
    /// `<>x`, `>=x`
    Compare(Operator, Literal),
    /// `a..b`, `a..`, `..b`; at least one bound is there.
    Interval(Option<Literal>, Option<Literal>),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// With its quotes.
    pub span: Span,
    /// Without enclosing quotes, doubled quotes undone; a leading `@` is still there.
    pub text: String,
    /// Whether it was enclosed in quotes.
    pub quoting: Quoting,
}

/// Whether a value was enclosed in single quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// `abc`
    Bare,
    /// `'abc'`
    Quoted,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}
