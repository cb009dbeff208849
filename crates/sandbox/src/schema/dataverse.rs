//! Dataverse's tables and columns, read from `data/dataverse.json`.

use serde::Deserialize;

use crate::custom::{CustomField, CustomTable, CustomType};

use super::{Caption, EntitySet, Kind, Member, Property, Source};

const DATA: &str = include_str!("../../data/dataverse.json");

/// All Dataverse tables served.
#[derive(Debug)]
pub(crate) struct DataverseSchema {
    pub(crate) tables: Vec<DvTable>,
}

/// One table with its metadata and its entity set.
#[derive(Debug)]
pub(crate) struct DvTable {
    pub(crate) info: TableInfo,
    pub(crate) set: EntitySet,
}

/// Metadata of a table (B31).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableInfo {
    pub(crate) logical_name: String,
    pub(crate) schema_name: String,
    pub(crate) entity_set: String,
    pub(crate) primary_id: String,
    pub(crate) primary_name: String,
    pub(crate) label: String,
    pub(crate) label_plural: String,
    pub(crate) label_fr: String,
    pub(crate) label_plural_fr: String,
    pub(crate) object_type_code: u32,
    pub(crate) ownership: String,
    pub(crate) change_tracking: bool,
    pub(crate) attributes: Vec<Attribute>,
}

/// Metadata of a column (B32); its position is its storage column.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attribute {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) attribute_type: String,
    pub(crate) label: Option<String>,
    pub(crate) label_fr: Option<String>,
    pub(crate) max: Option<usize>,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) create_only: bool,
    pub(crate) required: Option<String>,
    /// Exists in the platform but is no property of the Web API.
    #[serde(default)]
    pub(crate) companion: bool,
    /// A day without a time.
    #[serde(default)]
    pub(crate) date_only: bool,
    #[serde(default)]
    pub(crate) options: Vec<(i32, String, String)>,
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    #[serde(default)]
    pub(crate) bind: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    tables: Vec<TableInfo>,
}

impl DataverseSchema {
    /// Reads the built-in data file and adds tables of the host; tables take their places in the world from `first_table` on.
    pub(crate) fn load(first_table: usize, custom: &[CustomTable]) -> Self {
        let mut file: File = serde_json::from_str(DATA).unwrap_or_else(|_| File { tables: Vec::new() });
        file.tables.extend((20_000..).zip(custom).map(|(code, table)| TableInfo::custom(code, table)));
        let tables = (first_table..).zip(file.tables);
        Self { tables: tables.map(|(table, info)| DvTable { set: entity_set(table, &info), info }).collect() }
    }

    pub(crate) fn by_logical_name(&self, name: &str) -> Option<&DvTable> {
        self.tables.iter().find(|table| table.info.logical_name == name)
    }

    pub(crate) fn by_entity_set(&self, name: &str) -> Option<&DvTable> {
        self.tables.iter().find(|table| table.info.entity_set == name)
    }
}

impl TableInfo {
    fn custom(object_type_code: u32, table: &CustomTable) -> Self {
        let logical_name = table.name.to_lowercase();
        let primary_id = format!("{logical_name}id");
        let key = Attribute {
            name: primary_id.clone(),
            attribute_type: "Uniqueidentifier".to_owned(),
            create_only: true,
            required: Some("SystemRequired".to_owned()),
            ..Attribute::default()
        };
        let columns = table.fields.iter().filter_map(Attribute::custom);
        Self {
            schema_name: table.name.clone(),
            entity_set: format!("{logical_name}s"),
            primary_name: primary_id.clone(),
            primary_id,
            label: table.name.clone(),
            label_plural: table.name.clone(),
            label_fr: table.name.clone(),
            label_plural_fr: table.name.clone(),
            object_type_code,
            ownership: "OrganizationOwned".to_owned(),
            change_tracking: false,
            attributes: std::iter::once(key).chain(columns).collect(),
            logical_name,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }
}

impl Attribute {
    /// None for what Dataverse has no column type for.
    fn custom(field: &CustomField) -> Option<Self> {
        let (attribute_type, max) = match field.kind {
            CustomType::Text(max) | CustomType::Code(max) => ("String", usize::try_from(max).ok()),
            CustomType::Integer => ("Integer", None),
            CustomType::BigInteger => ("BigInt", None),
            CustomType::Decimal => ("Decimal", None),
            CustomType::Boolean => ("Boolean", None),
            CustomType::Date | CustomType::DateTime => ("DateTime", None),
            CustomType::Time => return None,
            CustomType::Guid => ("Uniqueidentifier", None),
            CustomType::Enum(_) | CustomType::Option(_) => ("Picklist", None),
        };
        let labeled = |value: i32, name: &String| (value, name.clone(), name.clone());
        let options = match &field.kind {
            CustomType::Enum(members) => members.iter().map(|(value, name)| labeled(*value, name)).collect(),
            CustomType::Option(names) => (0..).zip(names).map(|(value, name)| labeled(value, name)).collect(),
            _ => Vec::new(),
        };
        Some(Self {
            name: field.name.clone(),
            attribute_type: attribute_type.to_owned(),
            max,
            date_only: field.kind == CustomType::Date,
            options,
            ..Self::default()
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.attribute_type.as_str() {
            "Lookup" | "Owner" | "Customer" => Kind::Lookup,
            "Uniqueidentifier" => Kind::Guid,
            "Boolean" => Kind::Boolean,
            "Integer" => Kind::Int,
            "BigInt" => Kind::BigInt,
            "Picklist" | "State" | "Status" => Kind::Choice,
            "Money" | "Decimal" | "Double" => Kind::Decimal,
            "DateTime" if self.date_only => Kind::Date,
            "DateTime" => Kind::DateTime,
            _ => Kind::Text,
        }
    }

    pub(crate) fn caption(&self) -> Caption {
        let english = self.label.as_deref().unwrap_or(&self.name);
        Caption::new(english, self.label_fr.as_deref())
    }

    pub(crate) fn is_money(&self) -> bool {
        self.attribute_type == "Money"
    }
}

fn entity_set(table: usize, info: &TableInfo) -> EntitySet {
    let caption = Caption::new(&info.label, Some(&info.label_fr));
    let mut set = EntitySet::new(&info.entity_set, &info.logical_name, caption, table);
    for (column, attribute) in info.attributes.iter().enumerate().filter(|(_, it)| !it.companion) {
        set.push(property(info, column, attribute));
    }
    set
}

fn property(info: &TableInfo, column: usize, attribute: &Attribute) -> Property {
    let owner = info.column("ownerid");
    let source = match (attribute.name.as_str(), owner) {
        (name, _) if name == info.primary_id => Source::Id,
        ("createdon", _) => Source::Created,
        ("modifiedon", _) => Source::Modified,
        ("versionnumber", _) => Source::Version,
        ("owninguser", Some(column)) => Source::Reference { column, only: Some(0) },
        ("owningteam", Some(column)) => Source::Reference { column, only: Some(1) },
        _ if attribute.kind() == Kind::Lookup => Source::Reference { column, only: None },
        _ => Source::Column(column),
    };
    let kind = attribute.kind();
    let lookup = kind == Kind::Lookup;
    let name = if lookup { format!("_{}_value", attribute.name) } else { attribute.name.clone() };
    let navigation = if attribute.name == "owningteam" {
        vec![String::new(), attribute.name.clone()]
    } else if attribute.bind.is_empty() && lookup && attribute.targets.len() == 1 {
        vec![attribute.name.clone()]
    } else if attribute.bind.len() == 1 {
        attribute.targets.iter().map(|_| attribute.bind.concat()).collect()
    } else {
        attribute.bind.clone()
    };
    let targets = match attribute.name.as_str() {
        // Both are read through the owner, whose targets are users and teams in this order.
        "owninguser" | "owningteam" => vec!["systemuser".to_owned(), "team".to_owned()],
        _ => attribute.targets.clone(),
    };
    let members = attribute.options.iter().map(|(value, english, french)| Member {
        value: *value,
        name: english.clone(),
        caption: Caption::new(english, Some(french)),
    });
    Property {
        read_only: attribute.read_only,
        create_only: attribute.create_only,
        required: attribute.required.is_some(),
        nullable: true,
        max_length: attribute.max,
        members: members.collect(),
        caption: attribute.caption(),
        targets,
        navigation,
        column_name: attribute.name.clone(),
        ..Property::new(&name, kind, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_can_be_read() {
        let schema = DataverseSchema::load(0, &[]);
        assert_eq!(schema.tables.len(), 9);
        for table in &schema.tables {
            let key = table.set.properties.get(table.set.key);
            assert_eq!(key.map(|it| it.name.as_str()), Some(table.info.primary_id.as_str()));
        }
    }

    #[test]
    fn b43_polymorphic_lookups_have_one_navigation_per_target() {
        let schema = DataverseSchema::load(0, &[]);
        let contact = schema.by_logical_name("contact").expect("contact");
        let found =
            contact.set.navigation("parentcustomerid_contact").map(|(it, target)| (it.name.as_str(), target));
        assert_eq!(found, Some(("_parentcustomerid_value", 1)));
    }
}
