//! What the second reading of the filter language (`preview_oracle::naive`) says of the same values: the one verdict here
//! that owes nothing to the product's reading of a filter.

use couplet_engine::Side;
use couplet_filter::{Context, DateKey, FieldValue};
use couplet_sandbox::CustomType;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::preview_oracle::naive::{self, BLANK, Calendar, Cell, Compare, Kind, Naive, UNIT};

/// Longer texts would take the second reading's simple matching too long.
const MAX_CHARACTERS: usize = 60;
/// So would more wildcards.
const MAX_WILDCARDS: usize = 8;

/// The second reading of a condition; none where the description leaves a point open, or the reading is not made for it.
pub(crate) fn read(side: Side, field: &CustomType, text: &str, context: &Context) -> Option<Naive> {
    // Fractions after the last whole second of a day are not specified (4.7), and the sample has such moments.
    let is_left_out = matches!(field, CustomType::DateTime) || text.matches('*').count() > MAX_WILDCARDS;
    let compare = match side {
        Side::BusinessCentral => Compare::BusinessCentral,
        Side::Dataverse => Compare::Dataverse,
    };
    let calendar = Calendar { today: context.today, work_date: context.work_date, hours_ahead: 0 };
    if is_left_out { None } else { naive::read(text, &kind(side, field), compare, &calendar).ok() }
}

fn kind(side: Side, field: &CustomType) -> Kind {
    let max = |length: &u32| Some(*length as usize);
    match field {
        CustomType::Code(length) if side == Side::BusinessCentral => {
            Kind::Code { max: max(length), ordered: false }
        }
        CustomType::Text(length) | CustomType::Code(length) => {
            Kind::Text { max: max(length), ordered: false }
        }
        CustomType::Integer => Kind::Integer,
        CustomType::BigInteger => Kind::BigInteger,
        CustomType::Decimal => Kind::Decimal,
        CustomType::Boolean => Kind::Boolean,
        CustomType::Date => Kind::Date,
        CustomType::DateTime => Kind::DateTime,
        CustomType::Time => Kind::Time,
        CustomType::Guid => Kind::Guid,
        CustomType::Enum(members) => Kind::Option(members.clone()),
        CustomType::Option(names) => Kind::Option((0..).zip(names.iter().cloned()).collect()),
    }
}

/// A value as the second reading knows it; none for what it cannot look at.
pub(crate) fn cell(value: FieldValue<'_>) -> Option<Cell> {
    Some(match value {
        FieldValue::Null => Cell::Null,
        FieldValue::Text(text) if text.chars().count() > MAX_CHARACTERS => return None,
        FieldValue::Text(text) => Cell::Text(text.to_owned()),
        FieldValue::Integer(number) => Cell::Rank(i128::from(number) * UNIT),
        FieldValue::Decimal(number) => Cell::Rank((number * Decimal::from(UNIT)).to_i128()?),
        FieldValue::Boolean(value) => Cell::Rank(i128::from(value)),
        FieldValue::Option(number) => Cell::Rank(i128::from(number)),
        FieldValue::Date(date) => Cell::Rank(date_rank(date)),
        FieldValue::Time(time) => Cell::Rank(time.milliseconds().map_or(BLANK, i128::from)),
        FieldValue::Guid(id) => Cell::Rank(id.as_u128() as i128),
        FieldValue::DateTime(_) | FieldValue::Duration(_) => return None,
    })
}

fn date_rank(date: DateKey) -> i128 {
    date.days().map_or(BLANK, |days| i128::from(days) * 2 + i128::from(date.is_closing()))
}
