//! API pages: which one serves which table under which names, and their source.

use std::fmt::Write;

use couplet_systems::property_name;

use crate::al::{identifier, object_name, text};
use crate::needs::NeededTable;

/// Number of the virtual table that lists the fields of every table.
pub(crate) const FIELD: u32 = 2_000_000_041;

/// What a page allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageAccess {
    /// Reading and writing.
    ReadWrite,
    /// Reading.
    ReadOnly,
}

/// One property of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiProperty {
    /// Name in requests and answers.
    pub name: String,
    /// The field.
    pub field: String,
}

/// One API page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiPage {
    /// Object id.
    pub id: u32,
    /// Object name, at most 30 characters.
    pub object_name: String,
    /// Number of the table.
    pub table: u32,
    /// Name of the table.
    pub table_name: String,
    /// Name of one entity.
    pub entity: String,
    /// Name of the entity set.
    pub entity_set: String,
    /// What it allows.
    pub access: PageAccess,
    /// Properties beside those of the system fields.
    pub properties: Vec<ApiProperty>,
}

/// A field that no page can serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutField {
    /// Name of the table.
    pub table: String,
    /// Name of the field.
    pub field: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why no page can serve a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Its name gives no name of a property: those begin with a letter.
    NoName,
    /// Another field of the table has the same name of a property.
    SameName {
        /// That field.
        field: String,
    },
}

impl LeftOutReason {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            LeftOutReason::NoName => "companion.no-name",
            LeftOutReason::SameName { .. } => "companion.same-name",
        }
    }
}

/// System fields on every page: property, field, caption.
const SYSTEM_FIELDS: [(&str, &str, &str); 5] = [
    ("systemId", "SystemId", "System Id"),
    ("systemCreatedAt", "SystemCreatedAt", "Created At"),
    ("systemCreatedBy", "SystemCreatedBy", "Created By"),
    ("systemModifiedAt", "SystemModifiedAt", "Modified At"),
    ("systemModifiedBy", "SystemModifiedBy", "Modified By"),
];

/// The list of fields, which tells Couplet types, lengths and captions; its options are computed.
const FIELD_PROPERTIES: [(&str, &str); 11] = [
    ("tableNo", "Rec.TableNo"),
    ("tableName", "Rec.TableName"),
    ("no", "Rec.\"No.\""),
    ("fieldName", "Rec.FieldName"),
    ("fieldCaption", "Rec.\"Field Caption\""),
    ("type", "Rec.Type"),
    ("len", "Rec.Len"),
    ("optionMembers", "OptionMembers"),
    ("optionCaptions", "OptionCaptions"),
    ("relationTableNo", "Rec.RelationTableNo"),
    ("isPrimaryKey", "Rec.IsPartOfPrimaryKey"),
];

/// The pages of these tables, with ids from `first` on, the list of fields last; and the fields that none can serve.
pub(crate) fn pages(tables: &[NeededTable], first: u32) -> (Vec<ApiPage>, Vec<LeftOutField>) {
    let (mut pages, mut left_out): (Vec<ApiPage>, Vec<LeftOutField>) = (Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::new();
    for (id, table) in (first..).zip(tables) {
        let (entity, entity_set) = entity_names(&table.name);
        names.push(object_name(&table.name, &names));
        pages.push(ApiPage {
            id,
            object_name: names.last().cloned().unwrap_or_default(),
            table: table.number,
            table_name: table.name.clone(),
            entity,
            entity_set,
            access: table.access,
            properties: properties(table, &mut left_out),
        });
    }
    let fields = FIELD_PROPERTIES.iter();
    let fields =
        fields.map(|(name, field)| ApiProperty { name: (*name).to_owned(), field: (*field).to_owned() });
    pages.push(ApiPage {
        id: pages.last().map_or(first, |page| page.id + 1),
        object_name: object_name("Table Fields", &names),
        table: FIELD,
        table_name: "Field".to_owned(),
        entity: "tableField".to_owned(),
        entity_set: "tableFields".to_owned(),
        access: PageAccess::ReadOnly,
        properties: fields.collect(),
    });
    (pages, left_out)
}

/// Names of one record and of all of them: one of the two is the property name of the table, which is how Couplet finds
/// the set.
fn entity_names(table: &str) -> (String, String) {
    let name = property_name(table);
    match name.strip_suffix('s') {
        Some(one) => (one.to_owned(), name),
        None => match name.strip_suffix('y') {
            Some(start) => (name.clone(), format!("{start}ies")),
            None => (name.clone(), format!("{name}s")),
        },
    }
}

fn properties(table: &NeededTable, left_out: &mut Vec<LeftOutField>) -> Vec<ApiProperty> {
    let mut properties: Vec<ApiProperty> = Vec::new();
    for field in &table.fields {
        let name = property_name(field);
        let is_name = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic())
            && name.chars().all(|it| it.is_ascii_alphanumeric());
        let same = properties.iter().find(|property| property.name.eq_ignore_ascii_case(&name));
        let reason = match same {
            _ if !is_name => LeftOutReason::NoName,
            Some(other) => LeftOutReason::SameName { field: other.field.clone() },
            None => {
                properties.push(ApiProperty { name, field: field.clone() });
                continue;
            }
        };
        left_out.push(LeftOutField { table: table.name.clone(), field: field.clone(), reason });
    }
    properties
}

impl ApiPage {
    /// Its source.
    pub(crate) fn source(&self) -> String {
        let mut out = String::new();
        // Writing to a text cannot fail.
        let _ = self.write_source(&mut out);
        out
    }

    fn is_field_list(&self) -> bool {
        self.table == FIELD
    }

    fn write_source(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "// Serves {} to Couplet, with the fields that its mappings need.", self.table_name)?;
        writeln!(out, "page {} {}", self.id, identifier(&self.object_name))?;
        writeln!(out, "{{")?;
        writeln!(out, "    PageType = API;")?;
        writeln!(out, "    APIPublisher = 'couplet';")?;
        writeln!(out, "    APIGroup = 'integration';")?;
        writeln!(out, "    APIVersion = 'v1.0';")?;
        writeln!(out, "    EntityName = {};", text(&self.entity))?;
        writeln!(out, "    EntitySetName = {};", text(&self.entity_set))?;
        writeln!(out, "    EntityCaption = {}, Locked = true;", text(&self.table_name))?;
        writeln!(out, "    SourceTable = {};", identifier(&self.table_name))?;
        match self.is_field_list() {
            true => writeln!(out, "    ODataKeyFields = TableNo, \"No.\";")?,
            false => writeln!(out, "    ODataKeyFields = SystemId;")?,
        }
        writeln!(out, "    DelayedInsert = true;")?;
        writeln!(out, "    Extensible = false;")?;
        if self.access == PageAccess::ReadOnly {
            writeln!(out, "    Editable = false;")?;
            writeln!(out, "    InsertAllowed = false;")?;
            writeln!(out, "    ModifyAllowed = false;")?;
            writeln!(out, "    DeleteAllowed = false;")?;
            writeln!(out, "    DataAccessIntent = ReadOnly;")?;
        }
        self.write_layout(out)?;
        match (self.is_field_list(), self.access) {
            (true, _) => out.write_str(READ_OPTIONS)?,
            (false, PageAccess::ReadWrite) => out.write_str(KEEP_ID)?,
            (false, PageAccess::ReadOnly) => {}
        }
        writeln!(out, "}}")
    }

    fn write_layout(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "\n    layout\n    {{\n        area(Content)\n        {{\n            repeater(Records)\n            {{"
        )?;
        let mut control = |name: &str, source: &str, caption: &str, access: PageAccess| {
            writeln!(out, "                field({}; {source})", identifier(name))?;
            writeln!(out, "                {{")?;
            writeln!(out, "                    Caption = {}, Locked = true;", text(caption))?;
            if access == PageAccess::ReadOnly {
                writeln!(out, "                    Editable = false;")?;
            }
            writeln!(out, "                }}")
        };
        if self.is_field_list() {
            for property in &self.properties {
                control(&property.name, &property.field, &property.name, PageAccess::ReadOnly)?;
            }
        } else {
            for (at, (name, field, caption)) in SYSTEM_FIELDS.iter().enumerate() {
                // A new record may come with its id.
                let access = if at == 0 { self.access } else { PageAccess::ReadOnly };
                control(name, &format!("Rec.{field}"), caption, access)?;
            }
            for property in &self.properties {
                let source = format!("Rec.{}", identifier(&property.field));
                control(&property.name, &source, &property.field, self.access)?;
            }
        }
        writeln!(out, "            }}\n        }}\n    }}")
    }
}

/// A record that comes with an id gets it, so that a creation whose answer was lost is recognized.
const KEEP_ID: &str = "
    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    begin
        if IsNullGuid(Rec.SystemId) then
            exit(true);
        Rec.Insert(true, true);
        exit(false);
    end;
";

/// The options of a field, which the table of fields does not tell in the user's language.
const READ_OPTIONS: &str = "
    trigger OnAfterGetRecord()
    begin
        ReadOptions();
    end;

    local procedure ReadOptions()
    var
        RecordReference: RecordRef;
        FieldReference: FieldRef;
    begin
        OptionMembers := '';
        OptionCaptions := '';
        if Rec.Type <> Rec.Type::Option then
            exit;
        RecordReference.Open(Rec.TableNo);
        if RecordReference.FieldExist(Rec.\"No.\") then begin
            FieldReference := RecordReference.Field(Rec.\"No.\");
            OptionMembers := FieldReference.OptionMembers;
            OptionCaptions := FieldReference.OptionCaption;
        end;
        RecordReference.Close();
    end;

    var
        OptionMembers: Text;
        OptionCaptions: Text;
";
