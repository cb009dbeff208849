//! One request with its retries, and procedures of several requests.

use couplet_systems::{Procedure, Request, Response, Step, retry};
use jiff::Timestamp;

use crate::browser::clock;
use crate::browser::http::{self, Abort, Connection};
use crate::failure::Failure;

/// The moment it is now.
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(clock::now_ms()).unwrap_or_default()
}

/// Sends a request; when the service asks to wait, tells `waiting` for how long, waits and sends it again.
///
/// # Errors
/// When the proxy cannot be reached; refusals of the service are answers.
pub async fn send_patiently(
    connection: &Connection,
    request: &Request,
    abort: Option<&Abort>,
    mut waiting: impl FnMut(u64),
) -> Result<Response, Failure> {
    let request = http::marked(request);
    let mut attempt = 1;
    loop {
        let response = http::send(connection, &request, abort).await?;
        match retry::decide(&response, attempt, now()) {
            retry::Retry::GiveUp => return Ok(response),
            retry::Retry::After(duration) => {
                waiting(duration.as_secs().max(1));
                clock::wait(duration).await;
                attempt += 1;
            }
        }
    }
}

/// Runs a procedure to its end; requests of one step are sent together.
///
/// # Errors
/// When the proxy cannot be reached, a service refused, or an answer cannot be read.
pub async fn run<P: Procedure>(connection: &Connection, procedure: P) -> Result<P::Output, Failure> {
    run_until(connection, procedure, None).await
}

/// The same, stopped when `abort` is.
///
/// # Errors
/// As [`run`].
pub async fn run_until<P: Procedure>(
    connection: &Connection,
    mut procedure: P,
    abort: Option<&Abort>,
) -> Result<P::Output, Failure> {
    let mut step = procedure.start();
    loop {
        let requests = match step {
            Step::Done(output) => return Ok(output),
            Step::Send(requests) => requests,
        };
        let sent = requests.iter().map(|request| send_patiently(connection, request, abort, |_| {}));
        let responses = futures::future::try_join_all(sent).await?;
        step = procedure.accept(&responses).map_err(Failure::Read)?;
    }
}
