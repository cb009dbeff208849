//! Any OData v4 service, whoever wrote it: what its `$metadata` says of an entity set, and how many records of it pass a
//! view. Nothing is known of the server's way to compare, so only what every server answers alike or with more records
//! is sent as `$filter`, and every record is judged here.

mod count;
mod dialect;
mod metadata;

#[cfg(test)]
mod abnf;
#[cfg(test)]
mod tests;

use couplet_filter::ViewError;

use crate::error::{PageError, ReadError};

pub use count::{ViewCount, ViewTotal};
pub use metadata::EntitySet;

/// Why records could not be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ODataError {
    /// `$metadata` cannot be read.
    #[error("cannot read $metadata: {detail}")]
    Metadata {
        /// Where and why, in the reader's words.
        detail: String,
    },
    /// `$metadata` names no such entity set.
    #[error("expected an entity set of the service, found `{name}`; it has {}", list(.known))]
    NoEntitySet {
        /// What was asked for.
        name: String,
        /// What there is, in the order of the document.
        known: Vec<String>,
    },
    /// The view cannot be read, or does not fit the entity set.
    #[error("the view, from character {}: {}", .0.span.start + 1, .0)]
    View(ViewError),
    /// The service refused, without a filter too.
    #[error("the service answered {status} {code}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The service's own code; empty when it gave none.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// A page of records is malformed.
    #[error(transparent)]
    Page(PageError),
    /// The link to the next page leads to another server; it is not followed.
    #[error("the link to the next page leads to another server: {link}")]
    ForeignLink {
        /// The link.
        link: String,
    },
    /// The link to the next page leads to a page that was read already.
    #[error("the pages go in a circle: {link}")]
    Circle {
        /// The link.
        link: String,
    },
}

impl From<ReadError> for ODataError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Page(error) => ODataError::Page(error),
            ReadError::ForeignLink { link } => ODataError::ForeignLink { link },
            ReadError::Service(error) => {
                ODataError::Refused { status: error.status, code: error.code, message: error.message }
            }
            other => ODataError::Metadata { detail: other.to_string() },
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
