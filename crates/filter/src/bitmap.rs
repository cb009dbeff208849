//! One bit per row: verdicts, null rows, Boolean cells.

const BITS: usize = u64::BITS as usize;

/// A fixed number of yes-or-no answers, one per row.
///
/// # Example
///
/// ```
/// use couplet_filter::Bitmap;
///
/// let mut blocked = Bitmap::new(100);
/// blocked.set(7, true);
/// assert_eq!((blocked.len(), blocked.count_ones()), (100, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bitmap {
    words: Vec<u64>,
    n_rows: usize,
}

impl Bitmap {
    /// All rows no.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Bitmap::new(3).count_ones(), 0);
    /// ```
    #[must_use]
    pub fn new(n_rows: usize) -> Self {
        Self { words: vec![0; n_rows.div_ceil(BITS)], n_rows }
    }

    /// All rows the same.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Bitmap::filled(100, true).count_ones(), 100);
    /// ```
    #[must_use]
    pub fn filled(n_rows: usize, verdict: bool) -> Self {
        let word = if verdict { u64::MAX } else { 0 };
        let mut bitmap = Self { words: vec![word; n_rows.div_ceil(BITS)], n_rows };
        bitmap.clear_tail();
        bitmap
    }

    /// The answer of `test` for every value, 64 rows at a time.
    ///
    /// # Example
    ///
    /// ```
    /// let even = couplet_filter::Bitmap::from_values(&[1, 2, 4], |number: i32| number % 2 == 0);
    /// assert_eq!(even.iter_ones().collect::<Vec<_>>(), [1, 2]);
    /// ```
    pub fn from_values<T: Copy>(values: &[T], mut test: impl FnMut(T) -> bool) -> Self {
        let word = |chunk: &[T]| {
            chunk.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(test(*value)) << bit)
        };
        Self { words: values.chunks(BITS).map(word).collect(), n_rows: values.len() }
    }

    /// From one word for each 64 rows, the first row in the lowest bit; what lies beyond the last row is dropped.
    ///
    /// # Example
    ///
    /// ```
    /// let rows = couplet_filter::Bitmap::from_words(vec![0b1101], 3);
    /// assert_eq!(rows.iter_ones().collect::<Vec<_>>(), [0, 2]);
    /// ```
    #[must_use]
    pub fn from_words(words: Vec<u64>, n_rows: usize) -> Self {
        let mut bitmap = Self { words, n_rows };
        bitmap.resize(n_rows);
        bitmap
    }

    /// One word for each 64 rows, the first row in the lowest bit; bits beyond the last row are 0.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Bitmap::filled(3, true).words(), [0b111]);
    /// ```
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// How many rows there are.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Bitmap::new(65).len(), 65);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(couplet_filter::Bitmap::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// The answer of one row; no beyond the last row.
    ///
    /// # Example
    ///
    /// ```
    /// let rows = couplet_filter::Bitmap::filled(2, true);
    /// assert_eq!((rows.get(1), rows.get(2)), (true, false));
    /// ```
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / BITS).is_some_and(|word| word >> (row % BITS) & 1 == 1)
    }

    /// Sets the answer of one row; rows beyond the last are ignored.
    ///
    /// # Example
    ///
    /// ```
    /// let mut rows = couplet_filter::Bitmap::filled(2, true);
    /// rows.set(0, false);
    /// assert_eq!((rows.get(0), rows.get(1)), (false, true));
    /// ```
    pub fn set(&mut self, row: usize, verdict: bool) {
        if row >= self.n_rows {
            return;
        }
        if let Some(word) = self.words.get_mut(row / BITS) {
            let bit = 1 << (row % BITS);
            if verdict {
                *word |= bit;
            } else {
                *word &= !bit;
            }
        }
    }

    /// Cuts or extends to `n_rows`; new rows are no.
    ///
    /// # Example
    ///
    /// ```
    /// let mut rows = couplet_filter::Bitmap::filled(2, true);
    /// rows.resize(100);
    /// assert_eq!((rows.len(), rows.count_ones()), (100, 2));
    /// ```
    pub fn resize(&mut self, n_rows: usize) {
        self.words.resize(n_rows.div_ceil(BITS), 0);
        self.n_rows = n_rows;
        self.clear_tail();
    }

    /// How many rows are yes.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Bitmap::from_words(vec![0b1011], 4).count_ones(), 3);
    /// ```
    #[must_use]
    pub fn count_ones(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Keeps yes where `other` is yes too; rows that `other` lacks become no.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Bitmap;
    ///
    /// let mut rows = Bitmap::from_words(vec![0b110], 3);
    /// rows.and_assign(&Bitmap::from_words(vec![0b011], 3));
    /// assert_eq!(rows.words(), [0b010]);
    /// ```
    pub fn and_assign(&mut self, other: &Self) {
        let other = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter_mut().zip(other).for_each(|(word, other)| *word &= other);
    }

    /// Also yes where `other` is yes.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Bitmap;
    ///
    /// let mut rows = Bitmap::from_words(vec![0b100], 3);
    /// rows.or_assign(&Bitmap::from_words(vec![0b001], 3));
    /// assert_eq!(rows.words(), [0b101]);
    /// ```
    pub fn or_assign(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self.clear_tail();
    }

    /// Rows that are yes here and no in `other`; rows that `other` lacks are no there.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Bitmap;
    ///
    /// let rows = Bitmap::from_words(vec![0b111], 3);
    /// assert_eq!(rows.without(&Bitmap::from_words(vec![0b010], 3)).words(), [0b101]);
    /// ```
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let other = other.words.iter().copied().chain(std::iter::repeat(0));
        let words = self.words.iter().zip(other).map(|(word, other)| word & !other).collect();
        Self { words, n_rows: self.n_rows }
    }

    /// Replaces the rows from `row` on, which is rounded down to a multiple of 64, by those of `other`.
    pub(crate) fn replace_from(&mut self, row: usize, other: &Self) {
        let n_words = (row / BITS).min(self.words.len());
        self.words.truncate(n_words);
        self.words.extend_from_slice(&other.words);
        self.n_rows = n_words * BITS + other.n_rows;
    }

    /// Yes becomes no, and no yes.
    ///
    /// # Example
    ///
    /// ```
    /// let mut rows = couplet_filter::Bitmap::from_words(vec![0b010], 3);
    /// rows.invert();
    /// assert_eq!(rows.words(), [0b101]);
    /// ```
    pub fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.clear_tail();
    }

    /// The rows that are yes, in order.
    ///
    /// # Example
    ///
    /// ```
    /// let rows = couplet_filter::Bitmap::from_words(vec![0b101], 3);
    /// assert_eq!(rows.iter_ones().collect::<Vec<_>>(), [0, 2]);
    /// ```
    pub fn iter_ones(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(word_idx, &word)| {
            let next = |rest: &u64| Some(rest & (rest - 1)).filter(|rest| *rest != 0);
            let bits = std::iter::successors(Some(word).filter(|word| *word != 0), next);
            bits.map(move |rest| word_idx * BITS + rest.trailing_zeros() as usize)
        })
    }

    /// Bits after the last row stay 0, so that counting and comparing need not look.
    fn clear_tail(&mut self) {
        let used = self.n_rows % BITS;
        if let (Some(last), true) = (self.words.last_mut(), used > 0) {
            *last &= (1 << used) - 1;
        }
    }
}
