//! What is synchronized: which records, which way. Choosing writes nothing, and neither does planning.

use couplet_engine::planning::DeletedPartners;
use couplet_engine::undo::CreatedRecords;
use couplet_engine::{Direction, IntegrationTableMapping};
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::count_link::mapping_path;
use crate::components::number::formatted;
use crate::components::segmented::Segmented;
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::runs::{Conflicts, Phase, RunHandle, Scope};
use crate::tasks::run;
use crate::text::{self, I18n};

/// The choices and the button that plans.
#[component]
pub(super) fn Choice(
    /// The run.
    handle: RunHandle,
    /// Which way the mapping runs.
    configured: Direction,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = run::Runner::expect();
    let is_one_way = configured != Direction::Bidirectional;
    let scopes = move || {
        let mut scopes = vec![Scope::Modified, Scope::All];
        if is_one_way {
            scopes.push(Scope::Unconditional);
        }
        scopes.push(Scope::Review);
        match handle.request.with(|request| request.scope) {
            Scope::Goal => scopes = vec![Scope::Goal],
            _ if handle.request.with(|request| !request.chosen.is_empty()) => {
                scopes.splice(0..0, [Scope::Chosen, Scope::Create]);
            }
            _ => {}
        }
        scopes.into_iter().map(|scope| view! { <ScopeChoice handle scope /> }).collect_view()
    };
    let directions = directions(configured, handle.request.with_untracked(|request| request.direction));
    let options = directions
        .iter()
        .map(|&direction| (direction, Signal::derive(move || text::direction(i18n, direction))));
    let options: Vec<_> = options.collect();
    let direction = Signal::derive(move || Some(handle.request.with(|request| request.direction)));
    let choose = move |direction: Direction| handle.request.update(|request| request.direction = direction);
    let label = Signal::derive(move || t_string!(i18n, run.direction).to_owned());
    let is_busy = move || handle.is_busy();
    let is_goal = move || handle.request.with(|request| request.scope == Scope::Goal);
    let has_plan = move || handle.phase.with(|phase| *phase == Phase::Planned);
    let caption =
        move || if has_plan() { t_string!(i18n, run.plan_again) } else { t_string!(i18n, run.plan) };
    view! {
        <article class="card run-choice">
            <fieldset class="setup-options__group">
                <legend>{t!(i18n, run.scope)}</legend>
                {scopes}
            </fieldset>
            <div class="run-choice__way">
                {move || if is_goal() {
                    view! { <CreatedChoice handle /> <DeletedChoice handle /> }.into_any()
                } else {
                    view! {
                        <strong>{t!(i18n, run.direction)}</strong>
                        <Segmented label options=options.clone() value=direction on_choose=Callback::new(choose) />
                        {(!is_one_way).then(|| view! { <ConflictChoice handle /> })}
                    }
                    .into_any()
                }}
                <p class="quiet">{t!(i18n, run.plan_writes_nothing)}</p>
                <button
                    type="button"
                    class:button--primary=move || !has_plan()
                    disabled=is_busy
                    on:click=move |_| runner.plan(handle)
                >
                    {caption}
                </button>
            </div>
        </article>
    }
}

#[component]
fn ScopeChoice(
    /// The run.
    handle: RunHandle,
    /// The scope.
    scope: Scope,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_chosen = move || handle.request.with(|request| request.scope == scope);
    view! {
        <label class="setup-options__model">
            <input
                type="radio"
                name="run-scope"
                prop:checked=is_chosen
                on:change=move |_| handle.request.update(|request| request.scope = scope)
            />
            <span>
                <strong>{move || scope_name(i18n, handle, scope)}</strong>
                <span class="quiet setup-options__consequence">{move || consequence(i18n, scope)}</span>
            </span>
        </label>
    }
}

/// How records that changed on both sides are treated.
#[component]
fn ConflictChoice(
    /// The run.
    handle: RunHandle,
) -> impl IntoView {
    let i18n = use_i18n();
    let options = vec![
        (Conflicts::WholeRecord, Signal::derive(move || t_string!(i18n, run.conflicts_whole).to_owned())),
        (Conflicts::ByField, Signal::derive(move || t_string!(i18n, run.conflicts_by_field).to_owned())),
    ];
    let chosen = move || handle.request.with(|request| request.conflicts);
    let choose = move |conflicts: Conflicts| {
        handle.request.update(|request| request.conflicts = conflicts);
    };
    let help = move || match chosen() {
        Conflicts::WholeRecord => t_string!(i18n, run.conflicts_whole_help),
        Conflicts::ByField => t_string!(i18n, run.conflicts_by_field_help),
    };
    let label = Signal::derive(move || t_string!(i18n, run.conflicts).to_owned());
    let store = ConfigurationStore::expect();
    let remembers = Memo::new(move |_| {
        store.configuration.with(|configuration| {
            let mapping = handle.mapping.with_value(|name| configuration.mapping(name));
            mapping.is_some_and(IntegrationTableMapping::remembers_winners)
        })
    });
    let fields = format!("{}?tab=fields", handle.mapping.with_value(mapping_path));
    let choice = move || {
        match remembers.get() {
        true => view! {
            <p class="quiet">
                {t!(i18n, run.conflicts_remembered)} " " <A href=fields.clone()>{t!(i18n, run.conflicts_see_fields)}</A>
            </p>
        }
        .into_any(),
        false => view! {
            <Segmented
                label
                options=options.clone()
                value=Signal::derive(move || Some(chosen()))
                on_choose=Callback::new(choose)
            />
            <p class="quiet">{help}</p>
        }
        .into_any(),
    }
    };
    view! {
        <strong>{t!(i18n, run.conflicts)}</strong>
        {choice}
    }
}

/// What becomes of the records that a job created which is taken back; nothing for other goals.
#[component]
fn CreatedChoice(
    /// The run.
    handle: RunHandle,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = move || {
        handle.request.with(|request| match request.goal {
            Goal::Undo { created, .. } => Some(created),
            _ => None,
        })
    };
    let choose = move |choice: CreatedRecords| {
        handle.request.update(|request| {
            if let Goal::Undo { created, .. } = &mut request.goal {
                *created = choice;
            }
        });
    };
    let options = vec![
        (CreatedRecords::Kept, Signal::derive(move || t_string!(i18n, run.created_kept).to_owned())),
        (CreatedRecords::Deleted, Signal::derive(move || t_string!(i18n, run.created_deleted).to_owned())),
    ];
    let label = Signal::derive(move || t_string!(i18n, run.created).to_owned());
    let is_undo = chosen().is_some();
    is_undo.then(|| {
        view! {
            <strong>{t!(i18n, run.created)}</strong>
            <Segmented label options value=Signal::derive(chosen) on_choose=Callback::new(choose) />
            <p class="quiet">{t!(i18n, run.created_help)}</p>
        }
    })
}

/// What becomes of couplings that have lost a record, where broken ones are mended; nothing for other goals.
#[component]
fn DeletedChoice(
    /// The run.
    handle: RunHandle,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = move || {
        handle.request.with(|request| match request.goal {
            Goal::Mend { deleted, .. } => Some(deleted),
            _ => None,
        })
    };
    let choose = move |choice: DeletedPartners| {
        handle.request.update(|request| {
            if let Goal::Mend { deleted, .. } = &mut request.goal {
                *deleted = choice;
            }
        });
    };
    let options = vec![
        (
            DeletedPartners::Uncoupled,
            Signal::derive(move || t_string!(i18n, run.deleted_uncoupled).to_owned()),
        ),
        (DeletedPartners::Restored, Signal::derive(move || t_string!(i18n, run.deleted_restored).to_owned())),
    ];
    let label = Signal::derive(move || t_string!(i18n, run.deleted).to_owned());
    chosen().is_some().then(|| {
        view! {
            <strong>{t!(i18n, run.deleted)}</strong>
            <Segmented label options value=Signal::derive(chosen) on_choose=Callback::new(choose) />
            <p class="quiet">{t!(i18n, run.deleted_help)}</p>
        }
    })
}

fn scope_name(i18n: I18n, handle: RunHandle, scope: Scope) -> String {
    match scope {
        Scope::Modified => t_string!(i18n, run.modified).to_owned(),
        Scope::All => t_string!(i18n, run.all).to_owned(),
        Scope::Unconditional => t_string!(i18n, run.unconditional).to_owned(),
        Scope::Review => t_string!(i18n, run.review).to_owned(),
        Scope::Chosen => {
            let n = handle.request.with(|it| it.chosen.records.len() + it.chosen.rows.len());
            t_string!(i18n, run.chosen, count = formatted(i18n, n))
        }
        Scope::Create => t_string!(i18n, run.create).to_owned(),
        Scope::Goal => handle.request.with(|request| match &request.goal {
            Goal::Undo { .. } => t_string!(i18n, job_kind.undo).to_owned(),
            Goal::Uncouple { records } => {
                t_string!(i18n, run.uncouple, count = formatted(i18n, records.len()))
            }
            Goal::Couple { pairs, .. } => t_string!(i18n, run.couple, count = formatted(i18n, pairs.len())),
            Goal::Mend { .. } => t_string!(i18n, job_kind.mending).to_owned(),
            Goal::Match { .. } => t_string!(i18n, couple.matching).to_owned(),
            Goal::Run => t_string!(i18n, job_kind.coupling).to_owned(),
        }),
    }
}

fn consequence(i18n: I18n, scope: Scope) -> &'static str {
    match scope {
        Scope::Modified => t_string!(i18n, run.modified_help),
        Scope::All => t_string!(i18n, run.all_help),
        Scope::Unconditional => t_string!(i18n, run.unconditional_help),
        Scope::Review => t_string!(i18n, run.review_help),
        Scope::Chosen => t_string!(i18n, run.chosen_help),
        Scope::Create => t_string!(i18n, run.create_help),
        Scope::Goal => t_string!(i18n, run.goal_help),
    }
}

/// The directions that may be asked for (S3.25, S5.1); the one that was asked for is among them, as a value of a choice may
/// be created against the way of its mapping.
fn directions(mapping: Direction, asked: Direction) -> Vec<Direction> {
    match mapping {
        Direction::Bidirectional => {
            vec![Direction::Bidirectional, Direction::ToIntegrationTable, Direction::FromIntegrationTable]
        }
        one_way if one_way == asked || asked == Direction::Bidirectional => vec![one_way],
        one_way => vec![asked, one_way],
    }
}
