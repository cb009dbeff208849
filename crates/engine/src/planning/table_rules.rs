//! Values that no field mapping gives: the small rules of single tables (S6.14, S6.21, S6.22, S6.31, S6.32), what every
//! row of a company gets (S4.57), and templates (S4.55, S4.56).

use std::sync::Arc;

use couplet_filter::{FieldType, FieldValue};
use uuid::Uuid;

use super::failure::Failure;
use super::fields::{OWNER, PassFields, value_of_text};
use super::make::is_owner;
use super::pair::Pair;
use super::plan::{Action, ActionKind, FieldDifference, Layer, Pass};
use super::planner::Planner;
use super::references::RelatedCompany;
use crate::configuration::OwnershipModel;
use crate::coupling::RowId;
use crate::schema::{FieldAccess, Side};
use crate::transfer::differs;
use crate::value::Value;

const SALESPERSON: u32 = 13;
/// Codes of salespeople that are created from users begin like this.
const SALESPERSON_PREFIX: &str = "SP NO. ";
const CUSTOMER: u32 = 18;
const VENDOR: u32 = 23;
const CONTACT: u32 = 5050;
const CURRENCY: u32 = 4;
/// `account.statuscode` of an inactive account.
const INACTIVE: i32 = 2;
/// Dataverse column with the company of a row.
pub(super) const COMPANY: &str = "bcbi_companyid";

/// Where the values of a rule go.
struct Target<'t> {
    pass: Pass,
    pair: Pair<'t>,
    differences: &'t mut Vec<FieldDifference>,
}

impl Planner<'_> {
    /// The rules of the table, after the fields were copied.
    pub(super) fn apply_table_rules(
        &self,
        fields: &PassFields<'_>,
        pair: Pair<'_>,
        differences: &mut Vec<FieldDifference>,
    ) -> Result<(), Failure> {
        let (table, integration_table) =
            (self.input.mapping.table.number, self.input.mapping.integration_table.as_str());
        let mut target = Target { pass: fields.pass, pair, differences };
        match (table, integration_table, fields.pass) {
            (CUSTOMER, "account", Pass::FromIntegrationTable) => self.block_inactive(&mut target),
            (CONTACT, "contact", Pass::ToIntegrationTable) => self.parent_account(&mut target),
            (CONTACT, "contact", Pass::FromIntegrationTable) => self.company_contact(&mut target),
            (CURRENCY, "transactioncurrency", Pass::ToIntegrationTable) => {
                self.currency_extras(&mut target);
                self.exchange_rate(&mut target)
            }
            _ => Ok(()),
        }
    }

    fn cell(&self, side: Side, name: &str, row: usize) -> FieldValue<'_> {
        let column = self.side(side).records.rows.column(name);
        column.map_or(FieldValue::Null, |column| column.get(row))
    }

    /// What the destination will hold after what is planned so far.
    fn planned(&self, target: &Target<'_>, name: &str) -> Value {
        let side = target.pass.destination();
        let written =
            target.differences.iter().rev().find(|it| {
                it.write.is_some() && it.name(side).is_some_and(|it| it.eq_ignore_ascii_case(name))
            });
        match written.and_then(|it| it.write.clone()) {
            Some(value) => value,
            None => target.pair.destination.map_or(Value::Null, |row| self.cell(side, name, row).into()),
        }
    }

    /// Writes a value if the destination has the field and holds another one.
    fn set(&self, target: &mut Target<'_>, rule: &'static str, name: &str, value: Value) {
        let side = target.pass.destination();
        let Some(schema) = self.side(side).records.schema.field(name) else { return };
        let open = matches!(
            (schema.access, target.pair.destination),
            (FieldAccess::Full, _) | (FieldAccess::Insert, None) | (FieldAccess::Modify, Some(_))
        );
        let field_type = &schema.field_type;
        let planned = self.planned(target, name);
        let is_new = target.pair.destination.is_none();
        if !open || !is_new && !differs(&value, planned.as_field_value(), field_type, field_type) {
            return;
        }
        let layer = Layer::TableRule { rule: rule.into() };
        let now = target.pair.destination.map_or(Value::Null, |row| self.cell(side, name, row).into());
        put(target.differences, given(side, &schema.name, now, value, layer));
    }

    /// An inactive account blocks its customer; nothing unblocks one (S6.14).
    fn block_inactive(&self, target: &mut Target<'_>) -> Result<(), Failure> {
        let inactive =
            self.cell(Side::Dataverse, "statuscode", target.pair.source) == FieldValue::Option(INACTIVE);
        let schema = self.business_central.records.schema.field("Blocked");
        let Some(schema) = schema.filter(|_| inactive) else { return Ok(()) };
        if self.planned(target, "Blocked").is_blank(&schema.field_type) {
            self.set(target, "S6.14", "Blocked", value_of_text("All", schema)?);
        }
        Ok(())
    }

    /// The account of the company that a person belongs to (S6.21).
    fn parent_account(&self, target: &mut Target<'_>) -> Result<(), Failure> {
        let FieldValue::Text(company) = self.cell(Side::BusinessCentral, "Company No.", target.pair.source)
        else {
            return Ok(());
        };
        let parent = match self.input.references.companies.get(company) {
            Some(RelatedCompany::Account(row)) => Value::Guid(row.0),
            Some(RelatedCompany::NotCoupled) => Value::Guid(Uuid::nil()),
            None => return Err(Failure::CompanyWithoutRelation { company: company.into() }),
        };
        self.set(target, "S6.21", "parentcustomerid", parent);
        Ok(())
    }

    /// The company contact of the customer or vendor that the parent account is coupled to (S6.22).
    fn company_contact(&self, target: &mut Target<'_>) -> Result<(), Failure> {
        let parent = match self.cell(Side::Dataverse, "parentcustomerid", target.pair.source) {
            FieldValue::Guid(parent) if !parent.is_nil() => parent,
            _ => return Ok(()),
        };
        let company = self.input.references.company_contacts.get(&RowId(parent));
        let company = company.ok_or(Failure::ParentNotCoupled)?;
        self.set(target, "S6.22", "Company No.", Value::Text(company.clone()));
        Ok(())
    }

    /// New currencies get the organization's precision; a blank symbol is the code (S6.31).
    fn currency_extras(&self, target: &mut Target<'_>) {
        let Some(currencies) = &self.input.references.currencies else { return };
        if target.pair.destination.is_none() {
            self.set(target, "S6.31", "currencyprecision", Value::Integer(currencies.precision));
        }
        let text = FieldType::Text { max_length: None };
        if self.planned(target, "currencysymbol").is_blank(&text)
            && let FieldValue::Text(code) = self.cell(Side::BusinessCentral, "Code", target.pair.source)
        {
            self.set(target, "S6.31", "currencysymbol", Value::text(code));
        }
    }

    fn exchange_rate(&self, target: &mut Target<'_>) -> Result<(), Failure> {
        let Some(currencies) = &self.input.references.currencies else { return Ok(()) };
        let FieldValue::Text(code) = self.cell(Side::BusinessCentral, "Code", target.pair.source) else {
            return Ok(());
        };
        let rate = currencies.exchange_rate(code);
        let rate = rate.ok_or_else(|| Failure::ExchangeRateMissing { code: code.into() })?;
        self.set(target, "S6.32", "exchangerate", Value::Decimal(rate));
        Ok(())
    }

    /// The company of the row, and the team that owns a new one (S4.57): beside other values, never alone.
    pub(super) fn apply_defaults(&self, pass: Pass, pair: Pair<'_>, differences: &mut Vec<FieldDifference>) {
        if pass != Pass::ToIntegrationTable {
            return;
        }
        let schema = self.dataverse.records.schema;
        let mut give = |name: &str, value: Value| {
            let Some(field) = schema.field(name).filter(|it| it.access != FieldAccess::OutOfReach) else {
                return;
            };
            let now =
                pair.destination.map_or(Value::Null, |row| self.cell(Side::Dataverse, name, row).into());
            if pair.destination.is_none() || !now.is_same(&value, &field.field_type) {
                put(differences, given(Side::Dataverse, &field.name, now, value, Layer::Default));
            }
        };
        if let Some(company) = &self.input.settings.company {
            give(COMPANY, Value::Guid(company.id));
        }
        let owned = [CUSTOMER, VENDOR, CONTACT].contains(&self.input.mapping.table.number);
        let Some(team) = self.input.settings.owning_team.filter(|_| owned && pair.destination.is_none())
        else {
            return;
        };
        let has_owner = self.input.settings.ownership == OwnershipModel::Person
            && differences.iter().any(|it| {
                it.column.as_deref().is_some_and(is_owner)
                    && matches!(it.write, Some(Value::Guid(owner)) if !owner.is_nil())
            });
        if !has_owner {
            let owner_type = differences.iter().position(|it| it.column.as_deref() == Some("owneridtype"));
            if let Some(at) = owner_type {
                differences.remove(at);
            }
            let now = Value::Null;
            put(differences, given(Side::Dataverse, OWNER, now, Value::Guid(team), Layer::Default));
            if schema.field("owneridtype").is_some() {
                let table = Value::text("team");
                put(differences, given(Side::Dataverse, "owneridtype", Value::Null, table, Layer::Default));
            }
        }
    }

    /// The template comes last and wins (S4.56).
    pub(super) fn apply_template(
        &self,
        pass: Pass,
        pair: Pair<'_>,
        differences: &mut Vec<FieldDifference>,
    ) -> Result<(), Failure> {
        let side = pass.destination();
        let Some(template) = self.templates.of(side, pair.source) else { return Ok(()) };
        let code: Arc<str> = template.code.as_str().into();
        for (name, text) in &template.values {
            let unknown = || Failure::TemplateField {
                template: template.code.as_str().into(),
                field: name.as_str().into(),
            };
            let schema = self.side(side).records.schema.field(name).ok_or_else(unknown)?;
            if !matches!(schema.access, FieldAccess::Full | FieldAccess::Insert) {
                return Err(unknown());
            }
            let value = value_of_text(text, schema)?;
            let layer = Layer::Template { code: code.clone() };
            put(differences, given(side, &schema.name, Value::Null, value, layer));
        }
        Ok(())
    }

    /// Salespeople that are created from users get the next free codes, in the order of the plan (S6.3).
    pub(super) fn number_salespeople(&self, actions: &mut [Action]) {
        let mapping = self.input.mapping;
        let Some(code) = self.business_central.records.schema.field("Code") else { return };
        if (mapping.table.number, mapping.integration_table.as_str()) != (SALESPERSON, "systemuser") {
            return;
        }
        let rows = self.business_central.records.rows;
        let codes = (0..rows.n_rows()).map(|row| self.cell(Side::BusinessCentral, &code.name, row));
        let number = |code: FieldValue<'_>| match code {
            FieldValue::Text(code) => code.strip_prefix(SALESPERSON_PREFIX)?.parse::<u32>().ok(),
            _ => None,
        };
        let mut last = codes.filter_map(number).max().unwrap_or_default();
        for action in
            actions.iter_mut().filter(|it| matches!(it.kind, ActionKind::Create | ActionKind::Restore))
        {
            last = last.saturating_add(1);
            let value = Value::text(format!("{SALESPERSON_PREFIX}{last:05}"));
            let layer = Layer::TableRule { rule: "S6.3".into() };
            put(&mut action.fields, given(Side::BusinessCentral, &code.name, Value::Null, value, layer));
        }
    }
}

/// A value that no field mapping gives.
fn given(side: Side, name: &str, now: Value, write: Value, layer: Layer) -> FieldDifference {
    let name: Option<Arc<str>> = Some(name.into());
    let (field, column, business_central, dataverse) = match side {
        Side::BusinessCentral => (name, None, now, Value::Null),
        Side::Dataverse => (None, name, Value::Null, now),
    };
    FieldDifference {
        number: None,
        field,
        column,
        last_business_central: None,
        last_dataverse: None,
        business_central,
        dataverse,
        write: Some(write),
        layer,
        kept: None,
        decided: None,
    }
}

/// A later value for the same field replaces an earlier one, which keeps the place and both sides' values.
fn put(differences: &mut Vec<FieldDifference>, new: FieldDifference) {
    let side = if new.field.is_some() { Side::BusinessCentral } else { Side::Dataverse };
    let same = |it: &&mut FieldDifference| match (it.name(side), new.name(side)) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => false,
    };
    match differences.iter_mut().find(same) {
        Some(old) => {
            old.write = new.write;
            old.layer = new.layer;
            old.kept = None;
        }
        None => differences.push(new),
    }
}
