//! Conditions of FetchXML as filters over one entity.

use super::malformed;
use super::parse::Condition;
use crate::dataverse::{Refusal, Target, errors, not_covered};
use crate::odata::filter::{Filter, call, comparison};
use crate::odata::syntax::{Expression, Literal, MatchFunction, Operand, Operator};
use crate::schema::Property;
use crate::schema::dataverse::DvTable;
use crate::world::World;

/// The property of a column.
pub(super) fn property<'a>(table: &'a DvTable, column: &str) -> Result<&'a Property, Refusal> {
    let found = table.set.properties.iter().find(|it| it.column_name == column);
    found.ok_or_else(|| {
        let message =
            format!("'{}' entity doesn't contain attribute with Name = '{column}'.", table.info.logical_name);
        errors::refuse(400, "0x80041103", &message)
    })
}

/// Binds one condition to its entity's table.
pub(super) fn bind(
    world: &World,
    target: &Target<'_>,
    table: &DvTable,
    condition: &Condition,
) -> Result<Filter, Refusal> {
    let property = property(table, &condition.attribute)?;
    let expression = expression(table, property, condition)?;
    Filter::of(&expression, world, &table.set, target.dialect()).map_err(errors::filter)
}

fn expression(table: &DvTable, of: &Property, condition: &Condition) -> Result<Expression, Refusal> {
    let value = || {
        let value = condition.values.first().map(String::as_str);
        value.ok_or_else(|| malformed(&format!("The condition '{}' needs a value.", condition.operator)))
    };
    let not = |inner: Expression| Expression::Not(Box::new(inner));
    let null = |operator| Expression::Compare {
        left: Operand::Path(of.name.clone()),
        operator,
        right: Operand::Literal(Literal::Null),
    };
    let compare = |operator| -> Result<Expression, Refusal> {
        match &condition.value_of {
            Some(column) => Ok(Expression::Compare {
                left: Operand::Path(of.name.clone()),
                operator,
                right: Operand::Path(property(table, column)?.name.clone()),
            }),
            None => Ok(comparison(of, operator, value()?)),
        }
    };
    let matches = |function| -> Result<Expression, Refusal> {
        Ok(Expression::Match {
            function,
            subject: Operand::Path(of.name.clone()),
            pattern: Operand::Literal(Literal::Text(value()?.to_owned())),
        })
    };
    Ok(match condition.operator.as_str() {
        "eq" | "like" => compare(Operator::Eq)?,
        "ne" | "neq" | "not-like" => compare(Operator::Ne)?,
        "gt" => compare(Operator::Gt)?,
        "ge" => compare(Operator::Ge)?,
        "lt" => compare(Operator::Lt)?,
        "le" => compare(Operator::Le)?,
        "null" => null(Operator::Eq),
        "not-null" => null(Operator::Ne),
        "begins-with" => matches(MatchFunction::StartsWith)?,
        "not-begin-with" => not(matches(MatchFunction::StartsWith)?),
        "ends-with" => matches(MatchFunction::EndsWith)?,
        "not-end-with" => not(matches(MatchFunction::EndsWith)?),
        other => call(&function(other)?, &of.column_name, condition.values.clone()),
    })
}

/// `last-x-days` is `LastXDays` as a function (B24).
fn function(operator: &str) -> Result<String, Refusal> {
    let name = match operator {
        "eq-userid" => "EqualUserId",
        "ne-userid" => "NotEqualUserId",
        "eq-businessid" => "EqualBusinessId",
        "ne-businessid" => "NotEqualBusinessId",
        "eq-userteams" => "EqualUserTeams",
        "eq-useroruserteams" => "EqualUserOrUserTeams",
        "eq-userlanguage" => "EqualUserLanguage",
        "eq-or-above" => "AboveOrEqual",
        "eq-or-under" => "UnderOrEqual",
        "last-seven-days" => "Last7Days",
        "next-seven-days" => "Next7Days",
        "contain-values" => "ContainValues",
        "not-contain-values" => "DoesNotContainValues",
        _ => "",
    };
    if !name.is_empty() {
        return Ok(name.to_owned());
    }
    let pascal: String = operator
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|it| it.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect();
    let known = [
        "In",
        "NotIn",
        "Between",
        "NotBetween",
        "On",
        "OnOrAfter",
        "OnOrBefore",
        "Today",
        "Yesterday",
        "Tomorrow",
        "Above",
        "Under",
        "NotUnder",
    ];
    let pascal = pascal.replace("Olderthan", "OlderThan");
    let period = ["Last", "This", "Next", "OlderThanX", "InFiscal", "InOrAfterFiscal", "InOrBeforeFiscal"];
    if known.contains(&pascal.as_str()) || period.iter().any(|word| pascal.starts_with(word)) {
        return Ok(pascal);
    }
    Err(not_covered(&format!("B29 (condition operator {operator})")))
}
