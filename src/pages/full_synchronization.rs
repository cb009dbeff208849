//! The review of a full synchronization: one line a mapping in the order of their dependencies, what is recommended from
//! what both tables hold, and how far each line has come (S5.30 to S5.35).

use std::sync::Arc;

use couplet_engine::executor::End;
use couplet_engine::full_synchronization::{
    Line, LineStatus, PassStatus, Recommendation, Totals, in_dependency_order, recommend_for, startable,
};
use couplet_engine::job::{JobEnd, SynchJob};
use couplet_engine::planning::Pass;
use couplet_engine::{IntegrationTableMapping, MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser::page;
use crate::components::count_link::{mapping_path, run_path};
use crate::components::notice::{Notice, Tone};
use crate::components::number::Number;
use crate::components::status::{Empty, Loading};
use crate::i18n::*;
use crate::state::configuration::ConfigurationStore;
use crate::state::previews::{Previews, SidePreview};
use crate::state::runs::{Phase, RunHandle, Runs, Scope};
use crate::tasks::run::Runner;
use crate::text::{self, I18n};

/// One line with what it is made of.
#[derive(Clone)]
struct ReviewLine {
    mapping: Arc<IntegrationTableMapping>,
    handle: RunHandle,
    sides: [SidePreview; 2],
}

/// The page.
#[component]
pub fn FullSynchronizationPage() -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    Effect::new(move |_| page::set_title(t_string!(i18n, full.title)));
    let mappings = Memo::new(move |_| {
        store.configuration.with(|configuration| {
            let given: Vec<&IntegrationTableMapping> = configuration.mappings.iter().collect();
            in_dependency_order(&given).into_iter().cloned().map(Arc::new).collect::<Vec<_>>()
        })
    });
    let is_loaded = move || store.load.with(|load| load.ready().is_some());
    let loading = Signal::derive(move || t_string!(i18n, home.loading).to_owned());
    view! {
        <Show when=is_loaded fallback=move || view! { <Loading label=loading /> }>
            {move || {
                let mappings = mappings.get();
                if mappings.is_empty() {
                    view! {
                        <Empty>
                            <p>{t!(i18n, home.no_mappings)}</p>
                            <A href="/default-setup" attr:class="button button--primary">{t!(i18n, home.apply_default)}</A>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <Review mappings /> }.into_any()
                }
            }}
        </Show>
    }
}

#[component]
fn Review(
    /// Every mapping, in order.
    mappings: Vec<Arc<IntegrationTableMapping>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (previews, runs, runner) = (Previews::expect(), Runs::expect(), Runner::expect());
    let lines: Vec<ReviewLine> = mappings
        .into_iter()
        .map(|mapping| ReviewLine {
            handle: runs.of(&mapping.name),
            sides: [Side::BusinessCentral, Side::Dataverse].map(|side| previews.side(&mapping.name, side)),
            mapping,
        })
        .collect();
    // Lines that a person wants synchronized although coupling first is recommended.
    let overridden = RwSignal::new(Vec::<MappingName>::new());
    let shown = lines.clone();
    let lines = StoredValue::new(lines);
    let ready = Memo::new(move |_| {
        let engine_lines: Vec<Line> = lines
            .with_value(|lines| lines.iter().filter_map(|line| line.as_line(&overridden.get())).collect());
        let names = startable(&engine_lines);
        let starts = |line: &&Line| {
            names.contains(&line.mapping) && line.recommendation == Recommendation::FullSynchronization
        };
        engine_lines.iter().filter(starts).map(|line| line.mapping.clone()).collect::<Vec<_>>()
    });
    let rows = shown.into_iter().map(|line| view! { <LineRow line overridden /> }).collect_view();
    let explain = move || format!("{} {}", t_string!(i18n, full.explain), t_string!(i18n, full.couple_why));
    let start = move |_| runner.start_in_order(ready.get_untracked());
    view! {
        <div class="head">
            <div>
                <h1>{t!(i18n, full.title)}</h1>
                <div class="head__sub">{t!(i18n, full.sub)}</div>
            </div>
            <div class="head__actions">
                <button
                    type="button"
                    class="button--primary"
                    disabled=move || ready.with(Vec::is_empty)
                    on:click=start
                >
                    {move || match ready.with(Vec::len) {
                        0 => t_string!(i18n, full.start).to_owned(),
                        n => t_string!(i18n, full.start_all, count = n.to_string()),
                    }}
                </button>
            </div>
        </div>
        <Notice tone=Tone::Warning text=Signal::derive(explain) />
        <article class="card">
            <div class="scroll-x">
                <table class="rows review">
                    <thead>
                        <tr>
                            <th scope="col">{t!(i18n, home.mapping)}</th>
                            <th scope="col" class="number bc">{t!(i18n, system.business_central)}</th>
                            <th scope="col" class="number dv">{t!(i18n, system.dataverse)}</th>
                            <th scope="col">{t!(i18n, full.recommended)}</th>
                            <th scope="col" class="dv">{t!(i18n, pass.to)}</th>
                            <th scope="col" class="bc">{t!(i18n, pass.from)}</th>
                            <th scope="col">{t!(i18n, full.state)}</th>
                            <th scope="col"><span class="visually-hidden">{t!(i18n, run.action)}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </article>
    }
}

impl ReviewLine {
    /// What both tables hold; none while they are being read.
    fn totals(&self) -> Option<Totals> {
        let [(bc_in, bc_out), (dv_in, dv_out)] = [self.sides[0].counts()?, self.sides[1].counts()?];
        Some(Totals {
            business_central: bc_in + bc_out,
            dataverse: dv_in + dv_out,
            dataverse_in_filter: dv_in,
        })
    }

    /// The line as the engine knows it; none while the tables are being read.
    fn as_line(&self, overridden: &[MappingName]) -> Option<Line> {
        let mut recommendation = recommend_for(&self.mapping, self.totals()?);
        if overridden.contains(&self.mapping.name) {
            recommendation = Recommendation::FullSynchronization;
        }
        let mut line = Line::new(&self.mapping, recommendation);
        if self.handle.request.with(|request| request.scope != Scope::Review) {
            return Some(line);
        }
        self.handle.phase.with(|phase| match phase {
            Phase::Running(_) => {
                for &pass in Pass::of(self.mapping.direction) {
                    line.pass_started(pass);
                }
            }
            Phase::Ended(job) => {
                for pass in &job.passes {
                    line.pass_ended(pass.pass, &pass.counters);
                }
                line.status = end_status(job);
            }
            Phase::Choosing
            | Phase::Reading { .. }
            | Phase::Planning { .. }
            | Phase::NotPlanned(_)
            | Phase::Planned => {}
        });
        Some(line)
    }
}

fn end_status(job: &SynchJob) -> LineStatus {
    match job.end {
        Some(JobEnd::Ran(End::Completed)) => LineStatus::Finished,
        _ => LineStatus::Error,
    }
}

#[component]
fn LineRow(
    /// The line.
    line: ReviewLine,
    /// Lines that are synchronized although coupling first is recommended.
    overridden: RwSignal<Vec<MappingName>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let mapping = line.mapping.clone();
    let name = StoredValue::new(mapping.name.clone());
    let line = StoredValue::new(line);
    let state = Memo::new(move |_| line.with_value(|line| line.as_line(&overridden.get())));
    let total = |side: usize| {
        Signal::derive(move || {
            line.with_value(|line| line.sides.get(side)?.counts().map(|(n_in, n_out)| n_in + n_out))
        })
    };
    let dry_run = format!("{}?scope=review", run_path(&mapping.name));
    let couple = format!("{}/couple", mapping_path(&mapping.name));
    let dependencies =
        mapping.dependency_filter.iter().map(MappingName::as_str).collect::<Vec<_>>().join(", ");
    let recommended = move || match state.get()?.recommendation {
        Recommendation::FullSynchronization => {
            Some(view! { <span>{t_string!(i18n, full.full)}</span> }.into_any())
        }
        Recommendation::NoRecords => {
            Some(view! { <span class="quiet">{t_string!(i18n, full.no_records)}</span> }.into_any())
        }
        Recommendation::CoupleRecords => Some(
            view! {
                <A href=couple.clone()>{t_string!(i18n, full.couple)}</A>
                <br />
                <button
                    type="button"
                    class="link quiet"
                    on:click=move |_| overridden.update(|names| names.push(name.get_value()))
                >
                    {t_string!(i18n, full.override_couple)}
                </button>
            }
            .into_any(),
        ),
    };
    let pass = move |of: fn(&Line) -> PassStatus| {
        move || state.with(|state| state.as_ref().map(|line| pass_status(i18n, of(line))))
    };
    let handle = line.with_value(|line| line.handle);
    let phase = move || handle.phase.with(|phase| phase_words(i18n, phase));
    view! {
        <tr>
            <th scope="row">
                <A href=mapping_path(&mapping.name)>{mapping.name.to_string()}</A>
                {(!dependencies.is_empty()).then(|| {
                    view! { <div class="quiet">{move || t_string!(i18n, full.after, names = dependencies.clone())}</div> }
                })}
            </th>
            <td class="number"><Number value=total(0) /></td>
            <td class="number"><Number value=total(1) /></td>
            <td>{recommended}</td>
            <td>{pass(|line| line.to)}</td>
            <td>{pass(|line| line.from)}</td>
            <td>{phase}</td>
            <td><A href=dry_run attr:class="button">{t!(i18n, full.dry_run)}</A></td>
        </tr>
    }
}

fn pass_status(i18n: I18n, status: PassStatus) -> AnyView {
    match status {
        PassStatus::Blank => view! { <span class="quiet">"–"</span> }.into_any(),
        PassStatus::InProcess => {
            view! { <span class="verdict verdict--warn">{t_string!(i18n, full.in_process)}</span> }.into_any()
        }
        PassStatus::Success => {
            view! { <span class="verdict verdict--in">{t_string!(i18n, full.success)}</span> }.into_any()
        }
        PassStatus::Error => {
            view! { <span class="verdict verdict--out">{t_string!(i18n, full.error)}</span> }.into_any()
        }
    }
}

fn phase_words(i18n: I18n, phase: &Phase) -> String {
    match phase {
        Phase::Choosing => t_string!(i18n, full.not_started).to_owned(),
        Phase::Reading { .. } | Phase::Planning { .. } => t_string!(i18n, full.planning).to_owned(),
        Phase::NotPlanned(_) => t_string!(i18n, full.not_planned).to_owned(),
        Phase::Planned => t_string!(i18n, full.planned).to_owned(),
        Phase::Running(_) => t_string!(i18n, run.running).to_owned(),
        Phase::Ended(job) => text::job_end(i18n, job),
    }
}
