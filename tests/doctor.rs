//! The connection doctor against the sandbox: everything is green without a fault, within its budget of requests, and with
//! each fault exactly the checks turn that it is about.

use std::collections::BTreeSet;

use couplet_engine::default_setup::build;
use couplet_engine::{OwnershipModel, Side};
use couplet_sandbox::{Companion, SandboxOptions};
use couplet_systems::business_central::{companies_request, read_companies};
use couplet_systems::dataverse::{company_request, read_company};
use couplet_systems::doctor::{Check, Examination, Finding, Problem, Reply, Subject, Verdict};
use couplet_systems::{Method, Response};
use jiff::Timestamp;
use uuid::Uuid;

use crate::driver::Driver;

/// Most requests that an examination of the standard setup may take (issue 6).
const MAX_REQUESTS: usize = 60;
const NO_MAPPING: &[&str] = &[""];

/// A request to the sandbox's control route: name and body.
type Control = (&'static str, &'static str);

/// A fault, and what the doctor must say of it.
struct Case {
    name: &'static str,
    control: &'static [Control],
    /// Check, what it found, and the mappings that it is about.
    expected: &'static [(Check, Verdict, &'static [&'static str])],
    /// What must be among the evidence of the first of them.
    told: &'static str,
    /// Whether checks cannot be made because of it.
    blocks: bool,
}

const fn red(problem: Problem) -> Verdict {
    Verdict::Red(problem)
}

const fn amber(problem: Problem) -> Verdict {
    Verdict::Amber(problem)
}

const CASES: [Case; 28] = [
    Case {
        name: "Business Central refuses the token",
        control: &[(
            "faults",
            r#"[{"system":"businessCentral","when":{"from":1},"effect":{"status":{"status":401}}}]"#,
        )],
        expected: &[(Check::BusinessCentralSignIn, red(Problem::SignInRefused), NO_MAPPING)],
        told: "401",
        blocks: true,
    },
    Case {
        name: "Business Central does not answer",
        control: &[("faults", r#"[{"system":"businessCentral","when":{"from":1},"effect":"stopped"}]"#)],
        expected: &[(Check::BusinessCentralSignIn, red(Problem::NoAnswer), NO_MAPPING)],
        told: "proxy.service-unreachable",
        blocks: true,
    },
    Case {
        name: "Dataverse refuses the token",
        control: &[(
            "faults",
            r#"[{"system":"dataverse","when":{"from":1},"effect":{"status":{"status":401}}}]"#,
        )],
        expected: &[(Check::DataverseSignIn, red(Problem::SignInRefused), NO_MAPPING)],
        told: "401",
        blocks: true,
    },
    Case {
        name: "a table of Business Central may not be read",
        control: &[(
            "faults",
            r#"[{"system":"businessCentral","pathContains":"/customers?","when":{"from":1},"effect":{"status":{"status":403}}}]"#,
        )],
        expected: &[(Check::Reading, red(Problem::ReadingRefused), &["CUSTOMER"])],
        told: "403",
        blocks: false,
    },
    Case {
        name: "the companion is not installed",
        control: &[("defects", r#"["companionMissing"]"#)],
        expected: &[
            (Check::Companion, amber(Problem::CompanionMissing), NO_MAPPING),
            (Check::Binding, amber(Problem::FieldsOutOfReach), &["CUSTOMER", "VENDOR", "CONTACT"]),
            (Check::Binding, red(Problem::NoWay), &["SHIPPING AGENT"]),
        ],
        told: "404",
        blocks: true,
    },
    Case {
        name: "General Ledger Setup has no local currency",
        control: &[("defects", r#"["localCurrencyBlank"]"#)],
        expected: &[(Check::LocalCurrency, red(Problem::LocalCurrencyBlank), NO_MAPPING)],
        told: "generalLedgerSetup",
        blocks: true,
    },
    Case {
        name: "the clock of Business Central is slow",
        control: &[("clock", r#"{"businessCentralSkewMs":-240000}"#)],
        expected: &[(Check::BusinessCentralClock, amber(Problem::ClocksDiffer), NO_MAPPING)],
        told: "-239 s",
        blocks: false,
    },
    Case {
        name: "the clock of Dataverse is fast",
        control: &[("clock", r#"{"dataverseSkewMs":300000}"#)],
        expected: &[(Check::DataverseClock, red(Problem::ClocksDiffer), NO_MAPPING)],
        told: "+300 s",
        blocks: false,
    },
    Case {
        name: "the user is disabled",
        control: &[("defects", r#"["userDisabled"]"#)],
        expected: &[(Check::User, red(Problem::UserDisabled), NO_MAPPING)],
        told: "# CoupletIntegration",
        blocks: false,
    },
    Case {
        name: "the user is a person without a licence",
        control: &[("defects", r#"["userUnlicensed"]"#)],
        expected: &[(Check::Licence, red(Problem::LicenceMissing), NO_MAPPING)],
        told: "islicensed",
        blocks: false,
    },
    Case {
        name: "the account is a person's own",
        control: &[("defects", r#"["userPersonal"]"#)],
        expected: &[(Check::Licence, amber(Problem::PersonalAccount), NO_MAPPING)],
        told: "accessmode",
        blocks: false,
    },
    Case {
        name: "the user has no role",
        control: &[("defects", r#"["rolesMissing"]"#)],
        expected: &[(Check::Role, red(Problem::RolesMissing), NO_MAPPING)],
        told: "0x80042f09",
        blocks: true,
    },
    Case {
        name: "only a team has the integration role",
        control: &[("defects", r#"["roleOnlyThroughTeam"]"#)],
        expected: &[(Check::Role, amber(Problem::IntegrationRoleMissing), NO_MAPPING)],
        told: "Delegate",
        blocks: false,
    },
    Case {
        name: "the user is an administrator",
        control: &[("defects", r#"["administrator"]"#)],
        expected: &[(Check::Administrator, amber(Problem::IsAdministrator), NO_MAPPING)],
        told: "System Administrator",
        blocks: false,
    },
    Case {
        name: "no role may create accounts",
        control: &[("defects", r#"[{"privilegeMissing":"prvCreateAccount"}]"#)],
        expected: &[(Check::Privileges, red(Problem::PrivilegesMissing), &["CUSTOMER", "VENDOR"])],
        told: "prvCreateAccount",
        blocks: false,
    },
    Case {
        name: "no role may let contacts point to others",
        control: &[("defects", r#"[{"privilegeMissing":"prvAppendContact"}]"#)],
        expected: &[(Check::Privileges, red(Problem::PrivilegesMissing), &["CONTACT"])],
        told: "prvAppendContact",
        blocks: false,
    },
    Case {
        name: "the solution is not installed",
        control: &[("defects", r#"["solutionMissing"]"#)],
        expected: &[(Check::Solution, red(Problem::SolutionMissing), NO_MAPPING)],
        told: "bcbi_CdsBaseIntegration",
        blocks: false,
    },
    Case {
        name: "the solution is old",
        control: &[("defects", r#"["solutionOld"]"#)],
        expected: &[(Check::Solution, red(Problem::SolutionOld), NO_MAPPING)],
        told: "0.9.0.0",
        blocks: false,
    },
    Case {
        name: "no company has a row",
        control: &[("defects", r#"["companyRowMissing"]"#)],
        expected: &[(Check::CompanyRow, red(Problem::CompanyRowMissing), NO_MAPPING)],
        told: "bcbi_companies?",
        blocks: true,
    },
    Case {
        name: "the company's row is that of another company",
        control: &[("defects", r#"["companyRowForeign"]"#)],
        expected: &[(Check::CompanyRow, red(Problem::CompanyRowForeign), NO_MAPPING)],
        told: "0bcc0003-5a5a-4c11-8a00-00000000c003",
        blocks: true,
    },
    Case {
        name: "no team owns new rows",
        control: &[("defects", r#"["owningTeamMissing"]"#)],
        expected: &[(Check::OwningTeam, red(Problem::OwningTeamMissing), NO_MAPPING)],
        told: "null",
        blocks: true,
    },
    Case {
        name: "the owning team has no role",
        control: &[("defects", r#"["owningTeamWithoutRole"]"#)],
        expected: &[(Check::TeamRole, red(Problem::TeamRoleMissing), NO_MAPPING)],
        told: "teamroles_association",
        blocks: false,
    },
    Case {
        name: "the business unit is disabled",
        control: &[("defects", r#"["businessUnitDisabled"]"#)],
        expected: &[(Check::BusinessUnit, red(Problem::UnitDisabled), NO_MAPPING)],
        told: "CRONUS Demo SA (bcc00001)",
        blocks: false,
    },
    Case {
        name: "Dataverse does not have the local currency",
        control: &[("defects", r#"["currencyMissing"]"#)],
        expected: &[(Check::BaseCurrency, red(Problem::CurrencyMissing), NO_MAPPING)],
        told: "CHF",
        blocks: false,
    },
    Case {
        name: "the local currency is inactive in Dataverse",
        control: &[("defects", r#"["currencyInactive"]"#)],
        expected: &[(Check::BaseCurrency, amber(Problem::CurrencyInactive), NO_MAPPING)],
        told: "CHF",
        blocks: false,
    },
    Case {
        name: "the base currencies differ",
        control: &[("defects", r#"["baseCurrencyOther"]"#)],
        expected: &[(Check::BaseCurrency, amber(Problem::BaseCurrencyDiffers), NO_MAPPING)],
        told: "EUR",
        blocks: false,
    },
    Case {
        name: "accounts are not audited",
        control: &[("defects", r#"[{"auditOff":"account"}]"#)],
        expected: &[(Check::Audit, amber(Problem::TableAuditOff), NO_MAPPING)],
        told: "account",
        blocks: false,
    },
    Case {
        name: "changes of accounts are not tracked",
        control: &[("defects", r#"[{"changeTrackingOff":"account"}]"#)],
        expected: &[(Check::ChangeTracking, amber(Problem::ChangeTrackingOff), &["CUSTOMER", "VENDOR"])],
        told: "false",
        blocks: false,
    },
];

/// A text of an answer that is replaced, in answers to addresses with this part.
#[derive(Clone, Copy)]
struct Twist {
    address: &'static str,
    from: &'static str,
    to: &'static str,
}

/// What the sandbox cannot be made to say: the answer is changed on its way.
const TWISTS: [(Twist, Check, Verdict, &[&str]); 6] = [
    (
        Twist { address: "RetrieveUserPrivileges", from: "\"Depth\":\"Global\"", to: "\"Depth\":\"Local\"" },
        Check::Privileges,
        amber(Problem::PrivilegesNarrow),
        &[
            "SALESPEOPLE",
            "CUSTOMER",
            "VENDOR",
            "CONTACT",
            "CURRENCY",
            "PAYMENT TERMS",
            "SHIPMENT METHOD",
            "SHIPPING AGENT",
        ],
    ),
    (
        Twist { address: "/companies?", from: "28.0.45678.0", to: "19.4.35398.0" },
        Check::BusinessCentralVersion,
        amber(Problem::VersionOld),
        NO_MAPPING,
    ),
    (
        Twist { address: "RetrieveVersion", from: "9.2.25093.00168", to: "7.1.0.1" },
        Check::DataverseVersion,
        amber(Problem::VersionUnsupported),
        NO_MAPPING,
    ),
    (
        Twist { address: "organizations?", from: "\"isauditenabled\":true", to: "\"isauditenabled\":false" },
        Check::Audit,
        amber(Problem::AuditOff),
        NO_MAPPING,
    ),
    (
        Twist {
            address: "EntityDefinitions?",
            from: "\"LogicalName\":\"contact\"",
            to: "\"LogicalName\":\"x\"",
        },
        Check::Privileges,
        red(Problem::TableMissing),
        &["CONTACT"],
    ),
    (
        Twist {
            address: "$expand=businessunitid",
            from: "\"_parentbusinessunitid_value\":\"",
            to: "\"_parentbusinessunitid_value\":\"none ",
        },
        Check::BusinessUnit,
        amber(Problem::UnitIsRoot),
        NO_MAPPING,
    ),
];

fn now() -> Timestamp {
    Timestamp::from_millisecond(SandboxOptions::default().now_ms).unwrap()
}

fn subject(driver: &Driver) -> Subject {
    let (bc, dataverse) = (Side::BusinessCentral, Side::Dataverse);
    let companies = read_companies(&driver.send(bc, &companies_request())).unwrap();
    let company = companies.first().unwrap().id;
    let row = read_company(&driver.send(dataverse, &company_request(company))).unwrap();
    Subject {
        business_central_url: driver.base_url(bc).to_owned(),
        company: Some(company),
        business_central_account: String::new(),
        mappings: build(OwnershipModel::Person, row.as_ref()).mappings,
    }
}

fn examine(driver: &Driver, subject: &Subject, twist: Option<Twist>) -> (Vec<Finding>, usize) {
    let mut examination = Examination::new(subject.clone());
    let mut asks = examination.start();
    while !asks.is_empty() {
        let reply = |ask: &couplet_systems::doctor::Ask| {
            assert_eq!(ask.request.method, Method::Get, "nothing is written: {}", ask.request.path);
            let Some(response) = driver.try_send(ask.side, &ask.request) else {
                return Reply::Lost { code: "proxy.service-unreachable".to_owned() };
            };
            let response = match twist.filter(|twist| ask.request.path.contains(twist.address)) {
                Some(twist) => twisted(response, twist),
                None => response,
            };
            Reply::Answer { response, sent: now(), received: now() }
        };
        let replies: Vec<Reply> = asks.iter().map(reply).collect();
        asks = examination.accept(&replies);
    }
    (examination.findings(), examination.n_requests())
}

fn twisted(mut response: Response, twist: Twist) -> Response {
    let text = String::from_utf8(response.body).unwrap();
    assert!(text.contains(twist.from), "{} is not in {text}", twist.from);
    response.body = text.replace(twist.from, twist.to).into_bytes();
    response
}

/// Everything that is amber or red: check, mapping, verdict.
fn problems(findings: &[Finding]) -> BTreeSet<String> {
    let is_problem = |finding: &&Finding| matches!(finding.verdict, Verdict::Amber(_) | Verdict::Red(_));
    findings.iter().filter(is_problem).map(|it| written(it.check, &mapping_name(it), it.verdict)).collect()
}

fn mapping_name(finding: &Finding) -> String {
    finding.mapping.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn written(check: Check, mapping: &str, verdict: Verdict) -> String {
    format!("{check:?} {mapping} {verdict:?}")
}

fn expected(list: &[(Check, Verdict, &[&str])]) -> BTreeSet<String> {
    let written = |(check, verdict, mappings): &(Check, Verdict, &[&str])| {
        mappings.iter().map(|mapping| written(*check, mapping, *verdict)).collect::<Vec<_>>()
    };
    list.iter().flat_map(written).collect()
}

fn n_not_made(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| matches!(finding.verdict, Verdict::NotMade { .. })).count()
}

#[test]
fn without_a_fault_everything_is_green_within_the_budget() {
    let driver = Driver::new(Companion::Installed);
    let subject = subject(&driver);
    driver.sandbox.reset();
    let (findings, n_requests) = examine(&driver, &subject, None);
    let not_green: Vec<&Finding> =
        findings.iter().filter(|finding| finding.verdict != Verdict::Green).collect();
    assert!(not_green.is_empty(), "{not_green:#?}");
    let counted: u64 = driver.sandbox.request_counts().iter().map(|it| it.count).sum();
    assert_eq!(counted, u64::try_from(n_requests).unwrap());
    assert!(n_requests <= MAX_REQUESTS, "{n_requests} requests");
    assert!(n_requests > 20, "too few requests for as many proofs: {n_requests}");
    for finding in &findings {
        // A filter's own text and a clock are evidence enough; everything else was asked for.
        assert!(!finding.exchanges.is_empty(), "{:?} has no evidence", finding.check);
    }
    let seen: BTreeSet<String> = findings.iter().map(|finding| format!("{:?}", finding.check)).collect();
    assert_eq!(seen.len(), Check::ALL.len(), "every check is made for the standard setup");
}

#[test]
fn with_each_fault_exactly_the_right_check_turns() {
    let driver = Driver::new(Companion::Installed);
    let subject = subject(&driver);
    for case in &CASES {
        driver.sandbox.reset();
        for (route, body) in case.control {
            let answer = driver.sandbox.control("POST", route, body.as_bytes());
            assert_eq!(answer.status, 204, "{}: {}", case.name, String::from_utf8_lossy(&answer.body));
        }
        let (findings, n_requests) = examine(&driver, &subject, None);
        assert_eq!(problems(&findings), expected(case.expected), "{}", case.name);
        assert_eq!(n_not_made(&findings) > 0, case.blocks, "{}: checks that were not made", case.name);
        assert!(n_requests <= MAX_REQUESTS, "{}: {n_requests} requests", case.name);
        let (check, ..) = case.expected[0];
        let first = findings.iter().find(|finding| {
            finding.check == check && matches!(finding.verdict, Verdict::Amber(_) | Verdict::Red(_))
        });
        let evidence = format!("{first:?}");
        assert!(evidence.contains(case.told), "{}: {} is not in {evidence}", case.name, case.told);
    }
}

#[test]
fn what_the_sandbox_never_says_is_understood_too() {
    let driver = Driver::new(Companion::Installed);
    let subject = subject(&driver);
    for (twist, check, verdict, mappings) in TWISTS {
        let (findings, _) = examine(&driver, &subject, Some(twist));
        assert_eq!(problems(&findings), expected(&[(check, verdict, mappings)]), "{}", twist.address);
    }
}

#[test]
fn a_company_that_is_gone_is_found_and_nothing_behind_it_is_green() {
    let driver = Driver::new(Companion::Installed);
    let gone = Subject { company: Some(Uuid::nil()), ..subject(&driver) };
    let (findings, _) = examine(&driver, &gone, None);
    let wanted = [(Check::BusinessCentralCompany, red(Problem::CompanyMissing), NO_MAPPING)];
    assert_eq!(problems(&findings), expected(&wanted));
    for check in [Check::Companion, Check::LocalCurrency, Check::CompanyRow, Check::Binding, Check::Reading] {
        let of_check = findings.iter().filter(|finding| finding.check == check);
        assert!(
            of_check.clone().all(|finding| matches!(finding.verdict, Verdict::NotMade { .. })),
            "{:?}",
            of_check.collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_filter_of_another_company_is_found() {
    let driver = Driver::new(Companion::Installed);
    let mut other = subject(&driver);
    let condition = other
        .mappings
        .iter_mut()
        .filter(|mapping| mapping.name.as_str() == "VENDOR")
        .flat_map(|mapping| &mut mapping.filter_mut(Side::Dataverse).conditions)
        .find(|condition| condition.field == "bcbi_companyid")
        .unwrap();
    condition.text = "{11111111-1111-4111-8111-111111111111}".to_owned();
    let (findings, _) = examine(&driver, &other, None);
    let wanted = [(Check::CompanyFilter, red(Problem::OtherCompanyInFilter), ["VENDOR"].as_slice())];
    assert_eq!(problems(&findings), expected(&wanted));
}
