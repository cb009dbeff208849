//! Editing one field mapping (S1.14), a new one included: a form in a dialog, saved as one version.

use couplet_engine::settings::{Setting, SettingValue};
use couplet_engine::{
    Direction, FieldMapping, FieldMappingStatus, IntegrationTableMapping, MappingName, Side,
    TransformationDirection, UpdateConflictResolution,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::picker::FieldPicker;
use crate::i18n::*;
use crate::pages::setting_form::{
    Control, Draft, Form, HasHelp, Part, ProblemList, SettingControl, SettingField, Shown, always,
};
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::edit_mapping::{MappingVersion, save_field};
use crate::text;

/// Highest match priority that is offered.
const MAX_PRIORITY: u32 = 999;

const SETTINGS: &[SettingField] = &[
    setting(Setting::Status, Control::Choice(statuses), HasHelp::No, always),
    setting(Setting::Direction, Control::Choice(directions), HasHelp::No, always),
    setting(Setting::ConstantValue, Control::Text, HasHelp::Yes, takes_constant),
    setting(Setting::ValidateField, Control::Flag, HasHelp::No, has_field),
    setting(Setting::ValidateIntegrationTableField, Control::Flag, HasHelp::No, has_column),
    setting(Setting::ClearValueOnFailedSync, Control::Flag, HasHelp::Yes, has_both),
    setting(Setting::NotNull, Control::Flag, HasHelp::Yes, has_both),
    setting(
        Setting::UpdateConflictResolution,
        Control::Choice(update_resolutions),
        HasHelp::Yes,
        goes_both_ways,
    ),
    setting(Setting::TransformationRule, Control::Text, HasHelp::No, has_both),
    setting(Setting::TransformationDirection, Control::Choice(transformations), HasHelp::No, has_rule),
    setting(Setting::UseForMatchBasedCoupling, Control::Flag, HasHelp::No, has_both),
    setting(Setting::CaseSensitiveMatching, Control::Flag, HasHelp::No, is_matched),
    setting(Setting::MatchPriority, Control::Number(0, MAX_PRIORITY), HasHelp::Yes, is_matched),
];

const fn setting(
    setting: Setting,
    control: Control,
    has_help: HasHelp,
    visible_if: fn(&Draft) -> bool,
) -> SettingField {
    SettingField { part: Part::Field, setting, control, has_help, visible_if }
}

/// What the editor is opened for.
#[derive(Debug, Clone, PartialEq)]
pub enum Edited {
    /// A new field mapping.
    New,
    /// This one, as it is shown.
    Existing(FieldMapping),
}

/// The form with its buttons.
#[component]
pub fn FieldEditor(
    /// The table mapping.
    name: MappingName,
    /// What is edited.
    edited: Edited,
    /// Called once it was saved.
    #[prop(into)]
    on_saved: Callback<()>,
    /// Called when nothing is to be saved.
    #[prop(into)]
    on_cancel: Callback<()>,
) -> impl IntoView {
    let store = ConfigurationStore::expect();
    let shown =
        store.configuration.with_untracked(move |configuration| MappingVersion::of(configuration, &name));
    shown.map(|shown| {
        let draft = Draft::for_field(shown.clone(), &edited);
        let form = Form::new(shown, draft);
        let before = match edited {
            Edited::New => None,
            Edited::Existing(field) => Some(field),
        };
        view! { <EditorForm form before=StoredValue::new(before) on_saved on_cancel /> }
    })
}

#[component]
fn EditorForm(
    form: Form,
    before: StoredValue<Option<FieldMapping>>,
    on_saved: Callback<()>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let failure = RwSignal::new(None::<SaveError>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(edited) = form.draft.with_untracked(|draft| draft.field().cloned()) else { return };
        let name = form.shown.with_value(|shown| shown.mapping.name.clone());
        spawn_local(async move {
            let before = before.get_value();
            match save_field(store, &name, before.as_ref(), edited).await {
                Ok(()) => on_saved.run(()),
                Err(error) => failure.set(Some(error)),
            }
        });
    };
    let cannot_save = move || !form.is_edited() || !form.may_be_saved();
    view! {
        <form class="form" on:submit=submit novalidate>
            <div class="form__pair">
                <FieldPicker form side=Side::BusinessCentral />
                <FieldPicker form side=Side::Dataverse />
            </div>
            <div class="form__grid">
                {SETTINGS.iter().map(|field| view! { <SettingControl form field=*field /> }).collect_view()}
            </div>
            <ProblemList form shown=Shown::Elsewhere(Part::Field) id="field-problems".to_owned() />
            {move || {
                failure
                    .get()
                    .map(|error| {
                        view! {
                            <p class="form__problem form__problem--error" role="alert">
                                {text::save_error(i18n, &error)}
                            </p>
                        }
                    })
            }}
            <div class="dialog__actions">
                <button type="button" on:click=move |_| on_cancel.run(())>
                    {t!(i18n, action.cancel)}
                </button>
                <button type="submit" class="button--primary" disabled=cannot_save>
                    {t!(i18n, action.save)}
                </button>
            </div>
        </form>
    }
}

impl Draft {
    /// A draft in which one field mapping is edited.
    fn for_field(shown: MappingVersion, edited: &Edited) -> Self {
        let mut version = shown;
        let fields = &mut version.mapping.field_mappings;
        let field_idx = match edited {
            Edited::Existing(field) => fields.iter().position(|other| other == field),
            Edited::New => {
                let field = new_field(&version.mapping);
                version.mapping.field_mappings.push(field);
                version.mapping.field_mappings.len().checked_sub(1)
            }
        };
        Draft { version, field_idx }
    }
}

/// A field mapping made by a person: disabled until it is complete (F-101), in the direction of the table mapping.
fn new_field(mapping: &IntegrationTableMapping) -> FieldMapping {
    let last = mapping.field_mappings.iter().map(|field| field.number).max().unwrap_or(0);
    FieldMapping {
        number: last.saturating_add(1),
        field: None,
        field_number: None,
        column: None,
        direction: mapping.direction,
        constant_value: None,
        validate_field: true,
        validate_integration_table_field: false,
        clear_value_on_failed_sync: false,
        not_null: false,
        update_conflict_resolution: UpdateConflictResolution::None,
        status: FieldMappingStatus::Disabled,
        transformation_rule: None,
        transformation_direction: match mapping.direction {
            Direction::FromIntegrationTable => TransformationDirection::FromIntegrationTable,
            Direction::Bidirectional | Direction::ToIntegrationTable => {
                TransformationDirection::ToIntegrationTable
            }
        },
        use_for_match_based_coupling: false,
        case_sensitive_matching: false,
        match_priority: 0,
        user_defined: true,
    }
}

fn statuses() -> Vec<SettingValue> {
    [FieldMappingStatus::Enabled, FieldMappingStatus::Disabled].map(SettingValue::FieldMappingStatus).to_vec()
}

fn directions() -> Vec<SettingValue> {
    [Direction::Bidirectional, Direction::ToIntegrationTable, Direction::FromIntegrationTable]
        .map(SettingValue::Direction)
        .to_vec()
}

fn transformations() -> Vec<SettingValue> {
    [TransformationDirection::ToIntegrationTable, TransformationDirection::FromIntegrationTable]
        .map(SettingValue::TransformationDirection)
        .to_vec()
}

fn update_resolutions() -> Vec<SettingValue> {
    use UpdateConflictResolution as U;
    [U::None, U::SendUpdateToIntegration, U::GetUpdateFromIntegration]
        .map(SettingValue::UpdateConflictResolution)
        .to_vec()
}

fn has_field(draft: &Draft) -> bool {
    draft.field().is_some_and(|field| field.field.is_some())
}

fn has_column(draft: &Draft) -> bool {
    draft.field().is_some_and(|field| field.column.is_some())
}

fn has_both(draft: &Draft) -> bool {
    has_field(draft) && has_column(draft)
}

/// Only what goes both ways can be edited on both sides; what is remembered is never hidden.
fn goes_both_ways(draft: &Draft) -> bool {
    draft.field().is_some_and(|field| {
        field.direction == Direction::Bidirectional
            || field.update_conflict_resolution != UpdateConflictResolution::None
    }) && has_both(draft)
}

/// A constant stands for the missing side; one that is there is never hidden.
fn takes_constant(draft: &Draft) -> bool {
    draft.field().is_some_and(|field| field.constant_value.is_some()) || !has_both(draft)
}

fn has_rule(draft: &Draft) -> bool {
    draft.field().is_some_and(|field| field.transformation_rule.is_some())
}

fn is_matched(draft: &Draft) -> bool {
    has_both(draft) && draft.field().is_some_and(|field| field.use_for_match_based_coupling)
}
