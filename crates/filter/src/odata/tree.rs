//! The tree of one field's condition between OData and filter: tests of null are still told apart, parts may hold
//! always or never.

use crate::filter::{Node, Operator, Term, TermKind};
use crate::span::Span;

/// A condition on one field while nulls are still told apart.
#[derive(Clone)]
pub(super) enum Tree {
    Any(Vec<Tree>),
    All(Vec<Tree>),
    Node(Node),
    /// Whether the value is null, or is not.
    Null {
        is_null: bool,
        span: Span,
    },
    Always(bool),
}

/// The first test of null.
pub(super) fn first_null(tree: &Tree) -> Option<Span> {
    match tree {
        Tree::Any(parts) | Tree::All(parts) => parts.iter().find_map(first_null),
        Tree::Null { span, .. } => Some(*span),
        Tree::Node(_) | Tree::Always(_) => None,
    }
}

/// With something else for each test of null.
pub(super) fn replaced(tree: &Tree, replace: &dyn Fn(bool, Span) -> Tree) -> Tree {
    let all = |parts: &[Tree]| parts.iter().map(|part| replaced(part, replace)).collect();
    match tree {
        Tree::Any(parts) => Tree::Any(all(parts)),
        Tree::All(parts) => Tree::All(all(parts)),
        Tree::Null { is_null, span } => replace(*is_null, *span),
        other => other.clone(),
    }
}

/// Without parts that always or never hold, unless that is all there is.
pub(super) fn settled(tree: Tree) -> Tree {
    let (parts, decides, many): (_, _, fn(Vec<Tree>) -> Tree) = match tree {
        Tree::Any(parts) => (parts, true, Tree::Any),
        Tree::All(parts) => (parts, false, Tree::All),
        other => return other,
    };
    let mut kept = Vec::new();
    for part in parts {
        match settled(part) {
            Tree::Always(verdict) if verdict == decides => return Tree::Always(decides),
            Tree::Always(_) => {}
            other => kept.push(other),
        }
    }
    match kept.len() {
        0 => Tree::Always(!decides),
        1 => kept.pop().unwrap_or(Tree::Always(!decides)),
        _ => many(kept),
    }
}

/// The tree of a filter; two bounds side by side become an interval.
pub(super) fn node(tree: Tree) -> Option<Node> {
    match tree {
        Tree::Node(node) => Some(node),
        Tree::Any(parts) => parts.into_iter().map(node).collect::<Option<_>>().map(Node::Any),
        Tree::All(parts) => {
            let mut nodes: Vec<Node> = Vec::new();
            for part in parts {
                let next = node(part)?;
                match nodes.last().and_then(|last| interval(last, &next)) {
                    Some(interval) => {
                        nodes.pop();
                        nodes.push(interval);
                    }
                    None => nodes.push(next),
                }
            }
            if nodes.len() == 1 { nodes.pop() } else { Some(Node::All(nodes)) }
        }
        Tree::Null { .. } | Tree::Always(_) => None,
    }
}

fn interval(first: &Node, second: &Node) -> Option<Node> {
    match (first, second) {
        (
            Node::Term(Term { span, kind: TermKind::Compare(Operator::GreaterOrEqual, from) }),
            Node::Term(Term { span: end, kind: TermKind::Compare(Operator::LessOrEqual, to) }),
        ) => {
            let kind = TermKind::Interval(Some(from.clone()), Some(to.clone()));
            Some(Node::Term(Term { span: span.to(*end), kind }))
        }
        _ => None,
    }
}
