//! How a Business Central table is reached, and which of its fields are not (`DESIGN.md`, Bindings).

use couplet_engine::{Side, TableSchema};
use uuid::Uuid;

use crate::read::TableSource;

/// Route of Couplet's companion extension.
pub const COMPANION_ROUTE: &str = "/api/couplet/integration/v1.0";
/// Route of the standard API.
pub const API_V2_ROUTE: &str = "/api/v2.0";

/// The ways to a table, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingKind {
    /// An API page of the companion extension: every field.
    Companion,
    /// API v2.0: the fields Microsoft exposes.
    ApiV2,
    /// A published page (A62). Known as a way, not probed: it ends with version 30.
    PageService,
    /// None.
    None,
}

impl BindingKind {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            BindingKind::Companion => "binding.companion",
            BindingKind::ApiV2 => "binding.api-v2",
            BindingKind::PageService => "binding.page-service",
            BindingKind::None => "binding.none",
        }
    }
}

/// What would make a field reachable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Install the companion extension.
    InstallCompanion,
    /// The companion is there but does not expose the field: extend or update it.
    ExtendCompanion,
}

impl Remedy {
    /// Key of its text in the locale files.
    pub fn code(self) -> &'static str {
        match self {
            Remedy::InstallCompanion => "binding.install-companion",
            Remedy::ExtendCompanion => "binding.extend-companion",
        }
    }
}

/// A field that the binding does not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfReachField {
    /// Field name.
    pub field: String,
    /// What would help.
    pub remedy: Remedy,
}

/// The way found to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which way.
    pub kind: BindingKind,
    /// Route of the API below the base URL; empty without a way.
    pub route: String,
    /// Entity set; empty without a way.
    pub entity_set: String,
    /// Fields of the table it does not reach, in the order of the schema.
    pub out_of_reach: Vec<OutOfReachField>,
}

/// A field that names the records of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRelation {
    /// Field name.
    pub field: String,
    /// Number of the other table.
    pub table: u32,
}

/// A Business Central table with its fields and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundTable {
    /// The table; fields out of reach have no property.
    pub schema: TableSchema,
    /// The way.
    pub binding: Binding,
    /// Fields that name the records of other tables, as the companion tells; API v2.0 does not.
    pub relations: Vec<FieldRelation>,
    /// The field of type Code that alone is the primary key; none where the key is another one, or not known.
    pub code_key: Option<String>,
}

impl BoundTable {
    /// Where its records are read in this company; none when there is no way.
    pub fn source(&self, base_url: &str, company: Uuid) -> Option<TableSource> {
        if self.binding.kind == BindingKind::None {
            return None;
        }
        let Binding { route, entity_set, .. } = &self.binding;
        Some(TableSource {
            side: Side::BusinessCentral,
            base_url: base_url.trim_end_matches('/').to_owned(),
            path: format!("{route}/companies({})/{entity_set}", company.hyphenated()),
            key_field: self.schema.key_field.clone(),
        })
    }
}
