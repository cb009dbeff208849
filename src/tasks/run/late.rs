//! The part of the program that reads for a run, plans and writes. In a release it is a WebAssembly module of its own
//! that arrives with the first plan.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_engine::planning::{Run, UpdateConflicts};
use couplet_engine::preparation::Finding;
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, MappingName};
use couplet_synchronization::{
    Approval, Canary, Control, FollowUp, Forecast, Goal, Planned, Prepared, Progressed, RunError, Session,
    Systems, Task, follow_up, prepare_goal,
};
use leptos::wasm_split::SplitLoaderError;

use crate::browser::clock;
use crate::browser::ports::AppPorts;
use crate::failure::Failure;
use crate::queries::slices::SLICE_MS;
use crate::state::connections::{BusinessCentral, Dataverse};
use crate::state::planned::PlannedRun;
use crate::state::runs::RunProblem;
use crate::state::synchronization::AppStore;

type Work<T> = Pin<Box<dyn Future<Output = Result<T, RunError>>>>;
/// Takes in how many actions of a plan are decided.
pub(super) type Decided = Box<dyn Fn(usize)>;
/// Takes in what a run tells of its way.
pub(super) type Listener = Box<dyn Fn(Progressed)>;

/// What a run needs to begin.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The mapping.
    pub(super) mapping: MappingName,
    /// Which records, which way.
    pub(super) run: Run,
    /// What it is called among the jobs.
    pub(super) kind: JobKind,
    /// What is to be reached.
    pub(super) goal: Goal,
    /// How records that changed on both sides are treated.
    pub(super) update_conflicts: UpdateConflicts,
    /// The configuration.
    pub(super) configuration: Configuration,
    /// Business Central.
    pub(super) business_central: BusinessCentral,
    /// Dataverse.
    pub(super) dataverse: Dataverse,
}

impl Wanted {
    fn task<'w>(&'w self, transformations: &'w TransformationRules) -> Task<'w> {
        Task {
            configuration: &self.configuration,
            mapping: &self.mapping,
            run: self.run.clone(),
            kind: self.kind,
            update_conflicts: self.update_conflicts.clone(),
            transformations,
        }
    }
}

/// A plan that a person said yes to.
pub(super) struct Approved {
    /// What it was planned for.
    pub(super) wanted: Wanted,
    /// What it was planned from.
    pub(super) prepared: Prepared,
    /// The plan as it was shown.
    pub(super) planned: Arc<PlannedRun>,
    /// Whether a few records go first.
    pub(super) canary: Canary,
}

/// The ways into the module. Whatever is reached only through them lies in it.
#[derive(Clone, Copy)]
struct Part {
    prepare: fn(AppStore, Wanted, Control, Listener) -> Work<Prepared>,
    plan: fn(Arc<Prepared>, Control, Decided) -> Work<Planned>,
    readiness: fn(&Prepared, &Planned) -> Vec<Finding>,
    forecast: fn(&Prepared, &Planned) -> Forecast,
    follow_ups: fn(&Prepared, &Planned) -> Vec<FollowUp>,
    apply: fn(AppStore, Approved, Control, Listener) -> Work<SynchJob>,
    at_once: fn(AppStore, Wanted) -> Work<SynchJob>,
    settle: fn(AppStore, Wanted) -> Work<()>,
}

/// The module, once it is here.
static PART: OnceLock<Part> = OnceLock::new();

#[cfg_attr(
    feature = "split",
    leptos::wasm_split::wasm_split(planning, wasm_split_path = leptos::wasm_split, fallible)
)]
fn part() -> Result<Part, SplitLoaderError> {
    Ok(Part {
        prepare: |store, wanted, control, listener| Box::pin(prepare_here(store, wanted, control, listener)),
        plan: |prepared, control, decided| Box::pin(plan_here(prepared, control, decided)),
        readiness: Prepared::readiness,
        forecast: Prepared::forecast,
        follow_ups: Prepared::follow_ups,
        apply: |store, approved, control, listener| Box::pin(apply_here(store, approved, control, listener)),
        at_once: |store, wanted| Box::pin(at_once_here(store, wanted)),
        settle: |store, wanted| Box::pin(settle_here(store, wanted)),
    })
}

async fn arrive() -> Result<&'static Part, RunProblem> {
    if let Some(part) = PART.get() {
        return Ok(part);
    }
    #[cfg(feature = "split")]
    let part = part().await;
    #[cfg(not(feature = "split"))]
    let part = part();
    let part = part.map_err(|_| RunProblem::Failure(Failure::PartMissing))?;
    Ok(PART.get_or_init(|| part))
}

fn here() -> Result<&'static Part, RunProblem> {
    PART.get().ok_or(RunProblem::Failure(Failure::PartMissing))
}

/// Reads everything that a plan is made from; nothing is written to either system.
///
/// # Errors
/// When the module did not arrive, a system or the storage fails, or the mapping cannot run.
pub(super) async fn prepare(
    store: AppStore,
    wanted: Wanted,
    control: Control,
    listener: Listener,
) -> Result<Prepared, RunProblem> {
    (arrive().await?.prepare)(store, wanted, control, listener).await.map_err(RunProblem::Run)
}

/// The plan of what was read, made in slices between which the page has its turn.
///
/// # Errors
/// When the run is not possible at all, or a person cancelled it.
pub(super) async fn plan(
    prepared: Arc<Prepared>,
    control: Control,
    decided: Decided,
) -> Result<Planned, RunProblem> {
    (here()?.plan)(prepared, control, decided).await.map_err(RunProblem::Run)
}

async fn plan_here(prepared: Arc<Prepared>, control: Control, decided: Decided) -> Result<Planned, RunError> {
    let mut steps = prepared.steps()?;
    loop {
        let start = clock::elapsed_ms();
        while clock::elapsed_ms() - start < SLICE_MS {
            if let Some(planned) = steps.step()? {
                return Ok(planned);
            }
        }
        decided(steps.n_actions());
        clock::breathe().await;
        if control.is_cancelled() {
            return Err(RunError::Cancelled);
        }
    }
}

/// What the data foretells.
///
/// # Errors
/// Only when the module is not here, and then there is no plan either.
pub(super) fn readiness(prepared: &Prepared, planned: &Planned) -> Result<Vec<Finding>, RunProblem> {
    Ok((here()?.readiness)(prepared, planned))
}

/// What carrying the plan out costs.
///
/// # Errors
/// As [`readiness`].
pub(super) fn forecast(prepared: &Prepared, planned: &Planned) -> Result<Forecast, RunProblem> {
    Ok((here()?.forecast)(prepared, planned))
}

/// What the plan brings about in other records.
///
/// # Errors
/// As [`readiness`].
pub(super) fn follow_ups(prepared: &Prepared, planned: &Planned) -> Result<Vec<FollowUp>, RunProblem> {
    Ok((here()?.follow_ups)(prepared, planned))
}

/// Carries a plan out, and then what it brings about in other records.
///
/// # Errors
/// When the module did not arrive, or the storage refuses; what was done until then is kept.
pub(super) async fn apply(
    store: AppStore,
    approved: Approved,
    control: Control,
    listener: Listener,
) -> Result<SynchJob, RunProblem> {
    (arrive().await?.apply)(store, approved, control, listener).await.map_err(RunProblem::Run)
}

/// Plans what is wanted and carries it out, when a person said yes before.
///
/// # Errors
/// When the module did not arrive, a system or the storage fails; what was done until then is kept.
pub(super) async fn at_once(store: AppStore, wanted: Wanted) -> Result<SynchJob, RunProblem> {
    (arrive().await?.at_once)(store, wanted).await.map_err(RunProblem::Run)
}

/// Looks up what became of the batches that earlier runs of the mapping left open.
///
/// # Errors
/// When the module did not arrive, a system or the storage fails; what is open stays open then.
pub(super) async fn settle(store: AppStore, wanted: Wanted) -> Result<(), RunProblem> {
    (arrive().await?.settle)(store, wanted).await.map_err(RunProblem::Run)
}

async fn settle_here(store: AppStore, wanted: Wanted) -> Result<(), RunError> {
    let session = session(&wanted);
    let transformations = TransformationRules::standard();
    couplet_synchronization::recover(&session, &store, &wanted.task(&transformations)).await.map(drop)
}

async fn at_once_here(store: AppStore, wanted: Wanted) -> Result<SynchJob, RunError> {
    let (session, control) = (session(&wanted), Control::new());
    let mut prepared = prepare_here(store.clone(), wanted.clone(), control.clone(), Box::new(|_| {})).await?;
    let planned = prepared.plan()?;
    let approval = Approval { planned: &planned, canary: Canary::Off };
    let job = couplet_synchronization::apply(&session, &store, &mut prepared, approval, &control, &|_| {});
    let job = job.await?;
    followed(&session, &store, &wanted, &job, &control).await?;
    Ok(job)
}

/// What a job that came to its end brings about in other records.
async fn followed(
    session: &Session<AppPorts>,
    store: &AppStore,
    wanted: &Wanted,
    job: &SynchJob,
    control: &Control,
) -> Result<(), RunError> {
    if job.end == Some(JobEnd::Ran(End::Completed)) {
        let transformations = TransformationRules::standard();
        follow_up(session, store, &wanted.task(&transformations), job, control, &|_| {}).await?;
    }
    Ok(())
}

async fn prepare_here(
    store: AppStore,
    wanted: Wanted,
    control: Control,
    listener: Listener,
) -> Result<Prepared, RunError> {
    let session = session(&wanted);
    let transformations = TransformationRules::standard();
    let task = wanted.task(&transformations);
    prepare_goal(&session, &store, &task, &wanted.goal, &control, &listener).await
}

async fn apply_here(
    store: AppStore,
    approved: Approved,
    control: Control,
    listener: Listener,
) -> Result<SynchJob, RunError> {
    let Approved { wanted, mut prepared, planned, canary } = approved;
    let session = session(&wanted);
    let approval = Approval { planned: &planned.planned, canary };
    let job = couplet_synchronization::apply(&session, &store, &mut prepared, approval, &control, &listener);
    let job = job.await?;
    followed(&session, &store, &wanted, &job, &control).await?;
    Ok(job)
}

thread_local! {
    /// What was learned of both systems, for the next run over the same connections.
    static SESSION: RefCell<Option<Rc<Session<AppPorts>>>> = const { RefCell::new(None) };
}

/// The session of these connections; a new one when they are others than before.
fn session(wanted: &Wanted) -> Rc<Session<AppPorts>> {
    let (business_central, dataverse) = (&wanted.business_central, &wanted.dataverse);
    let is_same = |session: &Rc<Session<AppPorts>>| {
        let (ports, systems) = (session.ports(), session.systems());
        ports.business_central == business_central.connection
            && ports.dataverse == dataverse.connection
            && systems.business_central.company == business_central.company.id
            && Arc::ptr_eq(&systems.business_central.tables, &business_central.tables)
            && systems.dataverse.company == dataverse.company
    };
    SESSION.with_borrow_mut(|kept| {
        if let Some(session) = kept.as_ref().filter(|session| is_same(session)) {
            return session.clone();
        }
        let systems = Systems {
            business_central: couplet_synchronization::BusinessCentral {
                base_url: business_central.connection.base_url.clone(),
                company: business_central.company.id,
                company_name: business_central.company.name.clone(),
                tables: business_central.tables.clone(),
            },
            dataverse: couplet_synchronization::Dataverse {
                base_url: dataverse.connection.base_url.clone(),
                user: dataverse.who.user_id,
                company: dataverse.company.clone(),
            },
        };
        let ports = AppPorts {
            business_central: business_central.connection.clone(),
            dataverse: dataverse.connection.clone(),
        };
        let session = Rc::new(Session::new(ports, systems));
        *kept = Some(session.clone());
        session
    })
}
