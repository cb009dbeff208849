//! The connection doctor in words: what each check proves, what it found and what to do, and everything as one text for a
//! support ticket.

use couplet_systems::doctor::{Check, Finding, Problem, Verdict};

use super::{I18n, failure};
use crate::failure::Failure;
use crate::i18n::*;

/// What a check proves.
pub fn check(i18n: I18n, check: Check) -> &'static str {
    match check {
        Check::BusinessCentralSignIn => t_string!(i18n, doctor_check.bc_sign_in),
        Check::BusinessCentralVersion => t_string!(i18n, doctor_check.bc_version),
        Check::BusinessCentralCompany => t_string!(i18n, doctor_check.bc_company),
        Check::Companion => t_string!(i18n, doctor_check.companion),
        Check::LocalCurrency => t_string!(i18n, doctor_check.local_currency),
        Check::BusinessCentralClock => t_string!(i18n, doctor_check.bc_clock),
        Check::DataverseSignIn => t_string!(i18n, doctor_check.dataverse_sign_in),
        Check::DataverseVersion => t_string!(i18n, doctor_check.dataverse_version),
        Check::User => t_string!(i18n, doctor_check.user),
        Check::Licence => t_string!(i18n, doctor_check.licence),
        Check::Role => t_string!(i18n, doctor_check.role),
        Check::Administrator => t_string!(i18n, doctor_check.administrator),
        Check::Solution => t_string!(i18n, doctor_check.solution),
        Check::CompanyRow => t_string!(i18n, doctor_check.company_row),
        Check::OwningTeam => t_string!(i18n, doctor_check.owning_team),
        Check::TeamRole => t_string!(i18n, doctor_check.team_role),
        Check::BusinessUnit => t_string!(i18n, doctor_check.business_unit),
        Check::BaseCurrency => t_string!(i18n, doctor_check.base_currency),
        Check::Audit => t_string!(i18n, doctor_check.audit),
        Check::DataverseClock => t_string!(i18n, doctor_check.dataverse_clock),
        Check::Binding => t_string!(i18n, doctor_check.binding),
        Check::Reading => t_string!(i18n, doctor_check.reading),
        Check::Privileges => t_string!(i18n, doctor_check.privileges),
        Check::ChangeTracking => t_string!(i18n, doctor_check.change_tracking),
        Check::CompanyFilter => t_string!(i18n, doctor_check.company_filter),
    }
}

/// A verdict in a word or two.
pub fn verdict(i18n: I18n, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Green => t_string!(i18n, doctor.green),
        Verdict::Amber(_) => t_string!(i18n, doctor.amber),
        Verdict::Red(_) => t_string!(i18n, doctor.red),
        Verdict::NotMade { .. } => t_string!(i18n, doctor.not_made),
    }
}

/// What was found and what to do, or why the check was not made; empty when it is proven.
pub fn remedy(i18n: I18n, finding: &Finding) -> String {
    match finding.verdict {
        Verdict::Green => String::new(),
        Verdict::Red(Problem::NoAnswer) => {
            let code = finding.exchanges.first().map(|exchange| exchange.came.clone()).unwrap_or_default();
            let advice = t_string!(i18n, doctor_problem.no_answer);
            if code.starts_with("proxy.") {
                format!("{} {advice}", failure(i18n, &Failure::ProxyRefused { code }))
            } else {
                advice.to_owned()
            }
        }
        Verdict::Amber(found) | Verdict::Red(found) => problem(i18n, found).to_owned(),
        Verdict::NotMade { after: Some(after) } => {
            t_string!(i18n, doctor.not_made_after, check = check(i18n, after))
        }
        Verdict::NotMade { after: None } => t_string!(i18n, doctor.not_made_alone).to_owned(),
    }
}

fn problem(i18n: I18n, problem: Problem) -> &'static str {
    match problem {
        Problem::SignInRefused => t_string!(i18n, doctor_problem.sign_in_refused),
        Problem::NoAnswer => t_string!(i18n, doctor_problem.no_answer),
        Problem::AnsweredOtherwise => t_string!(i18n, doctor_problem.answered_otherwise),
        Problem::VersionOld => t_string!(i18n, doctor_problem.version_old),
        Problem::VersionUnsupported => t_string!(i18n, doctor_problem.version_unsupported),
        Problem::CompanyMissing => t_string!(i18n, doctor_problem.company_missing),
        Problem::CompanionMissing => t_string!(i18n, doctor_problem.companion_missing),
        Problem::LocalCurrencyBlank => t_string!(i18n, doctor_problem.local_currency_blank),
        Problem::ClocksDiffer => t_string!(i18n, doctor_problem.clocks_differ),
        Problem::UserDisabled => t_string!(i18n, doctor_problem.user_disabled),
        Problem::LicenceMissing => t_string!(i18n, doctor_problem.licence_missing),
        Problem::PersonalAccount => t_string!(i18n, doctor_problem.personal_account),
        Problem::RolesMissing => t_string!(i18n, doctor_problem.roles_missing),
        Problem::IntegrationRoleMissing => t_string!(i18n, doctor_problem.integration_role_missing),
        Problem::IsAdministrator => t_string!(i18n, doctor_problem.is_administrator),
        Problem::SolutionMissing => t_string!(i18n, doctor_problem.solution_missing),
        Problem::SolutionOld => t_string!(i18n, doctor_problem.solution_old),
        Problem::CompanyRowMissing => t_string!(i18n, doctor_problem.company_row_missing),
        Problem::CompanyRowForeign => t_string!(i18n, doctor_problem.company_row_foreign),
        Problem::OwningTeamMissing => t_string!(i18n, doctor_problem.owning_team_missing),
        Problem::TeamRoleMissing => t_string!(i18n, doctor_problem.team_role_missing),
        Problem::UnitDisabled => t_string!(i18n, doctor_problem.unit_disabled),
        Problem::UnitIsRoot => t_string!(i18n, doctor_problem.unit_is_root),
        Problem::CurrencyMissing => t_string!(i18n, doctor_problem.currency_missing),
        Problem::CurrencyInactive => t_string!(i18n, doctor_problem.currency_inactive),
        Problem::BaseCurrencyDiffers => t_string!(i18n, doctor_problem.base_currency_differs),
        Problem::AuditOff => t_string!(i18n, doctor_problem.audit_off),
        Problem::TableAuditOff => t_string!(i18n, doctor_problem.table_audit_off),
        other => table_problem(i18n, other),
    }
}

/// What was found about a mapping's tables.
fn table_problem(i18n: I18n, problem: Problem) -> &'static str {
    match problem {
        Problem::NoWay => t_string!(i18n, doctor_problem.no_way),
        Problem::FieldsOutOfReach => t_string!(i18n, doctor_problem.fields_out_of_reach),
        Problem::ReadingRefused => t_string!(i18n, doctor_problem.reading_refused),
        Problem::TableMissing => t_string!(i18n, doctor_problem.table_missing),
        Problem::PrivilegesMissing => t_string!(i18n, doctor_problem.privileges_missing),
        Problem::PrivilegesNarrow => t_string!(i18n, doctor_problem.privileges_narrow),
        Problem::ChangeTrackingOff => t_string!(i18n, doctor_problem.change_tracking_off),
        _ => t_string!(i18n, doctor_problem.other_company_in_filter),
    }
}

/// Everything as one text: for each finding the verdict, the check's name with its rules, and the evidence.
pub fn report(i18n: I18n, heading: &str, findings: &[Finding]) -> String {
    let mut lines = vec![heading.to_owned()];
    for finding in findings {
        let (name, _, rules) = finding.check.info();
        let mapping = finding.mapping.as_ref().map(|mapping| format!("{mapping}: ")).unwrap_or_default();
        let (verdict, title) = (verdict(i18n, finding.verdict), check(i18n, finding.check));
        lines.push(format!("\n[{verdict}] {mapping}{title} ({name}; {rules})"));
        let remedy = remedy(i18n, finding);
        if !remedy.is_empty() {
            lines.push(format!("  {remedy}"));
        }
        lines.extend(finding.facts.iter().map(|fact| format!("  {} = {}", fact.name, fact.value)));
        lines.extend(finding.exchanges.iter().map(|it| format!("  {} -> {}", it.asked, it.came)));
    }
    lines.join("\n")
}
