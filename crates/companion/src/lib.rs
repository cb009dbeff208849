//! The companion extension for Business Central, as source: from the mappings to AL files in a zip. What it serves is
//! what `couplet-systems` looks for: one API page a table, named and spelled like its fields.

mod al;
mod archive;
mod needs;
mod pages;
mod texts;

use std::ops::RangeInclusive;

use couplet_engine::{IntegrationTableMapping, TableSchema};

pub use needs::{NeededTable, needed_tables};
pub use pages::{ApiPage, ApiProperty, LeftOutField, LeftOutReason, PageAccess};

/// What the admin chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanionOptions {
    /// Object ids that are free: one for each page, one for the permission set.
    pub ids: RangeInclusive<u32>,
    /// Number of the build: above the last one that was published, or Business Central refuses the upgrade.
    pub build: u32,
}

/// Why there is no companion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompanionError {
    /// The range has fewer ids than there are objects.
    #[error("expected {needed} object ids, found {available}")]
    RangeTooSmall {
        /// Objects.
        needed: usize,
        /// Ids in the range.
        available: usize,
    },
    /// The range begins with ids that belong to Microsoft's own objects, below 50000.
    #[error("expected object ids from 50000, found {first}")]
    ReservedIds {
        /// First id of the range.
        first: u32,
    },
    /// There is no mapping, so there is nothing to serve.
    #[error("expected mappings, found none")]
    NothingMapped,
    /// The archive could not be written.
    #[error("the archive could not be written: {detail}")]
    Archive {
        /// The words of the writer.
        detail: String,
    },
}

impl CompanionError {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            CompanionError::RangeTooSmall { .. } => "companion.range-too-small",
            CompanionError::ReservedIds { .. } => "companion.reserved-ids",
            CompanionError::NothingMapped => "companion.nothing-mapped",
            CompanionError::Archive { .. } => "companion.archive",
        }
    }
}

/// One file of the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanionFile {
    /// Path inside the archive, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// First id that an extension may use.
const FIRST_FREE_ID: u32 = 50_000;

/// The extension before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Its pages, by table number; the list of fields comes last.
    pub pages: Vec<ApiPage>,
    /// Needed fields that no page can serve, and why.
    pub left_out: Vec<LeftOutField>,
    options: CompanionOptions,
}

impl Companion {
    /// The companion for these mappings. `schemas` are the Business Central tables as far as they are known: they spell
    /// field names and tell which of the usual fields a table has.
    ///
    /// # Errors
    /// When nothing is mapped, or the ids do not suffice.
    pub fn new(
        mappings: &[IntegrationTableMapping],
        schemas: &[TableSchema],
        options: CompanionOptions,
    ) -> Result<Self, CompanionError> {
        let tables = needed_tables(mappings, schemas);
        if tables.is_empty() {
            return Err(CompanionError::NothingMapped);
        }
        let first = *options.ids.start();
        if first < FIRST_FREE_ID {
            return Err(CompanionError::ReservedIds { first });
        }
        // A page for each table and for the list of fields, and the permission set.
        let (needed, available) = (tables.len() + 2, options.ids.clone().count());
        if available < needed {
            return Err(CompanionError::RangeTooSmall { needed, available });
        }
        let (pages, left_out) = pages::pages(&tables, first);
        Ok(Companion { pages, left_out, options })
    }

    /// The files, by path.
    pub fn files(&self) -> Vec<CompanionFile> {
        let mut files = vec![
            CompanionFile { path: "README.md".to_owned(), text: texts::readme(self) },
            CompanionFile { path: "app.json".to_owned(), text: texts::manifest(&self.options) },
            CompanionFile {
                path: "src/CoupletIntegration.PermissionSet.al".to_owned(),
                text: texts::permission_set(&self.pages, self.permission_set_id()),
            },
        ];
        let pages = self.pages.iter().map(|page| CompanionFile {
            path: format!("src/{}.Page.al", al::file_name(&page.object_name)),
            text: page.source(),
        });
        files.extend(pages);
        files.sort_by(|left, right| left.path.cmp(&right.path));
        files
    }

    /// The files as a zip archive; the same companion gives the same bytes.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn archive(&self) -> Result<Vec<u8>, CompanionError> {
        archive::archive(&self.files())
    }

    fn permission_set_id(&self) -> u32 {
        self.pages.iter().map(|page| page.id + 1).max().unwrap_or(*self.options.ids.start())
    }
}
