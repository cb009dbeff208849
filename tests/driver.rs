//! The two systems in process: requests go to a sandbox as values and its answers come back as values, cut or missing
//! where the sandbox says so. No rule of Couplet and no expectation.

use std::sync::OnceLock;

use couplet_engine::{ColumnTable, Company, FieldSchema, Side, TableSchema};
use couplet_sandbox::{Companion, Delivery, Sandbox, SandboxOptions, System};
use couplet_systems::business_central::{BusinessCentralMetadata, companies_request, read_companies};
use couplet_systems::dataverse::{
    DataverseTableMetadata, company_request, read_company, read_who_am_i, who_am_i_request,
};
use couplet_systems::{
    BcCompany, BoundTable, BusinessCentralTables, Count, DataverseTable, Page, Procedure, PushedFilter,
    ReadError, ReadOptions, Request, Response, Step, TableRead, TableSource, WhoAmI, count_request,
    read_count,
};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// Demo customers: enough for every exclusion reason and several pages, few enough for a quick test.
pub(crate) const N_CUSTOMERS: u32 = 300;
/// Records in a page: every table of the demo data that matters takes several.
pub(crate) const PAGE_SIZE: u32 = 90;

/// A sandbox and the two addresses it is reached at.
pub(crate) struct Driver {
    pub(crate) sandbox: Sandbox,
    options: SandboxOptions,
}

/// What is known after connecting.
pub(crate) struct Connected {
    pub(crate) driver: Driver,
    pub(crate) bc_company: BcCompany,
    pub(crate) tables: BusinessCentralTables,
    pub(crate) who: WhoAmI,
    pub(crate) company: Option<Company>,
    dataverse: FxHashMap<String, DataverseTable>,
}

impl Driver {
    pub(crate) fn new(companion: Companion) -> Self {
        Driver::of(SandboxOptions { customers: N_CUSTOMERS, companion, ..SandboxOptions::default() })
    }

    pub(crate) fn of(options: SandboxOptions) -> Self {
        Driver { sandbox: Sandbox::new(options.clone()), options }
    }

    pub(crate) fn base_url(&self, side: Side) -> &str {
        match side {
            Side::BusinessCentral => &self.options.business_central_base_url,
            Side::Dataverse => &self.options.dataverse_base_url,
        }
    }

    /// The answer, cut where the sandbox cuts it; none when the service does not answer.
    pub(crate) fn try_send(&self, side: Side, request: &Request) -> Option<Response> {
        let system = match side {
            Side::BusinessCentral => System::BusinessCentral,
            Side::Dataverse => System::Dataverse,
        };
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let body = request.body.as_deref().unwrap_or_default();
        let received = couplet_sandbox::Request {
            method: request.method.as_str(),
            path,
            query,
            headers: &headers,
            body,
        };
        let mut answer = self.sandbox.handle(system, &received);
        match answer.delivery {
            Delivery::Whole => {}
            Delivery::CutAfter(n_bytes) => answer.body.truncate(n_bytes),
            Delivery::Refused => return None,
        }
        Some(Response { status: answer.status, headers: answer.headers, body: answer.body })
    }

    #[track_caller]
    pub(crate) fn send(&self, side: Side, request: &Request) -> Response {
        self.try_send(side, request).expect("the service answers")
    }

    #[track_caller]
    pub(crate) fn run<P: Procedure>(&self, side: Side, mut procedure: P) -> P::Output {
        let mut step = procedure.start();
        loop {
            match step {
                Step::Done(output) => return output,
                Step::Send(requests) => {
                    let answers: Vec<Response> =
                        requests.iter().map(|request| self.send(side, request)).collect();
                    step = procedure.accept(&answers).unwrap();
                }
            }
        }
    }

    /// Reads a table to its end; the number of pages beside it.
    #[track_caller]
    pub(crate) fn read<'f>(
        &self,
        source: &TableSource,
        schema: &'f TableSchema,
        fields: impl IntoIterator<Item = &'f FieldSchema>,
        options: ReadOptions,
    ) -> (ColumnTable, usize) {
        let mut read = TableRead::new(source.clone(), schema, fields, options);
        let mut table = read.table();
        let (mut request, mut n_pages) = (Some(read.first()), 0);
        while let Some(next) = request {
            let page = self
                .page(&mut read, &next, &mut table)
                .unwrap_or_else(|error| panic!("{}: {error}", next.path));
            n_pages += 1;
            request = page.next;
        }
        (table, n_pages)
    }

    /// Fetches one page.
    pub(crate) fn page(
        &self,
        read: &mut TableRead,
        request: &Request,
        table: &mut ColumnTable,
    ) -> Result<Page, ReadError> {
        let side =
            if request.path.starts_with("/api/data/") { Side::Dataverse } else { Side::BusinessCentral };
        read.accept(&self.send(side, request), table)
    }

    /// How many records the server says pass.
    #[track_caller]
    pub(crate) fn count(&self, source: &TableSource, filter: &PushedFilter) -> Count {
        let request = count_request(source, Some(filter));
        let response = self.send(source.side, &request);
        read_count(source.side, &response).unwrap_or_else(|error| panic!("{}: {error}", request.path))
    }

    /// The records behind an address as the service writes them, without any code of the product.
    #[track_caller]
    pub(crate) fn raw_rows(&self, side: Side, address: &str) -> Vec<Value> {
        let system = match side {
            Side::BusinessCentral => System::BusinessCentral,
            Side::Dataverse => System::Dataverse,
        };
        let prefer = "odata.maxpagesize=200,odata.include-annotations=\"*\"";
        let headers = [("Prefer".to_owned(), prefer.to_owned())];
        let (mut rows, mut next) = (Vec::new(), Some(address.to_owned()));
        while let Some(address) = next {
            let address = address.strip_prefix(self.base_url(side)).unwrap_or(&address);
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            let request =
                couplet_sandbox::Request { method: "GET", path, query, headers: &headers, body: &[] };
            let answer = self.sandbox.handle(system, &request);
            assert_eq!(answer.status, 200, "{address}: {}", String::from_utf8_lossy(&answer.body));
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            rows.append(body["value"].as_array_mut().unwrap());
            next = body["@odata.nextLink"].as_str().map(str::to_owned);
        }
        rows
    }
}

impl Connected {
    /// Connects the way the app does.
    pub(crate) fn new(companion: Companion) -> Self {
        let driver = Driver::new(companion);
        let (bc, dataverse) = (Side::BusinessCentral, Side::Dataverse);
        let companies = read_companies(&driver.send(bc, &companies_request())).unwrap();
        let bc_company = companies.into_iter().next().unwrap();
        let metadata = BusinessCentralMetadata::new(driver.base_url(bc), bc_company.id, []);
        let tables = driver.run(bc, metadata);
        let who = read_who_am_i(&driver.send(dataverse, &who_am_i_request())).unwrap();
        let company = read_company(&driver.send(dataverse, &company_request(bc_company.id))).unwrap();
        let names = ["account", "contact", "systemuser", "transactioncurrency"];
        let table = |name: &str| driver.run(dataverse, DataverseTableMetadata::new(name)).expect(name);
        let dataverse = names.into_iter().map(|name| (name.to_owned(), table(name))).collect();
        Connected { driver, bc_company, tables, who, company, dataverse }
    }

    /// One connected sandbox for all tests that only read.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Connected> = OnceLock::new();
        SHARED.get_or_init(|| Connected::new(Companion::Installed))
    }

    #[track_caller]
    pub(crate) fn bc_table(&self, number: u32) -> &BoundTable {
        self.tables.table(number).unwrap_or_else(|| panic!("no table {number}"))
    }

    #[track_caller]
    pub(crate) fn dataverse_table(&self, name: &str) -> &DataverseTable {
        self.dataverse.get(name).unwrap_or_else(|| panic!("no table {name}"))
    }

    /// Schema and address of one side of a mapping whose records are rows.
    #[track_caller]
    pub(crate) fn place(&self, table: Place<'_>) -> (&TableSchema, TableSource) {
        match table {
            Place::BusinessCentral(number) => {
                let table = self.bc_table(number);
                let source = table.source(self.driver.base_url(Side::BusinessCentral), self.bc_company.id);
                (&table.schema, source.unwrap_or_else(|| panic!("no way to table {number}")))
            }
            Place::Dataverse(name) => {
                let table = self.dataverse_table(name);
                (&table.schema, table.source(self.driver.base_url(Side::Dataverse)))
            }
        }
    }
}

/// A table of either system.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    BusinessCentral(u32),
    Dataverse(&'a str),
}
