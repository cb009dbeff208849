//! Numbers for whoever watches the proxy: counters in memory, `/health`, and `/metrics` in Prometheus' text form.
//! No name of a person, connection or record is a label.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::connections::System;
use crate::limits::MAX_REQUESTS;
use crate::rejection::Rejection;

/// Whether `/metrics` is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricsRoute {
    /// The route does not exist.
    #[default]
    Closed,
    /// It answers whoever reaches the proxy.
    Open,
}

/// What came of asking for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is one.
    Granted,
    /// There is none.
    Refused,
}

/// Counts by the hundreds of the status: 1xx to 5xx.
#[derive(Debug, Default)]
struct ByStatus([AtomicU64; 5]);

impl ByStatus {
    fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.0.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(&self, text: &mut String, name: &str, labels: &str) {
        for (class, counter) in self.0.iter().enumerate() {
            let count = counter.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}{{{labels}status=\"{}xx\"}} {count}", class + 1);
        }
    }
}

/// What was counted since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: ByStatus,
    business_central: ByStatus,
    dataverse: ByStatus,
    tokens: AtomicU64,
    tokens_refused: AtomicU64,
}

impl Metrics {
    /// Counts a request that was answered.
    pub(crate) fn answered(&self, status: StatusCode) {
        self.requests.count(status);
    }

    /// Counts a request that went on to a system.
    pub(crate) fn forwarded(&self, system: System, status: StatusCode) {
        match system {
            System::BusinessCentral => self.business_central.count(status),
            System::Dataverse => self.dataverse.count(status),
        }
    }

    /// Counts a request for a token.
    pub(crate) fn signed_in(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Granted => &self.tokens,
            Outcome::Refused => &self.tokens_refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn write(&self, state: &AppState) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "# TYPE couplet_requests_total counter");
        self.requests.write(&mut text, "couplet_requests_total", "");
        let _ = writeln!(text, "# TYPE couplet_forwarded_total counter");
        self.business_central.write(&mut text, "couplet_forwarded_total", "system=\"business-central\",");
        self.dataverse.write(&mut text, "couplet_forwarded_total", "system=\"dataverse\",");
        let _ = writeln!(text, "# TYPE couplet_tokens_total counter");
        for (result, counter) in [("granted", &self.tokens), ("refused", &self.tokens_refused)] {
            let count = counter.load(Ordering::Relaxed);
            let _ = writeln!(text, "couplet_tokens_total{{result=\"{result}\"}} {count}");
        }
        let under_way = MAX_REQUESTS.saturating_sub(state.room.available_permits());
        for (name, value) in [
            ("couplet_requests_in_flight", under_way),
            ("couplet_sessions", state.sessions.count()),
            ("couplet_connections", state.connections.all().len()),
        ] {
            let _ = writeln!(text, "# TYPE {name} gauge\n{name} {value}");
        }
        text
    }
}

/// `GET /health`: the proxy answers. It asks no service, so that a check of it costs nobody anything.
pub(crate) async fn health() -> Response {
    Json(serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// `GET /metrics`, where the operator opened it.
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    match state.metrics_route {
        MetricsRoute::Closed => Rejection::RouteUnknown.into_response(),
        MetricsRoute::Open => {
            let content_type = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
            ([content_type], state.metrics.write(&state)).into_response()
        }
    }
}
