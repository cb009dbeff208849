//! Who is who: coupling by criteria (S3.30 to S3.38), and suggestions with a confidence and its reasons where nobody
//! set criteria. Nothing is coupled here: both only say what could be.

mod criteria;
mod normalize;
mod suggestion;

#[cfg(test)]
mod tests;

pub use criteria::{
    MatchError, MatchOutcome, Matched, Matcher, Question, Unmatched, WhyUnmatched, match_records,
};
pub use suggestion::{Evidence, EvidenceKind, Role, RoleField, Suggester, Suggestion, roles, suggest};
