//! Which other mappings the fields of a mapping point to, and what is taken from their tables (S4.42, S4.47, S4.48).
//! Reading the tables is the callers' part.

use couplet_filter::{FieldType, FieldValue};

use rustc_hash::FxHashMap;

use super::couplings::Couplings;
use super::references::{LookupTable, OptionTable, References, RelatedCompany};
use crate::columns::ColumnTable;
use crate::configuration::Configuration;
use crate::coupling::{OptionCoupling, SystemId};
use crate::mapping::{FieldMappingStatus, IntegrationTableMapping};
use crate::schema::{FieldSchema, TableSchema};

/// Another mapping that a field points to.
#[derive(Debug, Clone, Copy)]
pub struct Pointed<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// The column that points there.
    pub column: &'a FieldSchema,
}

/// The mappings that enabled fields of `mapping` point to, each once.
pub fn pointed<'a>(
    configuration: &'a Configuration,
    mapping: &IntegrationTableMapping,
    dataverse: &'a TableSchema,
) -> Vec<Pointed<'a>> {
    let mut found: Vec<Pointed<'a>> = Vec::new();
    let enabled = mapping.field_mappings.iter().filter(|it| it.status == FieldMappingStatus::Enabled);
    for field in enabled.filter(|it| it.field.is_some()) {
        let Some(column) = field.column.as_deref().and_then(|name| dataverse.field(name)) else { continue };
        let is_choice = matches!(column.field_type, FieldType::Option(_));
        let others = configuration.mappings.iter().filter(|other| match other.is_option_mapping() {
            true => is_choice && other.integration_uid.column() == column.name,
            false => column.targets.contains(&other.integration_table),
        });
        for other in others {
            if found.iter().all(|known| known.mapping.name != other.name) {
                found.push(Pointed { mapping: other, column });
            }
        }
    }
    found
}

/// What a company contact is related to (S2.13): the member of `Contact Business Relation."Link to Table"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyLink {
    /// A customer.
    Customer,
    /// A vendor.
    Vendor,
}

impl CompanyLink {
    /// Both, in the order in which they are asked: a contact that is both counts as a customer (S6.21).
    pub const ALL: [CompanyLink; 2] = [CompanyLink::Customer, CompanyLink::Vendor];

    /// Number of the Business Central table.
    pub fn table(self) -> u32 {
        match self {
            CompanyLink::Customer => 18,
            CompanyLink::Vendor => 23,
        }
    }

    /// The link to a table; none when contacts are not linked to it.
    pub fn of(table: u32) -> Option<Self> {
        CompanyLink::ALL.into_iter().find(|link| link.table() == table)
    }

    /// Ordinal of the member.
    pub fn ordinal(self) -> i32 {
        match self {
            CompanyLink::Customer => 1,
            CompanyLink::Vendor => 2,
        }
    }
}

/// Takes in what business relations say of customers or vendors: by company contact the account, and by account the company
/// contact (S6.21, S6.22). What was found before stays. `relations` holds the contact, the link and the number.
pub fn add_companies(
    references: &mut References,
    relations: &ColumnTable,
    link: CompanyLink,
    (schema, partners): (&TableSchema, &ColumnTable),
    couplings: &Couplings,
) {
    let columns = ["Contact No.", "No.", "Link to Table"].map(|name| relations.column(name));
    let [Some(contacts), Some(numbers), Some(links)] = columns else { return };
    let records: FxHashMap<&str, SystemId> =
        codes(schema, partners).map(|(record, code)| (code, record)).collect();
    for row in 0..relations.n_rows() {
        let (FieldValue::Text(contact), FieldValue::Text(number)) = (contacts.get(row), numbers.get(row))
        else {
            continue;
        };
        let Some(record) =
            records.get(number).filter(|_| links.get(row) == FieldValue::Option(link.ordinal()))
        else {
            continue;
        };
        let related = match couplings.row_of(*record) {
            Some(account) => {
                references.company_contacts.entry(account).or_insert_with(|| contact.into());
                RelatedCompany::Account(account)
            }
            None => RelatedCompany::NotCoupled,
        };
        references.companies.entry(contact.into()).or_insert(related);
    }
}

/// The field that the records of a table are named by: the first of its key; none when no binding reaches it.
pub fn code_field(schema: &TableSchema) -> Option<&FieldSchema> {
    schema.field_by_number(1).filter(|field| field.property.is_some())
}

/// The records of another mapping by their code, with their partners.
pub fn lookup_table(
    mapping: &IntegrationTableMapping,
    schema: &TableSchema,
    rows: &ColumnTable,
    couplings: &Couplings,
) -> LookupTable {
    let mut lookup = LookupTable::new(mapping.name.clone(), &mapping.integration_table);
    for (record, code) in codes(schema, rows) {
        lookup.add(code, couplings.row_of(record));
    }
    lookup
}

/// The records of an option mapping by their code, with the values they are coupled to.
pub fn option_table(
    mapping: &IntegrationTableMapping,
    schema: &TableSchema,
    rows: &ColumnTable,
    couplings: &[OptionCoupling],
) -> OptionTable {
    let mut options = OptionTable::new(mapping.integration_uid.column());
    for (record, code) in codes(schema, rows) {
        let coupling = couplings.iter().find(|coupling| coupling.record.id() == record);
        options.add(code, coupling.map(|coupling| coupling.value));
    }
    options
}

fn codes<'r>(schema: &TableSchema, rows: &'r ColumnTable) -> impl Iterator<Item = (SystemId, &'r str)> {
    let code = code_field(schema).and_then(|field| rows.column(&field.name));
    let keys = rows.column(&schema.key_field);
    (0..rows.n_rows()).filter_map(move |row| match (keys?.get(row), code?.get(row)) {
        (FieldValue::Guid(id), FieldValue::Text(code)) => Some((SystemId(id), code)),
        _ => None,
    })
}
