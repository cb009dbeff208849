//! Quotes, orders and invoices with their lines. Their amounts follow the same rules as those that are written.

use super::sales::{Cell, add, item_no, price_of};
use super::{Scale, columns};
use crate::world::World;

/// Fields of a customer that a document takes.
const CUSTOMER: [&str; 14] = [
    "No.",
    "Name",
    "Address",
    "Address 2",
    "City",
    "Country/Region Code",
    "County",
    "Post Code",
    "Currency Code",
    "Payment Terms Code",
    "Shipment Method Code",
    "Shipping Agent Code",
    "Salesperson Code",
    "E-Mail",
];

/// What kind of document is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Quote,
    Order,
    Invoice,
}

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    for quote in 0..(scale.customers / 40).clamp(4, 10_000) {
        add_document(world, scale, Kind::Quote, quote);
    }
    for order in 0..(scale.customers / 20).clamp(6, 20_000) {
        add_document(world, scale, Kind::Order, order);
    }
    for invoice in 0..(scale.customers / 10).clamp(8, 40_000) {
        add_document(world, scale, Kind::Invoice, invoice);
    }
}

/// A customer that is not blocked.
fn buyer(scale: &Scale, kind: Kind, number: u32) -> u32 {
    let (factor, start) = match kind {
        Kind::Quote => (17, 0),
        Kind::Order => (7, 5),
        Kind::Invoice => (11, 8),
    };
    let chosen = number.wrapping_mul(factor).wrapping_add(start) % scale.customers;
    if matches!(chosen % 25, 3 | 11 | 19) { chosen - 1 } else { chosen }
}

/// Fields that take a customer's field, by its position in `CUSTOMER`.
const FROM_CUSTOMER: [(&str, usize); 29] = [
    ("Sell-to Customer No.", 0),
    ("Bill-to Customer No.", 0),
    ("Sell-to Customer Name", 1),
    ("Bill-to Name", 1),
    ("Ship-to Name", 1),
    ("Sell-to Address", 2),
    ("Bill-to Address", 2),
    ("Ship-to Address", 2),
    ("Sell-to Address 2", 3),
    ("Bill-to Address 2", 3),
    ("Ship-to Address 2", 3),
    ("Sell-to City", 4),
    ("Bill-to City", 4),
    ("Ship-to City", 4),
    ("Sell-to Country/Region Code", 5),
    ("Bill-to Country/Region Code", 5),
    ("Ship-to Country/Region Code", 5),
    ("Sell-to County", 6),
    ("Bill-to County", 6),
    ("Ship-to County", 6),
    ("Sell-to Post Code", 7),
    ("Bill-to Post Code", 7),
    ("Ship-to Post Code", 7),
    ("Currency Code", 8),
    ("Payment Terms Code", 9),
    ("Shipment Method Code", 10),
    ("Shipping Agent Code", 11),
    ("Salesperson Code", 12),
    ("Sell-to E-Mail", 13),
];

/// `Entity Status` of a document: of an invoice 1 draft, 3 open, 4 paid; of an order 0 draft, 2 open.
fn entity_status(kind: Kind, number: u32) -> u32 {
    match (kind, number) {
        (Kind::Quote, _) => 0,
        // Two of three orders are released.
        (Kind::Order, number) => {
            if number % 3 == 2 {
                0
            } else {
                2
            }
        }
        // Every tenth invoice is a draft, every fifth of the others is paid.
        (Kind::Invoice, number) if number % 10 == 9 => 1,
        (Kind::Invoice, number) => {
            if number % 5 == 4 {
                4
            } else {
                3
            }
        }
    }
}

fn add_document(world: &mut World, scale: &Scale, kind: Kind, number: u32) {
    use Cell::{Cents, Number, Stored, Text};
    let customers = world.bc(18);
    let row = buyer(scale, kind, number);
    let taken = world.schema.bc.tables.get(customers).map(|info| columns(info, CUSTOMER));
    let taken = taken.unwrap_or([usize::MAX; 14]);
    let (table, lines_table, prefix) = match kind {
        Kind::Quote => (36, 37, "S-QUO"),
        Kind::Order => (36, 37, "S-ORD"),
        Kind::Invoice => (112, 113, "S-INV"),
    };
    let document = format!("{prefix}{:06}", number + 1);
    let status = entity_status(kind, number);
    let posted = kind == Kind::Invoice && status > 1;
    let document_type = u32::from(kind == Kind::Order);
    let lines = Lines { table: lines_table, document: &document, document_type, posted };
    let (net, tax) = lines.add(world, scale, number);
    let mut fields = vec![
        ("No.", Text(&document)),
        ("Document Type", Number(document_type)),
        ("Status", Number(u32::from(kind == Kind::Order && status == 2))),
        ("Entity Status", Number(status)),
        ("Posted", Number(u32::from(posted))),
        ("Document Date", Text("2026-02-02")),
        ("Posting Date", Text("2026-02-02")),
        ("Due Date", Text("2026-03-04")),
        ("Requested Delivery Date", Text("2026-02-20")),
        ("Shipment Date", Text("2026-02-10")),
        ("Amount", Cents(net)),
        ("Total Tax Amount", Cents(tax)),
        ("Amount Including VAT", Cents(net + tax)),
        ("Remaining Amount", Cents(if posted && status == 4 { 0 } else { net + tax })),
    ];
    for (name, at) in FROM_CUSTOMER {
        let column = taken.get(at).copied().unwrap_or(usize::MAX);
        fields.push((name, Stored(world.cell(customers, row, column))));
    }
    add(world, scale, table, &fields);
}

struct Lines<'a> {
    table: u32,
    document: &'a str,
    document_type: u32,
    posted: bool,
}

impl Lines<'_> {
    /// One to four lines; answers the sums of their amounts and taxes in cents.
    fn add(&self, world: &mut World, scale: &Scale, number: u32) -> (i64, i64) {
        use Cell::{Cents, Number, Text};
        let mut dice = scale.dice(30 + u64::from(self.table) + u64::from(self.document_type), number);
        let (mut net_sum, mut tax_sum) = (0, 0);
        for line in 1..=1 + dice.below(4) {
            let item = dice.below(scale.items());
            let (no, quantity, price) = (item_no(item), i64::from(1 + dice.below(9)), price_of(scale, item));
            let net = quantity * price;
            let tax = (net * 81 + 500) / 1_000;
            (net_sum, tax_sum) = (net_sum + net, tax_sum + tax);
            let fields = [
                ("Document No.", Text(self.document)),
                ("Line No.", Number(line * 10_000)),
                ("Document Type", Number(self.document_type)),
                ("Type", Number(2)),
                ("No.", Text(&no)),
                ("Description", Text("Demo line")),
                ("Unit of Measure Code", Text("PCS")),
                ("Quantity", Cents(quantity * 100)),
                ("Unit Price", Cents(price)),
                ("VAT %", Text("8.1")),
                ("Line Amount Excluding Tax", Cents(net)),
                ("Amount", Cents(net)),
                ("Line Tax Amount", Cents(tax)),
                ("Tax Amount", Cents(tax)),
                ("Line Amount Including Tax", Cents(net + tax)),
                ("Amount Including VAT", Cents(net + tax)),
                ("Posted", Number(u32::from(self.posted))),
            ];
            add(world, scale, self.table, &fields);
        }
        (net_sum, tax_sum)
    }
}
