//! What the default setup of Sales reads besides documents: units, items, resources, prices, opportunities.

use super::Scale;
use crate::store::{ONE, format_decimal};
use crate::world::World;

/// How a field of a new row is given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    /// A number, an option or a yes/no.
    Number(u32),
    /// A decimal in cents.
    Cents(i64),
    /// The number of a text that is stored already.
    Stored(u32),
}

/// Adds a row whose fields are given by name; answers its number.
pub(super) fn add(world: &mut World, scale: &Scale, no: u32, fields: &[(&str, Cell<'_>)]) -> u32 {
    let table = world.bc(no);
    let schema = std::sync::Arc::clone(&world.schema);
    let next = world.table(table).map_or(0, crate::store::Table::end);
    let moments = scale.moments(&mut scale.dice(u64::from(no), next));
    let row = world.new_row(table, None, moments);
    let Some(info) = schema.bc.tables.get(table) else { return row };
    for (name, cell) in fields {
        let Some(column) = info.column(name) else { continue };
        let cell = match cell {
            Cell::Text(text) => world.texts.intern(text),
            Cell::Number(number) | Cell::Stored(number) => *number,
            Cell::Cents(cents) => {
                let text = format_decimal(i128::from(*cents) * (ONE / 100));
                world.texts.intern(&text)
            }
        };
        world.put(table, row, column, cell);
    }
    row
}

const UNITS: [(&str, &str, &str); 8] = [
    ("PCS", "Piece", "EA"),
    ("BOX", "Box", "BX"),
    ("PACK", "Pack", "PK"),
    ("SET", "Set", "SET"),
    ("KG", "Kilogram", "KGM"),
    ("L", "Liter", "LTR"),
    ("HOUR", "Hour", "HUR"),
    ("DAY", "Day", "DAY"),
];

const CATEGORIES: [(&str, &str); 5] = [
    ("CHAIR", "Office chairs"),
    ("DESK", "Office desks"),
    ("LAMP", "Lamps"),
    ("PAPER", "Paper"),
    ("MISC", "Miscellaneous"),
];

const ADJECTIVES: [&str; 8] = ["Alpine", "Lake", "Summit", "Valley", "Nordic", "Urban", "Classic", "Compact"];

const SKILLS: [&str; 5] = ["Consultant", "Fitter", "Trainer", "Designer", "Driver"];

impl Scale {
    /// Number of items.
    pub(super) fn items(&self) -> u32 {
        (self.customers / 20).clamp(12, 2_000)
    }

    /// Number of resources.
    pub(super) fn resources(&self) -> u32 {
        (self.customers / 100).clamp(4, 200)
    }
}

/// Areas of tax, which no customer of the demo data has.
pub(super) fn tax_areas(world: &mut World, scale: &Scale) {
    for (code, description) in
        [("CH", "Switzerland"), ("EU", "European Union"), ("EXPORT", "Other countries")]
    {
        let fields = [
            ("Code", Cell::Text(code)),
            ("Description", Cell::Text(description)),
            ("Tax Type", Cell::Number(1)),
        ];
        add(world, scale, 318, &fields);
    }
}

/// Number of an item.
pub(super) fn item_no(item: u32) -> String {
    format!("10{:05}", item + 1)
}

/// Number of a resource.
pub(super) fn resource_no(resource: u32) -> String {
    format!("R{:04}", resource + 1)
}

/// Price of an item in cents.
pub(super) fn price_of(scale: &Scale, item: u32) -> i64 {
    i64::from(scale.dice(20, item).below(90_000) + 500)
}

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    codes(world, scale);
    for item in 0..scale.items() {
        add_item(world, scale, item);
    }
    for resource in 0..scale.resources() {
        add_resource(world, scale, resource);
    }
    prices(world, scale);
    for opportunity in 0..(scale.customers / 20).clamp(6, 20_000) {
        add_opportunity(world, scale, opportunity);
    }
}

fn codes(world: &mut World, scale: &Scale) {
    use Cell::Text;
    for (code, description, standard) in UNITS {
        let fields = [
            ("Code", Text(code)),
            ("Description", Text(description)),
            ("International Standard Code", Text(standard)),
        ];
        add(world, scale, 204, &fields);
    }
    for (code, description) in CATEGORIES {
        add(world, scale, 5722, &[("Code", Text(code)), ("Description", Text(description))]);
    }
    for (code, description) in [("NORMAL", "Normal rate"), ("REDUCED", "Reduced rate")] {
        let fields =
            [("Code", Text(code)), ("Description", Text(description)), ("Tax Type", Cell::Number(1))];
        add(world, scale, 321, &fields);
    }
    for (code, name, city) in [("EAST", "East warehouse", "Zürich"), ("WEST", "West warehouse", "Genève")] {
        let fields = [
            ("Code", Text(code)),
            ("Name", Text(name)),
            ("City", Text(city)),
            ("Country/Region Code", Text("CH")),
        ];
        add(world, scale, 14, &fields);
    }
}

fn add_item(world: &mut World, scale: &Scale, item: u32) {
    use Cell::{Cents, Number, Text};
    let mut dice = scale.dice(21, item);
    let number = item_no(item);
    let (category, noun) = dice.pick(&CATEGORIES).copied().unwrap_or_default();
    let description = format!("{} {} {}", dice.word(&ADJECTIVES), noun.to_lowercase(), item + 1);
    let price = price_of(scale, item);
    let stock = i64::from(dice.below(300)) * 100;
    let vendor = format!("V{:06}", dice.below(scale.vendors()) + 1);
    let fields = [
        ("No.", Text(&number)),
        ("Description", Text(&description)),
        // Every seventh is a service, every eleventh is blocked.
        ("Type", Number(u32::from(item % 7 == 6))),
        ("Item Category Code", Text(category)),
        ("Base Unit of Measure", Text("PCS")),
        ("Unit Price", Cents(price)),
        ("Unit Cost", Cents(price * 6 / 10)),
        ("Blocked", Number(u32::from(item % 11 == 10))),
        ("Tax Group Code", Text(if category == "PAPER" { "REDUCED" } else { "NORMAL" })),
        ("Gross Weight", Cents(i64::from(dice.below(5_000)))),
        ("Unit Volume", Cents(i64::from(dice.below(90)))),
        ("Vendor No.", Text(if item.is_multiple_of(4) { "" } else { &vendor })),
        ("Inventory", Cents(stock)),
    ];
    let row = add(world, scale, 27, &fields);
    units_of(world, scale, &number, (27, row), 0);
    add(world, scale, 5404, &item_unit(&number, "PCS", 1));
    if item.is_multiple_of(3) {
        add(world, scale, 5404, &item_unit(&number, "BOX", 12));
    }
    if item.is_multiple_of(10) {
        for (code, description) in [("RED", "Red"), ("BLUE", "Blue")] {
            let fields =
                [("Code", Text(code)), ("Item No.", Text(&number)), ("Description", Text(description))];
            add(world, scale, 5401, &fields);
        }
    }
    if stock > 0 {
        let entry = world.table(world.bc(32)).map_or(0, crate::store::Table::end) + 1;
        let fields = [
            ("Entry No.", Number(entry)),
            ("Item No.", Text(&number)),
            ("Posting Date", Text("2026-01-01")),
            ("Entry Type", Number(2)),
            ("Description", Text(&description)),
            ("Quantity", Cents(stock)),
        ];
        add(world, scale, 32, &fields);
    }
}

fn item_unit<'a>(number: &'a str, code: &'a str, quantity: i64) -> [(&'static str, Cell<'a>); 3] {
    [
        ("Item No.", Cell::Text(number)),
        ("Code", Cell::Text(code)),
        ("Qty. per Unit of Measure", Cell::Cents(quantity * 100)),
    ]
}

/// The unit group of an item (0) or a resource (1).
fn units_of(world: &mut World, scale: &Scale, number: &str, source: (u32, u32), source_type: u32) {
    let table = world.bc(source.0);
    let id = world.table(table).and_then(|rows| rows.id(source.1)).map(|id| id.to_string());
    let fields = [
        ("Source Type", Cell::Number(source_type)),
        ("Source Id", Cell::Text(id.as_deref().unwrap_or_default())),
        ("Source No.", Cell::Text(number)),
    ];
    add(world, scale, 5400, &fields);
}

fn add_resource(world: &mut World, scale: &Scale, resource: u32) {
    use Cell::{Cents, Number, Text};
    let mut dice = scale.dice(22, resource);
    let number = resource_no(resource);
    let name = format!("{} {}", dice.word(&SKILLS), resource + 1);
    let fields = [
        ("No.", Text(&number)),
        ("Name", Text(&name)),
        ("Base Unit of Measure", Text("HOUR")),
        ("Unit Price", Cents(i64::from(dice.below(20_000) + 5_000))),
        ("Unit Cost", Cents(i64::from(dice.below(5_000) + 3_000))),
        ("Blocked", Number(u32::from(resource % 9 == 8))),
        ("Capacity", Cents(i64::from(dice.below(2_000)) * 100)),
    ];
    let row = add(world, scale, 156, &fields);
    units_of(world, scale, &number, (156, row), 1);
    for (code, quantity) in [("HOUR", 1), ("DAY", 8)] {
        let fields = [
            ("Resource No.", Text(&number)),
            ("Code", Text(code)),
            ("Qty. per Unit of Measure", Cents(quantity * 100)),
        ];
        add(world, scale, 205, &fields);
    }
}

const PRICE: u32 = 17;
const DISCOUNT: u32 = 20;

fn prices(world: &mut World, scale: &Scale) {
    use Cell::{Cents, Number, Text};
    for (code, description) in [("RETAIL", "Retail"), ("WHOLESALE", "Wholesale"), ("EXPORT", "Export")] {
        add(world, scale, 6, &[("Code", Text(code)), ("Description", Text(description))]);
    }
    // The last two are excluded by the default filters.
    let lists = [
        ("PL0001", "Prices 2026", "", 1, PRICE),
        ("PL0002", "Prices 2026 EUR", "EUR", 1, PRICE),
        ("PL0003", "Purchase prices", "", 2, PRICE),
        ("PL0004", "Discounts", "", 1, DISCOUNT),
    ];
    for (code, description, currency, price_type, amount_type) in lists {
        let fields = [
            ("Code", Text(code)),
            ("Description", Text(description)),
            ("Currency Code", Text(currency)),
            ("Price Type", Number(price_type)),
            ("Amount Type", Number(amount_type)),
            ("Starting Date", Text("2026-01-01")),
            ("Status", Number(1)),
            ("Allow Updating Defaults", Number(u32::from(code == "PL0001"))),
        ];
        add(world, scale, 7000, &fields);
        let items = (0..scale.items()).map(|item| (10, item_no(item), price_of(scale, item), "PCS"));
        let resources = (0..scale.resources()).map(|it| (30, resource_no(it), 12_000, "HOUR"));
        for (line, (asset, number, price, unit)) in (1_u32..).zip(items.chain(resources)) {
            let fields = [
                ("Price List Code", Text(code)),
                ("Line No.", Number(line * 10_000)),
                ("Asset Type", Number(asset)),
                ("Asset No.", Text(&number)),
                ("Currency Code", Text(currency)),
                ("Minimum Quantity", Cents(if line % 5 == 0 { 1_000 } else { 0 })),
                ("Unit of Measure Code", Text(unit)),
                ("Amount Type", Number(amount_type)),
                ("Unit Price", Cents(price)),
                ("Price Type", Number(price_type)),
            ];
            add(world, scale, 7001, &fields);
        }
    }
    for item in 0..scale.items() {
        let group = item % 2 == 0;
        let number = item_no(item);
        let fields = [
            ("Item No.", Text(&number)),
            ("Sales Code", Text(if group { "RETAIL" } else { "C000001" })),
            ("Sales Type", Number(u32::from(group))),
            ("Unit Price", Cents(price_of(scale, item) * 9 / 10)),
            ("Unit of Measure Code", Text("PCS")),
        ];
        add(world, scale, 7002, &fields);
    }
}

fn add_opportunity(world: &mut World, scale: &Scale, opportunity: u32) {
    use Cell::{Cents, Number, Stored, Text};
    let mut dice = scale.dice(23, opportunity);
    let contacts = world.bc(5050);
    let (info, rows) = (world.schema.bc.tables.get(contacts), world.table(contacts));
    let (Some(info), Some(rows)) = (info, rows) else { return };
    let contact = dice.below(rows.end());
    let of = |field: &str| info.column(field).map_or(0, |column| rows.cell(contact, column));
    let (no, name, company) = (of("No."), of("Name"), of("Company No."));
    let (company_name, salesperson) = (of("Company Name"), of("Salesperson Code"));
    let number = format!("OP{:06}", opportunity + 1);
    let description = format!("{} for {}", dice.word(&["Furniture", "Offices", "Service"]), opportunity + 1);
    let value = i64::from(dice.below(90_000)) * 100;
    // Not started, in progress, won, lost.
    let status = [0, 1, 1, 0, 2, 3].get(usize::try_from(opportunity % 6).unwrap_or_default()).copied();
    let status = status.unwrap_or_default();
    let fields = [
        ("No.", Text(&number)),
        ("Description", Text(&description)),
        ("Contact No.", Stored(no)),
        ("Contact Name", Stored(name)),
        ("Contact Company No.", Stored(company)),
        ("Contact Company Name", Stored(company_name)),
        ("Salesperson Code", Stored(salesperson)),
        ("Status", Number(status)),
        ("Closed", Number(u32::from(status > 1))),
        ("Creation Date", Text("2026-01-15")),
        ("Date Closed", Text(if status > 1 { "2026-02-15" } else { "" })),
        ("Estimated Closing Date", Text("2026-05-31")),
        ("Estimated Value (LCY)", Cents(value)),
        ("Calcd. Current Value (LCY)", Cents(value / 2)),
        ("Probability %", Cents(5_000)),
    ];
    add(world, scale, 5092, &fields);
}
