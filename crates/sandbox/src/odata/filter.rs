//! A filter bound to an entity set: types checked, dialect applied, ready to test rows.

mod fiscal;
mod named;
mod related;
mod scope;
mod sort;
mod substring;
mod test;

use rustc_hash::FxHashSet;

use fiscal::FiscalCalendar;
use named::comparison_of;
pub(crate) use named::{call, comparison};
pub(crate) use related::{Collection, intersect_rows};
pub(crate) use sort::{Rank, order_rows, ranks};

use super::Dialect;
use super::pattern::{self, Anchor, Fold, Pattern};
use super::syntax::{self, Expression, Literal, MatchFunction, Operand, Operator};
use crate::schema::{EntitySet, Kind, Property};
pub(crate) use crate::store::ONE as SCALE;
pub(crate) use crate::store::parse_decimal as scaled;
use crate::store::{Guid, parse_millis};
use crate::world::World;

/// Why a filter is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BindError {
    /// Malformed text, or types that do not go together: a message in the service's manner.
    Malformed(String),
    /// No such property on the entity type.
    UnknownProperty { property: String, entity_type: String },
    /// A33.
    OrOnDistinctFields,
    /// A35: a constant longer than the field.
    TooLong { property: String, length: usize, max: usize },
    /// An enum has no such member.
    UnknownMember { text: String, members: String },
    /// The sandbox does not cover it: the fact missing.
    NotCovered(&'static str),
}

/// A filter ready to test rows of one entity set.
#[derive(Debug)]
pub(crate) struct Filter {
    node: Node,
}

#[derive(Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare {
        left: Term,
        operator: Operator,
        right: Term,
        fold: Fold,
    },
    Like {
        subject: Term,
        pattern: Pattern,
    },
    IsNull(Term),
    Always(bool),
    /// A moment in this period of any fiscal year (B24).
    FiscalPeriod {
        subject: Term,
        calendar: FiscalCalendar,
        period: i64,
    },
    /// Row numbers found beforehand, such as those with a related row that passes (B23).
    Rows(FxHashSet<u32>),
}

#[derive(Debug)]
enum Term {
    Property(Box<Property>),
    /// A property of the row that lookups lead to, if each points to the table wanted.
    Behind {
        path: Vec<(Property, u32)>,
        property: Box<Property>,
    },
    Constant(Constant),
}

#[derive(Debug, Clone)]
enum Constant {
    Null,
    Text(String),
    Guid(Guid),
    Boolean(bool),
    Number(i128),
    Moment(i64),
}

impl Filter {
    /// Reads and binds a filter.
    pub(crate) fn bind(
        text: &str,
        world: &World,
        set: &EntitySet,
        dialect: Dialect,
    ) -> Result<Self, BindError> {
        let expression = syntax::parse(text).map_err(|error| {
            BindError::Malformed(format!("{} at position {} in '{text}'.", error.message, error.position))
        })?;
        if matches!(dialect, Dialect::BusinessCentral { .. }) && has_lambda(&expression) {
            // A34: the whole expression is ignored, not rejected.
            return Ok(Self { node: Node::Always(true) });
        }
        Self::of(&expression, world, set, dialect)
    }

    /// Binds a condition that was read already.
    pub(crate) fn of(
        expression: &Expression,
        world: &World,
        set: &EntitySet,
        dialect: Dialect,
    ) -> Result<Self, BindError> {
        Binder { world, set, dialect, variable: None }.bind(expression).map(|node| Self { node })
    }

    /// Passes the given rows, and of those only what another filter passes.
    pub(crate) fn among(rows: FxHashSet<u32>, other: Option<Self>) -> Self {
        let nodes = std::iter::once(Node::Rows(rows)).chain(other.map(|it| it.node));
        Self { node: Node::And(nodes.collect()) }
    }

    /// Whether a row passes; an unknown outcome (SQL null) does not.
    pub(crate) fn passes(&self, world: &World, table: usize, row: u32) -> bool {
        self.node.test(world, table, row) == Some(true)
    }
}

fn has_lambda(expression: &Expression) -> bool {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => parts.iter().any(has_lambda),
        Expression::Not(inner) => has_lambda(inner),
        Expression::Lambda(_) => true,
        _ => false,
    }
}

struct Binder<'a> {
    world: &'a World,
    set: &'a EntitySet,
    dialect: Dialect,
    /// Inside a lambda: the name that paths begin with.
    variable: Option<&'a str>,
}

impl Binder<'_> {
    fn bind(&self, expression: &Expression) -> Result<Node, BindError> {
        let all =
            |parts: &[Expression]| parts.iter().map(|part| self.bind(part)).collect::<Result<Vec<_>, _>>();
        match expression {
            Expression::And(parts) => all(parts).map(Node::And),
            Expression::Or(parts) => {
                self.check_one_field(parts)?;
                all(parts).map(Node::Or)
            }
            Expression::Not(_) if self.is_business_central() => Err(BindError::Malformed(
                "The unary operator 'Not' is not supported on an OData filter.".to_owned(),
            )),
            Expression::Not(inner) => self.bind(inner).map(|inner| Node::Not(Box::new(inner))),
            Expression::Compare { left, operator, right } => self.compare(left, *operator, right),
            Expression::Match { function, subject, pattern } => self.like(*function, subject, pattern),
            Expression::In { subject, list } => self.list(subject, list),
            Expression::Lambda(lambda) => self.lambda(lambda.as_deref()),
            Expression::NamedFunction { .. } if self.is_business_central() => {
                Err(BindError::Malformed("An unknown function was found in the filter.".to_owned()))
            }
            Expression::NamedFunction { name, arguments } => self.named(name, arguments),
            Expression::Bare(Operand::Literal(Literal::Boolean(value))) => Ok(Node::Always(*value)),
            Expression::Bare(operand) => {
                let truth = Operand::Literal(Literal::Boolean(true));
                self.compare(operand, Operator::Eq, &truth)
            }
        }
    }

    fn is_business_central(&self) -> bool {
        matches!(self.dialect, Dialect::BusinessCentral { .. })
    }

    fn needs_schema_2_1(&self, what: &str) -> Result<(), BindError> {
        match self.dialect {
            Dialect::BusinessCentral { schema_2_1: false } => {
                // A32: an error or an undefined result; the sandbox takes the error.
                Err(BindError::Malformed(format!("{what} needs $schemaversion=2.1.")))
            }
            _ => Ok(()),
        }
    }

    /// A33: `or` only between conditions on one field.
    fn check_one_field(&self, parts: &[Expression]) -> Result<(), BindError> {
        if !self.is_business_central() {
            return Ok(());
        }
        let mut fields = FxHashSet::default();
        parts.iter().for_each(|part| collect_fields(part, &mut fields));
        if fields.len() > 1 { Err(BindError::OrOnDistinctFields) } else { Ok(()) }
    }

    fn compare(&self, left: &Operand, operator: Operator, right: &Operand) -> Result<Node, BindError> {
        let (left, right, operator) = match (left, right) {
            (Operand::Literal(_), Operand::Path(_) | Operand::Call(..)) => (right, left, mirrored(operator)),
            _ => (left, right, operator),
        };
        if let (Operand::Call(name, arguments), Operand::Literal(Literal::Text(text))) = (left, right)
            && name == "substring"
            && self.is_business_central()
        {
            return self.substring(arguments, operator, text);
        }
        let (subject, fold) = self.subject(left)?;
        let property = subject.property().cloned();
        let Operand::Literal(literal) = right else {
            let (other, _) = self.subject(right)?;
            if self.is_business_central() {
                return Err(BindError::NotCovered("A31 (comparison of two properties)"));
            }
            return Ok(Node::Compare { left: subject, operator, right: other, fold });
        };
        let Some(property) = property else {
            return Err(BindError::Malformed("A property was expected in the comparison.".to_owned()));
        };
        let constant = self.constant(&property, literal)?;
        if matches!(constant, Constant::Null) {
            return self.compare_null(subject, operator);
        }
        if let Constant::Text(text) = &constant
            && matches!(operator, Operator::Eq | Operator::Ne)
            && let Some(pattern) = self.wildcard(text, fold)
        {
            let like = Node::Like { subject, pattern };
            return Ok(if operator == Operator::Eq { like } else { Node::Not(Box::new(like)) });
        }
        Ok(Node::Compare { left: subject, operator, right: Term::Constant(constant), fold })
    }

    fn wildcard(&self, text: &str, fold: Fold) -> Option<Pattern> {
        if self.is_business_central() {
            return pattern::has_business_central_wildcard(text)
                .then(|| Pattern::business_central(text, Anchor::Whole, fold));
        }
        pattern::has_dataverse_wildcard(text).then(|| Pattern::dataverse(text, Anchor::Whole))
    }

    fn compare_null(&self, subject: Term, operator: Operator) -> Result<Node, BindError> {
        if self.is_business_central() {
            return Err(BindError::NotCovered("A31 (comparison with null)"));
        }
        match operator {
            Operator::Eq => Ok(Node::IsNull(subject)),
            Operator::Ne => Ok(Node::Not(Box::new(Node::IsNull(subject)))),
            _ => Err(BindError::Malformed("null can only be compared with eq and ne.".to_owned())),
        }
    }

    fn list(&self, subject: &Operand, list: &[Literal]) -> Result<Node, BindError> {
        self.needs_schema_2_1("The 'in' operator")?;
        let parts = list.iter().map(|literal| {
            let literal = Operand::Literal(literal.clone());
            self.compare(subject, Operator::Eq, &literal)
        });
        parts.collect::<Result<Vec<_>, _>>().map(Node::Or)
    }

    fn like(&self, function: MatchFunction, subject: &Operand, text: &Operand) -> Result<Node, BindError> {
        if matches!(subject, Operand::Call(..)) {
            self.needs_schema_2_1("A nested function call")?;
        }
        let (subject, fold) = self.subject(subject)?;
        let kind = subject.property().map(|property| property.kind);
        let Operand::Literal(Literal::Text(text)) = text else {
            return Err(BindError::Malformed("A text was expected as the second argument.".to_owned()));
        };
        if kind != Some(Kind::Text) {
            let message = "No function signature for the function matches the specified arguments.";
            return Err(BindError::Malformed(message.to_owned()));
        }
        let anchor = match function {
            MatchFunction::Contains => Anchor::Anywhere,
            MatchFunction::StartsWith => Anchor::Start,
            MatchFunction::EndsWith => Anchor::End,
        };
        let pattern = if self.is_business_central() {
            Pattern::business_central(text, anchor, fold)
        } else {
            let unsupported = (anchor == Anchor::Start && text.starts_with('%'))
                || (anchor == Anchor::End && text.ends_with('%'));
            if unsupported {
                // B23: leading wildcards with startswith, trailing ones with endswith.
                return Err(BindError::Malformed("The wildcard is not supported in this place.".to_owned()));
            }
            Pattern::dataverse(text, anchor)
        };
        Ok(Node::Like { subject, pattern })
    }

    fn subject(&self, operand: &Operand) -> Result<(Term, Fold), BindError> {
        let fold = match self.dialect {
            Dialect::BusinessCentral { .. } => Fold::Exact,
            Dialect::Dataverse { .. } => Fold::IgnoreCaseAndAccents,
        };
        match operand {
            Operand::Path(path) => self.path(path).map(|term| (term, fold)),
            Operand::Call(name, arguments) if self.is_business_central() => {
                match (name.as_str(), arguments.as_slice()) {
                    // A35: both switch the comparison to ignore case.
                    ("tolower" | "toupper", [Operand::Path(path)]) => {
                        self.path(path).map(|term| (term, Fold::IgnoreCase))
                    }
                    _ => Err(BindError::Malformed(format!(
                        "An unknown function with name '{name}' was found."
                    ))),
                }
            }
            Operand::Call(..) => Err(BindError::NotCovered("B23 (other functions)")),
            Operand::Literal(_) => {
                Err(BindError::Malformed("A property was expected in the comparison.".to_owned()))
            }
        }
    }

    fn path(&self, path: &str) -> Result<Term, BindError> {
        let unknown = |property: &str, entity_type: &str| BindError::UnknownProperty {
            property: property.to_owned(),
            entity_type: entity_type.to_owned(),
        };
        let path = match self.variable {
            Some(variable) => path
                .strip_prefix(variable)
                .and_then(|it| it.strip_prefix('/'))
                .ok_or_else(|| unknown(path, &self.set.entity_type))?,
            None => path,
        };
        let (mut steps, mut set, mut path) = (Vec::new(), self.set, path);
        while let Some((navigation, rest)) = path.split_once('/') {
            if self.is_business_central() {
                return Err(BindError::NotCovered("A31 (filter over a navigation property)"));
            }
            let (lookup, target) =
                set.navigation(navigation).ok_or_else(|| unknown(navigation, &set.entity_type))?;
            let name = usize::try_from(target).ok().and_then(|target| lookup.targets.get(target));
            let table = name.and_then(|name| self.world.schema.dv.by_logical_name(name));
            let table = table.ok_or_else(|| unknown(navigation, &set.entity_type))?;
            steps.push((lookup.clone(), target));
            (set, path) = (&table.set, rest);
        }
        let (_, property) = set.find(path).ok_or_else(|| unknown(path, &set.entity_type))?;
        let property = Box::new(property.clone());
        Ok(if steps.is_empty() { Term::Property(property) } else { Term::Behind { path: steps, property } })
    }

    fn constant(&self, property: &Property, literal: &Literal) -> Result<Constant, BindError> {
        let mismatch = || {
            let kind = property.kind;
            BindError::Malformed(format!(
                "A binary operator with incompatible types was detected: property '{}' is of type {kind:?}.",
                property.name
            ))
        };
        match (property.kind, literal) {
            (_, Literal::Null) => Ok(Constant::Null),
            (Kind::Text, Literal::Text(text)) => self.text_constant(property, text),
            (Kind::Choice, Literal::Text(text)) if self.is_business_central() => member(property, text),
            (Kind::Choice, Literal::Number(_)) if self.is_business_central() => Err(mismatch()),
            (Kind::Guid | Kind::Lookup, Literal::Guid(id)) => Ok(Constant::Guid(*id)),
            (Kind::Guid | Kind::Lookup, Literal::Text(text)) if !self.is_business_central() => {
                Guid::parse(text).map(Constant::Guid).ok_or_else(mismatch)
            }
            (Kind::Boolean, Literal::Boolean(value)) => Ok(Constant::Boolean(*value)),
            (Kind::Int | Kind::BigInt | Kind::Decimal | Kind::Choice, Literal::Number(text)) => {
                scaled(text).map(Constant::Number).ok_or_else(mismatch)
            }
            (Kind::Date | Kind::DateTime, Literal::Moment(text)) => {
                parse_millis(text).map(Constant::Moment).ok_or_else(mismatch)
            }
            _ => Err(mismatch()),
        }
    }

    fn text_constant(&self, property: &Property, text: &str) -> Result<Constant, BindError> {
        if !self.is_business_central() {
            return Ok(Constant::Text(text.to_owned()));
        }
        let length = text.chars().count();
        if let Some(max) = property.max_length.filter(|max| length > *max)
            && !pattern::has_business_central_wildcard(text)
        {
            return Err(BindError::TooLong { property: property.name.clone(), length, max });
        }
        Ok(Constant::Text(if property.upper_cased { pattern::upper_code(text) } else { text.to_owned() }))
    }
}

/// A48: the member's name, encoded or not.
fn member(property: &Property, text: &str) -> Result<Constant, BindError> {
    let found = property.members.iter().find(|it| it.name == text || it.caption.english == text);
    match found {
        Some(member) => Ok(Constant::Number(i128::from(member.value) * SCALE)),
        None => {
            let members = property.members.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(BindError::UnknownMember { text: text.to_owned(), members })
        }
    }
}

fn collect_fields(expression: &Expression, fields: &mut FxHashSet<String>) {
    let mut operand = |operand: &Operand| {
        let mut operand = operand;
        while let Operand::Call(_, arguments) = operand {
            let Some(first) = arguments.first() else { return };
            operand = first;
        }
        if let Operand::Path(path) = operand {
            fields.insert(path.clone());
        }
    };
    match expression {
        Expression::And(parts) | Expression::Or(parts) => {
            parts.iter().for_each(|part| collect_fields(part, fields));
        }
        Expression::Not(inner) => collect_fields(inner, fields),
        Expression::Compare { left, right, .. } => {
            operand(left);
            operand(right);
        }
        Expression::Match { subject, .. } | Expression::In { subject, .. } | Expression::Bare(subject) => {
            operand(subject);
        }
        Expression::Lambda(_) | Expression::NamedFunction { .. } => {}
    }
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Gt => Operator::Lt,
        Operator::Ge => Operator::Le,
        Operator::Lt => Operator::Gt,
        Operator::Le => Operator::Ge,
        same => same,
    }
}
