//! From text to `Filter`: the grammar of the filter language, section 3, without recursion, so no text can
//! overflow the stack. Values are not interpreted here.

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
use crate::scan::{Scanner, trim};
use crate::span::Span;

/// The most parentheses that may be open at once. Trees are walked, compared and dropped by recursion, which this
/// keeps within half of the stack that a browser gives, even in an unoptimized build.
pub(crate) const MAX_OPEN_PARENTHESES: usize = 100;

/// Reads a filter expression.
///
/// # Example
///
/// ```
/// let filter = couplet_filter::parse("30 | (>=10&<=20)").unwrap();
/// assert_eq!(filter.to_string(), "30|>=10&<=20");
/// ```
///
/// # Errors
///
/// The first thing that cannot be read, as section 8 of the filter language places it.
pub fn parse(text: &str) -> Result<Filter, SyntaxError> {
    let (filter, errors) = Parser::new(text, OnError::Stop).run();
    errors.into_iter().next().map_or(Ok(filter), Err)
}

/// Reads as much of a filter expression as can be read, for an editor. Where there are errors the filter holds
/// [`Node::Unreadable`] and cannot be bound.
///
/// # Example
///
/// ```
/// let (filter, errors) = couplet_filter::parse_lenient("A|B(C)|D");
/// assert_eq!(errors.len(), 1);
/// assert_eq!(errors[0].code(), "filter.parenthesis-in-value");
/// assert!(!filter.is_empty());
/// ```
#[must_use]
pub fn parse_lenient(text: &str) -> (Filter, Vec<SyntaxError>) {
    Parser::new(text, OnError::GoOn).run()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnError {
    Stop,
    GoOn,
}

/// What has been read since a parenthesis was opened.
#[derive(Default)]
struct Level {
    opened: Span,
    any: Vec<Node>,
    all: Vec<Node>,
}

impl Level {
    fn finish_alternative(&mut self) {
        if self.all.len() > 1 {
            self.any.push(Node::All(std::mem::take(&mut self.all)));
        } else {
            self.any.append(&mut self.all);
        }
    }

    fn finish(mut self) -> Option<Node> {
        self.finish_alternative();
        join(self.any, Node::Any)
    }
}

fn join(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Option<Node> {
    if parts.len() > 1 { Some(many(parts)) } else { parts.pop() }
}

/// Parts of a group that the operator around it makes superfluous join that operator's parts.
pub(crate) fn flat(node: Node) -> Node {
    let mut parts = Vec::new();
    match node {
        Node::Any(nested) => {
            collect(nested, &mut parts, |node| match node {
                Node::Any(parts) => Ok(parts),
                other => Err(other),
            });
            Node::Any(parts)
        }
        Node::All(nested) => {
            collect(nested, &mut parts, |node| match node {
                Node::All(parts) => Ok(parts),
                other => Err(other),
            });
            Node::All(parts)
        }
        leaf => leaf,
    }
}

fn collect(nested: Vec<Node>, parts: &mut Vec<Node>, open: fn(Node) -> Result<Vec<Node>, Node>) {
    for node in nested {
        match open(node) {
            Ok(inner) => collect(inner, parts, open),
            Err(other) => parts.push(flat(other)),
        }
    }
}

/// What was read last, which decides how a `(` after it is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Bare,
    Closed,
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    on_error: OnError,
    outer: Vec<Level>,
    level: Level,
    errors: Vec<SyntaxError>,
    last: Last,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, on_error: OnError) -> Self {
        Self {
            scanner: Scanner::new(text),
            on_error,
            outer: Vec::new(),
            level: Level::default(),
            errors: Vec::new(),
            last: Last::Closed,
        }
    }

    fn run(mut self) -> (Filter, Vec<SyntaxError>) {
        let text = self.scanner.rest();
        if trim(text).is_empty() {
            return (Filter::new(None, text.len()), self.errors);
        }
        while self.operand() && self.operators() {}
        while let Some(outer) = self.outer.pop() {
            self.close(outer);
        }
        (Filter::new(self.level.finish().map(flat), text.len()), self.errors)
    }

    /// Reads opening parentheses and one term. Says whether to go on.
    fn operand(&mut self) -> bool {
        self.scanner.skip_spaces();
        while self.scanner.at("(") {
            let opened = self.scanner.next_span();
            if self.outer.len() == MAX_OPEN_PARENTHESES {
                self.errors
                    .push(SyntaxError::new(SyntaxErrorKind::TooDeep { limit: MAX_OPEN_PARENTHESES }, opened));
                self.level.all.push(Node::Unreadable(opened));
                return false;
            }
            self.scanner.bump();
            let outer = std::mem::replace(&mut self.level, Level { opened, ..Level::default() });
            self.outer.push(outer);
            self.scanner.skip_spaces();
        }
        let start = self.scanner.offset();
        match self.term() {
            Ok(kind) => {
                let span = self.term_span(start, &kind);
                self.level.all.push(Node::Term(Term { span, kind }));
                true
            }
            Err(error) => self.recover(start, error),
        }
    }

    /// Reads what may follow a term, up to where the next one starts. Says whether there is one.
    fn operators(&mut self) -> bool {
        loop {
            self.scanner.skip_spaces();
            let start = self.scanner.offset();
            match self.scanner.peek() {
                Some('|') => {
                    self.scanner.bump();
                    self.level.finish_alternative();
                    return true;
                }
                Some('&') => {
                    self.scanner.bump();
                    return true;
                }
                Some(')') if !self.outer.is_empty() => {
                    self.scanner.bump();
                    if let Some(outer) = self.outer.pop() {
                        self.close(outer);
                    }
                    self.last = Last::Closed;
                }
                None => {
                    if !self.outer.is_empty() {
                        let opened = self.level.opened;
                        self.errors.push(SyntaxError::new(SyntaxErrorKind::UnclosedParenthesis, opened));
                        self.level.all.push(Node::Unreadable(opened));
                    }
                    return false;
                }
                Some(next) => {
                    let error = self.unexpected(next);
                    if !self.recover(start, error) {
                        return false;
                    }
                }
            }
        }
    }

    /// Takes what the innermost open parenthesis holds into the level around it.
    fn close(&mut self, outer: Level) {
        let inner = std::mem::replace(&mut self.level, outer);
        self.level.all.extend(inner.finish());
    }

    fn unexpected(&self, next: char) -> SyntaxError {
        let span = self.scanner.next_span();
        let (kind, span) = match next {
            ')' => (SyntaxErrorKind::UnopenedParenthesis, span),
            '(' if self.last == Last::Bare => (SyntaxErrorKind::ParenthesisInValue, span),
            '.' if self.scanner.at("..") => {
                let start = self.scanner.offset();
                (SyntaxErrorKind::UnexpectedInterval, Span::new(start, start + 2))
            }
            _ => (SyntaxErrorKind::MissingOperator { found: next.to_string() }, span),
        };
        SyntaxError::new(kind, span)
    }

    /// Notes the error; when going on, leaves out everything up to the next `|`, `&` or `)`.
    fn recover(&mut self, start: usize, error: SyntaxError) -> bool {
        self.errors.push(error);
        if self.scanner.at(")") && self.outer.is_empty() {
            self.scanner.bump();
        }
        if self.on_error == OnError::GoOn {
            // The parentheses of `Expenses (2025)` belong together, so one error is enough.
            let is_in_value = self.scanner.at("(");
            self.scanner.skip_while(|next| !matches!(next, '|' | '&' | ')'));
            if is_in_value && self.scanner.take(")") {
                self.scanner.skip_while(|next| !matches!(next, '|' | '&' | ')'));
            }
        }
        let span = self.scanner.span_from(start);
        self.level.all.push(Node::Unreadable(span));
        self.last = Last::Closed;
        self.on_error == OnError::GoOn
    }

    fn term(&mut self) -> Result<TermKind, SyntaxError> {
        if let Some(operator) = self.comparison() {
            self.scanner.skip_spaces();
            return Ok(TermKind::Compare(operator, self.value()?));
        }
        let from = if self.scanner.at("..") { None } else { Some(self.value()?) };
        self.scanner.skip_spaces();
        if !self.scanner.take("..") {
            return match from {
                Some(value) => Ok(TermKind::Value(value)),
                None => Err(self.missing_value()),
            };
        }
        self.scanner.skip_spaces();
        let has_end = match self.scanner.peek() {
            None | Some('|' | '&' | ')') => false,
            Some('.') => !self.scanner.at(".."),
            Some(_) => true,
        };
        match (from, has_end) {
            (None, false) => Err(SyntaxError::new(SyntaxErrorKind::EmptyRange, self.scanner.next_span())),
            (from, true) => Ok(TermKind::Interval(from, Some(self.value()?))),
            (from, false) => {
                self.last = Last::Closed;
                Ok(TermKind::Interval(from, None))
            }
        }
    }

    /// The longest comparison that stands here.
    fn comparison(&mut self) -> Option<Operator> {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        if !matches!(self.scanner.peek(), Some('<' | '>' | '=')) {
            return None;
        }
        [NotEqual, LessOrEqual, GreaterOrEqual, Equal, Less, Greater]
            .into_iter()
            .find(|operator| self.scanner.take(operator.symbol()))
    }

    fn value(&mut self) -> Result<Literal, SyntaxError> {
        match self.scanner.peek() {
            Some('\'') => self.quoted(),
            None | Some('|' | '&' | '(' | ')' | '=' | '<' | '>') => Err(self.missing_value()),
            Some('.') if self.scanner.at("..") => Err(self.missing_value()),
            Some(_) => self.bare(),
        }
    }

    fn missing_value(&self) -> SyntaxError {
        let found = if self.scanner.at("..") {
            "..".to_owned()
        } else {
            self.scanner.peek().map(String::from).unwrap_or_default()
        };
        let start = self.scanner.offset();
        SyntaxError::new(
            SyntaxErrorKind::MissingValue { found: found.clone() },
            Span::new(start, start + found.len()),
        )
    }

    fn quoted(&mut self) -> Result<Literal, SyntaxError> {
        let start = self.scanner.offset();
        let opening = self.scanner.next_span();
        self.scanner.bump();
        let mut text = String::new();
        loop {
            match self.scanner.bump() {
                None => return Err(SyntaxError::new(SyntaxErrorKind::UnclosedQuote, opening)),
                Some('\'') if !self.scanner.take("'") => break,
                Some(next) => text.push(next),
            }
        }
        self.last = Last::Closed;
        Ok(Literal { span: self.scanner.span_from(start), text, quoting: Quoting::Quoted })
    }

    fn bare(&mut self) -> Result<Literal, SyntaxError> {
        let start = self.scanner.offset();
        let stops = |byte| matches!(byte, b'|' | b'&' | b'(' | b')' | b'\'' | b'.');
        let mut text = self.scanner.skip_to_any(stops).to_owned();
        while let Some(next) = self.scanner.peek() {
            let here = self.scanner.next_span();
            if matches!(next, '|' | '&' | '(' | ')') || self.scanner.at("..") {
                break;
            }
            self.scanner.bump();
            if next == '\'' && !self.scanner.take("'") {
                return Err(SyntaxError::new(SyntaxErrorKind::UnclosedQuote, here));
            }
            text.push(next);
            text.push_str(self.scanner.skip_to_any(stops));
        }
        self.last = Last::Bare;
        let written = self.scanner.span_from(start);
        let trailing = text.len() - text.trim_end_matches(crate::scan::is_space).len();
        text.truncate(text.len() - trailing);
        let span = Span::new(start, (written.end as usize).saturating_sub(trailing));
        Ok(Literal { span, text, quoting: Quoting::Bare })
    }

    /// A term ends with its last value, not with the spaces after it.
    fn term_span(&self, start: usize, kind: &TermKind) -> Span {
        match kind {
            TermKind::Value(value) | TermKind::Compare(_, value) | TermKind::Interval(_, Some(value)) => {
                Span::at(start).to(value.span)
            }
            TermKind::Interval(..) => {
                let written = trim_end(self.scanner, start);
                Span::new(start, start + written)
            }
        }
    }
}

/// Length of what was read since `start`, without the spaces at its end.
fn trim_end(scanner: Scanner<'_>, start: usize) -> usize {
    let read = scanner.text().get(start..scanner.offset()).unwrap_or_default();
    read.trim_end_matches(crate::scan::is_space).len()
}
