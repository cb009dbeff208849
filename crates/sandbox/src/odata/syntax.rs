//! Reading of `$filter` into a tree of names and literals. Knows no entity type and no dialect.

use crate::store::Guid;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Compare {
        left: Operand,
        operator: Operator,
        right: Operand,
    },
    /// `contains`, `startswith` or `endswith`.
    Match {
        function: MatchFunction,
        subject: Operand,
        pattern: Operand,
    },
    /// `subject in (…)`.
    In {
        subject: Operand,
        list: Vec<Literal>,
    },
    /// `path/any(…)` or `path/all(…)`; nothing where its inside cannot be read, which Business Central does not
    /// mind (A34).
    Lambda(Option<Box<Lambda>>),
    /// `Microsoft.Dynamics.CRM.Name(Argument=value, …)`: arguments by name, their values as written.
    NamedFunction {
        name: String,
        arguments: Vec<(String, Vec<String>)>,
    },
    /// A yes/no property on its own, or `true`.
    Bare(Operand),
}

/// A condition on the rows of a collection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lambda {
    /// Navigation property of the collection.
    pub(crate) path: String,
    pub(crate) quantifier: Quantifier,
    /// The name of one row of the collection, and the condition on it; without one, any row will do.
    pub(crate) condition: Option<(String, Expression)>,
}

/// How many rows of a collection must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
}

/// What stands on one side of an operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A property, possibly behind navigation properties.
    Path(String),
    Literal(Literal),
    /// `tolower`, `toupper`, `substring` and others, name in lower case.
    Call(String, Vec<Operand>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Boolean(bool),
    Text(String),
    Number(String),
    Guid(Guid),
    /// Date or date and time, as written.
    Moment(String),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function with a yes/no result over texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchFunction {
    Contains,
    StartsWith,
    EndsWith,
}

/// Why a filter could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterError {
    pub(crate) message: String,
    pub(crate) position: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Literal(Literal),
    /// Words such as `Microsoft.NAV.status'Open'`: type and text.
    Typed(String, String),
}

/// Reads a whole filter.
pub(crate) fn parse(text: &str) -> Result<Expression, FilterError> {
    let tokens = tokenize(text)?;
    let mut parser = Parser { tokens, at: 0, end: text.len(), depth: 0 };
    let expression = parser.or()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.error("unexpected text after the expression")),
    }
}

fn tokenize(text: &str) -> Result<Vec<(Token, usize)>, FilterError> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.peek().copied() {
        if character.is_whitespace() {
            characters.next();
            continue;
        }
        let single = match character {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if let Some(token) = single {
            characters.next();
            tokens.push((token, at));
        } else if character == '\'' {
            let content = quoted(&mut characters, at)?;
            tokens.push((Token::Literal(Literal::Text(content)), at));
        } else {
            let mut word = String::new();
            while let Some((_, next)) = characters.peek().copied() {
                if next.is_whitespace() || matches!(next, '(' | ')' | ',' | '\'') {
                    break;
                }
                word.push(next);
                characters.next();
            }
            if matches!(characters.peek(), Some((_, '\''))) {
                let content = quoted(&mut characters, at)?;
                tokens.push((Token::Typed(word, content), at));
            } else {
                tokens.push((classify(word), at));
            }
        }
    }
    Ok(tokens)
}

fn quoted(
    characters: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    start: usize,
) -> Result<String, FilterError> {
    characters.next();
    let mut content = String::new();
    loop {
        match characters.next() {
            Some((_, '\'')) => {
                if matches!(characters.peek(), Some((_, '\''))) {
                    characters.next();
                    content.push('\'');
                } else {
                    return Ok(content);
                }
            }
            Some((_, character)) => content.push(character),
            None => {
                let message = "There is an unterminated string literal".to_owned();
                return Err(FilterError { message, position: start });
            }
        }
    }
}

fn classify(word: String) -> Token {
    match word.as_str() {
        "null" => return Token::Literal(Literal::Null),
        "true" => return Token::Literal(Literal::Boolean(true)),
        "false" => return Token::Literal(Literal::Boolean(false)),
        _ => {}
    }
    if let Some(id) = Guid::parse(&word) {
        return Token::Literal(Literal::Guid(id));
    }
    let mut characters = word.chars();
    let first = characters.next();
    let numeric = first.is_some_and(|it| it.is_ascii_digit())
        || (matches!(first, Some('-' | '+')) && characters.next().is_some_and(|it| it.is_ascii_digit()));
    if !numeric {
        return Token::Word(word);
    }
    if crate::store::parse_millis(&word).is_some() {
        return Token::Literal(Literal::Moment(word));
    }
    Token::Literal(Literal::Number(word))
}

fn quantified(word: &str) -> Option<(&str, Quantifier)> {
    let any = word.strip_suffix("/any").map(|path| (path, Quantifier::Any));
    any.or_else(|| word.strip_suffix("/all").map(|path| (path, Quantifier::All)))
}

impl Literal {
    /// As it was written, without quotes.
    fn text(self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Guid(id) => id.to_string(),
            Self::Text(text) | Self::Number(text) | Self::Moment(text) => text,
        }
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    end: usize,
    depth: u32,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).map(|(token, _)| token.clone());
        self.at += 1;
        token
    }

    fn error(&self, message: &str) -> FilterError {
        let position = self.tokens.get(self.at).map_or(self.end, |(_, position)| *position);
        FilterError { message: message.to_owned(), position }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    fn or(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.and()?];
        while self.is_word("or") {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
    }

    fn and(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.not()?];
        while self.is_word("and") {
            self.at += 1;
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
    }

    fn not(&mut self) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(self.error("the expression is nested too deeply"));
        }
        let result = if self.is_word("not") {
            self.at += 1;
            self.not().map(|inner| Expression::Not(Box::new(inner)))
        } else if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.close().map(|()| inner)
        } else {
            self.comparison()
        };
        self.depth -= 1;
        result
    }

    fn close(&mut self) -> Result<(), FilterError> {
        if self.peek() == Some(&Token::Close) {
            self.at += 1;
            return Ok(());
        }
        Err(self.error("')' or operator expected"))
    }

    fn comparison(&mut self) -> Result<Expression, FilterError> {
        if let Some(Token::Word(word)) = self.peek().cloned()
            && matches!(self.tokens.get(self.at + 1), Some((Token::Open, _)))
        {
            let function = match word.as_str() {
                "contains" => Some(MatchFunction::Contains),
                "startswith" => Some(MatchFunction::StartsWith),
                "endswith" => Some(MatchFunction::EndsWith),
                _ => None,
            };
            if let Some(function) = function {
                return self.match_function(function);
            }
            if let Some((path, quantifier)) = quantified(&word) {
                let start = self.at;
                let lambda = self.lambda(path, quantifier).ok();
                if lambda.is_none() {
                    self.at = start;
                    self.skip_call();
                }
                return Ok(Expression::Lambda(lambda.map(Box::new)));
            }
            if word.contains('.') {
                self.at += 2;
                return Ok(Expression::NamedFunction { name: word, arguments: self.named_arguments() });
            }
        }
        let left = self.operand()?;
        let operator = match self.peek() {
            Some(Token::Word(word)) => match word.as_str() {
                "eq" => Operator::Eq,
                "ne" => Operator::Ne,
                "gt" => Operator::Gt,
                "ge" => Operator::Ge,
                "lt" => Operator::Lt,
                "le" => Operator::Le,
                "in" => {
                    self.at += 1;
                    return self.list(left);
                }
                _ => return Ok(Expression::Bare(left)),
            },
            _ => return Ok(Expression::Bare(left)),
        };
        self.at += 1;
        let right = self.operand()?;
        Ok(Expression::Compare { left, operator, right })
    }

    fn comma(&mut self) -> Result<(), FilterError> {
        if self.peek() == Some(&Token::Comma) {
            self.at += 1;
            return Ok(());
        }
        Err(self.error("a comma was expected between the arguments"))
    }

    fn match_function(&mut self, function: MatchFunction) -> Result<Expression, FilterError> {
        self.at += 2;
        let subject = self.operand()?;
        self.comma()?;
        let pattern = self.operand()?;
        self.close()?;
        // `contains(a,'b') eq true` says the same as the function alone.
        if self.is_word("eq")
            && matches!(self.tokens.get(self.at + 1), Some((Token::Literal(Literal::Boolean(true)), _)))
        {
            self.at += 2;
        }
        Ok(Expression::Match { function, subject, pattern })
    }

    fn list(&mut self, subject: Operand) -> Result<Expression, FilterError> {
        if self.next() != Some(Token::Open) {
            return Err(self.error("'(' expected after in"));
        }
        let mut list = Vec::new();
        loop {
            match self.operand()? {
                Operand::Literal(literal) => list.push(literal),
                _ => return Err(self.error("a constant was expected in the list")),
            }
            match self.next() {
                Some(Token::Comma) => {}
                Some(Token::Close) => return Ok(Expression::In { subject, list }),
                _ => return Err(self.error("',' or ')' expected in the list")),
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, FilterError> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(self.error("the expression is nested too deeply"));
        }
        let result = self.operand_inside();
        self.depth -= 1;
        result
    }

    fn operand_inside(&mut self) -> Result<Operand, FilterError> {
        match self.next() {
            Some(Token::Literal(literal)) => Ok(Operand::Literal(literal)),
            Some(Token::Typed(_, text)) => Ok(Operand::Literal(Literal::Text(text))),
            Some(Token::Word(word)) => {
                if self.peek() != Some(&Token::Open) {
                    return Ok(Operand::Path(word));
                }
                self.at += 1;
                let mut arguments = Vec::new();
                while self.peek() != Some(&Token::Close) {
                    arguments.push(self.operand()?);
                    if self.peek() == Some(&Token::Comma) {
                        self.at += 1;
                    }
                    if self.at >= self.tokens.len() {
                        return Err(self.error("')' expected"));
                    }
                }
                self.at += 1;
                Ok(Operand::Call(word.to_lowercase(), arguments))
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.error("expression expected"))
            }
        }
    }

    fn lambda(&mut self, path: &str, quantifier: Quantifier) -> Result<Lambda, FilterError> {
        self.at += 2;
        let path = path.to_owned();
        if self.peek() == Some(&Token::Close) {
            self.at += 1;
            return Ok(Lambda { path, quantifier, condition: None });
        }
        let Some((Token::Word(word), position)) = self.tokens.get(self.at).cloned() else {
            return Err(self.error("a range variable was expected"));
        };
        let Some((variable, rest)) = word.split_once(':') else {
            return Err(self.error("a range variable was expected"));
        };
        // The condition may follow the colon without a space.
        if rest.is_empty() {
            self.at += 1;
        } else if let Some(place) = self.tokens.get_mut(self.at) {
            *place = (classify(rest.to_owned()), position);
        }
        let condition = self.or()?;
        self.close()?;
        Ok(Lambda { path, quantifier, condition: Some((variable.to_owned(), condition)) })
    }

    /// `PropertyName='a',PropertyValues=['1','2'])`, the closing parenthesis included.
    fn named_arguments(&mut self) -> Vec<(String, Vec<String>)> {
        let mut arguments: Vec<(String, Vec<String>)> = Vec::new();
        while let Some(token) = self.next() {
            let (word, text) = match token {
                Token::Close => break,
                Token::Open | Token::Comma => continue,
                Token::Word(word) => (word, None),
                Token::Typed(word, text) => (word, Some(text)),
                Token::Literal(literal) => (String::new(), Some(literal.text())),
            };
            let value = match word.split_once('=') {
                Some((name, value)) => {
                    arguments.push((name.to_owned(), Vec::new()));
                    value
                }
                None => word.as_str(),
            };
            let value = Some(value.trim_matches(['[', ']'])).filter(|it| !it.is_empty()).map(str::to_owned);
            if let Some((_, values)) = arguments.last_mut() {
                values.extend(value);
                values.extend(text);
            }
        }
        arguments
    }

    fn skip_call(&mut self) {
        self.at += 1;
        let mut depth = 0_u32;
        while let Some(token) = self.next() {
            match token {
                Token::Open => depth += 1,
                Token::Close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_and_quotes() {
        let read = parse("a eq 'it''s' or b ne null and not (c gt -5)").expect("readable");
        let Expression::Or(parts) = read else { panic!("or binds weakest") };
        assert_eq!(parts.len(), 2);
        let Expression::Compare { right, .. } = &parts[0] else { panic!("comparison") };
        assert_eq!(*right, Operand::Literal(Literal::Text("it's".to_owned())));
    }

    #[test]
    fn literals_are_told_apart() {
        let literal = |text: &str| match parse(&format!("a eq {text}")).expect(text) {
            Expression::Compare { right: Operand::Literal(literal), .. } => literal,
            other => panic!("{other:?}"),
        };
        assert_eq!(literal("12.50"), Literal::Number("12.50".to_owned()));
        assert_eq!(literal("2026-03-02"), Literal::Moment("2026-03-02".to_owned()));
        assert_eq!(
            literal("2026-03-02T10:00:00.000Z"),
            Literal::Moment("2026-03-02T10:00:00.000Z".to_owned())
        );
        assert_eq!(literal("5d9c0000-0000-4000-8000-00000000000a").type_name(), "Guid");
        assert_eq!(literal("Microsoft.NAV.customerBlocked'Ship'"), Literal::Text("Ship".to_owned()));
    }

    impl Literal {
        fn type_name(&self) -> &'static str {
            match self {
                Self::Guid(_) => "Guid",
                _ => "other",
            }
        }
    }

    #[test]
    fn errors_have_a_position() {
        for (text, position) in
            [("a eq", 4), ("(a eq 1", 7), ("a eq 'x", 5), ("a eq 1 b", 7), ("contains(a 'x')", 11)]
        {
            let error = parse(text).expect_err(text);
            assert_eq!(error.position, position, "{text}: {}", error.message);
        }
    }
}
