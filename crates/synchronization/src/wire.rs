//! Operations of the executor as changes on the wire, and what came of them as its answers.

use couplet_engine::executor::{Answer, Operation, OperationKind, OperationOutcome};
use couplet_engine::{FieldSchema, Side, Value};
use couplet_systems::write::{
    Answer as WireAnswer, Change, Outcome, PartAddress, Precondition, RecordBody, Turn, WriteTarget, Writer,
};
use couplet_systems::{ServiceError, ServiceErrorKind};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::error::RunError;
use crate::ports::{NoAnswer, Ports};
use crate::session::{Place, Session, TURN, first_done};

/// Dataverse table of users, and that of teams.
const USER: &str = "systemuser";
const TEAM: &str = "team";

/// What a lookup needs to be bound.
struct Binding<'a> {
    navigation: &'a str,
    entity_set: &'a str,
}

/// Sends the operations of one entry, all to one side. `etag` gives the tag that a record was read with; `conflicted`
/// holds operations that were refused once because their record was not as expected.
pub(crate) async fn send<P: Ports>(
    session: &Session<P>,
    place: &Place,
    operations: &[Operation],
    etag: &dyn Fn(Uuid) -> Option<String>,
    conflicted: &mut FxHashSet<Uuid>,
) -> Result<Answer, RunError> {
    let encoder = Encoder::new(session, place, operations).await?;
    let mut outcomes: Vec<Option<OperationOutcome>> = vec![None; operations.len()];
    let (mut changes, mut sent) = (Vec::new(), Vec::new());
    for (idx, operation) in operations.iter().enumerate() {
        match encoder.change(operation, etag) {
            Ok(change) => {
                changes.push(change);
                sent.push(idx);
            }
            Err(text) => set(&mut outcomes, idx, OperationOutcome::Refused { text }),
        }
    }
    let written = write(session, place, changes).await?;
    if !written.is_empty() && written.iter().all(is_not_now) {
        return Ok(Answer::NotNow { wait: None });
    }
    for (idx, outcome) in sent.into_iter().zip(written) {
        let Some(operation) = operations.get(idx) else { continue };
        set(&mut outcomes, idx, judged(operation, outcome, conflicted));
    }
    let known = outcomes.into_iter().map(|outcome| outcome.unwrap_or(OperationOutcome::Unknown));
    Ok(Answer::Operations(known.collect()))
}

fn set(outcomes: &mut [Option<OperationOutcome>], idx: usize, outcome: OperationOutcome) {
    if let Some(place) = outcomes.get_mut(idx) {
        *place = Some(outcome);
    }
}

/// Sends changes with as many requests under way as the pace allows.
///
/// # Errors
/// When requests are not passed on: nothing more is sent then, and what was under way is answered.
pub(crate) async fn write<P: Ports>(
    session: &Session<P>,
    place: &Place,
    changes: Vec<Change>,
) -> Result<Vec<Outcome>, RunError> {
    let side = place.side();
    let target = WriteTarget {
        source: place.source.clone(),
        logical_name: place.schema.name.clone(),
        part_address: PartAddress::Rooted,
    };
    let parallelism = session.with_pace(side, |pace| pace.parallelism());
    let writer = Writer::new(target, changes, parallelism, session.ports().new_id());
    let mut writer = writer.telling_times();
    let mut under_way = Vec::new();
    let mut not_passed_on = None;
    loop {
        let now = session.ports().now();
        match session.with_pace(side, |pace| writer.turn(pace, now)) {
            Turn::Done => return not_passed_on.map_or_else(|| Ok(writer.into_outcomes()), Err),
            Turn::Send { ticket, request } => {
                session.count_request();
                under_way.push(Box::pin(async move { (ticket, session.ports().send(side, &request).await) }));
            }
            Turn::Wait(wait) if under_way.is_empty() => session.ports().wait(wait).await,
            // All that is under way is somebody else's of the same session.
            Turn::Answer if under_way.is_empty() => session.ports().wait(TURN).await,
            Turn::Wait(_) | Turn::Answer => {
                let Some((ticket, response)) = first_done(&mut under_way).await else { continue };
                let answer = response.as_ref().map_or(WireAnswer::Lost, WireAnswer::Received);
                let now = session.ports().now();
                session.hear(side, response.as_ref().ok());
                if let Err(refused @ NoAnswer::NotPassedOn { .. }) = &response {
                    not_passed_on = Some(RunError::unanswered(side, refused.clone()));
                    writer.cancel();
                }
                session.with_pace(side, |pace| writer.answered(pace, ticket, answer, now));
            }
        }
    }
}

/// Whether nothing was done because the service does not work for us at the moment.
fn is_not_now(outcome: &Outcome) -> bool {
    let busy = |error: &ServiceError| {
        matches!(
            error.kind,
            ServiceErrorKind::Unauthorized | ServiceErrorKind::Throttled | ServiceErrorKind::Unavailable
        )
    };
    *outcome == Outcome::NotSent || outcome.refusal().is_some_and(busy)
}

fn judged(operation: &Operation, outcome: Outcome, conflicted: &mut FxHashSet<Uuid>) -> OperationOutcome {
    if is_not_now(&outcome) {
        return OperationOutcome::Unknown;
    }
    match outcome {
        Outcome::Created { id, modified_at, .. } => {
            OperationOutcome::Done { given: id.filter(|id| *id != operation.id), modified_at }
        }
        Outcome::Updated { modified_at, .. } => OperationOutcome::Done { given: None, modified_at },
        Outcome::Refused(error) => {
            let is_gone = error.kind == ServiceErrorKind::NotFound && operation.kind != OperationKind::Create;
            // A record that is not as expected is looked at; one that is refused again although it is, is refused.
            let is_other = error.kind == ServiceErrorKind::Conflict || is_gone;
            if is_other && conflicted.insert(operation.id) {
                OperationOutcome::PreconditionFailed
            } else {
                OperationOutcome::Refused { text: refusal_text(&error).into() }
            }
        }
        Outcome::Deleted => OperationOutcome::Done { given: None, modified_at: None },
        Outcome::Unknown | Outcome::NotSent => OperationOutcome::Unknown,
    }
}

/// The service's code and words: what tells one refusal from others (S3.51).
pub(crate) fn refusal_text(error: &ServiceError) -> String {
    match error.code.is_empty() {
        true => format!("{}: {}", error.status, error.message),
        false => format!("{}: {}", error.code, error.message),
    }
}

/// Makes changes of operations on one table.
struct Encoder<'p> {
    place: &'p Place,
    navigation: Option<std::sync::Arc<couplet_systems::dataverse::Navigation>>,
    entity_sets: FxHashMap<String, String>,
    owning_team: Option<Uuid>,
}

impl<'p> Encoder<'p> {
    async fn new<P: Ports>(
        session: &Session<P>,
        place: &'p Place,
        operations: &[Operation],
    ) -> Result<Self, RunError> {
        let mut encoder =
            Encoder { place, navigation: None, entity_sets: FxHashMap::default(), owning_team: None };
        let mut tables: Vec<String> = Vec::new();
        for operation in operations {
            for field in operation.values().filter_map(|(name, _)| place.schema.field(name)) {
                tables.extend(
                    field.targets.iter().filter(|table| !tables.contains(table)).cloned().collect::<Vec<_>>(),
                );
            }
        }
        if place.side() == Side::Dataverse && !tables.is_empty() {
            encoder.owning_team = session.owning_team().await?;
            encoder.navigation = Some(session.navigation(&place.schema.name).await?);
            encoder.entity_sets = session.entity_sets(&tables).await?;
        }
        Ok(encoder)
    }

    /// The change of an operation; the reason when a value cannot be written.
    fn change(
        &self,
        operation: &Operation,
        etag: &dyn Fn(Uuid) -> Option<String>,
    ) -> Result<Change, Box<str>> {
        let side = self.place.side();
        let mut body = RecordBody::new(side);
        for (name, value) in operation.values() {
            let Some(field) = self.place.schema.field(name) else { continue };
            let is_type_of_lookup = field.property.as_deref().is_some_and(|it| it.contains('@'));
            if is_type_of_lookup {
                continue;
            }
            match value {
                _ if field.targets.is_empty() => body
                    .set(field, value.as_field_value())
                    .map_err(|error| format!("{}: {name}", error.code()))?,
                value => self.bind(&mut body, operation, field, value)?,
            }
        }
        let tag = |id: Uuid| etag(id).map_or(Precondition::Exists, Precondition::Unchanged);
        Ok(match (operation.kind, side) {
            (OperationKind::Create, Side::Dataverse) => Change::Create { id: Some(operation.id), body },
            (OperationKind::Create, Side::BusinessCentral) => Change::Create { id: None, body },
            (OperationKind::Update, _) => {
                Change::Update { id: operation.id, precondition: tag(operation.id), body }
            }
            (OperationKind::Delete, _) => {
                Change::Delete { id: operation.id, precondition: tag(operation.id) }
            }
        })
    }

    fn bind(
        &self,
        body: &mut RecordBody,
        operation: &Operation,
        field: &FieldSchema,
        value: &Value,
    ) -> Result<(), Box<str>> {
        let id = match value {
            Value::Guid(id) if !id.is_nil() => Some(*id),
            _ => None,
        };
        // A row always has an owner: it is never taken away.
        if id.is_none() && (operation.kind == OperationKind::Create || field.name == "ownerid") {
            return Ok(());
        }
        let unbound = || format!("write.read-only: {}", field.name);
        let Binding { navigation, entity_set } = self.binding(operation, field, id).ok_or_else(unbound)?;
        body.bind(navigation, entity_set, id);
        Ok(())
    }

    /// To which table a lookup points, and how it is called.
    fn binding(&self, operation: &Operation, field: &FieldSchema, id: Option<Uuid>) -> Option<Binding<'_>> {
        let named = format!("{}type", field.name);
        let named = operation.values().find(|(name, _)| name.as_ref() == named);
        let target = match (named, field.targets.as_slice()) {
            (_, [only]) => only.as_str(),
            (_, _) if id.is_some() && id == self.owning_team => TEAM,
            (Some((_, Value::Text(table))), _) => table.as_ref(),
            (_, targets) if targets.iter().any(|table| table == USER) => USER,
            (_, targets) if targets.iter().any(|table| table == "account") => "account",
            (_, targets) => targets.first()?.as_str(),
        };
        let navigation = self.navigation.as_ref()?;
        let entity_set = self.entity_sets.get(target)?;
        // Owners are bound by one property whatever they are (B38).
        let property =
            navigation.property(&field.name, target).or_else(|| navigation.property(&field.name, "owner"));
        let property = property.or((field.name == "ownerid").then_some("ownerid"))?;
        Some(Binding { navigation: property, entity_set })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::Future;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use couplet_engine::{Labels, TableSchema};
    use couplet_systems::pace::Permission;
    use couplet_systems::{BusinessCentralTables, CompanionState, Request, Response, TableSource};
    use jiff::Timestamp;

    use super::*;
    use crate::session::{BusinessCentral, Dataverse, Systems};

    /// Answers at once; waiting takes until the next poll.
    #[derive(Default)]
    struct Desk {
        n_looks_at_the_clock: Cell<u32>,
    }

    impl Ports for Desk {
        async fn send(&self, _side: Side, _request: &Request) -> Result<Response, NoAnswer> {
            Ok(Response { status: 204, ..Response::default() })
        }

        async fn wait(&self, _duration: Duration) {
            let mut is_over = false;
            std::future::poll_fn(|_| {
                if std::mem::replace(&mut is_over, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }

        async fn breathe(&self) {}

        fn now(&self) -> Timestamp {
            self.n_looks_at_the_clock.set(self.n_looks_at_the_clock.get() + 1);
            assert!(self.n_looks_at_the_clock.get() < 10_000, "nobody else has a turn");
            Timestamp::UNIX_EPOCH
        }

        fn new_id(&self) -> Uuid {
            Uuid::from_u128(1)
        }
    }

    fn session() -> Session<Desk> {
        let tables = BusinessCentralTables {
            companion: CompanionState::Missing,
            tables: Vec::new(),
            missing: Vec::new(),
        };
        let systems = Systems {
            business_central: BusinessCentral {
                base_url: String::new(),
                company: Uuid::nil(),
                company_name: String::new(),
                tables: Arc::new(tables),
            },
            dataverse: Dataverse { base_url: String::new(), user: Uuid::nil(), company: None },
        };
        Session::new(Desk::default(), systems)
    }

    fn place() -> Place {
        let schema = TableSchema {
            side: Side::Dataverse,
            name: "account".to_owned(),
            number: None,
            labels: Labels::same("Account"),
            key_field: "accountid".to_owned(),
            primary_name_field: None,
            fields: Vec::new(),
        };
        let source = TableSource {
            side: Side::Dataverse,
            base_url: "https://demo.crm4.dynamics.com".to_owned(),
            path: "/api/data/v9.2/accounts".to_owned(),
            key_field: "accountid".to_owned(),
        };
        Place { schema: Arc::new(schema), source }
    }

    /// Requests of a plan beside the run take the whole pace: the run waits for them, and lets others have their turn.
    #[test]
    fn a_writer_waits_for_others_of_its_session() {
        let (session, place) = (session(), place());
        let mut n_others = 0;
        while session.with_pace(Side::Dataverse, |pace| pace.ask(Timestamp::UNIX_EPOCH)) == Permission::Now {
            session.with_pace(Side::Dataverse, |pace| pace.sent(Timestamp::UNIX_EPOCH));
            n_others += 1;
        }
        let change = Change::Delete { id: Uuid::from_u128(2), precondition: Precondition::Exists };
        let mut written = std::pin::pin!(write(&session, &place, vec![change]));
        let mut context = Context::from_waker(Waker::noop());
        assert!(written.as_mut().poll(&mut context).is_pending());
        assert_eq!(session.n_requests(), 0);
        for _ in 0..n_others {
            session.with_pace(Side::Dataverse, |pace| pace.answered(None));
        }
        let Poll::Ready(Ok(outcomes)) = written.as_mut().poll(&mut context) else {
            panic!("its turn has come")
        };
        assert_eq!(outcomes, [Outcome::Deleted]);
    }
}
