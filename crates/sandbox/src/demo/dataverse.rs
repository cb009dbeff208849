//! Dataverse rows: organization, users, teams, companies, accounts and contacts that look like the partners.

use std::sync::Arc;

use super::business_central::{Partners, customer_of_vendor};
use super::dataverse_contacts::Contacts;
use super::party;
use super::words::{self, SalesUser};
use super::{COMPANY_NAME, Dice, Scale, columns};
use crate::store::{NULL, Reference, TextId};
use crate::world::World;

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale, partners: &Partners) {
    let mut writer =
        Writer { world, scale, team: 0, other_team: 0, users: Vec::new(), currencies: Vec::new() };
    writer.organization();
    writer.users();
    writer.companies();
    writer.currencies();
    writer.accounts();
    writer.contacts(partners);
    writer.sales();
}

pub(super) struct Writer<'a> {
    pub(super) world: &'a mut World,
    pub(super) scale: &'a Scale,
    pub(super) team: u32,
    other_team: u32,
    /// User row per salesperson code.
    users: Vec<(TextId, u32)>,
    /// Currency row per ISO code.
    currencies: Vec<(TextId, u32)>,
}

/// A cell by column name, for tables of few rows.
enum Cell<'a> {
    Text(&'a str),
    Number(u32),
    /// Position of the target in the lookup's list, and the row.
    Row(u32, u32),
}

impl Writer<'_> {
    fn record(&mut self, table: &str, row_number: u32, cells: &[(&str, Cell<'_>)]) -> u32 {
        let schema = Arc::clone(&self.world.schema);
        let Some(info) = schema.dv.by_logical_name(table) else { return 0 };
        let position = info.set.table;
        let moments = whole_seconds(self.scale.moments(&mut self.scale.dice(21, row_number)));
        let row = self.world.new_row(position, None, moments);
        for (name, cell) in cells {
            let Some(column) = info.info.column(name) else { continue };
            match cell {
                Cell::Text(text) => self.world.put_text(position, row, column, text),
                Cell::Number(number) => self.world.put(position, row, column, *number),
                Cell::Row(target, row_there) => {
                    let cell = Reference { target: *target, row: *row_there }.to_cell();
                    self.world.put(position, row, column, cell);
                }
            }
        }
        row
    }

    fn organization(&mut self) {
        let organization = self.record(
            "organization",
            1,
            &[
                ("name", Cell::Text("CRONUS Demo")),
                ("languagecode", Cell::Number(1033)),
                ("basecurrencysymbol", Cell::Text("CHF")),
                ("basecurrencyprecision", Cell::Number(2)),
                ("currencysymbol", Cell::Text("CHF")),
                ("currencydecimalprecision", Cell::Number(2)),
                ("basecurrencyid", Cell::Row(0, 0)),
                ("expirechangetrackingindays", Cell::Number(7)),
                ("isauditenabled", Cell::Number(1)),
            ],
        );
        let root = self.record(
            "businessunit",
            2,
            &[
                ("name", Cell::Text("cronusdemo")),
                ("isdisabled", Cell::Number(0)),
                ("organizationid", Cell::Row(0, organization)),
            ],
        );
        let unit = self.record(
            "businessunit",
            3,
            &[
                ("name", Cell::Text("CRONUS Demo SA (bcc00001)")),
                ("isdisabled", Cell::Number(0)),
                ("parentbusinessunitid", Cell::Row(0, root)),
                ("organizationid", Cell::Row(0, organization)),
            ],
        );
        let mut team = |number: u32, name: &str, unit: u32, default: u32| {
            self.record(
                "team",
                number,
                &[
                    ("name", Cell::Text(name)),
                    ("businessunitid", Cell::Row(0, unit)),
                    ("teamtype", Cell::Number(0)),
                    ("isdefault", Cell::Number(default)),
                ],
            )
        };
        team(4, "cronusdemo", root, 1);
        let own = team(5, "BCI - CRONUS Demo SA (bcc00001)", unit, 0);
        let other = team(6, "BCI - CRONUS Ancienne SA (bcc00002)", root, 0);
        (self.team, self.other_team) = (own, other);
        self.solutions();
    }

    /// What every organization with Sales has from its first day.
    fn sales(&mut self) {
        let role = self.record(
            "role",
            51,
            &[("name", Cell::Text("System Administrator")), ("businessunitid", Cell::Row(0, 0))],
        );
        self.record("role", 52, &[("name", Cell::Text("Salesperson")), ("businessunitid", Cell::Row(0, 0))]);
        let id = |world: &World, table: &str, row: u32| {
            world
                .table(world.dv(table))
                .and_then(|it| it.id(row))
                .map_or_else(String::new, |id| id.to_string())
        };
        // The user SYSTEM: the one who integrates must not be an administrator (S7.6).
        let (user, role) = (id(self.world, "systemuser", 1), id(self.world, "role", role));
        self.record(
            "systemuserroles",
            53,
            &[("systemuserid", Cell::Text(&user)), ("roleid", Cell::Text(&role))],
        );
        let group = self.record(
            "uomschedule",
            54,
            &[
                ("name", Cell::Text("Default Unit")),
                ("baseuomname", Cell::Text("Primary Unit")),
                ("statecode", Cell::Number(0)),
                ("statuscode", Cell::Number(1)),
            ],
        );
        self.record(
            "uom",
            55,
            &[
                ("name", Cell::Text("Primary Unit")),
                ("quantity", Cell::Text("1")),
                ("isschedulebaseuom", Cell::Number(1)),
                ("uomscheduleid", Cell::Row(0, group)),
            ],
        );
    }

    fn solutions(&mut self) {
        for (number, name, title, version) in [
            (7, "bcbi_CdsBaseIntegration", "Business Central Base Integration", "1.2.1.0"),
            (8, "Default", "Default Solution", "1.0"),
        ] {
            self.record(
                "solution",
                number,
                &[
                    ("uniquename", Cell::Text(name)),
                    ("friendlyname", Cell::Text(title)),
                    ("version", Cell::Text(version)),
                    ("ismanaged", Cell::Number(u32::from(number == 7))),
                    ("isvisible", Cell::Number(1)),
                ],
            );
        }
    }

    fn user(&mut self, number: u32, name: &str, title: &str, flags: [u32; 4]) -> u32 {
        let [disabled, licensed, integration, access] = flags;
        let (first, last) = name.rsplit_once(' ').unwrap_or(("", name));
        let mail = format!("{}@cronus-demo.example.ch", party::slug(name).replace('-', "."));
        self.record(
            "systemuser",
            100 + number,
            &[
                ("fullname", Cell::Text(name)),
                ("firstname", Cell::Text(first)),
                ("lastname", Cell::Text(last)),
                ("internalemailaddress", Cell::Text(&mail)),
                ("domainname", Cell::Text(&mail)),
                ("jobtitle", Cell::Text(title)),
                ("mobilephone", Cell::Text(&format!("+41 79 555 20 {number:02}"))),
                ("isdisabled", Cell::Number(disabled)),
                ("islicensed", Cell::Number(licensed)),
                ("isintegrationuser", Cell::Number(integration)),
                ("accessmode", Cell::Number(access)),
                ("businessunitid", Cell::Row(0, 0)),
            ],
        )
    }

    fn users(&mut self) {
        // The caller: an application user, so excluded by the default filter as an integration user.
        self.world.caller = self.user(0, "# CoupletIntegration", "", [0, 0, 1, 4]);
        self.user(1, "SYSTEM", "", [1, 0, 0, 3]);
        self.user(2, "INTEGRATION", "", [0, 1, 1, 4]);
        let mut number = 3;
        for (code, name, title, kind) in words::SALESPEOPLE {
            let flags = match kind {
                SalesUser::Normal => [0, 1, 0, 0],
                SalesUser::Disabled => [1, 1, 0, 0],
                SalesUser::Unlicensed => [0, 0, 0, 0],
                SalesUser::None => continue,
            };
            let row = self.user(number, name, title, flags);
            let code = self.world.texts.intern(code);
            self.users.push((code, row));
            number += 1;
        }
        let mut dice = self.scale.dice(22, 0);
        while number < 30 {
            let person = party::person(&mut dice);
            let flags = match number % 6 {
                0 => [1, 1, 0, 0],
                3 => [0, 0, 0, 0],
                _ => [0, 1, 0, 0],
            };
            self.user(number, &person.full_name(), dice.word(&words::JOBS), flags);
            number += 1;
        }
    }

    /// The row of the Business Central company, and one of a company that is not here.
    fn companies(&mut self) {
        let company = self.world.bc(2_000_000_006);
        let id = self
            .world
            .table(company)
            .and_then(|table| table.id(0))
            .map(|id| id.to_string())
            .unwrap_or_default();
        let (own, other) = (self.team, self.other_team);
        for (number, name, id, team) in [
            (31, COMPANY_NAME, id.as_str(), own),
            (32, "CRONUS Ancienne SA", "0bcc0002-5a5a-4c11-8a00-00000000c002", other),
        ] {
            self.record(
                "bcbi_company",
                number,
                &[
                    ("bcbi_name", Cell::Text(name)),
                    ("bcbi_externalid", Cell::Text(id)),
                    ("bcbi_defaultowningteam", Cell::Row(0, team)),
                    ("ownerid", Cell::Row(1, team)),
                    ("owningbusinessunit", Cell::Row(0, 0)),
                    ("statecode", Cell::Number(0)),
                    ("statuscode", Cell::Number(1)),
                ],
            );
        }
    }

    /// The base currency and some of Business Central's, one of them inactive, and one it does not have.
    fn currencies(&mut self) {
        let list = [
            ("CHF", "Swiss Franc", "CHF", "1"),
            ("EUR", "Euro", "€", "1.0707"),
            ("USD", "US Dollar", "$", "1.2523"),
            ("GBP", "Pound Sterling", "£", "0.932"),
            ("SEK", "Swedish Krona", "kr", "11.8343"),
            ("JPY", "Yen", "¥", "188.2530"),
            ("PLN", "Złoty", "zł", "4.5662"),
            ("BRL", "Real brasileiro", "R$", "6.8871"),
        ];
        for (number, (iso, name, symbol, rate)) in (41_u32..).zip(list) {
            let inactive = u32::from(iso == "PLN");
            let row = self.record(
                "transactioncurrency",
                number,
                &[
                    ("isocurrencycode", Cell::Text(iso)),
                    ("currencyname", Cell::Text(name)),
                    ("currencysymbol", Cell::Text(symbol)),
                    ("exchangerate", Cell::Text(rate)),
                    ("currencyprecision", Cell::Number(if iso == "JPY" { 0 } else { 2 })),
                    ("organizationid", Cell::Row(0, 0)),
                    ("statecode", Cell::Number(inactive)),
                    ("statuscode", Cell::Number(1 + inactive)),
                ],
            );
            let iso = self.world.texts.intern(iso);
            self.currencies.push((iso, row));
        }
    }

    fn accounts(&mut self) {
        let mut places = Accounts::new(self);
        let (customers, vendors) = (self.scale.customers, self.scale.vendors());
        for customer in (0..customers).filter(|number| number % 5 != 4) {
            places.of_customer(self, customer);
        }
        for vendor in 0..vendors {
            if customer_of_vendor(vendor, customers).is_none() && vendor % 4 != 3 {
                places.of_vendor(self, vendor);
            }
        }
        for number in 0..customers * 21 / 100 + 10 {
            places.of_nobody(self, number);
        }
    }

    fn contacts(&mut self, partners: &Partners) {
        let mut places = Contacts::new(self);
        for (number, (person, customer)) in (0_u32..).zip(&partners.people) {
            if number % 4 != 3 {
                places.of_person(self, number, *person, *customer);
            }
        }
        for number in 0..self.scale.customers * 3 / 10 + 10 {
            places.of_nobody(self, number);
        }
    }

    pub(super) fn owner(&self, salesperson: TextId) -> u32 {
        let user = self.users.iter().find(|(code, _)| *code == salesperson);
        match user {
            Some((_, row)) => Reference { target: 0, row: *row }.to_cell(),
            None => Reference { target: 1, row: self.team }.to_cell(),
        }
    }

    pub(super) fn currency(&self, code: TextId) -> u32 {
        let wanted = if code == 0 { self.world.texts.find("CHF").unwrap_or_default() } else { code };
        let row = self.currencies.iter().find(|(iso, _)| *iso == wanted);
        row.map_or(0, |(_, row)| Reference { target: 0, row: *row }.to_cell())
    }
}

/// Dataverse keeps whole seconds.
pub(super) fn whole_seconds((created, modified): (i64, i64)) -> (i64, i64) {
    (created.div_euclid(1_000) * 1_000, modified.div_euclid(1_000) * 1_000)
}

/// The company of a row: this one, none, or another.
pub(super) fn company(number: u32) -> u32 {
    match number % 10 {
        0..=4 => Reference { target: 0, row: 0 }.to_cell(),
        9 => Reference { target: 0, row: 1 }.to_cell(),
        _ => 0,
    }
}

const ACCOUNT: [&str; 27] = [
    "name",
    "address1_line1",
    "address1_line2",
    "address1_city",
    "address1_postalcode",
    "address1_stateorprovince",
    "address1_country",
    "telephone1",
    "fax",
    "telephone2",
    "emailaddress1",
    "websiteurl",
    "accountnumber",
    "address1_primarycontactname",
    "creditlimit",
    "customertypecode",
    "statecode",
    "statuscode",
    "bcbi_companyid",
    "ownerid",
    "owningbusinessunit",
    "transactioncurrencyid",
    "paymenttermscode",
    "address1_freighttermscode",
    "address1_shippingmethodcode",
    "createdby",
    "modifiedby",
];

const PARTY: [&str; 13] = [
    "Name",
    "Address",
    "Address 2",
    "City",
    "Post Code",
    "County",
    "Country/Region Code",
    "Phone No.",
    "Fax No.",
    "Mobile Phone No.",
    "E-Mail",
    "Home Page",
    "Currency Code",
];

/// Columns for accounts.
struct Accounts {
    table: usize,
    columns: [usize; 27],
    customers: (usize, [usize; 13], [usize; 4]),
    vendors: (usize, [usize; 13], [usize; 4]),
}

impl Accounts {
    fn new(writer: &Writer<'_>) -> Self {
        let schema = Arc::clone(&writer.world.schema);
        let info = schema.dv.by_logical_name("account");
        let columns_of =
            ACCOUNT.map(|name| info.and_then(|info| info.info.column(name)).unwrap_or(usize::MAX));
        let partner = |no: u32, code: &str, limit: &str| {
            let table = writer.world.bc(no);
            let own = schema.bc.tables.get(table);
            (
                table,
                own.map_or([usize::MAX; 13], |it| columns(it, PARTY)),
                own.map_or([usize::MAX; 4], |it| columns(it, ["No.", code, limit, "Contact"])),
            )
        };
        Self {
            table: writer.world.dv("account"),
            columns: columns_of,
            customers: partner(18, "Salesperson Code", "Credit Limit (LCY)"),
            vendors: partner(23, "Purchaser Code", "Balance (LCY)"),
        }
    }

    /// An account that looks like a customer.
    fn of_customer(&mut self, writer: &mut Writer<'_>, number: u32) {
        let kind = match number {
            _ if number % 11 == 5 => NULL,
            _ if number % 13 == 6 => 8,
            _ if number % 17 == 9 => 11,
            _ => 3,
        };
        let (table, party, own) = self.customers;
        self.look_alike(writer, (table, party, own), number, kind, 23);
    }

    fn of_vendor(&mut self, writer: &mut Writer<'_>, number: u32) {
        let (table, party, own) = self.vendors;
        self.look_alike(writer, (table, party, own), number, 11, 24);
    }

    fn look_alike(
        &mut self,
        writer: &mut Writer<'_>,
        (table, party, own): (usize, [usize; 13], [usize; 4]),
        number: u32,
        kind: u32,
        stream: u64,
    ) {
        let mut dice = writer.scale.dice(stream, number);
        let cells = party.map(|column| writer.world.cell(table, number, column));
        let [name, street, street2, city, post, county, country, phone, fax, mobile, mail, web, currency] =
            cells;
        let [no, salesperson, limit, contact] = own.map(|column| writer.world.cell(table, number, column));
        let name = if number % 7 == 2 { spelled_otherwise(writer, name, number) } else { name };
        let phone = if number % 9 == 4 { without_spaces(writer, phone) } else { phone };
        // Only some were numbered when they were coupled once.
        let no = if dice.below(3) == 0 { no } else { 0 };
        let inactive = u32::from(number % 19 == 8);
        let choice =
            |dice: &mut Dice, bound: u32| if dice.below(3) == 0 { NULL } else { 1 + dice.below(bound) };
        let limit = if stream == 24 { 0 } else { limit };
        let choices = [choice(&mut dice, 4), choice(&mut dice, 2), choice(&mut dice, 7)];
        let [terms, freight, shipping] = choices;
        let (owner, money) = (writer.owner(salesperson), writer.currency(currency));
        self.write(
            writer,
            &mut dice,
            [
                name,
                street,
                street2,
                city,
                post,
                county,
                country,
                phone,
                fax,
                mobile,
                mail,
                web,
                no,
                contact,
                limit,
                kind,
                inactive,
                1 + inactive,
                company(number),
                owner,
                0,
                money,
                terms,
                freight,
                shipping,
                0,
                0,
            ],
        );
    }

    /// An account that Business Central does not know.
    fn of_nobody(&mut self, writer: &mut Writer<'_>, number: u32) {
        let it = party::company(&mut writer.world.texts, writer.scale, 4, number);
        let mut dice = writer.scale.dice(25, number);
        let kinds = [8, NULL, 1, 5, 12, 10, 6, 3, 11, 3];
        let kind = usize::try_from(number % 10).ok().and_then(|at| kinds.get(at)).copied().unwrap_or(NULL);
        let inactive = u32::from(number % 12 == 7);
        let company = if number % 6 == 5 { company(9) } else { 0 };
        let owner = Reference { target: 1, row: writer.team }.to_cell();
        let money = writer.currency(0);
        self.write(
            writer,
            &mut dice,
            [
                it.name,
                it.street,
                it.street2,
                it.city,
                it.post_code,
                it.county,
                it.country,
                it.phone,
                it.fax,
                it.mobile,
                it.mail,
                it.web,
                0,
                0,
                0,
                kind,
                inactive,
                1 + inactive,
                company,
                owner,
                0,
                money,
                NULL,
                NULL,
                NULL,
                0,
                0,
            ],
        );
    }

    fn write(&mut self, writer: &mut Writer<'_>, dice: &mut Dice, mut cells: [u32; 27]) {
        let moments = whole_seconds(writer.scale.moments(dice));
        let row = writer.world.new_row(self.table, None, moments);
        let user = Reference { target: 0, row: dice.below(30) }.to_cell();
        let caller = Reference { target: 0, row: writer.world.caller }.to_cell();
        let [.., created, modified] = &mut cells;
        (*created, *modified) = (user, if dice.below(4) == 0 { caller } else { user });
        if let Some(unit) = cells.get_mut(20) {
            *unit = Reference { target: 0, row: 0 }.to_cell();
        }
        for (column, cell) in self.columns.into_iter().zip(cells) {
            writer.world.put(self.table, row, column, cell);
        }
    }
}

/// The same company as somebody else would type it.
fn spelled_otherwise(writer: &mut Writer<'_>, name: TextId, number: u32) -> TextId {
    let text = writer.world.texts.get(name).to_owned();
    let other = match number % 4 {
        0 => text.to_uppercase(),
        1 => text.replace(" SA", " S.A.").replace(" Ltd", " Limited").replace(" AG", " A.G."),
        2 => text.replace(['é', 'è'], "e").replace('ü', "ue"),
        _ => format!("{text} (siège)"),
    };
    writer.world.texts.add(&other)
}

fn without_spaces(writer: &mut Writer<'_>, phone: TextId) -> TextId {
    let text = writer.world.texts.get(phone).replace(' ', "");
    writer.world.texts.add(&text)
}
