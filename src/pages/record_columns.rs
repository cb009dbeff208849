//! What every list of records shows: the fields that a person recognizes a record by, and the rows that a search finds
//! among some of them.

use std::sync::Arc;

use couplet_engine::preview::{Lister, ListingQuery, identifying_fields};
use couplet_engine::{FieldSchema, Side, TableSchema};
use couplet_filter::Bitmap;
use leptos::prelude::*;

use crate::components::virtual_table::text_cell;
use crate::queries::slices::in_slices;
use crate::state::parity::Ground;
use crate::text::{self, I18n};

/// The fields; the key where there are no others.
pub fn columns(schema: &TableSchema) -> Vec<FieldSchema> {
    let names = identifying_fields(schema);
    let names = if names.is_empty() { vec![schema.key_field.as_str()] } else { names };
    names.into_iter().filter_map(|name| schema.field(name).cloned()).collect()
}

/// Their captions as head cells.
pub fn head_cells(i18n: I18n, columns: Vec<FieldSchema>) -> Vec<AnyView> {
    let cell = |field: FieldSchema| {
        let caption = field.labels.get(text::language(i18n)).to_owned();
        view! { <th scope="col"><span class="record-table__plain-head">{caption}</span></th> }.into_any()
    };
    columns.into_iter().map(cell).collect()
}

/// Their values in one row.
pub fn row_cells(
    i18n: I18n,
    columns: &[FieldSchema],
    ground: &Ground,
    side: Side,
    row: usize,
) -> Vec<AnyView> {
    ground.handle(side).rows.with_untracked(|rows| {
        let cell = |field: &FieldSchema| {
            let words = rows.column(&field.name).map(|column| text::value(i18n, field, column.get(row)));
            text_cell(words.unwrap_or_default())
        };
        columns.iter().map(cell).collect()
    })
}

/// Some rows of a side.
pub struct Among {
    /// The table.
    pub ground: Arc<Ground>,
    /// Which side.
    pub side: Side,
    /// The rows.
    pub rows: Bitmap,
    /// Text to find in the fields above.
    pub search: String,
}

/// Indexes of the rows that the search finds, kept in step with `among`.
pub fn found(among: impl Fn() -> Option<Among> + 'static) -> Signal<Arc<Vec<u32>>> {
    let prepare = move || {
        let among = among()?;
        let search_fields = columns(among.ground.schema(among.side)).into_iter().map(|field| field.name);
        let query = ListingQuery {
            search: among.search.clone(),
            search_fields: search_fields.collect(),
            ..ListingQuery::default()
        };
        Some((among, query))
    };
    let lister = StoredValue::new(Lister::default());
    let list = in_slices(prepare, move |(among, query)| {
        let step = |lister: &mut Lister| {
            let handle = among.ground.handle(among.side);
            handle.rows.with_untracked(|table| lister.step_among(query, table, || among.rows.clone()))
        };
        lister.try_update_value(step).flatten().map(Arc::new)
    });
    Signal::derive(move || list.get().unwrap_or_default())
}
