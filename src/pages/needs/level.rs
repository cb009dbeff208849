//! One step: the records of each mapping that can be coupled or created now, the plans for them, and the button.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::ActionKind;
use couplet_engine::preparation::{Needed, Node, Resolution};
use couplet_engine::{Direction, MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;
use rustc_hash::FxHashSet;

use super::{Names, node_link};
use crate::components::count_link::{job_path, mapping_path, run_path};
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::runs::{Chosen, Phase, RunHandle, RunRequest, Runs, Scope};
use crate::tasks::run::Runner;
use crate::text::{self, I18n};

/// Records of a mapping that are named; the others are counted.
const N_NAMED: usize = 5;

/// What is done with the records of one mapping.
#[derive(Clone)]
struct Group {
    mapping: MappingName,
    resolution: Resolution,
    nodes: Vec<Node>,
    n_waiting: usize,
}

/// The run of one mapping of the step.
#[derive(Clone)]
struct StepRun {
    mapping: MappingName,
    handle: RunHandle,
    request: RunRequest,
}

impl StepRun {
    /// Whether what the handle holds is about this step.
    fn is_asked(&self) -> bool {
        self.handle.request.with(|request| *request == self.request)
    }

    fn is_planned(&self) -> bool {
        self.is_asked() && self.handle.phase.with(|phase| *phase == Phase::Planned)
    }
}

/// The step in this place with its records; the first can be done now.
pub(super) fn level(place: usize, needed: &[Needed], names: &Names) -> AnyView {
    let i18n = use_i18n();
    let runs = Runs::expect();
    let groups = groups(needed);
    let step: Vec<StepRun> = step_runs(&runs, &groups);
    let n_records = needed.len();
    let rows = groups.iter().map(|group| {
        let run = step.iter().find(|run| run.mapping == group.mapping).cloned();
        view! { <GroupRow group=group.clone() run names=names.clone() /> }
    });
    let rows = rows.collect_view();
    let title = move || t_string!(i18n, needs.step, number = (place + 1).to_string());
    let button = match step.is_empty() {
        true => None,
        false => Some(view! { <StepButton place step /> }),
    };
    view! {
        <article class="card needs__level">
            <header>
                <h2>{title}</h2>
                <small>{move || t_string!(i18n, needs.n_records, count = formatted(i18n, n_records))}</small>
                <span class="needs__button">{button}</span>
            </header>
            <div class="scroll-x">
                <table class="rows">
                    <thead>
                        <tr>
                            <th scope="col">{t!(i18n, home.mapping)}</th>
                            <th scope="col">{t!(i18n, needs.what)}</th>
                            <th scope="col" class="number">{t!(i18n, needs.records)}</th>
                            <th scope="col">{t!(i18n, needs.which)}</th>
                            <th scope="col">{t!(i18n, needs.state)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </article>
    }
    .into_any()
}

/// Plans the step, and when its plans are there, carries them out.
#[component]
fn StepButton(
    /// Its place; the first can be done now.
    place: usize,
    /// Its runs.
    step: Vec<StepRun>,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = Runner::expect();
    let handles: Vec<RunHandle> = step.iter().map(|run| run.handle).collect();
    let step = StoredValue::new(step);
    let is_planned = Memo::new(move |_| step.with_value(|step| step.iter().all(StepRun::is_planned)));
    let is_busy = Memo::new(move |_| step.with_value(|step| step.iter().any(|run| run.handle.is_busy())));
    let n_writes = move || {
        step.with_value(|step| {
            let planned =
                |run: &StepRun| run.handle.planned.with(|it| it.as_ref().map_or(0, |it| it.n_writes()));
            step.iter().map(planned).sum::<usize>()
        })
    };
    let plan_handles = handles.clone();
    let plan = move |_| {
        step.with_value(|step| step.iter().for_each(|run| run.handle.ask(run.request.clone())));
        runner.plan_each(plan_handles.clone());
    };
    let start = move |_| runner.start_each(handles.clone());
    let is_first = place == 0;
    view! {
        <Show
            when=move || is_planned.get()
            fallback=move || {
                let plan = plan.clone();
                view! {
                    <button
                        type="button"
                        class:button--primary=is_first
                        disabled=move || !is_first || is_busy.get()
                        on:click=plan
                    >
                        {move || match (is_first, is_busy.get()) {
                            (false, _) => t_string!(i18n, needs.later),
                            (true, true) => t_string!(i18n, needs.working),
                            (true, false) => t_string!(i18n, needs.plan),
                        }}
                    </button>
                }
            }
        >
            {
                let start = start.clone();
                view! {
                    <button type="button" class="button--primary" on:click=start>
                        {move || t_string!(i18n, needs.start, count = formatted(i18n, n_writes()))}
                    </button>
                }
            }
        </Show>
    }
}

#[component]
fn GroupRow(
    /// The records.
    group: Group,
    /// Their run; none where a person couples them.
    run: Option<StepRun>,
    /// Their names.
    names: Names,
) -> impl IntoView {
    let i18n = use_i18n();
    let side = group.nodes.first().map_or(Side::BusinessCentral, |node| node.side);
    let resolution = group.resolution;
    let what = move || match (resolution, side) {
        (Resolution::Create, Side::BusinessCentral) => t_string!(i18n, needs.create_to),
        (Resolution::Create, Side::Dataverse) => t_string!(i18n, needs.create_from),
        (Resolution::Couple, _) => t_string!(i18n, needs.couple),
        (Resolution::Synchronize, _) => t_string!(i18n, needs.synchronize),
    };
    let (n_records, n_waiting) = (group.nodes.len(), group.n_waiting);
    let nodes = group.nodes;
    let named = move || {
        let shown = nodes.iter().take(N_NAMED).map(|node| node_link(&names, node));
        let shown = shown.map(|link| view! { <li>{link}</li> }).collect_view();
        let more = (n_records > N_NAMED).then(|| {
            let words = t_string!(i18n, needs.more, count = formatted(i18n, n_records - N_NAMED));
            view! { <li class="quiet">{words}</li> }
        });
        view! { <ul class="needs__names">{shown}{more}</ul> }
    };
    let waiting = move || {
        let words = t_string!(i18n, needs.waiting, count = formatted(i18n, n_waiting));
        (n_waiting > 0).then(|| view! { <div class="quiet">{words}</div> })
    };
    let couple = format!("{}/couple", mapping_path(&group.mapping));
    let state = move || match (resolution, &run) {
        (Resolution::Couple, _) | (_, None) => {
            view! { <A href=couple.clone() attr:class="button">{t!(i18n, needs.go_couple)}</A> }.into_any()
        }
        (_, Some(run)) => run_state(i18n, run),
    };
    view! {
        <tr>
            <th scope="row"><A href=mapping_path(&group.mapping)>{group.mapping.to_string()}</A></th>
            <td><span class=text::side_class(side)>{what}</span>{waiting}</td>
            <td class="number">{move || formatted(i18n, n_records)}</td>
            <td>{named}</td>
            <td>{state}</td>
        </tr>
    }
}

/// How far the run of a mapping is, with the way to its dry run or its job.
fn run_state(i18n: I18n, run: &StepRun) -> AnyView {
    if !run.is_asked() {
        return view! { <span class="quiet">{t_string!(i18n, needs.not_planned)}</span> }.into_any();
    }
    let path = run_path(&run.mapping);
    match run.handle.phase.get() {
        Phase::Choosing => {
            view! { <span class="quiet">{t_string!(i18n, needs.not_planned)}</span> }.into_any()
        }
        Phase::Reading { .. } | Phase::Planning { .. } => {
            view! { <span>{t_string!(i18n, full.planning)}</span> }.into_any()
        }
        Phase::NotPlanned(problem) => {
            view! { <span class="verdict verdict--out">{text::run_problem(i18n, &problem)}</span> }.into_any()
        }
        Phase::Planned => {
            let lines = planned_words(i18n, run);
            view! { {lines} " " <A href=path>{t_string!(i18n, needs.dry_run)}</A> }.into_any()
        }
        Phase::Running(_) => {
            let percent = run.handle.progress.with(|progress| progress.percent());
            view! { <span>{t_string!(i18n, run.running)} " " {percent.to_string()} " %"</span> }.into_any()
        }
        Phase::Ended(job) => {
            let (words, path) = (text::job_end(i18n, &job), job_path(job.id));
            view! { <A href=path>{words}</A> }.into_any()
        }
    }
}

/// "Create: 3, Change: 2".
fn planned_words(i18n: I18n, run: &StepRun) -> String {
    let planned = run.handle.planned.get();
    let count = |kind: ActionKind| {
        planned.as_ref().map_or(0, |it| it.plan().actions.iter().filter(|action| action.kind == kind).count())
    };
    let kinds = crate::state::planned::KINDS.iter().map(|(kind, _)| (*kind, count(*kind)));
    let told = kinds.filter(|(_, n)| *n > 0);
    let told = told.map(|(kind, n)| format!("{} {}", text::action_kind(i18n, kind), formatted(i18n, n)));
    told.collect::<Vec<_>>().join(", ")
}

/// Records of one mapping, side and resolution together, those that most wait for first.
fn groups(needed: &[Needed]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut waiting: Vec<FxHashSet<&Node>> = Vec::new();
    for it in needed {
        let is_same = |group: &Group| {
            group.mapping == it.node.mapping
                && group.resolution == it.resolution
                && group.nodes.first().is_some_and(|node| node.side == it.node.side)
        };
        let place = groups.iter().position(is_same).unwrap_or_else(|| {
            groups.push(Group {
                mapping: it.node.mapping.clone(),
                resolution: it.resolution,
                nodes: Vec::new(),
                n_waiting: 0,
            });
            waiting.push(FxHashSet::default());
            groups.len() - 1
        });
        if let (Some(group), Some(waiting)) = (groups.get_mut(place), waiting.get_mut(place)) {
            group.nodes.push(it.node.clone());
            waiting.extend(&it.needed_by);
            group.n_waiting = waiting.len();
        }
    }
    groups
}

/// One run a mapping for everything of the step that needs no person.
fn step_runs(runs: &Runs, groups: &[Group]) -> Vec<StepRun> {
    let mut chosen: Vec<(MappingName, Chosen)> = Vec::new();
    for group in groups.iter().filter(|group| group.resolution != Resolution::Couple) {
        let place = chosen.iter().position(|(name, _)| *name == group.mapping).unwrap_or_else(|| {
            chosen.push((group.mapping.clone(), Chosen::default()));
            chosen.len() - 1
        });
        let Some((_, chosen)) = chosen.get_mut(place) else { continue };
        for node in &group.nodes {
            match node.side {
                Side::BusinessCentral => {
                    chosen.records.insert(SystemId(node.id));
                }
                Side::Dataverse => {
                    chosen.rows.insert(RowId(node.id));
                }
            }
        }
    }
    let run = |(mapping, chosen): (MappingName, Chosen)| {
        let direction = match (chosen.records.is_empty(), chosen.rows.is_empty()) {
            (false, false) => Direction::Bidirectional,
            (true, false) => Direction::FromIntegrationTable,
            _ => Direction::ToIntegrationTable,
        };
        let request = RunRequest { scope: Scope::Create, direction, chosen, ..RunRequest::default() };
        StepRun { handle: runs.of(&mapping), mapping, request }
    };
    chosen.into_iter().map(run).collect()
}
