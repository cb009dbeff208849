//! Reading the records of one table: the first request, the requests after it, pages into columns, counts.

use couplet_engine::{ColumnTable, FieldAccess, FieldSchema, Labels, Side, TableSchema};
use couplet_filter::FieldType;

use crate::error::{MetadataPart, ReadError, ServiceError};
use crate::http::{Request, Response};
use crate::page::PageReader;
use crate::pushdown::PushedFilter;
use crate::url::{encode, next_below_base, with_query};

/// Largest page of Business Central online (A25).
pub const MAX_PAGE_BUSINESS_CENTRAL: u32 = 20_000;
/// Largest page of Dataverse, and the ceiling of its counts (B8, B25, B27).
pub const MAX_PAGE_DATAVERSE: u32 = 5_000;

/// Annotation with the table that a lookup points to (B22).
pub(crate) const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";

/// Where the records of a table are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSource {
    /// Which system.
    pub side: Side,
    /// The connection's base URL as the service itself writes it in links, without a final slash:
    /// `https://api.businesscentral.dynamics.com/v2.0/sandbox`, `https://demo.crm4.dynamics.com`.
    pub base_url: String,
    /// What follows the base URL: `/api/v2.0/companies(…)/customers`, `/api/data/v9.2/accounts`.
    pub path: String,
    /// Field that identifies a record.
    pub key_field: String,
}

/// Name of the column with the tag of each record, for writing under the condition that it is as it was read (A23, B20).
pub const ETAG: &str = "@odata.etag";

/// The field to read for the column [`ETAG`].
pub fn etag_field() -> FieldSchema {
    FieldSchema {
        name: ETAG.to_owned(),
        number: None,
        labels: Labels::same(ETAG),
        field_type: FieldType::Text { max_length: None },
        property: Some(ETAG.to_owned()),
        access: FieldAccess::Read,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

/// In which order records come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadOrder {
    /// As the server likes.
    #[default]
    Server,
    /// By the key: stable pages (B25).
    Key,
}

/// Whether the first page also tells how many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WithCount {
    /// No.
    #[default]
    No,
    /// `$count=true` (A27, B27).
    Yes,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Records in a page; the service's maximum where none is given.
    pub page_size: Option<u32>,
    /// What the server filters by.
    pub filter: Option<PushedFilter>,
    /// Order.
    pub order: ReadOrder,
    /// Count.
    pub count: WithCount,
}

/// What a page brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Records appended to the table.
    pub n_rows: usize,
    /// The request for the next page; none after the last.
    pub next: Option<Request>,
    /// Number of all records where it was asked for.
    pub count: Option<Count>,
}

/// A number of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(u64),
    /// So many or more: Dataverse stops counting at 5,000 (B27).
    AtLeast(u64),
}

impl Count {
    fn of(side: Side, count: u64) -> Self {
        let is_capped = side == Side::Dataverse && count >= u64::from(MAX_PAGE_DATAVERSE);
        if is_capped { Count::AtLeast(count) } else { Count::Exact(count) }
    }
}

/// One reading of one table, page by page.
#[derive(Debug)]
pub struct TableRead {
    source: TableSource,
    fields: Vec<FieldSchema>,
    options: ReadOptions,
    reader: PageReader,
}

impl TableRead {
    /// Prepares to read these fields of `schema` and its key field. A field twice is read once; fields without a
    /// property are out of reach and left out: their columns stay null.
    pub fn new<'f>(
        source: TableSource,
        schema: &'f TableSchema,
        fields: impl IntoIterator<Item = &'f FieldSchema>,
        options: ReadOptions,
    ) -> Self {
        let mut wanted: Vec<FieldSchema> = Vec::new();
        for field in schema.field(&source.key_field).into_iter().chain(fields) {
            if !wanted.iter().any(|known| known.name == field.name) {
                wanted.push(field.clone());
            }
        }
        let reader = PageReader::new(source.side, &wanted);
        TableRead { source, fields: wanted, options, reader }
    }

    /// An empty table with the columns that will be read, the key first.
    pub fn table(&self) -> ColumnTable {
        ColumnTable::new(self.fields.iter().map(|field| (field.name.clone(), field.field_type.clone())))
    }

    /// The fields that will be read, the key first.
    pub fn fields(&self) -> &[FieldSchema] {
        &self.fields
    }

    /// The request for the first page.
    pub fn first(&self) -> Request {
        let filter = self.options.filter.as_ref().and_then(|filter| filter.text.as_deref());
        let key = self.fields.iter().find(|field| field.name == self.source.key_field);
        let key = key.and_then(|field| field.property.as_deref());
        let order = match (self.options.order, key) {
            (ReadOrder::Key, Some(property)) => format!("$orderby={property}"),
            _ => String::new(),
        };
        let count = match self.options.count {
            WithCount::Yes => "$count=true".to_owned(),
            WithCount::No => String::new(),
        };
        let select = format!("$select={}", self.selected().join(","));
        let filter = filter.map(|text| format!("$filter={}", encode(text))).unwrap_or_default();
        self.page_request(with_query(&self.source.path, &[select, filter, order, count]))
    }

    /// Appends a page to `table`: cells go to the columns named like the fields, other columns get null.
    ///
    /// # Errors
    /// When the service refused or the page cannot be read; the table is then as it was before.
    pub fn accept(&mut self, response: &Response, table: &mut ColumnTable) -> Result<Page, ReadError> {
        ServiceError::check(self.source.side, response)?;
        let before = table.n_rows();
        let info = self.reader.read(&response.body, table)?;
        let next =
            info.next_link.map(|link| next_below_base(&self.source.base_url, &self.source.path, &link));
        let next = match next.transpose() {
            Ok(path) => path.map(|path| self.page_request(path)),
            Err(error) => {
                table.truncate(before);
                return Err(error);
            }
        };
        let count = info.count.map(|count| Count::of(self.source.side, count));
        Ok(Page { n_rows: info.n_rows, next, count })
    }

    /// Properties for `$select`: of an annotation the lookup it belongs to (B22).
    fn selected(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for property in self.fields.iter().filter_map(|field| field.property.as_deref()) {
            let name = property.split('@').next().unwrap_or(property);
            // An annotation of the record itself comes unasked.
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn page_request(&self, path: String) -> Request {
        let max = match self.source.side {
            Side::BusinessCentral => MAX_PAGE_BUSINESS_CENTRAL,
            Side::Dataverse => MAX_PAGE_DATAVERSE,
        };
        let page_size = self.options.page_size.unwrap_or(max).clamp(1, max);
        let mut prefer = format!("odata.maxpagesize={page_size}");
        let properties = || self.fields.iter().filter_map(|field| field.property.as_deref());
        if properties().any(|property| property.ends_with(LOOKUP_TABLE)) {
            prefer.push_str(&format!(",odata.include-annotations=\"{LOOKUP_TABLE}\""));
        }
        service_get(self.source.side, path).with("Prefer", prefer)
    }
}

/// A reading request with the headers each service wants (A19, B3).
pub(crate) fn service_get(side: Side, path: impl Into<String>) -> Request {
    match side {
        Side::BusinessCentral => Request::get(path).with("Data-Access-Intent", "ReadOnly"),
        Side::Dataverse => Request::get(path)
            .with("OData-MaxVersion", "4.0")
            .with("OData-Version", "4.0")
            .with("If-None-Match", "null"),
    }
}

/// Asks how many records pass a filter: `/$count` (A27, B27).
pub fn count_request(source: &TableSource, filter: Option<&PushedFilter>) -> Request {
    let filter = filter.and_then(|filter| filter.text.as_deref());
    let filter = filter.map(|text| format!("$filter={}", encode(text))).unwrap_or_default();
    let mut request = service_get(source.side, with_query(&format!("{}/$count", source.path), &[filter]));
    for (name, value) in &mut request.headers {
        if *name == "Accept" {
            "text/plain".clone_into(value);
        }
    }
    request
}

/// Reads the answer to [`count_request`].
///
/// # Errors
/// When the service refused, or the answer is no number.
pub fn read_count(side: Side, response: &Response) -> Result<Count, ReadError> {
    ServiceError::check(side, response)?;
    let text = String::from_utf8_lossy(&response.body);
    let digits = text.trim_start_matches('\u{feff}').trim();
    let count: u64 = digits.parse().map_err(|_| ReadError::Malformed {
        side,
        part: MetadataPart::Count,
        detail: crate::error::shorten(digits, 80),
    })?;
    Ok(Count::of(side, count))
}

#[cfg(test)]
mod tests;
