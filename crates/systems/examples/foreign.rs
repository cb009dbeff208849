//! Reads and writes the tables of `tests/cap` with the clients of both systems, and prints a line for each result:
//! whoever runs it knows the rows and judges the lines. The server is not ours, so it cannot share our errors.

use std::error::Error;
use std::process::ExitCode;

#[path = "support/http.rs"]
mod http;

use couplet_engine::default_setup::build;
use couplet_engine::preview::{PreviewRules, RuleSubject};
use couplet_engine::{
    ColumnTable, Company, FieldAccess, FieldSchema, IntegrationTableMapping, Labels, OwnershipModel, Side,
    TableSchema,
};
use couplet_filter::{Bitmap, Context, FieldType, FieldValue, OptionMember};
use couplet_systems::odata::EntitySet;
use couplet_systems::pace::{Pace, PaceLimits};
use couplet_systems::write::{
    Answer, Change, Outcome, PartAddress, Precondition, RecordBody, Turn, WriteTarget, Writer,
};
use couplet_systems::{
    Count, ETAG, Pushed, PushedFilter, ReadOptions, ReadOrder, TableRead, TableSource, WithCount, combine,
    count_request, etag_field, push, read_count,
};
use jiff::tz::TimeZone;
use uuid::Uuid;

type Outcomes = Result<Vec<Outcome>, Box<dyn Error>>;

/// One table of the server.
struct Table {
    source: TableSource,
    schema: TableSchema,
}

struct Session {
    client: http::Client,
    address: String,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(company)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: foreign ADDRESS COMPANY");
        return ExitCode::from(2);
    };
    let session = Session { client: http::Client::new(), address };
    match session.run(&company) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn tell(what: &str, value: impl std::fmt::Display) {
    println!("{what}: {value}");
}

impl Session {
    fn run(&self, company: &str) -> Result<(), Box<dyn Error>> {
        let customers = self.table(Side::BusinessCentral, "/odata/v4/bc", "customers", "id")?;
        let accounts = self.table(Side::Dataverse, "/odata/v4/dv", "accounts", "accountid")?;
        let company = Company { id: Uuid::try_parse(company)?, name: String::new() };
        let setup = build(OwnershipModel::Team, Some(&company));
        let mapping = setup.mappings.iter().find(|mapping| mapping.name.as_str() == "CUSTOMER");
        let mapping = mapping.ok_or("the standard setup has no customers")?;
        for table in [&customers, &accounts] {
            self.read_whole(table)?;
            self.read_filtered(table, mapping)?;
        }
        self.write(&customers, "displayName")?;
        self.write(&accounts, "name")?;
        self.create(&customers, "displayName")
    }

    /// A table as the server's metadata describes it; options and lookups are what the two systems make of them.
    fn table(&self, side: Side, service: &str, set: &str, key: &str) -> Result<Table, Box<dyn Error>> {
        let metadata = couplet_systems::Request {
            method: couplet_systems::Method::Get,
            path: format!("{service}/$metadata"),
            headers: vec![("Accept", "application/xml".to_owned())],
            body: None,
        };
        let response = self.client.send(&self.address, &metadata)?;
        let set = EntitySet::read(&response.body, set)?;
        let source = TableSource {
            side,
            base_url: self.address.clone(),
            path: format!("{service}/{}", set.name),
            key_field: key.to_owned(),
        };
        let fields = set.properties.into_iter().map(|property| known_field(property.field)).collect();
        let schema = TableSchema {
            side,
            name: set.name,
            number: None,
            labels: Labels::default(),
            key_field: key.to_owned(),
            primary_name_field: None,
            fields,
        };
        Ok(Table { source, schema })
    }

    fn read(&self, table: &Table, options: ReadOptions) -> Result<(ColumnTable, u32), Box<dyn Error>> {
        let tag = etag_field();
        let fields = table.schema.fields.iter().chain([&tag]);
        let mut read = TableRead::new(table.source.clone(), &table.schema, fields, options);
        let mut rows = read.table();
        let (mut next, mut n_pages) = (Some(read.first()), 0);
        let mut count = None;
        while let Some(request) = next {
            let page = read.accept(&self.client.send(&self.address, &request)?, &mut rows)?;
            n_pages += 1;
            count = count.or(page.count);
            next = page.next;
        }
        if let Some(Count::Exact(count)) = count {
            tell(&format!("{} counted with the first page", table.schema.name), count);
        }
        Ok((rows, n_pages))
    }

    fn read_whole(&self, table: &Table) -> Result<(), Box<dyn Error>> {
        let options = ReadOptions { order: ReadOrder::Key, count: WithCount::Yes, ..ReadOptions::default() };
        let (rows, n_pages) = self.read(table, options)?;
        let name = &table.schema.name;
        tell(&format!("{name} read"), rows.n_rows());
        tell(&format!("{name} pages"), n_pages);
        let tags = rows.column(ETAG).ok_or("no tags")?;
        let n_tags = (0..rows.n_rows()).filter(|row| tags.get(*row) != FieldValue::Null).count();
        tell(&format!("{name} tags"), n_tags);
        tell(&format!("{name} counted"), self.count(table, None)?);
        Ok(())
    }

    fn count(&self, table: &Table, filter: Option<&PushedFilter>) -> Result<u64, Box<dyn Error>> {
        let response = self.client.send(&self.address, &count_request(&table.source, filter))?;
        match read_count(table.schema.side, &response)? {
            Count::Exact(count) | Count::AtLeast(count) => Ok(count),
        }
    }

    /// The filter of the standard setup: what the server passes, and what of it passes here.
    fn read_filtered(&self, table: &Table, mapping: &IntegrationTableMapping) -> Result<(), Box<dyn Error>> {
        let side = table.schema.side;
        let context = Context::new(http::now()?, TimeZone::UTC);
        let rules =
            PreviewRules::bind(mapping, OwnershipModel::Team, mapping.filter(side), &table.schema, &context)
                .map_err(|problems| format!("{problems:?}"))?;
        let clauses: Vec<_> = rules
            .rules
            .iter()
            .filter_map(|rule| match &rule.subject {
                RuleSubject::Clause { field, filter, .. } => Some((field, filter)),
                _ => None,
            })
            .collect();
        let pushed: Vec<Pushed> = clauses.iter().map(|(field, filter)| push(side, field, filter)).collect();
        let pushed = combine(&pushed);
        let name = &table.schema.name;
        tell(&format!("{name} filter"), pushed.text.as_deref().unwrap_or_default());
        tell(&format!("{name} passed by the server"), self.count(table, Some(&pushed))?);
        let options = ReadOptions { filter: Some(pushed), order: ReadOrder::Key, ..ReadOptions::default() };
        let (rows, _) = self.read(table, options)?;
        let mut passing = Bitmap::filled(rows.n_rows(), true);
        for (field, filter) in clauses {
            let column = rows.column(&field.name).ok_or("a column is missing")?;
            passing.and_assign(&filter.evaluate(column.view()));
        }
        tell(&format!("{name} passing"), passing.count_ones());
        Ok(())
    }

    /// 150 records get a name, one of them does not exist, and one was changed by another in between.
    fn write(&self, table: &Table, name_field: &str) -> Result<(), Box<dyn Error>> {
        let (rows, _) = self.read(table, ReadOptions { order: ReadOrder::Key, ..ReadOptions::default() })?;
        let side = table.schema.side;
        let field = table.schema.field(name_field).ok_or("no such field")?;
        let keys = rows.column(&table.schema.key_field).ok_or("no keys")?;
        let tags = rows.column(ETAG).ok_or("no tags")?;
        let mut changes = Vec::new();
        for row in 0..150 {
            let (FieldValue::Guid(id), FieldValue::Text(tag)) = (keys.get(row), tags.get(row)) else {
                return Err("a record without key or tag".into());
            };
            let mut body = RecordBody::new(side);
            body.set(field, FieldValue::Text(&format!("Written \"{row}\" é")))?;
            let precondition = Precondition::Unchanged(tag.to_owned());
            let id = if row == 149 { Uuid::from_u128(1) } else { id };
            changes.push(Change::Update { id, precondition, body });
        }
        let meddling = changes.get(7).cloned().into_iter().collect();
        self.tell_outcomes(&format!("{} changed alone", table.schema.name), &self.send(table, meddling)?);
        let outcomes = self.send(table, changes)?;
        self.tell_outcomes(&format!("{} changed", table.schema.name), &outcomes);
        Ok(())
    }

    /// A new record, whose id and tag the server gives.
    fn create(&self, table: &Table, name_field: &str) -> Result<(), Box<dyn Error>> {
        let field = table.schema.field(name_field).ok_or("no such field")?;
        let mut body = RecordBody::new(table.schema.side);
        body.set(field, FieldValue::Text("Created"))?;
        let outcomes = self.send(table, vec![Change::Create { id: None, body }])?;
        self.tell_outcomes(&format!("{} created", table.schema.name), &outcomes);
        Ok(())
    }

    fn send(&self, table: &Table, changes: Vec<Change>) -> Outcomes {
        let target = WriteTarget {
            source: table.source.clone(),
            logical_name: String::new(),
            part_address: PartAddress::Relative,
        };
        let mut pace = Pace::new(PaceLimits::of(table.schema.side));
        let run = Uuid::from_u128(0x77);
        let mut writer = Writer::new(target, changes, pace.parallelism(), run);
        loop {
            match writer.turn(&mut pace, http::now()?) {
                Turn::Done => break,
                Turn::Wait(wait) => std::thread::sleep(wait),
                Turn::Answer => return Err("an answer is missing".into()),
                Turn::Send { ticket, request } => {
                    let response = self.client.send(&self.address, &request)?;
                    writer.answered(&mut pace, ticket, Answer::Received(&response), http::now()?);
                }
            }
        }
        tell(&format!("{} requests", table.schema.name), writer.n_sent());
        Ok(writer.into_outcomes())
    }

    fn tell_outcomes(&self, what: &str, outcomes: &[Outcome]) {
        let text = |outcome: &Outcome| match outcome {
            Outcome::Refused(error) => format!("refused {}", error.status),
            Outcome::Created { id: Some(_), etag: Some(_), .. } => "created with its tag".to_owned(),
            Outcome::Updated { etag: Some(_), .. } => "updated with its tag".to_owned(),
            other => format!("{other:?}"),
        };
        let mut counts: Vec<(String, u32)> = Vec::new();
        for outcome in outcomes.iter().map(text) {
            match counts.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, count)) => *count += 1,
                None => counts.push((outcome, 1)),
            }
        }
        counts.sort();
        let counts: Vec<String> = counts.iter().map(|(text, count)| format!("{count} {text}")).collect();
        tell(what, counts.join(", "));
    }
}

/// What the two systems' own metadata says of a property, where the server says less.
fn known_field(mut field: FieldSchema) -> FieldSchema {
    field.access = FieldAccess::Full;
    let options = |members: &[(i32, &str)]| {
        let member = |(ordinal, name): &(i32, &str)| OptionMember {
            ordinal: *ordinal,
            name: (*name).to_owned(),
            captions: Vec::new(),
        };
        FieldType::Option(members.iter().map(member).collect())
    };
    match field.name.as_str() {
        "blocked" => {
            field.field_type = options(&[(0, " "), (1, "Ship"), (2, "Invoice"), (3, "All")]);
            field.number = Some(39);
        }
        "statecode" => field.field_type = options(&[(0, "Active"), (1, "Inactive")]),
        "customertypecode" => field.field_type = options(&[(3, "Customer"), (11, "Vendor")]),
        "_bcbi_companyid_value" => "bcbi_companyid".clone_into(&mut field.name),
        _ => {}
    }
    field
}
