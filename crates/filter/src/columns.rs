//! Evaluation of a whole column at once. It gives no reasons; those come from `rows`, and both must agree.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::bitmap::Bitmap;
use crate::field::FieldValue;
use crate::intervals::Intervals;
use crate::keys::{DateKey, DateTimeKey, TimeKey};
use crate::typed::{FilterValue, TypedFilter, TypedNode};

/// The code of a null in a Text column.
const NULL_CODE: u32 = u32::MAX;

/// The cells of one column, lent by whoever keeps them. `nulls` marks rows that are null, whatever their value;
/// rows that it lacks are not null.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "values and nulls mean the same in every variant")]
pub enum ColumnView<'a> {
    /// Text and Code: distinct values, and per row the index of its value, `u32::MAX` for null.
    Text { dictionary: &'a [Box<str>], codes: &'a [u32] },
    /// Integer and BigInteger.
    Integer { values: &'a [i64], nulls: Option<&'a Bitmap> },
    /// Decimal.
    Decimal { values: &'a [Decimal], nulls: Option<&'a Bitmap> },
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
    Duration { values: &'a [i64], nulls: Option<&'a Bitmap> },
    /// Guid.
    Guid { values: &'a [Uuid], nulls: Option<&'a Bitmap> },
}

impl ColumnView<'_> {
    /// How many rows the column has.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Text { codes, .. } => codes.len(),
            Self::Integer { values, .. } | Self::Duration { values, .. } => values.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Boolean { values, .. } => values.len(),
            Self::Option { values, .. } => values.len(),
            Self::Date { values, .. } => values.len(),
            Self::DateTime { values, .. } => values.len(),
            Self::Time { values, .. } => values.len(),
            Self::Guid { values, .. } => values.len(),
        }
    }
}

impl TypedFilter {
    /// Which rows of the column pass; the same verdicts as [`passes`](Self::passes) row by row.
    #[must_use]
    pub fn evaluate(&self, column: ColumnView<'_>) -> Bitmap {
        let Some(root) = self.root() else { return Bitmap::filled(column.n_rows(), true) };
        let (mut verdicts, nulls) = match column {
            ColumnView::Text { dictionary, codes } => return self.evaluate_text(dictionary, codes),
            ColumnView::Boolean { values, nulls } => (boolean(root, values), nulls),
            ColumnView::Integer { values, nulls } => (Intervals::of(root, integer).test(values), nulls),
            ColumnView::Decimal { values, nulls } => (Intervals::of(root, decimal).test(values), nulls),
            ColumnView::Option { values, nulls } => (Intervals::of(root, option).test(values), nulls),
            ColumnView::Date { values, nulls } => (Intervals::of(root, date).test(values), nulls),
            ColumnView::DateTime { values, nulls } => (Intervals::of(root, date_time).test(values), nulls),
            ColumnView::Time { values, nulls } => (Intervals::of(root, time).test(values), nulls),
            ColumnView::Duration { values, nulls } => (Intervals::of(root, duration).test(values), nulls),
            ColumnView::Guid { values, nulls } => (Intervals::of(root, guid).test(values), nulls),
        };
        if let Some(nulls) = nulls {
            if self.passes(FieldValue::Null) {
                verdicts.or_assign(nulls);
            } else {
                let mut known = nulls.clone();
                known.resize(verdicts.len());
                known.invert();
                verdicts.and_assign(&known);
            }
        }
        verdicts
    }

    fn evaluate_text(&self, dictionary: &[Box<str>], codes: &[u32]) -> Bitmap {
        let passing: Vec<bool> = dictionary.iter().map(|text| self.passes(FieldValue::Text(text))).collect();
        let null_passes = self.passes(FieldValue::Null);
        Bitmap::from_values(codes, |code| match code {
            NULL_CODE => null_passes,
            code => passing.get(code as usize).copied().unwrap_or(null_passes),
        })
    }
}

fn boolean(root: &TypedNode, values: &Bitmap) -> Bitmap {
    let yes = root.passes(FieldValue::Boolean(true));
    let no = root.passes(FieldValue::Boolean(false));
    if yes == no {
        return Bitmap::filled(values.len(), yes);
    }
    let mut verdicts = values.clone();
    if no {
        verdicts.invert();
    }
    verdicts
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
