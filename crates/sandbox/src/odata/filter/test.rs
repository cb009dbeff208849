//! Testing of rows: three-valued, as SQL does it.

use std::cmp::Ordering;

use super::{Constant, Node, SCALE, Term, scaled};
use crate::odata::pattern::{self, Fold};
use crate::odata::syntax::Operator;
use crate::schema::{Language, Property};
use crate::store::{Guid, parse_millis};
use crate::world::{Value, World};

/// A value reduced to what comparisons know.
#[derive(Debug, Clone, Copy)]
pub(super) enum Comparable<'a> {
    Text(&'a str),
    Guid(Guid),
    Boolean(bool),
    Number(i128),
    Moment(i64),
}

impl Node {
    pub(super) fn test(&self, world: &World, table: usize, row: u32) -> Option<bool> {
        match self {
            Self::Always(value) => Some(*value),
            Self::Rows(rows) => Some(rows.contains(&row)),
            Self::And(parts) => {
                let mut outcome = Some(true);
                for part in parts {
                    match part.test(world, table, row) {
                        Some(false) => return Some(false),
                        None => outcome = None,
                        Some(true) => {}
                    }
                }
                outcome
            }
            Self::Or(parts) => {
                let mut outcome = Some(false);
                for part in parts {
                    match part.test(world, table, row) {
                        Some(true) => return Some(true),
                        None => outcome = None,
                        Some(false) => {}
                    }
                }
                outcome
            }
            Self::Not(inner) => inner.test(world, table, row).map(|value| !value),
            Self::IsNull(term) => Some(term.value(world, table, row).is_none()),
            Self::Like { subject, pattern } => match subject.value(world, table, row)? {
                Comparable::Text(text) => Some(pattern.matches(text)),
                _ => None,
            },
            Self::FiscalPeriod { subject, calendar, period } => match subject.value(world, table, row)? {
                Comparable::Moment(moment) => Some(calendar.period_of(moment) == *period),
                _ => None,
            },
            Self::Compare { left, operator, right, fold } => {
                let (left, right) = (left.value(world, table, row)?, right.value(world, table, row)?);
                compare(left, *operator, right, *fold)
            }
        }
    }
}

impl Term {
    pub(super) fn property(&self) -> Option<&Property> {
        match self {
            Self::Property(property) | Self::Behind { property, .. } => Some(property),
            Self::Constant(_) => None,
        }
    }

    fn value<'a>(&'a self, world: &'a World, table: usize, row: u32) -> Option<Comparable<'a>> {
        match self {
            Self::Property(property) => {
                comparable(world.value(table, row, property, Language::English), property)
            }
            Self::Behind { path, property } => {
                let (mut table, mut row) = (table, row);
                for (lookup, target) in path {
                    let (reference, target_table) = world.follow(table, row, lookup)?;
                    if reference.target != *target {
                        return None;
                    }
                    (table, row) = (target_table, reference.row);
                }
                comparable(world.value(table, row, property, Language::English), property)
            }
            Self::Constant(constant) => match constant {
                Constant::Null => None,
                Constant::Text(text) => Some(Comparable::Text(text)),
                Constant::Guid(id) => Some(Comparable::Guid(*id)),
                Constant::Boolean(value) => Some(Comparable::Boolean(*value)),
                Constant::Number(value) => Some(Comparable::Number(*value)),
                Constant::Moment(value) => Some(Comparable::Moment(*value)),
            },
        }
    }
}

pub(super) fn comparable<'a>(value: Value<'a>, property: &'a Property) -> Option<Comparable<'a>> {
    Some(match value {
        Value::Null => return None,
        Value::Text(text) => match &property.source {
            crate::schema::Source::FixedText(fixed) => Comparable::Text(fixed),
            // Dataverse stores no blank texts; Business Central has no other.
            _ if text.is_empty() && property.nullable => return None,
            _ => Comparable::Text(text),
        },
        Value::Guid(id) => Comparable::Guid(id),
        Value::Boolean(value) => Comparable::Boolean(value),
        Value::Int(value) | Value::Choice(value) => Comparable::Number(i128::from(value) * SCALE),
        Value::Decimal("") if property.nullable => return None,
        Value::Decimal(text) => Comparable::Number(scaled(text).unwrap_or_default()),
        Value::Date("") if property.nullable => return None,
        Value::Date("") => Comparable::Moment(parse_millis("0001-01-01")?),
        Value::Date(text) => Comparable::Moment(parse_millis(text)?),
        Value::Moment(millis) => Comparable::Moment(millis),
    })
}

fn compare(left: Comparable<'_>, operator: Operator, right: Comparable<'_>, fold: Fold) -> Option<bool> {
    let equality = match (left, right) {
        (Comparable::Text(a), Comparable::Text(b)) => match operator {
            Operator::Eq | Operator::Ne => {
                if pattern::equal(a, b, fold) {
                    Ordering::Equal
                } else {
                    Ordering::Less
                }
            }
            _ => pattern::order(a, b),
        },
        (Comparable::Guid(a), Comparable::Guid(b)) => a.cmp(&b),
        (Comparable::Boolean(a), Comparable::Boolean(b)) => a.cmp(&b),
        (Comparable::Number(a), Comparable::Number(b)) => a.cmp(&b),
        (Comparable::Moment(a), Comparable::Moment(b)) => a.cmp(&b),
        _ => return None,
    };
    Some(match operator {
        Operator::Eq => equality == Ordering::Equal,
        Operator::Ne => equality != Ordering::Equal,
        Operator::Gt => equality == Ordering::Greater,
        Operator::Ge => equality != Ordering::Less,
        Operator::Lt => equality == Ordering::Less,
        Operator::Le => equality != Ordering::Greater,
    })
}
