//! Business Central's tables and the two APIs over them, read from `data/business-central.json`.

use serde::Deserialize;

use super::{Caption, EntitySet, Kind, Member, Property, Rights, Source};
use crate::custom::{CustomField, CustomTable, CustomType};
use crate::store::Guid;

const DATA: &str = include_str!("../../data/business-central.json");

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
}

/// One table as the application knows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BcTable {
    pub(crate) no: u32,
    pub(crate) name: String,
    pub(crate) fr: String,
    pub(crate) companion_set: String,
    pub(crate) companion_entity: String,
    /// One record per company.
    #[serde(default)]
    pub(crate) single: bool,
    #[serde(default)]
    pub(crate) read_only: bool,
    pub(crate) fields: Vec<BcField>,
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
    source: String,
}

impl BusinessCentralSchema {
    /// Reads the built-in data file, which the crate's tests prove to be readable, and adds tables of the host.
    pub(crate) fn load(custom: &[CustomTable]) -> Self {
        let file: File = serde_json::from_str(DATA)
            .unwrap_or_else(|_| File { tables: Vec::new(), entity_sets: Vec::new() });
        let mut tables = file.tables;
        tables.extend(custom.iter().map(BcTable::custom));
        let api = file.entity_sets.iter().map(|set| api_set(&tables, set)).collect();
        let companion = tables
            .iter()
            .enumerate()
            .map(|(position, table)| companion_set(&tables, position, table))
            .collect();
        Self { tables, api, companion }
    }

    /// Position of a table by its number.
    pub(crate) fn table(&self, no: u32) -> Option<usize> {
        self.tables.iter().position(|table| table.no == no)
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
            fields: fields.collect(),
        }
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
        let mut members = members(&self.options, &self.options_fr);
        for (member, ordinal) in members.iter_mut().zip(&self.ordinals) {
            member.value = *ordinal;
        }
        if self.plain {
            for (member, name) in members.iter_mut().zip(&self.options) {
                member.name.clone_from(name);
            }
        }
        members
    }
}

fn members(names: &[String], french: &[String]) -> Vec<Member> {
    let numbered = (0_i32..).zip(names);
    numbered
        .enumerate()
        .map(|(at, (value, name))| Member {
            value,
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
    let related = field.and_then(|field| relation(tables, field));
    let source = match (what, column(rest), related) {
        ("id", ..) => Source::Id,
        ("version", ..) => Source::Version,
        ("created", ..) => Source::Created,
        ("modified", ..) => Source::Modified,
        ("user", ..) => Source::FixedGuid(USER),
        ("text", ..) => Source::FixedText(rest.to_owned()),
        ("field", Some(column), _) => Source::Column(column),
        ("idOf", Some(column), Some((table, code))) => Source::IdOfCode { column, table, code },
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
        _ => Kind::Text,
    };
    let french = field.map(|field| field.options_fr.as_slice()).unwrap_or_default();
    Property {
        read_only: file.read_only,
        required: file.required,
        max_length: file.max_length,
        upper_cased: file.upper_cased,
        enum_type: file.edm_type.strip_prefix("Microsoft.NAV.").map(str::to_owned),
        members: members(&file.members, french),
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
            required: field.key && !table.single,
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
    fn the_data_file_can_be_read() {
        let schema = BusinessCentralSchema::load(&[]);
        assert_eq!(schema.tables.len(), 17);
        assert_eq!(schema.api.len(), 13);
        for set in &schema.api {
            let property = set.find("id").map(|(_, property)| &property.source);
            assert!(matches!(property, Some(Source::Id)), "{}", set.name);
        }
    }
}
