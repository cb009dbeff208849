//! One mapping: its head, and a tab for each way to look at it. The tab is part of the address.

pub mod fields;
mod parity;
pub mod parity_reasons;
pub mod preview;
pub mod settings;
mod templates;

use couplet_engine::MappingName;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;

use crate::browser::page;
use crate::components::count_link::{mapping_path, run_path};
use crate::i18n::*;
use crate::pages::mapping::fields::FieldsTab;
use crate::pages::mapping::parity::ParityTab;
use crate::pages::mapping::preview::PreviewTab;
use crate::pages::mapping::settings::SettingsTab;
use crate::pages::of_mapping::OfMapping;
use crate::state::configuration::ConfigurationStore;
use crate::text;

/// The tabs of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Preview,
    Parity,
    Fields,
    Settings,
}

impl Tab {
    fn from_query(text: Option<&str>) -> Self {
        match text {
            Some("parity") => Tab::Parity,
            Some("fields") => Tab::Fields,
            Some("settings") => Tab::Settings,
            _ => Tab::Preview,
        }
    }
}

/// The page of one mapping.
#[component]
pub fn MappingPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="crumb"><A href="/mappings">{t!(i18n, nav.mappings)}</A></div>
        <OfMapping pick=|mapping| mapping.name.clone() content=|name| view! { <KnownMapping name /> }.into_any() />
    }
}

#[component]
fn KnownMapping(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let query = use_query_map();
    let tab = Memo::new(move |_| query.with(|query| Tab::from_query(query.get("tab").as_deref())));
    let name = StoredValue::new(name);
    Effect::new(move |_| page::set_title(&name.with_value(ToString::to_string)));
    let content = move || match tab.get() {
        Tab::Preview => view! { <PreviewTab name=name.get_value() /> }.into_any(),
        Tab::Parity => view! { <ParityTab name=name.get_value() /> }.into_any(),
        Tab::Fields => view! { <FieldsTab name=Signal::stored(name.get_value()) /> }.into_any(),
        Tab::Settings => view! { <SettingsTab name=Signal::stored(name.get_value()) /> }.into_any(),
    };
    view! {
        <Head name=name.get_value() />
        <TabBar name=name.get_value() tab=tab />
        {content}
    }
}

#[component]
fn Head(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let title = name.to_string();
    let reset = format!("/default-setup?only={}", page::encode(name.as_str()));
    let couple = format!("{}/couple", mapping_path(&name));
    let run = run_path(&name);
    let sub = move || {
        store.configuration.with(|configuration| {
            configuration.mapping(&name).map(|mapping| {
                let coupled =
                    mapping.synch_only_coupled_records.then(|| t_string!(i18n, mapping.only_coupled));
                view! {
                    <span class="bc">{mapping.table.name.clone()}</span> " "
                    <span aria-hidden="true">{text::direction_arrow(mapping.direction)}</span> " "
                    <span class="dv">{text::integration_table(mapping)}</span> " · "
                    {text::direction(i18n, mapping.direction)}
                    {coupled.map(|words| view! { " · " {words} })}
                }
            })
        })
    };
    view! {
        <div class="head">
            <div>
                <h1>{title}</h1>
                <div class="head__sub">{sub}</div>
            </div>
            <div class="head__actions">
                <A href=couple attr:class="button">{t!(i18n, mapping.couple)}</A>
                <A href=reset attr:class="button">{t!(i18n, mapping.use_default)}</A>
                <A href=run attr:class="button button--primary">{t!(i18n, mapping.synchronize)}</A>
            </div>
        </div>
    }
}

#[component]
fn TabBar(
    /// The mapping.
    name: MappingName,
    /// The tab that is shown.
    tab: Memo<Tab>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let path = mapping_path(&name);
    let history = format!("/history?mapping={}", page::encode(name.as_str()));
    let n_fields = move || {
        store.configuration.with(|configuration| {
            configuration.mapping(&name).map_or(0, |mapping| mapping.field_mappings.len())
        })
    };
    let current = move |this: Tab| (tab.get() == this).then_some("page");
    view! {
        <nav class="tabs" aria-label=move || t_string!(i18n, mapping.tabs)>
            <a href=path.clone() aria-current=move || current(Tab::Preview)>{t!(i18n, mapping.preview)}</a>
            <a href=format!("{path}?tab=parity") aria-current=move || current(Tab::Parity)>{t!(i18n, mapping.parity)}</a>
            <a href=format!("{path}?tab=fields") aria-current=move || current(Tab::Fields)>
                {t!(i18n, mapping.fields)} " " <small>{n_fields}</small>
            </a>
            <a href=format!("{path}?tab=settings") aria-current=move || current(Tab::Settings)>{t!(i18n, mapping.settings)}</a>
            <a href=history>{t!(i18n, nav.history)}</a>
        </nav>
    }
}
