//! The matrix of an option mapping: codes of Business Central, values of the choice, which belong together, and how many
//! records hold each.

use std::sync::Arc;

use couplet_engine::coupling::{OptionCoupling, RowId, Skipped, SystemId};
use couplet_engine::planning::{
    Choice, OptionLine, OptionMatrixInput, code_field, fields_to_plan, option_matrix, value_id,
};
use couplet_engine::{Direction, IntegrationTableMapping, MappingName, Side};
use couplet_filter::FieldValue;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::components::count_link::run_path;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::queries::{read_table, schema};
use crate::state::configuration::ConfigurationStore;
use crate::state::load::Load;
use crate::state::parity::{Ground, MappingParity, Parities};
use crate::state::previews::Previews;
use crate::state::runs::{Chosen, Runs};
use crate::state::synchronization::Synchronization;
use crate::state::tables::TableHandle;
use crate::tasks::couple_options::{couple_option, uncouple_option};
use crate::text::{self, I18n};

/// The matrix; copies share it.
#[derive(Clone, Copy)]
struct Matrix {
    ground: Memo<Option<Arc<Ground>>>,
    lines: Memo<Option<Arc<Vec<OptionLine>>>>,
    store: Synchronization,
    problem: RwSignal<Option<String>>,
}

impl Matrix {
    fn new(name: &MappingName) -> Self {
        let parity = Parities::expect().of(name);
        let ground = parity.ground;
        look_again(parity);
        let lines = Memo::new(move |_| {
            let ground = ground.get()?;
            let used = used(&ground.mapping);
            let codes = codes(&ground);
            let (choices, couplings) = (ground.choices(), ground.option_couplings());
            let mut lines = Vec::new();
            with_tables(&used, Vec::new(), &mut |tables| {
                let of = |side: Side| {
                    let columns = used.iter().zip(tables).filter(move |(it, _)| it.side == side);
                    columns.map(|(it, rows)| (*rows, it.field.as_str())).collect::<Vec<_>>()
                };
                lines = option_matrix(OptionMatrixInput {
                    codes: &codes,
                    choices: &choices,
                    couplings: &couplings,
                    used_codes: &of(Side::BusinessCentral),
                    used_values: &of(Side::Dataverse),
                });
            });
            Some(Arc::new(lines))
        });
        Matrix { ground, lines, store: Synchronization::expect(), problem: RwSignal::new(None) }
    }

    fn mapping(self) -> Option<Arc<IntegrationTableMapping>> {
        self.ground.with_untracked(|ground| ground.as_ref().map(|ground| ground.mapping.clone()))
    }

    fn couple(self, i18n: I18n, record: SystemId, choice: Choice) {
        let Some(mapping) = self.mapping() else { return };
        spawn_local(async move {
            let kept = couple_option(self.store, &mapping, record, &choice).await;
            self.problem.set(kept.err().map(|error| text::store_error(i18n, &error)));
        });
    }

    fn uncouple(self, i18n: I18n, record: SystemId) {
        let Some(mapping) = self.mapping() else { return };
        spawn_local(async move {
            let kept = uncouple_option(self.store, &mapping, record).await;
            self.problem.set(kept.err().map(|error| text::store_error(i18n, &error)));
        });
    }
}

/// Reads codes and values once more when a coupling names one that is not among them: a run may have created it.
fn look_again(parity: MappingParity) {
    let has_looked = StoredValue::new(false);
    Effect::new(move |_| {
        let Some(ground) = parity.ground.get() else { return };
        if !has_looked.get_value() && is_outdated(&ground) {
            has_looked.set_value(true);
            read_table::restart(ground.handle(Side::BusinessCentral));
            schema::load(ground.handle(Side::Dataverse));
        }
    });
    // The values come with the metadata: they are taken from it once that is here.
    Effect::new(move |was_loading: Option<bool>| {
        let [_, values] = parity.sides;
        let Some(handle) = values.handle() else { return false };
        let is_loading = handle.access.with(|access| matches!(access, Load::Loading));
        if was_loading == Some(true) && !is_loading {
            read_table::restart(handle);
        }
        is_loading
    });
}

fn is_outdated(ground: &Ground) -> bool {
    let (codes, choices) = (codes(ground), ground.choices());
    let is_unknown = |it: &OptionCoupling| {
        codes.iter().all(|(record, _)| *record != it.record.id())
            || choices.iter().all(|choice| choice.value != it.value)
    };
    ground.option_couplings().iter().any(is_unknown)
}

/// A column that holds codes or values of the choice.
struct Used {
    side: Side,
    handle: TableHandle,
    field: String,
}

/// Every column that holds them, each once; their tables are asked for.
fn used(mapping: &IntegrationTableMapping) -> Vec<Used> {
    let (configuration, previews) = (ConfigurationStore::expect().configuration, Previews::expect());
    let column = mapping.integration_uid.column();
    let mut found: Vec<Used> = Vec::new();
    configuration.with(|configuration| {
        let others = configuration.mappings.iter();
        let others =
            others.filter(|it| !it.is_option_mapping() && it.integration_table == mapping.integration_table);
        for other in others {
            let fields = other.field_mappings.iter().filter(|it| it.column.as_deref() == Some(column));
            for field in fields.filter_map(|it| it.field.as_deref()) {
                for (side, name) in [(Side::BusinessCentral, field), (Side::Dataverse, column)] {
                    let Some(handle) = previews.side(&other.name, side).handle() else { continue };
                    let Some(schema) = handle.schema() else { continue };
                    read_table::ensure(handle, &fields_to_plan(other, &schema));
                    let field = schema.field(name).map_or(name, |field| field.name.as_str()).to_owned();
                    let key = handle.key.get_value();
                    let is_known = |it: &Used| it.field == field && it.handle.key.get_value() == key;
                    if !found.iter().any(is_known) {
                        found.push(Used { side, handle, field });
                    }
                }
            }
        }
    });
    found
}

/// Lends the rows of several tables at once.
fn with_tables<'t>(
    used: &[Used],
    so_far: Vec<&'t couplet_engine::ColumnTable>,
    work: &mut dyn FnMut(&[&couplet_engine::ColumnTable]),
) {
    match used.split_first() {
        None => work(&so_far),
        Some((first, rest)) => first.handle.rows.with(|rows| {
            let mut tables: Vec<&couplet_engine::ColumnTable> = so_far;
            tables.push(rows);
            with_tables(rest, tables, work);
        }),
    }
}

/// The Business Central records of the mapping with their codes.
fn codes(ground: &Ground) -> Vec<(SystemId, Box<str>)> {
    let schema = ground.schema(Side::BusinessCentral);
    ground.handle(Side::BusinessCentral).rows.with(|rows| {
        let keys = rows.column(&schema.key_field);
        let codes = code_field(schema).and_then(|field| rows.column(&field.name));
        let code = |row: usize| match (keys?.get(row), codes?.get(row)) {
            (FieldValue::Guid(id), FieldValue::Text(code)) => Some((SystemId(id), code.into())),
            _ => None,
        };
        (0..rows.n_rows()).filter_map(code).collect()
    })
}

/// The page's content.
#[component]
pub(super) fn OptionMatrix(
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let matrix = Matrix::new(&name);
    let waiting = Signal::derive(move || t_string!(i18n, parity.reading).to_owned());
    let name = StoredValue::new(name);
    let content = move || match matrix.lines.get() {
        None => view! { <Loading label=waiting /> }.into_any(),
        Some(lines) if lines.is_empty() => {
            view! { <Empty><p>{t!(i18n, option_matrix.empty)}</p></Empty> }.into_any()
        }
        Some(lines) => view! { <Lines matrix lines name=name.get_value() /> }.into_any(),
    };
    let problem = move || {
        let reason = matrix.problem.get()?;
        let text = t_string!(i18n, option_matrix.failed, reason = reason);
        Some(view! { <Notice tone=Tone::Warning text /> })
    };
    view! {
        <div aria-live="polite">{problem}</div>
        {content}
    }
}

#[component]
fn Lines(
    /// The matrix.
    matrix: Matrix,
    /// Its lines.
    lines: Arc<Vec<OptionLine>>,
    /// The mapping.
    name: MappingName,
) -> impl IntoView {
    let i18n = use_i18n();
    let free_codes: Vec<SystemId> =
        lines.iter().filter(|it| it.value.is_none()).filter_map(|it| it.record).collect();
    let free_values: Vec<i32> = lines
        .iter()
        .filter(|it| it.record.is_none() && it.label.is_some())
        .filter_map(|it| it.value)
        .collect();
    let lost = |of: fn(&OptionLine) -> usize| -> usize {
        lines.iter().filter(|it| it.record.is_none() || it.value.is_none()).map(of).sum()
    };
    let (records, rows) = (lost(|it| it.n_records), lost(|it| it.n_rows));
    let lead = Signal::derive(move || match records + rows {
        0 => t_string!(i18n, option_matrix.complete).to_owned(),
        _ => t_string!(
            i18n,
            option_matrix.lost,
            records = formatted(i18n, records),
            rows = formatted(i18n, rows)
        ),
    });
    let tone = if records + rows == 0 { Tone::Done } else { Tone::Warning };
    let (runs, navigate) = (Runs::expect(), use_navigate());
    let create = Callback::new(move |(direction, chosen): (Direction, Chosen)| {
        runs.of(&name).create(direction, chosen);
        navigate(&run_path(&name), NavigateOptions::default());
    });
    let drawn = lines.clone();
    let rows_view = move || {
        drawn
            .iter()
            .map(|line| view! { <Line matrix line=line.clone() lines=drawn.clone() create /> })
            .collect_view()
    };
    view! {
        <Notice tone text=lead>
            <CreateAll count=free_codes.len() side=Side::Dataverse on_click=Callback::new({
                let chosen = Chosen { records: free_codes.iter().copied().collect(), ..Chosen::default() };
                move |()| create.run((Direction::ToIntegrationTable, chosen.clone()))
            }) />
            <CreateAll count=free_values.len() side=Side::BusinessCentral on_click=Callback::new({
                let rows = free_values.iter().map(|value| RowId(value_id(*value))).collect();
                let chosen = Chosen { rows, ..Chosen::default() };
                move |()| create.run((Direction::FromIntegrationTable, chosen.clone()))
            }) />
        </Notice>
        <article class="card">
            <header>
                <h2>{t!(i18n, option_matrix.title)}</h2>
                <small>{t!(i18n, option_matrix.sub)}</small>
            </header>
            <div class="scroll-x" tabindex="0" role="region" aria-label=move || t_string!(i18n, option_matrix.title)>
                <table class="rows option-matrix">
                    <thead>
                        <tr>
                            <th scope="col" class="bc">{t!(i18n, option_matrix.code)}</th>
                            <th scope="col" class="number bc">{t!(i18n, option_matrix.records)}</th>
                            <th scope="col" class="dv">{t!(i18n, option_matrix.value)}</th>
                            <th scope="col" class="number dv">{t!(i18n, option_matrix.rows)}</th>
                            <th scope="col">{t!(i18n, option_matrix.state)}</th>
                            <th scope="col"><span class="visually-hidden">{t!(i18n, run.action)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows_view}</tbody>
                </table>
            </div>
            <div class="card__body"><p class="quiet">{t!(i18n, option_matrix.renames)}</p></div>
        </article>
    }
}

/// Creates every missing counterpart of one side, after a dry run; nothing where none is missing.
#[component]
fn CreateAll(
    /// How many are missing.
    count: usize,
    /// The side that lacks them.
    side: Side,
    /// Opens the dry run.
    on_click: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        let count = formatted(i18n, count);
        match side {
            Side::Dataverse => t_string!(i18n, option_matrix.create_values, count = count),
            Side::BusinessCentral => t_string!(i18n, option_matrix.create_codes, count = count),
        }
    };
    (count > 0).then(|| view! { <button type="button" on:click=move |_| on_click.run(())>{words}</button> })
}

#[component]
fn Line(
    /// The matrix.
    matrix: Matrix,
    /// The line.
    line: OptionLine,
    /// All lines: what it can be coupled with is among them.
    lines: Arc<Vec<OptionLine>>,
    /// Opens the dry run that creates a counterpart.
    create: Callback<(Direction, Chosen)>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (n_records, n_rows) = (line.n_records, line.n_rows);
    let label = line.label.as_deref().map(str::to_owned).or(line.value.map(|value| value.to_string()));
    let number = line.value.filter(|_| line.label.is_some()).map(|value| value.to_string());
    let (class, state) = state_of(i18n, &line);
    let code = line.code.to_string();
    view! {
        <tr>
            <td><strong>{code}</strong></td>
            <td class="number">{move || formatted(i18n, n_records)}</td>
            <td>{label} " " <span class="quiet">{number}</span></td>
            <td class="number">{move || formatted(i18n, n_rows)}</td>
            <td><span class=class>{state}</span></td>
            <td><Actions matrix line lines create /></td>
        </tr>
    }
}

fn state_of(i18n: I18n, line: &OptionLine) -> (&'static str, String) {
    let (class, words) = match (line.record, line.value, &line.label) {
        (Some(_), Some(_), Some(_)) if line.skipped == Skipped::Yes => {
            ("verdict verdict--warn", t_string!(i18n, record.skipped))
        }
        (Some(_), Some(_), Some(_)) => ("verdict verdict--in", t_string!(i18n, option_matrix.coupled)),
        (Some(_), Some(_), None) => ("verdict verdict--out", t_string!(i18n, option_matrix.value_gone)),
        (Some(_), None, _) => ("verdict verdict--warn", t_string!(i18n, option_matrix.free_code)),
        (None, _, Some(_)) => ("verdict verdict--warn", t_string!(i18n, option_matrix.free_value)),
        (None, _, None) => ("verdict verdict--out", t_string!(i18n, option_matrix.code_gone)),
    };
    (class, words.to_owned())
}

#[component]
fn Actions(
    /// The matrix.
    matrix: Matrix,
    /// The line.
    line: OptionLine,
    /// All lines.
    lines: Arc<Vec<OptionLine>>,
    /// Opens the dry run that creates a counterpart.
    create: Callback<(Direction, Chosen)>,
) -> impl IntoView {
    let i18n = use_i18n();
    match (line.record, line.value) {
        (Some(record), Some(_)) => view! {
            <button type="button" class="button--small" on:click=move |_| matrix.uncouple(i18n, record)>
                {t!(i18n, option_matrix.uncouple)}
            </button>
        }
        .into_any(),
        (Some(record), None) => {
            let options: Vec<(String, String)> = lines
                .iter()
                .filter(|it| it.record.is_none())
                .filter_map(|it| Some((it.value?.to_string(), it.label.as_ref()?.to_string())))
                .collect();
            let choices = lines.clone();
            let couple = move |value: String| {
                let line = choices
                    .iter()
                    .find(|it| it.value.map(|value| value.to_string()).as_ref() == Some(&value));
                let choice = line.and_then(|it| Some(Choice { value: it.value?, label: it.label.clone()? }));
                if let Some(choice) = choice {
                    matrix.couple(i18n, record, choice);
                }
            };
            let chosen = Chosen { records: [record].into_iter().collect(), ..Chosen::default() };
            view! {
                <Choose name=line.code.to_string() options on_choose=Callback::new(couple) />
                <button
                    type="button"
                    class="button--small"
                    on:click=move |_| create.run((Direction::ToIntegrationTable, chosen.clone()))
                >
                    {t!(i18n, option_matrix.create_value)}
                </button>
            }
            .into_any()
        }
        (None, Some(value)) if line.label.is_some() => {
            let free = lines.iter().filter(|it| it.value.is_none());
            let options: Vec<(String, String)> =
                free.filter_map(|it| Some((it.record?.0.to_string(), it.code.to_string()))).collect();
            let label = line.label.clone().unwrap_or_default();
            let name = label.to_string();
            let codes = lines.clone();
            let couple = move |id: String| {
                let records = codes.iter().filter_map(|it| it.record);
                if let Some(record) = records.into_iter().find(|record| record.0.to_string() == id) {
                    matrix.couple(i18n, record, Choice { value, label: label.clone() });
                }
            };
            let chosen = Chosen { rows: [RowId(value_id(value))].into_iter().collect(), ..Chosen::default() };
            view! {
                <Choose name options on_choose=Callback::new(couple) />
                <button
                    type="button"
                    class="button--small"
                    on:click=move |_| create.run((Direction::FromIntegrationTable, chosen.clone()))
                >
                    {t!(i18n, option_matrix.create_code)}
                </button>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

/// What a code or value can be coupled with; nothing where there is nothing free.
#[component]
fn Choose(
    /// The code or value.
    name: String,
    /// What is free on the other side, with what it is called here.
    options: Vec<(String, String)>,
    /// Couples with it.
    on_choose: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let has_any = !options.is_empty();
    let options = options.into_iter().map(|(value, label)| view! { <option value=value>{label}</option> });
    let options = options.collect_view();
    has_any.then(|| {
        view! {
            <select
                aria-label=move || t_string!(i18n, option_matrix.couple_with, name = name.clone())
                on:change:target=move |event| on_choose.run(event.target().value())
            >
                <option value="">{t!(i18n, option_matrix.choose)}</option>
                {options}
            </select>
            " "
        }
    })
}
