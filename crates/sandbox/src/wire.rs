//! Requests and responses as the host hands them over, and the reading of addresses. No rule of either system.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Which of the two stand-ins is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum System {
    /// The stand-in of Business Central (facts A).
    BusinessCentral,
    /// The stand-in of Dataverse (facts B).
    Dataverse,
}

/// One HTTP request, already received by the host.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The verb in upper case, such as `GET`.
    pub method: &'a str,
    /// The path after the base address, such as `/api/v2.0/companies`.
    pub path: &'a str,
    /// The raw query string without the question mark.
    pub query: &'a str,
    /// Header names (any case) and values.
    pub headers: &'a [(String, String)],
    /// The body, empty when there is none.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The first value of a header, its name compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of one preference over all `Prefer` headers, quotes removed; empty when it has no value.
    #[must_use]
    pub fn preference(&self, name: &str) -> Option<String> {
        let prefer = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("prefer"));
        prefer.flat_map(|(_, value)| split_outside_quotes(value, &[',', ';'])).find_map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let matches = key.trim().eq_ignore_ascii_case(name);
            matches.then(|| value.trim().trim_matches('"').to_owned())
        })
    }
}

/// How the host delivers a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// As it is.
    #[default]
    Whole,
    /// Headers and the first bytes of the body, then the connection is closed (S6, half page).
    CutAfter(usize),
    /// No answer at all: the connection is closed at once, as if the service were stopped.
    Refused,
}

/// One HTTP response for the host to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names and values, `X-Sandbox` included (S7).
    pub headers: Vec<(String, String)>,
    /// The body; its length is not among the headers.
    pub body: Vec<u8>,
    /// Milliseconds the host waits before it answers (S6, slow answer).
    pub delay_ms: u64,
    /// Whether the host delivers the answer whole.
    pub delivery: Delivery,
}

impl Response {
    /// A response without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), delay_ms: 0, delivery: Delivery::Whole }
    }

    /// A response with a body of the given media type.
    pub(crate) fn with_body(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let mut response = Self::empty(status);
        response.body = body;
        response.header("Content-Type", content_type)
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first value of a header, its name compared without case.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Undoes percent encoding; `+` stays a plus in a path and is a space in a query.
pub(crate) fn percent_decode(text: &str, plus: Plus) -> Cow<'_, str> {
    if !text.contains('%') && (plus == Plus::IsPlus || !text.contains('+')) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' if plus == Plus::IsSpace => out.push(b' '),
            b'%' => {
                let mut rest = bytes.clone();
                match (rest.next().and_then(hex_digit), rest.next().and_then(hex_digit)) {
                    (Some(high), Some(low)) => {
                        out.push(high * 16 + low);
                        bytes = rest;
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// What a plus sign stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    /// In paths.
    IsPlus,
    /// In query strings.
    IsSpace,
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Encodes everything but unreserved characters and a few that are harmless in a query.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'$'
            | b','
            | b'('
            | b')'
            | b'\'' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    out
}

/// The decoded options of a query string, in their order.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let decode = |text| percent_decode(text, Plus::IsSpace).into_owned();
            (decode(key), decode(value))
        })
        .collect()
}

/// Splits at any of the separators that stands outside single quotes, double quotes and parentheses.
pub(crate) fn split_outside_quotes<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_u32, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && separators.contains(&character) => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}
