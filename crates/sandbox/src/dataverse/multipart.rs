//! `multipart/mixed` bodies: parts by their boundary, and the HTTP requests inside them (B51, B52). Knows no row.

use crate::wire::Response;

/// One part: its own headers, and what follows them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    headers: Vec<(&'a str, &'a str)>,
    pub(super) content: &'a str,
}

impl<'a> Part<'a> {
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// A request inside a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Inner<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: &'a str,
}

/// The boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    Some(value).filter(|value| !value.is_empty())
}

/// The parts of a body; none when it does not end with its closing line.
pub(super) fn parts<'a>(body: &'a str, boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let mut pieces = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let line = line.trim_end();
        let closes = line.strip_prefix(delimiter.as_str()) == Some("--");
        if line == delimiter || closes {
            if let Some(start) = start.take() {
                pieces.push(body.get(start..begin)?);
            }
            if closes {
                return Some(pieces.into_iter().map(part).collect());
            }
            start = Some(at);
        }
    }
    None
}

fn part(text: &str) -> Part<'_> {
    let (headers, content) = head_and_rest(text);
    Part { headers, content }
}

/// Header lines up to the first blank one, and the rest.
fn head_and_rest(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut headers = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        if line.is_empty() {
            // Some clients begin a part with blank lines.
            if headers.is_empty() {
                continue;
            }
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim(), value.trim()));
        }
    }
    (headers, text.get(at..).unwrap_or_default())
}

/// Reads the request in a part of type `application/http`.
pub(super) fn inner(content: &str) -> Option<Inner<'_>> {
    let content = content.trim_start();
    let (line, rest) = content.split_once('\n').unwrap_or((content, ""));
    let line = line.trim();
    let (method, rest_of_line) = line.split_once(' ')?;
    let url = rest_of_line.trim().strip_suffix("HTTP/1.1").unwrap_or(rest_of_line).trim();
    let (headers, body) = match rest.trim_start_matches('\r').strip_prefix('\n') {
        // No header at all.
        Some(body) => (Vec::new(), body),
        None => head_and_rest(rest),
    };
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let known = matches!(method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE");
    (known && !url.is_empty()).then(|| Inner { method, url, headers, body: body.trim() })
}

/// Appends an answer as a part.
pub(super) fn write(out: &mut Vec<u8>, boundary: &str, content_id: Option<&str>, response: &Response) {
    let mut text =
        format!("--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = content_id {
        text.push_str(&format!("Content-ID: {id}\r\n"));
    }
    text.push_str(&format!("\r\nHTTP/1.1 {} {}\r\n", response.status, reason(response.status)));
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(&response.body);
    out.extend_from_slice(b"\r\n");
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b51_parts_and_their_requests_are_read() {
        for end in ["\r\n", "\n"] {
            let body = [
                "--b",
                "Content-Type: application/http",
                "Content-ID: 7",
                "",
                "POST /api/x HTTP/1.1",
                "Content-Type: application/json; type=entry",
                "",
                "{ \"a\": \"--b\" }",
                "--b",
                "",
                "GET y?$top=1 HTTP/1.1",
                "",
                "--b--",
                "",
            ]
            .join(end);
            let parts = parts(&body, "b").expect("two parts");
            assert_eq!((parts.len(), parts[0].header("content-id")), (2, Some("7")));
            let first = inner(parts[0].content).expect("a request");
            assert_eq!((first.method, first.url, first.body), ("POST", "/api/x", "{ \"a\": \"--b\" }"));
            assert_eq!(first.headers.len(), 1);
        }
        assert_eq!(boundary("multipart/mixed; boundary=\"b_1\""), Some("b_1"));
        assert_eq!(boundary("multipart/mixed;boundary=b"), Some("b"));
        assert_eq!(boundary("application/json"), None);
        assert_eq!(parts("--b\r\nx", "b"), None);
    }
}
