//! Cells as columns, in every form that a column may have.

use std::fmt;

use couplet_filter::{
    Bitmap, Codes, ColumnView, DateKey, DateTimeKey, Decimals, FieldType, FieldValue, Integers, Texts,
    TimeKey,
};
use rust_decimal::Decimal;

use crate::random::Cell;

/// The cells of one type, side by side.
pub(crate) struct Forms {
    /// Tells the type, also of a column without rows.
    filler: FieldValue<'static>,
    nulls: Bitmap,
    cells: Vec<FieldValue<'static>>,
    texts: Vec<Option<String>>,
}

/// The form of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Only,
    Narrow,
    Wide,
    ScaledNarrow(u32),
    ScaledWide(u32),
    Exact,
    U8,
    U16,
    U32,
    Rows,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Form {
    /// Whether a column of the other form may have become this one when rows were added.
    pub(crate) fn is_longer_form_of(self, other: Self) -> bool {
        match (self, other) {
            (Self::ScaledNarrow(scale) | Self::ScaledWide(scale), Self::ScaledNarrow(other)) => {
                scale >= other
            }
            (Self::ScaledWide(scale), Self::ScaledWide(other)) => scale >= other,
            (Self::ScaledNarrow(_), Self::ScaledWide(_)) => false,
            (longer, shorter) => longer >= shorter,
        }
    }
}

impl Forms {
    pub(crate) fn new(field_type: &FieldType, cells: &[Cell]) -> Self {
        let filler = filler(field_type);
        let mut forms =
            Self { filler, nulls: Bitmap::new(cells.len()), cells: Vec::new(), texts: Vec::new() };
        for (row, cell) in cells.iter().enumerate() {
            let (value, text) = match cell {
                Cell::Null => {
                    forms.nulls.set(row, true);
                    (filler, None)
                }
                Cell::Text(text) => (FieldValue::Null, Some(text.clone())),
                Cell::Other(value) => (*value, None),
            };
            forms.cells.push(value);
            forms.texts.push(text);
        }
        forms
    }

    /// Lends the column in every form.
    pub(crate) fn each(&self, mut visit: impl FnMut(Form, ColumnView<'_>)) {
        let nulls = Some(&self.nulls);
        macro_rules! values {
            ($variant:ident) => {{
                let read = |cell: &FieldValue<'static>| match cell {
                    FieldValue::$variant(value) => *value,
                    other => unreachable!("{other:?} in a column of another type"),
                };
                self.cells.iter().map(read).collect::<Vec<_>>()
            }};
        }
        macro_rules! only {
            ($variant:ident) => {
                visit(Form::Only, ColumnView::$variant { values: &values!($variant), nulls })
            };
        }
        macro_rules! integers {
            ($variant:ident) => {{
                let wide = values!($variant);
                let narrow: Vec<i32> = wide.iter().map(|value| i32::try_from(*value).unwrap()).collect();
                visit(Form::Narrow, ColumnView::$variant { values: Integers::Narrow(&narrow), nulls });
                visit(Form::Wide, ColumnView::$variant { values: Integers::Wide(&wide), nulls });
            }};
        }
        match self.filler {
            FieldValue::Null | FieldValue::Text(_) => self.texts(visit),
            FieldValue::Decimal(_) => self.decimals(&values!(Decimal), visit),
            FieldValue::Integer(_) => integers!(Integer),
            FieldValue::Duration(_) => integers!(Duration),
            FieldValue::Option(_) => only!(Option),
            FieldValue::Date(_) => only!(Date),
            FieldValue::DateTime(_) => only!(DateTime),
            FieldValue::Time(_) => only!(Time),
            FieldValue::Guid(_) => only!(Guid),
            FieldValue::Boolean(_) => {
                let mut values = Bitmap::new(self.cells.len());
                for (row, cell) in self.cells.iter().enumerate() {
                    values.set(row, *cell == FieldValue::Boolean(true));
                }
                visit(Form::Only, ColumnView::Boolean { values: &values, nulls });
            }
        }
    }

    fn decimals(&self, values: &[Decimal], mut visit: impl FnMut(Form, ColumnView<'_>)) {
        let nulls = Some(&self.nulls);
        let least = values.iter().map(|value| value.scale()).max().unwrap_or(0);
        for scale in [least, least + 2] {
            let scaled = |value: &Decimal| value.mantissa() * 10_i128.pow(scale - value.scale());
            let wide: Vec<i64> = values.iter().map(|value| scaled(value) as i64).collect();
            let narrow: Vec<i32> = wide.iter().map(|value| *value as i32).collect();
            let view = |numbers| ColumnView::Decimal { values: Decimals::Scaled { numbers, scale }, nulls };
            visit(Form::ScaledNarrow(scale), view(Integers::Narrow(&narrow)));
            visit(Form::ScaledWide(scale), view(Integers::Wide(&wide)));
        }
        visit(Form::Exact, ColumnView::Decimal { values: Decimals::Exact(values), nulls });
    }

    fn texts(&self, mut visit: impl FnMut(Form, ColumnView<'_>)) {
        // Every second text stands there twice, so that codes are not simply the rows.
        let mut texts = Texts::new();
        let mut codes = Vec::new();
        for (row, text) in self.texts.iter().enumerate() {
            let code = text.as_ref().map(|text| {
                texts.push(text);
                if row % 2 == 0 {
                    texts.push(text);
                }
                texts.len() as u32 - 1
            });
            codes.push(code);
        }
        let u8: Option<Vec<u8>> = codes
            .iter()
            .map(|code| {
                code.map_or(Some(u8::MAX), |code| u8::try_from(code).ok().filter(|code| *code < u8::MAX))
            })
            .collect();
        let u16: Vec<u16> = codes.iter().map(|code| code.map_or(u16::MAX, |code| code as u16)).collect();
        let u32: Vec<u32> = codes.iter().map(|code| code.unwrap_or(u32::MAX)).collect();
        if let Some(codes) = u8 {
            visit(Form::U8, ColumnView::Text { texts: &texts, codes: Codes::U8(&codes) });
        }
        visit(Form::U16, ColumnView::Text { texts: &texts, codes: Codes::U16(&u16) });
        visit(Form::U32, ColumnView::Text { texts: &texts, codes: Codes::U32(&u32) });
        let rows: Texts = self.texts.iter().map(|text| text.as_deref().unwrap_or("ab")).collect();
        visit(Form::Rows, ColumnView::Text { texts: &rows, codes: Codes::Rows { nulls: Some(&self.nulls) } });
    }
}

/// What stands under a null: anything but the blank value, so that a forgotten null is seen.
fn filler(field_type: &FieldType) -> FieldValue<'static> {
    match field_type.blank() {
        FieldValue::Integer(_) => FieldValue::Integer(3),
        FieldValue::Duration(_) => FieldValue::Duration(3),
        FieldValue::Decimal(_) => FieldValue::Decimal(3.into()),
        FieldValue::Boolean(_) => FieldValue::Boolean(true),
        FieldValue::Option(_) => FieldValue::Option(3),
        FieldValue::Date(_) => FieldValue::Date(DateKey::from_days(3)),
        FieldValue::DateTime(_) => FieldValue::DateTime(DateTimeKey::from_milliseconds(3000)),
        FieldValue::Time(_) => FieldValue::Time(TimeKey::from_milliseconds(3).unwrap()),
        FieldValue::Guid(_) => FieldValue::Guid(uuid::Uuid::from_u128(3)),
        other => other,
    }
}
