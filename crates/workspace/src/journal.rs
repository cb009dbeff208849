//! The journal: batches of writes that are under way, and how the actions of a job ended, in full, so that a crash can be
//! mended and a job taken back. Names and layers are said by number; each record has its own list of words.

use couplet_engine::coupling::{JobId, RowId, SystemId};
use couplet_engine::executor::{EntryId, JournalEntry, Operation, OperationKind, Settlement};
use couplet_engine::planning::{Action, ActionKind, DecidedBy, FieldDifference, Kept, Outcome, Shelves};
use couplet_synchronization::OpenEntry;
use serde::{Deserialize, Serialize};

use super::cells::{end_row, push_cell, rows};
use super::couplings::StoredLast;
use super::facts::{layer_word, read_layer, read_reason, reason_texts};
use super::history::needed;
use super::jobs::StoredPass;
use super::scalars::{StoredId, StoredMoment, StoredName};
use super::values::{read_value, value_text};
use super::words::Words;
use super::{Damage, Problem};

/// A batch that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredOpenEntry {
    entry: u64,
    job: StoredId,
    mapping: StoredName,
    stored_at: StoredMoment,
    words: Vec<String>,
    operations: Vec<StoredOperation>,
}

/// How actions of a job ended: those of a batch, or some that needed none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredSettlements {
    words: Vec<String>,
    settlements: Vec<StoredSettlement>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOperation {
    action: StoredAction,
    kind: StoredOperationKind,
    id: StoredId,
    last: StoredLast,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSettlement {
    action: StoredAction,
    outcome: StoredOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredAction {
    pass: StoredPass,
    kind: StoredActionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<StoredId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<StoredId>,
    /// Code, then what belongs to it.
    reason: Vec<String>,
    /// One row for each difference; see [`push_difference`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    fields: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination_modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    opposite_pending: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shelves: bool,
}

/// An outcome with what belongs to its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredOutcome {
    kind: StoredOutcomeKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<StoredId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<StoredId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified_at: Option<StoredMoment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<StoredLast>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A stored enum whose variants are those of the engine's, their words, and the way between both.
macro_rules! mirrored {
    ($name:ident of $engine:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $name { $($variant),+ }

        spelled!($name { $($variant = $word),+ });

        impl From<$engine> for $name {
            fn from(value: $engine) -> Self {
                match value { $($engine::$variant => $name::$variant),+ }
            }
        }

        impl From<$name> for $engine {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => $engine::$variant),+ }
            }
        }
    };
}

mirrored!(StoredActionKind of ActionKind {
    Create = "create",
    Restore = "restore",
    Update = "update",
    Unchanged = "unchanged",
    Skip = "skip",
    Conflict = "conflict",
    Fail = "fail",
    RemoveCoupling = "removeCoupling",
    Couple = "couple",
    Delete = "delete",
});

mirrored!(StoredOperationKind of OperationKind {
    Create = "create",
    Update = "update",
    Delete = "delete",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StoredOutcomeKind {
    Done,
    Deferred,
    Refused,
}

spelled!(StoredOutcomeKind { Done = "done", Deferred = "deferred", Refused = "refused" });

/// A word for each of an engine's values, and the way to and fro.
macro_rules! worded {
    ($write:ident, $read:ident of $engine:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        fn $write(value: $engine) -> &'static str {
            match value { $($engine::$variant => $word),+ }
        }

        fn $read(word: &str) -> Option<$engine> {
            match word {
                $($word => Some($engine::$variant),)+
                _ => None,
            }
        }
    };
}

worded!(kept_word, read_kept of Kept {
    NotTransferable = "notTransferable",
    NotNull = "notNull",
    TeamOwns = "teamOwns",
    OwnerIsNoUser = "ownerIsNoUser",
    ContactNotCoupled = "contactNotCoupled",
    OtherSideEdited = "otherSideEdited",
    Conflict = "conflict",
    ChangedSince = "changedSince",
    NotRead = "notRead",
});

worded!(decided_word, read_decided of DecidedBy {
    Person = "person",
    FieldMapping = "fieldMapping",
    TableMapping = "tableMapping",
});

impl From<&OpenEntry> for StoredOpenEntry {
    fn from(value: &OpenEntry) -> Self {
        let mut words = Words::default();
        let operations = value.entry.operations.iter().map(|it| StoredOperation {
            action: StoredAction::of(&it.action, &mut words),
            kind: it.kind.into(),
            id: StoredId(it.id),
            last: StoredLast::of(&it.last, &mut words),
        });
        let operations = operations.collect();
        StoredOpenEntry {
            entry: value.entry.id.0,
            job: StoredId(value.job.0),
            mapping: StoredName(value.mapping.clone()),
            stored_at: StoredMoment(value.stored_at),
            words: words.list(),
            operations,
        }
    }
}

impl StoredOpenEntry {
    /// The batch.
    ///
    /// # Errors
    /// The first value that cannot be read.
    pub fn read(self) -> Result<OpenEntry, Damage> {
        let words = Words::read(self.words).map_err(|damage| damage.inside("words"))?;
        let operations = self.operations.into_iter().enumerate().map(|(idx, it)| {
            let holder = |damage: Damage| damage.inside(&format!("operations[{idx}]"));
            Ok(Operation {
                action: it.action.read(&words).map_err(|it| holder(it.inside("action")))?,
                kind: it.kind.into(),
                id: it.id.0,
                last: it.last.read(&words).map_err(|it| holder(it.inside("last")))?,
            })
        });
        let operations = operations.collect::<Result<_, Damage>>()?;
        Ok(OpenEntry {
            job: JobId(self.job.0),
            mapping: self.mapping.0,
            stored_at: self.stored_at.0,
            entry: JournalEntry { id: EntryId(self.entry), operations },
        })
    }
}

impl From<&[Settlement]> for StoredSettlements {
    fn from(value: &[Settlement]) -> Self {
        let mut words = Words::default();
        let settlements = value.iter().map(|it| StoredSettlement {
            action: StoredAction::of(&it.action, &mut words),
            outcome: StoredOutcome::of(&it.outcome, &mut words),
        });
        let settlements = settlements.collect();
        StoredSettlements { words: words.list(), settlements }
    }
}

impl StoredSettlements {
    /// The settlements.
    ///
    /// # Errors
    /// The first value that cannot be read.
    pub fn read(self) -> Result<Vec<Settlement>, Damage> {
        let words = Words::read(self.words).map_err(|damage| damage.inside("words"))?;
        let settlements = self.settlements.into_iter().enumerate().map(|(idx, it)| {
            let holder = |damage: Damage| damage.inside(&format!("settlements[{idx}]"));
            Ok(Settlement {
                action: it.action.read(&words).map_err(|it| holder(it.inside("action")))?,
                outcome: it.outcome.read(&words).map_err(|it| holder(it.inside("outcome")))?,
            })
        });
        settlements.collect()
    }
}

impl StoredAction {
    fn of(action: &Action, words: &mut Words) -> Self {
        let mut fields = String::new();
        for difference in &action.fields {
            push_difference(&mut fields, difference, words);
        }
        StoredAction {
            pass: action.pass.into(),
            kind: action.kind.into(),
            record: action.record.map(|it| StoredId(it.0)),
            row: action.row.map(|it| StoredId(it.0)),
            reason: reason_texts(&action.reason),
            fields,
            source_modified_at: action.source_modified_at.map(StoredMoment),
            destination_modified_at: action.destination_modified_at.map(StoredMoment),
            opposite_pending: action.opposite_pending,
            shelves: action.shelves == Shelves::Yes,
        }
    }

    fn read(self, words: &Words) -> Result<Action, Damage> {
        let reason = read_reason(&self.reason);
        let unknown =
            || Damage::new("reason", shape(format!("expected a reason, found `{}`", self.reason.join(" "))));
        let fields = rows(&self.fields).enumerate().map(|(idx, cells)| {
            read_difference(&cells, words).map_err(|expected| {
                Damage::new("fields", shape(format!("row {}: expected {expected}", idx + 1)))
            })
        });
        Ok(Action {
            pass: self.pass.into(),
            kind: self.kind.into(),
            record: self.record.map(|it| SystemId(it.0)),
            row: self.row.map(|it| RowId(it.0)),
            reason: reason.ok_or_else(unknown)?,
            fields: fields.collect::<Result<_, _>>()?,
            source_modified_at: self.source_modified_at.map(|it| it.0),
            destination_modified_at: self.destination_modified_at.map(|it| it.0),
            opposite_pending: self.opposite_pending,
            shelves: if self.shelves { Shelves::Yes } else { Shelves::No },
        })
    }
}

impl StoredOutcome {
    fn of(outcome: &Outcome, words: &mut Words) -> Self {
        let empty =
            |kind| StoredOutcome { kind, record: None, row: None, modified_at: None, last: None, text: None };
        match outcome {
            Outcome::Done { record, row, destination_modified_at, last } => StoredOutcome {
                record: record.map(|it| StoredId(it.0)),
                row: row.map(|it| StoredId(it.0)),
                modified_at: destination_modified_at.map(StoredMoment),
                last: Some(StoredLast::of(last, words)),
                ..empty(StoredOutcomeKind::Done)
            },
            Outcome::Deferred => empty(StoredOutcomeKind::Deferred),
            Outcome::Refused { text } => {
                StoredOutcome { text: Some(text.as_ref().to_owned()), ..empty(StoredOutcomeKind::Refused) }
            }
        }
    }

    fn read(self, words: &Words) -> Result<Outcome, Damage> {
        Ok(match self.kind {
            StoredOutcomeKind::Done => Outcome::Done {
                record: self.record.map(|it| SystemId(it.0)),
                row: self.row.map(|it| RowId(it.0)),
                destination_modified_at: self.modified_at.map(|it| it.0),
                last: needed(self.last, "last")?.read(words).map_err(|damage| damage.inside("last"))?,
            },
            StoredOutcomeKind::Deferred => Outcome::Deferred,
            StoredOutcomeKind::Refused => Outcome::Refused { text: needed(self.text, "text")?.into() },
        })
    }
}

/// One row: number of the field mapping, names of field and column, values of both sides last and now, what is written,
/// layer, why it is kept, what decided. A cell without content is nothing.
fn push_difference(out: &mut String, difference: &FieldDifference, words: &mut Words) {
    let mut place = |word: Option<&std::sync::Arc<str>>| word.map(|word| words.place(word).to_string());
    let layer = layer_word(&difference.layer);
    let value = |value: Option<&couplet_engine::Value>| value.map(value_text);
    let cells = [
        difference.number.map(|number| number.to_string()),
        place(difference.field.as_ref()),
        place(difference.column.as_ref()),
        value(difference.last_business_central.as_ref()),
        value(difference.last_dataverse.as_ref()),
        value(Some(&difference.business_central)),
        value(Some(&difference.dataverse)),
        value(difference.write.as_ref()),
        place(Some(&layer)),
        difference.kept.map(|kept| kept_word(kept).to_owned()),
        difference.decided.map(|by| decided_word(by).to_owned()),
    ];
    for cell in cells {
        push_cell(out, &cell.unwrap_or_default());
    }
    end_row(out);
}

/// Reads what [`push_difference`] wrote; else what was expected.
fn read_difference<C: AsRef<str>>(cells: &[C], words: &Words) -> Result<FieldDifference, &'static str> {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    let [number, field, column, last_bc, last_dv, bc, dv, write, layer, kept, ref rest @ ..] =
        *cells.as_slice()
    else {
        return Err("ten or eleven cells");
    };
    // What was written before decisions were told has ten cells.
    let decided = match *rest {
        [] | [""] => None,
        [word] => Some(read_decided(word).ok_or("what decided")?),
        _ => return Err("ten or eleven cells"),
    };
    let name = |cell: &str| match cell {
        "" => Ok(None),
        place => {
            let word = place.parse().ok().and_then(|place| words.get(place));
            word.cloned().map(Some).ok_or("the number of a name")
        }
    };
    let value = |cell: &str| match cell {
        "" => Ok(None),
        text => read_value(text).map(Some).ok_or("a value"),
    };
    let layer = name(layer)?.and_then(|word| read_layer(&word)).ok_or("the number of a layer")?;
    let kept = match kept {
        "" => None,
        word => Some(read_kept(word).ok_or("a reason for keeping a field")?),
    };
    Ok(FieldDifference {
        number: match number {
            "" => None,
            number => Some(number.parse().map_err(|_| "the number of a field mapping")?),
        },
        field: name(field)?,
        column: name(column)?,
        last_business_central: value(last_bc)?,
        last_dataverse: value(last_dv)?,
        business_central: value(bc)?.ok_or("a value")?,
        dataverse: value(dv)?.ok_or("a value")?,
        write: value(write)?,
        layer,
        kept,
        decided,
    })
}

fn shape(detail: String) -> Problem {
    Problem::Shape { detail }
}

#[cfg(test)]
mod tests {
    use couplet_engine::Value;
    use couplet_engine::planning::Layer;

    use super::*;

    #[test]
    fn a_difference_from_before_decisions_were_told_is_read() {
        let difference = FieldDifference {
            number: Some(3),
            field: Some("Name".into()),
            column: Some("name".into()),
            last_business_central: None,
            last_dataverse: None,
            business_central: Value::text("A"),
            dataverse: Value::text("B"),
            write: Some(Value::text("A")),
            layer: Layer::Mapping,
            kept: None,
            decided: Some(DecidedBy::FieldMapping),
        };
        let (mut text, mut words) = (String::new(), Words::default());
        push_difference(&mut text, &difference, &mut words);
        let words = Words::read(words.list()).unwrap();
        let cells = rows(&text).next().unwrap();
        assert_eq!(read_difference(&cells, &words), Ok(difference.clone()));
        let old = FieldDifference { decided: None, ..difference };
        assert_eq!(read_difference(&cells[..10], &words), Ok(old));
    }
}
