//! What a filter may depend on from outside: the day, the user, the company, the region. All of it comes in
//! as an argument, so the same filter with the same context always means the same.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The inputs of tokens and of short date forms (filter language, section 6).
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, FieldValue, TextComparison, compile};
///
/// let mut context = Context::new("2026-03-15T12:00:00Z".parse()?, jiff::tz::TimeZone::UTC);
/// context.user_id = "ANNE".to_owned();
/// let filter = compile("%me", &FieldType::Code { max_length: None }, TextComparison::default(), &context)?;
/// assert!(filter.passes(FieldValue::Text("ANNE")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Context {
    /// The moment `now` stands for.
    pub now: Timestamp,
    /// The day `today` stands for, in the user's time zone.
    pub today: Date,
    /// The user's work date.
    pub work_date: Date,
    /// What `%me` stands for.
    pub user_id: String,
    /// What `%company` stands for.
    pub company: String,
    /// Where a local date or time is turned into a moment.
    pub time_zone: TimeZone,
    /// Order of day, month and year in the user's region; without it only ISO dates are read.
    pub date_order: Option<DateOrder>,
    /// The company's accounting periods, ordered by start.
    pub accounting_periods: Vec<AccountingPeriod>,
    /// Numbers behind `%mycustomers`.
    pub my_customers: Vec<String>,
    /// Numbers behind `%myitems`.
    pub my_items: Vec<String>,
    /// Numbers behind `%myvendors`.
    pub my_vendors: Vec<String>,
    /// Words of the user's language, which count beside the English ones.
    pub local_words: Vec<(Word, String)>,
}

impl Context {
    /// The context of a moment and a time zone: today is that moment's day, and so is the work date.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Context;
    ///
    /// let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
    /// let context = Context::new("2026-03-15T23:00:00Z".parse()?, zone);
    /// assert_eq!(context.today.to_string(), "2026-03-16");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn new(now: Timestamp, time_zone: TimeZone) -> Self {
        let today = time_zone.to_datetime(now).date();
        Self {
            now,
            today,
            work_date: today,
            user_id: String::new(),
            company: String::new(),
            time_zone,
            date_order: None,
            accounting_periods: Vec::new(),
            my_customers: Vec::new(),
            my_items: Vec::new(),
            my_vendors: Vec::new(),
            local_words: Vec::new(),
        }
    }
}

/// In which order a region writes a date.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, DateOrder, FieldType, parse, stored_form};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let mut context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// context.date_order = Some(DateOrder::DayMonthYear);
/// let stored = stored_form(&parse("31.12.2026").unwrap(), &FieldType::Date, &context).unwrap();
/// assert_eq!(stored.to_string(), "2026-12-31");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// 31.12.2026
    DayMonthYear,
    /// 12/31/2026
    MonthDayYear,
    /// 2026/12/31
    YearMonthDay,
}

/// One accounting period of the company.
///
/// # Example
///
/// ```
/// use couplet_filter::{AccountingPeriod, PeriodOpens};
/// use jiff::civil::date;
///
/// let period = AccountingPeriod { start: date(2026, 1, 1), opens: PeriodOpens::FiscalYear };
/// assert_eq!(period.start.year(), 2026);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountingPeriod {
    /// First day.
    pub start: Date,
    /// Whether a fiscal year begins with it.
    pub opens: PeriodOpens,
}

/// What begins with an accounting period.
///
/// # Example
///
/// ```
/// use couplet_filter::{AccountingPeriod, Context, FieldType, PeriodOpens, parse, stored_form};
/// use jiff::{Timestamp, civil::date, tz::TimeZone};
///
/// let mut context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// let period = |month, opens| AccountingPeriod { start: date(1970, month, 1), opens };
/// context.accounting_periods = vec![
///     period(1, PeriodOpens::FiscalYear),
///     period(2, PeriodOpens::Period),
/// ];
/// let stored = stored_form(&parse("p1").unwrap(), &FieldType::Date, &context).unwrap();
/// assert_eq!(stored.to_string(), "1970-01-01..1970-01-31");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodOpens {
    /// A new fiscal year.
    FiscalYear,
    /// Only the period itself.
    Period,
}

/// A word of the filter language that can be translated.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, Word, parse, stored_form};
/// use jiff::{Timestamp, tz::TimeZone};
///
/// let mut context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
/// context.local_words.push((Word::Today, "aujourd’hui".to_owned()));
/// let stored = stored_form(&parse("aujourd’hui").unwrap(), &FieldType::Date, &context).unwrap();
/// assert_eq!(stored.to_string(), "1970-01-01");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the English word itself")]
pub enum Word {
    Me,
    User,
    Company,
    MyCustomers,
    MyItems,
    MyVendors,
    Period,
    Year,
    Today,
    WorkDate,
    Now,
    Yesterday,
    Tomorrow,
    Week,
    Month,
    Quarter,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Word {
    /// The words after `%` on Text and Code fields, in the order in which a prefix is looked up.
    pub(crate) const TEXT: [Self; 6] =
        [Self::Me, Self::User, Self::Company, Self::MyCustomers, Self::MyItems, Self::MyVendors];

    /// The words of a Date field without a number behind them, in order.
    pub(crate) const DATE: [Self; 8] = [
        Self::Today,
        Self::WorkDate,
        Self::Now,
        Self::Yesterday,
        Self::Tomorrow,
        Self::Week,
        Self::Month,
        Self::Quarter,
    ];

    /// The words of a DateTime field that name a day, in order.
    pub(crate) const DATE_TIME: [Self; 2] = [Self::Today, Self::WorkDate];

    /// The weekdays, Monday first as ISO 8601 has them.
    pub(crate) const WEEKDAYS: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The English word in upper case.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Word::WorkDate.english(), "WORKDATE");
    /// ```
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Me => "ME",
            Self::User => "USER",
            Self::Company => "COMPANY",
            Self::MyCustomers => "MYCUSTOMERS",
            Self::MyItems => "MYITEMS",
            Self::MyVendors => "MYVENDORS",
            Self::Period => "PERIOD",
            Self::Year => "YEAR",
            Self::Today => "TODAY",
            Self::WorkDate => "WORKDATE",
            Self::Now => "NOW",
            Self::Yesterday => "YESTERDAY",
            Self::Tomorrow => "TOMORROW",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Quarter => "QUARTER",
            Self::Monday => "MONDAY",
            Self::Tuesday => "TUESDAY",
            Self::Wednesday => "WEDNESDAY",
            Self::Thursday => "THURSDAY",
            Self::Friday => "FRIDAY",
            Self::Saturday => "SATURDAY",
            Self::Sunday => "SUNDAY",
        }
    }

    /// The first of `words` that begins with `typed`, ignoring case; nothing typed is no word.
    pub(crate) fn find(typed: &str, words: &[Self], context: &Context) -> Option<Self> {
        if typed.is_empty() {
            return None;
        }
        let typed = typed.to_uppercase();
        words
            .iter()
            .copied()
            .find(|word| word.spellings(context).any(|spelling| spelling.starts_with(&typed)))
    }

    /// Whether `typed` is the whole word, ignoring case.
    pub(crate) fn is(self, typed: &str, context: &Context) -> bool {
        let typed = typed.to_uppercase();
        self.spellings(context).any(|spelling| spelling == typed)
    }

    fn spellings(self, context: &Context) -> impl Iterator<Item = String> {
        let local = context.local_words.iter().filter(move |(word, _)| *word == self);
        std::iter::once(self.english().to_owned()).chain(local.map(|(_, text)| text.to_uppercase()))
    }
}
