//! Many changes of one table, written with few requests: which form each travels in, and what is sent again in which
//! form when something fails. A state machine without a clock or a network; its caller sends, waits and answers.
//!
//! Bulk messages first where the service has them (B47), else `$batch` (A51, B51), single requests for what stands
//! alone. A bulk message that is refused goes as a batch, a batch that is refused as a whole goes in halves: a bad
//! record is refused alone, and its neighbors are written.

use std::collections::VecDeque;
use std::time::Duration;

use couplet_engine::Side;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::bulk::{self, Message};
use super::message::{Certainty, for_service, outcome, request, telling_time};
use super::{Change, Outcome, WriteTarget, json_batch, multipart};
use crate::error::{ServiceError, ServiceErrorKind};
use crate::http::{Request, RequestIds, Response};
use crate::pace::{Pace, Permission};
use crate::retry::{Retry, decide};

/// Parts of a batch of Business Central (A51).
pub const MAX_BATCH_BUSINESS_CENTRAL: usize = 100;
/// Parts of a batch of Dataverse, and records of a bulk message: it has no limit of its own, 1,000 are advised (B47,
/// B51).
pub const MAX_BATCH_DATAVERSE: usize = 1_000;
/// Records in a request below which more parallel requests gain nothing.
const SMALL_BATCH: usize = 100;
/// Times that a change is sent whose answers get lost.
const MAX_LOST: u32 = 4;
/// Times that the same request is sent when the service finds no valid token.
const MAX_UNAUTHORIZED: u32 = 2;

/// Which request an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// What the writer wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Send this, then ask again; give the answer back when it comes.
    Send {
        /// To give back with the answer.
        ticket: Ticket,
        /// What to send.
        request: Request,
    },
    /// Ask again after this time, or when an answer comes.
    Wait(Duration),
    /// Ask again when an answer comes.
    Answer,
    /// Every change has its outcome.
    Done,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'r> {
    /// A whole answer.
    Received(&'r Response),
    /// None, or a part of one: the work may have been done.
    Lost,
}

/// How changes travel together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Single,
    Batch,
    Bulk(Message),
}

/// Changes that travel in one request.
#[derive(Debug, Clone)]
struct Group {
    members: Vec<usize>,
    form: Form,
    /// Which try of the same request this is, from 1.
    attempt: u32,
}

struct Item {
    change: Change,
    certainty: Certainty,
    n_lost: u32,
    outcome: Option<Outcome>,
}

/// Writes changes of one table.
pub struct Writer {
    target: WriteTarget,
    items: Vec<Item>,
    queue: VecDeque<Group>,
    in_flight: FxHashMap<Ticket, Group>,
    ids: RequestIds,
    n_sent: u64,
    /// Messages that the table turned out not to have.
    missing_messages: FxHashSet<Message>,
    is_cancelled: bool,
    /// Requests under way at once when the writing began.
    parallelism: u32,
    times: Times,
}

/// Whether answers tell when records were changed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    AsItComes,
    Told,
}

impl Writer {
    /// Prepares to write these changes, each of another record. `parallelism` is that of the connection's pace; the
    /// requests' ids follow from `run`.
    pub fn new(target: WriteTarget, changes: Vec<Change>, parallelism: u32, run: Uuid) -> Self {
        let new = |change| Item { change, certainty: Certainty::First, n_lost: 0, outcome: None };
        let items: Vec<Item> = changes.into_iter().map(new).collect();
        let mut writer = Writer {
            target,
            items,
            queue: VecDeque::new(),
            in_flight: FxHashMap::default(),
            ids: RequestIds::new(run),
            n_sent: 0,
            missing_messages: FxHashSet::default(),
            is_cancelled: false,
            parallelism,
            times: Times::AsItComes,
        };
        writer.enqueue_all();
        writer
    }

    /// Every answer tells when its record was changed last. Bulk messages do not (B47), so none is sent.
    #[must_use]
    pub fn telling_times(mut self) -> Self {
        self.times = Times::Told;
        self.queue.clear();
        self.enqueue_all();
        self
    }

    /// What to do next.
    pub fn turn(&mut self, pace: &mut Pace, now: Timestamp) -> Turn {
        if self.queue.is_empty() {
            return if self.in_flight.is_empty() { Turn::Done } else { Turn::Answer };
        }
        match pace.ask(now) {
            Permission::After(wait) => return Turn::Wait(wait),
            Permission::WhenAnswered => return Turn::Answer,
            Permission::Now => {}
        }
        let Some(group) = self.queue.pop_front() else { return Turn::Answer };
        pace.sent(now);
        self.n_sent += 1;
        let ticket = Ticket(self.n_sent);
        let request = self.request(&group);
        self.in_flight.insert(ticket, group);
        Turn::Send { ticket, request }
    }

    /// Takes the answer to a request; gives the changes, by their position, that have their outcome now.
    pub fn answered(
        &mut self,
        pace: &mut Pace,
        ticket: Ticket,
        answer: Answer<'_>,
        now: Timestamp,
    ) -> Vec<usize> {
        let Some(group) = self.in_flight.remove(&ticket) else { return Vec::new() };
        let members = group.members.clone();
        match answer {
            Answer::Lost => {
                pace.answered(None);
                pace.pause(now, Duration::from_secs(1) * 2u32.saturating_pow(group.attempt - 1));
                self.lost(group);
            }
            Answer::Received(response) => {
                pace.answered(Some(response));
                if response.is_success() {
                    self.succeeded(pace, group, response, now);
                } else {
                    self.refused(pace, group, response, now);
                }
            }
        }
        let is_judged = |idx: &usize| self.items.get(*idx).is_some_and(|item| item.outcome.is_some());
        members.into_iter().filter(is_judged).collect()
    }

    /// Nothing more is sent. What is under way may still be answered; until then its outcome is open.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
        for group in std::mem::take(&mut self.queue) {
            self.drop_group(&group);
        }
    }

    /// The outcome of a change, by its position; none while it is open.
    pub fn outcome(&self, idx: usize) -> Option<&Outcome> {
        self.items.get(idx)?.outcome.as_ref()
    }

    /// All outcomes, in the order of the changes. A change that is still under way is unknown.
    pub fn into_outcomes(self) -> Vec<Outcome> {
        self.items.into_iter().map(|item| item.outcome.unwrap_or(Outcome::Unknown)).collect()
    }

    /// Requests sent so far.
    pub fn n_sent(&self) -> u64 {
        self.n_sent
    }

    fn enqueue_all(&mut self) {
        let mut forms: Vec<(Form, Vec<usize>)> = Vec::new();
        for (idx, item) in self.items.iter().enumerate() {
            let message = Message::of(&item.change)
                .filter(|_| self.target.side() == Side::Dataverse && self.times == Times::AsItComes);
            let form = message.map_or(Form::Batch, Form::Bulk);
            match forms.iter_mut().find(|(known, _)| *known == form) {
                Some((_, members)) => members.push(idx),
                None => forms.push((form, vec![idx])),
            }
        }
        let max = self.max_batch();
        for (form, members) in forms {
            // Enough requests to keep the service busy, but none of them small.
            let even = members.len().div_ceil(2 * self.parallelism.max(1) as usize);
            for members in members.chunks(even.clamp(SMALL_BATCH.min(max), max)) {
                let group = Group { members: members.to_vec(), form, attempt: 1 };
                self.queue.push_back(alone(group));
            }
        }
    }

    fn max_batch(&self) -> usize {
        match self.target.side() {
            Side::BusinessCentral => MAX_BATCH_BUSINESS_CENTRAL,
            Side::Dataverse => MAX_BATCH_DATAVERSE,
        }
    }

    fn request(&mut self, group: &Group) -> Request {
        let changes = group.members.iter().filter_map(|&idx| Some(&self.items.get(idx)?.change));
        let part = |change: &Change| match self.times {
            Times::AsItComes => request(&self.target, change),
            Times::Told => telling_time(self.target.side(), request(&self.target, change)),
        };
        let request = match group.form {
            Form::Bulk(message) => bulk::encode(&self.target, message, changes),
            Form::Single => match changes.map(part).next() {
                Some(request) => request,
                // A group is never empty; an empty batch would be answered as such.
                None => json_batch::encode(&self.target, &[]),
            },
            Form::Batch => {
                let parts: Vec<Request> = changes.map(part).collect();
                match self.target.side() {
                    Side::BusinessCentral => json_batch::encode(&self.target, &parts),
                    Side::Dataverse => multipart::encode(&self.target, self.ids.give(), &parts),
                }
            }
        };
        self.ids.mark(for_service(self.target.side(), request))
    }

    fn succeeded(&mut self, pace: &mut Pace, group: Group, response: &Response, now: Timestamp) {
        match group.form {
            Form::Single => self.judge_all(&group, response),
            Form::Bulk(_) => {
                // The answer tells ids that were given with the rows (B47).
                let nothing = Response { status: 204, ..Response::default() };
                self.judge_all(&group, &nothing);
            }
            Form::Batch => {
                let n_parts = group.members.len();
                let parts = match self.target.side() {
                    Side::BusinessCentral => json_batch::decode(response, n_parts),
                    Side::Dataverse => multipart::decode(response, n_parts),
                };
                match parts {
                    Ok(parts) => self.judge_parts(pace, &group, parts, now),
                    // The parts were executed, and what came of them cannot be read.
                    Err(_) => self.lost(group),
                }
            }
        }
    }

    fn judge_parts(&mut self, pace: &mut Pace, group: &Group, parts: Vec<Option<Response>>, now: Timestamp) {
        let mut again = Vec::new();
        let mut is_throttled = false;
        let mut n_judged = 0;
        for (&idx, part) in group.members.iter().zip(parts) {
            let Some(part) = part else {
                again.push(idx);
                continue;
            };
            match decide(&part, group.attempt, now) {
                Retry::After(wait) => {
                    pace.pause(now, wait);
                    is_throttled = true;
                    again.push(idx);
                }
                Retry::GiveUp => {
                    self.judge(idx, &part);
                    n_judged += 1;
                }
            }
        }
        if again.is_empty() {
            return;
        }
        let rest =
            Group { members: again, form: Form::Batch, attempt: group.attempt + u32::from(is_throttled) };
        if n_judged == 0 && !is_throttled {
            // Nothing was reached: the same batch would not be either.
            self.halve(&rest);
        } else {
            self.again(rest);
        }
    }

    /// A request was refused as a whole.
    fn refused(&mut self, pace: &mut Pace, mut group: Group, response: &Response, now: Timestamp) {
        let kind = ServiceErrorKind::of_status(response.status);
        match kind {
            ServiceErrorKind::Throttled | ServiceErrorKind::Unavailable => {
                if let Retry::After(wait) = decide(response, group.attempt, now) {
                    pace.pause(now, wait);
                    group.attempt += 1;
                    // A gateway may give up on work that is done all the same.
                    if response.status == 502 {
                        self.lost(group)
                    } else {
                        self.again(group)
                    }
                    return;
                }
                self.judge_all(&group, response);
            }
            ServiceErrorKind::Unauthorized if group.attempt < MAX_UNAUTHORIZED => {
                group.attempt += 1;
                self.again(group);
            }
            ServiceErrorKind::Unauthorized => self.judge_all(&group, response),
            // Too much work for one request, and some of it may be done.
            ServiceErrorKind::TimedOut => {
                if let Some(rest) = self.doubted(group) {
                    self.halve(&rest);
                }
            }
            _ if group.members.len() == 1 && group.form == Form::Single => self.judge_all(&group, response),
            ServiceErrorKind::TooLarge => self.halve(&group),
            _ => match group.form {
                Form::Bulk(message) => self.fall_back(message, kind, group),
                Form::Batch if is_missing(kind) => {
                    for idx in group.members.into_iter().rev() {
                        self.again(Group { members: vec![idx], form: Form::Single, attempt: 1 });
                    }
                }
                Form::Batch | Form::Single => self.halve(&group),
            },
        }
    }

    /// A bulk message was refused: its records go in a batch, and so do all others if the table has no such message.
    fn fall_back(&mut self, message: Message, kind: ServiceErrorKind, mut group: Group) {
        if is_missing(kind) {
            self.missing_messages.insert(message);
            for queued in &mut self.queue {
                if queued.form == Form::Bulk(message) {
                    queued.form = Form::Batch;
                }
            }
        }
        group.form = Form::Batch;
        group.attempt = 1;
        self.again(group);
    }

    /// No answer came, or none that can be read: what can be done twice is sent again.
    fn lost(&mut self, group: Group) {
        if let Some(rest) = self.doubted(group) {
            self.again(rest);
        }
    }

    /// Marks what may have been done already; gives what can be done twice, in the form it is sent again in. The rest
    /// is unknown.
    fn doubted(&mut self, group: Group) -> Option<Group> {
        let (mut again, mut unknown) = (Vec::new(), Vec::new());
        for idx in group.members {
            let Some(item) = self.items.get_mut(idx) else { continue };
            item.certainty = Certainty::MaybeDone;
            item.n_lost += 1;
            let is_sent_again = item.change.is_repeatable() && item.n_lost < MAX_LOST;
            if is_sent_again { again.push(idx) } else { unknown.push(idx) }
        }
        for idx in unknown {
            self.finish(idx, Outcome::Unknown);
        }
        // Ids that exist already would cost a whole bulk message of new records.
        let form = if group.form == Form::Bulk(Message::Create) { Form::Batch } else { group.form };
        (!again.is_empty()).then_some(Group { members: again, form, attempt: group.attempt + 1 })
    }

    fn halve(&mut self, group: &Group) {
        let (first, second) = group.members.split_at(group.members.len() / 2);
        for members in [second, first] {
            if !members.is_empty() {
                let form = if members.len() == 1 { Form::Single } else { group.form };
                self.again(Group { members: members.to_vec(), form, attempt: 1 });
            }
        }
    }

    /// Puts a group in front of the queue, or ends it when the writing was cancelled.
    fn again(&mut self, mut group: Group) {
        if self.is_cancelled {
            return self.drop_group(&group);
        }
        if matches!(group.form, Form::Bulk(message) if self.missing_messages.contains(&message)) {
            group.form = Form::Batch;
        }
        self.queue.push_front(alone(group));
    }

    fn drop_group(&mut self, group: &Group) {
        for &idx in &group.members {
            let is_open = self.items.get(idx).is_some_and(|item| item.certainty == Certainty::MaybeDone);
            self.finish(idx, if is_open { Outcome::Unknown } else { Outcome::NotSent });
        }
    }

    fn judge_all(&mut self, group: &Group, response: &Response) {
        for &idx in &group.members {
            self.judge(idx, response);
        }
    }

    fn judge(&mut self, idx: usize, response: &Response) {
        let Some(item) = self.items.get(idx) else { return };
        let outcome = outcome(self.target.side(), &item.change, item.certainty, response);
        self.finish(idx, outcome);
    }

    fn finish(&mut self, idx: usize, outcome: Outcome) {
        if let Some(item) = self.items.get_mut(idx) {
            item.outcome = Some(outcome);
        }
    }
}

/// Whether the service has no such route.
fn is_missing(kind: ServiceErrorKind) -> bool {
    matches!(
        kind,
        ServiceErrorKind::NotFound | ServiceErrorKind::MethodNotAllowed | ServiceErrorKind::NotImplemented
    )
}

/// One change alone needs no batch and no bulk message.
fn alone(group: Group) -> Group {
    if group.members.len() == 1 { Group { form: Form::Single, ..group } } else { group }
}

impl Outcome {
    /// The service's refusal, if it is one.
    pub fn refusal(&self) -> Option<&ServiceError> {
        if let Outcome::Refused(error) = self { Some(error) } else { None }
    }
}
