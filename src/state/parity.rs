//! Where both sides of each mapping stand, derived from configuration, couplings and the tables in memory, so that it
//! follows whatever changes. One per mapping, shared by every page; what is in step is decided in the engine.

use std::cell::RefCell;
use std::sync::Arc;

use couplet_engine::coupling::OptionCoupling;
use couplet_engine::parity::{Assessment, OptionRecords, Parity, assess_options};
use couplet_engine::planning::{
    Choice, Input, MappingState, PlanError, Records, References, Run, Settings, fields_to_plan,
    modified_by_field, modified_field,
};
use couplet_engine::preview::Verdicts;
use couplet_engine::{IntegrationTableMapping, MappingName, Side, TableSchema};
use couplet_filter::FieldValue;
use jiff::Timestamp;
use leptos::prelude::*;
use rustc_hash::FxHashMap;

use crate::queries::read_table;
use crate::queries::send::now;
use crate::queries::slices::in_slices;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::previews::{Previews, SidePreview};
use crate::state::references::{holds, references};
use crate::state::synchronization::{StateSignal, Synchronization};
use crate::state::tables::{Reading, TableHandle};

/// Everything that records of a mapping are compared with. The rows stay where they are.
#[derive(Clone)]
pub struct Ground {
    /// The mapping.
    pub mapping: Arc<IntegrationTableMapping>,
    /// Couplings and watermarks.
    pub state: StateSignal,
    /// Option couplings; empty for a record mapping.
    options: RwSignal<Load<Vec<OptionCoupling>>>,
    /// What its fields point to.
    pub references: Arc<References>,
    /// Schemas, Business Central's first.
    pub schemas: [Arc<TableSchema>; 2],
    /// Verdicts of the filters.
    pub verdicts: [Arc<Verdicts>; 2],
    /// The tables.
    pub handles: [TableHandle; 2],
    settings: Settings,
    now: Timestamp,
}

/// Where both sides of a mapping stand, with what it was found out from.
#[derive(Clone)]
pub struct Judged {
    /// What it was found out from.
    pub ground: Arc<Ground>,
    /// The classes.
    pub parity: Arc<Parity>,
}

/// One mapping: signals that live as long as the app.
#[derive(Clone, Copy)]
pub struct MappingParity {
    /// Previews of both sides, Business Central's first.
    pub sides: [SidePreview; 2],
    /// What records are compared with, once every row of both sides is here.
    pub ground: Memo<Option<Arc<Ground>>>,
    /// The classes, once they are worked out.
    pub judged: Memo<Option<Result<Judged, PlanError>>>,
}

/// The mappings that were asked for.
#[derive(Clone)]
pub struct Parities {
    mappings: StoredValue<FxHashMap<MappingName, MappingParity>>,
    owner: Owner,
}

impl Parities {
    /// Makes the store available to every page.
    pub fn provide() {
        let owner = Owner::current().unwrap_or_default();
        provide_context(Parities { mappings: StoredValue::new(FxHashMap::default()), owner });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Where both sides of a mapping stand; reading begins when it is asked for the first time.
    pub fn of(&self, name: &MappingName) -> MappingParity {
        if let Some(parity) = self.mappings.with_value(|mappings| mappings.get(name).copied()) {
            return parity;
        }
        let parity = self.owner.with(|| MappingParity::new(name));
        self.mappings.update_value(|mappings| {
            mappings.insert(name.clone(), parity);
        });
        parity
    }
}

impl MappingParity {
    fn new(name: &MappingName) -> Self {
        let previews = Previews::expect();
        let sides = [Side::BusinessCentral, Side::Dataverse].map(|side| previews.side(name, side));
        keep_reading(sides);
        let pointed = Memo::new_with_compare(
            move |_| {
                let [left, right] = sides;
                let (mapping, schema) = (left.mapping.get()?, right.handle()?.schema()?);
                references(&mapping, &schema).map(Arc::new)
            },
            |_, _| true,
        );
        let kept = Synchronization::expect();
        let (state, options) = (kept.mapping(name), kept.option_couplings(name));
        let kept = move || {
            let is_here =
                state.with(|load| load.ready().is_some()) && options.with(|load| load.ready().is_some());
            is_here.then_some((state, options))
        };
        let ground = Memo::new_with_compare(
            move |_| ground(sides, kept()?, pointed.get()?).map(Arc::new),
            |_, _| true,
        );
        let assessed = in_slices(
            move || ground.get().map(|ground| (ground, RefCell::new(Assessment::default()))),
            |(ground, assessment)| {
                let parity = match ground.mapping.is_option_mapping() {
                    true => Some(ground.assess_options().ok_or(PlanError::OptionMapping)),
                    false => ground.with(|input| assessment.borrow_mut().step(input)).transpose(),
                }?;
                Some((ground.clone(), parity.map(Arc::new)))
            },
        );
        // What was found out of rows that are there no more says nothing about those that are.
        let judged = Memo::new_with_compare(
            move |_| {
                let ground = ground.get()?;
                let (of, parity) = assessed.get()?;
                Arc::ptr_eq(&ground, &of).then(|| parity.map(|parity| Judged { ground, parity }))
            },
            |_, _| true,
        );
        MappingParity { sides, ground, judged }
    }
}

impl Ground {
    /// Gives the engine the rows of both sides as they are now.
    pub fn with<T>(&self, work: impl FnOnce(Input<'_>) -> T) -> T {
        let run = Run::scheduled(&self.mapping);
        self.with_run(&run, work)
    }

    /// The same for a run.
    pub fn with_run<T>(&self, run: &Run, work: impl FnOnce(Input<'_>) -> T) -> T {
        let [left, right] = &self.handles;
        let none = MappingState::default();
        self.state.with_untracked(|state| {
            left.rows.with_untracked(|left| {
                right.rows.with_untracked(|right| {
                    work(Input {
                        mapping: &self.mapping,
                        run,
                        settings: &self.settings,
                        business_central: self.records(Side::BusinessCentral, left),
                        dataverse: self.records(Side::Dataverse, right),
                        state: state.ready().unwrap_or(&none),
                        references: &self.references,
                        now: self.now,
                    })
                })
            })
        })
    }

    fn records<'a>(&'a self, side: Side, rows: &'a couplet_engine::ColumnTable) -> Records<'a> {
        let [left, right] = &self.verdicts;
        Records {
            schema: self.schema(side),
            rows,
            in_filter: match side {
                Side::BusinessCentral => &left.in_filter,
                Side::Dataverse => &right.in_filter,
            },
            ignored: None,
            modified_field: modified_field(side),
            modified_by_field: modified_by_field(side),
        }
    }

    /// Option couplings; none for a record mapping.
    pub fn option_couplings(&self) -> Vec<OptionCoupling> {
        self.options.with(|options| options.ready().cloned().unwrap_or_default())
    }

    /// The schema of a side.
    pub fn schema(&self, side: Side) -> &TableSchema {
        let [left, right] = &self.schemas;
        match side {
            Side::BusinessCentral => left,
            Side::Dataverse => right,
        }
    }

    /// The table of a side.
    pub fn handle(&self, side: Side) -> TableHandle {
        let [left, right] = self.handles;
        match side {
            Side::BusinessCentral => left,
            Side::Dataverse => right,
        }
    }

    /// The values of the choice of an option mapping; none of a record mapping.
    pub fn choices(&self) -> Vec<Choice> {
        self.handle(Side::Dataverse).rows.with_untracked(|rows| {
            let (values, labels) = (rows.column("value"), rows.column("label"));
            let choice = |row: usize| match (values?.get(row), labels?.get(row)) {
                (FieldValue::Integer(value), FieldValue::Text(label)) => {
                    Some(Choice { value: i32::try_from(value).ok()?, label: label.into() })
                }
                _ => None,
            };
            (0..rows.n_rows()).filter_map(choice).collect()
        })
    }

    fn assess_options(&self) -> Option<Parity> {
        let [left, _] = self.handles;
        let choices = self.choices();
        let [_, in_filter] = &self.verdicts;
        self.options.with_untracked(|options| {
            left.rows.with_untracked(|rows| {
                assess_options(OptionRecords {
                    mapping: &self.mapping,
                    business_central: self.records(Side::BusinessCentral, rows),
                    choices: &choices,
                    choices_in_filter: &in_filter.in_filter,
                    couplings: options.ready().map_or(&[], Vec::as_slice),
                })
            })
        })
    }
}

/// Reads every field that a plan of the mapping looks at.
fn keep_reading(sides: [SidePreview; 2]) {
    for side in sides {
        Effect::new(move |_| {
            let Some(handle) = side.handle() else { return };
            let Some(schema) = handle.schema() else { return };
            side.mapping.with(|mapping| {
                if let Some(mapping) = mapping.as_deref() {
                    read_table::ensure(handle, &fields_to_plan(mapping, &schema));
                }
            });
        });
    }
}

/// Everything, once it is here.
fn ground(
    sides: [SidePreview; 2],
    (state, options): (StateSignal, RwSignal<Load<Vec<OptionCoupling>>>),
    references: Arc<References>,
) -> Option<Ground> {
    let [left, right] = sides;
    let mapping = left.mapping.get()?;
    let handles = [left.handle()?, right.handle()?];
    let schemas = [handles[0].schema()?, handles[1].schema()?];
    for (handle, schema) in handles.iter().zip(&schemas) {
        let is_read = handle.reading.with(|reading| matches!(reading, Reading::Done { .. }));
        if !is_read || !holds(*handle, &fields_to_plan(&mapping, schema)) {
            return None;
        }
    }
    let verdicts = [left.verdicts.get()?, right.verdicts.get()?];
    let n_rows = handles.map(TableHandle::n_rows);
    if verdicts.iter().zip(n_rows).any(|(verdicts, n_rows)| verdicts.in_filter.len() != n_rows) {
        return None;
    }
    let ownership =
        ConfigurationStore::expect().configuration.with(|configuration| configuration.ownership_model);
    let connections = Connections::expect();
    let integration_user = connections.dataverse.with(|load| load.ready().map(|place| place.who.user_id));
    Some(Ground {
        references,
        state,
        options,
        mapping,
        schemas,
        verdicts,
        handles,
        settings: Settings {
            ownership,
            company: connections.company(),
            integration_user,
            ..Settings::default()
        },
        now: now(),
    })
}
