//! Who wins when coupled records are synchronized for the first time, in the job that couples them (S3.11, S3.12).

use couplet_engine::planning::{InitialSynchronization, Pass};
use leptos::prelude::*;

use super::model::CoupleModel;
use crate::components::segmented::Segmented;
use crate::i18n::*;

/// The choice.
#[component]
pub(super) fn FirstTime(
    /// The workbench.
    model: CoupleModel,
    /// What is chosen.
    first: RwSignal<InitialSynchronization>,
) -> impl IntoView {
    let i18n = use_i18n();
    let mapping = untrack(|| model.mapping());
    let goes = |pass: Pass| mapping.as_ref().is_some_and(|mapping| pass.takes(mapping.direction));
    let nobody = Signal::derive(move || t_string!(i18n, couple.first_none).to_owned());
    let mut options = vec![(InitialSynchronization::DoNotSynchronize, nobody)];
    if goes(Pass::ToIntegrationTable) {
        let caption = Signal::derive(move || t_string!(i18n, couple.first_to).to_owned());
        options.push((InitialSynchronization::ToIntegrationTable, caption));
    }
    if goes(Pass::FromIntegrationTable) {
        let caption = Signal::derive(move || t_string!(i18n, couple.first_from).to_owned());
        options.push((InitialSynchronization::FromIntegrationTable, caption));
    }
    let help = move || match first.get() {
        InitialSynchronization::DoNotSynchronize => t_string!(i18n, couple.first_none_help),
        _ => t_string!(i18n, couple.first_help),
    };
    view! {
        <span>{t!(i18n, couple.first)}</span>
        <Segmented
            label=Signal::derive(move || t_string!(i18n, couple.first).to_owned())
            options=options
            value=Signal::derive(move || Some(first.get()))
            on_choose=move |choice| first.set(choice)
        />
        <p class="quiet">{help}</p>
    }
}
