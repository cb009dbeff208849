//! A page of records, from bytes straight into columns: no tree of the page is ever built, and members that nobody
//! asked for are skipped. Knows no request.

mod cell;
mod order;
mod quick;
mod rows;
mod scanner;
mod stops;

#[cfg(test)]
mod tests;

use couplet_engine::{ColumnTable, FieldSchema};
use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

use crate::error::PageError;
use cell::CellPlan;
pub(crate) use cell::Conventions;
use order::MemberOrder;
use rows::RowsSeed;

/// How the pages of one table are read: which member goes into which column.
#[derive(Debug)]
pub(crate) struct PagePlan {
    cells: Vec<CellPlan>,
    by_property: FxHashMap<Box<str>, usize>,
}

/// What a member of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    /// A cell of the plan.
    Cell(usize),
    /// The id of a deleted record, where deletions are read (B48).
    DeletedId,
    /// What only a deleted record has.
    DeletedReason,
    /// Not asked for.
    Unknown,
}

/// Reads pages. Records of one table have their members in one order, so the order seen is tried first.
#[derive(Debug)]
pub(crate) struct PageReader {
    plan: PagePlan,
    order: MemberOrder,
    deletions: Deletions,
}

/// Whether a page may name deleted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deletions {
    /// Every element is a record.
    None,
    /// Elements with a reason are deletions (B48).
    Told,
}

/// What a page holds besides its records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PageInfo {
    /// Records.
    pub(crate) n_rows: usize,
    /// `@odata.context`, which relative links start from.
    pub(crate) context: Option<String>,
    /// `@odata.nextLink`.
    pub(crate) next_link: Option<String>,
    /// `@odata.deltaLink` (B48).
    pub(crate) delta_link: Option<String>,
    /// `@odata.count`.
    pub(crate) count: Option<u64>,
    /// Ids of deleted records, as they were written.
    pub(crate) deleted: Vec<String>,
}

/// What is being read, passed down to every visitor.
struct State<'s> {
    plan: &'s PagePlan,
    order: &'s mut MemberOrder,
    table: &'s mut ColumnTable,
    /// Column of the table per cell of the plan.
    targets: Vec<Option<usize>>,
    /// Row of the page, from 1, in which a cell was last seen.
    seen: Vec<usize>,
    /// Complete rows of this page, deletions included.
    n_rows: usize,
    deletions: Deletions,
    /// Id and reason of the row that is being read, if it is a deletion.
    deletion: Deletion,
    /// Ids of deleted records.
    deleted: Vec<String>,
    /// Why reading stopped.
    failure: Option<PageError>,
}

/// What tells that a row is a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Deletion {
    id: Option<String>,
    has_reason: bool,
}

impl PageReader {
    /// Reads changes: elements with a reason are deletions.
    pub(crate) fn with_deletions(self) -> Self {
        PageReader { deletions: Deletions::Told, ..self }
    }

    /// A reader for these fields; those without a property are left out.
    pub(crate) fn new<'f>(
        conventions: impl Into<Conventions>,
        fields: impl IntoIterator<Item = &'f FieldSchema>,
    ) -> Self {
        let conventions = conventions.into();
        let cells: Vec<CellPlan> =
            fields.into_iter().filter_map(|field| CellPlan::new(conventions, field)).collect();
        let named = cells.iter().enumerate().map(|(idx, cell)| (cell.property.clone(), idx));
        let by_property = named.collect();
        PageReader {
            plan: PagePlan { cells, by_property },
            order: MemberOrder::default(),
            deletions: Deletions::None,
        }
    }

    /// Appends a page to the table.
    ///
    /// # Errors
    /// When the page cannot be read; the table is then as it was before.
    pub(crate) fn read(&mut self, body: &[u8], table: &mut ColumnTable) -> Result<PageInfo, PageError> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let before = table.n_rows();
        if self.deletions == Deletions::None {
            if let Some(info) = quick::read(body, &mut self.state(table)) {
                return Ok(info);
            }
            table.truncate(before);
        }
        self.read_slowly(body, table)
    }

    /// Reads a page of any form, and finds out what is wrong with a damaged one.
    fn read_slowly(&mut self, body: &[u8], table: &mut ColumnTable) -> Result<PageInfo, PageError> {
        let before = table.n_rows();
        let mut state = self.state(table);
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let read = PageSeed { state: &mut state }.deserialize(&mut deserializer);
        let read = read.and_then(|info| deserializer.end().map(|()| info));
        let (failure, n_rows) = (state.failure.take(), state.n_rows);
        match (read, failure) {
            (Ok(info), None) => Ok(info),
            (_, Some(failure)) => {
                table.truncate(before);
                Err(failure)
            }
            (Err(error), None) => {
                table.truncate(before);
                Err(classify(&error, n_rows))
            }
        }
    }

    fn state<'s>(&'s mut self, table: &'s mut ColumnTable) -> State<'s> {
        let PageReader { plan, order, deletions } = self;
        let position =
            |cell: &CellPlan| table.columns().iter().position(|column| *column.name == *cell.field);
        let targets = plan.cells.iter().map(position).collect();
        let seen = vec![0; plan.cells.len()];
        State {
            plan,
            order,
            table,
            targets,
            seen,
            n_rows: 0,
            deletions: *deletions,
            deletion: Deletion::default(),
            deleted: Vec::new(),
            failure: None,
        }
    }
}

fn classify(error: &serde_json::Error, n_rows: usize) -> PageError {
    match error.classify() {
        serde_json::error::Category::Eof => PageError::Truncated { n_rows },
        serde_json::error::Category::Data => PageError::NoRecords,
        _ => PageError::NotJson { n_rows, line: error.line(), column: error.column() },
    }
}

/// The members of a page that mean something (A23, B20).
enum PageMember {
    Value,
    Context,
    NextLink,
    DeltaLink,
    Count,
    Other,
}

struct PageMemberSeed;

impl<'de> DeserializeSeed<'de> for PageMemberSeed {
    type Value = PageMember;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<PageMember, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for PageMemberSeed {
    type Value = PageMember;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<PageMember, E> {
        Ok(match name {
            "value" => PageMember::Value,
            "@odata.context" | "@context" => PageMember::Context,
            "@odata.nextLink" | "@nextLink" => PageMember::NextLink,
            "@odata.deltaLink" | "@deltaLink" => PageMember::DeltaLink,
            "@odata.count" | "@count" => PageMember::Count,
            _ => PageMember::Other,
        })
    }
}

struct PageSeed<'a, 's> {
    state: &'a mut State<'s>,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_, '_> {
    type Value = PageInfo;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<PageInfo, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_, '_> {
    type Value = PageInfo;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a page of records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PageInfo, A::Error> {
        let mut info = PageInfo::default();
        let mut has_records = false;
        while let Some(member) = map.next_key_seed(PageMemberSeed)? {
            match member {
                PageMember::Value if has_records => return Err(A::Error::custom("the records appear twice")),
                PageMember::Value => {
                    map.next_value_seed(RowsSeed { state: &mut *self.state })?;
                    has_records = true;
                }
                PageMember::Context => info.context = map.next_value()?,
                PageMember::NextLink => info.next_link = map.next_value()?,
                PageMember::DeltaLink => info.delta_link = map.next_value()?,
                // Dataverse writes -1 where it did not count (B27); a number in quotes is one, too.
                PageMember::Count => {
                    info.count = map.next_value::<&RawValue>()?.get().trim_matches('"').parse().ok()
                }
                PageMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        info.deleted = std::mem::take(&mut self.state.deleted);
        info.n_rows = self.state.n_rows - info.deleted.len();
        if has_records { Ok(info) } else { Err(A::Error::custom("no records")) }
    }
}
