//! Home: both connections, one row per mapping with its counts, and the next sensible step.

use couplet_engine::{MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser::page;
use crate::components::count_link::{CountLink, Counted, mapping_list_path, mapping_path};
use crate::components::reading_state::ReadingState;
use crate::components::status::{Empty, Failed, Loading};
use crate::i18n::*;
use crate::queries::read_table;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::load::Load;
use crate::state::previews::{Previews, RulesState};
use crate::state::tables::Tables;
use crate::tasks::start::connect;
use crate::text;

/// The first page.
#[component]
pub fn HomePage() -> impl IntoView {
    let i18n = use_i18n();
    Effect::new(move |_| page::set_title(t_string!(i18n, home.title)));
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, home.title)}</h1>
                <div class="head__sub">{t!(i18n, home.sub)}</div>
            </div>
            <div class="head__actions">
                <RefreshButton />
            </div>
        </div>
        <div class="sides">
            <ConnectionCard side=Side::BusinessCentral />
            <ConnectionCard side=Side::Dataverse />
        </div>
        <section class="card home__mappings" aria-labelledby="home-mappings">
            <header>
                <h2 id="home-mappings">{t!(i18n, home.mappings)}</h2>
            </header>
            <MappingCounts />
        </section>
    }
}

#[component]
fn RefreshButton() -> impl IntoView {
    let i18n = use_i18n();
    let tables = Tables::expect();
    let refresh = move |_| {
        for handle in tables.all() {
            if handle.schema().is_some() {
                read_table::restart(handle);
            }
        }
    };
    view! { <button type="button" on:click=refresh>{t!(i18n, home.refresh)}</button> }
}

#[component]
fn ConnectionCard(
    /// Which system.
    side: Side,
) -> impl IntoView {
    let i18n = use_i18n();
    let connections = Connections::expect();
    let body = move || {
        match connections.facts(side) {
        Load::Idle | Load::Loading => {
            view! { <Loading label=Signal::derive(move || t_string!(i18n, connection.connecting).to_owned()) /> }.into_any()
        }
        Load::Failed(failure) => view! { <Failed failure=failure retry=move |()| connect(connections) /> }.into_any(),
        Load::Ready(facts) => view! {
            <dl class="facts">
                {facts
                    .into_iter()
                    .map(|fact| {
                        let value = text::fact_value(i18n, &fact);
                        view! { <div><dt>{text::fact_name(i18n, fact.name)}</dt><dd>{value}</dd></div> }
                    })
                    .collect_view()}
            </dl>
        }
        .into_any(),
    }
    };
    let class = format!("card card--{}", text::side_class(side));
    view! {
        <article class=class>
            <header>
                <h2 class=text::side_class(side)>{move || text::side(i18n, side)}</h2>
                <Show when=move || connections.is_demo(side)>
                    <span class="tag">{t!(i18n, connection.demo)}</span>
                </Show>
            </header>
            <div class="card__body">{body}</div>
        </article>
    }
}

#[component]
fn MappingCounts() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let names = Memo::new(move |_| {
        store.configuration.with(|configuration| {
            configuration.mappings.iter().map(|mapping| mapping.name.clone()).collect::<Vec<_>>()
        })
    });
    let is_loaded = move || store.load.with(|load| load.ready().is_some());
    view! {
        <Show
            when=is_loaded
            fallback=move || {
                view! { <Loading label=Signal::derive(move || t_string!(i18n, home.loading).to_owned()) /> }
            }
        >
            <Show
                when=move || !names.with(Vec::is_empty)
                fallback=move || {
                    view! {
                        <Empty>
                            <p>{t!(i18n, home.no_mappings)}</p>
                            <A href="/default-setup" attr:class="button button--primary">{t!(i18n, home.apply_default)}</A>
                        </Empty>
                    }
                }
            >
                <NextStep names=names />
                <div class="scroll-x">
                    <table class="rows">
                        <thead>
                            <tr>
                                <th rowspan="2" scope="col">{t!(i18n, home.mapping)}</th>
                                <th colspan="3" scope="colgroup" class="bc">{t!(i18n, system.business_central)}</th>
                                <th colspan="3" scope="colgroup" class="dv">{t!(i18n, system.dataverse)}</th>
                            </tr>
                            <tr>
                                <th class="number" scope="col">{t!(i18n, count.in_filter)}</th>
                                <th class="number" scope="col">{t!(i18n, count.excluded)}</th>
                                <th scope="col">{t!(i18n, count.read)}</th>
                                <th class="number" scope="col">{t!(i18n, count.in_filter)}</th>
                                <th class="number" scope="col">{t!(i18n, count.excluded)}</th>
                                <th scope="col">{t!(i18n, count.read)}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || names.get() key=Clone::clone let:name>
                                <MappingRow name=name />
                            </For>
                        </tbody>
                    </table>
                </div>
            </Show>
        </Show>
    }
}

#[component]
fn MappingRow(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let previews = Previews::expect();
    let sides = [Side::BusinessCentral, Side::Dataverse].map(|side| previews.side(&name, side));
    let tables = {
        let mapping = sides[0].mapping;
        move || {
            mapping.with(|mapping| {
                mapping.as_ref().map(|mapping| {
                    let arrow = text::direction_arrow(mapping.direction);
                    view! {
                        <small>
                            <span class="bc">{mapping.table.name.clone()}</span> " "
                            <span title=text::direction(i18n, mapping.direction)>{arrow}</span> " "
                            <span class="dv">{text::integration_table(mapping)}</span>
                        </small>
                    }
                })
            })
        }
    };
    let cells = sides.map(|preview| {
        let state = move || match preview.rules.get() {
            RulesState::Broken(_) => {
                view! { <span class="verdict verdict--out">{t!(i18n, count.broken)}</span> }.into_any()
            }
            _ => preview.handle().map(|handle| view! { <ReadingState handle=handle /> }).into_any(),
        };
        view! {
            <td class="number"><CountLink name=name.clone() preview=preview counted=Counted::InFilter /></td>
            <td class="number"><CountLink name=name.clone() preview=preview counted=Counted::Excluded /></td>
            <td>{state}</td>
        }
    });
    view! {
        <tr>
            <td><A href=mapping_path(&name)>{name.to_string()}</A><br />{tables}</td>
            {cells}
        </tr>
    }
}

/// What to do next: mend a broken mapping, else look at the records that most mappings leave out.
#[component]
fn NextStep(
    /// All mappings.
    names: Memo<Vec<MappingName>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let previews = Previews::expect();
    let step = move || {
        let names = names.get();
        let sides = names.iter().flat_map(|name| {
            [Side::BusinessCentral, Side::Dataverse].map(|side| (name.clone(), previews.side(name, side)))
        });
        let mut most: Option<(usize, MappingName, Side)> = None;
        for (name, preview) in sides {
            if matches!(preview.rules.get(), RulesState::Broken(_)) {
                let path = mapping_path(&name);
                return Some((t_string!(i18n, home.step_broken, name = name.to_string()), path));
            }
            let n_out = preview.counts().map_or(0, |(_, n_out)| n_out);
            if n_out > most.as_ref().map_or(0, |(count, _, _)| *count) {
                most = Some((n_out, name, preview.side));
            }
        }
        let (count, name, side) = most?;
        let path = mapping_list_path(&name, side, Counted::Excluded);
        let words = t_string!(
            i18n,
            home.step_excluded,
            count = crate::components::number::formatted(i18n, count),
            name = name.to_string(),
            system = text::side(i18n, side)
        );
        Some((words, path))
    };
    move || {
        step().map(|(words, path)| {
            view! {
                <p class="home__step">
                    <strong>{t!(i18n, home.next_step)}</strong> " " <A href=path>{words}</A>
                </p>
            }
        })
    }
}
