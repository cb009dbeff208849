//! Couple Salespeople: the list of Dataverse users, who of them is a salesperson, and who could be (S6.1, S7.3).

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::matching::{EvidenceKind, Role, Suggestion};
use couplet_engine::{MappingName, Side};
use couplet_filter::FieldValue;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::model::CoupleModel;
use super::pairs::{record_name, row_name};
use super::suggestions::{CoupleChosen, suggestions};
use crate::browser::page;
use crate::components::count_link::mapping_path;
use crate::components::notice::{Notice, Tone};
use crate::components::number::formatted;
use crate::components::reading_state::ReadingState;
use crate::components::status::{Empty, Loading};
use crate::components::virtual_table::{DrawRow, VirtualTable, text_cell};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::state::parity::{Ground, Parities};
use crate::text::{self, I18n};

/// Where a user's address stands (S6.1).
const MAIL_COLUMN: &str = "internalemailaddress";

/// How a user stands to the salespeople.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    /// A salesperson may be the same person.
    Suggested(Suggestion),
    /// Nobody resembles the user.
    Alone,
    /// A salesperson is coupled.
    Coupled(SystemId),
}

/// One user.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    id: RowId,
    standing: Standing,
}

/// The page.
#[component]
pub fn SalespeoplePage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let is_loaded = Memo::new(move |_| store.load.with(|load| load.ready().is_some()));
    let mapping =
        Memo::new(move |_| store.configuration.with(|it| it.salespeople().map(|it| it.name.clone())));
    Effect::new(move |_| page::set_title(t_string!(i18n, salespeople.title)));
    let loading = Signal::derive(move || t_string!(i18n, home.loading).to_owned());
    let body = move || match mapping.get() {
        Some(name) => view! { <Users name /> }.into_any(),
        None => view! {
            <Empty>
                <p>{t!(i18n, salespeople.team)}</p>
                <A href="/default-setup" attr:class="button">{t!(i18n, setup_guide.to_default_setup)}</A>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <div class="crumb"><A href="/setup">{t!(i18n, setup_guide.title)}</A></div>
        <div class="head">
            <div>
                <h1>{t!(i18n, salespeople.title)}</h1>
                <div class="head__sub">{t!(i18n, salespeople.sub)}</div>
            </div>
        </div>
        <Show when=move || is_loaded.get() fallback=move || view! { <Loading label=loading /> }>
            {body}
        </Show>
    }
}

#[component]
fn Users(name: MappingName) -> impl IntoView {
    let i18n = use_i18n();
    let sides = Parities::expect().of(&name).sides;
    let path = mapping_path(&name);
    let model = CoupleModel::new(name);
    let suggested = suggestions(model);
    let lines = Memo::new(move |_| {
        let ground = model.ground.get()?;
        let suggested = suggested.get()?;
        Some(Arc::new(lines_of(&ground, &suggested)))
    });
    let is_here = Memo::new(move |_| lines.with(Option::is_some));
    let reading = move || {
        sides.map(|side| {
            side.handle().map(|handle| {
                view! { <p>{text::side(i18n, side.side)} " " <ReadingState handle=handle /></p> }
            })
        })
    };
    let said = move || model.said.get().map(|(tone, words)| view! { <Notice tone=tone text=words /> });
    view! {
        <div aria-live="polite">{said}</div>
        <Show when=move || is_here.get() fallback=move || view! { <div class="card card__body">{reading}</div> }>
            <Summary model lines />
            <UserTable model lines path=path.clone() />
        </Show>
    }
}

/// The users inside the filter and those that are coupled: suggestions first, best first, then those nobody resembles,
/// then the coupled ones.
fn lines_of(ground: &Ground, suggested: &[Suggestion]) -> Vec<Line> {
    let mut best: FxHashMap<RowId, &Suggestion> = FxHashMap::default();
    for suggestion in suggested.iter().filter(|it| is_person(it)) {
        best.entry(suggestion.row).or_insert(suggestion);
    }
    let mut lines = ground.with(|input| {
        let users = input.dataverse;
        let keys = users.rows.column(&users.schema.key_field);
        let line = |row: usize| {
            let FieldValue::Guid(id) = keys?.get(row) else { return None };
            let id = RowId(id);
            let standing = match (input.state.couplings.record_of(id), best.get(&id)) {
                (Some(record), _) => Standing::Coupled(record),
                _ if !users.in_filter.get(row) => return None,
                (None, Some(suggestion)) => Standing::Suggested((*suggestion).clone()),
                (None, None) => Standing::Alone,
            };
            Some(Line { id, standing })
        };
        (0..users.rows.n_rows()).filter_map(line).collect::<Vec<_>>()
    });
    lines.sort_by_key(|line| match &line.standing {
        Standing::Suggested(suggestion) => (0, 100_u32.saturating_sub(suggestion.confidence)),
        Standing::Alone => (1, 0),
        Standing::Coupled(_) => (2, 0),
    });
    lines
}

/// How many users are mapped, whether the one who is signed in is, and what the settings ask for.
#[component]
fn Summary(model: CoupleModel, lines: Memo<Option<Arc<Vec<Line>>>>) -> impl IntoView {
    let i18n = use_i18n();
    let connections = Connections::expect();
    let must_map = ConfigurationStore::expect().configuration;
    let must_map = Memo::new(move |_| must_map.with(|it| it.sales.users_must_map));
    let is_coupled = |line: &&Line| matches!(line.standing, Standing::Coupled(_));
    let counts = Memo::new(move |_| {
        lines.with(|lines| {
            lines.as_ref().map_or((0, 0), |all| (all.iter().filter(is_coupled).count(), all.len()))
        })
    });
    let mapped = move || {
        let (n_mapped, n_all) = counts.get();
        t_string!(i18n, salespeople.mapped, mapped = formatted(i18n, n_mapped), all = formatted(i18n, n_all))
    };
    let me = Memo::new(move |_| {
        let id = RowId(connections.dataverse.with(|it| it.ready().map(|it| it.who.user_id))?);
        let ground = model.ground.get()?;
        let record = ground.state.with(|state| state.ready()?.couplings.record_of(id));
        Some((id, record))
    });
    let current = move || match me.get() {
        None => (Tone::Warning, t_string!(i18n, salespeople.current_unknown).to_owned()),
        Some((id, Some(record))) => {
            let (user, salesperson) = (row_name(i18n, model, Some(id)), record_name(i18n, model, record));
            (Tone::Done, t_string!(i18n, salespeople.current_mapped, user = user, salesperson = salesperson))
        }
        Some((id, None)) => {
            let user = row_name(i18n, model, Some(id));
            (Tone::Warning, t_string!(i18n, salespeople.current_not_mapped, user = user))
        }
    };
    let verdict =
        move || if current().0 == Tone::Done { "verdict verdict--in" } else { "verdict verdict--warn" };
    let yes_no = move |yes: bool| if yes { t_string!(i18n, value.yes) } else { t_string!(i18n, value.no) };
    let obligation = move || {
        let (n_mapped, n_all) = counts.get();
        match (must_map.get(), n_all - n_mapped) {
            (true, 0) => t_string!(i18n, salespeople.must_done).to_owned(),
            (true, missing) => t_string!(i18n, salespeople.must_missing, count = formatted(i18n, missing)),
            (false, _) => t_string!(i18n, salespeople.must_not).to_owned(),
        }
    };
    view! {
        <dl class="card card__body facts salespeople__facts">
            <div><dt>{t!(i18n, salespeople.users)}</dt><dd>{mapped}</dd></div>
            <div>
                <dt>{t!(i18n, salespeople.current)}</dt>
                <dd>
                    <span class=verdict>{move || yes_no(current().0 == Tone::Done)}</span> " "
                    {move || current().1}
                </dd>
            </div>
            <div>
                <dt><A href="/connections/settings">{t!(i18n, salespeople.must_map)}</A></dt>
                <dd>{move || yes_no(must_map.get())} ". " {obligation}</dd>
            </div>
        </dl>
    }
}

/// The users, with what can be done about each.
#[component]
fn UserTable(model: CoupleModel, lines: Memo<Option<Arc<Vec<Line>>>>, path: String) -> impl IntoView {
    let i18n = use_i18n();
    let to_create = RwSignal::new(FxHashSet::<RowId>::default());
    let selected = RwSignal::new(None::<u32>);
    let rows = Signal::derive(move || {
        lines
            .with(|lines| Arc::new((0..lines.as_ref().map_or(0, |it| it.len()) as u32).collect::<Vec<u32>>()))
    });
    let draw = Signal::derive(move || -> DrawRow {
        let lines = lines.get().unwrap_or_default();
        Arc::new(move |_, line| match lines.get(line as usize) {
            Some(line) => cells(i18n, model, to_create, line),
            None => ().into_any(),
        })
    });
    let head = move || {
        view! {
            <th scope="col" class="pairs__choose"><span class="visually-hidden">{t!(i18n, salespeople.choice)}</span></th>
            <th scope="col"><span class="record-table__plain-head dv">{t!(i18n, salespeople.user)}</span></th>
            <th scope="col"><span class="record-table__plain-head dv">{t!(i18n, salespeople.mail)}</span></th>
            <th scope="col"><span class="record-table__plain-head bc">{t!(i18n, salespeople.salesperson)}</span></th>
            <th scope="col"><span class="record-table__plain-head">{t!(i18n, couple.reasons)}</span></th>
        }
    };
    let choose_sure = move |_| {
        let sure = lines.with_untracked(|lines| {
            let all = lines.iter().flat_map(|lines| lines.iter());
            all.filter_map(|line| match &line.standing {
                Standing::Suggested(it) if is_sure(it) => Some((it.record, it.row)),
                _ => None,
            })
            .collect::<Vec<_>>()
        });
        model.chosen.update(|chosen| chosen.extend(sure));
    };
    let by_hand = format!("{path}/couple?way=manual");
    let label = Signal::derive(move || t_string!(i18n, salespeople.users).to_owned());
    view! {
        <section class="card couple">
            <header><h2>{label}</h2></header>
            <div class="couple__actions">
                <button type="button" on:click=choose_sure>{t!(i18n, salespeople.choose_sure)}</button>
                <CoupleChosen model=model />
                <CreateChosen to_create path />
                <A href=by_hand attr:class="button">{t!(i18n, couple.manual)}</A>
            </div>
            <VirtualTable label=label rows=rows selected=selected head=head draw=draw />
            <Show when=move || rows.with(|rows| rows.is_empty())>
                <p class="status status--empty">{t!(i18n, salespeople.none)}</p>
            </Show>
        </section>
    }
}

/// Whether something speaks for the same person: colleagues have the same mail domain and nothing else in common.
fn is_person(suggestion: &Suggestion) -> bool {
    suggestion.evidence.iter().any(|it| matches!(it.kind, EvidenceKind::Same | EvidenceKind::Alike { .. }))
}

/// The mail addresses are the same, and nobody else comes into question.
fn is_sure(suggestion: &Suggestion) -> bool {
    let same_mail =
        suggestion.evidence.iter().any(|it| it.role == Role::Mail && it.kind == EvidenceKind::Same);
    same_mail && suggestion.n_rivals == 0
}

/// Leads to the dry run that creates salespeople from the chosen users (S6.3).
#[component]
fn CreateChosen(to_create: RwSignal<FxHashSet<RowId>>, path: String) -> impl IntoView {
    let i18n = use_i18n();
    let navigate = StoredValue::new_local(use_navigate());
    let count = move || to_create.with(FxHashSet::len);
    let go = move |_| {
        let mut ids: Vec<Uuid> = to_create.with_untracked(|chosen| chosen.iter().map(|id| id.0).collect());
        ids.sort_unstable();
        let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let address = format!("{path}/run?row={}", ids.join(","));
        navigate.with_value(|navigate| navigate(&address, NavigateOptions::default()));
    };
    view! {
        <button type="button" disabled=move || count() == 0 on:click=go>
            {move || t_string!(i18n, salespeople.create, count = formatted(i18n, count()))}
        </button>
    }
}

fn cells(i18n: I18n, model: CoupleModel, to_create: RwSignal<FxHashSet<RowId>>, line: &Line) -> AnyView {
    let id = line.id;
    let user = row_name(i18n, model, Some(id));
    let (choice, salesperson, reason) = match &line.standing {
        Standing::Coupled(record) => {
            (None, record_name(i18n, model, *record), t_string!(i18n, salespeople.coupled).to_owned())
        }
        Standing::Suggested(suggestion) => {
            let key = (suggestion.record, suggestion.row);
            let salesperson = record_name(i18n, model, suggestion.record);
            let label = t_string!(i18n, couple.choose, record = salesperson.clone(), row = user.clone());
            let choice = view! {
                <input
                    type="checkbox"
                    aria-label=label
                    prop:checked=move || model.chosen.with(|chosen| chosen.contains(&key))
                    on:click=move |event| event.stop_propagation()
                    on:change=move |_| model.toggle(key)
                />
            };
            let suggested = t_string!(i18n, salespeople.suggested, name = salesperson);
            (Some(choice.into_any()), suggested, reasons(i18n, suggestion))
        }
        Standing::Alone => {
            let label = t_string!(i18n, salespeople.create_from, name = user.clone());
            let toggle = move |_| {
                to_create.update(|chosen| {
                    if !chosen.remove(&id) {
                        chosen.insert(id);
                    }
                });
            };
            let choice = view! {
                <input
                    type="checkbox"
                    aria-label=label
                    prop:checked=move || to_create.with(|chosen| chosen.contains(&id))
                    on:click=move |event| event.stop_propagation()
                    on:change=toggle
                />
            };
            (Some(choice.into_any()), String::new(), t_string!(i18n, salespeople.alone).to_owned())
        }
    };
    view! {
        <td class="pairs__choose">{choice}</td>
        {text_cell(user)}
        {text_cell(mail(model, id))}
        {text_cell(salesperson)}
        {text_cell(reason)}
    }
    .into_any()
}

fn reasons(i18n: I18n, suggestion: &Suggestion) -> String {
    let confidence = format!("{} %", suggestion.confidence);
    let mut words = vec![confidence];
    words.extend(suggestion.evidence.iter().map(|it| text::evidence(i18n, it)));
    if suggestion.n_rivals > 0 {
        words.push(t_string!(i18n, couple.rivals, count = formatted(i18n, suggestion.n_rivals)));
    }
    words.join(" · ")
}

fn mail(model: CoupleModel, id: RowId) -> String {
    let place = model.places.with_untracked(|places| places.row(id));
    let found = model.ground.with_untracked(|ground| {
        let (ground, row) = ground.as_ref().zip(place)?;
        ground.handle(Side::Dataverse).rows.with_untracked(|rows| match rows.column(MAIL_COLUMN)?.get(row) {
            FieldValue::Text(mail) => Some(mail.to_owned()),
            _ => None,
        })
    });
    found.unwrap_or_default()
}
