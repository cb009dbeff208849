//! What may stand at the cursor while a filter is being written. Which values there are, only the caller knows.

use crate::error::SyntaxErrorKind;
use crate::filter::{Filter, Literal, Node, Quoting, TermKind};
use crate::parser::parse_lenient;
use crate::scan::trim;
use crate::span::Span;

/// What may stand at a place of a filter text.
///
/// # Example
///
/// ```
/// use couplet_filter::{Span, expected_at};
///
/// let expectation = expected_at("Open|Rel", 8);
/// assert_eq!((expectation.typed.as_str(), expectation.span), ("Rel", Span::new(5, 8)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The part of the grammar.
    pub part: ExpectedPart,
    /// What has been typed of a value, without an opening quote; empty where none has begun.
    pub typed: String,
    /// What a chosen value replaces, up to the cursor.
    pub span: Span,
}

/// A part of the grammar of filters.
///
/// # Example
///
/// ```
/// use couplet_filter::{ExpectedPart, expected_at};
///
/// assert_eq!(expected_at("1|", 2).part, ExpectedPart::Term);
/// assert_eq!(expected_at("1..", 3).part, ExpectedPart::Value);
/// assert_eq!(expected_at("'A'", 3).part, ExpectedPart::Operator);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpectedPart {
    /// A value, a comparison, an interval or `(`.
    Term,
    /// A value, after a comparison or `..`.
    Value,
    /// `|`, `&`, `..` or `)`: a value has been completed.
    Operator,
}

/// What may stand at byte `offset` of a filter text, going by what stands before it.
///
/// # Example
///
/// ```
/// use couplet_filter::{ExpectedPart, expected_at};
///
/// let expectation = expected_at("<>Dra|Open", 5);
/// assert_eq!((expectation.part, expectation.typed.as_str()), (ExpectedPart::Value, "Dra"));
/// ```
#[must_use]
pub fn expected_at(text: &str, offset: usize) -> Expectation {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
    let (filter, errors) = parse_lenient(before);
    let end = before.len();
    let unclosed = errors.iter().find(|error| error.kind == SyntaxErrorKind::UnclosedQuote);
    if let Some(error) = unclosed {
        let typed = before.get(error.span.end as usize..).unwrap_or_default().replace("''", "'");
        return expectation(before, error.span.start as usize, typed);
    }
    match last_literal(&filter) {
        Some(value) if value.quoting == Quoting::Bare && value.span.end as usize == end => {
            return expectation(before, value.span.start as usize, value.text.clone());
        }
        _ => {}
    }
    let is_complete = !trim(before).is_empty() && !trim(before).ends_with(['|', '&', '(', '=', '<', '>']);
    if is_complete && !trim(before).ends_with("..") {
        return Expectation { part: ExpectedPart::Operator, typed: String::new(), span: Span::at(end) };
    }
    expectation(before, end, String::new())
}

/// A value that begins at `start`; what stands before it decides whether a term may begin there.
fn expectation(before: &str, start: usize, typed: String) -> Expectation {
    let left = trim(before.get(..start).unwrap_or_default());
    let part = if left.ends_with(['=', '<', '>']) || left.ends_with("..") {
        ExpectedPart::Value
    } else {
        ExpectedPart::Term
    };
    Expectation { part, typed, span: Span::new(start, before.len()) }
}

fn last_literal(filter: &Filter) -> Option<&Literal> {
    let mut node = filter.root()?;
    loop {
        match node {
            Node::Any(parts) | Node::All(parts) => {
                // The note of a parenthesis that is still open stands behind what was written.
                let is_note = |part: &&Node| matches!(part, Node::Unreadable(_));
                node = parts.iter().rev().find(|part| !is_note(part))?;
            }
            Node::Term(term) => {
                return match &term.kind {
                    TermKind::Value(value) | TermKind::Compare(_, value) => Some(value),
                    TermKind::Interval(_, to) => to.as_ref(),
                };
            }
            Node::Unreadable(_) => return None,
        }
    }
}
