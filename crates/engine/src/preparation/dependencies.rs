//! Where the fields of records lead, from tables in memory: the rules by which the planner finds partners of lookups,
//! choices, owners and companies (S4.42, S4.45, S4.47, S4.48, S6.21, S6.22), asked before anything is planned.

use std::cell::OnceCell;

use couplet_filter::{FieldType, FieldValue};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::closure::{Dependencies, Dependency, Node, Resolution, Target};
use crate::columns::{Column, ColumnTable};
use crate::configuration::{Configuration, OwnershipModel};
use crate::coupling::{OptionCoupling, RowId, SystemId};
use crate::mapping::{Direction, FieldMappingStatus, IntegrationTableMapping, MappingName};
use crate::planning::{Couplings, Pass, Records, code_field, value_id};
use crate::schema::{FieldSchema, Side};

const CUSTOMER: u32 = 18;
const VENDOR: u32 = 23;
const CONTACT: u32 = 5050;
const CURRENCIES: &str = "transactioncurrency";
const OWNER: &str = "ownerid";
/// Fields of the table 5054 that say which customer or vendor a company contact is related to.
pub const RELATION_FIELDS: [&str; 3] = ["Contact No.", "Link to Table", "No."];
/// Ordinals of `Contact Business Relation."Link to Table"`.
const LINKS: [(i32, u32); 2] = [(1, CUSTOMER), (2, VENDOR)];

/// The records of one mapping. Of an option mapping the Dataverse side holds the values of the choice, as rows with
/// `value` and `label`.
#[derive(Debug, Clone, Copy)]
pub struct DependencyTable<'a> {
    /// The mapping.
    pub mapping: &'a IntegrationTableMapping,
    /// Business Central records.
    pub business_central: Records<'a>,
    /// Dataverse rows.
    pub dataverse: Records<'a>,
    /// Its couplings; empty for an option mapping.
    pub couplings: &'a Couplings,
    /// Its option couplings; empty for a record mapping.
    pub options: &'a [OptionCoupling],
}

/// Everything that fields may lead to.
#[derive(Debug)]
pub struct TableDependencies<'a> {
    configuration: &'a Configuration,
    tables: Vec<Indexed<'a>>,
    /// The Dataverse currency of the local currency, which is blank in Business Central (S4.45).
    local_currency: Option<RowId>,
    /// Contact business relations with [`RELATION_FIELDS`]; none where no contact is asked about.
    relations: Option<&'a ColumnTable>,
    companies: OnceCell<FxHashMap<&'a str, Vec<(u32, &'a str)>>>,
}

/// The mappings whose tables have to be here before the records of `mapping` can be asked about, itself the first.
pub fn mappings_to_follow<'a>(
    configuration: &'a Configuration,
    mapping: &'a IntegrationTableMapping,
    pointed: impl Fn(&'a IntegrationTableMapping) -> Vec<&'a IntegrationTableMapping>,
) -> Vec<&'a IntegrationTableMapping> {
    let mut found = vec![mapping];
    let mut next = 0;
    while let Some(&mapping) = found.get(next) {
        next += 1;
        let companies = configuration.mappings.iter().filter(|it| {
            mapping.table.number == CONTACT
                && [CUSTOMER, VENDOR].contains(&it.table.number)
                && !it.is_option_mapping()
        });
        for other in pointed(mapping).into_iter().chain(companies) {
            if found.iter().all(|known| known.name != other.name) {
                found.push(other);
            }
        }
    }
    found
}

/// A table with its records by key and by code, found when they are first asked for.
#[derive(Debug)]
struct Indexed<'a> {
    table: DependencyTable<'a>,
    records: Places<'a>,
    rows: Places<'a>,
}

#[derive(Debug)]
struct Places<'a> {
    records: Records<'a>,
    by_id: OnceCell<FxHashMap<Uuid, usize>>,
    by_code: OnceCell<FxHashMap<&'a str, Uuid>>,
}

impl<'a> Places<'a> {
    fn new(records: Records<'a>) -> Self {
        Places { records, by_id: OnceCell::new(), by_code: OnceCell::new() }
    }

    fn column(&self, name: &str) -> Option<&'a Column> {
        let field = self.records.schema.field(name)?;
        self.records.rows.column(&field.name)
    }

    fn id(&self, row: usize) -> Option<Uuid> {
        match self.column(&self.records.schema.key_field)?.get(row) {
            FieldValue::Guid(id) => Some(id),
            FieldValue::Integer(value) => i32::try_from(value).ok().map(value_id),
            _ => None,
        }
    }

    fn row(&self, id: Uuid) -> Option<usize> {
        let rows = 0..self.records.rows.n_rows();
        let index = || rows.filter_map(|row| Some((self.id(row)?, row))).collect();
        self.by_id.get_or_init(index).get(&id).copied()
    }

    /// The record that `name` knows as `code`.
    fn coded(&self, name: &str, code: &str) -> Option<Uuid> {
        let index = || {
            let Some(column) = self.column(name) else { return FxHashMap::default() };
            let coded = |row: usize| match column.get(row) {
                FieldValue::Text(code) => Some((code, self.id(row)?)),
                _ => None,
            };
            (0..self.records.rows.n_rows()).filter_map(coded).collect()
        };
        self.by_code.get_or_init(index).get(code).copied()
    }

    fn cell(&self, name: &str, row: usize) -> FieldValue<'a> {
        self.column(name).map_or(FieldValue::Null, |column| column.get(row))
    }

    fn passes(&self, id: Uuid) -> bool {
        let in_filter = self.records.in_filter;
        self.row(id).is_some_and(|row| row < in_filter.len() && in_filter.get(row))
    }
}

impl<'a> Indexed<'a> {
    fn name(&self) -> &'a MappingName {
        &self.table.mapping.name
    }

    fn places(&self, side: Side) -> &Places<'a> {
        match side {
            Side::BusinessCentral => &self.records,
            Side::Dataverse => &self.rows,
        }
    }

    fn node(&self, side: Side, id: Uuid) -> Node {
        Node { mapping: self.name().clone(), side, id }
    }

    fn is_coupled(&self, side: Side, id: Uuid) -> bool {
        match (self.table.mapping.is_option_mapping(), side) {
            (false, Side::BusinessCentral) => self.table.couplings.get(SystemId(id)).is_some(),
            (false, Side::Dataverse) => self.table.couplings.of_row(RowId(id)).is_some(),
            (true, Side::BusinessCentral) => self.table.options.iter().any(|it| it.record.id().0 == id),
            (true, Side::Dataverse) => self.table.options.iter().any(|it| value_id(it.value) == id),
        }
    }

    /// The Business Central record of this code.
    fn coded(&self, code: &str) -> Option<Uuid> {
        self.records.coded(&code_field(self.records.records.schema)?.name, code)
    }

    /// A row as what has to be done about it: where the other side has its counterpart, that one is written and finds the
    /// row by its code (S4.6) or its label (S4.63).
    fn counterpart(&self, id: Uuid) -> Node {
        let code = if self.table.mapping.is_option_mapping() {
            "label"
        } else if self.table.mapping.integration_table == CURRENCIES {
            "isocurrencycode"
        } else {
            return self.node(Side::Dataverse, id);
        };
        let row = self.rows.row(id).map(|row| self.rows.cell(code, row));
        let counterpart = match row {
            Some(FieldValue::Text(code))
                if self.table.mapping.direction != Direction::FromIntegrationTable =>
            {
                self.coded(code).filter(|id| !self.is_coupled(Side::BusinessCentral, *id))
            }
            _ => None,
        };
        match counterpart {
            Some(record) => self.node(Side::BusinessCentral, record),
            None => self.node(Side::Dataverse, id),
        }
    }
}

impl<'a> TableDependencies<'a> {
    /// What is known of `tables`, which hold every mapping of [`mappings_to_follow`].
    pub fn new(
        configuration: &'a Configuration,
        tables: &[DependencyTable<'a>],
        local_currency: Option<RowId>,
        relations: Option<&'a ColumnTable>,
    ) -> Self {
        let indexed = |table: &DependencyTable<'a>| Indexed {
            table: *table,
            records: Places::new(table.business_central),
            rows: Places::new(table.dataverse),
        };
        TableDependencies {
            configuration,
            tables: tables.iter().map(indexed).collect(),
            local_currency,
            relations,
            companies: OnceCell::new(),
        }
    }

    fn table(&self, mapping: &MappingName) -> Option<&Indexed<'a>> {
        self.tables.iter().find(|table| table.name() == mapping)
    }

    /// Record mappings of these Dataverse tables.
    fn tables_of<'s>(&'s self, targets: &'s [String]) -> impl Iterator<Item = &'s Indexed<'a>> {
        let is_meant = move |it: &&Indexed<'a>| {
            !it.table.mapping.is_option_mapping() && targets.contains(&it.table.mapping.integration_table)
        };
        self.tables.iter().filter(is_meant)
    }

    fn of_field(&self, source: &Places<'a>, side: Side, row: usize, link: &LinkField<'_>) -> Option<Target> {
        match side {
            Side::BusinessCentral => {
                let FieldValue::Text(code) = source.cell(link.field, row) else { return None };
                let code = code.trim();
                if code.is_empty() { None } else { self.of_code(link, code) }
            }
            Side::Dataverse => match source.cell(&link.column.name, row) {
                FieldValue::Option(value) => {
                    let table = self.table(link.options?)?;
                    Some(Target::Node(table.counterpart(value_id(value))))
                }
                FieldValue::Guid(id) if !id.is_nil() && self.local_currency != Some(RowId(id)) => {
                    self.of_row(link, id)
                }
                _ => None,
            },
        }
    }

    /// Where a code leads. A code of a choice that no record has gives no value (S4.47), and one of an owner nobody (S4.42).
    fn of_code(&self, link: &LinkField<'_>, code: &str) -> Option<Target> {
        let node = |table: &Indexed<'_>| {
            let id = table.coded(code)?;
            Some((table.is_coupled(Side::BusinessCentral, id), table.node(Side::BusinessCentral, id)))
        };
        if let Some(options) = link.options {
            return node(self.table(options)?).map(|(_, node)| Target::Node(node));
        }
        let mut known: Vec<_> = self.tables_of(&link.column.targets).filter_map(node).collect();
        known.sort_by_key(|(is_coupled, _)| !is_coupled);
        match known.into_iter().next() {
            Some((_, node)) => Some(Target::Node(node)),
            None if link.column.name == OWNER => None,
            None => Some(self.missing(link, code)),
        }
    }

    fn of_row(&self, link: &LinkField<'_>, id: Uuid) -> Option<Target> {
        let known = || self.tables_of(&link.column.targets);
        if known().any(|table| table.is_coupled(Side::Dataverse, id)) {
            return None;
        }
        let has_row = |table: &&Indexed<'_>| table.rows.row(id).is_some();
        let table = known().find(|it| it.rows.passes(id)).or_else(|| known().find(has_row));
        match table {
            Some(table) => Some(Target::Node(table.counterpart(id))),
            // A team is no user.
            None if link.column.name == OWNER => None,
            None => Some(self.missing(link, &id.to_string())),
        }
    }

    fn missing(&self, link: &LinkField<'_>, value: &str) -> Target {
        let mapping = self.tables_of(&link.column.targets).next().map(|table| table.name().clone());
        Target::Missing { value: value.into(), mapping }
    }

    /// The customer or vendor of the company of a person (S6.21), and that of its account (S6.22).
    fn of_company(&self, places: &Places<'a>, side: Side, row: usize) -> Option<Dependency> {
        let companies = || {
            let is_company = |it: &&Indexed<'a>| LINKS.iter().any(|(_, table)| is_table(it, *table));
            self.tables.iter().filter(is_company)
        };
        let mapping = || companies().next().map(|table| table.name().clone());
        let (field, value, target) = match side {
            Side::BusinessCentral => {
                let FieldValue::Text(company) = places.cell("Company No.", row) else { return None };
                let related = self.companies().get(company).map(Vec::as_slice).unwrap_or_default();
                let node = |(number, no): &(u32, &str)| {
                    let table = companies().find(|table| is_table(table, *number))?;
                    table.coded(no).map(|id| (table, id))
                };
                let nodes: Vec<_> = related.iter().filter_map(node).collect();
                let coupled = nodes.iter().find(|(table, id)| table.is_coupled(side, *id));
                let found = coupled.or(nodes.first()).map(|(table, id)| table.node(side, *id));
                ("Company No.", company.to_owned(), found)
            }
            Side::Dataverse => {
                let FieldValue::Guid(account) = places.cell("parentcustomerid", row) else { return None };
                if account.is_nil() || companies().any(|table| table.is_coupled(side, account)) {
                    return None;
                }
                let found = companies().find(|table| table.rows.passes(account));
                ("parentcustomerid", account.to_string(), found.map(|table| table.node(side, account)))
            }
        };
        let missing = || Target::Missing { value: value.into(), mapping: mapping() };
        Some(Dependency { field: field.to_owned(), target: found_or(target, missing) })
    }

    fn companies(&self) -> &FxHashMap<&'a str, Vec<(u32, &'a str)>> {
        self.companies.get_or_init(|| {
            let mut companies: FxHashMap<&'a str, Vec<(u32, &'a str)>> = FxHashMap::default();
            let [contact, link, number] = RELATION_FIELDS.map(|name| self.relations?.column(name));
            let (Some(contact), Some(link), Some(number)) = (contact, link, number) else { return companies };
            for row in 0..self.relations.map_or(0, ColumnTable::n_rows) {
                let linked = match link.get(row) {
                    FieldValue::Option(value) => LINKS.iter().find(|(ordinal, _)| *ordinal == value),
                    _ => None,
                };
                if let (FieldValue::Text(contact), FieldValue::Text(number), Some((_, table))) =
                    (contact.get(row), number.get(row), linked)
                {
                    companies.entry(contact).or_default().push((*table, number));
                }
            }
            companies
        })
    }
}

fn found_or(node: Option<Node>, missing: impl FnOnce() -> Target) -> Target {
    node.map_or_else(missing, Target::Node)
}

fn is_table(table: &Indexed<'_>, number: u32) -> bool {
    table.table.mapping.table.number == number && !table.table.mapping.is_option_mapping()
}

/// A field mapping that leads somewhere.
struct LinkField<'f> {
    field: &'f str,
    column: &'f FieldSchema,
    /// The option mapping of a choice.
    options: Option<&'f MappingName>,
}

impl<'a> Indexed<'a> {
    /// The enabled field mappings that must find something coupled when a record of this side is written.
    fn links<'s>(&'s self, configuration: &'s Configuration, side: Side) -> Vec<LinkField<'s>> {
        let pass = match side {
            Side::BusinessCentral => Pass::ToIntegrationTable,
            Side::Dataverse => Pass::FromIntegrationTable,
        };
        let mut links = Vec::new();
        for it in &self.table.mapping.field_mappings {
            let takes_part =
                it.status == FieldMappingStatus::Enabled && Pass::of(it.direction).contains(&pass);
            let (Some(field), Some(column)) = (it.field.as_deref(), it.column.as_deref()) else { continue };
            let Some(column) = self.rows.records.schema.field(column) else { continue };
            let is_ours = column.name == OWNER && configuration.ownership_model == OwnershipModel::Team;
            if !takes_part || it.clear_value_on_failed_sync || is_ours {
                continue;
            }
            let is_choice = matches!(column.field_type, FieldType::Option(_));
            let of_column = |it: &&IntegrationTableMapping| {
                it.is_option_mapping() && it.integration_uid.column() == column.name
            };
            let options = configuration.mappings.iter().filter(|_| is_choice).find(of_column);
            if options.is_some() || !column.targets.is_empty() {
                links.push(LinkField { field, column, options: options.map(|it| &it.name) });
            }
        }
        links
    }
}

impl Dependencies for TableDependencies<'_> {
    fn is_coupled(&self, node: &Node) -> bool {
        self.table(&node.mapping).is_some_and(|table| table.is_coupled(node.side, node.id))
    }

    fn resolution(&self, node: &Node) -> Resolution {
        let direction = self.table(&node.mapping).map(|table| table.table.mapping.direction);
        let pass = match node.side {
            Side::BusinessCentral => Pass::ToIntegrationTable,
            Side::Dataverse => Pass::FromIntegrationTable,
        };
        match direction {
            Some(direction) if Pass::of(direction).contains(&pass) => Resolution::Create,
            _ => Resolution::Couple,
        }
    }

    fn of(&self, node: &Node) -> Vec<Dependency> {
        let Some(table) = self.table(&node.mapping) else { return Vec::new() };
        let places = table.places(node.side);
        let Some(row) = places.row(node.id) else { return Vec::new() };
        if table.table.mapping.is_option_mapping() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for link in table.links(self.configuration, node.side) {
            if let Some(target) = self.of_field(places, node.side, row, &link) {
                let field = match node.side {
                    Side::BusinessCentral => link.field,
                    Side::Dataverse => &link.column.name,
                };
                found.push(Dependency { field: field.to_owned(), target });
            }
        }
        let is_contact = is_table(table, CONTACT) && table.table.mapping.integration_table == "contact";
        found.extend(is_contact.then(|| self.of_company(places, node.side, row)).flatten());
        found
    }
}
