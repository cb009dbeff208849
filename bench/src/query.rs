//! Questions to a table: a view's text, bound to the table's fields, and how many records pass it.

use couplet_engine::TableSchema;
use couplet_filter::{
    Bitmap, Codes, ColumnView, Context, Decimals, FieldReference, Integers, TypedFilter, TypedView,
    ViewField, parse_view,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::add_to_checksum;
use crate::table::Table;

#[wasm_bindgen]
impl Table {
    /// From a view's text to the number of records that pass it.
    ///
    /// # Errors
    /// When the text is no view of this table.
    pub fn count(&self, view: &str) -> Result<usize, JsError> {
        Ok(self.bind(view)?.passing(self)?.count_ones())
    }

    /// A checksum over the numbers of the rows that pass, in their order.
    ///
    /// # Errors
    /// When the text is no view of this table.
    pub fn checksum(&self, view: &str) -> Result<u32, JsError> {
        let passing = self.bind(view)?.passing(self)?;
        Ok(passing.iter_ones().fold(0, |sum, row| add_to_checksum(sum, row as u32)))
    }

    /// Reads a view's text, so that only the evaluation is left to be measured.
    ///
    /// # Errors
    /// When the text is no view of this table.
    pub fn bind(&self, view: &str) -> Result<Bound, JsError> {
        let TypedView { conditions } =
            parse_view(view)?.bind(&context(), |field| find(&self.schema, field))?;
        let clause = |condition: couplet_filter::TypedCondition| match condition.field {
            FieldReference::Name(field) => Ok(Clause { field, filter: condition.filter }),
            FieldReference::Number(_) => Err(JsError::new("the views of the benchmark name their fields")),
        };
        Ok(Bound { clauses: conditions.into_iter().map(clause).collect::<Result<_, _>>()? })
    }
}

/// A view bound to the fields of the table.
#[wasm_bindgen]
pub struct Bound {
    pub(crate) clauses: Vec<Clause>,
}

/// The filter of one field.
pub(crate) struct Clause {
    pub(crate) field: String,
    pub(crate) filter: TypedFilter,
}

#[wasm_bindgen]
impl Bound {
    /// How many records of the table pass: the evaluation alone.
    ///
    /// # Errors
    /// When the table does not keep a field of the view.
    pub fn count(&self, table: &Table) -> Result<usize, JsError> {
        Ok(self.passing(table)?.count_ones())
    }

    /// How many bytes of the table's columns one evaluation reads.
    ///
    /// # Errors
    /// When the table does not keep a field of the view.
    #[wasm_bindgen(js_name = bytesRead)]
    pub fn bytes_read(&self, table: &Table) -> Result<usize, JsError> {
        self.clauses.iter().map(|clause| Ok(bytes_of(clause.column(table)?))).sum()
    }
}

impl Bound {
    fn passing(&self, table: &Table) -> Result<Bitmap, JsError> {
        let mut passing: Option<Bitmap> = None;
        for clause in &self.clauses {
            let verdicts = clause.passing(table)?;
            match &mut passing {
                Some(passing) => passing.and_assign(&verdicts),
                None => passing = Some(verdicts),
            }
        }
        Ok(passing.unwrap_or_else(|| Bitmap::filled(table.columns.n_rows(), true)))
    }
}

impl Clause {
    pub(crate) fn passing(&self, table: &Table) -> Result<Bitmap, JsError> {
        Ok(self.filter.evaluate(self.column(table)?))
    }

    fn column<'t>(&self, table: &'t Table) -> Result<ColumnView<'t>, JsError> {
        let field = table.schema.field(&self.field).map_or(self.field.as_str(), |field| &field.name);
        let column = table.columns.column(field);
        Ok(column.ok_or_else(|| JsError::new(&format!("`{field}` is not kept")))?.view())
    }
}

/// What the cells of a column occupy. Distinct texts are added where each row has its own, because all of them are
/// searched; where rows share texts, only the numbers of the texts count.
fn bytes_of(column: ColumnView<'_>) -> usize {
    let nulls_of = |nulls: Option<&Bitmap>| nulls.map_or(0, |nulls| nulls.len().div_ceil(8));
    match column {
        ColumnView::Text { texts, codes: Codes::Rows { nulls } } => texts.n_bytes() + nulls_of(nulls),
        ColumnView::Text { codes: Codes::U8(codes), .. } => size_of_val(codes),
        ColumnView::Text { codes: Codes::U16(codes), .. } => size_of_val(codes),
        ColumnView::Text { codes: Codes::U32(codes), .. } => size_of_val(codes),
        ColumnView::Integer { values, nulls } | ColumnView::Duration { values, nulls } => {
            bytes_of_integers(values) + nulls_of(nulls)
        }
        ColumnView::Decimal { values: Decimals::Scaled { numbers, .. }, nulls } => {
            bytes_of_integers(numbers) + nulls_of(nulls)
        }
        ColumnView::Decimal { values: Decimals::Exact(values), nulls } => {
            size_of_val(values) + nulls_of(nulls)
        }
        ColumnView::Boolean { values, nulls } => values.len().div_ceil(8) + nulls_of(nulls),
        ColumnView::Option { values, nulls } => size_of_val(values) + nulls_of(nulls),
        ColumnView::Date { values, nulls } => size_of_val(values) + nulls_of(nulls),
        ColumnView::DateTime { values, nulls } => size_of_val(values) + nulls_of(nulls),
        ColumnView::Time { values, nulls } => size_of_val(values) + nulls_of(nulls),
        ColumnView::Guid { values, nulls } => size_of_val(values) + nulls_of(nulls),
    }
}

fn bytes_of_integers(values: Integers<'_>) -> usize {
    match values {
        Integers::Narrow(values) => size_of_val(values),
        Integers::Wide(values) => size_of_val(values),
    }
}

fn find(schema: &TableSchema, reference: &FieldReference) -> Option<ViewField> {
    let FieldReference::Name(name) = reference else { return None };
    let number = schema.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name))?;
    let field = schema.fields.get(number)?;
    Some(ViewField {
        number: number as u32,
        field_type: field.field_type.clone(),
        comparison: schema.side.text_comparison(),
    })
}

/// The views of the benchmark hold no relative words, so any moment will do.
pub(crate) fn context() -> Context {
    Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC)
}
