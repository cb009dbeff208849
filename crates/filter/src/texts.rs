//! Many texts one after the other in one buffer: the distinct values of a column, or the value of each row. What the
//! texts are tested for is not here.

use std::ops::Range;

use crate::digests::{Digest, Digests};

/// Texts by number, in the order they were added.
///
/// # Example
///
/// ```
/// use couplet_filter::Texts;
///
/// let cities: Texts = ["Lyon", "Paris"].into_iter().collect();
/// assert_eq!((cities.len(), cities.get(1)), (2, Some("Paris")));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Texts {
    buffer: String,
    /// Where each text ends in the buffer, which is where the next begins.
    ends: Vec<usize>,
    has_stray_capitals: bool,
    digests: Digests,
}

/// The Kelvin and the Angstrom sign: their lower case is that of another character, `k` and `å`, whose own capital is
/// one bit away from it.
pub(crate) const STRAY_CAPITALS: [char; 2] = ['\u{212a}', '\u{212b}'];

impl Texts {
    /// No texts.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(couplet_filter::Texts::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text behind the others.
    ///
    /// # Example
    ///
    /// ```
    /// let mut texts = couplet_filter::Texts::new();
    /// texts.push("Lyon");
    /// assert_eq!(texts.get(0), Some("Lyon"));
    /// ```
    pub fn push(&mut self, text: &str) {
        self.buffer.push_str(text);
        self.ends.push(self.buffer.len());
        self.has_stray_capitals |= may_hold_stray(text) && text.contains(STRAY_CAPITALS);
    }

    /// The text with this number.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Texts::new().get(0), None);
    /// ```
    #[must_use]
    pub fn get(&self, idx: usize) -> Option<&str> {
        let end = *self.ends.get(idx)?;
        self.buffer.get(self.start(idx)..end)
    }

    /// How many texts there are.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Texts;
    ///
    /// assert_eq!(["", "A"].into_iter().collect::<Texts>().len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Texts;
    ///
    /// assert!(!Texts::from_iter([""]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all texts together.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Texts;
    ///
    /// assert_eq!(Texts::from_iter(["É", "A"]).n_bytes(), 3);
    /// ```
    #[must_use]
    pub fn n_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Drops all texts from this number on.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Texts;
    ///
    /// let mut texts = Texts::from_iter(["A", "B", "C"]);
    /// texts.truncate(1);
    /// assert_eq!(texts.iter().collect::<Vec<_>>(), ["A"]);
    /// ```
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.buffer.truncate(self.start(len));
            self.ends.truncate(len);
            self.digests.truncate(len);
        }
    }

    /// All texts in order.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Texts;
    ///
    /// assert_eq!(Texts::from_iter(["A", ""]).iter().collect::<Vec<_>>(), ["A", ""]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|idx| self.get(idx).unwrap_or_default())
    }

    /// The bytes of the texts with these numbers.
    pub(crate) fn range(&self, range: Range<usize>) -> impl Iterator<Item = &[u8]> {
        let mut start = self.start(range.start);
        let bytes = self.bytes();
        self.ends.get(range).unwrap_or_default().iter().map(move |&end| {
            let text = bytes.get(start..end).unwrap_or_default();
            start = end;
            text
        })
    }

    /// Gives `take` the digests of the texts with these numbers, which stay here.
    pub(crate) fn with_digests<R>(&self, range: Range<usize>, take: impl FnOnce(&[Digest]) -> R) -> R {
        let end = range.end;
        let take = |known: &[Digest]| take(known.get(range).unwrap_or_default());
        self.digests.with(end, |known| self.range(known..end), take)
    }

    /// The bytes of all texts.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.as_bytes()
    }

    /// Where each text ends in [`bytes`](Self::bytes).
    pub(crate) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Where the text with this number begins.
    pub(crate) fn start(&self, idx: usize) -> usize {
        idx.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(self.buffer.len()))
    }

    /// Whether one of [`STRAY_CAPITALS`] stands in one of the texts.
    pub(crate) fn has_stray_capitals(&self) -> bool {
        self.has_stray_capitals
    }
}

/// Whether a text has the byte with which both stray capitals begin; most texts have none.
fn may_hold_stray(text: &str) -> bool {
    const FIRST: u8 = 0xe2;
    text.as_bytes().iter().fold(false, |found, byte| found | (*byte == FIRST))
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::new();
        texts.into_iter().for_each(|text| all.push(text.as_ref()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_apart() {
        let mut texts: Texts = ["", "Éloïse", "", "a"].into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "Éloïse", "", "a"]);
        assert_eq!((texts.get(1), texts.get(4), texts.n_bytes()), (Some("Éloïse"), None, 9));
        let digest = |texts: &Texts, idx| texts.with_digests(idx..idx + 1, |all| all[0]);
        assert_eq!(digest(&texts, 3), Digest::of(b"a"));
        texts.truncate(2);
        texts.push("b");
        assert_eq!(digest(&texts, 2), Digest::of(b"b"));
        assert_eq!(texts.range(1..3).collect::<Vec<_>>(), ["Éloïse".as_bytes(), b"b"]);
        assert!(!texts.has_stray_capitals());
        texts.push("\u{212a}");
        assert!(texts.has_stray_capitals());
    }
}
