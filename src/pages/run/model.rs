//! What the parts of a plan on screen share: the list that is shown, the chosen action, and values in words.

use std::sync::Arc;

use couplet_engine::coupling::SystemId;
use couplet_engine::planning::{Action, ActionKind, Pass, Winner};
use couplet_engine::{Side, Value};
use leptos::prelude::*;
use leptos_router::hooks::query_signal;

use crate::state::planned::{ActionFilter, KINDS, PASSES, PlannedRun};
use crate::state::runs::{Conflicts, RunHandle};
use crate::text::{self, Captions, I18n};

/// A plan on screen. What is listed stands in the address.
#[derive(Clone, Copy)]
pub(super) struct PlanModel {
    /// The run that the plan is of.
    pub(super) handle: RunHandle,
    /// The plan.
    pub(super) planned: StoredValue<Arc<PlannedRun>>,
    /// What is listed.
    pub(super) filter: Memo<ActionFilter>,
    /// Places of the listed actions.
    pub(super) listed: Memo<Arc<Vec<u32>>>,
    /// The action whose difference is shown, by its place.
    pub(super) selected: RwSignal<Option<u32>>,
    set_kind: SignalSetter<Option<String>>,
    set_pass: SignalSetter<Option<String>>,
    set_finding: SignalSetter<Option<usize>>,
    set_search: SignalSetter<Option<String>>,
}

impl PlanModel {
    pub(super) fn new(handle: RunHandle, planned: Arc<PlannedRun>) -> Self {
        let (kind, set_kind) = query_signal::<String>("action");
        let (pass, set_pass) = query_signal::<String>("way");
        let (finding, set_finding) = query_signal::<usize>("finding");
        let (search, set_search) = query_signal::<String>("q");
        let filter = Memo::new(move |_| ActionFilter {
            kind: kind.with(|code| decode(&KINDS, code.as_deref())),
            pass: pass.with(|code| decode(&PASSES, code.as_deref())),
            finding: finding.get(),
            search: search.get().unwrap_or_default(),
        });
        let planned = StoredValue::new(planned);
        let listed =
            Memo::new(move |_| Arc::new(filter.with(|filter| planned.with_value(|it| it.list(filter)))));
        let selected = RwSignal::new(None);
        PlanModel { handle, planned, filter, listed, selected, set_kind, set_pass, set_finding, set_search }
    }

    /// Lists the actions of one kind and pass, or of all.
    pub(super) fn show(self, kind: Option<ActionKind>, pass: Option<Pass>) {
        self.set_kind.set(kind.and_then(|kind| encode(&KINDS, kind)));
        self.set_pass.set(pass.and_then(|pass| encode(&PASSES, pass)));
        self.set_finding.set(None);
    }

    /// Lists the records of one finding.
    pub(super) fn show_finding(self, finding: usize) {
        self.set_kind.set(None);
        self.set_pass.set(None);
        self.set_finding.set(Some(finding));
    }

    /// Lists records with this in their name.
    pub(super) fn search(self, text: &str) {
        self.set_search.set(Some(text.to_owned()).filter(|text| !text.is_empty()));
    }

    /// Decides who wins fields that were edited on both sides; from then on edits are merged by field.
    pub(super) fn decide(self, fields: impl IntoIterator<Item = (SystemId, u32)>, winner: Winner) {
        self.handle.request.update(|request| request.conflicts = Conflicts::ByField);
        self.handle.decisions.update(|decisions| {
            decisions.extend(fields.into_iter().map(|field| (field, winner)));
        });
    }

    /// The captions of both tables' fields.
    pub(super) fn captions(self) -> Captions {
        self.planned.with_value(|it| captions(it))
    }
}

/// The captions of both tables' fields.
pub(super) fn captions(planned: &PlannedRun) -> Captions {
    Captions { schemas: planned.schemas.clone() }
}

/// A record in words: its name, else its id; none when it does not exist.
pub(super) fn record_name(planned: &PlannedRun, action: &Action, side: Side) -> Option<String> {
    let id = PlannedRun::id(action, side)?;
    Some(planned.names.get(side, id).unwrap_or_else(|| id.to_string()))
}

/// A value of a field of one side in words; none when it is blank.
pub(super) fn value_words(
    i18n: I18n,
    planned: &PlannedRun,
    side: Side,
    field: Option<&Arc<str>>,
    value: &Value,
) -> Option<String> {
    let schema = field.and_then(|name| planned.schema(side)?.field(name));
    let words = match (schema, value) {
        (Some(field), value) => Some(text::value(i18n, field, value.as_field_value())),
        // Labels of a choice have no field.
        (None, Value::Text(text)) => Some(text.to_string()),
        (None, _) => None,
    };
    words.filter(|words| !words.trim().is_empty())
}

fn decode<T: Copy>(codes: &[(T, &str)], code: Option<&str>) -> Option<T> {
    codes.iter().find(|(_, known)| Some(*known) == code).map(|(value, _)| *value)
}

fn encode<T: Copy + PartialEq>(codes: &[(T, &str)], value: T) -> Option<String> {
    codes.iter().find(|(known, _)| *known == value).map(|(_, code)| (*code).to_owned())
}
