//! The state as a snapshot: what differs from the generated data, to be saved, loaded and compared. Subscriptions,
//! faults and counts are not part of it.

mod metadata;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::metadata::TableMetadata;
use crate::sandbox::SandboxOptions;
use crate::schema::Kind;
use crate::store::{Guid, RowState};
use crate::wire::System;
use crate::world::World;

/// Why a snapshot cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It was saved over other demo data: another seed or another number of customers.
    OtherData,
    /// It names a table, a column or an id that does not exist.
    UnknownPart {
        /// The name.
        name: String,
    },
}

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OtherData => formatter.write_str("the snapshot belongs to other demo data"),
            Self::UnknownPart { name } => {
                write!(formatter, "the snapshot names `{name}`, which does not exist")
            }
        }
    }
}

impl std::error::Error for SnapshotError {}

/// The rows and the metadata that differ from the generated data. Serializable, so that it can be kept in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    seed: u64,
    customers: u32,
    clock_ms: i64,
    version: u32,
    tables: Vec<TableSnapshot>,
    /// Changed metadata of Dataverse.
    #[serde(default)]
    metadata: Vec<TableMetadata>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TableSnapshot {
    system: System,
    name: String,
    rows: Vec<RowSnapshot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RowSnapshot {
    row: u32,
    id: String,
    created: i64,
    modified: i64,
    version: u32,
    deleted: bool,
    cells: BTreeMap<String, Cell>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(u32),
    Text(String),
}

/// One difference between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The system of the table.
    pub system: System,
    /// Its name: the table's in Business Central, the logical name in Dataverse.
    pub table: String,
    /// Id of the row.
    pub id: String,
    /// The column; none when the whole row is on one side only.
    pub column: Option<String>,
    /// What the first snapshot holds; none for the generated value, a deleted or an absent row.
    pub first: Option<String>,
    /// What the second snapshot holds.
    pub second: Option<String>,
}

impl Snapshot {
    /// How many rows differ from the generated data, deleted ones included.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// Where two states differ in what rows exist and what they hold. Moments and versions do not count, and rows
    /// are matched by their ids.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut names: Vec<(System, &str)> = self
            .tables
            .iter()
            .chain(&other.tables)
            .map(|table| (table.system, table.name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut differences = Vec::new();
        for (system, name) in names {
            let (first, second) = (self.rows(system, name), other.rows(system, name));
            let mut ids: Vec<&str> = first.keys().chain(second.keys()).copied().collect();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                let at = |column: Option<&str>, first: Option<String>, second: Option<String>| Difference {
                    system,
                    table: name.to_owned(),
                    id: id.to_owned(),
                    column: column.map(str::to_owned),
                    first,
                    second,
                };
                compare_rows(first.get(id).copied(), second.get(id).copied(), at, &mut differences);
            }
        }
        differences.extend(metadata::differences(&self.metadata, &other.metadata));
        differences
    }

    fn rows(&self, system: System, name: &str) -> BTreeMap<&str, &RowSnapshot> {
        let table = self.tables.iter().find(|table| table.system == system && table.name == name);
        let rows = table.map(|table| table.rows.as_slice()).unwrap_or_default();
        rows.iter().map(|row| (row.id.as_str(), row)).collect()
    }

    /// Writes down what differs from the generated data.
    pub(crate) fn save(world: &World, options: &SandboxOptions, clock_ms: i64) -> Self {
        let mut tables = Vec::new();
        for (position, shape) in shapes(world).into_iter().enumerate() {
            let Some(table) = world.table(position) else { continue };
            let mut rows = Vec::new();
            for (row, original) in table.changed_rows() {
                if let Some(state) = table.state(row).filter(|state| original != Some(state)) {
                    rows.push(shape.write(world, row, &state));
                }
            }
            if !rows.is_empty() {
                tables.push(TableSnapshot { system: shape.system, name: shape.name, rows });
            }
        }
        let (seed, customers, version) = (options.seed, options.customers, world.version);
        Self { seed, customers, clock_ms, version, tables, metadata: metadata::save(world, options) }
    }

    /// Takes the world back to the generated data and on to the snapshot; answers its clock.
    ///
    /// # Errors
    ///
    /// When the snapshot does not belong to this data; the world is then unchanged.
    pub(crate) fn load(&self, world: &mut World, options: &SandboxOptions) -> Result<i64, SnapshotError> {
        if (self.seed, self.customers) != (options.seed, options.customers) {
            return Err(SnapshotError::OtherData);
        }
        let shapes = shapes(world);
        let mut states = Vec::new();
        for table in &self.tables {
            let position = shapes.iter().position(|it| it.system == table.system && it.name == table.name);
            let unknown = || SnapshotError::UnknownPart { name: table.name.clone() };
            let (position, shape) =
                position.and_then(|at| shapes.get(at).map(|shape| (at, shape))).ok_or_else(unknown)?;
            for row in &table.rows {
                states.push((position, row.row, shape.read(world, row)?));
            }
        }
        let dataverse = metadata::load(&self.metadata, world, options)?;
        world.tables.iter_mut().for_each(crate::store::Table::revert_all);
        if let Some(dataverse) = dataverse {
            metadata::replace(world, dataverse);
        }
        for (position, row, state) in &states {
            if let Some(table) = world.tables.get_mut(*position) {
                table.put_state(*row, state);
            }
        }
        world.version = self.version;
        world.forget_derived();
        Ok(self.clock_ms)
    }
}

fn compare_rows(
    first: Option<&RowSnapshot>,
    second: Option<&RowSnapshot>,
    at: impl Fn(Option<&str>, Option<String>, Option<String>) -> Difference,
    differences: &mut Vec<Difference>,
) {
    let state = |row: Option<&RowSnapshot>| row.map(|row| if row.deleted { "deleted" } else { "changed" });
    match (first, second) {
        (Some(a), Some(b)) if !a.deleted && !b.deleted => {
            let mut columns: Vec<&String> = a.cells.keys().chain(b.cells.keys()).collect();
            columns.sort_unstable();
            columns.dedup();
            for column in columns {
                let (a, b) = (a.cells.get(column), b.cells.get(column));
                if a != b {
                    differences.push(at(Some(column), a.map(Cell::text), b.map(Cell::text)));
                }
            }
        }
        (Some(a), Some(b)) if a.deleted && b.deleted => {}
        _ => {
            let text = |row| state(row).map(str::to_owned);
            differences.push(at(None, text(first), text(second)));
        }
    }
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.cast_signed().to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Name and columns of one table.
struct Shape {
    system: System,
    name: String,
    columns: Vec<(String, Kind, u32)>,
}

impl Shape {
    fn write(&self, world: &World, row: u32, state: &RowState) -> RowSnapshot {
        let mut cells = BTreeMap::new();
        for ((name, kind, default), cell) in self.columns.iter().zip(&state.cells) {
            if cell != default {
                let cell = if is_text(*kind) {
                    Cell::Text(world.texts.get(*cell).to_owned())
                } else {
                    Cell::Number(*cell)
                };
                cells.insert(name.clone(), cell);
            }
        }
        RowSnapshot {
            row,
            id: state.id.to_string(),
            created: state.created,
            modified: state.modified,
            version: state.version,
            deleted: state.deleted,
            cells,
        }
    }

    fn read(&self, world: &mut World, row: &RowSnapshot) -> Result<RowState, SnapshotError> {
        let unknown = |name: &str| SnapshotError::UnknownPart { name: name.to_owned() };
        let known = |name: &String| self.columns.iter().any(|(column, ..)| column == name);
        if let Some(name) = row.cells.keys().find(|name| !known(name)) {
            return Err(unknown(name));
        }
        let cells = self.columns.iter().map(|(name, _, default)| match row.cells.get(name) {
            Some(Cell::Text(text)) => world.texts.intern(text),
            Some(Cell::Number(number)) => *number,
            None => *default,
        });
        Ok(RowState {
            id: Guid::parse(&row.id).ok_or_else(|| unknown(&row.id))?,
            created: row.created,
            modified: row.modified,
            version: row.version,
            deleted: row.deleted,
            cells: cells.collect(),
        })
    }
}

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Decimal | Kind::Date | Kind::DateTime | Kind::Guid | Kind::BigInt)
}

fn shapes(world: &World) -> Vec<Shape> {
    let bc = world.schema.bc.tables.iter().map(|table| Shape {
        system: System::BusinessCentral,
        name: table.name.clone(),
        columns: table.fields.iter().map(|field| (field.name.clone(), field.kind(), 0)).collect(),
    });
    let dv = world.schema.dv.tables.iter().map(|table| Shape {
        system: System::Dataverse,
        name: table.info.logical_name.clone(),
        columns: table
            .info
            .attributes
            .iter()
            .map(|it| (it.name.clone(), it.kind(), it.kind().null_cell()))
            .collect(),
    });
    bc.chain(dv).collect()
}
