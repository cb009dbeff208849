//! Sales quotes, orders and invoices: what a header takes from its customer, what a line takes from its item,
//! amounts, line numbers, and the parts that posting is made of.

use super::errors::Refusal;
use super::rules::{Operation, Record, broken, by_code, today};
use crate::store::{ONE, multiply, to_cents};
use crate::world::World;

/// The tax rate of the demo company, in percent.
const VAT_PERCENT: &str = "8.1";
/// The same as a number.
const VAT: i128 = 81 * ONE / 10;

/// Fields of a document and of the customer they come from.
const FROM_CUSTOMER: [(&str, &str); 6] = [
    ("Payment Terms Code", "Payment Terms Code"),
    ("Shipment Method Code", "Shipment Method Code"),
    ("Shipping Agent Code", "Shipping Agent Code"),
    ("Salesperson Code", "Salesperson Code"),
    ("Sell-to Phone No.", "Phone No."),
    ("Sell-to E-Mail", "E-Mail"),
];

/// Address fields, after `Sell-to `, `Bill-to ` and `Ship-to `.
const ADDRESS: [&str; 6] = ["Address", "Address 2", "City", "Country/Region Code", "County", "Post Code"];

/// Customer "Blocked": every document, or only those of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocked {
    Ship = 1,
    Invoice = 2,
    All = 3,
}

/// Refuses what a blocked customer must not have.
pub(crate) fn check_blocked(world: &World, customer: Record, reasons: &[Blocked]) -> Result<(), Refusal> {
    let blocked = customer.number(world, "Blocked");
    let Some(reason) = reasons.iter().find(|reason| **reason as u32 == blocked) else { return Ok(()) };
    let number = customer.text(world, "No.");
    let message = format!(
        "You cannot create this type of document when Customer {number} is blocked with type {reason:?}"
    );
    Err(broken(&message))
}

/// The customer that buys.
pub(crate) fn customer(world: &World, header: Record) -> Option<Record> {
    by_code(world, 18, &header.text(world, "Sell-to Customer No."))
}

/// What follows from a header that was stored.
pub(crate) fn after_header(
    world: &mut World,
    header: Record,
    changed: &[usize],
    now_ms: i64,
    operation: Operation,
) -> Result<(), Refusal> {
    let posted = header.number(world, "Posted") != 0;
    if operation == Operation::Update && posted {
        return Err(broken("The posted sales invoice cannot be changed."));
    }
    let info = world.schema.bc.tables.get(header.table);
    let buyer = info.and_then(|info| info.column("Sell-to Customer No.")).unwrap_or(usize::MAX);
    if operation == Operation::Insert || changed.contains(&buyer) {
        let Some(customer) = customer(world, header) else {
            return Err(broken("A customerNumber or a customerId must be provided."));
        };
        check_blocked(world, customer, &[Blocked::All])?;
        take_from_customer(world, header, customer, changed);
    }
    if operation == Operation::Insert {
        for field in ["Document Date", "Posting Date", "Due Date"] {
            header.fill(world, field, &today(now_ms));
        }
        if header.table_no(world) == 112 {
            header.set_number(world, "Entity Status", 1);
        }
    } else if header.table_no(world) == 36 && header.number(world, "Document Type") == 1 {
        // The API's status follows the order's: open is a draft, released is open, else it is in review.
        let status = match header.number(world, "Status") {
            0 => 0,
            1 => 2,
            _ => 1,
        };
        header.set_number(world, "Entity Status", status);
    }
    total(world, header);
    Ok(())
}

fn take_from_customer(world: &mut World, header: Record, customer: Record, changed: &[usize]) {
    let given = |world: &World, field: &str| {
        let info = world.schema.bc.tables.get(header.table);
        info.and_then(|info| info.column(field)).is_none_or(|column| changed.contains(&column))
    };
    let mut copies: Vec<(String, String)> =
        FROM_CUSTOMER.iter().map(|(to, from)| ((*to).to_owned(), (*from).to_owned())).collect();
    copies.push(("Currency Code".to_owned(), "Currency Code".to_owned()));
    copies.push(("Sell-to Customer Name".to_owned(), "Name".to_owned()));
    copies.push(("Bill-to Customer No.".to_owned(), "No.".to_owned()));
    for part in ["Sell-to", "Bill-to", "Ship-to"] {
        copies.push((format!("{part} Name"), "Name".to_owned()));
        copies.extend(ADDRESS.iter().map(|field| (format!("{part} {field}"), (*field).to_owned())));
    }
    for (to, from) in copies {
        if !given(world, &to) {
            let cell = customer.number(world, &from);
            header.set_number(world, &to, cell);
        }
    }
}

/// What follows from a line that was stored.
pub(crate) fn after_line(
    world: &mut World,
    line: Record,
    changed: &[usize],
    now_ms: i64,
    operation: Operation,
) -> Result<(), Refusal> {
    let Some(header) = header_of(world, line) else {
        return Err(broken("A documentId must be provided."));
    };
    if header.number(world, "Posted") != 0 {
        return Err(broken("The posted sales invoice cannot be changed."));
    }
    let info = world.schema.bc.tables.get(line.table);
    let columns = ["Document No.", "Line No.", "No."].map(|field| info.and_then(|info| info.column(field)));
    let wrote =
        |at: usize| columns.get(at).copied().flatten().is_some_and(|column| changed.contains(&column));
    if operation == Operation::Update && (wrote(0) || wrote(1)) {
        return Err(broken("The document and the sequence of a line cannot be changed."));
    }
    if operation == Operation::Insert {
        let next = lines_of(world, header).iter().map(|it| it.number(world, "Line No.")).max();
        if line.number(world, "Line No.") == 0 {
            line.set_number(world, "Line No.", next.unwrap_or_default() + 10_000);
        }
    }
    if wrote(2) || operation == Operation::Insert {
        take_from_object(world, line, changed)?;
    }
    calculate(world, line);
    total(world, header);
    header.touch(world, now_ms);
    Ok(())
}

/// A line takes description, unit and price from its item or resource, which must exist and not be blocked.
fn take_from_object(world: &mut World, line: Record, changed: &[usize]) -> Result<(), Refusal> {
    const ITEM: u32 = 2;
    const RESOURCE: u32 = 3;
    let number = line.text(world, "No.");
    let kind = line.number(world, "Type");
    let (table, name) = match kind {
        ITEM => (27, "Description"),
        RESOURCE => (156, "Name"),
        _ => return Ok(()),
    };
    let object = by_code(world, table, &number).filter(|_| !number.is_empty());
    let Some(object) = object else {
        return Err(broken(&format!("The lineObjectNumber '{number}' does not match a record.")));
    };
    if object.number(world, "Blocked") != 0 {
        return Err(broken(&format!("Blocked must be equal to 'No' for {number}. Current value is 'Yes'.")));
    }
    for (to, from) in [
        ("Description", name),
        ("Unit of Measure Code", "Base Unit of Measure"),
        ("Unit Price", "Unit Price"),
    ] {
        let info = world.schema.bc.tables.get(line.table);
        let given = info.and_then(|info| info.column(to)).is_some_and(|column| changed.contains(&column));
        if !given {
            let cell = object.number(world, from);
            line.set_number(world, to, cell);
        }
    }
    line.fill(world, "VAT %", VAT_PERCENT);
    Ok(())
}

/// Amounts of one line; a discount in percent wins over one in money.
fn calculate(world: &mut World, line: Record) {
    let gross = multiply(line.decimal(world, "Quantity"), line.decimal(world, "Unit Price"));
    let percent = line.decimal(world, "Line Discount %");
    let discount = if percent == 0 {
        line.decimal(world, "Line Discount Amount")
    } else {
        to_cents(multiply(gross, percent) / 100)
    };
    let net = to_cents(gross) - discount;
    let tax = if line.number(world, "VAT %") == 0 { 0 } else { to_cents(multiply(net, VAT) / 100) };
    for (field, value) in [
        ("Line Discount Amount", discount),
        ("Line Amount Excluding Tax", net),
        ("Amount", net),
        ("Line Tax Amount", tax),
        ("Tax Amount", tax),
        ("Line Amount Including Tax", net + tax),
        ("Amount Including VAT", net + tax),
    ] {
        line.set_decimal(world, field, value);
    }
}

/// Amounts of a header: the sums of its lines less the invoice discount.
pub(crate) fn total(world: &mut World, header: Record) {
    let lines = lines_of(world, header);
    let sum = |world: &World, field: &str| lines.iter().map(|line| line.decimal(world, field)).sum::<i128>();
    let (net, tax) = (sum(world, "Amount"), sum(world, "Tax Amount"));
    let discount = header.decimal(world, "Invoice Discount Amount");
    header.set_decimal(world, "Amount", net - discount);
    header.set_decimal(world, "Total Tax Amount", tax);
    header.set_decimal(world, "Amount Including VAT", net - discount + tax);
    if header.table_no(world) == 112 {
        header.set_decimal(world, "Remaining Amount", net - discount + tax);
    }
}

/// The header of a line.
pub(crate) fn header_of(world: &World, line: Record) -> Option<Record> {
    let headers = match line.table_no(world) {
        37 => 36,
        113 => 112,
        _ => return None,
    };
    by_code(world, headers, &line.text(world, "Document No.")).filter(|header| {
        headers != 36 || header.number(world, "Document Type") == line.number(world, "Document Type")
    })
}

/// The lines of a header in the order of their numbers.
pub(crate) fn lines_of(world: &World, header: Record) -> Vec<Record> {
    let table_no = if header.table_no(world) == 36 { 37 } else { 113 };
    let Some(table) = world.schema.bc.table(table_no) else { return Vec::new() };
    let Some(rows) = world.table(table) else { return Vec::new() };
    let number = header.text(world, "No.");
    let column = Record { table, row: 0 }.column_of(world, "Document No.");
    let own = rows.rows_from(0).filter(|row| world.texts.get(rows.cell(*row, column)) == number);
    let mut lines: Vec<Record> = own.map(|row| Record { table, row }).collect();
    lines.sort_by_key(|line| line.number(world, "Line No."));
    lines
}

/// A deleted document takes its lines along.
pub(crate) fn delete_lines(world: &mut World, header: Record) {
    for line in lines_of(world, header) {
        if let Some(rows) = world.tables.get_mut(line.table) {
            rows.delete(line.row);
        }
    }
}

/// The stock of an item by its ledger entries.
pub(crate) fn item_entries(world: &World, number: &str) -> i128 {
    let Some(table) = world.schema.bc.table(32) else { return 0 };
    let Some(rows) = world.table(table) else { return 0 };
    let entries = rows.rows_from(0).map(|row| Record { table, row });
    entries
        .filter(|entry| entry.text(world, "Item No.") == number)
        .map(|entry| entry.decimal(world, "Quantity"))
        .sum()
}

/// Posts an item ledger entry; the type is its number: 1 sale, 2 and 3 adjustments.
pub(crate) fn post_item_entry(world: &mut World, item: Record, quantity: i128, kind: u32, now_ms: i64) {
    let entry = new_record(world, 32, now_ms);
    let texts = [
        ("Item No.", item.text(world, "No.")),
        ("Posting Date", today(now_ms)),
        ("Description", item.text(world, "Description")),
    ];
    for (field, text) in texts {
        entry.set_text(world, field, &text);
    }
    entry.set_number(world, "Entry No.", entry.row + 1);
    entry.set_number(world, "Entry Type", kind);
    entry.set_decimal(world, "Quantity", quantity);
}

/// A new record without any field.
pub(crate) fn new_record(world: &mut World, table_no: u32, now_ms: i64) -> Record {
    let table = world.schema.bc.table(table_no).unwrap_or(usize::MAX);
    let version = world.next_version();
    let row = world.tables.get_mut(table).map_or(0, |rows| rows.insert(None, now_ms, now_ms, version));
    Record { table, row }
}

/// Copies the fields that two tables share by name.
pub(crate) fn copy_fields(world: &mut World, from: Record, to: Record) {
    let schema = std::sync::Arc::clone(&world.schema);
    let fields = schema.bc.tables.get(to.table).map(|info| info.fields.as_slice()).unwrap_or_default();
    for field in fields {
        let cell = from.number(world, &field.name);
        to.set_number(world, &field.name, cell);
    }
}
