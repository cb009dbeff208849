//! One side of the preview: its filter, its balance, its records.

use leptos::prelude::*;

use crate::components::reading_state::ReadingState;
use crate::i18n::*;
use crate::pages::mapping::preview::balance::Balance;
use crate::pages::mapping::preview::filter_card::FilterCard;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::record_table::RecordTable;
use crate::text;

/// The card of one side.
#[component]
pub(super) fn SidePanel(
    /// The side.
    model: SideModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let side = model.preview.side;
    let table = move || {
        let schema = model.preview.handle().and_then(|handle| handle.schema());
        schema.map(|schema| schema.labels.get(text::language(i18n)).to_owned())
    };
    let reading = move || model.preview.handle().map(|handle| view! { <ReadingState handle=handle /> });
    let class = format!("card card--{}", text::side_class(side));
    view! {
        <article class=class>
            <header>
                <h2>
                    <span class=text::side_class(side)>{move || text::side(i18n, side)}</span>
                    {move || table().map(|table| format!(" · {table}"))}
                </h2>
                <small>{reading}</small>
            </header>
            <FilterCard model=model />
            <Balance model=model />
            <RecordTable model=model />
        </article>
    }
}
