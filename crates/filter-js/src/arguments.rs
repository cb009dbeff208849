//! What the functions take: fields, conditions, settings and values as plain objects.

use std::str::FromStr;

use couplet_filter::{
    ConditionKind, Context, DateKey, DateOrder, DateTimeKey, FieldForm, FieldType, FieldValue, FormCondition,
    OptionMember, TextComparison, TimeKey,
};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Failure;

/// An argument, or an error that says what is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| Failure::argument(&error).into())
}

/// A field.
#[derive(Deserialize)]
#[serde(from = "RawField")]
pub(crate) struct Field {
    field_type: FieldType,
    comparison: TextComparison,
    caption: String,
    property: String,
    option_captions: Vec<(i32, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    r#type: TypeName,
    max_length: Option<u32>,
    #[serde(default)]
    options: Vec<Member>,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    property: String,
    #[serde(default)]
    system: System,
}

#[derive(Deserialize)]
struct Member {
    ordinal: i32,
    name: String,
    caption: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum TypeName {
    Text,
    Code,
    Integer,
    BigInteger,
    Decimal,
    Boolean,
    Option,
    Date,
    DateTime,
    Time,
    Duration,
    Guid,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
enum System {
    #[default]
    BusinessCentral,
    Dataverse,
}

impl From<RawField> for Field {
    fn from(raw: RawField) -> Self {
        let max_length = raw.max_length;
        let mut option_captions = Vec::new();
        let mut members = Vec::new();
        for Member { ordinal, name, caption } in raw.options {
            option_captions.extend(caption.clone().map(|caption| (ordinal, caption)));
            members.push(OptionMember { ordinal, name, captions: caption.into_iter().collect() });
        }
        let field_type = match raw.r#type {
            TypeName::Text => FieldType::Text { max_length },
            TypeName::Code => FieldType::Code { max_length },
            TypeName::Integer => FieldType::Integer,
            TypeName::BigInteger => FieldType::BigInteger,
            TypeName::Decimal => FieldType::Decimal,
            TypeName::Boolean => FieldType::Boolean,
            TypeName::Option => FieldType::Option(members.into()),
            TypeName::Date => FieldType::Date,
            TypeName::DateTime => FieldType::DateTime,
            TypeName::Time => FieldType::Time,
            TypeName::Duration => FieldType::Duration,
            TypeName::Guid => FieldType::Guid,
        };
        let comparison = match raw.system {
            System::BusinessCentral => TextComparison::BusinessCentral,
            System::Dataverse => TextComparison::Dataverse,
        };
        Self { field_type, comparison, caption: raw.caption, property: raw.property, option_captions }
    }
}

impl Field {
    pub(crate) fn field_type(&self) -> &FieldType {
        &self.field_type
    }

    pub(crate) fn comparison(&self) -> TextComparison {
        self.comparison
    }
}

/// One condition of a view.
#[derive(Deserialize)]
pub(crate) struct Condition {
    field: Field,
    pub(crate) filter: String,
}

impl Condition {
    pub(crate) fn form(&self) -> FormCondition<'_> {
        let field = FieldForm {
            caption: &self.field.caption,
            property: &self.field.property,
            field_type: &self.field.field_type,
            comparison: self.field.comparison,
            option_captions: &self.field.option_captions,
        };
        FormCondition { field, kind: ConditionKind::Filter, text: &self.filter }
    }
}

/// What filters may depend on from outside.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    now: Option<String>,
    utc_offset_minutes: i32,
    work_date: Option<String>,
    user_id: String,
    company: String,
    date_order: Option<Order>,
}

#[derive(Deserialize)]
enum Order {
    #[serde(rename = "DMY")]
    DayMonthYear,
    #[serde(rename = "MDY")]
    MonthDayYear,
    #[serde(rename = "YMD")]
    YearMonthDay,
}

impl Settings {
    pub(crate) fn read(value: JsValue) -> Result<Self, JsValue> {
        if value.is_undefined() || value.is_null() { Ok(Self::default()) } else { read(value) }
    }

    /// Without `now`, the clock of the machine counts.
    pub(crate) fn context(self) -> Result<Context, JsValue> {
        let wrong = |what: &str| Failure::argument(&format!("expected another value for `{what}`"));
        let now = match &self.now {
            Some(text) => Timestamp::from_str(text).map_err(|_| wrong("now"))?,
            None => Timestamp::from_millisecond(js_sys::Date::now() as i64).map_err(|_| wrong("now"))?,
        };
        let seconds = self.utc_offset_minutes.checked_mul(60);
        let offset = seconds.and_then(|seconds| Offset::from_seconds(seconds).ok());
        let offset = offset.ok_or_else(|| wrong("utcOffsetMinutes"))?;
        let mut context = Context::new(now, TimeZone::fixed(offset));
        if let Some(day) = &self.work_date {
            context.work_date = day.parse().map_err(|_| wrong("workDate"))?;
        }
        context.user_id = self.user_id;
        context.company = self.company;
        context.date_order = self.date_order.map(|order| match order {
            Order::DayMonthYear => DateOrder::DayMonthYear,
            Order::MonthDayYear => DateOrder::MonthDayYear,
            Order::YearMonthDay => DateOrder::YearMonthDay,
        });
        Ok(context)
    }
}

/// A value of a field.
pub(crate) enum Value {
    /// Text or Code.
    Text(String),
    /// Of any other type.
    Other(FieldValue<'static>),
}

impl Value {
    /// Reads a JavaScript value as the type of a field; `null` and `undefined` are null.
    pub(crate) fn new(value: &JsValue, field: &Field) -> Result<Self, JsValue> {
        if value.is_null() || value.is_undefined() {
            return Ok(Self::Other(FieldValue::Null));
        }
        let expected = &field.field_type;
        let read = match expected {
            FieldType::Text { .. } | FieldType::Code { .. } => value.as_string().map(Self::Text),
            FieldType::Boolean => value.as_bool().map(|yes| Self::Other(FieldValue::Boolean(yes))),
            FieldType::DateTime if value.is_instance_of::<js_sys::Date>() => {
                let milliseconds = value.unchecked_ref::<js_sys::Date>().get_time();
                let is_date = !milliseconds.is_nan();
                is_date.then(|| {
                    let key = DateTimeKey::from_milliseconds(milliseconds as i64);
                    Self::Other(FieldValue::DateTime(key))
                })
            }
            _ => written(value).and_then(|text| scalar(&text, expected)).map(Self::Other),
        };
        read.ok_or_else(|| Failure::argument(&format!("a value is not {expected}")).into())
    }
}

/// A number or a big integer as it is written, or a text itself.
fn written(value: &JsValue) -> Option<String> {
    if let Some(text) = value.as_string() {
        return Some(text);
    }
    if value.as_f64().is_some_and(f64::is_finite) || value.is_bigint() {
        return Some(js_sys::Object::from(value.clone()).to_string().into());
    }
    None
}

fn scalar(text: &str, field_type: &FieldType) -> Option<FieldValue<'static>> {
    Some(match field_type {
        FieldType::Integer | FieldType::BigInteger => FieldValue::Integer(text.parse().ok()?),
        FieldType::Decimal => FieldValue::Decimal(decimal(text)?),
        FieldType::Option(_) => FieldValue::Option(text.parse().ok()?),
        FieldType::Date => FieldValue::Date(DateKey::from_iso(text)?),
        FieldType::DateTime => FieldValue::DateTime(DateTimeKey::from_iso(text)?),
        FieldType::Time => FieldValue::Time(TimeKey::from_iso(text)?),
        FieldType::Duration => FieldValue::Duration(text.parse().ok()?),
        FieldType::Guid => FieldValue::Guid(Uuid::try_parse(text).ok()?),
        _ => return None,
    })
}

/// JavaScript writes large and small numbers with an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}
