//! What is proven for each mapping.

use couplet_engine::{Direction, FieldMappingStatus, IntegrationTableMapping, Side};
use serde_json::Value;

use super::super::case::{Case, Outcome, Topic, fact, flag, id, rows, text};
use super::super::{Check, Fact, Problem, Verdict};
use crate::binding::BindingKind;
use crate::error::ServiceErrorKind;

/// The column of the company's row in filters (S7.13).
const COMPANY_COLUMN: &str = "bcbi_companyid";
/// `Depth` of a privilege on all rows.
const GLOBAL: &str = "Global";

/// Whether a check is made for a mapping: choices have neither rows nor changes, and not every filter names a company.
pub(super) fn concerns(check: Check, mapping: &IntegrationTableMapping) -> bool {
    match check {
        Check::ChangeTracking => !mapping.is_option_mapping(),
        Check::CompanyFilter => company_texts(mapping).next().is_some(),
        _ => check.is_of_mapping(),
    }
}

fn company_texts(mapping: &IntegrationTableMapping) -> impl Iterator<Item = &str> {
    let conditions = &mapping.filter(Side::Dataverse).conditions;
    conditions
        .iter()
        .filter(|condition| condition.field == COMPANY_COLUMN)
        .map(|condition| condition.text.as_str())
}

pub(super) fn judge(case: &Case, check: Check, mapping: &IntegrationTableMapping) -> Outcome {
    match check {
        Check::Binding => binding(case, mapping),
        Check::Reading => reading(case, mapping),
        Check::Privileges => privileges(case, mapping),
        Check::ChangeTracking => change_tracking(case, mapping),
        Check::CompanyFilter => company_filter(case, mapping),
        _ => Err(Verdict::NotMade { after: None }),
    }
}

/// Every field of an enabled field mapping is within reach (A67, `DESIGN.md`, Bindings).
fn binding(case: &Case, mapping: &IntegrationTableMapping) -> Outcome {
    let table = case.ways()?.table(mapping.table.number);
    let Some(table) = table.filter(|table| table.binding.kind != BindingKind::None) else {
        return Ok((Verdict::Red(Problem::NoWay), vec![named("table", &mapping.table.name)]));
    };
    let enabled = mapping.field_mappings.iter().filter(|field| field.status == FieldMappingStatus::Enabled);
    let mut fields: Vec<&str> = enabled.filter_map(|field| field.field.as_deref()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.retain(|name| table.binding.out_of_reach.iter().any(|field| field.field == *name));
    let way = format!("{}/{}", table.binding.route, table.binding.entity_set);
    let mut facts = vec![named("way", &way)];
    facts.extend(fields.iter().map(|name| named("field", name)));
    let verdict = if fields.is_empty() { Verdict::Green } else { Verdict::Amber(Problem::FieldsOutOfReach) };
    Ok((verdict, facts))
}

/// One record can be read (A55).
fn reading(case: &Case, mapping: &IntegrationTableMapping) -> Outcome {
    let topic = Topic::Records(mapping.table.number);
    let refused = [ServiceErrorKind::Unauthorized, ServiceErrorKind::Forbidden, ServiceErrorKind::NotFound];
    if case.refusal(topic).is_some_and(|error| refused.contains(&error.kind)) {
        return Ok((Verdict::Red(Problem::ReadingRefused), vec![named("table", &mapping.table.name)]));
    }
    let body = case.answer(topic, Check::Binding)?;
    Ok((Verdict::Green, vec![named("records", &rows(body).len().to_string())]))
}

/// The kinds of access that a mapping needs: to Dataverse rows are changed, pointed from and to, and created, by coupling
/// also where only coupled records are synchronized. Of the choices of an option mapping only the reading is proven: changing them is a right on metadata, not on rows.
fn needed(mapping: &IntegrationTableMapping) -> &'static [&'static str] {
    if mapping.is_option_mapping() || mapping.direction == Direction::FromIntegrationTable {
        &["Read"]
    } else {
        &["Read", "Create", "Write", "Append", "AppendTo"]
    }
}

/// The user has the privileges that the metadata names for the table (B55); reading concerns all rows, those of others
/// too (B50).
fn privileges(case: &Case, mapping: &IntegrationTableMapping) -> Outcome {
    case.answer(Topic::Definitions, Check::DataverseSignIn)?;
    let Some(definition) = case.definition(mapping) else {
        let table = named("LogicalName", &mapping.integration_table);
        return Ok((Verdict::Red(Problem::TableMissing), vec![table]));
    };
    let given = case.answer(Topic::Privileges, Check::Role)?.get("RolePrivileges").and_then(Value::as_array);
    let given = given.ok_or(Verdict::NotMade { after: None })?;
    let of_table = definition.get("Privileges").and_then(Value::as_array);
    let of_table = of_table.filter(|list| !list.is_empty()).ok_or(Verdict::NotMade { after: None })?;
    let (mut missing, mut narrow, mut present) = (Vec::new(), Vec::new(), Vec::new());
    for kind in needed(mapping) {
        let Some(privilege) = of_table.iter().find(|it| text(it, "PrivilegeType") == *kind) else { continue };
        let wanted = id(privilege, "PrivilegeId");
        let mut depths = given
            .iter()
            .filter(|it| wanted.is_some() && id(it, "PrivilegeId") == wanted)
            .map(|it| text(it, "Depth"))
            .peekable();
        let name = privilege_fact(privilege);
        if depths.peek().is_none() {
            missing.push(name);
        } else if *kind == "Read" && !depths.any(|depth| depth == GLOBAL) {
            narrow.push(name);
        } else {
            present.push(name);
        }
    }
    Ok(if !missing.is_empty() {
        (Verdict::Red(Problem::PrivilegesMissing), missing)
    } else if !narrow.is_empty() {
        (Verdict::Amber(Problem::PrivilegesNarrow), narrow)
    } else {
        (Verdict::Green, present)
    })
}

/// Changes are tracked, so that a run reads only what changed (B48).
fn change_tracking(case: &Case, mapping: &IntegrationTableMapping) -> Outcome {
    case.answer(Topic::Definitions, Check::DataverseSignIn)?;
    let after = Verdict::NotMade { after: Some(Check::Privileges) };
    let definition = case.definition(mapping).ok_or(after)?;
    let is_on = flag(definition, "ChangeTrackingEnabled");
    let verdict = if is_on { Verdict::Green } else { Verdict::Amber(Problem::ChangeTrackingOff) };
    Ok((verdict, vec![fact(definition, "LogicalName"), fact(definition, "ChangeTrackingEnabled")]))
}

/// The filter names the row of the connected company (S7.13).
fn company_filter(case: &Case, mapping: &IntegrationTableMapping) -> Outcome {
    let company = case.company_row_id().ok_or(Verdict::NotMade { after: Some(Check::CompanyRow) })?;
    let company = company.hyphenated().to_string();
    let names_it = company_texts(mapping).any(|text| text.to_ascii_lowercase().contains(&company));
    let verdict = if names_it { Verdict::Green } else { Verdict::Red(Problem::OtherCompanyInFilter) };
    Ok((verdict, company_texts(mapping).map(|text| named(COMPANY_COLUMN, text)).collect()))
}

fn named(name: &'static str, value: &str) -> Fact {
    Fact { name, value: value.to_owned() }
}

/// A privilege by its name.
fn privilege_fact(row: &Value) -> Fact {
    named("privilege", text(row, "Name"))
}
