//! Remembering a decision about a field that was edited on both sides: with its field mapping, for every later run.

use couplet_engine::planning::Winner;
use couplet_engine::{FieldMapping, UpdateConflictResolution};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::i18n::*;
use crate::pages::run::model::PlanModel;
use crate::state::configuration::ConfigurationStore;
use crate::tasks::edit_mapping::remember_winner;
use crate::text;

/// The check box at a decision; another decision while it is ticked is remembered in place of the first.
#[component]
pub(super) fn Remember(
    /// The plan.
    model: PlanModel,
    /// Number of the field mapping.
    number: u32,
    /// Its caption.
    caption: String,
    /// What is decided for the record.
    winner: Signal<Option<Winner>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let name = model.planned.with_value(|planned| planned.mapping.name.clone());
    let name = StoredValue::new(name);
    let failed = RwSignal::new(None::<String>);
    let field = move || -> Option<FieldMapping> {
        store.configuration.with(|configuration| {
            let mapping = name.with_value(|name| configuration.mapping(name))?;
            mapping.field_mappings.iter().find(|it| it.number == number).cloned()
        })
    };
    let remembered = Memo::new(move |_| field().and_then(|it| Winner::of(it.update_conflict_resolution)));
    let save = move |resolution: UpdateConflictResolution| {
        let Some(field) = untrack(field) else { return };
        spawn_local(async move {
            let done = remember_winner(store, &name.get_value(), &field.key(), resolution).await;
            failed.set(done.err().map(|error| text::save_error(i18n, &error)));
        });
    };
    Effect::new(move |_| {
        let now = winner.get();
        let before = remembered.get_untracked();
        if let (Some(now), Some(before)) = (now, before)
            && now != before
        {
            save(now.resolution());
        }
    });
    let toggle = move |is_ticked: bool| match (is_ticked, winner.get_untracked()) {
        (true, Some(winner)) => save(winner.resolution()),
        (true, None) => {}
        (false, _) => save(UpdateConflictResolution::None),
    };
    let label = move || t_string!(i18n, run.remember_field, field = caption.clone());
    view! {
        <label class="difference__remember">
            <input
                type="checkbox"
                aria-label=label
                disabled=move || winner.with(Option::is_none) && remembered.with(Option::is_none)
                prop:checked=move || remembered.with(Option::is_some)
                on:change:target=move |event| toggle(event.target().checked())
            />
            <span aria-hidden="true">{t!(i18n, run.remember)}</span>
        </label>
        {move || failed.get().map(|words| view! { <span role="alert" class="verdict verdict--out">{words}</span> })}
    }
}
