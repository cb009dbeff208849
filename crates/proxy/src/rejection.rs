//! Every way the proxy itself refuses or fails a request: one variant each, with a fixed status and code.
//! Details go to the log at the place that knows them, never into the answer.

use std::borrow::Cow;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::connections::ConnectionProblem;
use crate::sign_in::SignInProblem;

/// Why the proxy did not pass a request on, or could not bring back an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// No cookie of an open session came with the request.
    SessionMissing,
    /// The start-up token in the address is not the one printed in the terminal.
    StartTokenWrong,
    /// A state-changing request came without the anti-forgery header.
    AntiForgeryMissing,
    /// The anti-forgery header is not the one of this session.
    AntiForgeryWrong,
    /// A state-changing request named neither `Origin` nor `Sec-Fetch-Site`.
    OriginMissing,
    /// A state-changing request came from another origin.
    OriginForeign,
    /// The method is not one the proxy serves or forwards.
    MethodRefused,
    /// There is no such route below `/api`.
    RouteUnknown,
    /// There is no saved connection with this id.
    ConnectionUnknown,
    /// The path could leave the connection's base address, or cannot be read.
    PathRefused,
    /// The body is larger than the proxy forwards.
    BodyTooLarge,
    /// The body of a control request cannot be read.
    BodyUnreadable,
    /// The host resolves to a private or local address and was not named by the operator.
    AddressRefused,
    /// The service answered with a redirect, which is never followed.
    RedirectRefused,
    /// Signing in to the connection did not work.
    SignIn(SignInProblem),
    /// The settings or the secret of a connection cannot be saved.
    Settings(ConnectionProblem),
    /// The connection belongs to the operator or the sandbox.
    ConnectionFixed,
    /// No further connection can be saved.
    ConnectionsFull,
    /// The connection was changed while somebody signed in to it.
    ConnectionChanged,
    /// The connection was saved under settings that this start does not allow.
    ConnectionNotAllowed,
    /// The change could not be written to disk, so it was not made.
    StoreFailed,
    /// This way back from the identity provider was not begun in this browser, or is over.
    SignInUnknown,
    /// The person is not on the list of those who may use this proxy.
    PersonNotAllowed,
    /// The request was sent to a host name that is not this proxy's.
    HostForeign,
    /// More requests are under way than the proxy takes at once.
    TooBusy,
    /// The body came too slowly.
    BodyTooSlow,
    /// The service could not be reached.
    ServiceUnreachable,
    /// The service did not answer in time.
    ServiceTimedOut,
    /// The embedded sandbox failed on this request.
    SandboxFailed,
}

impl Rejection {
    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SessionMissing => StatusCode::UNAUTHORIZED,
            Self::StartTokenWrong
            | Self::AntiForgeryMissing
            | Self::AntiForgeryWrong
            | Self::OriginMissing
            | Self::OriginForeign
            | Self::SignInUnknown
            | Self::PersonNotAllowed
            | Self::ConnectionNotAllowed
            | Self::AddressRefused => StatusCode::FORBIDDEN,
            Self::HostForeign => StatusCode::MISDIRECTED_REQUEST,
            Self::TooBusy => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Settings(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::ConnectionFixed | Self::ConnectionsFull | Self::ConnectionChanged => StatusCode::CONFLICT,
            Self::MethodRefused => StatusCode::METHOD_NOT_ALLOWED,
            Self::RouteUnknown | Self::ConnectionUnknown => StatusCode::NOT_FOUND,
            Self::PathRefused | Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RedirectRefused | Self::SignIn(_) | Self::ServiceUnreachable => StatusCode::BAD_GATEWAY,
            Self::ServiceTimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::SandboxFailed | Self::StoreFailed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code in the body; the prefix tells it from the codes of the two services.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SessionMissing => "proxy.session-missing",
            Self::StartTokenWrong => "proxy.start-token-wrong",
            Self::AntiForgeryMissing => "proxy.anti-forgery-missing",
            Self::AntiForgeryWrong => "proxy.anti-forgery-wrong",
            Self::OriginMissing => "proxy.origin-missing",
            Self::OriginForeign => "proxy.origin-foreign",
            Self::MethodRefused => "proxy.method-refused",
            Self::RouteUnknown => "proxy.route-unknown",
            Self::ConnectionUnknown => "proxy.connection-unknown",
            Self::PathRefused => "proxy.path-refused",
            Self::BodyTooLarge => "proxy.body-too-large",
            Self::BodyUnreadable => "proxy.body-unreadable",
            Self::AddressRefused => "proxy.address-refused",
            Self::RedirectRefused => "proxy.redirect-refused",
            Self::SignIn(problem) => problem.code(),
            Self::Settings(problem) => problem.code(),
            Self::ConnectionFixed => "proxy.connection-fixed",
            Self::ConnectionsFull => "proxy.connections-full",
            Self::ConnectionChanged => "proxy.connection-changed",
            Self::ConnectionNotAllowed => "proxy.connection-not-allowed",
            Self::StoreFailed => "proxy.store-failed",
            Self::SignInUnknown => "proxy.sign-in-unknown",
            Self::PersonNotAllowed => "proxy.person-not-allowed",
            Self::HostForeign => "proxy.host-foreign",
            Self::TooBusy => "proxy.too-busy",
            Self::BodyTooSlow => "proxy.body-too-slow",
            Self::ServiceUnreachable => "proxy.service-unreachable",
            Self::ServiceTimedOut => "proxy.service-timed-out",
            Self::SandboxFailed => "proxy.sandbox-failed",
        }
    }

    /// One English line for logs and for people without the app.
    pub fn message(&self) -> Cow<'static, str> {
        let text = match self {
            Self::Settings(problem) => return problem.to_string().into(),
            Self::SessionMissing => "no open session: use the address printed in the terminal",
            Self::StartTokenWrong => "this is not the current token: use the address printed in the terminal",
            Self::AntiForgeryMissing => "the header X-Couplet-Anti-Forgery is missing",
            Self::AntiForgeryWrong => "the header X-Couplet-Anti-Forgery is not the one of this session",
            Self::OriginMissing => "a changing request must say where it comes from",
            Self::OriginForeign => "a changing request must come from the app itself",
            Self::MethodRefused => "this method is not served here",
            Self::RouteUnknown => "there is nothing at this address",
            Self::ConnectionUnknown => "there is no connection with this id",
            Self::PathRefused => "the path is not one below the connection's base address",
            Self::BodyTooLarge => "the body is larger than what is forwarded",
            Self::BodyUnreadable => "the body cannot be read",
            Self::AddressRefused => "the host has a private address and was not named with --allow-host",
            Self::RedirectRefused => "the service answered with a redirect, which is not followed",
            Self::SignIn(problem) => problem.advice(),
            Self::ConnectionFixed => "this connection was set by the operator and cannot be changed here",
            Self::ConnectionsFull => "no further connection can be saved",
            Self::ConnectionChanged => "the connection was changed meanwhile: sign in again",
            Self::ConnectionNotAllowed => "this start of the proxy does not allow the connection's settings",
            Self::StoreFailed => "the change could not be written to disk and was not made",
            Self::SignInUnknown => "this sign-in was not begun in this browser, or is over: begin it again",
            Self::PersonNotAllowed => "you are not on the list of people who may use this Couplet",
            Self::HostForeign => "this is not the address of this Couplet",
            Self::TooBusy => "too many requests are under way",
            Self::BodyTooSlow => "the body came too slowly",
            Self::ServiceUnreachable => "the service could not be reached",
            Self::ServiceTimedOut => "the service did not answer in time",
            Self::SandboxFailed => "the embedded sandbox failed on this request",
        };
        text.into()
    }
}

impl From<ConnectionProblem> for Rejection {
    fn from(problem: ConnectionProblem) -> Self {
        Self::Settings(problem)
    }
}

impl From<SignInProblem> for Rejection {
    fn from(problem: SignInProblem) -> Self {
        Self::SignIn(problem)
    }
}

/// The error body, of the shape both services use.
#[derive(Serialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize)]
struct ErrorDetail {
    code: &'static str,
    message: Cow<'static, str>,
    /// The number with which the identity provider refused, as in `AADSTS65001`.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        tracing::info!(code = self.code(), status = self.status().as_u16(), "refused");
        let number = match &self {
            Self::SignIn(problem) => problem.number(),
            _ => None,
        };
        let detail = ErrorDetail { code: self.code(), message: self.message(), number };
        let mut response = (self.status(), Json(ErrorBody { error: detail })).into_response();
        if self == Self::TooBusy {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
