//! Times of day and moments as they are typed (filter language, sections 4.7, 4.8 and 6).

use jiff::civil::{Date, Time};

use super::dates::{digit_groups, literal, strip_percent, weekday};
use crate::context::{Context, Word};
use crate::keys::{DateTimeKey, TimeKey, iso_moment};
use crate::scan::{is_space, trim};

/// A value of a Time field.
pub(super) fn time(text: &str, context: &Context) -> Option<TimeKey> {
    if text.is_empty() {
        return Some(TimeKey::BLANK);
    }
    let text = strip_percent(text)?;
    if Word::Now.is(text, context) {
        return Some(TimeKey::from_civil(current_time(context)));
    }
    clock(text).map(TimeKey::from_civil)
}

/// A value of a DateTime field: a moment twice, or the first and the last millisecond of a day.
pub(super) fn moments(text: &str, context: &Context) -> Option<(DateTimeKey, DateTimeKey)> {
    let once = |moment| Some((moment, moment));
    if text.is_empty() {
        return once(DateTimeKey::BLANK);
    }
    let text = strip_percent(text)?;
    if Word::Now.is(text, context) {
        return once(DateTimeKey::from_timestamp(context.now));
    }
    if let Some(moment) = iso_moment(text, &context.time_zone) {
        return once(moment);
    }
    let (day, clock_text) = text.split_once(is_space).map_or((text, ""), |(day, time)| (day, trim(time)));
    let word = Word::find(day, &Word::DATE_TIME, context);
    let day = match word {
        Some(Word::Today) => context.today,
        Some(_) => context.work_date,
        None => weekday(day, context)
            .or_else(|| literal(day, context).filter(|day| !day.is_closing())?.civil())?,
    };
    if clock_text.is_empty() {
        let first = moment(day, Time::midnight(), context)?;
        let next =
            day.tomorrow().ok().and_then(|next| moment(next, Time::midnight(), context)?.milliseconds());
        // No day follows the last of the calendar.
        let last = next.map_or(DateTimeKey::LAST, |next| DateTimeKey::from_milliseconds(next - 1));
        return Some((first, last));
    }
    let time = match clock(clock_text) {
        Some(time) => time,
        None if word.is_some() && clock_text.chars().all(char::is_alphabetic) => {
            current_time(context).with().subsec_nanosecond(0).build().ok()?
        }
        None => return None,
    };
    once(moment(day, time, context)?)
}

fn moment(day: Date, time: Time, context: &Context) -> Option<DateTimeKey> {
    DateTimeKey::from_civil(day.to_datetime(time), &context.time_zone)
}

fn current_time(context: &Context) -> Time {
    context.time_zone.to_datetime(context.now).time()
}

/// Hours, minutes, seconds and fraction, with any separators or two digits each; AM or PM may follow.
fn clock(text: &str) -> Option<Time> {
    let upper = text.to_ascii_uppercase();
    let half = |suffixes: [&str; 2]| suffixes.iter().find_map(|suffix| upper.strip_suffix(suffix));
    let (digits, noon_hours) = match (half(["AM", "A"]), half(["PM", "P"])) {
        (Some(digits), _) => (trim(digits), Some(0)),
        (_, Some(digits)) => (trim(digits), Some(12)),
        _ => (upper.as_str(), None),
    };
    let groups = digit_groups(digits)?;
    let groups = match groups.as_slice() {
        [together] => split_digits(together)?,
        _ if groups.iter().take(3).all(|group| group.len() <= 2) => groups,
        _ => return None,
    };
    let mut units = groups.iter();
    let mut unit = || units.next().map_or(Some(0), |group| group.parse::<i8>().ok());
    let (hour, minute, second) = (unit()?, unit()?, unit()?);
    let millisecond = match groups.get(3) {
        Some(fraction) if fraction.len() <= 3 => format!("{fraction:0<3}").parse::<i32>().ok()?,
        Some(_) => return None,
        None => 0,
    };
    let hour = match noon_hours {
        Some(noon_hours) if (1..=12).contains(&hour) => hour % 12 + noon_hours,
        Some(_) => return None,
        None => hour,
    };
    if groups.len() > 4 {
        return None;
    }
    Time::new(hour, minute, second, millisecond * 1_000_000).ok()
}

/// Two digits a unit and three of milliseconds; a single digit is an hour.
fn split_digits(digits: &str) -> Option<Vec<&str>> {
    match digits.len() {
        1 | 2 => Some(vec![digits]),
        4 | 6 | 9 => [0..2, 2..4, 4..6, 6..9]
            .into_iter()
            .map(|range| digits.get(range).filter(|group| !group.is_empty()))
            .take_while(Option::is_some)
            .collect(),
        _ => None,
    }
}
