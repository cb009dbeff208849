//! Measures what a large sandbox costs: `cargo run --release -p couplet-sandbox --example measure -- 1000000`.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::time::Instant;

use couplet_sandbox::{Request, Response, Sandbox, SandboxOptions, System};

fn main() {
    let customers = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(100_000);
    let start = Instant::now();
    let sandbox = Sandbox::new(SandboxOptions { customers, ..SandboxOptions::default() });
    println!("{customers} customers generated in {:?}; resident {}", start.elapsed(), resident());
    let (bc, dv) = (System::BusinessCentral, System::Dataverse);
    let customer_columns = "$select=number,displayName,city,blocked,phoneNumber,email,creditLimit";
    let account_columns =
        "$select=name,address1_city,statecode,customertypecode,_bcbi_companyid_value,telephone1";
    for (system, path, query) in [
        (bc, "/api/v2.0/customers", customer_columns.to_owned()),
        (bc, "/api/v2.0/customers", String::new()),
        (bc, "/api/v2.0/customers", format!("{customer_columns}&$filter=blocked%20eq%20'Ship'")),
        (bc, "/api/v2.0/customers/$count", "$filter=city%20eq%20'Paris'".to_owned()),
        (bc, "/api/v2.0/salesOrders", String::new()),
        (bc, "/api/v2.0/salesOrders", "$select=number&$expand=salesOrderLines,customer".to_owned()),
        (dv, "/api/data/v9.2/accounts", account_columns.to_owned()),
        (dv, "/api/data/v9.2/accounts", format!("{account_columns}&$orderby=accountid")),
        (dv, "/api/data/v9.2/accounts", format!("{account_columns}&$orderby=name")),
        (
            dv,
            "/api/data/v9.2/accounts",
            format!("{account_columns}&$orderby=name&$filter=statecode%20eq%200"),
        ),
        (dv, "/api/data/v9.2/accounts", format!("{account_columns}&$filter=contains(name,'x')&$count=true")),
        (
            dv,
            "/api/data/v9.2/accounts",
            "$select=name&$expand=contact_customer_accounts($select=fullname)".to_owned(),
        ),
        (dv, "/api/data/v9.2/salesorders", "$expand=order_details".to_owned()),
    ] {
        let first = Instant::now();
        let response = send(&sandbox, system, path, &query);
        let first = first.elapsed();
        let body = String::from_utf8_lossy(&response.body);
        let next =
            body.rsplit_once("@odata.nextLink\":\"").map(|(_, link)| link.trim_end_matches("\"}").to_owned());
        let second = Instant::now();
        let more = next
            .as_deref()
            .and_then(|link| link.split_once('?'))
            .map(|(_, query)| send(&sandbox, system, path, query));
        let size = response.body.len();
        let later = more.map(|it| format!("; next page {:?}, {} bytes", second.elapsed(), it.body.len()));
        println!(
            "{path}?{query}: {first:?}, {} status, {size} bytes{}",
            response.status,
            later.unwrap_or_default()
        );
    }
    upserts(&sandbox);
    println!("resident {}", resident());
}

/// Upserts by alternate key: the first one makes the index, the others use it.
fn upserts(sandbox: &Sandbox) {
    let post = |method: &str, path: &str, body: &str| {
        let request = Request { method, path, query: "", headers: &[], body: body.as_bytes() };
        sandbox.handle(System::Dataverse, &request).status
    };
    let keys = "/api/data/v9.2/EntityDefinitions(LogicalName='account')/Keys";
    post("POST", keys, r#"{"SchemaName":"couplet_sic","KeyAttributes":["sic"]}"#);
    for (name, upserts) in [("first", 0..1), ("next 1,000", 1..1_001)] {
        let start = Instant::now();
        let written = upserts.filter(|number| {
            let path = format!("/api/data/v9.2/accounts(sic='{number}')");
            post("PATCH", &path, r#"{"name":"Upserted"}"#) == 204
        });
        let written = written.count();
        println!("{name}: {written} upserts by alternate key in {:?}", start.elapsed());
    }
}

fn send(sandbox: &Sandbox, system: System, path: &str, query: &str) -> Response {
    let headers =
        vec![("Prefer".to_owned(), "odata.maxpagesize=5000,odata.include-annotations=\"*\"".to_owned())];
    sandbox.handle(system, &Request { method: "GET", path, query, headers: &headers, body: &[] })
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or("unknown").to_owned()
}
