//! Subscriptions and what they are told (A59, A60): the waiting changes, the calls that are due, their retries.
//! Makes no call itself: the sandbox hands calls to its receiver.

use std::sync::Arc;

use serde::Serialize;

use crate::odata::json;
use crate::store::{Guid, format_millis};

/// A60: how long changes are collected after the first one.
const DELAY_MS: i64 = 30_000;
/// A59: how long a subscription lives.
pub(crate) const LIFETIME_MS: i64 = 3 * 86_400_000;
/// A60: more changes than this are told as one collection.
const MAX_SINGLE: usize = 1_000;
/// A60: how long a failed call is repeated.
const RETRY_FOR_MS: i64 = 36 * 3_600_000;

/// One call that Business Central makes to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookCall {
    /// The address called, with `validationToken` for a handshake.
    pub url: String,
    /// The token the receiver must send back; absent for a notification.
    pub validation_token: Option<String>,
    /// The notification as JSON; blank for a handshake.
    pub body: String,
}

/// What a subscriber answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body: for a handshake the token.
    pub body: String,
}

/// Who receives the calls: a test, or a host that forwards them on loopback. It must not call the sandbox.
#[derive(Clone, Default)]
pub(crate) enum Receiver {
    /// Every call is answered 200, handshakes with their token.
    #[default]
    Willing,
    Given(Arc<dyn Fn(&WebhookCall) -> WebhookAnswer + Send + Sync>),
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Willing => "Willing",
            Self::Given(_) => "Given",
        })
    }
}

impl Receiver {
    pub(crate) fn answer(&self, call: &WebhookCall) -> WebhookAnswer {
        match self {
            Self::Willing => {
                WebhookAnswer { status: 200, body: call.validation_token.clone().unwrap_or_default() }
            }
            Self::Given(answer) => answer(call),
        }
    }
}

/// One subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) notification_url: String,
    /// As the subscriber wrote it.
    pub(crate) resource: String,
    pub(crate) client_state: String,
    pub(crate) created_ms: i64,
    pub(crate) modified_ms: i64,
    pub(crate) version: u32,
    /// Absolute address of the set.
    pub(crate) address: String,
    /// Position of the set's table.
    pub(crate) table: usize,
    /// Cells that tell the set's records from others of the table.
    pub(crate) fixed: Vec<(usize, u32)>,
    waiting: Vec<Waiting>,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Created,
    Updated,
    Deleted,
}

impl ChangeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Debug, Clone)]
struct Waiting {
    id: Guid,
    kind: ChangeKind,
    at_ms: i64,
}

/// One call to make, with its attempts so far.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    pub(crate) call: WebhookCall,
    subscriptions: Vec<String>,
    attempts: u32,
    first_ms: i64,
    next_ms: i64,
}

/// All subscriptions with their changes and calls.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    pub(crate) subscriptions: Vec<Subscription>,
    /// What the subscriptions wait for, as it was when each open transaction began.
    marks: Vec<Vec<(String, Vec<Waiting>)>>,
    retries: Vec<Notification>,
}

impl Subscription {
    pub(crate) fn new(id: String, notification_url: String, resource: String) -> Self {
        Self {
            id,
            notification_url,
            resource,
            client_state: String::new(),
            created_ms: 0,
            modified_ms: 0,
            version: 0,
            address: String::new(),
            table: usize::MAX,
            fixed: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// The moment it ends.
    pub(crate) fn expires_ms(&self) -> i64 {
        self.modified_ms + LIFETIME_MS
    }

    fn note(&mut self, id: Guid, kind: ChangeKind, at_ms: i64) {
        match self.waiting.iter_mut().find(|waiting| waiting.id == id) {
            Some(known) if kind == ChangeKind::Updated => known.at_ms = at_ms,
            Some(known) => *known = Waiting { id, kind, at_ms },
            None => self.waiting.push(Waiting { id, kind, at_ms }),
        }
    }

    fn is_due(&self, now_ms: i64) -> bool {
        self.waiting.first().is_some_and(|first| first.at_ms + DELAY_MS <= now_ms)
    }

    /// What is told, and nothing waits any more.
    fn take(&mut self) -> Vec<String> {
        let waiting = std::mem::take(&mut self.waiting);
        let entry = |resource: &str, kind: &str, at_ms: i64| {
            format!(
                "{{\"subscriptionId\":{},\"clientState\":{},\"expirationDateTime\":\"{}\",\"resource\":{},\
                 \"changeType\":\"{kind}\",\"lastModifiedDateTime\":\"{}\"}}",
                json::quoted(&self.id),
                json::quoted(&self.client_state),
                format_millis(self.expires_ms()),
                json::quoted(resource),
                format_millis(at_ms)
            )
        };
        if waiting.len() > MAX_SINGLE {
            let first = waiting.iter().map(|it| it.at_ms).min().unwrap_or_default();
            let filter = format!("$filter=lastModifiedDateTime%20gt%20{}", format_millis(first - 1));
            return vec![entry(&format!("{}?{filter}", self.address), "collection", first)];
        }
        let told = waiting.iter();
        told.map(|it| entry(&format!("{}({})", self.address, it.id), it.kind.name(), it.at_ms)).collect()
    }
}

impl Webhooks {
    /// Whether anyone could have to be told something.
    pub(crate) fn is_idle(&self) -> bool {
        self.subscriptions.is_empty() && self.retries.is_empty()
    }

    /// A record changed; `belongs` tells whether it is one of a subscription's set.
    pub(crate) fn note(
        &mut self,
        id: Guid,
        kind: ChangeKind,
        at_ms: i64,
        belongs: impl Fn(&Subscription) -> bool,
    ) {
        for subscription in self.subscriptions.iter_mut().filter(|subscription| belongs(subscription)) {
            subscription.note(id, kind, at_ms);
        }
    }

    pub(crate) fn begin(&mut self) {
        let waiting = self.subscriptions.iter().map(|it| (it.id.clone(), it.waiting.clone())).collect();
        self.marks.push(waiting);
    }

    pub(crate) fn commit(&mut self) {
        self.marks.pop();
    }

    pub(crate) fn roll_back(&mut self) {
        for (id, waiting) in self.marks.pop().unwrap_or_default() {
            if let Some(known) = self.subscriptions.iter_mut().find(|it| it.id == id) {
                known.waiting = waiting;
            }
        }
    }

    /// The calls to make now; expired subscriptions end.
    pub(crate) fn due(&mut self, now_ms: i64) -> Vec<Notification> {
        self.subscriptions.retain(|it| it.expires_ms() > now_ms);
        let mut due: Vec<Notification> = Vec::new();
        let mut entries: Vec<Vec<String>> = Vec::new();
        for subscription in self.subscriptions.iter_mut().filter(|it| it.is_due(now_ms)) {
            let told = subscription.take();
            // Several subscriptions with one address share a call.
            let known = due.iter().position(|it| it.call.url == subscription.notification_url);
            let at = known.unwrap_or_else(|| {
                let url = subscription.notification_url.clone();
                let call = WebhookCall { url, validation_token: None, body: String::new() };
                let (first_ms, next_ms) = (now_ms, now_ms);
                due.push(Notification { call, subscriptions: Vec::new(), attempts: 0, first_ms, next_ms });
                entries.push(Vec::new());
                due.len() - 1
            });
            if let (Some(notification), Some(entries)) = (due.get_mut(at), entries.get_mut(at)) {
                notification.subscriptions.push(subscription.id.clone());
                entries.extend(told);
            }
        }
        for (notification, entries) in due.iter_mut().zip(&entries) {
            notification.call.body = format!("{{\"value\":[{}]}}", entries.join(","));
        }
        let (again, later): (Vec<_>, Vec<_>) = self.retries.drain(..).partition(|it| it.next_ms <= now_ms);
        self.retries = later;
        due.extend(again);
        due
    }

    /// What became of a call: repeated after 408, 429 and 5xx, any other refusal ends the subscriptions (A60).
    pub(crate) fn answered(&mut self, mut notification: Notification, status: u16, now_ms: i64) {
        if (200..300).contains(&status) {
            return;
        }
        if !matches!(status, 408 | 429 | 500..=599) {
            self.subscriptions.retain(|it| !notification.subscriptions.contains(&it.id));
            return;
        }
        let minutes = match notification.attempts {
            0..=2 => 1,
            3 => 10,
            4 => 100,
            _ => 1_000,
        };
        notification.attempts += 1;
        notification.next_ms = now_ms + minutes * 60_000;
        if notification.next_ms - notification.first_ms <= RETRY_FOR_MS {
            self.retries.push(notification);
        }
    }
}
