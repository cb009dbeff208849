//! What may be sent as `$filter` to a server of unknown dialect without losing a record. Servers differ in whether case,
//! accents and trailing spaces count, in which characters are wildcards, in what `ne` does to null, in the precision of
//! numbers and moments: what one of them could answer with fewer records is not sent.

use couplet_filter::odata::{Literal, operator_word};
use couplet_filter::{
    DateTimeKey, FieldType, FieldValue, FilterValue, Operator, Pattern, PatternForm, TestKind, TypedFilter,
    TypedNode,
};

use super::metadata::EntityProperty;
use crate::names::encode_member;
use crate::pushdown::accepts;
use crate::pushdown::literal::is_blank_moment;

/// Alternatives of one condition that are still sent.
const MAX_ALTERNATIVES: usize = 50;
/// Digits of a number that every server keeps, floating point included.
const MAX_DIGITS: usize = 15;
/// How much wider moments are sent: servers keep them to the minute, or with an offset that they do not compare.
const MOMENT_MARGIN: i64 = 24 * 3_600 * 1_000;
/// Characters that some server takes for a wildcard or for an escape.
const WILDCARDS: [char; 8] = ['*', '?', '@', '%', '_', '[', ']', '\\'];

/// How the members of an enum are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnumForm {
    /// `Acme.Blocked'Ship'`, as OData 4.0 says.
    Qualified,
    /// `'Ship'`, as OData 4.01 allows and Business Central wants (A48).
    Plain,
}

/// The condition of one field; none when every record has to be read.
pub(super) fn condition(property: &EntityProperty, filter: &TypedFilter, form: EnumForm) -> Option<String> {
    Dialect { property, name: &property.field.name, blank: filter.blank(), form }.node(filter.root()?)
}

struct Dialect<'p> {
    property: &'p EntityProperty,
    name: &'p str,
    blank: FieldValue<'static>,
    form: EnumForm,
}

impl Dialect<'_> {
    fn node(&self, node: &TypedNode) -> Option<String> {
        match node {
            TypedNode::Test(test) => self.test(&test.kind),
            TypedNode::Any(parts) if parts.len() > MAX_ALTERNATIVES => None,
            TypedNode::Any(parts) => {
                let parts = parts.iter().map(|part| self.node(part)).collect::<Option<Vec<String>>>()?;
                join(&parts, " or ")
            }
            TypedNode::All(parts) => {
                let parts: Vec<String> = parts.iter().filter_map(|part| self.node(part)).collect();
                join(&parts, " and ")
            }
        }
    }

    fn test(&self, kind: &TestKind) -> Option<String> {
        match kind {
            TestKind::Matches { pattern, negated: false } => self.pattern(pattern),
            TestKind::Matches { negated: true, .. } => None,
            TestKind::Compare { operator, value: FilterValue::Text { text, ignore_case } } => {
                self.text(*operator, text, *ignore_case)
            }
            TestKind::Compare { operator, value } => self.interval(&[(*operator, value)]),
            TestKind::Range { from, to } => {
                let bounds = [(Operator::GreaterOrEqual, from), (Operator::LessOrEqual, to)];
                let bounds = bounds.iter().filter_map(|(operator, value)| Some((*operator, value.as_ref()?)));
                self.interval(&bounds.collect::<Vec<_>>())
            }
        }
    }

    fn text(&self, operator: Operator, text: &str, ignore_case: bool) -> Option<String> {
        match operator {
            Operator::Equal if text.is_empty() => Some(format!("({0} eq null or {0} eq '')", self.name)),
            // Some keep the empty text as null, so `ne ''` is not sent.
            Operator::NotEqual if text.is_empty() => Some(format!("{} ne null", self.name)),
            Operator::Equal if is_plain(text, ignore_case) => {
                Some(format!("{} eq {}", self.name, quote(text)))
            }
            _ => None,
        }
    }

    fn pattern(&self, pattern: &Pattern) -> Option<String> {
        let call = |function: &str, text: &str| {
            is_plain(text, pattern.ignore_case).then(|| format!("{function}({},{})", self.name, quote(text)))
        };
        match PatternForm::of(pattern) {
            PatternForm::Everything => None,
            PatternForm::NotEmpty => self.text(Operator::NotEqual, "", false),
            PatternForm::StartsWith(text) => call("startswith", text),
            // Not `endswith`: spaces after the end may be kept.
            PatternForm::EndsWith(text) | PatternForm::Contains(text) => call("contains", text),
            PatternForm::StartsAndEnds(first, last) => {
                let parts = [call("startswith", first), call("contains", last)];
                join(&parts.into_iter().flatten().collect::<Vec<_>>(), " and ")
            }
            PatternForm::Parts { literals, .. } => {
                let parts: Vec<String> = literals.iter().filter_map(|text| call("contains", text)).collect();
                join(&parts, " and ")
            }
        }
    }

    /// A value between bounds, of a type with an order. Null reads as the blank value, which may lie inside.
    fn interval(&self, bounds: &[(Operator, &FilterValue)]) -> Option<String> {
        let holds_blank = bounds.iter().all(|(operator, value)| self.passes(self.blank, *operator, value));
        let inside = match &self.property.field.field_type {
            FieldType::Boolean => self.booleans(bounds)?,
            FieldType::Option(_) => self.members(bounds)?,
            FieldType::Integer | FieldType::BigInteger | FieldType::Decimal | FieldType::Date => {
                let parts = bounds.iter().filter_map(|(operator, value)| self.ordered(*operator, value));
                join(&parts.collect::<Vec<_>>(), " and ")?
            }
            FieldType::DateTime => {
                let parts = bounds.iter().filter_map(|(operator, value)| self.moment(*operator, value));
                join(&parts.collect::<Vec<_>>(), " and ")?
            }
            _ => return None,
        };
        Some(if holds_blank { format!("({inside} or {} eq null)", self.name) } else { inside })
    }

    fn booleans(&self, bounds: &[(Operator, &FilterValue)]) -> Option<String> {
        let passes = |is: bool| {
            bounds.iter().all(|(operator, value)| self.passes(FieldValue::Boolean(is), *operator, value))
        };
        match (passes(false), passes(true)) {
            (false, true) => Some(format!("{} eq true", self.name)),
            (true, false) => Some(format!("{} eq false", self.name)),
            _ => None,
        }
    }

    fn members(&self, bounds: &[(Operator, &FilterValue)]) -> Option<String> {
        let FieldType::Option(members) = &self.property.field.field_type else { return None };
        let passes = |ordinal: i32| {
            bounds.iter().all(|(operator, value)| self.passes(FieldValue::Option(ordinal), *operator, value))
        };
        let inside: Vec<&str> = members
            .iter()
            .filter(|member| passes(member.ordinal))
            .map(|member| member.name.as_str())
            .collect();
        if inside.is_empty() || inside.len() == members.len() || inside.len() > MAX_ALTERNATIVES {
            return None;
        }
        let literal = |name: &str| match self.form {
            EnumForm::Qualified => format!("{}{}", self.property.edm_type, quote(&encode_member(name))),
            EnumForm::Plain => quote(&encode_member(name)),
        };
        let parts: Vec<String> =
            inside.iter().map(|name| format!("{} eq {}", self.name, literal(name))).collect();
        join(&parts, " or ")
    }

    /// Numbers and dates.
    fn ordered(&self, operator: Operator, value: &FilterValue) -> Option<String> {
        if is_blank_moment(value) {
            return self.after_blank(operator);
        }
        if matches!(self.property.edm_type.as_str(), "Edm.Double" | "Edm.Single") {
            return None;
        }
        let literal = match value {
            FilterValue::Decimal(value) => value.normalize().to_string(),
            value => Literal::of(value)?.to_string(),
        };
        let n_digits = literal.bytes().filter(u8::is_ascii_digit).count();
        (n_digits <= MAX_DIGITS || matches!(value, FilterValue::Integer(_)))
            .then(|| format!("{} {} {literal}", self.name, operator_word(operator)))
    }

    fn moment(&self, operator: Operator, value: &FilterValue) -> Option<String> {
        let FilterValue::DateTime(moment) = value else { return None };
        let Some(milliseconds) = moment.milliseconds() else { return self.after_blank(operator) };
        let at = |margin: i64| {
            let seconds = (milliseconds + margin).div_euclid(1_000);
            DateTimeKey::from_milliseconds(seconds * 1_000).to_iso()
        };
        let lower = || format!("{} ge {}", self.name, at(-MOMENT_MARGIN));
        let upper = || format!("{} lt {}", self.name, at(MOMENT_MARGIN));
        match operator {
            Operator::Equal => Some(format!("({} and {})", lower(), upper())),
            Operator::Greater | Operator::GreaterOrEqual => Some(lower()),
            Operator::Less | Operator::LessOrEqual => Some(upper()),
            Operator::NotEqual => None,
        }
    }

    /// What is neither blank nor null; that a blank is null or day one of year one is not certain.
    fn after_blank(&self, operator: Operator) -> Option<String> {
        matches!(operator, Operator::NotEqual | Operator::Greater).then(|| format!("{} ne null", self.name))
    }

    fn passes(&self, cell: FieldValue<'_>, operator: Operator, value: &FilterValue) -> bool {
        let ordering = match (cell, value) {
            (FieldValue::Integer(cell), FilterValue::Integer(value)) => cell.cmp(value),
            (FieldValue::Decimal(cell), FilterValue::Decimal(value)) => cell.cmp(value),
            (FieldValue::Decimal(cell), FilterValue::Integer(value)) => cell.cmp(&(*value).into()),
            (FieldValue::Boolean(cell), FilterValue::Boolean(value)) => cell.cmp(value),
            (FieldValue::Option(cell), FilterValue::Option(value)) => cell.cmp(value),
            (FieldValue::Date(cell), FilterValue::Date(value)) => cell.cmp(value),
            (FieldValue::DateTime(cell), FilterValue::DateTime(value)) => cell.cmp(value),
            // Not compared here: as if it passed, which asks for more records.
            _ => return true,
        };
        accepts(operator, ordering)
    }
}

/// Whether every server finds at least the records with exactly this text, or this part of a text.
fn is_plain(text: &str, ignore_case: bool) -> bool {
    let has_letters = || text.chars().any(|character| character.is_alphabetic() || !character.is_ascii());
    let has_outer_space = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    let may_mean_more = text.is_empty() || has_outer_space || text.contains(WILDCARDS);
    let is_compared_alike = !ignore_case || !has_letters();
    is_compared_alike && !may_mean_more && !text.contains(char::is_control)
}

fn quote(text: &str) -> String {
    Literal::Text(text.to_owned()).to_string()
}

fn join(parts: &[String], with: &str) -> Option<String> {
    match parts {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("({})", parts.join(with))),
    }
}
