//! How many records of an entity set pass a view, exactly: the requests one after another, as a state machine without a
//! clock or a network. A server that refuses the filter is read without one.

use couplet_engine::{ColumnTable, FieldSchema};
use couplet_filter::{
    Bitmap, Context, FieldType, FieldValue, TextComparison, TypedFilter, View, ViewField, parse_view,
};
use rustc_hash::FxHashSet;

use super::ODataError;
use super::dialect::{EnumForm, condition};
use super::metadata::EntitySet;
use crate::error::{ServiceError, ServiceErrorKind};
use crate::http::{Request, Response, Step};
use crate::page::{Conventions, PageReader};
use crate::pushdown::{Precision, Pushed, combine};
use crate::url::{encode, encode_raw, resolve, split_origin, with_query};

/// Records in a page, where the server lets itself be asked.
const PAGE_SIZE: u32 = 5_000;

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewTotal {
    /// Records that pass.
    pub n_passing: u64,
    /// Records that were read to know it.
    pub n_read: u64,
    /// Pages that were read.
    pub n_pages: u32,
    /// What the server filtered by, before percent-encoding.
    pub filter: Option<String>,
    /// What the server refused before, in its own words.
    pub refused: Vec<String>,
}

/// One count. Requests name the whole path from the server's root; their sender knows [`ViewCount::origin`].
#[derive(Debug)]
pub struct ViewCount {
    origin: String,
    /// Path of the service, without a final slash.
    service: String,
    /// What follows the service's path: `customers`, `companies(…)/customers`.
    resource: String,
    view: View,
    comparison: TextComparison,
    context: Context,
    reading: Option<Reading>,
}

/// What is known once the metadata was read.
#[derive(Debug)]
struct Reading {
    fields: Vec<FieldSchema>,
    key: Vec<String>,
    conditions: Vec<(String, TypedFilter)>,
    /// Ways to ask that were not tried yet, the best last.
    attempts: Vec<Attempt>,
    current: Attempt,
    /// Path of the page that was asked for.
    path: String,
    pages: Pages,
    total: ViewTotal,
}

/// One way to ask.
#[derive(Debug, Clone, Default)]
struct Attempt {
    filter: Option<String>,
    select: bool,
    order: bool,
}

/// What was read in one way.
#[derive(Debug)]
struct Pages {
    reader: PageReader,
    /// Paths of the pages so far.
    paths: FxHashSet<String>,
    /// Keys of the records that pass: one that comes again, on another page, counts once.
    keys: FxHashSet<String>,
}

impl ViewCount {
    /// Prepares to count the records of `resource` (an entity set, or a path that ends with one) below `base_url` that
    /// pass `view`. `comparison` says how texts compare.
    ///
    /// # Errors
    /// When the view cannot be read.
    pub fn new(
        base_url: &str,
        resource: &str,
        view: &str,
        comparison: TextComparison,
        context: Context,
    ) -> Result<Self, ODataError> {
        let view = parse_view(view).map_err(ODataError::View)?;
        let (origin, service) = split_origin(base_url);
        Ok(ViewCount {
            origin: origin.to_owned(),
            service: service.trim_end_matches('/').to_owned(),
            resource: resource.trim_matches('/').to_owned(),
            view,
            comparison,
            context,
            reading: None,
        })
    }

    /// Scheme, host and port of the server.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The request for the metadata.
    pub fn start(&self) -> Request {
        let mut request = get(&format!("{}/$metadata", self.service));
        for (name, value) in &mut request.headers {
            if *name == "Accept" {
                "application/xml".clone_into(value);
            }
        }
        request
    }

    /// Takes the answer to the request last asked for.
    ///
    /// # Errors
    /// When the view does not fit the entity set, the service refuses every way to ask, or an answer cannot be read.
    pub fn accept(&mut self, response: &Response) -> Result<Step<ViewTotal>, ODataError> {
        if self.reading.is_none() {
            let refused = (!response.is_success()).then(|| refusal(response));
            if let Some(error) = refused {
                return Err(error);
            }
            let mut reading = self.prepare(&response.body)?;
            let step = reading.ask(&self.service, &self.resource);
            self.reading = Some(reading);
            return Ok(step);
        }
        match &mut self.reading {
            Some(reading) => reading.accept(&self.origin, &self.service, &self.resource, response),
            None => Err(ODataError::Metadata { detail: "nothing was asked for".to_owned() }),
        }
    }

    fn prepare(&self, metadata: &[u8]) -> Result<Reading, ODataError> {
        let set = self.resource.rsplit('/').next().unwrap_or(&self.resource);
        let set = EntitySet::read(metadata, set)?;
        let found = |field: &couplet_filter::FieldReference| {
            let property = set.property(field)?;
            let number = property.field.number?;
            Some(ViewField {
                number,
                field_type: property.field.field_type.clone(),
                comparison: self.comparison,
            })
        };
        let typed = self.view.bind(&self.context, found).map_err(ODataError::View)?;
        let mut fields: Vec<FieldSchema> = Vec::new();
        let (mut conditions, mut qualified, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for typed_condition in typed.conditions {
            let Some(property) = set.property(&typed_condition.field) else { continue };
            qualified.push(pushed(condition(property, &typed_condition.filter, EnumForm::Qualified)));
            plain.push(pushed(condition(property, &typed_condition.filter, EnumForm::Plain)));
            fields.push(property.field.clone());
            conditions.push((property.field.name.clone(), typed_condition.filter));
        }
        let attempts = attempts(combine(&qualified).text, combine(&plain).text);
        let key: Vec<String> = set.key.clone();
        for property in set.properties {
            let is_new = !fields.iter().any(|field| field.name == property.field.name);
            if is_new && key.contains(&property.field.name) {
                fields.push(key_field(property.field));
            }
        }
        let pages = Pages::new(&fields);
        Ok(Reading {
            fields,
            key,
            conditions,
            attempts,
            current: Attempt::default(),
            path: String::new(),
            pages,
            total: ViewTotal::default(),
        })
    }
}

/// A key is only told apart, so ids that are none do no harm.
fn key_field(mut field: FieldSchema) -> FieldSchema {
    if field.field_type == FieldType::Guid {
        field.field_type = FieldType::Text { max_length: None };
    }
    field
}

fn pushed(odata: Option<String>) -> Pushed {
    let precision = if odata.is_some() { Precision::Superset } else { Precision::NotPushed };
    Pushed { odata, precision, reasons: Vec::new() }
}

/// The ways to ask, the best last.
fn attempts(qualified: Option<String>, plain: Option<String>) -> Vec<Attempt> {
    let mut attempts = vec![
        Attempt::default(),
        Attempt { select: true, ..Attempt::default() },
        Attempt { select: true, order: true, filter: None },
    ];
    for filter in [plain.filter(|plain| Some(plain) != qualified.as_ref()), qualified].into_iter().flatten() {
        attempts.push(Attempt { filter: Some(filter), select: true, order: true });
    }
    attempts
}

impl Pages {
    fn new(fields: &[FieldSchema]) -> Self {
        Pages {
            reader: PageReader::new(Conventions::Standard, fields),
            paths: FxHashSet::default(),
            keys: FxHashSet::default(),
        }
    }
}

impl Reading {
    /// Asks for the first page in the next way.
    fn ask(&mut self, service: &str, resource: &str) -> Step<ViewTotal> {
        self.current = self.attempts.pop().unwrap_or_default();
        self.pages = Pages::new(&self.fields);
        let refused = std::mem::take(&mut self.total.refused);
        self.total = ViewTotal { filter: self.current.filter.clone(), refused, ..ViewTotal::default() };
        let names: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let option = |name: &str, is_sent: bool, value: String| {
            if is_sent && !value.is_empty() { format!("{name}={value}") } else { String::new() }
        };
        let query = [
            option("$select", self.current.select, names.join(",")),
            option("$filter", true, self.current.filter.as_deref().map(encode).unwrap_or_default()),
            option("$orderby", self.current.order, self.key.join(",")),
        ];
        self.request(with_query(&format!("{service}/{resource}"), &query))
    }

    fn request(&mut self, path: String) -> Step<ViewTotal> {
        let request = get(&path).with("Prefer", format!("odata.maxpagesize={PAGE_SIZE}"));
        self.pages.paths.insert(path.clone());
        self.path = path;
        Step::Send(vec![request])
    }

    fn accept(
        &mut self,
        origin: &str,
        service: &str,
        resource: &str,
        response: &Response,
    ) -> Result<Step<ViewTotal>, ODataError> {
        if !response.is_success() {
            let error = refusal(response);
            let kind = ServiceErrorKind::of_status(response.status);
            let is_final = matches!(
                kind,
                ServiceErrorKind::Unauthorized | ServiceErrorKind::Forbidden | ServiceErrorKind::Throttled
            );
            if is_final || self.attempts.is_empty() {
                return Err(error);
            }
            self.total.refused.push(error.to_string());
            return Ok(self.ask(service, resource));
        }
        let columns = self.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
        let mut table = ColumnTable::new(columns);
        let info = self.pages.reader.read(&response.body, &mut table).map_err(ODataError::Page)?;
        self.total.n_pages += 1;
        self.total.n_read += info.n_rows as u64;
        self.count(&table);
        let Some(link) = info.next_link else { return Ok(Step::Done(std::mem::take(&mut self.total))) };
        // A relative link starts from the context, which may itself be relative.
        let context = info.context.and_then(|context| resolve(origin, &self.path, &context).ok());
        let next = resolve(origin, context.as_ref().unwrap_or(&self.path), &link)?;
        if self.pages.paths.contains(&next) {
            return Err(ODataError::Circle { link });
        }
        Ok(self.request(next))
    }

    /// Adds the records of a page that pass.
    fn count(&mut self, table: &ColumnTable) {
        let mut passing = Bitmap::filled(table.n_rows(), true);
        for (name, filter) in &self.conditions {
            if let Some(column) = table.column(name) {
                passing.and_assign(&filter.evaluate(column.view()));
            }
        }
        let keys: Vec<_> = self.key.iter().filter_map(|name| table.column(name)).collect();
        for row in passing.iter_ones() {
            let cells: Vec<FieldValue<'_>> = keys.iter().map(|column| column.get(row)).collect();
            let is_whole = !cells.is_empty() && cells.len() == self.key.len();
            let is_known = is_whole && !cells.contains(&FieldValue::Null);
            if !is_known || self.pages.keys.insert(format!("{cells:?}")) {
                self.total.n_passing += 1;
            }
        }
    }
}

fn refusal(response: &Response) -> ODataError {
    // The side is of no account: only status, code and words are kept.
    let error = ServiceError::from_response(couplet_engine::Side::BusinessCentral, response);
    ODataError::Refused { status: error.status, code: error.code, message: error.message }
}

/// Names of sets and properties may hold letters that an address may not.
fn get(path: &str) -> Request {
    Request::get(encode_raw(path)).with("OData-MaxVersion", "4.0")
}
