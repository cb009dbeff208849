//! Forms for table mappings, field mappings and jobs, made from a description of their settings. What a setting holds,
//! and what is wrong with it, the engine says; how one setting is edited is in `control`.

pub mod control;

pub use control::{ProblemList, SettingControl, Shown};

use couplet_engine::checks::{
    LimitedText, MappingProblem, MappingProblemKind, Place, Severity, change_direction,
    change_field_direction,
};
use couplet_engine::settings::{Item, Setting, SettingValue, Version, write};
use couplet_engine::{FieldMapping, IntegrationTableMapping, Side};
use leptos::prelude::*;

use crate::state::checks;
use crate::tasks::edit_mapping::MappingVersion;

/// What a setting of a form belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The table mapping.
    Mapping,
    /// The field mapping that is edited.
    Field,
    /// The job.
    Job,
}

/// How a setting is edited.
#[derive(Debug, Clone, Copy)]
pub enum Control {
    /// A check box.
    Flag,
    /// One of these values.
    Choice(fn() -> Vec<SettingValue>),
    /// A whole number between two bounds.
    Number(u32, u32),
    /// A text; an empty one means nothing is set.
    Text,
    /// Any of the other table mappings.
    Mappings,
}

/// One setting of a form.
#[derive(Debug, Clone, Copy)]
pub struct SettingField {
    /// What it belongs to.
    pub part: Part,
    /// Which setting.
    pub setting: Setting,
    /// How it is edited.
    pub control: Control,
    /// Whether it has a sentence of help under [`Setting::code`].
    pub has_help: HasHelp,
    /// Whether it makes sense for what is being edited.
    pub visible_if: fn(&Draft) -> bool,
}

/// Whether a setting is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasHelp {
    /// Its name says it all.
    No,
    /// A sentence follows.
    Yes,
}

/// Where a problem is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Beside a setting.
    Setting(Setting),
    /// Beside the choice of a side's field.
    Field(Side),
    /// With the whole.
    Whole,
}

/// What is being edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The mapping and its job.
    pub version: MappingVersion,
    /// Place of the field mapping that is edited among those of the mapping.
    pub field_idx: Option<usize>,
}

impl Draft {
    /// The field mapping that is edited.
    pub fn field(&self) -> Option<&FieldMapping> {
        self.version.mapping.field_mappings.get(self.field_idx?)
    }

    /// The same, to change it.
    pub fn field_mut(&mut self) -> Option<&mut FieldMapping> {
        self.version.mapping.field_mappings.get_mut(self.field_idx?)
    }

    /// Value of a setting.
    pub fn value(&self, part: Part, setting: Setting) -> SettingValue {
        match part {
            Part::Mapping => self.version.version().value(&Item::Mapping, setting),
            Part::Job => self.version.version().value(&Item::Job, setting),
            Part::Field => self.field().map_or(SettingValue::Absent, |field| {
                let alone = self.alone(field);
                Version::of(&alone, None).value(&Item::Field(field.key()), setting)
            }),
        }
    }

    /// Writes a setting, and what follows from it. A value that the setting does not take changes nothing.
    pub fn set(&mut self, part: Part, setting: Setting, value: &SettingValue) {
        match (part, setting, value) {
            (Part::Mapping, Setting::Direction, SettingValue::Direction(direction)) => {
                let MappingVersion { mapping, job } = &mut self.version;
                match change_direction(mapping, job.as_ref(), *direction) {
                    Ok((changed, changed_job)) => (*mapping, *job) = (changed, changed_job),
                    // Shown as chosen, with the reason beside it: the check finds the same error.
                    Err(_) => mapping.direction = *direction,
                }
            }
            (Part::Field, Setting::Direction, SettingValue::Direction(direction)) => {
                if let Some(field) = self.field_mut() {
                    change_field_direction(field, *direction);
                }
            }
            (Part::Field, ..) => self.set_of_field(setting, value),
            (Part::Mapping | Part::Job, ..) => {
                let item = if part == Part::Job { Item::Job } else { Item::Mapping };
                let MappingVersion { mapping, job } = &mut self.version;
                let written = write(mapping, job.as_mut(), (&item, setting), value);
                debug_assert!(written.is_ok(), "the form offers only values that the setting takes");
            }
        }
    }

    fn set_of_field(&mut self, setting: Setting, value: &SettingValue) {
        let Some(mut alone) = self.field().map(|field| self.alone(field)) else { return };
        let key = alone.field_mappings.first().map(FieldMapping::key);
        let written = key.map(|key| write(&mut alone, None, (&Item::Field(key), setting), value));
        debug_assert!(
            written.is_some_and(|it| it.is_ok()),
            "the form offers only values that the setting takes"
        );
        if let (Some(place), Some(edited)) = (self.field_mut(), alone.field_mappings.pop()) {
            *place = edited;
        }
    }

    /// The mapping with this field mapping only: while fields are chosen two of them may join the same ones.
    fn alone(&self, field: &FieldMapping) -> IntegrationTableMapping {
        IntegrationTableMapping { field_mappings: vec![field.clone()], ..self.version.mapping.clone() }
    }
}

/// A form: the draft, and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Form {
    /// As it was when the form was opened.
    pub shown: StoredValue<MappingVersion>,
    /// As it is edited.
    pub draft: RwSignal<Draft>,
    /// Everything the engine finds.
    pub problems: Memo<Vec<MappingProblem>>,
    /// Errors that were not there before: with them nothing is saved.
    pub blocking: Memo<Vec<MappingProblem>>,
    /// Settings whose text cannot be read.
    pub unreadable: RwSignal<Vec<Setting>>,
}

impl Form {
    /// A form for `draft`, of a mapping that is `shown` now.
    pub fn new(shown: MappingVersion, draft: Draft) -> Self {
        let shown = StoredValue::new(shown);
        let draft = RwSignal::new(draft);
        let problems = Memo::new(move |_| draft.with(|draft| checks::problems(&draft.version.mapping)));
        let blocking = Memo::new(move |_| {
            let known = shown.with_value(|shown| checks::problems(&shown.mapping));
            new_errors(problems.get(), &known)
        });
        Form { shown, draft, problems, blocking, unreadable: RwSignal::new(Vec::new()) }
    }

    /// Whether something was changed.
    pub fn is_edited(self) -> bool {
        self.draft.with(|draft| self.shown.with_value(|shown| draft.version != *shown))
    }

    /// Whether it may be saved.
    pub fn may_be_saved(self) -> bool {
        self.unreadable.with(Vec::is_empty) && self.blocking.with(Vec::is_empty)
    }

    /// What is wrong at a place, of this part.
    pub fn problems_at(self, part: Part, anchor: Anchor) -> Vec<MappingProblem> {
        let key = self.draft.with(|draft| draft.field().map(FieldMapping::key));
        let belongs = |problem: &MappingProblem| match (&problem.place, part) {
            (Place::Mapping, Part::Mapping) => true,
            (Place::Field(of), Part::Field) => key.as_ref() == Some(of),
            _ => false,
        };
        self.problems.with(|problems| {
            problems.iter().filter(|it| belongs(it) && anchor_of(&it.kind) == anchor).cloned().collect()
        })
    }
}

/// The errors of `problems` that are not among the `known` ones.
pub fn new_errors(problems: Vec<MappingProblem>, known: &[MappingProblem]) -> Vec<MappingProblem> {
    problems.into_iter().filter(|it| it.severity == Severity::Error && !known.contains(it)).collect()
}

/// Where a problem is shown.
pub fn anchor_of(kind: &MappingProblemKind) -> Anchor {
    use MappingProblemKind as P;
    match kind {
        P::UnknownField { side, .. }
        | P::OutOfReach { side, .. }
        | P::NotWritable { side }
        | P::WrittenOnInsertOnly { side }
        | P::WrittenOnModifyOnly { side }
        | P::TextIsCut { side, .. }
        | P::MayNotTransfer { side }
        | P::NeverTransfers { side } => Anchor::Field(*side),
        P::NoField | P::SameFieldsTwice => Anchor::Field(Side::BusinessCentral),
        P::Direction(_)
        | P::NothingCopied
        | P::NeverCopied
        | P::ConstantDirection { .. }
        | P::DirectionOfTableMappingCounts => Anchor::Setting(Setting::Direction),
        P::DeletedRecordsReturn => Anchor::Setting(Setting::DeletionConflictResolution),
        P::NoCompanyColumn => Anchor::Setting(Setting::MultiCompanySynchEnabled),
        P::DependsOnItself | P::TooLong { what: LimitedText::DependencyFilter, .. } => {
            Anchor::Setting(Setting::DependencyFilter)
        }
        P::ConstantMissing | P::ConstantUnused | P::TooLong { what: LimitedText::ConstantValue, .. } => {
            Anchor::Setting(Setting::ConstantValue)
        }
        P::TooLong { what: LimitedText::TransformationRule, .. } => {
            Anchor::Setting(Setting::TransformationRule)
        }
        P::TransformationDirection => Anchor::Setting(Setting::TransformationDirection),
        P::ClearValueAndNotNull | P::NotNullNotGuid { .. } => Anchor::Setting(Setting::NotNull),
        _ => Anchor::Whole,
    }
}

/// For settings that always make sense.
pub fn always(_: &Draft) -> bool {
    true
}
