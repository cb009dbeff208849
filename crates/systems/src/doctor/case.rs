//! Everything that was heard: the answers by what they are about, the ways to Business Central's tables, the clocks.

use couplet_engine::{IntegrationTableMapping, Side};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use rustc_hash::FxHashMap;
use serde_json::Value;
use uuid::Uuid;

use super::{Check, Exchange, Fact, Reply, Subject, Verdict};
use crate::business_central::BusinessCentralTables;
use crate::error::ServiceError;
use crate::http::Response;

/// What a request is about; each is asked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Companies,
    LedgerSetup,
    /// Records of the table with this number.
    Records(u32),
    WhoAmI,
    Version,
    Solutions,
    Organization,
    Currencies,
    Definitions,
    User,
    Roles,
    Privileges,
    CompanyRows,
    Team,
    TeamRoles,
}

/// Why a question has no answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    Refused(ServiceError),
    Lost { code: String },
    Unreadable { detail: String },
}

/// A question with what came of it.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) exchange: Exchange,
    pub(super) body: Result<Value, Silence>,
}

/// How far the ways to Business Central's tables are known.
#[derive(Debug)]
pub(super) enum Ways {
    Unknown,
    Known(BusinessCentralTables),
    /// Refused, lost or unreadable: the exchanges tell.
    Failed,
}

/// Everything that was heard.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) subject: Subject,
    pub(super) heard: FxHashMap<Topic, Heard>,
    pub(super) ways: Ways,
    /// Requests for the ways, with what came.
    pub(super) way_exchanges: Vec<Exchange>,
    /// Smallest difference of the clocks seen so far, in milliseconds: Business Central's, Dataverse's. Positive when the
    /// service is ahead.
    clocks: [Option<i64>; 2],
}

/// A verdict with what it rests on; the error is one without.
pub(super) type Outcome = Result<(Verdict, Vec<Fact>), Verdict>;

impl Case {
    pub(super) fn new(subject: Subject) -> Self {
        Case {
            subject,
            heard: FxHashMap::default(),
            ways: Ways::Unknown,
            way_exchanges: Vec::new(),
            clocks: [None; 2],
        }
    }

    /// Takes what came of a question.
    pub(super) fn hear(&mut self, topic: Topic, side: Side, asked: String, reply: &Reply) {
        self.look_at_clock(side, reply);
        let body = match reply {
            Reply::Lost { code } => Err(Silence::Lost { code: code.clone() }),
            Reply::Answer { response, .. } => body(side, response),
        };
        let exchange = Exchange { asked, came: came(side, reply) };
        self.heard.insert(topic, Heard { exchange, body });
    }

    /// Compares the moment in an answer with the time between sending and receiving; an answer names whole seconds.
    pub(super) fn look_at_clock(&mut self, side: Side, reply: &Reply) {
        let Reply::Answer { response, sent, received } = reply else { return };
        let Some(date) = response.header("Date") else { return };
        let Ok(date) = DateTimeParser::new().parse_timestamp(date) else { return };
        let milliseconds = |moment: Timestamp| moment.as_millisecond();
        let (date, earliest, latest) =
            (milliseconds(date), milliseconds(*sent) - 999, milliseconds(*received));
        let difference = date - date.clamp(earliest, latest.max(earliest));
        let clock = self.clock_mut(side);
        if clock.is_none_or(|known| difference.abs() < known.abs()) {
            *clock = Some(difference);
        }
    }

    fn clock_mut(&mut self, side: Side) -> &mut Option<i64> {
        let [business_central, dataverse] = &mut self.clocks;
        match side {
            Side::BusinessCentral => business_central,
            Side::Dataverse => dataverse,
        }
    }

    pub(super) fn clock(&self, side: Side) -> Option<i64> {
        let [business_central, dataverse] = self.clocks;
        match side {
            Side::BusinessCentral => business_central,
            Side::Dataverse => dataverse,
        }
    }

    /// The body of an answer, when it was a success.
    pub(super) fn body(&self, topic: Topic) -> Option<&Value> {
        self.heard.get(&topic)?.body.as_ref().ok()
    }

    /// The body of an answer; otherwise that the check cannot be made, and what has to succeed first.
    pub(super) fn answer(&self, topic: Topic, after: Check) -> Result<&Value, Verdict> {
        match self.heard.get(&topic) {
            None => Err(Verdict::NotMade { after: Some(after) }),
            Some(heard) => heard.body.as_ref().map_err(|_| Verdict::NotMade { after: None }),
        }
    }

    /// Why a question was refused.
    pub(super) fn refusal(&self, topic: Topic) -> Option<&ServiceError> {
        match &self.heard.get(&topic)?.body {
            Err(Silence::Refused(error)) => Some(error),
            _ => None,
        }
    }

    /// The company that is examined: the one the app works with, or the first.
    pub(super) fn company(&self) -> Option<Uuid> {
        let list = rows(self.body(Topic::Companies)?);
        let mut ids = list.iter().filter_map(|row| id(row, "id"));
        match self.subject.company {
            Some(wanted) => ids.find(|id| *id == wanted),
            None => ids.next(),
        }
    }

    /// The connected Dataverse user.
    pub(super) fn user(&self) -> Option<Uuid> {
        id(self.body(Topic::WhoAmI)?, "UserId")
    }

    /// The company's row in Dataverse, found by the company's id (S7.5).
    pub(super) fn company_row(&self) -> Option<&Value> {
        let company = self.company()?;
        let list = rows(self.body(Topic::CompanyRows)?);
        list.iter().find(|row| id(row, "bcbi_externalid") == Some(company))
    }

    /// The id of that row: what a filter on rows of the company names.
    pub(super) fn company_row_id(&self) -> Option<Uuid> {
        id(self.company_row()?, "bcbi_companyid")
    }

    /// The team that owns new rows of the company.
    pub(super) fn team(&self) -> Option<Uuid> {
        id(self.company_row()?, "_bcbi_defaultowningteam_value")
    }

    /// The ways to Business Central's tables; otherwise that the check cannot be made.
    pub(super) fn ways(&self) -> Result<&BusinessCentralTables, Verdict> {
        match &self.ways {
            Ways::Known(tables) => Ok(tables),
            Ways::Failed => Err(Verdict::NotMade { after: None }),
            Ways::Unknown => Err(Verdict::NotMade { after: Some(Check::BusinessCentralCompany) }),
        }
    }

    /// The definition of a mapping's Dataverse table.
    pub(super) fn definition(&self, mapping: &IntegrationTableMapping) -> Option<&Value> {
        let list = rows(self.body(Topic::Definitions)?);
        list.iter().find(|row| text(row, "LogicalName") == mapping.integration_table)
    }
}

/// What came of a request, for the evidence.
pub(super) fn came(side: Side, reply: &Reply) -> String {
    match reply {
        Reply::Lost { code } => code.clone(),
        Reply::Answer { response, .. } if response.is_success() => response.status.to_string(),
        Reply::Answer { response, .. } => {
            let ServiceError { status, code, message, .. } = ServiceError::from_response(side, response);
            format!("{status} {code} {message}").split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

fn body(side: Side, response: &Response) -> Result<Value, Silence> {
    ServiceError::check(side, response).map_err(Silence::Refused)?;
    serde_json::from_slice(&response.body).map_err(|error| Silence::Unreadable { detail: error.to_string() })
}

/// The elements of a list answer.
pub(super) fn rows(body: &Value) -> &[Value] {
    body.get("value").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text; empty when there is none.
pub(super) fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// An id, also one in braces.
pub(super) fn id(row: &Value, name: &str) -> Option<Uuid> {
    Uuid::parse_str(text(row, name).trim()).ok()
}

/// Yes or no; no when it is neither.
pub(super) fn flag(row: &Value, name: &str) -> bool {
    row.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// What a property holds, as evidence.
pub(super) fn fact(row: &Value, name: &'static str) -> Fact {
    let value = match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "null".to_owned(),
    };
    Fact { name, value }
}
