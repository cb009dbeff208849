//! Which moment it is at the services. The clock of the machine may be wrong, and what is compared with the times of
//! records has to be a time of their own service.

use couplet_engine::Side;
use couplet_systems::Response;
use jiff::{SignedDuration, Timestamp};

/// How far the clock of each service is ahead of ours; none while it has not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Clocks {
    business_central: Option<SignedDuration>,
    dataverse: Option<SignedDuration>,
}

impl Clocks {
    /// Takes in an answer that came when our clock showed `ours`. Its date was told before it came, in whole seconds: the
    /// service's clock is never taken for later than it is.
    pub(crate) fn hear(&mut self, side: Side, response: &Response, ours: Timestamp) {
        if let Some(date) = response.date() {
            *self.of_mut(side) = Some(date.duration_since(ours));
        }
    }

    /// With what others heard of clocks that have not told here.
    #[must_use]
    pub(crate) fn or(self, others: Clocks) -> Self {
        Clocks {
            business_central: self.business_central.or(others.business_central),
            dataverse: self.dataverse.or(others.dataverse),
        }
    }

    /// What the clock of a service shows when ours shows this.
    pub(crate) fn at(self, side: Side, ours: Timestamp) -> Timestamp {
        let ahead = match side {
            Side::BusinessCentral => self.business_central,
            Side::Dataverse => self.dataverse,
        };
        ours.checked_add(ahead.unwrap_or_default()).unwrap_or(ours)
    }

    /// What the slower of both clocks shows.
    pub(crate) fn earliest(self, ours: Timestamp) -> Timestamp {
        self.at(Side::BusinessCentral, ours).min(self.at(Side::Dataverse, ours))
    }

    fn of_mut(&mut self, side: Side) -> &mut Option<SignedDuration> {
        match side {
            Side::BusinessCentral => &mut self.business_central,
            Side::Dataverse => &mut self.dataverse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_told_apart() {
        let ours: Timestamp = "2026-03-01T10:00:00.4Z".parse().unwrap();
        let date = ("Date".to_owned(), "Sun, 01 Mar 2026 09:00:00 GMT".to_owned());
        let answer = Response { status: 200, headers: vec![date], body: Vec::new() };
        let mut clocks = Clocks::default();
        assert_eq!(clocks.earliest(ours), ours);
        clocks.hear(Side::Dataverse, &answer, ours);
        clocks.hear(Side::BusinessCentral, &Response::default(), ours);
        let theirs: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
        assert_eq!(
            (clocks.at(Side::Dataverse, ours), clocks.at(Side::BusinessCentral, ours)),
            (theirs, ours)
        );
        assert_eq!(clocks.earliest(ours), theirs);
        assert_eq!(Clocks::default().or(clocks), clocks);
    }
}
