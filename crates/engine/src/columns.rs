//! Records in memory as typed columns. Pages of both systems are appended to them; filters borrow them through
//! [`ColumnView`]; rows are read back cell by cell. Knows no system and no wire format.

mod numbers;
mod text;

pub use numbers::{DecimalColumn, IntegerColumn};
pub use text::TextColumn;

use std::sync::atomic::{AtomicU64, Ordering};

use couplet_filter::{Bitmap, ColumnView, DateKey, DateTimeKey, FieldType, FieldValue, TimeKey};
use uuid::Uuid;

/// A value was pushed into a column of another type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a value of the column's type")]
pub struct WrongType;

/// Values of a fixed size with their nulls.
#[derive(Debug, Clone)]
pub struct FixedColumn<T> {
    values: Vec<T>,
    nulls: Nulls,
}

/// Yes and No, a bit each.
#[derive(Debug, Clone, Default)]
pub struct BooleanColumn {
    values: Bitmap,
    nulls: Nulls,
}

/// Rows that are null; most columns have none.
#[derive(Debug, Clone, Default)]
struct Nulls {
    rows: Option<Bitmap>,
}

/// One column.
#[derive(Debug, Clone)]
pub enum Column {
    /// Text and Code.
    Text(TextColumn),
    /// Integer and BigInteger.
    Integer(IntegerColumn),
    /// Decimal, exact.
    Decimal(DecimalColumn),
    /// Boolean.
    Boolean(BooleanColumn),
    /// Option: AL ordinal or Dataverse value.
    Option(FixedColumn<i32>),
    /// Date.
    Date(FixedColumn<DateKey>),
    /// DateTime.
    DateTime(FixedColumn<DateTimeKey>),
    /// Time.
    Time(FixedColumn<TimeKey>),
    /// Duration in milliseconds.
    Duration(IntegerColumn),
    /// Guid.
    Guid(FixedColumn<Uuid>),
}

/// A column with the name of its field.
#[derive(Debug, Clone)]
pub struct NamedColumn {
    /// Field name as in the schema.
    pub name: String,
    /// The values.
    pub column: Column,
}

/// Records of one table: columns of equal length.
#[derive(Debug)]
pub struct ColumnTable {
    columns: Vec<NamedColumn>,
    n_rows: usize,
    stamp: TableStamp,
}

/// Tells the rows of one table from those of every other, and from its own after some were dropped. Rows that are added
/// do not change it: what is known of the rows before them stays true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableStamp(u64);

impl TableStamp {
    /// One that no table has.
    fn next() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        Self(COUNTER.fetch_add(1, Ordering::Relaxed))
    }
}

impl Default for ColumnTable {
    fn default() -> Self {
        Self { columns: Vec::new(), n_rows: 0, stamp: TableStamp::next() }
    }
}

/// A copy has a stamp of its own: rows may be added to either.
impl Clone for ColumnTable {
    fn clone(&self) -> Self {
        Self { columns: self.columns.clone(), n_rows: self.n_rows, stamp: TableStamp::next() }
    }
}

impl BooleanColumn {
    fn push(&mut self, value: bool) {
        let row = self.values.len();
        self.values.resize(row + 1);
        self.values.set(row, value);
        self.nulls.fit(row + 1);
    }
}

impl Nulls {
    fn push_null(&mut self, row: usize) {
        let rows = self.rows.get_or_insert_with(|| Bitmap::new(0));
        rows.resize(row + 1);
        rows.set(row, true);
    }

    fn is_null(&self, row: usize) -> bool {
        self.rows.as_ref().is_some_and(|rows| row < rows.len() && rows.get(row))
    }

    /// The null rows, as long as the column: filters expect equal lengths.
    #[inline]
    fn fit(&mut self, n_rows: usize) {
        if let Some(rows) = &mut self.rows {
            rows.resize(n_rows);
        }
    }

    /// One row more, which is not null.
    fn fit_next(&mut self) {
        if let Some(rows) = &mut self.rows {
            rows.resize(rows.len() + 1);
        }
    }

    fn rows(&self) -> Option<&Bitmap> {
        self.rows.as_ref()
    }
}

impl<T: Copy> FixedColumn<T> {
    fn new() -> Self {
        FixedColumn { values: Vec::new(), nulls: Nulls::default() }
    }

    fn push(&mut self, value: T) {
        self.values.push(value);
        self.nulls.fit(self.values.len());
    }

    fn push_null(&mut self, blank: T) {
        self.nulls.push_null(self.values.len());
        self.values.push(blank);
    }

    fn get(&self, row: usize) -> Option<T> {
        if self.nulls.is_null(row) { None } else { self.values.get(row).copied() }
    }

    fn truncate(&mut self, n_rows: usize) {
        self.values.truncate(n_rows);
        self.nulls.fit(n_rows);
    }

    /// The values, null rows blank.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    fn nulls(&self) -> Option<&Bitmap> {
        self.nulls.rows()
    }

    fn n_bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }
}

impl Column {
    /// An empty column for values of `field_type`.
    ///
    /// Types that cannot be filtered (BLOB, Media) are kept as text: there is nothing to compute with them.
    pub fn new(field_type: &FieldType) -> Self {
        match field_type {
            FieldType::Text { .. } | FieldType::Code { .. } | FieldType::Unfilterable => {
                Column::Text(TextColumn::default())
            }
            FieldType::Integer | FieldType::BigInteger => Column::Integer(IntegerColumn::new()),
            FieldType::Decimal => Column::Decimal(DecimalColumn::new()),
            FieldType::Boolean => Column::Boolean(BooleanColumn::default()),
            FieldType::Option(_) => Column::Option(FixedColumn::new()),
            FieldType::Date => Column::Date(FixedColumn::new()),
            FieldType::DateTime => Column::DateTime(FixedColumn::new()),
            FieldType::Time => Column::Time(FixedColumn::new()),
            FieldType::Duration => Column::Duration(IntegerColumn::new()),
            FieldType::Guid => Column::Guid(FixedColumn::new()),
        }
    }

    /// Appends one value.
    ///
    /// # Errors
    /// When the value is of another type than the column; the column is unchanged then.
    #[inline]
    pub fn push(&mut self, value: FieldValue<'_>) -> Result<(), WrongType> {
        match (self, value) {
            (column, FieldValue::Null) => column.push_null(),
            (Column::Text(column), FieldValue::Text(text)) => column.push(text),
            (Column::Integer(column), FieldValue::Integer(value)) => column.push(value),
            (Column::Decimal(column), FieldValue::Decimal(value)) => column.push(value),
            (Column::Decimal(column), FieldValue::Integer(value)) => column.push(value.into()),
            (Column::Boolean(column), FieldValue::Boolean(value)) => column.push(value),
            (Column::Option(column), FieldValue::Option(value)) => column.push(value),
            (Column::Date(column), FieldValue::Date(value)) => column.push(value),
            (Column::DateTime(column), FieldValue::DateTime(value)) => column.push(value),
            (Column::Time(column), FieldValue::Time(value)) => column.push(value),
            (Column::Duration(column), FieldValue::Duration(value)) => column.push(value),
            (Column::Guid(column), FieldValue::Guid(value)) => column.push(value),
            _ => return Err(WrongType),
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Column::Text(column) => column.push_null(),
            Column::Integer(column) | Column::Duration(column) => column.push_null(),
            Column::Decimal(column) => column.push_null(),
            Column::Boolean(column) => {
                column.nulls.push_null(column.values.len());
                column.push(false);
            }
            Column::Option(column) => column.push_null(0),
            Column::Date(column) => column.push_null(DateKey::BLANK),
            Column::DateTime(column) => column.push_null(DateTimeKey::BLANK),
            Column::Time(column) => column.push_null(TimeKey::BLANK),
            Column::Guid(column) => column.push_null(Uuid::nil()),
        }
    }

    /// The value in `row`; null for a row that does not exist.
    pub fn get(&self, row: usize) -> FieldValue<'_> {
        match self {
            Column::Text(column) => column.get(row),
            Column::Integer(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Integer),
            Column::Decimal(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Decimal),
            Column::Boolean(column) if row >= column.values.len() || column.nulls.is_null(row) => {
                FieldValue::Null
            }
            Column::Boolean(column) => FieldValue::Boolean(column.values.get(row)),
            Column::Option(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Option),
            Column::Date(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Date),
            Column::DateTime(column) => column.get(row).map_or(FieldValue::Null, FieldValue::DateTime),
            Column::Time(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Time),
            Column::Duration(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Duration),
            Column::Guid(column) => column.get(row).map_or(FieldValue::Null, FieldValue::Guid),
        }
    }

    /// The column as filters read it.
    pub fn view(&self) -> ColumnView<'_> {
        match self {
            Column::Text(column) => column.view(),
            Column::Integer(column) => ColumnView::Integer { values: column.values(), nulls: column.nulls() },
            Column::Decimal(column) => ColumnView::Decimal { values: column.values(), nulls: column.nulls() },
            Column::Boolean(column) => {
                ColumnView::Boolean { values: &column.values, nulls: column.nulls.rows() }
            }
            Column::Option(column) => ColumnView::Option { values: &column.values, nulls: column.nulls() },
            Column::Date(column) => ColumnView::Date { values: &column.values, nulls: column.nulls() },
            Column::DateTime(column) => {
                ColumnView::DateTime { values: &column.values, nulls: column.nulls() }
            }
            Column::Time(column) => ColumnView::Time { values: &column.values, nulls: column.nulls() },
            Column::Duration(column) => {
                ColumnView::Duration { values: column.values(), nulls: column.nulls() }
            }
            Column::Guid(column) => ColumnView::Guid { values: &column.values, nulls: column.nulls() },
        }
    }

    /// Number of rows.
    #[inline]
    pub fn n_rows(&self) -> usize {
        match self {
            Column::Text(column) => column.n_rows(),
            Column::Integer(column) | Column::Duration(column) => column.n_rows(),
            Column::Decimal(column) => column.n_rows(),
            Column::Boolean(column) => column.values.len(),
            Column::Option(column) => column.values.len(),
            Column::Date(column) => column.values.len(),
            Column::DateTime(column) => column.values.len(),
            Column::Time(column) => column.values.len(),
            Column::Guid(column) => column.values.len(),
        }
    }

    /// Bytes that the values take, without what is kept ready for more of them.
    pub fn n_bytes(&self) -> usize {
        match self {
            Column::Text(column) => column.n_bytes(),
            Column::Integer(column) | Column::Duration(column) => column.n_bytes(),
            Column::Decimal(column) => column.n_bytes(),
            Column::Boolean(column) => size_of_val(column.values.words()),
            Column::Option(column) => column.n_bytes(),
            Column::Date(column) => column.n_bytes(),
            Column::DateTime(column) => column.n_bytes(),
            Column::Time(column) => column.n_bytes(),
            Column::Guid(column) => column.n_bytes(),
        }
    }

    fn truncate(&mut self, n_rows: usize) {
        match self {
            Column::Text(column) => column.truncate(n_rows),
            Column::Integer(column) | Column::Duration(column) => column.truncate(n_rows),
            Column::Decimal(column) => column.truncate(n_rows),
            Column::Boolean(column) => {
                column.values.resize(n_rows.min(column.values.len()));
                column.nulls.fit(column.values.len());
            }
            Column::Option(column) => column.truncate(n_rows),
            Column::Date(column) => column.truncate(n_rows),
            Column::DateTime(column) => column.truncate(n_rows),
            Column::Time(column) => column.truncate(n_rows),
            Column::Guid(column) => column.truncate(n_rows),
        }
    }
}

impl ColumnTable {
    /// An empty table with these columns.
    pub fn new(columns: impl IntoIterator<Item = (String, FieldType)>) -> Self {
        let columns = columns
            .into_iter()
            .map(|(name, field_type)| NamedColumn { name, column: Column::new(&field_type) })
            .collect();
        ColumnTable { columns, ..ColumnTable::default() }
    }

    /// Stays the same as long as rows are only added.
    pub fn stamp(&self) -> TableStamp {
        self.stamp
    }

    /// Bytes that the values of all columns take, without what is kept ready for more of them.
    pub fn n_bytes(&self) -> usize {
        self.columns.iter().map(|column| column.column.n_bytes()).sum()
    }

    /// Number of complete rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// All columns, in the order they were asked for.
    pub fn columns(&self) -> &[NamedColumn] {
        &self.columns
    }

    /// The column of this field.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.column)
    }

    /// Appends one cell to the column at `column_idx`; the row counts once [`ColumnTable::end_row`] is called.
    ///
    /// # Errors
    /// When the value is of another type than the column, or there is no such column.
    #[inline]
    pub fn push(&mut self, column_idx: usize, value: FieldValue<'_>) -> Result<(), WrongType> {
        self.columns.get_mut(column_idx).ok_or(WrongType)?.column.push(value)
    }

    /// Appends a decimal of `scale` places by its digits, which is quicker than by its value.
    ///
    /// # Errors
    /// When the column keeps no decimals, there is no such column, or there are more than 28 places.
    #[inline]
    pub fn push_scaled(&mut self, column_idx: usize, digits: i64, scale: u32) -> Result<(), WrongType> {
        match self.columns.get_mut(column_idx) {
            Some(NamedColumn { column: Column::Decimal(column), .. }) => column.push_scaled(digits, scale),
            _ => Err(WrongType),
        }
    }

    /// Ends the row that was pushed: columns that got no cell get a null.
    #[inline]
    pub fn end_row(&mut self) {
        self.n_rows += 1;
        for column in &mut self.columns {
            if column.column.n_rows() < self.n_rows {
                column.column.push_null();
            }
        }
    }

    /// Drops everything after the first `n_rows` rows, a half-written row included.
    pub fn truncate(&mut self, n_rows: usize) {
        if n_rows < self.n_rows {
            self.n_rows = n_rows;
            self.stamp = TableStamp::next();
        }
        for column in &mut self.columns {
            column.column.truncate(self.n_rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ColumnTable {
        ColumnTable::new([
            ("name".to_owned(), FieldType::Text { max_length: None }),
            ("amount".to_owned(), FieldType::Decimal),
            ("active".to_owned(), FieldType::Boolean),
        ])
    }

    #[test]
    fn a_missing_cell_is_null_and_equal_texts_share_a_code() {
        let mut table = table();
        for name in ["Éloïse", "Dupont", "Éloïse"] {
            table.push(0, FieldValue::Text(name)).unwrap();
            table.push(2, FieldValue::Boolean(true)).unwrap();
            table.end_row();
        }
        assert_eq!(table.n_rows(), 3);
        assert!(matches!(table.column("amount").unwrap().get(1), FieldValue::Null));
        assert!(matches!(table.column("active").unwrap().get(2), FieldValue::Boolean(true)));
        let Column::Text(names) = table.column("name").unwrap() else { panic!("text expected") };
        assert_eq!(names.texts().iter().collect::<Vec<_>>(), ["Éloïse", "Dupont"]);
    }

    #[test]
    fn a_half_written_row_can_be_dropped() {
        let mut table = table();
        table.push(0, FieldValue::Text("kept")).unwrap();
        table.end_row();
        table.push(0, FieldValue::Text("dropped")).unwrap();
        assert_eq!(table.push(1, FieldValue::Text("no number")), Err(WrongType));
        table.truncate(1);
        table.push(0, FieldValue::Text("next")).unwrap();
        table.end_row();
        assert_eq!(table.n_rows(), 2);
        assert!(matches!(table.column("name").unwrap().get(1), FieldValue::Text("next")));
    }

    #[test]
    fn a_stamp_lasts_as_long_as_rows_are_only_added() {
        let mut table = table();
        let stamp = table.stamp();
        table.end_row();
        table.push(0, FieldValue::Text("dropped")).unwrap();
        table.truncate(1);
        assert_eq!(table.stamp(), stamp, "no whole row was dropped");
        assert_ne!(table.clone().stamp(), stamp);
        table.truncate(0);
        assert_ne!(table.stamp(), stamp);
    }
}
