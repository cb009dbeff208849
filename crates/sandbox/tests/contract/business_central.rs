//! Facts A: Business Central.

use couplet_sandbox::{Companion, CustomField, CustomTable, CustomType, Sandbox, SandboxOptions, System};
use serde_json::{Value, json};

use crate::client::{Answer, BC_BASE, Client, encode, options, sandbox};

const API: &str = "/api/v2.0";
const COMPANION: &str = "/api/couplet/integration/v1.0";

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::BusinessCentral }
}

fn company(client: Client<'_>) -> String {
    let answer = client.get("/api/v2.0/companies");
    answer.rows()[0]["id"].as_str().expect("an id").to_owned()
}

/// Address of a set in the company.
fn set(client: Client<'_>, root: &str, name: &str) -> String {
    format!("{root}/companies({})/{name}", company(client))
}

fn customers(client: Client<'_>) -> String {
    set(client, API, "customers")
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.message());
    assert!(answer.message().contains("CorrelationId:  "), "A53: {}", answer.message());
}

#[test]
fn a6_companies_and_the_three_ways_to_name_one() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let answer = client.get("/api/v2.0/companies");
    assert_eq!(answer.json["@odata.context"], format!("{BC_BASE}/api/v2.0/$metadata#companies"));
    let id = company(client);
    assert!(text(&answer.rows()[0], "name").to_lowercase().contains("demo"), "S7");
    let by_path = client.get(&format!("{API}/companies({id})/paymentTerms?$select=code"));
    let by_query = client.get(&format!("{API}/paymentTerms?$select=code&company={id}"));
    let by_default = client.get(&format!("{API}/paymentTerms?$select=code"));
    assert_eq!(by_path.rows(), by_query.rows());
    assert_eq!(by_path.rows(), by_default.rows());
    let unknown = "11111111-1111-4111-8111-111111111111";
    refused(&client.get(&format!("{API}/companies({unknown})/customers")), 404, "Internal_CompanyNotFound");
    let companion = client.get(&format!("{COMPANION}/companies"));
    assert_eq!(companion.rows()[0]["id"], id);
}

#[test]
fn a7_metadata_and_service_document() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    for root in [API, COMPANION] {
        let answer = client.get(&format!("{root}/$metadata"));
        let xml = String::from_utf8(answer.response.body).expect("text");
        assert!(xml.contains("Namespace=\"Microsoft.NAV\""));
        assert!(xml.contains("<Member Name=\"_x0020_\" Value=\"0\"/>"), "A48");
        let sets = client.rows(&format!("{root}/"));
        for set in sets {
            let name = text(&set, "name");
            assert!(xml.contains(&format!("<EntitySet Name=\"{name}\"")), "{name}");
            let top = client.get(&format!("{root}/{name}?$top=1"));
            let below_a_record = root == API && name.starts_with("sales") && name.ends_with("Lines");
            if below_a_record && name != "salesShipmentLines" {
                refused(&top, 400, "Application_DialogException"); // A29
            } else if name.starts_with("salesShipment") {
                assert_eq!((top.status, top.rows().len()), (200, 0), "nothing is shipped yet");
            } else {
                assert_eq!((top.status, top.rows().len()), (200, 1), "{root}/{name}");
            }
        }
    }
    let definitions = client.rows(&format!("{API}/entityDefinitions"));
    let customer = definitions.iter().find(|it| it["entitySetName"] == "customers").expect("customers");
    let captions = |name: &str| {
        let property =
            customer["properties"].as_array().expect("a list").iter().find(|it| it["name"] == name);
        property.expect("a property")["captions"].clone()
    };
    assert_eq!(
        captions("city"),
        json!([
        {"languageCode": 1033, "caption": "City"}, {"languageCode": 1036, "caption": "Ville"}])
    );
}

#[test]
fn a17_a23_a25_paging_by_preference() {
    let sandbox = sandbox(230);
    let client = client(&sandbox);
    let url = format!("{}?$select=number", customers(client));
    let answer = client.send("GET", &url, &[("Prefer", "odata.maxpagesize=100")], "");
    assert_eq!(answer.rows().len(), 100);
    assert_eq!(answer.response.header_value("Preference-Applied"), Some("odata.maxpagesize=100"));
    let link = text(&answer.json, "@odata.nextLink");
    assert!(link.starts_with(&format!("{BC_BASE}/api/v2.0/companies(")), "{link}");
    let all = client.all(&url, &[("Prefer", "odata.maxpagesize=100")]);
    assert_eq!(all.len(), 230);
    let numbers: Vec<&str> = all.iter().map(|row| text(row, "number")).collect();
    assert!(numbers.is_sorted());
    for row in &all {
        assert!(text(row, "@odata.etag").starts_with("W/\""), "A23");
        assert_eq!(row.as_object().expect("an object").len(), 3, "the tag, the key and what was selected");
    }
}

#[test]
fn a25_links_stay_right_while_rows_change() {
    let sandbox = sandbox(50);
    let client = client(&sandbox);
    for order in ["", "&$orderby=displayName"] {
        let first = client.send(
            "GET",
            &format!("{}?$select=number{order}&$count=true", customers(client)),
            &[("Prefer", "odata.maxpagesize=10")],
            "",
        );
        let count = first.json["@odata.count"].as_u64().expect("a count");
        let seen: Vec<String> = first.rows().iter().map(|row| text(row, "id").to_owned()).collect();
        let gone = format!("{}({})", customers(client), seen[3]);
        assert_eq!(client.send("DELETE", &gone, &[("If-Match", "*")], "").status, 204);
        let next = text(&first.json, "@odata.nextLink").strip_prefix(BC_BASE).expect("base").to_owned();
        let rest = client.all(&next, &[("Prefer", "odata.maxpagesize=10")]);
        let mut all: Vec<String> = rest.iter().map(|row| text(row, "id").to_owned()).collect();
        all.extend(seen);
        all.sort();
        all.dedup();
        assert_eq!(u64::try_from(all.len()).expect("small"), count, "nothing twice, nothing lost");
    }
}

#[test]
fn a27_options() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let url = customers(client);
    let top = client.get(&format!("{url}?$top=5&$skip=2&$orderby=number%20desc&$count=true"));
    assert_eq!(top.json["@odata.count"], 60);
    assert_eq!(top.json["@odata.nextLink"], Value::Null);
    let numbers: Vec<&str> = top.rows().iter().map(|row| text(row, "number")).collect();
    assert_eq!(numbers, ["C000058", "C000057", "C000056", "C000055", "C000054"]);
    let count = client.get(&format!("{url}/$count?$filter=blocked%20eq%20'Ship'"));
    assert_eq!(count.json, 3);
    assert_eq!(client.rows(&format!("{url}?$filter=blocked%20eq%20'Ship'")).len(), 3);
    refused(&client.get(&format!("{url}?$select=nope")), 400, "BadRequest");
    refused(&client.get(&format!("{url}?$orderby=nope")), 400, "BadRequest");
    refused(&client.get(&format!("{url}?$expand=picture")), 501, "BadRequest_MethodNotImplemented");
    assert!(client.get(&format!("{url}?$expand=picture")).message().contains("D1"), "S1");
    refused(&client.get(&format!("{url}?$expand=nope")), 400, "BadRequest");
}

#[test]
fn a31_to_a37_filters() {
    let sandbox = sandbox(200);
    let client = client(&sandbox);
    let url = customers(client);
    let all = client.rows(&url);
    let check = |filter: &str, expected: &dyn Fn(&Value) -> bool| {
        let (filter, options) = filter.split_once('&').unwrap_or((filter, ""));
        let rows = client.rows(&format!("{url}?$filter={}&{options}", encode(filter)));
        let wanted: Vec<&Value> = all.iter().filter(|row| expected(row)).collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{filter} tells nothing");
        assert_eq!(rows.iter().collect::<Vec<_>>(), wanted, "{filter}");
    };
    let city = |row: &Value| text(row, "city").to_owned();
    check("city eq 'Genève'", &|row| city(row) == "Genève");
    check("city ne 'Genève' and city ne ''", &|row| city(row) != "Genève" && !city(row).is_empty());
    check("city eq ''", &|row| city(row).is_empty());
    check("tolower(city) eq 'genève'", &|row| city(row) == "Genève");
    check("startswith(city,'L')", &|row| city(row).starts_with('L'));
    check("endswith(city,'n')", &|row| city(row).ends_with('n'));
    check("contains(displayName,'SA')", &|row| text(row, "displayName").contains("SA"));
    check("city eq 'L*'", &|row| city(row).starts_with('L'));
    check("city eq '@l*e'", &|row| city(row).starts_with('L') && city(row).ends_with('e'));
    check("(blocked eq 'Ship' or blocked eq 'All')", &|row| ["Ship", "All"].contains(&text(row, "blocked")));
    check("blocked eq '_x0020_'", &|row| text(row, "blocked") == "_x0020_");
    check("blocked eq ' '", &|row| text(row, "blocked") == "_x0020_");
    check("creditLimit gt 10000", &|row| row["creditLimit"].as_f64().expect("a number") > 10_000.0);
    check("creditLimit eq 75000.5", &|row| row["creditLimit"] == json!(75000.5));
    check("country eq 'ch'", &|row| text(row, "country") == "CH");
    let moment = text(&all[100], "lastModifiedDateTime").to_owned();
    check(&format!("lastModifiedDateTime gt {moment}"), &|row| {
        text(row, "lastModifiedDateTime") > moment.as_str()
    });
    let id = text(&all[7], "id").to_owned();
    check(&format!("id eq {id}"), &|row| text(row, "id") == id);
    check("city in ('Paris','Lyon')&$schemaversion=2.1", &|row| {
        ["Paris", "Lyon"].contains(&city(row).as_str())
    });
    check("contains(tolower(city),'ÈVE')&$schemaversion=2.1", &|row| city(row) == "Genève");
}

#[test]
fn a31_to_a35_what_filters_cannot_do() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    let url = customers(client);
    let check = |filter: &str, status: u16, code: &str| {
        refused(&client.get(&format!("{url}?$filter={}", encode(filter))), status, code);
    };
    check("city eq 'Paris' or country eq 'FR'", 400, "BadRequest_MethodNotImplemented"); // A33
    check("not (city eq 'Paris')", 400, "BadRequest");
    check("city in ('Paris')", 400, "BadRequest"); // A32
    check("contains(tolower(city),'a')", 400, "BadRequest"); // A32
    check("nope eq 1", 400, "BadRequest");
    check("city eq 1", 400, "BadRequest");
    check("city eq 'x", 400, "BadRequest");
    check("blocked eq 'Sometimes'", 400, "Unknown"); // A54
    check("number eq '123456789012345678901'", 400, "Application_FilterErrorException"); // A35
    check("substring(city,'a') eq 'b'", 400, "BadRequest");
    let ignored = client.rows(&format!("{url}?$filter=defaultDimensions/any(d:d/code%20eq%20'X')"));
    assert_eq!(ignored.len(), 40, "A34: ignored, not rejected");
}

#[test]
fn a24_records_by_key() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let row = client.rows(&format!("{}?$top=1", customers(client)))[0].clone();
    let one = client.get(&format!("{}({})?$select=displayName", customers(client), text(&row, "id")));
    assert_eq!(one.json["displayName"], row["displayName"]);
    assert!(text(&one.json, "@odata.context").ends_with("customers/$entity"));
    refused(&client.get(&format!("{}(nope)", customers(client))), 400, "Application_InvalidGUID");
    let missing = "11111111-1111-4111-8111-111111111111";
    refused(&client.get(&format!("{}({missing})", customers(client))), 404, "Internal_RecordNotFound");
    refused(&client.get("/api/v2.0/nothings"), 404, "BadRequest_NotFound");
    refused(&client.get("/api/v2.0/defaultDimensions"), 501, "BadRequest_MethodNotImplemented");
    refused(&client.get("/api/other/group/v1.0/companies"), 404, "BadRequest_NotFound");
}

#[test]
fn a46_a48_a50_values() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    for row in client.rows(&customers(client)) {
        assert!(row["displayName"].is_string() && row["addressLine2"].is_string(), "text is never null");
        assert!(row["creditLimit"].is_number() && row["taxLiable"].is_boolean());
        assert!(["_x0020_", "Ship", "Invoice", "All"].contains(&text(&row, "blocked")));
        let local = text(&row, "currencyCode") == "CHF";
        let empty = text(&row, "currencyId") == "00000000-0000-0000-0000-000000000000";
        assert_eq!(local, empty, "A50");
    }
    let contacts = client.rows(&set(client, API, "contacts"));
    assert!(contacts.iter().all(|row| text(row, "lastInteractionDate") == "0001-01-01"));
}

#[test]
fn a46_a48_a49_a_table_of_the_host_has_every_type() {
    let field = |name: &str, kind: CustomType| CustomField { name: name.to_owned(), kind };
    let names = || vec![" ".to_owned(), "On Hold".to_owned()];
    let fields = vec![
        field("big", CustomType::BigInteger),
        field("unit", CustomType::Guid),
        field("moment", CustomType::DateTime),
        field("status", CustomType::Enum((0..).step_by(7).zip(names()).collect())),
        field("kind", CustomType::Option(names())),
    ];
    let custom_tables = vec![CustomTable { number: 50_000, name: "Sample".to_owned(), fields }];
    let sandbox = Sandbox::new(SandboxOptions { custom_tables, ..options(5) });
    let client = client(&sandbox);
    let samples = set(client, COMPANION, "samples");
    let body = r#"{"big":9007199254740993,"unit":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","moment":"2026-03-15T10:00:00.5Z",
        "status":"On_x0020_Hold","kind":"On Hold"}"#;
    let json = [("Content-Type", "application/json")];
    assert_eq!(client.send("POST", &samples, &json, "{}").status, 201);
    assert_eq!(client.send("POST", &samples, &json, body).status, 201);
    let rows = client.rows(&samples);
    assert_eq!((&rows[0]["moment"], &rows[0]["kind"]), (&json!("0001-01-01T00:00:00Z"), &json!(" ")));
    assert_eq!((&rows[1]["big"], &rows[1]["kind"]), (&json!(9_007_199_254_740_993_i64), &json!("On Hold")));
    for (filter, n_rows) in [
        ("big eq 9007199254740993", 1),
        ("big eq 0", 1),
        ("unit eq 00000000-0000-0000-0000-000000000000", 1),
        ("moment lt 2026-03-15T10:00:00Z", 1),
        ("status eq 'On_x0020_Hold'", 1),
        ("kind eq 'On Hold'", 1),
        ("kind ne 'On Hold'", 1),
    ] {
        assert_eq!(client.rows(&format!("{samples}?$filter={}", encode(filter))).len(), n_rows, "{filter}");
    }
    // A plain option knows no encoded names (A54).
    let encoded = client.get(&format!("{samples}?$filter={}", encode("kind eq 'On_x0020_Hold'")));
    refused(&encoded, 400, "Unknown");
}

#[test]
fn a67_the_companion_can_be_missing() {
    let sandbox = Sandbox::new(SandboxOptions { companion: Companion::Missing, ..options(20) });
    refused(&client(&sandbox).get(&format!("{COMPANION}/companies")), 404, "BadRequest_NotFound");
}

#[test]
fn companion_describes_every_field_it_serves() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let fields = client.rows(&format!("{}?$filter=tableNo%20eq%2018", set(client, COMPANION, "tableFields")));
    let row = client.rows(&format!("{}?$top=1", set(client, COMPANION, "customers")))[0].clone();
    let blocked = fields.iter().find(|it| it["no"] == 39).expect("Blocked");
    assert_eq!(blocked["type"], "Option");
    assert_eq!(blocked["optionMembers"], " ,Ship,Invoice,All");
    let number = fields.iter().find(|it| it["no"] == 1).expect("No.");
    assert_eq!(
        (&number["isPrimaryKey"], &number["type"], &number["len"]),
        (&json!(true), &json!("Code"), &json!(20))
    );
    for property in
        ["no", "salespersonCode", "eMail", "creditLimitLCY", "homePage", "address2", "systemModifiedBy"]
    {
        assert!(row.get(property).is_some(), "{property}");
    }
    let french = client.send(
        "GET",
        &format!("{}?$filter=tableNo%20eq%2018%20and%20no%20eq%207", set(client, COMPANION, "tableFields")),
        &[("Accept-Language", "fr-FR")],
        "",
    );
    assert_eq!(french.rows()[0]["fieldCaption"], "Ville", "A18");
}

#[test]
fn a38_to_a42_writing() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let url = customers(client);
    let json_body = [("Content-Type", "application/json")];
    let created = client.send(
        "POST",
        &url,
        &json_body,
        r#"{"displayName":"Alpes Vins SA","country":"ch","creditLimit":12.5}"#,
    );
    assert_eq!(created.status, 201, "{}", created.message());
    assert_eq!(created.json["number"], "C000021", "number series");
    assert_eq!((&created.json["country"], &created.json["creditLimit"]), (&json!("CH"), &json!(12.5)));
    let address = format!("{url}({})", text(&created.json, "id"));
    let tag = text(&created.json, "@odata.etag").to_owned();
    sandbox.advance_clock(5_000);
    let patch = |tag: &str, body: &str| {
        let headers = [("Content-Type", "application/json"), ("If-Match", tag)];
        client.send("PATCH", &address, &headers, body)
    };
    let changed = patch(&tag, r#"{"city":"Sion","blocked":"All"}"#);
    assert_eq!((changed.status, &changed.json["blocked"]), (200, &json!("All")));
    assert!(text(&changed.json, "lastModifiedDateTime") > text(&created.json, "lastModifiedDateTime"));
    refused(&patch(&tag, r#"{"city":"Bern"}"#), 409, "Request_EntityChanged");
    refused(&client.send("PATCH", &address, &json_body, "{}"), 400, "BadRequest_InvalidToken");
    refused(&patch("*", r#"{"displayName":""}"#), 400, "Application_DialogException");
    refused(&patch("*", r#"{"balanceDue":1}"#), 400, "BadRequest_InvalidOperation");
    refused(&patch("*", r#"{"nope":1}"#), 400, "BadRequest");
    refused(&patch("*", r#"{"blocked":"Never"}"#), 400, "Unknown");
    refused(
        &patch("*", r#"{"city":"1234567890123456789012345678901"}"#),
        400,
        "Application_StringExceededLength",
    );
    refused(
        &patch("*", r#"{"paymentTermsId":"11111111-1111-4111-8111-111111111111"}"#),
        400,
        "Application_DialogException",
    );
    refused(&patch("*", r#"{"currencyCode":"ZZZ"}"#), 400, "Application_DialogException");
    assert_eq!(patch("*", r#"{"currencyCode":"EUR"}"#).json["currencyCode"], "EUR");
    assert_eq!(
        patch("*", r#"{"currencyCode":"CHF"}"#).json["currencyId"],
        "00000000-0000-0000-0000-000000000000"
    );
    refused(&client.send("POST", &url, &[], "{}"), 415, "BadRequest"); // A22
    refused(&client.send("POST", &url, &json_body, r#"{"city":"Sion"}"#), 400, "Application_DialogException");
    let twice = r#"{"displayName":"X","number":"C000021"}"#;
    refused(&client.send("POST", &url, &json_body, twice), 400, "Internal_EntityWithSameKeyExists");
    assert_eq!(client.send("DELETE", &address, &[("If-Match", "*")], "").status, 204);
    refused(&client.get(&address), 404, "Internal_RecordNotFound");
    let companies = client.send("POST", "/api/v2.0/companies", &json_body, "{}");
    refused(&companies, 405, "BadRequest_MethodNotAllowed");
    let intent = [("Content-Type", "application/json"), ("Data-Access-Intent", "ReadOnly")];
    refused(&client.send("POST", &url, &intent, "{}"), 400, "BadRequest"); // A19
}

#[test]
fn a30_companion_keeps_the_id_of_the_client() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let id = "5d9c0000-0000-4000-8000-00000000000a";
    let url = set(client, COMPANION, "contacts");
    let body =
        format!(r#"{{"systemId":"{id}","type":"Person","name":"Zoé J. Favre","companyNo":"CT000001"}}"#);
    let created = client.send("POST", &url, &[("Content-Type", "application/json")], &body);
    assert_eq!((created.status, text(&created.json, "systemId")), (201, id), "{}", created.message());
    assert_eq!(text(&created.json, "surname"), "Favre");
    assert_eq!(text(&created.json, "firstName"), "Zoé");
    let company = client.rows(&format!("{url}?$filter=no%20eq%20'CT000001'"));
    assert_eq!(created.json["companyName"], company[0]["name"]);
    let again = client.send("POST", &url, &[("Content-Type", "application/json")], &body);
    refused(&again, 400, "Internal_EntityWithSameKeyExists");
}
