//! `$batch` (B51 to B53): requests in order, change sets as a whole, references between their parts.

use std::sync::{PoisonError, RwLock};

use super::address::resolve_link;
use super::multipart::{self, Inner, Part};
use super::{
    Links, MALFORMED_QUERY, ROOT, Refusal, Scene, answer_read, answer_write, fault, not_allowed, refuse,
};
use crate::sandbox::Call;
use crate::wire::{Plus, Request, Response, System, percent_decode};
use crate::world::World;

/// B51: no more requests in one batch.
const MOST: usize = 1_000;
/// B5: longest address inside a batch.
const LONGEST_URL: usize = 65_536;

/// What a batch has answered so far.
struct Answers {
    out: Vec<u8>,
    boundary: String,
    /// Status of the first part that failed.
    failed: Option<u16>,
}

/// One item of a batch.
enum Item<'a> {
    Request(Inner<'a>),
    ChangeSet(Vec<(Option<&'a str>, Inner<'a>)>),
}

/// POST `/$batch`.
pub(super) fn answer(
    world: &RwLock<World>,
    scene: Scene<'_>,
    request: &Request<'_>,
) -> Result<Response, Refusal> {
    if request.method != "POST" {
        return Err(not_allowed(request.method));
    }
    let malformed = |message: &str| refuse(400, MALFORMED_QUERY, message);
    let boundary = request.header("Content-Type").and_then(multipart::boundary);
    let boundary = boundary
        .ok_or_else(|| malformed("A batch needs the content type multipart/mixed with a boundary."))?;
    let body = std::str::from_utf8(request.body).map_err(|_| malformed("The batch is not text."))?;
    let parts = multipart::parts(body, boundary).ok_or_else(|| malformed("The batch is not complete."))?;
    let items = parts.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    let count: usize = items.iter().map(|it| if let Item::ChangeSet(all) = it { all.len() } else { 1 }).sum();
    if count > MOST {
        return Err(malformed("The number of requests in a batch must not exceed 1000."));
    }
    let goes_on = request.preference("odata.continue-on-error").is_some();
    let version = world.read().unwrap_or_else(PoisonError::into_inner).version;
    let mut answers =
        Answers { out: Vec::new(), boundary: format!("batchresponse_{version:08x}"), failed: None };
    for item in items {
        match item {
            Item::Request(inner) => single(world, scene, &inner, &mut answers),
            Item::ChangeSet(inners) => change_set(world, scene, &inners, &mut answers),
        }
        if answers.failed.is_some() && !goes_on {
            break;
        }
    }
    answers.out.extend_from_slice(format!("--{}--\r\n", answers.boundary).as_bytes());
    // B53: without the preference the first error is that of the whole.
    let status = answers.failed.filter(|_| !goes_on).unwrap_or(200);
    let content_type = format!("multipart/mixed; boundary={}", answers.boundary);
    Ok(Response::with_body(status, &content_type, answers.out).header("OData-Version", "4.0"))
}

fn item<'a>(part: &Part<'a>) -> Result<Item<'a>, Refusal> {
    let malformed = |message: &str| refuse(400, MALFORMED_QUERY, message);
    let content_type = part.header("Content-Type").unwrap_or_default();
    let Some(boundary) = multipart::boundary(content_type) else {
        let inner = multipart::inner(part.content).ok_or_else(|| malformed("A part holds no request."))?;
        if is_batch(inner.url) {
            return Err(malformed("A batch cannot stand in another one."));
        }
        return Ok(Item::Request(inner));
    };
    let parts =
        multipart::parts(part.content, boundary).ok_or_else(|| malformed("A change set is not complete."))?;
    let mut inners = Vec::new();
    for inside in parts {
        let content_id = inside.header("Content-ID");
        let inner = multipart::inner(inside.content).ok_or_else(|| malformed("A part holds no request."))?;
        if inner.method == "GET" || is_batch(inner.url) {
            return Err(malformed("A change set holds only requests that change data."));
        }
        inners.push((content_id, inner));
    }
    Ok(Item::ChangeSet(inners))
}

fn is_batch(url: &str) -> bool {
    url.split('?').next().is_some_and(|path| path.ends_with("/$batch"))
}

/// One request on its own, in a transaction of its own.
fn single(world: &RwLock<World>, scene: Scene<'_>, inner: &Inner<'_>, answers: &mut Answers) {
    let links = Links::default();
    let outcome = with_request(scene.call, inner, &links, |request| {
        if request.method == "GET" {
            answer_read(&world.read().unwrap_or_else(PoisonError::into_inner), scene, request)
        } else {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            world.atomically(|world| answer_write(world, scene, request))
        }
    });
    let response = outcome.unwrap_or_else(|refusal| *refusal);
    if response.status >= 400 {
        answers.failed.get_or_insert(response.status);
    }
    multipart::write(&mut answers.out, &answers.boundary, None, &response);
}

/// B52: all or nothing; the answer of one that failed stands for all.
fn change_set(
    world: &RwLock<World>,
    scene: Scene<'_>,
    inners: &[(Option<&str>, Inner<'_>)],
    answers: &mut Answers,
) {
    let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
    let outcome = world.atomically(|world| {
        let mut links = Links::default();
        let mut responses = Vec::new();
        for (content_id, inner) in inners {
            let own = inner.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-id"));
            let content_id = content_id.or_else(|| own.map(|(_, value)| value.as_str()));
            let response = with_request(scene.call, inner, &links, |request| {
                answer_write(world, Scene { links: &links, ..scene }, request)
            })?;
            if response.status >= 400 {
                return Err(Box::new(response));
            }
            if let Some(id) = content_id
                && let Some(address) = address_of(&response)
            {
                links.insert(id.to_owned(), address);
            }
            responses.push((content_id, response));
        }
        Ok(responses)
    });
    drop(world);
    match outcome {
        Err(refusal) => {
            answers.failed.get_or_insert(refusal.status);
            multipart::write(&mut answers.out, &answers.boundary, None, &refusal);
        }
        Ok(responses) => {
            let inner = answers.boundary.replace("batchresponse", "changesetresponse");
            let head =
                format!("--{}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n", answers.boundary);
            answers.out.extend_from_slice(head.as_bytes());
            for (content_id, response) in &responses {
                multipart::write(&mut answers.out, &inner, *content_id, response);
            }
            answers.out.extend_from_slice(format!("--{inner}--\r\n").as_bytes());
        }
    }
}

/// The address of the row that a request made or changed.
fn address_of(response: &Response) -> Option<String> {
    if let Some(address) = response.header_value("OData-EntityId") {
        return Some(address.to_owned());
    }
    // With a representation there is no such header (B38): the row tells its table and its id.
    let row: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
    let context = row.get("@odata.context")?.as_str()?;
    let (root, rest) = context.split_once("/$metadata#")?;
    let set = rest.split(['(', '/']).next()?;
    let id = row
        .as_object()?
        .values()
        .filter_map(|it| it.as_str())
        .find(|it| crate::store::Guid::parse(it).is_some())?;
    Some(format!("{root}/{set}({id})"))
}

/// Turns a part into a request as the host would hand it over.
fn with_request(
    call: &Call<'_>,
    inner: &Inner<'_>,
    links: &Links,
    work: impl FnOnce(&Request<'_>) -> Result<Response, Refusal>,
) -> Result<Response, Refusal> {
    let url = resolve_link(links, inner.url)?;
    if url.len() > LONGEST_URL {
        return Err(refuse(400, MALFORMED_QUERY, "The address is longer than 65,536 characters."));
    }
    let base = call.options.dataverse_base_url.as_str();
    let local = url.strip_prefix(base).unwrap_or(&url);
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    // An address may be relative to the API root.
    let path = if percent_decode(path, Plus::IsPlus).contains(ROOT) {
        let at = path.find("/api").unwrap_or_default();
        path.get(at..).unwrap_or_default().to_owned()
    } else {
        format!("{ROOT}2/{}", path.trim_start_matches('/'))
    };
    // S6: a fault may strike this part alone.
    if let Some(status) = call.failing_part(System::Dataverse, &format!("{path}?{query}")) {
        return Err(Box::new(fault(status)));
    }
    let request = Request {
        method: inner.method,
        path: &path,
        query,
        headers: &inner.headers,
        body: inner.body.as_bytes(),
    };
    work(&request)
}
