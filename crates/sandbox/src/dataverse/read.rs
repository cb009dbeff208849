//! Reading of Dataverse rows: pages, single rows, properties, counts (B20 to B27, B30).

use rustc_hash::FxHashSet;

use super::delta::{self, Token};
use super::errors::{self, JSON};
use super::expand::{self, Expansion};
use super::rows::{Annotations, RowWriter, Shape, etag, row_address, select, write_value};
use super::{MALFORMED_QUERY, Refusal, Target, apply, fetch, not_covered, refuse};
use crate::odata::filter::Filter;
use crate::odata::json;
use crate::odata::query::{Count, Page, Query, Search};
use crate::schema::{Language, Property};
use crate::store::Guid;
use crate::wire::{Request, Response};
use crate::world::World;

/// B25: at most 5,000 rows per page; B27: counts go no further either.
pub(super) const LIMIT: usize = 5_000;
/// One row more says that the limit is exceeded (B27).
const COUNT_TO: usize = LIMIT + 1;

impl Target<'_> {
    /// The context of a collection (B20).
    pub(super) fn context(&self, query: &Query) -> String {
        let columns =
            query.select.as_ref().map_or_else(String::new, |names| format!("({})", names.join(",")));
        format!("{}/$metadata#{}{columns}", self.root, self.table.info.entity_set)
    }
}

/// Reads the options; B26 names those that are refused.
pub(super) fn read_query(request: &Request<'_>) -> Result<Query, Refusal> {
    let query = Query::read(request.query).map_err(|message| refuse(400, MALFORMED_QUERY, &message))?;
    for name in &query.names {
        match name.as_str() {
            "$select" | "$filter" | "$orderby" | "$top" | "$count" | "$skiptoken" | "$expand" | "$apply"
            | "$deltatoken" | "fetchXml" => {}
            "$skip" => return Err(refuse(400, MALFORMED_QUERY, "Skip Clause is not supported in CRM")),
            "savedQuery" | "userQuery" => return Err(not_covered("B29 (saved queries)")),
            other if other.starts_with('@') => {}
            other => {
                let message = format!("The query parameter {other} is not supported.");
                return Err(refuse(400, MALFORMED_QUERY, &message));
            }
        }
    }
    Ok(query)
}

/// The filter of a query, within the rows of a collection where there is one.
pub(super) fn bind_filter(
    world: &World,
    target: &Target<'_>,
    query: &Query,
    among: Option<FxHashSet<u32>>,
) -> Result<Option<Filter>, Refusal> {
    let set = &target.table.set;
    let filter = query.filter.as_deref().map(|text| Filter::bind(text, world, set, target.dialect()));
    let filter = filter.transpose().map_err(errors::filter)?;
    Ok(match among {
        None => filter,
        Some(rows) => Some(Filter::among(rows, filter)),
    })
}

/// B25: the token of a link is an opaque cookie; B48: it carries on what a full read began.
#[derive(Debug)]
pub(super) struct Cookie {
    pub(super) cursor: String,
    pub(super) page: usize,
    pub(super) token: Option<Token>,
}

impl Cookie {
    pub(super) fn write(&self) -> String {
        let (tracking, token) = match self.token {
            None => ("False", String::new()),
            Some(token) => ("True", format!(" token=\"{}\"", token.write())),
        };
        let (page, cursor) = (self.page, &self.cursor);
        format!("<cookie pagenumber=\"{page}\" pagingcookie=\"{cursor}\" istracking=\"{tracking}\"{token} />")
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let attribute =
            |name: &str| text.split_once(&format!(" {name}=\""))?.1.split_once('"').map(|(value, _)| value);
        Some(Self {
            cursor: attribute("pagingcookie")?.to_owned(),
            page: attribute("pagenumber")?.parse().ok()?,
            token: attribute("token").and_then(Token::read),
        })
    }
}

/// GET on a table, or on the rows of a collection.
pub(super) fn collection(
    world: &World,
    target: &Target<'_>,
    among: Option<FxHashSet<u32>>,
) -> Result<Response, Refusal> {
    let mut query = read_query(target.request)?;
    if let Some(xml) = query.option("fetchXml") {
        return fetch::answer(world, target, xml);
    }
    if let Some(text) = query.option("$apply") {
        return apply::answer(world, target, text, bind_filter(world, target, &query, among)?);
    }
    let tracked = delta::is_wanted(target, &query)?;
    let wanted = target.request.preference("odata.maxpagesize").and_then(|it| it.parse::<usize>().ok());
    let page_size = wanted.filter(|size| *size > 0).unwrap_or(LIMIT).min(LIMIT);
    if query.option("$deltatoken").is_some() {
        return delta::collection(world, target, &query, page_size);
    }
    let properties = select(world, target.table, query.select.as_deref())?;
    let filter = bind_filter(world, target, &query, among)?;
    let expansions = expand::bind(world, target, target.table, query.expand.as_deref())?;
    if wanted.is_some() {
        query.top = None; // B8
    }
    let mut token = tracked.then(|| Token::now(world, target));
    if let Some(text) = &query.skip_token {
        let cookie = Cookie::read(text)
            .ok_or_else(|| refuse(400, MALFORMED_QUERY, "Malformed XML in the paging cookie."))?;
        token = cookie.token;
        query.skip_token = Some(cookie.cursor);
    }
    let set = &target.table.set;
    let search = Search { world, set, query: &query, filter, page_size, count_to: COUNT_TO };
    let page = search.page().map_err(|message| refuse(400, MALFORMED_QUERY, &message))?;
    let selection = Selection { properties: &properties, expansions: &expansions };
    let body = page_body(world, target, &query, selection, &page, token);
    let response = Response::with_body(200, JSON, body).header("OData-Version", "4.0");
    Ok(applied_preferences(target.request, response))
}

/// What is written of each row.
#[derive(Clone, Copy)]
struct Selection<'a, 'w> {
    properties: &'a [&'w Property],
    expansions: &'a [Expansion<'w>],
}

pub(super) fn applied_preferences(request: &Request<'_>, response: Response) -> Response {
    let mut applied = Vec::new();
    if let Some(size) = request.preference("odata.maxpagesize") {
        applied.push(format!("odata.maxpagesize={size}"));
    }
    if request.preference("odata.track-changes").is_some() {
        applied.push("odata.track-changes".to_owned());
    }
    if let Some(list) = request.preference("odata.include-annotations") {
        applied.push(format!("odata.include-annotations=\"{list}\""));
    }
    if applied.is_empty() { response } else { response.header("Preference-Applied", applied.join(",")) }
}

fn page_body<'a>(
    world: &World,
    target: &Target<'a>,
    query: &Query,
    selection: Selection<'a, 'a>,
    page: &Page,
    token: Option<Token>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + page.rows.len() * selection.properties.len() * 24);
    out.extend_from_slice(b"{\"@odata.context\":");
    json::text(&mut out, &target.context(query));
    page_head(&mut out, world, target.request, query, page);
    out.extend_from_slice(b",\"value\":[");
    let writer = RowWriter::new(target, target.table, selection.properties, selection.expansions);
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
        let (path, _) = target.request.path.split_once('?').unwrap_or((target.request.path, ""));
        let address = format!("{}{path}", target.call.options.dataverse_base_url);
        let cookie = Cookie { cursor: cursor.clone(), page: number, token };
        out.extend_from_slice(b",\"@odata.nextLink\":");
        json::text(&mut out, &query.next_link(&address, &cookie.write()));
    } else if let Some(token) = token {
        out.extend_from_slice(b",\"@odata.deltaLink\":");
        json::text(&mut out, &delta::link(target, query, token));
    }
    out.push(b'}');
    out
}

/// B27: counts, as far as they were asked for.
fn page_head(out: &mut Vec<u8>, world: &World, request: &Request<'_>, query: &Query, page: &Page) {
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    if let Some(total) = page.total {
        out.extend_from_slice(format!(",\"@odata.count\":{}", total.min(limit)).as_bytes());
    }
    if !Annotations::wanted(request).counts {
        return;
    }
    let counted = (query.count == Count::Yes).then_some(page.total).flatten();
    let total = counted.map_or_else(|| "-1".to_owned(), |total| total.min(limit).to_string());
    let exceeded = counted.is_some_and(|total| total > limit);
    let metadata = 1_000_001 + world.schema.dv.version; // B37
    let text = format!(
        ",\"@Microsoft.Dynamics.CRM.totalrecordcount\":{total},\
         \"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded\":{exceeded},\
         \"@Microsoft.Dynamics.CRM.globalmetadataversion\":\"{metadata}\""
    );
    out.extend_from_slice(text.as_bytes());
}

/// GET on one row; 304 when the caller has it already (B41).
pub(super) fn record(world: &World, target: &Target<'_>, row: u32) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let annotations = Annotations::wanted(target.request);
    let known = target
        .request
        .header("If-None-Match")
        .is_some_and(|it| it == etag(world, target.table.set.table, row));
    if known && !annotations.formatted && query.expand.is_none() {
        return Ok(Response::empty(304));
    }
    row_response(world, target, row, &query, 200)
}

/// A row as writing with `return=representation` answers it (B6); B39: without expansion.
pub(super) fn representation(
    world: &World,
    target: &Target<'_>,
    row: u32,
    status: u16,
) -> Result<Response, Refusal> {
    let mut query = read_query(target.request)?;
    if target.request.method == "PATCH" {
        query.expand = None;
    }
    row_response(world, target, row, &query, status)
        .map(|response| response.header("Preference-Applied", "return=representation"))
}

/// A row as an answer.
pub(super) fn row_response(
    world: &World,
    target: &Target<'_>,
    row: u32,
    query: &Query,
    status: u16,
) -> Result<Response, Refusal> {
    let properties = select(world, target.table, query.select.as_deref())?;
    let expansions = expand::bind(world, target, target.table, query.expand.as_deref())?;
    let mut out = Vec::new();
    let context = format!("{}/$entity", target.context(query));
    let writer = RowWriter::new(target, target.table, &properties, &expansions);
    writer.row(&mut out, world, row, Some(&context), Shape::Right);
    Ok(Response::with_body(status, JSON, out)
        .header("OData-Version", "4.0")
        .header("ETag", etag(world, target.table.set.table, row)))
}

/// GET on one property of a row.
pub(super) fn property(world: &World, target: &Target<'_>, row: u32, property: &Property) -> Response {
    let mut out = b"{\"@odata.context\":".to_vec();
    let id = world.table(target.table.set.table).and_then(|it| it.id(row)).unwrap_or(Guid::ZERO);
    let context =
        format!("{}/$metadata#{}({id})/{}", target.root, target.table.info.entity_set, property.name);
    json::text(&mut out, &context);
    out.extend_from_slice(b",\"value\":");
    write_value(&mut out, world.value(target.table.set.table, row, property, Language::English));
    out.push(b'}');
    Response::with_body(200, JSON, out).header("OData-Version", "4.0")
}

/// GET on `/$value` of a property: the bare value.
pub(super) fn raw_value(world: &World, target: &Target<'_>, row: u32, property: &Property) -> Response {
    let mut out = Vec::new();
    write_value(&mut out, world.value(target.table.set.table, row, property, Language::English));
    let text: String = serde_json::from_slice(&out).unwrap_or_else(|_| String::from_utf8_lossy(&out).into());
    if text == "null" {
        return Response::empty(204).header("OData-Version", "4.0");
    }
    Response::with_body(200, "text/plain", text.into_bytes()).header("OData-Version", "4.0")
}

/// GET on `/$ref` of a lookup: the address of the row.
pub(super) fn reference(world: &World, target: &Target<'_>, row: u32) -> Response {
    let id = world.table(target.table.set.table).and_then(|it| it.id(row)).unwrap_or(Guid::ZERO);
    let address = json::quoted(&row_address(target.root, target.table, id));
    let context = json::quoted(&format!("{}/$metadata#$ref", target.root));
    let body = format!("{{\"@odata.context\":{context},\"@odata.id\":{address}}}");
    Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0")
}

/// GET on `/$ref` of a collection: the addresses of its rows.
pub(super) fn references(world: &World, target: &Target<'_>, rows: &FxHashSet<u32>) -> Response {
    let mut rows: Vec<u32> = rows.iter().copied().collect();
    rows.sort_unstable();
    let table = world.table(target.table.set.table);
    let addresses = rows
        .into_iter()
        .filter_map(|row| table?.id(row))
        .map(|id| format!("{{\"@odata.id\":{}}}", json::quoted(&row_address(target.root, target.table, id))));
    let addresses: Vec<String> = addresses.collect();
    let context = json::quoted(&format!("{}/$metadata#Collection($ref)", target.root));
    let body = format!("{{\"@odata.context\":{context},\"value\":[{}]}}", addresses.join(","));
    Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0")
}

/// `/$count`: plain text with the same ceiling (B27), or the number of changes (B48).
pub(super) fn count(
    world: &World,
    target: &Target<'_>,
    among: Option<FxHashSet<u32>>,
) -> Result<Response, Refusal> {
    let query = read_query(target.request)?;
    let total = if delta::is_wanted(target, &query)? {
        u64::try_from(delta::count(world, target, &query)?).unwrap_or(u64::MAX)
    } else {
        let filter = bind_filter(world, target, &query, among)?;
        let set = &target.table.set;
        Search { world, set, query: &query, filter, page_size: LIMIT, count_to: COUNT_TO }.total()
    };
    let total = total.min(u64::try_from(LIMIT).unwrap_or(u64::MAX));
    Ok(Response::with_body(200, "text/plain", total.to_string().into_bytes()).header("OData-Version", "4.0"))
}
