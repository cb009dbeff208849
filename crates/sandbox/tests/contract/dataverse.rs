//! Facts B: Dataverse.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, DV_BASE, encode, sandbox};

const API: &str = "/api/data/v9.2";
const ALL: (&str, &str) = ("Prefer", "odata.include-annotations=\"*\"");

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.message());
    assert!(!answer.message().is_empty(), "B54");
}

#[test]
fn b16_to_b19_connection_tests() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let who = client.get(&format!("{API}/WhoAmI"));
    let user = client.get(&format!("{API}/systemusers({})?$select=fullname", text(&who.json, "UserId")));
    assert_eq!((user.status, user.response.header_value("OData-Version")), (200, Some("4.0")));
    assert_eq!(client.get(&format!("{API}/WhoAmI()")).json, who.json);
    assert!(text(&client.get(&format!("{API}/RetrieveVersion()")).json, "Version").starts_with("9.2."));
    let counts = client.get(&format!("{API}/RetrieveTotalRecordCount(EntityNames=['account','contact'])"));
    assert_eq!(counts.json["EntityRecordCountCollection"]["Keys"], json!(["account", "contact"]));
    assert_eq!(
        counts.json["EntityRecordCountCollection"]["Values"][0],
        client.all(&format!("{API}/accounts?$select=name"), &[]).len()
    );
    let filter = encode("uniquename eq 'bcbi_CdsBaseIntegration'");
    let solutions = client.rows(&format!("{API}/solutions?$select=uniquename,version&$filter={filter}"));
    assert_eq!(solutions.len(), 1);
    assert_eq!(client.get(&format!("{}/WhoAmI", API.replace("9.2", "9.1"))).status, 200, "B2");
    assert!(
        text(&client.rows(&format!("{API}/organizations"))[0], "name").to_lowercase().contains("demo"),
        "S7"
    );
}

#[test]
fn b20_to_b22_rows_and_annotations() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let url = format!(
        "{API}/accounts?$select=name,_ownerid_value,statuscode,creditlimit&$filter=creditlimit%20gt%200"
    );
    let plain = client.get(&url);
    let names: Vec<&str> = plain.rows()[0].as_object().expect("a row").keys().map(String::as_str).collect();
    let mut expected = vec![
        "@odata.etag",
        "accountid",
        "name",
        "_ownerid_value",
        "statuscode",
        "creditlimit",
        "_transactioncurrencyid_value",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected, "B20: the key, and the currency with money");
    let full = client.send("GET", &url, &[ALL], "");
    let row = &full.rows()[0];
    assert_eq!(row["statuscode@OData.Community.Display.V1.FormattedValue"], "Active");
    let owner = text(row, "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname");
    assert!(["systemuser", "team"].contains(&owner), "B22");
    assert_eq!(row["_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"], "ownerid");
    assert!(text(row, "creditlimit@OData.Community.Display.V1.FormattedValue").contains('.'), "B21");
    assert!(
        full.response.header_value("Preference-Applied").is_some_and(|it| it.contains("include-annotations"))
    );
    let formatted = ("Prefer", "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\"");
    let some = client.send("GET", &url, &[formatted], "");
    assert!(some.rows()[0].get("_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname").is_none(), "B7");
    let blank = client.rows(&format!("{API}/accounts?$select=fax&$filter=fax%20eq%20null&$top=1"));
    assert_eq!(blank[0]["fax"], Value::Null, "B20: nulls are returned");
}

#[test]
fn b23_filters() {
    let sandbox = sandbox(300);
    let client = client(&sandbox);
    let all = client.all(&format!("{API}/accounts"), &[]);
    let check = |filter: &str, expected: &dyn Fn(&Value) -> bool| {
        let rows = client.all(&format!("{API}/accounts?$filter={}", encode(filter)), &[]);
        let wanted: Vec<&Value> = all.iter().filter(|row| expected(row)).collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{filter} tells nothing");
        assert_eq!(rows.iter().collect::<Vec<_>>(), wanted, "{filter}");
    };
    let city = |row: &Value| row["address1_city"].as_str().unwrap_or_default().to_owned();
    let kind = |row: &Value| row["customertypecode"].as_i64();
    check("address1_city eq 'GENEVE'", &|row| city(row) == "Genève");
    check("address1_city ne 'Genève'", &|row| !city(row).is_empty() && city(row) != "Genève");
    check("(address1_city ne 'Genève' or address1_city eq null)", &|row| city(row) != "Genève");
    check("customertypecode eq null", &|row| kind(row).is_none());
    check("customertypecode ne 3", &|row| kind(row).is_some_and(|it| it != 3));
    check("not customertypecode eq 3", &|row| kind(row).is_some_and(|it| it != 3));
    check("statecode eq 0 and (customertypecode eq 3 or customertypecode eq 11)", &|row| {
        row["statecode"] == 0 && [Some(3), Some(11)].contains(&kind(row))
    });
    check("startswith(address1_city,'l')", &|row| city(row).starts_with('L'));
    check("not startswith(address1_city,'l')", &|row| !city(row).is_empty() && !city(row).starts_with('L'));
    check("endswith(name,' ltd')", &|row| text(row, "name").to_lowercase().ends_with(" ltd"));
    check("contains(name,'& ')", &|row| text(row, "name").contains("& "));
    check("address1_city eq 'L%e'", &|row| city(row).starts_with('L') && city(row).ends_with('e'));
    check("startswith(address1_city,'[a-c]')", &|row| city(row).starts_with(['A', 'B', 'C']));
    check("_bcbi_companyid_value eq null", &|row| row["_bcbi_companyid_value"].is_null());
    let own = text(&client.rows(&format!("{API}/bcbi_companies"))[0], "bcbi_companyid").to_owned();
    check(&format!("_bcbi_companyid_value eq {own} or _bcbi_companyid_value eq null"), &|row| {
        row["_bcbi_companyid_value"].is_null() || text(row, "_bcbi_companyid_value") == own
    });
    check("creditlimit ge 25000", &|row| row["creditlimit"].as_f64().is_some_and(|it| it >= 25_000.0));
    check("primarycontactid/fullname ne null", &|row| !row["_primarycontactid_value"].is_null());
    let moment = text(&all[100], "modifiedon").to_owned();
    check(&format!("modifiedon gt {moment}"), &|row| text(row, "modifiedon") > moment.as_str());
    check("_createdby_value eq _modifiedby_value", &|row| {
        row["_createdby_value"] == row["_modifiedby_value"]
    });
}

#[test]
fn b23_polymorphic_paths() {
    let sandbox = sandbox(200);
    let client = client(&sandbox);
    let annotated = client.all(&format!("{API}/contacts?$select=_parentcustomerid_value"), &[ALL]);
    for (path, table) in
        [("parentcustomerid_account/accountid", "account"), ("parentcustomerid_contact/contactid", "contact")]
    {
        let filter = encode(&format!("{path} ne null"));
        let rows =
            client.all(&format!("{API}/contacts?$select=_parentcustomerid_value&$filter={filter}"), &[ALL]);
        let name = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
        let wanted: Vec<&Value> = annotated.iter().filter(|row| row[name] == table).collect();
        assert!(!wanted.is_empty());
        assert_eq!(rows.iter().collect::<Vec<_>>(), wanted, "{path}");
    }
}

#[test]
fn b23_b26_what_queries_cannot_do() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let check = |query: &str, status: u16, fact: &str| {
        let answer = client.get(&format!("{API}/accounts?{}", encode(query)));
        assert_eq!(answer.status, status, "{query}: {}", answer.message());
        assert!(answer.message().contains(fact), "{query}: {}", answer.message());
    };
    for query in ["$skip=1", "$search=x", "$format=json"] {
        check(query, 400, "not supported");
    }
    check("$filter=nope eq 1", 400, "nope");
    check("$filter=ownerid eq 1", 400, "ownerid");
    check("$filter=name eq 1", 400, "name");
    check("$filter=owneridtype eq 'team'", 400, "owneridtype");
    check("$filter=startswith(name,'%x')", 400, "wildcard");
    check("$filter=endswith(name,'x%')", 400, "wildcard");
    check("$select=nope", 400, "nope");
    check("$select=ownerid", 400, "ownerid");
    check("$expand=nope", 400, "nope");
    check("$apply=topcount(2,creditlimit)", 501, "B26");
    check("$apply=groupby((primarycontactid/fullname))", 501, "B26");
    check("fetchXml=<fetch/>", 400, "entity");
    check("savedQuery=5d9c0000-0000-4000-8000-00000000000a", 501, "B29");
    check(
        "$filter=Microsoft.Dynamics.CRM.InFiscalYear(PropertyName='createdon',PropertyValue='x')",
        400,
        "'x'",
    );
    check("$filter=Microsoft.Dynamics.CRM.Sometimes(PropertyName='createdon')", 400, "Sometimes");
    check("$filter=nothing/any(c:c/fullname eq 'x')", 400, "nothing");
    check("$filter=contact_customer_accounts/any(c:c/nope eq 'x')", 400, "nope");
    let set = |name: &str| client.get(&format!("{API}/{name}"));
    refused(&set("nothings"), 404, "0x80060888");
    refused(&set("accounts(accountnumber='A7')"), 400, "0x80060888"); // B46: no such key
    refused(&set("$batch"), 405, "0x80060888");
}

#[test]
fn b8_b25_paging() {
    let sandbox = sandbox(120);
    let client = client(&sandbox);
    let prefer = [("Prefer", "odata.maxpagesize=50,odata.include-annotations=\"*\"")];
    let first = client.send("GET", &format!("{API}/accounts?$select=name&$top=3&$count=true"), &prefer, "");
    assert_eq!(first.rows().len(), 50, "B8: $top is ignored when both are sent");
    let link = text(&first.json, "@odata.nextLink");
    assert!(
        link.starts_with(&format!("{DV_BASE}/api/data/v9.2/accounts?"))
            && link.contains("$skiptoken=%3Ccookie")
    );
    for query in
        ["$select=name", "$select=name&$orderby=name desc,accountid", "$select=name&$orderby=statuscode"]
    {
        let url = format!("{API}/accounts?{}", query.replace(' ', "%20"));
        let all = client.all(&url, &prefer);
        let mut ids: Vec<&str> = all.iter().map(|row| text(row, "accountid")).collect();
        let total = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(
            (ids.len(), total),
            (total, usize::try_from(first.json["@odata.count"].as_u64().expect("a count")).expect("small"))
        );
    }
    let top = client.get(&format!("{API}/accounts?$top=3&$orderby=modifiedon"));
    assert_eq!((top.rows().len(), &top.json["@odata.nextLink"]), (3, &Value::Null));
    assert!(top.rows().windows(2).all(|pair| text(&pair[0], "modifiedon") <= text(&pair[1], "modifiedon")));
    refused(&client.get(&format!("{API}/accounts?$skiptoken=x")), 400, "0x80060888");
}

#[test]
fn b27_counts_stop_at_5000() {
    let sandbox = sandbox(5_200);
    let client = client(&sandbox);
    let answer = client.send("GET", &format!("{API}/accounts?$select=name&$count=true"), &[ALL], "");
    assert_eq!(answer.rows().len(), 5_000, "B25");
    assert_eq!(answer.json["@odata.count"], 5_000);
    assert_eq!(answer.json["@Microsoft.Dynamics.CRM.totalrecordcount"], 5_000);
    assert_eq!(answer.json["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], true);
    assert_eq!(client.get(&format!("{API}/accounts/$count")).json, 5_000);
    let few = format!("{API}/systemusers?$select=fullname");
    assert_eq!(client.send("GET", &few, &[ALL], "").json["@Microsoft.Dynamics.CRM.totalrecordcount"], -1);
    assert_eq!(client.get(&format!("{API}/systemusers/$count")).json, 30);
}

#[test]
fn b31_to_b35_metadata() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let tables =
        client.rows(&format!("{API}/EntityDefinitions?$select=LogicalName,EntitySetName,DisplayName"));
    assert_eq!(tables.len(), 43 + 2, "D3, and two that hold privileges");
    for table in &tables {
        let set = client.get(&format!("{API}/{}?$top=1", text(table, "EntitySetName")));
        assert_eq!(set.status, 200, "{table}");
        assert_eq!(table["DisplayName"]["LocalizedLabels"][1]["LanguageCode"], 1036);
    }
    let filter = encode("OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'");
    let owned = client.rows(&format!("{API}/EntityDefinitions?$select=LogicalName&$filter={filter}"));
    let names: Vec<&str> = owned.iter().map(|it| text(it, "LogicalName")).collect();
    assert!(names.contains(&"salesorder") && !names.contains(&"product"), "B33: {names:?}");
    let account = format!("{API}/EntityDefinitions(LogicalName='account')");
    let one = client.get(&format!(
        "{account}?$select=PrimaryIdAttribute&$expand=Attributes($select=LogicalName,AttributeType)"
    ));
    assert_eq!(one.json["PrimaryIdAttribute"], "accountid");
    let attributes = one.json["Attributes"].as_array().expect("a list");
    assert_eq!(attributes.len(), client.rows(&format!("{account}/Attributes")).len());
    let row = client.rows(&format!("{API}/accounts?$top=1"))[0].clone();
    for attribute in attributes {
        let name = text(attribute, "LogicalName");
        let present = row.get(name).is_some() || row.get(format!("_{name}_value")).is_some();
        let whole = client.get(&format!("{account}/Attributes(LogicalName='{name}')")).json;
        assert_eq!(present, whole["IsLogical"] == false, "{name}");
    }
    let cast = |name: &str, query: &str| {
        client.rows(&format!("{account}/Attributes/Microsoft.Dynamics.CRM.{name}AttributeMetadata?{query}"))
    };
    let picklists = cast("Picklist", "$select=LogicalName&$expand=OptionSet,GlobalOptionSet");
    let terms = picklists.iter().find(|it| it["LogicalName"] == "paymenttermscode").expect("payment terms");
    assert_eq!(terms["OptionSet"]["Options"][0]["Label"]["UserLocalizedLabel"]["Label"], "Net 30", "B34");
    let unexpanded = cast("Picklist", "$select=LogicalName");
    assert!(unexpanded[0].get("OptionSet").is_none());
    let status = cast("Status", "$expand=OptionSet");
    assert_eq!(status[0]["OptionSet"]["Options"][1]["State"], 1, "B45");
    let lookups = cast("Lookup", "$select=LogicalName,Targets");
    let owner = lookups.iter().find(|it| it["LogicalName"] == "ownerid").expect("owner");
    assert_eq!(owner["Targets"], json!(["systemuser", "team"]));
    let strings = cast("String", "$select=LogicalName,MaxLength");
    assert!(strings.iter().any(|it| it["LogicalName"] == "name" && it["MaxLength"] == 160));
    for name in ["State", "Boolean", "Memo", "Money", "Decimal", "Integer", "DateTime"] {
        assert!(!cast(name, "$select=LogicalName").is_empty(), "{name}");
    }
    let contact = format!("{API}/EntityDefinitions(LogicalName='contact')/ManyToOneRelationships");
    let filter = encode("ReferencingAttribute eq 'parentcustomerid' and ReferencedEntity eq 'account'");
    let relationship = client.rows(&format!("{contact}?$filter={filter}"));
    assert_eq!(relationship[0]["ReferencingEntityNavigationPropertyName"], "parentcustomerid_account", "B35");
    refused(&client.get(&format!("{API}/EntityDefinitions(LogicalName='nope')")), 404, "0x80060888");
}

#[test]
fn b38_to_b43_writing() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let contact = text(&client.rows(&format!("{API}/contacts?$top=1"))[0], "contactid").to_owned();
    let body = format!(
        r#"{{"name":"Alpes Vins SA","customertypecode":3,"creditlimit":12.5,"primarycontactid@odata.bind":"/contacts({contact})"}}"#
    );
    let created = client.send("POST", &format!("{API}/accounts"), &[], &body);
    assert_eq!(created.status, 204, "{}", created.message());
    let address = created
        .response
        .header_value("OData-EntityId")
        .expect("B38")
        .strip_prefix(DV_BASE)
        .expect("base")
        .to_owned();
    let row = client.get(&address).json;
    let who = client.get(&format!("{API}/WhoAmI")).json;
    assert_eq!(row["_ownerid_value"], who["UserId"], "S4: the owner defaults to the caller");
    assert_eq!(row["_createdby_value"], who["UserId"]);
    assert_eq!((&row["statecode"], &row["statuscode"]), (&json!(0), &json!(1)));
    assert_eq!(row["_primarycontactid_value"], contact);
    sandbox.advance_clock(5_000);
    let patch = |headers: &[(&str, &str)], body: &str| client.send("PATCH", &address, headers, body);
    assert_eq!(patch(&[], r#"{"name":"Alpes","primarycontactid":null}"#).status, 204);
    let changed = client.get(&address).json;
    assert!(text(&changed, "modifiedon") > text(&row, "modifiedon"));
    assert_eq!((&changed["name"], &changed["_primarycontactid_value"]), (&json!("Alpes"), &Value::Null));
    let old = text(&row, "@odata.etag");
    refused(&patch(&[("If-Match", old)], "{}"), 412, "0x80060882"); // B41
    refused(&patch(&[("If-None-Match", "*")], "{}"), 412, "0x80040237"); // B41
    assert_eq!(
        client.send("GET", &address, &[("If-None-Match", text(&changed, "@odata.etag"))], "").status,
        304
    );
    let represented = patch(&[("Prefer", "return=representation")], r#"{"fax":"1"}"#);
    assert_eq!((represented.status, &represented.json["fax"]), (200, &json!("1")), "B6");
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(161));
    refused(&patch(&[], &long), 400, "0x80044331"); // B55
    refused(&patch(&[], r#"{"name":null}"#), 400, "0x80040203"); // S4
    refused(&patch(&[], r#"{"nope":1}"#), 400, "0x80048d19");
    refused(&patch(&[], r#"{"statecode":1,"statuscode":1}"#), 400, "0x80048408"); // B45
    refused(&patch(&[], r#"{"paymenttermscode":99}"#), 400, "0x80040203");
    let missing = r#"{"primarycontactid@odata.bind":"/contacts(11111111-1111-4111-8111-111111111111)"}"#;
    refused(&patch(&[], missing), 404, "0x80040217");
    let wrong = format!(r#"{{"primarycontactid@odata.bind":"{}"}}"#, address.trim_start_matches(API));
    refused(&patch(&[], &wrong), 400, "0x80048d19");
    assert_eq!(patch(&[], r#"{"statecode":1}"#).status, 204);
    assert_eq!(client.get(&address).json["statuscode"], 2);
    assert_eq!(client.send("PUT", &format!("{address}/name"), &[], r#"{"value":"Neu"}"#).status, 204);
    assert_eq!(client.get(&format!("{address}/name")).json["value"], "Neu");
    assert_eq!(client.send("DELETE", &format!("{address}/fax"), &[], "").status, 204);
    assert_eq!(client.get(&address).json["fax"], Value::Null, "B39");
    assert_eq!(client.send("DELETE", &address, &[], "").status, 204);
    let gone = client.get(&address);
    refused(&gone, 404, "0x80040217");
    assert!(gone.message().contains("Does Not Exist"), "B55");
}

#[test]
fn b40_b41_upsert() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let address = format!("{API}/contacts(5d9c0000-0000-4000-8000-00000000000a)");
    refused(&client.send("PATCH", &address, &[("If-Match", "*")], r#"{"lastname":"X"}"#), 404, "0x80040217");
    let upsert = client.send(
        "PATCH",
        &address,
        &[("Prefer", "return=representation")],
        r#"{"firstname":"Zoé","lastname":"Rey"}"#,
    );
    assert_eq!((upsert.status, &upsert.json["fullname"]), (201, &json!("Zoé Rey")));
    assert_eq!(upsert.json["contactid"], "5d9c0000-0000-4000-8000-00000000000a");
    let again = client.send(
        "PATCH",
        &address,
        &[],
        r#"{"contactid":"11111111-1111-4111-8111-111111111111","lastname":"Roy"}"#,
    );
    assert_eq!(again.status, 204);
    assert_eq!(client.get(&address).json["fullname"], "Zoé Roy");
    let currencies = format!("{API}/transactioncurrencies");
    refused(&client.send("POST", &currencies, &[], r#"{"isocurrencycode":"NOK"}"#), 400, "0x80040203");
    let zero = r#"{"isocurrencycode":"NOK","currencyname":"K","currencysymbol":"kr","currencyprecision":2,"exchangerate":0}"#;
    refused(&client.send("POST", &currencies, &[], zero), 400, "0x80040203");
    assert_eq!(client.send("POST", &currencies, &[], &zero.replace(":0}", ":1.5}")).status, 204);
}

#[test]
fn b43_owners_and_polymorphic_parents() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let first = |set: &str, key: &str| text(&client.rows(&format!("{API}/{set}?$top=1"))[0], key).to_owned();
    let (team, account) = (first("teams", "teamid"), first("accounts", "accountid"));
    let body = format!(
        r#"{{"lastname":"Rey","ownerid@odata.bind":"/teams({team})","parentcustomerid_account@odata.bind":"{DV_BASE}{API}/accounts({account})"}}"#
    );
    let headers = [("Prefer", "return=representation,odata.include-annotations=\"*\"")];
    let row = client.send("POST", &format!("{API}/contacts"), &headers, &body).json;
    assert_eq!(
        (text(&row, "_ownerid_value"), text(&row, "_owningteam_value")),
        (team.as_str(), team.as_str())
    );
    assert_eq!(row["_owninguser_value"], Value::Null);
    assert_eq!(row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "account");
    assert_eq!(
        row["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"],
        "parentcustomerid_account"
    );
    let wrong =
        format!(r#"{{"lastname":"Rey","parentcustomerid_contact@odata.bind":"/accounts({account})"}}"#);
    refused(&client.send("POST", &format!("{API}/contacts"), &[], &wrong), 400, "0x80048d19");
}
