//! The state of one connection in the top bar.

use couplet_engine::Side;
use leptos::prelude::*;

use crate::i18n::*;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::text;

/// Colored by side; green, red or waiting by state, with the company or organization.
#[component]
pub fn ConnectionPill(
    /// Which system.
    side: Side,
) -> impl IntoView {
    let i18n = use_i18n();
    let connections = Connections::expect();
    let state = move || connections.place(side);
    let class = move || match state() {
        Load::Ready(_) => "pill pill--in",
        Load::Failed(_) => "pill pill--out",
        Load::Idle | Load::Loading => "pill",
    };
    let place = move || match state() {
        Load::Ready(place) => place,
        Load::Failed(_) => t_string!(i18n, connection.failed).to_owned(),
        Load::Idle | Load::Loading => t_string!(i18n, connection.connecting).to_owned(),
    };
    view! {
        <span class=class>
            <b aria-hidden="true"></b>
            <span class=text::side_class(side)>{move || text::side(i18n, side)}</span>
            " "
            {place}
        </span>
    }
}
