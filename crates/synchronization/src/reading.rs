//! Reading records: those that pass a filter, those with certain ids or codes, and whichever way takes fewer requests.
//! Why they are read stands with the callers.

use couplet_engine::{ColumnTable, FieldSchema, Side};
use couplet_filter::odata::{Expression, Literal};
use couplet_filter::{FieldValue, Operator};
use couplet_systems::{
    Count, MAX_PAGE_BUSINESS_CENTRAL, MAX_PAGE_DATAVERSE, Precision, PushedFilter, ReadOptions, TableRead,
    count_request, read_count,
};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::control::{Control, Progressed};
use crate::error::RunError;
use crate::ports::Ports;
use crate::session::{Place, Session};

/// Values in one `$filter`: an address of about 6,000 characters, which both services take. The reference cuts its lists
/// at 400 (S2.11), which its own client does not send in an address.
pub(crate) const MAX_VALUES: usize = 100;
/// Requests by values that are sent before anybody asks whether the whole table takes fewer.
const FEW: usize = 3;

/// Reads through a session, as long as nobody cancels.
pub(crate) struct Reader<'s, P> {
    pub(crate) session: &'s Session<P>,
    pub(crate) control: &'s Control,
    pub(crate) progress: &'s dyn Fn(Progressed),
}

/// What a reading by values came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The records with these values.
    Values,
    /// The whole table, which took fewer requests.
    Whole,
}

impl<P: Ports> Reader<'_, P> {
    /// Records that pass a filter; all of them without one.
    pub(crate) async fn read(
        &self,
        place: &Place,
        fields: &[FieldSchema],
        filter: Option<String>,
    ) -> Result<ColumnTable, RunError> {
        let mut table =
            TableRead::new(place.source.clone(), &place.schema, fields, ReadOptions::default()).table();
        self.append(place, fields, filter, &mut table).await?;
        Ok(table)
    }

    /// Appends records that pass a filter.
    async fn append(
        &self,
        place: &Place,
        fields: &[FieldSchema],
        filter: Option<String>,
        table: &mut ColumnTable,
    ) -> Result<(), RunError> {
        let filter = filter.map(|text| PushedFilter {
            text: Some(text),
            precision: Precision::Exact,
            left_out: Vec::new(),
        });
        let options = ReadOptions { filter, ..ReadOptions::default() };
        let mut read = TableRead::new(place.source.clone(), &place.schema, fields, options);
        let mut next = Some(read.first());
        while let Some(request) = next {
            if self.control.is_cancelled() {
                return Err(RunError::Cancelled);
            }
            let response = self.session.send(place.side(), request).await?;
            next = read.accept(&response, table)?.next;
            (self.progress)(Progressed::Read { side: place.side(), n_rows: table.n_rows() });
            self.session.ports().breathe().await;
        }
        Ok(())
    }

    /// Appends the records that hold one of these values in a field, or replaces `table` by the whole table where that
    /// takes fewer requests.
    pub(crate) async fn append_with(
        &self,
        place: &Place,
        fields: &[FieldSchema],
        by: (&FieldSchema, &[Literal]),
        table: &mut ColumnTable,
    ) -> Result<Extent, RunError> {
        let (field, values) = by;
        let Some(property) = field.property.as_deref() else { return Ok(Extent::Values) };
        let n_chunks = values.len().div_ceil(MAX_VALUES);
        if n_chunks > FEW && self.n_pages(place).await? < n_chunks {
            *table = self.read(place, fields, None).await?;
            return Ok(Extent::Whole);
        }
        for chunk in values.chunks(MAX_VALUES) {
            // Alternatives on one field are allowed (A33).
            let is = |value: &Literal| Expression::compare(property, Operator::Equal, value.clone());
            let any = Expression::any(chunk.iter().map(is).collect());
            self.append(place, fields, any.map(|any| any.to_string()), table).await?;
        }
        Ok(Extent::Values)
    }

    /// The records that hold one of these values in a field, or the whole table.
    pub(crate) async fn read_with(
        &self,
        place: &Place,
        fields: &[FieldSchema],
        by: (&FieldSchema, &[Literal]),
    ) -> Result<ColumnTable, RunError> {
        let read = TableRead::new(place.source.clone(), &place.schema, fields, ReadOptions::default());
        let mut table = read.table();
        self.append_with(place, fields, by, &mut table).await?;
        Ok(table)
    }

    /// Appends the records with these ids that are not there yet.
    pub(crate) async fn append_ids(
        &self,
        place: &Place,
        fields: &[FieldSchema],
        ids: impl IntoIterator<Item = Uuid>,
        table: &mut ColumnTable,
    ) -> Result<Extent, RunError> {
        let known = ids_of(table, &place.schema.key_field);
        let mut missing: Vec<Uuid> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        missing.sort_unstable();
        missing.dedup();
        let Some(key) = place.schema.field(&place.schema.key_field) else { return Ok(Extent::Values) };
        let missing: Vec<Literal> = missing.into_iter().map(Literal::Guid).collect();
        self.append_with(place, fields, (key, &missing), table).await
    }

    /// Pages of the whole table, and the request that asks how many there are. Dataverse counts to 5,000 only (B27):
    /// from there on nobody knows.
    async fn n_pages(&self, place: &Place) -> Result<usize, RunError> {
        let response = self.session.send(place.side(), count_request(&place.source, None)).await?;
        let (Count::Exact(count) | Count::AtLeast(count)) = read_count(place.side(), &response)?;
        let page = match place.side() {
            Side::BusinessCentral => MAX_PAGE_BUSINESS_CENTRAL,
            Side::Dataverse => MAX_PAGE_DATAVERSE,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(count.div_ceil(page as usize).max(1) + 1)
    }
}

/// The ids of a table's records.
pub(crate) fn ids_of(table: &ColumnTable, key_field: &str) -> FxHashSet<Uuid> {
    let Some(keys) = table.column(key_field) else { return FxHashSet::default() };
    (0..table.n_rows()).filter_map(|row| guid(keys.get(row))).collect()
}

/// A GUID that is not the null GUID.
pub(crate) fn guid(value: FieldValue<'_>) -> Option<Uuid> {
    match value {
        FieldValue::Guid(id) if !id.is_nil() => Some(id),
        _ => None,
    }
}

/// A value of a cell; null where the table has no such column.
pub(crate) fn cell<'t>(table: &'t ColumnTable, field: &str, row: usize) -> FieldValue<'t> {
    table.column(field).map_or(FieldValue::Null, |column| column.get(row))
}

/// A text of a cell; empty where there is none.
pub(crate) fn text<'t>(table: &'t ColumnTable, field: &str, row: usize) -> &'t str {
    match cell(table, field, row) {
        FieldValue::Text(text) => text,
        _ => "",
    }
}
