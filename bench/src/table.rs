//! Records in memory, read from pages the way the app reads them.

use couplet_engine::{Column, ColumnTable, FieldSchema, TableSchema};
use couplet_filter::FieldValue;
use couplet_systems::{ReadOptions, Response, TableRead, TableSource};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::{add_to_checksum, schema};

/// A table of the benchmark, page by page from bytes into columns.
#[wasm_bindgen]
pub struct Table {
    pub(crate) schema: TableSchema,
    pub(crate) columns: ColumnTable,
    read: TableRead,
}

#[wasm_bindgen]
impl Table {
    /// An empty table that will keep these members of each record besides the key, and skip the others.
    ///
    /// # Errors
    /// When the table of the benchmark has no such member.
    #[wasm_bindgen(constructor)]
    pub fn new(kept: Vec<String>) -> Result<Table, JsError> {
        let schema = schema::customer();
        let by_property = |property: &String| {
            let found = schema.fields.iter().find(|field| field.property.as_ref() == Some(property));
            found.ok_or_else(|| JsError::new(&format!("no field has the property `{property}`")))
        };
        let fields: Vec<&FieldSchema> = kept.iter().map(by_property).collect::<Result<_, _>>()?;
        let source = TableSource {
            side: schema.side,
            base_url: "http://127.0.0.1".to_owned(),
            path: "/customers".to_owned(),
            key_field: schema::KEY_FIELD.to_owned(),
        };
        let read = TableRead::new(source, &schema, fields, ReadOptions::default());
        let columns = read.table();
        Ok(Table { schema, columns, read })
    }

    /// Appends a page and gives the number of its records. The bytes are copied into wasm memory by the call.
    ///
    /// # Errors
    /// When the page cannot be read.
    #[wasm_bindgen(js_name = appendPage)]
    pub fn append_page(&mut self, body: Vec<u8>) -> Result<usize, JsError> {
        let response = Response { status: 200, headers: Vec::new(), body };
        let page = self.read.accept(&response, &mut self.columns)?;
        Ok(page.n_rows)
    }

    /// A checksum over every cell of a column in the order of the rows, to be compared with that of the page's own
    /// text: lengths and units of texts, ordinals, hundredths of decimals, days.
    ///
    /// # Errors
    /// When the table keeps no such member, or one of a type that has no checksum here.
    #[wasm_bindgen(js_name = columnChecksum)]
    pub fn column_checksum(&self, property: &str) -> Result<u32, JsError> {
        let field = self.schema.fields.iter().find(|field| field.property.as_deref() == Some(property));
        let column = field.and_then(|field| self.columns.column(&field.name));
        let column = column.ok_or_else(|| JsError::new(&format!("`{property}` is not kept")))?;
        checksum(column).ok_or_else(|| JsError::new(&format!("`{property}` has no checksum")))
    }
}

/// The copy of a page into wasm memory alone: the part of [`Table::append_page`] that no reader can save.
#[wasm_bindgen(js_name = receivePage)]
#[must_use]
pub fn receive_page(body: Vec<u8>) -> usize {
    body.len()
}

fn checksum(column: &Column) -> Option<u32> {
    (0..column.n_rows()).try_fold(0, |sum, row| Some(add_to_checksum(sum, cell_checksum(column.get(row))?)))
}

fn cell_checksum(value: FieldValue<'_>) -> Option<u32> {
    match value {
        FieldValue::Text(text) => {
            Some(text.encode_utf16().fold(0, |sum, unit| add_to_checksum(sum, u32::from(unit))))
        }
        FieldValue::Option(ordinal) => Some(ordinal.cast_unsigned()),
        FieldValue::Decimal(value) => (value * Decimal::ONE_HUNDRED).to_u32(),
        FieldValue::Date(date) => date.days().map(i32::cast_unsigned),
        _ => None,
    }
}
