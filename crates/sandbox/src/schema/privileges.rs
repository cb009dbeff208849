//! Which privileges there are, and what they are called: one for each kind of access to each table.

use super::dataverse::TableInfo;
use crate::store::{Guid, mix};

/// What may be done with the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Create,
    Read,
    Write,
    Delete,
    /// Pointing from a row to another one.
    Append,
    /// Being pointed to.
    AppendTo,
    /// Giving a row to another owner.
    Assign,
    Share,
}

impl Access {
    pub(crate) const ALL: [Self; 8] = [
        Self::Create,
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::Append,
        Self::AppendTo,
        Self::Assign,
        Self::Share,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Delete => "Delete",
            Self::Append => "Append",
            Self::AppendTo => "AppendTo",
            Self::Assign => "Assign",
            Self::Share => "Share",
        }
    }

    /// Its bit in `accessright`.
    pub(crate) fn right(self) -> u32 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Append => 4,
            Self::AppendTo => 16,
            Self::Create => 32,
            Self::Delete => 65_536,
            Self::Share => 262_144,
            Self::Assign => 524_288,
        }
    }
}

/// A privilege that is about no table: acting for another user (B11).
pub(crate) const ACT_ON_BEHALF: &str = "prvActOnBehalfOfAnotherUser";

/// The id of a privilege, the same in every organization.
pub(crate) fn privilege_id(name: &str) -> Guid {
    Guid::of_row(name.bytes().fold(11, |seed, byte| mix(seed ^ u64::from(byte))), 0)
}

/// Tables that share the privileges of another one, or whose privileges have another name than the table.
const NAMES: [(&str, &str); 13] = [
    ("systemuser", "User"),
    ("annotation", "Note"),
    ("salesorder", "Order"),
    ("salesorderdetail", "Order"),
    ("quotedetail", "Quote"),
    ("invoicedetail", "Invoice"),
    ("uom", "Product"),
    ("uomschedule", "Product"),
    ("pricelevel", "Product"),
    ("productpricelevel", "Product"),
    ("discount", "Product"),
    ("discounttype", "Product"),
    ("privilege", "Role"),
];

impl TableInfo {
    /// The kinds of access that have a privilege on this table; none on tables of pairs, which follow their sides.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = Access> {
        let is_owned = self.ownership == "UserOwned";
        let is_pair = self.intersect;
        Access::ALL
            .into_iter()
            .filter(move |access| !is_pair && (is_owned || !matches!(access, Access::Assign | Access::Share)))
    }

    /// The name of a privilege on this table.
    pub(crate) fn privilege(&self, access: Access) -> String {
        let known = NAMES.iter().find(|(table, _)| *table == self.logical_name).map(|(_, name)| *name);
        format!("prv{}{}", access.name(), known.unwrap_or(&self.schema_name))
    }
}
