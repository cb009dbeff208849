//! Tables of both systems in memory: schema, rows, and how far their reading has come. Several mappings share one
//! table; it is read once, with the fields that any of them needs.

use std::sync::Arc;

use couplet_engine::preview::VerdictCache;
use couplet_engine::{ColumnTable, Side, TableSchema};
use couplet_systems::{Request, TableRead};
use leptos::prelude::*;
use rustc_hash::FxHashMap;

use crate::browser::http::Abort;
use crate::failure::Failure;
use crate::queries::schema::TableAccess;
use crate::state::connections::Connections;
use crate::state::load::Load;

/// Which table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TableKey {
    /// A Business Central table, by name and number.
    BusinessCentral {
        /// `Customer`.
        name: String,
        /// `18`.
        number: u32,
    },
    /// A Dataverse table, by logical name.
    Dataverse {
        /// `account`.
        name: String,
    },
    /// The values of a choice column, as rows (S1.9).
    OptionSet {
        /// Table with the column.
        table: String,
        /// The column.
        column: String,
    },
}

impl TableKey {
    /// Which system.
    pub fn side(&self) -> Side {
        match self {
            TableKey::BusinessCentral { .. } => Side::BusinessCentral,
            TableKey::Dataverse { .. } | TableKey::OptionSet { .. } => Side::Dataverse,
        }
    }
}

/// How far the reading of rows has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Not begun.
    Idle,
    /// Pages are arriving.
    Running {
        /// Records in the table, where the service told.
        total: Option<u64>,
    },
    /// The service asked to wait (429, 503).
    Waiting {
        /// For so long.
        seconds: u64,
    },
    /// All rows are here.
    Done {
        /// When the last page came, milliseconds since 1970.
        at_ms: i64,
    },
    /// It stopped; what had come is kept.
    Failed(Failure),
}

/// Where a stopped reading goes on.
pub struct Resume {
    pub(crate) read: TableRead,
    pub(crate) request: Request,
}

/// One table: signals that live as long as the app.
#[derive(Clone, Copy)]
pub struct TableHandle {
    /// Which table.
    pub key: StoredValue<TableKey>,
    /// How both systems are reached.
    pub(crate) connections: Connections,
    /// Schema and address.
    pub access: RwSignal<Load<Arc<TableAccess>>>,
    /// Rows that have come so far.
    pub rows: RwSignal<ColumnTable>,
    /// What was found out about them.
    pub(crate) verdicts: StoredValue<VerdictCache>,
    /// How far it is.
    pub reading: RwSignal<Reading>,
    /// Fields that are read, or will be.
    pub(crate) fields: StoredValue<Vec<String>>,
    /// Number of the reading in progress; older ones stop when they see another.
    pub(crate) ticket: StoredValue<u64>,
    pub(crate) abort: StoredValue<Abort, LocalStorage>,
    pub(crate) resume: StoredValue<Option<Resume>, LocalStorage>,
}

/// All tables that were asked for.
#[derive(Clone)]
pub struct Tables {
    handles: StoredValue<FxHashMap<TableKey, TableHandle>>,
    owner: Owner,
}

impl Tables {
    /// Makes the store available to every page.
    pub fn provide() {
        let owner = Owner::current().unwrap_or_default();
        provide_context(Tables { handles: StoredValue::new(FxHashMap::default()), owner });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The handle of a table; made when it is asked for the first time.
    pub fn handle(&self, key: &TableKey) -> TableHandle {
        if let Some(handle) = self.handles.with_value(|handles| handles.get(key).copied()) {
            return handle;
        }
        let handle = self.owner.with(|| TableHandle {
            key: StoredValue::new(key.clone()),
            connections: Connections::expect(),
            access: RwSignal::new(Load::Idle),
            rows: RwSignal::new(ColumnTable::default()),
            verdicts: StoredValue::new(VerdictCache::new()),
            reading: RwSignal::new(Reading::Idle),
            fields: StoredValue::new(Vec::new()),
            ticket: StoredValue::new(0),
            abort: StoredValue::new_local(Abort::new()),
            resume: StoredValue::new_local(None),
        });
        self.handles.update_value(|handles| {
            handles.insert(key.clone(), handle);
        });
        handle
    }

    /// Every table asked for so far.
    pub fn all(&self) -> Vec<TableHandle> {
        self.handles.with_value(|handles| handles.values().copied().collect())
    }
}

impl TableHandle {
    /// The schema, once it is here.
    pub fn schema(self) -> Option<Arc<TableSchema>> {
        self.access.with(|access| access.ready().map(|access| access.schema.clone()))
    }

    /// Number of rows that are here.
    pub fn n_rows(self) -> usize {
        self.rows.with(ColumnTable::n_rows)
    }

    /// Whether rows are arriving or awaited.
    pub fn is_running(self) -> bool {
        self.reading.with(|reading| matches!(reading, Reading::Running { .. } | Reading::Waiting { .. }))
    }
}
