//! What Sales itself decides about its tables, and no schema says: `sandbox-business-logic.md` of the reference,
//! section 2. Each rule is named by the table it belongs to.

use std::sync::Arc;

use super::aggregate::decimal_text;
use super::body::{Changes, NewCell};
use super::write::{Given, bury, create, store};
use super::{Refusal, Target, body, refuse};
use crate::odata::filter::{Collection, scaled};
use crate::odata::json;
use crate::schema::dataverse::{DvTable, OnDelete};
use crate::store::{Reference, multiply, to_cents};
use crate::world::World;

/// B55: a plug-in refuses.
const PLUG_IN: &str = "0x80040265";

fn is(target: &Target<'_>, table: &str) -> bool {
    target.table.info.logical_name == table
}

fn column(target: &Target<'_>, name: &str) -> usize {
    target.table.info.column(name).unwrap_or(usize::MAX)
}

/// The number in a column of a row.
fn number(world: &World, table: &DvTable, row: u32, name: &str) -> Option<u32> {
    Some(world.table(table.set.table)?.cell(row, table.info.column(name)?))
}

/// The decimal in a column of a row; zero where there is none.
fn amount(world: &World, table: &DvTable, row: u32, name: &str) -> i128 {
    let text = number(world, table, row, name).map_or("", |cell| world.texts.get(cell));
    scaled(text).unwrap_or_default()
}

/// Before a row is made; may change what comes into it.
pub(super) fn before_create(
    world: &World,
    target: &Target<'_>,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    match target.table.info.logical_name.as_str() {
        // Whatever state is sent, an inserted product starts as Active.
        "product" => {
            let state = [column(target, "statecode"), column(target, "statuscode")];
            changes.cells.retain(|(at, _)| !state.contains(at));
            never_negative(target, changes);
        }
        "productpricelevel" => check_price_line(world, target, changes)?,
        // They must be sent again afterwards.
        "invoicedetail" => {
            for name in ["baseamount", "extendedamount"] {
                changes.put(column(target, name), NewCell::Text(String::new()));
            }
        }
        "salesorder" => give_number(world, target, changes, "ordernumber", "ORD"),
        "quote" => give_number(world, target, changes, "quotenumber", "QUO"),
        "invoice" => give_number(world, target, changes, "invoicenumber", "INV"),
        _ => {}
    }
    Ok(())
}

/// Documents without a number get the next one.
fn give_number(world: &World, target: &Target<'_>, changes: &mut Changes, name: &str, prefix: &str) {
    let column = column(target, name);
    if changes.get(column).is_none() {
        let next = world.table(target.table.set.table).map_or(0, |table| table.end()) + 1_000;
        changes.put(column, NewCell::Text(format!("{prefix}-{next:05}")));
    }
}

/// Price list, product and unit are unique together.
fn check_price_line(world: &World, target: &Target<'_>, changes: &Changes) -> Result<(), Refusal> {
    let wanted = ["pricelevelid", "productid", "uomid"].map(|name| column(target, name));
    let values = wanted.map(|column| changes.number(column).unwrap_or_default());
    let Some(rows) = world.table(target.table.set.table) else { return Ok(()) };
    let same = |row: u32| wanted.iter().zip(&values).all(|(column, cell)| rows.cell(row, *column) == *cell);
    if rows.rows_from(0).any(same) {
        let message = "This product and unit combination has a price for this price list.";
        return Err(refuse(400, PLUG_IN, message));
    }
    Ok(())
}

/// The quantity on hand of a product is never negative.
fn never_negative(target: &Target<'_>, changes: &mut Changes) {
    let column = column(target, "quantityonhand");
    if let Some(NewCell::Text(text)) = changes.get(column)
        && text.starts_with('-')
    {
        changes.put(column, NewCell::Text("0".to_owned()));
    }
}

/// Before a row is changed.
pub(super) fn before_update(
    world: &World,
    target: &Target<'_>,
    row: u32,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let state = column(target, "statecode");
    let before = number(world, target.table, row, "statecode");
    let after = changes.number(state).or(before);
    match target.table.info.logical_name.as_str() {
        "product" => never_negative(target, changes),
        // An order that is Submitted and stays so, unless orders go both ways.
        "salesorder" if (before, after) == (Some(1), Some(1)) && !orders_go_both_ways(world) => {
            return Err(refuse(400, PLUG_IN, "The order is not editable."));
        }
        // An invoice that is Paid and stays so.
        "invoice" if (before, after) == (Some(2), Some(2)) => {
            return Err(refuse(400, PLUG_IN, "The invoice is read-only because it is paid."));
        }
        "invoice" if (before, after) == (Some(3), Some(2)) => {
            return Err(refuse(400, PLUG_IN, "A canceled invoice cannot be paid."));
        }
        _ => {}
    }
    Ok(())
}

fn orders_go_both_ways(world: &World) -> bool {
    let organization = world.schema.dv.by_logical_name("organization");
    organization.and_then(|table| number(world, table, 0, "issopintegrationenabled")) == Some(1)
}

/// After a row was made.
pub(super) fn after_create(world: &mut World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    if !is(target, "uomschedule") {
        return Ok(());
    }
    // A unit group comes with its base unit.
    let name = number(world, target.table, row, "baseuomname").map_or("", |cell| world.texts.get(cell));
    let name = if name.is_empty() { "Primary Unit" } else { name };
    let body = format!("{{\"name\":{},\"quantity\":1}}", json::quoted(name));
    let body = serde_json::from_str(&body).map_err(|error| body::malformed(&error.to_string()))?;
    let schema = Arc::clone(&world.schema);
    let Some(table) = schema.dv.by_logical_name("uom") else { return Ok(()) };
    let there = Target { table, ..*target };
    let group = NewCell::Number(Reference { target: 0, row }.to_cell());
    let cells = vec![
        (column(&there, "uomscheduleid"), group),
        (column(&there, "isschedulebaseuom"), NewCell::Number(1)),
    ];
    create(world, &there, &body, Given { id: None, cells }).map(|_| ())
}

/// After a row was made or changed.
pub(super) fn after_change(world: &mut World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    if is(target, "salesorderdetail") {
        let base = amount(world, target.table, row, "priceperunit")
            - amount(world, target.table, row, "volumediscountamount");
        let base = multiply(base, amount(world, target.table, row, "quantity"));
        let tax = amount(world, target.table, row, "tax");
        let extended = base - amount(world, target.table, row, "manualdiscountamount") + tax;
        put(world, target, row, &[("baseamount", base), ("extendedamount", extended)]);
        return order_of(world, target, row).map_or(Ok(()), |order| order_totals(world, target, order));
    }
    if is(target, "salesorder") { order_totals(world, target, row) } else { Ok(()) }
}

fn order_of(world: &World, target: &Target<'_>, line: u32) -> Option<u32> {
    let cell = number(world, target.table, line, "salesorderid")?;
    Reference::from_cell(cell).map(|reference| reference.row)
}

fn put(world: &mut World, target: &Target<'_>, row: u32, amounts: &[(&str, i128)]) {
    let cells =
        amounts.iter().map(|(name, value)| (column(target, name), NewCell::Text(decimal_text(*value))));
    let changes = Changes { cells: cells.collect(), ..Changes::default() };
    store(world, target, row, &changes);
}

/// The totals of an order, computed on every change of it or of a line.
fn order_totals(world: &mut World, target: &Target<'_>, order: u32) -> Result<(), Refusal> {
    let schema = Arc::clone(&world.schema);
    let tables = schema.dv.by_logical_name("salesorder").zip(schema.dv.by_logical_name("salesorderdetail"));
    let Some((header, line)) = tables else { return Ok(()) };
    let lines = rows_pointing_at(world, line, "salesorderid", (0, order));
    let sum = |name: &str| -> i128 { lines.iter().map(|row| amount(world, line, *row, name)).sum() };
    let of_header = |name: &str| amount(world, header, order, name);
    let (line_discount, tax) = (sum("manualdiscountamount"), sum("tax"));
    let lines_total = sum("baseamount") - line_discount;
    let part = multiply(lines_total, of_header("discountpercentage")) / 100;
    let discount = of_header("discountamount") + to_cents(part);
    let less_freight = lines_total - discount;
    let total = less_freight + of_header("freightamount") + tax;
    let header = Target { table: header, ..*target };
    put(
        world,
        &header,
        order,
        &[
            ("totallineitemdiscountamount", line_discount),
            ("totallineitemamount", lines_total),
            ("totaltax", tax),
            ("totaldiscountamount", discount + line_discount),
            ("totalamountlessfreight", less_freight),
            ("totalamount", total),
        ],
    );
    Ok(())
}

/// B42: what is in use cannot be deleted.
pub(super) fn before_delete(world: &World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    for relationship in &world.schema.dv.relationships {
        let restricts = relationship.on_delete == OnDelete::Restrict
            && relationship.referenced == target.table.info.logical_name;
        if restricts && !Collection::Referencing(relationship).rows_of(world, row).is_empty() {
            let message = format!(
                "The object you tried to delete is associated with another object and cannot be deleted \
                 ({}).",
                relationship.name
            );
            return Err(refuse(405, "0x80040227", &message));
        }
    }
    Ok(())
}

/// Deletes what belongs to a deleted row.
pub(super) fn after_delete(world: &mut World, target: &Target<'_>, row: u32) -> Result<(), Refusal> {
    let schema = Arc::clone(&world.schema);
    let name = &target.table.info.logical_name;
    for relationship in &schema.dv.relationships {
        if relationship.on_delete != OnDelete::Cascade || relationship.referenced != *name {
            continue;
        }
        let Some(table) = schema.dv.by_logical_name(&relationship.referencing) else { continue };
        let there = Target { table, ..*target };
        for child in rows_pointing_at(world, table, &relationship.attribute, (relationship.target, row)) {
            bury(world, &there, child);
            after_delete(world, &there, child)?;
        }
    }
    if is(target, "salesorderdetail")
        && let Some(order) = order_of(world, target, row)
        && world
            .table(schema.dv.by_logical_name("salesorder").map_or(usize::MAX, |it| it.set.table))
            .is_some_and(|it| it.is_alive(order))
    {
        order_totals(world, target, order)?;
    }
    Ok(())
}

/// Rows whose lookup holds a reference, though what it points to is gone.
fn rows_pointing_at(world: &World, table: &DvTable, attribute: &str, (target, row): (u32, u32)) -> Vec<u32> {
    let cell = Reference { target, row }.to_cell();
    let column = table.info.column(attribute).unwrap_or(usize::MAX);
    let rows = world.table(table.set.table);
    rows.map_or_else(Vec::new, |rows| rows.rows_from(0).filter(|it| rows.cell(*it, column) == cell).collect())
}
