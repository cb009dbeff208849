//! Values as people write them: days, numbers, options, texts. What is said of them is in `predicate`.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;

use super::SentenceLanguage;
use super::words::Words;
use crate::context::Context;
use crate::field::FieldType;
use crate::form::FieldForm;
use crate::keys::{DateKey, DateTimeKey, TimeKey};
use crate::typed::FilterValue;

/// Words that a bare text would be mistaken for.
const RESERVED: [&str; 12] =
    ["empty", "and", "or", "nor", "yes", "no", "vide", "et", "ou", "ni", "oui", "non"];

/// How values of one field are written.
pub(super) struct ValueWriter<'a> {
    pub(super) language: SentenceLanguage,
    pub(super) field: &'a FieldForm<'a>,
    pub(super) context: &'a Context,
    /// The name of the record that a value stands for.
    pub(super) names: &'a dyn Fn(&FilterValue) -> Option<String>,
}

impl ValueWriter<'_> {
    pub(super) fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// A value that is not blank.
    pub(super) fn value(&self, value: &FilterValue) -> String {
        match value {
            FilterValue::Text { text, .. } => match (self.names)(value) {
                Some(name) => format!("{} ({name})", self.text(text)),
                None => self.text(text),
            },
            FilterValue::Integer(number) => self.number(&Decimal::from(*number)),
            FilterValue::Decimal(number) => self.number(number),
            FilterValue::Boolean(true) => self.words().yes.to_owned(),
            FilterValue::Boolean(false) => self.words().no.to_owned(),
            FilterValue::Option(ordinal) => self.option(*ordinal),
            FilterValue::Date(day) => self.day_key(*day),
            FilterValue::DateTime(moment) => self.moment(*moment),
            FilterValue::Time(time) => self.time(*time),
            FilterValue::Duration(milliseconds) => self.duration(*milliseconds),
            FilterValue::Guid(guid) => {
                (self.names)(value).map_or_else(|| format!("{{{guid}}}"), |name| self.text(&name))
            }
        }
    }

    /// Whether a sentence says `empty` instead of the value.
    pub(super) fn is_blank(&self, value: &FilterValue) -> bool {
        match value {
            FilterValue::Text { text, .. } => text.is_empty(),
            FilterValue::Option(ordinal) => {
                self.option_name(*ordinal).is_some_and(|name| name.trim().is_empty())
            }
            FilterValue::Date(day) => day.is_blank(),
            FilterValue::DateTime(moment) => *moment == DateTimeKey::BLANK,
            FilterValue::Time(time) => *time == TimeKey::BLANK,
            FilterValue::Guid(guid) => guid.is_nil(),
            _ => false,
        }
    }

    /// Without quotes where nothing can be mistaken, as `Contoso` or `10-A`.
    pub(super) fn text(&self, text: &str) -> String {
        let is_plain =
            text.chars().next().is_some_and(|first| first.is_uppercase() || first.is_ascii_digit())
                && text.chars().all(|next| next.is_alphanumeric() || matches!(next, '-' | '_' | '/'))
                && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
        if is_plain { text.to_owned() } else { self.quoted(text) }
    }

    pub(super) fn quoted(&self, text: &str) -> String {
        let [open, close] = self.words().quotes;
        format!("{open}{text}{close}")
    }

    fn option_name(&self, ordinal: i32) -> Option<&str> {
        let captions = self.field.option_captions;
        if let Some((_, caption)) = captions.iter().find(|(other, _)| *other == ordinal) {
            return Some(caption);
        }
        let FieldType::Option(members) = self.field.field_type else { return None };
        members.iter().find(|member| member.ordinal == ordinal).map(|member| member.name.as_str())
    }

    fn option(&self, ordinal: i32) -> String {
        self.option_name(ordinal).map_or_else(|| ordinal.to_string(), |name| self.text(name))
    }

    fn number(&self, number: &Decimal) -> String {
        let words = self.words();
        let text = number.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
        let mut grouped = String::with_capacity(text.len() + digits.len());
        grouped.push_str(sign);
        for (idx, digit) in digits.chars().enumerate() {
            if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
                grouped.push_str(words.thousands);
            }
            grouped.push(digit);
        }
        if !fraction.is_empty() {
            grouped.push_str(words.decimal_sign);
            grouped.push_str(fraction);
        }
        grouped
    }

    fn day_key(&self, day: DateKey) -> String {
        let Some(date) = day.civil() else { return String::new() };
        let written = self.date(date);
        match (day.is_closing(), self.language) {
            (true, _) => {
                let [before, after] = self.words().closing_date;
                format!("{before}{written}{after}")
            }
            (false, SentenceLanguage::English) => written,
            (false, SentenceLanguage::French) => format!("le {written}"),
        }
    }

    fn date(&self, date: Date) -> String {
        let month_idx = usize::try_from(date.month() - 1).unwrap_or_default();
        let month = self.words().months.get(month_idx).copied().unwrap_or_default();
        match self.language {
            SentenceLanguage::English => format!("{month} {}, {}", date.day(), date.year()),
            SentenceLanguage::French if date.day() == 1 => format!("1er {month} {}", date.year()),
            SentenceLanguage::French => format!("{} {month} {}", date.day(), date.year()),
        }
    }

    /// The day that these moments are the first and the last of, where the user is.
    pub(super) fn whole_day(&self, first: &FilterValue, last: &FilterValue) -> Option<String> {
        let (FilterValue::DateTime(first), FilterValue::DateTime(last)) = (first, last) else { return None };
        let day = self.day_that_begins(*first)?;
        (self.day_that_ends(*last)? == day).then(|| self.day_key(DateKey::from_civil(day)))
    }

    /// A bound of an interval of moments: the day alone where the bound is the day's first or last moment.
    pub(super) fn bound(&self, value: &FilterValue, edge: Edge) -> String {
        let FilterValue::DateTime(moment) = value else { return self.value(value) };
        let day = match edge {
            Edge::Start => self.day_that_begins(*moment),
            Edge::End => self.day_that_ends(*moment),
        };
        day.map_or_else(|| self.value(value), |day| self.day_key(DateKey::from_civil(day)))
    }

    fn day_that_begins(&self, moment: DateTimeKey) -> Option<Date> {
        let local = self.zone().to_datetime(moment.timestamp()?);
        (local.time() == Time::midnight()).then_some(local.date())
    }

    fn day_that_ends(&self, moment: DateTimeKey) -> Option<Date> {
        let next = DateTimeKey::from_milliseconds(moment.milliseconds()?.checked_add(1)?);
        self.day_that_begins(next)?.yesterday().ok()
    }

    fn zone(&self) -> &TimeZone {
        &self.context.time_zone
    }

    fn moment(&self, moment: DateTimeKey) -> String {
        // The last day of the calendar has no local time in some zones.
        let Some(timestamp) = moment.timestamp() else { return moment.to_iso() };
        let zoned = timestamp.to_zoned(self.zone().clone());
        let day = self.day_key(DateKey::from_civil(zoned.date()));
        format!(
            "{day}{}{} ({})",
            self.words().at,
            self.time(TimeKey::from_civil(zoned.time())),
            offset(zoned.offset())
        )
    }

    fn time(&self, time: TimeKey) -> String {
        time.to_iso().replace('.', self.words().decimal_sign)
    }

    /// `2 d 6 h 30 min`
    fn duration(&self, milliseconds: i64) -> String {
        let sizes: [u64; 5] = [86_400_000, 3_600_000, 60_000, 1_000, 1];
        let mut rest = milliseconds.unsigned_abs();
        let mut parts = Vec::new();
        for (size, unit) in sizes.iter().zip(self.words().units) {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                parts.push(format!("{count}\u{a0}{unit}"));
            }
        }
        let sign = if milliseconds < 0 { "-" } else { "" };
        if parts.is_empty() { "0\u{a0}s".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
    }
}

/// Which end of an interval a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// The lower one.
    Start,
    /// The upper one.
    End,
}

fn offset(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
