//! Reading what fields point to: the partners of records of other mappings, the values of choices, currencies, the
//! companies of persons. Only the codes and ids that occur are asked for.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::mapping::FieldMapping;
use couplet_engine::planning::{
    CompanyLink, Currencies, LookupTable, MappingState, OptionTable, References, add_companies,
};
use couplet_engine::preview::{CONTACT_BUSINESS_RELATIONS, MARKETING_SETUP, related_contacts};
use couplet_engine::{ColumnTable, FieldMappingStatus, FieldSchema, IntegrationTableMapping, TableSchema};
use couplet_filter::odata::Literal;
use couplet_filter::{DateKey, FieldType, FieldValue};
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::error::RunError;
use crate::ports::Ports;
use crate::prepared::SideTable;
use crate::reading::{Reader, cell, guid, text};
use crate::session::Place;
use crate::store::Store;
use crate::task::Task;

const CONTACT: u32 = 5050;
const CURRENCY: u32 = 4;
const GENERAL_LEDGER_SETUP: u32 = 98;
const CURRENCY_EXCHANGE_RATE: u32 = 330;
/// Contact field that names the company contact.
const COMPANY_NO: &str = "Company No.";

/// Reads what the fields of one mapping point to.
pub(crate) struct ReferenceReader<'r, 's, P, S> {
    pub(crate) reader: &'r Reader<'s, P>,
    pub(crate) store: &'r S,
    pub(crate) task: &'r Task<'r>,
    pub(crate) mapping: &'r IntegrationTableMapping,
}

impl<P: Ports, S: Store> ReferenceReader<'_, '_, P, S> {
    /// What the fields of both tables point to, and the users among it that cannot own a row.
    pub(crate) async fn read(
        &self,
        business_central: &SideTable,
        dataverse: &SideTable,
    ) -> Result<(References, FxHashSet<Uuid>), RunError> {
        let mut references = References::default();
        let mut lookups: Vec<(&IntegrationTableMapping, Wanted)> = Vec::new();
        for (field, column) in self.pointing(business_central.schema(), dataverse.schema()) {
            if matches!(column.field_type, FieldType::Option(_)) {
                references.options.extend(self.options(column, &business_central.rows, field).await?);
                continue;
            }
            for target in &column.targets {
                for mapping in self.mappings_of(target) {
                    let wanted = Wanted {
                        codes: codes_in(&business_central.rows, field),
                        rows: ids_in(&dataverse.rows, &column.name),
                    };
                    match lookups.iter_mut().find(|(known, _)| known.name == mapping.name) {
                        Some((_, known)) => known.add(wanted),
                        None => lookups.push((mapping, wanted)),
                    }
                }
            }
        }
        for (mapping, wanted) in lookups {
            references.lookups.push(self.lookup(mapping, wanted).await?);
        }
        references.currencies = self.currencies(dataverse.schema()).await?;
        if self.mapping.table.number == CONTACT {
            self.companies(business_central, dataverse, &mut references).await?;
        }
        let unable_owners = self.unable_owners(&references).await?;
        Ok((references, unable_owners))
    }

    /// Business Central fields that are mapped to a lookup or a choice, with the column.
    fn pointing<'a>(
        &'a self,
        business_central: &'a TableSchema,
        dataverse: &'a TableSchema,
    ) -> impl Iterator<Item = (&'a str, &'a FieldSchema)> {
        let enabled = |field: &&FieldMapping| field.status == FieldMappingStatus::Enabled;
        self.mapping.field_mappings.iter().filter(enabled).filter_map(move |field| {
            let column = dataverse.field(field.column.as_deref()?)?;
            let field = business_central.field(field.field.as_deref()?)?;
            let is_code = matches!(field.field_type, FieldType::Text { .. } | FieldType::Code { .. });
            let points = !column.targets.is_empty() || matches!(column.field_type, FieldType::Option(_));
            (is_code && points).then_some((field.name.as_str(), column))
        })
    }

    fn mappings_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a IntegrationTableMapping> {
        let mappings = self.task.configuration.mappings.iter();
        mappings.filter(move |it| it.integration_table == table && !it.is_option_mapping())
    }

    /// The records of another mapping by their code, as far as they occur (S4.48).
    async fn lookup(
        &self,
        mapping: &IntegrationTableMapping,
        wanted: Wanted,
    ) -> Result<LookupTable, RunError> {
        let mut lookup = LookupTable::new(mapping.name.clone(), &mapping.integration_table);
        let state = self.store.mapping_state(&mapping.name).await?;
        let records = wanted.rows.iter().filter_map(|row| state.couplings.record_of(RowId(*row)));
        let records: Vec<Uuid> = records.map(|record| record.0).collect();
        let Some((place, code)) = self.coded(mapping) else { return Ok(lookup) };
        if wanted.codes.is_empty() && records.is_empty() {
            return Ok(lookup);
        }
        let fields = [code.clone()];
        let mut rows = self.reader.read_with(&place, &fields, (&code, &literals(&wanted.codes))).await?;
        self.reader.append_ids(&place, &fields, records, &mut rows).await?;
        for row in 0..rows.n_rows() {
            let Some(id) = guid(cell(&rows, &place.schema.key_field, row)) else { continue };
            lookup.add(text(&rows, &code.name, row), state.couplings.row_of(SystemId(id)));
        }
        Ok(lookup)
    }

    /// The table of a mapping and the first field of its key; none when either is out of reach.
    pub(crate) fn coded(&self, mapping: &IntegrationTableMapping) -> Option<(Place, FieldSchema)> {
        let place = self.reader.session.business_central(mapping.table.number, &mapping.table.name).ok()?;
        let code = place.schema.field_by_number(1).filter(|field| field.property.is_some())?.clone();
        Some((place, code))
    }

    /// The codes of an option mapping with the values they are coupled to (S4.47).
    async fn options(
        &self,
        column: &FieldSchema,
        rows: &ColumnTable,
        field: &str,
    ) -> Result<Option<OptionTable>, RunError> {
        let is_meant = |it: &&IntegrationTableMapping| {
            it.is_option_mapping() && it.integration_uid.column() == column.name
        };
        let Some(mapping) = self.task.configuration.mappings.iter().find(is_meant) else { return Ok(None) };
        let couplings = self.store.option_couplings(&mapping.name).await?;
        let mut options = OptionTable::new(&column.name);
        let Some((place, code)) = self.coded(mapping) else { return Ok(Some(options)) };
        let codes = codes_in(rows, field);
        let fields = [code.clone()];
        let mut records = self.reader.read_with(&place, &fields, (&code, &literals(&codes))).await?;
        let coupled = couplings.iter().map(|coupling| coupling.record.id().0);
        self.reader.append_ids(&place, &fields, coupled, &mut records).await?;
        let values: FxHashMap<Uuid, i32> =
            couplings.iter().map(|coupling| (coupling.record.id().0, coupling.value)).collect();
        for row in 0..records.n_rows() {
            let Some(id) = guid(cell(&records, &place.schema.key_field, row)) else { continue };
            options.add(text(&records, &code.name, row), values.get(&id).copied());
        }
        Ok(Some(options))
    }

    /// Users that own rows and cannot (S4.42): disabled or without a license.
    async fn unable_owners(&self, references: &References) -> Result<FxHashSet<Uuid>, RunError> {
        const USERS: &str = "systemuser";
        let mut unable = FxHashSet::default();
        if references.lookups_of(USERS).next().is_none() {
            return Ok(unable);
        }
        let place = self.reader.session.dataverse(USERS).await?;
        let named = ["isdisabled", "islicensed"].into_iter().filter_map(|name| place.schema.field(name));
        let fields: Vec<FieldSchema> = named.cloned().collect();
        let users = self.reader.read(&place, &fields, None).await?;
        for row in 0..users.n_rows() {
            let is = |name: &str| cell(&users, name, row) == FieldValue::Boolean(true);
            if is("isdisabled") || !is("islicensed") {
                unable.extend(guid(cell(&users, &place.schema.key_field, row)));
            }
        }
        Ok(unable)
    }
}

/// Codes and rows that a lookup is asked for.
struct Wanted {
    codes: Vec<String>,
    rows: Vec<Uuid>,
}

impl Wanted {
    /// Those of another field that points to the same mapping.
    fn add(&mut self, other: Wanted) {
        self.codes.extend(other.codes);
        self.codes.sort_unstable();
        self.codes.dedup();
        self.rows.extend(other.rows);
        self.rows.sort_unstable();
        self.rows.dedup();
    }
}

/// Currencies (S4.45, S6.31, S6.32).
impl<P: Ports, S: Store> ReferenceReader<'_, '_, P, S> {
    async fn currencies(&self, dataverse: &TableSchema) -> Result<Option<Currencies>, RunError> {
        const CURRENCIES: &str = "transactioncurrency";
        let mapped = self.mapping.field_mappings.iter().filter(|it| it.status == FieldMappingStatus::Enabled);
        let mapped = mapped.filter_map(|it| dataverse.field(it.column.as_deref()?));
        let points = mapped.flat_map(|column| &column.targets).any(|target| target == CURRENCIES);
        let is_currency = self.mapping.table.number == CURRENCY;
        if !points && !is_currency {
            return Ok(None);
        }
        let Some(local_code) = self.local_code().await? else { return Ok(None) };
        let organization = self.reader.session.organization().await?;
        let place = self.reader.session.dataverse(CURRENCIES).await?;
        let fields: Vec<FieldSchema> = place.schema.field("isocurrencycode").into_iter().cloned().collect();
        let rows = self.reader.read(&place, &fields, None).await?;
        let id = |row: usize| guid(cell(&rows, &place.schema.key_field, row));
        let code = |row: usize| text(&rows, "isocurrencycode", row);
        let local = (0..rows.n_rows()).find(|row| code(*row) == local_code);
        let base =
            (0..rows.n_rows()).find(|row| organization.base.is_some() && id(*row) == organization.base);
        Ok(Some(Currencies {
            local_row: local.and_then(id).map(RowId),
            local_code: local_code.into(),
            base_code: base.map(code).unwrap_or_default().into(),
            base_symbol: organization.base_symbol.into(),
            precision: organization.precision,
            factors: if is_currency { self.factors().await? } else { FxHashMap::default() },
        }))
    }

    /// Code of the local currency; none when the general ledger setup is out of reach.
    async fn local_code(&self) -> Result<Option<String>, RunError> {
        let Some((place, fields)) = self.table(GENERAL_LEDGER_SETUP, &["LCY Code"]) else { return Ok(None) };
        let setup = self.reader.read(&place, &fields, None).await?;
        Ok(Some(text(&setup, "LCY Code", 0).to_owned()))
    }

    /// By currency, how much of it one unit of the local currency is, as of today.
    async fn factors(&self) -> Result<FxHashMap<Box<str>, Decimal>, RunError> {
        let names =
            ["Currency Code", "Starting Date", "Exchange Rate Amount", "Relational Exch. Rate Amount"];
        let Some((place, fields)) = self.table(CURRENCY_EXCHANGE_RATE, &names) else {
            return Ok(FxHashMap::default());
        };
        let rates = self.reader.read(&place, &fields, None).await?;
        let today = self.reader.session.ports().now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let today = DateKey::from_civil(today);
        let mut latest: FxHashMap<Box<str>, (DateKey, Decimal)> = FxHashMap::default();
        for row in 0..rates.n_rows() {
            let FieldValue::Date(start) = cell(&rates, "Starting Date", row) else { continue };
            let amount = |name: &str| match cell(&rates, name, row) {
                FieldValue::Decimal(amount) => Some(amount),
                FieldValue::Integer(amount) => Some(amount.into()),
                _ => None,
            };
            let factor = amount("Exchange Rate Amount")
                .zip(amount("Relational Exch. Rate Amount"))
                .and_then(|(amount, local)| amount.checked_div(local));
            let Some(factor) = factor.filter(|_| start <= today) else { continue };
            let code = text(&rates, "Currency Code", row);
            let is_later = latest.get(code).is_none_or(|(known, _)| *known < start);
            if is_later {
                latest.insert(code.into(), (start, factor));
            }
        }
        Ok(latest.into_iter().map(|(code, (_, factor))| (code, factor)).collect())
    }

    /// A Business Central table with these fields; none when one of them is out of reach.
    fn table(&self, number: u32, names: &[&str]) -> Option<(Place, Vec<FieldSchema>)> {
        let place = self.reader.session.business_central(number, "").ok()?;
        let field = |name: &&str| place.schema.field(name).filter(|it| it.property.is_some()).cloned();
        let fields = names.iter().map(field).collect::<Option<Vec<_>>>()?;
        Some((place, fields))
    }
}

/// The companies of persons (S2.13, S6.21, S6.22).
impl<P: Ports, S: Store> ReferenceReader<'_, '_, P, S> {
    /// Numbers of the company contacts of these persons that a customer or vendor is related to; none for other tables,
    /// and where it cannot be known.
    pub(crate) async fn related_contacts(
        &self,
        persons: &ColumnTable,
    ) -> Result<Option<FxHashSet<String>>, RunError> {
        if self.mapping.post_filter.is_none() || persons.n_rows() == 0 {
            return Ok(None);
        }
        let Some(relations) = self.relations("Contact No.", &codes_in(persons, COMPANY_NO)).await? else {
            return Ok(None);
        };
        let Some((place, fields)) = self.table(MARKETING_SETUP.number, MARKETING_SETUP.fields) else {
            return Ok(None);
        };
        let setup = self.reader.read(&place, &fields, None).await?;
        Ok(Some(related_contacts(&relations, &setup)))
    }

    /// Contact business relations with one of these values in a field; none when they are out of reach.
    pub(crate) async fn relations(
        &self,
        by: &str,
        values: &[String],
    ) -> Result<Option<ColumnTable>, RunError> {
        let names = [CONTACT_BUSINESS_RELATIONS.fields, &["No."]].concat();
        let Some((place, fields)) = self.table(CONTACT_BUSINESS_RELATIONS.number, &names) else {
            return Ok(None);
        };
        let Some(by) = place.schema.field(by) else { return Ok(None) };
        Ok(Some(self.reader.read_with(&place, &fields, (by, &literals(values))).await?))
    }

    /// Both ways: from a company contact to the account of its customer or vendor, and back.
    async fn companies(
        &self,
        business_central: &SideTable,
        dataverse: &SideTable,
        references: &mut References,
    ) -> Result<(), RunError> {
        let companies = codes_in(&business_central.rows, COMPANY_NO);
        let accounts = ids_in(&dataverse.rows, "parentcustomerid");
        let relations = self.relations("Contact No.", &companies).await?;
        // A customer comes before a vendor: what is found first stays.
        for link in CompanyLink::ALL {
            let is_meant =
                |it: &&IntegrationTableMapping| it.table.number == link.table() && !it.is_option_mapping();
            let Some(mapping) = self.task.configuration.mappings.iter().find(is_meant) else { continue };
            let Some((place, number)) = self.coded(mapping) else { continue };
            let state = self.store.mapping_state(&mapping.name).await?;
            if let Some(relations) = &relations {
                self.accounts_of(relations, link, (&place, &number), &state, references).await?;
            }
            self.contacts_of(&accounts, link, (&place, &number), &state, references).await?;
        }
        Ok(())
    }

    async fn accounts_of(
        &self,
        relations: &ColumnTable,
        link: CompanyLink,
        (place, number): (&Place, &FieldSchema),
        state: &MappingState,
        references: &mut References,
    ) -> Result<(), RunError> {
        let linked = (0..relations.n_rows()).filter(|row| is_link(relations, *row, link));
        let mut numbers: Vec<String> = linked.map(|row| text(relations, "No.", row).to_owned()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let partners =
            self.reader.read_with(place, std::slice::from_ref(number), (number, &literals(&numbers))).await?;
        add_companies(references, relations, link, (&*place.schema, &partners), &state.couplings);
        Ok(())
    }

    async fn contacts_of(
        &self,
        accounts: &[Uuid],
        link: CompanyLink,
        (place, number): (&Place, &FieldSchema),
        state: &MappingState,
        references: &mut References,
    ) -> Result<(), RunError> {
        let coupled = accounts.iter().filter_map(|account| state.couplings.record_of(RowId(*account)));
        let coupled: Vec<Uuid> = coupled.map(|record| record.0).collect();
        if coupled.is_empty() {
            return Ok(());
        }
        let fields = std::slice::from_ref(number);
        let mut partners = self.reader.read_with(place, fields, (number, &[])).await?;
        self.reader.append_ids(place, fields, coupled, &mut partners).await?;
        let numbers = codes_in(&partners, &number.name);
        let Some(relations) = self.relations("No.", &numbers).await? else { return Ok(()) };
        add_companies(references, &relations, link, (&*place.schema, &partners), &state.couplings);
        Ok(())
    }
}

/// Whether a business relation links its contact to such a table.
pub(crate) fn is_link(relations: &ColumnTable, row: usize, link: CompanyLink) -> bool {
    cell(relations, "Link to Table", row) == FieldValue::Option(link.ordinal())
}

/// The codes in a column, each once, blank ones left out.
fn codes_in(rows: &ColumnTable, field: &str) -> Vec<String> {
    let codes: FxHashSet<&str> = (0..rows.n_rows()).map(|row| text(rows, field, row)).collect();
    let mut codes: Vec<String> =
        codes.into_iter().filter(|code| !code.is_empty()).map(str::to_owned).collect();
    codes.sort_unstable();
    codes
}

/// The ids in a column of lookups, each once.
fn ids_in(rows: &ColumnTable, column: &str) -> Vec<Uuid> {
    let ids: FxHashSet<Uuid> = (0..rows.n_rows()).filter_map(|row| guid(cell(rows, column, row))).collect();
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    ids
}

fn literals(codes: &[String]) -> Vec<Literal> {
    codes.iter().map(|code| Literal::Text(code.clone())).collect()
}
