//! Small Business Central tables: company, setup records, codes, and the description of fields.

use std::sync::Arc;

use super::{COMPANY_NAME, Scale, columns, words};
use crate::schema::business_central::{BcField, BcTable};
use crate::world::World;

/// Fills everything that does not grow with the number of customers.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    world.local_currency = "CHF".to_owned();
    single_records(world, scale);
    codes(world, scale);
    salespeople(world, scale);
    currencies(world, scale);
    field_descriptions(world, scale);
}

fn table_of(world: &World, no: u32) -> (usize, Arc<crate::world::Schema>) {
    (world.bc(no), Arc::clone(&world.schema))
}

/// Adds a row whose text fields are given by name.
fn record(world: &mut World, scale: &Scale, no: u32, fields: &[(&str, &str)]) -> u32 {
    let (table, schema) = table_of(world, no);
    let moments = scale.moments(&mut scale.dice(u64::from(no), 0));
    let row = world.new_row(table, None, moments);
    if let Some(info) = schema.bc.tables.get(table) {
        for (name, text) in fields {
            if let Some(column) = info.column(name) {
                world.put_text(table, row, column, text);
            }
        }
    }
    row
}

fn single_records(world: &mut World, scale: &Scale) {
    record(world, scale, 2_000_000_006, &[("Name", COMPANY_NAME), ("Display Name", COMPANY_NAME)]);
    record(world, scale, 98, &[("LCY Code", "CHF"), ("Local Currency Symbol", "CHF")]);
    let relation_codes = [
        ("Bus. Rel. Code for Customers", "CUST"),
        ("Bus. Rel. Code for Vendors", "VEND"),
        ("Bus. Rel. Code for Bank Accs.", "BANK"),
    ];
    record(world, scale, 5079, &relation_codes);
    let information = [
        ("Name", COMPANY_NAME),
        ("Address", "5, Rue du Lac"),
        ("City", "Neuchâtel"),
        ("Post Code", "2000"),
        ("County", "NE"),
        ("Country/Region Code", "CH"),
        ("Phone No.", "+41 32 555 01 02"),
        ("E-Mail", "info@cronus-demo.example.ch"),
        ("Home Page", "https://www.cronus-demo.example.ch"),
        ("VAT Registration No.", "CHE-123.456.789"),
    ];
    record(world, scale, 79, &information);
}

fn codes(world: &mut World, scale: &Scale) {
    for (code, description, due, discount_date, discount) in words::PAYMENT_TERMS {
        let fields = [
            ("Code", code),
            ("Description", description),
            ("Due Date Calculation", due),
            ("Discount Date Calculation", discount_date),
            ("Discount %", discount),
        ];
        record(world, scale, 3, &fields);
    }
    for (code, description) in words::SHIPMENT_METHODS {
        record(world, scale, 10, &[("Code", code), ("Description", description)]);
    }
    for (code, name, address) in words::SHIPPING_AGENTS {
        record(world, scale, 291, &[("Code", code), ("Name", name), ("Internet Address", address)]);
    }
    for (code, description) in words::PAYMENT_METHODS {
        record(world, scale, 289, &[("Code", code), ("Description", description)]);
    }
    for (code, name, union) in words::COUNTRIES {
        let fields = [("Code", code), ("Name", name), ("ISO Code", code), ("EU Country/Region Code", union)];
        record(world, scale, 9, &fields);
    }
}

fn salespeople(world: &mut World, scale: &Scale) {
    for (number, (code, name, job, _)) in words::SALESPEOPLE.iter().enumerate() {
        let mail = format!("{}@cronus-demo.example.ch", super::party::slug(name).replace('-', "."));
        let phone = format!("+41 32 555 10 {number:02}");
        let commission = if number % 3 == 0 { "5" } else { "2.5" };
        let fields = [
            ("Code", *code),
            ("Name", *name),
            ("Job Title", *job),
            ("E-Mail", mail.as_str()),
            ("Phone No.", phone.as_str()),
            ("Commission %", commission),
        ];
        record(world, scale, 13, &fields);
    }
}

fn currencies(world: &mut World, scale: &Scale) {
    for (code, iso, name, symbol, rate) in words::CURRENCIES {
        let fields = [
            ("Code", code),
            ("ISO Code", iso),
            ("Description", name),
            ("Symbol", symbol),
            ("Amount Decimal Places", "2:2"),
            ("Invoice Rounding Precision", "0.01"),
        ];
        record(world, scale, 4, &fields);
        let fields = [
            ("Currency Code", code),
            ("Starting Date", "2026-01-01"),
            ("Exchange Rate Amount", "100"),
            ("Relational Exch. Rate Amount", rate),
        ];
        record(world, scale, 330, &fields);
    }
}

/// The virtual table Field: what the companion says about every field of every table it serves.
fn field_descriptions(world: &mut World, scale: &Scale) {
    let schema = Arc::clone(&world.schema);
    let base = schema.bc.tables.iter().take(schema.bc.n_base_tables);
    describe_tables(world, scale, base);
}

/// The same for the tables of the second data file.
pub(super) fn describe_later_tables(world: &mut World, scale: &Scale) {
    let schema = Arc::clone(&world.schema);
    let later = schema.bc.tables.iter().skip(schema.bc.n_base_tables);
    describe_tables(world, scale, later.filter(|table| !table.companion_set.is_empty()));
}

fn describe_tables<'a>(world: &mut World, scale: &Scale, tables: impl Iterator<Item = &'a BcTable>) {
    for table in tables.filter(|table| table.no != 2_000_000_041) {
        for field in table.fields.iter().filter(|field| !field.hidden) {
            describe(world, scale, table, field);
        }
        for (no, name, field_type, french) in [
            (2_000_000_000, "SystemId", "GUID", "SystemId"),
            (2_000_000_001, "SystemCreatedAt", "DateTime", "Créé le"),
            (2_000_000_002, "SystemCreatedBy", "GUID", "Créé par"),
            (2_000_000_003, "SystemModifiedAt", "DateTime", "Modifié le"),
            (2_000_000_004, "SystemModifiedBy", "GUID", "Modifié par"),
        ] {
            let texts = [
                ("Field Name", name),
                ("Field Caption", name),
                ("Type", field_type),
                ("Field Caption FR", french),
            ];
            let row = record(world, scale, 2_000_000_041, &texts);
            numbers(world, row, table, [no, 0, 0, 0]);
        }
    }
}

fn describe(world: &mut World, scale: &Scale, table: &BcTable, field: &BcField) {
    let caption = field.caption();
    let options = field.options.join(",");
    let french = if field.options_fr.is_empty() { options.clone() } else { field.options_fr.join(",") };
    let texts = [
        ("Field Name", field.name.as_str()),
        ("Field Caption", caption.english.as_str()),
        ("Field Caption FR", caption.french.as_str()),
        ("Type", field.field_type.as_str()),
        ("Option Members", options.as_str()),
        ("Option Captions", options.as_str()),
        ("Option Captions FR", french.as_str()),
    ];
    let row = record(world, scale, 2_000_000_041, &texts);
    let related = world.schema.bc.tables.iter().find(|it| Some(&it.name) == field.relation.as_ref());
    let related = related.map_or(0, |it| it.no);
    numbers(world, row, table, [field.no, field.len, related, u32::from(field.key)]);
}

fn numbers(world: &mut World, row: u32, table: &BcTable, [no, len, related, key]: [u32; 4]) {
    let (fields, schema) = table_of(world, 2_000_000_041);
    let Some(info) = schema.bc.tables.get(fields) else { return };
    let names = ["Table No.", "Table Name", "No.", "Len", "Relation Table No.", "Is Primary Key"];
    let name = world.texts.intern(&table.name);
    for (column, cell) in columns(info, names).into_iter().zip([table.no, name, no, len, related, key]) {
        world.put(fields, row, column, cell);
    }
}
