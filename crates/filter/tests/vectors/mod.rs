//! Reads filter vectors and compares what they expect with what the crate does. Shared by the test and the
//! example, so it reads everything that the schema allows (filter language, section 14).

use std::fmt;
use std::sync::Arc;

use couplet_filter::{
    AccountingPeriod, Context, DateKey, DateOrder, DateTimeKey, FieldReference, FieldType, FieldValue,
    OptionMember, PeriodOpens, TextComparison, TimeKey, ViewField, compile, parse_view,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;
use serde_json::Value;

/// What a file of vectors gave.
pub(crate) struct Report {
    /// Vectors that did what they expect.
    pub(crate) n_passed: usize,
    /// One line for each of the others.
    pub(crate) failures: Vec<String>,
}

/// Evaluates every vector and every view of a file.
pub(crate) fn run(text: &str) -> Result<Report, String> {
    let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut report = Report { n_passed: 0, failures: Vec::new() };
    let mut record = |vector: &Value, got: Result<Outcome, String>| {
        let expected = Outcome::expected(vector);
        match got {
            Ok(got) if got.is(&expected) => report.n_passed += 1,
            got => {
                let got = got.unwrap_or_else(Outcome::Unusable);
                let id = string(vector, "id").unwrap_or("?");
                let what = string(vector, "filter").or_else(|| string(vector, "view")).unwrap_or_default();
                report.failures.push(format!("{id}: expected {expected}, got {got}: {what}"));
            }
        }
    };
    for vector in list(&file, "vectors") {
        record(vector, run_vector(vector));
    }
    for vector in list(&file, "views") {
        record(vector, run_view(vector));
    }
    Ok(report)
}

/// What a vector expects, or what was found.
enum Outcome {
    Passes(bool),
    Error { position: Option<u64> },
    Unusable(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passes(true) => f.write_str("passes"),
            Self::Passes(false) => f.write_str("does not pass"),
            Self::Error { position: Some(position) } => write!(f, "error at {position}"),
            Self::Error { position: None } => f.write_str("error"),
            Self::Unusable(reason) => write!(f, "unusable vector: {reason}"),
        }
    }
}

impl Outcome {
    fn expected(vector: &Value) -> Self {
        if flag(vector, "error") {
            Self::Error { position: vector.get("errorPosition").and_then(Value::as_u64) }
        } else {
            match vector.get("passes").and_then(Value::as_bool) {
                Some(passes) => Self::Passes(passes),
                None => Self::Unusable("a vector without `passes` and `error`".to_owned()),
            }
        }
    }

    fn error(position: u32) -> Self {
        Self::Error { position: Some(u64::from(position)) }
    }

    fn is(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Passes(got), Self::Passes(expected)) => got == expected,
            (Self::Error { .. }, Self::Error { position: None }) => true,
            (Self::Error { position: got }, Self::Error { position: expected }) => got == expected,
            _ => false,
        }
    }
}

fn run_vector(vector: &Value) -> Result<Outcome, String> {
    let context = context(vector)?;
    let field_type = field_type(vector, "fieldType")?;
    let filter = string(vector, "filter").ok_or("no filter")?;
    let typed = match compile(filter, &field_type, comparison(vector), &context) {
        Ok(typed) => typed,
        Err(error) => return Ok(Outcome::error(error.span().position(filter))),
    };
    let cell = Cell::read(vector.get("value").unwrap_or(&Value::Null), &field_type)?;
    Ok(Outcome::Passes(typed.passes(cell.value())))
}

fn run_view(vector: &Value) -> Result<Outcome, String> {
    let context = context(vector)?;
    let text = string(vector, "view").ok_or("no view")?;
    let mut fields = Vec::new();
    for (key, field) in vector.get("fields").and_then(Value::as_object).into_iter().flatten() {
        let number = u32::try_from(fields.len()).map_err(|error| error.to_string())?;
        let side = if flag(vector, "ignoreCase") { TextComparison::Dataverse } else { comparison(field) };
        let view_field = ViewField { number, field_type: field_type(field, "type")?, comparison: side };
        fields.push((key.as_str(), string(field, "name"), view_field));
    }
    let find = |reference: &FieldReference| {
        let wanted = spelled(reference);
        let is_key = |key: &str| key.to_lowercase() == wanted.to_lowercase();
        let by_key = fields.iter().find(|(key, _, _)| is_key(key));
        by_key.or_else(|| fields.iter().find(|(_, name, _)| name.is_some_and(is_key)))
    };
    let bound = parse_view(text).and_then(|view| view.bind(&context, |field| Some(find(field)?.2.clone())));
    let bound = match bound {
        Ok(bound) => bound,
        Err(error) => return Ok(Outcome::error(error.span.position(text))),
    };
    let Some(record) = vector.get("record").and_then(Value::as_object) else {
        return Ok(Outcome::Unusable("no record and no error".to_owned()));
    };
    let mut cells = Vec::new();
    for condition in &bound.conditions {
        let (key, name, field) = find(&condition.field).ok_or("a bound field that is unknown")?;
        let spellings = [Some(spelled(&condition.field)), Some((*key).to_owned()), name.map(str::to_owned)];
        let value = record.iter().find(|(column, _)| {
            spellings.iter().flatten().any(|spelling| spelling.to_lowercase() == column.to_lowercase())
        });
        let cell = value.map(|(_, value)| Cell::read(value, &field.field_type)).transpose()?;
        cells.push((condition.field.clone(), cell));
    }
    let value = |field: &FieldReference| {
        let (_, cell) = cells.iter().find(|(of, _)| of == field)?;
        cell.as_ref().map(Cell::value)
    };
    Ok(match bound.passes(value) {
        Ok(passes) => Outcome::Passes(passes),
        Err(error) => Outcome::error(error.span.position(text)),
    })
}

fn spelled(reference: &FieldReference) -> String {
    match reference {
        FieldReference::Number(number) => format!("Field{number}"),
        FieldReference::Name(name) => name.clone(),
    }
}

fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn comparison(value: &Value) -> TextComparison {
    if flag(value, "ignoreCase") { TextComparison::Dataverse } else { TextComparison::BusinessCentral }
}

/// `Code[20]` carries a length; whatever has no filter is one type here.
fn field_type(holder: &Value, key: &str) -> Result<FieldType, String> {
    let written = string(holder, key).ok_or("no field type")?;
    let (name, length) = written.split_once('[').unwrap_or((written, ""));
    let max_length = length.strip_suffix(']').and_then(|length| length.parse().ok());
    Ok(match name.trim().to_lowercase().as_str() {
        "text" => FieldType::Text { max_length },
        "code" => FieldType::Code { max_length },
        "integer" => FieldType::Integer,
        "biginteger" => FieldType::BigInteger,
        "decimal" => FieldType::Decimal,
        "boolean" => FieldType::Boolean,
        "option" | "enum" => FieldType::Option(members(holder)),
        "date" => FieldType::Date,
        "datetime" => FieldType::DateTime,
        "time" => FieldType::Time,
        "duration" => FieldType::Duration,
        "guid" => FieldType::Guid,
        "blob" | "media" | "mediaset" | "recordid" | "image" => FieldType::Unfilterable,
        other => return Err(format!("unknown field type {other}")),
    })
}

fn members(holder: &Value) -> Arc<[OptionMember]> {
    let member = |(position, member): (usize, &Value)| OptionMember {
        ordinal: member
            .get("ordinal")
            .and_then(Value::as_i64)
            .or(i64::try_from(position).ok())
            .and_then(|ordinal| i32::try_from(ordinal).ok())
            .unwrap_or_default(),
        name: member.as_str().or_else(|| string(member, "name")).unwrap_or_default().to_owned(),
        captions: captions(member),
    };
    list(holder, "options").iter().enumerate().map(member).collect()
}

fn captions(member: &Value) -> Vec<String> {
    let several = list(member, "captions").iter().filter_map(Value::as_str);
    several.chain(string(member, "caption")).map(str::to_owned).collect()
}

fn context(vector: &Value) -> Result<Context, String> {
    let none = Value::Null;
    let given = vector.get("context").unwrap_or(&none);
    let zone = time_zone(string(given, "timeZone").unwrap_or("UTC"))?;
    let day = |key| {
        string(given, key).map(|text| text.parse::<Date>().map_err(|error| error.to_string())).transpose()
    };
    let (today, work_date) = (day("today")?, day("workDate")?);
    let now = match (string(given, "now"), today) {
        (Some(now), _) => now.parse::<Timestamp>().map_err(|error| error.to_string())?,
        (None, Some(today)) => today.to_zoned(zone.clone()).map_err(|error| error.to_string())?.timestamp(),
        (None, None) => Timestamp::UNIX_EPOCH,
    };
    let mut context = Context::new(now, zone);
    context.today = today.unwrap_or(context.today);
    context.work_date = work_date.unwrap_or(context.today);
    context.user_id = string(given, "userId").unwrap_or_default().to_owned();
    context.company = string(given, "company").unwrap_or_default().to_owned();
    context.date_order = match string(given, "dateOrder").map(str::to_uppercase).as_deref() {
        None => None,
        Some("DMY") => Some(DateOrder::DayMonthYear),
        Some("MDY") => Some(DateOrder::MonthDayYear),
        Some("YMD") => Some(DateOrder::YearMonthDay),
        Some(other) => return Err(format!("unknown date order {other}")),
    };
    let names = |key| list(given, key).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    context.my_customers = names("myCustomers");
    context.my_items = names("myItems");
    context.my_vendors = names("myVendors");
    for period in list(given, "accountingPeriods") {
        let start = string(period, "start").ok_or("a period without start")?;
        let opens = if flag(period, "newFiscalYear") { PeriodOpens::FiscalYear } else { PeriodOpens::Period };
        let start = start.parse::<Date>().map_err(|error| error.to_string())?;
        context.accounting_periods.push(AccountingPeriod { start, opens });
    }
    context.accounting_periods.sort_by_key(|period| period.start);
    Ok(context)
}

/// A name of the time zone database, or an offset like `UTC+02:00`.
fn time_zone(name: &str) -> Result<TimeZone, String> {
    if let Ok(zone) = TimeZone::get(name) {
        return Ok(zone);
    }
    let offset = name.trim_start_matches("UTC").trim_start_matches("GMT");
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "0"));
    let unknown = || format!("unknown time zone {name}");
    let hours: i32 = hours.parse().map_err(|_| unknown())?;
    let minutes: i32 = minutes.parse().map_err(|_| unknown())?;
    let minutes = if offset.starts_with('-') { -minutes } else { minutes };
    Offset::from_seconds(hours * 3600 + minutes * 60).map(TimeZone::fixed).map_err(|_| unknown())
}

/// Upper case one to one, as codes are stored.
fn upper(character: char) -> char {
    let mut mapping = character.to_uppercase();
    match (mapping.next(), mapping.next()) {
        (Some(upper), None) => upper,
        _ => character,
    }
}

/// A value of a vector, owned.
enum Cell {
    Text(String),
    Other(FieldValue<'static>),
}

impl Cell {
    fn value(&self) -> FieldValue<'_> {
        match self {
            Self::Text(text) => FieldValue::Text(text),
            Self::Other(value) => *value,
        }
    }

    fn read(json: &Value, field_type: &FieldType) -> Result<Self, String> {
        if json.is_null() {
            return Ok(Self::Other(FieldValue::Null));
        }
        let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        if text.is_empty() && !matches!(field_type, FieldType::Text { .. }) {
            return Ok(Self::Other(FieldValue::Null));
        }
        let unreadable = || format!("value {json} is not of type {field_type:?}");
        let whole = || text.parse::<i64>().map_err(|_| unreadable());
        Ok(Self::Other(match field_type {
            FieldType::Text { .. } => return Ok(Self::Text(text)),
            // The platform stores codes like this, however they are written.
            FieldType::Code { .. } => return Ok(Self::Text(text.trim().chars().map(upper).collect())),
            FieldType::Integer | FieldType::BigInteger => FieldValue::Integer(whole()?),
            FieldType::Duration => FieldValue::Duration(whole()?),
            FieldType::Decimal => {
                let exact = text.parse().or_else(|_| Decimal::from_scientific(&text));
                FieldValue::Decimal(exact.map_err(|_| unreadable())?)
            }
            FieldType::Boolean => FieldValue::Boolean(match text.to_lowercase().as_str() {
                "true" | "1" | "yes" => true,
                "false" | "0" | "no" => false,
                _ => return Err(unreadable()),
            }),
            FieldType::Option(members) => {
                let named = members.iter().find(|member| json.as_str() == Some(member.name.as_str()));
                let ordinal = || text.parse::<i32>().map_err(|_| unreadable());
                FieldValue::Option(named.map_or_else(ordinal, |member| Ok(member.ordinal))?)
            }
            FieldType::Date => FieldValue::Date(DateKey::from_iso(&text).ok_or_else(unreadable)?),
            FieldType::DateTime => {
                let moment =
                    DateTimeKey::from_iso(&text).or_else(|| DateTimeKey::from_iso(&format!("{text}Z")));
                FieldValue::DateTime(moment.ok_or_else(unreadable)?)
            }
            FieldType::Time => FieldValue::Time(TimeKey::from_iso(&text).ok_or_else(unreadable)?),
            FieldType::Guid => FieldValue::Guid(text.parse().map_err(|_| unreadable())?),
            FieldType::Unfilterable => FieldValue::Null,
        }))
    }
}
