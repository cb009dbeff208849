//! What a job changed, record by record and field by field, from its journal.

use std::sync::Arc;

use couplet_engine::planning::{Action, FieldDifference, Plan};
use couplet_engine::preview::identifying_fields;
use couplet_engine::{MappingName, Side, TableSchema};
use couplet_synchronization::{Forecast, LimitingFactor, Planned};
use leptos::prelude::*;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::i18n::*;
use crate::pages::run::actions::ActionList;
use crate::pages::run::difference::Difference;
use crate::pages::run::model::PlanModel;
use crate::queries::schema;
use crate::state::configuration::ConfigurationStore;
use crate::state::planned::{PlannedRun, RecordNames};
use crate::state::previews::table_key;
use crate::state::runs::{Decisions, Runs};
use crate::state::tables::Tables;

/// The changes; that there are none, where nothing was written.
#[component]
pub fn Changes(
    /// The mapping.
    mapping: MappingName,
    /// The actions that took place.
    actions: Arc<Vec<Action>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (store, tables, runs) = (ConfigurationStore::expect(), Tables::expect(), Runs::expect());
    let handle = runs.of(&mapping);
    // The schemas give captions; without them the names of the fields stand.
    let planned = move || {
        let mapping = store.configuration.with(|it| it.mapping(&mapping).cloned().map(Arc::new))?;
        let schemas = [Side::BusinessCentral, Side::Dataverse].into_iter().filter_map(|side| {
            let table = tables.handle(&table_key(&mapping, side));
            schema::ensure(table);
            table.schema()
        });
        let schemas = schemas.collect();
        Some(journal_as_plan(mapping, schemas, &actions))
    };
    move || {
        let planned = planned()?;
        let has_actions = !planned.plan().actions.is_empty();
        let model = PlanModel::new(handle, Arc::new(planned));
        Some(view! {
            <article class="card action-list">
                <header><h2>{t!(i18n, jobs.changes)}</h2></header>
                <Show
                    when=move || has_actions
                    fallback=move || view! { <p class="status status--empty">{t!(i18n, jobs.no_changes)}</p> }
                >
                    <ActionList model />
                </Show>
            </article>
            <Difference model />
        })
    }
}

/// What took place, in the form of a plan.
fn journal_as_plan(
    mapping: Arc<couplet_engine::IntegrationTableMapping>,
    schemas: Vec<Arc<TableSchema>>,
    actions: &[Action],
) -> PlannedRun {
    let names = names(&schemas, actions);
    let plan = |actions: Vec<Action>| Plan { mapping: mapping.name.clone(), actions, passes: Vec::new() };
    PlannedRun {
        planned: Planned::Records(plan(actions.to_vec())),
        options: plan(Vec::new()),
        mapping,
        decisions: Decisions::default(),
        schemas,
        names: RecordNames::new(move |side, id| names.get(&(side, id)).cloned()),
        findings: Vec::new(),
        follow_ups: Vec::new(),
        forecast: Forecast {
            n_business_central: 0,
            n_dataverse: 0,
            n_requests: 0,
            seconds: 0.0,
            limit: LimitingFactor::Nothing,
        },
    }
}

/// What the journal itself tells of the names of its records: the identifying fields among those that were written.
fn names(schemas: &[Arc<TableSchema>], actions: &[Action]) -> FxHashMap<(Side, Uuid), String> {
    let mut names = FxHashMap::default();
    for schema in schemas {
        let identifying = identifying_fields(schema);
        for action in actions {
            let Some(id) = PlannedRun::id(action, schema.side) else { continue };
            let told = identifying.iter().filter_map(|name| {
                let field =
                    action.fields.iter().find(|it| it.name(schema.side).is_some_and(|it| **it == **name))?;
                text_of(field, schema.side, action)
            });
            let name = told.take(2).collect::<Vec<_>>().join(" ");
            if !name.is_empty() {
                names.insert((schema.side, id), name);
            }
        }
    }
    names
}

fn text_of(field: &FieldDifference, side: Side, action: &Action) -> Option<String> {
    let now = match side {
        Side::BusinessCentral => &field.business_central,
        Side::Dataverse => &field.dataverse,
    };
    let value = if action.pass.destination() == side { field.write.as_ref().unwrap_or(now) } else { now };
    match value {
        couplet_engine::Value::Text(text) if !text.is_empty() => Some(text.to_string()),
        _ => None,
    }
}
