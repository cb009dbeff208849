//! Facts B: expansion, lambda operators, query functions, aggregation, FetchXML, metadata of relationships.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, DV_BASE, encode, query, sandbox};

const API: &str = "/api/data/v9.2";
const ALL: (&str, &str) = ("Prefer", "odata.include-annotations=\"*\"");

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{}", answer.message());
    assert!(answer.message().contains(word), "{}", answer.message());
}

/// Ids of the rows of a query, sorted.
#[track_caller]
fn ids(client: &Client<'_>, set: &str, key: &str, options: &str) -> Vec<String> {
    let rows = client.all(&format!("{API}/{set}?{}", query(options)), &[]);
    let mut ids: Vec<String> = rows.iter().map(|row| text(row, key).to_owned()).collect();
    ids.sort_unstable();
    ids
}

#[track_caller]
fn accounts(client: &Client<'_>, filter: &str) -> Vec<String> {
    ids(client, "accounts", "accountid", &format!("$select=accountid&$filter={filter}"))
}

#[test]
fn b28_lookups_and_collections_expand() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let options = "$select=name&$expand=owninguser($select=fullname),\
                 contact_customer_accounts($select=lastname;$filter=statecode eq 0;$orderby=lastname desc;$top=2)";
    let rows = client.rows(&format!("{API}/accounts?{}", query(options)));
    let mut with_contacts = 0;
    for row in &rows {
        let id = text(row, "accountid");
        let filter = format!("_parentcustomerid_value eq {id} and statecode eq 0");
        let own = client.rows(&format!(
            "{API}/contacts?{}",
            query(&format!("$select=lastname&$orderby=lastname desc&$top=2&$filter={filter}"))
        ));
        let names =
            |rows: &[Value]| rows.iter().map(|it| text(it, "lastname").to_owned()).collect::<Vec<_>>();
        let inline = row["contact_customer_accounts"].as_array().expect("a list");
        assert_eq!(names(inline), names(&own), "{id}");
        let link = text(row, "contact_customer_accounts@odata.nextLink").strip_prefix(DV_BASE).expect("base");
        assert_eq!(names(&client.rows(link)), names(&own));
        with_contacts += usize::from(!inline.is_empty());
        assert!(row["owninguser"].is_null() || row["owninguser"]["fullname"].is_string());
    }
    assert!(with_contacts > 3);
    let one = format!("{API}/accounts({})", text(&rows[0], "accountid"));
    let nested = client.get(&format!(
        "{one}?$select=name&$expand=contact_customer_accounts($select=lastname;$expand=owningbusinessunit($select=name))"
    ));
    for contact in nested.json["contact_customer_accounts"].as_array().expect("a list") {
        assert_eq!(contact["owningbusinessunit"]["name"], "cronusdemo");
    }
    let reference = client.get(&format!("{one}?$select=name&$expand=owningbusinessunit/$ref"));
    assert!(text(&reference.json["owningbusinessunit"], "@odata.id").contains("/businessunits("));
    let bad = |text: &str| client.get(&format!("{one}?{}", query(text)));
    refused(&bad("$expand=contact_customer_accounts/$ref"), 400, "$ref");
    refused(&bad("$expand=owninguser($filter=isdisabled eq false)"), 400, "$filter");
    refused(&bad("$expand=contact_customer_accounts($top=1;$expand=owninguser)"), 400, "Nested");
    let many = vec!["owninguser"; 16].join(",");
    refused(&bad(&format!("$expand={many}")), 400, "15");
}

#[test]
fn b30_paths_below_a_row() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let first = query("$select=_owninguser_value&$filter=_owninguser_value ne null&$top=1");
    let row = client.rows(&format!("{API}/accounts?{first}"))[0].clone();
    let user = text(&row, "_owninguser_value");
    let below = ids(&client, &format!("systemusers({user})/user_accounts"), "accountid", "$select=name");
    assert_eq!(below, accounts(&client, &format!("_owninguser_value eq {user}")));
    let few =
        format!("{API}/systemusers({user})/user_accounts?{}", query("$select=name&$filter=statecode eq 1"));
    let filter = format!("_owninguser_value eq {user} and statecode eq 1");
    assert_eq!(client.rows(&few).len(), accounts(&client, &filter).len());
    assert_eq!(client.get(&format!("{API}/systemusers({user})/user_accounts/$count")).json, below.len());
    let paged = client.all(
        &format!("{API}/systemusers({user})/user_accounts?$select=name"),
        &[("Prefer", "odata.maxpagesize=2")],
    );
    assert_eq!(paged.len(), below.len(), "B25");
    let account = format!("{API}/accounts({})", text(&row, "accountid"));
    assert_eq!(client.get(&format!("{account}/owninguser?$select=fullname")).json["systemuserid"], *user);
    assert!(text(&client.get(&format!("{account}/owninguser/$ref")).json, "@odata.id").contains(user));
    assert_eq!(client.get(&format!("{account}/owningteam")).status, 204);
    refused(&client.get(&format!("{account}/nothing")), 400, "nothing");
}

#[test]
fn b23_lambda_operators() {
    let sandbox = sandbox(100);
    let client = client(&sandbox);
    let contacts = client.all(&format!("{API}/contacts?$select=_parentcustomerid_value,statecode"), &[]);
    let parents = |state: Option<i64>| {
        let wanted = contacts.iter().filter(|it| state.is_none_or(|state| it["statecode"] == state));
        let mut ids: Vec<&str> = wanted.filter_map(|it| it["_parentcustomerid_value"].as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let all = accounts(&client, "accountid ne null");
    let of_accounts = |ids: Vec<&str>| -> Vec<String> {
        all.iter().filter(|id| ids.contains(&id.as_str())).cloned().collect()
    };
    let check = |filter: &str, expected: Vec<String>| {
        assert!(!expected.is_empty() && expected.len() < all.len());
        assert_eq!(accounts(&client, filter), expected, "{filter}");
    };
    check("contact_customer_accounts/any()", of_accounts(parents(None)));
    check("contact_customer_accounts/any(c:c/statecode eq 1)", of_accounts(parents(Some(1))));
    let without = |ids: Vec<&str>| -> Vec<String> {
        all.iter().filter(|id| !ids.contains(&id.as_str())).cloned().collect()
    };
    check("contact_customer_accounts/all(c:c/statecode eq 0)", without(parents(Some(1))));
    check("not contact_customer_accounts/any(c: c/statecode eq 1)", without(parents(Some(1))));
    let by_team = "owninguser/teammembership_association/any()";
    assert_eq!(client.get(&format!("{API}/accounts?$filter={by_team}")).status, 400);
}

#[test]
fn b23_paths_over_several_lookups() {
    let sandbox = sandbox(100);
    let client = client(&sandbox);
    let filter = "parentcustomerid_account/owninguser/isdisabled eq true";
    let found = ids(&client, "contacts", "contactid", &format!("$select=lastname&$filter={filter}"));
    let disabled = ids(&client, "systemusers", "systemuserid", "$select=fullname&$filter=isdisabled eq true");
    let owned: Vec<String> =
        disabled.iter().flat_map(|user| accounts(&client, &format!("_owninguser_value eq {user}"))).collect();
    let contacts = client.all(&format!("{API}/contacts?$select=_parentcustomerid_value"), &[]);
    let expected = contacts.iter().filter(|it| {
        it["_parentcustomerid_value"].as_str().is_some_and(|id| owned.iter().any(|it| it == id))
    });
    assert_eq!(found.len(), expected.count());
    assert!(!found.is_empty());
}

#[test]
fn b24_functions() {
    let sandbox = sandbox(200);
    let client = client(&sandbox);
    let same = |function: &str, filter: &str| {
        let function = format!("Microsoft.Dynamics.CRM.{function}");
        let found = accounts(&client, &function);
        assert_eq!(found, accounts(&client, filter), "{function}");
        found.len()
    };
    assert!(
        same("In(PropertyName='customertypecode',PropertyValues=['3','11'])", "customertypecode in (3,11)")
            > 0
    );
    same("NotIn(PropertyName='customertypecode',PropertyValues=['3'])", "customertypecode ne 3");
    let between = same(
        "Between(PropertyName='creditlimit',PropertyValues=['1000','50000'])",
        "creditlimit ge 1000 and creditlimit le 50000",
    );
    assert!(between > 0);
    let who = client.get(&format!("{API}/WhoAmI")).json;
    let user = text(&who, "UserId");
    assert!(same("EqualUserId(PropertyName='modifiedby')", &format!("_modifiedby_value eq {user}")) > 0);
    same("NotEqualUserId(PropertyName='modifiedby')", &format!("_modifiedby_value ne {user}"));
    // The sandbox's clock stands at 2026-03-20T09:46:40Z, a Friday.
    let dates =
        |function: &str, filter: &str| same(&format!("{function}(PropertyName='modifiedon')"), filter);
    assert!(
        dates("ThisMonth", "modifiedon ge 2026-03-01T00:00:00Z and modifiedon lt 2026-04-01T00:00:00Z") > 0
    );
    dates("Yesterday", "modifiedon ge 2026-03-19T00:00:00Z and modifiedon lt 2026-03-20T00:00:00Z");
    dates("LastWeek", "modifiedon ge 2026-03-08T00:00:00Z and modifiedon lt 2026-03-15T00:00:00Z");
    dates("LastYear", "modifiedon ge 2025-01-01T00:00:00Z and modifiedon lt 2026-01-01T00:00:00Z");
    let since = "modifiedon ge 2026-02-20T09:46:40Z and modifiedon le 2026-03-20T09:46:40Z";
    same("LastXMonths(PropertyName='modifiedon',PropertyValue=1)", since);
    same("OlderThanXDays(PropertyName='modifiedon',PropertyValue=100)", "modifiedon lt 2025-12-10T09:46:40Z");
    let day = "modifiedon ge 2026-03-02T00:00:00Z";
    same("OnOrAfter(PropertyName='modifiedon',PropertyValue='2026-03-02')", day);
}

#[test]
fn b24_hierarchies() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let mut made: Vec<String> = Vec::new();
    for name in ["top", "middle", "bottom"] {
        let parent = made
            .last()
            .map_or_else(String::new, |id| format!(r#","parentaccountid@odata.bind":"/accounts({id})""#));
        let body = format!(r#"{{"name":"{name}"{parent}}}"#);
        let row =
            client.send("POST", &format!("{API}/accounts"), &[("Prefer", "return=representation")], &body);
        made.push(text(&row.json, "accountid").to_owned());
    }
    let check = |function: &str, of: usize, expected: &[usize]| {
        let filter = format!(
            "Microsoft.Dynamics.CRM.{function}(PropertyName='accountid',PropertyValue='{}')",
            made[of]
        );
        let mut wanted: Vec<String> = expected.iter().map(|at| made[*at].clone()).collect();
        wanted.sort_unstable();
        assert_eq!(accounts(&client, &filter), wanted, "{function}");
    };
    check("Under", 0, &[1, 2]);
    check("UnderOrEqual", 1, &[1, 2]);
    check("Above", 2, &[0, 1]);
    check("AboveOrEqual", 1, &[0, 1]);
}

#[test]
fn b26_aggregation_and_aliases() {
    let sandbox = sandbox(100);
    let client = client(&sandbox);
    let apply =
        |text: &str| client.send("GET", &format!("{API}/accounts?$apply={}", query(text)), &[ALL], "");
    let groups = apply("groupby((statecode),aggregate($count as n,creditlimit with sum as total))");
    assert_eq!(groups.rows().len(), 2);
    for group in groups.rows() {
        let state = &group["statecode"];
        let rows =
            client.all(&format!("{API}/accounts?$select=creditlimit&$filter=statecode%20eq%20{state}"), &[]);
        assert_eq!(group["n"], rows.len());
        let total: f64 = rows.iter().filter_map(|row| row["creditlimit"].as_f64()).sum();
        assert!((group["total"].as_f64().unwrap_or_default() - total).abs() < 0.01, "{group}");
        assert!(group["statecode@OData.Community.Display.V1.FormattedValue"].is_string());
    }
    let whole = apply(
        "filter(creditlimit gt 0)/aggregate(creditlimit with max as most,creditlimit with min as least)",
    );
    let sorted = client.rows(&format!(
        "{API}/accounts?{}",
        query("$select=creditlimit&$filter=creditlimit gt 0&$orderby=creditlimit")
    ));
    assert_eq!(whole.rows()[0]["least"], sorted[0]["creditlimit"]);
    assert_eq!(whole.rows()[0]["most"], sorted[sorted.len() - 1]["creditlimit"]);
    refused(&apply("groupby(statecode)"), 400, "$apply");
    let alias =
        client.rows(&format!("{API}/accounts?{}", query("$select=name&$filter=statecode eq @s&@s=1")));
    assert_eq!(alias.len(), accounts(&client, "statecode eq 1").len());
}

fn fetch(client: &Client<'_>, set: &str, xml: &str) -> Answer {
    let xml = encode(xml).replace('=', "%3D").replace('\n', " ");
    client.send("GET", &format!("{API}/{set}?fetchXml={xml}"), &[ALL], "")
}

/// Number of accounts that pass a FetchXML condition.
#[track_caller]
fn fetched(client: &Client<'_>, conditions: &str) -> Vec<String> {
    let xml = format!(
        "<fetch><entity name='account'><attribute name='accountid'/><filter>{conditions}</filter></entity></fetch>"
    );
    let answer = fetch(client, "accounts", &xml);
    assert_eq!(answer.status, 200, "{conditions}: {}", answer.message());
    let mut ids: Vec<String> = answer.rows().iter().map(|row| text(row, "accountid").to_owned()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn b29_fetchxml_conditions_say_the_same_as_filters() {
    let sandbox = sandbox(150);
    let client = client(&sandbox);
    for (condition, filter) in [
        ("attribute='statecode' operator='eq' value='0'", "statecode eq 0"),
        ("attribute='statecode' operator='ne' value='0'", "statecode ne 0"),
        ("attribute='name' operator='like' value='%sa%'", "contains(name,'sa')"),
        ("attribute='name' operator='not-like' value='%sa%'", "not contains(name,'sa')"),
        ("attribute='name' operator='begins-with' value='a'", "startswith(name,'a')"),
        ("attribute='fax' operator='null'", "fax eq null"),
        ("attribute='fax' operator='not-null'", "fax ne null"),
        ("attribute='creditlimit' operator='ge' value='5000'", "creditlimit ge 5000"),
        ("attribute='modifiedon' operator='last-x-days' value='60'", "modifiedon ge 2026-01-19T09:46:40Z"),
        (
            "attribute='modifiedon' operator='on-or-after' value='2026-01-01'",
            "modifiedon ge 2026-01-01T00:00:00Z",
        ),
        ("attribute='name' operator='eq' valueof='address1_name'", "name eq address1_name"),
    ] {
        assert_eq!(
            fetched(&client, &format!("<condition {condition}/>")),
            accounts(&client, filter),
            "{condition}"
        );
    }
    let list =
        "<condition attribute='customertypecode' operator='in'><value>3</value><value>8</value></condition>";
    assert_eq!(fetched(&client, list), accounts(&client, "customertypecode in (3,8)"));
    let either = "<filter type='or'><condition attribute='statecode' operator='eq' value='1'/>\
                  <condition attribute='customertypecode' operator='eq' value='8'/></filter>";
    assert_eq!(fetched(&client, either), accounts(&client, "statecode eq 1 or customertypecode eq 8"));
    let team = text(&client.rows(&format!("{API}/teams?$top=2"))[1], "teamid").to_owned();
    let owner = format!("<condition attribute='ownerid' operator='eq' value='{{{team}}}'/>");
    assert_eq!(fetched(&client, &owner), accounts(&client, &format!("_ownerid_value eq {team}")));
}

#[test]
fn b29_fetchxml_joins_and_pages() {
    let sandbox = sandbox(120);
    let client = client(&sandbox);
    let linked = "<fetch><entity name='contact'><attribute name='lastname'/><link-entity name='account' \
                  from='accountid' to='parentcustomerid' alias='a'><attribute name='name'/><filter>\
                  <condition attribute='statecode' operator='eq' value='1'/></filter></link-entity></entity></fetch>";
    let rows = fetch(&client, "contacts", linked);
    let filter = query("$select=lastname&$filter=parentcustomerid_account/statecode eq 1");
    assert_eq!(rows.rows().len(), client.rows(&format!("{API}/contacts?{filter}")).len());
    assert!(!rows.rows().is_empty() && rows.rows().iter().all(|row| row["a.name"].is_string()));
    let outer = "<fetch><entity name='account'><attribute name='name'/><filter><condition entityname='c' \
                 attribute='contactid' operator='null'/></filter><link-entity name='contact' from='parentcustomerid' \
                 to='accountid' alias='c' link-type='outer'/></entity></fetch>";
    let childless = accounts(&client, "not contact_customer_accounts/any()");
    assert_eq!(fetch(&client, "accounts", outer).rows().len(), childless.len());
    let page = |number: usize, cookie: &str| {
        let xml = format!(
            "<fetch count='30' page='{number}'{cookie} returntotalrecordcount='true'><entity name='account'>\
             <attribute name='name'/><order attribute='name'/></entity></fetch>"
        );
        fetch(&client, "accounts", &xml)
    };
    let first = page(1, "");
    assert_eq!((first.rows().len(), &first.json["@Microsoft.Dynamics.CRM.morerecords"]), (30, &json!(true)));
    let annotation = text(&first.json, "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie");
    let encoded =
        annotation.split("pagingcookie=\"").nth(1).and_then(|it| it.split('"').next()).expect("a cookie");
    let once = encoded.replace("%25", "%");
    let cookie = once
        .replace("%3C", "&lt;")
        .replace("%3E", "&gt;")
        .replace("%22", "&quot;")
        .replace("%3D", "=")
        .replace("%2F", "/")
        .replace("%20", " ")
        .replace("%7B", "{")
        .replace("%7D", "}");
    let second = page(2, &format!(" paging-cookie='{cookie}'"));
    let simple = page(2, "");
    assert_eq!(second.rows(), simple.rows());
    assert_ne!(second.rows(), first.rows());
    let total = accounts(&client, "accountid ne null").len();
    assert_eq!(first.json["@Microsoft.Dynamics.CRM.totalrecordcount"], total);
    refused(&page(2_000, ""), 400, "cookie");
}

#[test]
fn b29_fetchxml_aggregates_and_refusals() {
    let sandbox = sandbox(120);
    let client = client(&sandbox);
    let total = accounts(&client, "accountid ne null").len();
    let sums = "<fetch aggregate='true'><entity name='account'><attribute name='creditlimit' alias='sum' \
                aggregate='sum'/><attribute name='accountid' alias='n' aggregate='count'/><attribute \
                name='createdon' alias='year' groupby='true' dategrouping='year'/><order alias='year'/></entity></fetch>";
    let sums = fetch(&client, "accounts", sums);
    let years: Vec<i64> = sums.rows().iter().filter_map(|row| row["year"].as_i64()).collect();
    assert!(years.len() > 1 && years.windows(2).all(|pair| pair[0] < pair[1]), "{years:?}");
    assert_eq!(sums.rows().iter().filter_map(|row| row["n"].as_u64()).sum::<u64>(), total as u64);
    let distinct =
        "<fetch distinct='true'><entity name='account'><attribute name='statecode'/></entity></fetch>";
    assert_eq!(fetch(&client, "accounts", distinct).rows().len(), 2);
    let top = "<fetch top='3'><entity name='account'/></fetch>";
    let rows = fetch(&client, "accounts", top);
    assert_eq!(rows.rows().len(), 3);
    assert!(
        rows.rows().iter().all(|row| row.as_object().expect("a row").values().all(|it| !it.is_null())),
        "B20"
    );
    for (xml, word) in [
        ("<fetch top='3' page='2'><entity name='account'/></fetch>", "top"),
        ("<fetch><entity name='contact'/></fetch>", "contact"),
        ("<fetch><entity name='account'><attribute name='nope'/></entity></fetch>", "nope"),
        ("<fetch><entity name='account'>", "XML"),
    ] {
        refused(&fetch(&client, "accounts", xml), 400, word);
    }
}

#[test]
fn b34_b35_relationships_and_global_option_sets() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let account = format!("{API}/EntityDefinitions(LogicalName='account')");
    let many = client.rows(&format!("{account}/OneToManyRelationships"));
    let contacts = many.iter().find(|it| it["SchemaName"] == "contact_customer_accounts").expect("contacts");
    assert_eq!(contacts["ReferencingAttribute"], "parentcustomerid");
    let team = client.rows(&format!("{API}/EntityDefinitions(LogicalName='team')/ManyToManyRelationships"));
    let members = team.iter().find(|it| it["SchemaName"] == "teammembership_association").expect("members");
    assert_eq!(members["IntersectEntityName"], "teammembership");
    let filter = query("ReferencedEntity eq 'account'");
    let cast = format!("{API}/RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata");
    assert_eq!(client.rows(&format!("{cast}?$filter={filter}")).len(), many.len());
    let one = client.get(&format!("{API}/RelationshipDefinitions(SchemaName='teammembership_association')"));
    assert_eq!(one.json["Entity1LogicalName"], "team");
    let sets = format!("{API}/GlobalOptionSetDefinitions");
    let need = client.get(&format!("{sets}(Name='need')")).json;
    assert_eq!(
        (&need["IsGlobal"], need["Options"].as_array().map(Vec::is_empty)),
        (&json!(true), Some(false))
    );
    assert_eq!(client.get(&format!("{sets}({})", text(&need, "MetadataId"))).json["Name"], "need");
    refused(&client.get(&format!("{sets}?$filter=Name%20eq%20'need'")), 400, "$filter");
    refused(&client.get(&format!("{sets}(Name='nope')")), 404, "nope");
    let column = "EntityDefinitions(LogicalName='opportunity')/Attributes(LogicalName='need')";
    let column = client.get(&format!(
        "{API}/{column}/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=GlobalOptionSet"
    ));
    assert_eq!(column.json["GlobalOptionSet"]["Name"], "need");
}

#[test]
fn b31_the_metadata_document_names_what_is_served() {
    let sandbox = sandbox(20);
    let answer = client(&sandbox).get(&format!("{API}/$metadata"));
    let document = String::from_utf8(answer.response.body).expect("text");
    let document = roxmltree::Document::parse(&document).expect("well-formed");
    let named = |tag: &str, name: &str| {
        document.descendants().find(|it| {
            it.has_tag_name(("http://docs.oasis-open.org/odata/ns/edm", tag))
                && it.attribute("Name") == Some(name)
        })
    };
    let account = named("EntityType", "account").expect("account");
    let child =
        |name: &str| account.children().find(|it| it.attribute("Name") == Some(name)).expect("a property");
    assert_eq!(child("creditlimit").attribute("Type"), Some("Edm.Decimal"));
    assert_eq!(child("primarycontactid").attribute("Type"), Some("mscrm.contact"));
    assert_eq!(child("contact_customer_accounts").attribute("Type"), Some("Collection(mscrm.contact)"));
    assert!(named("EntitySet", "salesorders").is_some());
}

#[test]
fn b5_b54_limits_and_details_of_refusals() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let long = format!("{API}/accounts?$filter={}", "x".repeat(32_768));
    refused(&client.get(&long), 414, "32,768");
    let detailed = client.send("GET", &format!("{API}/accounts?$skip=1"), &[ALL], "");
    let error = &detailed.json["error"];
    assert_eq!(error["@Microsoft.PowerApps.CDS.InnerError.Message"], error["message"], "B54");
    assert!(
        client.get(&format!("{API}/accounts?$skip=1")).json["error"]
            .as_object()
            .is_some_and(|it| it.len() == 2)
    );
}

/// How many accounts pass.
#[track_caller]
fn passing(client: &Client<'_>, filter: &str) -> u64 {
    let answer = client.get(&format!("{API}/accounts/$count?{}", query(&format!("$filter={filter}"))));
    assert_eq!(answer.status, 200, "{filter}: {}", answer.message());
    answer.json.as_u64().expect("a number")
}

fn created(function: &str, values: &str) -> String {
    format!("Microsoft.Dynamics.CRM.{function}(PropertyName='createdon'{values})")
}

fn between(from: &str, to: &str) -> String {
    format!("createdon ge {from}T00:00:00Z and createdon lt {to}T00:00:00Z")
}

fn first_period_of(year: &str) -> String {
    format!(",PropertyValue1='1',PropertyValue2='{year}'")
}

/// Each function passes what the plain condition beside it passes, and some account at all.
#[track_caller]
fn same(client: &Client<'_>, cases: &[(&str, &str, String)]) {
    let mut found = 0;
    for (name, values, plain) in cases {
        let count = passing(client, &created(name, values));
        assert_eq!(count, passing(client, plain), "{name}{values}");
        found += count;
    }
    assert!(found > 0);
}

#[test]
fn b24_fiscal_years_and_periods() {
    let sandbox = sandbox(200);
    let client = client(&sandbox);
    // The clock stands on 2026-03-20; an unset calendar begins in January and has quarters.
    same(
        &client,
        &[
            ("ThisFiscalYear", "", between("2026-01-01", "2027-01-01")),
            ("LastFiscalYear", "", between("2025-01-01", "2026-01-01")),
            ("LastFiscalPeriod", "", between("2025-10-01", "2026-01-01")),
            ("LastXFiscalPeriods", ",PropertyValue='3'", between("2025-04-01", "2027-01-01")),
            ("LastXFiscalYears", ",PropertyValue='1'", between("2025-01-01", "2027-01-01")),
            ("InFiscalYear", ",PropertyValue=2024", between("2024-01-01", "2025-01-01")),
            ("InFiscalPeriodAndYear", &first_period_of("2025"), between("2025-01-01", "2025-04-01")),
            (
                "InOrAfterFiscalPeriodAndYear",
                &first_period_of("2025"),
                "createdon ge 2025-01-01T00:00:00Z".to_owned(),
            ),
            (
                "InOrBeforeFiscalPeriodAndYear",
                &first_period_of("2025"),
                "createdon lt 2025-04-01T00:00:00Z".to_owned(),
            ),
        ],
    );
    let quarter = |it: u32| passing(&client, &created("InFiscalPeriod", &format!(",PropertyValue={it}")));
    let all = passing(&client, "createdon ne null");
    assert_eq!((1..=4).map(quarter).sum::<u64>(), all, "every moment is in one period");
}

#[test]
fn b24_fiscal_calendars_are_those_of_the_organization() {
    let sandbox = sandbox(200);
    let client = client(&sandbox);
    let organization = client.rows(&format!("{API}/organizations"))[0]["organizationid"].clone();
    let at = format!("{API}/organizations({})", organization.as_str().expect("an id"));
    let set = |body: &str| assert_eq!(client.send("PATCH", &at, &[], body).status, 204);
    set(r#"{"fiscalcalendarstart":"2020-07-01T00:00:00Z","fiscalperiodtype":2003}"#);
    same(
        &client,
        &[
            ("ThisFiscalYear", "", between("2025-07-01", "2026-07-01")),
            ("InFiscalPeriodAndYear", &first_period_of("2024"), between("2024-07-01", "2024-08-01")),
        ],
    );
    let fetch = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='createdon' \
                 operator='in-fiscal-period-and-year'><value>1</value><value>2024</value></condition></filter></entity></fetch>";
    let encoded = query(fetch).replace('<', "%3C").replace('>', "%3E").replace('=', "%3D");
    let rows = client.rows(&format!("{API}/accounts?fetchXml={encoded}")).len();
    let expected = passing(&client, &between("2024-07-01", "2024-08-01"));
    assert_eq!(u64::try_from(rows).ok(), Some(expected), "B29");
    set(r#"{"fiscalperiodtype":2004}"#);
    let filter = query(&format!("$filter={}", created("ThisFiscalPeriod", "")));
    refused(&client.get(&format!("{API}/accounts?{filter}")), 501, "B24");
}
