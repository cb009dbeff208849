//! What protects the proxy from requests that are too many or too slow, and the line that each leaves in the log:
//! who, what kind, how it ended, and nothing of its content.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep};

use crate::app::AppState;
use crate::rejection::Rejection;

/// Most requests under way at once, streams that are still being read included.
pub(crate) const MAX_REQUESTS: usize = 2_048;
/// Longest pause between two pieces of a request's body.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A body whose next piece did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct BodyTooSlow;

/// What a failure to read a request's body is answered with.
pub(crate) fn read_failure(error: &(dyn std::error::Error + 'static)) -> Rejection {
    let mut source = Some(error);
    while let Some(current) = source {
        if current.is::<BodyTooSlow>() {
            return Rejection::BodyTooSlow;
        }
        if current.is::<LengthLimitError>() {
            return Rejection::BodyTooLarge;
        }
        source = current.source();
    }
    tracing::warn!(%error, "body cannot be read");
    Rejection::BodyUnreadable
}

/// Takes a request if there is room, bounds how long its body may pause, and keeps its place until the last piece of
/// the answer is sent.
pub(crate) async fn limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let (area, connection) = area(request.uri().path());
    // The app's files are open to anybody, who could hold every place by reading slowly.
    let permit = match area.as_str() {
        "app" => None,
        _ => match state.room.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => return Rejection::TooBusy.into_response(),
        },
    };
    let begun = Instant::now();
    let request = request.map(|body| Body::new(Hurried::new(body)));
    let response = next.run(request).await;
    let status = response.status();
    state.metrics.answered(status);
    let milliseconds = begun.elapsed().as_millis();
    tracing::info!(%method, area, connection, status = status.as_u16(), milliseconds, "answered");
    response.map(|body| Body::new(Placed { body, _permit: permit }))
}

/// What a path is about, without anything that a person typed: the first part below `/api`, and the connection.
fn area(path: &str) -> (String, String) {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("api"), Some(area @ ("systems" | "connections"))) => {
            (area.to_owned(), parts.next().unwrap_or_default().chars().take(40).collect())
        }
        (Some("api"), Some(area @ ("session" | "sandbox" | "sign-in"))) => (area.to_owned(), String::new()),
        (Some("api"), _) => ("unknown".to_owned(), String::new()),
        _ => ("app".to_owned(), String::new()),
    }
}

/// A request's body with a limit on its pauses.
struct Hurried {
    body: Body,
    /// Runs while a piece is waited for, and not while nobody asks for one.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Hurried {
    fn new(body: Body) -> Self {
        Self { body, pause: None }
    }
}

impl HttpBody for Hurried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.pause = None;
            return Poll::Ready(frame);
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(MAX_PAUSE)));
        match pause.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new(BodyTooSlow)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body that keeps its request's place.
struct Placed {
    body: Body,
    _permit: Option<OwnedSemaphorePermit>,
}

impl HttpBody for Placed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
