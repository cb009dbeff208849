//! Days, moments and times of day as ordered numbers, small enough to be cells of a column. Reading what a
//! user types is not here.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

const UNIX_EPOCH: Date = Date::constant(1970, 1, 1);
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A day in the order of the filter language (section 4.6): the blank date `0D` before every date, a closing
/// date between its day and the next.
///
/// # Example
///
/// ```
/// use couplet_filter::DateKey;
///
/// let day = DateKey::from_iso("2026-12-31").unwrap();
/// assert!(DateKey::BLANK < day && day < day.closing());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct DateKey(i32);

impl DateKey {
    /// `0D`.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::DateKey::BLANK.to_iso(), "");
    /// ```
    pub const BLANK: Self = Self(i32::MIN);

    /// The day that many days after 1970-01-01.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::DateKey::from_days(1).to_iso(), "1970-01-02");
    /// ```
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days.saturating_mul(2))
    }

    /// The day of the calendar.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// let day = DateKey::from_civil(jiff::civil::date(2026, 3, 15));
    /// assert_eq!(day.to_iso(), "2026-03-15");
    /// ```
    #[must_use]
    pub fn from_civil(date: Date) -> Self {
        let days = UNIX_EPOCH.until(date).map(|span| span.get_days()).unwrap_or_default();
        Self::from_days(days)
    }

    /// The closing date of this day; a blank date has none and stays blank.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// assert_eq!(DateKey::from_days(0).closing().to_iso(), "C1970-01-01");
    /// ```
    #[must_use]
    pub const fn closing(self) -> Self {
        if self.is_blank() { self } else { Self(self.0 | 1) }
    }

    /// Whether this is `0D`.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// assert!(DateKey::BLANK.is_blank() && !DateKey::from_days(0).is_blank());
    /// ```
    #[must_use]
    pub const fn is_blank(self) -> bool {
        self.0 == i32::MIN
    }

    /// Whether this is a closing date.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// let day = DateKey::from_days(0);
    /// assert!(day.closing().is_closing() && !day.is_closing());
    /// ```
    #[must_use]
    pub const fn is_closing(self) -> bool {
        !self.is_blank() && self.0 & 1 == 1
    }

    /// Days after 1970-01-01, of a closing date those of its day; `None` for the blank date.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// assert_eq!(DateKey::from_days(7).closing().days(), Some(7));
    /// assert_eq!(DateKey::BLANK.days(), None);
    /// ```
    #[must_use]
    pub const fn days(self) -> Option<i32> {
        if self.is_blank() { None } else { Some(self.0 >> 1) }
    }

    /// The day of the calendar; `None` for the blank date.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// assert_eq!(DateKey::from_days(0).civil(), Some(jiff::civil::date(1970, 1, 1)));
    /// ```
    #[must_use]
    pub fn civil(self) -> Option<Date> {
        UNIX_EPOCH.checked_add(jiff::Span::new().try_days(i64::from(self.days()?)).ok()?).ok()
    }

    /// Reads `2026-12-31`, the closing date `C2026-12-31`, or the empty text of a blank date.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// let day = DateKey::from_iso("2026-12-31").unwrap();
    /// assert_eq!(DateKey::from_iso("C2026-12-31"), Some(day.closing()));
    /// assert_eq!(DateKey::from_iso("31.12.2026"), None);
    /// ```
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::BLANK);
        }
        let (digits, is_closing) = match text.strip_prefix(['C', 'c']) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let day = Self::from_civil(iso_date(digits)?);
        Some(if is_closing { day.closing() } else { day })
    }

    /// What [`from_iso`](Self::from_iso) reads.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateKey;
    ///
    /// assert_eq!(DateKey::from_days(20_000).to_iso(), "2024-10-04");
    /// ```
    #[must_use]
    pub fn to_iso(self) -> String {
        self.to_string()
    }

    /// The key as the number that it is ordered by.
    pub(crate) const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for DateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(date) if self.is_closing() => write!(f, "C{date}"),
            Some(date) => write!(f, "{date}"),
            None => Ok(()),
        }
    }
}

/// Reads exactly `YYYY-MM-DD`.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_iso = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
    let is_number = [year, month, day].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !(is_iso && is_number) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A moment in milliseconds since 1970-01-01 UTC, the blank `0DT` before all of them.
///
/// # Example
///
/// ```
/// use couplet_filter::DateTimeKey;
///
/// let [start, later] = ["2026-03-15T10:00:00Z", "2026-03-15T11:30:00+01:00"].map(DateTimeKey::from_iso);
/// assert!(start < later);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct DateTimeKey(i64);

impl DateTimeKey {
    /// `0DT`.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// assert!(DateTimeKey::BLANK < DateTimeKey::from_milliseconds(0));
    /// ```
    pub const BLANK: Self = Self(i64::MIN);

    /// The moment that many milliseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// assert_eq!(DateTimeKey::from_milliseconds(1_500).to_iso(), "1970-01-01T00:00:01.5Z");
    /// ```
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The moment, cut to whole milliseconds.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// let moment = jiff::Timestamp::UNIX_EPOCH;
    /// assert_eq!(DateTimeKey::from_timestamp(moment), DateTimeKey::from_milliseconds(0));
    /// ```
    #[must_use]
    pub fn from_timestamp(moment: Timestamp) -> Self {
        Self(moment.as_millisecond())
    }

    /// The last millisecond that has a date.
    pub(crate) const LAST: Self = Self(253_402_300_799_999);

    /// The moment of a day and time in a zone; none behind the calendar. A `Timestamp` ends within the last day of
    /// the calendar; what is left of that day has the offset that the zone has last.
    pub(crate) fn from_civil(civil: jiff::civil::DateTime, zone: &TimeZone) -> Option<Self> {
        if let Ok(moment) = zone.to_timestamp(civil) {
            return Some(Self::from_timestamp(moment));
        }
        let day = DateKey::from_civil(civil.date()).days()?;
        let time = TimeKey::from_civil(civil.time()).milliseconds()?;
        let offset = i64::from(zone.to_offset(Timestamp::MAX).seconds()) * 1_000;
        let moment = Self(i64::from(day) * DAY + i64::from(time) - offset);
        (moment <= Self::LAST).then_some(moment)
    }

    /// Milliseconds after 1970-01-01T00:00:00Z; `None` for the blank moment.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// assert_eq!(DateTimeKey::from_milliseconds(5).milliseconds(), Some(5));
    /// assert_eq!(DateTimeKey::BLANK.milliseconds(), None);
    /// ```
    #[must_use]
    pub const fn milliseconds(self) -> Option<i64> {
        if self.0 == i64::MIN { None } else { Some(self.0) }
    }

    /// The moment; `None` for the blank one.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// assert_eq!(DateTimeKey::from_milliseconds(0).timestamp(), Some(jiff::Timestamp::UNIX_EPOCH));
    /// ```
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.milliseconds()?).ok()
    }

    /// Reads `2026-03-15T10:00:00.5Z`, any offset instead of `Z`, or the empty text of a blank moment.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// let moment = DateTimeKey::from_iso("1970-01-01T01:00:00+01:00");
    /// assert_eq!(moment, Some(DateTimeKey::from_milliseconds(0)));
    /// ```
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::BLANK);
        }
        iso_moment(text, &TimeZone::UTC)
    }

    /// The UTC form `2026-03-15T10:00:00Z`, with milliseconds where there are any; empty if blank.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::DateTimeKey;
    ///
    /// assert_eq!(DateTimeKey::from_milliseconds(0).to_iso(), "1970-01-01T00:00:00Z");
    /// ```
    #[must_use]
    pub fn to_iso(self) -> String {
        self.to_string()
    }

    /// The key as the number that it is ordered by.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for DateTimeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not through `Timestamp`, which ends before the last day that both services know.
        let Some(milliseconds) = self.milliseconds() else { return Ok(()) };
        let days = i32::try_from(milliseconds.div_euclid(DAY)).ok().map(DateKey::from_days);
        let time = i32::try_from(milliseconds.rem_euclid(DAY)).ok().and_then(TimeKey::from_milliseconds);
        match (days.and_then(DateKey::civil), time) {
            (Some(date), Some(time)) => {
                let time = time.to_string();
                // Moments are written without the zeros that end a fraction.
                let time = if time.contains('.') { time.trim_end_matches('0') } else { &time };
                write!(f, "{date}T{time}Z")
            }
            _ => Ok(()),
        }
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS` with optional fraction; without an offset in `zone`.
pub(crate) fn iso_moment(text: &str, zone: &TimeZone) -> Option<DateTimeKey> {
    iso_date(text.get(..10)?)?;
    if !text.get(10..)?.starts_with(['T', 't']) || text.contains('[') {
        return None;
    }
    let is_local = !text.get(11..)?.contains(['Z', 'z', '+', '-']);
    if is_local {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        return DateTimeKey::from_civil(civil, zone);
    }
    if let Ok(moment) = text.parse() {
        return Some(DateTimeKey::from_timestamp(moment));
    }
    // The calendar's moments end before the last day that both services know.
    let (civil, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(civil) => (civil, 0),
        None => text
            .split_at_checked(text.len().checked_sub(6)?)
            .and_then(|(civil, zone)| Some((civil, offset(zone)?)))?,
    };
    let local = DateTimeKey::from_civil(civil.parse().ok()?, &TimeZone::UTC)?.milliseconds()?;
    let moment = local - offset;
    let day = DateKey::from_days(i32::try_from(moment.div_euclid(DAY)).ok()?);
    day.civil().map(|_| DateTimeKey::from_milliseconds(moment))
}

/// Milliseconds of `+HH:MM`.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1)? {
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let (hours, minutes) = clock.split_once(':')?;
    let two = |digits: &str, most: i64| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|number| is_two && *number <= most)
    };
    Some(sign * (two(hours, 23)? * 60 + two(minutes, 59)?) * 60_000)
}

/// Milliseconds since midnight, the blank `0T` before midnight (filter language, section 4.8).
///
/// # Example
///
/// ```
/// use couplet_filter::TimeKey;
///
/// assert!(TimeKey::BLANK < TimeKey::from_iso("00:00:00").unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct TimeKey(i32);

impl TimeKey {
    /// `0T`.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::TimeKey::BLANK.milliseconds(), None);
    /// ```
    pub const BLANK: Self = Self(i32::MIN);

    /// The time that many milliseconds after midnight; `None` outside one day.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::TimeKey;
    ///
    /// assert_eq!(TimeKey::from_milliseconds(-1), None);
    /// assert_eq!(TimeKey::from_milliseconds(0), TimeKey::from_iso("00:00:00"));
    /// ```
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i32) -> Option<Self> {
        if milliseconds >= 0 && milliseconds < 86_400_000 { Some(Self(milliseconds)) } else { None }
    }

    /// The time of day, cut to whole milliseconds.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::TimeKey;
    ///
    /// let time = TimeKey::from_civil(jiff::civil::time(10, 30, 0, 0));
    /// assert_eq!(time.to_iso(), "10:30:00");
    /// ```
    #[must_use]
    pub fn from_civil(time: Time) -> Self {
        let seconds =
            (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second());
        Self(seconds * 1000 + i32::from(time.millisecond()))
    }

    /// Milliseconds after midnight; `None` for the blank time.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::TimeKey;
    ///
    /// assert_eq!(TimeKey::from_iso("00:00:01").and_then(TimeKey::milliseconds), Some(1_000));
    /// ```
    #[must_use]
    pub const fn milliseconds(self) -> Option<i32> {
        if self.0 == i32::MIN { None } else { Some(self.0) }
    }

    /// Reads `HH:MM:SS` with an optional fraction, or the empty text of a blank time.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::TimeKey;
    ///
    /// let time = TimeKey::from_iso("10:00:00.25").unwrap();
    /// assert_eq!(time.milliseconds(), Some(36_000_250));
    /// ```
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::BLANK);
        }
        text.parse().ok().map(Self::from_civil)
    }

    /// What [`from_iso`](Self::from_iso) reads.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::TimeKey;
    ///
    /// let time = TimeKey::from_milliseconds(60_500).unwrap();
    /// assert_eq!(time.to_iso(), "00:01:00.500");
    /// ```
    #[must_use]
    pub fn to_iso(self) -> String {
        self.to_string()
    }

    /// The key as the number that it is ordered by.
    pub(crate) const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for TimeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(milliseconds) = self.milliseconds() else { return Ok(()) };
        let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if fraction == 0 { Ok(()) } else { write!(f, ".{fraction:03}") }
    }
}
