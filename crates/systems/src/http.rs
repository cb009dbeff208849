//! Requests and answers as values. Who sends them, over what and with which token, is the caller's business.

use jiff::Timestamp;
use uuid::Uuid;

/// Header with the id of a request.
pub const REQUEST_ID: &str = "x-ms-client-request-id";

/// An HTTP method of the two contracts (A38, B5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create, batch or call.
    Post,
    /// Update.
    Patch,
    /// Delete.
    Delete,
}

impl Method {
    /// The method as it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A request to one of the two services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// What follows the connection's base URL: starts with a slash, holds the query, percent-encoded.
    pub path: String,
    /// Headers of the contract. The token, cookies and anti-forgery headers are the sender's.
    pub headers: Vec<(&'static str, String)>,
    /// Body; none for reading.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A GET that asks for JSON.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        let headers = vec![("Accept", "application/json".to_owned())];
        Request { method: Method::Get, path: path.into(), headers, body: None }
    }

    /// Adds a header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of this header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers as received; names in any case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of this header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// When the service says that it answered, in whole seconds; none when it does not.
    pub fn date(&self) -> Option<Timestamp> {
        http_date(self.header("Date")?)
    }

    /// Whether the status says success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A moment as headers write it.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value.trim()).ok()
}

/// Ids for the requests of one run, so that a line of either log can be found in the other. Randomness comes from outside:
/// the run's own id.
#[derive(Debug, Clone)]
pub struct RequestIds {
    run: u128,
    n_given: u128,
}

impl RequestIds {
    /// Ids that belong to this run.
    pub fn new(run: Uuid) -> Self {
        RequestIds { run: run.as_u128(), n_given: 0 }
    }

    /// The next one: the run's id, counted up.
    pub fn give(&mut self) -> Uuid {
        self.n_given += 1;
        Uuid::from_u128(self.run.wrapping_add(self.n_given))
    }

    /// Gives a request the next one.
    pub fn mark(&mut self, request: Request) -> Request {
        let id = self.give();
        request.with(REQUEST_ID, id.hyphenated().to_string())
    }
}

/// What a procedure of several requests wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// Send these, all at once if you like, and give the answers back in the same order.
    Send(Vec<Request>),
    /// The procedure is finished.
    Done(T),
}

/// A task that takes several requests: the caller sends what it asks for and gives the answers back.
pub trait Procedure {
    /// What comes out.
    type Output;

    /// The first requests.
    fn start(&mut self) -> Step<Self::Output>;

    /// Takes the answers to the requests last asked for, in their order.
    ///
    /// # Errors
    /// When a service refused, or an answer cannot be read.
    fn accept(&mut self, responses: &[Response]) -> Result<Step<Self::Output>, crate::ReadError>;
}
