//! Business Central's tables and the two APIs over them, read from `data/business-central.json`.

use serde::Deserialize;

use super::{Caption, EntitySet, Kind, Member, Property, Rights, Source};
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
    /// Reads the built-in data file; the crate's tests prove that it can be read.
    pub(crate) fn load() -> Self {
        let file: File = serde_json::from_str(DATA)
            .unwrap_or_else(|_| File { tables: Vec::new(), entity_sets: Vec::new() });
        let tables = file.tables;
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
    /// Column of a field by its name.
    pub(crate) fn column(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|it| it.name == field)
    }
}

impl BcField {
    pub(crate) fn kind(&self) -> Kind {
        match self.field_type.as_str() {
            "Option" => Kind::Choice,
            "Decimal" => Kind::Decimal,
            "Boolean" => Kind::Boolean,
            "Integer" => Kind::Int,
            "Date" => Kind::Date,
            _ => Kind::Text,
        }
    }

    pub(crate) fn caption(&self) -> Caption {
        Caption::new(self.caption.as_deref().unwrap_or(&self.name), self.caption_fr.as_deref())
    }

    fn members(&self) -> Vec<Member> {
        members(&self.options, &self.options_fr)
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
            enum_type: (kind == Kind::Choice).then(|| format!("{}{pascal}", table.companion_entity)),
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
        let schema = BusinessCentralSchema::load();
        assert_eq!(schema.tables.len(), 17);
        assert_eq!(schema.api.len(), 13);
        for set in &schema.api {
            let property = set.find("id").map(|(_, property)| &property.source);
            assert!(matches!(property, Some(Source::Id)), "{}", set.name);
        }
    }
}
