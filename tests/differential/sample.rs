//! The sample table in both sandboxes: its rows sent, its metadata and its rows read back the way the app reads them.

use couplet_engine::{ColumnTable, FieldSchema, Side, TableSchema};
use couplet_filter::{DateKey, FieldType, FieldValue};
use couplet_sandbox::SandboxOptions;
use couplet_systems::business_central::{BusinessCentralMetadata, companies_request, read_companies};
use couplet_systems::dataverse::DataverseTableMetadata;
use couplet_systems::{Method, PushedFilter, ReadOptions, Request, TableRead, TableSource};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::cells::{self, Field, TABLE_NAME, TABLE_NUMBER};
use crate::driver::Driver;

/// Both systems with the same rows.
pub(crate) struct Sample {
    pub(crate) fields: Vec<Field>,
    pub(crate) sides: [SideOfSample; 2],
    pub(crate) n_rows: usize,
    driver: Driver,
}

/// The table as one system has it.
pub(crate) struct SideOfSample {
    pub(crate) side: Side,
    pub(crate) schema: TableSchema,
    source: TableSource,
    /// The rows as they were read, in the order in which they were sent.
    pub(crate) rows: ColumnTable,
    /// The same with values that no service can hold.
    pub(crate) memory: ColumnTable,
}

/// What came of a request with a filter: the rows, and where each stands in the sample.
pub(crate) struct Answer {
    pub(crate) rows: ColumnTable,
    pub(crate) row_idxs: Vec<usize>,
}

impl Sample {
    /// Connects, sends the rows and reads them back; what is read must be what was sent.
    pub(crate) fn new() -> Self {
        let fields = cells::fields();
        let custom_tables = vec![cells::table(&fields)];
        let driver = Driver::of(SandboxOptions { customers: 1, custom_tables, ..SandboxOptions::default() });
        let n_rows = fields.iter().map(|field| field.values.len()).max().unwrap();
        let sides = [business_central(&driver), dataverse(&driver)].map(|(schema, source)| {
            for row in 0..n_rows {
                insert(&driver, &schema, &source, &fields, row);
            }
            let (rows, _) = driver.read(&source, &schema, &schema.fields, ReadOptions::default());
            check_rows(&schema, &rows, &fields, n_rows);
            let memory = with_impossible_values(&schema, &rows);
            SideOfSample { side: schema.side, schema, source, rows, memory }
        });
        Sample { fields, sides, n_rows, driver }
    }

    /// The field of the sample with this name.
    pub(crate) fn field(&self, name: &str) -> &Field {
        self.fields.iter().find(|field| field.name == name).unwrap()
    }

    /// The rows that a service sends for a filter, with these fields.
    ///
    /// # Errors
    /// When it refuses the filter, or sends a row that nobody sent it.
    pub(crate) fn ask(
        &self,
        of: &SideOfSample,
        fields: &[&FieldSchema],
        filter: &PushedFilter,
    ) -> Result<Answer, String> {
        let options = ReadOptions { filter: Some(filter.clone()), ..ReadOptions::default() };
        let mut read = TableRead::new(of.source.clone(), &of.schema, fields.iter().copied(), options);
        let (mut rows, mut request) = (read.table(), Some(read.first()));
        while let Some(next) = request {
            let page = self.driver.page(&mut read, &next, &mut rows).map_err(|error| error.to_string())?;
            request = page.next;
        }
        let keys = rows.column(&of.schema.key_field).ok_or("no key")?;
        let row_idxs: Option<Vec<usize>> = (0..rows.n_rows()).map(|row| row_of(keys.get(row))).collect();
        Ok(Answer { row_idxs: row_idxs.ok_or("a row that nobody sent")?, rows })
    }
}

impl SideOfSample {
    /// The field with this name, if the system has it.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldSchema> {
        self.schema.field(name)
    }
}

fn business_central(driver: &Driver) -> (TableSchema, TableSource) {
    let side = Side::BusinessCentral;
    let companies = read_companies(&driver.send(side, &companies_request())).unwrap();
    let metadata = BusinessCentralMetadata::new(driver.base_url(side), companies[0].id, [TABLE_NUMBER]);
    let tables = driver.run(side, metadata);
    let table = tables.table(TABLE_NUMBER).expect("the sample is listed");
    (table.schema.clone(), table.source(driver.base_url(side), companies[0].id).expect("a way to it"))
}

fn dataverse(driver: &Driver) -> (TableSchema, TableSource) {
    let side = Side::Dataverse;
    let table = driver.run(side, DataverseTableMetadata::new(TABLE_NAME)).expect("the sample's metadata");
    let source = table.source(driver.base_url(side));
    (table.schema, source)
}

/// The key of a row says where it stands.
fn key(row: usize) -> Uuid {
    Uuid::from_u128(0x5a3b_0000_0000_4000_8000_0000_0000_0000 + row as u128)
}

fn row_of(key_seen: FieldValue<'_>) -> Option<usize> {
    let FieldValue::Guid(seen) = key_seen else { return None };
    let row = (seen.as_u128() & 0xffff_ffff) as usize;
    (key(row) == seen).then_some(row)
}

fn insert(driver: &Driver, schema: &TableSchema, source: &TableSource, fields: &[Field], row: usize) {
    let side = schema.side;
    let mut body = Map::new();
    let key_property = if side == Side::BusinessCentral { "systemId" } else { "sampleid" };
    body.insert(key_property.to_owned(), Value::from(key(row).to_string()));
    for field in fields.iter().filter(|field| schema.field(field.name).is_some()) {
        body.extend(field.cell(row).json(side).map(|value| (field.name.to_owned(), value)));
    }
    let headers = vec![("Content-Type", "application/json".to_owned())];
    let body = serde_json::to_vec(&body).unwrap();
    let request = Request { method: Method::Post, path: source.path.clone(), headers, body: Some(body) };
    let response = driver.send(side, &request);
    let told = String::from_utf8_lossy(&response.body).into_owned();
    assert!(response.is_success(), "{side:?} row {row}: {} {told}", response.status);
}

/// What came back is what was sent, blank for blank.
fn check_rows(schema: &TableSchema, rows: &ColumnTable, fields: &[Field], n_rows: usize) {
    assert_eq!(rows.n_rows(), n_rows);
    let keys = rows.column(&schema.key_field).unwrap();
    for field in fields.iter().filter(|field| schema.field(field.name).is_some()) {
        let column = rows.column(field.name).unwrap();
        for row in 0..n_rows {
            assert_eq!(
                row_of(keys.get(row)),
                Some(row),
                "the rows come in the order in which they were sent"
            );
            let expected = field.cell(row).value(schema.side, &field.kind);
            assert_eq!(column.get(row), expected, "{:?} {} row {row}", schema.side, field.name);
        }
    }
}

/// Adds rows in memory with values that evaluations have to judge although no service sends them: options without a
/// member, closing dates, nulls everywhere.
fn with_impossible_values(schema: &TableSchema, rows: &ColumnTable) -> ColumnTable {
    let mut table = rows.clone();
    let day = DateKey::from_iso("2026-03-15").unwrap();
    let year_end = DateKey::from_iso("2026-12-31").unwrap();
    let options = [3, 99, -1, i32::MIN, i32::MAX].map(FieldValue::Option);
    let dates = [day.closing(), year_end.closing()].map(FieldValue::Date);
    let n_extra = options.len() + 1;
    for extra in 0..n_extra {
        for field in &schema.fields {
            let value = match &field.field_type {
                FieldType::Option(_) => options.get(extra),
                FieldType::Date => dates.get(extra),
                _ => None,
            };
            let column_idx = table.columns().iter().position(|column| column.name == field.name);
            if let (Some(value), Some(column_idx)) = (value, column_idx) {
                table.push(column_idx, *value).unwrap();
            }
        }
        // What was not pushed is null.
        table.end_row();
    }
    table
}
