//! From text to `Expression`. What the properties are is not known here.

use super::error::{Part, ReadError, ReadErrorKind};
use super::expression::{CaseFunction, Expression, OPERATORS, Operand, Test, TestKind, TextFunction};
use super::literal::{Literal, duration};
use crate::filter::Operator;
use crate::parser::MAX_OPEN_PARENTHESES;
use crate::scan::Scanner;
use crate::span::Span;
use crate::text::{lower, upper};

/// Longest name or path of a property, in bytes. It is kept once for each value of an `in`.
const MAX_PROPERTY: usize = 500;
/// Longest text of an error that repeats what was found, in characters.
const MAX_FOUND: usize = 40;

/// Reads an OData v4 expression as far as a filter could be one: comparisons of a property with a literal, `in`,
/// `contains`, `startswith`, `endswith`, `tolower` and `toupper`, joined by `and`, `or` and `not`.
///
/// # Example
///
/// ```
/// let expression = couplet_filter::odata::read("name in ('A','B') and not (amount lt 5)").unwrap();
/// assert_eq!(expression.to_string(), "(name eq 'A' or name eq 'B') and not (amount lt 5)");
/// ```
///
/// # Errors
///
/// The first thing that cannot be read, or that no filter could express.
pub fn read(text: &str) -> Result<Expression, ReadError> {
    let mut reader = Reader { scanner: Scanner::new(text), depth: 0 };
    let expression = reader.or()?;
    reader.scanner.skip_spaces();
    match reader.scanner.peek() {
        // Where `and` stands within `or`, or a comparison after `not`, there will be parentheses when it is
        // written again.
        None if expression.nesting() > MAX_OPEN_PARENTHESES => {
            let kind = ReadErrorKind::TooDeep { limit: MAX_OPEN_PARENTHESES };
            Err(ReadError::new(kind, Span::new(0, text.len())))
        }
        None => Ok(expression),
        Some(_) => Err(reader.unexpected(Part::End)),
    }
}

struct Reader<'t> {
    scanner: Scanner<'t>,
    depth: usize,
}

/// One side of a comparison.
enum Side {
    Operand(Operand),
    Literal(Literal),
}

impl<'t> Reader<'t> {
    fn or(&mut self) -> Result<Expression, ReadError> {
        let mut parts = vec![self.and()?];
        while self.keyword("or") {
            parts.push(self.and()?);
        }
        self.joined(parts, Expression::any)
    }

    fn and(&mut self) -> Result<Expression, ReadError> {
        let mut parts = vec![self.unary()?];
        while self.keyword("and") {
            parts.push(self.unary()?);
        }
        self.joined(parts, Expression::all)
    }

    fn joined(
        &self,
        parts: Vec<Expression>,
        join: fn(Vec<Expression>) -> Option<Expression>,
    ) -> Result<Expression, ReadError> {
        join(parts).ok_or_else(|| self.unexpected(Part::Expression))
    }

    fn unary(&mut self) -> Result<Expression, ReadError> {
        self.scanner.skip_spaces();
        let here = self.scanner.next_span();
        if self.scanner.at("(") {
            self.scanner.bump();
            let inner = self.deeper(here, Self::or)?;
            self.scanner.skip_spaces();
            if self.scanner.take(")") {
                return Ok(inner);
            }
            return Err(match self.scanner.peek() {
                None => ReadError::new(ReadErrorKind::UnclosedParenthesis, here),
                Some(_) => self.unexpected(Part::End),
            });
        }
        if self.keyword("not") {
            let inner = self.deeper(here, Self::unary)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        self.test()
    }

    /// Reads what is nested; the limit keeps the call stack shallow.
    fn deeper(
        &mut self,
        here: Span,
        read: fn(&mut Self) -> Result<Expression, ReadError>,
    ) -> Result<Expression, ReadError> {
        if self.depth == MAX_OPEN_PARENTHESES {
            return Err(ReadError::new(ReadErrorKind::TooDeep { limit: MAX_OPEN_PARENTHESES }, here));
        }
        self.depth += 1;
        let inner = read(self);
        self.depth -= 1;
        inner
    }

    fn test(&mut self) -> Result<Expression, ReadError> {
        let start = self.scanner.offset();
        if let Some(function) = self.text_function() {
            return self.call(start, function);
        }
        match self.side(Part::Expression)? {
            Side::Operand(operand) => self.comparison(start, operand),
            Side::Literal(literal) => {
                let operator = self.operator()?;
                let operand = self.operand()?;
                Ok(self.test_of(start, operand, TestKind::Compare(mirrored(operator), literal)))
            }
        }
    }

    fn comparison(&mut self, start: usize, operand: Operand) -> Result<Expression, ReadError> {
        let end = self.scanner;
        self.scanner.skip_spaces();
        let stands_alone = matches!(self.scanner.peek(), None | Some(')'))
            || matches!(self.peek_word(), "and" | "or") && operand.case.is_none();
        if stands_alone {
            self.scanner = end;
            let kind = TestKind::Compare(Operator::Equal, Literal::Boolean(true));
            return Ok(self.test_of(start, operand, kind));
        }
        if self.keyword("in") {
            return self.list(start, &operand);
        }
        let operator = self.operator()?;
        let literal = self.literal()?;
        Ok(self.test_of(start, operand, TestKind::Compare(operator, literal)))
    }

    /// `in ('A','B')`: the same as alternatives.
    fn list(&mut self, start: usize, operand: &Operand) -> Result<Expression, ReadError> {
        self.symbol("(", Part::OpeningParenthesis)?;
        let mut parts = Vec::new();
        loop {
            self.scanner.skip_spaces();
            // The first test has the span of the property too, so that an error can point at it.
            let from = if parts.is_empty() { start } else { self.scanner.offset() };
            let literal = self.literal()?;
            let kind = TestKind::Compare(Operator::Equal, literal);
            parts.push(self.test_of(from, operand.clone(), kind));
            self.scanner.skip_spaces();
            if self.scanner.take(")") {
                return self.joined(parts, Expression::any);
            }
            if !self.scanner.take(",") {
                return Err(self.unexpected(Part::CommaOrParenthesis));
            }
        }
    }

    fn call(&mut self, start: usize, function: TextFunction) -> Result<Expression, ReadError> {
        self.symbol("(", Part::OpeningParenthesis)?;
        let operand = self.operand()?;
        self.symbol(",", Part::Comma)?;
        self.scanner.skip_spaces();
        let at_text = self.scanner.offset();
        let Literal::Text(text) = self.literal()? else {
            self.scanner.skip_to(at_text);
            return Err(self.unexpected(Part::Text));
        };
        self.symbol(")", Part::ClosingParenthesis)?;
        Ok(self.test_of(start, operand, TestKind::Function(function, text)))
    }

    fn test_of(&self, start: usize, operand: Operand, kind: TestKind) -> Expression {
        Expression::Test(Test { span: self.scanner.span_from(start), operand, kind })
    }

    fn operand(&mut self) -> Result<Operand, ReadError> {
        self.scanner.skip_spaces();
        let start = self.scanner.offset();
        match self.side(Part::Property)? {
            Side::Operand(operand) => Ok(operand),
            Side::Literal(_) => {
                self.scanner.skip_to(start);
                Err(self.unexpected(Part::Property))
            }
        }
    }

    fn literal(&mut self) -> Result<Literal, ReadError> {
        self.scanner.skip_spaces();
        let start = self.scanner.offset();
        match self.side(Part::Value)? {
            Side::Literal(literal) => Ok(literal),
            Side::Operand(operand) => {
                let kind = ReadErrorKind::Unexpected { expected: Part::Value, found: cut(&operand.property) };
                Err(ReadError::new(kind, self.scanner.span_from(start)))
            }
        }
    }

    /// A property, `tolower` or `toupper` of one, or a literal.
    fn side(&mut self, expected: Part) -> Result<Side, ReadError> {
        if self.scanner.at("'") {
            return self.quoted().map(|text| Side::Literal(Literal::Text(text)));
        }
        let start = self.scanner.offset();
        let word = self.word();
        let span = self.scanner.span_from(start);
        if word.is_empty() {
            return Err(self.unexpected(expected));
        }
        if self.scanner.at("(") {
            return self.case_call(word, span);
        }
        if self.scanner.at("'") {
            if word == "duration" {
                let text = self.quoted()?;
                let malformed = ReadErrorKind::MalformedLiteral { found: cut(&text) };
                let milliseconds = duration(&text).ok_or(ReadError::new(malformed, span))?;
                return Ok(Side::Literal(Literal::Duration(milliseconds)));
            }
            return Err(ReadError::new(ReadErrorKind::MalformedLiteral { found: cut(word) }, span));
        }
        if let Some(literal) = Literal::from_word(word) {
            return Ok(Side::Literal(literal));
        }
        if is_property(word) {
            return Ok(Side::Operand(Operand { property: word.to_owned(), case: None }));
        }
        Err(ReadError::new(ReadErrorKind::MalformedLiteral { found: cut(word) }, span))
    }

    fn case_call(&mut self, word: &str, span: Span) -> Result<Side, ReadError> {
        let case =
            [CaseFunction::ToLower, CaseFunction::ToUpper].into_iter().find(|case| case.name() == word);
        let unknown = || ReadError::new(ReadErrorKind::UnknownFunction { name: cut(word) }, span);
        let case = case.ok_or_else(unknown)?;
        self.scanner.bump();
        self.scanner.skip_spaces();
        let start = self.scanner.offset();
        let side = if self.scanner.at("'") {
            let fold = if case == CaseFunction::ToLower { lower } else { upper };
            Side::Literal(Literal::Text(self.quoted()?.chars().map(fold).collect()))
        } else {
            let property = self.word();
            if self.scanner.at("(") || !is_property(property) || Literal::from_word(property).is_some() {
                self.scanner.skip_to(start);
                return Err(self.unexpected(Part::Property));
            }
            Side::Operand(Operand { property: property.to_owned(), case: Some(case) })
        };
        self.symbol(")", Part::ClosingParenthesis)?;
        Ok(side)
    }

    fn quoted(&mut self) -> Result<String, ReadError> {
        let opening = self.scanner.next_span();
        self.scanner.bump();
        let mut text = String::new();
        loop {
            match self.scanner.bump() {
                None => return Err(ReadError::new(ReadErrorKind::UnclosedQuote, opening)),
                Some('\'') if !self.scanner.take("'") => return Ok(text),
                Some(next) => text.push(next),
            }
        }
    }

    fn text_function(&mut self) -> Option<TextFunction> {
        let before = self.scanner;
        let word = self.word();
        let functions = [TextFunction::StartsWith, TextFunction::EndsWith, TextFunction::Contains];
        let function = functions.into_iter().find(|function| function.name() == word);
        let function = function.filter(|_| self.scanner.at("("));
        if function.is_none() {
            self.scanner = before;
        }
        function
    }

    fn operator(&mut self) -> Result<Operator, ReadError> {
        self.scanner.skip_spaces();
        let before = self.scanner;
        let word = self.word();
        if let Some((operator, _)) = OPERATORS.iter().find(|(_, name)| *name == word) {
            return Ok(*operator);
        }
        let span = self.scanner.span_from(before.offset());
        self.scanner = before;
        Err(if word.starts_with(char::is_alphabetic) {
            ReadError::new(ReadErrorKind::UnknownOperator { word: cut(word) }, span)
        } else {
            self.unexpected(Part::Operator)
        })
    }

    /// Takes a keyword if it stands here as a whole word.
    fn keyword(&mut self, keyword: &str) -> bool {
        self.scanner.skip_spaces();
        let is_there = self.peek_word() == keyword;
        if is_there {
            self.scanner.take(keyword);
        }
        is_there
    }

    fn symbol(&mut self, symbol: &str, expected: Part) -> Result<(), ReadError> {
        self.scanner.skip_spaces();
        if self.scanner.take(symbol) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Everything up to a space, a parenthesis, a comma or a quote.
    fn word(&mut self) -> &'t str {
        let word = self.peek_word();
        self.scanner.skip_to(self.scanner.offset() + word.len());
        word
    }

    fn peek_word(&self) -> &'t str {
        let rest = self.scanner.rest();
        let is_end = |next: char| next.is_whitespace() || matches!(next, '(' | ')' | ',' | '\'');
        rest.get(..rest.find(is_end).unwrap_or(rest.len())).unwrap_or_default()
    }

    fn unexpected(&self, expected: Part) -> ReadError {
        let word = self.peek_word();
        let (found, span) = if word.is_empty() {
            (self.scanner.peek().map(String::from).unwrap_or_default(), self.scanner.next_span())
        } else {
            let start = self.scanner.offset();
            (cut(word), Span::new(start, start + word.len()))
        };
        ReadError::new(ReadErrorKind::Unexpected { expected, found }, span)
    }
}

fn is_property(word: &str) -> bool {
    word.len() <= MAX_PROPERTY
        && !matches!(word, "and" | "or" | "not")
        && word.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && word.chars().all(|next| next.is_alphanumeric() || matches!(next, '_' | '.' | '/' | '@'))
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        same => same,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_FOUND).collect()
}
