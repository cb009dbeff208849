//! The rules of Sales: `sandbox-business-logic.md` of the reference, section 2, and B45 with D4.

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, query, sandbox};

const API: &str = "/api/data/v9.2";
const FULL: (&str, &str) = ("Prefer", "return=representation");

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.message());
}

#[track_caller]
pub(crate) fn create(client: &Client<'_>, set: &str, body: &Value) -> Value {
    let answer = client.send("POST", &format!("{API}/{set}"), &[FULL], &body.to_string());
    assert_eq!(answer.status, 201, "{set}: {}", answer.message());
    answer.json
}

fn patch(client: &Client<'_>, address: &str, body: &Value) -> Answer {
    client.send("PATCH", address, &[], &body.to_string())
}

/// A unit group with its unit, a product, a price list and a customer.
pub(crate) struct Shop {
    group: Value,
    pub(crate) unit: String,
    pub(crate) product: Value,
    prices: String,
    customer: String,
}

pub(crate) fn shop(client: &Client<'_>) -> Shop {
    let group = create(client, "uomschedules", &json!({"name": "NAV BOX", "baseuomname": "BOX"}));
    let filter = query(&format!("_uomscheduleid_value eq {}", text(&group, "uomscheduleid")));
    let unit = client.rows(&format!("{API}/uoms?$filter={filter}"))[0].clone();
    assert_eq!((&unit["name"], &unit["isschedulebaseuom"]), (&json!("BOX"), &json!(true)));
    assert_eq!(unit["quantity"].as_f64(), Some(1.0));
    let unit = text(&unit, "uomid").to_owned();
    let product = create(
        client,
        "products",
        &json!({
            "name": "Bicycle", "productnumber": "1000", "quantitydecimal": 2, "quantityonhand": -5,
            "statecode": 2, "statuscode": 0,
            "defaultuomid@odata.bind": format!("/uoms({unit})"),
            "defaultuomscheduleid@odata.bind": format!("/uomschedules({})", text(&group, "uomscheduleid")),
        }),
    );
    let prices =
        text(&create(client, "pricelevels", &json!({"name": "CRONUS Default Price List"})), "pricelevelid")
            .to_owned();
    let customer = text(&client.rows(&format!("{API}/accounts?$top=1"))[0], "accountid").to_owned();
    Shop { group, unit, product, prices, customer }
}

impl Shop {
    pub(crate) fn order(&self) -> Value {
        json!({
            "name": "Order",
            "pricelevelid@odata.bind": format!("/pricelevels({})", self.prices),
            "customerid_account@odata.bind": format!("/accounts({})", self.customer),
        })
    }
}

#[test]
fn products_start_active_and_have_no_negative_stock() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    assert_eq!((&shop.product["statecode"], &shop.product["statuscode"]), (&json!(0), &json!(1)));
    assert_eq!(shop.product["quantityonhand"].as_f64(), Some(0.0));
    let at = format!("{API}/products({})", text(&shop.product, "productid"));
    assert_eq!(patch(&client, &at, &json!({"statecode": 1, "statuscode": 2})).status, 204, "B45: blocked");
    assert_eq!(patch(&client, &at, &json!({"statecode": 3})).status, 204);
    assert_eq!(client.get(&at).json["statuscode"], 3, "D4");
    refused(&patch(&client, &at, &json!({"statecode": 0, "statuscode": 2})), 400, "0x80048408");
    refused(&client.send("POST", &format!("{API}/products"), &[], r#"{"name":"x"}"#), 400, "0x80040203");
}

#[test]
fn price_lines_are_unique_and_need_a_product() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let line = json!({
        "amount": 4000, "percentage": 0,
        "pricelevelid@odata.bind": format!("/pricelevels({})", shop.prices),
        "productid@odata.bind": format!("/products({})", text(&shop.product, "productid")),
        "uomid@odata.bind": format!("/uoms({})", shop.unit),
    });
    create(&client, "productpricelevels", &line);
    let post =
        |body: &Value| client.send("POST", &format!("{API}/productpricelevels"), &[], &body.to_string());
    refused(&post(&line), 400, "0x80040265");
    let without = json!({"pricelevelid@odata.bind": format!("/pricelevels({})", shop.prices)});
    refused(&post(&without), 400, "0x80040203");
    let unit = format!("{API}/uoms({})", shop.unit);
    refused(&client.send("DELETE", &unit, &[], ""), 405, "0x80040227"); // B42
    let group = format!("{API}/uomschedules({})", text(&shop.group, "uomscheduleid"));
    refused(&client.send("DELETE", &group, &[], ""), 405, "0x80040227");
    let list = format!("{API}/pricelevels({})", shop.prices);
    assert_eq!(client.send("DELETE", &list, &[], "").status, 204);
    let lines = query(&format!("$filter=_pricelevelid_value eq {}", shop.prices));
    assert_eq!(client.rows(&format!("{API}/productpricelevels?{lines}")).len(), 0, "its lines go with it");
}

/// The worked example of the reference. The volume discount of 280 is read-only on the wire, so it is taken off the
/// price of 4000 here.
#[test]
fn order_totals_follow_every_change() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let mut body = shop.order();
    let line = |quantity: u32, manual: u32, tax: u32| {
        json!({
            "quantity": quantity, "priceperunit": 3720,
            "manualdiscountamount": manual, "tax": tax, "productdescription": "write-in",
        })
    };
    body["order_details"] = json!([line(10, 400, 5000), line(5, 250, 3000)]);
    let order = create(&client, "salesorders", &body);
    let id = text(&order, "salesorderid").to_owned();
    let at = format!("{API}/salesorders({id})");
    let check = |expected: &[(&str, f64)]| {
        let row = client.get(&at).json;
        for (name, amount) in expected {
            assert_eq!(row[*name].as_f64(), Some(*amount), "{name}");
        }
    };
    let lines = client.rows(&format!("{at}/order_details?$orderby=quantity%20desc"));
    let amounts: Vec<_> =
        lines.iter().map(|it| (it["baseamount"].as_f64(), it["extendedamount"].as_f64())).collect();
    assert_eq!(amounts, [(Some(37200.0), Some(41800.0)), (Some(18600.0), Some(21350.0))]);
    check(&[
        ("totallineitemdiscountamount", 650.0),
        ("totallineitemamount", 55150.0),
        ("totaltax", 8000.0),
        ("totalamount", 63150.0),
    ]);
    let changes = json!({"discountamount": 3500, "freightamount": 1020, "discountpercentage": 9});
    assert_eq!(patch(&client, &at, &changes).status, 204);
    check(&[("totalamountlessfreight", 46686.5), ("totaldiscountamount", 9113.5), ("totalamount", 55706.5)]);
    let last = format!("{API}/salesorderdetails({})", text(&lines[1], "salesorderdetailid"));
    assert_eq!(client.send("DELETE", &last, &[], "").status, 204);
    check(&[("totaltax", 5000.0), ("totallineitemamount", 36800.0)]);
    assert_eq!(client.send("DELETE", &at, &[], "").status, 204);
    let lines = query(&format!("$filter=_salesorderid_value eq {id}"));
    assert_eq!(client.rows(&format!("{API}/salesorderdetails?{lines}")).len(), 0);
}

#[test]
fn submitted_orders_are_not_editable() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let order = create(&client, "salesorders", &shop.order());
    assert!(text(&order, "ordernumber").starts_with("ORD-"));
    assert_eq!((&order["statecode"], &order["statuscode"]), (&json!(0), &json!(1)));
    assert_eq!(order["_accountid_value"], shop.customer.as_str(), "the account of the customer");
    assert_eq!(order["_contactid_value"], Value::Null);
    let at = format!("{API}/salesorders({})", text(&order, "salesorderid"));
    let set = |body: Value| patch(&client, &at, &body);
    assert_eq!(set(json!({"statecode": 1, "statuscode": 3})).status, 204);
    refused(&set(json!({"description": "x"})), 400, "0x80040265");
    refused(&set(json!({"statecode": 1, "statuscode": 3, "description": "x"})), 400, "0x80040265");
    // As Business Central does it: Active, write, Submitted again.
    assert_eq!(set(json!({"statecode": 0, "statuscode": 2})).status, 204);
    assert_eq!(set(json!({"lastbackofficesubmit": "2026-03-01T00:00:00Z"})).status, 204);
    assert_eq!(set(json!({"statecode": 1, "statuscode": 3})).status, 204);
    let organization = text(&client.rows(&format!("{API}/organizations"))[0], "organizationid").to_owned();
    let both_ways = patch(
        &client,
        &format!("{API}/organizations({organization})"),
        &json!({"issopintegrationenabled": true}),
    );
    assert_eq!(both_ways.status, 204);
    assert_eq!(set(json!({"description": "x"})).status, 204);
    assert_eq!(set(json!({"statecode": 4, "statuscode": 100_003})).status, 204, "D4");
}

#[test]
fn invoices_go_through_active_to_their_final_state() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let mut body = shop.order();
    body["invoice_details"] =
        json!([{"quantity": 1, "priceperunit": 10, "baseamount": 10, "extendedamount": 10}]);
    let invoice = create(&client, "invoices", &body);
    let at = format!("{API}/invoices({})", text(&invoice, "invoiceid"));
    let line = client.rows(&format!("{at}/invoice_details"))[0].clone();
    assert_eq!((&line["baseamount"], &line["extendedamount"]), (&Value::Null, &Value::Null));
    let line = format!("{API}/invoicedetails({})", text(&line, "invoicedetailid"));
    assert_eq!(patch(&client, &line, &json!({"baseamount": 10, "extendedamount": 10})).status, 204);
    assert_eq!(client.get(&line).json["baseamount"].as_f64(), Some(10.0));
    let set =
        |state: u32, status: u32| patch(&client, &at, &json!({"statecode": state, "statuscode": status}));
    assert_eq!(set(2, 100_001).status, 204);
    refused(&patch(&client, &at, &json!({"description": "x"})), 400, "0x80040265");
    refused(&set(2, 100_002), 400, "0x80040265");
    assert_eq!(set(0, 4).status, 204);
    assert_eq!(set(3, 100_003).status, 204);
    refused(&set(2, 100_001), 400, "0x80040265");
    assert_eq!(set(0, 4).status, 204);
    assert_eq!(set(2, 100_002).status, 204);
}

#[test]
fn b45_pairs_of_state_and_status_reason() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let quote = create(&client, "quotes", &shop.order());
    let at = format!("{API}/quotes({})", text(&quote, "quoteid"));
    let allowed = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6), (3, 7)];
    for state in 0..4 {
        for status in 1..8 {
            let answer = patch(&client, &at, &json!({"statecode": state, "statuscode": status}));
            let expected = if allowed.contains(&(state, status)) { 204 } else { 400 };
            assert_eq!(answer.status, expected, "{state}/{status}: {}", answer.message());
        }
    }
}

#[test]
fn notes_hang_on_documents() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let order = create(&client, "salesorders", &shop.order());
    let id = text(&order, "salesorderid").to_owned();
    let bind = json!({
        "subject": "Note", "notetext": "<div>text</div>", "isdocument": false,
        "objectid_salesorder@odata.bind": format!("/salesorders({id})"),
    });
    let headers = [("Prefer", "return=representation,odata.include-annotations=\"*\"")];
    let note = client.send("POST", &format!("{API}/annotations"), &headers, &bind.to_string()).json;
    assert_eq!(note["_objectid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "salesorder", "B43");
    let filter = query(&format!("_objectid_value eq {id} and isdocument eq false"));
    assert_eq!(client.rows(&format!("{API}/annotations?$filter={filter}")).len(), 1);
    assert_eq!(client.rows(&format!("{API}/salesorders({id})/SalesOrder_Annotation")).len(), 1);
}
