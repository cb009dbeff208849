//! Every way the proxy itself refuses or fails a request: one variant each, with a fixed status and code.
//! Details go to the log at the place that knows them, never into the answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why the proxy did not pass a request on, or could not bring back an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// No token could be had for the connection.
    SignInFailed,
    /// The service could not be reached.
    ServiceUnreachable,
    /// The service did not answer in time.
    ServiceTimedOut,
    /// The embedded sandbox failed on this request.
    SandboxFailed,
}

impl Rejection {
    /// The HTTP status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::SessionMissing => StatusCode::UNAUTHORIZED,
            Self::StartTokenWrong
            | Self::AntiForgeryMissing
            | Self::AntiForgeryWrong
            | Self::OriginMissing
            | Self::OriginForeign
            | Self::AddressRefused => StatusCode::FORBIDDEN,
            Self::MethodRefused => StatusCode::METHOD_NOT_ALLOWED,
            Self::RouteUnknown | Self::ConnectionUnknown => StatusCode::NOT_FOUND,
            Self::PathRefused | Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RedirectRefused | Self::SignInFailed | Self::ServiceUnreachable => StatusCode::BAD_GATEWAY,
            Self::ServiceTimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::SandboxFailed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code in the body; the prefix tells it from the codes of the two services.
    pub fn code(self) -> &'static str {
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
            Self::SignInFailed => "proxy.sign-in-failed",
            Self::ServiceUnreachable => "proxy.service-unreachable",
            Self::ServiceTimedOut => "proxy.service-timed-out",
            Self::SandboxFailed => "proxy.sandbox-failed",
        }
    }

    /// One English line for logs and for people without the app.
    pub fn message(self) -> &'static str {
        match self {
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
            Self::SignInFailed => "no token could be had for the connection",
            Self::ServiceUnreachable => "the service could not be reached",
            Self::ServiceTimedOut => "the service did not answer in time",
            Self::SandboxFailed => "the embedded sandbox failed on this request",
        }
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
    message: &'static str,
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        tracing::info!(code = self.code(), status = self.status().as_u16(), "refused");
        let body = ErrorBody { error: ErrorDetail { code: self.code(), message: self.message() } };
        (self.status(), Json(body)).into_response()
    }
}
