//! What rules need to know of other tables: business relations of contacts, users of salespeople, couplings.

use couplet_filter::FieldValue;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::explain::OwnerOutlook;
use crate::columns::ColumnTable;

/// Another table that a rule reads, with the fields it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelatedTable {
    /// Name of the table.
    pub name: &'static str,
    /// Business Central table number; zero on the Dataverse side.
    pub number: u32,
    /// Fields it is read with.
    pub fields: &'static [&'static str],
}

/// Contact business relations (S2.13).
pub const CONTACT_BUSINESS_RELATIONS: RelatedTable = RelatedTable {
    name: "Contact Business Relation",
    number: 5054,
    fields: &["Contact No.", "Business Relation Code", "Link to Table"],
};
/// The marketing setup, which names the business relation codes of customers and vendors (S2.13).
pub const MARKETING_SETUP: RelatedTable = RelatedTable {
    name: "Marketing Setup",
    number: 5079,
    fields: &["Bus. Rel. Code for Customers", "Bus. Rel. Code for Vendors"],
};
/// Salespeople and purchasers, with the address that their user is found by.
pub const SALESPEOPLE: RelatedTable =
    RelatedTable { name: "Salesperson/Purchaser", number: 13, fields: &["Code", "Name", "E-Mail"] };
/// Dataverse users.
pub const USERS: RelatedTable = RelatedTable {
    name: "systemuser",
    number: 0,
    fields: &["fullname", "internalemailaddress", "isdisabled", "islicensed", "isintegrationuser"],
};

/// What rules need to know beyond the table's own rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Related {
    /// Numbers of the contacts with a business relation to a customer or vendor, under the business relation code of
    /// the marketing setup (S2.13); none while that is not known, or cannot be.
    pub related_contacts: Option<FxHashSet<String>>,
    /// Keys of the coupled records of this side.
    pub coupled: FxHashSet<Uuid>,
    /// Per salesperson code, who would own the row.
    pub owners: FxHashMap<String, OwnerOutlook>,
}

/// Numbers of the contacts related to a customer or a vendor under the code that the marketing setup names (S2.13).
pub fn related_contacts(relations: &ColumnTable, marketing_setup: &ColumnTable) -> FxHashSet<String> {
    let customer_code = text(marketing_setup, "Bus. Rel. Code for Customers", 0);
    let vendor_code = text(marketing_setup, "Bus. Rel. Code for Vendors", 0);
    let is_related = |row: &usize| {
        let code = text(relations, "Business Relation Code", *row);
        match option(relations, "Link to Table", *row) {
            Some(LINK_TO_CUSTOMER) => code == customer_code,
            Some(LINK_TO_VENDOR) => code == vendor_code,
            _ => false,
        }
    };
    let rows = (0..relations.n_rows()).filter(is_related);
    rows.map(|row| text(relations, "Contact No.", row).to_owned()).collect()
}

/// Ordinals of `Contact Business Relation."Link to Table"`.
const LINK_TO_CUSTOMER: i32 = 1;
const LINK_TO_VENDOR: i32 = 2;

/// Per salesperson code, the enabled and licensed user with the same e-mail address, ignoring case.
pub fn owners(salespeople: &ColumnTable, users: &ColumnTable) -> FxHashMap<String, OwnerOutlook> {
    let can_own = |row: &usize| {
        !flag(users, "isdisabled", *row)
            && flag(users, "islicensed", *row)
            && !flag(users, "isintegrationuser", *row)
    };
    let by_address: FxHashMap<String, usize> = (0..users.n_rows())
        .filter(can_own)
        .map(|row| (text(users, "internalemailaddress", row).to_lowercase(), row))
        .filter(|(address, _)| !address.is_empty())
        .collect();
    let outlook = |row: usize| {
        let user = by_address.get(&text(salespeople, "E-Mail", row).to_lowercase());
        let outlook = match user {
            Some(&user) => OwnerOutlook::User { name: text(users, "fullname", user).to_owned() },
            None => OwnerOutlook::NoUser { salesperson: text(salespeople, "Name", row).to_owned() },
        };
        (text(salespeople, "Code", row).to_owned(), outlook)
    };
    (0..salespeople.n_rows()).map(outlook).collect()
}

fn cell<'a>(table: &'a ColumnTable, field: &str, row: usize) -> FieldValue<'a> {
    table.column(field).map_or(FieldValue::Null, |column| column.get(row))
}

fn text<'a>(table: &'a ColumnTable, field: &str, row: usize) -> &'a str {
    match cell(table, field, row) {
        FieldValue::Text(text) => text,
        _ => "",
    }
}

fn option(table: &ColumnTable, field: &str, row: usize) -> Option<i32> {
    match cell(table, field, row) {
        FieldValue::Option(value) => Some(value),
        _ => None,
    }
}

fn flag(table: &ColumnTable, field: &str, row: usize) -> bool {
    matches!(cell(table, field, row), FieldValue::Boolean(true))
}
