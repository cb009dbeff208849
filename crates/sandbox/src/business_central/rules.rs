//! Rules of single tables: contacts, items, jobs; renaming and deleting with what refers to a record. Sales
//! documents have their own file.

use std::sync::Arc;

use super::documents;
use super::errors::{Refusal, refuse};
use crate::store::{Guid, format_date, format_millis, parse_decimal};
use crate::world::World;

/// A record whose fields are read and written by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Position of the table.
    pub(crate) table: usize,
    pub(crate) row: u32,
}

impl Record {
    /// Column of a field; one that no table has for an unknown field.
    pub(crate) fn column_of(self, world: &World, field: &str) -> usize {
        let info = world.schema.bc.tables.get(self.table);
        info.and_then(|info| info.column(field)).unwrap_or(usize::MAX)
    }

    /// The cell of a field; 0 for one that the table does not have.
    pub(crate) fn number(self, world: &World, field: &str) -> u32 {
        world.table(self.table).map_or(0, |rows| rows.cell(self.row, self.column_of(world, field)))
    }

    /// The text of a field.
    pub(crate) fn text(self, world: &World, field: &str) -> String {
        world.texts.get(self.number(world, field)).to_owned()
    }

    /// The value of a decimal field.
    pub(crate) fn decimal(self, world: &World, field: &str) -> i128 {
        parse_decimal(world.texts.get(self.number(world, field))).unwrap_or_default()
    }

    /// Stores a number, an option or a yes/no.
    pub(crate) fn set_number(self, world: &mut World, field: &str, cell: u32) {
        let column = self.column_of(world, field);
        if let Some(rows) = world.tables.get_mut(self.table) {
            rows.set(self.row, column, cell);
        }
    }

    /// Stores a text.
    pub(crate) fn set_text(self, world: &mut World, field: &str, text: &str) {
        let cell = world.texts.intern(text);
        self.set_number(world, field, cell);
    }

    /// Stores the text of a field that is blank.
    pub(crate) fn fill(self, world: &mut World, field: &str, text: &str) {
        if self.number(world, field) == 0 {
            self.set_text(world, field, text);
        }
    }

    /// Stores a decimal number.
    pub(crate) fn set_decimal(self, world: &mut World, field: &str, value: i128) {
        self.set_text(world, field, &crate::store::format_decimal(value));
    }

    /// Marks the record as changed.
    pub(crate) fn touch(self, world: &mut World, now_ms: i64) {
        let version = world.next_version();
        if let Some(rows) = world.tables.get_mut(self.table) {
            rows.touch(self.row, now_ms, version);
        }
    }

    /// The record's id.
    pub(crate) fn id(self, world: &World) -> Guid {
        world.table(self.table).and_then(|rows| rows.id(self.row)).unwrap_or(Guid::ZERO)
    }

    /// Number of the record's table.
    pub(crate) fn table_no(self, world: &World) -> u32 {
        world.schema.bc.tables.get(self.table).map_or(0, |info| info.no)
    }

    /// A job becomes ready and starts at once.
    pub(crate) fn make_ready(self, world: &mut World, now_ms: i64) {
        self.set_number(world, "Status", 0);
        self.set_text(world, "Error Message", "");
        self.set_number(world, "No. of Attempts to Run", 0);
        self.set_text(world, "Earliest Start Date/Time", &format_millis(now_ms));
        self.touch(world, now_ms);
    }
}

/// A business rule says no (A41, A53).
pub(crate) fn broken(message: &str) -> Refusal {
    refuse(400, "Application_DialogException", message)
}

/// The record of a table by its code.
pub(crate) fn by_code(world: &World, table_no: u32, code: &str) -> Option<Record> {
    let table = world.schema.bc.table(table_no)?;
    world.row_of_code(table, 0, code).map(|row| Record { table, row })
}

/// Today by the sandbox's clock.
pub(crate) fn today(now_ms: i64) -> String {
    format_date(now_ms.div_euclid(86_400_000))
}

/// What follows from a record that was stored; `changed` are the columns that the request wrote.
pub(crate) fn after_store(
    world: &mut World,
    record: Record,
    changed: &[usize],
    now_ms: i64,
    operation: Operation,
) -> Result<(), Refusal> {
    if world
        .schema
        .bc
        .tables
        .get(record.table)
        .is_some_and(|info| info.column("Last Date Modified").is_some())
    {
        record.set_text(world, "Last Date Modified", &today(now_ms));
    }
    let wrote = |world: &World, field: &str| changed.contains(&record.column_of(world, field));
    match record.table_no(world) {
        5050 => contact(world, record, changed),
        18 if wrote(world, "Name") && operation == Operation::Update => {
            rename_company_contact(world, record, now_ms)
        }
        27 if wrote(world, "Inventory") => adjust_inventory(world, record, now_ms),
        5092 => return opportunity(world, record, changed, operation, now_ms),
        36 | 112 => return documents::after_header(world, record, changed, now_ms, operation),
        37 | 113 => return documents::after_line(world, record, changed, now_ms, operation),
        _ => {}
    }
    Ok(())
}

/// Whether a record is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Insert,
    Update,
}

/// A person's name and its parts follow each other; a company contact is its own company.
fn contact(world: &mut World, contact: Record, changed: &[usize]) {
    let wrote = |world: &World, field: &str| changed.contains(&contact.column_of(world, field));
    if contact.number(world, "Type") == 0 {
        let number = contact.number(world, "No.");
        contact.set_number(world, "Company No.", number);
        return;
    }
    let parts = ["First Name", "Middle Name", "Surname"];
    if parts.iter().any(|part| wrote(world, part)) {
        let names = parts.map(|part| contact.text(world, part));
        let whole = names.iter().filter(|it| !it.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        contact.set_text(world, "Name", &whole);
    } else if wrote(world, "Name") {
        let name = contact.text(world, "Name");
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let last = words.pop().unwrap_or_default();
        let first = if words.is_empty() { "" } else { words.remove(0) };
        for (part, text) in parts.into_iter().zip([first, &words.join(" "), last]) {
            contact.set_text(world, part, text);
        }
    }
    if wrote(world, "Company No.") {
        let company = by_code(world, 5050, &contact.text(world, "Company No."));
        let name = company.map_or(0, |company| company.number(world, "Name"));
        contact.set_number(world, "Company Name", name);
    }
}

/// Renaming a customer also renames its company contact (sandbox rules, section 4).
fn rename_company_contact(world: &mut World, customer: Record, now_ms: i64) {
    let number = customer.text(world, "No.");
    let Some(relations) = world.schema.bc.table(5054) else { return };
    let Some(rows) = world.table(relations) else { return };
    let relation = rows.rows_from(0).map(|row| Record { table: relations, row }).find(|relation| {
        relation.number(world, "Link to Table") == 1 && relation.text(world, "No.") == number
    });
    let company = relation.and_then(|relation| by_code(world, 5050, &relation.text(world, "Contact No.")));
    if let Some(company) = company {
        let name = customer.number(world, "Name");
        company.set_number(world, "Name", name);
        company.touch(world, now_ms);
    }
}

/// A new inventory is posted as an adjustment of today.
fn adjust_inventory(world: &mut World, item: Record, now_ms: i64) {
    let number = item.text(world, "No.");
    let entries = documents::item_entries(world, &number);
    let difference = item.decimal(world, "Inventory") - entries;
    if difference != 0 {
        let kind = if difference > 0 { 2 } else { 3 };
        documents::post_item_entry(world, item, difference, kind, now_ms);
    }
}

fn opportunity(
    world: &mut World,
    opportunity: Record,
    changed: &[usize],
    operation: Operation,
    now_ms: i64,
) -> Result<(), Refusal> {
    let wrote = |world: &World, field: &str| changed.contains(&opportunity.column_of(world, field));
    let fixed = wrote(world, "Salesperson Code") || wrote(world, "Contact No.");
    if operation == Operation::Update && opportunity.number(world, "Status") >= 2 && fixed {
        return Err(broken("The opportunity is closed: salesperson and contact cannot be changed."));
    }
    if let Some(person) = by_code(world, 13, &opportunity.text(world, "Salesperson Code"))
        && person.number(world, "Blocked") != 0
    {
        return Err(broken("The salesperson is blocked."));
    }
    if operation == Operation::Insert {
        opportunity.fill(world, "Creation Date", &today(now_ms));
    }
    if let Some(contact) = by_code(world, 5050, &opportunity.text(world, "Contact No.")) {
        for (field, of) in [
            ("Contact Name", "Name"),
            ("Contact Company Name", "Company Name"),
            ("Contact Company No.", "Company No."),
        ] {
            let cell = contact.number(world, of);
            opportunity.set_number(world, field, cell);
        }
    }
    Ok(())
}

/// A renamed record takes everything along that refers to it by its code.
pub(crate) fn rename(world: &mut World, record: Record, old: &str) {
    let schema = Arc::clone(&world.schema);
    let Some(renamed) = schema.bc.tables.get(record.table) else { return };
    let new = world.table(record.table).map_or(0, |rows| rows.cell(record.row, 0));
    world.forget_codes(record.table);
    for (table, info) in schema.bc.tables.iter().enumerate() {
        for (column, _) in
            info.fields.iter().enumerate().filter(|(_, field)| field.relation.as_ref() == Some(&renamed.name))
        {
            let rows: Vec<u32> = world.table(table).map_or_else(Vec::new, |rows| {
                rows.rows_from(0).filter(|row| world.texts.get(rows.cell(*row, column)) == old).collect()
            });
            if let Some(target) = world.tables.get_mut(table) {
                rows.iter().for_each(|row| target.set(*row, column, new));
            }
            world.forget_codes(table);
        }
    }
}

/// Tables whose records forbid that what they refer to is deleted: table, by table, field.
const KEEPERS: [(u32, u32, &str, &str); 4] = [
    (18, 36, "Sell-to Customer No.", "an outstanding sales document"),
    (18, 112, "Sell-to Customer No.", "a sales invoice"),
    (27, 37, "No.", "an outstanding sales line"),
    (3, 36, "Payment Terms Code", "an outstanding sales document"),
];

/// Whether a record may be deleted, and what is deleted with it.
pub(crate) fn before_delete(world: &mut World, record: Record) -> Result<(), Refusal> {
    let schema = Arc::clone(&world.schema);
    let Some(info) = schema.bc.tables.get(record.table) else { return Ok(()) };
    let code = info.fields.first().map_or_else(String::new, |field| record.text(world, &field.name));
    for (_, by, field, what) in KEEPERS.iter().filter(|(of, ..)| *of == info.no) {
        let Some(table) = schema.bc.table(*by) else { continue };
        let Some(rows) = world.table(table) else { continue };
        let refers = |row: u32| Record { table, row }.text(world, field) == code;
        if rows.rows_from(0).any(refers) {
            let message = format!("You cannot delete {} {code} because there is {what} for it.", info.name);
            return Err(broken(&message));
        }
    }
    if matches!(info.no, 36 | 112) {
        documents::delete_lines(world, record);
    }
    Ok(())
}
