//! Conditions that a path or a set adds to the filter of a request (A28, A44).

use super::{Constant, Filter, Fold, Node, Operator, SCALE, Term};
use crate::schema::{Kind, Property, Source};
use crate::store::Guid;

impl Filter {
    /// Rows whose property is a GUID.
    pub(crate) fn property_is(property: &Property, id: Guid) -> Self {
        Self::equal(property.clone(), Constant::Guid(id))
    }

    /// Rows whose column holds a number.
    pub(crate) fn column_is(column: usize, cell: u32) -> Self {
        let number = Constant::Number(i128::from(cell.cast_signed()) * SCALE);
        Self::equal(Property::new("", Kind::Choice, Source::Column(column)), number)
    }

    /// Rows that pass all of several filters.
    pub(crate) fn all(filters: Vec<Self>) -> Self {
        Self { node: Node::And(filters.into_iter().map(|filter| filter.node).collect()) }
    }

    fn equal(property: Property, constant: Constant) -> Self {
        let left = Term::Property(Box::new(property));
        let right = Term::Constant(constant);
        Self { node: Node::Compare { left, operator: Operator::Eq, right, fold: Fold::Exact } }
    }
}
