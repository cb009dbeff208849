//! Fiscal years and periods of Dataverse (B24), as the organization divides its year.

use super::named::Unit;
use super::{BindError, Binder, Constant, Node, Term, comparison_of};
use crate::odata::syntax::Operator;
use crate::store::{Table, civil_from_days, days_from_civil, parse_millis};
use crate::world::World;

const DAY_MS: i64 = 86_400_000;
const MONTHS_OF_YEAR: i64 = 12;

/// How the organization divides its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FiscalCalendar {
    /// Month and day on which a fiscal year begins.
    begin: (i64, i64),
    /// Months in a period.
    months: i64,
}

impl FiscalCalendar {
    /// That of the organization: where nothing is set the year begins in January and has quarters.
    fn of(world: &World) -> Result<Self, BindError> {
        let info = world.schema.dv.by_logical_name("organization");
        let rows = info.and_then(|it| world.table(it.set.table));
        let cell = |name: &str| {
            let column = info.and_then(|it| it.info.column(name)).unwrap_or(usize::MAX);
            rows.map_or(0, |rows: &Table| rows.cell(0, column))
        };
        let start = parse_millis(world.texts.get(cell("fiscalcalendarstart")));
        let begin = start.map(|start| civil_from_days(start.div_euclid(DAY_MS)));
        let months = match cell("fiscalperiodtype") {
            2_000 => 12,
            2_001 => 6,
            2_003 => 1,
            2_004 => return Err(BindError::NotCovered("B24 (fiscal periods of four weeks)")),
            _ => 3,
        };
        Ok(Self { begin: begin.map_or((1, 1), |(_, month, day)| (month, day)), months })
    }

    fn begin_of_year(self, year: i64) -> i64 {
        days_from_civil(year, self.begin.0, self.begin.1) * DAY_MS
    }

    /// The fiscal year of a moment, named after the year in which it begins.
    fn year_of(self, moment: i64) -> i64 {
        let (year, ..) = civil_from_days(moment.div_euclid(DAY_MS));
        if moment < self.begin_of_year(year) { year - 1 } else { year }
    }

    fn periods_of_year(self) -> i64 {
        MONTHS_OF_YEAR / self.months
    }

    /// The first moment of a period; periods beyond the year run on into the next ones.
    fn begin_of_period(self, year: i64, period: i64) -> i64 {
        let (years, period) = (
            (period - 1).div_euclid(self.periods_of_year()),
            (period - 1).rem_euclid(self.periods_of_year()),
        );
        Unit::Month.moved(self.begin_of_year(year + years), period * self.months)
    }

    /// The period of a moment within its fiscal year, from 1.
    pub(super) fn period_of(self, moment: i64) -> i64 {
        let year = self.year_of(moment);
        let later = (2..=self.periods_of_year()).take_while(|it| self.begin_of_period(year, *it) <= moment);
        1 + i64::try_from(later.count()).unwrap_or_default()
    }
}

impl Binder<'_> {
    /// A function over fiscal years or periods; none for an unknown name.
    pub(super) fn fiscal(
        &self,
        name: &str,
        term: &Term,
        (values, now): (&[String], i64),
    ) -> Result<Option<Node>, BindError> {
        let calendar = FiscalCalendar::of(self.world)?;
        let number = |at: usize| {
            let text = values.get(at).map_or("", String::as_str);
            text.parse::<i64>()
                .ok()
                .filter(|it| (1..=9_999).contains(it))
                .ok_or_else(|| BindError::Malformed(format!("'{text}' is not a number for '{name}'.")))
        };
        let (year, period) = (calendar.year_of(now), calendar.period_of(now));
        let years = |from: i64, to: i64| (calendar.begin_of_year(from), calendar.begin_of_year(to));
        let periods =
            |from: i64, to: i64| (calendar.begin_of_period(year, from), calendar.begin_of_period(year, to));
        let one = |year: i64, period: i64| {
            (calendar.begin_of_period(year, period), calendar.begin_of_period(year, period + 1))
        };
        let (from, to) = match name {
            "ThisFiscalYear" => years(year, year + 1),
            "LastFiscalYear" => years(year - 1, year),
            "NextFiscalYear" => years(year + 1, year + 2),
            "ThisFiscalPeriod" => periods(period, period + 1),
            "LastFiscalPeriod" => periods(period - 1, period),
            "NextFiscalPeriod" => periods(period + 1, period + 2),
            "LastXFiscalYears" => (years(year - number(0)?, year).0, now + 1),
            "NextXFiscalYears" => (now, years(year, year + number(0)? + 1).1),
            "LastXFiscalPeriods" => (periods(period - number(0)?, period).0, now + 1),
            "NextXFiscalPeriods" => (now, periods(period, period + number(0)? + 1).1),
            "InFiscalYear" => years(number(0)?, number(0)? + 1),
            "InFiscalPeriodAndYear" => one(number(1)?, number(0)?),
            "InOrAfterFiscalPeriodAndYear" => (one(number(1)?, number(0)?).0, i64::MAX),
            "InOrBeforeFiscalPeriodAndYear" => (i64::MIN, one(number(1)?, number(0)?).1),
            "InFiscalPeriod" => {
                return Ok(Some(Node::FiscalPeriod { subject: term.again(), calendar, period: number(0)? }));
            }
            _ => return Ok(None),
        };
        let bound = |operator, moment| comparison_of(term.again(), operator, Constant::Moment(moment));
        Ok(Some(Node::And(vec![bound(Operator::Ge, from), bound(Operator::Lt, to)])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::format_millis;

    #[test]
    fn b24_fiscal_years_may_begin_in_any_month() {
        let moment = |text: &str| parse_millis(text).expect("a moment");
        let april = FiscalCalendar { begin: (4, 1), months: 3 };
        assert_eq!(april.year_of(moment("2026-03-31T23:59:59Z")), 2025);
        assert_eq!(april.period_of(moment("2026-03-31T23:59:59Z")), 4);
        assert_eq!(april.period_of(moment("2026-04-01T00:00:00Z")), 1);
        assert_eq!(format_millis(april.begin_of_period(2026, 4)), "2027-01-01T00:00:00Z");
        assert_eq!(format_millis(april.begin_of_period(2026, 0)), "2026-01-01T00:00:00Z");
        let months = FiscalCalendar { begin: (1, 1), months: 1 };
        assert_eq!(months.period_of(moment("2026-12-31T00:00:00Z")), 12);
    }
}
