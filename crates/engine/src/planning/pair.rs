//! The decision about one record: the state machine of S4.1 to S4.24. Values are made in `make`, edits of both sides
//! are sorted by field in `merge`.

use couplet_filter::FieldValue;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::couplings::CouplingState;
use super::failure::Failure;
use super::fields::{BoundField, OWNER, PassFields};
use super::input::{Creation, Mode, UpdateConflicts, Winner};
use super::make::{Made, Present, make};
use super::plan::{Action, ActionKind, FieldDifference, Kept, Layer, Pass, Reason, Shelves};
use super::planner::{Earlier, Planner};
use crate::coupling::{RowId, Skipped, SystemId};
use crate::mapping::{DeletionConflictResolution, Direction, UpdateConflictResolution};
use crate::schema::{FieldAccess, Side};
use crate::transfer::differs;
use crate::value::Value;

/// Dataverse column with the table of the owner.
pub(super) const OWNER_TYPE: &str = "owneridtype";
/// Owners of this table are users.
const USER: &str = "systemuser";

/// The two records of a pair as rows of their tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'e> {
    pub(super) source: usize,
    /// None for a record that is created.
    pub(super) destination: Option<usize>,
    /// What the first pass does to the pair, as the second finds it.
    pub(super) earlier: Option<&'e Earlier>,
}

/// What copying one field comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Copied {
    /// The field cannot be written on such a record.
    Closed,
    /// The destination holds the value already.
    Same,
    /// The destination keeps what it holds.
    Keep(Kept),
    /// The destination receives this.
    Write(Value, Layer),
}

/// What changed after the last synchronization.
#[derive(Debug, Clone, Copy)]
struct Changed {
    source: bool,
    destination: bool,
    /// Both before the first pass of this run took over its change.
    both_at_start: bool,
}

impl Planner<'_> {
    /// Decides about one record and appends the action; where edits are merged by field there may be two.
    pub(super) fn decide(
        &self,
        fields: &PassFields<'_>,
        source: usize,
        earlier: &FxHashMap<SystemId, Earlier>,
        out: &mut Vec<Action>,
    ) {
        let pass = fields.pass;
        let state = self.coupling_of(pass.source(), self.side(pass.source()).id(source));
        let Some(state) = state else {
            out.push(self.uncoupled(fields, source));
            return;
        };
        let earlier = state.record_end().and_then(|end| earlier.get(&end.id()));
        let pair = Pair { source, destination: self.partner(pass, state), earlier };
        if state.coupling.skipped == Skipped::Yes {
            out.push(self.action(pass, pair, ActionKind::Skip, Reason::Shelved));
        } else if pair.destination.is_none() {
            out.push(self.deleted(fields, pair));
        } else if self.input.run.mode == Mode::CreateNew {
            out.push(self.action(pass, pair, ActionKind::Skip, Reason::AlreadyCoupled));
        } else {
            self.coupled(fields, pair, state, out);
        }
    }

    fn partner(&self, pass: Pass, state: &CouplingState) -> Option<usize> {
        match pass.destination() {
            Side::BusinessCentral => self.business_central.row(state.record_end()?.id().0),
            Side::Dataverse => self.dataverse.row(state.coupling.row.id().0),
        }
    }

    /// S4.6 and S4.7.
    fn uncoupled(&self, fields: &PassFields<'_>, source: usize) -> Action {
        let pass = fields.pass;
        let pair = Pair { source, destination: None, earlier: None };
        let created = self.created_before.partners.get(&self.side(pass.source()).id(source));
        if let Some(destination) = created.and_then(|id| self.side(pass.destination()).row(*id)) {
            let pair = Pair { destination: Some(destination), ..pair };
            return self.action(pass, pair, ActionKind::Update, Reason::CreatedBefore);
        }
        match self.counterpart(pass, source) {
            Err(failure) => return self.fail(pass, pair, failure),
            Ok(Some(destination)) => {
                let pair = Pair { destination: Some(destination), ..pair };
                return match self.copy(fields, pair) {
                    Err(failure) => self.fail(pass, pair, failure),
                    Ok(differences) => self.update(fields, pair, Reason::CounterpartFound, differences),
                };
            }
            Ok(None) => {}
        }
        if self.input.run.creation == Creation::OnlyCoupledRecords {
            return self.action(pass, pair, ActionKind::Skip, Reason::OnlyCoupledRecords);
        }
        self.create(fields, pair, ActionKind::Create, Reason::NotCoupled)
    }

    fn create(&self, fields: &PassFields<'_>, pair: Pair<'_>, kind: ActionKind, reason: Reason) -> Action {
        let completed = self.copy(fields, pair).and_then(|mut differences| {
            self.apply_table_rules(fields, pair, &mut differences)?;
            self.apply_defaults(fields.pass, pair, &mut differences);
            self.apply_template(fields.pass, pair, &mut differences)?;
            Ok(differences)
        });
        match completed {
            Ok(fields_written) => {
                Action { fields: fields_written, ..self.action(fields.pass, pair, kind, reason) }
            }
            Err(failure) => self.fail(fields.pass, pair, failure),
        }
    }

    /// S4.12 to S4.14; creating anew replaces a coupling to a deleted partner (S3.20).
    fn deleted(&self, fields: &PassFields<'_>, pair: Pair<'_>) -> Action {
        match (self.input.run.mode, self.input.mapping.deletion_conflict_resolution) {
            (Mode::Forced, _) | (Mode::Ordinary, DeletionConflictResolution::None) => {
                self.fail(fields.pass, pair, Failure::PartnerDeleted)
            }
            (Mode::Ordinary, DeletionConflictResolution::RemoveCoupling) => {
                self.action(fields.pass, pair, ActionKind::RemoveCoupling, Reason::PartnerDeleted)
            }
            (Mode::CreateNew, _) | (Mode::Ordinary, DeletionConflictResolution::RestoreRecords) => {
                self.create(fields, pair, ActionKind::Restore, Reason::PartnerDeleted)
            }
        }
    }

    /// S4.8, S4.9, S4.11, S4.15.
    fn coupled(&self, fields: &PassFields<'_>, pair: Pair<'_>, state: &CouplingState, out: &mut Vec<Action>) {
        let pass = fields.pass;
        let changed = self.changed(pass, pair, state);
        let forced = self.input.run.mode == Mode::Forced;
        if !forced && !changed.source {
            out.push(self.action(pass, pair, ActionKind::Unchanged, Reason::SourceUnchanged));
            return;
        }
        let differences = match self.copy(fields, pair) {
            Ok(differences) => differences,
            Err(failure) => {
                out.push(self.fail(pass, pair, failure));
                return;
            }
        };
        let is_bidirectional = self.input.mapping.direction == Direction::Bidirectional;
        let by_field = self.merges_by_field();
        let both = !forced
            && is_bidirectional
            && if by_field { changed.both_at_start } else { changed.source && changed.destination };
        let contested = differences.iter().find(|it| it.write.is_some() && is_two_way(fields, it));
        let mut action = match contested {
            Some(_) if both && by_field => {
                self.merged(fields, pair, changed, differences, out);
                return;
            }
            Some(field) if both => {
                let name = field.name(Side::BusinessCentral).or(field.name(Side::Dataverse)).cloned();
                match Winner::of(self.input.mapping.update_conflict_resolution) {
                    None => {
                        let reason = Reason::BothChanged { field: name.unwrap_or_default() };
                        out.push(self.conflict(
                            pass,
                            pair,
                            state,
                            reason,
                            contested_fields(fields, &differences),
                        ));
                        return;
                    }
                    Some(winner) if winner.side() != pass.source() => {
                        out.push(self.action(pass, pair, ActionKind::Skip, Reason::ConflictLost));
                        return;
                    }
                    Some(_) => self.update(fields, pair, Reason::ConflictWon, differences),
                }
            }
            _ => self.update(fields, pair, self.reason_to_write(pass, state), differences),
        };
        action.opposite_pending = both && changed.destination;
        out.push(action);
    }

    fn reason_to_write(&self, pass: Pass, state: &CouplingState) -> Reason {
        match self.input.run.mode {
            Mode::Forced => Reason::Forced,
            _ if state.has_failed(pass) => Reason::RetriedAfterFailure,
            _ => Reason::SourceChanged,
        }
    }

    /// Edits of both sides go their own ways; fields that were edited on both become a conflict of their own.
    fn merged(
        &self,
        fields: &PassFields<'_>,
        pair: Pair<'_>,
        changed: Changed,
        differences: Vec<FieldDifference>,
        out: &mut Vec<Action>,
    ) {
        let source = self.side(fields.pass.source()).id(pair.source);
        let Some(state) = self.coupling_of(fields.pass.source(), source) else { return };
        let record = state.record_end().map(|end| end.id());
        let (writes, conflicts) = self.split(fields, pair, record, state.last.as_ref(), differences);
        let writes_any = writes.iter().any(|it| it.write.is_some());
        if writes_any || conflicts.is_empty() {
            let update = self.update(fields, pair, Reason::Merged, writes);
            out.push(Action { opposite_pending: changed.destination, ..update });
        }
        let name = conflicts.first().and_then(|it| it.field.clone().or(it.column.clone()));
        if let Some(field) = name {
            let conflict = self.conflict(fields.pass, pair, state, Reason::BothChanged { field }, conflicts);
            out.push(Action { shelves: Shelves::No, ..conflict });
        }
    }

    /// Whether edits of both sides are sorted by field: it was asked for, or the mapping remembers who wins a field.
    fn merges_by_field(&self) -> bool {
        matches!(self.input.settings.update_conflicts, UpdateConflicts::ByField { .. })
            || self.input.mapping.remembers_winners()
    }

    fn changed(&self, pass: Pass, pair: Pair<'_>, state: &CouplingState) -> Changed {
        let settled = pair.earlier.is_some_and(|earlier| earlier.settled);
        let at_start =
            |side: Side, row: Option<usize>| row.is_some_and(|row| self.is_changed(side, row, state));
        let source = at_start(pass.source(), Some(pair.source));
        let destination = at_start(pass.destination(), pair.destination);
        Changed { source, destination: destination && !settled, both_at_start: source && destination }
    }

    /// S4.20 and S4.21; what the other pass left pending counts as changed.
    fn is_changed(&self, side: Side, row: usize, state: &CouplingState) -> bool {
        let rows = self.side(side);
        state.asks_for(Pass::from(side))
            || state.is_edited(self.input.mapping, &rows.records, row, rows.modified_at(row))
    }

    /// The differences of all fields of the pass; of a new record every field.
    fn copy(&self, fields: &PassFields<'_>, pair: Pair<'_>) -> Result<Vec<FieldDifference>, Failure> {
        let owned_by_user = self.is_owned_by_user(pair.source);
        let mut differences = Vec::new();
        for field in &fields.fields {
            let difference = |layer| self.difference(fields.pass, field, pair, layer);
            match self.copy_field(fields.pass, field, pair, owned_by_user)? {
                Copied::Closed | Copied::Same => {}
                Copied::Keep(kept) => {
                    differences.push(FieldDifference { kept: Some(kept), ..difference(Layer::Mapping) });
                }
                Copied::Write(value, layer) => {
                    differences.push(FieldDifference { write: Some(value), ..difference(layer) });
                }
            }
        }
        // The table of the owner goes with the owner, never without.
        let names =
            |it: &FieldDifference, name: &str| it.write.is_some() && it.column.as_deref() == Some(name);
        if !differences.iter().any(|it| names(it, OWNER)) {
            differences.retain(|it| !names(it, OWNER_TYPE));
        }
        Ok(differences)
    }

    /// What copying one field comes to; of a new record every field is written.
    pub(super) fn copy_field(
        &self,
        pass: Pass,
        field: &BoundField<'_>,
        pair: Pair<'_>,
        owned_by_user: bool,
    ) -> Result<Copied, Failure> {
        let closed = match pair.destination {
            None => FieldAccess::Modify,
            Some(_) => FieldAccess::Insert,
        };
        if field.destination.schema.access == closed {
            return Ok(Copied::Closed);
        }
        let source = self.source_value(pass, field, pair);
        let now = pair.destination.map_or(FieldValue::Null, |row| field.destination.column.get(row));
        let present = Present { destination: now, owned_by_user };
        let (value, layer) = match make(&self.input, pass, field, source, present)? {
            Made::Keep(kept) => return Ok(Copied::Keep(kept)),
            Made::Value(value, layer) => (value, layer),
        };
        let destination_type = &field.destination.schema.field_type;
        let source_type = field.source.map_or(destination_type, |source| &source.schema.field_type);
        let writes = pair.destination.is_none() || differs(&value, now, source_type, destination_type);
        Ok(if writes { Copied::Write(value, layer) } else { Copied::Same })
    }

    /// What the source holds, with what the first pass of the run writes to it.
    pub(super) fn source_value<'v>(
        &'v self,
        pass: Pass,
        field: &'v BoundField<'_>,
        pair: Pair<'v>,
    ) -> FieldValue<'v> {
        let Some(cells) = field.source else { return FieldValue::Null };
        if let (Pass::FromIntegrationTable, Some(earlier)) = (pass, pair.earlier) {
            let column = field.column.as_deref();
            let written = earlier.writes.iter().find(|(name, _)| Some(name.as_ref()) == column);
            if let Some((_, value)) = written {
                return value.as_field_value();
            }
        }
        cells.column.get(pair.source)
    }

    /// Without the column nothing says that it is a team.
    pub(super) fn is_owned_by_user(&self, source: usize) -> bool {
        let owner_type = self.dataverse.records.rows.column(OWNER_TYPE);
        !matches!(owner_type.map(|column| column.get(source)), Some(FieldValue::Text(table)) if table != USER)
    }

    pub(super) fn difference(
        &self,
        pass: Pass,
        field: &BoundField<'_>,
        pair: Pair<'_>,
        layer: Layer,
    ) -> FieldDifference {
        let source = Value::from(self.source_value(pass, field, pair));
        let destination =
            pair.destination.map_or(Value::Null, |row| Value::from(field.destination.column.get(row)));
        let (business_central, dataverse) = match pass {
            Pass::ToIntegrationTable => (source, destination),
            Pass::FromIntegrationTable => (destination, source),
        };
        let state = self.coupling_of(pass.source(), self.side(pass.source()).id(pair.source));
        let last = |side: Side| state?.last.as_ref()?.get(side, field.name(side)?).cloned();
        FieldDifference {
            number: Some(field.mapping.number),
            field: field.field.clone(),
            column: field.column.clone(),
            last_business_central: last(Side::BusinessCentral),
            last_dataverse: last(Side::Dataverse),
            business_central,
            dataverse,
            write: None,
            layer,
            kept: None,
            decided: None,
        }
    }

    /// Writes what differs; without a difference there is nothing to write (S4.9).
    fn update(
        &self,
        fields: &PassFields<'_>,
        pair: Pair<'_>,
        reason: Reason,
        mut differences: Vec<FieldDifference>,
    ) -> Action {
        if let Err(failure) = self.apply_table_rules(fields, pair, &mut differences) {
            return self.fail(fields.pass, pair, failure);
        }
        let couples = reason == Reason::CounterpartFound;
        if !couples && differences.iter().all(|it| it.write.is_none()) {
            // What is kept on purpose is not taken for synchronized.
            differences.retain(|it| it.kept.is_some());
            let unchanged = self.action(fields.pass, pair, ActionKind::Unchanged, Reason::NothingDiffers);
            return Action { fields: differences, ..unchanged };
        }
        self.apply_defaults(fields.pass, pair, &mut differences);
        Action { fields: differences, ..self.action(fields.pass, pair, ActionKind::Update, reason) }
    }

    fn conflict(
        &self,
        pass: Pass,
        pair: Pair<'_>,
        state: &CouplingState,
        reason: Reason,
        fields: Vec<FieldDifference>,
    ) -> Action {
        let text = conflict_text(&reason);
        let shelves = shelving(state, pass, &text);
        Action { fields, shelves, ..self.action(pass, pair, ActionKind::Conflict, reason) }
    }

    fn fail(&self, pass: Pass, pair: Pair<'_>, failure: Failure) -> Action {
        let state = self.coupling_of(pass.source(), self.side(pass.source()).id(pair.source));
        let text = failure.fingerprint();
        let shelves = state.map_or(Shelves::No, |state| shelving(state, pass, &text));
        Action { shelves, ..self.action(pass, pair, ActionKind::Fail, Reason::Failure(failure)) }
    }

    /// An action without fields.
    fn action(&self, pass: Pass, pair: Pair<'_>, kind: ActionKind, reason: Reason) -> Action {
        let source = self.side(pass.source());
        let destination = self.side(pass.destination());
        let id = source.id(pair.source);
        let state = self.coupling_of(pass.source(), id);
        let coupled = |side: Side| match side {
            Side::BusinessCentral => state.and_then(|state| state.record_end()).map(|end| end.id().0),
            Side::Dataverse => state.map(|state| state.coupling.row.id().0),
        };
        let partner = pair.destination.map(|row| destination.id(row)).or_else(|| coupled(pass.destination()));
        let (record, row): (Option<Uuid>, Option<Uuid>) = match pass {
            Pass::ToIntegrationTable => (Some(id), partner),
            Pass::FromIntegrationTable => (partner, Some(id)),
        };
        Action {
            pass,
            kind,
            record: record.map(SystemId),
            row: row.map(RowId),
            reason,
            fields: Vec::new(),
            source_modified_at: source.modified_at(pair.source),
            destination_modified_at: pair.destination.and_then(|row| destination.modified_at(row)),
            opposite_pending: false,
            shelves: Shelves::No,
        }
    }
}

impl Winner {
    /// Who wins by a strategy; nobody where it leaves that to a person.
    pub fn of(resolution: UpdateConflictResolution) -> Option<Self> {
        match resolution {
            UpdateConflictResolution::None => None,
            UpdateConflictResolution::SendUpdateToIntegration => Some(Winner::BusinessCentral),
            UpdateConflictResolution::GetUpdateFromIntegration => Some(Winner::Dataverse),
        }
    }

    /// The strategy by which this side wins.
    pub fn resolution(self) -> UpdateConflictResolution {
        match self {
            Winner::BusinessCentral => UpdateConflictResolution::SendUpdateToIntegration,
            Winner::Dataverse => UpdateConflictResolution::GetUpdateFromIntegration,
        }
    }

    /// The side that wins.
    pub fn side(self) -> Side {
        match self {
            Winner::BusinessCentral => Side::BusinessCentral,
            Winner::Dataverse => Side::Dataverse,
        }
    }
}

/// What a conflict leaves behind, to recognize it when it comes again.
pub(super) fn conflict_text(reason: &Reason) -> String {
    match reason {
        Reason::BothChanged { field } => format!("{}|{field}", reason.code()),
        _ => reason.code().to_owned(),
    }
}

/// The same failure twice in a row shelves the coupling (S3.51).
fn shelving(state: &CouplingState, pass: Pass, text: &str) -> Shelves {
    if state.has_failed(pass) && state.failed(pass) == Some(text) { Shelves::Yes } else { Shelves::No }
}

/// Whether the field mapping of a difference goes both ways.
pub(super) fn is_two_way(fields: &PassFields<'_>, difference: &FieldDifference) -> bool {
    let field = fields.fields.iter().find(|field| Some(field.mapping.number) == difference.number);
    field.is_some_and(BoundField::is_bidirectional)
}

/// The fields that make a conflict, none of them written.
fn contested_fields(fields: &PassFields<'_>, differences: &[FieldDifference]) -> Vec<FieldDifference> {
    let contested = differences.iter().filter(|it| it.write.is_some() && is_two_way(fields, it));
    let kept = Some(Kept::Conflict);
    contested.map(|it| FieldDifference { write: None, kept, ..it.clone() }).collect()
}
