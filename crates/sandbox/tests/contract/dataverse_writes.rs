//! Facts B: deep insert, associations, alternate keys, bulk messages, change tracking, batches, options, callers.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, DV_BASE, query, sandbox};

const API: &str = "/api/data/v9.2";
const FULL: (&str, &str) = ("Prefer", "return=representation");

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.message());
}

#[track_caller]
fn create(client: &Client<'_>, set: &str, body: &Value) -> Value {
    let answer = client.send("POST", &format!("{API}/{set}"), &[FULL], &body.to_string());
    assert_eq!(answer.status, 201, "{set}: {}", answer.message());
    answer.json
}

fn count(client: &Client<'_>, set: &str) -> u64 {
    client.get(&format!("{API}/{set}/$count")).json.as_u64().expect("a number")
}

#[test]
fn b38_deep_insert_is_one_transaction() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let existing = create(&client, "contacts", &json!({"lastname": "Old"}));
    let account = create(
        &client,
        "accounts",
        &json!({
            "name": "Deep",
            "primarycontactid": {"lastname": "First"},
            "contact_customer_accounts": [{"lastname": "Second"}, {"lastname": "Third"}],
            "account_parent_account": [{"name": "Child", "contact_customer_accounts": [{"lastname": "Fourth"}]}],
            "contact_customer_accounts@odata.bind": [format!("/contacts({})", text(&existing, "contactid"))],
        }),
    );
    let id = text(&account, "accountid");
    let names = |filter: &str| {
        let url = format!("{API}/contacts?$select=lastname&$orderby=lastname&$filter={}", query(filter));
        client.rows(&url).iter().map(|it| text(it, "lastname").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&format!("_parentcustomerid_value eq {id}")), ["Old", "Second", "Third"]);
    assert_eq!(names(&format!("parentcustomerid_account/_parentaccountid_value eq {id}")), ["Fourth"]);
    assert_eq!(names(&format!("contactid eq {}", text(&account, "_primarycontactid_value"))), ["First"]);
    let before = (count(&client, "accounts"), count(&client, "contacts"));
    let bad = json!({"name": "Deep", "contact_customer_accounts": [{"lastname": "x"}, {"nope": 1}]});
    refused(&client.send("POST", &format!("{API}/accounts"), &[], &bad.to_string()), 400, "0x80048d19");
    assert_eq!((count(&client, "accounts"), count(&client, "contacts")), before);
    let patch = client.send(
        "PATCH",
        &format!("{API}/accounts({id})"),
        &[],
        r#"{"primarycontactid":{"lastname":"x"}}"#,
    );
    refused(&patch, 400, "0x80048d19");
}

#[test]
fn b44_associations() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let account = text(&create(&client, "accounts", &json!({"name": "A"})), "accountid").to_owned();
    let contact = text(&create(&client, "contacts", &json!({"lastname": "B"})), "contactid").to_owned();
    let at = format!("{API}/accounts({account})");
    let link = |path: &str| format!(r#"{{"@odata.id":"{DV_BASE}{API}/{path}"}}"#);
    let send = |method: &str, path: &str, body: &str| client.send(method, path, &[], body).status;
    let parent = || client.get(&format!("{API}/contacts({contact})")).json["_parentcustomerid_value"].clone();
    let before = client.get(&format!("{API}/contacts({contact})")).json;
    assert_eq!(
        send("POST", &format!("{at}/contact_customer_accounts/$ref"), &link(&format!("contacts({contact})"))),
        204
    );
    assert_eq!(parent(), account.as_str());
    let after = client.get(&format!("{API}/contacts({contact})")).json;
    assert_ne!(before["@odata.etag"], after["@odata.etag"], "an association is a change");
    assert_eq!(send("DELETE", &format!("{at}/contact_customer_accounts({contact})/$ref"), ""), 204);
    assert_eq!(parent(), Value::Null);
    let relative = format!(r#"{{"@odata.id":"contacts({contact})"}}"#);
    assert_eq!(send("PUT", &format!("{at}/primarycontactid/$ref"), &relative), 204);
    assert_eq!(client.get(&at).json["_primarycontactid_value"], contact.as_str());
    assert_eq!(send("DELETE", &format!("{at}/primarycontactid/$ref"), ""), 204);
    assert_eq!(client.get(&at).json["_primarycontactid_value"], Value::Null);
    let user = text(&client.get(&format!("{API}/WhoAmI")).json, "UserId").to_owned();
    let team = text(&client.rows(&format!("{API}/teams?$top=1"))[0], "teamid").to_owned();
    let members = format!("{API}/teams({team})/teammembership_association");
    let body = link(&format!("systemusers({user})"));
    assert_eq!(send("POST", &format!("{members}/$ref"), &body), 204);
    assert_eq!(send("POST", &format!("{members}/$ref"), &body), 412);
    assert_eq!(client.rows(&members).len(), 1, "B30");
    let other = format!("{API}/systemusers({user})/teammembership_association");
    assert_eq!(text(&client.rows(&other)[0], "teamid"), team, "from the other side");
    let pairs = format!("{API}/teammemberships");
    assert_eq!(text(&client.rows(&pairs)[0], "systemuserid"), user);
    refused(&client.send("POST", &pairs, &[], "{}"), 405, "0x80040800"); // B30
    let teams = "Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='ownerid')";
    let filter = query(&format!("$select=name&$filter={teams}"));
    let by_id = query(&format!("$select=name&$filter=_ownerid_value eq {team}"));
    let rows = |options: &str| client.all(&format!("{API}/accounts?{options}"), &[]).len();
    assert_eq!(rows(&filter), rows(&by_id), "B24");
    let gone = format!("{members}/$ref?$id={DV_BASE}{API}/systemusers({user})");
    assert_eq!(send("DELETE", &gone, ""), 204);
    assert_eq!(client.rows(&members).len(), 0);
    assert_eq!(send("POST", &format!("{members}/$ref"), &link(&format!("accounts({account})"))), 400);
}

#[test]
fn b36_b46_alternate_keys() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let keys = format!("{API}/EntityDefinitions(LogicalName='account')/Keys");
    let add = |name: &str, columns: &str| {
        let body = format!(r#"{{"SchemaName":"{name}","KeyAttributes":[{columns}]}}"#);
        client.send("POST", &keys, &[], &body).status
    };
    assert_eq!(add("cpl_fax_city", r#""fax","address1_city""#), 204);
    assert_eq!(add("cpl_state", r#""statecode""#), 400);
    assert_eq!(add("cpl_country", r#""address1_country""#), 204);
    let expanded = client.get(&format!(
        "{API}/EntityDefinitions(LogicalName='account')?$select=SchemaName&$expand=Keys($select=KeyAttributes,EntityKeyIndexStatus)"
    ));
    assert_eq!(expanded.json["Keys"][0]["EntityKeyIndexStatus"], "Active");
    assert_eq!(expanded.json["Keys"][1]["EntityKeyIndexStatus"], "Failed", "rows do not fit");
    let at = format!("{API}/accounts(fax='1',address1_city='Sion')");
    refused(&client.get(&at), 404, "0x80060891");
    let put = client.send("PATCH", &at, &[FULL], r#"{"name":"A"}"#);
    assert_eq!(
        (put.status, &put.json["fax"], &put.json["address1_city"]),
        (201, &json!("1"), &json!("Sion"))
    );
    let again = client.send("PATCH", &at, &[FULL], r#"{"name":"B","fax":"ignored on update"}"#);
    assert_eq!(
        (again.status, &again.json["fax"], &again.json["name"]),
        (200, &json!("1"), &json!("B")),
        "B40"
    );
    let won = client.send(
        "PATCH",
        &format!("{API}/accounts(fax='2',address1_city='Sion')"),
        &[FULL],
        r#"{"name":"C","fax":"3"}"#,
    );
    assert_eq!((won.status, &won.json["fax"]), (201, &json!("3")), "B40: the body wins on create");
    let twice = client.send(
        "POST",
        &format!("{API}/accounts"),
        &[],
        r#"{"name":"D","fax":"1","address1_city":"SION"}"#,
    );
    refused(&twice, 412, "0x80060892");
    let bound = json!({"lastname": "Rey", "parentcustomerid_account@odata.bind": "/accounts(fax='1',address1_city='Sion')"});
    assert_eq!(create(&client, "contacts", &bound)["_parentcustomerid_value"], again.json["accountid"]);
    refused(&client.get(&format!("{API}/accounts(fax='1')")), 400, "0x80060888");
    refused(&client.get(&format!("{API}/accounts(address1_country='CH')")), 400, "0x80060888");
    let user = text(&client.get(&format!("{API}/WhoAmI")).json, "UserId").to_owned();
    refused(&client.get(&format!("{API}/systemusers(systemuserid={user})")), 400, "0x80060888");
    assert_eq!(client.send("DELETE", &format!("{keys}(LogicalName='cpl_fax_city')"), &[], "").status, 204);
    refused(&client.get(&at), 400, "0x80060888");
}

#[test]
fn b47_bulk_messages_are_all_or_nothing() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let send = |message: &str, rows: &Value| {
        let url = format!("{API}/accounts/Microsoft.Dynamics.CRM.{message}");
        client.send("POST", &url, &[], &json!({ "Targets": rows }).to_string())
    };
    let kind = "Microsoft.Dynamics.CRM.account";
    let row = |name: &str| json!({"name": name, "@odata.type": kind});
    let before = count(&client, "accounts");
    let made = send("CreateMultiple", &json!([row("a"), row("b")]));
    assert_eq!(made.status, 200, "{}", made.message());
    let ids: Vec<&str> = made.json["Ids"].as_array().expect("ids").iter().filter_map(Value::as_str).collect();
    assert_eq!((ids.len(), count(&client, "accounts")), (2, before + 2));
    refused(&send("CreateMultiple", &json!([row("c"), {"name": "d"}])), 400, "0x80048d19");
    refused(&send("CreateMultiple", &json!([row("c"), {"nope": 1, "@odata.type": kind}])), 400, "0x80048d19");
    assert_eq!(count(&client, "accounts"), before + 2);
    let change = |id: &str, name: &str| json!({"accountid": id, "name": name, "@odata.type": kind});
    assert_eq!(send("UpdateMultiple", &json!([change(ids[0], "A"), change(ids[1], "B")])).status, 204);
    let missing = "5d9c0000-0000-4000-8000-00000000000a";
    refused(&send("UpdateMultiple", &json!([change(ids[0], "x"), change(missing, "y")])), 404, "0x80040217");
    let name = |id: &str| client.get(&format!("{API}/accounts({id})?$select=name")).json["name"].clone();
    assert_eq!((name(ids[0]), name(ids[1])), (json!("A"), json!("B")), "nothing of a failed call stays");
    let by_address = json!({"@odata.id": format!("accounts({missing})"), "name": "E", "@odata.type": kind});
    assert_eq!(send("UpsertMultiple", &json!([change(ids[0], "AA"), by_address])).status, 204);
    assert_eq!((name(ids[0]), name(missing)), (json!("AA"), json!("E")));
    assert_eq!(send("DeleteMultiple", &json!([])).status, 404);
}

#[test]
fn b48_to_b50_change_tracking() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let track = ("Prefer", "odata.track-changes,odata.maxpagesize=25");
    let local = |link: &str| link.strip_prefix(DV_BASE).expect("base").to_owned();
    let (mut url, mut seen) = (format!("{API}/accounts?$select=name"), 0);
    let mut first_link = None;
    let link = loop {
        let page = client.send("GET", &url, &[track], "");
        seen += page.rows().len();
        if let Some(next) = page.json["@odata.nextLink"].as_str() {
            assert!(page.json["@odata.deltaLink"].is_null());
            url = local(next);
            if first_link.is_none() {
                // Changed while the first read goes on: part of the next delta, not lost.
                first_link = Some(create(&client, "accounts", &json!({"name": "meanwhile"})));
            }
        } else {
            break local(text(&page.json, "@odata.deltaLink"));
        }
    };
    assert_eq!(u64::try_from(seen).expect("small"), count(&client, "accounts"));
    let made = create(&client, "accounts", &json!({"name": "new"}));
    let short = create(&client, "accounts", &json!({"name": "short-lived"}));
    let short = text(&short, "accountid");
    assert_eq!(client.send("DELETE", &format!("{API}/accounts({short})"), &[], "").status, 204);
    let delta = client.get(&link);
    assert!(text(&delta.json, "@odata.context").ends_with("#accounts(name)/$delta"));
    let rows = delta.rows();
    let names: Vec<&str> = rows.iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["meanwhile", "new"], "B50: by version, deletions after");
    assert_eq!((&rows[2]["id"], &rows[2]["reason"]), (&json!(short), &json!("deleted")));
    assert_eq!(rows.len(), 3);
    let counted = link.replace("/accounts?", "/accounts/$count?");
    assert_eq!(client.get(&counted).json, 3);
    let paged = client.send("GET", &link, &[("Prefer", "odata.maxpagesize=1")], "");
    let second = client.send(
        "GET",
        &local(text(&paged.json, "@odata.nextLink")),
        &[("Prefer", "odata.maxpagesize=1")],
        "",
    );
    assert_eq!((&paged.rows()[0], &second.rows()[0]), (&rows[0], &rows[1]));
    let next = local(text(&delta.json, "@odata.deltaLink"));
    assert_eq!(client.get(&next).rows().len(), 0);
    let at = format!("{API}/accounts({})", text(&made, "accountid"));
    assert_eq!(client.send("PATCH", &at, &[], r#"{"name":"newer"}"#).status, 204);
    assert_eq!(client.get(&next).rows()[0]["name"], "newer");
}

#[test]
fn b49_b50_what_tracking_refuses_and_when_tokens_end() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let first =
        client.send("GET", &format!("{API}/accounts?$select=name"), &[("Prefer", "odata.track-changes")], "");
    let next = text(&first.json, "@odata.deltaLink").strip_prefix(DV_BASE).expect("base").to_owned();
    for option in ["$filter=statecode%20eq%200", "$orderby=name", "$top=1", "$expand=owninguser"] {
        let answer =
            client.send("GET", &format!("{API}/accounts?{option}"), &[("Prefer", "odata.track-changes")], "");
        refused(&answer, 400, "0x80060888"); // B49
    }
    let untracked = client.send("GET", &format!("{API}/roles"), &[("Prefer", "odata.track-changes")], "");
    refused(&untracked, 400, "0x80060888");
    sandbox.advance_clock(6 * 86_400_000);
    assert_eq!(client.get(&next).status, 200);
    sandbox.advance_clock(86_400_000 + 1_000);
    refused(&client.get(&next), 400, "0x80044352"); // B50
    let organization = text(&client.rows(&format!("{API}/organizations"))[0], "organizationid").to_owned();
    let days = r#"{"expirechangetrackingindays":30}"#;
    assert_eq!(client.send("PATCH", &format!("{API}/organizations({organization})"), &[], days).status, 204);
    assert_eq!(client.get(&next).status, 200);
}

/// A batch of single requests and change sets; the inner lists are change sets.
fn batch(client: &Client<'_>, prefer: &str, parts: &[&[&str]]) -> Answer {
    let part = |request: &str| {
        let (id, request) = request.split_once('|').unwrap_or(("", request));
        let (line, body) = request.split_once('\n').unwrap_or((request, ""));
        let content_id = if id.is_empty() { String::new() } else { format!("Content-ID: {id}\r\n") };
        format!(
            "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{content_id}\r\n{line} HTTP/1.1\r\n\
             Content-Type: application/json; type=entry\r\n\r\n{body}\r\n"
        )
    };
    let mut text = String::new();
    for requests in parts {
        text.push_str("--b1\r\n");
        if let [single] = requests
            && !single.starts_with('+')
        {
            text.push_str(&part(single));
            continue;
        }
        text.push_str("Content-Type: multipart/mixed; boundary=\"c1\"\r\n\r\n");
        for request in *requests {
            text.push_str(&format!("--c1\r\n{}", part(request.trim_start_matches('+'))));
        }
        text.push_str("--c1--\r\n\r\n");
    }
    text.push_str("--b1--\r\n");
    let headers = [("Content-Type", "multipart/mixed; boundary=\"b1\""), ("Prefer", prefer)];
    client.send("POST", &format!("{API}/$batch"), &headers, &text)
}

/// The statuses of the parts of a batch's answer.
fn statuses(answer: &Answer) -> Vec<u16> {
    let body = String::from_utf8_lossy(&answer.response.body);
    body.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()).collect()
}

#[test]
fn b51_to_b53_batches() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let accounts = || count(&client, "accounts");
    let before = accounts();
    let post = |name: &str| format!("POST {API}/accounts\n{{\"name\":\"{name}\"}}");
    let (a, b) = (post("a"), post("b"));
    let bad = format!("POST {API}/accounts\n{{\"nope\":1}}");
    let get = format!("GET {API}/accounts?$select=name&$top=1");
    let fine = batch(&client, "", &[&[&a], &[&get], &[&a, &b]]);
    let kind = fine.response.header_value("Content-Type").expect("a type");
    assert!(kind.starts_with("multipart/mixed; boundary=batchresponse_"), "{kind}");
    assert_eq!((fine.status, statuses(&fine), accounts()), (200, vec![204, 200, 204, 204], before + 3));
    let stopped = batch(&client, "", &[&[&a], &[&bad], &[&b]]);
    assert_eq!((stopped.status, statuses(&stopped), accounts()), (400, vec![204, 400], before + 4), "B53");
    let goes_on = batch(&client, "odata.continue-on-error", &[&[&a], &[&bad], &[&b]]);
    assert_eq!(
        (goes_on.status, statuses(&goes_on), accounts()),
        (200, vec![204, 400, 204], before + 6),
        "B53"
    );
    let whole = batch(&client, "odata.continue-on-error", &[&[&a, &b, &bad], &[&b]]);
    assert_eq!((statuses(&whole), accounts()), (vec![400, 204], before + 7), "B52: all or nothing");
    let linked = format!("1|POST {API}/contacts\n{{\"lastname\":\"Ref\"}}");
    let bound = format!("2|POST {API}/accounts\n{{\"name\":\"Ref\",\"primarycontactid@odata.bind\":\"$1\"}}");
    let renamed = "PATCH $2\n{\"fax\":\"7\"}";
    let set = batch(&client, "", &[&[&linked, &bound, renamed]]);
    assert_eq!(statuses(&set), [204, 204, 204]);
    let filter = query("primarycontactid/lastname eq 'Ref' and fax eq '7'");
    assert_eq!(client.rows(&format!("{API}/accounts?$filter={filter}")).len(), 1, "B52");
    let early = batch(&client, "", &[&[&bound, &linked]]);
    assert_eq!((early.status, statuses(&early)), (400, vec![400]), "B52: not before it exists");
    let in_set = batch(&client, "", &[&[&a, &get]]);
    refused(&in_set, 400, "0x80060888");
    let nested = format!("POST {API}/$batch\n");
    refused(&batch(&client, "", &[&[&nested]]), 400, "0x80060888");
    let now = accounts();
    let many: Vec<&str> = vec![a.as_str(); 1_001];
    refused(&batch(&client, "", &[&many]), 400, "0x80060888");
    assert_eq!(accounts(), now);
    let just: Vec<&str> = vec![a.as_str(); 1_000];
    assert_eq!((batch(&client, "", &[&just]).status, accounts()), (200, now + 1_000), "B51");
    let json = client.send("POST", &format!("{API}/$batch"), &[("Content-Type", "application/json")], "{}");
    refused(&json, 400, "0x80060888");
}

#[test]
fn b34_options_can_be_added_renamed_and_removed() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let send = |action: &str, body: Value| {
        let mut all =
            json!({"EntityLogicalName": "account", "AttributeLogicalName": "address1_freighttermscode"});
        for (name, value) in body.as_object().expect("an object") {
            all[name] = value.clone();
        }
        client.send("POST", &format!("{API}/{action}"), &[], &all.to_string())
    };
    let label = |english: &str, french: &str| json!({"LocalizedLabels": [{"Label": english, "LanguageCode": 1033}, {"Label": french, "LanguageCode": 1036}]});
    let options = || {
        let url = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='address1_freighttermscode')/\
                   Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet";
        let set = client.get(&format!("{API}/{url}")).json;
        let label = |it: &Value, at: usize| text(&it["Label"]["LocalizedLabels"][at], "Label").to_owned();
        let options = set["Options"].as_array().expect("options").clone();
        options.iter().map(|it| (it["Value"].as_i64(), label(it, 0), label(it, 1))).collect::<Vec<_>>()
    };
    let given = options();
    let version = || {
        let headers = [("Prefer", "odata.include-annotations=\"*\"")];
        let answer = client.send("GET", &format!("{API}/teams?$top=1"), &headers, "");
        text(&answer.json, "@Microsoft.Dynamics.CRM.globalmetadataversion").to_owned()
    };
    let first = version();
    let added = send("InsertOptionValue", json!({"Value": 1000, "Label": label("CIF", "CAF")}));
    assert_eq!(added.json["NewOptionValue"], 1000);
    assert_ne!(version(), first, "B37");
    assert_eq!(options().last(), Some(&(Some(1000), "CIF".to_owned(), "CAF".to_owned())));
    let row = create(&client, "accounts", &json!({"name": "A", "address1_freighttermscode": 1000}));
    assert_eq!(
        send("UpdateOptionValue", json!({"Value": 1000, "Label": label("DAP", "DAP"), "MergeLabels": true}))
            .status,
        204
    );
    let read = client.send(
        "GET",
        &format!("{API}/accounts({})", text(&row, "accountid")),
        &[("Prefer", "odata.include-annotations=\"*\"")],
        "",
    );
    assert_eq!(read.json["address1_freighttermscode@OData.Community.Display.V1.FormattedValue"], "DAP");
    refused(&send("InsertOptionValue", json!({"Value": 1000, "Label": label("x", "x")})), 400, "0x80040203");
    assert_eq!(send("DeleteOptionValue", json!({"Value": 1000})).status, 204);
    assert_eq!(options(), given);
    refused(&send("UpdateOptionValue", json!({"Value": 1000, "Label": label("x", "x")})), 400, "0x80040203");
    let global = json!({"OptionSetName": "need", "Label": label("Dream", "Rêve")}).to_string();
    assert_eq!(client.send("POST", &format!("{API}/InsertOptionValue"), &[], &global).status, 200);
    let need = client.get(&format!("{API}/GlobalOptionSetDefinitions(Name='need')")).json;
    assert!(need["Options"].to_string().contains("Dream"));
}

#[test]
fn b11_acting_for_another_user() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let who = text(&client.get(&format!("{API}/WhoAmI")).json, "UserId").to_owned();
    let other = text(&client.rows(&format!("{API}/systemusers?$top=5"))[4], "systemuserid").to_owned();
    let row = client
        .send("POST", &format!("{API}/accounts"), &[FULL, ("MSCRMCallerID", &other)], r#"{"name":"A"}"#)
        .json;
    assert_eq!(
        (text(&row, "_ownerid_value"), text(&row, "_createdby_value")),
        (other.as_str(), other.as_str())
    );
    assert_eq!(text(&row, "_createdonbehalfby_value"), who);
    let unknown = ("MSCRMCallerID", "5d9c0000-0000-4000-8000-00000000000a");
    assert_eq!(client.send("GET", &format!("{API}/accounts"), &[unknown], "").status, 403);
}

#[test]
fn s6_a_part_of_a_batch_can_fail() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let before = count(&client, "accounts");
    let post = |set: &str, body: &str| format!("POST {API}/{set}\n{body}");
    let (account, contact) = (post("accounts", r#"{"name":"a"}"#), post("contacts", r#"{"lastname":"b"}"#));
    let faults = r#"[{"pathContains":"/contacts","when":{"next":2},"effect":{"failedPart":{"status":503}}}]"#;
    sandbox.set_faults(serde_json::from_str(faults).expect("faults"));
    let single = batch(&client, "odata.continue-on-error", &[&[&account], &[&contact]]);
    assert_eq!((statuses(&single), count(&client, "accounts")), (vec![204, 503], before + 1));
    let whole = batch(&client, "odata.continue-on-error", &[&[&account, &contact]]);
    assert_eq!((statuses(&whole), count(&client, "accounts")), (vec![503], before + 1), "B52");
    let fine = batch(&client, "", &[&[&account, &contact]]);
    assert_eq!((statuses(&fine), count(&client, "accounts")), (vec![204, 204], before + 2));
}

#[test]
fn b12_duplicates_are_found_when_asked_for() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let detect = ("MSCRM.SuppressDuplicateDetection", "false");
    let post = |set: &str, headers: &[(&str, &str)], body: &str| {
        client.send("POST", &format!("{API}/{set}"), headers, body)
    };
    assert_eq!(post("accounts", &[detect], r#"{"name":"Nouvelle SA"}"#).status, 204);
    refused(&post("accounts", &[detect], r#"{"name":"nouvelle sa"}"#), 412, "0x80040333");
    assert_eq!(post("accounts", &[], r#"{"name":"Nouvelle SA"}"#).status, 204, "off where nobody asks");
    let other = post("accounts", &[FULL], r#"{"name":"Autre SA"}"#).json;
    let at = format!("{API}/accounts({})", text(&other, "accountid"));
    let patch = |body: &str| client.send("PATCH", &at, &[detect], body);
    refused(&patch(r#"{"name":"Nouvelle SA"}"#), 412, "0x80040333");
    assert_eq!(client.get(&at).json["name"], "Autre SA", "nothing was changed");
    assert_eq!(patch(r#"{"fax":"1"}"#).status, 204, "no column of a rule is written");
    let person = r#"{"firstname":"Léa","lastname":"Favre"}"#;
    assert_eq!(post("contacts", &[detect], person).status, 204);
    refused(&post("contacts", &[detect], person), 412, "0x80040333");
    assert_eq!(post("contacts", &[detect], r#"{"firstname":"Léa","lastname":"Faure"}"#).status, 204);
}
