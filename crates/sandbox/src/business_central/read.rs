//! Reading of Business Central's sets: pages, records, counts.

use super::address::{self, Scope};
use super::errors::{self, Refusal, not_covered, refuse};
use super::expand::{self, Expanded};
use crate::odata::filter::Filter;
use crate::odata::query::{Page, Query, Search};
use crate::odata::{Dialect, json};
use crate::sandbox::Call;
use crate::schema::{EntitySet, Kind, Language, Property, Source};
use crate::store::Guid;
use crate::wire::{Request, Response};
use crate::world::{Value, World};

/// A25: default and maximum page size.
const MAX_PAGE: usize = 20_000;

pub(crate) const JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true";

/// One addressed set with all that reading and writing need.
#[derive(Debug, Clone)]
pub(crate) struct Target<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) request: &'a Request<'a>,
    pub(crate) set: &'a EntitySet,
    /// All sets of the API.
    pub(crate) sets: &'a [EntitySet],
    /// Address of the API root, such as `…/api/v2.0`.
    pub(crate) root: &'a str,
    /// The company, none for the set of companies itself.
    pub(crate) company: Option<Guid>,
    /// Path below the root, such as `companies(…)/customers`.
    pub(crate) path: String,
    /// The record whose part is addressed (A28).
    pub(crate) scope: Option<Scope<'a>>,
}

impl<'a> Target<'a> {
    /// A target before its path is followed; none for an API without sets.
    pub(crate) fn start(
        call: &'a Call<'a>,
        request: &'a Request<'a>,
        sets: &'a [EntitySet],
        root: &'a str,
        company: Option<Guid>,
    ) -> Option<Self> {
        let set = sets.first()?;
        Some(Self { call, request, set, sets, root, company, path: String::new(), scope: None })
    }

    fn context(&self) -> String {
        format!("{}/$metadata#{}", self.root, self.path)
    }

    /// Address of the set.
    pub(crate) fn address(&self) -> String {
        format!("{}/{}", self.root, self.path)
    }

    pub(crate) fn language(&self) -> Language {
        Language::accepted(self.request.header("Accept-Language"))
    }
}

/// A weak tag of opaque Base64 text that changes with each write (A23, S3).
pub(crate) fn etag(world: &World, table: usize, row: u32) -> String {
    let version = world.table(table).map_or(0, |table| table.version(row));
    let plain = format!("20;{version:012};0;");
    format!("W/\"{}\"", base64(plain.as_bytes()))
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = usize::try_from((group >> (18 - 6 * place)) & 63).unwrap_or_default();
            let character = DIGITS.get(digit).copied().unwrap_or(b'A');
            out.push(if place <= chunk.len() { char::from(character) } else { '=' });
        }
    }
    out
}

/// Reads the options and refuses those that a service of this kind refuses.
fn read_query(request: &Request<'_>) -> Result<Query, Refusal> {
    let query = Query::read(request.query).map_err(|message| refuse(400, "BadRequest", &message))?;
    for name in &query.names {
        match name.as_str() {
            "$select" | "$filter" | "$orderby" | "$top" | "$skip" | "$count" | "$skiptoken"
            | "$schemaversion" | "$expand" | "company" | "tenant" | "aid" => {}
            "$apply" | "$search" | "$compute" => return Err(not_covered("A27 (query option)")),
            other if other.starts_with('$') => {
                let message = format!("The query parameter '{other}' is not supported.");
                return Err(refuse(400, "BadRequest_InvalidRequestUrl", &message));
            }
            _ => {}
        }
    }
    Ok(query)
}

/// The request's filter together with what the path and the set demand.
fn bind_filter(world: &World, target: &Target<'_>, query: &Query) -> Result<Option<Filter>, Refusal> {
    let set = target.set;
    if !set.parents.is_empty() && target.scope.is_none() && !names_parent(set, query) {
        let message = "You must specify the id or the documentId of the parent to get the lines.";
        return Err(refuse(400, "Application_DialogException", message)); // A29
    }
    let wanted = query.filter.as_deref().map(|text| bind(text, world, set, query)).transpose()?;
    let filters: Vec<Filter> = address::limits(target).into_iter().chain(wanted).collect();
    Ok(if filters.is_empty() { None } else { Some(Filter::all(filters)) })
}

/// A29: whether the filter speaks of the parent.
fn names_parent(set: &EntitySet, query: &Query) -> bool {
    let filter = query.filter.as_deref().unwrap_or_default();
    let mut words = filter.split(|character: char| !character.is_alphanumeric());
    words.any(|word| set.parents.iter().any(|parent| parent == word))
}

/// Reads a filter by Business Central's rules.
pub(crate) fn bind(text: &str, world: &World, set: &EntitySet, query: &Query) -> Result<Filter, Refusal> {
    let schema_2_1 = query.schema_version.as_deref() == Some("2.1");
    Filter::bind(text, world, set, Dialect::BusinessCentral { schema_2_1 }).map_err(errors::filter)
}

/// The selected properties; the key is always there.
pub(crate) fn select<'a>(set: &'a EntitySet, query: &Query) -> Result<Vec<&'a Property>, Refusal> {
    let Some(names) = &query.select else { return Ok(set.properties.iter().collect()) };
    let mut chosen = Vec::new();
    for name in names {
        if name == "*" {
            return Ok(set.properties.iter().collect());
        }
        let (position, _) = set.find(name).ok_or_else(|| {
            let message = format!(
                "Could not find a property named '{name}' on type 'Microsoft.NAV.{}'.",
                set.entity_type
            );
            refuse(400, "BadRequest", &message)
        })?;
        chosen.push(position);
    }
    chosen.push(set.key);
    Ok(set.properties.iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect())
}

/// GET on a set (A23, A25).
pub(crate) fn collection(world: &World, target: &Target<'_>) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let properties = select(target.set, &query)?;
    let filter = bind_filter(world, target, &query)?;
    let wanted = target.request.preference("odata.maxpagesize").and_then(|it| it.parse::<usize>().ok());
    // A17: never above 20,000.
    let page_size = wanted.filter(|size| *size > 0).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let search = Search { world, set: target.set, query: &query, filter, page_size, count_to: usize::MAX };
    let page = search.page().map_err(|message| refuse(400, "BadRequest", &message))?;
    let expanded = expand::read(world, target, &query, &page.rows)?;
    let writer = RowWriter::new(target.set, target.language(), &properties, expanded);
    let body = page_body(world, target, &query, &writer, &page);
    let response = Response::with_body(200, JSON, body).header("OData-Version", "4.0");
    Ok(match wanted {
        Some(size) => response.header("Preference-Applied", format!("odata.maxpagesize={size}")),
        None => response,
    })
}

fn page_body(
    world: &World,
    target: &Target<'_>,
    query: &Query,
    writer: &RowWriter<'_>,
    page: &Page,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + page.rows.len() * writer.properties.len() * 24);
    out.extend_from_slice(b"{\"@odata.context\":");
    json::text(&mut out, &target.context());
    if let Some(total) = page.total {
        out.extend_from_slice(format!(",\"@odata.count\":{total}").as_bytes());
    }
    out.extend_from_slice(b",\"value\":[");
    for (position, row) in page.rows.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        let damage = target.call.malformed_row == Some(position);
        writer.row(&mut out, world, *row, None, if damage { Shape::Malformed } else { Shape::Right });
    }
    out.push(b']');
    if let Some(token) = &page.next {
        out.extend_from_slice(b",\"@odata.nextLink\":");
        json::text(&mut out, &query.next_link(&target.address(), token));
    }
    out.push(b'}');
    out
}

/// GET on one record (A24).
pub(crate) fn record(world: &World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let properties = select(target.set, &query)?;
    let expanded = expand::read(world, target, &query, &[row])?;
    let writer = RowWriter::new(target.set, target.language(), &properties, expanded);
    Ok(record_response(world, target, row, &writer, 200))
}

/// A record with its context and tag, as writing answers it (A38).
pub(crate) fn whole_record(world: &World, target: &Target<'_>, row: u32, status: u16) -> Response {
    let properties: Vec<&Property> = target.set.properties.iter().collect();
    let writer = RowWriter::new(target.set, target.language(), &properties, Vec::new());
    record_response(world, target, row, &writer, status)
}

fn record_response(
    world: &World,
    target: &Target<'_>,
    row: u32,
    writer: &RowWriter<'_>,
    status: u16,
) -> Response {
    let mut out = Vec::new();
    let context = format!("{}/$entity", target.context());
    let damage = target.call.malformed_row == Some(0) && status == 200;
    let shape = if damage { Shape::Malformed } else { Shape::Right };
    writer.row(&mut out, world, row, Some(&context), shape);
    Response::with_body(status, JSON, out)
        .header("OData-Version", "4.0")
        .header("ETag", etag(world, target.set.table, row))
}

/// `/$count`: plain text (A27).
pub(crate) fn count(world: &World, target: &Target<'_>) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let filter = bind_filter(world, target, &query)?;
    let search =
        Search { world, set: target.set, query: &query, filter, page_size: MAX_PAGE, count_to: usize::MAX };
    Ok(Response::with_body(200, "text/plain", search.total().to_string().into_bytes()))
}

/// Whether a row is written as it is or damaged on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Right,
    /// The last property carries an object instead of its value.
    Malformed,
}

/// Writes rows of one set with the chosen properties and what is expanded below them.
#[derive(Debug)]
pub(crate) struct RowWriter<'a> {
    set: &'a EntitySet,
    properties: Vec<(&'a Property, Vec<u8>)>,
    language: Language,
    expanded: Vec<Expanded<'a>>,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(
        set: &'a EntitySet,
        language: Language,
        properties: &[&'a Property],
        expanded: Vec<Expanded<'a>>,
    ) -> Self {
        let named = properties.iter().map(|property| {
            let mut name = vec![b','];
            json::text(&mut name, &property.name);
            name.push(b':');
            (*property, name)
        });
        Self { set, properties: named.collect(), language, expanded }
    }

    /// Appends one record.
    pub(crate) fn record(&self, out: &mut Vec<u8>, world: &World, row: u32) {
        self.row(out, world, row, None, Shape::Right);
    }

    fn row(&self, out: &mut Vec<u8>, world: &World, row: u32, context: Option<&str>, shape: Shape) {
        out.push(b'{');
        if let Some(context) = context {
            out.extend_from_slice(b"\"@odata.context\":");
            json::text(out, context);
            out.push(b',');
        }
        out.extend_from_slice(b"\"@odata.etag\":");
        json::text(out, &etag(world, self.set.table, row));
        let last = self.properties.len().saturating_sub(1);
        for (at, (property, name)) in self.properties.iter().enumerate() {
            out.extend_from_slice(name);
            if shape == Shape::Malformed && at == last {
                out.extend_from_slice(b"{\"malformed\":true}");
            } else {
                write_value(out, property, world.value(self.set.table, row, property, self.language));
            }
        }
        for expanded in &self.expanded {
            expanded.write(out, world, row);
        }
        out.push(b'}');
    }
}

/// One value in the formats of A46 to A49.
fn write_value(out: &mut Vec<u8>, property: &Property, value: Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Text(text) => match &property.source {
            Source::FixedText(fixed) => json::text(out, fixed),
            _ if property.kind == Kind::DateTime => json::text(out, "0001-01-01T00:00:00Z"),
            _ => json::text(out, text),
        },
        Value::Guid(id) => json::guid(out, id),
        Value::Boolean(value) => json::boolean(out, value),
        Value::Int(value) => json::int(out, value),
        Value::Decimal("") => out.push(b'0'),
        Value::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Value::Date("") => out.extend_from_slice(b"\"0001-01-01\""),
        Value::Date(text) => json::text(out, text),
        Value::Moment(millis) => json::moment(out, millis),
        Value::Choice(number) => json::text(out, property.member(number).map_or("", |it| it.name.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        assert_eq!(base64(b"20;000000001001;0;"), "MjA7MDAwMDAwMDAxMDAxOzA7");
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"ab"), "YWI=");
    }
}
