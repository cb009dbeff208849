//! What a plan will cost under the documented limits of both services, before anything is sent. A pure function: every
//! number in it says where it comes from.

use couplet_engine::Side;
use couplet_engine::planning::Action;
use couplet_systems::pace::{PaceLimits, WINDOW};

use crate::task::Planned;

/// Changes in one request: what a batch of Business Central holds (A51); Dataverse's are kept to the same number, so
/// that its service protection limit of 20 minutes of work in five (B56) is spread over many.
pub const CHANGES_PER_REQUEST: usize = 100;
/// Seconds that a request with 100 changes takes: our own estimate, as neither service documents one.
const SECONDS_PER_REQUEST: f64 = 4.0;

/// What limits the speed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitingFactor {
    /// Nothing is sent.
    Nothing,
    /// How many requests Business Central works on at once: 5 (A56).
    BusinessCentralParallel,
    /// How many requests Dataverse takes at once; it advises in its answers, and until then 8 are sent (B56).
    DataverseParallel,
    /// 6,000 requests in five minutes, of each service (A56, B56).
    RequestsInWindow,
}

impl LimitingFactor {
    /// Stable code, the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            LimitingFactor::Nothing => "forecast.nothing",
            LimitingFactor::BusinessCentralParallel => "forecast.business-central-parallel",
            LimitingFactor::DataverseParallel => "forecast.dataverse-parallel",
            LimitingFactor::RequestsInWindow => "forecast.requests-in-window",
        }
    }
}

/// What a run will cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Changes sent to Business Central.
    pub n_business_central: usize,
    /// Changes sent to Dataverse.
    pub n_dataverse: usize,
    /// Requests.
    pub n_requests: usize,
    /// Seconds, at the least.
    pub seconds: f64,
    /// What the seconds come from.
    pub limit: LimitingFactor,
}

/// What carrying a plan out will cost.
pub(crate) fn forecast(planned: &Planned) -> Forecast {
    let (n_business_central, n_dataverse, options) = match planned {
        Planned::Records(plan) => {
            let n = |side: Side| {
                let sent = |action: &&Action| action.writes() && action.pass.destination() == side;
                plan.actions.iter().filter(sent).count()
            };
            (n(Side::BusinessCentral), n(Side::Dataverse), 0)
        }
        // Each value of a choice is a request of its own (B34).
        Planned::Options(plan) => {
            let n = |side: Side| {
                plan.actions
                    .iter()
                    .filter(|action| action.write.is_some() && action.pass.destination() == side)
                    .count()
            };
            (n(Side::BusinessCentral), n(Side::Dataverse), n(Side::Dataverse))
        }
    };
    let to_business_central = n_business_central.div_ceil(CHANGES_PER_REQUEST);
    let to_dataverse = if options > 0 { options } else { n_dataverse.div_ceil(CHANGES_PER_REQUEST) };
    let parallel = |side: Side, n_requests: usize| {
        let rounds = n_requests.div_ceil(PaceLimits::of(side).start as usize);
        rounds as f64 * SECONDS_PER_REQUEST
    };
    let window = |side: Side, n_requests: usize| {
        let full_windows = n_requests / PaceLimits::of(side).requests as usize;
        full_windows as f64 * WINDOW.as_secs_f64()
    };
    let candidates = [
        (parallel(Side::BusinessCentral, to_business_central), LimitingFactor::BusinessCentralParallel),
        (parallel(Side::Dataverse, to_dataverse), LimitingFactor::DataverseParallel),
        (
            window(Side::BusinessCentral, to_business_central) + window(Side::Dataverse, to_dataverse),
            LimitingFactor::RequestsInWindow,
        ),
    ];
    // One side is written after the other, so their seconds add up; the window counts beside them.
    let sides: f64 = candidates.iter().take(2).map(|(seconds, _)| seconds).sum();
    let slowest = candidates.into_iter().max_by(|left, right| left.0.total_cmp(&right.0));
    let (most, limit) = slowest.unwrap_or((0.0, LimitingFactor::Nothing));
    Forecast {
        n_business_central,
        n_dataverse,
        n_requests: to_business_central + to_dataverse,
        seconds: sides.max(most),
        limit: if most > 0.0 { limit } else { LimitingFactor::Nothing },
    }
}
