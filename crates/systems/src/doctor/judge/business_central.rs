//! What is proven of Business Central, mappings aside.

use super::super::case::{Case, Outcome, Topic, fact, id, rows, text};
use super::super::{Check, Fact, Problem, Verdict};
use super::{facts_of, version_numbers};
use crate::business_central::CompanionState;

/// Under whose name requests are made, as far as anybody but Business Central knows.
pub(super) fn who(case: &Case) -> Vec<Fact> {
    let value = case.subject.business_central_account.clone();
    if value.is_empty() { Vec::new() } else { vec![Fact { name: "account", value }] }
}

/// Applications can sign in from 18.11 and 19.5 (A14).
pub(super) fn version(case: &Case) -> Outcome {
    let body = case.answer(Topic::Companies, Check::BusinessCentralSignIn)?;
    let row = rows(body).first().ok_or(Verdict::NotMade { after: Some(Check::BusinessCentralCompany) })?;
    let facts = vec![fact(row, "systemVersion")];
    let verdict = match version_numbers(text(row, "systemVersion")) {
        None => Verdict::NotMade { after: None },
        Some((18, minor)) if minor < 11 => Verdict::Amber(Problem::VersionOld),
        Some((19, minor)) if minor < 5 => Verdict::Amber(Problem::VersionOld),
        Some((major, _)) if major < 18 => Verdict::Amber(Problem::VersionOld),
        Some(_) => Verdict::Green,
    };
    Ok((verdict, facts))
}

/// The company that the app works with is among those of the environment (A6).
pub(super) fn company(case: &Case) -> Outcome {
    let body = case.answer(Topic::Companies, Check::BusinessCentralSignIn)?;
    let company = case.company();
    let found = rows(body).iter().find(|row| company.is_some() && id(row, "id") == company);
    Ok(match found {
        Some(row) => (Verdict::Green, vec![fact(row, "name"), fact(row, "id")]),
        None => (Verdict::Red(Problem::CompanyMissing), facts_of(body, "name")),
    })
}

/// The companion answers (A67).
pub(super) fn companion(case: &Case) -> Outcome {
    Ok(match case.ways()?.companion {
        CompanionState::Installed => (Verdict::Green, Vec::new()),
        CompanionState::Missing => (Verdict::Amber(Problem::CompanionMissing), Vec::new()),
    })
}

/// General Ledger Setup names the local currency (S7.7).
pub(super) fn local_currency(case: &Case) -> Outcome {
    let body = case.answer(Topic::LedgerSetup, Check::BusinessCentralCompany)?;
    let row = rows(body).first().ok_or(Verdict::NotMade { after: None })?;
    let is_blank = text(row, "localCurrencyCode").trim().is_empty();
    let verdict = if is_blank { Verdict::Red(Problem::LocalCurrencyBlank) } else { Verdict::Green };
    Ok((verdict, vec![fact(row, "localCurrencyCode")]))
}
