//! What Dataverse has of Sales: units, products, price lists, opportunities, and quotes, orders and invoices with
//! their lines. Products look like Business Central's items and resources; amounts follow the rules of documents.

use super::dataverse::{company, whole_seconds};
use super::sales::{item_no, price_of, resource_no};
use super::{Dice, Scale};
use crate::store::{NULL, ONE, Reference, format_decimal};
use crate::world::World;

/// Positions of a table's columns, found once for all rows.
struct Shape<const N: usize> {
    table: usize,
    columns: [usize; N],
}

impl<const N: usize> Shape<N> {
    fn of(world: &World, table: &str, names: [&str; N]) -> Self {
        let info = world.schema.dv.by_logical_name(table);
        let columns = names.map(|name| info.and_then(|it| it.info.column(name)).unwrap_or(usize::MAX));
        Self { table: world.dv(table), columns }
    }

    fn add(&self, world: &mut World, scale: &Scale, stream: u64, cells: [u32; N]) -> u32 {
        let number = world.table(self.table).map_or(0, crate::store::Table::end);
        let moments = whole_seconds(scale.moments(&mut scale.dice(stream, number)));
        let row = world.new_row(self.table, None, moments);
        for (column, cell) in self.columns.into_iter().zip(cells) {
            world.put(self.table, row, column, cell);
        }
        row
    }
}

/// A cell that points to a row of the first target of a lookup.
fn to(row: u32) -> u32 {
    Reference { target: 0, row }.to_cell()
}

fn money(world: &mut World, cents: i64) -> u32 {
    world.texts.intern(&format_decimal(i128::from(cents) * (ONE / 100)))
}

fn text(world: &mut World, text: &str) -> u32 {
    world.texts.intern(text)
}

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    let units = units(world, scale);
    let products = products(world, scale, units);
    let prices = price_lists(world, scale, &products, units);
    let accounts = Buyers::of(world);
    let opportunities = opportunities(world, scale, &accounts, prices);
    let documents = Documents { accounts: &accounts, products: &products, prices, units, opportunities };
    let quotes = documents.fill(world, scale, Kind::Quote, &[]);
    let orders = documents.fill(world, scale, Kind::Order, &quotes);
    documents.fill(world, scale, Kind::Invoice, &orders);
}

/// The units of items and of resources, each with its group: named as the integration expects them.
#[derive(Debug, Clone, Copy)]
struct Units {
    piece: (u32, u32),
    hour: (u32, u32),
}

fn units(world: &mut World, scale: &Scale) -> Units {
    let groups = Shape::of(world, "uomschedule", ["name", "baseuomname", "statecode", "statuscode"]);
    let units = Shape::of(world, "uom", ["name", "quantity", "isschedulebaseuom", "uomscheduleid"]);
    let made = ["PCS", "BOX", "PACK", "SET", "KG", "L", "HOUR", "DAY"].map(|code| {
        let (name, code) = (text(world, &format!("NAV {code}")), text(world, code));
        let group = groups.add(world, scale, 60, [name, code, 0, 1]);
        let one = text(world, "1");
        (units.add(world, scale, 61, [code, one, 1, to(group)]), group)
    });
    let [piece, .., hour, _] = made;
    Units { piece, hour }
}

/// A product that documents may have on their lines.
#[derive(Debug, Clone, Copy)]
struct Product {
    row: u32,
    /// In cents.
    price: i64,
    is_service: bool,
}

const PRODUCT: [&str; 15] = [
    "name",
    "productnumber",
    "description",
    "producttypecode",
    "productstructure",
    "statecode",
    "statuscode",
    "defaultuomid",
    "defaultuomscheduleid",
    "quantitydecimal",
    "quantityonhand",
    "price",
    "standardcost",
    "bcbi_companyid",
    "transactioncurrencyid",
];

/// Products: most items and resources, and some that Business Central does not know.
fn products(world: &mut World, scale: &Scale, units: Units) -> Vec<Product> {
    let shape = Shape::of(world, "product", PRODUCT);
    let mut list = Vec::new();
    let items = (0..scale.items()).filter(|item| item % 5 != 4).map(|item| (27, item));
    let resources = (0..scale.resources()).filter(|it| it % 4 != 3).map(|it| (156, it));
    let unknown = (0..scale.items() / 10 + 4).map(|it| (0, it));
    for (no, number) in items.chain(resources).chain(unknown) {
        let mut dice = scale.dice(62, number + no * 100_000);
        let is_service = no == 156 || (no == 0 && number % 3 == 1);
        let (name, code, price) = match no {
            27 => (bc_text(world, 27, number, "Description"), item_no(number), price_of(scale, number)),
            156 => (bc_text(world, 156, number, "Name"), resource_no(number), 12_000),
            _ => {
                let kind = dice.word(&["Campaign", "Warranty", "Workshop", "Catalog"]);
                (format!("{kind} {}", number + 1), format!("S-{:04}", number + 1), 4_900)
            }
        };
        // Active, but some retired and some that are not published yet.
        let (state, reason) = match number {
            _ if number % 11 == 10 => (1, 2),
            _ if no == 0 && number % 4 == 2 => (2, 0),
            _ => (0, 1),
        };
        let (unit, group) = if is_service { units.hour } else { units.piece };
        let stock = i64::from(dice.below(200)) * 100;
        let cells = [
            text(world, &name),
            text(world, &code),
            text(world, &format!("{name}, as offered in 2026")),
            if is_service { 3 } else { 1 + u32::from(no == 0 && number % 3 == 2) },
            1,
            state,
            reason,
            to(unit),
            to(group),
            2,
            money(world, if is_service { 0 } else { stock }),
            money(world, price),
            money(world, price * 6 / 10),
            company(number / 3),
            to(0),
        ];
        let row = shape.add(world, scale, 63, cells);
        if state == 0 {
            list.push(Product { row, price, is_service });
        }
    }
    list
}

fn bc_text(world: &World, no: u32, row: u32, field: &str) -> String {
    let table = world.bc(no);
    let column = world.schema.bc.tables.get(table).and_then(|it| it.column(field)).unwrap_or(usize::MAX);
    world.texts.get(world.cell(table, row, column)).to_owned()
}

/// Price lists with a line for each product; answers the one that documents use.
fn price_lists(world: &mut World, scale: &Scale, products: &[Product], units: Units) -> u32 {
    let lists = Shape::of(
        world,
        "pricelevel",
        ["name", "transactioncurrencyid", "statecode", "statuscode", "bcbi_companyid"],
    );
    let lines = Shape::of(
        world,
        "productpricelevel",
        [
            "pricelevelid",
            "productid",
            "uomid",
            "uomscheduleid",
            "amount",
            "percentage",
            "pricingmethodcode",
            "quantitysellingcode",
            "transactioncurrencyid",
        ],
    );
    // Currency rows: the base currency first, then the euro.
    let all = [
        ("Business Central Default Price List", 0, 0, 100),
        ("Prices 2026", 0, 0, 100),
        ("Prices 2026 EUR", 1, 0, 93),
        ("Prices 2024", 0, 1, 90),
    ];
    for (list_no, (name, currency, inactive, percent)) in (0_u32..).zip(all) {
        let name = text(world, name);
        let cells = [name, to(currency), inactive, 100_001 + inactive, company(list_no)];
        let list = lists.add(world, scale, 64, cells);
        for product in products {
            let (unit, group) = if product.is_service { units.hour } else { units.piece };
            let (amount, zero) = (money(world, product.price * percent / 100), text(world, "0"));
            let cells = [to(list), to(product.row), to(unit), to(group), amount, zero, 1, 3, to(currency)];
            lines.add(world, scale, 65, cells);
        }
    }
    world.table(lists.table).map_or(0, |rows| rows.end().saturating_sub(4))
}

/// Accounts that buy: active customers, with what documents take from them.
struct Buyers {
    table: usize,
    columns: [usize; 8],
    rows: Vec<u32>,
}

const OF_ACCOUNT: [&str; 8] = [
    "name",
    "address1_line1",
    "address1_city",
    "address1_postalcode",
    "address1_country",
    "ownerid",
    "bcbi_companyid",
    "paymenttermscode",
];

impl Buyers {
    fn of(world: &World) -> Self {
        let it = Shape::of(world, "account", OF_ACCOUNT);
        let [kind, state] = Shape::of(world, "account", ["customertypecode", "statecode"]).columns;
        let end = world.table(it.table).map_or(0, crate::store::Table::end);
        let buys =
            |row: &u32| world.cell(it.table, *row, kind) == 3 && world.cell(it.table, *row, state) == 0;
        // More than enough for all documents.
        let rows = (0..end).filter(buys).take(50_000).collect();
        Self { table: it.table, columns: it.columns, rows }
    }

    /// An account, with its cells in the order of [`OF_ACCOUNT`].
    fn pick(&self, world: &World, dice: &mut Dice) -> (u32, [u32; 8]) {
        let row = dice.pick(&self.rows).copied().unwrap_or_default();
        (row, self.columns.map(|column| world.cell(self.table, row, column)))
    }
}

/// Opportunities; answers how many.
fn opportunities(world: &mut World, scale: &Scale, accounts: &Buyers, prices: u32) -> u32 {
    let shape = Shape::of(
        world,
        "opportunity",
        [
            "name",
            "customerid",
            "parentaccountid",
            "ownerid",
            "bcbi_companyid",
            "estimatedvalue",
            "closeprobability",
            "pricelevelid",
            "transactioncurrencyid",
            "statecode",
            "statuscode",
        ],
    );
    let count = (scale.customers / 25).clamp(6, 10_000);
    for number in 0..count {
        let mut dice = scale.dice(66, number);
        let (account, [_, _, _, _, _, owner, company, _]) = accounts.pick(world, &mut dice);
        let topic = dice.word(&["Furniture", "Offices", "Service", "Renewal"]);
        let name = text(world, &format!("{topic} {}", number + 1));
        let value = money(world, i64::from(dice.below(90_000)) * 100);
        let states = [(0, 1), (0, 1), (0, 2), (1, 3), (2, 4)];
        let (state, reason) = dice.pick(&states).copied().unwrap_or((0, 1));
        let cells = [
            name,
            to(account),
            to(account),
            owner,
            company,
            value,
            10 + dice.below(80),
            to(prices),
            to(0),
            state,
            reason,
        ];
        shape.add(world, scale, 67, cells);
    }
    count
}

/// What kind of document is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Quote,
    Order,
    Invoice,
}

impl Kind {
    fn tables(self) -> (&'static str, &'static str) {
        match self {
            Self::Quote => ("quote", "quotedetail"),
            Self::Order => ("salesorder", "salesorderdetail"),
            Self::Invoice => ("invoice", "invoicedetail"),
        }
    }

    /// Names of the number, and of the lookup to the document before it.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Quote => ("quotenumber", "opportunityid"),
            Self::Order => ("ordernumber", "quoteid"),
            Self::Invoice => ("invoicenumber", "salesorderid"),
        }
    }

    /// States with their reasons, in turn.
    fn states(self) -> &'static [(u32, u32)] {
        match self {
            // Draft, active twice, won, lost.
            Self::Quote => &[(0, 1), (1, 2), (1, 2), (2, 4), (3, 5)],
            // New, pending, submitted three times, invoiced, canceled.
            Self::Order => &[(0, 1), (0, 2), (1, 3), (1, 3), (1, 3), (4, 100_003), (2, 4)],
            // Billed, paid, partly paid, canceled.
            Self::Invoice => &[(0, 4), (0, 4), (2, 100_001), (2, 100_002), (3, 100_003)],
        }
    }

    fn count(self, scale: &Scale) -> u32 {
        match self {
            Self::Quote => (scale.customers / 60).clamp(5, 5_000),
            Self::Order => (scale.customers / 40).clamp(7, 10_000),
            Self::Invoice => (scale.customers / 40).clamp(5, 10_000),
        }
    }
}

/// What documents are made from.
struct Documents<'a> {
    accounts: &'a Buyers,
    products: &'a [Product],
    prices: u32,
    units: Units,
    opportunities: u32,
}

/// Columns of the header of each kind; number and origin come before them.
const HEADER: [&str; 20] = [
    "name",
    "customerid",
    "billto_name",
    "billto_line1",
    "billto_city",
    "billto_postalcode",
    "billto_country",
    "shipto_name",
    "shipto_line1",
    "shipto_city",
    "shipto_postalcode",
    "shipto_country",
    "ownerid",
    "bcbi_companyid",
    "paymenttermscode",
    "pricelevelid",
    "transactioncurrencyid",
    "statecode",
    "statuscode",
    "discountpercentage",
];

/// Amounts of the header of each kind, in the order of [`Sums::header`].
const AMOUNTS: [&str; 7] = [
    "totallineitemamount",
    "totallineitemdiscountamount",
    "totaltax",
    "totaldiscountamount",
    "totalamountlessfreight",
    "freightamount",
    "totalamount",
];

const LINE: [&str; 11] = [
    "productid",
    "uomid",
    "productdescription",
    "quantity",
    "priceperunit",
    "baseamount",
    "manualdiscountamount",
    "tax",
    "extendedamount",
    "isproductoverridden",
    "lineitemnumber",
];

/// Sums over lines, in cents.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    base: i64,
    discount: i64,
    tax: i64,
}

impl Sums {
    /// The amounts of a document without a discount of its own, as Sales computes them.
    fn header(self, freight: i64) -> [i64; 7] {
        let lines = self.base - self.discount;
        [lines, self.discount, self.tax, self.discount, lines, freight, lines + freight + self.tax]
    }
}

impl Documents<'_> {
    /// Makes the documents of a kind; answers the rows in the state from which the next kind is made.
    fn fill(&self, world: &mut World, scale: &Scale, kind: Kind, origins: &[u32]) -> Vec<u32> {
        let (table, line_table) = kind.tables();
        let (number_name, origin_name) = kind.columns();
        let own = Shape::of(world, table, [number_name, origin_name]);
        let header = Shape::of(world, table, HEADER);
        let amounts = Shape::of(world, table, AMOUNTS);
        let lines = Shape::of(world, line_table, LINE);
        let [parent] = Shape::of(world, line_table, [&format!("{table}id")]).columns;
        let mut ended = Vec::new();
        for number in 0..kind.count(scale) {
            let mut dice = scale.dice(68 + kind as u64, number);
            let at = usize::try_from(number).unwrap_or_default() % kind.states().len();
            let state = kind.states().get(at).copied().unwrap_or((0, 1));
            let cells = self.header(world, &mut dice, (kind, number), state);
            let row = header.add(world, scale, 72 + kind as u64, cells);
            let origin = match kind {
                Kind::Quote if number % 2 == 0 => to(number % self.opportunities.max(1)),
                Kind::Quote => 0,
                _ => usize::try_from(number).ok().and_then(|at| origins.get(at)).map_or(0, |row| to(*row)),
            };
            let code = text(world, &format!("{}-{:05}", prefix(kind), number + 1_000));
            for (column, cell) in own.columns.into_iter().zip([code, origin]) {
                world.put(own.table, row, column, cell);
            }
            let sums = self.lines(world, scale, &mut dice, (&lines, parent, row));
            let freight = if number % 3 == 0 { 2_500 } else { 0 };
            for (column, amount) in amounts.columns.into_iter().zip(sums.header(freight)) {
                let cell = money(world, amount);
                world.put(amounts.table, row, column, cell);
            }
            if matches!((kind, state.0), (Kind::Quote, 2) | (Kind::Order, 4)) {
                ended.push(row);
            }
        }
        ended
    }

    fn header(
        &self,
        world: &mut World,
        dice: &mut Dice,
        (kind, number): (Kind, u32),
        (state, reason): (u32, u32),
    ) -> [u32; 20] {
        let (account, cells) = self.accounts.pick(world, dice);
        let [name, street, city, post_code, country, owner, company, terms] = cells;
        let title = text(world, &format!("{} {}", word(kind), number + 1));
        let zero = text(world, "0");
        [
            title,
            to(account),
            name,
            street,
            city,
            post_code,
            country,
            name,
            street,
            city,
            post_code,
            country,
            owner,
            company,
            if terms == 0 { NULL } else { terms },
            to(self.prices),
            to(0),
            state,
            reason,
            zero,
        ]
    }

    /// One to three lines; every ninth is a write-in.
    fn lines(
        &self,
        world: &mut World,
        scale: &Scale,
        dice: &mut Dice,
        (shape, parent, document): (&Shape<11>, usize, u32),
    ) -> Sums {
        let mut sums = Sums::default();
        for line in 1..=1 + dice.below(3) {
            let product = dice.pick(self.products).copied();
            let product = product.filter(|_| dice.below(9) != 0);
            let price = product.map_or(7_500, |product| product.price);
            let quantity = i64::from(1 + dice.below(9));
            let base = price * quantity;
            let discount = if dice.below(4) == 0 { base / 20 } else { 0 };
            let tax = ((base - discount) * 81 + 500) / 1_000;
            let unit = product.map(|it| if it.is_service { self.units.hour.0 } else { self.units.piece.0 });
            let write_in = if product.is_none() { text(world, "Assembly on site") } else { 0 };
            let cells = [
                product.map_or(0, |product| to(product.row)),
                unit.map_or(0, to),
                write_in,
                money(world, quantity * 100),
                money(world, price),
                money(world, base),
                money(world, discount),
                money(world, tax),
                money(world, base - discount + tax),
                u32::from(product.is_none()),
                line,
            ];
            let row = shape.add(world, scale, 76, cells);
            world.put(shape.table, row, parent, to(document));
            sums = Sums { base: sums.base + base, discount: sums.discount + discount, tax: sums.tax + tax };
        }
        sums
    }
}

fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Quote => "QUO",
        Kind::Order => "ORD",
        Kind::Invoice => "INV",
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Quote => "Offer",
        Kind::Order => "Order",
        Kind::Invoice => "Invoice",
    }
}
