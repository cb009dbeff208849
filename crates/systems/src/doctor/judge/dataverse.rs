//! What is proven of Dataverse, mappings aside: the checks of S7.6 and what goes with them.

use serde_json::Value;
use uuid::Uuid;

use super::super::case::{Case, Outcome, Topic, fact, flag, id, rows, text};
use super::super::{Check, Fact, Problem, Verdict};
use super::{BASE_SOLUTION, facts_of, version_numbers};

/// The integration role, the same in every environment (S7.6).
const INTEGRATION_ROLE: Uuid = Uuid::from_u128(0xa2b1_8661_9ff5_e911_a812_000d_3a0b_9028);
/// The template that System Administrator is made from (S7.6).
const ADMINISTRATOR_TEMPLATE: Uuid = Uuid::from_u128(0x6270_90ff_40a3_4053_8790_584e_dc5b_e201);
const ADMINISTRATOR: &str = "System Administrator";
/// Code with which Dataverse refuses a user who has no role.
const NO_ROLES: &str = "0x80042f09";
/// `accessmode` of a user who is no person.
const NON_INTERACTIVE: i64 = 4;

/// Whose account it is.
pub(super) fn who(case: &Case) -> Vec<Fact> {
    let user = case.body(Topic::User).map(|user| fact(user, "fullname"));
    let id = case.body(Topic::WhoAmI).map(|who| fact(who, "UserId"));
    user.into_iter().chain(id).collect()
}

/// Above 6 and not 7.1 (S7.6).
pub(super) fn version(case: &Case) -> Outcome {
    let body = case.answer(Topic::Version, Check::DataverseSignIn)?;
    let verdict = match version_numbers(text(body, "Version")) {
        None => Verdict::NotMade { after: None },
        Some((7, 1) | (0..=6, _)) => Verdict::Amber(Problem::VersionUnsupported),
        Some(_) => Verdict::Green,
    };
    Ok((verdict, vec![fact(body, "Version")]))
}

/// The user is enabled (S7.6).
pub(super) fn user(case: &Case) -> Outcome {
    let user = case.answer(Topic::User, Check::DataverseSignIn)?;
    let is_disabled = flag(user, "isdisabled");
    let verdict = if is_disabled { Verdict::Red(Problem::UserDisabled) } else { Verdict::Green };
    Ok((verdict, vec![fact(user, "fullname"), fact(user, "isdisabled")]))
}

/// An application or an integration user needs no licence (A15, S7.6); what a person edits would be taken for the work
/// of the integration where changes of the connected user are left out (S2.8).
pub(super) fn licence(case: &Case) -> Outcome {
    let user = case.answer(Topic::User, Check::DataverseSignIn)?;
    let mode = user.get("accessmode").and_then(Value::as_i64);
    let is_application = id(user, "applicationid").is_some();
    let verdict = if is_application || flag(user, "isintegrationuser") && mode == Some(NON_INTERACTIVE) {
        Verdict::Green
    } else if flag(user, "islicensed") || mode == Some(NON_INTERACTIVE) {
        Verdict::Amber(Problem::PersonalAccount)
    } else {
        Verdict::Red(Problem::LicenceMissing)
    };
    let names = ["applicationid", "isintegrationuser", "accessmode", "islicensed"];
    Ok((verdict, names.into_iter().map(|name| fact(user, name)).collect()))
}

/// Whether a role is the integration's, or its copy in another business unit.
fn is_integration_role(role: &Value) -> bool {
    ["roleid", "_parentrootroleid_value"].into_iter().any(|name| id(role, name) == Some(INTEGRATION_ROLE))
}

/// The user has the integration role (S7.6).
pub(super) fn role(case: &Case) -> Outcome {
    let no_roles = [Topic::Roles, Topic::User].into_iter().filter_map(|topic| case.refusal(topic));
    if no_roles.into_iter().any(|refusal| refusal.code.eq_ignore_ascii_case(NO_ROLES)) {
        return Ok((Verdict::Red(Problem::RolesMissing), Vec::new()));
    }
    let body = case.answer(Topic::Roles, Check::DataverseSignIn)?;
    let verdict = match rows(body) {
        [] => Verdict::Red(Problem::RolesMissing),
        roles if roles.iter().any(is_integration_role) => Verdict::Green,
        _ => Verdict::Amber(Problem::IntegrationRoleMissing),
    };
    Ok((verdict, facts_of(body, "name")))
}

/// The user is no System Administrator (S7.6).
pub(super) fn administrator(case: &Case) -> Outcome {
    let body = case.answer(Topic::Roles, Check::Role)?;
    let is_administrator = |role: &Value| {
        id(role, "_roletemplateid_value") == Some(ADMINISTRATOR_TEMPLATE)
            || text(role, "name") == ADMINISTRATOR
    };
    let found = rows(body).iter().any(is_administrator);
    let verdict = if found { Verdict::Amber(Problem::IsAdministrator) } else { Verdict::Green };
    Ok((verdict, facts_of(body, "name")))
}

/// The base integration solution is there, in version 1 or later (S7.6).
pub(super) fn solution(case: &Case) -> Outcome {
    let body = case.answer(Topic::Solutions, Check::DataverseSignIn)?;
    let found = rows(body).iter().find(|row| text(row, "uniquename").eq_ignore_ascii_case(BASE_SOLUTION));
    let Some(found) = found else {
        let wanted = Fact { name: "uniquename", value: BASE_SOLUTION.to_owned() };
        return Ok((Verdict::Red(Problem::SolutionMissing), vec![wanted]));
    };
    let is_old = version_numbers(text(found, "version")).is_none_or(|(major, _)| major < 1);
    let verdict = if is_old { Verdict::Red(Problem::SolutionOld) } else { Verdict::Green };
    Ok((verdict, vec![fact(found, "uniquename"), fact(found, "version")]))
}

/// The company has its row, found by the company's id (S7.5).
pub(super) fn company_row(case: &Case) -> Outcome {
    let body = case.answer(Topic::CompanyRows, Check::Solution)?;
    if case.company().is_none() {
        return Err(Verdict::NotMade { after: Some(Check::BusinessCentralCompany) });
    }
    Ok(match (case.company_row(), rows(body)) {
        (Some(row), _) => (Verdict::Green, vec![fact(row, "bcbi_name"), fact(row, "bcbi_externalid")]),
        (None, []) => (Verdict::Red(Problem::CompanyRowMissing), Vec::new()),
        (None, others) => {
            let named = others.iter().flat_map(|row| [fact(row, "bcbi_name"), fact(row, "bcbi_externalid")]);
            (Verdict::Red(Problem::CompanyRowForeign), named.collect())
        }
    })
}

/// The row names a team, and the team is there (S7.5-b).
pub(super) fn owning_team(case: &Case) -> Outcome {
    let row = case.company_row().ok_or(Verdict::NotMade { after: Some(Check::CompanyRow) })?;
    if case.team().is_none() || case.refusal(Topic::Team).is_some_and(|refusal| refusal.status == 404) {
        let team = fact(row, "_bcbi_defaultowningteam_value");
        return Ok((Verdict::Red(Problem::OwningTeamMissing), vec![team]));
    }
    let team = case.answer(Topic::Team, Check::CompanyRow)?;
    Ok((Verdict::Green, vec![fact(team, "name")]))
}

/// The team has the integration role, or its copy in the team's business unit (S7.6).
pub(super) fn team_role(case: &Case) -> Outcome {
    let body = case.answer(Topic::TeamRoles, Check::OwningTeam)?;
    let has_role = rows(body).iter().any(is_integration_role);
    let verdict = if has_role { Verdict::Green } else { Verdict::Red(Problem::TeamRoleMissing) };
    Ok((verdict, facts_of(body, "name")))
}

/// The team is in a business unit below the root, which is enabled (S7.5, S7.6).
pub(super) fn business_unit(case: &Case) -> Outcome {
    let team = case.answer(Topic::Team, Check::OwningTeam)?;
    let unit = team.get("businessunitid").ok_or(Verdict::NotMade { after: None })?;
    let verdict = if flag(unit, "isdisabled") {
        Verdict::Red(Problem::UnitDisabled)
    } else if id(unit, "_parentbusinessunitid_value").is_none() {
        Verdict::Amber(Problem::UnitIsRoot)
    } else {
        Verdict::Green
    };
    Ok((verdict, vec![fact(unit, "name"), fact(unit, "isdisabled")]))
}

/// Business Central's local currency is an active currency of Dataverse, and its base currency (S7.7, S7.20).
pub(super) fn base_currency(case: &Case) -> Outcome {
    let setup = case.answer(Topic::LedgerSetup, Check::BusinessCentralCompany)?;
    let local = rows(setup).first().map(|row| text(row, "localCurrencyCode").trim()).unwrap_or_default();
    if local.is_empty() {
        return Err(Verdict::NotMade { after: Some(Check::LocalCurrency) });
    }
    let organization = case.answer(Topic::Organization, Check::DataverseSignIn)?;
    let currencies = rows(case.answer(Topic::Currencies, Check::DataverseSignIn)?);
    let base = rows(organization).first().and_then(|row| id(row, "_basecurrencyid_value"));
    let base = currencies.iter().find(|row| id(row, "transactioncurrencyid") == base);
    let code = |row: &Value| text(row, "isocurrencycode").to_owned();
    let facts = vec![
        Fact { name: "localCurrencyCode", value: local.to_owned() },
        Fact { name: "basecurrencyid", value: base.map(code).unwrap_or_default() },
    ];
    let found = currencies.iter().find(|row| text(row, "isocurrencycode").trim().eq_ignore_ascii_case(local));
    let is_active = |row: &Value| row.get("statecode").and_then(Value::as_i64) == Some(0);
    let verdict = match found {
        None => Verdict::Red(Problem::CurrencyMissing),
        Some(row) if !is_active(row) => Verdict::Amber(Problem::CurrencyInactive),
        Some(row)
            if base.is_some_and(|base| {
                id(base, "transactioncurrencyid") != id(row, "transactioncurrencyid")
            }) =>
        {
            Verdict::Amber(Problem::BaseCurrencyDiffers)
        }
        Some(_) if base.is_none() => Verdict::NotMade { after: None },
        Some(_) => Verdict::Green,
    };
    Ok((verdict, facts))
}

/// The organization audits, and so does every mapped table: importing a solution can switch it off (P-27).
pub(super) fn audit(case: &Case) -> Outcome {
    let organization = case.answer(Topic::Organization, Check::DataverseSignIn)?;
    let row = rows(organization).first().ok_or(Verdict::NotMade { after: None })?;
    let mut facts = vec![fact(row, "isauditenabled")];
    if !flag(row, "isauditenabled") {
        return Ok((Verdict::Amber(Problem::AuditOff), facts));
    }
    if case.subject.mappings.is_empty() {
        return Ok((Verdict::Green, facts));
    }
    let tables = rows(case.answer(Topic::Definitions, Check::DataverseSignIn)?);
    let is_off = |table: &&Value| table.get("IsAuditEnabled").is_none_or(|it| !flag(it, "Value"));
    let off = tables.iter().filter(is_off).map(|table| fact(table, "LogicalName"));
    let n_known = facts.len();
    facts.extend(off);
    let verdict = if facts.len() > n_known { Verdict::Amber(Problem::TableAuditOff) } else { Verdict::Green };
    Ok((verdict, facts))
}
