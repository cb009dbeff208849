//! What the functions return, as plain objects.

use couplet_filter::{Literal, Node, Operator, Quoting, Span, Term, TermKind};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::error::{Failure, units};

/// As a plain object, with `null` for nothing.
pub(crate) fn write(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| Failure::argument(&error).into())
}

/// A tree of a filter.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Tree {
    Any { parts: Vec<Tree> },
    All { parts: Vec<Tree> },
    Value { value: TreeValue, start: usize, end: usize },
    Comparison { operator: &'static str, value: TreeValue, start: usize, end: usize },
    Interval { from: Option<TreeValue>, to: Option<TreeValue>, start: usize, end: usize },
}

/// A value as it was written, without its quotes.
#[derive(Serialize)]
pub(crate) struct TreeValue {
    text: String,
    quoted: bool,
    start: usize,
    end: usize,
}

impl Tree {
    pub(crate) fn new(node: &Node, text: &str) -> Self {
        let all = |parts: &[Node]| parts.iter().map(|part| Self::new(part, text)).collect();
        match node {
            Node::Any(parts) => Self::Any { parts: all(parts) },
            Node::All(parts) => Self::All { parts: all(parts) },
            Node::Term(term) => Self::term(term, text),
            // Only the lenient reader leaves such nodes, and it is not called.
            Node::Unreadable(span) => Self::unread(*span, text),
        }
    }

    fn unread(span: Span, text: &str) -> Self {
        let (start, end) = units(span, text);
        Self::Interval { from: None, to: None, start, end }
    }

    fn term(term: &Term, text: &str) -> Self {
        let (start, end) = units(term.span, text);
        let value = |literal: &Literal| TreeValue::new(literal, text);
        match &term.kind {
            TermKind::Value(literal) => Self::Value { value: value(literal), start, end },
            TermKind::Compare(operator, literal) => {
                Self::Comparison { operator: Operator::symbol(*operator), value: value(literal), start, end }
            }
            TermKind::Interval(from, to) => {
                Self::Interval { from: from.as_ref().map(value), to: to.as_ref().map(value), start, end }
            }
        }
    }
}

impl TreeValue {
    fn new(literal: &Literal, text: &str) -> Self {
        let (start, end) = units(literal.span, text);
        Self { text: literal.text.clone(), quoted: literal.quoting == Quoting::Quoted, start, end }
    }
}

/// Why a value passes or does not.
#[derive(Serialize)]
pub(crate) struct Explanation {
    passes: bool,
    terms: Vec<Verdict>,
}

#[derive(Serialize)]
struct Verdict {
    start: usize,
    end: usize,
    passed: bool,
}

impl Explanation {
    pub(crate) fn new(explanation: &couplet_filter::Explanation, text: &str) -> Self {
        let verdict = |term: &couplet_filter::TermVerdict| {
            let (start, end) = units(term.span, text);
            Verdict { start, end, passed: term.passed }
        };
        Self { passes: explanation.passes, terms: explanation.terms.iter().map(verdict).collect() }
    }
}
