//! The preview of each side of each mapping: rules and verdicts derived from configuration, schema and rows, so that
//! they follow whatever changes. One per mapping and side, shared by every page.

use std::sync::Arc;

use couplet_engine::preview::{ClauseProblem, PreviewRules, Related, VerdictCache, Verdicts, fields_to_read};
use couplet_engine::{IntegrationTableMapping, IntegrationUid, MappingFilter, MappingName, Side};
use leptos::prelude::*;
use rustc_hash::FxHashMap;

use crate::queries::slices::in_slices;
use crate::queries::{late, read_table, schema};
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::related::RelatedTables;
use crate::state::tables::{TableHandle, TableKey, Tables};

/// Rules of a side: not known yet, unusable with the reasons, or ready.
#[derive(Debug, Clone)]
pub enum RulesState {
    /// The schema is not here yet.
    Waiting,
    /// Clauses that cannot be evaluated.
    Broken(Arc<Vec<ClauseProblem>>),
    /// Ready.
    Ready(Arc<PreviewRules>),
}

impl RulesState {
    /// The rules, once they are ready.
    pub fn ready(&self) -> Option<Arc<PreviewRules>> {
        match self {
            RulesState::Ready(rules) => Some(rules.clone()),
            _ => None,
        }
    }
}

/// Verdicts with the rules that they are of.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The rules.
    pub rules: Arc<PreviewRules>,
    /// What they say of the rows that are here.
    pub verdicts: Arc<Verdicts>,
}

/// One side of one mapping.
#[derive(Clone, Copy)]
pub struct SidePreview {
    /// Which system.
    pub side: Side,
    /// The mapping; none once it is gone.
    pub mapping: Memo<Option<Arc<IntegrationTableMapping>>>,
    /// The table behind this side.
    pub table: Memo<Option<TableKey>>,
    /// The saved filter's rules.
    pub rules: Memo<RulesState>,
    /// The saved filter's verdicts over the rows that are here.
    pub verdicts: Memo<Option<Arc<Verdicts>>>,
    /// What rules know of other tables.
    pub related: Memo<Arc<Related>>,
}

/// The previews that were asked for.
#[derive(Clone)]
pub struct Previews {
    sides: StoredValue<FxHashMap<(MappingName, Side), SidePreview>>,
    owner: Owner,
}

impl Previews {
    /// Makes the store available to every page.
    pub fn provide() {
        let owner = Owner::current().unwrap_or_default();
        provide_context(Previews { sides: StoredValue::new(FxHashMap::default()), owner });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// The preview of one side of a mapping; reading its table begins when it is asked for the first time.
    pub fn side(&self, name: &MappingName, side: Side) -> SidePreview {
        let key = (name.clone(), side);
        if let Some(preview) = self.sides.with_value(|sides| sides.get(&key).copied()) {
            return preview;
        }
        let preview = self.owner.with(|| SidePreview::new(name.clone(), side));
        self.sides.update_value(|sides| {
            sides.insert(key, preview);
        });
        preview
    }
}

impl SidePreview {
    fn new(name: MappingName, side: Side) -> Self {
        let configuration = ConfigurationStore::expect().configuration;
        let mapping = Memo::new(move |_| {
            configuration.with(|configuration| configuration.mapping(&name).cloned().map(Arc::new))
        });
        let table = Memo::new(move |_| {
            mapping.with(|mapping| mapping.as_deref().map(|mapping| table_key(mapping, side)))
        });
        let related_tables = RelatedTables::expect();
        let related = Memo::new(move |_| {
            mapping
                .with(|mapping| mapping.as_deref().map(|mapping| related_tables.related(mapping, side)))
                .unwrap_or_default()
        });
        let rules = Memo::new_with_compare(
            move |_| {
                mapping.with(|mapping| {
                    mapping
                        .as_deref()
                        .map_or(RulesState::Waiting, |mapping| bind(mapping, side, mapping.filter(side)))
                })
            },
            |_, _| true,
        );
        let judged = judged(move || rules.get().ready(), table, related);
        // Verdicts of rules that were changed meanwhile say nothing about the new ones.
        let verdicts = Memo::new_with_compare(
            move |_| {
                let rules = rules.get().ready()?;
                let judged = judged.get()?;
                Arc::ptr_eq(&rules, &judged.rules).then_some(judged.verdicts)
            },
            |_, _| true,
        );
        let preview = SidePreview { side, mapping, table, rules, verdicts, related };
        preview.keep_reading();
        preview
    }

    /// The table's handle.
    pub fn handle(self) -> Option<TableHandle> {
        self.table.with(|table| table.as_ref().map(|key| Tables::expect().handle(key)))
    }

    /// Rules for a filter that is being edited.
    pub fn bind(self, filter: &MappingFilter) -> RulesState {
        self.mapping.with(|mapping| {
            mapping.as_deref().map_or(RulesState::Waiting, |mapping| bind(mapping, self.side, filter))
        })
    }

    /// Verdicts of other rules over the same rows; those before stay until the new ones are there.
    pub fn judged(
        self,
        rules: impl Fn() -> Option<Arc<PreviewRules>> + 'static,
    ) -> ReadSignal<Option<Judged>> {
        judged(rules, self.table, self.related)
    }

    /// Counts in and out of the saved filter, once every row is here or as far as they are.
    pub fn counts(self) -> Option<(usize, usize)> {
        self.verdicts.with(|verdicts| verdicts.as_ref().map(|verdicts| (verdicts.n_in, verdicts.n_out)))
    }

    /// Loads the schema, then reads the fields that the preview needs, whenever these change.
    fn keep_reading(self) {
        let connections = Connections::expect();
        Effect::new(move |_| {
            let Some(handle) = self.handle() else { return };
            if connections.is_ready(self.side) {
                schema::ensure(handle);
            }
            let Some(schema) = handle.schema() else { return };
            let rules = self.rules.get().ready();
            self.mapping.with(|mapping| {
                if let Some(mapping) = mapping.as_deref() {
                    read_table::ensure(handle, &fields_to_read(mapping, rules.as_deref(), &schema));
                }
            });
        });
    }
}

/// The table behind one side of a mapping.
pub fn table_key(mapping: &IntegrationTableMapping, side: Side) -> TableKey {
    match (side, &mapping.integration_uid) {
        (Side::BusinessCentral, _) => {
            TableKey::BusinessCentral { name: mapping.table.name.clone(), number: mapping.table.number }
        }
        (Side::Dataverse, IntegrationUid::Record { .. }) => {
            TableKey::Dataverse { name: mapping.integration_table.clone() }
        }
        (Side::Dataverse, IntegrationUid::OptionSet { column }) => {
            TableKey::OptionSet { table: mapping.integration_table.clone(), column: column.clone() }
        }
    }
}

fn bind(mapping: &IntegrationTableMapping, side: Side, filter: &MappingFilter) -> RulesState {
    let Some(schema) = Tables::expect().handle(&table_key(mapping, side)).schema() else {
        return RulesState::Waiting;
    };
    let ownership =
        ConfigurationStore::expect().configuration.with(|configuration| configuration.ownership_model);
    match late::bind(&late::Binding { mapping, ownership, filter, schema: &schema }) {
        Some(Ok(rules)) => RulesState::Ready(Arc::new(rules)),
        Some(Err(problems)) => RulesState::Broken(Arc::new(problems)),
        None => RulesState::Waiting,
    }
}

/// Keeps verdicts in step with rules, rows and what the rules know of other tables.
fn judged(
    rules: impl Fn() -> Option<Arc<PreviewRules>> + 'static,
    table: Memo<Option<TableKey>>,
    related: Memo<Arc<Related>>,
) -> ReadSignal<Option<Judged>> {
    let prepare = move || {
        let rules = rules()?;
        let handle = table.with(|table| Some(Tables::expect().handle(table.as_ref()?)))?;
        handle.rows.track();
        Some((rules, handle, related.get()))
    };
    in_slices(prepare, |(rules, handle, related)| {
        let step = |cache: &mut VerdictCache| {
            handle.rows.with_untracked(|rows| late::evaluate(cache, rules, rows, related))
        };
        let verdicts = handle.verdicts.try_update_value(step).flatten()?;
        Some(Judged { rules: rules.clone(), verdicts: Arc::new(verdicts) })
    })
}
