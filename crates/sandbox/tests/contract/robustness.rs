//! S1: whatever is asked, there is an answer in the system's own error shape, and never a silent 200.

use couplet_sandbox::{Sandbox, System};

use crate::client::{Client, sandbox};

/// Pieces that real and broken requests are made of.
const PIECES: [&str; 90] = [
    "/api/v2.0",
    "/api/data/v9.2",
    "/api/couplet/integration/v1.0",
    "/companies",
    "/customers",
    "/accounts",
    "/contacts",
    "(5d9c0000-0000-4000-8000-00000000000a)",
    "(",
    ")",
    "/$count",
    "/$metadata",
    "/EntityDefinitions",
    "(LogicalName='account')",
    "/Attributes",
    "?",
    "&",
    "$select=",
    "$filter=",
    "$orderby=",
    "$top=",
    "$skip=",
    "$count=true",
    "$skiptoken=",
    "18446744073709551615",
    "4294967295-1-18446744073709551615-9",
    "name",
    "displayName",
    "statecode",
    "%20eq%20",
    "%20or%20",
    "not%20",
    "null",
    "'x",
    "'%25'",
    "''",
    "-1",
    "99999999999999999999999",
    "0001-01-01",
    "9999-12-31T23:59:59.999Z",
    "contains(",
    "tolower(",
    ",",
    "/",
    "%",
    "%C3",
    "é",
    "$expand=x",
    "/salesorders",
    "/products",
    "/teammemberships",
    "/RelationshipDefinitions",
    "/GlobalOptionSetDefinitions",
    "(Name='need')",
    "/Keys",
    "/$batch",
    "/$ref",
    "/$value",
    "/contact_customer_accounts",
    "/primarycontactid",
    "/Microsoft.Dynamics.CRM.CreateMultiple",
    "/InsertOptionValue",
    "$expand=primarycontactid",
    "$expand=contact_customer_accounts(",
    "$select=lastname",
    ";",
    "$apply=",
    "groupby((statecode),",
    "aggregate($count as n)",
    "$deltatoken=",
    "1!01/01/2026 00:00:00",
    "fetchXml=",
    "<fetch count='3'><entity name='account'>",
    "<attribute name='name'/></entity></fetch>",
    "<condition attribute='name' operator='like' value='%'/>",
    "contact_customer_accounts/any(c:",
    "c/lastname eq 'x')",
    "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)",
    "@p1",
    "(name='x',fax='y')",
    "$expand=salesOrderLines($select=",
    ";$expand=item)",
    "/salesOrders",
    "/salesOrderLines",
    "/Microsoft.NAV.post",
    "/subscriptions",
    "('",
    "/jobQueueEntries",
    "substring(",
    "/currency",
];

#[test]
fn s1_every_request_is_answered() {
    let sandbox = sandbox(20);
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(bound).expect("small")).expect("small")
    };
    let headers =
        [("If-Match", "*"), ("Content-Type", "application/json"), ("Prefer", "odata.maxpagesize=3")];
    let tracking = [("Content-Type", "multipart/mixed;boundary=b"), ("Prefer", "odata.track-changes")];
    let bodies = [
        "",
        "{",
        "{}",
        "[]",
        "null",
        r#"{"name":1,"statecode":-1}"#,
        r#"{"displayName":{},"value":null}"#,
        r#"{"name":"x","contact_customer_accounts":[{}],"primarycontactid":{}}"#,
        r#"{"@odata.id":"$1","Targets":[{"@odata.type":"Microsoft.Dynamics.CRM.account"}]}"#,
        r#"{"SchemaName":"k","KeyAttributes":["name"]}"#,
        "--b\n\nGET /x HTTP/1.1\n\n--b\nContent-Type: multipart/mixed;boundary=c\n\n--c--\n--b--",
        r#"{"requests":[{"id":"1","method":"GET","url":"customers?$expand=x"},{"id":"2","method":"X","url":"("}]}"#,
        r#"{"notificationUrl":"http://127.0.0.1","resource":"/api/v2.0/customers","salesOrderLines":[{}]}"#,
    ];
    for round in 0..8_000 {
        let pieces: Vec<&str> = (0..2 + next(9)).map(|_| PIECES[next(PIECES.len())]).collect();
        let url = format!("{}{}", PIECES[round % 3], pieces.concat());
        let system = if round % 2 == 0 { System::BusinessCentral } else { System::Dataverse };
        let method = ["GET", "GET", "GET", "POST", "PATCH", "DELETE", "PUT"][next(7)];
        let headers: &[(&str, &str)] = if round % 5 == 0 { &tracking } else { &headers };
        let body = bodies[next(bodies.len())];
        let answer = Client { sandbox: &sandbox, system }.send(method, &url, headers, body);
        if answer.status >= 400 {
            assert!(!answer.message().is_empty(), "{method} {url} answers {} without words", answer.status);
        } else {
            assert!((200..=304).contains(&answer.status), "{method} {url} answers {}", answer.status);
        }
    }
}

#[test]
fn deep_and_long_filters_are_refused_or_served() {
    let sandbox = sandbox(20);
    let client = Client { sandbox: &sandbox, system: System::Dataverse };
    let url = |filter: &str| format!("/api/data/v9.2/accounts?$select=name&$filter={filter}");
    assert_eq!(client.get(&url(&"(".repeat(20_000))).status, 400);
    assert_eq!(client.get(&url(&"tolower(".repeat(4_000))).status, 400);
    let long = vec!["name%20eq%20'x'"; 1_300].join("%20or%20");
    assert_eq!(client.get(&url(&long)).status, 200);
}

#[test]
fn a_sandbox_is_shared_between_threads() {
    let sandbox: Sandbox = sandbox(20);
    let totals: Vec<usize> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let client = Client { sandbox: &sandbox, system: System::BusinessCentral };
                    client
                        .all("/api/v2.0/contacts?$select=number", &[("Prefer", "odata.maxpagesize=5")])
                        .len()
                })
            })
            .collect();
        readers.into_iter().map(|reader| reader.join().expect("a thread")).collect()
    });
    assert!(totals.iter().all(|total| *total == totals[0] && *total > 20));
}
