//! Who is who: coupling the records of a mapping by suggestion, by criteria or by hand, and uncoupling them.

mod coupled;
mod first;
mod manual;
mod matching;
mod model;
mod options;
mod pairs;
pub mod salespeople;
mod suggestions;

use couplet_engine::MappingName;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;

use self::coupled::CoupledPairs;
use self::manual::ByHand;
use self::matching::ByCriteria;
use self::model::CoupleModel;
use self::options::OptionMatrix;
use self::suggestions::Suggestions;
use crate::browser::page;
use crate::components::count_link::mapping_path;
use crate::components::notice::Notice;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::pages::of_mapping::OfMapping;

/// The ways to couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Suggestions,
    Matching,
    Manual,
    Coupled,
}

impl Way {
    fn from_query(text: Option<&str>) -> Self {
        match text {
            Some("matching") => Way::Matching,
            Some("manual") => Way::Manual,
            Some("coupled") => Way::Coupled,
            _ => Way::Suggestions,
        }
    }
}

/// The page.
#[component]
pub fn CouplePage() -> impl IntoView {
    let i18n = use_i18n();
    Effect::new(move |_| page::set_title(t_string!(i18n, couple.title)));
    view! {
        <OfMapping
            pick=|mapping| (mapping.name.clone(), mapping.is_option_mapping())
            content=|(name, is_option_mapping)| match is_option_mapping {
                true => view! { <OfChoice name /> }.into_any(),
                false => view! { <Workbench name /> }.into_any(),
            }
        />
    }
}

/// Codes and values of a choice stand in a matrix.
#[component]
fn OfChoice(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    view! {
        <Head name=name.clone() />
        <OptionMatrix name />
    }
}

#[component]
fn Head(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let path = mapping_path(&name);
    view! {
        <div class="crumb">
            <A href="/mappings">{t!(i18n, nav.mappings)}</A> " / " <A href=path>{name.to_string()}</A>
        </div>
        <div class="head">
            <div>
                <h1>{t!(i18n, couple.title)}</h1>
                <div class="head__sub">{t!(i18n, couple.sub)}</div>
            </div>
        </div>
    }
}

#[component]
fn Workbench(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let model = CoupleModel::new(name.clone());
    let query = use_query_map();
    let way = Memo::new(move |_| query.with(|query| Way::from_query(query.get("way").as_deref())));
    Effect::new(move |_| {
        way.track();
        model.forget_choice();
    });
    let path = format!("{}/couple", mapping_path(&name));
    let current = move |this: Way| (way.get() == this).then_some("page");
    let is_here = Memo::new(move |_| model.ground.with(Option::is_some));
    let waiting = Signal::derive(move || t_string!(i18n, parity.reading).to_owned());
    let content = move || match way.get() {
        Way::Suggestions => view! { <Suggestions model=model /> }.into_any(),
        Way::Matching => view! { <ByCriteria model=model /> }.into_any(),
        Way::Manual => view! { <ByHand model=model /> }.into_any(),
        Way::Coupled => view! { <CoupledPairs model=model /> }.into_any(),
    };
    let said = move || model.said.get().map(|(tone, words)| view! { <Notice tone=tone text=words /> });
    view! {
        <Head name=name />
        <nav class="tabs" aria-label=move || t_string!(i18n, couple.ways)>
            <a href=path.clone() aria-current=move || current(Way::Suggestions)>{t!(i18n, couple.suggestions)}</a>
            <a href=format!("{path}?way=matching") aria-current=move || current(Way::Matching)>{t!(i18n, couple.matching)}</a>
            <a href=format!("{path}?way=manual") aria-current=move || current(Way::Manual)>{t!(i18n, couple.manual)}</a>
            <a href=format!("{path}?way=coupled") aria-current=move || current(Way::Coupled)>{t!(i18n, couple.coupled)}</a>
        </nav>
        <div aria-live="polite">{said}</div>
        <Show when=move || is_here.get() fallback=move || view! { <Loading label=waiting /> }>
            {content}
        </Show>
    }
}
