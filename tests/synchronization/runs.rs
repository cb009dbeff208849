//! Runs of the default mappings against demo data: what they come to, and what they cost.

use couplet_engine::OwnershipModel;
use couplet_engine::executor::End;
use couplet_engine::job::JobEnd;
use jiff::SignedDuration;

use super::office::Office;

/// The mappings in the order of a full synchronization.
pub(crate) const ORDER: [&str; 7] =
    ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "CUSTOMER", "VENDOR", "CONTACT"];

/// Everything is created on both sides, the plan after it is empty, and when nothing changed a run costs a request a
/// side.
#[test]
fn the_default_mappings_come_to_rest() {
    let office = Office::new(60, OwnershipModel::Team);
    for name in ORDER {
        let (planned, job) = office.synchronize_fully(name);
        assert_eq!(job.end, Some(JobEnd::Ran(End::Completed)), "{name}");
        let n_inserted: usize = job.passes.iter().map(|it| it.counters.inserted).sum();
        assert!(n_inserted > 0 && !planned.is_empty(), "{name}: nothing was created");
    }
    office.n_requests();
    for round in 0..2 {
        office.pass(SignedDuration::from_mins(5));
        for name in ORDER {
            let (planned, job) = office.synchronize(name);
            assert!(planned.is_empty(), "{name} in round {round}: {planned:?}");
            assert!(job.passes.iter().all(|it| it.counters.failed == 0), "{name}: {:?}", job.passes);
            let n_requests = office.n_requests();
            assert!(n_requests <= 2, "{name}: {n_requests} requests with nothing changed");
        }
    }
}
