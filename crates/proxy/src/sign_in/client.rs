//! Requests to identity providers: over HTTPS with the same checks as to the services, or to the sandbox's own in
//! this process. An answer is small, comes soon, and is never a redirect that is followed.

use axum::body::Bytes;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use super::failure::{Reason, Refusal, SignInProblem};
use crate::sandbox_host::{IDENTITY_BASE_URL, SandboxHost};
use crate::upstream::Upstream;

/// Sends what an identity provider is asked.
#[derive(Debug, Clone)]
pub(crate) struct IdentityClient {
    upstream: Upstream,
    sandbox: Option<SandboxHost>,
}

impl IdentityClient {
    pub(crate) fn new(upstream: Upstream, sandbox: Option<SandboxHost>) -> Self {
        Self { upstream, sandbox }
    }

    /// Reads a document.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, SignInProblem> {
        let (status, body) = self.ask(url, None).await?;
        read(status, &body)
    }

    /// Sends a form and reads the answer.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &Url,
        form: &[(&str, &str)],
    ) -> Result<T, SignInProblem> {
        let (status, body) = self.ask(url, Some(encode(form))).await?;
        read(status, &body)
    }

    /// Sends a form whose answer says nothing.
    pub(crate) async fn notify(&self, url: &Url, form: &[(&str, &str)]) -> Result<(), SignInProblem> {
        let (status, _) = self.ask(url, Some(encode(form))).await?;
        if status.is_success() { Ok(()) } else { Err(Reason::Refused.into()) }
    }

    async fn ask(
        &self,
        url: &Url,
        form: Option<Zeroizing<String>>,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), SignInProblem> {
        let in_sandbox = url.as_str().strip_prefix(IDENTITY_BASE_URL);
        let answered: Option<(StatusCode, Bytes)> = match (in_sandbox, &self.sandbox) {
            (Some(path), Some(sandbox)) => {
                sandbox.ask_identity(path, form.as_ref().map(|form| form.as_str())).await
            }
            (Some(_), None) => None,
            (None, _) => self.upstream.exchange(url.clone(), form).await,
        };
        let (status, body) = answered.ok_or(SignInProblem::from(Reason::Unavailable))?;
        Ok((status, Zeroizing::new(body.to_vec())))
    }
}

fn encode(form: &[(&str, &str)]) -> Zeroizing<String> {
    Zeroizing::new(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish())
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, SignInProblem> {
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|_| Reason::AnswerWrong.into());
    }
    let problem = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.problem());
    Err(problem.unwrap_or_else(|_| {
        let is_overload = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        SignInProblem::from(if is_overload { Reason::Unavailable } else { Reason::AnswerWrong })
    }))
}
