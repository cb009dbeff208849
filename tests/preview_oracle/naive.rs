//! A second reading of the filter language, written from its description alone and as simply as it goes: one recursive
//! reader over characters, every value turned into a range of numbers or kept as text. Slow, and without a line of the
//! product's own filter crate. Where the description leaves a point open it says so and the case is passed over.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

/// A Business Central type as this evaluator sees it.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Longest text, and whether its order is under test: only over characters that every collation orders alike.
    Text {
        max: Option<usize>,
        ordered: bool,
    },
    Code {
        max: Option<usize>,
        ordered: bool,
    },
    Integer,
    BigInteger,
    Decimal,
    Boolean,
    Option(Vec<(i32, String)>),
    Date,
    DateTime,
    Time,
    Guid,
    Unfilterable,
}

/// One cell: text, or a number in the order of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Rank(i128),
}

/// Which text comparison holds (section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    BusinessCentral,
    Dataverse,
}

/// Where "today" and a bare day belong (section 6).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    pub(crate) today: Date,
    pub(crate) work_date: Date,
    /// Hours that the user's zone is ahead of UTC.
    pub(crate) hours_ahead: i64,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoVerdict {
    /// The filter is wrong.
    Unreadable,
    /// The description does not say.
    Unspecified,
}

/// Blank dates and times lie before all others (section 4.6).
pub(crate) const BLANK: i128 = i128::MIN;
/// Decimals are counted in millionths.
pub(crate) const UNIT: i128 = 1_000_000;

type Read<T> = Result<T, NoVerdict>;
const UNREADABLE: NoVerdict = NoVerdict::Unreadable;
const UNSPECIFIED: NoVerdict = NoVerdict::Unspecified;

#[derive(Debug, Clone)]
struct Value {
    text: String,
    quoted: bool,
}

#[derive(Debug)]
enum Tree {
    Or(Vec<Tree>),
    And(Vec<Tree>),
    Compared(String, Value),
    Interval(Option<Value>, Option<Value>),
}

/// A filter that could be read.
#[derive(Debug)]
pub(crate) struct Naive {
    tree: Option<Test>,
    blank: Cell,
}

#[derive(Debug)]
enum Test {
    Or(Vec<Test>),
    And(Vec<Test>),
    Not(Box<Test>),
    Between(i128, i128),
    /// Pattern and whether case is ignored.
    Matches(Vec<char>, bool),
    /// Operator, bound, whether case is ignored.
    Ordered(&'static str, Vec<char>, bool),
}

pub(crate) fn read(text: &str, kind: &Kind, compare: Compare, calendar: &Calendar) -> Read<Naive> {
    let mut reader = Reader { characters: text.chars().collect(), at: 0 };
    reader.skip_spaces();
    let tree = if reader.peek().is_none() { None } else { Some(reader.or()?) };
    if reader.peek().is_some() {
        return Err(UNREADABLE);
    }
    let meaning = Meaning { kind, compare, calendar };
    let tree = tree.map(|tree| meaning.tree(tree)).transpose()?;
    Ok(Naive { tree, blank: blank(kind) })
}

impl Naive {
    pub(crate) fn passes(&self, cell: &Cell) -> bool {
        let cell = if *cell == Cell::Null { &self.blank } else { cell };
        self.tree.as_ref().is_none_or(|tree| tree.passes(cell))
    }
}

fn blank(kind: &Kind) -> Cell {
    match kind {
        Kind::Text { .. } | Kind::Code { .. } | Kind::Unfilterable => Cell::Text(String::new()),
        Kind::Date | Kind::DateTime | Kind::Time => Cell::Rank(BLANK),
        Kind::Option(members) if members.iter().any(|(ordinal, _)| *ordinal == -1) => Cell::Rank(-1),
        _ => Cell::Rank(0),
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\u{a0}')
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(idx, wanted)| self.characters.get(self.at + idx) == Some(&wanted))
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn or(&mut self) -> Read<Tree> {
        let mut parts = vec![self.and()?];
        while self.peek() == Some('|') {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(Tree::Or(parts))
    }

    fn and(&mut self) -> Read<Tree> {
        let mut parts = vec![self.term()?];
        while self.peek() == Some('&') {
            self.at += 1;
            parts.push(self.term()?);
        }
        Ok(Tree::And(parts))
    }

    /// Reads a term and the spaces behind it; afterwards only an operator, `)` or the end may stand.
    fn term(&mut self) -> Read<Tree> {
        self.skip_spaces();
        let tree = if self.peek() == Some('(') {
            self.at += 1;
            let inner = self.or()?;
            if self.peek() != Some(')') {
                return Err(UNREADABLE);
            }
            self.at += 1;
            inner
        } else if let Some(operator) = ["<>", "<=", ">=", "=", "<", ">"].iter().find(|it| self.looking_at(it))
        {
            self.at += operator.len();
            Tree::Compared((*operator).to_owned(), self.value()?)
        } else if self.looking_at("..") {
            self.at += 2;
            Tree::Interval(None, Some(self.value()?))
        } else {
            self.value_or_interval()?
        };
        self.skip_spaces();
        match self.peek() {
            None | Some('|' | '&' | ')') => Ok(tree),
            Some(_) => Err(UNREADABLE),
        }
    }

    fn value_or_interval(&mut self) -> Read<Tree> {
        let first = self.value()?;
        self.skip_spaces();
        if !self.looking_at("..") {
            return Ok(Tree::Compared("=".to_owned(), first));
        }
        self.at += 2;
        self.skip_spaces();
        match self.peek() {
            None | Some('|' | '&' | ')') => Ok(Tree::Interval(Some(first), None)),
            Some(_) => Ok(Tree::Interval(Some(first), Some(self.value()?))),
        }
    }

    fn value(&mut self) -> Read<Value> {
        self.skip_spaces();
        match self.peek() {
            None | Some('|' | '&' | '(' | ')' | '=' | '<' | '>') => Err(UNREADABLE),
            Some('.') if self.looking_at("..") => Err(UNREADABLE),
            Some('\'') => self.quoted(),
            Some(_) => self.bare(),
        }
    }

    fn quoted(&mut self) -> Read<Value> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(UNREADABLE),
                Some('\'') if self.looking_at("''") => {
                    text.push('\'');
                    self.at += 2;
                }
                Some('\'') => {
                    self.at += 1;
                    return Ok(Value { text, quoted: true });
                }
                Some(other) => {
                    text.push(other);
                    self.at += 1;
                }
            }
        }
    }

    fn bare(&mut self) -> Read<Value> {
        let mut text = String::new();
        while let Some(character) = self.peek() {
            match character {
                '|' | '&' | ')' => break,
                '.' if self.looking_at("..") => break,
                '(' => return Err(UNREADABLE),
                // Doubled quotes and a quote behind `@` in a bare value are not settled (section 2).
                '\'' if self.looking_at("''") || text == "@" => return Err(UNSPECIFIED),
                '\'' => return Err(UNREADABLE),
                other => text.push(other),
            }
            self.at += 1;
        }
        Ok(Value { text: text.trim_matches(is_space).to_owned(), quoted: false })
    }
}

struct Meaning<'a> {
    kind: &'a Kind,
    compare: Compare,
    calendar: &'a Calendar,
}

impl Meaning<'_> {
    fn tree(&self, tree: Tree) -> Read<Test> {
        let all =
            |parts: Vec<Tree>| parts.into_iter().map(|part| self.tree(part)).collect::<Read<Vec<Test>>>();
        match tree {
            Tree::Or(parts) => Ok(Test::Or(all(parts)?)),
            Tree::And(parts) => Ok(Test::And(all(parts)?)),
            Tree::Compared(operator, value) if self.is_text() => self.text_test(&operator, &value),
            Tree::Interval(from, to) if self.is_text() => {
                let mut bounds = Vec::new();
                for (operator, value) in [(">=", from), ("<=", to)] {
                    bounds.extend(value.map(|value| self.text_test(operator, &value)).transpose()?);
                }
                Ok(Test::And(bounds))
            }
            Tree::Compared(operator, value) => self.number_test(&operator, &value),
            Tree::Interval(_, _) if matches!(self.kind, Kind::Guid | Kind::Unfilterable) => Err(UNREADABLE),
            Tree::Interval(from, to) => {
                let from = from.map(|value| self.range(&value)).transpose()?;
                let to = to.map(|value| self.range(&value)).transpose()?;
                let low = from.map_or(i128::MIN, |(low, _)| low);
                Ok(Test::Between(low, to.map_or(i128::MAX, |(_, high)| high)))
            }
        }
    }

    fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text { .. } | Kind::Code { .. })
    }

    fn text_test(&self, operator: &str, value: &Value) -> Read<Test> {
        if value.text.starts_with('%') && !value.quoted {
            return Err(UNSPECIFIED);
        }
        let (mut text, at) = match value.text.strip_prefix('@') {
            Some(rest) => (rest.to_owned(), true),
            None => (value.text.clone(), false),
        };
        let (max, ordered, ignore_case) = match self.kind {
            Kind::Code { max, ordered } => {
                text = text.trim_matches(' ').chars().map(upper).collect();
                (max, ordered, false)
            }
            Kind::Text { max, ordered } => (max, ordered, at || self.compare == Compare::Dataverse),
            _ => return Err(UNREADABLE),
        };
        let is_pattern = text.contains(['*', '?']);
        if max.is_some_and(|max| text.chars().count() > max) && !is_pattern {
            return Err(UNREADABLE);
        }
        if !ordered && !matches!(operator, "=" | "<>") {
            return Err(UNSPECIFIED);
        }
        let characters = folded(&text, ignore_case);
        Ok(match operator {
            "=" => Test::Matches(characters, ignore_case),
            "<>" => Test::Not(Box::new(Test::Matches(characters, ignore_case))),
            "<" => Test::Ordered("<", characters, ignore_case),
            "<=" => Test::Ordered("<=", characters, ignore_case),
            ">" => Test::Ordered(">", characters, ignore_case),
            _ => Test::Ordered(">=", characters, ignore_case),
        })
    }

    fn number_test(&self, operator: &str, value: &Value) -> Read<Test> {
        if matches!(self.kind, Kind::Guid) && !matches!(operator, "=" | "<>") {
            return Err(UNREADABLE);
        }
        let (low, high) = self.range(value)?;
        let nothing = || Test::Or(Vec::new());
        Ok(match operator {
            "=" => Test::Between(low, high),
            "<>" => Test::Not(Box::new(Test::Between(low, high))),
            "<" => low.checked_sub(1).map_or_else(nothing, |below| Test::Between(i128::MIN, below)),
            "<=" => Test::Between(i128::MIN, high),
            ">" => Test::Between(high + 1, i128::MAX),
            _ => Test::Between(low, i128::MAX),
        })
    }

    /// First and last number that a value stands for.
    fn range(&self, value: &Value) -> Read<(i128, i128)> {
        let text = value.text.as_str();
        let one = |number: Read<i128>| number.map(|number| (number, number));
        match self.kind {
            Kind::Integer => one(whole(text, i128::from(i32::MIN), i128::from(i32::MAX))),
            Kind::BigInteger => one(whole(text, i128::from(i64::MIN), i128::from(i64::MAX))),
            Kind::Decimal => one(decimal(text)),
            Kind::Boolean => one(boolean(text)),
            Kind::Option(members) => one(option(text, members)),
            Kind::Date => self.calendar.date(text),
            Kind::DateTime => self.calendar.date_time(text),
            Kind::Time => one(time(text)),
            Kind::Guid => one(guid(text)),
            Kind::Text { .. } | Kind::Code { .. } | Kind::Unfilterable => Err(UNREADABLE),
        }
    }
}

fn one_to_one(mut mapped: impl ExactSizeIterator<Item = char>, character: char) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(character) } else { character }
}

fn upper(character: char) -> char {
    one_to_one(character.to_uppercase(), character)
}

fn folded(text: &str, ignore_case: bool) -> Vec<char> {
    let lower = |character: char| one_to_one(character.to_lowercase(), character);
    text.chars().map(|character| if ignore_case { lower(character) } else { character }).collect()
}

fn whole(text: &str, least: i128, most: i128) -> Read<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|character| character.is_ascii_digit()) {
        return Err(UNREADABLE);
    }
    let number: i128 = text.parse().map_err(|_| UNREADABLE)?;
    if (least..=most).contains(&number) { Ok(number * UNIT) } else { Err(UNREADABLE) }
}

fn decimal(text: &str) -> Read<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{before}{after}");
    if all.is_empty() || !all.chars().all(|character| character.is_ascii_digit()) {
        return Err(UNREADABLE);
    }
    if after.len() > 6 || before.len() > 20 {
        return Err(UNSPECIFIED);
    }
    let millionths: i128 = format!("{before}{after:0<6}").parse().map_err(|_| UNREADABLE)?;
    Ok(sign * millionths)
}

fn boolean(text: &str) -> Read<i128> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(1),
        "false" | "no" | "0" => Ok(0),
        _ => Err(UNREADABLE),
    }
}

fn option(text: &str, members: &[(i32, String)]) -> Read<i128> {
    let wanted = folded(text.trim_matches(is_space), true);
    let named = members.iter().filter(|(_, name)| !name.is_empty());
    let mut found = named.filter(|(_, name)| folded(name.trim_matches(is_space), true) == wanted);
    match found.next() {
        Some((ordinal, _)) => Ok(i128::from(*ordinal)),
        None => text.trim_matches(is_space).parse::<i32>().map(i128::from).map_err(|_| UNREADABLE),
    }
}

fn guid(text: &str) -> Read<i128> {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let groups: Vec<&str> = inner.split('-').collect();
    if groups.iter().map(|group| group.len()).collect::<Vec<_>>() != [8, 4, 4, 4, 12] {
        return Err(UNREADABLE);
    }
    let number = u128::from_str_radix(&groups.concat(), 16).map_err(|_| UNREADABLE)?;
    Ok(number as i128)
}

fn time(text: &str) -> Read<i128> {
    if text.is_empty() {
        return Ok(BLANK);
    }
    match text {
        "Purple" => Err(UNREADABLE),
        _ => clock(text).ok_or(UNSPECIFIED),
    }
}

/// `HH:MM:SS`, optionally with a fraction, in milliseconds.
fn clock(text: &str) -> Option<i128> {
    let shape: String =
        text.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    if !["00:00:00", "00:00:00.000"].contains(&shape.as_str()) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i128>().ok();
    let (hours, minutes, seconds) = (number(0, 2)?, number(3, 5)?, number(6, 8)?);
    let thousandths = if text.len() > 8 { number(9, 12)? } else { 0 };
    let is_valid = hours < 24 && minutes < 60 && seconds < 60;
    is_valid.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths)
}

fn days(date: Date) -> i128 {
    let start = Date::new(1970, 1, 1).unwrap();
    i128::from(start.until(date).unwrap().get_days())
}

fn iso(text: &str) -> Option<Date> {
    let shape: String =
        text.chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    if shape == "0000-00-00" { text.parse().ok() } else { None }
}

impl Calendar {
    /// A day counts two: itself, then its closing date.
    fn date(&self, text: &str) -> Read<(i128, i128)> {
        if text.is_empty() {
            return Ok((BLANK, BLANK));
        }
        let (rest, closing) = match text.strip_prefix('C') {
            Some(rest) => (rest, 1),
            None => (text, 0),
        };
        let is_two_digits = rest.len() == 2 && rest.chars().all(|character| character.is_ascii_digit());
        if is_two_digits || rest.chars().all(|character| character.is_ascii_digit() || character == '-') {
            let day = if is_two_digits {
                Date::new(self.work_date.year(), self.work_date.month(), rest.parse().unwrap()).ok()
            } else {
                iso(rest)
            };
            let rank = days(day.ok_or(UNREADABLE)?) * 2 + closing;
            return Ok((rank, rank));
        }
        let (first, last) = self.word(text)?;
        Ok((days(first) * 2, days(last) * 2))
    }

    fn word(&self, text: &str) -> Read<(Date, Date)> {
        let word = text.strip_prefix('%').unwrap_or(text).to_lowercase();
        let today = self.today;
        let plus = |span: Span| today.checked_add(span).unwrap();
        let one = |day: Date| Ok((day, day));
        match word.as_str() {
            "purple" => Err(UNREADABLE),
            "today" | "t" | "now" => one(today),
            "workdate" | "w" => one(self.work_date),
            "yesterday" | "yes" => one(plus(Span::new().days(-1))),
            "tomorrow" | "tom" => one(plus(Span::new().days(1))),
            "week" => {
                let monday = plus(Span::new().days(-i64::from(today.weekday().to_monday_zero_offset())));
                Ok((monday, monday.checked_add(Span::new().days(6)).unwrap()))
            }
            "month" => Ok((today.first_of_month(), today.last_of_month())),
            "quarter" => {
                let first_month = (today.month() - 1) / 3 * 3 + 1;
                let first = Date::new(today.year(), first_month, 1).unwrap();
                Ok((first, Date::new(today.year(), first_month + 2, 1).unwrap().last_of_month()))
            }
            _ => Err(UNSPECIFIED),
        }
    }

    fn date_time(&self, text: &str) -> Read<(i128, i128)> {
        if text.is_empty() {
            return Ok((BLANK, BLANK));
        }
        let ahead = i128::from(self.hours_ahead) * 3_600_000;
        let day = |day: Date| days(day) * 86_400_000 - ahead;
        let whole_day = |date: Date| Ok((day(date), day(date) + 86_399_000));
        match text.strip_prefix('%').unwrap_or(text) {
            "Purple" => return Err(UNREADABLE),
            "today" => return whole_day(self.today),
            "workdate" => return whole_day(self.work_date),
            _ => {}
        }
        if let Some(date) = iso(text) {
            return whole_day(date);
        }
        if let Some(moment) = text.strip_suffix('Z').and_then(|_| text.parse::<Timestamp>().ok()) {
            return Ok((i128::from(moment.as_millisecond()), i128::from(moment.as_millisecond())));
        }
        let parts = text.split_once('T').or_else(|| text.split_once(' ')).ok_or(UNSPECIFIED)?;
        let (Some(date), Some(time)) = (iso(parts.0), clock(parts.1)) else { return Err(UNSPECIFIED) };
        Ok((day(date) + time, day(date) + time))
    }
}

impl Test {
    fn passes(&self, cell: &Cell) -> bool {
        match (self, cell) {
            (Test::Or(parts), _) => parts.iter().any(|part| part.passes(cell)),
            (Test::And(parts), _) => parts.iter().all(|part| part.passes(cell)),
            (Test::Not(part), _) => !part.passes(cell),
            (Test::Between(low, high), Cell::Rank(rank)) => low <= rank && rank <= high,
            (Test::Matches(pattern, ignore), Cell::Text(text)) => matches(pattern, &folded(text, *ignore)),
            (Test::Ordered(operator, bound, ignore), Cell::Text(text)) => {
                let text = folded(text, *ignore);
                match *operator {
                    "<" => text < *bound,
                    "<=" => text <= *bound,
                    ">" => text > *bound,
                    _ => text >= *bound,
                }
            }
            (test, cell) => panic!("{test:?} cannot look at {cell:?}"),
        }
    }
}

fn matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => matches(rest, text),
        (Some(('*', rest)), Some((_, others))) => matches(rest, text) || matches(pattern, others),
        (Some(('?', rest)), Some((_, others))) => matches(rest, others),
        (Some((wanted, rest)), Some((seen, others))) => wanted == seen && matches(rest, others),
        _ => false,
    }
}
