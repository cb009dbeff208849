//! A column of texts. As long as texts repeat, each is kept once and rows have its number, in as few bytes as will do;
//! when they turn out to be as good as all different, each row has its own and the index of the texts is given up.

use couplet_filter::{Codes, ColumnView, FieldValue, Texts};

use super::Nulls;

/// Texts with their nulls.
#[derive(Debug, Clone)]
pub struct TextColumn {
    texts: Texts,
    codes: OwnedCodes,
}

#[derive(Debug, Clone)]
enum OwnedCodes {
    U8(Vec<u8>, TextIndex),
    U16(Vec<u16>, TextIndex),
    U32(Vec<u32>, TextIndex),
    Rows(Nulls),
}

/// From this number of rows on it is judged whether texts repeat.
const N_ROWS_TO_JUDGE: usize = 65_536;
/// So many texts of which none was the same as another: of a million texts that rows share, so many drawn at random
/// are all different once in five thousand times.
const N_ALL_DIFFERENT: usize = 4_096;

impl Default for TextColumn {
    fn default() -> Self {
        Self { texts: Texts::new(), codes: OwnedCodes::U8(Vec::new(), TextIndex::default()) }
    }
}

impl TextColumn {
    /// Appends a row.
    #[inline]
    pub(super) fn push(&mut self, text: &str) {
        let Some(index) = self.codes.index() else {
            self.texts.push(text);
            self.codes.push(0);
            return;
        };
        let hash = hash(text);
        if let Some(code) = index.find(&self.texts, text, hash) {
            self.codes.push(code);
            return;
        }
        let code = self.texts.len() as u32;
        let is_all_different = self.texts.len() == N_ALL_DIFFERENT && self.n_rows() == N_ALL_DIFFERENT;
        if is_all_different || self.texts.len() * 2 >= self.n_rows().max(N_ROWS_TO_JUDGE) {
            self.give_up_codes();
            return self.push(text);
        }
        self.codes.widen(code);
        self.texts.push(text);
        if let Some(index) = self.codes.index_mut() {
            index.insert(code, hash);
        }
        self.codes.push(code);
    }

    /// Appends a null.
    pub(super) fn push_null(&mut self) {
        let row = self.n_rows();
        match &mut self.codes {
            OwnedCodes::U8(codes, _) => codes.push(u8::MAX),
            OwnedCodes::U16(codes, _) => codes.push(u16::MAX),
            OwnedCodes::U32(codes, _) => codes.push(u32::MAX),
            OwnedCodes::Rows(nulls) => {
                nulls.push_null(row);
                self.texts.push("");
            }
        }
    }

    /// Each row gets its own text.
    fn give_up_codes(&mut self) {
        let mut texts = Texts::new();
        let mut nulls = Nulls::default();
        for row in 0..self.n_rows() {
            match self.get(row) {
                FieldValue::Text(text) => texts.push(text),
                _ => {
                    nulls.push_null(row);
                    texts.push("");
                }
            }
        }
        nulls.fit(texts.len());
        self.texts = texts;
        self.codes = OwnedCodes::Rows(nulls);
    }

    /// The value in `row`.
    pub(super) fn get(&self, row: usize) -> FieldValue<'_> {
        self.code(row).and_then(|idx| self.texts.get(idx)).map_or(FieldValue::Null, FieldValue::Text)
    }

    /// Number of the text in `row`; none where there is none.
    pub(crate) fn code(&self, row: usize) -> Option<usize> {
        let code = match &self.codes {
            OwnedCodes::U8(codes, _) => codes.get(row).map(|code| usize::from(*code)),
            OwnedCodes::U16(codes, _) => codes.get(row).map(|code| usize::from(*code)),
            OwnedCodes::U32(codes, _) => codes.get(row).map(|code| *code as usize),
            OwnedCodes::Rows(nulls) => (!nulls.is_null(row)).then_some(row),
        };
        code.filter(|code| *code < self.texts.len())
    }

    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        match &self.codes {
            OwnedCodes::U8(codes, _) => codes.len(),
            OwnedCodes::U16(codes, _) => codes.len(),
            OwnedCodes::U32(codes, _) => codes.len(),
            OwnedCodes::Rows(_) => self.texts.len(),
        }
    }

    /// Drops all rows from `n_rows` on; texts that no row has any more stay.
    pub(super) fn truncate(&mut self, n_rows: usize) {
        match &mut self.codes {
            OwnedCodes::U8(codes, _) => codes.truncate(n_rows),
            OwnedCodes::U16(codes, _) => codes.truncate(n_rows),
            OwnedCodes::U32(codes, _) => codes.truncate(n_rows),
            OwnedCodes::Rows(nulls) => {
                self.texts.truncate(n_rows);
                nulls.fit(self.texts.len());
            }
        }
    }

    /// The column as filters read it.
    pub(super) fn view(&self) -> ColumnView<'_> {
        ColumnView::Text { texts: &self.texts, codes: self.codes() }
    }

    /// Texts that rows share, or the text of each row.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Which row has which text.
    pub fn codes(&self) -> Codes<'_> {
        match &self.codes {
            OwnedCodes::U8(codes, _) => Codes::U8(codes),
            OwnedCodes::U16(codes, _) => Codes::U16(codes),
            OwnedCodes::U32(codes, _) => Codes::U32(codes),
            OwnedCodes::Rows(nulls) => Codes::Rows { nulls: nulls.rows() },
        }
    }

    /// Bytes that the column takes.
    pub(super) fn n_bytes(&self) -> usize {
        let codes = match &self.codes {
            OwnedCodes::U8(codes, index) => codes.len() + index.n_bytes(),
            OwnedCodes::U16(codes, index) => size_of_val(codes.as_slice()) + index.n_bytes(),
            OwnedCodes::U32(codes, index) => size_of_val(codes.as_slice()) + index.n_bytes(),
            OwnedCodes::Rows(nulls) => nulls.rows().map_or(0, |rows| size_of_val(rows.words())),
        };
        self.texts.n_bytes() + self.texts.len() * size_of::<usize>() + codes
    }
}

impl OwnedCodes {
    #[inline]
    fn index(&self) -> Option<&TextIndex> {
        match self {
            Self::U8(_, index) | Self::U16(_, index) | Self::U32(_, index) => Some(index),
            Self::Rows(_) => None,
        }
    }

    fn index_mut(&mut self) -> Option<&mut TextIndex> {
        match self {
            Self::U8(_, index) | Self::U16(_, index) | Self::U32(_, index) => Some(index),
            Self::Rows(_) => None,
        }
    }

    /// Makes room for a code; the largest of each width means null.
    fn widen(&mut self, code: u32) {
        *self = match std::mem::replace(self, Self::Rows(Nulls::default())) {
            Self::U8(codes, index) if code >= u32::from(u8::MAX) => {
                let wider = |code: u8| if code == u8::MAX { u16::MAX } else { u16::from(code) };
                Self::U16(codes.into_iter().map(wider).collect(), index)
            }
            Self::U16(codes, index) if code >= u32::from(u16::MAX) => {
                let wider = |code: u16| if code == u16::MAX { u32::MAX } else { u32::from(code) };
                Self::U32(codes.into_iter().map(wider).collect(), index)
            }
            same => same,
        };
    }

    /// Appends a code that there is room for; where rows have their own texts there is nothing to append.
    #[inline]
    fn push(&mut self, code: u32) {
        match self {
            Self::U8(codes, _) => codes.push(code as u8),
            Self::U16(codes, _) => codes.push(code as u16),
            Self::U32(codes, _) => codes.push(code),
            Self::Rows(nulls) => nulls.fit_next(),
        }
    }
}

/// Finds a text among those that are there: numbers of texts by their hash, without a second copy of them.
#[derive(Debug, Clone, Default)]
struct TextIndex {
    /// A power of two of places, at most half of them taken.
    places: Vec<Place>,
    n_taken: usize,
}

/// A text by its number, with the hash that says without looking at it whether it may be the same.
#[derive(Debug, Clone, Copy)]
struct Place {
    hash: u32,
    /// `EMPTY` where there is none.
    code: u32,
}

const EMPTY: u32 = u32::MAX;

impl TextIndex {
    #[inline]
    fn find(&self, texts: &Texts, text: &str, hash: u32) -> Option<u32> {
        let mut place = hash as usize;
        loop {
            let found = self.at(place).filter(|found| found.code != EMPTY)?;
            if found.hash == hash && texts.get(found.code as usize) == Some(text) {
                return Some(found.code);
            }
            place = place.wrapping_add(1);
        }
    }

    /// Adds the text with this number and hash, which is not there yet.
    fn insert(&mut self, code: u32, hash: u32) {
        if (self.n_taken + 1) * 2 > self.places.len() {
            let places = std::mem::take(&mut self.places);
            self.places = vec![Place { hash: 0, code: EMPTY }; (places.len() * 2).max(16)];
            places.into_iter().filter(|place| place.code != EMPTY).for_each(|place| self.take_place(place));
        }
        self.take_place(Place { hash, code });
        self.n_taken += 1;
    }

    fn take_place(&mut self, new: Place) {
        let mut place = new.hash as usize;
        while self.at(place).is_some_and(|other| other.code != EMPTY) {
            place = place.wrapping_add(1);
        }
        let mask = self.places.len().wrapping_sub(1);
        if let Some(slot) = self.places.get_mut(place & mask) {
            *slot = new;
        }
    }

    #[inline]
    fn at(&self, place: usize) -> Option<Place> {
        self.places.get(place & self.places.len().wrapping_sub(1)).copied()
    }

    fn n_bytes(&self) -> usize {
        size_of_val(self.places.as_slice())
    }
}

/// A number that equal texts share: eight bytes at a time, folded after each multiplication so that every bit counts.
#[inline]
fn hash(text: &str) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = (state ^ word).wrapping_mul(FACTOR);
        product ^ product >> 32
    };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let state = words.iter().fold(text.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    mix(state, rest) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[Option<String>], expect_rows: bool) {
        let mut column = TextColumn::default();
        for value in values {
            match value {
                Some(text) => column.push(text),
                None => column.push_null(),
            }
        }
        assert_eq!(column.n_rows(), values.len());
        assert_eq!(matches!(column.codes, OwnedCodes::Rows(_)), expect_rows);
        for (row, value) in values.iter().enumerate() {
            let expected = value.as_deref().map_or(FieldValue::Null, FieldValue::Text);
            assert_eq!(column.get(row), expected, "row {row}");
        }
        column.truncate(values.len() / 2);
        column.push("new");
        column.push_null();
        assert_eq!(column.n_rows(), values.len() / 2 + 2);
        assert_eq!(column.get(values.len() / 2), FieldValue::Text("new"));
        assert_eq!(column.get(values.len() / 2 + 1), FieldValue::Null);
        assert_eq!(column.view().n_rows(), values.len() / 2 + 2);
    }

    /// `n_rows` rows, every seventh null, `n_distinct` different texts, equal ones side by side.
    fn values(n_rows: usize, n_distinct: usize) -> Vec<Option<String>> {
        let value = |row: usize| (row % 7 != 3).then(|| format!("É{}", row * n_distinct / n_rows));
        (0..n_rows).map(value).collect()
    }

    #[test]
    fn codes_become_wider_and_are_given_up() {
        check(&[], false);
        check(&values(300, 254), false);
        check(&values(2_000, 300), false);
        check(&values(200_000, 70_000), false);
        check(&values(90_000, 90_000), true);
        // None of the first texts repeats, then all do.
        let all_different = (0..5_000).map(|number| Some(number.to_string())).chain(values(3_000, 5));
        check(&all_different.collect::<Vec<_>>(), true);
    }

    #[test]
    fn each_text_is_kept_once() {
        let mut column = TextColumn::default();
        ["b", "a", "b", "", "a"].into_iter().for_each(|text| column.push(text));
        assert_eq!(column.texts().iter().collect::<Vec<_>>(), ["b", "a", ""]);
        assert!(matches!(column.codes(), Codes::U8([0, 1, 0, 2, 1])));
    }
}
