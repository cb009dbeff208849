//! What can go wrong outside the rules: facts with data. The words are in the locale files (`text::failure`).

use couplet_systems::{ReadError, ServiceError};

use crate::browser::storage::StorageError;

/// Why something asked of a system or of the browser did not come.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// A person stopped it.
    Cancelled,
    /// The proxy does not answer.
    ProxyUnreachable {
        /// The browser's own words.
        detail: String,
    },
    /// The body of an answer ended early.
    CutOff {
        /// The browser's own words.
        detail: String,
    },
    /// A part of the program that is fetched when it is first needed did not arrive.
    PartMissing,
    /// No session: the page was not opened with the address that the proxy printed.
    NoSession,
    /// The proxy refused.
    ProxyStatus {
        /// HTTP status.
        status: u16,
    },
    /// The proxy could not or would not forward a request.
    ProxyRefused {
        /// Its code, such as `proxy.service-unreachable`.
        code: String,
    },
    /// The proxy's answer could not be read.
    ProxyAnswer {
        /// What was wrong.
        detail: String,
    },
    /// The proxy knows no connection of this kind.
    NotConnected,
    /// The connection has no company.
    NoCompany,
    /// The company that this browser works with is not in the environment any more, or not for this account.
    CompanyGone,
    /// The system refused, in its own words.
    Service(ServiceError),
    /// A page of records could not be read.
    Read(ReadError),
    /// The metadata has no such table.
    UnknownTable {
        /// Its name.
        table: String,
    },
    /// What is stored in the browser cannot be read.
    StoredData {
        /// Why.
        reason: StorageError,
    },
}

impl Failure {
    /// What a person who looks for the cause needs to know: the words of browser, proxy or service, else the kind.
    pub fn detail(&self) -> String {
        match self {
            Failure::ProxyUnreachable { detail }
            | Failure::CutOff { detail }
            | Failure::ProxyAnswer { detail } => detail.clone(),
            Failure::ProxyRefused { code } => code.clone(),
            Failure::ProxyStatus { status } => status.to_string(),
            other => format!("{other:?}"),
        }
    }
}
