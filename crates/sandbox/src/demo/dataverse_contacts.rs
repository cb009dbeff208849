//! Contacts of Dataverse: those that look like Business Central's people, and those it does not know.

use std::sync::Arc;

use super::dataverse::{Writer, company, whole_seconds};
use super::{columns, party, words};
use crate::store::Reference;

const CONTACT: [&str; 26] = [
    "fullname",
    "firstname",
    "middlename",
    "lastname",
    "address1_line1",
    "address1_line2",
    "address1_city",
    "address1_postalcode",
    "address1_stateorprovince",
    "address1_country",
    "telephone1",
    "fax",
    "mobilephone",
    "emailaddress1",
    "websiteurl",
    "jobtitle",
    "pager",
    "parentcustomerid",
    "statecode",
    "statuscode",
    "bcbi_companyid",
    "ownerid",
    "owningbusinessunit",
    "transactioncurrencyid",
    "createdby",
    "modifiedby",
];

const PERSON: [&str; 18] = [
    "Name",
    "First Name",
    "Middle Name",
    "Surname",
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
    "Job Title",
    "Pager",
    "Currency Code",
];

/// Columns for contacts.
pub(super) struct Contacts {
    table: usize,
    columns: [usize; 26],
    people: (usize, [usize; 18], usize),
    primary: (usize, usize),
    accounts: u32,
}

impl Contacts {
    pub(super) fn new(writer: &Writer<'_>) -> Self {
        let schema = Arc::clone(&writer.world.schema);
        let column = |table: &str, name: &str| {
            schema.dv.by_logical_name(table).and_then(|it| it.info.column(name)).unwrap_or(usize::MAX)
        };
        let table = writer.world.bc(5050);
        let info = schema.bc.tables.get(table);
        let salesperson = info.and_then(|it| it.column("Salesperson Code")).unwrap_or(usize::MAX);
        let account = writer.world.dv("account");
        Self {
            table: writer.world.dv("contact"),
            columns: CONTACT.map(|name| column("contact", name)),
            people: (table, info.map_or([usize::MAX; 18], |it| columns(it, PERSON)), salesperson),
            primary: (account, column("account", "primarycontactid")),
            accounts: writer.world.table(account).map_or(0, crate::store::Table::end),
        }
    }

    /// A contact that looks like a person who works for a customer.
    pub(super) fn of_person(&mut self, writer: &mut Writer<'_>, number: u32, person: u32, customer: u32) {
        let (table, columns, salesperson) = self.people;
        let cells = columns.map(|column| writer.world.cell(table, person, column));
        let salesperson = writer.world.cell(table, person, salesperson);
        // The customer's account: four of five customers have one, in their order.
        let account = (customer % 5 != 4).then(|| customer / 5 * 4 + customer % 5);
        let here = writer.world.table(self.table).map_or(0, crate::store::Table::end);
        let parent = match number % 25 {
            7 | 19 => 0,
            11 if here > 0 => Reference { target: 1, row: here - 1 }.to_cell(),
            _ => account.map_or(0, |row| Reference { target: 0, row }.to_cell()),
        };
        let company = company(number / 2);
        let owner = writer.owner(salesperson);
        let row = self.write(writer, number, cells, [parent, u32::from(number % 15 == 4), company, owner]);
        if let Some(account) =
            account.filter(|_| Reference::from_cell(parent).is_some_and(|it| it.target == 0))
        {
            let (table, column) = self.primary;
            writer.world.put(table, account, column, Reference { target: 0, row }.to_cell());
        }
    }

    /// A contact that Business Central does not know.
    pub(super) fn of_nobody(&mut self, writer: &mut Writer<'_>, number: u32) {
        let mut dice = writer.scale.dice(26, number);
        let person = party::person(&mut dice);
        let it = party::company(&mut writer.world.texts, writer.scale, 6, number);
        let texts = &mut writer.world.texts;
        let [first, middle, last] = [person.first, person.middle, person.last].map(|part| texts.intern(part));
        let name = texts.intern(&person.full_name());
        let mail = texts.add(&person.mail("mail.example"));
        let job = texts.intern(dice.word(&words::JOBS));
        let cells = [
            name,
            first,
            middle,
            last,
            it.street,
            0,
            it.city,
            it.post_code,
            it.county,
            it.country,
            it.phone,
            0,
            it.mobile,
            mail,
            0,
            job,
            0,
            0,
        ];
        let parent = match number % 10 {
            2 => 0,
            6 => Reference { target: 1, row: 0 }.to_cell(),
            _ => Reference { target: 0, row: dice.below(self.accounts) }.to_cell(),
        };
        let company = company(number);
        let owner = Reference { target: 1, row: writer.team }.to_cell();
        self.write(writer, number, cells, [parent, u32::from(number % 14 == 9), company, owner]);
    }

    fn write(&mut self, writer: &mut Writer<'_>, number: u32, cells: [u32; 18], links: [u32; 4]) -> u32 {
        let mut dice = writer.scale.dice(27, number);
        let moments = whole_seconds(writer.scale.moments(&mut dice));
        let row = writer.world.new_row(self.table, None, moments);
        let [parent, inactive, company, owner] = links;
        let [texts @ .., currency] = cells;
        let user = Reference { target: 0, row: dice.below(30) }.to_cell();
        let unit = Reference { target: 0, row: 0 }.to_cell();
        let rest =
            [parent, inactive, 1 + inactive, company, owner, unit, writer.currency(currency), user, user];
        for (column, cell) in self.columns.into_iter().zip(texts.into_iter().chain(rest)) {
            writer.world.put(self.table, row, column, cell);
        }
        row
    }
}
