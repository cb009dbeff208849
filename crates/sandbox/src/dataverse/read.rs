//! Reading of Dataverse rows: pages with annotations, single rows, counts (B20 to B27).

use super::errors::{self, JSON, MALFORMED_QUERY, Refusal, not_covered, refuse};
use super::format::{formatted, is_money, lookup_names};
use crate::odata::filter::Filter;
use crate::odata::query::{Count, Page, Query, Search};
use crate::odata::{Dialect, json};
use crate::sandbox::Call;
use crate::schema::dataverse::DvTable;
use crate::schema::{Kind, Language, Property};
use crate::wire::{Request, Response};
use crate::world::{Value, World};

/// B25: at most 5,000 rows per page; B27: counts go no further either.
const LIMIT: usize = 5_000;

/// One addressed table with all that reading and writing need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) request: &'a Request<'a>,
    pub(crate) table: &'a DvTable,
    /// Address of the API root, such as `…/api/data/v9.2`.
    pub(crate) root: &'a str,
}

impl Target<'_> {
    pub(crate) fn row_address(&self, id: crate::store::Guid) -> String {
        format!("{}/{}({id})", self.root, self.table.info.entity_set)
    }

    fn context(&self, query: &Query) -> String {
        let columns =
            query.select.as_ref().map_or_else(String::new, |names| format!("({})", names.join(",")));
        format!("{}/$metadata#{}{columns}", self.root, self.table.info.entity_set)
    }
}

/// Which annotations the caller wants (B7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Annotations {
    formatted: bool,
    lookup_name: bool,
    navigation: bool,
    counts: bool,
}

impl Annotations {
    fn wanted(request: &Request<'_>) -> Self {
        let list = request.preference("odata.include-annotations").unwrap_or_default();
        let wants = |name: &str| {
            list.split(',').map(|it| it.trim().trim_matches('"')).any(|pattern| {
                match pattern.strip_suffix('*') {
                    Some(prefix) => name.starts_with(prefix),
                    None => pattern == name,
                }
            })
        };
        Self {
            formatted: wants("OData.Community.Display.V1.FormattedValue"),
            lookup_name: wants("Microsoft.Dynamics.CRM.lookuplogicalname"),
            navigation: wants("Microsoft.Dynamics.CRM.associatednavigationproperty"),
            counts: wants("Microsoft.Dynamics.CRM.totalrecordcount"),
        }
    }
}

/// The weak tag of a row: its version (B20).
pub(crate) fn etag(world: &World, table: usize, row: u32) -> String {
    format!("W/\"{}\"", world.table(table).map_or(0, |table| table.version(row)))
}

/// Reads the options; B26 names those that are refused.
fn read_query(request: &Request<'_>) -> Result<Query, Refusal> {
    let query = Query::read(request.query).map_err(|message| refuse(400, MALFORMED_QUERY, &message))?;
    for name in &query.names {
        match name.as_str() {
            "$select" | "$filter" | "$orderby" | "$top" | "$count" | "$skiptoken" => {}
            "$skip" => return Err(refuse(400, MALFORMED_QUERY, "Skip Clause is not supported in CRM")),
            "$search" | "$format" => {
                let message = format!("The query parameter {name} is not supported.");
                return Err(refuse(400, MALFORMED_QUERY, &message));
            }
            "$expand" => return Err(not_covered("B28 ($expand)")),
            "$apply" => return Err(not_covered("B26 ($apply)")),
            "$deltatoken" => return Err(not_covered("B48 (change tracking)")),
            "fetchXml" | "savedQuery" | "userQuery" => return Err(not_covered("B29 (FetchXML)")),
            other if other.starts_with('@') => return Err(not_covered("B26 (parameter aliases)")),
            other => {
                let message = format!("The query parameter {other} is not supported.");
                return Err(refuse(400, MALFORMED_QUERY, &message));
            }
        }
    }
    if request.preference("odata.track-changes").is_some() {
        return Err(not_covered("B48 (change tracking)"));
    }
    Ok(query)
}

fn bind_filter(world: &World, target: &Target<'_>, query: &Query) -> Result<Option<Filter>, Refusal> {
    let set = &target.table.set;
    let filter = query.filter.as_deref().map(|text| Filter::bind(text, world, set, Dialect::Dataverse));
    filter.transpose().map_err(errors::filter)
}

/// The selected properties; the key is always there, and the currency with money (B20).
fn select<'a>(world: &World, table: &'a DvTable, query: &Query) -> Result<Vec<&'a Property>, Refusal> {
    let set = &table.set;
    let Some(names) = &query.select else { return Ok(set.properties.iter().collect()) };
    let mut chosen = vec![set.key];
    for name in names {
        if name == "*" {
            return Ok(set.properties.iter().collect());
        }
        let (position, property) =
            set.find(name).ok_or_else(|| errors::unknown_property(name, &set.entity_type))?;
        chosen.push(position);
        if is_money(world, set.table, property)
            && let Some((currency, _)) = set.find("_transactioncurrencyid_value")
        {
            chosen.push(currency);
        }
    }
    Ok(set.properties.iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect())
}

/// GET on a table.
pub(crate) fn collection(world: &World, target: &Target<'_>) -> Result<Response, Refusal> {
    let mut query = read_query(target.request)?;
    let properties = select(world, target.table, &query)?;
    let filter = bind_filter(world, target, &query)?;
    let wanted = target.request.preference("odata.maxpagesize").and_then(|it| it.parse::<usize>().ok());
    if wanted.is_some() {
        query.top = None; // B8
    }
    if let Some(token) = &query.skip_token {
        let cookie = read_cookie(token)
            .ok_or_else(|| refuse(400, MALFORMED_QUERY, "Malformed XML in the paging cookie."))?;
        query.skip_token = Some(cookie.to_owned());
    }
    let page_size = wanted.filter(|size| *size > 0).unwrap_or(LIMIT).min(LIMIT);
    let search = Search { world, set: &target.table.set, query: &query, filter, page_size };
    let page = search.page().map_err(|message| refuse(400, MALFORMED_QUERY, &message))?;
    let body = page_body(world, target, &query, &properties, &page);
    let response = Response::with_body(200, JSON, body).header("OData-Version", "4.0");
    Ok(applied_preferences(target.request, response))
}

fn applied_preferences(request: &Request<'_>, response: Response) -> Response {
    let mut applied = Vec::new();
    if let Some(size) = request.preference("odata.maxpagesize") {
        applied.push(format!("odata.maxpagesize={size}"));
    }
    if let Some(list) = request.preference("odata.include-annotations") {
        applied.push(format!("odata.include-annotations=\"{list}\""));
    }
    if applied.is_empty() { response } else { response.header("Preference-Applied", applied.join(",")) }
}

/// B25: the token of a link is an opaque cookie.
fn write_cookie(cursor: &str, page: usize) -> String {
    format!("<cookie pagenumber=\"{page}\" pagingcookie=\"{cursor}\" istracking=\"False\" />")
}

fn read_cookie(token: &str) -> Option<&str> {
    token.split_once("pagingcookie=\"")?.1.split_once('"').map(|(cursor, _)| cursor)
}

fn page_body(
    world: &World,
    target: &Target<'_>,
    query: &Query,
    properties: &[&Property],
    page: &Page,
) -> Vec<u8> {
    let annotations = Annotations::wanted(target.request);
    let mut out = Vec::with_capacity(256 + page.rows.len() * properties.len() * 24);
    out.extend_from_slice(b"{\"@odata.context\":");
    json::text(&mut out, &target.context(query));
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    if let Some(total) = page.total {
        out.extend_from_slice(format!(",\"@odata.count\":{}", total.min(limit)).as_bytes());
    }
    if annotations.counts {
        let counted = (query.count == Count::Yes).then_some(page.total).flatten();
        let total = counted.map_or_else(|| "-1".to_owned(), |total| total.min(limit).to_string());
        let exceeded = counted.is_some_and(|total| total > limit);
        let text = format!(
            ",\"@Microsoft.Dynamics.CRM.totalrecordcount\":{total},\
             \"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded\":{exceeded},\
             \"@Microsoft.Dynamics.CRM.globalmetadataversion\":\"1000001\""
        );
        out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(b",\"value\":[");
    let writer = RowWriter::new(target, properties, annotations);
    for (position, row) in page.rows.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        let damage = target.call.malformed_row == Some(position);
        writer.row(&mut out, world, *row, None, if damage { Shape::Malformed } else { Shape::Right });
    }
    out.push(b']');
    if let Some(cursor) = &page.next {
        let served: usize = cursor.split('-').nth(2).and_then(|it| it.parse().ok()).unwrap_or_default();
        let number = (served / page.rows.len().max(1)).saturating_add(1);
        let address = format!("{}/{}", target.root, target.table.info.entity_set);
        out.extend_from_slice(b",\"@odata.nextLink\":");
        json::text(&mut out, &query.next_link(&address, &write_cookie(cursor, number)));
    }
    out.push(b'}');
    out
}

/// GET on one row; 304 when the caller has it already (B41).
pub(crate) fn record(world: &World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let annotations = Annotations::wanted(target.request);
    let known = target
        .request
        .header("If-None-Match")
        .is_some_and(|it| it == etag(world, target.table.set.table, row));
    if known && !annotations.formatted {
        return Ok(Response::empty(304));
    }
    row_response(world, target, row, &query, 200)
}

/// A row as reading and writing with `return=representation` answer it (B6).
pub(crate) fn representation(
    world: &World,
    target: &Target<'_>,
    row: u32,
    status: u16,
) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    row_response(world, target, row, &query, status)
        .map(|response| response.header("Preference-Applied", "return=representation"))
}

fn row_response(
    world: &World,
    target: &Target<'_>,
    row: u32,
    query: &Query,
    status: u16,
) -> Result<Response, Refusal> {
    let properties = select(world, target.table, query)?;
    let mut out = Vec::new();
    let context = format!("{}/$entity", target.context(query));
    let writer = RowWriter::new(target, &properties, Annotations::wanted(target.request));
    writer.row(&mut out, world, row, Some(&context), Shape::Right);
    Ok(Response::with_body(status, JSON, out)
        .header("OData-Version", "4.0")
        .header("ETag", etag(world, target.table.set.table, row)))
}

/// GET on one property of a row.
pub(crate) fn property(world: &World, target: &Target<'_>, row: u32, property: &Property) -> Response {
    let mut out = b"{\"@odata.context\":".to_vec();
    json::text(
        &mut out,
        &format!("{}/$metadata#{}/{}", target.root, target.table.info.entity_set, property.name),
    );
    out.extend_from_slice(b",\"value\":");
    write_value(&mut out, world.value(target.table.set.table, row, property, Language::English));
    out.push(b'}');
    Response::with_body(200, JSON, out).header("OData-Version", "4.0")
}

/// `/$count`: plain text with the same ceiling (B27).
pub(crate) fn count(world: &World, target: &Target<'_>) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let filter = bind_filter(world, target, &query)?;
    let search = Search { world, set: &target.table.set, query: &query, filter, page_size: LIMIT };
    let total = search.total().min(u64::try_from(LIMIT).unwrap_or(u64::MAX));
    Ok(Response::with_body(200, "text/plain", total.to_string().into_bytes()).header("OData-Version", "4.0"))
}

/// Whether a row is written as it is or damaged on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Right,
    /// The last property carries an object instead of its value.
    Malformed,
}

struct RowWriter<'a> {
    table: &'a DvTable,
    properties: Vec<(&'a Property, Vec<u8>)>,
    annotations: Annotations,
    language: Language,
}

impl<'a> RowWriter<'a> {
    fn new(target: &Target<'a>, properties: &[&'a Property], annotations: Annotations) -> Self {
        let named = properties.iter().map(|property| {
            let mut name = vec![b','];
            json::text(&mut name, &property.name);
            name.push(b':');
            (*property, name)
        });
        let language = Language::accepted(target.request.header("Accept-Language"));
        Self { table: target.table, properties: named.collect(), annotations, language }
    }

    fn row(&self, out: &mut Vec<u8>, world: &World, row: u32, context: Option<&str>, shape: Shape) {
        let table = self.table.set.table;
        out.push(b'{');
        if let Some(context) = context {
            out.extend_from_slice(b"\"@odata.context\":");
            json::text(out, context);
            out.push(b',');
        }
        out.extend_from_slice(b"\"@odata.etag\":");
        json::text(out, &etag(world, table, row));
        let last = self.properties.len().saturating_sub(1);
        for (at, (property, name)) in self.properties.iter().enumerate() {
            let value = world.value(table, row, property, self.language);
            self.annotate(out, world, row, property, value);
            out.extend_from_slice(name);
            if shape == Shape::Malformed && at == last {
                out.extend_from_slice(b"{\"malformed\":true}");
            } else {
                write_value(out, value);
            }
        }
        out.push(b'}');
    }

    fn annotate(&self, out: &mut Vec<u8>, world: &World, row: u32, property: &Property, value: Value<'_>) {
        let table = self.table.set.table;
        let mut write = |annotation: &str, text: &str| {
            out.push(b',');
            json::text(out, &format!("{}@{annotation}", property.name));
            out.push(b':');
            json::text(out, text);
        };
        if self.annotations.formatted
            && let Some(text) = formatted(world, table, row, property, value, self.language)
        {
            write("OData.Community.Display.V1.FormattedValue", &text);
        }
        if property.kind != Kind::Lookup || !(self.annotations.lookup_name || self.annotations.navigation) {
            return;
        }
        if let Some((navigation, name)) = lookup_names(world, table, row, property) {
            if self.annotations.navigation {
                write("Microsoft.Dynamics.CRM.associatednavigationproperty", &navigation);
            }
            if self.annotations.lookup_name {
                write("Microsoft.Dynamics.CRM.lookuplogicalname", &name);
            }
        }
    }
}

/// One value; what is blank is null (B20).
fn write_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Text("") | Value::Decimal("") | Value::Date("") | Value::Null => {
            out.extend_from_slice(b"null")
        }
        Value::Text(text) | Value::Date(text) => json::text(out, text),
        Value::Guid(id) => json::guid(out, id),
        Value::Boolean(value) => json::boolean(out, value),
        Value::Int(value) | Value::Choice(value) => json::int(out, value),
        Value::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Value::Moment(millis) => json::moment(out, millis),
    }
}
