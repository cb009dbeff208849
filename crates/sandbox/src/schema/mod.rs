//! What both systems' tables look like on the wire: properties, their kinds and where their values come from.
//! Knows no row and no request.

pub(crate) mod business_central;
pub(crate) mod dataverse;
pub(crate) mod privileges;

use rustc_hash::FxHashMap;

use crate::store::{Guid, NULL};

/// How a value is stored, compared and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Guid,
    Boolean,
    /// 32-bit whole number.
    Int,
    /// 64-bit whole number, such as a row version.
    BigInt,
    Decimal,
    Date,
    DateTime,
    /// Enum member (Business Central) or option value (Dataverse), stored as its number.
    Choice,
    /// Row of another Dataverse table; compared as a GUID.
    Lookup,
}

impl Kind {
    /// The cell of an unused column: null in Dataverse.
    pub(crate) fn null_cell(self) -> u32 {
        match self {
            Self::Boolean | Self::Int | Self::Choice => NULL,
            _ => 0,
        }
    }
}

/// Where the value of a property comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The id of the row.
    Id,
    /// Number of the row's last change.
    Version,
    Created,
    Modified,
    /// The same for every row.
    FixedGuid(Guid),
    /// The same for every row.
    FixedText(String),
    /// The value of a type that stands for "nothing".
    Blank,
    /// A data column.
    Column(usize),
    /// One data column for English, another for French.
    Localized {
        english: usize,
        french: usize,
    },
    /// The id of the row of another table whose code stands in a column (`paymentTermsId`); `when` names another
    /// column and the cell it must hold for the code to mean that table (`itemId` of a line).
    IdOfCode {
        column: usize,
        table: usize,
        code: usize,
        when: Option<(usize, u32)>,
    },
    /// A currency code, where blank means the local currency (A50).
    LocalCurrency {
        column: Option<usize>,
    },
    /// A reference to one of several tables; `only` keeps references to one of them (`owninguser`).
    Reference {
        column: usize,
        only: Option<u32>,
    },
}

/// One property of an entity type.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) source: Source,
    pub(crate) read_only: bool,
    pub(crate) create_only: bool,
    pub(crate) required: bool,
    /// Blank is null: Dataverse.
    pub(crate) nullable: bool,
    pub(crate) max_length: Option<usize>,
    pub(crate) upper_cased: bool,
    /// Business Central: name of the enum type in `Microsoft.NAV`.
    pub(crate) enum_type: Option<String>,
    /// Members of an enum or values of an option set.
    pub(crate) members: Vec<Member>,
    pub(crate) caption: Caption,
    /// Dataverse: logical names of the tables a lookup points to.
    pub(crate) targets: Vec<String>,
    /// Dataverse: navigation property per target, for binding, expanding and filter paths.
    pub(crate) navigation: Vec<String>,
    /// Business Central: number of the table that must hold the code, and its code column.
    pub(crate) relation: Option<(usize, usize)>,
    /// Dataverse: logical name of the column behind the property.
    pub(crate) column_name: String,
}

/// One member of an enum or option set.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) value: i32,
    /// Business Central: the member name, encoded in enums (A48), plain in options (A49). Dataverse: the English label.
    pub(crate) name: String,
    pub(crate) caption: Caption,
}

/// A name in both languages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caption {
    pub(crate) english: String,
    pub(crate) french: String,
}

impl Caption {
    pub(crate) fn new(english: &str, french: Option<&str>) -> Self {
        Self { english: english.to_owned(), french: french.unwrap_or(english).to_owned() }
    }

    pub(crate) fn in_language(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::French => &self.french,
        }
    }
}

/// The languages of captions and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    /// From an `Accept-Language` header (A18).
    pub(crate) fn accepted(header: Option<&str>) -> Self {
        let french = header.is_some_and(|it| it.trim_start().to_ascii_lowercase().starts_with("fr"));
        if french { Self::French } else { Self::English }
    }
}

/// What may be done with the rows of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) insert: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
}

/// One entity set over a table.
#[derive(Debug, Clone)]
pub(crate) struct EntitySet {
    pub(crate) name: String,
    pub(crate) entity_type: String,
    pub(crate) caption: Caption,
    /// Position of the table in the world.
    pub(crate) table: usize,
    pub(crate) rights: Rights,
    pub(crate) properties: Vec<Property>,
    by_name: FxHashMap<String, usize>,
    /// Position of the key property.
    pub(crate) key: usize,
    /// Business Central: columns and the cells that a row of this set has (`salesOrders` are sales headers of one
    /// document type).
    pub(crate) fixed: Vec<(usize, u32)>,
    /// Business Central: navigation properties (A27, A28).
    pub(crate) links: Vec<Link>,
    /// Business Central: bound actions without their namespace (A44).
    pub(crate) actions: Vec<String>,
    /// Business Central: properties of which one must be filtered on unless the set is read below a record (A29).
    pub(crate) parents: Vec<String>,
    /// Business Central: whether a change notifies subscriptions (A60).
    pub(crate) notifies: bool,
}

/// One navigation property of Business Central: records of another set whose property equals one of this set.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) name: String,
    /// Position of the target among the sets of the same API.
    pub(crate) target: usize,
    /// Position of the own property.
    pub(crate) own: usize,
    /// Position of the target's property.
    pub(crate) other: usize,
    pub(crate) multiplicity: Multiplicity,
}

/// How many records a navigation property leads to (A28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Multiplicity {
    ZeroOrOne,
    Many,
}

impl EntitySet {
    pub(crate) fn new(name: &str, entity_type: &str, caption: Caption, table: usize) -> Self {
        Self {
            name: name.to_owned(),
            entity_type: entity_type.to_owned(),
            caption,
            table,
            rights: Rights { insert: true, update: true, delete: true },
            properties: Vec::new(),
            by_name: FxHashMap::default(),
            key: 0,
            fixed: Vec::new(),
            links: Vec::new(),
            actions: Vec::new(),
            parents: Vec::new(),
            notifies: false,
        }
    }

    pub(crate) fn push(&mut self, property: Property) {
        if matches!(property.source, Source::Id) {
            self.key = self.properties.len();
        }
        self.by_name.insert(property.name.clone(), self.properties.len());
        self.properties.push(property);
    }

    /// A property by its exact name, with its position.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, &Property)> {
        let position = self.by_name.get(name).copied()?;
        self.properties.get(position).map(|property| (position, property))
    }

    /// A lookup by the name of its navigation property: the lookup and the position of the target table.
    pub(crate) fn navigation(&self, name: &str) -> Option<(&Property, u32)> {
        self.properties.iter().filter(|property| property.kind == Kind::Lookup).find_map(|property| {
            let target = property.navigation.iter().position(|it| it == name)?;
            u32::try_from(target).ok().map(|target| (property, target))
        })
    }
}

impl Property {
    pub(crate) fn new(name: &str, kind: Kind, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            source,
            read_only: false,
            create_only: false,
            required: false,
            nullable: false,
            max_length: None,
            upper_cased: false,
            enum_type: None,
            members: Vec::new(),
            caption: Caption::default(),
            targets: Vec::new(),
            navigation: Vec::new(),
            relation: None,
            column_name: name.to_owned(),
        }
    }

    pub(crate) fn member(&self, value: i64) -> Option<&Member> {
        self.members.iter().find(|member| i64::from(member.value) == value)
    }
}
