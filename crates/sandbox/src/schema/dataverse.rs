//! Dataverse's tables, columns and relationships, read from `data/dataverse.json` (the tables of the base
//! integration) and `data/dataverse-sales.json` (all others, and what binds tables together).

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Caption, EntitySet, Kind, Member, Property, Source};
use crate::custom::{CustomField, CustomTable, CustomType};

const BASE: &str = include_str!("../../data/dataverse.json");
const SALES: &str = include_str!("../../data/dataverse-sales.json");

/// All Dataverse tables served. Changes of metadata make a new one.
#[derive(Debug, Clone)]
pub(crate) struct DataverseSchema {
    pub(crate) tables: Vec<DvTable>,
    /// One per lookup and target (B35).
    pub(crate) relationships: Vec<Relationship>,
    /// Many-to-many relationships (B35).
    pub(crate) associations: Vec<Association>,
    /// Counts changes of metadata (B37).
    pub(crate) version: u32,
}

/// One table with its metadata and its entity set.
#[derive(Debug, Clone)]
pub(crate) struct DvTable {
    pub(crate) info: TableInfo,
    pub(crate) set: EntitySet,
}

/// Metadata of a table (B31).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableInfo {
    pub(crate) logical_name: String,
    pub(crate) schema_name: String,
    pub(crate) entity_set: String,
    pub(crate) primary_id: String,
    /// Empty where a table has no name column.
    pub(crate) primary_name: String,
    pub(crate) label: String,
    pub(crate) label_plural: String,
    pub(crate) label_fr: String,
    pub(crate) label_plural_fr: String,
    pub(crate) object_type_code: u32,
    pub(crate) ownership: String,
    pub(crate) change_tracking: bool,
    /// Whether changes are written to the audit log.
    #[serde(default = "yes")]
    pub(crate) audited: bool,
    /// Holds the pairs of a many-to-many relationship; read-only (B30).
    #[serde(default)]
    pub(crate) intersect: bool,
    #[serde(default)]
    pub(crate) keys: Vec<AlternateKey>,
    pub(crate) attributes: Vec<Attribute>,
}

fn yes() -> bool {
    true
}

/// An alternate key (B36).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AlternateKey {
    pub(crate) name: String,
    /// Logical names.
    pub(crate) columns: Vec<String>,
    /// The rows that were there do not fit: the key cannot be used.
    #[serde(default)]
    pub(crate) failed: bool,
}

/// Metadata of a column (B32); its position is its storage column.
#[derive(Debug, Clone, Default, Deserialize)]
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
    /// Of a status reason: the state of each option (B45); without it the state is the value less one.
    #[serde(default)]
    pub(crate) states: Vec<i32>,
    /// Name of the global option set behind a choice (B34).
    pub(crate) global_set: Option<String>,
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    #[serde(default)]
    pub(crate) bind: Vec<String>,
}

/// A lookup and one of the tables it points to (B35).
#[derive(Debug, Clone)]
pub(crate) struct Relationship {
    /// Schema name, and the navigation property on the side of the referenced table.
    pub(crate) name: String,
    /// Logical name of the table with the lookup.
    pub(crate) referencing: String,
    /// Logical name of the lookup column.
    pub(crate) attribute: String,
    /// Navigation property on the side of the lookup.
    pub(crate) navigation: String,
    /// Logical name of the table pointed to.
    pub(crate) referenced: String,
    /// Position of that table among the lookup's targets.
    pub(crate) target: u32,
    pub(crate) on_delete: OnDelete,
}

/// What becomes of the rows that point to a row when that is deleted (B42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    /// Their lookup reads as null.
    RemoveLink,
    /// They are deleted too.
    Cascade,
    /// They prevent it.
    Restrict,
}

/// A many-to-many relationship (B35, B44); its name is the navigation property on both sides.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Association {
    pub(crate) name: String,
    /// Logical name of the table of pairs.
    pub(crate) intersect: String,
    /// Table and the column of the intersect table that holds its ids, for both sides.
    pub(crate) sides: [(String, String); 2],
}

#[derive(Deserialize)]
struct BaseFile {
    tables: Vec<TableInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SalesFile {
    tables: Vec<TableInfo>,
    /// Columns of base tables that only the whole reference names.
    further_columns: FxHashMap<String, Vec<Attribute>>,
    /// Names of relationships by `table.column` or `table.column.target`.
    collections: FxHashMap<String, String>,
    on_delete: Deletion,
    associations: Vec<Association>,
}

/// Lookups, as `table.column`, by what becomes of their rows.
#[derive(Deserialize)]
struct Deletion {
    cascade: Vec<String>,
    restrict: Vec<String>,
}

impl DataverseSchema {
    /// Reads the built-in data files and adds tables of the host; tables take their places in the world from
    /// `first_table` on.
    pub(crate) fn load(first_table: usize, custom: &[CustomTable]) -> Self {
        let base: Option<BaseFile> = serde_json::from_str(BASE).ok();
        let sales: Option<SalesFile> = serde_json::from_str(SALES).ok();
        let (Some(base), Some(mut sales)) = (base, sales) else {
            return Self {
                tables: Vec::new(),
                relationships: Vec::new(),
                associations: Vec::new(),
                version: 0,
            };
        };
        let mut infos = base.tables;
        for info in &mut infos {
            info.attributes.extend(sales.further_columns.remove(&info.logical_name).unwrap_or_default());
        }
        infos.append(&mut sales.tables);
        infos.extend((20_000..).zip(custom).map(|(code, table)| TableInfo::custom(code, table)));
        let tables = (first_table..).zip(infos);
        let tables: Vec<DvTable> =
            tables.map(|(table, info)| DvTable { set: entity_set(table, &info), info }).collect();
        let relationships = tables.iter().flat_map(|table| relationships(table, &sales)).collect();
        Self { tables, relationships, associations: sales.associations, version: 0 }
    }

    pub(crate) fn by_logical_name(&self, name: &str) -> Option<&DvTable> {
        self.tables.iter().find(|table| table.info.logical_name == name)
    }

    pub(crate) fn by_entity_set(&self, name: &str) -> Option<&DvTable> {
        self.tables.iter().find(|table| table.info.entity_set == name)
    }

    /// The relationship behind a collection-valued navigation property of a table.
    pub(crate) fn one_to_many(&self, table: &TableInfo, name: &str) -> Option<&Relationship> {
        self.relationships.iter().find(|it| it.referenced == table.logical_name && it.name == name)
    }

    /// The many-to-many relationship of a table, with the position of the table's side.
    pub(crate) fn many_to_many(&self, table: &TableInfo, name: &str) -> Option<(&Association, usize)> {
        let association = self.associations.iter().find(|it| it.name == name)?;
        let side = association.sides.iter().position(|(it, _)| *it == table.logical_name)?;
        Some((association, side))
    }

    /// The columns that share a global option set, as table and column positions.
    pub(crate) fn users_of_global_set(&self, name: &str) -> Vec<(usize, usize)> {
        let tables = self.tables.iter().enumerate();
        tables
            .flat_map(|(at, table)| {
                let columns = table.info.attributes.iter().enumerate();
                let users = columns.filter(|(_, it)| it.global_set.as_deref() == Some(name));
                users.map(move |(column, _)| (at, column))
            })
            .collect()
    }

    /// Changes the options of one column, and what follows from them.
    pub(crate) fn change_options(
        &mut self,
        (table, column): (usize, usize),
        change: impl FnOnce(&mut Vec<(i32, String, String)>),
    ) {
        let Some(table) = self.tables.get_mut(table) else { return };
        let Some(attribute) = table.info.attributes.get_mut(column) else { return };
        change(&mut attribute.options);
        let members: Vec<Member> = members(attribute);
        for property in table.set.properties.iter_mut().filter(|it| it.column_name == attribute.name) {
            property.members.clone_from(&members);
        }
        self.version += 1;
    }
}

impl DvTable {
    /// The properties of the columns of a key.
    pub(crate) fn key_columns(&self, names: &[String]) -> Vec<&Property> {
        let property = |name: &String| self.set.properties.iter().find(|it| it.column_name == *name);
        names.iter().filter_map(property).collect()
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
            audited: true,
            intersect: false,
            keys: Vec::new(),
            attributes: std::iter::once(key).chain(columns).collect(),
            logical_name,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// B45: the pairs of state and status reason that belong together.
    pub(crate) fn state_pairs(&self) -> Vec<(i32, i32)> {
        let status = self.attributes.iter().find(|attribute| attribute.attribute_type == "Status");
        status.map_or_else(Vec::new, |status| {
            let options = status.options.iter().enumerate();
            options.map(|(at, (value, ..))| (status.state_of(at, *value), *value)).collect()
        })
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

    /// The state of one of a status reason's options.
    pub(crate) fn state_of(&self, position: usize, value: i32) -> i32 {
        self.states.get(position).copied().unwrap_or(value.saturating_sub(1))
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

/// Lookups that show another one when it points to one of its targets: name, the other, that target.
const DERIVED: [(&str, &str, u32); 4] = [
    ("owninguser", "ownerid", 0),
    ("owningteam", "ownerid", 1),
    ("accountid", "customerid", 0),
    ("contactid", "customerid", 1),
];

/// The column that a derived lookup shows, and the target it shows.
fn derived(info: &TableInfo, name: &str) -> Option<(usize, u32)> {
    let (_, other, target) = DERIVED.iter().find(|(derived, ..)| *derived == name)?;
    Some((info.column(other)?, *target))
}

fn property(info: &TableInfo, column: usize, attribute: &Attribute) -> Property {
    let kind = attribute.kind();
    let lookup = kind == Kind::Lookup;
    let derived = derived(info, &attribute.name).filter(|_| lookup);
    let source = match (attribute.name.as_str(), derived) {
        (name, _) if name == info.primary_id => Source::Id,
        ("createdon", _) => Source::Created,
        ("modifiedon", _) => Source::Modified,
        ("versionnumber", _) => Source::Version,
        (_, Some((column, target))) => Source::Reference { column, only: Some(target) },
        _ if lookup => Source::Reference { column, only: None },
        _ => Source::Column(column),
    };
    let name = if lookup { format!("_{}_value", attribute.name) } else { attribute.name.clone() };
    let (targets, navigation) = match derived {
        // Read through the other lookup, whose targets stand in the same order.
        Some((column, target)) => {
            let targets = info.attributes.get(column).map_or_else(Vec::new, |it| it.targets.clone());
            let mut navigation = vec![String::new(); targets.len()];
            if let Some(place) = usize::try_from(target).ok().and_then(|at| navigation.get_mut(at)) {
                place.clone_from(&attribute.name);
            }
            (targets, navigation)
        }
        None => (attribute.targets.clone(), navigation(attribute)),
    };
    Property {
        read_only: attribute.read_only,
        create_only: attribute.create_only,
        required: attribute.required.is_some(),
        nullable: true,
        max_length: attribute.max,
        members: members(attribute),
        caption: attribute.caption(),
        targets,
        navigation,
        column_name: attribute.name.clone(),
        ..Property::new(&name, kind, source)
    }
}

/// The navigation property per target.
fn navigation(attribute: &Attribute) -> Vec<String> {
    if attribute.bind.is_empty() && attribute.targets.len() == 1 {
        vec![attribute.name.clone()]
    } else if attribute.bind.is_empty() && attribute.attribute_type == "Owner" {
        attribute.targets.iter().map(|_| attribute.name.clone()).collect()
    } else if attribute.bind.len() == 1 {
        attribute.targets.iter().map(|_| attribute.bind.concat()).collect()
    } else {
        attribute.bind.clone()
    }
}

fn members(attribute: &Attribute) -> Vec<Member> {
    let options = attribute.options.iter();
    options
        .map(|(value, english, french)| Member {
            value: *value,
            name: english.clone(),
            caption: Caption::new(english, Some(french)),
        })
        .collect()
}

fn relationships(table: &DvTable, file: &SalesFile) -> Vec<Relationship> {
    let lookups = table.set.properties.iter().filter(|it| it.kind == Kind::Lookup);
    lookups
        .flat_map(|lookup| {
            let targets = (0_u32..).zip(lookup.targets.iter().zip(&lookup.navigation));
            targets.filter(|(_, (_, navigation))| !navigation.is_empty()).map(move |pair| (lookup, pair))
        })
        .map(|(lookup, (target, (referenced, navigation)))| {
            let column = format!("{}.{}", table.info.logical_name, lookup.column_name);
            let names = &file.collections;
            let named = names.get(&column).or_else(|| names.get(&format!("{column}.{referenced}")));
            let on_delete = if file.on_delete.cascade.contains(&column) {
                OnDelete::Cascade
            } else if file.on_delete.restrict.contains(&column) {
                OnDelete::Restrict
            } else {
                OnDelete::RemoveLink
            };
            let made = || format!("{}_{}_{referenced}", table.info.logical_name, lookup.column_name);
            Relationship {
                name: named.cloned().unwrap_or_else(made),
                referencing: table.info.logical_name.clone(),
                attribute: lookup.column_name.clone(),
                navigation: navigation.clone(),
                referenced: referenced.clone(),
                target,
                on_delete,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_can_be_read() {
        let schema = DataverseSchema::load(0, &[]);
        assert_eq!(schema.tables.len(), 43 + 2, "D3, and two that hold privileges");
        for table in &schema.tables {
            let key = table.set.properties.get(table.set.key);
            assert_eq!(key.map(|it| it.name.as_str()), Some(table.info.primary_id.as_str()));
        }
    }

    #[test]
    fn b35_relationships_lead_to_tables_and_have_names_of_their_own() {
        let schema = DataverseSchema::load(0, &[]);
        for it in &schema.relationships {
            assert!(schema.by_logical_name(&it.referenced).is_some(), "{it:?}");
            let same = schema.relationships.iter().filter(|other| other.name == it.name).count();
            assert_eq!(same, 1, "{}", it.name);
        }
        for it in &schema.associations {
            let intersect = schema.by_logical_name(&it.intersect).expect("the table of pairs");
            assert!(it.sides.iter().all(|(_, column)| intersect.info.column(column).is_some()), "{it:?}");
        }
    }

    #[test]
    fn b45_status_reasons_belong_to_states() {
        let schema = DataverseSchema::load(0, &[]);
        for table in &schema.tables {
            let states = table.info.attributes.iter().find(|it| it.attribute_type == "State");
            for (state, status) in table.info.state_pairs() {
                let known = states.is_some_and(|it| it.options.iter().any(|(value, ..)| *value == state));
                assert!(known, "{} {status}", table.info.logical_name);
            }
        }
        let order = schema.by_logical_name("salesorder").expect("salesorder").info.state_pairs();
        assert!(order.contains(&(4, 100_003)) && order.contains(&(1, 3)), "D4");
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
