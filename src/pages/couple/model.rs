//! What the workbench knows: the rows of both sides, which pairs are chosen, and what became of the last wish.

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::matching::{Evidence, WhyUnmatched};
use couplet_engine::planning::InitialSynchronization;
use couplet_engine::{IntegrationTableMapping, MappingName, Side};
use couplet_filter::FieldValue;
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::components::count_link::run_path;
use crate::components::notice::Tone;
use crate::components::number::formatted;
use crate::i18n::*;
use crate::queries::read_table;
use crate::state::parity::{Ground, Parities};
use crate::state::runs::Runs;
use crate::tasks::couple::{couple, uncouple};
use crate::tasks::run::Runner;
use crate::text::{I18n, run_problem};

/// Why two records stand in one line, or why one stands alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PairReason {
    /// They resemble each other.
    Suggested { evidence: Vec<Evidence>, n_rivals: usize },
    /// They have the same values in the criteria of this priority.
    Matched { priority: u32 },
    /// No partner was found.
    Unmatched(WhyUnmatched),
    /// They are coupled.
    Coupled,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) record: SystemId,
    pub(super) row: Option<RowId>,
    /// From 0 to 100, of a suggestion.
    pub(super) confidence: Option<u32>,
    pub(super) reason: PairReason,
}

/// Rows of both tables by id.
#[derive(Debug, Default)]
pub(super) struct Places {
    records: FxHashMap<Uuid, u32>,
    rows: FxHashMap<Uuid, u32>,
}

impl Places {
    fn of(ground: &Ground) -> Self {
        let places = |side: Side| {
            let key_field = &ground.schema(side).key_field;
            ground.handle(side).rows.with_untracked(|rows| {
                let keys = rows.column(key_field);
                let id = |row: usize| match keys?.get(row) {
                    FieldValue::Guid(id) => Some((id, row as u32)),
                    _ => None,
                };
                (0..rows.n_rows()).filter_map(id).collect()
            })
        };
        Places { records: places(Side::BusinessCentral), rows: places(Side::Dataverse) }
    }

    /// Row of a Business Central record.
    pub(super) fn record(&self, id: SystemId) -> Option<usize> {
        self.records.get(&id.0).map(|row| *row as usize)
    }

    /// Row of a Dataverse row.
    pub(super) fn row(&self, id: RowId) -> Option<usize> {
        self.rows.get(&id.0).map(|row| *row as usize)
    }
}

/// The workbench; copies share it.
#[derive(Clone, Copy)]
pub(super) struct CoupleModel {
    pub(super) name: StoredValue<MappingName>,
    pub(super) ground: Memo<Option<Arc<Ground>>>,
    pub(super) places: Memo<Arc<Places>>,
    /// Records of the pairs that are chosen.
    pub(super) chosen: RwSignal<FxHashSet<(SystemId, RowId)>>,
    /// What became of the last wish.
    pub(super) said: RwSignal<Option<(Tone, String)>>,
    pub(super) is_busy: RwSignal<bool>,
    runner: Runner,
    runs: StoredValue<Runs>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

/// Goes to an address of the app.
type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

impl CoupleModel {
    pub(super) fn new(name: MappingName) -> Self {
        let ground = Parities::expect().of(&name).ground;
        let places = Memo::new_with_compare(
            move |_| Arc::new(ground.with(|ground| ground.as_deref().map(Places::of)).unwrap_or_default()),
            |_, _| true,
        );
        CoupleModel {
            name: StoredValue::new(name),
            ground,
            places,
            chosen: RwSignal::default(),
            said: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            runner: Runner::expect(),
            runs: StoredValue::new(Runs::expect()),
            navigate: StoredValue::new_local(Box::new(use_navigate())),
        }
    }

    pub(super) fn mapping(self) -> Option<Arc<IntegrationTableMapping>> {
        self.ground.with(|ground| ground.as_ref().map(|ground| ground.mapping.clone()))
    }

    pub(super) fn forget_choice(self) {
        self.chosen.update(FxHashSet::clear);
        self.said.set(None);
    }

    pub(super) fn n_chosen(self) -> usize {
        self.chosen.with(FxHashSet::len)
    }

    /// Takes a pair into the choice, or out of it.
    pub(super) fn toggle(self, pair: (SystemId, RowId)) {
        self.chosen.update(|chosen| {
            if !chosen.remove(&pair) {
                chosen.insert(pair);
            }
        });
    }

    /// Plans a goal and opens its dry run.
    pub(super) fn plan(self, goal: Goal) {
        let Some(mapping) = untrack(|| self.mapping()) else { return };
        let handle = self.runs.with_value(|runs| runs.of(&mapping.name));
        handle.aim(mapping.direction, goal);
        self.runner.plan(handle);
        let path = run_path(&mapping.name);
        self.navigate.with_value(|navigate| navigate(&path, NavigateOptions::default()));
    }

    /// Couples pairs at once where that is all there is to do; else their dry run is opened, which also synchronizes them.
    pub(super) fn couple_or_plan(
        self,
        i18n: I18n,
        pairs: Vec<(SystemId, RowId)>,
        first: InitialSynchronization,
        after: impl FnOnce() + 'static,
    ) {
        match first {
            InitialSynchronization::DoNotSynchronize => self.couple(i18n, pairs, after),
            _ => self.plan(Goal::Couple { pairs, first }),
        }
    }

    /// Couples pairs and says what became of it; `after` runs when all of them are coupled.
    pub(super) fn couple(self, i18n: I18n, pairs: Vec<(SystemId, RowId)>, after: impl FnOnce() + 'static) {
        let Some(mapping) = untrack(|| self.mapping()) else { return };
        self.is_busy.set(true);
        spawn_local(async move {
            let said = match couple(self.runner, &mapping, pairs).await {
                Ok(coupled) => {
                    self.chosen.update(FxHashSet::clear);
                    let mut words = t_string!(i18n, couple.done, count = formatted(i18n, coupled.n_coupled));
                    if coupled.n_refused > 0 {
                        words.push(' ');
                        words.push_str(&t_string!(
                            i18n,
                            couple.refused,
                            count = formatted(i18n, coupled.n_refused)
                        ));
                    }
                    (if coupled.n_refused > 0 { Tone::Warning } else { Tone::Done }, words)
                }
                Err(error) => failed(i18n, run_problem(i18n, &error)),
            };
            let is_done = said.0 == Tone::Done;
            self.said.set(Some(said));
            self.is_busy.set(false);
            if is_done {
                after();
            }
        });
    }

    /// Uncouples the chosen pairs and says what became of it.
    pub(super) fn uncouple(self, i18n: I18n) {
        let Some(mapping) = untrack(|| self.mapping()) else { return };
        let records: FxHashSet<SystemId> =
            self.chosen.with_untracked(|chosen| chosen.iter().map(|(record, _)| *record).collect());
        self.is_busy.set(true);
        spawn_local(async move {
            let said = match uncouple(self.runner, &mapping, records).await {
                Ok(count) => {
                    self.chosen.update(FxHashSet::clear);
                    self.read_rows_again();
                    (Tone::Done, t_string!(i18n, couple.uncoupled, count = formatted(i18n, count)))
                }
                Err(error) => failed(i18n, run_problem(i18n, &error)),
            };
            self.said.set(Some(said));
            self.is_busy.set(false);
        });
    }

    /// Rows of Dataverse may have lost their company.
    fn read_rows_again(self) {
        let rows = self.ground.with_untracked(|ground| ground.as_ref().map(|it| it.handle(Side::Dataverse)));
        rows.into_iter().for_each(read_table::restart);
    }
}

fn failed(i18n: I18n, reason: String) -> (Tone, String) {
    (Tone::Warning, t_string!(i18n, couple.failed, reason = reason))
}
