//! A second, naive reading of `$filter` for tests: how each server is documented to evaluate what is sent. Shares
//! nothing with the translation. Where the documents leave a choice, the choice is a [`Server`] setting.

use rust_decimal::Decimal;

/// A service and what is not certain about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// A31 to A37: case counts, `*` and `?` are live in constants, a leading `@` ignores case.
    BusinessCentral,
    /// B23: case never counts, a null stands in no relation.
    Dataverse { accents_count: bool, eq_has_wildcards: bool, ne_returns_null: bool },
}

/// A value on the server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wire {
    Null,
    Text(String),
    Number(Decimal),
    Boolean(bool),
}

/// Whether the server returns a record whose only property has this value.
pub(crate) fn returns(filter: &str, value: &Wire, server: Server) -> bool {
    let mut parser = Parser { tokens: tokens(filter), at: 0, value, server };
    let passes = parser.or();
    assert_eq!(parser.at, parser.tokens.len(), "not read to the end: {filter}");
    passes
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Text(String),
    Word(String),
}

fn tokens(filter: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let characters: Vec<char> = filter.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        match characters[at] {
            ' ' => at += 1,
            '(' | ')' | ',' => {
                found.push(match characters[at] {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
                at += 1;
            }
            '\'' => {
                let mut text = String::new();
                at += 1;
                loop {
                    assert!(at < characters.len(), "an open quote: {filter}");
                    if characters[at] != '\'' {
                        text.push(characters[at]);
                        at += 1;
                    } else if characters.get(at + 1) == Some(&'\'') {
                        text.push('\'');
                        at += 2;
                    } else {
                        at += 1;
                        break;
                    }
                }
                found.push(Token::Text(text));
            }
            _ => {
                let start = at;
                while at < characters.len() && !" (),'".contains(characters[at]) {
                    at += 1;
                }
                found.push(Token::Word(characters[start..at].iter().collect()));
            }
        }
    }
    found
}

struct Parser<'v> {
    tokens: Vec<Token>,
    at: usize,
    value: &'v Wire,
    server: Server,
}

impl Parser<'_> {
    fn word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found == word)
    }

    fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn expect(&mut self, token: &Token) {
        assert_eq!(&self.next(), token);
    }

    fn or(&mut self) -> bool {
        let mut passes = self.and();
        while self.word("or") {
            self.at += 1;
            passes |= self.and();
        }
        passes
    }

    fn and(&mut self) -> bool {
        let mut passes = self.not();
        while self.word("and") {
            self.at += 1;
            passes &= self.not();
        }
        passes
    }

    fn not(&mut self) -> bool {
        if self.word("not") {
            assert!(self.server != Server::BusinessCentral, "`not` is not documented");
            self.at += 1;
            // A null stands in no relation, and neither in the opposite one.
            let passes = self.not();
            return !passes && *self.value != Wire::Null;
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let passes = self.or();
            self.expect(&Token::Close);
            return passes;
        }
        self.condition()
    }

    fn condition(&mut self) -> bool {
        let Token::Word(first) = self.next() else { panic!("a name expected") };
        if ["startswith", "endswith", "contains"].contains(&first.as_str()) {
            self.expect(&Token::Open);
            self.next();
            self.expect(&Token::Comma);
            let Token::Text(text) = self.next() else { panic!("a text expected") };
            self.expect(&Token::Close);
            return self.function(&first, &text);
        }
        let is_lower = first == "tolower";
        if is_lower {
            self.expect(&Token::Open);
            self.next();
            self.expect(&Token::Close);
        }
        let Token::Word(operator) = self.next() else { panic!("an operator expected") };
        match self.next() {
            Token::Text(text) => self.compare_text(&operator, &text, is_lower),
            Token::Word(word) if word == "null" => (*self.value == Wire::Null) == (operator == "eq"),
            Token::Word(word) => self.compare(&operator, &word),
            token => panic!("a constant expected, not {token:?}"),
        }
    }

    fn function(&self, name: &str, text: &str) -> bool {
        let Wire::Text(value) = self.value else { return false };
        let any = if self.server == Server::BusinessCentral { "*" } else { "%" };
        let pattern = match name {
            "startswith" => format!("{text}{any}"),
            "endswith" => format!("{any}{text}"),
            _ => format!("{any}{text}{any}"),
        };
        matches(value, &pattern, self.server)
    }

    fn compare_text(&self, operator: &str, text: &str, is_lower: bool) -> bool {
        let equal = match (self.value, self.server) {
            (Wire::Null, Server::Dataverse { ne_returns_null, .. }) => {
                return operator == "ne" && ne_returns_null;
            }
            (Wire::Text(value), Server::BusinessCentral) => {
                let value = if is_lower { value.to_lowercase() } else { value.clone() };
                matches(&value, text, self.server)
            }
            (Wire::Text(value), Server::Dataverse { eq_has_wildcards: true, .. }) => {
                matches(value, text, self.server)
            }
            (Wire::Text(value), Server::Dataverse { accents_count, .. }) => {
                let fold = |text: &str| text.chars().map(|it| folded(it, accents_count)).collect::<String>();
                fold(value) == fold(text)
            }
            other => panic!("a text against {other:?}"),
        };
        match operator {
            "eq" => equal,
            "ne" => !equal,
            other => panic!("no order of texts: {other}"),
        }
    }

    fn compare(&self, operator: &str, word: &str) -> bool {
        let ordering = match self.value {
            Wire::Null => {
                let Server::Dataverse { ne_returns_null, .. } = self.server else { panic!("no nulls") };
                return operator == "ne" && ne_returns_null;
            }
            Wire::Number(value) => value.cmp(&word.parse().expect("a number")),
            Wire::Boolean(value) => value.cmp(&word.parse().expect("a boolean")),
            // GUIDs, dates and moments: canonical texts that sort as the values do.
            Wire::Text(value) => canonical(value).cmp(&canonical(word)),
        };
        match operator {
            "eq" => ordering.is_eq(),
            "ne" => ordering.is_ne(),
            "lt" => ordering.is_lt(),
            "le" => ordering.is_le(),
            "gt" => ordering.is_gt(),
            "ge" => ordering.is_ge(),
            other => panic!("unknown operator {other}"),
        }
    }
}

/// Moments with the same number of digits.
fn canonical(text: &str) -> String {
    let Some(moment) = text.strip_suffix('Z') else { return text.to_owned() };
    let (seconds, fraction) = moment.split_once('.').unwrap_or((moment, ""));
    format!("{seconds}.{fraction:0<9}")
}

fn folded(character: char, accents_count: bool) -> char {
    let lower = character.to_lowercase().next().unwrap_or(character);
    match lower {
        'á' | 'à' | 'â' if !accents_count => 'a',
        'é' | 'è' | 'ê' if !accents_count => 'e',
        other => other,
    }
}

enum Piece {
    One(char),
    AnyOne,
    AnyRun,
}

fn pieces(pattern: &str, server: Server) -> Vec<Piece> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        let (piece, length) = match (server, rest) {
            (Server::BusinessCentral, ['*', ..]) => (Piece::AnyRun, 1),
            (Server::BusinessCentral, ['?', ..]) => (Piece::AnyOne, 1),
            // A set of one character is that character; other sets never come from a translation.
            (Server::Dataverse { .. }, ['[', one, ']', ..]) => (Piece::One(*one), 3),
            (Server::Dataverse { .. }, ['[', ..]) => panic!("a set of characters in {pattern}"),
            (Server::Dataverse { .. }, ['%', ..]) => (Piece::AnyRun, 1),
            (Server::Dataverse { .. }, ['_', ..]) => (Piece::AnyOne, 1),
            (_, [one, ..]) => (Piece::One(*one), 1),
            (_, []) => break,
        };
        found.push(piece);
        at += length;
    }
    found
}

fn matches(value: &str, pattern: &str, server: Server) -> bool {
    let (pattern, accents_count, ignores_case) = match server {
        Server::BusinessCentral => match pattern.strip_prefix('@') {
            Some(rest) => (rest, true, true),
            None => (pattern, true, false),
        },
        Server::Dataverse { accents_count, .. } => (pattern, accents_count, true),
    };
    let fold = |character| if ignores_case { folded(character, accents_count) } else { character };
    let text: Vec<char> = value.chars().map(fold).collect();
    let pieces = pieces(pattern, server);
    covers(&text, &pieces, &fold)
}

fn covers(text: &[char], pieces: &[Piece], fold: &impl Fn(char) -> char) -> bool {
    match (pieces, text) {
        ([], []) => true,
        ([Piece::AnyRun, rest @ ..], _) => {
            (0..=text.len()).any(|skipped| covers(&text[skipped..], rest, fold))
        }
        ([Piece::AnyOne, rest @ ..], [_, text @ ..]) => covers(text, rest, fold),
        ([Piece::One(one), rest @ ..], [first, text @ ..]) => {
            fold(*one) == *first && covers(text, rest, fold)
        }
        _ => false,
    }
}
