//! Both systems as the app finds them: customers and accounts with their metadata, read to the end, and what requests
//! cost by the sandbox's own books. Times nothing.

use std::time::SystemTime;

use anyhow::{Context, bail};
use couplet_engine::default_setup::build;
use couplet_engine::{ColumnTable, FieldSchema, OwnershipModel, Side, TableSchema};
use couplet_filter::FieldValue;
use couplet_systems::business_central::{companies_request, read_companies};
use couplet_systems::dataverse::{
    company_request, read_company, read_total_record_count, total_record_count_request,
};
use couplet_systems::{
    BusinessCentralMetadata, Count, DataverseTableMetadata, Procedure, ReadOptions, Response, Step,
    TableRead, TableSource, count_request, read_count,
};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use serde::Deserialize;
use uuid::Uuid;

use crate::proxy::Proxy;

/// Number of the table Customer in Business Central.
const CUSTOMER: u32 = 18;
/// Logical name of the partner in Dataverse.
const ACCOUNT: &str = "account";

/// One of the two tables.
pub(crate) struct Table {
    pub(crate) source: TableSource,
    pub(crate) schema: TableSchema,
    /// What the standard mapping of customers and accounts reads of it.
    pub(crate) mapped: Vec<FieldSchema>,
    /// Its field for the name, which is what is written.
    pub(crate) name: FieldSchema,
}

/// Both tables.
pub(crate) struct Tables {
    pub(crate) customers: Table,
    pub(crate) accounts: Table,
}

impl Tables {
    /// Connects as the app does.
    ///
    /// # Errors
    /// When a service refuses, or lacks one of the tables.
    pub(crate) fn connect(proxy: &Proxy) -> anyhow::Result<Self> {
        let (bc, dataverse) = (Side::BusinessCentral, Side::Dataverse);
        let companies = read_companies(&proxy.send(bc, &companies_request())?)?;
        let company = companies.into_iter().next().context("no company")?;
        let bc_url = proxy.base_url(bc)?;
        let metadata = run(proxy, bc, BusinessCentralMetadata::new(&bc_url, company.id, []))?;
        let customers = metadata.table(CUSTOMER).context("no customers")?;
        let accounts = run(proxy, dataverse, DataverseTableMetadata::new(ACCOUNT))?.context("no accounts")?;
        let row = read_company(&proxy.send(dataverse, &company_request(company.id))?)?;
        let setup = build(OwnershipModel::Person, row.as_ref());
        let mapping =
            setup.mappings.iter().find(|it| it.integration_table == ACCOUNT && it.table.number == CUSTOMER);
        let fields = &mapping.context("no mapping of customers and accounts")?.field_mappings;
        let source = customers.source(&bc_url, company.id).context("no way to the customers")?;
        Ok(Tables {
            customers: table(
                &customers.schema,
                source,
                fields.iter().filter_map(|it| it.field.as_deref()),
                "Name",
            )?,
            accounts: table(
                &accounts.schema,
                accounts.source(&proxy.base_url(dataverse)?),
                fields.iter().filter_map(|it| it.column.as_deref()),
                "name",
            )?,
        })
    }
}

fn table<'n>(
    schema: &TableSchema,
    source: TableSource,
    mapped: impl Iterator<Item = &'n str>,
    name: &str,
) -> anyhow::Result<Table> {
    let mapped = mapped.filter_map(|name| schema.field(name)).cloned().collect();
    let name = schema.field(name).context("no field for the name")?.clone();
    Ok(Table { source, schema: schema.clone(), mapped, name })
}

fn run<P: Procedure>(proxy: &Proxy, side: Side, mut procedure: P) -> anyhow::Result<P::Output> {
    let mut step = procedure.start();
    loop {
        match step {
            Step::Done(output) => return Ok(output),
            Step::Send(requests) => {
                let answers: anyhow::Result<Vec<Response>> =
                    requests.iter().map(|request| proxy.send(side, request)).collect();
                step = procedure.accept(&answers?)?;
            }
        }
    }
}

impl Table {
    pub(crate) fn side(&self) -> Side {
        self.source.side
    }

    /// Reads these fields of all records, page by page.
    ///
    /// # Errors
    /// When a page is refused or cannot be read.
    pub(crate) fn read(&self, proxy: &Proxy, fields: &[FieldSchema]) -> anyhow::Result<ColumnTable> {
        let mut read = TableRead::new(self.source.clone(), &self.schema, fields, ReadOptions::default());
        let mut rows = read.table();
        let mut next = Some(read.first());
        while let Some(request) = next {
            next = read.accept(&proxy.send(self.side(), &request)?, &mut rows)?.next;
        }
        Ok(rows)
    }

    /// How many records the service says there are.
    ///
    /// # Errors
    /// When it does not say.
    pub(crate) fn count(&self, proxy: &Proxy) -> anyhow::Result<u64> {
        match self.side() {
            Side::BusinessCentral => {
                let response = proxy.send(self.side(), &count_request(&self.source, None))?;
                match read_count(self.side(), &response)? {
                    Count::Exact(count) => Ok(count),
                    Count::AtLeast(count) => bail!("only known to be at least {count}"),
                }
            }
            Side::Dataverse => {
                let response = proxy.send(self.side(), &total_record_count_request(&[ACCOUNT]))?;
                let counts = read_total_record_count(&response)?;
                Ok(counts.first().context("no number of accounts")?.1)
            }
        }
    }

    /// The ids of the first `n` records of a reading.
    ///
    /// # Errors
    /// When there are fewer.
    pub(crate) fn first_ids(&self, rows: &ColumnTable, n: usize) -> anyhow::Result<Vec<Uuid>> {
        let ids: Vec<Uuid> = self.ids(rows)?.into_iter().take(n).collect();
        if ids.len() < n {
            bail!("{n} records are wanted and there are {}", ids.len());
        }
        Ok(ids)
    }

    /// The ids of a reading, checked to be all different.
    ///
    /// # Errors
    /// When a record came twice or has no id.
    pub(crate) fn ids(&self, rows: &ColumnTable) -> anyhow::Result<Vec<Uuid>> {
        let key = rows.column(&self.source.key_field).context("no key")?;
        let id = |row| match key.get(row) {
            FieldValue::Guid(id) => Ok(id),
            other => bail!("{other:?} is no key"),
        };
        let ids: Vec<Uuid> = (0..rows.n_rows()).map(id).collect::<anyhow::Result<_>>()?;
        if ids.iter().collect::<FxHashSet<_>>().len() < ids.len() {
            bail!("a record was read twice");
        }
        Ok(ids)
    }
}

/// What the sandbox counted for one system.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Cost {
    /// Requests of any form.
    pub(crate) requests: u64,
    /// Those answered 429.
    pub(crate) throttled: u64,
}

#[derive(Deserialize)]
struct SystemCost {
    system: String,
    requests: std::collections::BTreeMap<String, u64>,
    throttled: u64,
}

impl Cost {
    /// The costs of a side since the proxy was started.
    ///
    /// # Errors
    /// When the sandbox does not tell them.
    pub(crate) fn of(proxy: &Proxy, side: Side) -> anyhow::Result<Self> {
        let costs: Vec<SystemCost> = proxy.ask("costs")?;
        let is_side = |it: &&SystemCost| (it.system == "dataverse") == (side == Side::Dataverse);
        let found = costs
            .iter()
            .find(is_side)
            .map(|it| Cost { requests: it.requests.values().sum(), throttled: it.throttled });
        Ok(found.unwrap_or_default())
    }

    /// What was added since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Cost { requests: self.requests - earlier.requests, throttled: self.throttled - earlier.throttled }
    }
}

/// The moment.
///
/// # Errors
/// When the system's clock is out of every range.
pub(crate) fn now() -> anyhow::Result<Timestamp> {
    Ok(Timestamp::try_from(SystemTime::now())?)
}
