//! Defects of an installation through the control route, and the clock in every answer.

use couplet_sandbox::System;

use crate::client::{Client, sandbox};

const DATAVERSE: &str = "/api/data/v9.2";
const COMPANION: &str = "/api/couplet/integration/v1.0/companies";

#[test]
fn s6_an_installation_is_damaged_and_mended() {
    let sandbox = sandbox(20);
    let bc = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let dataverse = Client { sandbox: &sandbox, system: System::Dataverse };
    let n_solutions = || dataverse.rows(&format!("{DATAVERSE}/solutions?$select=uniquename")).len();
    let tracking = || {
        let address =
            format!("{DATAVERSE}/EntityDefinitions(LogicalName='account')?$select=ChangeTrackingEnabled");
        dataverse.get(&address).json["ChangeTrackingEnabled"].as_bool()
    };
    assert_eq!((n_solutions(), tracking(), bc.get(COMPANION).status), (2, Some(true), 200));
    let defects = br#"["solutionMissing","companionMissing",{"changeTrackingOff":"account"}]"#;
    assert_eq!(sandbox.control("POST", "defects", defects).status, 204);
    assert_eq!((n_solutions(), tracking(), bc.get(COMPANION).status), (1, Some(false), 404));
    sandbox.reset();
    assert_eq!((n_solutions(), tracking(), bc.get(COMPANION).status), (2, Some(true), 200));
    assert_eq!(sandbox.control("POST", "defects", br#"["nothing"]"#).status, 400);
    let unknown = br#"[{"privilegeMissing":"prvCreateNothing"}]"#;
    assert_eq!(sandbox.control("POST", "defects", unknown).status, 404);
}

#[test]
fn s2_every_answer_names_the_moment_by_the_clock_of_its_system() {
    let sandbox = sandbox(20);
    let date = |system: System| {
        let client = Client { sandbox: &sandbox, system };
        client.get("/nowhere").response.header_value("Date").unwrap_or_default().to_owned()
    };
    assert_eq!(date(System::Dataverse), "Fri, 20 Mar 2026 09:46:40 GMT");
    sandbox.set_clock_skew(System::Dataverse, 60_000);
    assert_eq!(date(System::Dataverse), "Fri, 20 Mar 2026 09:47:40 GMT");
    assert_eq!(date(System::BusinessCentral), "Fri, 20 Mar 2026 09:46:40 GMT");
}
