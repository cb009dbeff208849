//! Looking for a literal in many texts at once: over the whole buffer by pairs of bytes, and only where both stand the
//! literal itself is compared. Wildcards are not here.

use std::ops::Range;

use crate::bitmap::Bitmap;
use crate::kernel::{BLOCK, BytePair, STREAMS, equal_pairs};
use crate::text::Case;
use crate::texts::Texts;

/// Bytes that texts are searched for.
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    bytes: Box<[u8]>,
    /// What is added to a byte of the text before it is compared: the bit that tells a letter's cases apart where case
    /// does not matter.
    masks: Box<[u8]>,
    /// The two rarest places.
    places: [usize; 2],
    pair: BytePair,
    head: Head,
}

/// The first bytes of a needle as a number.
#[derive(Debug, Clone, Copy)]
struct Head {
    bytes: u64,
    mask: u64,
    /// All ones for each byte that belongs to the needle.
    kept: u64,
}

impl Head {
    fn new(bytes: &[u8], masks: &[u8]) -> Self {
        let number = |bytes: &mut dyn Iterator<Item = u8>| {
            let mut head = [0; 8];
            head.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
            u64::from_le_bytes(head)
        };
        Self {
            bytes: number(&mut bytes.iter().copied()),
            mask: number(&mut masks.iter().copied()),
            kept: number(&mut bytes.iter().map(|_| u8::MAX)),
        }
    }
}

/// The bit that tells cases apart, in ASCII and in the second byte of `à` to `þ`.
const CASE: u8 = 0x20;

/// How common the letters are in names and addresses, the most common last.
const BY_RARITY: &[u8] = b"qjxzywkfvbphgmcdusltr0onia e";

/// Whether texts can be searched for this character of a folded text. Ignoring case its only capital has to be one bit
/// away; the one exception that a text may hold is among [`STRAY_CAPITALS`](crate::texts::STRAY_CAPITALS).
pub(crate) fn is_searchable(character: char, case: Case) -> bool {
    case == Case::Sensitive || character.is_ascii() || (('à'..='þ').contains(&character) && character != '÷')
}

impl Needle {
    /// The bytes of a text that is not empty; ignoring case it is folded and every character
    /// [can be searched for](is_searchable).
    pub(crate) fn new(text: &str, case: Case) -> Option<Self> {
        let bytes: Box<[u8]> = text.as_bytes().into();
        // Of the two bytes of `à` to `þ` the first is 0xc3 in both cases; every second one is a letter's.
        let has_case = |byte: u8| byte.is_ascii_lowercase() || (0x80..0xc0).contains(&byte);
        let mask = |byte: &u8| if case == Case::Ignored && has_case(*byte) { CASE } else { 0 };
        let masks: Box<[u8]> = bytes.iter().map(mask).collect();
        let first = (0..bytes.len()).min_by_key(|place| commonness(bytes.get(*place)))?;
        let others = (0..bytes.len()).filter(|place| *place != first);
        let second = others.min_by_key(|place| commonness(bytes.get(*place)));
        let places = [first, second.unwrap_or(first)];
        let at = |all: &[u8]| places.map(|place| all.get(place).copied().unwrap_or_default());
        let pair = BytePair { bytes: at(&bytes), masks: at(&masks) };
        let head = Head::new(&bytes, &masks);
        Some(Self { bytes, masks, places, pair, head })
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the needle stands at this place of the bytes. The first eight are compared at once.
    #[inline]
    pub(crate) fn stands_at(&self, bytes: &[u8], place: usize) -> bool {
        let Some(rest) = bytes.get(place..) else { return false };
        match rest.first_chunk() {
            Some(head) => {
                let head = (u64::from_le_bytes(*head) | self.head.mask) & self.head.kept;
                head == self.head.bytes && (self.len() <= 8 || self.starts(rest))
            }
            None => self.starts(rest),
        }
    }

    fn starts(&self, text: &[u8]) -> bool {
        let pairs = self.bytes.iter().zip(&self.masks);
        text.len() >= self.bytes.len()
            && text.iter().zip(pairs).all(|(other, (byte, mask))| other | mask == *byte)
    }

    /// Which of the texts in `range` hold the needle and pass `verify`; one bit for each text of the range.
    pub(crate) fn find(&self, texts: &Texts, range: Range<usize>, verify: impl Fn(usize) -> bool) -> Bitmap {
        let mut words = vec![0; range.len().div_ceil(BLOCK)];
        let n_streams = if words.len() < FEW_WORDS { 1 } else { STREAMS };
        let n_words = words.len().div_ceil(n_streams).max(1);
        let firsts = (range.start..range.end).step_by(n_words * BLOCK);
        let parts = words.chunks_mut(n_words).zip(firsts);
        let mut finders: Vec<Finder<'_, _>> = parts
            .map(|(words, first)| {
                let end = range.end.min(first + words.len() * BLOCK);
                Finder::new(self, texts, first..end, words, &verify)
            })
            .collect();
        // In turns, because memory is read quicker at several places than at one.
        while finders.iter_mut().fold(false, |goes_on, finder| finder.step() | goes_on) {}
        finders.iter_mut().for_each(Finder::finish);
        Bitmap::from_words(words, range.len())
    }
}

/// How common a byte is; what is no letter is rare.
fn commonness(byte: Option<&u8>) -> Option<usize> {
    let byte = byte?.to_ascii_lowercase();
    BY_RARITY.iter().position(|other| *other == byte)
}

/// The rarest of some literals: the longest, and of those the one with the rarest byte.
pub(crate) fn rarest<'t>(literals: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let rarity = |text: &&str| {
        let commonness = text.as_bytes().iter().map(|byte| commonness(Some(byte))).min();
        (text.len(), std::cmp::Reverse(commonness))
    };
    literals.max_by_key(rarity)
}

/// Fewer texts than make so many words are not worth several places.
const FEW_WORDS: usize = 512;
/// Blocks of one place before it is the next one's turn.
const N_IN_TURN: usize = 4;

/// Goes from place to place, ever forward, and from text to text with it.
struct Finder<'a, F> {
    /// The texts found, one bit each.
    words: &'a mut [u64],
    /// Up to the end of the last text.
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Where the next block begins.
    at: usize,
    /// Number of the first text.
    first: usize,
    /// No text before this one reaches beyond `done_to`.
    text_idx: usize,
    /// Places before this one are decided.
    done_to: usize,
    needle: &'a Needle,
    verify: &'a F,
}

impl<'a, F: Fn(usize) -> bool> Finder<'a, F> {
    fn new(
        needle: &'a Needle,
        texts: &'a Texts,
        range: Range<usize>,
        words: &'a mut [u64],
        verify: &'a F,
    ) -> Self {
        Finder {
            words,
            bytes: texts.bytes().get(..texts.start(range.end)).unwrap_or_default(),
            ends: texts.ends(),
            at: texts.start(range.start),
            first: range.start,
            text_idx: range.start,
            done_to: 0,
            needle,
            verify,
        }
    }

    /// Looks at some blocks; says whether there may be more. What is shorter than a block is left to
    /// [`finish`](Self::finish).
    #[inline(always)]
    fn step(&mut self) -> bool {
        let [first, second] = self.needle.places;
        let bytes = self.bytes;
        let block = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>);
        for _ in 0..N_IN_TURN {
            let at = self.at;
            let (Some(firsts), Some(seconds)) = (block(at + first), block(at + second)) else { return false };
            let places = equal_pairs(firsts, seconds, self.needle.pair);
            if places != 0 {
                self.look_at(at, places);
            }
            self.at = at + BLOCK;
        }
        true
    }

    fn finish(&mut self) {
        while self.at < self.bytes.len() {
            let n_places = (self.bytes.len() - self.at).min(BLOCK);
            self.look_at(self.at, u64::MAX >> (BLOCK - n_places));
            self.at += n_places;
        }
    }

    /// Compares the needle at places of a block where its rarest bytes stand.
    fn look_at(&mut self, block: usize, mut places: u64) {
        loop {
            // What belongs to a text that is decided is passed over.
            if self.done_to > block {
                let n_decided = (self.done_to - block).min(BLOCK) as u32;
                places &= u64::MAX.checked_shl(n_decided).unwrap_or(0);
            }
            if places == 0 {
                return;
            }
            let place = block + places.trailing_zeros() as usize;
            places &= places - 1;
            if self.needle.stands_at(self.bytes, place) {
                self.look_into(place);
            }
        }
    }

    /// The needle stands at this place, perhaps across two texts.
    fn look_into(&mut self, place: usize) {
        self.text_idx = text_at(self.ends, self.text_idx, place);
        let Some(&end) = self.ends.get(self.text_idx) else { return };
        if place + self.needle.len() > end {
            return;
        }
        self.done_to = end;
        if (self.verify)(self.text_idx) {
            let found = self.text_idx - self.first;
            if let Some(word) = self.words.get_mut(found / BLOCK) {
                *word |= 1 << (found % BLOCK);
            }
        }
    }
}

/// The first text from `from` on that ends behind `place`.
#[inline]
fn text_at(ends: &[usize], from: usize, place: usize) -> usize {
    // The next hit is mostly near: counting without a branch is quicker than searching.
    let (n_before, is_near) = count_before::<16>(ends, from, place);
    if is_near {
        return from + n_before;
    }
    let from = from + n_before;
    let (n_before, is_near) = count_before::<64>(ends, from, place);
    if is_near {
        return from + n_before;
    }
    // Steps that double, then halves.
    let is_before = |idx: usize| ends.get(idx).is_some_and(|end| *end <= place);
    let (mut low, mut step) = (from + n_before, 1);
    while is_before(low + step - 1) {
        low += step;
        step *= 2;
    }
    let ahead = ends.get(low..(low + step).min(ends.len())).unwrap_or_default();
    low + ahead.partition_point(|end| *end <= place)
}

/// How many of the next `N` texts end before `place`, and whether that says where the next one is.
#[inline]
fn count_before<const N: usize>(ends: &[usize], from: usize, place: usize) -> (usize, bool) {
    let near = ends.get(from..).and_then(<[usize]>::first_chunk::<N>);
    let n_before = near.map_or(0, |near| near.iter().map(|end| usize::from(*end <= place)).sum());
    (n_before, near.is_some() && n_before < N)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::lower;
    use crate::texts::STRAY_CAPITALS;

    #[test]
    fn many_texts_are_searched_at_several_places() {
        let text = |idx: usize| match idx % 97 {
            0 => format!("Nordwind {idx}"),
            1 => "nor".to_owned(),
            2 => "d".to_owned(),
            3 | 4 => String::new(),
            _ => format!("{:1$}", idx, idx % 50),
        };
        let texts: Texts = (0..70_003).map(text).collect();
        let needle = Needle::new("nord", Case::Ignored).unwrap();
        for range in [0..texts.len(), 64..texts.len() - 5, 0..500, 69_888..69_890] {
            let found = needle.find(&texts, range.clone(), |_| true);
            let expected = Bitmap::from_values(&range.collect::<Vec<_>>(), |idx| idx % 97 == 0);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_character_and_its_capital_are_one_bit_apart() {
        for character in '\0'..=char::MAX {
            let folded = lower(character);
            if is_searchable(folded, Case::Ignored) && !STRAY_CAPITALS.contains(&character) {
                let needle = Needle::new(&folded.to_string(), Case::Ignored).unwrap();
                assert!(needle.stands_at(character.to_string().as_bytes(), 0), "{character:?} is not found");
            }
        }
        for folded in
            ('\0'..='\u{ff}').filter(|folded| is_searchable(lower(*folded), Case::Ignored)).map(lower)
        {
            let needle = Needle::new(&folded.to_string(), Case::Ignored).unwrap();
            let found = ('\0'..=char::MAX).filter(|other| {
                let mut buffer = [0; 4];
                let bytes = other.encode_utf8(&mut buffer).as_bytes();
                bytes.len() == needle.len() && needle.stands_at(bytes, 0)
            });
            assert!(found.into_iter().all(|other| lower(other) == folded), "{folded:?} finds another");
        }
    }
}
