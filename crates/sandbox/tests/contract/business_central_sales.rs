//! Facts A: parts and navigation, sales documents and their actions, business rules, batches.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, encode, sandbox};

pub(crate) const API: &str = "/api/v2.0";
pub(crate) const COMPANION: &str = "/api/couplet/integration/v1.0";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const ANY: [(&str, &str); 2] = [JSON, ("If-Match", "*")];

pub(crate) fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::BusinessCentral }
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.message());
    assert!(answer.message().contains("CorrelationId:  "), "A53: {}", answer.message());
}

#[track_caller]
pub(crate) fn post(client: Client<'_>, url: &str, body: &Value) -> Value {
    let answer = client.send("POST", url, &[JSON], &body.to_string());
    assert_eq!(answer.status, 201, "{url}: {}", answer.message());
    answer.json
}

#[track_caller]
fn patch(client: Client<'_>, url: &str, body: &Value) -> Value {
    let answer = client.send("PATCH", url, &ANY, &body.to_string());
    assert_eq!(answer.status, 200, "{url}: {}", answer.message());
    answer.json
}

fn refuse_post(client: Client<'_>, url: &str, body: &Value) -> Answer {
    client.send("POST", url, &[JSON], &body.to_string())
}

/// A customer with an address to send to and an item with a price.
fn trade(client: Client<'_>) -> (Value, Value) {
    let customer = json!({"displayName": "Alpes Vins SA", "email": "vins@example.ch", "city": "Sion",
        "currencyCode": "EUR", "salespersonCode": "JR"});
    let mut customer = customer;
    customer["salespersonCode"] = client.rows("/api/v2.0/salespeoplePurchasers")[0]["code"].clone();
    let item = json!({"displayName": "Pinot", "type": "Inventory", "unitPrice": 40.5,
        "baseUnitOfMeasureCode": "pcs"});
    (post(client, "/api/v2.0/customers", &customer), post(client, "/api/v2.0/items", &item))
}

fn order(client: Client<'_>, customer: &Value, item: &Value) -> Value {
    let body = json!({"customerNumber": customer["number"], "externalDocumentNumber": "web-7",
        "orderDate": "2026-03-02", "salesOrderLines": [
            {"lineType": "Item", "lineObjectNumber": item["number"], "quantity": 2},
            {"itemId": item["id"], "quantity": 1, "discountPercent": 10, "unitPrice": 100}]});
    post(client, "/api/v2.0/salesOrders", &body)
}

#[test]
fn a27_a28_expand_and_parts_below_a_record() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let rows = client.rows(
        "/api/v2.0/salesOrders?$select=number&$expand=customer($select=number;$expand=currency,paymentTerm),\
         salesOrderLines($filter=quantity%20gt%201;$orderby=sequence%20desc;$select=sequence,quantity;$expand=item)",
    );
    assert!(rows.len() > 3);
    let mut lines = 0;
    for row in &rows {
        assert_eq!(row["customer"].as_object().expect("one record").len(), 5);
        assert!(row["customer"]["currency"].is_object() || row["customer"]["currency"].is_null());
        let below = row["salesOrderLines"].as_array().expect("a collection");
        assert!(
            below
                .iter()
                .all(|it| it["quantity"].as_f64() > Some(1.0) && it["item"]["displayName"].is_string())
        );
        let sequences: Vec<i64> = below.iter().filter_map(|it| it["sequence"].as_i64()).collect();
        assert!(sequences.is_sorted_by(|a, b| a > b));
        lines += below.len();
    }
    assert!(lines > 0);
    let id = text(&rows[0], "id");
    let below = client.rows(&format!("{API}/salesOrders({id})/salesOrderLines"));
    let filtered = client.rows(&format!("{API}/salesOrderLines?$filter=documentId%20eq%20{id}"));
    assert_eq!(below, filtered, "A29: below the parent, or by its id");
    assert!(!below.is_empty() && below.iter().all(|line| line["documentId"] == rows[0]["id"]));
    let line = text(&below[0], "id");
    let one = client.get(&format!("{API}/salesOrders({id})/salesOrderLines({line})/salesOrder"));
    assert_eq!(one.json["id"], rows[0]["id"], "from the line back to its order");
    let count = client.get(&format!("{API}/salesOrders({id})/salesOrderLines/$count"));
    assert_eq!(count.json, below.len());
    let other = text(&rows[1], "id");
    refused(
        &client.get(&format!("{API}/salesOrders({other})/salesOrderLines({line})")),
        404,
        "Internal_RecordNotFound",
    );
    refused(&client.get(&format!("{API}/salesQuotes({id})")), 404, "Internal_RecordNotFound");
    let local = client.rows("/api/v2.0/customers?$filter=currencyCode%20eq%20'CHF'&$expand=currency");
    assert!(local[0]["currency"].is_null());
    let nothing = client.get(&format!("{API}/customers({})/currency", text(&local[0], "id")));
    assert_eq!(nothing.status, 204, "a part marked zero-or-one that is not there");
    refused(&client.get("/api/v2.0/salesInvoiceLines"), 400, "Application_DialogException");
}

#[test]
fn a35_substring_becomes_wildcards() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let url = |filter: &str| format!("/api/v2.0/customers?$filter={}", encode(filter));
    let rows = client.rows(&url("substring(city,1,2) eq 'au'"));
    assert!(!rows.is_empty() && rows.iter().all(|row| text(row, "city").get(1..3) == Some("au")));
    let rows = client.rows(&url("substring(number,1) eq '000007'"));
    assert_eq!(rows.len(), 1);
    refused(&client.get(&url("substring(city) eq 'x'")), 400, "BadRequest");
    refused(&client.get(&url("substring(creditLimit,1) eq 'x'")), 400, "BadRequest");
}

#[test]
fn a38_a39_deep_insert_takes_all_or_nothing() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    let (customer, item) = trade(client);
    let order = order(client, &customer, &item);
    assert_eq!(text(&order, "status"), "Draft");
    assert_eq!((text(&order, "customerName"), text(&order, "sellToCity")), ("Alpes Vins SA", "Sion"));
    assert_eq!((text(&order, "currencyCode"), text(&order, "externalDocumentNumber")), ("EUR", "WEB-7"));
    assert_eq!(order["requestedDeliveryDate"], "0001-01-01");
    // 2 × 40.5 + 100 less 10 %, 8.1 % tax of each line rounded to cents.
    assert_eq!(order["totalAmountExcludingTax"], json!(171));
    assert_eq!(order["totalTaxAmount"], json!(13.85));
    assert_eq!(order["totalAmountIncludingTax"], json!(184.85));
    let lines = client.rows(&format!("{API}/salesOrders({})/salesOrderLines", text(&order, "id")));
    let sequences: Vec<&Value> = lines.iter().map(|line| &line["sequence"]).collect();
    assert_eq!(sequences, [10_000, 20_000], "steps of 10000");
    assert_eq!((text(&lines[1], "lineType"), &lines[1]["itemId"]), ("Item", &item["id"]));
    assert_eq!((text(&lines[0], "description"), text(&lines[0], "unitOfMeasureCode")), ("Pinot", "PCS"));
    let before = client.get("/api/v2.0/salesOrders/$count").json;
    let broken = json!({"customerNumber": customer["number"], "salesOrderLines": [
        {"lineType": "Item", "lineObjectNumber": item["number"], "quantity": 1},
        {"lineType": "Item", "lineObjectNumber": "NOPE", "quantity": 1}]});
    refused(&refuse_post(client, "/api/v2.0/salesOrders", &broken), 400, "Application_DialogException");
    assert_eq!(client.get("/api/v2.0/salesOrders/$count").json, before, "nothing of it is stored");
    let url = format!("{API}/salesOrders({})", text(&order, "id"));
    let deep = json!({"salesOrderLines": []});
    refused(&client.send("PATCH", &url, &ANY, &deep.to_string()), 400, "BadRequest"); // A39
    let added = json!({"itemId": item["id"], "quantity": 1});
    let line = post(client, &format!("{url}/salesOrderLines"), &added);
    assert_eq!((line["sequence"].as_i64(), &line["documentId"]), (Some(30_000), &order["id"]));
    assert_eq!(
        client.get(&url).json["totalAmountExcludingTax"],
        json!(211.5),
        "the header follows its lines"
    );
    let gone = format!("{url}/salesOrderLines({})", text(&line, "id"));
    assert_eq!(client.send("DELETE", &gone, &ANY, "").status, 204);
    assert_eq!(client.get(&url).json["totalAmountExcludingTax"], json!(171));
}

#[test]
fn a41_rules_of_sales_documents() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    let (customer, item) = trade(client);
    let refuse = |set: &str, body: Value| {
        refused(&refuse_post(client, &format!("{API}/{set}"), &body), 400, "Application_DialogException");
    };
    refuse("salesOrders", json!({"externalDocumentNumber": "X"}));
    let others = client.rows("/api/v2.0/customers?$top=1");
    refuse("salesOrders", json!({"customerNumber": customer["number"], "customerId": others[0]["id"]}));
    let order = order(client, &customer, &item);
    let lines = format!("salesOrders({})/salesOrderLines", text(&order, "id"));
    refuse(&lines, json!({"itemId": item["id"], "lineObjectNumber": "1000001"}));
    refuse(&lines, json!({"accountId": item["id"], "quantity": 1}));
    refuse("salesOrderLines", json!({"itemId": item["id"], "quantity": 1}));
    patch(client, &format!("{API}/items({})", text(&item, "id")), &json!({"blocked": true}));
    refuse(&lines, json!({"itemId": item["id"], "quantity": 1}));
    patch(client, &format!("{API}/customers({})", text(&customer, "id")), &json!({"blocked": "All"}));
    refuse("salesOrders", json!({"customerId": customer["id"]}));
    let gone = format!("{API}/customers({})", text(&customer, "id"));
    refused(&client.send("DELETE", &gone, &ANY, ""), 400, "Application_DialogException");
}

#[test]
fn a43_a44_a45_ship_and_invoice() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    let (customer, item) = trade(client);
    let order = order(client, &customer, &item);
    let url = format!("{API}/salesOrders({})", text(&order, "id"));
    let run = |url: &str, name: &str| client.send("POST", &format!("{url}/Microsoft.NAV.{name}"), &[], "");
    refused(&run(&url, "release"), 404, "BadRequest_NotFound");
    refused(&client.get(&format!("{url}/Microsoft.NAV.shipAndInvoice")), 405, "BadRequest_MethodNotAllowed");
    let done = run(&url, "shipAndInvoice");
    assert_eq!((done.status, done.response.body.len()), (204, 0));
    refused(&client.get(&url), 404, "Internal_RecordNotFound");
    let filter = encode(&format!("orderNumber eq '{}'", text(&order, "number")));
    let invoice =
        client.rows(&format!("{API}/salesInvoices?$filter={filter}&$expand=salesInvoiceLines"))[0].clone();
    assert_eq!((text(&invoice, "status"), &invoice["orderId"]), ("Open", &order["id"]));
    assert_eq!(invoice["totalAmountIncludingTax"], order["totalAmountIncludingTax"]);
    assert_eq!(invoice["remainingAmount"], order["totalAmountIncludingTax"]);
    assert_eq!(invoice["salesInvoiceLines"].as_array().map(Vec::len), Some(2));
    let shipment = client.rows(&format!("{API}/salesShipments?$filter={filter}&$expand=salesShipmentLines"));
    assert_eq!(shipment[0]["salesShipmentLines"].as_array().map(Vec::len), Some(2));
    let stock = client.get(&format!("{API}/items({})", text(&item, "id"))).json["inventory"].clone();
    assert_eq!(stock, json!(-3));
    let filter = encode(&format!("itemNumber eq '{}'", text(&item, "number")));
    let entries = client.rows(&format!("{API}/itemLedgerEntries?$filter={filter}"));
    assert!(entries.iter().all(|entry| text(entry, "entryType") == "Sale") && entries.len() == 2);
    let url = format!("{API}/salesInvoices({})", text(&invoice, "id"));
    refused(&run(&url, "post"), 400, "Application_DialogException");
    assert_eq!(run(&url, "cancel").status, 204);
    assert_eq!(client.get(&url).json["status"], "Canceled");
    refused(&run(&url, "cancel"), 400, "Application_DialogException");
    refused(&run(&url, "makeCorrectiveCreditMemo"), 501, "BadRequest_MethodNotImplemented");
    let changed = client.send("PATCH", &url, &ANY, r#"{"shipToName":"X"}"#);
    refused(&changed, 400, "Application_DialogException");
}

#[test]
fn a44_a45_invoices_and_quotes() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    let (customer, item) = trade(client);
    let run =
        |url: &str, name: &str| client.send("POST", &format!("{url}/Microsoft.NAV.{name}"), &[], "").status;
    let body = |lines: &str| {
        let mut body = json!({"customerId": customer["id"]});
        body[lines] = json!([{"itemId": item["id"], "quantity": 3}]);
        body
    };
    let draft = post(client, "/api/v2.0/salesInvoices", &body("salesInvoiceLines"));
    assert_eq!(text(&draft, "status"), "Draft");
    let url = format!("{API}/salesInvoices({})", text(&draft, "id"));
    assert_eq!((run(&url, "cancel"), run(&url, "postAndSend")), (400, 204));
    let posted = client.get(&url).json;
    assert_eq!((text(&posted, "status"), &posted["id"]), ("Open", &draft["id"]), "A45: the id stays");
    assert_ne!(posted["number"], draft["number"]);
    assert_eq!(client.rows(&format!("{url}/salesInvoiceLines")).len(), 1);
    let companion = client.rows(&format!("{COMPANION}/salesInvoiceHeaders"));
    let known = companion.iter().find(|row| row["systemId"] == posted["id"]).expect("the companion shows it");
    assert_eq!(known["amountIncludingVAT"], posted["totalAmountIncludingTax"]);
    let quote = post(client, "/api/v2.0/salesQuotes", &body("salesQuoteLines"));
    let url = format!("{API}/salesQuotes({})", text(&quote, "id"));
    assert_eq!(run(&url, "send"), 204);
    let sent = client.get(&url).json;
    assert_eq!(text(&sent, "status"), "Sent");
    assert!(text(&sent, "sentDate").starts_with("2026-"));
    assert_eq!(run(&url, "makeOrder"), 204);
    assert_eq!(client.get(&url).status, 404);
    let filter = encode(&format!("customerId eq {}", text(&customer, "id")));
    let orders = client.rows(&format!("{API}/salesOrders?$filter={filter}&$expand=salesOrderLines"));
    assert_eq!(orders[0]["salesOrderLines"][0]["quantity"], 3);
    let quote = post(client, "/api/v2.0/salesQuotes", &body("salesQuoteLines"));
    assert_eq!(run(&format!("{API}/salesQuotes({})", text(&quote, "id")), "makeInvoice"), 204);
    let drafts = encode(&format!("status eq 'Draft' and customerId eq {}", text(&customer, "id")));
    assert_eq!(client.rows(&format!("{API}/salesInvoices?$filter={drafts}")).len(), 1);
}

#[test]
fn a41_numbers_names_and_stock() {
    let sandbox = sandbox(60);
    let client = client(&sandbox);
    let (customer, item) = trade(client);
    let order = order(client, &customer, &item);
    let url = format!("{API}/customers({})", text(&customer, "id"));
    let renamed = patch(client, &url, &json!({"number": "kunde-1"}));
    assert_eq!(text(&renamed, "number"), "KUNDE-1");
    let order = client.get(&format!("{API}/salesOrders({})", text(&order, "id"))).json;
    assert_eq!((text(&order, "customerNumber"), &order["customerId"]), ("KUNDE-1", &customer["id"]));
    let taken = client.send("PATCH", &url, &ANY, r#"{"number":"C000001"}"#);
    refused(&taken, 400, "Internal_EntityWithSameKeyExists");
    let url = format!("{API}/items({})", text(&item, "id"));
    assert_eq!(patch(client, &url, &json!({"inventory": 12.5}))["inventory"], json!(12.5));
    patch(client, &url, &json!({"inventory": 2.5}));
    let filter = encode(&format!("itemNumber eq '{}'", text(&item, "number")));
    let entries = client.rows(&format!("{API}/itemLedgerEntries?$filter={filter}&$orderby=entryNumber"));
    let posted: Vec<(&str, &Value)> =
        entries.iter().map(|it| (text(it, "entryType"), &it["quantity"])).collect();
    let expected =
        [("Positive_x0020_Adjmt_x002E_", json!(12.5)), ("Negative_x0020_Adjmt_x002E_", json!(-10))];
    assert_eq!(posted, expected.iter().map(|(kind, quantity)| (*kind, quantity)).collect::<Vec<_>>());
    let first = client
        .rows(&format!("{COMPANION}/contactBusinessRelations?$filter=linkToTable%20eq%20'Customer'&$top=1"));
    let filter = encode(&format!("number eq '{}'", text(&first[0], "no")));
    let known = client.rows(&format!("{API}/customers?$filter={filter}"));
    patch(
        client,
        &format!("{API}/customers({})", text(&known[0], "id")),
        &json!({"displayName": "Nouveau SA"}),
    );
    let filter = encode(&format!("number eq '{}'", text(&first[0], "contactNo")));
    assert_eq!(client.rows(&format!("{API}/contacts?$filter={filter}"))[0]["displayName"], "Nouveau SA");
}

#[test]
fn a66_the_companion_has_every_field_of_the_sales_setup() {
    let sandbox = sandbox(40);
    let client = client(&sandbox);
    for (set, properties) in [
        ("unitGroups", &["sourceNo", "sourceType"][..]),
        ("itemUnitsOfMeasure", &["code", "qtyPerUnitOfMeasure"]),
        ("resourceUnitsOfMeasure", &["code", "qtyPerUnitOfMeasure"]),
        ("unitsOfMeasure", &["code"]),
        ("items", &["no", "unitVolume", "grossWeight", "vendorNo", "vendorItemNo", "baseUnitOfMeasure"]),
        ("resources", &["no", "unitPrice", "unitCost", "capacity", "blocked"]),
        ("priceListHeaders", &["code", "startingDate", "endingDate", "amountType", "allowUpdatingDefaults"]),
        ("priceListLines", &["assetNo", "assetType", "unitPrice", "minimumQuantity", "priceType"]),
        ("customerPriceGroups", &["code"]),
        ("salesPrices", &["salesCode", "salesType", "itemNo", "unitPrice"]),
        (
            "salesInvoiceHeaders",
            &["no", "shipmentDate", "shippingAgentCode", "paymentTermsCode", "workDescription"],
        ),
        (
            "salesInvoiceLines",
            &["quantity", "lineDiscountAmount", "unitPrice", "amount", "amountIncludingVAT"],
        ),
        ("opportunities", &["contactCompanyNo", "probability", "estimatedValueLCY", "salespersonCode"]),
        ("salesHeaders", &["status", "documentType", "yourReference", "lastShipmentDate", "paymentDiscount"]),
        ("salesLines", &["quantityShipped", "documentType", "type", "requestedDeliveryDate", "currencyCode"]),
    ] {
        let row = client.rows(&format!("{COMPANION}/{set}?$top=1"))[0].clone();
        for name in properties.iter().chain(&["systemId", "systemModifiedAt", "systemModifiedBy"]) {
            assert!(row.get(name).is_some(), "{set}.{name}");
        }
    }
    let rows = client.rows(&format!("{COMPANION}/priceListHeaders?$filter=amountType%20eq%20'Price'"));
    assert!(!rows.is_empty() && rows.iter().all(|row| text(row, "amountType") == "Price"));
    let xml = String::from_utf8(client.get(&format!("{COMPANION}/$metadata")).response.body).expect("text");
    assert!(xml.contains("<Member Name=\"Price\" Value=\"17\"/>"), "ordinals with gaps");
    let released = encode("documentType eq 'Order' and status eq 'Released'");
    let headers = client.rows(&format!("{COMPANION}/salesHeaders?$filter={released}"));
    assert!(!headers.is_empty());
    let id = text(&headers[0], "systemId");
    assert_eq!(client.get(&format!("{API}/salesOrders({id})")).json["status"], "Open");
    patch(client, &format!("{COMPANION}/salesHeaders({id})"), &json!({"status": "Open"}));
    assert_eq!(client.get(&format!("{API}/salesOrders({id})")).json["status"], "Draft", "reopened");
    let first = client.rows(&format!("{COMPANION}/salesInvoiceHeaders?$top=1"))[0].clone();
    let url = format!("{COMPANION}/salesInvoiceHeaders({})", text(&first, "systemId"));
    refused(&client.send("PATCH", &url, &ANY, "{}"), 405, "BadRequest_MethodNotAllowed");
    let group = json!({"itemNo": "1000001", "code": "pack", "qtyPerUnitOfMeasure": 6});
    let url = format!("{COMPANION}/itemUnitsOfMeasure");
    assert_eq!(text(&post(client, &url, &group), "code"), "PACK");
    refused(&refuse_post(client, &url, &group), 400, "Internal_EntityWithSameKeyExists");
}

#[test]
fn a7_a44_metadata_of_navigation_and_actions() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let xml = String::from_utf8(client.get(&format!("{API}/$metadata")).response.body).expect("text");
    for piece in [
        "<NavigationProperty Name=\"salesOrderLines\" Type=\"Collection(Microsoft.NAV.salesOrderLine)\"",
        "<ReferentialConstraint Property=\"customerId\" ReferencedProperty=\"id\"/>",
        "<Action Name=\"shipAndInvoice\" IsBound=\"true\">",
        "<EntitySet Name=\"subscriptions\" EntityType=\"Microsoft.NAV.subscription\"/>",
        "<Member Name=\"Non_x002D_Inventory\" Value=\"2\"/>",
    ] {
        assert!(xml.contains(piece), "{piece}");
    }
    assert!(xml.contains("Name=\"status\" Type=\"Edm.String\""), "A49: an old option is a string");
    let definitions = client.rows(&format!("{API}/entityDefinitions"));
    let item = definitions.iter().find(|it| it["entitySetName"] == "items").expect("items");
    assert_eq!(item["entityCaptions"][1], json!({"languageCode": 1036, "caption": "Article"}));
    let environments = client.rows("/environments/v1.2"); // A8
    assert_eq!((text(&environments[0], "type"), text(&environments[0], "countryCode")), ("sandbox", "CH"));
}

fn batch(client: Client<'_>, headers: &[(&str, &str)], requests: &Value) -> Vec<Value> {
    let mut all = vec![JSON];
    all.extend_from_slice(headers);
    let answer = client.send("POST", "/api/v2.0/$batch", &all, &json!({"requests": requests}).to_string());
    assert_eq!(answer.status, 200, "{}", answer.message());
    answer.json["responses"].as_array().expect("a list").clone()
}

fn statuses(answers: &[Value]) -> Vec<i64> {
    answers.iter().filter_map(|it| it["status"].as_i64()).collect()
}

#[test]
fn a6_a21_a51_a52_batches() {
    let sandbox = sandbox(30);
    let client = client(&sandbox);
    let company = client.rows("/api/v2.0/companies")[0].clone();
    let count = || client.get("/api/v2.0/paymentTerms/$count").json.as_i64();
    let before = count().expect("a number");
    let create = |id: &str, code: &str| {
        json!({"id": id, "method": "POST", "url": format!("companies({})/paymentTerms", text(&company, "id")),
            "headers": {"Content-Type": "application/json"}, "body": {"code": code, "displayName": code}})
    };
    let bad = json!({"id": "bad", "method": "PATCH", "url": "paymentTerms(11111111-1111-4111-8111-111111111111)",
        "headers": {"Content-Type": "application/json", "If-Match": "*"}, "body": {}});
    let read = json!({"id": "r", "method": "GET", "url": "paymentTerms?$select=code&$top=1",
        "headers": {"Company": company["name"]}});
    let answers = batch(client, &[], &json!([create("1", "t1"), bad, create("3", "t3")]));
    assert_eq!(statuses(&answers), [201, 404], "stops at the first failed part and answers up to it");
    assert_eq!((&answers[0]["id"], &answers[0]["body"]["code"]), (&json!("1"), &json!("T1")));
    assert_eq!(count(), Some(before + 1), "parts commit one by one");
    let go_on = [("Prefer", "odata.continue-on-error")];
    let answers = batch(client, &go_on, &json!([bad, create("2", "t2"), read]));
    assert_eq!(statuses(&answers), [404, 201, 200]);
    assert_eq!(answers[2]["body"]["value"].as_array().map(Vec::len), Some(1));
    let isolated = [("Isolation", "snapshot")];
    let answers = batch(client, &isolated, &json!([create("1", "t4"), bad]));
    assert_eq!(statuses(&answers), [201, 404], "earlier parts still show their status");
    assert_eq!(count(), Some(before + 2), "and are undone");
    let answers = batch(client, &isolated, &json!([create("1", "t5"), read]));
    assert_eq!((statuses(&answers), count()), (vec![201, 200], Some(before + 3)));
    let many: Vec<Value> = (0..101).map(|_| read.clone()).collect();
    let body = json!({"requests": many}).to_string();
    refused(&client.send("POST", "/api/v2.0/$batch", &[JSON], &body), 400, "BadRequest");
    let nested =
        json!([{"id": "1", "method": "POST", "url": "$batch", "headers": {}, "body": {"requests": []}}]);
    assert_eq!(statuses(&batch(client, &[], &nested)), [400]);
    refused(&client.send("POST", "/api/v2.0/$batch", &[], ""), 415, "BadRequest");
    refused(&client.send("GET", "/api/v2.0/$batch", &[], ""), 405, "BadRequest_MethodNotAllowed");
}

#[test]
fn a61_dataverse_wakes_jobs() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let job = |name: &str| {
        let jobs = client.rows("/api/v2.0/jobQueueEntries");
        jobs.into_iter().find(|it| text(it, "description").starts_with(name)).expect("a job")
    };
    assert_eq!(text(&job("CUSTOMER"), "status"), "On Hold with Inactivity Timeout", "A49: not encoded");
    let url = "/api/microsoft/dataverse/v1.0/dataverseEntityChanges";
    post(client, url, &json!({"entityName": "account"}));
    for (name, status) in
        [("CUSTOMER", "Ready"), ("VENDOR", "Ready"), ("CURRENCY", "On Hold with Inactivity Timeout")]
    {
        assert_eq!(text(&job(name), "status"), status, "{name}");
    }
    refused(&client.send("GET", url, &[], ""), 501, "BadRequest_MethodNotImplemented");
    let long = json!({"entityName": "a".repeat(249)});
    refused(&refuse_post(client, url, &long), 400, "Application_StringExceededLength");
    let waiting = job("CURRENCY");
    let restart = format!("{API}/jobQueueEntries({})/Microsoft.NAV.restart", text(&waiting, "id"));
    assert_eq!(client.send("POST", &restart, &[], "").status, 204, "A44");
    assert_eq!(text(&job("CURRENCY"), "status"), "Ready");
    let below = client.rows(&format!("{API}/jobQueueEntries({})/jobQueueLogEntries", text(&waiting, "id")));
    assert_eq!(below.len(), 1);
    let body = r#"{"description":"X"}"#;
    let change = format!("{API}/jobQueueEntries({})", text(&waiting, "id"));
    refused(&client.send("PATCH", &change, &ANY, body), 405, "BadRequest_MethodNotAllowed");
}

#[test]
fn d1_tax_areas() {
    let sandbox = sandbox(20);
    let client = Client { sandbox: &sandbox, system: System::BusinessCentral };
    let rows = client.rows("/api/v2.0/taxAreas");
    let codes: Vec<&str> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
    assert_eq!((codes, &rows[0]["taxType"]), (vec!["CH", "EU", "EXPORT"], &json!("VAT")));
    let json = [("Content-Type", "application/json")];
    let made = client.send("POST", "/api/v2.0/taxAreas", &json, r#"{"code":"uk","displayName":"Britain"}"#);
    assert_eq!((made.status, &made.json["code"]), (201, &json!("UK")), "{}", made.message());
    let again = client.send("POST", "/api/v2.0/taxAreas", &json, r#"{"code":"UK"}"#);
    assert_eq!((again.status, again.code()), (400, "Internal_EntityWithSameKeyExists"));
}
