//! Whether and when a refused request is sent again (A56, B56). The waiting itself is the sender's.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::ServiceErrorKind;
use crate::http::{Response, http_date};

/// Tries of one request, the first included.
pub const MAX_ATTEMPTS: u32 = 6;
/// Longest wait that is accepted: the sliding window of both services (A56, B56).
pub const MAX_WAIT: Duration = Duration::from_secs(300);
/// First wait when the service names none; doubled at each further try.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// What to do after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Send the same request again after this time.
    After(Duration),
    /// Take the answer as it is.
    GiveUp,
}

/// Decides about the answer to try number `attempt`, the first being 1.
///
/// 429, 502 and 503 are tried again: after `Retry-After` (seconds, or a date seen from `now`), or with a doubling
/// wait where it is absent, which Business Central's 429 always is (A56). A wait over [`MAX_WAIT`] and a try over
/// [`MAX_ATTEMPTS`] end it.
pub fn decide(response: &Response, attempt: u32, now: Timestamp) -> Retry {
    let kind = ServiceErrorKind::of_status(response.status);
    let again = matches!(kind, ServiceErrorKind::Throttled | ServiceErrorKind::Unavailable);
    if !again || attempt >= MAX_ATTEMPTS {
        return Retry::GiveUp;
    }
    let named = response.header("Retry-After").and_then(|value| retry_after(value, now));
    let wait = named.unwrap_or_else(|| FIRST_WAIT * 2u32.pow(attempt.saturating_sub(1)));
    if wait > MAX_WAIT { Retry::GiveUp } else { Retry::After(wait) }
}

fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = http_date(value)?;
    // A date in the past means now.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Response {
        let headers =
            retry_after.map(|value| ("retry-after".to_owned(), value.to_owned())).into_iter().collect();
        Response { status, headers, body: Vec::new() }
    }

    #[track_caller]
    fn check(status: u16, header: Option<&str>, attempt: u32, expect: Retry) {
        let now = "1994-11-06T08:49:30Z".parse().unwrap();
        assert_eq!(decide(&answer(status, header), attempt, now), expect);
    }

    #[test]
    fn b56_waits_as_long_as_the_service_says() {
        check(429, Some("17"), 1, Retry::After(Duration::from_secs(17)));
        check(503, Some(" 2 "), 5, Retry::After(Duration::from_secs(2)));
        check(503, Some("Sun, 06 Nov 1994 08:49:37 GMT"), 1, Retry::After(Duration::from_secs(7)));
        check(503, Some("Sun, 06 Nov 1994 08:49:00 GMT"), 1, Retry::After(Duration::ZERO));
    }

    #[test]
    fn a56_backs_off_when_nothing_is_said() {
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16)] {
            check(429, None, attempt, Retry::After(Duration::from_secs(seconds)));
        }
        check(429, Some("soon"), 1, Retry::After(Duration::from_secs(1)));
    }

    #[test]
    fn it_is_bounded() {
        check(429, None, MAX_ATTEMPTS, Retry::GiveUp);
        check(429, Some("301"), 1, Retry::GiveUp);
        check(400, Some("1"), 1, Retry::GiveUp);
        check(504, None, 1, Retry::GiveUp);
    }
}
