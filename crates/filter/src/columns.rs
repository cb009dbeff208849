//! Columns as filters read them, lent by whoever keeps them. How a whole column is judged is in `evaluation`.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bitmap::Bitmap;
use crate::keys::{DateKey, DateTimeKey, TimeKey};
use crate::texts::Texts;

/// The cells of one column. `nulls` marks rows that are null, whatever their value; rows that it lacks are not null.
///
/// # Example
///
/// ```
/// use couplet_filter::{Bitmap, ColumnView, Integers};
///
/// let nulls = Bitmap::from_words(vec![0b10], 2);
/// let column = ColumnView::Integer { values: Integers::Narrow(&[5, 0]), nulls: Some(&nulls) };
/// assert_eq!(column.n_rows(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "values and nulls mean the same in every variant")]
pub enum ColumnView<'a> {
    /// Text and Code: texts, and which row has which of them.
    Text { texts: &'a Texts, codes: Codes<'a> },
    /// Integer and BigInteger.
    Integer { values: Integers<'a>, nulls: Option<&'a Bitmap> },
    /// Decimal.
    Decimal { values: Decimals<'a>, nulls: Option<&'a Bitmap> },
    /// Boolean.
    Boolean { values: &'a Bitmap, nulls: Option<&'a Bitmap> },
    /// Option.
    Option { values: &'a [i32], nulls: Option<&'a Bitmap> },
    /// Date.
    Date { values: &'a [DateKey], nulls: Option<&'a Bitmap> },
    /// DateTime.
    DateTime { values: &'a [DateTimeKey], nulls: Option<&'a Bitmap> },
    /// Time.
    Time { values: &'a [TimeKey], nulls: Option<&'a Bitmap> },
    /// Duration in milliseconds.
    Duration { values: Integers<'a>, nulls: Option<&'a Bitmap> },
    /// Guid.
    Guid { values: &'a [Uuid], nulls: Option<&'a Bitmap> },
}

/// Which row has which text.
///
/// # Example
///
/// ```
/// use couplet_filter::{Codes, ColumnView, Texts};
///
/// let cities: Texts = ["Lyon", "Paris"].into_iter().collect();
/// // Paris, Lyon, Paris, null
/// let column = ColumnView::Text { texts: &cities, codes: Codes::U8(&[1, 0, 1, u8::MAX]) };
/// assert_eq!(column.n_rows(), 4);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Codes<'a> {
    /// Each row has a text of its own: as many texts as rows, in the same order.
    Rows {
        /// Rows that are null, whatever their text.
        nulls: Option<&'a Bitmap>,
    },
    /// For each row the number of its text; `u8::MAX` is null.
    U8(&'a [u8]),
    /// For each row the number of its text; `u16::MAX` is null.
    U16(&'a [u16]),
    /// For each row the number of its text; `u32::MAX` is null.
    U32(&'a [u32]),
}

/// Whole numbers, in 32 bits where all of them fit.
///
/// # Example
///
/// ```
/// use couplet_filter::Integers;
///
/// assert_eq!(Integers::Wide(&[1, 5_000_000_000]).len(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Integers<'a> {
    /// All fit into 32 bits.
    Narrow(&'a [i32]),
    /// All fit into 64 bits.
    Wide(&'a [i64]),
}

/// Decimals, as whole numbers where all of them fit.
///
/// # Example
///
/// ```
/// use couplet_filter::{ColumnView, Decimals, Integers};
///
/// // 12.50 and 0.99
/// let values = Decimals::Scaled { numbers: Integers::Narrow(&[1250, 99]), scale: 2 };
/// assert_eq!(ColumnView::Decimal { values, nulls: None }.n_rows(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Decimals<'a> {
    /// The value of a row is its number with the decimal point moved `scale` places to the left.
    Scaled {
        /// The numbers.
        numbers: Integers<'a>,
        /// Decimal places.
        scale: u32,
    },
    /// As they are.
    Exact(&'a [Decimal]),
}

impl Integers<'_> {
    /// How many there are.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Integers::Narrow(&[1, 2, 3]).len(), 3);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(values) => values.len(),
            Self::Wide(values) => values.len(),
        }
    }

    /// Whether there are none.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(couplet_filter::Integers::Narrow(&[]).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ColumnView<'_> {
    /// How many rows the column has.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{ColumnView, DateKey};
    ///
    /// assert_eq!(ColumnView::Date { values: &[DateKey::BLANK], nulls: None }.n_rows(), 1);
    /// ```
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Text { texts, codes: Codes::Rows { .. } } => texts.len(),
            Self::Text { codes: Codes::U8(codes), .. } => codes.len(),
            Self::Text { codes: Codes::U16(codes), .. } => codes.len(),
            Self::Text { codes: Codes::U32(codes), .. } => codes.len(),
            Self::Integer { values, .. }
            | Self::Duration { values, .. }
            | Self::Decimal { values: Decimals::Scaled { numbers: values, .. }, .. } => values.len(),
            Self::Decimal { values: Decimals::Exact(values), .. } => values.len(),
            Self::Boolean { values, .. } => values.len(),
            Self::Option { values, .. } => values.len(),
            Self::Date { values, .. } => values.len(),
            Self::DateTime { values, .. } => values.len(),
            Self::Time { values, .. } => values.len(),
            Self::Guid { values, .. } => values.len(),
        }
    }
}
