//! What the answers mean: one function a check, put together here with the evidence.

mod business_central;
mod dataverse;
mod mapping;

use couplet_engine::{IntegrationTableMapping, Side};

use super::case::{Case, Outcome, Silence, Topic, fact, rows};
use super::{Check, Exchange, Fact, Finding, Problem, Verdict};
use crate::error::ServiceErrorKind;

/// The solution that makes the tables of the integration (B19).
pub(super) const BASE_SOLUTION: &str = "bcbi_CdsBaseIntegration";
/// From here a difference of clocks is worth mentioning, in milliseconds: changes near a watermark may be overlooked.
const CLOCK_AMBER: i64 = 60_000;
/// From here tokens are refused as not yet or no longer valid, in milliseconds.
const CLOCK_RED: i64 = 300_000;

/// What every check found.
pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let (of_mappings, of_systems): (Vec<Check>, Vec<Check>) =
        Check::ALL.into_iter().partition(|check| check.is_of_mapping());
    let of_systems = of_systems.into_iter().map(|check| finding(case, check, None));
    let of_mappings = case.subject.mappings.iter().flat_map(|mapping| {
        let made = of_mappings.iter().filter(|check| mapping::concerns(**check, mapping));
        made.map(|check| finding(case, *check, Some(mapping))).collect::<Vec<_>>()
    });
    of_systems.chain(of_mappings).collect()
}

fn finding(case: &Case, check: Check, mapping: Option<&IntegrationTableMapping>) -> Finding {
    let outcome = match mapping {
        Some(mapping) => mapping::judge(case, check, mapping),
        None => judge(case, check),
    };
    let (verdict, facts) = outcome.unwrap_or_else(|verdict| (verdict, Vec::new()));
    let topics = topics(check, mapping);
    let mut exchanges: Vec<Exchange> = topics
        .iter()
        .filter_map(|topic| case.heard.get(topic))
        .map(|heard| {
            let mut exchange = heard.exchange.clone();
            if let Err(Silence::Unreadable { detail }) = &heard.body {
                exchange.came = format!("{} {detail}", exchange.came);
            }
            exchange
        })
        .collect();
    if matches!(check, Check::Companion | Check::Binding) {
        exchanges.extend(case.way_exchanges.iter().cloned());
    }
    Finding { check, mapping: mapping.map(|mapping| mapping.name.clone()), verdict, facts, exchanges }
}

/// The questions that a check rests on.
fn topics(check: Check, mapping: Option<&IntegrationTableMapping>) -> Vec<Topic> {
    let topics: &[Topic] = match check {
        Check::BusinessCentralSignIn | Check::BusinessCentralVersion | Check::BusinessCentralCompany => {
            &[Topic::Companies]
        }
        Check::LocalCurrency => &[Topic::LedgerSetup],
        Check::DataverseSignIn => &[Topic::WhoAmI],
        Check::DataverseVersion => &[Topic::Version],
        Check::User | Check::Licence => &[Topic::User],
        Check::Role | Check::Administrator => &[Topic::Roles],
        Check::Solution => &[Topic::Solutions],
        Check::CompanyRow | Check::CompanyFilter => &[Topic::CompanyRows],
        Check::OwningTeam => &[Topic::CompanyRows, Topic::Team],
        Check::BusinessUnit => &[Topic::Team],
        Check::TeamRole => &[Topic::TeamRoles],
        Check::BaseCurrency => &[Topic::LedgerSetup, Topic::Organization, Topic::Currencies],
        Check::Audit => &[Topic::Organization, Topic::Definitions],
        Check::Privileges => &[Topic::Definitions, Topic::Privileges],
        Check::ChangeTracking => &[Topic::Definitions],
        Check::BusinessCentralClock => &[Topic::Companies],
        Check::DataverseClock => &[Topic::WhoAmI],
        Check::Reading => {
            return mapping.map(|mapping| Topic::Records(mapping.table.number)).into_iter().collect();
        }
        Check::Companion | Check::Binding => &[],
    };
    topics.to_vec()
}

fn judge(case: &Case, check: Check) -> Outcome {
    match check {
        Check::BusinessCentralSignIn => sign_in(case, Topic::Companies, business_central::who(case)),
        Check::BusinessCentralVersion => business_central::version(case),
        Check::BusinessCentralCompany => business_central::company(case),
        Check::Companion => business_central::companion(case),
        Check::LocalCurrency => business_central::local_currency(case),
        Check::BusinessCentralClock => clock(case, Side::BusinessCentral),
        Check::DataverseSignIn => sign_in(case, Topic::WhoAmI, dataverse::who(case)),
        Check::DataverseVersion => dataverse::version(case),
        Check::User => dataverse::user(case),
        Check::Licence => dataverse::licence(case),
        Check::Role => dataverse::role(case),
        Check::Administrator => dataverse::administrator(case),
        Check::Solution => dataverse::solution(case),
        Check::CompanyRow => dataverse::company_row(case),
        Check::OwningTeam => dataverse::owning_team(case),
        Check::TeamRole => dataverse::team_role(case),
        Check::BusinessUnit => dataverse::business_unit(case),
        Check::BaseCurrency => dataverse::base_currency(case),
        Check::Audit => dataverse::audit(case),
        Check::DataverseClock => clock(case, Side::Dataverse),
        _ => Err(Verdict::NotMade { after: None }),
    }
}

/// Whether a service takes the sign-in (A55, B55).
fn sign_in(case: &Case, topic: Topic, facts: Vec<Fact>) -> Outcome {
    let Some(heard) = case.heard.get(&topic) else { return Err(Verdict::NotMade { after: None }) };
    let problem = match &heard.body {
        Ok(_) => return Ok((Verdict::Green, facts)),
        Err(Silence::Lost { .. }) => Problem::NoAnswer,
        Err(Silence::Unreadable { .. }) => Problem::AnsweredOtherwise,
        Err(Silence::Refused(error)) => match error.kind {
            ServiceErrorKind::Unauthorized | ServiceErrorKind::Forbidden => Problem::SignInRefused,
            _ => Problem::AnsweredOtherwise,
        },
    };
    Ok((Verdict::Red(problem), facts))
}

/// Whether a service's clock agrees with the caller's.
fn clock(case: &Case, side: Side) -> Outcome {
    let sign_in = match side {
        Side::BusinessCentral => Check::BusinessCentralSignIn,
        Side::Dataverse => Check::DataverseSignIn,
    };
    let known = case.clock(side).ok_or(Verdict::NotMade { after: Some(sign_in) })?;
    let verdict = match known.abs() {
        difference if difference >= CLOCK_RED => Verdict::Red(Problem::ClocksDiffer),
        difference if difference >= CLOCK_AMBER => Verdict::Amber(Problem::ClocksDiffer),
        _ => Verdict::Green,
    };
    Ok((verdict, vec![Fact { name: "Date", value: format!("{:+} s", known / 1_000) }]))
}

/// The first two numbers of a version.
fn version_numbers(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next().flatten().unwrap_or_default()))
}

/// A property of every element of a list, as evidence.
fn facts_of(body: &serde_json::Value, name: &'static str) -> Vec<Fact> {
    rows(body).iter().map(|row| fact(row, name)).collect()
}
