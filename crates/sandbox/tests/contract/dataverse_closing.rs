//! The messages of Sales that close documents and make the next ones (B45).

use couplet_sandbox::{Sandbox, System};
use serde_json::{Value, json};

use crate::client::{Answer, Client, sandbox};
use crate::dataverse_sales::{create, refused, shop, text};

const API: &str = "/api/data/v9.2";

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn call(client: &Client<'_>, message: &str, body: &Value) -> Answer {
    client.send("POST", &format!("{API}/{message}"), &[], &body.to_string())
}

fn states(client: &Client<'_>, address: &str) -> (i64, i64) {
    let row = client.get(address).json;
    (row["statecode"].as_i64().expect("a state"), row["statuscode"].as_i64().expect("a reason"))
}

/// A quote with two lines, in the state Active.
fn active_quote(client: &Client<'_>) -> String {
    let shop = shop(client);
    let mut body = shop.order();
    let product = format!("/products({})", text(&shop.product, "productid"));
    let line = |quantity: u32| {
        json!({
            "quantity": quantity, "priceperunit": 3720, "tax": 10,
            "productid@odata.bind": product, "uomid@odata.bind": format!("/uoms({})", shop.unit),
        })
    };
    body["description"] = json!("For the new office");
    body["quote_details"] = json!([line(10), line(5)]);
    let quote = text(&create(client, "quotes", &body), "quoteid").to_owned();
    let at = format!("{API}/quotes({quote})");
    let active = client.send("PATCH", &at, &[], &json!({"statecode": 1, "statuscode": 2}).to_string());
    assert_eq!(active.status, 204);
    quote
}

#[test]
fn b45_quotes_are_won_and_closed() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let quote = active_quote(&client);
    let at = format!("{API}/quotes({quote})");
    let close = |status: i32| {
        json!({
            "Status": status,
            "QuoteClose": {"subject": "Done", "quoteid@odata.bind": format!("/quotes({quote})")},
        })
    };
    refused(&call(&client, "WinQuote", &close(5)), 400, "0x80048408");
    assert_eq!(states(&client, &at), (1, 2), "a reason of another state changes nothing");
    assert_eq!(call(&client, "WinQuote", &close(4)).status, 204);
    assert_eq!(states(&client, &at), (2, 4));
    refused(&call(&client, "CloseQuote", &close(6)), 400, "0x80048408");
    let other = active_quote(&client);
    let body = json!({"Status": -1, "QuoteClose": {"quoteid@odata.bind": format!("/quotes({other})")}});
    assert_eq!(call(&client, "CloseQuote", &body).status, 204);
    assert_eq!(states(&client, &format!("{API}/quotes({other})")), (3, 5), "the first reason of the state");
    refused(&call(&client, "WinQuote", &json!({"Status": 4})), 400, "0x80048d19");
    assert_eq!(client.get(&format!("{API}/WinQuote")).status, 404, "an action is posted to");
}

#[test]
fn b45_opportunities_are_won_and_lost() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let made = || {
        let row = create(&client, "opportunities", &json!({"name": "Offices"}));
        text(&row, "opportunityid").to_owned()
    };
    let close = |id: &str, status: i32| {
        json!({
            "Status": status,
            "OpportunityClose": {
                "opportunityid@odata.bind": format!("/opportunities({id})"),
                "actualrevenue": 1250.5, "actualend": "2026-03-10T00:00:00Z",
            },
        })
    };
    let won = made();
    assert_eq!(call(&client, "WinOpportunity", &close(&won, 3)).status, 204);
    let row = client.get(&format!("{API}/opportunities({won})")).json;
    assert_eq!((&row["statecode"], &row["statuscode"]), (&json!(1), &json!(3)));
    assert_eq!(row["actualvalue"].as_f64(), Some(1250.5));
    assert!(text(&row, "actualclosedate").starts_with("2026-03-10"));
    refused(&call(&client, "LoseOpportunity", &close(&won, 4)), 400, "0x80048408");
    let lost = made();
    assert_eq!(call(&client, "LoseOpportunity", &close(&lost, 5)).status, 204);
    assert_eq!(states(&client, &format!("{API}/opportunities({lost})")), (2, 5));
    let quote = call(
        &client,
        "GenerateQuoteFromOpportunity",
        &json!({"OpportunityId": made(), "ColumnSet": {"AllColumns": true}}),
    );
    assert_eq!((quote.status, &quote.json["name"]), (200, &json!("Offices")), "{}", quote.message());
    assert_eq!(quote.json["statecode"], 0, "a new quote is a draft");
}

#[test]
fn b45_a_quote_becomes_an_order_and_an_invoice() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let quote = active_quote(&client);
    let body = json!({"QuoteId": quote, "ColumnSet": {"Columns": ["ordernumber", "customerid"]}});
    let order = call(&client, "ConvertQuoteToSalesOrder", &body);
    assert_eq!(order.status, 200, "{}", order.message());
    let context = text(&order.json, "@odata.context");
    assert!(context.ends_with("#salesorders(ordernumber,_customerid_value)/$entity"), "{context}");
    assert!(order.json.get("description").is_none(), "only the columns asked for");
    assert_eq!(states(&client, &format!("{API}/quotes({quote})")), (2, 4), "the quote is won");
    let id = text(&order.json, "salesorderid").to_owned();
    let at = format!("{API}/salesorders({id})");
    let row = client.get(&at).json;
    assert_eq!(
        (text(&row, "description"), text(&row, "_quoteid_value")),
        ("For the new office", quote.as_str())
    );
    assert_eq!(row["totalamount"].as_f64(), Some(55_820.0), "15 pieces at 3,720 and two times 10 of tax");
    let lines = client.rows(&format!("{at}/order_details"));
    let sums: Vec<_> = lines.iter().map(|line| line["extendedamount"].as_f64().unwrap_or_default()).collect();
    assert_eq!(sums, [37_210.0, 18_610.0]);

    let body = json!({"SalesOrderId": id, "ColumnSet": {"AllColumns": true}});
    let invoice = call(&client, "ConvertSalesOrderToInvoice", &body);
    assert_eq!(invoice.status, 200, "{}", invoice.message());
    assert_eq!(text(&invoice.json, "_salesorderid_value"), id);
    let at = format!("{API}/invoices({})", text(&invoice.json, "invoiceid"));
    let lines = client.rows(&format!("{at}/invoice_details"));
    let sums: Vec<_> = lines.iter().map(|line| line["extendedamount"].as_f64().unwrap_or_default()).collect();
    assert_eq!(sums, [37_210.0, 18_610.0]);

    let unknown = json!({"QuoteId": id, "ColumnSet": {"AllColumns": true}});
    assert_eq!(call(&client, "ConvertQuoteToSalesOrder", &unknown).status, 404);
}

#[test]
fn b45_orders_are_fulfilled_and_canceled() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let shop = shop(&client);
    let made = || text(&create(&client, "salesorders", &shop.order()), "salesorderid").to_owned();
    let close = |id: &str, status: i32| json!({"Status": status, "OrderClose": {"salesorderid@odata.bind": format!("/salesorders({id})")}});
    let fulfilled = made();
    let at = format!("{API}/salesorders({fulfilled})");
    let submitted = client.send("PATCH", &at, &[], &json!({"statecode": 1, "statuscode": 3}).to_string());
    assert_eq!(submitted.status, 204);
    assert_eq!(call(&client, "FulfillSalesOrder", &close(&fulfilled, 100_001)).status, 204);
    assert_eq!(states(&client, &at), (3, 100_001));
    assert!(client.get(&at).json["datefulfilled"].is_string());
    refused(&call(&client, "CancelSalesOrder", &close(&fulfilled, 4)), 400, "0x80048408");
    let canceled = made();
    assert_eq!(call(&client, "CancelSalesOrder", &close(&canceled, 4)).status, 204);
    assert_eq!(states(&client, &format!("{API}/salesorders({canceled})")), (2, 4));
    let quote = json!({"Status": 4, "OrderClose": {"salesorderid@odata.bind": "/quotes(5d9c0000-0000-4000-8000-00000000000a)"}});
    assert!(matches!(call(&client, "CancelSalesOrder", &quote).status, 400 | 404));
}
