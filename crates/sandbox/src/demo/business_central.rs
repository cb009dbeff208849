//! Customers, vendors, contacts and their business relations.

use std::sync::Arc;

use super::party::{self, Party, Person};
use super::{Dice, Scale, columns, words};
use crate::store::{TextId, format_date};
use crate::world::World;

/// What the Dataverse side needs to know about the partners.
#[derive(Debug)]
pub(super) struct Partners {
    /// Contact rows of people who work for a customer, with the customer's row.
    pub(super) people: Vec<(u32, u32)>,
}

/// Vendors that are the same company as a customer: every fifth.
pub(super) fn customer_of_vendor(vendor: u32, customers: u32) -> Option<u32> {
    vendor.is_multiple_of(5).then(|| vendor.wrapping_mul(7) % customers)
}

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale) -> Partners {
    let mut writer = Writer::new(world, scale);
    let mut partners = Partners { people: Vec::new() };
    for customer in 0..scale.customers {
        writer.customer(customer);
    }
    for vendor in 0..scale.vendors() {
        writer.vendor(vendor);
    }
    for customer in 0..scale.customers {
        writer.customer_contacts(customer, &mut partners);
    }
    for vendor in 0..scale.vendors() {
        writer.vendor_contacts(vendor);
    }
    writer.other_contacts();
    partners
}

const PARTNER_FIELDS: [&str; 17] = [
    "Name",
    "Search Name",
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
    "Language Code",
    "VAT Registration No.",
    "Last Date Modified",
];

const CUSTOMER_FIELDS: [&str; 11] = [
    "No.",
    "Blocked",
    "Payment Terms Code",
    "Salesperson Code",
    "Shipment Method Code",
    "Shipping Agent Code",
    "Payment Method Code",
    "Credit Limit (LCY)",
    "Balance (LCY)",
    "Primary Contact No.",
    "Contact",
];

const VENDOR_FIELDS: [&str; 11] = [
    "No.",
    "Blocked",
    "Payment Terms Code",
    "Purchaser Code",
    "Shipment Method Code",
    "Shipping Agent Code",
    "Payment Method Code",
    "Our Account No.",
    "Balance (LCY)",
    "Primary Contact No.",
    "Contact",
];

const CONTACT_FIELDS: [&str; 14] = [
    "No.",
    "Type",
    "Company No.",
    "Company Name",
    "First Name",
    "Middle Name",
    "Surname",
    "Job Title",
    "Salesperson Code",
    "Contact Business Relation",
    "Salutation Code",
    "Pager",
    "Initials",
    "E-Mail 2",
];

/// Columns of one of the three partner tables.
struct Place {
    table: usize,
    partner: [usize; 17],
}

struct Writer<'a> {
    world: &'a mut World,
    scale: &'a Scale,
    customers: Place,
    vendors: Place,
    contacts: Place,
    customer: [usize; 11],
    vendor: [usize; 11],
    contact: [usize; 14],
    relations: (usize, [usize; 4]),
}

/// A contact to be made.
struct NewContact {
    company: Option<(TextId, TextId)>,
    relation: u32,
    salesperson: TextId,
    dice: Dice,
}

impl<'a> Writer<'a> {
    fn new(world: &'a mut World, scale: &'a Scale) -> Self {
        let schema = Arc::clone(&world.schema);
        let place = |no: u32| {
            let table = schema.bc.table(no).unwrap_or(usize::MAX);
            let partner = schema.bc.tables.get(table).map(|info| columns(info, PARTNER_FIELDS));
            Place { table, partner: partner.unwrap_or([usize::MAX; 17]) }
        };
        let (customers, vendors, contacts) = (place(18), place(23), place(5050));
        let info = |no: u32| schema.bc.tables.iter().find(|table| table.no == no);
        let customer = info(18).map(|info| columns(info, CUSTOMER_FIELDS));
        let vendor = info(23).map(|info| columns(info, VENDOR_FIELDS));
        let contact = info(5050).map(|info| columns(info, CONTACT_FIELDS));
        let relation = info(5054)
            .map(|info| columns(info, ["Contact No.", "Business Relation Code", "Link to Table", "No."]));
        let relations = (world.bc(5054), relation.unwrap_or([usize::MAX; 4]));
        Self {
            world,
            scale,
            customers,
            vendors,
            contacts,
            customer: customer.unwrap_or([usize::MAX; 11]),
            vendor: vendor.unwrap_or([usize::MAX; 11]),
            contact: contact.unwrap_or([usize::MAX; 14]),
            relations,
        }
    }

    fn put_all<const N: usize>(&mut self, table: usize, row: u32, columns: [usize; N], cells: [u32; N]) {
        for (column, cell) in columns.into_iter().zip(cells) {
            self.world.put(table, row, column, cell);
        }
    }

    /// Writes what all three partner tables share.
    fn party(&mut self, table: usize, row: u32, columns: [usize; 17], party: &Party, dice: &mut Dice) {
        let currency = match dice.below(10) {
            0..5 => "",
            5 | 6 => "EUR",
            7 => "USD",
            _ => dice.pick(&words::CURRENCIES).map_or("", |it| it.0),
        };
        let currency = self.world.texts.intern(currency);
        let language = self.world.texts.intern(dice.word(&["FRS", "DES", "ENU", ""]));
        let modified = self.world.tables.get(table).map_or(0, |rows| rows.modified(row));
        let date = self.world.texts.intern(&format_date(modified.div_euclid(86_400_000)));
        let vat = if dice.below(3) == 0 {
            0
        } else {
            self.world.texts.add(&format!("CHE-{:09}", dice.below(999_999_999)))
        };
        self.put_all(
            table,
            row,
            columns,
            [
                party.name,
                party.search,
                party.street,
                party.street2,
                party.city,
                party.post_code,
                party.county,
                party.country,
                party.phone,
                party.fax,
                party.mobile,
                party.mail,
                party.web,
                currency,
                language,
                vat,
                date,
            ],
        );
    }

    fn code(&mut self, dice: &mut Dice, list: &[&'static str]) -> TextId {
        let word = if dice.below(8) == 0 { "" } else { dice.word(list) };
        self.world.texts.intern(word)
    }

    fn trade_codes(&mut self, dice: &mut Dice) -> [TextId; 5] {
        let terms = words::PAYMENT_TERMS.map(|it| it.0);
        let people = words::SALESPEOPLE.map(|it| it.0);
        let methods = words::SHIPMENT_METHODS.map(|it| it.0);
        let agents = words::SHIPPING_AGENTS.map(|it| it.0);
        let payment = words::PAYMENT_METHODS.map(|it| it.0);
        [
            self.code(dice, &terms),
            self.code(dice, &people),
            self.code(dice, &methods),
            self.code(dice, &agents),
            self.code(dice, &payment),
        ]
    }

    fn amount(&mut self, dice: &mut Dice) -> TextId {
        let text = match dice.below(4) {
            0 => String::new(),
            1 => format!("{}", dice.below(500) * 10),
            _ => format!("{}.{}", dice.below(20_000), 1 + dice.below(9)),
        };
        self.world.texts.intern(&text)
    }

    fn customer(&mut self, number: u32) {
        let party = party::company(&mut self.world.texts, self.scale, 1, number);
        let mut dice = self.scale.dice(11, number);
        let moments = self.scale.moments(&mut dice);
        let table = self.customers.table;
        let row = self.world.new_row(table, None, moments);
        let columns = self.customers.partner;
        self.party(table, row, columns, &party, &mut dice);
        let no = self.world.texts.add(&format!("C{:06}", number + 1));
        // Twelve of a hundred are blocked, in every one of the three ways.
        let blocked = match number % 25 {
            3 => 1,
            11 => 2,
            19 => 3,
            _ => 0,
        };
        let [terms, salesperson, method, agent, payment] = self.trade_codes(&mut dice);
        let limits = ["", "5000", "10000", "25000", "50000", "75000.5", "100000"];
        let limit = self.world.texts.intern(dice.word(&limits));
        let balance = self.amount(&mut dice);
        let contact = if dice.below(3) == 0 { 0 } else { self.person_name(&mut dice) };
        self.put_all(
            table,
            row,
            self.customer,
            [no, blocked, terms, salesperson, method, agent, payment, limit, balance, 0, contact],
        );
    }

    fn person_name(&mut self, dice: &mut Dice) -> TextId {
        let name = party::person(dice).full_name();
        self.world.texts.intern(&name)
    }

    fn vendor(&mut self, number: u32) {
        let mut dice = self.scale.dice(12, number);
        let party = match customer_of_vendor(number, self.scale.customers) {
            Some(customer) => self.party_of(self.customers.table, customer, self.customers.partner),
            None => party::company(&mut self.world.texts, self.scale, 2, number),
        };
        let moments = self.scale.moments(&mut dice);
        let table = self.vendors.table;
        let row = self.world.new_row(table, None, moments);
        let columns = self.vendors.partner;
        self.party(table, row, columns, &party, &mut dice);
        let no = self.world.texts.add(&format!("V{:06}", number + 1));
        let blocked = match number % 8 {
            3 => 1,
            6 => 2,
            _ => 0,
        };
        let [terms, purchaser, method, agent, payment] = self.trade_codes(&mut dice);
        let account = self.world.texts.intern(&format!("K-{}", 1_000 + number % 500));
        let balance = self.amount(&mut dice);
        let contact = if dice.below(2) == 0 { 0 } else { self.person_name(&mut dice) };
        self.put_all(
            table,
            row,
            self.vendor,
            [no, blocked, terms, purchaser, method, agent, payment, account, balance, 0, contact],
        );
    }

    /// The shared texts of a partner that exists.
    fn party_of(&self, table: usize, row: u32, columns: [usize; 17]) -> Party {
        let cell = |at: usize| columns.get(at).map_or(0, |column| self.world.cell(table, row, *column));
        Party {
            name: cell(0),
            search: cell(1),
            street: cell(2),
            street2: cell(3),
            city: cell(4),
            post_code: cell(5),
            county: cell(6),
            country: cell(7),
            phone: cell(8),
            fax: cell(9),
            mobile: cell(10),
            mail: cell(11),
            web: cell(12),
        }
    }

    fn contact_number(&mut self) -> TextId {
        let next = self.world.tables.get(self.contacts.table).map_or(0, crate::store::Table::end) + 1;
        self.world.texts.add(&format!("CT{next:06}"))
    }

    /// A company contact; answers its number and name.
    fn company_contact(&mut self, party: &Party, new: &mut NewContact) -> (TextId, TextId) {
        let no = self.contact_number();
        let moments = self.scale.moments(&mut new.dice);
        let table = self.contacts.table;
        let row = self.world.new_row(table, None, moments);
        let columns = self.contacts.partner;
        self.party(table, row, columns, party, &mut new.dice);
        let salesperson = new.salesperson;
        self.put_all(
            table,
            row,
            self.contact,
            [no, 0, no, party.name, 0, 0, 0, 0, salesperson, new.relation, 0, 0, 0, 0],
        );
        (no, party.name)
    }

    /// A person; answers the row and the number.
    fn person_contact(&mut self, party: &Party, new: &mut NewContact) -> (u32, TextId) {
        let person: Person = party::person(&mut new.dice);
        let no = self.contact_number();
        let moments = self.scale.moments(&mut new.dice);
        let table = self.contacts.table;
        let row = self.world.new_row(table, None, moments);
        let dice = &mut new.dice;
        let texts = &mut self.world.texts;
        let domain = party::domain_of(texts.get(party.web)).to_owned();
        let mobile =
            format!("+41 79 {:03} {:02} {:02}", dice.below(900) + 100, dice.below(100), dice.below(100));
        let mut own = *party;
        own.name = texts.intern(&person.full_name());
        own.search = texts.intern(&person.full_name().to_uppercase());
        own.mail = if dice.below(10) == 0 { 0 } else { texts.add(&person.mail(&domain)) };
        own.mobile = if dice.below(4) == 0 { 0 } else { texts.add(&mobile) };
        let names = [person.first, person.middle, person.last].map(|part| texts.intern(part));
        let job = if dice.below(3) == 0 { 0 } else { texts.intern(dice.word(&words::JOBS)) };
        let salutation = texts.intern(dice.word(&["F", "M", "UNISEX", ""]));
        let pager = if dice.below(30) == 0 { texts.intern("PG-4711") } else { 0 };
        let initials: String =
            [person.first, person.last].iter().filter_map(|part| part.chars().next()).collect();
        let initials = texts.intern(&initials);
        let columns = self.contacts.partner;
        self.party(table, row, columns, &own, &mut new.dice);
        let (company_no, company_name) = new.company.unwrap_or_default();
        let [first, middle, last] = names;
        let (salesperson, relation) = (new.salesperson, new.relation);
        self.put_all(
            table,
            row,
            self.contact,
            [
                no,
                1,
                company_no,
                company_name,
                first,
                middle,
                last,
                job,
                salesperson,
                relation,
                salutation,
                pager,
                initials,
                0,
            ],
        );
        (row, no)
    }

    fn relation(&mut self, contact: TextId, code: &str, link: u32, no: TextId) {
        let code = self.world.texts.intern(code);
        let moments = self.scale.moments(&mut self.scale.dice(14, contact));
        let (table, columns) = self.relations;
        let row = self.world.new_row(table, None, moments);
        self.put_all(table, row, columns, [contact, code, link, no]);
    }

    /// Seven of ten customers have a company contact, with up to two people.
    fn customer_contacts(&mut self, customer: u32, partners: &mut Partners) {
        let people = match customer % 10 {
            3 => 0,
            4 => 2,
            7..=9 => return,
            _ => 1,
        };
        let party = self.party_of(self.customers.table, customer, self.customers.partner);
        let cell = |at: usize| {
            self.customer.get(at).map_or(0, |it| self.world.cell(self.customers.table, customer, *it))
        };
        let (no, salesperson) = (cell(0), cell(3));
        let mut new =
            NewContact { company: None, relation: 1, salesperson, dice: self.scale.dice(15, customer) };
        let company = self.company_contact(&party, &mut new);
        self.relation(company.0, "CUST", 1, no);
        for person in 0..people {
            new.company = Some(company);
            let (row, number) = self.person_contact(&party, &mut new);
            partners.people.push((row, customer));
            if person == 0 {
                let [.., primary, contact] = self.customer;
                let name = self
                    .contacts
                    .partner
                    .first()
                    .map_or(0, |it| self.world.cell(self.contacts.table, row, *it));
                let table = self.customers.table;
                self.world.put(table, customer, primary, number);
                self.world.put(table, customer, contact, name);
            }
        }
    }

    fn vendor_contacts(&mut self, vendor: u32) {
        let party = self.party_of(self.vendors.table, vendor, self.vendors.partner);
        let cell =
            |at: usize| self.vendor.get(at).map_or(0, |it| self.world.cell(self.vendors.table, vendor, *it));
        let (no, salesperson) = (cell(0), cell(3));
        let mut new =
            NewContact { company: None, relation: 2, salesperson, dice: self.scale.dice(16, vendor) };
        let company = self.company_contact(&party, &mut new);
        self.relation(company.0, "VEND", 2, no);
        if vendor.is_multiple_of(2) {
            new.company = Some(company);
            let (_, number) = self.person_contact(&party, &mut new);
            let [.., primary, _] = self.vendor;
            let table = self.vendors.table;
            self.world.put(table, vendor, primary, number);
        }
    }

    /// Prospects without any relation, banks with another one, and people without a company.
    fn other_contacts(&mut self) {
        let prospects = self.scale.customers / 40 + 2;
        let banks = self.scale.customers / 200 + 1;
        for number in 0..prospects + banks {
            let party = party::company(&mut self.world.texts, self.scale, 3, number);
            let bank = number >= prospects;
            let relation = if bank { 3 } else { 5 };
            let dice = self.scale.dice(17, number);
            let mut new = NewContact { company: None, relation, salesperson: 0, dice };
            let company = self.company_contact(&party, &mut new);
            if bank {
                let account = self.world.texts.intern(&format!("BANK{number}"));
                self.relation(company.0, "BANK", 3, account);
            }
            new.company = Some(company);
            self.person_contact(&party, &mut new);
        }
        for number in 0..self.scale.customers / 33 + 2 {
            let mut party = party::company(&mut self.world.texts, self.scale, 5, number);
            party.web = 0;
            let dice = self.scale.dice(18, number);
            self.person_contact(&party, &mut NewContact { company: None, relation: 5, salesperson: 0, dice });
        }
    }
}
