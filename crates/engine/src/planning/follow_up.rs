//! What a creation brings about in other records (S6.15, S6.17): records that refer to each other are written one after
//! the other, and the second one completes the first. Asked after a job, with its outcome; carried out like a plan.

use std::sync::Arc;

use couplet_filter::FieldValue;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::Counters;
use super::couplings::{CouplingState, Couplings};
use super::input::Records;
use super::plan::{
    Action, ActionKind, FieldDifference, Following, Layer, Pass, PassSummary, PassedOver, Plan, Reason,
    Shelves,
};
use super::planner::{PlanError, SideRows};
use super::table_rules::COMPANY;
use crate::configuration::Company;
use crate::coupling::RowId;
use crate::mapping::{FieldMappingStatus, IntegrationTableMapping};
use crate::schema::Side;
use crate::value::Value;

/// Customer and vendor field with the primary contact.
const PRIMARY_CONTACT: &str = "Primary Contact No.";
/// Its name there; written for persons only.
const CONTACT_NAME: &str = "Contact";
/// Account column with the primary contact.
const PRIMARY_CONTACT_ID: &str = "primarycontactid";

/// A contact that a job created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedContact {
    /// The pass that created it.
    pub pass: Pass,
    /// Its number in Business Central.
    pub number: Box<str>,
    /// Its name, of a person; none for others.
    pub person: Option<Box<str>>,
    /// Its Dataverse row.
    pub row: RowId,
}

/// A mapping of customers or vendors with both sides as of now.
#[derive(Debug, Clone, Copy)]
pub struct Companies<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// Customers or vendors.
    pub business_central: Records<'a>,
    /// Accounts.
    pub dataverse: Records<'a>,
    /// Their couplings.
    pub couplings: &'a Couplings,
}

/// The plan that gives customers, vendors and accounts the primary contact they were created without (S6.17). Only what
/// is empty is filled, and only in a direction in which the mapping and its field run.
///
/// # Errors
/// When the key of the records of one side was not read.
pub fn primary_contacts(created: &[CreatedContact], companies: Companies<'_>) -> Result<Plan, PlanError> {
    let sides = Sides::new(companies)?;
    let mut actions = Vec::new();
    let of_pass = |pass: Pass| created.iter().filter(move |contact| contact.pass == pass);
    // A customer without a primary contact is not one of a contact without a number.
    let numbered = of_pass(Pass::ToIntegrationTable).filter(|it| !it.number.is_empty());
    let sent = numbered.filter(|_| sides.runs(Pass::ToIntegrationTable));
    let sent: FxHashMap<&str, &CreatedContact> = sent.map(|it| (it.number.as_ref(), it)).collect();
    let taken = of_pass(Pass::FromIntegrationTable).filter(|_| sides.runs(Pass::FromIntegrationTable));
    let taken: FxHashMap<Uuid, &CreatedContact> = taken.map(|it| (it.row.0, it)).collect();
    for state in companies.couplings.iter() {
        let Some(end) = state.record_end() else { continue };
        let number = sides.value(Side::BusinessCentral, end.id().0, PRIMARY_CONTACT);
        let row = sides.value(Side::Dataverse, state.coupling.row.id().0, PRIMARY_CONTACT_ID);
        let (Some(number), Some(row)) = (number, row) else { continue };
        let contact = match (&number, &row) {
            (Value::Text(number), row) if is_empty(row) => sent.get(number.as_ref()),
            (number, Value::Guid(row)) if is_empty(number) => taken.get(row),
            _ => None,
        };
        let Some(contact) = contact else { continue };
        let writes: Vec<(&str, Value)> = match contact.pass {
            Pass::ToIntegrationTable => vec![(PRIMARY_CONTACT_ID, Value::Guid(contact.row.0))],
            Pass::FromIntegrationTable => {
                let name = contact.person.iter().map(|name| (CONTACT_NAME, Value::Text(name.clone())));
                [(PRIMARY_CONTACT, Value::Text(contact.number.clone()))].into_iter().chain(name).collect()
            }
        };
        actions.push(sides.update(contact.pass, state, Following::PrimaryContact, &writes));
    }
    Ok(plan(companies.mapping, actions))
}

/// What the creation of customers or vendors from accounts brings about (S6.15).
#[derive(Debug, Clone, PartialEq)]
pub struct NewCompanies {
    /// Gives accounts this company that were another's or nobody's.
    pub plan: Plan,
    /// Dataverse contacts to synchronize from Dataverse once it is carried out: coupled, of this company, and of one of
    /// the accounts. That links their Business Central contacts to the new company contact (S6.22).
    pub contacts: FxHashSet<RowId>,
}

/// What the creation of customers or vendors from these accounts brings about. `contacts` are Dataverse's with their
/// couplings.
///
/// # Errors
/// When the key of the records of one side was not read.
pub fn new_companies(
    created: &FxHashSet<RowId>,
    companies: Companies<'_>,
    company: &Company,
    contacts: (Records<'_>, &Couplings),
) -> Result<NewCompanies, PlanError> {
    let sides = Sides::new(companies)?;
    let ours = Value::Guid(company.id);
    let mut actions = Vec::new();
    let mut accounts: Vec<RowId> = created.iter().copied().collect();
    accounts.sort();
    for row in accounts {
        let Some(state) = companies.couplings.of_row(row) else { continue };
        if sides.value(Side::Dataverse, row.0, COMPANY).is_some_and(|now| now != ours) {
            actions.push(sides.update(
                Pass::ToIntegrationTable,
                state,
                Following::NewCompany,
                &[(COMPANY, ours.clone())],
            ));
        }
    }
    let contacts = coupled_contacts(created, company, contacts);
    Ok(NewCompanies { plan: plan(companies.mapping, actions), contacts })
}

fn coupled_contacts(
    accounts: &FxHashSet<RowId>,
    company: &Company,
    (contacts, couplings): (Records<'_>, &Couplings),
) -> FxHashSet<RowId> {
    let column = |name: &str| contacts.rows.column(name);
    let (Some(keys), Some(parents), Some(owners)) =
        (column(&contacts.schema.key_field), column("parentcustomerid"), column(COMPANY))
    else {
        return FxHashSet::default();
    };
    let contact = |row: usize| match (keys.get(row), parents.get(row)) {
        (FieldValue::Guid(id), FieldValue::Guid(parent)) if accounts.contains(&RowId(parent)) => {
            let is_ours = owners.get(row) == FieldValue::Guid(company.id);
            Some(RowId(id)).filter(|id| is_ours && couplings.record_of(*id).is_some())
        }
        _ => None,
    };
    (0..contacts.rows.n_rows()).filter_map(contact).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Guid(id) => id.is_nil(),
        _ => false,
    }
}

/// Both sides of a mapping, found by id.
struct Sides<'a> {
    companies: Companies<'a>,
    business_central: SideRows<'a>,
    dataverse: SideRows<'a>,
}

impl<'a> Sides<'a> {
    fn new(companies: Companies<'a>) -> Result<Self, PlanError> {
        Ok(Sides {
            business_central: SideRows::new(companies.business_central)?,
            dataverse: SideRows::new(companies.dataverse)?,
            companies,
        })
    }

    fn side(&self, side: Side) -> &SideRows<'a> {
        match side {
            Side::BusinessCentral => &self.business_central,
            Side::Dataverse => &self.dataverse,
        }
    }

    /// Whether the mapping and its field of the primary contact run in this direction.
    fn runs(&self, pass: Pass) -> bool {
        let mapping = self.companies.mapping;
        let field = mapping.field_mappings.iter().find(|it| it.column.as_deref() == Some(PRIMARY_CONTACT_ID));
        pass.takes(mapping.direction)
            && field.is_some_and(|it| it.status == FieldMappingStatus::Enabled && pass.takes(it.direction))
    }

    /// What a record holds; none when there is no such record or the field was not read.
    fn value(&self, side: Side, id: Uuid, name: &str) -> Option<Value> {
        let rows = self.side(side);
        Some(rows.records.rows.column(name)?.get(rows.row(id)?).into())
    }

    /// Writes to the destination record of a coupled pair. A partner that was not changed stays so (S6.17).
    fn update(&self, pass: Pass, state: &CouplingState, why: Following, writes: &[(&str, Value)]) -> Action {
        let (side, reason) = (pass.destination(), Reason::Follows(why));
        let (record, row) = (state.record_end().map(|end| end.id()), state.coupling.row.id());
        let id = match side {
            Side::BusinessCentral => record.map(|record| record.0).unwrap_or_default(),
            Side::Dataverse => row.0,
        };
        let now = self.side(side).row(id).and_then(|at| self.side(side).modified_at(at));
        let is_changed = now.is_some() && state.has_changed(side, now);
        let field = |(name, write): &(&str, Value)| {
            let now = self.value(side, id, name).unwrap_or_default();
            let (field, column): (Option<Arc<str>>, Option<Arc<str>>) = match side {
                Side::BusinessCentral => (Some((*name).into()), None),
                Side::Dataverse => (None, Some((*name).into())),
            };
            let (business_central, dataverse) = match side {
                Side::BusinessCentral => (now, Value::Null),
                Side::Dataverse => (Value::Null, now),
            };
            FieldDifference {
                number: None,
                field,
                column,
                last_business_central: None,
                last_dataverse: None,
                business_central,
                dataverse,
                write: Some(write.clone()),
                layer: Layer::TableRule { rule: reason.rule().into() },
                kept: None,
                decided: None,
            }
        };
        Action {
            pass,
            kind: ActionKind::Update,
            record,
            row: Some(row),
            reason: reason.clone(),
            fields: writes.iter().map(field).collect(),
            source_modified_at: None,
            destination_modified_at: now,
            opposite_pending: is_changed,
            shelves: Shelves::No,
        }
    }
}

fn plan(mapping: &IntegrationTableMapping, mut actions: Vec<Action>) -> Plan {
    let by_pair = |action: &Action| (action.pass, action.record, action.row);
    actions.sort_by_key(by_pair);
    actions.dedup_by_key(|action| by_pair(action));
    let mut counters: FxHashMap<Pass, Counters> = FxHashMap::default();
    for action in &actions {
        counters.entry(action.pass).or_default().count(action.kind, action.shelves);
    }
    let summary = |pass: &Pass| {
        Some(PassSummary {
            pass: *pass,
            counters: *counters.get(pass)?,
            passed_over: PassedOver::default(),
            watermark: None,
            left_out: Vec::new(),
        })
    };
    let passes = [Pass::ToIntegrationTable, Pass::FromIntegrationTable];
    Plan { mapping: mapping.name.clone(), passes: passes.iter().filter_map(summary).collect(), actions }
}
