//! A filter on texts made ready for many texts at once: each part knows the quickest way to its verdicts, and where
//! there is none asks text by text. It agrees with `rows` on every text.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::bitmap::Bitmap;
use crate::digests::Digest;
use crate::field::FieldValue;
use crate::filter::Operator;
use crate::ranges::Sieve;
use crate::search::{Needle, is_searchable, rarest};
use crate::text::Case;
use crate::texts::Texts;
use crate::typed::{FilterValue, Pattern, PatternPart, TestKind, TypedNode, TypedTest};

/// A part of the filter.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    Any(Vec<TextTest>),
    All(Vec<TextTest>),
    Not(Box<TextTest>),
    Blank,
    OneOf(TextSet),
    Like(Like),
    /// Asked text by text.
    Each(TypedTest),
}

impl TextTest {
    /// The test that a node of a filter comes to.
    pub(crate) fn new(node: &TypedNode) -> Self {
        match node {
            TypedNode::Any(parts) => Self::any(parts),
            TypedNode::All(parts) => Self::All(parts.iter().map(Self::new).collect()),
            TypedNode::Test(test) => Self::of_test(test),
        }
    }

    /// All values that texts may equal are looked up at once, however many they are.
    fn any(parts: &[TypedNode]) -> Self {
        let mut tests = Vec::new();
        for case in [Case::Sensitive, Case::Ignored] {
            let values: Vec<&str> = parts.iter().filter_map(|part| equal_to(part, case)).collect();
            if !values.is_empty() {
                tests.push(Self::OneOf(TextSet::new(values, case)));
            }
        }
        let is_value = |part: &&TypedNode| {
            [Case::Sensitive, Case::Ignored].into_iter().any(|case| equal_to(part, case).is_some())
        };
        tests.extend(parts.iter().filter(|part| !is_value(part)).map(Self::new));
        Self::Any(tests)
    }

    fn of_test(test: &TypedTest) -> Self {
        match &test.kind {
            TestKind::Compare {
                operator: operator @ (Operator::Equal | Operator::NotEqual),
                value: FilterValue::Text { text, ignore_case },
            } => {
                let case = if *ignore_case { Case::Ignored } else { Case::Sensitive };
                let set = if text.is_empty() {
                    Self::Blank
                } else {
                    Self::OneOf(TextSet::new([text.as_str()], case))
                };
                if *operator == Operator::Equal { set } else { Self::Not(Box::new(set)) }
            }
            TestKind::Matches { pattern, negated } => {
                let like = Self::Like(Like::new(pattern));
                if *negated { Self::Not(Box::new(like)) } else { like }
            }
            _ => Self::Each(test.clone()),
        }
    }

    /// The verdicts on the texts in `range`.
    pub(crate) fn test(&self, texts: &Texts, range: Range<usize>) -> Bitmap {
        match self {
            Self::Any(parts) => {
                let mut verdicts = Bitmap::new(range.len());
                parts.iter().for_each(|part| verdicts.or_assign(&part.test(texts, range.clone())));
                verdicts
            }
            Self::All(parts) => {
                let mut verdicts = Bitmap::filled(range.len(), true);
                parts.iter().for_each(|part| verdicts.and_assign(&part.test(texts, range.clone())));
                verdicts
            }
            Self::Not(part) => {
                let mut verdicts = part.test(texts, range);
                verdicts.invert();
                verdicts
            }
            Self::Blank => each(texts, range, |text, _| text.is_empty()),
            Self::OneOf(set) => set.test(texts, range),
            Self::Like(like) => like.test(texts, range),
            Self::Each(test) => each(texts, range, |_, idx| {
                texts.get(idx).is_some_and(|text| test.passes(FieldValue::Text(text)))
            }),
        }
    }
}

/// The value, if the part is an equality with a text of this case.
fn equal_to(part: &TypedNode, case: Case) -> Option<&str> {
    match part {
        TypedNode::Test(TypedTest {
            kind:
                TestKind::Compare { operator: Operator::Equal, value: FilterValue::Text { text, ignore_case } },
            ..
        }) if *ignore_case == (case == Case::Ignored) => Some(text),
        _ => None,
    }
}

/// The verdict of `test` on the bytes and the number of each text.
fn each<'t>(texts: &'t Texts, range: Range<usize>, test: impl Fn(&'t [u8], usize) -> bool) -> Bitmap {
    let mut words = vec![0_u64; range.len().div_ceil(64)];
    let mut numbered = texts.range(range.clone()).zip(range.clone());
    for word in &mut words {
        for (bit, (text, idx)) in (0..64).zip(numbered.by_ref()) {
            *word |= u64::from(test(text, idx)) << bit;
        }
    }
    Bitmap::from_words(words, range.len())
}

/// Texts that a text may equal.
#[derive(Debug, Clone)]
pub(crate) struct TextSet {
    /// In lower case if case is ignored.
    values: FxHashSet<Box<str>>,
    case: Case,
    sieve: Sieve,
}

impl TextSet {
    fn new<'a>(values: impl IntoIterator<Item = &'a str>, case: Case) -> Self {
        let values: FxHashSet<Box<str>> = values.into_iter().map(Box::from).collect();
        let sieve = Sieve::new(values.iter().map(|value| Digest::of(value.as_bytes()).key()));
        Self { values, case, sieve }
    }

    /// The verdicts on the texts in `range`: the sieve says of each which are worth looking at.
    fn test(&self, texts: &Texts, range: Range<usize>) -> Bitmap {
        let ignores_case = self.case == Case::Ignored;
        let may_be =
            |digest: Digest| self.sieve.may_hold(digest.key()) | (ignores_case & digest.is_beyond_ascii());
        let candidates = texts.with_digests(range.clone(), |digests| Bitmap::from_values(digests, may_be));
        let mut verdicts = candidates.clone();
        for place in candidates.iter_ones() {
            if !texts.get(range.start + place).is_some_and(|text| self.contains(text)) {
                verdicts.set(place, false);
            }
        }
        verdicts
    }

    fn contains(&self, text: &str) -> bool {
        match self.case {
            Case::Sensitive => self.values.contains(text),
            Case::Ignored => self.values.contains(&*Case::Ignored.fold_text(text)),
        }
    }
}

/// A pattern with the quickest way to find out.
#[derive(Debug, Clone)]
pub(crate) struct Like {
    pattern: Pattern,
    way: Way,
    /// Whether the way decides alone; otherwise what it finds is compared with the whole pattern.
    is_exact: bool,
    /// Whether what is looked for may stand in a text as one of [`STRAY_CAPITALS`](crate::texts::STRAY_CAPITALS).
    may_stray: bool,
}

/// What a text must have to match at all.
#[derive(Debug, Clone)]
enum Way {
    /// Nothing that could be looked for.
    None,
    Starts(Needle),
    Ends(Needle),
    Holds(Needle),
}

impl Like {
    fn new(pattern: &Pattern) -> Self {
        let case = if pattern.ignore_case { Case::Ignored } else { Case::Sensitive };
        let needle = |text: &str| Needle::new(text, case);
        let none = (Way::None, false, "");
        let (way, is_exact, literal) = match pattern.parts.as_slice() {
            [PatternPart::Literal(literal), rest @ ..] => {
                let head = searchable(literal, case).next().filter(|head| literal.starts_with(head));
                let is_exact = head == Some(literal) && matches!(rest, [PatternPart::AnyRun]);
                head.and_then(|head| Some((Way::Starts(needle(head)?), is_exact, head))).unwrap_or(none)
            }
            [PatternPart::AnyRun, PatternPart::Literal(literal)]
                if literal.chars().all(|character| is_searchable(character, case)) =>
            {
                needle(literal).map_or(none, |needle| (Way::Ends(needle), true, literal.as_str()))
            }
            parts => {
                let literals = parts.iter().filter_map(|part| match part {
                    PatternPart::Literal(literal) => Some(literal.as_str()),
                    _ => None,
                });
                let is_whole = |run: &str| {
                    matches!(parts, [PatternPart::AnyRun, PatternPart::Literal(literal), PatternPart::AnyRun]
                        if literal == run)
                };
                let run = rarest(literals.flat_map(|literal| searchable(literal, case)));
                run.and_then(|run| Some((Way::Holds(needle(run)?), is_whole(run), run))).unwrap_or(none)
            }
        };
        let may_stray = case == Case::Ignored && literal.contains(['k', 'å']);
        Self { pattern: pattern.clone(), way, is_exact, may_stray }
    }

    fn test(&self, texts: &Texts, range: Range<usize>) -> Bitmap {
        let matches = |idx| texts.get(idx).is_some_and(|text| self.pattern.matches(text));
        let verify = |idx| self.is_exact || matches(idx);
        match &self.way {
            _ if self.may_stray && texts.has_stray_capitals() => each(texts, range, |_, idx| matches(idx)),
            Way::None => each(texts, range, |_, idx| matches(idx)),
            Way::Starts(needle) => each(texts, range, |text, idx| {
                text.len() >= needle.len() && needle.stands_at(text, 0) && verify(idx)
            }),
            Way::Ends(needle) => each(texts, range, |text, idx| {
                let place = text.len().checked_sub(needle.len());
                place.is_some_and(|place| needle.stands_at(text, place)) && verify(idx)
            }),
            Way::Holds(needle) => needle.find(texts, range, verify),
        }
    }
}

/// The parts of a literal that can be looked for.
fn searchable(literal: &str, case: Case) -> impl Iterator<Item = &str> {
    literal.split(move |character| !is_searchable(character, case)).filter(|run| !run.is_empty())
}
