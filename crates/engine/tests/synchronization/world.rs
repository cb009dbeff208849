//! Two simulated sides and the run of a mapping between them: plans are made from tables of columns as in the app, and
//! applied to plain maps.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use couplet_engine::coupling::{CoupledRecord, CouplingEnd, JobId, LastRun, RowId, SynchResult, SystemId};
use couplet_engine::default_setup::build;
use couplet_engine::executor::Settlement;
use couplet_engine::planning::{
    Action, ActionKind, Counters, CouplingState, Input, MappingState, Outcome, Pass, Plan, PlanError,
    PlanSteps, Planner, Records, References, Run, Settings, creation_id, settle,
};
use couplet_engine::preview::{PreviewRules, Related, RuleEffect, RuleSubject};
use couplet_engine::{
    ColumnTable, Company, FieldAccess, FieldSchema, IntegrationTableMapping, Labels, MappingName,
    OwnershipModel, Side, TableSchema, Value,
};
use couplet_filter::{Bitmap, Context, FieldType, OptionMember};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use uuid::Uuid;

/// A moment long before every test.
pub(crate) const START: i64 = 1_780_000_000_000;

pub(crate) fn company() -> Company {
    Company { id: Uuid::from_u128(0xC0), name: "CRONUS".to_owned() }
}

/// One record: its fields, and who changed it last and when.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) values: BTreeMap<String, Value>,
    pub(crate) modified_at: i64,
    pub(crate) modified_by: Uuid,
}

/// One table of one side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) schema: TableSchema,
    pub(crate) rows: BTreeMap<Uuid, Stored>,
}

impl Table {
    pub(crate) fn get(&self, id: Uuid, field: &str) -> Value {
        self.rows.get(&id).and_then(|row| row.values.get(field)).cloned().unwrap_or_default()
    }

    /// The records as columns, in the order of `ids`.
    fn columns(&self, ids: &[Uuid]) -> ColumnTable {
        let fields = self.schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
        let mut table = ColumnTable::new(fields);
        for id in ids {
            let stored = &self.rows[id];
            for (idx, field) in self.schema.fields.iter().enumerate() {
                let value = match field.name.as_str() {
                    name if name == self.schema.key_field => Value::Guid(*id),
                    "SystemModifiedAt" | "modifiedon" => {
                        Value::DateTime(couplet_filter::DateTimeKey::from_milliseconds(stored.modified_at))
                    }
                    "modifiedby" => Value::Guid(stored.modified_by),
                    name => stored.values.get(name).cloned().unwrap_or_default(),
                };
                table
                    .push(idx, value.as_field_value())
                    .unwrap_or_else(|_| panic!("{} in {}", field.name, self.schema.name));
            }
            table.end_row();
        }
        table
    }
}

/// One side of a mapping, ready to be planned with.
pub(crate) struct View {
    schema: TableSchema,
    rows: ColumnTable,
    in_filter: Bitmap,
    ignored: Bitmap,
}

/// A mapping between two tables with everything a run needs.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) mapping: IntegrationTableMapping,
    pub(crate) settings: Settings,
    pub(crate) state: MappingState,
    pub(crate) references: References,
    pub(crate) related: Related,
    pub(crate) business_central: Table,
    pub(crate) dataverse: Table,
    /// Milliseconds; moves on with every change.
    pub(crate) clock: i64,
    /// How far the clock of Dataverse is ahead.
    pub(crate) skew: i64,
    pub(crate) next_id: u128,
    /// The rows of both sides stand in the order of their keys, or the other way round.
    pub(crate) reversed: bool,
    pub(crate) job: u128,
}

/// Without schemas: what a person looks for when a test fails.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("direction", &self.mapping.direction)
            .field("update", &self.mapping.update_conflict_resolution)
            .field("deletion", &self.mapping.deletion_conflict_resolution)
            .field("only_coupled", &self.mapping.synch_only_coupled_records)
            .field("update_conflicts", &self.settings.update_conflicts)
            .field("integration_user", &self.settings.integration_user)
            .field("business_central", &self.business_central.rows)
            .field("dataverse", &self.dataverse.rows)
            .finish()
    }
}

/// What a run left behind: a plan and, pass by pass, its counters.
#[derive(Debug, Clone)]
pub(crate) struct Ran {
    pub(crate) plan: Plan,
    /// What became of its actions.
    pub(crate) settlements: Vec<Settlement>,
    pub(crate) to: Counters,
    pub(crate) from: Counters,
}

impl World {
    /// A standard mapping between two empty tables.
    pub(crate) fn new(name: &str, ownership: OwnershipModel) -> Self {
        let setup = build(ownership, Some(&company()));
        let mapping = setup.mapping(&MappingName::new(name).unwrap()).unwrap().clone();
        let (business_central, dataverse) = schemas(&mapping);
        World {
            settings: Settings {
                ownership,
                company: Some(company()),
                owning_team: Some(Uuid::from_u128(0x7EA)),
                ..Settings::default()
            },
            mapping,
            state: MappingState::default(),
            references: References::default(),
            related: Related::default(),
            business_central: Table { schema: business_central, rows: BTreeMap::new() },
            dataverse: Table { schema: dataverse, rows: BTreeMap::new() },
            clock: START,
            skew: 0,
            next_id: 1,
            reversed: false,
            job: 0,
        }
    }

    /// CUSTOMER under ownership model Team.
    pub(crate) fn customers() -> Self {
        World::new("CUSTOMER", OwnershipModel::Team)
    }

    pub(crate) fn table(&mut self, side: Side) -> &mut Table {
        match side {
            Side::BusinessCentral => &mut self.business_central,
            Side::Dataverse => &mut self.dataverse,
        }
    }

    pub(crate) fn time(&self, side: Side) -> i64 {
        match side {
            Side::BusinessCentral => self.clock,
            // Dataverse gives whole seconds.
            Side::Dataverse => (self.clock + self.skew) / 1000 * 1000,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock).unwrap()
    }

    /// A person adds a record.
    pub(crate) fn add(&mut self, side: Side, values: &[(&str, Value)]) -> Uuid {
        self.clock += 5_000;
        let id = Uuid::from_u128(self.next_id << 8 | side as u128);
        self.next_id += 1;
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let stored = Stored { values, modified_at: self.time(side), modified_by: Uuid::from_u128(0xBEEF) };
        self.table(side).rows.insert(id, stored);
        id
    }

    /// A customer that passes the standard filter.
    pub(crate) fn customer(&mut self, name: &str) -> Uuid {
        self.add(Side::BusinessCentral, &[("Name", text(name)), ("Blocked", Value::Option(0))])
    }

    /// An account that passes the standard filter.
    pub(crate) fn account(&mut self, name: &str) -> Uuid {
        let values = [
            ("name", text(name)),
            ("statecode", Value::Option(0)),
            ("statuscode", Value::Option(1)),
            ("customertypecode", Value::Option(3)),
            ("bcbi_companyid", Value::Guid(company().id)),
        ];
        self.add(Side::Dataverse, &values)
    }

    /// A person changes fields.
    pub(crate) fn edit(&mut self, side: Side, id: Uuid, values: &[(&str, Value)]) {
        self.clock += 5_000;
        let time = self.time(side);
        let row = self.table(side).rows.get_mut(&id).unwrap();
        for (name, value) in values {
            row.values.insert((*name).to_owned(), value.clone());
        }
        (row.modified_at, row.modified_by) = (time, Uuid::from_u128(0xBEEF));
    }

    pub(crate) fn delete(&mut self, side: Side, id: Uuid) {
        self.clock += 5_000;
        self.table(side).rows.remove(&id);
    }

    pub(crate) fn table_number(&self) -> NonZeroU32 {
        NonZeroU32::new(self.mapping.table.number).unwrap()
    }

    /// Couples two records that were never synchronized.
    pub(crate) fn couple(&mut self, record: Uuid, row: Uuid) {
        self.state.couplings.couple(self.table_number(), SystemId(record), RowId(row)).unwrap();
    }

    /// Couples two records as if they had just been synchronized.
    pub(crate) fn couple_settled(&mut self, record: Uuid, row: Uuid) {
        let run = LastRun { result: SynchResult::Success, job: JobId(Uuid::from_u128(1)) };
        let mut state = CouplingState::new(self.table_number(), SystemId(record), RowId(row));
        let moment = |at: i64| Some(Timestamp::from_millisecond(at).unwrap());
        let seen = moment(self.business_central.rows[&record].modified_at);
        let end = CouplingEnd::new(SystemId(record)).synchronized(seen, run);
        state.coupling.record = CoupledRecord::InTable { table: self.table_number(), end };
        let seen = moment(self.dataverse.rows[&row].modified_at);
        state.coupling.row = CouplingEnd::new(RowId(row)).synchronized(seen, run);
        let mut last = couplet_engine::planning::LastSynchronized::default();
        for field in &self.mapping.field_mappings {
            if let (Some(name), Some(column)) = (&field.field, &field.column) {
                last.set(
                    Side::BusinessCentral,
                    &name.as_str().into(),
                    self.business_central.get(record, name),
                );
                last.set(Side::Dataverse, &column.as_str().into(), self.dataverse.get(row, column));
            }
        }
        state.last = Some(last);
        self.state.couplings.insert(state);
    }

    /// A customer and an account of the same name, synchronized.
    pub(crate) fn pair(&mut self, name: &str) -> (Uuid, Uuid) {
        let pair = (self.customer(name), self.account(name));
        self.couple_settled(pair.0, pair.1);
        pair
    }

    pub(crate) fn coupling(&self, record: Uuid) -> Option<&CouplingState> {
        self.state.couplings.get(SystemId(record))
    }

    pub(crate) fn field_mapping(&mut self, column: &str) -> &mut couplet_engine::FieldMapping {
        let found = self.mapping.field_mappings.iter_mut().find(|it| it.column.as_deref() == Some(column));
        found.unwrap()
    }

    fn view(&self, side: Side) -> View {
        let table = match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        };
        let mut ids: Vec<Uuid> = table.rows.keys().copied().collect();
        if self.reversed {
            ids.reverse();
        }
        let rows = table.columns(&ids);
        let context = Context::new(self.now(), TimeZone::UTC);
        let filter = self.mapping.filter(side);
        let rules =
            PreviewRules::bind(&self.mapping, self.settings.ownership, filter, &table.schema, &context);
        let rules = rules.unwrap();
        let verdicts = rules.evaluate(&rows, &self.related);
        let mut in_filter = Bitmap::filled(rows.n_rows(), true);
        let mut ignored = Bitmap::filled(rows.n_rows(), false);
        for (rule, passes) in rules.rules.iter().zip(&verdicts.passes) {
            match rule.subject {
                RuleSubject::PostFilter(_) => {
                    for row in 0..rows.n_rows() {
                        ignored.set(row, !passes.get(row));
                    }
                }
                _ if rule.effect == RuleEffect::Excludes => in_filter.and_assign(passes),
                _ => {}
            }
        }
        View { schema: table.schema.clone(), rows, in_filter, ignored }
    }

    pub(crate) fn views(&self) -> (View, View) {
        (self.view(Side::BusinessCentral), self.view(Side::Dataverse))
    }

    pub(crate) fn input<'a>(&'a self, run: &'a Run, views: &'a (View, View)) -> Input<'a> {
        Input {
            mapping: &self.mapping,
            run,
            settings: &self.settings,
            business_central: records(&views.0, "SystemModifiedAt", None),
            dataverse: records(&views.1, "modifiedon", Some("modifiedby")),
            state: &self.state,
            references: &self.references,
            now: self.now(),
        }
    }

    pub(crate) fn plan(&self, run: &Run) -> Result<Plan, PlanError> {
        let views = self.views();
        let planner = Planner::bind(self.input(run, &views))?;
        let plan = planner.plan();
        let mut steps = PlanSteps::default();
        let in_steps = std::iter::from_fn(|| Some(planner.step(&mut steps, 2))).flatten().next();
        assert_eq!(in_steps.as_ref(), Some(&plan), "made in steps of two records");
        Ok(plan)
    }

    /// Plans and applies a run.
    pub(crate) fn run(&mut self, run: &Run) -> Result<Ran, PlanError> {
        self.run_refusing(run, &|_| None)
    }

    /// The scheduled run.
    pub(crate) fn synchronize(&mut self) -> Ran {
        let run = Run::scheduled(&self.mapping);
        self.run(&run).unwrap()
    }

    /// The same, with a service that refuses some actions.
    pub(crate) fn run_refusing(
        &mut self,
        run: &Run,
        refuses: &dyn Fn(&Action) -> Option<&'static str>,
    ) -> Result<Ran, PlanError> {
        self.clock += 60_000;
        let views = self.views();
        let before = self.clone();
        let planner = Planner::bind(before.input(run, &views))?;
        let plan = planner.plan();
        let passes = [Pass::ToIntegrationTable, Pass::FromIntegrationTable];
        let mut counters = passes.map(|pass| plan.settled_counters(pass));
        let memory = planner.memory(&plan.actions);
        self.job += 2;
        let mut settlements = Vec::new();
        for action in plan.actions.iter().filter(|action| !action.is_settled()) {
            self.clock += 20;
            let outcome = match refuses(action).filter(|_| action.writes()) {
                Some(text) => Outcome::Refused { text: text.into() },
                None => self.apply(action, memory.of(action)),
            };
            let job = JobId(Uuid::from_u128(self.job << 4 | action.pass as u128));
            let table = self.table_number();
            settle(&mut self.state, table, job, action, &outcome, &mut counters[action.pass as usize]);
            settlements.push(Settlement { action: action.clone(), outcome });
        }
        for summary in &plan.passes {
            let Some(watermark) = summary.watermark else { continue };
            match summary.pass {
                Pass::ToIntegrationTable => self.state.local_watermark = Some(watermark),
                Pass::FromIntegrationTable => self.state.integration_watermark = Some(watermark),
            }
        }
        let [to, from] = counters;
        Ok(Ran { plan, settlements, to, from })
    }

    fn apply(&mut self, action: &Action, last: couplet_engine::planning::LastSynchronized) -> Outcome {
        let side = action.pass.destination();
        let (mut record, mut row) = (action.record, action.row);
        let mut modified_at = action.destination_modified_at;
        if action.writes() {
            let id = match (action.kind, side) {
                (ActionKind::Create | ActionKind::Restore, _) => {
                    let (source, replaced) = match action.pass {
                        Pass::ToIntegrationTable => (action.record.unwrap().0, action.row.map(|it| it.0)),
                        Pass::FromIntegrationTable => (action.row.unwrap().0, action.record.map(|it| it.0)),
                    };
                    creation_id(&self.mapping.name, action.pass, source, replaced)
                }
                (_, Side::BusinessCentral) => record.unwrap().0,
                (_, Side::Dataverse) => row.unwrap().0,
            };
            match side {
                Side::BusinessCentral => record = Some(SystemId(id)),
                Side::Dataverse => row = Some(RowId(id)),
            }
            let at = self.time(side);
            let writer = self.settings.integration_user.unwrap_or(Uuid::from_u128(0xB07));
            let fresh = Stored { values: BTreeMap::new(), modified_at: at, modified_by: writer };
            let stored = self.table(side).rows.entry(id).or_insert(fresh);
            for (name, value) in action.values() {
                stored.values.insert(name.to_string(), value.clone());
            }
            (stored.modified_at, stored.modified_by) = (at, writer);
            modified_at = Some(Timestamp::from_millisecond(at).unwrap());
        }
        Outcome::Done { record, row, destination_modified_at: modified_at, last }
    }
}

pub(crate) fn records<'a>(
    view: &'a View,
    modified_field: &'a str,
    modified_by_field: Option<&'a str>,
) -> Records<'a> {
    Records {
        schema: &view.schema,
        rows: &view.rows,
        in_filter: &view.in_filter,
        ignored: Some(&view.ignored),
        modified_field,
        modified_by_field,
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::text(text)
}

pub(crate) fn options(names: &[&str]) -> FieldType {
    let member = |(idx, name): (usize, &&str)| OptionMember {
        ordinal: idx as i32,
        name: (*name).to_owned(),
        captions: Vec::new(),
    };
    FieldType::Option(names.iter().enumerate().map(member).collect::<Vec<_>>().into())
}

pub(crate) fn field(name: &str, field_type: FieldType) -> FieldSchema {
    FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(name.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    }
}

/// Reads `Text[30]`, `Code[10]`, `Decimal`, `Guid`.
fn field_type(text: &str) -> FieldType {
    let length = text.split_once('[').and_then(|(_, rest)| rest.trim_end_matches(']').parse().ok());
    match text.split('[').next().unwrap() {
        "Text" => FieldType::Text { max_length: length },
        "Code" => FieldType::Code { max_length: length },
        "Decimal" => FieldType::Decimal,
        "Guid" => FieldType::Guid,
        "Option" => FieldType::Text { max_length: None },
        "Enum \"Contact Type\"" => options(&["Company", "Person"]),
        choice if choice.starts_with("Enum \"CDS") => options(&[" ", "Net 30", "Net 45", "Net 60"]),
        other => panic!("type {other}"),
    }
}

/// Schemas of both tables from the types that the reference's file gives, with the fields that filters and rules need.
fn schemas(mapping: &IntegrationTableMapping) -> (TableSchema, TableSchema) {
    let source: Json = serde_json::from_str(include_str!("../../data/default-setup-dataverse.json")).unwrap();
    let json = source["tableMappings"].as_array().unwrap().iter();
    let json = json.clone().find(|it| it["name"] == mapping.name.as_str()).unwrap();
    let guid = |name: &str, targets: &[&str]| FieldSchema {
        targets: targets.iter().map(|it| (*it).to_owned()).collect(),
        ..field(name, FieldType::Guid)
    };
    let mut records =
        vec![field("SystemId", FieldType::Guid), field("SystemModifiedAt", FieldType::DateTime)];
    let mut rows = vec![
        field(mapping.integration_uid.column(), FieldType::Guid),
        field("modifiedon", FieldType::DateTime),
        field("modifiedby", FieldType::Guid),
    ];
    for it in
        json["fields"].as_array().unwrap().iter().chain(json["extraFields"].as_array().into_iter().flatten())
    {
        if let (Some(name), Some(text)) = (it["bcField"].as_str(), it["bcType"].as_str()) {
            records.push(field(name, field_type(text)));
        }
        if let (Some(name), Some(text)) =
            (it["dataverseAttribute"].as_str(), it["dataverseAlField"]["type"].as_str())
        {
            let targets: &[&str] = match name {
                "ownerid" => &["systemuser", "team"],
                "transactioncurrencyid" => &["transactioncurrency"],
                "primarycontactid" => &["contact"],
                _ => &[],
            };
            rows.push(FieldSchema { targets: guid(name, targets).targets, ..field(name, field_type(text)) });
        }
    }
    add_extras(&mut records, &mut rows);
    rows.push(guid("bcbi_companyid", &["bcbi_company"]));
    rows.push(guid("parentcustomerid", &["account"]));
    rows.push(guid("ownerid", &["systemuser", "team"]));
    (
        schema(Side::BusinessCentral, &mapping.table.name, "SystemId", records),
        schema(Side::Dataverse, &mapping.integration_table, mapping.integration_uid.column(), rows),
    )
}

/// Fields that filters and rules look at.
fn add_extras(records: &mut Vec<FieldSchema>, rows: &mut Vec<FieldSchema>) {
    for (name, kind) in [
        ("Blocked", options(&[" ", "Ship", "Invoice", "All"])),
        ("Location Code", FieldType::Code { max_length: Some(10) }),
        ("Company No.", FieldType::Code { max_length: Some(20) }),
        ("Code", FieldType::Code { max_length: Some(10) }),
    ] {
        records.push(field(name, kind));
    }
    for (name, kind) in [
        ("statecode", options(&["Active", "Inactive"])),
        ("statuscode", options(&[" ", "Active", "Inactive"])),
        ("customertypecode", options(&[" ", "Competitor", "Consultant", "Customer"])),
        ("owneridtype", FieldType::Text { max_length: None }),
        ("parentcustomeridtype", FieldType::Text { max_length: None }),
        ("currencyprecision", FieldType::Integer),
        ("exchangerate", FieldType::Decimal),
        ("isdisabled", FieldType::Boolean),
        ("islicensed", FieldType::Boolean),
        ("isintegrationuser", FieldType::Boolean),
    ] {
        rows.push(field(name, kind));
    }
}

fn schema(side: Side, name: &str, key_field: &str, fields: Vec<FieldSchema>) -> TableSchema {
    let mut unique: Vec<FieldSchema> = Vec::new();
    for field in fields {
        if unique.iter().all(|it| !it.name.eq_ignore_ascii_case(&field.name)) {
            unique.push(field);
        }
    }
    TableSchema {
        side,
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        key_field: key_field.to_owned(),
        primary_name_field: None,
        fields: unique,
    }
}

/// The name of a value of a plan, for messages of failed tests.
pub(crate) fn kinds(plan: &Plan) -> Vec<(Pass, ActionKind, &'static str)> {
    plan.actions.iter().map(|action| (action.pass, action.kind, action.reason.code())).collect()
}
