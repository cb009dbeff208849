//! From a typed filter to what a sentence says of its field: verbs with values, joined as the filter joins them.
//! How they are strung together is in `join`.

use rustc_hash::FxHashMap;

use super::values::{Edge, ValueWriter};
use super::words::{Order, Verb};
use crate::field::FieldType;
use crate::filter::{Filter, Literal, Node, Operator, Quoting, TermKind};
use crate::keys::iso_moment;
use crate::pattern_form::PatternForm;
use crate::span::Span;
use crate::text::{compare, lower};
use crate::typed::{FilterValue, Pattern, PatternPart, TestKind, TypedNode};

/// A predicate or several of them.
pub(super) enum Phrase {
    /// One predicate.
    Said(Said),
    /// At least one holds.
    Any(Vec<Phrase>),
    /// All hold.
    All(Vec<Phrase>),
}

/// One predicate.
pub(super) struct Said {
    pub(super) kind: SaidKind,
    /// Whether case is ignored, where the value has letters with case.
    pub(super) ignores_case: Option<bool>,
}

/// What is said.
pub(super) enum SaidKind {
    /// A verb with a value; those with the same verb are strung together.
    Verb { verb: &'static Verb, value: String, is_negated: bool },
    /// Words as they stand.
    Fixed(String),
}

/// Whether another condition beside this one keeps blank values out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blanks {
    /// They may pass.
    Possible,
    /// They do not pass anyway.
    Excluded,
}

/// Says a filter.
pub(super) struct Speaker<'a> {
    pub(super) writer: ValueWriter<'a>,
    /// What the user wrote where a value came of words, as `today`.
    notes: FxHashMap<Span, String>,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(writer: ValueWriter<'a>, filter: &Filter) -> Self {
        let mut speaker = Self { writer, notes: FxHashMap::default() };
        if let Some(root) = filter.root() {
            speaker.take_notes(root);
        }
        speaker
    }

    fn take_notes(&mut self, node: &Node) {
        match node {
            Node::Any(parts) | Node::All(parts) => parts.iter().for_each(|part| self.take_notes(part)),
            Node::Unreadable(_) => {}
            Node::Term(term) => {
                let note = match &term.kind {
                    TermKind::Value(value) | TermKind::Compare(_, value) => {
                        self.is_word(value).then(|| value.text.clone())
                    }
                    TermKind::Interval(from, to) => {
                        let text = |value: &Option<Literal>| {
                            value.as_ref().map(|value| value.text.clone()).unwrap_or_default()
                        };
                        let has_word = from.iter().chain(to).any(|value| self.is_word(value));
                        has_word.then(|| format!("{}..{}", text(from), text(to)))
                    }
                };
                if let Some(note) = note {
                    self.notes.insert(term.span, format!(" ({note})"));
                }
            }
        }
    }

    /// Whether the value was written in words that stand for another value.
    fn is_word(&self, value: &Literal) -> bool {
        let text = value.text.as_str();
        match self.writer.field.field_type {
            FieldType::Text { .. } | FieldType::Code { .. } => {
                value.quoting == Quoting::Bare && text.starts_with('%')
            }
            FieldType::Date | FieldType::DateTime | FieldType::Time => {
                let digits = text.strip_prefix(['C', 'c']).unwrap_or(text);
                digits.contains(char::is_alphabetic)
                    && iso_moment(text, &self.writer.context.time_zone).is_none()
            }
            _ => false,
        }
    }

    pub(super) fn phrase(&self, node: &TypedNode) -> Phrase {
        self.part(node, Blanks::Possible)
    }

    fn part(&self, node: &TypedNode, blanks: Blanks) -> Phrase {
        match node {
            TypedNode::Test(test) => {
                let note = self.notes.get(&test.span).map(String::as_str).unwrap_or_default();
                self.test(&test.kind, note, blanks)
            }
            TypedNode::Any(parts) => {
                if let Some(said) = self.outside(parts) {
                    return Phrase::Said(said);
                }
                Phrase::Any(self.parts(parts, blanks))
            }
            TypedNode::All(parts) => {
                let is_excluded =
                    blanks == Blanks::Excluded || parts.iter().any(|it| self.excludes_blank(it));
                Phrase::All(self.parts(parts, if is_excluded { Blanks::Excluded } else { Blanks::Possible }))
            }
        }
    }

    /// The values of one term, as of a list behind a token, share one note.
    fn parts(&self, parts: &[TypedNode], blanks: Blanks) -> Vec<Phrase> {
        let span = |node: &TypedNode| match node {
            TypedNode::Test(test) => Some(test.span),
            _ => None,
        };
        let mut phrases = Vec::with_capacity(parts.len());
        for (idx, part) in parts.iter().enumerate() {
            let next = parts.get(idx + 1).and_then(span);
            match part {
                TypedNode::Test(test) if next == Some(test.span) => {
                    phrases.push(self.test(&test.kind, "", blanks));
                }
                _ => phrases.push(self.part(part, blanks)),
            }
        }
        phrases
    }

    fn excludes_blank(&self, node: &TypedNode) -> bool {
        let TypedNode::Test(test) = node else { return false };
        match &test.kind {
            TestKind::Compare { operator: Operator::NotEqual | Operator::Greater, value } => {
                self.writer.is_blank(value)
            }
            _ => false,
        }
    }

    /// `<>week`: before the first or after the last of it.
    fn outside(&self, parts: &[TypedNode]) -> Option<Said> {
        let [TypedNode::Test(before), TypedNode::Test(after)] = parts else { return None };
        let (
            TestKind::Compare { operator: Operator::Less, value: first },
            TestKind::Compare { operator: Operator::Greater, value: last },
        ) = (&before.kind, &after.kind)
        else {
            return None;
        };
        if before.span != after.span {
            return None;
        }
        let note = self.notes.get(&before.span).map(String::as_str).unwrap_or_default();
        let words = self.writer.words();
        Some(match self.writer.whole_day(first, last) {
            Some(day) => verb(&words.falls, format!("{day}{note}"), true),
            None => fixed(filled(words.between[1], &self.pair(first, last)) + note),
        })
    }

    fn test(&self, kind: &TestKind, note: &str, blanks: Blanks) -> Phrase {
        match kind {
            TestKind::Compare { operator, value } => self.compare(*operator, value, note, blanks),
            TestKind::Range { from, to } => self.range(from.as_ref(), to.as_ref(), note, blanks),
            TestKind::Matches { pattern, negated } => Phrase::Said(self.matches(pattern, *negated)),
        }
    }

    fn compare(&self, operator: Operator, value: &FilterValue, note: &str, blanks: Blanks) -> Phrase {
        let words = self.writer.words();
        let is_negated = operator == Operator::NotEqual;
        if self.writer.is_blank(value)
            && (!is_counted(value) || matches!(operator, Operator::Equal | Operator::NotEqual))
        {
            return Phrase::Said(fixed(match operator {
                Operator::Equal | Operator::LessOrEqual => words.is_empty.to_owned(),
                Operator::NotEqual | Operator::Greater => words.is_not_empty.to_owned(),
                Operator::GreaterOrEqual => words.any_value.to_owned(),
                Operator::Less => words.no_value.to_owned(),
            }));
        }
        if matches!(operator, Operator::Equal | Operator::NotEqual) {
            let text = self.writer.value(value) + note;
            return Phrase::Said(Said {
                ignores_case: case_of(&[value]),
                ..verb(self.equality(value), text, is_negated)
            });
        }
        let order = self.order(value);
        let (template, edge) = match operator {
            Operator::Less => (order.less, Edge::Start),
            Operator::LessOrEqual => (order.less_or_equal, Edge::End),
            Operator::Greater => (order.greater, Edge::End),
            _ => (order.greater_or_equal, Edge::Start),
        };
        let text = self.writer.bound(value, edge) + note;
        let said = Said { ignores_case: case_of(&[value]), ..fixed(filled(template, &text)) };
        if matches!(operator, Operator::Less | Operator::LessOrEqual) {
            self.or_empty(said, value, blanks)
        } else {
            Phrase::Said(said)
        }
    }

    /// Blank values come before all others: what has no lower bound lets them pass, which nobody expects.
    fn or_empty(&self, said: Said, value: &FilterValue, blanks: Blanks) -> Phrase {
        if blanks == Blanks::Excluded || is_counted(value) {
            return Phrase::Said(said);
        }
        let empty = Phrase::Said(fixed(self.writer.words().is_empty.to_owned()));
        Phrase::Any(vec![Phrase::Said(said), empty])
    }

    fn equality(&self, value: &FilterValue) -> &'static Verb {
        let words = self.writer.words();
        match value {
            FilterValue::Integer(_) | FilterValue::Decimal(_) | FilterValue::Boolean(_) => &words.counts,
            FilterValue::Duration(_) => &words.lasts,
            _ => &words.is,
        }
    }

    fn order(&self, value: &FilterValue) -> &'static Order {
        let words = self.writer.words();
        match value {
            FilterValue::Integer(_) | FilterValue::Decimal(_) => &words.number,
            FilterValue::Date(_) | FilterValue::DateTime(_) => &words.moment,
            FilterValue::Time(_) => &words.clock,
            FilterValue::Duration(_) => &words.duration,
            FilterValue::Text { .. } => &words.text,
            FilterValue::Option(_) | FilterValue::Boolean(_) | FilterValue::Guid(_) => &words.option,
        }
    }

    fn range(
        &self,
        from: Option<&FilterValue>,
        to: Option<&FilterValue>,
        note: &str,
        blanks: Blanks,
    ) -> Phrase {
        let is_blank = |value: &&FilterValue| !is_counted(value) && self.writer.is_blank(value);
        let lowest = from.filter(is_blank).is_some();
        match (from.filter(|value| !is_blank(value)), to) {
            (None, None) => Phrase::Said(fixed(self.writer.words().any_value.to_owned())),
            (None, Some(to)) => self.compare(Operator::LessOrEqual, to, note, blanks),
            (Some(from), None) if !lowest => self.compare(Operator::GreaterOrEqual, from, note, blanks),
            (Some(_), Some(to)) if is_blank(&to) => {
                Phrase::Said(fixed(self.writer.words().no_value.to_owned()))
            }
            (Some(from), to) => Phrase::Said(self.between(from, to.unwrap_or(from), note)),
        }
    }

    fn between(&self, from: &FilterValue, to: &FilterValue, note: &str) -> Said {
        let words = self.writer.words();
        if let Some(day) = self.writer.whole_day(from, to) {
            return verb(&words.falls, day + note, false);
        }
        let template = match from {
            FilterValue::Text { .. } => words.text_between[0],
            FilterValue::Option(_) | FilterValue::Boolean(_) => words.option_between[0],
            _ => words.between[0],
        };
        let never = if is_reversed(from, to) { words.never } else { "" };
        let text = filled(template, &(self.pair(from, to) + note)) + never;
        Said { ignores_case: case_of(&[from, to]), ..fixed(text) }
    }

    fn pair(&self, from: &FilterValue, to: &FilterValue) -> String {
        let (from, to) = (self.writer.bound(from, Edge::Start), self.writer.bound(to, Edge::End));
        format!("{from} {}{to}", self.writer.words().and)
    }

    fn matches(&self, pattern: &Pattern, is_negated: bool) -> Said {
        let words = self.writer.words();
        let (of, text) = match PatternForm::of(pattern) {
            PatternForm::Everything if is_negated => return fixed(words.no_value.to_owned()),
            PatternForm::Everything => return fixed(words.any_value.to_owned()),
            PatternForm::NotEmpty if is_negated => return fixed(words.is_empty.to_owned()),
            PatternForm::NotEmpty => return fixed(words.is_not_empty.to_owned()),
            PatternForm::StartsWith(text) => (&words.begins, self.writer.text(text)),
            PatternForm::EndsWith(text) => (&words.ends, self.writer.text(text)),
            PatternForm::Contains(text) => (&words.contains, self.writer.text(text)),
            PatternForm::StartsAndEnds(..) | PatternForm::Parts { .. } => {
                (&words.pattern, self.writer.quoted(&written(pattern)))
            }
        };
        let has_case = text.chars().any(char::is_alphabetic);
        Said { ignores_case: has_case.then_some(pattern.ignore_case), ..verb(of, text, is_negated) }
    }
}

fn verb(verb: &'static Verb, value: String, is_negated: bool) -> Said {
    Said { kind: SaidKind::Verb { verb, value, is_negated }, ignores_case: None }
}

fn fixed(text: String) -> Said {
    Said { kind: SaidKind::Fixed(text), ignores_case: None }
}

/// The template with the value in its place.
pub(super) fn filled(template: &str, value: &str) -> String {
    let (before, after) = template.split_once("{}").unwrap_or((template, ""));
    format!("{before}{value}{after}")
}

/// Numbers and members of options: their blank value is a value like others.
fn is_counted(value: &FilterValue) -> bool {
    !matches!(
        value,
        FilterValue::Text { .. } | FilterValue::Date(_) | FilterValue::DateTime(_) | FilterValue::Time(_)
    )
}

/// Whether case is ignored; `None` where no value has letters. Codes are in upper case on both sides.
fn case_of(values: &[&FilterValue]) -> Option<bool> {
    let mut found = None;
    for value in values {
        if let FilterValue::Text { text, ignore_case } = value
            && text.chars().any(char::is_alphabetic)
        {
            found = Some(found.unwrap_or(false) || *ignore_case);
        }
    }
    found
}

fn is_reversed(from: &FilterValue, to: &FilterValue) -> bool {
    match (from, to) {
        (FilterValue::Integer(from), FilterValue::Integer(to))
        | (FilterValue::Duration(from), FilterValue::Duration(to)) => from > to,
        (FilterValue::Decimal(from), FilterValue::Decimal(to)) => from > to,
        (FilterValue::Option(from), FilterValue::Option(to)) => from > to,
        (FilterValue::Boolean(from), FilterValue::Boolean(to)) => from > to,
        (FilterValue::Date(from), FilterValue::Date(to)) => from > to,
        (FilterValue::DateTime(from), FilterValue::DateTime(to)) => from > to,
        (FilterValue::Time(from), FilterValue::Time(to)) => from > to,
        (
            FilterValue::Text { text: from, ignore_case: false },
            FilterValue::Text { text: to, ignore_case: false },
        ) => compare(from, to).is_gt(),
        (
            FilterValue::Text { text: from, ignore_case: true },
            FilterValue::Text { text: to, ignore_case: true },
        ) => from.chars().map(lower).gt(to.chars().map(lower)),
        _ => false,
    }
}

/// A pattern as it is written in a filter.
fn written(pattern: &Pattern) -> String {
    let part = |part: &PatternPart| match part {
        PatternPart::Literal(text) => text.clone(),
        PatternPart::AnyRun => "*".to_owned(),
        PatternPart::AnyOne => "?".to_owned(),
    };
    pattern.parts.iter().map(part).collect()
}
