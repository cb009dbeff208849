//! From text to `View`: the clauses and where the body of each condition ends. The bodies are not read here.

use super::{
    ConditionKind, FieldReference, SortOrder, View, ViewCondition, ViewError, ViewErrorKind, ViewPart,
};
use crate::scan::{Scanner, trim};
use crate::span::Span;

/// Reads a view. An empty text is a view that every row passes.
///
/// # Example
///
/// ```
/// let text = "VERSION(1) SORTING(Field1) WHERE(Field39=1(0))";
/// let view = couplet_filter::parse_view(text).unwrap();
/// assert_eq!(view.conditions[0].body, "0");
/// assert_eq!(view.to_string(), text);
/// ```
///
/// # Errors
///
/// The first thing outside the bodies that cannot be read. Bodies are read when the view is bound, because only
/// then the type of their field is known.
pub fn parse_view(text: &str) -> Result<View, ViewError> {
    ViewParser { scanner: Scanner::new(text), open: Vec::new() }.view()
}

const CLAUSES: [&str; 4] = ["VERSION", "SORTING", "ORDER", "WHERE"];

struct ViewParser<'t> {
    scanner: Scanner<'t>,
    open: Vec<Span>,
}

impl<'t> ViewParser<'t> {
    fn view(mut self) -> Result<View, ViewError> {
        let mut view = View::default();
        let mut allowed = CLAUSES.as_slice();
        loop {
            self.scanner.skip_spaces();
            if self.scanner.peek().is_none() {
                return Ok(view);
            }
            let expected = if allowed.is_empty() { ViewPart::End } else { ViewPart::Clause };
            let failure = self.failure(expected);
            let word = self.word();
            let clause_idx =
                allowed.iter().position(|clause| clause.eq_ignore_ascii_case(word)).ok_or(failure)?;
            let clause = allowed.get(clause_idx).copied().unwrap_or_default();
            allowed = allowed.get(clause_idx + 1..).unwrap_or_default();
            self.open_parenthesis()?;
            match clause {
                "VERSION" => self.version()?,
                "SORTING" => view.sorting = self.sorting()?,
                "ORDER" => view.order = self.order()?,
                _ => view.conditions = self.conditions()?,
            }
            self.close_parenthesis()?;
        }
    }

    fn version(&mut self) -> Result<(), ViewError> {
        self.scanner.skip_spaces();
        let start = self.scanner.offset();
        self.scanner.skip_while(|next| next.is_ascii_digit());
        if self.scanner.offset() == start { Err(self.failure(ViewPart::Number)) } else { Ok(()) }
    }

    fn order(&mut self) -> Result<SortOrder, ViewError> {
        self.scanner.skip_spaces();
        let failure = self.failure(ViewPart::Direction);
        match self.word() {
            word if word.eq_ignore_ascii_case("ascending") => Ok(SortOrder::Ascending),
            word if word.eq_ignore_ascii_case("descending") => Ok(SortOrder::Descending),
            _ => Err(failure),
        }
    }

    fn sorting(&mut self) -> Result<Vec<FieldReference>, ViewError> {
        let mut fields = Vec::new();
        loop {
            self.scanner.skip_spaces();
            let field = match self.quoted_name()? {
                Some(name) => name,
                None => self.sorting_name()?,
            };
            fields.push(field);
            self.scanner.skip_spaces();
            if self.scanner.at(")") {
                return Ok(fields);
            }
            if !self.scanner.take(",") {
                return Err(self.failure(ViewPart::CommaOrParenthesis));
            }
        }
    }

    /// A name up to the `,` or `)` outside its own parentheses.
    fn sorting_name(&mut self) -> Result<FieldReference, ViewError> {
        let failure = self.failure(ViewPart::Field);
        let start = self.scanner.offset();
        let mut depth = 0_usize;
        self.scanner.skip_while(|next| {
            match next {
                '(' => depth += 1,
                ',' | ')' if depth == 0 => return false,
                ')' => depth -= 1,
                _ => {}
            }
            true
        });
        match trim(self.read_since(start)) {
            "" => Err(failure),
            name => Ok(reference(name)),
        }
    }

    fn conditions(&mut self) -> Result<Vec<ViewCondition>, ViewError> {
        let mut conditions = Vec::new();
        loop {
            conditions.push(self.condition()?);
            self.scanner.skip_spaces();
            if self.scanner.at(")") {
                return Ok(conditions);
            }
            if !self.scanner.take(",") {
                return Err(self.failure(ViewPart::CommaOrParenthesis));
            }
        }
    }

    fn condition(&mut self) -> Result<ViewCondition, ViewError> {
        self.scanner.skip_spaces();
        let start = self.scanner.offset();
        let (field, field_span, kind) = match self.quoted_name()? {
            Some(field) => {
                let span = self.scanner.span_from(start);
                self.scanner.skip_spaces();
                if !self.scanner.take("=") {
                    return Err(self.failure(ViewPart::EqualsSign));
                }
                self.scanner.skip_spaces();
                let failure = self.failure(ViewPart::Kind);
                (field, span, self.kind().ok_or(failure)?)
            }
            None => self.bare_name_and_kind()?,
        };
        let body_span = self.body()?;
        let body = body_span.slice(self.scanner.text()).to_owned();
        self.close_parenthesis()?;
        Ok(ViewCondition { field, field_span, kind, body, body_span })
    }

    /// A name may hold `=` and parentheses, so it ends at the first `=` that a kind and `(` follow.
    fn bare_name_and_kind(&mut self) -> Result<(FieldReference, Span, ConditionKind), ViewError> {
        let start = self.scanner.offset();
        let mut first_failure = None;
        loop {
            self.scanner.skip_while(|next| next != '=');
            if self.scanner.peek().is_none() {
                return Err(first_failure.unwrap_or_else(|| self.without_equals_sign(start)));
            }
            let name = trim(self.read_since(start));
            let at_sign = self.failure(ViewPart::Field);
            self.scanner.bump();
            self.scanner.skip_spaces();
            let failure = self.failure(ViewPart::Kind);
            let before = self.scanner;
            if let Some(kind) = self.kind() {
                if name.is_empty() {
                    return Err(at_sign);
                }
                return Ok((reference(name), Span::new(start, start + name.len()), kind));
            }
            self.scanner = before;
            if self.word().eq_ignore_ascii_case("FIELD") && self.scanner.at("(") {
                return Err(failure);
            }
            first_failure.get_or_insert(failure);
        }
    }

    /// Where the `=` of a condition was to be: after its name, so at the `,` or `)`.
    fn without_equals_sign(&mut self, start: usize) -> ViewError {
        self.scanner.skip_to(start);
        let at_name = self.failure(ViewPart::Field);
        self.scanner.skip_while(|next| next != ',' && next != ')');
        if self.scanner.offset() == start { at_name } else { self.failure(ViewPart::EqualsSign) }
    }

    /// Reads a kind and the `(` after it.
    fn kind(&mut self) -> Option<ConditionKind> {
        let start = self.scanner.offset();
        self.scanner.skip_while(|next| next.is_ascii_alphanumeric());
        let kind = match self.read_since(start) {
            "" | "1" => ConditionKind::Filter,
            "0" => ConditionKind::Const,
            word if word.eq_ignore_ascii_case("FILTER") => ConditionKind::Filter,
            word if word.eq_ignore_ascii_case("CONST") => ConditionKind::Const,
            _ => return None,
        };
        self.open_parenthesis().ok().map(|()| kind)
    }

    /// Up to the first `)` outside quotes and outside the body's own parentheses.
    fn body(&mut self) -> Result<Span, ViewError> {
        let start = self.scanner.offset();
        let depth = self.open.len();
        let mut in_quotes = false;
        let stops = |byte| matches!(byte, b'\'' | b'(' | b')');
        self.scanner.skip_to_any(stops);
        while let Some(next) = self.scanner.peek() {
            match next {
                '\'' => in_quotes = !in_quotes,
                '(' if !in_quotes => self.open.push(self.scanner.next_span()),
                ')' if !in_quotes && self.open.len() == depth => return Ok(self.scanner.span_from(start)),
                ')' if !in_quotes => {
                    self.open.pop();
                }
                _ => {}
            }
            self.scanner.bump();
            self.scanner.skip_to_any(stops);
        }
        Err(self.failure(ViewPart::ClosingParenthesis))
    }

    /// `"Balance (LCY)"`, if a quote stands here; `""` inside stands for one quote, as in AL.
    fn quoted_name(&mut self) -> Result<Option<FieldReference>, ViewError> {
        let failure = self.failure(ViewPart::Field);
        if !self.scanner.take("\"") {
            return Ok(None);
        }
        let mut name = String::new();
        loop {
            let start = self.scanner.offset();
            self.scanner.skip_while(|next| next != '"');
            name.push_str(self.read_since(start));
            if !self.scanner.take("\"") {
                return Err(failure);
            }
            if !self.scanner.take("\"") {
                break;
            }
            name.push('"');
        }
        if name.is_empty() { Err(failure) } else { Ok(Some(FieldReference::Name(name))) }
    }

    fn word(&mut self) -> &'t str {
        let start = self.scanner.offset();
        self.scanner.skip_while(char::is_alphabetic);
        self.read_since(start)
    }

    fn open_parenthesis(&mut self) -> Result<(), ViewError> {
        self.scanner.skip_spaces();
        let opened = self.scanner.next_span();
        if !self.scanner.take("(") {
            return Err(self.failure(ViewPart::OpeningParenthesis));
        }
        self.open.push(opened);
        Ok(())
    }

    fn close_parenthesis(&mut self) -> Result<(), ViewError> {
        self.scanner.skip_spaces();
        if !self.scanner.take(")") {
            return Err(self.failure(ViewPart::ClosingParenthesis));
        }
        self.open.pop();
        Ok(())
    }

    fn read_since(&self, start: usize) -> &'t str {
        self.scanner.span_from(start).slice(self.scanner.text())
    }

    /// The error at this place; at the end of the text it is the innermost parenthesis that is still open.
    fn failure(&self, expected: ViewPart) -> ViewError {
        match self.open.last() {
            Some(opened) if self.scanner.peek().is_none() => {
                ViewError { kind: ViewErrorKind::UnclosedParenthesis, span: *opened }
            }
            _ => ViewError { kind: ViewErrorKind::Malformed { expected }, span: self.scanner.next_span() },
        }
    }
}

/// `Field39` is a number, everything else a name.
fn reference(name: &str) -> FieldReference {
    let digits = name.split_at_checked(5).filter(|(prefix, _)| prefix.eq_ignore_ascii_case("Field"));
    let number = digits.filter(|(_, digits)| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match number.and_then(|(_, digits)| digits.parse().ok()) {
        Some(number) => FieldReference::Number(number),
        None => FieldReference::Name(name.to_owned()),
    }
}
