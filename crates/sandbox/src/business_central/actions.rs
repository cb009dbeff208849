//! Bound actions (A43 to A45): shipping and invoicing, posting, quotes into documents, restarting jobs.

use super::documents::{self, Blocked, check_blocked, copy_fields, customer, lines_of, new_record};
use super::errors::{Refusal, not_covered, refuse};
use super::read::Target;
use super::rules::{Record, broken, by_code, today};
use super::webhooks::ChangeKind;
use super::write;
use crate::store::format_millis;
use crate::wire::Response;
use crate::world::World;

/// `invoiceEntityAggregateStatus`.
const OPEN: u32 = 3;
const CANCELED: u32 = 5;

/// Runs a bound action on a record: 204, and nothing is stored when it fails.
pub(crate) fn run(world: &mut World, target: &Target<'_>, row: u32, name: &str) -> Result<Response, Refusal> {
    if !target.set.actions.iter().any(|action| action == name) {
        let message = format!("No HTTP resource was found that matches the action '{name}'.");
        return Err(refuse(404, "BadRequest_NotFound", &message));
    }
    let record = Record { table: target.set.table, row };
    let now_ms = target.call.now_ms;
    world.atomically(|world| match name {
        "shipAndInvoice" => ship_and_invoice(world, record, now_ms),
        "post" => post(world, record, now_ms),
        "postAndSend" => send(world, record, now_ms).and_then(|()| post(world, record, now_ms)),
        "send" => send(world, record, now_ms),
        "cancel" => cancel(world, record, now_ms),
        "cancelAndSend" => send(world, record, now_ms).and_then(|()| cancel(world, record, now_ms)),
        "makeOrder" => make_order(world, record, now_ms),
        "makeInvoice" => make_invoice(world, record, now_ms),
        "restart" => {
            record.make_ready(world, now_ms);
            Ok(())
        }
        _ => Err(not_covered("A44 (corrective credit memos)")),
    })?;
    let gone = !world.table(record.table).is_some_and(|rows| rows.is_alive(row));
    let kind = if gone { ChangeKind::Deleted } else { ChangeKind::Updated };
    write::note(world, record, kind, now_ms);
    Ok(Response::empty(204))
}

fn lines_or_refuse(world: &World, header: Record) -> Result<Vec<Record>, Refusal> {
    let lines = lines_of(world, header);
    if lines.is_empty() { Err(broken("There is nothing to post.")) } else { Ok(lines) }
}

fn remove(world: &mut World, record: Record) {
    if let Some(rows) = world.tables.get_mut(record.table) {
        rows.delete(record.row);
    }
}

/// A new document with the shared fields of another and a number of its own.
fn document(world: &mut World, from: Record, table_no: u32, now_ms: i64) -> Record {
    let new = new_record(world, table_no, now_ms);
    copy_fields(world, from, new);
    let number = write::next_number(world, new.table);
    new.set_text(world, "No.", &number);
    new
}

fn line(world: &mut World, from: Record, header: Record, table_no: u32, now_ms: i64) -> Record {
    let new = new_record(world, table_no, now_ms);
    copy_fields(world, from, new);
    let number = header.number(world, "No.");
    new.set_number(world, "Document No.", number);
    new
}

/// Ships and invoices all lines; the order is gone and the invoice names it (A45).
fn ship_and_invoice(world: &mut World, order: Record, now_ms: i64) -> Result<(), Refusal> {
    let lines = lines_or_refuse(world, order)?;
    if let Some(customer) = customer(world, order) {
        check_blocked(world, customer, &[Blocked::Ship, Blocked::Invoice, Blocked::All])?;
    }
    let shipment = document(world, order, 110, now_ms);
    let invoice = document(world, order, 112, now_ms);
    let (number, id) = (order.text(world, "No."), order.id(world).to_string());
    shipment.set_text(world, "Order No.", &number);
    invoice.set_text(world, "Order No.", &number);
    invoice.set_text(world, "Order Id", &id);
    invoice.set_text(world, "Shipment Date", &today(now_ms));
    for from in lines {
        line(world, from, shipment, 111, now_ms);
        let posted = line(world, from, invoice, 113, now_ms);
        posted.set_number(world, "Posted", 1);
        let quantity = from.decimal(world, "Quantity");
        if from.number(world, "Type") == 2
            && let Some(item) = by_code(world, 27, &from.text(world, "No."))
        {
            documents::post_item_entry(world, item, -quantity, 1, now_ms);
            let stock = item.decimal(world, "Inventory") - quantity;
            item.set_decimal(world, "Inventory", stock);
        }
        remove(world, from);
    }
    remove(world, order);
    finish(world, invoice, now_ms);
    Ok(())
}

/// A draft invoice becomes a posted one and keeps its id (A45).
fn post(world: &mut World, invoice: Record, now_ms: i64) -> Result<(), Refusal> {
    if invoice.number(world, "Posted") != 0 {
        return Err(broken("The sales invoice is already posted."));
    }
    let lines = lines_or_refuse(world, invoice)?;
    if let Some(customer) = customer(world, invoice) {
        check_blocked(world, customer, &[Blocked::Invoice, Blocked::All])?;
    }
    let number = write::next_number(world, invoice.table);
    invoice.set_text(world, "No.", &number);
    world.forget_codes(invoice.table);
    for line in lines {
        line.set_text(world, "Document No.", &number);
        line.set_number(world, "Posted", 1);
        line.touch(world, now_ms);
    }
    finish(world, invoice, now_ms);
    Ok(())
}

fn finish(world: &mut World, invoice: Record, now_ms: i64) {
    documents::total(world, invoice);
    invoice.set_number(world, "Posted", 1);
    invoice.set_number(world, "Entity Status", OPEN);
    invoice.touch(world, now_ms);
    write::note(world, invoice, ChangeKind::Created, now_ms);
}

fn cancel(world: &mut World, invoice: Record, now_ms: i64) -> Result<(), Refusal> {
    if invoice.number(world, "Posted") == 0 {
        return Err(broken("The sales invoice must be posted before it can be canceled."));
    }
    if invoice.number(world, "Entity Status") == CANCELED {
        return Err(broken("The sales invoice is already canceled."));
    }
    invoice.set_number(world, "Entity Status", CANCELED);
    invoice.set_decimal(world, "Remaining Amount", 0);
    invoice.touch(world, now_ms);
    Ok(())
}

/// Sending needs an e-mail address; a quote remembers when.
fn send(world: &mut World, document: Record, now_ms: i64) -> Result<(), Refusal> {
    let own = document.text(world, "Sell-to E-Mail");
    let address = if own.is_empty() {
        customer(world, document).map_or_else(String::new, |customer| customer.text(world, "E-Mail"))
    } else {
        own
    };
    if address.is_empty() {
        return Err(broken("The customer must have an email address in order to send the document."));
    }
    if document.table_no(world) == 36 {
        document.set_number(world, "Entity Status", 1);
        document.set_text(world, "Quote Sent to Customer", &format_millis(now_ms));
        document.touch(world, now_ms);
    }
    Ok(())
}

/// A quote becomes an order and is gone.
fn make_order(world: &mut World, quote: Record, now_ms: i64) -> Result<(), Refusal> {
    check_buyer(world, quote)?;
    let order = document(world, quote, 36, now_ms);
    order.set_number(world, "Document Type", 1);
    order.set_number(world, "Entity Status", 0);
    for from in lines_of(world, quote) {
        let new = line(world, from, order, 37, now_ms);
        new.set_number(world, "Document Type", 1);
        remove(world, from);
    }
    remove(world, quote);
    documents::total(world, order);
    write::note(world, order, ChangeKind::Created, now_ms);
    Ok(())
}

/// A quote becomes a draft invoice and is gone.
fn make_invoice(world: &mut World, quote: Record, now_ms: i64) -> Result<(), Refusal> {
    check_buyer(world, quote)?;
    let invoice = document(world, quote, 112, now_ms);
    invoice.set_number(world, "Entity Status", 1);
    for from in lines_of(world, quote) {
        line(world, from, invoice, 113, now_ms);
        remove(world, from);
    }
    remove(world, quote);
    documents::total(world, invoice);
    write::note(world, invoice, ChangeKind::Created, now_ms);
    Ok(())
}

fn check_buyer(world: &World, quote: Record) -> Result<(), Refusal> {
    match customer(world, quote) {
        Some(customer) => check_blocked(world, customer, &[Blocked::All]),
        None => Err(broken("A customerNumber or a customerId must be provided.")),
    }
}
