//! Evaluation of a whole column, step by step, so that a long one can be interrupted and one that ended goes on when
//! rows were added. It gives no reasons; those come from `rows`, and both must agree.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bitmap::Bitmap;
use crate::columns::{Codes, ColumnView, Decimals, Integers};
use crate::field::FieldValue;
use crate::intervals::Intervals;
use crate::kernel::{BLOCK, Lane, bits, equals_8, equals_16, in_table, words_of};
use crate::keys::{DateKey, DateTimeKey, TimeKey};
use crate::ranges::Ranges;
use crate::text_test::TextTest;
use crate::texts::Texts;
use crate::typed::{FilterValue, TypedFilter, TypedNode};

/// Which rows of a column pass a filter, as far as they were looked at.
///
/// # Example
/// ```
/// use couplet_filter::{ColumnView, Context, Evaluation, FieldType, Integers, Progress, TextComparison, compile};
///
/// let context = Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
/// let filter = compile("<10", &FieldType::Integer, TextComparison::BusinessCentral, &context)?;
/// let numbers: Vec<i32> = (0..1000).collect();
/// let column = ColumnView::Integer { values: Integers::Narrow(&numbers), nulls: None };
/// let mut evaluation = Evaluation::new(filter);
/// while evaluation.step(column, 64) == Progress::Going {}
/// assert_eq!(evaluation.verdicts().count_ones(), 10);
/// # Ok::<(), couplet_filter::FilterError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Evaluation {
    filter: TypedFilter,
    test: Option<Test>,
    /// Verdicts on the texts that rows share.
    texts: Bitmap,
    rows: Bitmap,
}

/// So many numbers or codes are looked at in the place of one text.
const CHEAP: usize = 16;

/// Whether there is more to do.
///
/// # Example
///
/// ```
/// use couplet_filter::{ColumnView, Context, Evaluation, FieldType, Integers, Progress, TextComparison, compile};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
/// let column = ColumnView::Integer { values: Integers::Narrow(&[0; 2000]), nulls: None };
/// let mut evaluation = Evaluation::new(filter);
/// assert_eq!(evaluation.step(column, 64), Progress::Going);
/// assert_eq!(evaluation.step(column, 64), Progress::Done);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More steps are needed.
    Going,
    /// Everything that is there has been looked at.
    Done,
}

/// The filter, made ready for the cells of one kind of column.
#[derive(Debug, Clone)]
enum Test {
    Text(TextTest),
    Numbers(Ranges),
    Scaled { scale: u32, ranges: Ranges },
    Decimals(Intervals<Decimal>),
    Guids(Intervals<Uuid>),
    Boolean { yes: bool, no: bool },
}

impl TypedFilter {
    /// Which rows of the column pass; the same verdicts as [`passes`](Self::passes) row by row.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{ColumnView, Context, FieldType, Integers, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// let column = ColumnView::Integer { values: Integers::Narrow(&[3, 9, 7]), nulls: None };
    /// assert_eq!(filter.evaluate(column).iter_ones().collect::<Vec<_>>(), [1, 2]);
    /// ```
    #[must_use]
    pub fn evaluate(&self, column: ColumnView<'_>) -> Bitmap {
        let mut evaluation = Evaluation::new(self.clone());
        while evaluation.step(column, usize::MAX) == Progress::Going {}
        evaluation.rows
    }
}

impl Evaluation {
    /// Nothing was looked at so far.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, Evaluation, FieldType, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert!(Evaluation::new(filter).verdicts().is_empty());
    /// ```
    #[must_use]
    pub fn new(filter: TypedFilter) -> Self {
        Self { filter, test: None, texts: Bitmap::default(), rows: Bitmap::default() }
    }

    /// The filter.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, Evaluation, FieldType, FieldValue, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert!(Evaluation::new(filter).filter().passes(FieldValue::Integer(6)));
    /// ```
    #[must_use]
    pub fn filter(&self) -> &TypedFilter {
        &self.filter
    }

    /// The rows that pass, as far as they were looked at; as long as the column once a step said
    /// [`Done`](Progress::Done).
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{ColumnView, Context, Evaluation, FieldType, Integers, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// let mut evaluation = Evaluation::new(filter);
    /// evaluation.step(ColumnView::Integer { values: Integers::Narrow(&[3, 9]), nulls: None }, 64);
    /// assert!(evaluation.verdicts().get(1));
    /// ```
    #[must_use]
    pub fn verdicts(&self) -> &Bitmap {
        &self.rows
    }

    /// Looks at about `n_values` more values, or at 16 times as many where looking at one costs next to
    /// nothing: numbers, and codes of texts that were judged before.
    ///
    /// From step to step the column has to be the same, or the same with rows added: verdicts are kept.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{ColumnView, Context, Evaluation, FieldType, Integers, Progress, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let filter = compile(">5", &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// let column = |values| ColumnView::Integer { values: Integers::Narrow(values), nulls: None };
    /// let mut evaluation = Evaluation::new(filter);
    /// assert_eq!(evaluation.step(column(&[3, 9]), 64), Progress::Done);
    /// // A row was added.
    /// assert_eq!(evaluation.step(column(&[3, 9, 6]), 64), Progress::Done);
    /// assert_eq!(evaluation.verdicts().count_ones(), 2);
    /// ```
    pub fn step(&mut self, column: ColumnView<'_>, n_values: usize) -> Progress {
        let n_rows = column.n_rows();
        if self.rows.len() > n_rows {
            self.rows.resize(n_rows);
        }
        if self.rows.len() == n_rows {
            return Progress::Done;
        }
        let Some(root) = self.filter.root() else {
            self.rows = Bitmap::filled(n_rows, true);
            return Progress::Done;
        };
        let test = match self.test.take() {
            Some(test) if test.fits(column) => test,
            _ => Test::new(root, column),
        };
        if let (Test::Text(text_test), ColumnView::Text { texts, codes }) = (&test, column)
            && !matches!(codes, Codes::Rows { .. })
            && self.step_texts(text_test, texts, n_values) == Progress::Going
        {
            self.test = Some(test);
            return Progress::Going;
        }
        // Whole words: the last one may have been cut off by the end of the column.
        let start = self.rows.len() / BLOCK * BLOCK;
        let has_own_texts = matches!(column, ColumnView::Text { codes: Codes::Rows { .. }, .. });
        let n_values = if has_own_texts { n_values } else { n_values.saturating_mul(CHEAP) };
        let end = start.saturating_add(n_values.max(BLOCK) / BLOCK * BLOCK).min(n_rows);
        let verdicts = self.test_rows(&test, column, start, end);
        self.rows.replace_from(start, &verdicts);
        self.test = Some(test);
        if end == n_rows { Progress::Done } else { Progress::Going }
    }

    /// Looks at more of the texts that rows share.
    fn step_texts(&mut self, test: &TextTest, texts: &Texts, n_values: usize) -> Progress {
        if self.texts.len() >= texts.len() {
            return Progress::Done;
        }
        let start = self.texts.len() / BLOCK * BLOCK;
        let end = start.saturating_add(n_values.max(BLOCK) / BLOCK * BLOCK).min(texts.len());
        self.texts.replace_from(start, &test.test(texts, start..end));
        Progress::Going
    }

    fn test_rows(&self, test: &Test, column: ColumnView<'_>, start: usize, end: usize) -> Bitmap {
        let n_rows = end - start;
        let (words, nulls) = match (test, column) {
            (Test::Text(test), ColumnView::Text { texts, codes: Codes::Rows { nulls } }) => {
                (test.test(texts, start..end).words().to_vec(), nulls)
            }
            (Test::Text(_), ColumnView::Text { codes, .. }) => (self.test_codes(codes, start, end), None),
            (
                Test::Numbers(ranges),
                ColumnView::Integer { values, nulls } | ColumnView::Duration { values, nulls },
            ) => (ranges.test_integers(values, start, end), nulls),
            (
                Test::Scaled { ranges, .. },
                ColumnView::Decimal { values: Decimals::Scaled { numbers, .. }, nulls },
            ) => (ranges.test_integers(numbers, start, end), nulls),
            (Test::Decimals(set), ColumnView::Decimal { values: Decimals::Exact(values), nulls }) => {
                (set.test(slice(values, start, end)), nulls)
            }
            (Test::Numbers(ranges), ColumnView::Option { values, nulls }) => {
                (ranges.test(slice(values, start, end)), nulls)
            }
            (Test::Numbers(ranges), ColumnView::Date { values, nulls }) => {
                (ranges.test(slice(values, start, end)), nulls)
            }
            (Test::Numbers(ranges), ColumnView::DateTime { values, nulls }) => {
                (ranges.test(slice(values, start, end)), nulls)
            }
            (Test::Numbers(ranges), ColumnView::Time { values, nulls }) => {
                (ranges.test(slice(values, start, end)), nulls)
            }
            (Test::Guids(set), ColumnView::Guid { values, nulls }) => {
                (set.test(slice(values, start, end)), nulls)
            }
            (Test::Boolean { yes, no }, ColumnView::Boolean { values, nulls }) => {
                (boolean(values, *yes, *no, start, end), nulls)
            }
            _ => (vec![0; n_rows.div_ceil(BLOCK)], None),
        };
        let mut verdicts = Bitmap::from_words(words, n_rows);
        if let Some(nulls) = nulls {
            let words = slice(nulls.words(), start / BLOCK, end.div_ceil(BLOCK)).to_vec();
            let nulls = Bitmap::from_words(words, n_rows);
            if self.filter.passes(FieldValue::Null) {
                verdicts.or_assign(&nulls);
            } else {
                verdicts = verdicts.without(&nulls);
            }
        }
        verdicts
    }

    /// From the verdicts on shared texts to those of rows; a code without a text is a null.
    fn test_codes(&self, codes: Codes<'_>, start: usize, end: usize) -> Vec<u64> {
        let null_passes = self.filter.passes(FieldValue::Null);
        let passes = |code: usize, null: usize| {
            if code < self.texts.len().min(null) { self.texts.get(code) } else { null_passes }
        };
        let only =
            if null_passes || self.texts.count_ones() > 1 { None } else { self.texts.iter_ones().next() };
        let none = !null_passes && self.texts.count_ones() == 0;
        match codes {
            Codes::U8(codes) => {
                let codes = slice(codes, start, end);
                if let Some(only) =
                    only.and_then(|only| u8::try_from(only).ok()).filter(|only| *only < u8::MAX)
                {
                    return words_of(codes, |block| equals_8(block, only));
                }
                let mut table = [0_u8; 32];
                for (byte, first) in table.iter_mut().zip((0..).step_by(8)) {
                    *byte = (0..8)
                        .fold(0, |byte, bit| byte | u8::from(passes(first + bit, u8::MAX.into())) << bit);
                }
                words_of(codes, |block| in_table(block, &table))
            }
            Codes::U16(codes) => {
                let codes = slice(codes, start, end);
                if none {
                    return words_of(codes, |_| 0);
                }
                if let Some(only) =
                    only.and_then(|only| u16::try_from(only).ok()).filter(|only| *only < u16::MAX)
                {
                    return words_of(codes, |block| equals_16(block, only));
                }
                let table: Vec<bool> =
                    (0..=usize::from(u16::MAX)).map(|code| passes(code, u16::MAX.into())).collect();
                let passes = |code: u16| table.get(usize::from(code)).is_some_and(|passes| *passes);
                words_of(codes, |block| bits(block, passes))
            }
            Codes::U32(codes) => words_of(slice(codes, start, end), |block| {
                bits(block, |code| passes(code as usize, u32::MAX as usize))
            }),
            Codes::Rows { .. } => Vec::new(),
        }
    }
}

impl Test {
    fn new(root: &TypedNode, column: ColumnView<'_>) -> Self {
        match column {
            ColumnView::Text { .. } => Self::Text(TextTest::new(root)),
            ColumnView::Boolean { .. } => Self::Boolean {
                yes: root.passes(FieldValue::Boolean(true)),
                no: root.passes(FieldValue::Boolean(false)),
            },
            ColumnView::Integer { .. } => numbers(root, integer),
            ColumnView::Duration { .. } => numbers(root, duration),
            ColumnView::Option { .. } => numbers(root, option),
            ColumnView::Date { .. } => numbers(root, date),
            ColumnView::DateTime { .. } => numbers(root, date_time),
            ColumnView::Time { .. } => numbers(root, time),
            ColumnView::Decimal { values: Decimals::Scaled { scale, .. }, .. } => {
                let ranges = Ranges::of_decimals(&Intervals::of(root, decimal), scale);
                Self::Scaled { scale, ranges }
            }
            ColumnView::Decimal { values: Decimals::Exact(_), .. } => {
                Self::Decimals(Intervals::of(root, decimal))
            }
            ColumnView::Guid { .. } => Self::Guids(Intervals::of(root, guid)),
        }
    }

    /// Decimals change their form when one comes that does not fit; other columns never do.
    fn fits(&self, column: ColumnView<'_>) -> bool {
        match (self, column) {
            (Self::Scaled { scale, .. }, ColumnView::Decimal { values, .. }) => {
                matches!(values, Decimals::Scaled { scale: other, .. } if other == *scale)
            }
            (Self::Decimals(_), ColumnView::Decimal { values, .. }) => matches!(values, Decimals::Exact(_)),
            _ => true,
        }
    }
}

impl Ranges {
    fn test_integers(&self, values: Integers<'_>, start: usize, end: usize) -> Vec<u64> {
        match values {
            Integers::Narrow(values) => self.test(slice(values, start, end)),
            Integers::Wide(values) => self.test(slice(values, start, end)),
        }
    }
}

fn numbers<T: Lane + Ord>(root: &TypedNode, read: fn(&FilterValue) -> Option<T>) -> Test {
    Test::Numbers(Ranges::of_numbers(&Intervals::of(root, read)))
}

/// What lies between two places; nothing where the values end before.
fn slice<T>(values: &[T], start: usize, end: usize) -> &[T] {
    values.get(start..end.min(values.len())).unwrap_or_default()
}

fn boolean(values: &Bitmap, yes: bool, no: bool, start: usize, end: usize) -> Vec<u64> {
    let words = slice(values.words(), start / BLOCK, end.div_ceil(BLOCK));
    let (all, inversion) = (if yes == no { 0 } else { u64::MAX }, if no { u64::MAX } else { 0 });
    words.iter().map(|word| word & all ^ inversion).collect()
}

/// One reader per type of value: what a filter holds, if it is of that type.
macro_rules! readers {
    ($($name:ident: $variant:ident => $type:ty),+ $(,)?) => {
        $(fn $name(value: &FilterValue) -> Option<$type> {
            if let FilterValue::$variant(value) = value { Some(*value) } else { None }
        })+
    };
}

readers! {
    integer: Integer => i64,
    decimal: Decimal => Decimal,
    option: Option => i32,
    date: Date => DateKey,
    date_time: DateTime => DateTimeKey,
    time: Time => TimeKey,
    duration: Duration => i64,
    guid: Guid => Uuid,
}
