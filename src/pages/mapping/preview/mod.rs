//! Filters and preview: both sides of a mapping, or one, and why the chosen record is in or out.

mod balance;
mod chosen;
mod editor;
mod filter_card;
mod forms;
mod guided;
mod model;
mod odata;
mod odata_editor;
mod record_table;
pub mod rules;
mod sentence;
mod side_panel;
mod typed;
mod why;

use couplet_engine::{MappingName, Side};
use leptos::prelude::*;
use leptos_router::hooks::query_signal;

use crate::components::count_link::side_code;
use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::side_panel::SidePanel;
use crate::pages::mapping::preview::why::WhyPanel;

/// The tab.
#[component]
pub fn PreviewTab(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let (shown, set_shown) = query_signal::<String>("side");
    let business_central = SideModel::new(name.clone(), Side::BusinessCentral);
    let dataverse = SideModel::new(name, Side::Dataverse);
    let sides = [business_central, dataverse];
    let shows =
        move |side: Side| shown.with(|shown| shown.as_deref().is_none_or(|shown| shown == side_code(side)));
    let choice = move |code: Option<&'static str>, label: Signal<String>| {
        view! {
            <button
                type="button"
                aria-pressed=move || (shown.get().as_deref() == code).to_string()
                on:click=move |_| set_shown.set(code.map(str::to_owned))
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="preview__choice">
            <span class="segmented" role="group" aria-label=move || t_string!(i18n, preview.sides)>
                {choice(None, Signal::derive(move || t_string!(i18n, preview.both).to_owned()))}
                {choice(Some("bc"), Signal::derive(move || t_string!(i18n, system.business_central).to_owned()))}
                {choice(Some("dv"), Signal::derive(move || t_string!(i18n, system.dataverse).to_owned()))}
            </span>
        </div>
        <div class="sides" class:sides--one=move || shown.with(Option::is_some)>
            <Show when=move || shows(Side::BusinessCentral)><SidePanel model=business_central /></Show>
            <Show when=move || shows(Side::Dataverse)><SidePanel model=dataverse /></Show>
        </div>
        <WhyPanel sides=sides />
    }
}
