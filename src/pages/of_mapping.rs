//! What a page shows of the mapping that its address names: that it is on its way, that there is none, or the page.

use couplet_engine::{IntegrationTableMapping, MappingName};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;

/// The content for the mapping of the address; made anew when what it is made of changes.
#[component]
pub fn OfMapping<T>(
    /// What the content is made of.
    pick: fn(&IntegrationTableMapping) -> T,
    /// The content.
    content: fn(T) -> AnyView,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let params = use_params_map();
    let picked = Memo::new(move |_| {
        let name = params.with(|params| params.get("name").and_then(|name| MappingName::new(&name).ok()))?;
        store.configuration.with(|configuration| configuration.mapping(&name).map(pick))
    });
    let is_loaded = move || store.load.with(|load| load.ready().is_some());
    let loading = Signal::derive(move || t_string!(i18n, home.loading).to_owned());
    view! {
        <Show when=is_loaded fallback=move || view! { <Loading label=loading /> }>
            {move || match picked.get() {
                Some(picked) => content(picked),
                None => view! {
                    <Empty>
                        <p>{t!(i18n, mapping.unknown)}</p>
                        <A href="/default-setup">{t!(i18n, home.apply_default)}</A>
                    </Empty>
                }
                .into_any(),
            }}
        </Show>
    }
}
