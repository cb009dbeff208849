//! Looking for a literal in many texts at once: over the whole buffer by pairs of bytes, and only where both stand the
//! literal itself is compared. Wildcards are not here.

use std::ops::Range;

use crate::bitmap::Bitmap;
use crate::kernel::{BLOCK, BytePair, equal_pairs};
use crate::text::Case;
use crate::texts::Texts;

/// Bytes that texts are searched for. Without regard to case they are ASCII in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    bytes: Box<[u8]>,
    /// 0x20 for each letter whose case does not matter: the bit that tells cases apart.
    masks: Box<[u8]>,
    /// The two rarest places.
    places: [usize; 2],
    pair: BytePair,
}

/// How common the letters are in names and addresses, the most common last.
const BY_RARITY: &[u8] = b"qjxzywkfvbphgmcdusltr0onia e";

impl Needle {
    /// The bytes of a text that is not empty; ignoring case it has to be ASCII in lower case.
    pub(crate) fn new(text: &str, case: Case) -> Option<Self> {
        let bytes: Box<[u8]> = text.as_bytes().into();
        let mask = |byte: &u8| if case == Case::Ignored && byte.is_ascii_lowercase() { 0x20 } else { 0 };
        let masks: Box<[u8]> = bytes.iter().map(mask).collect();
        let commonness = |place: &usize| {
            let byte = bytes.get(*place).map(u8::to_ascii_lowercase);
            byte.and_then(|byte| BY_RARITY.iter().position(|other| *other == byte))
        };
        let first = (0..bytes.len()).min_by_key(commonness)?;
        let second = (0..bytes.len()).filter(|place| *place != first).min_by_key(commonness);
        let places = [first, second.unwrap_or(first)];
        let at = |all: &[u8]| places.map(|place| all.get(place).copied().unwrap_or_default());
        let pair = BytePair { bytes: at(&bytes), masks: at(&masks) };
        Some(Self { bytes, masks, places, pair })
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the text begins with the needle.
    pub(crate) fn starts(&self, text: &[u8]) -> bool {
        let pairs = self.bytes.iter().zip(&self.masks);
        text.len() >= self.bytes.len()
            && text.iter().zip(pairs).all(|(other, (byte, mask))| other | mask == *byte)
    }

    /// Whether the text ends with the needle.
    pub(crate) fn ends(&self, text: &[u8]) -> bool {
        let end = text.len().checked_sub(self.bytes.len()).and_then(|start| text.get(start..));
        end.is_some_and(|end| self.starts(end))
    }

    /// Which of the texts in `range` hold the needle and pass `verify`; one bit for each text of the range.
    pub(crate) fn find(&self, texts: &Texts, range: Range<usize>, verify: impl Fn(&str) -> bool) -> Bitmap {
        let mut finder = Finder {
            found: Bitmap::new(range.len()),
            texts,
            first: range.start,
            text_idx: range.start,
            done_to: 0,
            needle: self,
            verify,
        };
        let end = texts.start(range.end);
        let bytes = texts.bytes().get(..end).unwrap_or_default();
        let mut at = texts.start(range.start);
        let [first, second] = self.places;
        let block = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>);
        while let (Some(firsts), Some(seconds)) = (block(at + first), block(at + second)) {
            let mut places = equal_pairs(firsts, seconds, self.pair);
            while places != 0 {
                finder.look_at(bytes, at + places.trailing_zeros() as usize);
                places &= places - 1;
            }
            at += BLOCK;
        }
        (at..(end + 1).saturating_sub(self.len())).for_each(|place| finder.look_at(bytes, place));
        finder.found
    }
}

/// Goes from place to place, ever forward, and from text to text with it.
struct Finder<'a, F> {
    found: Bitmap,
    texts: &'a Texts,
    /// Number of the first text.
    first: usize,
    /// No text before this one reaches beyond `done_to`.
    text_idx: usize,
    /// Places before this one are decided.
    done_to: usize,
    needle: &'a Needle,
    verify: F,
}

impl<F: Fn(&str) -> bool> Finder<'_, F> {
    /// Compares the needle at a place where its rarest bytes stand.
    fn look_at(&mut self, bytes: &[u8], place: usize) {
        if place < self.done_to || !bytes.get(place..).is_some_and(|rest| self.needle.starts(rest)) {
            return;
        }
        self.text_idx = text_at(self.texts.ends(), self.text_idx, place);
        let Some(&end) = self.texts.ends().get(self.text_idx) else { return };
        if place + self.needle.len() > end {
            return;
        }
        self.done_to = end;
        if self.texts.get(self.text_idx).is_some_and(&self.verify) {
            self.found.set(self.text_idx - self.first, true);
        }
    }
}

/// The first text from `from` on that ends behind `place`: steps that double, then halves.
fn text_at(ends: &[usize], from: usize, place: usize) -> usize {
    let is_before = |idx: usize| ends.get(idx).is_some_and(|end| *end <= place);
    let (mut low, mut step) = (from, 1);
    while is_before(low + step - 1) {
        low += step;
        step *= 2;
    }
    let ahead = ends.get(low..(low + step).min(ends.len())).unwrap_or_default();
    low + ahead.partition_point(|end| *end <= place)
}
