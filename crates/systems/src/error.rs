//! What can go wrong with an answer, as facts with a code. The words for people are in the locale files; `Display`
//! is English for logs. Failures of the network are the sender's to report.

use couplet_engine::Side;
use serde::Deserialize;
use std::borrow::Cow;

use crate::http::Response;

/// Longest piece of a service's answer that is kept, in characters.
const MAX_MESSAGE: usize = 2_000;

/// What a service's refusal means (A55, B55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceErrorKind {
    /// 400: the request or a business rule.
    BadRequest,
    /// 401: no valid token, or no permission to open the company.
    Unauthorized,
    /// 403: a privilege is missing.
    Forbidden,
    /// 404: no such route, set or record.
    NotFound,
    /// 405: the verb is not allowed, or the endpoint is switched off.
    MethodNotAllowed,
    /// 408 and 504: the service worked too long.
    TimedOut,
    /// 409 and 412: changed by another, or a duplicate.
    Conflict,
    /// 413: ask for smaller pages (A26).
    TooLarge,
    /// 429: too many requests (A56, B56).
    Throttled,
    /// 502 and 503: try again later.
    Unavailable,
    /// 501: the service does not offer this.
    NotImplemented,
    /// Any other 5xx.
    Server,
    /// Any other status.
    Unexpected,
}

impl ServiceErrorKind {
    /// The meaning of a status.
    pub fn of_status(status: u16) -> Self {
        match status {
            400 => Self::BadRequest,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 | 504 => Self::TimedOut,
            409 | 412 => Self::Conflict,
            413 => Self::TooLarge,
            429 => Self::Throttled,
            501 => Self::NotImplemented,
            502 | 503 => Self::Unavailable,
            500..=599 => Self::Server,
            _ => Self::Unexpected,
        }
    }

    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "service.bad-request",
            Self::Unauthorized => "service.unauthorized",
            Self::Forbidden => "service.forbidden",
            Self::NotFound => "service.not-found",
            Self::MethodNotAllowed => "service.method-not-allowed",
            Self::TimedOut => "service.timed-out",
            Self::Conflict => "service.conflict",
            Self::TooLarge => "service.too-large",
            Self::Throttled => "service.throttled",
            Self::Unavailable => "service.unavailable",
            Self::NotImplemented => "service.not-implemented",
            Self::Server => "service.server",
            Self::Unexpected => "service.unexpected",
        }
    }
}

/// A service refused a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{side:?} answered {status} {code}: {message}")]
pub struct ServiceError {
    /// Which service.
    pub side: Side,
    /// HTTP status.
    pub status: u16,
    /// The service's own code (`Application_DialogException`, `0x80040217`); empty when it gave none.
    pub code: String,
    /// The service's own words (A53, B54); the start of the body when it is no OData error.
    pub message: String,
    /// What it means.
    pub kind: ServiceErrorKind,
}

#[derive(Deserialize)]
struct ErrorBody<'a> {
    #[serde(borrow)]
    error: ErrorDetail<'a>,
}

#[derive(Deserialize)]
struct ErrorDetail<'a> {
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
}

impl ServiceError {
    /// Reads a refusal.
    pub fn from_response(side: Side, response: &Response) -> Self {
        let kind = ServiceErrorKind::of_status(response.status);
        let (code, message) = match serde_json::from_slice::<ErrorBody<'_>>(&response.body) {
            Ok(ErrorBody { error }) => (error.code.into_owned(), error.message.trim().to_owned()),
            Err(_) => (String::new(), String::from_utf8_lossy(&response.body).trim().to_owned()),
        };
        let message = shorten(&message, MAX_MESSAGE);
        ServiceError { side, status: response.status, code, message, kind }
    }

    /// The answer if it is a success.
    ///
    /// # Errors
    /// The refusal otherwise.
    pub fn check(side: Side, response: &Response) -> Result<&Response, ServiceError> {
        if response.is_success() { Ok(response) } else { Err(Self::from_response(side, response)) }
    }
}

/// What a cell should have held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number of at most 28 digits.
    Decimal,
    /// True or false.
    Boolean,
    /// The name of an option member (Business Central) or a choice number (Dataverse).
    Option,
    /// A date.
    Date,
    /// A date and time in UTC.
    DateTime,
    /// A time of day.
    Time,
    /// A duration.
    Duration,
    /// A GUID.
    Guid,
    /// A record.
    Record,
}

impl Expected {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Text => "value.text",
            Self::Integer => "value.integer",
            Self::Decimal => "value.decimal",
            Self::Boolean => "value.boolean",
            Self::Option => "value.option",
            Self::Date => "value.date",
            Self::DateTime => "value.date-time",
            Self::Time => "value.time",
            Self::Duration => "value.duration",
            Self::Guid => "value.guid",
            Self::Record => "value.record",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Boolean => "true or false",
            Self::Option => "an option value",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Guid => "a GUID",
            Self::Record => "a record",
        }
    }
}

/// What a cell held instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This text.
    Text(String),
    /// This number.
    Number(String),
    /// True or false.
    Boolean(bool),
    /// Null.
    Null,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Found {
    pub(crate) fn text(text: &str) -> Self {
        Found::Text(shorten(text, 80))
    }

    /// Key of its text in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            Found::Text(_) => "found.text",
            Found::Number(_) => "found.number",
            Found::Boolean(_) => "found.boolean",
            Found::Null => "found.null",
            Found::List => "found.list",
            Found::Object => "found.object",
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Text(text) => write!(formatter, "text `{text}`"),
            Found::Number(text) => write!(formatter, "the number {text}"),
            Found::Boolean(value) => write!(formatter, "{value}"),
            Found::Null => formatter.write_str("null"),
            Found::List => formatter.write_str("a list"),
            Found::Object => formatter.write_str("an object"),
        }
    }
}

/// A page of records cannot be read. None of its rows was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The answer ends too early.
    #[error("the page ends after row {n_rows}")]
    Truncated {
        /// Complete rows before the end.
        n_rows: usize,
    },
    /// The answer is not JSON.
    #[error("the page is not JSON after row {n_rows}, line {line}, column {column}")]
    NotJson {
        /// Complete rows before the fault.
        n_rows: usize,
        /// Line of the body, from 1.
        line: usize,
        /// Column of the line, from 1.
        column: usize,
    },
    /// The answer has no list of records.
    #[error("the page holds no records: expected a member `value` with a list")]
    NoRecords,
    /// A cell holds something else than its column.
    #[error("row {row} of the page, `{property}`: expected {}, found {found}", .expected.words())]
    MalformedRow {
        /// Row of the page, from 1.
        row: usize,
        /// Property name on the wire; empty when the row itself is no record.
        property: String,
        /// What the column holds.
        expected: Expected,
        /// What was there.
        found: Found,
    },
    /// A record lacks a property that was asked for.
    #[error("row {row} of the page: `{property}` is missing")]
    MissingProperty {
        /// Row of the page, from 1.
        row: usize,
        /// Property name on the wire.
        property: String,
    },
    /// A record has a property twice.
    #[error("row {row} of the page: `{property}` appears twice")]
    RepeatedProperty {
        /// Row of the page, from 1.
        row: usize,
        /// Property name on the wire.
        property: String,
    },
}

impl PageError {
    /// Key of its text in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            PageError::Truncated { .. } => "page.truncated",
            PageError::NotJson { .. } => "page.not-json",
            PageError::NoRecords => "page.no-records",
            PageError::MalformedRow { .. } => "page.malformed-row",
            PageError::MissingProperty { .. } => "page.missing-property",
            PageError::RepeatedProperty { .. } => "page.repeated-property",
        }
    }

    /// Row of the page the fault is in, from 1.
    pub fn row(&self) -> Option<usize> {
        match self {
            PageError::MalformedRow { row, .. }
            | PageError::MissingProperty { row, .. }
            | PageError::RepeatedProperty { row, .. } => Some(*row),
            PageError::Truncated { n_rows } | PageError::NotJson { n_rows, .. } => Some(n_rows + 1),
            PageError::NoRecords => None,
        }
    }
}

/// What a metadata answer was to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataPart {
    /// The list of companies (A1).
    Companies,
    /// A `$metadata` document (A7).
    Edmx,
    /// The companion's list of table fields.
    TableFields,
    /// A Dataverse table definition (B31).
    EntityDefinition,
    /// Dataverse columns (B32).
    Attributes,
    /// WhoAmI (B16).
    WhoAmI,
    /// RetrieveVersion (B17).
    Version,
    /// The `bcbi_company` rows.
    CompanyRows,
    /// A count (A27, B27).
    Count,
    /// RetrieveTotalRecordCount (B18).
    TotalRecordCount,
    /// The list of environments (A8, C14).
    Environments,
}

impl MetadataPart {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Companies => "metadata.companies",
            Self::Edmx => "metadata.edmx",
            Self::TableFields => "metadata.table-fields",
            Self::EntityDefinition => "metadata.entity-definition",
            Self::Attributes => "metadata.attributes",
            Self::WhoAmI => "metadata.who-am-i",
            Self::Version => "metadata.version",
            Self::CompanyRows => "metadata.company-rows",
            Self::Count => "metadata.count",
            Self::TotalRecordCount => "metadata.total-record-count",
            Self::Environments => "metadata.environments",
        }
    }
}

/// Why something could not be read from a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The service refused.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A page of records is malformed.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Another answer is malformed.
    #[error("{side:?}: cannot read {part:?}: {detail}")]
    Malformed {
        /// Which service.
        side: Side,
        /// What was asked for.
        part: MetadataPart,
        /// Where and why, in the reader's words (English, for the log).
        detail: String,
    },
    /// The link to the next page leads away from the connection; it is not followed.
    #[error("the link to the next page leads to another address: {link}")]
    ForeignLink {
        /// The link.
        link: String,
    },
    /// Fewer answers were given back than requests were asked for.
    #[error("an answer is missing")]
    MissingAnswer,
}

impl ReadError {
    /// Key of its text in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Service(error) => error.kind.code(),
            ReadError::Page(error) => error.code(),
            ReadError::Malformed { .. } => "metadata.malformed",
            ReadError::ForeignLink { .. } => "page.foreign-link",
            ReadError::MissingAnswer => "page.missing-answer",
        }
    }
}

/// The first `max` characters.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(side: Side, status: u16, body: &str) -> ServiceError {
        ServiceError::from_response(side, &Response { status, headers: Vec::new(), body: body.into() })
    }

    #[test]
    fn a53_keeps_code_and_words_of_business_central() {
        let body = r#"{"error":{"code":"Application_DialogException","message":"A \"displayName\" is needed.  CorrelationId:  6f."}}"#;
        let error = refusal(Side::BusinessCentral, 400, body);
        assert_eq!(error.code, "Application_DialogException");
        assert_eq!(error.message, "A \"displayName\" is needed.  CorrelationId:  6f.");
        assert_eq!(error.kind.code(), "service.bad-request");
    }

    #[test]
    fn b54_accepts_an_empty_code_and_b56_is_throttling() {
        let error = refusal(Side::Dataverse, 429, r#"{"error":{"code":"","message":"slow down"}}"#);
        assert_eq!((error.code.as_str(), error.kind), ("", ServiceErrorKind::Throttled));
    }

    #[test]
    fn an_answer_that_is_no_odata_error_keeps_its_text() {
        let error = refusal(Side::Dataverse, 502, "<html>Bad Gateway</html>\n");
        assert_eq!(error.message, "<html>Bad Gateway</html>");
        assert_eq!(error.kind, ServiceErrorKind::Unavailable);
        assert!(refusal(Side::Dataverse, 500, &"é".repeat(5_000)).message.chars().count() <= MAX_MESSAGE + 1);
    }
}
