//! How texts compare: case, order, wildcards. No fields and no rows.

use std::cmp::Ordering;

use crate::typed::{Pattern, PatternPart};

/// The simple one-to-one lower-case mapping, no locale; a character whose mapping is longer stays (filter
/// language, section 4.1).
pub(crate) fn lower(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    only(character.to_lowercase()).unwrap_or(character)
}

/// The same for upper case, as Code values are stored (section 4.2).
pub(crate) fn upper(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_uppercase();
    }
    only(character.to_uppercase()).unwrap_or(character)
}

fn only(mut mapping: impl Iterator<Item = char>) -> Option<char> {
    let first = mapping.next()?;
    mapping.next().is_none().then_some(first)
}

/// Whether two texts are the same, ignoring case; `folded` is in lower case already.
pub(crate) fn equal_ignoring_case(text: &str, folded: &str) -> bool {
    text.chars().map(lower).eq(folded.chars())
}

/// The order of a database that tells case apart: letters first, and where they are the same, lower case
/// before upper case. Accents and punctuation are ordered by code point, which no source promises.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    // The first letters decide most.
    if let (Some(first), Some(other)) = (left.as_bytes().first(), right.as_bytes().first())
        && first.is_ascii()
        && other.is_ascii()
        && !first.eq_ignore_ascii_case(other)
    {
        return first.to_ascii_lowercase().cmp(&other.to_ascii_lowercase());
    }
    let case = || right.chars().cmp(left.chars());
    left.chars().map(lower).cmp(right.chars().map(lower)).then_with(case)
}

/// The order of texts in a list: ignoring case as filters do, and by code point.
///
/// # Example
///
/// ```
/// let mut names = ["beta", "Gamma", "Alpha"];
/// names.sort_by(|left, right| couplet_filter::compare_in_lists(left, right));
/// assert_eq!(names, ["Alpha", "beta", "Gamma"]);
/// ```
#[must_use]
pub fn compare_in_lists(left: &str, right: &str) -> Ordering {
    let pairs = left.as_bytes().iter().zip(right.as_bytes());
    let n_same =
        pairs.take_while(|(byte, other)| byte.is_ascii() && byte.eq_ignore_ascii_case(other)).count();
    // Everything before is in ASCII, so characters begin here; where both are in ASCII the first one decides.
    let rest = |text| <str>::get(text, n_same..).unwrap_or_default();
    rest(left).chars().map(lower).cmp(rest(right).chars().map(lower))
}

/// The same order ignoring case; `folded` is in lower case already.
pub(crate) fn compare_ignoring_case(text: &str, folded: &str) -> Ordering {
    text.chars().map(lower).cmp(folded.chars())
}

impl Pattern {
    /// A text with `*` and `?`; literals are brought to lower case if case is ignored.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Case, Pattern, PatternPart};
    ///
    /// let pattern = Pattern::new("A*", Case::Ignored);
    /// assert_eq!(pattern.parts, [PatternPart::Literal("a".to_owned()), PatternPart::AnyRun]);
    /// ```
    #[must_use]
    pub fn new(text: &str, case: Case) -> Self {
        let mut parts = Vec::new();
        for character in text.chars() {
            match (character, parts.last_mut()) {
                ('*', Some(PatternPart::AnyRun)) => {}
                ('*', _) => parts.push(PatternPart::AnyRun),
                ('?', _) => parts.push(PatternPart::AnyOne),
                (_, Some(PatternPart::Literal(literal))) => literal.push(case.fold(character)),
                _ => parts.push(PatternPart::Literal(case.fold(character).into())),
            }
        }
        Self { ignore_case: case == Case::Ignored, parts }
    }

    /// Whether the whole text has this form.
    ///
    /// On a mismatch only the latest `*` takes one more character, which is enough because what stands before
    /// it has matched as early as it can; so the time is at most length of text times length of pattern.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Case, Pattern};
    ///
    /// assert!(Pattern::new("*rue ?", Case::Ignored).matches("12 Rue É"));
    /// assert!(!Pattern::new("A*", Case::Sensitive).matches("BA"));
    /// ```
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if text.is_ascii() { self.matches_ascii(text.as_bytes()) } else { self.matches_any(text) }
    }

    /// A text of one byte a character: what is not in ASCII in the pattern equals none of them.
    fn matches_ascii(&self, text: &[u8]) -> bool {
        let equals = |byte: &u8, wanted: &u8| {
            byte == wanted || (self.ignore_case && byte.to_ascii_lowercase() == *wanted)
        };
        let starts = |text: &[u8], literal: &[u8]| {
            text.len() >= literal.len() && text.iter().zip(literal).all(|(byte, wanted)| equals(byte, wanted))
        };
        let mut rest = text;
        let mut parts = self.parts.as_slice();
        let mut retry: Option<(&[u8], &[PatternPart])> = None;
        loop {
            match parts.split_first() {
                None if rest.is_empty() => return true,
                Some((PatternPart::AnyRun, [])) => return true,
                Some((PatternPart::AnyRun, after)) => {
                    retry = Some((rest, after));
                    parts = after;
                    continue;
                }
                Some((PatternPart::AnyOne, after)) if !rest.is_empty() => {
                    rest = rest.get(1..).unwrap_or_default();
                    parts = after;
                    continue;
                }
                Some((PatternPart::Literal(literal), after)) if starts(rest, literal.as_bytes()) => {
                    rest = rest.get(literal.len()..).unwrap_or_default();
                    parts = after;
                    continue;
                }
                _ => {}
            }
            // Only the latest run takes one byte more; what stands behind it begins where its first byte is.
            let Some((from, after)) = retry else { return false };
            let Some(next) = from.get(1..) else { return false };
            let skipped = match after.first() {
                Some(PatternPart::Literal(literal)) => {
                    let Some(first) = literal.as_bytes().first() else { return false };
                    next.iter().position(|byte| equals(byte, first))
                }
                _ => Some(0),
            };
            let Some(candidate) = skipped.and_then(|skipped| next.get(skipped..)) else { return false };
            rest = candidate;
            parts = after;
            retry = Some((candidate, after));
        }
    }

    fn matches_any(&self, text: &str) -> bool {
        let mut rest = text;
        let mut parts = self.parts.as_slice();
        let mut retry: Option<(&str, &[PatternPart])> = None;
        loop {
            match parts.split_first() {
                None if rest.is_empty() => return true,
                Some((PatternPart::AnyRun, after)) => {
                    if after.is_empty() {
                        return true;
                    }
                    let Some(candidate) = self.candidate(after, rest) else { return false };
                    rest = candidate;
                    parts = after;
                    retry = Some((rest, after));
                    continue;
                }
                Some((part, after)) => {
                    if let Some(left) = self.strip(part, rest) {
                        rest = left;
                        parts = after;
                        continue;
                    }
                }
                None => {}
            }
            let Some((from, after)) = retry else { return false };
            let mut characters = from.chars();
            if characters.next().is_none() {
                return false;
            }
            let Some(candidate) = self.candidate(after, characters.as_str()) else { return false };
            rest = candidate;
            parts = after;
            retry = Some((rest, after));
        }
    }

    /// Where the parts behind a `*` can begin at the earliest; most texts are decided by this search.
    fn candidate<'t>(&self, parts: &[PatternPart], text: &'t str) -> Option<&'t str> {
        let Some(PatternPart::Literal(literal)) = parts.first() else { return Some(text) };
        let first = literal.chars().next()?;
        let at = if self.ignore_case { text.find(|next| lower(next) == first) } else { text.find(first) };
        text.get(at?..)
    }

    fn strip<'t>(&self, part: &PatternPart, text: &'t str) -> Option<&'t str> {
        match part {
            PatternPart::Literal(literal) if self.ignore_case => {
                let mut characters = text.chars();
                for expected in literal.chars() {
                    if lower(characters.next()?) != expected {
                        return None;
                    }
                }
                Some(characters.as_str())
            }
            PatternPart::Literal(literal) => text.strip_prefix(literal.as_str()),
            PatternPart::AnyOne => {
                let mut characters = text.chars();
                characters.next()?;
                Some(characters.as_str())
            }
            PatternPart::AnyRun => Some(text),
        }
    }
}

/// Whether upper and lower case are told apart.
///
/// # Example
///
/// ```
/// use couplet_filter::{Case, Pattern};
///
/// assert!(Pattern::new("LY*", Case::Ignored).matches("Lyon"));
/// assert!(!Pattern::new("LY*", Case::Sensitive).matches("Lyon"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Case {
    /// `A` is not `a`.
    Sensitive,
    /// `A` is `a`.
    Ignored,
}

impl Case {
    pub(crate) fn fold(self, character: char) -> char {
        match self {
            Self::Sensitive => character,
            Self::Ignored => lower(character),
        }
    }

    /// The text as it is compared: in lower case if case is ignored.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Case;
    ///
    /// assert_eq!(Case::Ignored.fold_text("Éloïse"), "éloïse");
    /// assert_eq!(Case::Sensitive.fold_text("Éloïse"), "Éloïse");
    /// ```
    #[must_use]
    pub fn fold_text(self, text: &str) -> String {
        text.chars().map(|character| self.fold(character)).collect()
    }
}
