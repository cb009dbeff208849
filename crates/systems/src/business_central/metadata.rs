//! From Business Central's metadata to bound tables: the companion where it is installed, API v2.0 otherwise.

use couplet_engine::default_setup::{ApiValue, StandardTable, standard_tables};
use couplet_engine::{FieldAccess, FieldSchema, Labels, Side, TableSchema};
use couplet_filter::odata::{Expression, Literal};
use couplet_filter::{FieldType, Operator};
use uuid::Uuid;

use super::fields::{FieldInfo, TABLE_FIELD_COLUMNS, TableField};
use super::{List, read_json};
use crate::binding::{
    API_V2_ROUTE, Binding, BindingKind, BoundTable, COMPANION_ROUTE, FieldRelation, OutOfReachField, Remedy,
};
use crate::edmx::{EdmSet, Edmx};
use crate::error::{MetadataPart, ReadError, ServiceError, ServiceErrorKind};
use crate::http::{Procedure, Request, Response, Step};
use crate::lookup::LookupKey;
use crate::names::property_name;
use crate::read::service_get;
use crate::url::{below_base, encode, with_query};

const SIDE: Side = Side::BusinessCentral;
/// Name of the field that identifies every record.
const SYSTEM_ID: &str = "SystemId";
/// Name of the field with the time of the last change.
const MODIFIED_AT: &str = "SystemModifiedAt";

/// Whether the companion extension answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanionState {
    /// It does.
    Installed,
    /// Its route answers 404 (A67).
    Missing,
}

/// The tables that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessCentralTables {
    /// Whether the companion answers.
    pub companion: CompanionState,
    /// Tables with their ways, in ascending table number.
    pub tables: Vec<BoundTable>,
    /// Numbers of tables that no metadata names.
    pub missing: Vec<u32>,
}

impl BusinessCentralTables {
    /// The table with this number.
    pub fn table(&self, number: u32) -> Option<&BoundTable> {
        self.tables.iter().find(|table| table.schema.number == Some(number))
    }

    /// The table whose records a field of the table `number` names, and how it names them; none where that table cannot
    /// be read, or where its records have no code of their own.
    pub fn related(&self, number: u32, field: &FieldSchema) -> Option<(&BoundTable, LookupKey)> {
        let relation = self.table(number)?.relations.iter().find(|relation| relation.field == field.name)?;
        let target = self.table(relation.table).filter(|table| table.binding.kind != BindingKind::None)?;
        let key = match field.field_type {
            FieldType::Guid => LookupKey::Id,
            FieldType::Code { .. } => LookupKey::Code { field: target.code_key.clone()? },
            _ => return None,
        };
        Some((target, key))
    }
}

/// Finds the ways to a company's tables: the two `$metadata` documents and the list of fields in both languages, all
/// at once, then further pages of the lists if there are any.
#[derive(Debug)]
pub struct BusinessCentralMetadata {
    base_url: String,
    company: Uuid,
    tables: Vec<u32>,
    companion: Option<Edmx>,
    api: Edmx,
    english: Vec<TableField>,
    french: Vec<TableField>,
    /// Languages whose next page was asked for.
    pending: Vec<Locale>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Locale {
    English,
    French,
}

impl Locale {
    fn tag(self) -> &'static str {
        match self {
            Locale::English => "en-US",
            Locale::French => "fr-FR",
        }
    }
}

impl BusinessCentralMetadata {
    /// For the tables with these numbers in one company; for all the companion exposes when there is none.
    pub fn new(base_url: &str, company: Uuid, tables: impl IntoIterator<Item = u32>) -> Self {
        let mut tables: Vec<u32> = tables.into_iter().collect();
        tables.sort_unstable();
        tables.dedup();
        BusinessCentralMetadata {
            base_url: base_url.to_owned(),
            company,
            tables,
            companion: None,
            api: Edmx::default(),
            english: Vec::new(),
            french: Vec::new(),
            pending: Vec::new(),
        }
    }

    fn fields_request(&self, locale: Locale) -> Request {
        // Alternatives on one field are allowed (A33).
        let is =
            |number: &u32| Expression::compare("tableNo", Operator::Equal, Literal::Number((*number).into()));
        let filter = Expression::any(self.tables.iter().map(is).collect())
            .map(|tables| format!("$filter={}", encode(&tables.to_string())))
            .unwrap_or_default();
        let path = format!("{COMPANION_ROUTE}/companies({})/tableFields", self.company.hyphenated());
        let query = with_query(&path, &[format!("$select={TABLE_FIELD_COLUMNS}"), filter]);
        service_get(SIDE, query).with("Accept-Language", locale.tag())
    }

    /// Takes a page of the list of fields; the request for the next one, if there is one.
    fn take_fields(&mut self, locale: Locale, response: &Response) -> Result<Option<Request>, ReadError> {
        let list: List<TableField> = read_json(SIDE, MetadataPart::TableFields, response)?;
        match locale {
            Locale::English => self.english.extend(list.value),
            Locale::French => self.french.extend(list.value),
        }
        let next = list.next_link.map(|link| below_base(&self.base_url, &link)).transpose()?;
        Ok(next.map(|path| service_get(SIDE, path).with("Accept-Language", locale.tag())))
    }

    fn take_first(&mut self, responses: &[Response]) -> Result<Vec<(Locale, Request)>, ReadError> {
        let [companion, api, english, french] = responses else { return Err(ReadError::MissingAnswer) };
        self.api = edmx(api)?.unwrap_or_default();
        self.companion = edmx(companion)?;
        if self.companion.is_none() || is_missing(english) {
            self.companion = None;
            return Ok(Vec::new());
        }
        let mut next = Vec::new();
        for (locale, response) in [(Locale::English, english), (Locale::French, french)] {
            next.extend(self.take_fields(locale, response)?.map(|request| (locale, request)));
        }
        Ok(next)
    }

    fn step(&mut self, next: Vec<(Locale, Request)>) -> Step<BusinessCentralTables> {
        if next.is_empty() {
            return Step::Done(self.tables());
        }
        let (pending, requests) = next.into_iter().unzip();
        self.pending = pending;
        Step::Send(requests)
    }
}

impl Procedure for BusinessCentralMetadata {
    type Output = BusinessCentralTables;

    fn start(&mut self) -> Step<BusinessCentralTables> {
        let document = |route: &str| {
            let mut request = service_get(SIDE, format!("{route}/$metadata"));
            for (name, value) in &mut request.headers {
                if *name == "Accept" {
                    "application/xml".clone_into(value);
                }
            }
            request
        };
        Step::Send(vec![
            document(COMPANION_ROUTE),
            document(API_V2_ROUTE),
            self.fields_request(Locale::English),
            self.fields_request(Locale::French),
        ])
    }

    fn accept(&mut self, responses: &[Response]) -> Result<Step<BusinessCentralTables>, ReadError> {
        if self.pending.is_empty() {
            let next = self.take_first(responses)?;
            return Ok(self.step(next));
        }
        let pending = std::mem::take(&mut self.pending);
        if pending.len() != responses.len() {
            return Err(ReadError::MissingAnswer);
        }
        let mut next = Vec::new();
        for (locale, response) in pending.into_iter().zip(responses) {
            next.extend(self.take_fields(locale, response)?.map(|request| (locale, request)));
        }
        Ok(self.step(next))
    }
}

/// Whether a route does not exist or is switched off (A5, A55).
fn is_missing(response: &Response) -> bool {
    let kind = ServiceErrorKind::of_status(response.status);
    matches!(
        kind,
        ServiceErrorKind::NotFound | ServiceErrorKind::MethodNotAllowed | ServiceErrorKind::NotImplemented
    )
}

/// The document, or none when the route does not exist.
fn edmx(response: &Response) -> Result<Option<Edmx>, ReadError> {
    if is_missing(response) {
        return Ok(None);
    }
    ServiceError::check(SIDE, response)?;
    let read = Edmx::read(&response.body);
    read.map(Some).map_err(|detail| ReadError::Malformed { side: SIDE, part: MetadataPart::Edmx, detail })
}

/// A table before its way is chosen.
struct TableInfo {
    number: u32,
    name: String,
    fields: Vec<FieldInfo>,
}

/// One way to a table: the set and, per field, the property.
struct Way<'e> {
    kind: BindingKind,
    route: &'static str,
    set: &'e EdmSet,
    standard: Option<&'static StandardTable>,
}

impl BusinessCentralMetadata {
    fn tables(&self) -> BusinessCentralTables {
        let infos = if self.companion.is_some() { self.listed_tables() } else { self.standard_tables() };
        let missing = self.tables.iter().filter(|number| !infos.iter().any(|info| info.number == **number));
        let companion =
            if self.companion.is_some() { CompanionState::Installed } else { CompanionState::Missing };
        BusinessCentralTables {
            companion,
            missing: missing.copied().collect(),
            tables: infos.into_iter().map(|info| self.bind(info)).collect(),
        }
    }

    /// Tables as the companion lists them.
    fn listed_tables(&self) -> Vec<TableInfo> {
        let mut tables: Vec<TableInfo> = Vec::new();
        for row in &self.english {
            let position = tables.iter().position(|table| table.number == row.table_no);
            let position = position.unwrap_or_else(|| {
                tables.push(TableInfo {
                    number: row.table_no,
                    name: row.table_name.clone(),
                    fields: Vec::new(),
                });
                tables.len() - 1
            });
            let french =
                self.french.iter().find(|other| other.table_no == row.table_no && other.no == row.no);
            let set = self.companion_set(&row.table_name);
            let property = set.and_then(|set| set.property(&property_name(&row.field_name)));
            if let Some(table) = tables.get_mut(position) {
                table.fields.push(FieldInfo::new(row, french, property, self.companion.as_ref()));
            }
        }
        tables.sort_by_key(|table| table.number);
        for table in &mut tables {
            table.fields.sort_by_key(|field| field.number);
            add_system_fields(&mut table.fields, |_| true);
        }
        tables
    }

    /// Tables of the standard setup as far as API v2.0 and the setup's data describe them.
    fn standard_tables(&self) -> Vec<TableInfo> {
        let wanted = |table: &&StandardTable| self.tables.is_empty() || self.tables.contains(&table.number);
        let mut tables: Vec<TableInfo> = Vec::new();
        for table in standard_tables().iter().filter(wanted) {
            let set = table.api_entity_set.and_then(|name| self.api.set(name));
            let of_api = |name: Option<&str>| name.and_then(|name| set?.property(name));
            let fields = table.fields.iter().map(|field| {
                let same = field.api_property.filter(|_| field.api_value == ApiValue::Same);
                FieldInfo::of_property(field.number, field.name, of_api(same), &self.api)
            });
            let mut fields: Vec<FieldInfo> = fields.collect();
            // The standard API shows two of them.
            add_system_fields(&mut fields, |name| [SYSTEM_ID, MODIFIED_AT].contains(&name));
            if !tables.iter().any(|known| known.number == table.number) {
                tables.push(TableInfo { number: table.number, name: table.name.to_owned(), fields });
            }
        }
        tables.sort_by_key(|table| table.number);
        tables
    }

    /// The companion's set for a table: named, or typed, like the table.
    fn companion_set(&self, table_name: &str) -> Option<&EdmSet> {
        let name = property_name(table_name);
        let sets = &self.companion.as_ref()?.sets;
        sets.iter()
            .find(|set| set.entity_type.eq_ignore_ascii_case(&name) || set.name.eq_ignore_ascii_case(&name))
    }

    fn way(&self, info: &TableInfo) -> Option<Way<'_>> {
        let standard = standard_tables().iter().find(|table| table.number == info.number);
        let companion = self.companion_set(&info.name).map(|set| Way {
            kind: BindingKind::Companion,
            route: COMPANION_ROUTE,
            set,
            standard,
        });
        let api = standard.and_then(|table| self.api.set(table.api_entity_set?));
        let api = api.map(|set| Way { kind: BindingKind::ApiV2, route: API_V2_ROUTE, set, standard });
        // A way without the key leads nowhere.
        companion.into_iter().chain(api).find(|way| way.property(SYSTEM_ID).is_some())
    }

    fn bind(&self, info: TableInfo) -> BoundTable {
        let way = self.way(&info);
        let remedy =
            if self.companion.is_some() { Remedy::ExtendCompanion } else { Remedy::InstallCompanion };
        let code_key = code_key(&info.fields);
        let (mut out_of_reach, mut relations) = (Vec::new(), Vec::new());
        let mut fields = Vec::with_capacity(info.fields.len());
        for field in info.fields {
            let property = way.as_ref().and_then(|way| way.property(&field.name));
            relations.extend(field.relation.map(|table| FieldRelation { field: field.name.clone(), table }));
            if property.is_none() {
                out_of_reach.push(OutOfReachField { field: field.name.clone(), remedy });
            }
            fields.push(field_schema(field, property));
        }
        let named =
            ["Name", "Description"].into_iter().find(|name| fields.iter().any(|field| field.name == *name));
        let schema = TableSchema {
            side: SIDE,
            labels: Labels::same(info.name.clone()),
            name: info.name,
            number: Some(info.number),
            key_field: SYSTEM_ID.to_owned(),
            primary_name_field: named.map(str::to_owned),
            fields,
        };
        let (kind, route, entity_set) = match way {
            Some(way) => (way.kind, way.route.to_owned(), way.set.name.clone()),
            None => (BindingKind::None, String::new(), String::new()),
        };
        let binding = Binding { kind, route, entity_set, out_of_reach };
        BoundTable { schema, binding, relations, code_key }
    }
}

fn code_key(fields: &[FieldInfo]) -> Option<String> {
    let mut key = fields.iter().filter(|field| field.is_key);
    match (key.next(), key.next()) {
        (Some(only), None) if matches!(only.field_type, FieldType::Code { .. }) => Some(only.name.clone()),
        _ => None,
    }
}

impl Way<'_> {
    /// The property that holds the value of a field.
    fn property(&self, field: &str) -> Option<String> {
        let name = match (self.kind, self.standard) {
            (BindingKind::ApiV2, Some(table)) => match field {
                SYSTEM_ID => table.api_key?.to_owned(),
                MODIFIED_AT => table.api_modified_on?.to_owned(),
                _ => {
                    let known = table.field(field).filter(|field| field.api_value == ApiValue::Same)?;
                    known.api_property?.to_owned()
                }
            },
            _ => property_name(field),
        };
        self.set.property(&name).map(|property| property.name.clone())
    }
}

fn field_schema(info: FieldInfo, property: Option<String>) -> FieldSchema {
    let is_system = info.number >= SYSTEM_FIELDS;
    let access = match (&property, is_system) {
        (None, _) => FieldAccess::OutOfReach,
        (Some(_), true) => FieldAccess::Read,
        (Some(_), false) => FieldAccess::Full,
    };
    FieldSchema {
        name: info.name,
        number: Some(info.number),
        labels: info.labels,
        field_type: info.field_type,
        property,
        access,
        options: info.options,
        targets: Vec::new(),
    }
}

/// First number of the system fields (filter language, section 7).
const SYSTEM_FIELDS: u32 = 2_000_000_000;

/// The system fields, in the order of their numbers: every table has them, no list needs to name them.
const SYSTEM_FIELD_TYPES: [(&str, FieldType); 5] = [
    (SYSTEM_ID, FieldType::Guid),
    ("SystemCreatedAt", FieldType::DateTime),
    ("SystemCreatedBy", FieldType::Guid),
    (MODIFIED_AT, FieldType::DateTime),
    ("SystemModifiedBy", FieldType::Guid),
];

/// Adds the system fields that the list does not name and `wanted` asks for.
fn add_system_fields(fields: &mut Vec<FieldInfo>, wanted: fn(&str) -> bool) {
    for ((name, field_type), number) in SYSTEM_FIELD_TYPES.into_iter().zip(SYSTEM_FIELDS..) {
        if wanted(name) && !fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)) {
            fields.push(FieldInfo::system(number, name, field_type));
        }
    }
}
