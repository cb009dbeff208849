//! The filter expression as it was written: a tree of terms with the places they were read from. It knows no
//! field type; see `bind` for what the values mean.

use crate::span::Span;

/// A filter expression that was read (filter language, section 3).
///
/// # Example
///
/// ```
/// let filter = couplet_filter::parse(" 1 | 2 ").unwrap();
/// assert_eq!(filter.to_string(), "1|2");
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// assert!(couplet_filter::parse("  ").unwrap().is_empty());
    /// assert!(!couplet_filter::parse("''").unwrap().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The tree; `None` for an empty filter.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Node, parse};
    ///
    /// assert!(matches!(parse("1|2").unwrap().root(), Some(Node::Any(parts)) if parts.len() == 2));
    /// ```
    #[must_use]
    pub fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// The whole text that was read.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Span, parse};
    ///
    /// assert_eq!(parse("A*").unwrap().span(), Span::new(0, 2));
    /// ```
    #[must_use]
    pub fn span(&self) -> Span {
        Span { start: 0, end: self.text_length }
    }
}

/// A part of a filter. An `Any` never lies directly in an `Any`, nor an `All` in an `All`, and both hold two
/// parts or more; so parentheses need no node of their own.
///
/// # Example
///
/// ```
/// use couplet_filter::{Node, parse};
///
/// let filter = parse("A|B&C").unwrap();
/// let Some(Node::Any(parts)) = filter.root() else { unreachable!() };
/// assert!(matches!(parts.as_slice(), [Node::Term(_), Node::All(_)]));
/// ```
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
///
/// # Example
///
/// ```
/// use couplet_filter::{Node, Span, parse};
///
/// let filter = parse(" <>5 ").unwrap();
/// assert!(matches!(filter.root(), Some(Node::Term(term)) if term.span == Span::new(1, 4)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// From the first character of the term to its last.
    pub span: Span,
    /// What it says.
    pub kind: TermKind,
}

/// The three forms of a term.
///
/// # Example
///
/// ```
/// use couplet_filter::{Node, TermKind, parse};
///
/// let filter = parse("..5").unwrap();
/// let Some(Node::Term(term)) = filter.root() else { unreachable!() };
/// assert!(matches!(&term.kind, TermKind::Interval(None, Some(to)) if to.text == "5"));
/// ```
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
///
/// # Example
///
/// ```
/// use couplet_filter::{Node, Quoting, TermKind, parse};
///
/// let filter = parse("'O''Neil'").unwrap();
/// let Some(Node::Term(term)) = filter.root() else { unreachable!() };
/// let TermKind::Value(value) = &term.kind else { unreachable!() };
/// assert_eq!((value.text.as_str(), value.quoting), ("O'Neil", Quoting::Quoted));
/// ```
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
///
/// # Example
///
/// ```
/// use couplet_filter::{Literal, Quoting, Span};
///
/// let value = Literal { span: Span::at(0), text: "A&B".to_owned(), quoting: Quoting::Quoted };
/// assert_eq!(value.to_string(), "'A&B'");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// `abc`
    Bare,
    /// `'abc'`
    Quoted,
}

/// A comparison.
///
/// # Example
///
/// ```
/// use couplet_filter::{Node, Operator, TermKind, parse};
///
/// let filter = parse("<=5").unwrap();
/// let Some(Node::Term(term)) = filter.root() else { unreachable!() };
/// assert!(matches!(term.kind, TermKind::Compare(Operator::LessOrEqual, _)));
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Operator::NotEqual.symbol(), "<>");
    /// ```
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
