//! One call of the program: which mappings run, in which order, and what is told of them.

use std::error::Error;

use couplet_engine::executor::End;
use couplet_engine::full_synchronization::in_dependency_order;
use couplet_engine::job::{JobEnd, JobKind, SynchJob};
use couplet_engine::planning::{Counters, Run, UpdateConflicts};
use couplet_engine::transformation::TransformationRules;
use couplet_engine::{Configuration, IntegrationTableMapping, JobStatus, MappingName};
use couplet_synchronization::{
    Approval, Canary, Control, Goal, Planned, Ports, RunError, Session, Store, Task, apply, follow_up,
    prepare_goal,
};
use couplet_workspace::{KeptOfWorkspace, read_workspace};
use serde_json::json;

use crate::arguments::{Arguments, Effect, Extent, Format, OtherPair, Work};
use crate::ports::Network;
use crate::store::FileStore;

/// What became of one mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingReport {
    /// The mapping.
    pub mapping: MappingName,
    /// Counters of all passes; of a dry run as they would be.
    pub counters: Counters,
    /// Requests.
    pub n_requests: u64,
    /// Stable code and words of what stopped it; none when it came to its end.
    pub stopped: Option<(String, String)>,
}

/// What became of all of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// One entry a mapping, in their order.
    pub mappings: Vec<MappingReport>,
}

impl Report {
    /// 3 when a mapping could not run, 1 when records failed, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.mappings.iter().any(|it| it.stopped.is_some()) {
            3
        } else {
            u8::from(self.mappings.iter().any(|it| it.counters.failed > 0))
        }
    }

    /// The report as it is printed.
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Lines => {
                let lines: Vec<String> = self.mappings.iter().map(MappingReport::line).collect();
                lines.join("\n")
            }
            Format::Json => {
                let mappings: Vec<_> = self.mappings.iter().map(MappingReport::json).collect();
                json!({ "mappings": mappings, "exitCode": self.exit_code() }).to_string()
            }
        }
    }
}

impl MappingReport {
    fn line(&self) -> String {
        let Counters { inserted, modified, deleted, unchanged, skipped, failed, coupled, uncoupled } =
            self.counters;
        let stopped = match &self.stopped {
            Some((code, detail)) => format!("; stopped: {code} {detail}"),
            None => String::new(),
        };
        format!(
            "{}: {inserted} created, {modified} changed, {deleted} deleted, {coupled} coupled, {uncoupled} uncoupled, \
             {unchanged} unchanged, {skipped} skipped, {failed} failed, {} requests{stopped}",
            self.mapping, self.n_requests
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "mapping": self.mapping.as_str(),
            "inserted": self.counters.inserted,
            "modified": self.counters.modified,
            "deleted": self.counters.deleted,
            "coupled": self.counters.coupled,
            "uncoupled": self.counters.uncoupled,
            "unchanged": self.counters.unchanged,
            "skipped": self.counters.skipped,
            "failed": self.counters.failed,
            "requests": self.n_requests,
            "stopped": self.stopped.as_ref().map(|(code, detail)| json!({ "code": code, "detail": detail })),
        })
    }
}

/// Runs what the arguments ask for. A mapping that cannot run does not keep the others from running.
///
/// # Errors
/// When nothing could run: the workspace file or the state cannot be read, a mapping is not in the workspace, or a system
/// cannot be opened.
pub async fn run(arguments: &Arguments) -> Result<Report, Box<dyn Error>> {
    let text = std::fs::read_to_string(&arguments.workspace)
        .map_err(|error| format!("cannot read {}: {error}", arguments.workspace.display()))?;
    let workspace =
        read_workspace(&text).map_err(|error| format!("cannot use the workspace file: {error:?}"))?;
    let store = FileStore::open(&arguments.state)?;
    let mappings = chosen(&workspace.configuration, arguments)?;
    let network = Network::new(&arguments.business_central, &arguments.dataverse)?;
    store.forget_old(network.now()).map_err(told)?;
    let (business_central, dataverse) = (&arguments.business_central_base, &arguments.dataverse_base);
    let company = arguments.company.as_deref();
    let session = Session::open(network, business_central, dataverse, company);
    let session = session.await.map_err(|error| format!("{}: {}", error.code(), error.detail()))?;
    take_over(&store, workspace.synchronization.unwrap_or_default(), &session, arguments.other_pair).await?;
    let transformations = TransformationRules::standard();
    let mut report = Report::default();
    for mapping in mappings {
        let job = Job {
            configuration: &workspace.configuration,
            mapping,
            arguments,
            transformations: &transformations,
        };
        report.mappings.push(job.run(&session, &store).await);
    }
    Ok(report)
}

/// Takes over what the workspace file keeps of mappings of which DIR keeps nothing. What is kept of another pair of systems
/// is refused, unless a person says that it belongs to this one now.
async fn take_over(
    store: &FileStore,
    kept: KeptOfWorkspace,
    session: &Session<Network>,
    other_pair: OtherPair,
) -> Result<(), Box<dyn Error>> {
    let connected = session.systems().pair();
    let known = store.pair().await.map_err(told)?;
    let of_file = kept.pair.as_ref().filter(|_| !kept.mappings.is_empty());
    for pair in known.iter().chain(of_file).filter(|pair| !pair.is_same(&connected)) {
        if other_pair == OtherPair::Refuse {
            return Err(format!(
                "run.other-pair: what is kept belongs to {pair}; connected: {connected}; connect the other ones, give \
                 --base-url if these are reached in another way, or use --take-over-pair if they took their place"
            )
            .into());
        }
    }
    if other_pair == OtherPair::TakeOver || of_file.is_some() && known.is_none() {
        store.keep_pair(&connected).await.map_err(told)?;
    }
    store.take_over(&kept.mappings).map_err(told)?;
    Ok(())
}

fn told(error: couplet_synchronization::StoreError) -> String {
    let error = RunError::Store(error);
    format!("{}: {}", error.code(), error.detail())
}

/// The mappings that were named, or those whose job a person did not stop, to couple by criteria those that have some; in
/// dependency order.
fn chosen<'c>(
    configuration: &'c Configuration,
    arguments: &Arguments,
) -> Result<Vec<&'c IntegrationTableMapping>, String> {
    let names = arguments.mappings.as_slice();
    if let Some(unknown) = names.iter().find(|name| configuration.mapping(name).is_none()) {
        return Err(format!("the workspace has no mapping `{unknown}`"));
    }
    let is_chosen = |mapping: &&IntegrationTableMapping| {
        let job = configuration.job(&mapping.name);
        match names {
            [] if arguments.work == Work::Match => {
                let has_criterion = mapping.field_mappings.iter().any(|it| it.use_for_match_based_coupling);
                has_criterion && !mapping.is_option_mapping()
            }
            [] => job.is_some_and(|job| job.status != JobStatus::OnHold),
            names => names.contains(&mapping.name),
        }
    };
    let mappings: Vec<_> = configuration.mappings.iter().filter(is_chosen).collect();
    Ok(in_dependency_order(&mappings))
}

/// One mapping's job.
struct Job<'a> {
    configuration: &'a Configuration,
    mapping: &'a IntegrationTableMapping,
    arguments: &'a Arguments,
    transformations: &'a TransformationRules,
}

impl Job<'_> {
    async fn run(&self, session: &Session<Network>, store: &FileStore) -> MappingReport {
        let n_before = session.n_requests();
        let (counters, stopped) = match self.try_run(session, store).await {
            Ok(outcome) => outcome,
            Err(error) => (Counters::default(), Some((error.code().to_owned(), error.detail()))),
        };
        let n_requests = session.n_requests() - n_before;
        MappingReport { mapping: self.mapping.name.clone(), counters, n_requests, stopped }
    }

    async fn try_run(
        &self,
        session: &Session<Network>,
        store: &FileStore,
    ) -> Result<(Counters, Option<(String, String)>), RunError> {
        let (run, kind, goal) = match (self.arguments.work, self.arguments.extent) {
            (Work::Match, _) => {
                (Run::scheduled(self.mapping), JobKind::Coupling, Goal::Match { chosen: None })
            }
            (Work::Synchronize, Extent::Modified) => {
                (Run::scheduled(self.mapping), JobKind::Modified, Goal::Run)
            }
            (Work::Synchronize, Extent::Full) => (Run::full(self.mapping), JobKind::Full, Goal::Run),
        };
        let task = Task {
            configuration: self.configuration,
            mapping: &self.mapping.name,
            run,
            kind,
            update_conflicts: UpdateConflicts::default(),
            transformations: self.transformations,
        };
        let control = Control::new();
        let mut prepared = prepare_goal(session, store, &task, &goal, &control, &|_| {}).await?;
        let planned = prepared.plan()?;
        if self.arguments.effect == Effect::DryRun {
            return Ok((planned_counters(&planned), None));
        }
        let approval = Approval { planned: &planned, canary: Canary::Off };
        let job = apply(session, store, &mut prepared, approval, &control, &|_| {}).await?;
        if job.end == Some(JobEnd::Ran(End::Completed)) {
            follow_up(session, store, &task, &job, &control, &|_| {}).await?;
        }
        Ok((job.passes.iter().map(|it| it.counters).sum(), stopped(&job)))
    }
}

fn planned_counters(planned: &Planned) -> Counters {
    match planned {
        Planned::Records(plan) => plan.passes.iter().map(|it| it.counters).sum(),
        Planned::Options(plan) => plan.counters,
    }
}

/// What kept a job from its end.
fn stopped(job: &SynchJob) -> Option<(String, String)> {
    match job.end.as_ref()? {
        JobEnd::Ran(End::Completed) => None,
        JobEnd::Ran(End::Cancelled) => Some(("run.cancelled".to_owned(), String::new())),
        JobEnd::Ran(End::GaveUp) => Some(("run.no-answer".to_owned(), String::new())),
        JobEnd::TooManyErrors => Some(("run.too-many-errors".to_owned(), String::new())),
        JobEnd::Broken { code, detail } => Some((code.clone(), detail.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_is_told() {
        let counters = Counters {
            inserted: 1,
            modified: 2,
            deleted: 3,
            unchanged: 4,
            skipped: 5,
            failed: 6,
            uncoupled: 7,
            coupled: 8,
        };
        let mapping = MappingName::new("CUSTOMER").ok();
        let report = mapping.map(|mapping| MappingReport { mapping, counters, n_requests: 9, stopped: None });
        let Some(report) = report else { panic!("a report") };
        assert_eq!(
            report.line(),
            "CUSTOMER: 1 created, 2 changed, 3 deleted, 8 coupled, 7 uncoupled, 4 unchanged, 5 skipped, 6 failed, \
             9 requests"
        );
        let json = report.json();
        for (name, count) in [("deleted", 3), ("coupled", 8), ("uncoupled", 7)] {
            assert_eq!(json[name], count, "{name}");
        }
    }
}
