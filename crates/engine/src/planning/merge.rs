//! Merge by field: when both records changed, each edited field goes its own way, and only a field that was edited on
//! both sides is a conflict. Who edited is told by the last synchronized values; without them nothing is taken for
//! granted.

use super::couplings::LastSynchronized;
use super::fields::PassFields;
use super::input::{UpdateConflicts, Winner};
use super::pair::{Pair, is_two_way};
use super::plan::{DecidedBy, FieldDifference, Kept};
use super::planner::Planner;
use crate::coupling::SystemId;
use crate::schema::Side;

/// Who edited a field after the last synchronization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edited {
    Source,
    Destination,
    /// Both, or nobody can tell.
    Both,
}

impl Planner<'_> {
    /// What the pass writes, with the fields it keeps; and the fields that a person has to decide.
    pub(super) fn split(
        &self,
        fields: &PassFields<'_>,
        pair: Pair<'_>,
        record: Option<SystemId>,
        last: Option<&LastSynchronized>,
        differences: Vec<FieldDifference>,
    ) -> (Vec<FieldDifference>, Vec<FieldDifference>) {
        let (mut writes, mut conflicts) = (Vec::with_capacity(differences.len()), Vec::new());
        let source = fields.pass.source();
        for difference in differences {
            if difference.write.is_none() || !is_two_way(fields, &difference) {
                writes.push(difference);
                continue;
            }
            let edited = self.edited(fields, pair, last, &difference);
            let (kept, decided) = match edited {
                Edited::Source => (None, None),
                Edited::Destination => (Some(Kept::OtherSideEdited), None),
                Edited::Both => match self.decision(fields, record, &difference) {
                    Some((winner, by)) if winner.side() == source => (None, Some(by)),
                    Some((_, by)) => (Some(Kept::OtherSideEdited), Some(by)),
                    None => (Some(Kept::Conflict), None),
                },
            };
            if kept == Some(Kept::Conflict) {
                conflicts.push(FieldDifference { write: None, kept, ..difference.clone() });
            }
            let write = if kept.is_some() { None } else { difference.write.clone() };
            writes.push(FieldDifference { write, kept, decided, ..difference });
        }
        (writes, conflicts)
    }

    fn edited(
        &self,
        fields: &PassFields<'_>,
        pair: Pair<'_>,
        last: Option<&LastSynchronized>,
        difference: &FieldDifference,
    ) -> Edited {
        let field = fields.fields.iter().find(|field| Some(field.mapping.number) == difference.number);
        let (Some(last), Some(field), Some(row)) = (last, field, pair.destination) else {
            return Edited::Both;
        };
        let (Some(source), Some(source_name), Some(destination_name)) =
            (field.source, field.name(fields.pass.source()), field.name(fields.pass.destination()))
        else {
            return Edited::Both;
        };
        let before = |side: Side, name: &str| last.get(side, name);
        let (Some(source_before), Some(destination_before)) =
            (before(fields.pass.source(), source_name), before(fields.pass.destination(), destination_name))
        else {
            return Edited::Both;
        };
        let source_now = source.column.get(pair.source).into();
        let destination_now = field.destination.column.get(row).into();
        let source_edited = !source_before.is_same(&source_now, &source.schema.field_type);
        let destination_edited =
            !destination_before.is_same(&destination_now, &field.destination.schema.field_type);
        match (source_edited, destination_edited) {
            (true, false) => Edited::Source,
            (false, true) => Edited::Destination,
            _ => Edited::Both,
        }
    }

    /// A decision for this record comes before the one that the field mapping remembers, that before the table mapping's
    /// strategy.
    fn decision(
        &self,
        fields: &PassFields<'_>,
        record: Option<SystemId>,
        difference: &FieldDifference,
    ) -> Option<(Winner, DecidedBy)> {
        let by_person = match &self.input.settings.update_conflicts {
            UpdateConflicts::ByField { decisions } => {
                record.zip(difference.number).and_then(|key| decisions.get(&key)).copied()
            }
            UpdateConflicts::WholeRecord => None,
        };
        let field = fields.fields.iter().find(|field| Some(field.mapping.number) == difference.number);
        let remembered = field.and_then(|field| Winner::of(field.mapping.update_conflict_resolution));
        let strategy = Winner::of(self.input.mapping.update_conflict_resolution);
        let by = |winner: Option<Winner>, by: DecidedBy| Some((winner?, by));
        by(by_person, DecidedBy::Person)
            .or_else(|| by(remembered, DecidedBy::FieldMapping))
            .or_else(|| by(strategy, DecidedBy::TableMapping))
    }
}
