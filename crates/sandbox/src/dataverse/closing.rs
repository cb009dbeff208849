//! The messages of Sales that close a document or make the next one from it (B45). Their parameters are those of
//! Microsoft's Web API reference; the closing activity itself is no table of the sandbox, so it is read and not kept.

use std::sync::Arc;

use serde::Deserialize;

use super::body::{Body, Changes, NewCell, Operation, change, malformed};
use super::read::row_response;
use super::write::{Given, apply_changes, create, store};
use super::{Refusal, Target, address, refuse, unknown_row};
use crate::odata::filter::Collection;
use crate::odata::query::Query;
use crate::schema::dataverse::DvTable;
use crate::schema::{Kind, Source};
use crate::store::{Guid, Reference, format_millis};
use crate::wire::Response;
use crate::world::World;

/// A message that ends the life of a document.
struct Closing {
    message: &'static str,
    /// The parameter with the closing activity, and its lookup to the document.
    activity: (&'static str, &'static str),
    table: &'static str,
    /// States that the document may be in.
    from: &'static [i32],
    /// The state it comes to.
    to: i32,
}

const CLOSINGS: [Closing; 6] = [
    Closing { message: "WinQuote", activity: ("QuoteClose", "quoteid"), table: "quote", from: &[1], to: 2 },
    Closing { message: "CloseQuote", activity: ("QuoteClose", "quoteid"), table: "quote", from: &[1], to: 3 },
    Closing {
        message: "WinOpportunity",
        activity: ("OpportunityClose", "opportunityid"),
        table: "opportunity",
        from: &[0],
        to: 1,
    },
    Closing {
        message: "LoseOpportunity",
        activity: ("OpportunityClose", "opportunityid"),
        table: "opportunity",
        from: &[0],
        to: 2,
    },
    Closing {
        message: "FulfillSalesOrder",
        activity: ("OrderClose", "salesorderid"),
        table: "salesorder",
        from: &[0, 1],
        to: 3,
    },
    Closing {
        message: "CancelSalesOrder",
        activity: ("OrderClose", "salesorderid"),
        table: "salesorder",
        from: &[0, 1],
        to: 2,
    },
];

/// A message that makes a document from another one.
struct Making {
    message: &'static str,
    /// The parameter with the id of the document to take from.
    parameter: &'static str,
    from: &'static str,
    to: &'static str,
    /// The lookup of the new document to the old one.
    lookup: &'static str,
    /// Tables of lines, with their lookups to the document; none where the old one has no lines here.
    lines: Option<[(&'static str, &'static str); 2]>,
}

const MAKINGS: [Making; 5] = [
    Making {
        message: "ConvertQuoteToSalesOrder",
        parameter: "QuoteId",
        from: "quote",
        to: "salesorder",
        lookup: "quoteid",
        lines: Some([("quotedetail", "quoteid"), ("salesorderdetail", "salesorderid")]),
    },
    Making {
        message: "ConvertSalesOrderToInvoice",
        parameter: "SalesOrderId",
        from: "salesorder",
        to: "invoice",
        lookup: "salesorderid",
        lines: Some([("salesorderdetail", "salesorderid"), ("invoicedetail", "invoiceid")]),
    },
    Making {
        message: "GenerateQuoteFromOpportunity",
        parameter: "OpportunityId",
        from: "opportunity",
        to: "quote",
        lookup: "opportunityid",
        lines: None,
    },
    Making {
        message: "GenerateSalesOrderFromOpportunity",
        parameter: "OpportunityId",
        from: "opportunity",
        to: "salesorder",
        lookup: "opportunityid",
        lines: None,
    },
    Making {
        message: "GenerateInvoiceFromOpportunity",
        parameter: "OpportunityId",
        from: "opportunity",
        to: "invoice",
        lookup: "opportunityid",
        lines: None,
    },
];

/// The logical name of the table that a message is about; none when the name is none of theirs.
pub(super) fn table_of(message: &str) -> Option<&'static str> {
    let closing = CLOSINGS.iter().find(|it| it.message == message).map(|it| it.table);
    let making = || MAKINGS.iter().find(|it| it.message == message).map(|it| it.from);
    closing.or_else(making)
}

/// POST on a message; the target is of [`table_of`].
pub(super) fn answer(world: &mut World, target: &Target<'_>, message: &str) -> Result<Response, Refusal> {
    let body: Body =
        serde_json::from_slice(target.request.body).map_err(|error| malformed(&error.to_string()))?;
    if let Some(closing) = CLOSINGS.iter().find(|it| it.message == message) {
        return close(world, target, closing, &body);
    }
    let making = MAKINGS.iter().find(|it| it.message == message);
    let making = making.ok_or_else(|| super::unknown_segment(message))?;
    make(world, target, making, &body)
}

fn parameter<T: serde::de::DeserializeOwned>(body: &Body, name: &str) -> Result<T, Refusal> {
    let raw = body.get(name).ok_or_else(|| malformed(&format!("The parameter '{name}' is missing.")))?;
    serde_json::from_str(raw.get()).map_err(|error| malformed(&error.to_string()))
}

fn close(
    world: &mut World,
    target: &Target<'_>,
    closing: &Closing,
    body: &Body,
) -> Result<Response, Refusal> {
    let (parameter_name, lookup) = closing.activity;
    let activity: Body = parameter(body, parameter_name)?;
    let bound: String = parameter(&activity, &format!("{lookup}@odata.bind"))?;
    let (table, row) = address::row_at(world, target, &bound)?;
    if table.info.logical_name != closing.table {
        return Err(malformed(&format!("'{bound}' is not of the table '{}'.", closing.table)));
    }
    let status: i32 = parameter(body, "Status")?;
    let mut changes = ended(target, closing.to, status)?;
    check_open(world, target, row, (closing.message, closing.from))?;
    for (name, column) in [("actualrevenue", "actualvalue"), ("actualend", "actualclosedate")] {
        let property = target.table.set.find(column).map(|(_, property)| property);
        if let (Some(raw), Some(property)) = (activity.get(name), property) {
            change(property, raw.get(), Operation::Update, &mut changes)?;
        }
    }
    if closing.message == "FulfillSalesOrder"
        && let Some(column) = target.table.info.column("datefulfilled")
    {
        changes.put(column, NewCell::Text(format_millis(target.call.now_ms.div_euclid(1_000) * 1_000)));
    }
    apply_changes(world, target, row, &mut changes)?;
    Ok(Response::empty(204).header("OData-Version", "4.0"))
}

/// State and reason of a closed document; -1 means the first reason of the state.
fn ended(target: &Target<'_>, state: i32, status: i32) -> Result<Changes, Refusal> {
    let info = &target.table.info;
    let mut changes = Changes::default();
    let number = |value: i32| NewCell::Number(value.cast_unsigned());
    if let (Some(states), Some(reasons)) = (info.column("statecode"), info.column("statuscode")) {
        changes.put(states, number(state));
        if status != -1 {
            changes.put(reasons, number(status));
        }
        return Ok(changes);
    }
    Err(malformed(&format!("The table '{}' has no states.", info.logical_name)))
}

fn check_open(
    world: &World,
    target: &Target<'_>,
    row: u32,
    (message, from): (&str, &[i32]),
) -> Result<(), Refusal> {
    let column = target.table.info.column("statecode").unwrap_or(usize::MAX);
    let state = world.table(target.table.set.table).map(|table| table.cell(row, column).cast_signed());
    if state.is_some_and(|state| from.contains(&state)) {
        return Ok(());
    }
    let name = &target.table.info.logical_name;
    let message = format!("{message}: the {name} is not in a state from which it can be closed.");
    Err(refuse(400, "0x80048408", &message))
}

/// Which columns of the new record are asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct ColumnSet {
    all_columns: bool,
    columns: Vec<String>,
}

fn make(world: &mut World, target: &Target<'_>, making: &Making, body: &Body) -> Result<Response, Refusal> {
    let id: String = parameter(body, making.parameter)?;
    let id = Guid::parse(&id).ok_or_else(|| malformed(&format!("'{id}' is not an id.")))?;
    let columns: ColumnSet = parameter(body, "ColumnSet")?;
    let row = world.table(target.table.set.table).and_then(|table| table.find(id));
    let row = row.ok_or_else(|| unknown_row(making.from, id))?;
    if making.from == "quote" {
        let status: i32 =
            if body.contains_key("QuoteCloseStatus") { parameter(body, "QuoteCloseStatus")? } else { -1 };
        check_open(world, target, row, (making.message, &[1, 2]))?;
        let mut changes = ended(target, 2, status)?;
        apply_changes(world, target, row, &mut changes)?;
    }
    let schema = Arc::clone(&world.schema);
    let unknown = || malformed(&format!("There is no table '{}'.", making.to));
    let table = schema.dv.by_logical_name(making.to).ok_or_else(unknown)?;
    let new = Target { table, ..*target };
    let mut cells = alike(world, target.table, row, table);
    cells.push((
        table.info.column(making.lookup).unwrap_or(usize::MAX),
        NewCell::Number(Reference { target: 0, row }.to_cell()),
    ));
    let made = create(world, &new, &Body::new(), Given { id: None, cells })?;
    copy_lines(world, &new, making, (row, made))?;
    let mut query = Query::default();
    if !columns.all_columns {
        let chosen = columns.columns.iter().map(|name| {
            let property = table.set.properties.iter().find(|it| it.column_name == *name);
            property.map_or_else(|| name.clone(), |it| it.name.clone())
        });
        query.select = Some(chosen.collect());
    }
    row_response(world, &new, made, &query, 200)
}

/// The lines of the old document as lines of the new one. What a plug-in blanks on new lines is written again.
fn copy_lines(
    world: &mut World,
    new: &Target<'_>,
    making: &Making,
    (from, to): (u32, u32),
) -> Result<(), Refusal> {
    let schema = Arc::clone(&world.schema);
    let Some([(old_lines, old_lookup), (new_lines, new_lookup)]) = making.lines else { return Ok(()) };
    let tables = schema.dv.by_logical_name(old_lines).zip(schema.dv.by_logical_name(new_lines));
    let Some((old_table, table)) = tables else { return Ok(()) };
    let relationship =
        schema.dv.relationships.iter().find(|it| it.referencing == old_lines && it.attribute == old_lookup);
    let rows = relationship.map(|it| Collection::Referencing(it).rows_of(world, from));
    let mut rows: Vec<u32> = rows.into_iter().flatten().collect();
    rows.sort_unstable();
    let lookup = table.info.column(new_lookup).unwrap_or(usize::MAX);
    for row in rows {
        let mut cells = alike(world, old_table, row, table);
        let again = Changes { cells: cells.clone(), ..Changes::default() };
        cells.push((lookup, NewCell::Number(Reference { target: 0, row: to }.to_cell())));
        let there = Target { table, ..*new };
        let line = create(world, &there, &Body::new(), Given { id: None, cells })?;
        if new_lines == "invoicedetail" {
            store(world, &there, line, &again);
        }
    }
    Ok(())
}

/// What two tables have in common: writable columns of the same name, but for state and number.
fn alike(world: &World, from: &DvTable, row: u32, to: &DvTable) -> Vec<(usize, NewCell)> {
    let rows = world.table(from.set.table);
    let own = ["statecode", "statuscode", "importsequencenumber", "overriddencreatedon"];
    let shared =
        to.set.properties.iter().filter(|it| !it.read_only && !own.contains(&it.column_name.as_str()));
    shared
        .filter_map(|property| {
            let other = from.set.properties.iter().find(|it| it.column_name == property.column_name)?;
            let column = match (&property.source, &other.source) {
                (Source::Column(_), Source::Column(column)) => *column,
                (Source::Reference { only: None, .. }, Source::Reference { column, only: None })
                    if property.targets == other.targets =>
                {
                    *column
                }
                _ => return None,
            };
            let cell = rows?.cell(row, column);
            if property.kind != other.kind || cell == property.kind.null_cell() {
                return None;
            }
            let is_text = !matches!(property.kind, Kind::Boolean | Kind::Int | Kind::Choice | Kind::Lookup);
            let cell =
                if is_text { NewCell::Text(world.texts.get(cell).to_owned()) } else { NewCell::Number(cell) };
            Some((to.info.column(&property.column_name)?, cell))
        })
        .collect()
}
