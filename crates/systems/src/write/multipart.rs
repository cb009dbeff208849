//! `$batch` as `multipart/mixed`, which Dataverse takes (B51 to B53). Every part stands for itself: there is no change
//! set, so that a bad record costs no other.

use uuid::Uuid;

use super::{PartAddress, WriteTarget};
use crate::http::{Method, Request, Response};

/// One batch of these requests; `id` makes the boundary, which needs no quotes: some servers take none.
pub(super) fn encode(target: &WriteTarget, id: Uuid, parts: &[Request]) -> Request {
    let boundary = format!("batch_{}", id.hyphenated());
    let mut body = Vec::new();
    for part in parts {
        let head = format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{} {} HTTP/1.1\r\n",
            part.method.as_str(),
            address(target, &part.path)
        );
        body.extend_from_slice(head.as_bytes());
        for (name, value) in &part.headers {
            body.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(part.body.as_deref().unwrap_or_default());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let headers = vec![
        ("Accept", "multipart/mixed".to_owned()),
        ("Content-Type", format!("multipart/mixed; boundary={boundary}")),
        ("Prefer", "odata.continue-on-error".to_owned()),
    ];
    Request { method: Method::Post, path: format!("{}/$batch", target.root()), headers, body: Some(body) }
}

/// A part's address in the form that the service takes.
fn address<'p>(target: &WriteTarget, path: &'p str) -> &'p str {
    match target.part_address {
        PartAddress::Rooted => path,
        PartAddress::Relative => path.strip_prefix(target.root()).unwrap_or(path).trim_start_matches('/'),
    }
}

/// The answers to the parts, in their order; fewer when the batch stopped.
///
/// # Errors
/// When the body is no answer to a batch; says why.
pub(super) fn decode(response: &Response, n_parts: usize) -> Result<Vec<Option<Response>>, String> {
    let content_type = response.header("Content-Type").unwrap_or_default();
    let boundary = boundary(content_type).ok_or_else(|| format!("the content type is `{content_type}`"))?;
    let mut answers = Vec::new();
    collect(&response.body, boundary, &mut answers)?;
    if answers.len() > n_parts {
        return Err(format!("{} answers to {n_parts} parts", answers.len()));
    }
    let mut answers: Vec<Option<Response>> = answers.into_iter().map(Some).collect();
    answers.resize(n_parts, None);
    Ok(answers)
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').map(str::trim);
    if !parameters.next()?.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let is_boundary =
        |parameter: &&str| parameter.get(..9).is_some_and(|it| it.eq_ignore_ascii_case("boundary="));
    Some(parameters.find(is_boundary)?.get(9..)?.trim_matches('"'))
}

/// Reads the parts of one level; change sets hold another.
fn collect(body: &[u8], boundary: &str, answers: &mut Vec<Response>) -> Result<(), String> {
    let delimiter = format!("--{boundary}");
    let mut rest = after(body, delimiter.as_bytes()).ok_or("the boundary does not occur")?;
    while !rest.starts_with(b"--") {
        let end = find(rest, delimiter.as_bytes()).ok_or("the last part has no end")?;
        let (part, next) = rest.split_at(end);
        rest = next.get(delimiter.len()..).unwrap_or_default();
        let (headers, content) = head(trim_start(part)).ok_or("a part has no headers")?;
        let nested = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        match nested.and_then(|(_, value)| self::boundary(value)) {
            Some(inner) => collect(content, inner, answers)?,
            None => answers.push(message(content)?),
        }
    }
    Ok(())
}

/// One answer: status line, headers, body.
fn message(content: &[u8]) -> Result<Response, String> {
    let content = trim_start(content);
    let (line, rest) = line(content).ok_or("an answer has no status line")?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| format!("`{line}` is no status line"))?;
    let (headers, body) = head(rest).unwrap_or_default();
    Ok(Response { status, headers, body: body.trim_ascii().to_vec() })
}

type Head<'b> = (Vec<(String, String)>, &'b [u8]);

/// Headers up to the empty line, and what follows it.
fn head(text: &[u8]) -> Option<Head<'_>> {
    let mut headers = Vec::new();
    let mut rest = text;
    loop {
        let (line, next) = line(rest)?;
        rest = next;
        if line.is_empty() {
            return Some((headers, rest));
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

/// A line without its end, and what follows it.
fn line(text: &[u8]) -> Option<(String, &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
    Some((line, rest.get(1..).unwrap_or_default()))
}

fn trim_start(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\r\n").or_else(|| text.strip_prefix(b"\n")).unwrap_or(text)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn after<'b>(text: &'b [u8], wanted: &[u8]) -> Option<&'b [u8]> {
    text.get(find(text, wanted)? + wanted.len()..)
}
