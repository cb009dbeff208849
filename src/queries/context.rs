//! What filters depend on from outside: the day and the region of the person at the screen.

use couplet_filter::Context;
use jiff::tz::TimeZone;

use crate::queries::send::now;

/// The context of every filter that is evaluated now.
///
/// Days begin at midnight UTC, as in Business Central online (A47), so that the preview and the service agree.
pub fn filter_context() -> Context {
    Context::new(now(), TimeZone::UTC)
}
