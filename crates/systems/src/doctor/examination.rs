//! The examination as a procedure over both systems: whoever asks it sends what it wants and gives the replies back, until
//! it wants nothing more. It stops at nothing: a refusal is a finding. It writes nothing.

use couplet_engine::Side;
use rustc_hash::FxHashSet;

use super::case::{Case, Topic, Ways, came};
use super::{Ask, Exchange, Finding, Reply, Subject, judge};
use crate::binding::{API_V2_ROUTE, BindingKind};
use crate::business_central::BusinessCentralMetadata;
use crate::dataverse::{WEB_API_ROUTE, who_am_i_request};
use crate::http::{Procedure, Request, Response, Step};
use crate::read::service_get;
use crate::url::encode;

/// What a request that is under way belongs to.
#[derive(Debug, Clone, Copy)]
enum Pending {
    Topic(Topic),
    /// The ways to Business Central's tables.
    Ways,
}

/// The examination of both connections.
#[derive(Debug)]
pub struct Examination {
    case: Case,
    asked: FxHashSet<Topic>,
    pending: Vec<(Pending, Ask)>,
    ways: Option<BusinessCentralMetadata>,
    n_requests: usize,
}

impl Examination {
    /// Begins an examination.
    pub fn new(subject: Subject) -> Self {
        Examination {
            case: Case::new(subject),
            asked: FxHashSet::default(),
            pending: Vec::new(),
            ways: None,
            n_requests: 0,
        }
    }

    /// The first requests; they may be sent together.
    pub fn start(&mut self) -> Vec<Ask> {
        self.ask_next(Vec::new())
    }

    /// Takes the replies to the requests last asked for, in their order, and gives the next ones: none when everything
    /// is known. A reply that is missing counts as one that did not come.
    pub fn accept(&mut self, replies: &[Reply]) -> Vec<Ask> {
        let pending = std::mem::take(&mut self.pending);
        let missing = Reply::Lost { code: String::new() };
        let mut of_ways = Vec::new();
        for (at, (belongs_to, ask)) in pending.into_iter().enumerate() {
            let reply = replies.get(at).unwrap_or(&missing);
            let asked = format!("{} {}", ask.request.method.as_str(), ask.request.path);
            match belongs_to {
                Pending::Topic(topic) => self.case.hear(topic, ask.side, asked, reply),
                Pending::Ways => {
                    self.case.look_at_clock(ask.side, reply);
                    self.case.way_exchanges.push(Exchange { asked, came: came(ask.side, reply) });
                    of_ways.push(reply);
                }
            }
        }
        let more = if of_ways.is_empty() { Vec::new() } else { self.accept_ways(&of_ways) };
        self.ask_next(more)
    }

    /// Requests asked for so far.
    pub fn n_requests(&self) -> usize {
        self.n_requests
    }

    /// What the checks found, in the order of [`Check::ALL`](super::Check::ALL), those of mappings mapping by mapping.
    pub fn findings(&self) -> Vec<Finding> {
        judge::findings(&self.case)
    }

    fn ask_next(&mut self, more: Vec<Request>) -> Vec<Ask> {
        let mut next: Vec<(Pending, Request)> =
            more.into_iter().map(|request| (Pending::Ways, request)).collect();
        if let (None, Some(company)) = (&self.ways, self.case.company()) {
            let tables = self.case.subject.mappings.iter().map(|mapping| mapping.table.number);
            let url = &self.case.subject.business_central_url;
            let mut ways = BusinessCentralMetadata::new(url, company, tables);
            if let Step::Send(requests) = ways.start() {
                next.extend(requests.into_iter().map(|request| (Pending::Ways, request)));
            }
            self.ways = Some(ways);
        }
        for (topic, request) in self.wanted() {
            if self.asked.insert(topic) {
                next.push((Pending::Topic(topic), request));
            }
        }
        let side = |request: &Request| {
            if request.path.starts_with(WEB_API_ROUTE) { Side::Dataverse } else { Side::BusinessCentral }
        };
        let asks = next.into_iter().map(|(to, request)| (to, Ask { side: side(&request), request }));
        self.pending = asks.collect();
        self.n_requests += self.pending.len();
        self.pending.iter().map(|(_, ask)| ask.clone()).collect()
    }

    fn accept_ways(&mut self, replies: &[&Reply]) -> Vec<Request> {
        let Some(ways) = &mut self.ways else { return Vec::new() };
        let mut responses: Vec<Response> = Vec::with_capacity(replies.len());
        for reply in replies {
            match reply {
                Reply::Answer { response, .. } => responses.push(response.clone()),
                Reply::Lost { .. } => {
                    self.case.ways = Ways::Failed;
                    return Vec::new();
                }
            }
        }
        match ways.accept(&responses) {
            Ok(Step::Send(requests)) => return requests,
            Ok(Step::Done(tables)) => self.case.ways = Ways::Known(tables),
            Err(_) => self.case.ways = Ways::Failed,
        }
        Vec::new()
    }

    /// Everything that can be asked with what is known now, asked already or not.
    fn wanted(&self) -> Vec<(Topic, Request)> {
        let mut wanted = vec![
            (Topic::Companies, business_central("companies?$select=id,name,displayName,systemVersion")),
            (Topic::WhoAmI, who_am_i_request()),
        ];
        if let Some(company) = self.case.company() {
            let path = format!("companies({})/generalLedgerSetup", company.hyphenated());
            wanted.push((Topic::LedgerSetup, business_central(&path)));
        }
        self.want_records(&mut wanted);
        if let Some(user) = self.case.user() {
            let user = format!("systemusers({})", user.hyphenated());
            wanted.extend(self.of_environment());
            wanted.push((
                Topic::User,
                dataverse(&format!(
                    "{user}?$select=fullname,domainname,isdisabled,islicensed,isintegrationuser,accessmode,applicationid"
                )),
            ));
            wanted.push((Topic::Roles, dataverse(&format!("{user}/systemuserroles_association"))));
            let call = format!("{user}/Microsoft.Dynamics.CRM.RetrieveUserPrivileges");
            wanted.push((Topic::Privileges, dataverse(&call)));
        }
        if let Some(team) = self.case.team() {
            let team = format!("teams({})", team.hyphenated());
            let unit = "businessunitid($select=name,isdisabled,_parentbusinessunitid_value)";
            wanted.push((Topic::Team, dataverse(&format!("{team}?$select=name&$expand={unit}"))));
            wanted.push((Topic::TeamRoles, dataverse(&format!("{team}/teamroles_association"))));
        }
        wanted
    }

    /// One record of each mapped table that has a way.
    fn want_records(&self, wanted: &mut Vec<(Topic, Request)>) {
        let (Ways::Known(tables), Some(company)) = (&self.case.ways, self.case.company()) else { return };
        let mappings = &self.case.subject.mappings;
        let is_mapped = |number| mappings.iter().any(|mapping| Some(mapping.table.number) == number);
        let mapped = tables.tables.iter().filter(|table| is_mapped(table.schema.number));
        for table in mapped.filter(|table| table.binding.kind != BindingKind::None) {
            let key = table.schema.field(&table.schema.key_field).and_then(|field| field.property.clone());
            let source = table.source(&self.case.subject.business_central_url, company);
            if let (Some(source), Some(key), Some(number)) = (source, key, table.schema.number) {
                let path = format!("{}?$select={key}&$top=1", source.path);
                wanted.push((Topic::Records(number), service_get(Side::BusinessCentral, path)));
            }
        }
    }

    /// What is asked of an environment whoever is connected.
    fn of_environment(&self) -> Vec<(Topic, Request)> {
        let solution = encode(&format!("uniquename eq '{}'", judge::BASE_SOLUTION));
        let mut requests = vec![
            (Topic::Version, dataverse("RetrieveVersion()")),
            (
                Topic::Solutions,
                dataverse(&format!("solutions?$select=uniquename,version&$filter={solution}")),
            ),
            (
                Topic::Organization,
                dataverse("organizations?$select=name,_basecurrencyid_value,isauditenabled"),
            ),
            (Topic::Currencies, dataverse("transactioncurrencies?$select=isocurrencycode,statecode")),
            (
                Topic::CompanyRows,
                dataverse(
                    "bcbi_companies?$select=bcbi_companyid,bcbi_name,bcbi_externalid,_bcbi_defaultowningteam_value",
                ),
            ),
        ];
        let mut tables: Vec<&str> =
            self.case.subject.mappings.iter().map(|mapping| mapping.integration_table.as_str()).collect();
        tables.sort_unstable();
        tables.dedup();
        if !tables.is_empty() {
            let names = tables.iter().map(|name| format!("LogicalName eq '{}'", name.replace('\'', "''")));
            let filter = encode(&names.collect::<Vec<_>>().join(" or "));
            let definitions = format!(
                "EntityDefinitions?$select=LogicalName,ChangeTrackingEnabled,IsAuditEnabled,Privileges&$filter={filter}"
            );
            requests.push((Topic::Definitions, dataverse(&definitions)));
        }
        requests
    }
}

fn business_central(path: &str) -> Request {
    service_get(Side::BusinessCentral, format!("{API_V2_ROUTE}/{path}"))
}

fn dataverse(path: &str) -> Request {
    service_get(Side::Dataverse, format!("{WEB_API_ROUTE}/{path}"))
}
