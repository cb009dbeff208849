//! What Dataverse answers beyond its service protection limits (B56).

use super::errors::refuse;
use crate::limits::Excess;
use crate::wire::Response;

/// 429 with the code of the limit.
pub(crate) fn limited(excess: Excess) -> Response {
    let (code, message) = match excess {
        Excess::Concurrency => ("0x80072326", "Number of concurrent requests exceeded the limit of 52."),
        Excess::ExecutionTime => (
            "0x80072321",
            "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window \
             of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again \
             later.",
        ),
        Excess::Requests | Excess::Queue | Excess::Wait => {
            ("0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")
        }
    };
    *refuse(429, code, message)
}
