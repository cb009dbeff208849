//! The connection doctor: proofs about both connections and every mapping instead of one test button. Which proofs there
//! are is in `check`, what is asked in `examination`, what came in `case`, and what it means in the files of `judge`.

mod case;
mod check;
mod examination;
mod judge;

use couplet_engine::{IntegrationTableMapping, MappingName, Side};
use jiff::Timestamp;
use uuid::Uuid;

use crate::http::{Request, Response};
pub use check::{Check, Problem};
pub use examination::Examination;

/// What is examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Base URL of the connection to Business Central.
    pub business_central_url: String,
    /// The company the app works with; the first one that Business Central lists when it is not known.
    pub company: Option<Uuid>,
    /// Under whose name the connection to Business Central signs in, as far as the proxy knows; Business Central itself
    /// does not tell.
    pub business_central_account: String,
    /// The mappings.
    pub mappings: Vec<IntegrationTableMapping>,
}

/// A request of the examination, to one of the systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which system.
    pub side: Side,
    /// What is asked.
    pub request: Request,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The service answered.
    Answer {
        /// Its answer, a refusal too.
        response: Response,
        /// When the request was sent, by the caller's clock.
        sent: Timestamp,
        /// When the answer was here, by the same clock.
        received: Timestamp,
    },
    /// It did not: the network, or whoever forwards and signs in.
    Lost {
        /// Why, as a code such as `proxy.service-unreachable`.
        code: String,
    },
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Proven.
    Green,
    /// It works, but not as it should.
    Amber(Problem),
    /// It does not work.
    Red(Problem),
    /// The check could not be made.
    NotMade {
        /// The check that has to succeed first; none when the question itself was refused or its answer was unreadable.
        after: Option<Check>,
    },
}

/// Something that a service said, under the name it has on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `isdisabled`.
    pub name: &'static str,
    /// `true`.
    pub value: String,
}

/// One request with what came of it, for the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Method and path.
    pub asked: String,
    /// Status, code and the service's own words; or the code of what kept it from answering.
    pub came: String,
}

/// The outcome of one check with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// The mapping that it is about.
    pub mapping: Option<MappingName>,
    /// How it ended.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub facts: Vec<Fact>,
    /// What was asked for it, and what came.
    pub exchanges: Vec<Exchange>,
}
