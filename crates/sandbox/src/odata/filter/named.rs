//! Dataverse's query functions (B24), which FetchXML has as operators too: dates around now, ids of the caller,
//! lists, hierarchies.

use rustc_hash::FxHashSet;

use super::{BindError, Binder, Constant, Node, SCALE, Term};
use crate::odata::Dialect;
use crate::odata::pattern::Fold;
use crate::odata::syntax::{Expression, Literal, Operand, Operator};
use crate::schema::{Kind, Property};
use crate::store::{Guid, civil_from_days, days_from_civil, parse_millis};

const DAY_MS: i64 = 86_400_000;
const PREFIX: &str = "Microsoft.Dynamics.CRM.";

impl Binder<'_> {
    /// A function by its full name.
    pub(super) fn named(&self, name: &str, arguments: &[(String, Vec<String>)]) -> Result<Node, BindError> {
        let unknown = || BindError::Malformed(format!("An unknown function with name '{name}' was found."));
        let short = name.strip_prefix(PREFIX).ok_or_else(unknown)?;
        let argument = |wanted: &str| arguments.iter().find(|(name, _)| name == wanted).map(|(_, it)| it);
        let path = argument("PropertyName")
            .and_then(|it| it.first())
            .ok_or_else(|| BindError::Malformed(format!("'{name}' needs the argument PropertyName.")))?;
        let path = match self.variable {
            Some(variable) => format!("{variable}/{path}"),
            None => path.clone(),
        };
        // Lookups are named by their column here (B24), by their property elsewhere (B22).
        let term = self.path(&path).or_else(|error| {
            let (before, column) = path.rsplit_once('/').map_or(("", path.as_str()), |(a, b)| (a, b));
            let slash = if before.is_empty() { "" } else { "/" };
            self.path(&format!("{before}{slash}_{column}_value")).map_err(|_| error)
        })?;
        let names = ["PropertyValues", "PropertyValue", "PropertyValue1", "PropertyValue2"];
        let values: Vec<String> = names.into_iter().filter_map(argument).flatten().cloned().collect();
        self.function(short, term, &values)?.ok_or_else(unknown)
    }

    fn function(&self, name: &str, term: Term, values: &[String]) -> Result<Option<Node>, BindError> {
        let Some(property) = term.property().cloned() else { return Ok(None) };
        let Dialect::Dataverse { now_ms, caller } = self.dialect else { return Ok(None) };
        if name.contains("Fiscal") {
            if !matches!(property.kind, Kind::Date | Kind::DateTime) {
                return Ok(None);
            }
            return self.fiscal(name, &term, (values, now_ms));
        }
        let id = |table: &str, row: u32| {
            let table = self.world.schema.dv.by_logical_name(table);
            table.and_then(|it| self.world.table(it.set.table)?.id(row)).unwrap_or(Guid::ZERO)
        };
        let is = |term: Term, id: Guid| comparison_of(term, Operator::Eq, Constant::Guid(id));
        let node = match name {
            "In" => self.any_of(&property, &term, values)?,
            "NotIn" => not(self.any_of(&property, &term, values)?),
            "Between" => self.between(&property, &term, values)?,
            "NotBetween" => not(self.between(&property, &term, values)?),
            "EqualUserId" => is(term, id("systemuser", caller)),
            "NotEqualUserId" => not(is(term, id("systemuser", caller))),
            "EqualBusinessId" => is(term, id("businessunit", 0)),
            "NotEqualBusinessId" => not(is(term, id("businessunit", 0))),
            "EqualUserLanguage" => comparison_of(term, Operator::Eq, Constant::Number(1_033 * SCALE)),
            "EqualUserTeams" => Node::Or(self.teams(caller).map(|team| is(term.again(), team)).collect()),
            "EqualUserOrUserTeams" => {
                let user = is(term.again(), id("systemuser", caller));
                let teams = self.teams(caller).map(|team| is(term.again(), team));
                Node::Or(std::iter::once(user).chain(teams).collect())
            }
            "Above" | "AboveOrEqual" | "Under" | "UnderOrEqual" | "NotUnder" => {
                return self.hierarchy(name, &property, values).map(Some);
            }
            "ContainValues" | "DoesNotContainValues" => {
                let message = format!("'{}' does not hold several choices.", property.name);
                return Err(BindError::Malformed(message));
            }
            _ if property.kind == Kind::DateTime => {
                let Some((from, to)) = period(name, now_ms, values)? else { return Ok(None) };
                within(&term, from, to)
            }
            _ => return Ok(None),
        };
        Ok(Some(node))
    }

    fn any_of(&self, property: &Property, term: &Term, values: &[String]) -> Result<Node, BindError> {
        let parts = values.iter().map(|value| {
            let constant = self.constant(property, &literal(property, value))?;
            Ok(comparison_of(term.again(), Operator::Eq, constant))
        });
        parts.collect::<Result<Vec<_>, _>>().map(Node::Or)
    }

    fn between(&self, property: &Property, term: &Term, values: &[String]) -> Result<Node, BindError> {
        let [low, high] = values else {
            return Err(BindError::Malformed("'Between' needs two values.".to_owned()));
        };
        let bound = |operator, value: &str| {
            let constant = self.constant(property, &literal(property, value))?;
            Ok(comparison_of(term.again(), operator, constant))
        };
        Ok(Node::And(vec![bound(Operator::Ge, low)?, bound(Operator::Le, high)?]))
    }

    /// The ids of the teams a user belongs to.
    fn teams(&self, user: u32) -> impl Iterator<Item = Guid> {
        let dv = &self.world.schema.dv;
        let association = dv.associations.iter().find(|it| it.name == "teammembership_association");
        let pairs = association.map(|it| super::related::intersect_rows(self.world, it)).unwrap_or_default();
        let teams = dv.by_logical_name("team").and_then(|it| self.world.table(it.set.table));
        pairs
            .into_iter()
            .filter(move |(.., member)| *member == user)
            .filter_map(move |(_, team, _)| teams?.id(team))
    }

    /// Rows above or below another one in the tree that a lookup to the same table makes.
    fn hierarchy(&self, name: &str, property: &Property, values: &[String]) -> Result<Node, BindError> {
        let malformed = |message: &str| BindError::Malformed(format!("'{name}': {message}"));
        let own =
            |it: &&Property| it.name.starts_with("_parent") && it.targets.contains(&self.set.entity_type);
        let parent =
            self.set.properties.iter().find(own).ok_or_else(|| malformed("the table has no hierarchy."))?;
        let table = self.world.table(self.set.table).ok_or_else(|| malformed("the table has no rows."))?;
        let primary = self.set.properties.get(self.set.key).map(|it| it.name.as_str());
        if primary != Some(property.name.as_str()) {
            return Err(malformed("the primary key was expected."));
        }
        let start = values.first().and_then(|it| Guid::parse(it)).and_then(|id| table.find(id));
        let above = |row: u32| {
            let mut chain = vec![row];
            while let Some((reference, target)) = chain
                .last()
                .and_then(|row| self.world.follow(self.set.table, *row, parent))
                .filter(|(reference, target)| *target == self.set.table && !chain.contains(&reference.row))
            {
                debug_assert_eq!(target, self.set.table);
                chain.push(reference.row);
            }
            chain
        };
        let Some(start) = start else { return Ok(Node::Always(name == "NotUnder")) };
        let mut rows: FxHashSet<u32> = if name.starts_with("Above") {
            above(start).into_iter().collect()
        } else {
            table.rows_from(0).filter(|row| above(*row).contains(&start)).collect()
        };
        if !name.ends_with("OrEqual") {
            rows.remove(&start);
        }
        Ok(if name == "NotUnder" { not(Node::Rows(rows)) } else { Node::Rows(rows) })
    }
}

impl Term {
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Property(property) => Self::Property(property.clone()),
            Self::Behind { path, property } => {
                Self::Behind { path: path.clone(), property: property.clone() }
            }
            Self::Constant(constant) => Self::Constant(constant.clone()),
        }
    }
}

fn not(node: Node) -> Node {
    Node::Not(Box::new(node))
}

pub(super) fn comparison_of(left: Term, operator: Operator, constant: Constant) -> Node {
    Node::Compare { left, operator, right: Term::Constant(constant), fold: Fold::IgnoreCaseAndAccents }
}

/// Values of these functions are all written as texts.
pub(crate) fn literal(property: &Property, text: &str) -> Literal {
    match property.kind {
        Kind::Boolean => Literal::Boolean(matches!(text, "1" | "true" | "True")),
        Kind::Int | Kind::BigInt | Kind::Decimal | Kind::Choice => Literal::Number(text.to_owned()),
        Kind::Date | Kind::DateTime => Literal::Moment(moment(text)),
        Kind::Text | Kind::Guid | Kind::Lookup => Literal::Text(text.trim_matches(['{', '}']).to_owned()),
    }
}

/// A date and time without an offset is in UTC here.
fn moment(text: &str) -> String {
    let text = text.replace(' ', "T");
    let complete = parse_millis(&text).is_some() || !text.contains('T');
    if complete { text } else { format!("{text}Z") }
}

/// A condition by the name of its function, for FetchXML's operators.
pub(crate) fn call(name: &str, column: &str, values: Vec<String>) -> Expression {
    let arguments =
        vec![("PropertyName".to_owned(), vec![column.to_owned()]), ("PropertyValues".to_owned(), values)];
    Expression::NamedFunction { name: format!("{PREFIX}{name}"), arguments }
}

/// A comparison with a text that is read as the property's type.
pub(crate) fn comparison(property: &Property, operator: Operator, text: &str) -> Expression {
    Expression::Compare {
        left: Operand::Path(property.name.clone()),
        operator,
        right: Operand::Literal(literal(property, text)),
    }
}

fn within(term: &Term, from: Option<i64>, to: Option<i64>) -> Node {
    let bound = |operator, moment| comparison_of(term.again(), operator, Constant::Moment(moment));
    let from = from.map(|from| bound(Operator::Ge, from));
    Node::And(from.into_iter().chain(to.map(|to| bound(Operator::Lt, to))).collect())
}

type Period = (Option<i64>, Option<i64>);

/// The first moment of a period and the first after it; none for an unknown name.
fn period(name: &str, now: i64, values: &[String]) -> Result<Option<Period>, BindError> {
    let value = values.first().map_or("", String::as_str);
    if let Some(shape) = name.strip_prefix("On") {
        let bad = || BindError::Malformed(format!("'{value}' is not a date."));
        let day = parse_millis(&moment(value)).ok_or_else(bad)?.div_euclid(DAY_MS) * DAY_MS;
        return Ok(match shape {
            "" => Some((Some(day), Some(day + DAY_MS))),
            "OrAfter" => Some((Some(day), None)),
            "OrBefore" => Some((None, Some(day + DAY_MS))),
            _ => None,
        });
    }
    if let Some((before, unit)) = name.split_once('X') {
        let bad = || BindError::Malformed(format!("'{value}' is not a positive number."));
        let count: i64 = value.parse().ok().filter(|it| (1..=100_000).contains(it)).ok_or_else(bad)?;
        let Some(unit) = Unit::named(unit.trim_end_matches('s')) else { return Ok(None) };
        return Ok(match before {
            "Last" => Some((Some(unit.moved(now, -count)), Some(now + 1))),
            "Next" => Some((Some(now), Some(unit.moved(now, count)))),
            "OlderThan" => Some((None, Some(unit.moved(now, -count)))),
            _ => None,
        });
    }
    let (shift, unit) = match name {
        "Today" => (0, Unit::Day),
        "Yesterday" => (-1, Unit::Day),
        "Tomorrow" => (1, Unit::Day),
        "Last7Days" => return Ok(Some((Some(Unit::Day.begin(now) - 6 * DAY_MS), Some(now + 1)))),
        "Next7Days" => return Ok(Some((Some(now), Some(Unit::Day.begin(now) + 8 * DAY_MS)))),
        _ => {
            let shifts = [("Last", -1), ("This", 0), ("Next", 1)];
            let found = shifts.iter().find_map(|(word, shift)| Some((*shift, name.strip_prefix(word)?)));
            let Some((shift, unit)) = found else { return Ok(None) };
            match Unit::named(unit) {
                Some(unit @ (Unit::Week | Unit::Month | Unit::Year)) => (shift, unit),
                _ => return Ok(None),
            }
        }
    };
    let begin = unit.moved(unit.begin(now), shift);
    Ok(Some((Some(begin), Some(unit.moved(begin, 1)))))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Minute" => Self::Minute,
            "Hour" => Self::Hour,
            "Day" => Self::Day,
            "Week" => Self::Week,
            "Month" => Self::Month,
            "Year" => Self::Year,
            _ => return None,
        })
    }

    /// The first moment of the unit that a moment lies in; weeks begin on Sunday.
    fn begin(self, moment: i64) -> i64 {
        let day = moment.div_euclid(DAY_MS);
        let (year, month, _) = civil_from_days(day);
        match self {
            Self::Minute => moment.div_euclid(60_000) * 60_000,
            Self::Hour => moment.div_euclid(3_600_000) * 3_600_000,
            Self::Day => day * DAY_MS,
            Self::Week => (day - (day + 4).rem_euclid(7)) * DAY_MS,
            Self::Month => days_from_civil(year, month, 1) * DAY_MS,
            Self::Year => days_from_civil(year, 1, 1) * DAY_MS,
        }
    }

    /// A moment some units later.
    pub(super) fn moved(self, moment: i64, count: i64) -> i64 {
        let fixed = |length: i64| moment + count * length;
        match self {
            Self::Minute => fixed(60_000),
            Self::Hour => fixed(3_600_000),
            Self::Day => fixed(DAY_MS),
            Self::Week => fixed(7 * DAY_MS),
            Self::Year => Self::Month.moved(moment, count * 12),
            Self::Month => {
                let (day, rest) = (moment.div_euclid(DAY_MS), moment.rem_euclid(DAY_MS));
                let (year, month, in_month) = civil_from_days(day);
                let months = year * 12 + month - 1 + count;
                let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
                let next = days_from_civil(year + i64::from(month == 12), month % 12 + 1, 1);
                let first = days_from_civil(year, month, 1);
                (first + in_month.min(next - first) - 1) * DAY_MS + rest
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::format_millis;

    fn check(name: &str, value: &str, from: &str, to: &str) {
        // A Wednesday.
        let now = parse_millis("2026-03-18T10:30:00Z").expect("a moment");
        let found = period(name, now, &[value.to_owned()]).expect("readable").expect("known");
        let text = |moment: Option<i64>| moment.map(format_millis).unwrap_or_default();
        assert_eq!((text(found.0), text(found.1)), (from.to_owned(), to.to_owned()), "{name}");
    }

    #[test]
    fn b24_periods() {
        check("Today", "", "2026-03-18T00:00:00Z", "2026-03-19T00:00:00Z");
        check("ThisWeek", "", "2026-03-15T00:00:00Z", "2026-03-22T00:00:00Z");
        check("LastMonth", "", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
        check("NextYear", "", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
        check("LastXMonths", "1", "2026-02-18T10:30:00Z", "2026-03-18T10:30:00.001Z");
        check("OlderThanXYears", "2", "", "2024-03-18T10:30:00Z");
        check("OnOrBefore", "2026-03-31", "", "2026-04-01T00:00:00Z");
        assert!(period("LastXDays", 0, &["0".to_owned()]).is_err());
        assert_eq!(period("Sometimes", 0, &[]).expect("readable"), None);
        let leap = parse_millis("2024-02-29T00:00:00Z").expect("a moment");
        assert_eq!(format_millis(Unit::Year.moved(leap, 1)), "2025-02-28T00:00:00Z");
    }
}
