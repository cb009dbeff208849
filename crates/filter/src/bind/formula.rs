//! Date formulas: `CM`, `+15D`, `-WD2`, `CQ+1M-10D` (filter language, section 6).

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use crate::scan::is_space;

const MAX_LENGTH: usize = 20;
const MAX_TERMS: usize = 3;
const MAX_NUMBER: i64 = 9999;

/// One to three steps, taken from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formula(Vec<Step>);

/// What a text is when it is read as a formula.
pub(super) enum Reading {
    /// A formula.
    Formula(Formula),
    /// It has the form of a formula, but no source says what it gives: `W4`, `Q3`; or it exceeds a limit.
    Refused,
    /// Something else.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    direction: Direction,
    kind: StepKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Back,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepKind {
    /// `CM`: the end of the current unit, going back its start.
    Edge(Unit),
    /// `15D`
    Count(i64, Unit),
    /// `D10`: the next 10th.
    DayOfMonth(i8),
    /// `WD4`: the next Thursday.
    OnWeekday(Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Weekday,
    Week,
    Month,
    Quarter,
    Year,
}

impl Formula {
    /// Reads a formula, ignoring spaces and case.
    pub(super) fn read(text: &str) -> Reading {
        let compact: String = text.chars().filter(|next| !is_space(*next)).collect();
        let compact = compact.to_ascii_uppercase();
        let mut rest = compact.as_str();
        let mut steps = Vec::new();
        let mut is_refused = compact.len() > MAX_LENGTH;
        while !rest.is_empty() {
            let direction = match rest.strip_prefix(['+', '-']) {
                Some(after) => {
                    let is_back = rest.starts_with('-');
                    rest = after;
                    if is_back { Direction::Back } else { Direction::Forward }
                }
                None if rest.len() == compact.len() => Direction::Forward,
                None => return Reading::Other,
            };
            match Self::step(&mut rest) {
                Some(Ok(kind)) => steps.push(Step { direction, kind }),
                Some(Err(Refused)) => is_refused = true,
                None => return Reading::Other,
            }
        }
        match steps.len() {
            _ if is_refused => Reading::Refused,
            0 => Reading::Other,
            1..=MAX_TERMS => Reading::Formula(Self(steps)),
            _ => Reading::Refused,
        }
    }

    fn step(rest: &mut &str) -> Option<Result<StepKind, Refused>> {
        if let Some(after) = rest.strip_prefix('C') {
            *rest = after;
            return Some(Ok(StepKind::Edge(take_unit(rest)?)));
        }
        if let Some(number) = take_digits(rest) {
            return Some(match (number, take_unit(rest)?) {
                (_, Unit::Weekday) | (None, _) => Err(Refused),
                (Some(number), unit) => Ok(StepKind::Count(number, unit)),
            });
        }
        let unit = take_unit(rest)?;
        let number = take_digits(rest)?.and_then(|number| i8::try_from(number).ok());
        Some(match (unit, number) {
            (Unit::Day, Some(day @ 1..=31)) => Ok(StepKind::DayOfMonth(day)),
            (Unit::Weekday, Some(day)) => {
                Weekday::from_monday_one_offset(day).map(StepKind::OnWeekday).map_err(|_| Refused)
            }
            _ => Err(Refused),
        })
    }

    /// The day it leads to from `day`; `None` outside the calendar.
    pub(super) fn apply(&self, day: Date) -> Option<Date> {
        self.0.iter().try_fold(day, |day, step| step.apply(day)).filter(|day| day.year() >= 1)
    }
}

/// A term of a form that is not accepted.
struct Refused;

/// Digits, if there are any; the inner `None` is a number beyond the limit.
fn take_digits(rest: &mut &str) -> Option<Option<i64>> {
    let end = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    *rest = after;
    Some(digits.parse().ok().filter(|number| *number <= MAX_NUMBER))
}

fn take_unit(rest: &mut &str) -> Option<Unit> {
    let units = [
        ("WD", Unit::Weekday),
        ("D", Unit::Day),
        ("W", Unit::Week),
        ("M", Unit::Month),
        ("Q", Unit::Quarter),
        ("Y", Unit::Year),
    ];
    let (after, unit) = units.iter().find_map(|(name, unit)| Some((rest.strip_prefix(name)?, *unit)))?;
    *rest = after;
    Some(unit)
}

impl Step {
    fn apply(self, day: Date) -> Option<Date> {
        match self.kind {
            StepKind::Edge(unit) => self.edge(unit, day),
            StepKind::Count(number, unit) => {
                let span = Self::span(number, unit);
                match self.direction {
                    Direction::Forward => day.checked_add(span).ok(),
                    Direction::Back => day.checked_sub(span).ok(),
                }
            }
            StepKind::DayOfMonth(number) => self.day_of_month(number, day),
            StepKind::OnWeekday(weekday) => {
                day.nth_weekday(if self.direction == Direction::Forward { 1 } else { -1 }, weekday).ok()
            }
        }
    }

    fn span(number: i64, unit: Unit) -> Span {
        match unit {
            Unit::Day | Unit::Weekday => number.days(),
            Unit::Week => number.weeks(),
            Unit::Month => number.months(),
            Unit::Quarter => (number * 3).months(),
            Unit::Year => number.years(),
        }
    }

    fn edge(self, unit: Unit, day: Date) -> Option<Date> {
        let quarter_month = (day.month() - 1) / 3 * 3 + 1;
        let is_forward = self.direction == Direction::Forward;
        match unit {
            Unit::Day | Unit::Weekday => Some(day),
            Unit::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                let monday = day.checked_sub(since_monday.days()).ok()?;
                if is_forward { monday.checked_add(6.days()).ok() } else { Some(monday) }
            }
            Unit::Month if is_forward => Some(day.last_of_month()),
            Unit::Month => Some(day.first_of_month()),
            Unit::Quarter if is_forward => {
                Date::new(day.year(), quarter_month + 2, 1).ok().map(Date::last_of_month)
            }
            Unit::Quarter => Date::new(day.year(), quarter_month, 1).ok(),
            Unit::Year if is_forward => Some(day.last_of_year()),
            Unit::Year => Some(day.first_of_year()),
        }
    }

    /// The closest day of that number after or before `day`; months without it are passed over.
    fn day_of_month(self, number: i8, day: Date) -> Option<Date> {
        (0..4).find_map(|n_months: i64| {
            let month = match self.direction {
                Direction::Forward => day.first_of_month().checked_add(n_months.months()),
                Direction::Back => day.first_of_month().checked_sub(n_months.months()),
            };
            let candidate = month.ok()?.with().day(number).build().ok()?;
            let is_beyond = match self.direction {
                Direction::Forward => candidate > day,
                Direction::Back => candidate < day,
            };
            is_beyond.then_some(candidate)
        })
    }
}
