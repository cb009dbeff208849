//! Text comparison of both systems: case, accents and wildcards.

use std::cmp::Ordering;

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Every character counts.
    Exact,
    /// Case is ignored (`tolower`, `@`).
    IgnoreCase,
    /// Case and accents are ignored: the collation of English, French and German environments (B23).
    IgnoreCaseAndAccents,
}

impl Fold {
    fn apply(self, character: char) -> char {
        if character.is_ascii() {
            return if self == Self::Exact { character } else { character.to_ascii_lowercase() };
        }
        match self {
            Self::Exact => character,
            Self::IgnoreCase => lower(character),
            Self::IgnoreCaseAndAccents => without_accent(lower(character)),
        }
    }

    /// The text as it is compared.
    pub(crate) fn text(self, text: &str) -> String {
        text.chars().map(|character| self.apply(character)).collect()
    }
}

/// Whether two texts are the same.
pub(crate) fn equal(left: &str, right: &str, fold: Fold) -> bool {
    if fold == Fold::Exact {
        return left == right;
    }
    let (mut left, mut right) = (left.chars(), right.chars());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if fold.apply(a) == fold.apply(b) => {}
            _ => return false,
        }
    }
}

/// The order of two texts: letters before case and accents, as collations have it.
pub(crate) fn order(left: &str, right: &str) -> Ordering {
    let fold = Fold::IgnoreCaseAndAccents;
    let folded = left.chars().map(|it| fold.apply(it)).cmp(right.chars().map(|it| fold.apply(it)));
    folded.then_with(|| left.cmp(right))
}

/// A text as a code is stored (S3): every character to the upper case that is one character, so `ß` stays (filter
/// language 4.2).
pub(crate) fn upper_code(text: &str) -> String {
    let upper = |character: char| {
        let mut mapped = character.to_uppercase();
        match (mapped.next(), mapped.next()) {
            (Some(one), None) => one,
            _ => character,
        }
    };
    text.chars().map(upper).collect()
}

fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

fn without_accent(character: char) -> char {
    match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => 'c',
        'ď' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ī' | 'ĭ' | 'į' => 'i',
        'ĺ' | 'ļ' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ū' | 'ŭ' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// A text with wildcards.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    fold: Fold,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    One(char),
    AnyOne,
    AnyMany,
    Set { ranges: Vec<(char, char)>, negated: bool },
}

/// Where a pattern may lie in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Whole,
    Start,
    End,
    Anywhere,
}

impl Pattern {
    /// Business Central: `*` and `?` are live, a leading `@` ignores case (A35).
    pub(crate) fn business_central(text: &str, anchor: Anchor, fold: Fold) -> Self {
        let (text, fold) = match text.strip_prefix('@') {
            Some(rest) if anchor == Anchor::Whole => (rest, Fold::IgnoreCase),
            _ => (text, fold),
        };
        let pieces = text.chars().map(|character| match character {
            '*' => Piece::AnyMany,
            '?' => Piece::AnyOne,
            other => Piece::One(fold.apply(other)),
        });
        Self::anchored(pieces.collect(), anchor, fold)
    }

    /// Dataverse: `%`, `_`, `[…]` and `[^…]` are live (B23).
    pub(crate) fn dataverse(text: &str, anchor: Anchor) -> Self {
        let fold = Fold::IgnoreCaseAndAccents;
        let mut pieces = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '%' => pieces.push(Piece::AnyMany),
                '_' => pieces.push(Piece::AnyOne),
                '[' => {
                    let rest = characters.as_str();
                    let close = rest.get(1..).and_then(|tail| tail.find(']')).map(|at| at + 1);
                    let inside = close.and_then(|close| rest.get(..close));
                    if let (Some(inside), Some(close)) = (inside, close) {
                        pieces.push(set(inside, fold));
                        characters = rest.get(close + 1..).unwrap_or_default().chars();
                    } else {
                        pieces.push(Piece::One('['));
                    }
                }
                other => pieces.push(Piece::One(fold.apply(other))),
            }
        }
        Self::anchored(pieces, anchor, fold)
    }

    fn anchored(mut pieces: Vec<Piece>, anchor: Anchor, fold: Fold) -> Self {
        if matches!(anchor, Anchor::End | Anchor::Anywhere) {
            pieces.insert(0, Piece::AnyMany);
        }
        if matches!(anchor, Anchor::Start | Anchor::Anywhere) {
            pieces.push(Piece::AnyMany);
        }
        Self { pieces, fold }
    }

    /// Whether the whole text fits the pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let folded = self.fold.text(text);
        let mut rest = folded.chars();
        let mut at = 0;
        // Where to go on when a piece does not fit: after the last `AnyMany`, one character further.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let before = rest.clone();
            match (self.pieces.get(at), rest.next()) {
                (Some(Piece::AnyMany), _) => {
                    rest = before.clone();
                    at += 1;
                    retry = Some((at, before));
                    continue;
                }
                (Some(piece), Some(character)) if piece.fits(character) => {
                    at += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((again, from)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            at = *again;
            rest = from.clone();
        }
    }
}

impl Piece {
    fn fits(&self, character: char) -> bool {
        match self {
            Self::One(wanted) => *wanted == character,
            Self::AnyOne => true,
            Self::AnyMany => false,
            Self::Set { ranges, negated } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

fn set(inside: &str, fold: Fold) -> Piece {
    let (inside, negated) = match inside.strip_prefix('^') {
        Some(rest) if !rest.is_empty() => (rest, true),
        _ => (inside, false),
    };
    let characters: Vec<char> = inside.chars().map(|it| fold.apply(it)).collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(low) = characters.get(at) {
        match (characters.get(at + 1), characters.get(at + 2)) {
            (Some('-'), Some(high)) => {
                ranges.push((*low, *high));
                at += 3;
            }
            _ => {
                ranges.push((*low, *low));
                at += 1;
            }
        }
    }
    Piece::Set { ranges, negated }
}

/// Whether a constant holds a wildcard of Business Central.
pub(crate) fn has_business_central_wildcard(text: &str) -> bool {
    text.contains(['*', '?']) || text.starts_with('@')
}

/// Whether a constant holds a wildcard of Dataverse.
pub(crate) fn has_dataverse_wildcard(text: &str) -> bool {
    text.contains(['%', '_', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_codes_keep_their_length() {
        assert_eq!(upper_code("aé ß\u{149}ǆ"), "AÉ ß\u{149}Ǆ");
    }

    #[test]
    fn b23_dataverse_wildcards() {
        for (pattern, text, fits) in [
            ("a%z", "Abcz", true),
            ("a_c", "abbc", false),
            ("[a-c]x", "BX", true),
            ("[^a-c]x", "bx", false),
            ("100[%]", "100%", true),
            ("100[%]", "1000", false),
            ("[_]x", "_x", true),
            ("caf\u{e9}", "CAFE", true),
            ("[[]a", "[a", true),
        ] {
            assert_eq!(Pattern::dataverse(pattern, Anchor::Whole).matches(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a35_business_central_wildcards() {
        for (pattern, anchor, text, fits) in [
            ("A*", Anchor::Whole, "Abc", true),
            ("A*", Anchor::Whole, "abc", false),
            ("@a*c", Anchor::Whole, "ABC", true),
            ("?b?", Anchor::Whole, "abc", true),
            ("b", Anchor::Anywhere, "abc", true),
            ("b", Anchor::Start, "abc", false),
            ("bc", Anchor::End, "abcbc", true),
        ] {
            let read = Pattern::business_central(pattern, anchor, Fold::Exact);
            assert_eq!(read.matches(text), fits, "{pattern} {text}");
        }
    }
}
