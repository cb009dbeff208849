//! Values made from a seed.

use couplet_filter::Bitmap;

/// A source of values that look random and are the same in every run.
pub(crate) struct Made {
    state: u64,
}

impl Made {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number (splitmix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Numbers around zero, and now and then one of `limits`.
    pub(crate) fn numbers(&mut self, n: usize, limits: &[i64]) -> Vec<i64> {
        let mut number = || match limits.get(self.below(limits.len() * 8 + 1)) {
            Some(limit) => *limit,
            None => self.below(41) as i64 - 20,
        };
        (0..n).map(|_| number()).collect()
    }

    /// Rows of which about one in `every` is marked.
    pub(crate) fn bitmap(&mut self, n: usize, every: usize) -> Bitmap {
        let marks: Vec<bool> = (0..n).map(|_| self.below(every) == 0).collect();
        Bitmap::from_values(&marks, |mark| mark)
    }

    /// One of the values, of which there is at least one.
    pub(crate) fn one_of<'v>(&mut self, values: &'v [String]) -> &'v str {
        values.get(self.below(values.len())).map(String::as_str).unwrap_or_default()
    }

    /// A text of letters in both cases, accents, blanks, and the one sign that folds into ASCII.
    pub(crate) fn text(&mut self) -> String {
        const CHARACTERS: [char; 14] =
            ['a', 'A', 'b', 'B', 'k', 'K', 'z', 'Z', ' ', '7', 'é', 'É', 'ß', '\u{212a}'];
        let length = self.below(24);
        (0..length).filter_map(|_| CHARACTERS.get(self.below(CHARACTERS.len()))).collect()
    }

    /// One to four characters that stand side by side in one of the texts.
    pub(crate) fn part_of(&mut self, texts: &[String]) -> String {
        let text = texts.get(self.below(texts.len())).map(String::as_str).unwrap_or_default();
        let start = self.below(text.chars().count());
        text.chars().skip(start).take(1 + self.below(4)).collect()
    }
}
