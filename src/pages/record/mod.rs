//! One record of a mapping beside its partner: where it stands, its coupling and last runs, what a run would do with it
//! now, every mapped field, and why it is in or out of the filter.

mod coupling;
mod now;

use std::sync::Arc;

use couplet_engine::links::record_link;
use couplet_engine::{MappingName, Side};
use couplet_filter::FieldValue;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use self::coupling::CouplingCard;
use self::now::NowCard;
use crate::browser::page;
use crate::components::count_link::{mapping_path, side_of_code};
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::pages::compared_fields::ComparedFields;
use crate::pages::mapping::parity_reasons::{id_of, name_of, other, sentence};
use crate::pages::mapping::preview::rules::RulesTable;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::parity::{Ground, Judged, MappingParity, Parities};
use crate::state::previews::SidePreview;
use crate::text;

/// What the page is about; copies share it.
#[derive(Clone, Copy)]
struct RecordModel {
    parity: MappingParity,
    side: Side,
    id: Uuid,
    /// Row of the record in its table: none before it is read, none inside when it is not there.
    row: Memo<Option<Option<usize>>>,
}

impl RecordModel {
    fn new(name: &MappingName, side: Side, id: Uuid) -> Self {
        let parity = Parities::expect().of(name);
        let row =
            Memo::new(move |_| parity.ground.with(|ground| ground.as_ref().map(|it| row_of(it, side, id))));
        RecordModel { parity, side, id, row }
    }

    /// Everything that is known, with the record's row.
    fn ground(self) -> Option<(Arc<Ground>, usize)> {
        Some((self.parity.ground.get()?, self.row.get()??))
    }

    fn judged(self) -> Option<(Judged, usize)> {
        Some((self.parity.judged.get()?.ok()?, self.row.get()??))
    }

    fn preview(self, side: Side) -> SidePreview {
        let [left, right] = self.parity.sides;
        match side {
            Side::BusinessCentral => left,
            Side::Dataverse => right,
        }
    }
}

/// The row of the record with this id.
fn row_of(ground: &Ground, side: Side, id: Uuid) -> Option<usize> {
    let key_field = &ground.schema(side).key_field;
    ground.handle(side).rows.with_untracked(|rows| {
        let keys = rows.column(key_field)?;
        (0..rows.n_rows()).find(|row| keys.get(*row) == FieldValue::Guid(id))
    })
}

/// The page.
#[component]
pub fn RecordPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let params = use_params_map();
    let asked = Memo::new(move |_| {
        params.with(|params| {
            let name = params.get("name").and_then(|name| MappingName::new(&name).ok())?;
            let side = params.get("side").as_deref().and_then(side_of_code)?;
            let id = params.get("id").and_then(|id| Uuid::try_parse(&id).ok())?;
            Some((name, side, id))
        })
    });
    let is_known = move |name: &MappingName| {
        store.configuration.with(|configuration| configuration.mapping(name).is_some())
    };
    let is_loaded = move || store.load.with(|load| load.ready().is_some());
    let content = move || match asked.get().filter(|(name, ..)| is_known(name)) {
        Some((name, side, id)) => {
            let model = RecordModel::new(&name, side, id);
            view! { <Record model=model name=name /> }.into_any()
        }
        None => view! {
            <Empty>
                <p>{t!(i18n, record.unknown_side)}</p>
                <A href="/mappings">{t!(i18n, nav.mappings)}</A>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <Show
            when=is_loaded
            fallback=move || {
                view! { <Loading label=Signal::derive(move || t_string!(i18n, home.loading).to_owned()) /> }
            }
        >
            {content}
        </Show>
    }
}

#[component]
fn Record(
    /// The record.
    model: RecordModel,
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = Memo::new(move |_| {
        let named = model.ground().map(|(ground, row)| {
            let schema = ground.schema(model.side);
            ground.handle(model.side).rows.with_untracked(|rows| text::record_name(i18n, schema, rows, row))
        });
        named.filter(|name| !name.is_empty()).unwrap_or_else(|| model.id.to_string())
    });
    Effect::new(move |_| page::set_title(&title.get()));
    let sub = move || {
        let table = model.preview(model.side).handle().and_then(|handle| handle.schema());
        table.map(|schema| schema.labels.get(text::language(i18n)).to_owned())
    };
    let waiting = Signal::derive(move || t_string!(i18n, record.loading).to_owned());
    let content = move || match model.row.get() {
        None => view! { <Loading label=waiting /> }.into_any(),
        Some(None) => view! { <Empty><p>{t!(i18n, record.gone)}</p></Empty> }.into_any(),
        Some(Some(_)) => view! {
            <div class="sides">
                <CouplingCard model=model />
                <NowCard model=model />
            </div>
            <Fields model=model />
            <Filters model=model />
        }
        .into_any(),
    };
    let (path, parity_path) = (mapping_path(&name), format!("{}?tab=parity", mapping_path(&name)));
    view! {
        <div class="crumb">
            <A href="/mappings">{t!(i18n, nav.mappings)}</A> " / "
            <A href=path>{name.to_string()}</A> " / "
            <A href=parity_path>{t!(i18n, mapping.parity)}</A>
        </div>
        <div class="head">
            <div>
                <h1>{title}</h1>
                <div class="head__sub">
                    <span class=text::side_class(model.side)>{move || text::side(i18n, model.side)}</span> " · " {sub}
                    " · " <span class="mono">{model.id.to_string()}</span>
                </div>
            </div>
            <div class="head__actions">{move || links(model)}</div>
        </div>
        {content}
    }
}

/// Ways to the record and its partner in Dataverse itself; the demo data has no such pages.
fn links(model: RecordModel) -> Option<AnyView> {
    let i18n = use_i18n();
    let connections = Connections::expect();
    if connections.is_demo(Side::Dataverse) {
        return None;
    }
    let (ground, row) = model.ground()?;
    let id = match model.side {
        Side::Dataverse => model.id,
        Side::BusinessCentral => {
            let judged = model.parity.judged.get()?.ok()?;
            let partner = judged.parity.partner(model.side, row)?;
            id_of(&judged, Side::Dataverse, partner)?
        }
    };
    let server = connections.dataverse.with(|load| load.ready().map(|it| it.connection.base_url.clone()))?;
    let server = server.split("/api/").next().unwrap_or_default().to_owned();
    let path = record_link(&server, &ground.mapping.integration_table, id);
    let link = view! {
        <a class="button" href=path target="_blank" rel="noopener">{t!(i18n, record.open_dataverse)}</a>
    };
    Some(link.into_any())
}

/// Every mapped field of both records; of a record without partner, beside the one that could be.
#[component]
fn Fields(
    /// The record.
    model: RecordModel,
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let (judged, row) = model.judged()?;
        let partner = judged.parity.partner(model.side, row);
        let candidate = judged.parity.candidates(model.side, row).first().map(|row| *row as usize);
        let shown = partner.or(candidate)?;
        let (record, other_row) = match model.side {
            Side::BusinessCentral => (row, shown),
            Side::Dataverse => (shown, row),
        };
        let name = name_of(i18n, &judged, other(model.side), shown);
        let title = match partner {
            Some(_) => t_string!(i18n, compared.fields_of).to_owned(),
            None => t_string!(i18n, parity.could_be, partner = name),
        };
        Some(view! {
            <section class="card record__fields">
                <header><h2>{title}</h2></header>
                <ComparedFields ground=judged.ground.clone() record=record row=other_row />
            </section>
        })
    }
}

/// Why the record, and its partner, are in or out of their filters.
#[component]
fn Filters(
    /// The record.
    model: RecordModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let card = move |side: Side, row: usize| {
        let preview = model.preview(side);
        let is_in = preview.verdicts.with(|verdicts| {
            verdicts.as_ref().is_some_and(|it| row < it.in_filter.len() && it.in_filter.get(row))
        });
        let has_rules = preview.rules.get().ready().is_some_and(|rules| !rules.rules.is_empty());
        let system = text::side(i18n, side);
        let words = match (has_rules, is_in) {
            (false, _) => t_string!(i18n, record.no_filter, system = system),
            (true, true) => t_string!(i18n, record.in_filter, system = system),
            (true, false) => t_string!(i18n, record.out_filter, system = system),
        };
        let class = if is_in { "verdict verdict--in" } else { "verdict verdict--out" };
        let rules = has_rules.then(|| view! { <RulesTable preview=preview row=row /> });
        view! {
            <article class=format!("card card--{}", text::side_class(side))>
                <header><h2>{t!(i18n, record.filter)}</h2></header>
                <div class="card__body"><p><span class=class>{words}</span></p></div>
                {rules}
            </article>
        }
        .into_any()
    };
    move || {
        let (judged, row) = model.judged()?;
        let partner = judged.parity.partner(model.side, row);
        let both = [(model.side, Some(row)), (other(model.side), partner)];
        let cards = both.into_iter().filter_map(|(side, row)| Some(card(side, row?)));
        Some(view! { <div class="sides record__filters">{cards.collect_view()}</div> })
    }
}

/// Where the record stands, in words.
fn standing(model: RecordModel, i18n: text::I18n) -> Option<(String, &'static str)> {
    let (judged, row) = model.judged()?;
    let class = judged.parity.class(model.side, row)?;
    let why = sentence(i18n, model.parity, &judged, model.side, row);
    Some((format!("{} · {why}", text::parity_class(i18n, class)), class.code()))
}
