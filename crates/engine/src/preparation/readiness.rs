//! Readiness: what the data says will go wrong, by cause and with its records, before anything is sent.

use std::sync::Arc;

use couplet_filter::FieldType;
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::coupling::{RowId, SystemId};
use crate::planning::{Action, Failure, FieldDifference, Kept, Pass, Plan, Reason};
use crate::schema::{Side, TableSchema};
use crate::transfer::text_of;
use crate::value::Value;

/// What is known beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Foresight<'a> {
    /// The Business Central table.
    pub business_central: &'a TableSchema,
    /// The Dataverse table.
    pub dataverse: &'a TableSchema,
    /// Fields that the destination's rules do not let be blank, on both sides.
    pub required: &'a [&'a str],
    /// Users that cannot own a row: disabled or without a license.
    pub unable_owners: &'a FxHashSet<Uuid>,
}

/// Whether a finding stops its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// They will fail.
    Error,
    /// They will be written, and lose something.
    Warning,
}

/// Why records will fail, or lose something.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The plan says that they fail.
    Planned(Failure),
    /// Both sides changed, and a person has to decide.
    Conflict,
    /// The owner is disabled or has no license.
    OwnerUnable {
        /// The user.
        user: Uuid,
    },
    /// A field that must not be blank would be.
    RequiredBlank {
        /// The field.
        field: Arc<str>,
    },
    /// A text is longer than the field that receives it, and will be cut (S4.36).
    TextCut {
        /// The field.
        field: Arc<str>,
        /// What it holds, in characters.
        max_length: u32,
    },
    /// A value cannot be read as the field's type, and stays behind (S4.37).
    NotTransferable {
        /// The field.
        field: Arc<str>,
    },
}

impl Cause {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Planned(failure) => failure.code(),
            Cause::Conflict => "readiness.conflict",
            Cause::OwnerUnable { .. } => "readiness.owner-unable",
            Cause::RequiredBlank { .. } => "readiness.required-blank",
            Cause::TextCut { .. } => "readiness.text-cut",
            Cause::NotTransferable { .. } => "readiness.not-transferable",
        }
    }

    /// Whether it stops its records.
    pub fn severity(&self) -> Severity {
        match self {
            Cause::TextCut { .. } | Cause::NotTransferable { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// One cause with its records.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Why.
    pub cause: Cause,
    /// The pass in which it shows.
    pub pass: Pass,
    /// The records, each with its partner where it has one.
    pub records: Vec<(Option<SystemId>, Option<RowId>)>,
}

/// What a plan foretells, errors first, then by number of records.
pub fn readiness(plan: &Plan, foresight: Foresight<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for action in &plan.actions {
        for cause in causes(action, foresight) {
            let known = findings.iter_mut().find(|it| it.pass == action.pass && it.cause == cause);
            let records = (action.record, action.row);
            match known {
                Some(finding) => finding.records.push(records),
                None => findings.push(Finding { cause, pass: action.pass, records: vec![records] }),
            }
        }
    }
    findings.sort_by_key(|it| (it.cause.severity(), std::cmp::Reverse(it.records.len())));
    findings
}

fn causes(action: &Action, foresight: Foresight<'_>) -> Vec<Cause> {
    match &action.reason {
        Reason::Failure(failure) => return vec![Cause::Planned(failure.clone())],
        Reason::BothChanged { .. } => return vec![Cause::Conflict],
        _ => {}
    }
    let mut causes = Vec::new();
    for field in &action.fields {
        let side = action.pass.destination();
        let schema = match side {
            Side::BusinessCentral => foresight.business_central,
            Side::Dataverse => foresight.dataverse,
        };
        let Some(name) = field.name(side) else { continue };
        let Some(schema) = schema.field(name) else { continue };
        if field.kept == Some(Kept::NotTransferable) {
            causes.push(Cause::NotTransferable { field: name.clone() });
        }
        let Some(write) = &field.write else { continue };
        if foresight.required.iter().any(|it| it.eq_ignore_ascii_case(name))
            && write.is_blank(&schema.field_type)
        {
            causes.push(Cause::RequiredBlank { field: name.clone() });
        }
        match write {
            Value::Guid(user) if name.as_ref() == "ownerid" && foresight.unable_owners.contains(user) => {
                causes.push(Cause::OwnerUnable { user: *user });
            }
            Value::Text(written) => causes.extend(cut(field, side, name, written, &schema.field_type)),
            _ => {}
        }
    }
    causes
}

/// A text that is longer than what is written of it, because the field ends there.
fn cut(
    field: &FieldDifference,
    destination: Side,
    name: &Arc<str>,
    written: &str,
    field_type: &FieldType,
) -> Option<Cause> {
    let (FieldType::Text { max_length } | FieldType::Code { max_length }) = field_type else { return None };
    let max_length = (*max_length)?;
    let source = match destination {
        Side::BusinessCentral => &field.dataverse,
        Side::Dataverse => &field.business_central,
    };
    let whole = text_of(source.as_field_value(), &FieldType::Text { max_length: None });
    let is_cut =
        written.chars().count() == max_length as usize && whole.trim().chars().count() > max_length as usize;
    is_cut.then(|| Cause::TextCut { field: name.clone(), max_length })
}
