//! What chosen records of a mapping need first: an ordered plan with one button a step, and what stands in the way of it.
//! Each step is planned and shown before anything is written.

mod level;

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::preparation::{Closure, DeadEnd, Node};
use couplet_engine::{MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use self::level::level;
use crate::browser::page;
use crate::components::count_link::{mapping_path, record_path};
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::pages::of_mapping::OfMapping;
use crate::state::needs::needs_of;
use crate::state::parity::{Ground, Parities};
use crate::state::record_names::RecordNameIndex;
use crate::state::runs::{Chosen, Runs};
use crate::text;

/// Dead ends and records of a cycle that are written out.
const N_SHOWN: usize = 20;

/// The page.
#[component]
pub fn NeedsPage() -> impl IntoView {
    view! { <OfMapping pick=|mapping| mapping.name.clone() content=|name| view! { <Needs name /> }.into_any() /> }
}

#[component]
fn Needs(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = asked(&Runs::expect(), &name);
    let nodes = StoredValue::new(nodes(&name, &chosen));
    let (path, caption) = (mapping_path(&name), name.to_string());
    let other_records = path.clone();
    let name = StoredValue::new(name);
    Effect::new(move |_| page::set_title(&t_string!(i18n, needs.title, name = name.get_value().to_string())));
    let found = Memo::new(move |_| name.with_value(|name| nodes.with_value(|nodes| needs_of(name, nodes))));
    let n_chosen = nodes.with_value(Vec::len);
    let reading = Signal::derive(move || t_string!(i18n, needs.reading).to_owned());
    let content = move || match found.get() {
        None => view! { <article class="card"><Loading label=reading /></article> }.into_any(),
        Some(closure) => view! { <Plan closure=Arc::new(closure) /> }.into_any(),
    };
    let content = (n_chosen > 0).then_some(content);
    let empty = (n_chosen == 0).then(|| {
        view! {
            <Empty>
                <p>{t!(i18n, needs.nothing_chosen)}</p>
                <A href=other_records attr:class="button">{t!(i18n, needs.choose)}</A>
            </Empty>
        }
    });
    view! {
        <div class="crumb">
            <A href="/mappings">{t!(i18n, nav.mappings)}</A> " / " <A href=path>{caption}</A>
        </div>
        <div class="head">
            <div>
                <h1>{move || t_string!(i18n, needs.title, name = name.get_value().to_string())}</h1>
                <div class="head__sub">
                    {move || t_string!(i18n, needs.sub, count = formatted(i18n, n_chosen))}
                </div>
            </div>
        </div>
        {content}
        {empty}
    }
}

/// The records of the address, `?record=…&row=…`; without any those that a person asked about.
fn asked(runs: &Runs, name: &MappingName) -> Chosen {
    let query = use_query_map();
    let ids = |name: &str| -> Vec<Uuid> {
        let text = query.with_untracked(|query| query.get(name)).unwrap_or_default();
        text.split(',').filter_map(|id| Uuid::try_parse(id).ok()).collect()
    };
    let chosen = Chosen {
        records: ids("record").into_iter().map(SystemId).collect(),
        rows: ids("row").into_iter().map(RowId).collect(),
    };
    if chosen.is_empty() { runs.needed(name) } else { chosen }
}

fn nodes(name: &MappingName, chosen: &Chosen) -> Vec<Node> {
    let node = |side: Side, id: Uuid| Node { mapping: name.clone(), side, id };
    let records = chosen.records.iter().map(|record| node(Side::BusinessCentral, record.0));
    let mut nodes: Vec<Node> =
        records.chain(chosen.rows.iter().map(|row| node(Side::Dataverse, row.0))).collect();
    nodes.sort();
    nodes
}

/// Names of records of several mappings; of a value of a choice its label.
#[derive(Clone)]
struct Names {
    index: RecordNameIndex,
    parities: Parities,
}

impl Names {
    fn new(mappings: impl IntoIterator<Item = MappingName>) -> Self {
        Names { index: RecordNameIndex::new(mappings), parities: Parities::expect() }
    }

    fn of(&self, node: &Node) -> String {
        let ground = self.parities.of(&node.mapping).ground.get_untracked();
        let label = ground
            .filter(|it| it.mapping.is_option_mapping() && node.side == Side::Dataverse)
            .and_then(|ground| label_of(&ground, node.id));
        label.unwrap_or_else(|| self.index.name(&node.mapping, node.side, node.id))
    }
}

/// The label of a value of a choice.
fn label_of(ground: &Ground, id: Uuid) -> Option<String> {
    let choice =
        ground.choices().into_iter().find(|choice| couplet_engine::planning::value_id(choice.value) == id)?;
    Some(choice.label.to_string())
}

#[component]
fn Plan(
    /// What was found.
    closure: Arc<Closure>,
) -> impl IntoView {
    let i18n = use_i18n();
    let nodes = closure.levels.iter().flatten().map(|it| it.node.mapping.clone());
    let ends = closure.dead_ends.iter().map(|it| it.node.mapping.clone());
    let names = Names::new(nodes.chain(ends).chain(closure.cycle.iter().map(|it| it.mapping.clone())));
    let n_levels = closure.levels.len();
    let levels = closure.levels.iter().enumerate().map(|(place, needed)| level(place, needed, &names));
    let levels = levels.collect_view();
    let lead = Signal::derive(move || match n_levels {
        0 => t_string!(i18n, needs.nothing).to_owned(),
        1 => t_string!(i18n, needs.ready).to_owned(),
        n => t_string!(i18n, needs.steps, count = n.to_string()),
    });
    let tone = if n_levels <= 1 { Tone::Done } else { Tone::Warning };
    view! {
        <Notice tone text=lead />
        <DeadEnds ends=closure.dead_ends.clone() names=names.clone() />
        <Cycle nodes=closure.cycle.clone() names />
        {levels}
    }
}

/// Fields that lead nowhere; nothing without any.
#[component]
fn DeadEnds(
    /// The fields.
    ends: Vec<DeadEnd>,
    /// Names of the records.
    names: Names,
) -> impl IntoView {
    let i18n = use_i18n();
    let n_all = ends.len();
    let line = move |end: &DeadEnd| {
        let words = match &end.target {
            Some(mapping) => t_string!(
                i18n,
                needs.dead_end,
                field = end.field.clone(),
                value = end.value.to_string(),
                mapping = mapping.to_string()
            ),
            None => {
                t_string!(i18n, needs.not_mapped, field = end.field.clone(), value = end.value.to_string())
            }
        };
        view! { <li>{node_link(&names, &end.node)} ": " {words}</li> }
    };
    let lines = move || ends.iter().take(N_SHOWN).map(&line).collect_view();
    let more = move || {
        let count = formatted(i18n, n_all.saturating_sub(N_SHOWN));
        (n_all > N_SHOWN).then(|| view! { <p class="quiet">{t_string!(i18n, needs.more, count = count)}</p> })
    };
    (n_all > 0).then(|| {
        view! {
            <article class="card">
                <header>
                    <h2>{t!(i18n, needs.dead_ends)}</h2>
                    <small>{t!(i18n, needs.dead_ends_sub)}</small>
                </header>
                <div class="card__body"><ul class="needs__list">{lines}</ul>{more}</div>
            </article>
        }
    })
}

/// Records that wait for each other; nothing without any.
#[component]
fn Cycle(
    /// The records.
    nodes: Vec<Node>,
    /// Their names.
    names: Names,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_there = !nodes.is_empty();
    let lines = move || {
        let line = |node: &Node| view! { <li>{node_link(&names, node)}</li> };
        nodes.iter().take(N_SHOWN).map(line).collect_view()
    };
    is_there.then(|| {
        view! {
            <article class="card">
                <header>
                    <h2>{t!(i18n, needs.cycle)}</h2>
                    <small>{t!(i18n, needs.cycle_sub)}</small>
                </header>
                <div class="card__body"><ul class="needs__list">{lines}</ul></div>
            </article>
        }
    })
}

/// A record by its name, leading to its page.
fn node_link(names: &Names, node: &Node) -> AnyView {
    let class = text::side_class(node.side);
    let path = record_path(&node.mapping, node.side, node.id);
    let name = names.of(node);
    view! { <A href=path attr:class=class>{name}</A> }.into_any()
}
