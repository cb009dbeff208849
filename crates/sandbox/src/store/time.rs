//! Dates and moments as text and back. Only UTC (A47).

/// `2026-03-02T10:00:00Z`, with up to three decimals when there are any (A46).
pub(crate) fn format_millis(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (hour, minute, second, fraction) =
        (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    let date = format_date(days);
    if fraction == 0 {
        return format!("{date}T{hour:02}:{minute:02}:{second:02}Z");
    }
    let decimals = format!("{fraction:03}");
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{}Z", decimals.trim_end_matches('0'))
}

/// `Mon, 02 Mar 2026 10:00:00 GMT`: the header `Date`.
pub(crate) fn format_http_date(millis: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = civil_from_days(days);
    let named = |names: &'static [&'static str], at: i64| {
        usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
    };
    let (weekday, month) = (named(&DAYS, days.rem_euclid(7)), named(&MONTHS, month - 1));
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `2026-03-02` for a number of days since 1970.
pub(crate) fn format_date(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1970.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Howard Hinnant's civil_from_days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads a date or a date and time with `Z` or an offset; none when it is not one.
pub(crate) fn parse_millis(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 1 {
        return None;
    }
    let mut millis = days_from_civil(year, month, day) * 86_400_000;
    let Some(time) = time else { return Some(millis) };
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => return None,
    };
    let mut parts = clock.splitn(3, ':');
    millis += number(parts.next()?, 2)? * 3_600_000 + number(parts.next()?, 2)? * 60_000;
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        millis += number(whole, 2)? * 1_000;
        let three: String = fraction.chars().chain("000".chars()).take(3).collect();
        millis += number(&three, 3)?;
    }
    if offset == "Z" {
        return Some(millis);
    }
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let shift = number(hours, 2)? * 3_600_000 + number(minutes, 2)? * 60_000;
    Some(if offset.starts_with('+') { millis - shift } else { millis + shift })
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Days since 1970 of a date.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_names_the_day_of_the_week() {
        assert_eq!(format_http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        // The example of RFC 9110.
        let moment = parse_millis("1994-11-06T08:49:37Z");
        assert_eq!(moment.map(format_http_date).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }

    #[test]
    fn moments_round_trip() {
        for text in [
            "2026-03-02T10:00:00Z",
            "1969-12-31T23:59:59.5Z",
            "2024-02-29T00:00:00.123Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_millis(text).map(format_millis).as_deref(), Some(text));
        }
        assert_eq!(parse_millis("2026-03-02T10:00:00+02:00"), parse_millis("2026-03-02T08:00:00Z"));
        assert_eq!(parse_millis("2026-03-02"), parse_millis("2026-03-02T00:00:00.000Z"));
        for text in ["2026-13-01", "2026-1-1", "yesterday", "2026-03-02T10:00:00"] {
            assert_eq!(parse_millis(text), None, "{text}");
        }
    }
}
