//! Accounting periods and fiscal years: `p4`, `p+1`, `year2` (filter language, section 6, after
//! AccountingPeriodMgt).

use jiff::civil::Date;

use super::dates::Days;
use super::scalars::is_digits;
use crate::context::{Context, PeriodOpens, Word};
use crate::scan::trim;

/// Where the last period ends.
const LAST_DAY: Date = Date::constant(9999, 12, 31);

/// The days of a period or year that `text` names.
pub(super) fn days(text: &str, context: &Context) -> Option<Days> {
    let letters = text.find(|next: char| !next.is_alphabetic()).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(letters)?;
    let word = Word::find(name, &[Word::Period, Word::Year], context)?;
    let choice = choice(trim(rest))?;
    match (word, context.accounting_periods.is_empty()) {
        (Word::Period, true) => {
            Some(Days::between(context.work_date.first_of_month(), context.work_date.last_of_year()))
        }
        (_, true) => Some(Days::between(context.work_date.first_of_year(), context.work_date.last_of_year())),
        (Word::Period, false) => period(choice, context),
        _ => year(choice, context),
    }
}

/// Which period is meant.
#[derive(Clone, Copy)]
enum Choice {
    /// The one that holds the work date.
    Current,
    /// The n-th, from 1.
    Number(usize),
    /// That many later.
    Later(usize),
    /// That many earlier.
    Earlier(usize),
}

fn choice(text: &str) -> Option<Choice> {
    if text.is_empty() {
        return Some(Choice::Current);
    }
    let (choose, digits): (fn(usize) -> Choice, _) = match text.split_at_checked(1)? {
        ("+", rest) => (Choice::Later, trim(rest)),
        ("-", rest) => (Choice::Earlier, trim(rest)),
        _ => (Choice::Number, text),
    };
    let number: usize = if is_digits(digits) { digits.parse().ok()? } else { return None };
    (1..=999).contains(&number).then(|| choose(number))
}

/// Numbers count from the first period of the work date's fiscal year.
fn period(choice: Choice, context: &Context) -> Option<Days> {
    let periods = &context.accounting_periods;
    let starts: Vec<_> = periods.iter().map(|period| period.start).collect();
    let current = holding(&starts, context.work_date);
    let of_year =
        periods.iter().take(current + 1).rposition(|period| period.opens == PeriodOpens::FiscalYear);
    chosen(choice, &starts, current, of_year.unwrap_or_default())
}

/// Numbers count from the first fiscal year that is set up; without any, all periods are one year.
fn year(choice: Choice, context: &Context) -> Option<Days> {
    let periods = &context.accounting_periods;
    let opening = periods.iter().filter(|period| period.opens == PeriodOpens::FiscalYear);
    let mut starts: Vec<_> = opening.map(|period| period.start).collect();
    if starts.is_empty() {
        starts.extend(periods.first().map(|period| period.start));
    }
    chosen(choice, &starts, holding(&starts, context.work_date), 0)
}

/// The last that starts by `day`, or the first.
fn holding(starts: &[Date], day: Date) -> usize {
    starts.partition_point(|start| *start <= day).saturating_sub(1)
}

/// A step beyond the first or the last stops there.
fn chosen(choice: Choice, starts: &[Date], current: usize, base: usize) -> Option<Days> {
    let idx = match choice {
        Choice::Current => current,
        Choice::Number(number) => base + number - 1,
        Choice::Later(number) => current + number,
        Choice::Earlier(number) => current.saturating_sub(number),
    };
    let idx = idx.min(starts.len().checked_sub(1)?);
    let last = match starts.get(idx + 1) {
        Some(next) => next.yesterday().ok()?,
        None => LAST_DAY,
    };
    Some(Days::between(*starts.get(idx)?, last))
}
