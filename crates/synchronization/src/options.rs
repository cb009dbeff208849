//! Option mappings: records of Business Central against the values of a choice (S1.9, S4.60 to S4.64). Values are metadata:
//! each is a request of its own (B34), and no journal is needed, as a value with the label is found again.

use couplet_engine::coupling::{CouplingEnd, LastRun, OptionCoupling, Skipped, SynchResult, SystemId};
use couplet_engine::executor::End;
use couplet_engine::job::{JobEnd, SynchJob, SynchJobError};
use couplet_engine::planning::{ActionKind, Choice, OptionAction, OptionPlan, Pass, Reason, Shelves};
use couplet_engine::schema::Labels;
use couplet_engine::{IntegrationTableMapping, Language, Side};
use couplet_filter::FieldValue;
use couplet_systems::dataverse::{OptionChange, option_change_request, read_inserted_option};
use couplet_systems::retry::{Retry, decide};
use couplet_systems::write::{Change, Outcome, Precondition, RecordBody};
use couplet_systems::{
    OPTION_LABEL, OPTION_VALUE, Request, Response, ServiceError, ServiceErrorKind, option_set_rows,
};
use uuid::Uuid;

use crate::apply::{Watch, forget};
use crate::control::Progressed;
use crate::error::RunError;
use crate::ports::Ports;
use crate::prepared::{Content, OptionTables, Prepared};
use crate::reading::cell;
use crate::session::{FIRST_WAIT, Session};
use crate::store::{Progress, Recording, Store};
use crate::wire::{refusal_text, write};

/// How often adding a value is tried.
const MAX_INSERTS: u32 = 4;

/// The values of the choice of an option mapping, from the metadata.
pub(crate) async fn choices<P: Ports>(
    session: &Session<P>,
    mapping: &IntegrationTableMapping,
) -> Result<Vec<Choice>, RunError> {
    let column = mapping.integration_uid.column();
    let place = session.dataverse(&mapping.integration_table).await?;
    let table = || format!("{}.{column}", mapping.integration_table);
    let out_of_reach = || RunError::TableOutOfReach { side: Side::Dataverse, table: table() };
    let (_, rows) = option_set_rows(&place.schema, column, Language::English).ok_or_else(out_of_reach)?;
    let choice = |row: usize| match (cell(&rows, OPTION_VALUE, row), cell(&rows, OPTION_LABEL, row)) {
        (FieldValue::Integer(value), FieldValue::Text(label)) => {
            Some(Choice { value: i32::try_from(value).ok()?, label: label.into() })
        }
        _ => None,
    };
    Ok((0..rows.n_rows()).filter_map(choice).collect())
}

/// Records of option couplings whose last run failed: tried again, unlike in the reference (S4.64).
pub(crate) fn failed(couplings: &[OptionCoupling]) -> Vec<Uuid> {
    let failed = |it: &&OptionCoupling| {
        let last = it.last_run_to_integration;
        it.skipped == Skipped::No && last.is_some_and(|run| run.result == SynchResult::Failure)
    };
    couplings.iter().filter(failed).map(|it| it.record.id().0).collect()
}

/// Carries out an option plan, one value after the other.
pub(crate) async fn apply<P: Ports, S: Store>(
    session: &Session<P>,
    store: &S,
    prepared: &mut Prepared,
    plan: &OptionPlan,
    job: SynchJob,
    watch: &Watch<'_>,
) -> Result<SynchJob, RunError> {
    let mut n_counted = session.n_requests();
    // Somebody may have added values since the metadata was read.
    let changes_values = plan.actions.iter().any(|action| action.write.is_some());
    if changes_values {
        session.forget();
    }
    let choices = choices(session, &prepared.mapping).await?;
    let gone = prepared.gone();
    let Content::Options(tables) = &mut prepared.content else { return Err(RunError::PlanOutdated) };
    let mut runner = OptionRunner { session, mapping: &prepared.mapping, tables, choices, job };
    let n_actions = plan.actions.len();
    let (mut n_done, mut n_failed, mut n_sent, mut n_refused) = (0, 0, 0, 0);
    let mut end = JobEnd::Ran(End::Completed);
    for action in &plan.actions {
        watch.control.wait_while_paused(session.ports(), watch.progress).await;
        if watch.control.is_cancelled() {
            end = JobEnd::Ran(End::Cancelled);
            break;
        }
        if watch.canary.looks_after(n_sent) && watch.canary.is_exceeded(n_sent, n_refused) {
            end = JobEnd::TooManyErrors;
            break;
        }
        let outcome = runner.carry_out(action).await?;
        let has_failed = usize::from(matches!(outcome, Carried::Failed { .. }));
        (n_done, n_failed) = (n_done + 1, n_failed + has_failed);
        if action.write.is_some() {
            (n_sent, n_refused) = (n_sent + 1, n_refused + has_failed);
        }
        runner.job.n_requests +=
            session.n_requests() - std::mem::replace(&mut n_counted, session.n_requests());
        let recording = runner.keep(action, outcome);
        store.record(&recording).await?;
        (watch.progress)(Progressed::Settled { n_done, n_failed, n_actions });
    }
    if end == JobEnd::Ran(End::Completed) {
        runner.tables.state.local_watermark = plan.watermark.or(runner.tables.state.local_watermark);
        forget(&mut runner.tables.state, &gone);
    }
    let mut job = runner.job;
    job.finished_at = Some(session.ports().now());
    job.end = Some(end);
    job.n_requests += session.n_requests() - n_counted;
    let recording = Recording::new(prepared.mapping.name.clone(), Progress::of(&tables.state));
    store.record(&Recording { job: Some(job.clone()), ..recording }).await?;
    if changes_values {
        session.forget();
    }
    Ok(job)
}

/// What became of an option action.
enum Carried {
    /// The record and the value belong together, under this label.
    Coupled { record: SystemId, value: i32, label: String },
    /// The coupling goes.
    Removed,
    /// Nothing had to be done.
    Nothing,
    /// It was not possible.
    Failed { cause: String, detail: String },
}

struct OptionRunner<'a, P> {
    session: &'a Session<P>,
    mapping: &'a IntegrationTableMapping,
    tables: &'a mut OptionTables,
    choices: Vec<Choice>,
    job: SynchJob,
}

impl<P: Ports> OptionRunner<'_, P> {
    async fn carry_out(&mut self, action: &OptionAction) -> Result<Carried, RunError> {
        let written = match (action.kind, &action.write) {
            (ActionKind::RemoveCoupling, _) => return Ok(Carried::Removed),
            (ActionKind::Skip, _) => return Ok(Carried::Nothing),
            (ActionKind::Fail | ActionKind::Conflict, _) => {
                let detail = match &action.reason {
                    Reason::Failure(failure) => failure.fingerprint(),
                    _ => String::new(),
                };
                return Ok(Carried::Failed { cause: action.reason.code().to_owned(), detail });
            }
            (_, None) => {
                let pair = action.record.zip(action.value);
                let unchanged =
                    |(record, value)| Carried::Coupled { record, value, label: action.now.to_string() };
                return Ok(pair.map_or(Carried::Nothing, unchanged));
            }
            (_, Some(written)) => written.to_string(),
        };
        match action.pass {
            Pass::ToIntegrationTable => self.write_value(action, &written).await,
            Pass::FromIntegrationTable => self.write_record(action, &written).await,
        }
    }

    /// Adds a value to the choice, or renames one. A value with the label that nobody is coupled to is taken instead of a
    /// second one: an earlier run may have added it (S4.63).
    async fn write_value(&mut self, action: &OptionAction, label: &str) -> Result<Carried, RunError> {
        let Some(record) = action.record else { return Ok(Carried::Nothing) };
        let value = match (action.kind, action.value, self.free_value(label)) {
            (ActionKind::Update, Some(value), _) => {
                let labels = Labels::same(label);
                let response =
                    self.session.send(Side::Dataverse, self.request(&OptionChange::Rename { value, labels }));
                if let Err(error) = ServiceError::check(Side::Dataverse, &response.await?) {
                    return Ok(refused(&error));
                }
                value
            }
            (_, _, Some(free)) => free,
            _ => match self.insert_value(label).await? {
                Ok(value) => value,
                Err(failed) => return Ok(failed),
            },
        };
        self.choices.retain(|it| it.value != value);
        self.choices.push(Choice { value, label: label.into() });
        Ok(Carried::Coupled { record, value, label: label.to_owned() })
    }

    /// A value with this label that nobody is coupled to.
    fn free_value(&self, label: &str) -> Option<i32> {
        let coupled = |value: i32| self.tables.couplings.iter().any(|it| it.value == value);
        let free = self.choices.iter().find(|it| it.label.as_ref() == label && !coupled(it.value));
        free.map(|free| free.value)
    }

    fn request(&self, change: &OptionChange) -> Request {
        option_change_request(&self.mapping.integration_table, self.mapping.integration_uid.column(), change)
    }

    /// Adds a value. The service would add a second one with the same label: before the request is sent again, the choice
    /// is read.
    async fn insert_value(&mut self, label: &str) -> Result<Result<i32, Carried>, RunError> {
        let ports = self.session.ports();
        for attempt in 1..=MAX_INSERTS {
            let request = self.request(&OptionChange::Insert { labels: Labels::same(label) });
            let answer = self.session.send_unrepeated(Side::Dataverse, request).await?;
            let back_off = FIRST_WAIT * 2u32.pow(attempt - 1);
            let wait = match &answer {
                Some(response) if response.is_success() => return Ok(Ok(read_inserted_option(response)?)),
                None => back_off,
                Some(response) => match decide(response, attempt, ports.now()) {
                    Retry::After(wait) => wait,
                    Retry::GiveUp if is_open(response) => back_off,
                    Retry::GiveUp => {
                        let error = ServiceError::check(Side::Dataverse, response).err();
                        return Ok(Err(error.map_or(Carried::Nothing, |error| refused(&error))));
                    }
                },
            };
            ports.wait(wait).await;
            self.session.forget();
            self.choices = choices(self.session, self.mapping).await?;
            if let Some(value) = self.free_value(label) {
                return Ok(Ok(value));
            }
        }
        Ok(Err(Carried::Failed { cause: "run.no-answer".to_owned(), detail: label.to_owned() }))
    }

    /// Creates a record with a code, or gives it another one.
    async fn write_record(&mut self, action: &OptionAction, code: &str) -> Result<Carried, RunError> {
        let Some(value) = action.value else { return Ok(Carried::Nothing) };
        let place = self.tables.business_central.place.clone();
        let first = self.mapping.field_mappings.iter().min_by_key(|field| field.number);
        let field = first.and_then(|field| place.schema.field(field.field.as_deref()?));
        let mut body = RecordBody::new(Side::BusinessCentral);
        let set = field.map(|field| body.set(field, FieldValue::Text(code)));
        if let Some(Err(error)) = set {
            return Ok(Carried::Failed { cause: error.code().to_owned(), detail: code.to_owned() });
        }
        let change = match action.record.filter(|_| action.kind == ActionKind::Update) {
            Some(record) => {
                let tag = self.tables.business_central.etag(record.0).map(str::to_owned);
                let precondition = tag.map_or(Precondition::Exists, Precondition::Unchanged);
                Change::Update { id: record.0, precondition, body }
            }
            None => Change::Create { id: None, body },
        };
        let coupled = |record: SystemId| Carried::Coupled { record, value, label: code.to_owned() };
        Ok(match write(self.session, &place, vec![change]).await?.pop() {
            Some(Outcome::Created { id: Some(id), .. }) => coupled(SystemId(id)),
            Some(Outcome::Updated { .. }) => action.record.map_or(Carried::Nothing, coupled),
            Some(Outcome::Refused(error)) => refused(&error),
            _ => Carried::Failed { cause: "run.no-answer".to_owned(), detail: code.to_owned() },
        })
    }

    /// The couplings, counters and errors after an action.
    fn keep(&mut self, action: &OptionAction, carried: Carried) -> Recording {
        let counted = match &carried {
            Carried::Failed { .. } => ActionKind::Fail,
            _ => action.kind,
        };
        for pass in self.job.passes.iter_mut().filter(|it| it.pass == action.pass) {
            pass.counters.count(counted, Shelves::No);
        }
        let mut put = Vec::new();
        let mut gone = Vec::new();
        let mut errors = Vec::new();
        match carried {
            Carried::Nothing => {}
            Carried::Removed => {
                gone.extend(action.record);
                self.tables.couplings.retain(|it| Some(it.record.id()) != action.record);
            }
            Carried::Failed { cause, detail } => {
                errors.push(SynchJobError {
                    job: self.job.id,
                    pass: action.pass,
                    record: action.record,
                    row: None,
                    cause,
                    detail,
                    at: self.job.started_at,
                });
                self.fail(action, &mut put);
            }
            Carried::Coupled { record, value, label } => {
                put.push(self.coupling(action, record, value, label));
            }
        }
        Recording {
            job: Some(self.job.clone()),
            put_option_couplings: put,
            delete_option_couplings: gone,
            errors,
            ..Recording::new(self.mapping.name.clone(), Progress::of(&self.tables.state))
        }
    }

    fn coupling(
        &mut self,
        action: &OptionAction,
        record: SystemId,
        value: i32,
        label: String,
    ) -> OptionCoupling {
        let run = LastRun { result: SynchResult::Success, job: self.job.id };
        let coupling = OptionCoupling {
            table: self.mapping.table.number,
            record: CouplingEnd::new(record).synchronized(action.modified_at, run),
            integration_table: self.mapping.integration_table.clone(),
            column: self.mapping.integration_uid.column().to_owned(),
            value,
            label,
            last_run_to_integration: Some(run),
            skipped: Skipped::No,
        };
        self.tables.state.failed_records.remove(&record);
        self.tables.couplings.retain(|it| it.record.id() != record);
        self.tables.couplings.push(coupling.clone());
        coupling
    }

    /// Remembers a failure with the coupling, or with the record that has none yet: the watermark passes it by.
    fn fail(&mut self, action: &OptionAction, put: &mut Vec<OptionCoupling>) {
        let run = LastRun { result: SynchResult::Failure, job: self.job.id };
        match self.tables.couplings.iter_mut().find(|it| Some(it.record.id()) == action.record) {
            Some(coupling) => {
                coupling.last_run_to_integration = Some(run);
                put.push(coupling.clone());
            }
            None if action.pass == Pass::ToIntegrationTable => {
                self.tables.state.failed_records.extend(action.record);
            }
            // Values are looked at all, every time (S4.60).
            None => {}
        }
    }
}

/// Whether an answer leaves open what was done, or a token is fetched anew.
fn is_open(response: &Response) -> bool {
    let kind = ServiceErrorKind::of_status(response.status);
    matches!(kind, ServiceErrorKind::TimedOut | ServiceErrorKind::Unauthorized)
}

fn refused(error: &ServiceError) -> Carried {
    let text = refusal_text(error);
    let (cause, detail) = text.split_once(": ").unwrap_or((text.as_str(), ""));
    Carried::Failed { cause: cause.to_owned(), detail: detail.to_owned() }
}
