//! Skipped records: couplings of every mapping that are left out after the same failure twice, why, and the ways back
//! (S3.51 to S3.55).

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::Pass;
use couplet_engine::{Direction, MappingName, Side};
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;
use leptos_router::hooks::{query_signal, use_navigate};
use rustc_hash::FxHashSet;

use crate::browser::page;
use crate::components::count_link::{mapping_path, run_path};
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Loading};
use crate::components::virtual_table::{DrawRow, VirtualTable};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::record_names::RecordNameIndex;
use crate::state::runs::{Chosen, Runs};
use crate::state::synchronization::{SkippedRecord, Synchronization};
use crate::text::{self, I18n};

/// A record of the list.
type Key = (MappingName, SystemId);

/// The page.
#[component]
pub fn SkippedPage() -> impl IntoView {
    let i18n = use_i18n();
    let (configuration, store) = (ConfigurationStore::expect(), Synchronization::expect());
    Effect::new(move |_| page::set_title(t_string!(i18n, skipped.title)));
    let skipped = Memo::new_with_compare(
        move |_| {
            let names: Vec<MappingName> =
                configuration.configuration.with(|it| it.mappings.iter().map(|it| it.name.clone()).collect());
            store.skipped(&names).map(Arc::new)
        },
        |_, _| true,
    );
    let loading = Signal::derive(move || t_string!(i18n, skipped.loading).to_owned());
    let content = move || match skipped.get() {
        None => view! { <Loading label=loading /> }.into_any(),
        Some(records) if records.is_empty() => {
            view! { <Empty><p>{t!(i18n, skipped.empty)}</p></Empty> }.into_any()
        }
        Some(records) => view! { <SkippedList records /> }.into_any(),
    };
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, skipped.title)}</h1>
                <div class="head__sub">{t!(i18n, skipped.sub)}</div>
            </div>
        </div>
        <article class="card">{content}</article>
    }
}

#[component]
fn SkippedList(
    /// Every skipped record.
    records: Arc<Vec<SkippedRecord>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (configuration, store, runs) =
        (ConfigurationStore::expect(), Synchronization::expect(), Runs::expect());
    let runs_too = runs.clone();
    let names = RecordNameIndex::new(records.iter().map(|it| it.mapping.clone()));
    let (mapping, set_mapping) = query_signal::<String>("mapping");
    let records = StoredValue::new(records);
    let marked = RwSignal::new(FxHashSet::<Key>::default());
    let problem = RwSignal::new(None::<String>);
    let listed = Memo::new(move |_| {
        let mapping = mapping.get();
        let is_listed =
            |record: &SkippedRecord| mapping.as_deref().is_none_or(|name| record.mapping.as_str() == name);
        let rows = records.with_value(|records| {
            (0_u32..).zip(records.iter()).filter(|(_, it)| is_listed(it)).map(|(idx, _)| idx).collect()
        });
        Arc::<Vec<u32>>::new(rows)
    });
    // The marked ones by mapping; without any, all that are listed.
    let meant = move || {
        let marked = marked.get();
        let mut by_mapping: Vec<(MappingName, Vec<(SystemId, RowId)>)> = Vec::new();
        records.with_value(|records| {
            for record in listed.get().iter().filter_map(|idx| records.get(*idx as usize)) {
                let Some(id) = id_of(record) else { continue };
                if !marked.is_empty() && !marked.contains(&(record.mapping.clone(), id)) {
                    continue;
                }
                let row = record.state.coupling.row.id();
                match by_mapping.iter_mut().find(|(name, _)| *name == record.mapping) {
                    Some((_, ids)) => ids.push((id, row)),
                    None => by_mapping.push((record.mapping.clone(), vec![(id, row)])),
                }
            }
        });
        by_mapping
    };
    let n_meant = move || meant().iter().map(|(_, ids)| ids.len()).sum::<usize>();
    let retry = move |_| {
        let meant = untrack(meant);
        spawn_local(async move {
            for (mapping, ids) in meant {
                let ids: Vec<SystemId> = ids.into_iter().map(|(record, _)| record).collect();
                if let Err(error) = store.retry(&mapping, &ids).await {
                    problem.set(Some(text::run_error(i18n, &error.into())));
                    return;
                }
            }
            marked.set(FxHashSet::default());
        });
    };
    let navigate = use_navigate();
    let synchronize = move |_| {
        let meant = untrack(meant);
        let [(mapping, ids)] = meant.as_slice() else { return };
        let chosen = Chosen {
            records: ids.iter().map(|(record, _)| *record).collect(),
            rows: ids.iter().map(|(_, row)| *row).collect(),
        };
        let direction = configuration
            .configuration
            .with_untracked(|it| it.mapping(mapping).map(|it| it.direction))
            .unwrap_or_default();
        let (mapping, ids) = (mapping.clone(), ids.clone());
        runs.of(&mapping).choose(direction, chosen);
        let navigate = navigate.clone();
        spawn_local(async move {
            // Skipped couplings take no part, so they are let in again first (S3.27).
            let records: Vec<SystemId> = ids.into_iter().map(|(record, _)| record).collect();
            match store.retry(&mapping, &records).await {
                Ok(()) => navigate(&run_path(&mapping), leptos_router::NavigateOptions::default()),
                Err(error) => problem.set(Some(text::run_error(i18n, &error.into()))),
            }
        });
    };
    let navigate = use_navigate();
    let uncouple = move |_| {
        let meant = untrack(meant);
        let [(mapping, ids)] = meant.as_slice() else { return };
        let records = ids.iter().map(|(record, _)| *record).collect();
        runs_too.of(mapping).aim(Direction::Bidirectional, Goal::Uncouple { records });
        navigate(&run_path(mapping), leptos_router::NavigateOptions::default());
    };
    let draw = Signal::derive(move || -> DrawRow {
        let _ = i18n.get_locale();
        let names = names.clone();
        Arc::new(move |_, idx| {
            records.with_value(|records| match records.get(idx as usize) {
                Some(record) => cells(i18n, &names, marked, record),
                None => ().into_any(),
            })
        })
    });
    let head = move || {
        let plain = |words: &'static str| view! { <span class="record-table__plain-head">{words}</span> };
        view! {
            <th scope="col" class="skipped__mark"><span class="visually-hidden">{t_string!(i18n, skipped.mark)}</span></th>
            <th scope="col" class="skipped__mapping">{plain(t_string!(i18n, home.mapping))}</th>
            <th scope="col" class="bc">{plain(t_string!(i18n, system.business_central))}</th>
            <th scope="col" class="dv">{plain(t_string!(i18n, system.dataverse))}</th>
            <th scope="col" class="action-list__reason">{plain(t_string!(i18n, run.reason))}</th>
        }
    };
    let mut choices: Vec<String> =
        records.with_value(|records| records.iter().map(|it| it.mapping.to_string()).collect());
    choices.sort();
    choices.dedup();
    let options = choices.into_iter().map(|name| {
        let is_chosen = mapping.with_untracked(|chosen| chosen.as_ref() == Some(&name));
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    });
    let label = Signal::derive(move || t_string!(i18n, skipped.title).to_owned());
    let is_one_mapping = move || meant().len() == 1;
    view! {
        {move || problem.get().map(|text| view! { <Notice tone=Tone::Warning text /> })}
        <div class="record-table__tools">
            <select
                aria-label=move || t_string!(i18n, home.mapping)
                on:change:target=move |event| {
                    set_mapping.set(Some(event.target().value()).filter(|name| !name.is_empty()));
                }
            >
                <option value="">{t!(i18n, jobs.every_mapping)}</option>
                {options.collect_view()}
            </select>
            <button type="button" class="button--primary" on:click=retry>
                {move || t_string!(i18n, skipped.retry, count = formatted(i18n, n_meant()))}
            </button>
            <button type="button" disabled=move || !is_one_mapping() on:click=synchronize>
                {t!(i18n, skipped.synchronize)}
            </button>
            <button type="button" disabled=move || !is_one_mapping() on:click=uncouple>
                {t!(i18n, skipped.uncouple)}
            </button>
        </div>
        <VirtualTable label rows=Signal::derive(move || listed.get()) selected=RwSignal::new(None) head draw />
    }
}

fn id_of(record: &SkippedRecord) -> Option<SystemId> {
    record.state.record_end().map(|end| end.id())
}

fn cells(
    i18n: I18n,
    names: &RecordNameIndex,
    marked: RwSignal<FxHashSet<Key>>,
    record: &SkippedRecord,
) -> AnyView {
    let id = id_of(record);
    let key = id.map(|id| (record.mapping.clone(), id));
    let row = record.state.coupling.row.id();
    let name = |side: Side| match side {
        Side::BusinessCentral => id.map(|id| names.name(&record.mapping, side, id.0)).unwrap_or_default(),
        Side::Dataverse => names.name(&record.mapping, side, row.0),
    };
    let (business_central, dataverse) = (name(Side::BusinessCentral), name(Side::Dataverse));
    let reasons: Vec<String> = [Pass::ToIntegrationTable, Pass::FromIntegrationTable]
        .into_iter()
        .filter_map(|pass| {
            let said = record.state.failed(pass)?;
            Some(format!("{}: {}", text::pass(i18n, pass), text::kept_failure(i18n, said)))
        })
        .collect();
    let reason =
        if reasons.is_empty() { t_string!(i18n, skipped.unknown).to_owned() } else { reasons.join("; ") };
    let is_marked = {
        let key = key.clone();
        move || key.as_ref().is_some_and(|key| marked.with(|marked| marked.contains(key)))
    };
    let mark = move |is_on: bool| {
        let Some(key) = key.clone() else { return };
        marked.update(|marked| {
            if is_on {
                marked.insert(key);
            } else {
                marked.remove(&key);
            }
        });
    };
    let label = t_string!(i18n, mappings.select, name = business_central.clone());
    let (path, caption) = (mapping_path(&record.mapping), record.mapping.to_string());
    view! {
        <td>
            <input
                type="checkbox"
                aria-label=label
                prop:checked=is_marked
                on:change:target=move |event| mark(event.target().checked())
            />
        </td>
        <td><A href=path>{caption}</A></td>
        <td title=business_central.clone()>{business_central.clone()}</td>
        <td title=dataverse.clone()>{dataverse.clone()}</td>
        <td title=reason.clone()>{reason.clone()}</td>
    }
    .into_any()
}
