//! Single values as both services write them (A46, B20). Literals of `$filter` are in `couplet_filter::odata`.

use couplet_filter::{DateKey, DateTimeKey, TimeKey};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A date; `0001-01-01` is the blank one (A46).
pub(crate) fn date(text: impl AsRef<[u8]>) -> Option<DateKey> {
    let bytes: &[u8; 10] = text.as_ref().try_into().ok()?;
    let days = days(bytes)?;
    Some(if is_year_one(bytes) { DateKey::BLANK } else { DateKey::from_days(days) })
}

/// A date and time with `Z` or an offset, cut to milliseconds; a date alone is its midnight in UTC. Day one of year
/// one is blank (A46, form of the empty date-time unverified).
pub(crate) fn date_time(text: impl AsRef<[u8]>) -> Option<DateTimeKey> {
    let (day, rest) = text.as_ref().split_first_chunk::<10>()?;
    let midnight = i64::from(days(day)?) * DAY;
    if is_year_one(day) {
        return Some(DateTimeKey::BLANK);
    }
    if rest.is_empty() {
        return Some(DateTimeKey::from_milliseconds(midnight));
    }
    let (clock, rest) = rest.split_first_chunk::<9>()?;
    let &[b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2] = clock else { return None };
    let (hours, minutes, seconds) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let (fraction, zone) = fraction(rest)?;
    let clock = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
    Some(DateTimeKey::from_milliseconds(midnight + clock - offset(zone)?))
}

/// A time of day.
pub(crate) fn time(text: &str) -> Option<TimeKey> {
    TimeKey::from_iso(text)
}

/// An ISO 8601 duration in milliseconds; days have 24 hours.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let minutes = (days * 24 + i64::from(span.get_hours())) * 60 + span.get_minutes();
    let seconds = minutes.checked_mul(60)?.checked_add(span.get_seconds())?;
    let fraction =
        span.get_milliseconds() + span.get_microseconds() / 1_000 + span.get_nanoseconds() / 1_000_000;
    seconds.checked_mul(1_000)?.checked_add(fraction)
}

/// A JSON number, exactly; none when it needs more than 28 digits.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    }
}

/// A GUID in the form in which both services write it, with hyphens and without braces.
pub(crate) fn guid(text: &[u8]) -> Option<Uuid> {
    let (first, rest) = text.split_first_chunk::<8>()?;
    let (second, rest) = rest.strip_prefix(b"-")?.split_first_chunk::<4>()?;
    let (third, rest) = rest.strip_prefix(b"-")?.split_first_chunk::<4>()?;
    let (fourth, rest) = rest.strip_prefix(b"-")?.split_first_chunk::<4>()?;
    let last: &[u8; 12] = rest.strip_prefix(b"-")?.try_into().ok()?;
    let front = hex(first)? << 32 | hex(second)? << 16 | hex(third)?;
    Some(Uuid::from_u64_pair(front, hex(fourth)? << 48 | hex(last)?))
}

/// The number that up to 16 hexadecimal digits stand for.
fn hex(digits: &[u8]) -> Option<u64> {
    let mut number = 0;
    let mut all = 0;
    for digit in digits {
        let value = HEX.get(usize::from(*digit)).copied()?;
        number = number << 4 | u64::from(value);
        all |= value;
    }
    (all < 16).then_some(number)
}

/// The value of each byte as a hexadecimal digit; 255 if it is none.
const HEX: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut byte: u8 = 0;
    // A `for` is not possible in a constant.
    while byte < 128 {
        if let (Some(value), Some((_, rest))) =
            ((byte as char).to_digit(16), values.split_at_mut_checked(byte as usize))
            && let Some(slot) = rest.first_mut()
        {
            *slot = value as u8;
        }
        byte += 1;
    }
    values
};

fn is_year_one(day: &[u8; 10]) -> bool {
    day == b"0001-01-01"
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn two(first: u8, second: u8) -> Option<i64> {
    Some(digit(first)? * 10 + digit(second)?)
}

/// Days after 1970-01-01 of `YYYY-MM-DD`.
fn days(text: &[u8; 10]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let (year, month, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    if day < 1 || day > days_of_month(year, month)? {
        return None;
    }
    // Days from civil, after Howard Hinnant: a year starts in March, so a leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i32::try_from(year.div_euclid(400) * 146_097 + day_of_era - 719_468).ok()
}

fn days_of_month(year: i64, month: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    Some(match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    })
}

/// Milliseconds of a fraction of a second, and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', rest)) = text.split_first() else { return Some((0, text)) };
    let n_digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at(n_digits);
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(3);
    let milliseconds = padded.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
    (n_digits > 0).then_some((milliseconds, zone))
}

/// Milliseconds of a zone offset.
fn offset(zone: &[u8]) -> Option<i64> {
    match *zone {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            let value = (hours * 60 + minutes) * 60_000;
            (hours <= 23 && minutes <= 59).then_some(if sign == b'-' { -value } else { value })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a46_dates_and_their_blanks() {
        assert_eq!(date("0001-01-01"), Some(DateKey::BLANK));
        assert_eq!(date("1970-01-02"), Some(DateKey::from_days(1)));
        for bad in ["", "2026-2-3", "2026-02-30", "2026-02-03Z", "2026/02/03", "é2026-02-3"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a46_date_times_with_fractions_offsets_and_blanks() {
        let key = DateTimeKey::from_milliseconds;
        assert_eq!(date_time("1970-01-01T00:00:01Z"), Some(key(1_000)));
        assert_eq!(date_time("1970-01-01T00:00:01.5Z"), Some(key(1_500)));
        assert_eq!(date_time("1970-01-01T00:00:01.1239999Z"), Some(key(1_123)));
        assert_eq!(date_time("1970-01-01T02:00:00+02:00"), Some(key(0)));
        assert_eq!(date_time("1970-01-02"), Some(key(DAY)));
        assert_eq!(date_time("0001-01-01T00:00:00Z"), Some(DateTimeKey::BLANK));
        for bad in
            ["1970-01-01T00:00:01", "1970-01-01T24:00:00Z", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z"]
        {
            assert_eq!(date_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn a46_durations() {
        assert_eq!(duration("P1DT2H"), Some(93_600_000));
        assert_eq!(duration("PT0.25S"), Some(250));
        assert_eq!(duration("P1M"), None);
    }

    #[test]
    fn decimals_are_exact() {
        for text in
            ["0.1", "79228162514264337593543950335", "-0.0000000000000000000000000001", "1e2", "12.50"]
        {
            assert!(decimal(text).is_some(), "{text}");
        }
        assert_eq!(decimal("0.1").unwrap() * Decimal::from(3), decimal("0.3").unwrap());
        assert_eq!(decimal("792281625142643375935439503360"), None);
    }

    proptest! {
        #[test]
        fn dates_agree_with_the_calendar(days in -700_000i32..2_900_000) {
            let key = DateKey::from_days(days);
            let text = key.to_iso();
            prop_assume!(text != "0001-01-01" && !text.starts_with('-') && text.len() == 10);
            prop_assert_eq!(date(&text), Some(key));
        }

        #[test]
        fn only_days_of_the_calendar_are_dates(year in 0_i16..=9_999, month in 0_i8..=14, day in 0_i8..=33) {
            let exists = jiff::civil::Date::new(year, month, day).is_ok();
            prop_assert_eq!(date(format!("{year:04}-{month:02}-{day:02}")).is_some(), exists);
        }

        #[test]
        fn guids_are_read_like_the_package_does(number in any::<u128>(), place in 0_usize..36, byte in any::<u8>()) {
            let id = Uuid::from_u128(number);
            prop_assert_eq!(guid(id.to_string().as_bytes()), Some(id));
            prop_assert_eq!(guid(id.to_string().to_uppercase().as_bytes()), Some(id));
            let mut text = id.to_string().into_bytes();
            text[place] = byte;
            prop_assert_eq!(guid(&text), Uuid::try_parse_ascii(&text).ok());
        }

        #[test]
        fn moments_agree_with_the_calendar(milliseconds in -60_000_000_000_000i64..250_000_000_000_000) {
            let key = DateTimeKey::from_milliseconds(milliseconds);
            prop_assert_eq!(date_time(key.to_iso()), Some(key));
        }

        #[test]
        fn decimals_keep_every_digit(mantissa in any::<i64>(), scale in 0u32..=18) {
            let value = Decimal::new(mantissa, scale);
            let read = decimal(&value.to_string());
            prop_assert_eq!(read.map(|it| (it.mantissa(), it.scale())), Some((value.mantissa(), value.scale())));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,30}") {
            let _ = (date(&text), date_time(&text), duration(&text), decimal(&text), time(&text));
        }
    }
}
