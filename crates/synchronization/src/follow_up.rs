//! What a run brings about in other records once it has created some (S6.15, S6.17): foreseen with its plan, and carried
//! out after it as jobs of their own, because most of it belongs to other mappings.

use std::num::NonZeroU32;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::executor::Settlement;
use couplet_engine::job::{JobKind, SynchJob};
use couplet_engine::planning::{
    Action, ActionKind, Companies, Counters, CreatedContact, Creation, Following, NewCompanies, Outcome,
    Pass, Plan, PlanError, References, Run, Selection, creation_id, new_companies, primary_contacts,
};
use couplet_engine::preview::Related;
use couplet_engine::{Company, Direction, FieldMappingStatus, IntegrationTableMapping, MappingName, Side};
use couplet_filter::FieldValue;
use couplet_filter::odata::Literal;
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::apply::apply;
use crate::control::{Canary, Control, Progressed};
use crate::error::RunError;
use crate::goal::Aim;
use crate::persons::uncoupled;
use crate::ports::Ports;
use crate::prepare::{Half, Selector, prepare, settings};
use crate::prepared::{Content, Prepared, RecordTables, SideTable};
use crate::reading::{Reader, cell, text};
use crate::session::Session;
use crate::store::Store;
use crate::task::{Approval, Planned, Task};

const CUSTOMER: u32 = 18;
const VENDOR: u32 = 23;
const CONTACT: u32 = 5050;
/// Account column with the primary contact, and its name in Business Central.
const PRIMARY_CONTACT: (&str, &str) = ("primarycontactid", "Primary Contact No.");
/// Member "Person" of the type of a contact.
const PERSON: i32 = 1;

/// What a plan brings about in other records once it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The mapping of those records.
    pub mapping: MappingName,
    /// What happens to them.
    pub why: Following,
    /// What people know them by; their id where they have nothing to be known by.
    pub names: Vec<String>,
}

/// Records of another mapping that a creation may complete.
#[derive(Debug, Clone)]
pub(crate) struct Neighbor {
    pub(crate) mapping: IntegrationTableMapping,
    pub(crate) tables: RecordTables,
    /// Business Central contacts that lose their coupling (S3.48).
    pub(crate) persons: FxHashSet<SystemId>,
}

/// A pair that a run made.
#[derive(Debug, Clone, Copy)]
struct Created {
    pass: Pass,
    record: SystemId,
    row: RowId,
}

impl Created {
    /// What an action will create.
    fn foreseen(mapping: &MappingName, action: &Action) -> Option<Self> {
        let new = |source: Uuid| creation_id(mapping, action.pass, source, None);
        let (record, row) = match action.pass {
            Pass::ToIntegrationTable => (action.record?, RowId(new(action.record?.0))),
            Pass::FromIntegrationTable => (SystemId(new(action.row?.0)), action.row?),
        };
        (action.kind == ActionKind::Create).then_some(Created { pass: action.pass, record, row })
    }

    /// What an action has created.
    fn done(Settlement { action, outcome }: &Settlement) -> Option<Self> {
        let Outcome::Done { record: Some(record), row: Some(row), .. } = outcome else { return None };
        let creates = action.kind == ActionKind::Create && !action.reason.takes_back();
        creates.then_some(Created { pass: action.pass, record: *record, row: *row })
    }
}

/// What reading the neighbors of a run needs.
pub(crate) struct Neighborhood<'r, 's, P, S> {
    pub(crate) reader: &'r Reader<'s, P>,
    pub(crate) store: &'r S,
    pub(crate) task: &'r Task<'r>,
    pub(crate) now: Timestamp,
}

impl<P: Ports, S: Store> Neighborhood<'_, '_, P, S> {
    /// What the records that a run may create could complete. Nothing is read where it creates none.
    pub(crate) async fn of(
        &self,
        mapping: &IntegrationTableMapping,
        tables: &RecordTables,
    ) -> Result<Vec<Neighbor>, RunError> {
        if self.task.run.creation != Creation::Allowed {
            return Ok(Vec::new());
        }
        let passes = Pass::of(self.task.run.direction);
        let uncoupled = |pass: Pass| -> Vec<Uuid> {
            let table = match pass {
                Pass::ToIntegrationTable => &tables.business_central,
                Pass::FromIntegrationTable => &tables.dataverse,
            };
            let is_free = |id: &Uuid| crate::prepared::partner(&tables.state, table.side(), *id).is_none();
            let is_chosen = matches!(self.task.run.selection, Selection::Chosen { .. });
            let ids = table.ids().filter(|(_, row)| is_chosen || table.in_filter.get(*row)).map(|(id, _)| id);
            if passes.contains(&pass) { ids.filter(is_free).collect() } else { Vec::new() }
        };
        match mapping.table.number {
            CONTACT => {
                let records = uncoupled(Pass::ToIntegrationTable);
                let numbers = numbers(&tables.business_central, records.into_iter());
                self.companies(&numbers, &uncoupled(Pass::FromIntegrationTable)).await
            }
            CUSTOMER | VENDOR => {
                let accounts = uncoupled(Pass::FromIntegrationTable);
                Ok(self.contacts(&accounts).await?.into_iter().collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Customers and vendors whose primary contact has one of these numbers, and accounts whose primary contact is one of
    /// these rows, with their partners.
    async fn companies(&self, numbers: &[String], rows: &[Uuid]) -> Result<Vec<Neighbor>, RunError> {
        let mut neighbors = Vec::new();
        if numbers.is_empty() && rows.is_empty() {
            return Ok(neighbors);
        }
        for mapping in self.task.configuration.mappings.iter().filter(|mapping| has_primary_contact(mapping))
        {
            let (column, field) = PRIMARY_CONTACT;
            let state = self.store.mapping_state(&mapping.name).await?;
            if state.couplings.is_empty() {
                continue;
            }
            let selector =
                Selector { reader: self.reader, task: self.task, mapping, state: &state, now: self.now };
            let Some((mut left, mut right)) = halves(&selector).await? else { continue };
            let numbers = numbers.iter().map(|number| Literal::Text(number.clone())).collect();
            selector.append_by(&mut left, field, numbers).await?;
            selector.append_by(&mut right, column, rows.iter().copied().map(Literal::Guid).collect()).await?;
            let partners = |half: &Half| {
                let side = half.side();
                let ids = half.ids().into_iter();
                ids.filter_map(|id| crate::prepared::partner(&state, side, id)).collect::<Vec<Uuid>>()
            };
            let (of_left, of_right) = (partners(&left), partners(&right));
            selector.append(&mut right, of_left).await?;
            selector.append(&mut left, of_right).await?;
            let sides = (
                selector.side_table(left, &Related::default()),
                selector.side_table(right, &Related::default()),
            );
            neighbors.push(Neighbor::new(mapping.clone(), tables(sides, state)));
        }
        Ok(neighbors)
    }

    /// The mapping of contacts.
    pub(crate) fn contact_mapping(&self) -> Option<&IntegrationTableMapping> {
        let mut mappings = self.task.configuration.mappings.iter();
        mappings.find(|it| it.table.number == CONTACT && it.integration_table == "contact")
    }

    /// The Dataverse contacts of these accounts; none where no contact is coupled.
    async fn contacts(&self, accounts: &[Uuid]) -> Result<Option<Neighbor>, RunError> {
        let Some(mapping) = self.contact_mapping() else { return Ok(None) };
        if accounts.is_empty() || !Pass::FromIntegrationTable.takes(mapping.direction) {
            return Ok(None);
        }
        let state = self.store.mapping_state(&mapping.name).await?;
        if state.couplings.is_empty() {
            return Ok(None);
        }
        let selector =
            Selector { reader: self.reader, task: self.task, mapping, state: &state, now: self.now };
        let Some((left, mut right)) = halves(&selector).await? else { return Ok(None) };
        let accounts = accounts.iter().copied().map(Literal::Guid).collect();
        selector.append_by(&mut right, "parentcustomerid", accounts).await?;
        let sides =
            (selector.side_table(left, &Related::default()), selector.side_table(right, &Related::default()));
        Ok(Some(Neighbor::new(mapping.clone(), tables(sides, state))))
    }

    /// A job of its own with this plan.
    async fn carry_out(
        &self,
        (neighbor, plan, of): (Neighbor, Plan, &SynchJob),
        progress: &dyn Fn(Progressed),
    ) -> Result<SynchJob, RunError> {
        let Neighbor { mapping, tables, .. } = neighbor;
        let session = self.reader.session;
        let run = Run::scheduled(&mapping);
        let content = Content::Records(Box::new(tables));
        let mut prepared = Prepared {
            settings: settings(session, self.task, &run, &content).await?,
            mapping,
            run,
            kind: JobKind::FollowUp { of: of.id },
            content,
            aim: Aim::FollowUp { plan: plan.clone() },
            first: None,
            now: self.now,
            clocks: session.clocks(),
            n_requests: 0,
        };
        let planned = Planned::Records(plan);
        let approval = Approval { planned: &planned, canary: Canary::Off };
        apply(session, self.store, &mut prepared, approval, self.reader.control, progress).await
    }
}

/// Carries out what a job brings about in other records: jobs of their own, none where it created nothing of that kind.
/// The job must have come to its end.
///
/// # Errors
/// When a service does not answer or refuses, or the storage does; what was done until then is kept.
pub async fn follow_up<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    task: &Task<'_>,
    job: &SynchJob,
    control: &Control,
    progress: &dyn Fn(Progressed),
) -> Result<Vec<SynchJob>, RunError> {
    let mapping = task.mapping()?;
    let counts = |count: fn(&Counters) -> usize| job.passes.iter().any(|pass| count(&pass.counters) > 0);
    let (creates, uncouples) = (counts(|it| it.inserted), counts(|it| it.uncoupled));
    let is_concerned =
        [CUSTOMER, VENDOR, CONTACT].contains(&mapping.table.number) && !mapping.is_option_mapping();
    if !is_concerned || !creates && !uncouples {
        return Ok(Vec::new());
    }
    let settlements = store.settlements(job.id).await?;
    let created: Vec<Created> = settlements.iter().filter_map(Created::done).collect();
    let reader = Reader { session, control, progress: &|_| {} };
    let around = Neighborhood { reader: &reader, store, task, now: session.ports().now() };
    if mapping.table.number == CONTACT {
        return around.after_contacts(mapping, job, &created, progress).await;
    }
    let mut jobs = around.after_companies(mapping, job, &created, progress).await?;
    if let Some(persons) = around.persons(mapping, &uncoupled(&settlements)).await? {
        let plan = persons.uncoupling(session.systems().dataverse.company.as_ref())?;
        jobs.push(around.carry_out((persons, plan, job), progress).await?);
    }
    Ok(jobs)
}

impl<P: Ports, S: Store> Neighborhood<'_, '_, P, S> {
    /// Customers, vendors and accounts get the primary contact that they were created without (S6.17).
    async fn after_contacts(
        &self,
        mapping: &IntegrationTableMapping,
        job: &SynchJob,
        created: &[Created],
        progress: &dyn Fn(Progressed),
    ) -> Result<Vec<SynchJob>, RunError> {
        let state = self.store.mapping_state(&mapping.name).await?;
        let selector =
            Selector { reader: self.reader, task: self.task, mapping, state: &state, now: self.now };
        let mut half = selector.half(Side::BusinessCentral).await?;
        for name in ["No.", "Name", "Type"] {
            half.add_known_field(name);
        }
        selector.append(&mut half, created.iter().map(|it| it.record.0).collect()).await?;
        let contacts = selector.side_table(half, &Related::default());
        let of_pass = |pass: Pass| created.iter().filter(move |it| it.pass == pass);
        let numbers = numbers(&contacts, of_pass(Pass::ToIntegrationTable).map(|it| it.record.0));
        let rows: Vec<Uuid> = of_pass(Pass::FromIntegrationTable).map(|it| it.row.0).collect();
        let created: Vec<CreatedContact> = created.iter().map(|it| created_contact(&contacts, it)).collect();
        let mut jobs = Vec::new();
        for neighbor in self.companies(&numbers, &rows).await? {
            let plan = neighbor.primary_contacts(&created)?;
            if !plan.is_empty() {
                jobs.push(self.carry_out((neighbor, plan, job), progress).await?);
            }
        }
        Ok(jobs)
    }

    /// Accounts become this company's, and their coupled contacts are synchronized from Dataverse (S6.15).
    async fn after_companies(
        &self,
        mapping: &IntegrationTableMapping,
        job: &SynchJob,
        created: &[Created],
        progress: &dyn Fn(Progressed),
    ) -> Result<Vec<SynchJob>, RunError> {
        let created = created.iter().filter(|it| it.pass == Pass::FromIntegrationTable);
        let accounts: FxHashSet<RowId> = created.map(|it| it.row).collect();
        let Some(company) = self.reader.session.systems().dataverse.company.clone() else {
            return Ok(Vec::new());
        };
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = accounts.iter().map(|row| row.0).collect();
        let state = self.store.mapping_state(&mapping.name).await?;
        let selector =
            Selector { reader: self.reader, task: self.task, mapping, state: &state, now: self.now };
        let left = selector.half(Side::BusinessCentral).await?;
        let mut right = selector.half(Side::Dataverse).await?;
        selector.append(&mut right, ids.clone()).await?;
        let sides =
            (selector.side_table(left, &Related::default()), selector.side_table(right, &Related::default()));
        let own = Neighbor::new(mapping.clone(), tables(sides, state));
        let contacts = self.contacts(&ids).await?;
        let NewCompanies { plan, contacts: rows } =
            own.new_companies(&accounts, &company, contacts.as_ref())?;
        let mut jobs = Vec::new();
        if !plan.is_empty() {
            jobs.push(self.carry_out((own, plan, job), progress).await?);
        }
        if let Some(contacts) = contacts.filter(|_| !rows.is_empty()) {
            jobs.push(self.link(&contacts.mapping, rows, job, progress).await?);
        }
        Ok(jobs)
    }

    /// Synchronizes contacts from Dataverse, which links them to the company contact of the new customer (S6.22).
    async fn link(
        &self,
        mapping: &IntegrationTableMapping,
        rows: FxHashSet<RowId>,
        job: &SynchJob,
        progress: &dyn Fn(Progressed),
    ) -> Result<SynchJob, RunError> {
        let selection = Selection::Chosen { records: FxHashSet::default(), rows };
        let task = Task {
            mapping: &mapping.name,
            run: Run::chosen(mapping, Direction::FromIntegrationTable, selection),
            kind: JobKind::FollowUp { of: job.id },
            ..self.task.clone()
        };
        let (session, control) = (self.reader.session, self.reader.control);
        let mut prepared = Box::pin(prepare(session, self.store, &task, control, &|_| {})).await?;
        let planned = prepared.plan()?;
        let approval = Approval { planned: &planned, canary: Canary::Off };
        apply(session, self.store, &mut prepared, approval, control, progress).await
    }
}

impl Neighbor {
    pub(crate) fn new(mapping: IntegrationTableMapping, tables: RecordTables) -> Self {
        Neighbor { mapping, tables, persons: FxHashSet::default() }
    }

    fn companies(&self) -> Companies<'_> {
        Companies {
            mapping: &self.mapping,
            business_central: self.tables.business_central.records(),
            dataverse: self.tables.dataverse.records(),
            couplings: &self.tables.state.couplings,
        }
    }

    fn primary_contacts(&self, created: &[CreatedContact]) -> Result<Plan, PlanError> {
        primary_contacts(created, self.companies())
    }

    fn new_companies(
        &self,
        accounts: &FxHashSet<RowId>,
        company: &Company,
        contacts: Option<&Neighbor>,
    ) -> Result<NewCompanies, PlanError> {
        let contacts = contacts.unwrap_or(self);
        let contacts = (contacts.tables.dataverse.records(), &contacts.tables.state.couplings);
        new_companies(accounts, self.companies(), company, contacts)
    }

    /// What people know the destination of an action by.
    fn name(&self, action: &Action) -> Option<String> {
        let (table, id) = match action.pass.destination() {
            Side::BusinessCentral => (&self.tables.business_central, action.record?.0),
            Side::Dataverse => (&self.tables.dataverse, action.row?.0),
        };
        Some(table.name(id).unwrap_or_else(|| id.to_string()))
    }
}

impl Prepared {
    /// What a plan brings about in other records once it is carried out (S6.15, S6.17); none for options.
    pub fn follow_ups(&self, planned: &Planned) -> Vec<FollowUp> {
        let (Content::Records(tables), Planned::Records(plan)) = (&self.content, planned) else {
            return Vec::new();
        };
        if let Aim::Uncouple { .. } = self.aim {
            let uncoupled = |neighbor: &Neighbor| {
                let mut persons: Vec<SystemId> = neighbor.persons.iter().copied().collect();
                persons.sort_unstable();
                let name = |id: SystemId| {
                    neighbor.tables.business_central.name(id.0).unwrap_or_else(|| id.0.to_string())
                };
                FollowUp {
                    mapping: neighbor.mapping.name.clone(),
                    why: Following::Uncoupled,
                    names: persons.into_iter().map(name).collect(),
                }
            };
            return tables.neighbors.iter().map(uncoupled).collect();
        }
        let created = plan.actions.iter().filter_map(|it| Created::foreseen(&self.mapping.name, it));
        let created: Vec<Created> = created.collect();
        let foreseen = match self.mapping.table.number {
            CONTACT => self.foreseen_contacts(tables, &created),
            CUSTOMER | VENDOR => self.foreseen_companies(tables, &created),
            _ => Ok(Vec::new()),
        };
        foreseen.unwrap_or_default().into_iter().filter(|it| !it.names.is_empty()).collect()
    }

    fn foreseen_contacts(
        &self,
        tables: &RecordTables,
        created: &[Created],
    ) -> Result<Vec<FollowUp>, PlanError> {
        let contacts = |it: &Created| created_contact(&tables.business_central, it);
        let created: Vec<CreatedContact> = created.iter().map(contacts).collect();
        let follow_up = |neighbor: &Neighbor| -> Result<FollowUp, PlanError> {
            let plan = neighbor.primary_contacts(&created)?;
            Ok(FollowUp {
                mapping: neighbor.mapping.name.clone(),
                why: Following::PrimaryContact,
                names: plan.actions.iter().filter_map(|action| neighbor.name(action)).collect(),
            })
        };
        tables.neighbors.iter().map(follow_up).collect()
    }

    fn foreseen_companies(
        &self,
        tables: &RecordTables,
        created: &[Created],
    ) -> Result<Vec<FollowUp>, PlanError> {
        let number = NonZeroU32::new(self.mapping.table.number);
        let (Some(company), Some(number)) = (&self.settings.company, number) else { return Ok(Vec::new()) };
        let created: Vec<_> = created.iter().filter(|it| it.pass == Pass::FromIntegrationTable).collect();
        if created.is_empty() {
            return Ok(Vec::new());
        }
        let mut couplings = tables.state.couplings.clone();
        let mut accounts = FxHashSet::default();
        for it in created {
            if couplings.couple(number, it.record, it.row).is_ok() {
                accounts.insert(it.row);
            }
        }
        let companies = Companies {
            mapping: &self.mapping,
            business_central: tables.business_central.records(),
            dataverse: tables.dataverse.records(),
            couplings: &couplings,
        };
        let contacts = tables.neighbors.first();
        let of_contacts = contacts.map_or(tables, |contacts| &contacts.tables);
        let people = (of_contacts.dataverse.records(), &of_contacts.state.couplings);
        let new = new_companies(&accounts, companies, company, people)?;
        let named = |table: &SideTable, row: RowId| table.name(row.0).unwrap_or_else(|| row.0.to_string());
        let mut rows: Vec<RowId> = new.contacts.into_iter().collect();
        rows.sort_unstable();
        let of_contacts = contacts.map(|contacts| FollowUp {
            mapping: contacts.mapping.name.clone(),
            why: Following::NewCompany,
            names: rows.iter().map(|row| named(&contacts.tables.dataverse, *row)).collect(),
        });
        let of_accounts = FollowUp {
            mapping: self.mapping.name.clone(),
            why: Following::NewCompany,
            names: new.plan.actions.iter().filter_map(|it| Some(named(&tables.dataverse, it.row?))).collect(),
        };
        Ok(std::iter::once(of_accounts).chain(of_contacts).collect())
    }
}

/// Both halves of a mapping; none where a table is out of reach or a filter cannot be read: nothing follows then.
pub(crate) async fn halves<P: Ports>(
    selector: &Selector<'_, '_, P>,
) -> Result<Option<(Half, Half)>, RunError> {
    let halves = (selector.half(Side::BusinessCentral).await, selector.half(Side::Dataverse).await);
    match halves {
        (Ok(left), Ok(right)) => Ok(Some((left, right))),
        (Err(error), _) | (_, Err(error)) => match error {
            RunError::TableOutOfReach { .. } | RunError::Filter { .. } => Ok(None),
            error => Err(error),
        },
    }
}

pub(crate) fn tables(
    sides: (SideTable, SideTable),
    state: couplet_engine::planning::MappingState,
) -> RecordTables {
    let (business_central, dataverse) = sides;
    RecordTables {
        business_central,
        dataverse,
        state,
        references: References::default(),
        unable_owners: FxHashSet::default(),
        neighbors: Vec::new(),
    }
}

/// Whether a mapping of customers or vendors takes its primary contact over, whichever way.
fn has_primary_contact(mapping: &IntegrationTableMapping) -> bool {
    let is_company = [CUSTOMER, VENDOR].contains(&mapping.table.number) && !mapping.is_option_mapping();
    is_company
        && mapping.field_mappings.iter().any(|it| {
            it.status == FieldMappingStatus::Enabled && it.column.as_deref() == Some(PRIMARY_CONTACT.0)
        })
}

/// The numbers of contacts, each once, blank ones left out.
fn numbers(contacts: &SideTable, ids: impl Iterator<Item = Uuid>) -> Vec<String> {
    let rows = ids.filter_map(|id| contacts.row(id));
    let mut numbers: Vec<String> = rows.map(|row| text(&contacts.rows, "No.", row).to_owned()).collect();
    numbers.retain(|number| !number.is_empty());
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// A contact as far as it is known: one that is still to be created in Business Central has no number yet.
fn created_contact(contacts: &SideTable, created: &Created) -> CreatedContact {
    let row = contacts.row(created.record.0);
    let of_row = |name: &str| row.map(|row| text(&contacts.rows, name, row)).unwrap_or_default();
    let is_person = row.is_some_and(|row| cell(&contacts.rows, "Type", row) == FieldValue::Option(PERSON));
    CreatedContact {
        pass: created.pass,
        number: of_row("No.").into(),
        person: is_person.then(|| of_row("Name").into()),
        row: created.row,
    }
}
