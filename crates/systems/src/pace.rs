//! How fast requests may follow each other: how many at once, how many in the sliding window, and when again after the
//! service asked to wait (A56, B56). The clock is an argument; the waiting itself is the sender's.

use std::collections::VecDeque;
use std::time::Duration;

use couplet_engine::Side;
use jiff::{SignedDuration, Timestamp};

use crate::http::Response;

/// The window in which both services count requests (A56, B56).
pub const WINDOW: Duration = Duration::from_secs(300);

/// What a service allows one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceLimits {
    /// Most requests under way.
    pub in_flight: u32,
    /// Requests under way before anything is known of the service.
    pub start: u32,
    /// Requests in [`WINDOW`].
    pub requests: u32,
}

impl PaceLimits {
    /// The limits of a service. Business Central works on 5 at once (A56); Dataverse takes 52 (B56) but advises fewer
    /// in its answers. Of the 6,000 requests one in fifty is left to others: the service's clock is not ours.
    pub const fn of(side: Side) -> Self {
        match side {
            Side::BusinessCentral => PaceLimits { in_flight: 5, start: 5, requests: 5_880 },
            Side::Dataverse => PaceLimits { in_flight: 52, start: 8, requests: 5_880 },
        }
    }
}

/// Whether the next request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Now,
    /// After this time.
    After(Duration),
    /// When an answer has come.
    WhenAnswered,
}

/// The pace of one connection: shared by all that read and write through it.
#[derive(Debug, Clone)]
pub struct Pace {
    limits: PaceLimits,
    /// Requests allowed under way: halved when the service complains, raised one by one while it does not.
    allowed: u32,
    /// What the service advised.
    advised: Option<u32>,
    in_flight: u32,
    /// When the requests of the last window were sent.
    sent: VecDeque<Timestamp>,
    paused_until: Option<Timestamp>,
    /// Answers without a complaint since the last change of `allowed`.
    n_calm: u32,
}

impl Pace {
    /// A pace that starts within `limits`.
    pub fn new(limits: PaceLimits) -> Self {
        let allowed = limits.start.clamp(1, limits.in_flight.max(1));
        Pace {
            limits,
            allowed,
            advised: None,
            in_flight: 0,
            sent: VecDeque::new(),
            paused_until: None,
            n_calm: 0,
        }
    }

    /// Requests that may be under way at the moment.
    pub fn parallelism(&self) -> u32 {
        self.advised.map_or(self.allowed, |advised| self.allowed.min(advised)).max(1)
    }

    /// Whether the next request may be sent.
    pub fn ask(&mut self, now: Timestamp) -> Permission {
        if let Some(until) = self.paused_until {
            match wait(now, until) {
                Some(wait) => return Permission::After(wait),
                None => self.paused_until = None,
            }
        }
        if self.in_flight >= self.parallelism() {
            return Permission::WhenAnswered;
        }
        while self.sent.front().is_some_and(|&first| wait(now, after(first, WINDOW)).is_none()) {
            self.sent.pop_front();
        }
        let is_full = self.sent.len() >= self.limits.requests as usize;
        match self.sent.front().filter(|_| is_full) {
            Some(&first) => wait(now, after(first, WINDOW)).map_or(Permission::Now, Permission::After),
            None => Permission::Now,
        }
    }

    /// A request was sent.
    pub fn sent(&mut self, now: Timestamp) {
        self.in_flight += 1;
        self.sent.push_back(now);
    }

    /// Its answer came; none when the connection was lost.
    pub fn answered(&mut self, response: Option<&Response>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(response) = response else { return };
        let number = |name: &str| response.header(name).and_then(|value| value.trim().parse::<u32>().ok());
        if let Some(advised) = number("x-ms-dop-hint") {
            self.advised = Some(advised.max(1));
        }
        let is_nearly_used = number("x-ms-ratelimit-burst-remaining-xrm-requests")
            .is_some_and(|remaining| remaining <= 2 * self.allowed);
        if is_nearly_used || matches!(response.status, 429 | 503) {
            self.allowed = (self.allowed / 2).max(1);
            self.n_calm = 0;
            return;
        }
        self.n_calm += 1;
        if self.n_calm >= self.allowed {
            self.allowed = (self.allowed + 1).min(self.limits.in_flight);
            self.n_calm = 0;
        }
    }

    /// Nothing is sent for this time: the service asked for it.
    pub fn pause(&mut self, now: Timestamp, time: Duration) {
        let until = after(now, time);
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
    }
}

fn after(moment: Timestamp, time: Duration) -> Timestamp {
    let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    moment.checked_add(time).unwrap_or(Timestamp::MAX)
}

/// The time from `now` until a moment that has not come yet.
fn wait(now: Timestamp, until: Timestamp) -> Option<Duration> {
    Duration::try_from(until.duration_since(now)).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_770_000_000_000 + milliseconds).unwrap()
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: Vec::new() }
    }

    fn sends(pace: &mut Pace, now: Timestamp) -> u32 {
        let mut n_sent = 0;
        while pace.ask(now) == Permission::Now {
            pace.sent(now);
            n_sent += 1;
        }
        n_sent
    }

    #[test]
    fn a56_business_central_never_has_more_than_five_under_way() {
        let mut pace = Pace::new(PaceLimits::of(Side::BusinessCentral));
        assert_eq!(sends(&mut pace, at(0)), 5);
        assert_eq!(pace.ask(at(0)), Permission::WhenAnswered);
        for _ in 0..100 {
            pace.answered(Some(&answer(200, &[("x-ms-dop-hint", "40")])));
            assert_eq!(sends(&mut pace, at(1)), 1);
        }
        assert_eq!(pace.parallelism(), 5);
    }

    #[test]
    fn b56_the_advised_parallelism_is_followed() {
        let mut pace = Pace::new(PaceLimits::of(Side::Dataverse));
        assert_eq!(sends(&mut pace, at(0)), 8);
        pace.answered(Some(&answer(204, &[("X-MS-DOP-Hint", "4")])));
        assert_eq!((pace.parallelism(), pace.ask(at(1))), (4, Permission::WhenAnswered));
        for _ in 0..7 {
            pace.answered(Some(&answer(204, &[])));
        }
        assert_eq!(sends(&mut pace, at(2)), 4);
    }

    #[test]
    fn a_complaint_halves_the_pace_and_calm_raises_it_again() {
        let mut pace = Pace::new(PaceLimits::of(Side::Dataverse));
        assert_eq!(sends(&mut pace, at(0)), 8);
        pace.answered(Some(&answer(429, &[])));
        pace.pause(at(0), Duration::from_secs(7));
        assert_eq!(pace.ask(at(0)), Permission::After(Duration::from_secs(7)));
        assert_eq!(pace.ask(at(6_999)), Permission::After(Duration::from_millis(1)));
        assert_eq!(pace.parallelism(), 4);
        for _ in 0..7 {
            pace.answered(Some(&answer(204, &[])));
        }
        assert_eq!((pace.parallelism(), sends(&mut pace, at(7_000))), (5, 5));
        pace.answered(Some(&answer(204, &[("x-ms-ratelimit-burst-remaining-xrm-requests", "3")])));
        assert_eq!(pace.parallelism(), 2, "hardly any requests are left");
    }

    proptest! {
        #[test]
        fn the_window_never_holds_more_than_is_allowed_and_nearly_all_is_used(steps in prop::collection::vec(1i64..40, 200)) {
            let limits = PaceLimits { in_flight: 10, start: 10, requests: 50 };
            let mut pace = Pace::new(limits);
            let (mut now, mut sent) = (0i64, Vec::new());
            for step in steps.iter().cycle().take(4_000) {
                now += step * 100;
                if pace.ask(at(now)) == Permission::Now {
                    pace.sent(at(now));
                    pace.answered(Some(&answer(200, &[])));
                    sent.push(now);
                }
            }
            let window = i64::try_from(WINDOW.as_millis()).unwrap();
            for (idx, first) in sent.iter().enumerate() {
                let within = sent[idx..].iter().take_while(|&&it| it < first + window).count();
                prop_assert!(within <= 50, "{} in a window", within);
            }
            let n_windows = usize::try_from(now / window).unwrap();
            prop_assert!(sent.len() * 10 >= n_windows * 50 * 9, "{} sent in {} windows", sent.len(), n_windows);
        }
    }
}
