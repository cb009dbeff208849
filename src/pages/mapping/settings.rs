//! The settings of one table mapping and its job (tables 5335 and 472 of the reference), as a form. What may be set
//! the engine's checks say; how settings are edited is in `pages::setting_form`.

use couplet_engine::checks::MappingProblemKind;
use couplet_engine::settings::{Setting, SettingValue};
use couplet_engine::{
    DeletionConflictResolution, Direction, JobStatus, MappingName, UpdateConflictResolution,
};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::dialog::ConfirmDialog;
use crate::components::notice::{Notice, Tone};
use crate::i18n::*;
use crate::pages::mapping::templates::Templates;
use crate::pages::setting_form::{
    Control, Draft, Form, HasHelp, Part, ProblemList, SettingControl, SettingField, Shown, always,
};
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::state::connections::Connections;
use crate::tasks::edit_mapping::{MappingVersion, save_settings};
use crate::text;
use crate::text::settings::{setting_label, setting_value};

/// Longest interval that is offered, in minutes: ten years.
const MAX_MINUTES: u32 = 5_256_000;

const SYNCHRONIZATION: &[SettingField] = &[
    mapping_setting(Setting::Direction, Control::Choice(directions), HasHelp::No),
    mapping_setting(Setting::SynchOnlyCoupledRecords, Control::Flag, HasHelp::Yes),
    mapping_setting(Setting::MultiCompanySynchEnabled, Control::Flag, HasHelp::Yes),
    mapping_setting(Setting::DependencyFilter, Control::Mappings, HasHelp::Yes),
];

const CONFLICTS: &[SettingField] = &[
    mapping_setting(Setting::DeletionConflictResolution, Control::Choice(deletion_resolutions), HasHelp::Yes),
    mapping_setting(Setting::UpdateConflictResolution, Control::Choice(update_resolutions), HasHelp::Yes),
    mapping_setting(Setting::SynchAfterBulkCoupling, Control::Flag, HasHelp::Yes),
    mapping_setting(Setting::CreateNewInCaseOfNoMatch, Control::Flag, HasHelp::Yes),
];

const JOB: &[SettingField] = &[
    job_setting(Setting::MinutesBetweenRuns, Control::Number(1, MAX_MINUTES), HasHelp::No),
    job_setting(Setting::InactivityTimeout, Control::Number(0, MAX_MINUTES), HasHelp::Yes),
    job_setting(Setting::JobStatus, Control::Choice(job_statuses), HasHelp::No),
];

const fn mapping_setting(setting: Setting, control: Control, has_help: HasHelp) -> SettingField {
    SettingField { part: Part::Mapping, setting, control, has_help, visible_if: always }
}

const fn job_setting(setting: Setting, control: Control, has_help: HasHelp) -> SettingField {
    SettingField { part: Part::Job, setting, control, has_help, visible_if: has_job }
}

/// State of saving.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Saved,
    Failed(SaveError),
}

/// The settings tab of a mapping.
#[component]
pub fn SettingsTab(
    /// The mapping.
    #[prop(into)]
    name: Signal<MappingName>,
) -> impl IntoView {
    let store = ConfigurationStore::expect();
    // Counts up when the form is to be made again from what is saved.
    let edition = RwSignal::new(0_u32);
    let outcome = RwSignal::new(None::<Outcome>);
    let name = Memo::new(move |_| name.get());
    move || {
        edition.track();
        let shown = store.configuration.with_untracked(|it| name.with(|name| MappingVersion::of(it, name)));
        shown.map(|shown| view! { <SettingsForm shown edition outcome /> })
    }
}

#[component]
fn SettingsForm(
    shown: MappingVersion,
    edition: RwSignal<u32>,
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let connections = Connections::expect();
    let form = Form::new(shown.clone(), Draft { version: shown.clone(), field_idx: None });
    let is_asking = RwSignal::new(false);
    let start_over = move |()| edition.update(|edition| *edition += 1);
    // What was saved elsewhere is shown at once, unless something is being edited.
    Effect::new(move |_| {
        let now = store
            .configuration
            .with(|it| form.shown.with_value(|shown| MappingVersion::of(it, &shown.mapping.name)));
        let is_shown = now.is_none_or(|now| form.shown.with_value(|shown| now == *shown));
        if !is_shown && !untrack(|| form.is_edited()) {
            start_over(());
        }
    });
    let save = move |()| {
        spawn_local(async move {
            let edited = form.draft.with_untracked(|draft| draft.version.clone());
            let company = untrack(|| connections.company());
            let done = save_settings(store, &form.shown.get_value(), &edited, company.as_ref()).await;
            if done.is_ok() {
                start_over(());
            }
            outcome.set(Some(done.map_or_else(Outcome::Failed, |()| Outcome::Saved)));
        });
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        outcome.set(None);
        if untrack(|| needs_confirmation(form)) { is_asking.set(true) } else { save(()) }
    };
    let cannot_save = move || !form.is_edited() || !form.may_be_saved();
    let job = if shown.job.is_some() { Job::Exists } else { Job::Missing };
    view! {
        <OutcomeNotice outcome start_over />
        <Facts shown />
        <form class="form" on:submit=submit novalidate>
            <Sections form job />
            <ProblemList form shown=Shown::Elsewhere(Part::Mapping) id="settings-problems".to_owned() />
            <div class="form__actions">
                <button type="button" disabled=move || !form.is_edited() on:click=move |_| start_over(())>
                    {t!(i18n, action.cancel)}
                </button>
                <button type="submit" class="button--primary" disabled=cannot_save>
                    {t!(i18n, action.save)}
                </button>
            </div>
        </form>
        <ConfirmDialog
            open=is_asking
            title=Signal::derive(move || t_string!(i18n, settings.confirm_title).to_owned())
            text=Signal::derive(move || t_string!(i18n, problem.deleted_records_return).to_owned())
            confirm=Signal::derive(move || t_string!(i18n, settings.confirm_action).to_owned())
            on_confirm=save
        />
    }
}

/// Whether the mapping has a recurring job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Exists,
    Missing,
}

#[component]
fn Sections(form: Form, job: Job) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="form__sections">
            <Section title=Signal::derive(move || t_string!(i18n, settings.synchronization).to_owned())>
                <Settings form fields=SYNCHRONIZATION />
            </Section>
            <Section title=Signal::derive(move || t_string!(i18n, settings.conflicts).to_owned())>
                <Settings form fields=CONFLICTS />
            </Section>
            <Section title=Signal::derive(move || t_string!(i18n, templates.title).to_owned())>
                <Templates form />
            </Section>
            <Section title=Signal::derive(move || t_string!(i18n, settings.job).to_owned())>
                <Settings form fields=JOB />
                {(job == Job::Missing).then(|| view! { <p class="quiet">{t!(i18n, settings.no_job)}</p> })}
            </Section>
        </div>
    }
}

#[component]
fn Section(#[prop(into)] title: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <section class="card form__section">
            <header>
                <h2>{title}</h2>
            </header>
            <div class="card__body">{children()}</div>
        </section>
    }
}

#[component]
fn Settings(form: Form, fields: &'static [SettingField]) -> impl IntoView {
    fields.iter().map(|field| view! { <SettingControl form field=*field /> }).collect_view()
}

/// What is fixed when a mapping is made.
#[component]
fn Facts(shown: MappingVersion) -> impl IntoView {
    let i18n = use_i18n();
    let version = shown.version();
    let facts = [
        Setting::Table,
        Setting::IntegrationTable,
        Setting::IntegrationUid,
        Setting::PostFilter,
        Setting::UserDefined,
    ]
    .map(|setting| (setting, version.value(&couplet_engine::settings::Item::Mapping, setting)));
    let draw = |(setting, value): (Setting, SettingValue)| {
        let class = match setting {
            Setting::Table => "bc",
            Setting::IntegrationTable | Setting::IntegrationUid => "dv",
            _ => "",
        };
        view! {
            <div>
                <dt>{move || setting_label(i18n, setting)}</dt>
                <dd class=class>{move || setting_value(i18n, setting, &value)}</dd>
            </div>
        }
    };
    let shown_facts = facts.into_iter().filter(|(_, value)| *value != SettingValue::Absent);
    view! { <dl class="card form__facts">{shown_facts.map(draw).collect_view()}</dl> }
}

#[component]
fn OutcomeNotice(
    outcome: RwSignal<Option<Outcome>>,
    #[prop(into)] start_over: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let load = move |_| {
        spawn_local(async move {
            store.reload().await;
            outcome.set(None);
            start_over.run(());
        });
    };
    move || {
        outcome.get().map(|state| match state {
            Outcome::Saved => {
                let text = Signal::derive(move || t_string!(i18n, settings.saved).to_owned());
                view! { <Notice tone=Tone::Done text /> }.into_any()
            }
            Outcome::Failed(error) => {
                let is_stale = matches!(error, SaveError::Stale { .. });
                let text = Signal::derive(move || text::save_error(i18n, &error));
                let button = is_stale
                    .then(|| view! { <button type="button" on:click=load>{t!(i18n, settings.load_current)}</button> });
                view! { <Notice tone=Tone::Warning text>{button}</Notice> }.into_any()
            }
        })
    }
}

/// Whether deleted records would come back, and did not before (S1.11).
fn needs_confirmation(form: Form) -> bool {
    let returns = |it: &MappingProblemKind| *it == MappingProblemKind::DeletedRecordsReturn;
    let had_them = form.shown.with_value(|shown| {
        let problems = crate::state::checks::problems(&shown.mapping);
        problems.iter().any(|problem| returns(&problem.kind))
    });
    !had_them && form.problems.with(|problems| problems.iter().any(|problem| returns(&problem.kind)))
}

fn directions() -> Vec<SettingValue> {
    [Direction::Bidirectional, Direction::ToIntegrationTable, Direction::FromIntegrationTable]
        .map(SettingValue::Direction)
        .to_vec()
}

fn deletion_resolutions() -> Vec<SettingValue> {
    use DeletionConflictResolution as D;
    [D::None, D::RestoreRecords, D::RemoveCoupling].map(SettingValue::DeletionConflictResolution).to_vec()
}

fn update_resolutions() -> Vec<SettingValue> {
    use UpdateConflictResolution as U;
    [U::None, U::SendUpdateToIntegration, U::GetUpdateFromIntegration]
        .map(SettingValue::UpdateConflictResolution)
        .to_vec()
}

fn job_statuses() -> Vec<SettingValue> {
    [JobStatus::Ready, JobStatus::OnHold, JobStatus::OnHoldWithInactivityTimeout]
        .map(SettingValue::JobStatus)
        .to_vec()
}

fn has_job(draft: &Draft) -> bool {
    draft.version.job.is_some()
}
