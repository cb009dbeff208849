//! One setting of a form: its name, the control, the help and what is wrong with it.

use couplet_engine::MappingName;
use couplet_engine::checks::{MappingProblem, Severity};
use couplet_engine::settings::{Setting, SettingValue};
use leptos::prelude::*;

use super::{Anchor, Control, Form, HasHelp, Part, SettingField};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::text;
use crate::text::settings::{setting_label, setting_value};

/// Which problems a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Those at one place of a part.
    At(Part, Anchor),
    /// Errors that keep the form from being saved and belong to no place of this part.
    Elsewhere(Part),
}

/// A labelled control for one setting.
#[component]
pub fn SettingControl(
    /// The form.
    form: Form,
    /// The setting's description.
    field: SettingField,
) -> impl IntoView {
    // A memo, so that a control keeps the focus while it is being used.
    let is_visible = Memo::new(move |_| form.draft.with(|draft| (field.visible_if)(draft)));
    view! {
        <Show when=move || is_visible.get()>
            <VisibleControl form field />
        </Show>
    }
}

#[component]
fn VisibleControl(form: Form, field: SettingField) -> impl IntoView {
    let i18n = use_i18n();
    let id = element_id(field.setting);
    let help_id = format!("{id}-help");
    let problems_id = format!("{id}-problems");
    let described_by = match field.has_help {
        HasHelp::Yes => format!("{help_id} {problems_id}"),
        HasHelp::No => problems_id.clone(),
    };
    let label = move || setting_label(i18n, field.setting);
    let control = match field.control {
        Control::Flag => flag(form, field, id.clone(), described_by).into_any(),
        Control::Choice(values) => {
            view! { <Choice form field values id=id.clone() described_by /> }.into_any()
        }
        Control::Number(min, max) => {
            view! { <Number form field bounds=(min, max) id=id.clone() described_by /> }.into_any()
        }
        Control::Text => text_input(form, field, id.clone(), described_by).into_any(),
        Control::Mappings => view! { <Mappings form field described_by /> }.into_any(),
    };
    let is_labelled = matches!(field.control, Control::Choice(_) | Control::Number(..) | Control::Text);
    let help = (field.has_help == HasHelp::Yes)
        .then(|| view! { <p class="form__help" id=help_id>{move || help_text(i18n, field.setting)}</p> });
    view! {
        <div class="form__row">
            {is_labelled.then(|| view! { <label class="form__label" for=id>{label}</label> })}
            {control}
            {help}
            <ProblemList
                form
                shown=Shown::At(field.part, Anchor::Setting(field.setting))
                id=problems_id
            />
        </div>
    }
}

fn flag(form: Form, field: SettingField, id: String, described_by: String) -> impl IntoView {
    let i18n = use_i18n();
    let SettingField { part, setting, .. } = field;
    view! {
        <label class="form__check">
            <input
                type="checkbox"
                id=id
                aria-describedby=described_by
                prop:checked=move || form.draft.with(|it| it.value(part, setting)) == SettingValue::Flag(true)
                on:change:target=move |event| {
                    let value = SettingValue::Flag(event.target().checked());
                    form.draft.update(|draft| draft.set(part, setting, &value));
                }
            />
            {move || setting_label(i18n, setting)}
        </label>
    }
}

#[component]
fn Choice(
    form: Form,
    field: SettingField,
    values: fn() -> Vec<SettingValue>,
    id: String,
    described_by: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let SettingField { part, setting, .. } = field;
    let current = Memo::new(move |_| form.draft.with(|draft| draft.value(part, setting)));
    let choose = move |idx: &str| {
        if let Some(value) = idx.parse().ok().and_then(|idx: usize| values().into_iter().nth(idx)) {
            form.draft.update(|draft| draft.set(part, setting, &value));
        }
    };
    let option = move |(idx, value): (usize, SettingValue)| {
        let caption = value.clone();
        view! {
            <option value=idx.to_string() prop:selected=move || current.with(|current| *current == value)>
                {move || setting_value(i18n, setting, &caption)}
            </option>
        }
    };
    view! {
        <select id=id aria-describedby=described_by on:change:target=move |event| choose(&event.target().value())>
            {values().into_iter().enumerate().map(option).collect_view()}
        </select>
    }
}

#[component]
fn Number(
    form: Form,
    field: SettingField,
    bounds: (u32, u32),
    id: String,
    described_by: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let SettingField { part, setting, .. } = field;
    let (min, max) = bounds;
    let initial = match form.draft.with_untracked(|draft| draft.value(part, setting)) {
        SettingValue::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let is_unreadable = move || form.unreadable.with(|unreadable| unreadable.contains(&setting));
    let read = move |text: &str| {
        let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
        form.unreadable.update(|unreadable| {
            unreadable.retain(|other| *other != setting);
            if number.is_none() {
                unreadable.push(setting);
            }
        });
        if let Some(number) = number {
            form.draft.update(|draft| draft.set(part, setting, &SettingValue::Number(number)));
        }
    };
    let range_id = format!("{id}-range");
    let described_by = format!("{described_by} {range_id}");
    view! {
        <input
            class="form__number"
            type="text"
            inputmode="numeric"
            autocomplete="off"
            id=id
            aria-describedby=described_by
            aria-invalid=move || is_unreadable().to_string()
            prop:value=initial
            on:input:target=move |event| read(&event.target().value())
        />
        <p class="form__problem form__problem--error" id=range_id>
            {move || {
                is_unreadable()
                    .then(|| {
                        t_string!(i18n, form.number_range, min = min.to_string(), max = max.to_string())
                    })
            }}
        </p>
    }
}

fn text_input(form: Form, field: SettingField, id: String, described_by: String) -> impl IntoView {
    let SettingField { part, setting, .. } = field;
    let current = move || match form.draft.with(|draft| draft.value(part, setting)) {
        SettingValue::Text(text) => text,
        _ => String::new(),
    };
    view! {
        <input
            type="text"
            autocomplete="off"
            id=id
            aria-describedby=described_by
            prop:value=current
            on:input:target=move |event| {
                let text = event.target().value();
                let value = if text.is_empty() { SettingValue::Absent } else { SettingValue::Text(text) };
                form.draft.update(|draft| draft.set(part, setting, &value));
            }
        />
    }
}

/// Check boxes for the other table mappings.
#[component]
fn Mappings(form: Form, field: SettingField, described_by: String) -> impl IntoView {
    let i18n = use_i18n();
    let SettingField { part, setting, .. } = field;
    let own = form.shown.with_value(|shown| shown.mapping.name.clone());
    let chosen = move || match form.draft.with(|draft| draft.value(part, setting)) {
        SettingValue::MappingNames(names) => names,
        _ => Vec::new(),
    };
    // Names of mappings that are gone stay, until they are taken away.
    let store = ConfigurationStore::expect();
    let mut names: Vec<MappingName> = store.configuration.with_untracked(|configuration| {
        configuration
            .mappings
            .iter()
            .map(|mapping| mapping.name.clone())
            .filter(|name| *name != own)
            .collect()
    });
    let gone: Vec<MappingName> = untrack(chosen).into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(gone);
    let draw = move |name: MappingName| {
        let caption = name.to_string();
        let is_chosen = {
            let name = name.clone();
            move || chosen().contains(&name)
        };
        let choose = move |choose: bool| {
            let mut names = untrack(chosen);
            names.retain(|other| *other != name);
            if choose {
                names.push(name.clone());
            }
            form.draft.update(|draft| draft.set(part, setting, &SettingValue::MappingNames(names)));
        };
        view! {
            <label class="form__check">
                <input
                    type="checkbox"
                    prop:checked=is_chosen
                    on:change:target=move |event| choose(event.target().checked())
                />
                {caption}
            </label>
        }
    };
    view! {
        <fieldset class="form__list" aria-describedby=described_by>
            <legend>{move || setting_label(i18n, setting)}</legend>
            {names.into_iter().map(draw).collect_view()}
        </fieldset>
    }
}

/// What is wrong, and how bad it is.
#[component]
pub fn ProblemList(
    /// The form.
    form: Form,
    /// Which problems.
    shown: Shown,
    /// Id of the list, for `aria-describedby`.
    id: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let problems = Memo::new(move |_| match shown {
        Shown::At(part, anchor) => form.problems_at(part, anchor),
        Shown::Elsewhere(part) => {
            let anchored = form.problems.with(|problems| {
                let anchors = problems.iter().map(|problem| super::anchor_of(&problem.kind));
                let anchors = anchors.filter(|anchor| *anchor != Anchor::Whole);
                anchors.flat_map(|anchor| form.problems_at(part, anchor)).collect::<Vec<_>>()
            });
            let blocking = form.blocking.get();
            blocking.into_iter().filter(|problem| !anchored.contains(problem)).collect()
        }
    });
    let draw = move |problem: MappingProblem| {
        let words = move || {
            form.draft.with(|draft| text::mapping_problem(i18n, &problem.kind, &draft.version.mapping))
        };
        let (class, severity) = match problem.severity {
            Severity::Error => ("form__problem form__problem--error", t!(i18n, form.error).into_any()),
            Severity::Warning => ("form__problem form__problem--warning", t!(i18n, form.warning).into_any()),
            Severity::Info => ("form__problem", t!(i18n, form.note).into_any()),
        };
        view! {
            <li class=class>
                <span class="form__severity">{severity}</span>
                " "
                {words}
            </li>
        }
    };
    view! {
        <ul class="form__problems" id=id aria-live="polite">
            {move || problems.get().into_iter().map(draw).collect_view()}
        </ul>
    }
}

/// Id of a setting's control; one form at a time is on the page.
fn element_id(setting: Setting) -> String {
    setting.code().replace('.', "-")
}

/// What a setting does.
fn help_text(i18n: text::I18n, setting: Setting) -> String {
    match setting {
        Setting::SynchOnlyCoupledRecords => t_string!(i18n, setting_help.synch_only_coupled_records),
        Setting::MultiCompanySynchEnabled => t_string!(i18n, setting_help.multi_company_synch_enabled),
        Setting::DeletionConflictResolution => t_string!(i18n, setting_help.deletion_conflict_resolution),
        Setting::UpdateConflictResolution => t_string!(i18n, setting_help.update_conflict_resolution),
        Setting::SynchAfterBulkCoupling => t_string!(i18n, setting_help.synch_after_bulk_coupling),
        Setting::CreateNewInCaseOfNoMatch => t_string!(i18n, setting_help.create_new_in_case_of_no_match),
        Setting::DependencyFilter => t_string!(i18n, setting_help.dependency_filter),
        Setting::InactivityTimeout => t_string!(i18n, setting_help.inactivity_timeout),
        Setting::ConstantValue => t_string!(i18n, setting_help.constant_value),
        Setting::ClearValueOnFailedSync => t_string!(i18n, setting_help.clear_value_on_failed_sync),
        Setting::NotNull => t_string!(i18n, setting_help.not_null),
        Setting::MatchPriority => t_string!(i18n, setting_help.match_priority),
        _ => "",
    }
    .to_owned()
}
