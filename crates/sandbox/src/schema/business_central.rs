//! Business Central's tables and the two APIs over them, read from `data/business-central.json` (what the default
//! setup of Dataverse uses) and `data/business-central-sales.json` (what that of Sales adds, and its neighbors).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Caption, EntitySet, Kind, Link, Member, Multiplicity, Property, Rights, Source};
use crate::custom::{CustomField, CustomTable, CustomType};
use crate::store::Guid;

const DATA: &str = include_str!("../../data/business-central.json");
const SALES_DATA: &str = include_str!("../../data/business-central-sales.json");

/// The user that made and changed every generated record.
pub(crate) const USER: Guid = Guid([0xb0, 0xc0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]);

/// Tables and entity sets of Business Central.
#[derive(Debug)]
pub(crate) struct BusinessCentralSchema {
    pub(crate) tables: Vec<BcTable>,
    /// API v2.0.
    pub(crate) api: Vec<EntitySet>,
    /// The companion extension's API.
    pub(crate) companion: Vec<EntitySet>,
    /// How many of the tables come from the first data file: their demo data is made first.
    pub(crate) n_base_tables: usize,
}

/// One table as the application knows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BcTable {
    pub(crate) no: u32,
    pub(crate) name: String,
    pub(crate) fr: String,
    /// Blank for a table that only API v2.0 shows.
    pub(crate) companion_set: String,
    pub(crate) companion_entity: String,
    /// One record per company.
    #[serde(default)]
    pub(crate) single: bool,
    #[serde(default)]
    pub(crate) read_only: bool,
    /// Columns and cells of the rows that the companion shows.
    #[serde(default, rename = "where")]
    only: BTreeMap<String, u32>,
    pub(crate) fields: Vec<BcField>,
    /// Where blank numbers of new records come from (S3).
    #[serde(skip)]
    pub(crate) series: Option<Series>,
}

/// A number series: a prefix and so many digits.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Series {
    table: u32,
    pub(crate) prefix: String,
    pub(crate) digits: usize,
}

/// One field of a table; its position is its column.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BcField {
    pub(crate) no: u32,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) field_type: String,
    #[serde(default)]
    pub(crate) len: u32,
    #[serde(default)]
    pub(crate) key: bool,
    /// A part of the key that a record may leave blank.
    #[serde(default)]
    may_be_blank: bool,
    #[serde(default)]
    pub(crate) read_only: bool,
    /// A column that only holds the French text of another.
    #[serde(default)]
    pub(crate) hidden: bool,
    #[serde(default)]
    french_field: Option<String>,
    #[serde(default)]
    pub(crate) relation: Option<String>,
    #[serde(default)]
    pub(crate) options: Vec<String>,
    #[serde(default)]
    pub(crate) options_fr: Vec<String>,
    /// Numbers of the members; without them they number from 0.
    #[serde(default)]
    ordinals: Vec<i32>,
    /// An option of the old style, which travels as plain text (A49).
    #[serde(default)]
    plain: bool,
    #[serde(default)]
    caption: Option<String>,
    #[serde(default)]
    caption_fr: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    tables: Vec<BcTable>,
    entity_sets: Vec<ApiSet>,
    #[serde(default)]
    links: Vec<ApiLink>,
    #[serde(default)]
    series: Vec<Series>,
    #[serde(default)]
    webhooks: Vec<String>,
}

#[derive(Deserialize)]
struct ApiLink {
    set: String,
    name: String,
    target: String,
    own: String,
    other: String,
    #[serde(default)]
    many: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiSet {
    entity_set: String,
    entity_type: String,
    caption: String,
    caption_fr: Option<String>,
    table: u32,
    insertable: bool,
    updatable: bool,
    deletable: bool,
    #[serde(default, rename = "where")]
    only: BTreeMap<String, u32>,
    #[serde(default)]
    parents: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
    properties: Vec<ApiProperty>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApiProperty {
    name: String,
    #[serde(rename = "type")]
    edm_type: String,
    caption: String,
    caption_fr: Option<String>,
    max_length: Option<usize>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    upper_cased: bool,
    #[serde(default, rename = "enum")]
    members: Vec<String>,
    /// Numbers of the members, when they are not 0, 1, 2 and so on.
    #[serde(default)]
    values: Vec<i32>,
    source: String,
    /// The table that the source's code belongs to, when the field's relation does not say it.
    of: Option<String>,
    /// Column and cell that make the code mean that table.
    #[serde(default)]
    when: BTreeMap<String, u32>,
}

impl BusinessCentralSchema {
    /// Reads the built-in data files, which the crate's tests prove to be readable, and adds tables of the host.
    pub(crate) fn load(custom: &[CustomTable]) -> Self {
        let (base, sales) = (read(DATA), read(SALES_DATA));
        let n_base_tables = base.tables.len();
        let mut tables = base.tables;
        tables.extend(sales.tables);
        tables.extend(custom.iter().map(BcTable::custom));
        for table in &mut tables {
            table.series = sales.series.iter().find(|series| series.table == table.no).cloned();
        }
        let sets = base.entity_sets.iter().chain(&sales.entity_sets);
        let mut api: Vec<EntitySet> = sets.map(|set| api_set(&tables, set)).collect();
        for link in &sales.links {
            add_link(&mut api, link);
        }
        for set in &mut api {
            set.notifies = sales.webhooks.contains(&set.name);
        }
        let shown = tables.iter().enumerate().filter(|(_, table)| !table.companion_set.is_empty());
        let companion = shown.map(|(position, table)| companion_set(&tables, position, table)).collect();
        Self { tables, api, companion, n_base_tables }
    }

    /// Position of a table by its number.
    pub(crate) fn table(&self, no: u32) -> Option<usize> {
        self.tables.iter().position(|table| table.no == no)
    }
}

fn read(data: &str) -> File {
    serde_json::from_str(data).unwrap_or_else(|_| File {
        tables: Vec::new(),
        entity_sets: Vec::new(),
        links: Vec::new(),
        series: Vec::new(),
        webhooks: Vec::new(),
    })
}

/// Adds a navigation property to the set it belongs to.
fn add_link(api: &mut [EntitySet], file: &ApiLink) {
    let position = |name: &str| api.iter().position(|set| set.name == name);
    let (Some(set), Some(target)) = (position(&file.set), position(&file.target)) else { return };
    let property =
        |set: usize, name: &str| api.get(set).and_then(|set| set.find(name)).map(|(position, _)| position);
    let (Some(own), Some(other)) = (property(set, &file.own), property(target, &file.other)) else { return };
    let multiplicity = if file.many { Multiplicity::Many } else { Multiplicity::ZeroOrOne };
    if let Some(set) = api.get_mut(set) {
        set.links.push(Link { name: file.name.clone(), target, own, other, multiplicity });
    }
}

impl BcTable {
    fn custom(table: &CustomTable) -> Self {
        let fields = (1..).zip(&table.fields).map(|(no, field)| BcField::custom(no, field));
        Self {
            no: table.number,
            name: table.name.clone(),
            fr: table.name.clone(),
            companion_set: format!("{}s", companion_name(&table.name)),
            companion_entity: companion_name(&table.name),
            single: false,
            read_only: false,
            only: BTreeMap::new(),
            fields: fields.collect(),
            series: None,
        }
    }

    /// Columns and cells by field name.
    fn cells(&self, only: &BTreeMap<String, u32>) -> Vec<(usize, u32)> {
        only.iter().filter_map(|(name, cell)| self.column(name).map(|column| (column, *cell))).collect()
    }

    /// Column of a field by its name.
    pub(crate) fn column(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|it| it.name == field)
    }
}

impl BcField {
    fn custom(no: u32, field: &CustomField) -> Self {
        let (field_type, len) = match &field.kind {
            CustomType::Text(len) => ("Text", *len),
            CustomType::Code(len) => ("Code", *len),
            CustomType::Integer => ("Integer", 0),
            CustomType::BigInteger => ("BigInteger", 0),
            CustomType::Decimal => ("Decimal", 0),
            CustomType::Boolean => ("Boolean", 0),
            CustomType::Date => ("Date", 0),
            CustomType::DateTime => ("DateTime", 0),
            CustomType::Time => ("Time", 0),
            CustomType::Guid => ("Guid", 0),
            CustomType::Enum(_) | CustomType::Option(_) => ("Option", 0),
        };
        let (ordinals, options) = match &field.kind {
            CustomType::Enum(members) => members.iter().cloned().unzip(),
            CustomType::Option(names) => (Vec::new(), names.clone()),
            _ => (Vec::new(), Vec::new()),
        };
        Self {
            no,
            name: field.name.clone(),
            field_type: field_type.to_owned(),
            len,
            key: false,
            may_be_blank: false,
            read_only: false,
            hidden: false,
            french_field: None,
            relation: None,
            options,
            options_fr: Vec::new(),
            ordinals,
            plain: matches!(field.kind, CustomType::Option(_)),
            caption: None,
            caption_fr: None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.field_type.as_str() {
            "Option" => Kind::Choice,
            "Decimal" => Kind::Decimal,
            "Boolean" => Kind::Boolean,
            "Integer" => Kind::Int,
            "BigInteger" => Kind::BigInt,
            "Guid" => Kind::Guid,
            "DateTime" => Kind::DateTime,
            "Date" => Kind::Date,
            _ => Kind::Text,
        }
    }

    pub(crate) fn caption(&self) -> Caption {
        Caption::new(self.caption.as_deref().unwrap_or(&self.name), self.caption_fr.as_deref())
    }

    fn members(&self) -> Vec<Member> {
        let mut members = members(&self.options, &self.ordinals, &self.options_fr);
        if self.plain {
            for (member, name) in members.iter_mut().zip(&self.options) {
                member.name.clone_from(name);
            }
        }
        members
    }
}

fn members(names: &[String], values: &[i32], french: &[String]) -> Vec<Member> {
    let numbered = (0_i32..).zip(names);
    numbered
        .enumerate()
        .map(|(at, (number, name))| Member {
            value: values.get(at).copied().unwrap_or(number),
            name: encode_member(name),
            caption: Caption::new(name, french.get(at).map(String::as_str)),
        })
        .collect()
}

/// Writes every character but letters, digits and underscore as `_xHHHH_` (A48).
pub(crate) fn encode_member(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_alphanumeric() || character == '_' {
            out.push(character);
        } else {
            out.push_str(&format!("_x{:04X}_", u32::from(character)));
        }
    }
    out
}

/// Name of a field in the companion API: `E-Mail` is `eMail`, `Credit Limit (LCY)` is `creditLimitLCY`.
pub(crate) fn companion_name(field: &str) -> String {
    let words = field.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut out = String::new();
    for word in words {
        let mut characters = word.chars();
        match characters.next() {
            Some(first) if !out.is_empty() => {
                out.extend(first.to_uppercase());
                out.push_str(characters.as_str());
            }
            _ => out.push_str(&word.to_lowercase()),
        }
    }
    out
}

fn relation(tables: &[BcTable], field: &BcField) -> Option<(usize, usize)> {
    let name = field.relation.as_deref()?;
    tables.iter().position(|table| table.name == name).map(|table| (table, 0))
}

fn api_set(tables: &[BcTable], file: &ApiSet) -> EntitySet {
    let position = tables.iter().position(|table| table.no == file.table).unwrap_or_default();
    let caption = Caption::new(&file.caption, file.caption_fr.as_deref());
    let mut set = EntitySet::new(&file.entity_set, &file.entity_type, caption, position);
    set.rights = Rights { insert: file.insertable, update: file.updatable, delete: file.deletable };
    set.fixed = tables.get(position).map(|table| table.cells(&file.only)).unwrap_or_default();
    set.parents.clone_from(&file.parents);
    set.actions.clone_from(&file.actions);
    for property in &file.properties {
        set.push(api_property(tables, position, property));
    }
    set
}

fn api_property(tables: &[BcTable], table: usize, file: &ApiProperty) -> Property {
    let fields = tables.get(table);
    let column = |name: &str| fields.and_then(|table| table.column(name));
    let (what, rest) = file.source.split_once(':').unwrap_or((&file.source, ""));
    let field = column(rest).and_then(|at| fields.and_then(|table| table.fields.get(at)));
    let related = match &file.of {
        Some(name) => tables.iter().position(|table| table.name == *name).map(|table| (table, 0)),
        None => field.and_then(|field| relation(tables, field)),
    };
    let when = fields.and_then(|table| table.cells(&file.when).first().copied());
    let source = match (what, column(rest), related) {
        ("id", ..) => Source::Id,
        ("version", ..) => Source::Version,
        ("created", ..) => Source::Created,
        ("modified", ..) => Source::Modified,
        ("user", ..) => Source::FixedGuid(USER),
        ("text", ..) => Source::FixedText(rest.to_owned()),
        ("field", Some(column), _) => Source::Column(column),
        ("idOf", Some(column), Some((table, code))) => Source::IdOfCode { column, table, code, when },
        ("localCurrency", Some(column), _) => Source::LocalCurrency { column: Some(column) },
        ("companyCurrency", ..) => Source::LocalCurrency { column: None },
        _ => Source::Blank,
    };
    let kind = match file.edm_type.as_str() {
        "Edm.Guid" => Kind::Guid,
        "Edm.Boolean" => Kind::Boolean,
        "Edm.Decimal" => Kind::Decimal,
        "Edm.Date" => Kind::Date,
        "Edm.DateTimeOffset" => Kind::DateTime,
        "Edm.Int64" => Kind::BigInt,
        "Edm.Int32" => Kind::Int,
        other if other.starts_with("Microsoft.NAV.") => Kind::Choice,
        // A49: an old option is a plain text with the member's name as it is.
        _ if !file.members.is_empty() => Kind::Choice,
        _ => Kind::Text,
    };
    let french = field.map(|field| field.options_fr.as_slice()).unwrap_or_default();
    let enum_type = file.edm_type.strip_prefix("Microsoft.NAV.").map(str::to_owned);
    let mut members = members(&file.members, &file.values, french);
    if enum_type.is_none() {
        members.iter_mut().for_each(|member| member.name.clone_from(&member.caption.english));
    }
    Property {
        read_only: file.read_only,
        required: file.required,
        max_length: file.max_length,
        upper_cased: file.upper_cased,
        enum_type,
        members,
        caption: Caption::new(&file.caption, file.caption_fr.as_deref()),
        relation: related,
        ..Property::new(&file.name, kind, source)
    }
}

fn companion_set(tables: &[BcTable], position: usize, table: &BcTable) -> EntitySet {
    let caption = Caption::new(&table.name, Some(&table.fr));
    let mut set = EntitySet::new(&table.companion_set, &table.companion_entity, caption, position);
    let writable = !table.read_only;
    set.rights =
        Rights { insert: writable && !table.single, update: writable, delete: writable && !table.single };
    set.fixed = table.cells(&table.only);
    let read_only = |name: &str, kind, source, english: &str| Property {
        read_only: true,
        caption: Caption::new(english, None),
        ..Property::new(name, kind, source)
    };
    set.push(read_only("systemId", Kind::Guid, Source::Id, "System Id"));
    if table.companion_set == "companies" {
        // Companies carry their id under the name that every API uses for it.
        set.push(read_only("id", Kind::Guid, Source::Id, "Id"));
    }
    for (column, field) in table.fields.iter().enumerate().filter(|(_, field)| !field.hidden) {
        let french = field.french_field.as_deref().and_then(|name| table.column(name));
        let source = match french {
            Some(french) => Source::Localized { english: column, french },
            None => Source::Column(column),
        };
        let name = companion_name(&field.name);
        let kind = field.kind();
        let mut pascal = name.clone();
        if let Some(first) = pascal.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        set.push(Property {
            read_only: field.read_only || !writable,
            required: field.key && !field.may_be_blank && !table.single,
            max_length: usize::try_from(field.len).ok().filter(|len| *len > 0),
            upper_cased: field.field_type == "Code",
            enum_type: (kind == Kind::Choice && !field.plain)
                .then(|| format!("{}{pascal}", table.companion_entity)),
            members: field.members(),
            caption: field.caption(),
            relation: relation(tables, field),
            ..Property::new(&name, kind, source)
        });
    }
    set.push(read_only("systemCreatedAt", Kind::DateTime, Source::Created, "Created At"));
    set.push(read_only("systemCreatedBy", Kind::Guid, Source::FixedGuid(USER), "Created By"));
    set.push(read_only("systemModifiedAt", Kind::DateTime, Source::Modified, "Modified At"));
    set.push(read_only("systemModifiedBy", Kind::Guid, Source::FixedGuid(USER), "Modified By"));
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companion_names_follow_the_rule() {
        for (field, name) in [
            ("No.", "no"),
            ("Salesperson Code", "salespersonCode"),
            ("E-Mail", "eMail"),
            ("E-Mail 2", "eMail2"),
            ("Credit Limit (LCY)", "creditLimitLCY"),
            ("Home Page", "homePage"),
            ("Address 2", "address2"),
            ("LCY Code", "lcyCode"),
            ("Bus. Rel. Code for Customers", "busRelCodeForCustomers"),
            ("Link to Table", "linkToTable"),
        ] {
            assert_eq!(companion_name(field), name);
        }
    }

    #[test]
    fn a48_members_are_encoded() {
        assert_eq!(encode_member(" "), "_x0020_");
        assert_eq!(encode_member("Non-Inventory"), "Non_x002D_Inventory");
        assert_eq!(encode_member("Bank Account"), "Bank_x0020_Account");
    }

    #[test]
    fn the_data_files_can_be_read() {
        let schema = BusinessCentralSchema::load(&[]);
        assert_eq!((schema.n_base_tables, schema.tables.len()), (17, 42));
        assert_eq!((schema.api.len(), schema.companion.len()), (33, 32));
        let links: usize = schema.api.iter().map(|set| set.links.len()).sum();
        assert_eq!(links, 47, "every link of the data file finds both of its ends");
        let lines = schema.api.iter().find(|set| set.name == "salesOrderLines").expect("lines");
        assert_eq!((lines.fixed.len(), lines.parents.len()), (1, 2));
        assert!(matches!(
            lines.find("itemId").map(|(_, it)| &it.source),
            Some(Source::IdOfCode { when: Some((_, 2)), .. })
        ));
        for set in &schema.api {
            let property = set.find("id").map(|(_, property)| &property.source);
            assert!(matches!(property, Some(Source::Id)), "{}", set.name);
        }
    }
}
