//! The field mappings of one table mapping (page 5336 of the reference): the list and what can be done with it. One row
//! is in `row`, editing in `editor`, whether a field can be reached in `reach`.

pub mod editor;
pub mod picker;
pub mod reach;
pub mod row;

use couplet_engine::checks::MappingProblem;
use couplet_engine::{FieldKey, FieldMapping, FieldMappingStatus, MappingName, UpdateConflictResolution};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::editor::{Edited, FieldEditor};
use self::row::FieldRow;
use crate::components::dialog::{ConfirmDialog, Dialog};
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::setting_form::new_errors;
use crate::state::checks;
use crate::state::configuration::{ConfigurationStore, SaveError};
use crate::tasks::edit_mapping::{delete_field, remember_winner, save_field, take_back};
use crate::text;
use crate::text::settings::field_key;

/// What became of the last action.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// Saved as the version with this number.
    Saved(Option<u64>),
    TakenBack,
    /// The mapping would not work any more.
    Refused(MappingProblem),
    Failed(SaveError),
}

/// What rows and dialogs share.
#[derive(Clone, Copy)]
pub struct Fields {
    name: Memo<MappingName>,
    edited: RwSignal<Option<Edited>>,
    is_editing: RwSignal<bool>,
    to_delete: RwSignal<Option<FieldMapping>>,
    is_deleting: RwSignal<bool>,
    outcome: RwSignal<Option<Outcome>>,
}

/// The field mappings tab of a mapping.
#[component]
pub fn FieldsTab(
    /// The mapping.
    #[prop(into)]
    name: Signal<MappingName>,
) -> impl IntoView {
    let fields = Fields {
        name: Memo::new(move |_| name.get()),
        edited: RwSignal::new(None),
        is_editing: RwSignal::new(false),
        to_delete: RwSignal::new(None),
        is_deleting: RwSignal::new(false),
        outcome: RwSignal::new(None),
    };
    view! {
        <OutcomeNotice fields />
        <article class="card">
            <FieldsHead fields />
            <FieldTable fields />
        </article>
        <EditDialog fields />
        <DeleteDialog fields />
    }
}

impl Fields {
    /// A field mapping as it is now.
    fn field(self, key: &FieldKey) -> Option<FieldMapping> {
        let store = ConfigurationStore::expect();
        store.configuration.with(|configuration| {
            let mapping = self.name.with(|name| configuration.mapping(name))?;
            mapping.field_mappings.iter().find(|field| field.key() == *key).cloned()
        })
    }

    /// Opens the editor.
    fn edit(self, edited: Edited) {
        self.outcome.set(None);
        self.edited.set(Some(edited));
        self.is_editing.set(true);
    }

    /// Asks before the field mapping is deleted.
    fn ask_to_delete(self, field: FieldMapping) {
        self.to_delete.set(Some(field));
        self.is_deleting.set(true);
    }

    /// Forgets which side wins the field when both edited it.
    fn forget_winner(self, field: &FieldMapping) {
        let store = ConfigurationStore::expect();
        let key = field.key();
        spawn_local(async move {
            let name = self.name.get_untracked();
            let done = remember_winner(store, &name, &key, UpdateConflictResolution::None).await;
            self.finish(store, done);
        });
    }

    /// Enables a field mapping, or disables it; refused when the mapping would not work any more.
    fn set_status(self, shown: FieldMapping, status: FieldMappingStatus) {
        let edited = FieldMapping { status, ..shown.clone() };
        let store = ConfigurationStore::expect();
        if let Some(problem) = untrack(|| self.first_new_error(&shown, &edited)) {
            self.outcome.set(Some(Outcome::Refused(problem)));
            return;
        }
        spawn_local(async move {
            let name = self.name.get_untracked();
            let done = save_field(store, &name, Some(&shown), edited).await;
            self.finish(store, done);
        });
    }

    fn first_new_error(self, shown: &FieldMapping, edited: &FieldMapping) -> Option<MappingProblem> {
        let store = ConfigurationStore::expect();
        let mapping = store.configuration.with(|it| self.name.with(|name| it.mapping(name).cloned()))?;
        let mut changed = mapping.clone();
        let place = changed.field_mappings.iter_mut().find(|field| *field == shown)?;
        *place = edited.clone();
        new_errors(checks::problems(&changed), &checks::problems(&mapping)).into_iter().next()
    }

    fn finish(self, store: ConfigurationStore, done: Result<(), SaveError>) {
        let outcome = match done {
            Ok(()) => Outcome::Saved(untrack(|| store.last_version())),
            Err(error) => Outcome::Failed(error),
        };
        self.outcome.set(Some(outcome));
    }
}

#[component]
fn FieldsHead(fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let counts = move || {
        store.configuration.with(|configuration| {
            let mapping = fields.name.with(|name| configuration.mapping(name));
            let all = mapping.map_or(&[][..], |mapping| &mapping.field_mappings);
            let enabled = all.iter().filter(|field| field.status == FieldMappingStatus::Enabled).count();
            t_string!(
                i18n,
                fields.count,
                enabled = formatted(i18n, enabled),
                disabled = formatted(i18n, all.len().saturating_sub(enabled))
            )
        })
    };
    view! {
        <header>
            <h2>{t!(i18n, fields.title)}</h2>
            <small>{counts}</small>
            <button type="button" on:click=move |_| fields.edit(Edited::New)>
                {t!(i18n, fields.add)}
            </button>
        </header>
    }
}

#[component]
fn FieldTable(fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let keys = Memo::new(move |_| {
        store.configuration.with(|configuration| {
            let mapping = fields.name.with(|name| configuration.mapping(name));
            mapping
                .map(|it| it.field_mappings.iter().map(FieldMapping::key).collect::<Vec<_>>())
                .unwrap_or_default()
        })
    });
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=move || t_string!(i18n, fields.title)>
            <table class="rows field-list">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, fields.status)}</th>
                        <th scope="col" class="bc">{t!(i18n, fields.field)}</th>
                        <th scope="col">{t!(i18n, fields.direction)}</th>
                        <th scope="col" class="dv">{t!(i18n, fields.column)}</th>
                        <th scope="col">{t!(i18n, fields.details)}</th>
                        <th scope="col">{t!(i18n, fields.reach)}</th>
                        <th scope="col">
                            <span class="visually-hidden">{t!(i18n, fields.actions)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || keys.get() key=Clone::clone let:key>
                        <FieldRow fields key />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn EditDialog(fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match fields.edited.get() {
        Some(Edited::Existing(field)) => field_key(i18n, &field.key()),
        _ => t_string!(i18n, fields.add_title).to_owned(),
    };
    let store = ConfigurationStore::expect();
    let on_saved = move |()| {
        fields.is_editing.set(false);
        fields.finish(store, Ok(()));
    };
    view! {
        <Dialog open=fields.is_editing title=Signal::derive(title)>
            {move || {
                fields
                    .edited
                    .get_untracked()
                    .map(|edited| {
                        view! {
                            <FieldEditor
                                name=fields.name.get_untracked()
                                edited
                                on_saved
                                on_cancel=move |()| fields.is_editing.set(false)
                            />
                        }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn DeleteDialog(fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let label =
        move || fields.to_delete.with(|field| field.as_ref().map(|field| field_key(i18n, &field.key())));
    let text = move || t_string!(i18n, fields.delete_text, field = label().unwrap_or_default());
    let delete = move |()| {
        let Some(field) = fields.to_delete.get_untracked() else { return };
        let store = ConfigurationStore::expect();
        spawn_local(async move {
            let name = fields.name.get_untracked();
            let done = delete_field(store, &name, &field).await;
            fields.finish(store, done);
        });
    };
    view! {
        <ConfirmDialog
            open=fields.is_deleting
            title=Signal::derive(move || t_string!(i18n, fields.delete_title).to_owned())
            text=Signal::derive(text)
            confirm=Signal::derive(move || t_string!(i18n, fields.delete_confirm).to_owned())
            on_confirm=delete
        />
    }
}

#[component]
fn OutcomeNotice(fields: Fields) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let undo = move |version| {
        spawn_local(async move {
            let done = take_back(store, version).await;
            fields.outcome.set(Some(done.map_or_else(Outcome::Failed, |()| Outcome::TakenBack)));
        });
    };
    let refusal = move |problem: MappingProblem| {
        let mapping = store.configuration.with(|it| fields.name.with(|name| it.mapping(name).cloned()));
        let reason = mapping.map(|mapping| text::mapping_problem(i18n, &problem.kind, &mapping));
        t_string!(i18n, fields.refused, reason = reason.unwrap_or_default())
    };
    move || {
        fields.outcome.get().map(|outcome| match outcome {
            Outcome::Saved(version) => {
                let text = Signal::derive(move || t_string!(i18n, fields.saved).to_owned());
                view! {
                    <Notice tone=Tone::Done text>
                        <button type="button" on:click=move |_| undo(version)>
                            {t!(i18n, action.undo)}
                        </button>
                    </Notice>
                }
                .into_any()
            }
            Outcome::TakenBack => {
                let text = Signal::derive(move || t_string!(i18n, fields.taken_back).to_owned());
                view! { <Notice tone=Tone::Done text /> }.into_any()
            }
            Outcome::Refused(problem) => {
                let text = Signal::derive(move || refusal(problem.clone()));
                view! { <Notice tone=Tone::Warning text /> }.into_any()
            }
            Outcome::Failed(error) => {
                let text = Signal::derive(move || text::save_error(i18n, &error));
                view! { <Notice tone=Tone::Warning text /> }.into_any()
            }
        })
    }
}
