//! Conditions on related rows of Dataverse: lambda operators over collections (B23), and the pairs of rows that a
//! relationship binds together.

use rustc_hash::FxHashSet;

use super::{BindError, Binder, Filter, Node};
use crate::odata::syntax::{Lambda, Quantifier};
use crate::schema::Source;
use crate::schema::dataverse::{Association, DvTable, Relationship};
use crate::store::{Guid, Reference};
use crate::world::{Value, World};

/// A collection-valued navigation property of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Collection<'a> {
    /// Rows of another table whose lookup points here.
    Referencing(&'a Relationship),
    /// Rows paired through an intersect table; the number is the side of this table.
    Paired(&'a Association, usize),
}

impl<'a> Collection<'a> {
    /// By the name of the navigation property.
    pub(crate) fn find(world: &'a World, table: &DvTable, name: &str) -> Option<Self> {
        let dv = &world.schema.dv;
        let paired = || dv.many_to_many(&table.info, name).map(|(it, side)| Self::Paired(it, side));
        dv.one_to_many(&table.info, name).map(Self::Referencing).or_else(paired)
    }

    /// Logical name of the table of the rows in the collection.
    pub(crate) fn table_name(self) -> &'a str {
        match self {
            Self::Referencing(relationship) => &relationship.referencing,
            Self::Paired(association, side) => {
                association.sides.get(1 - side.min(1)).map_or("", |(table, _)| table)
            }
        }
    }

    /// All pairs: a row of this table, a row in its collection.
    pub(crate) fn pairs(self, world: &World) -> Vec<(u32, u32)> {
        match self {
            Self::Referencing(relationship) => {
                let Some(table) = world.schema.dv.by_logical_name(&relationship.referencing) else {
                    return Vec::new();
                };
                let Some(rows) = world.table(table.set.table) else { return Vec::new() };
                let Some(column) = referencing_column(table, relationship) else { return Vec::new() };
                let owners = world.schema.dv.by_logical_name(&relationship.referenced);
                let owners = owners.and_then(|it| world.table(it.set.table));
                let is_there = |row: u32| owners.is_some_and(|owners| owners.is_alive(row));
                rows.rows_from(0)
                    .filter_map(|row| {
                        let reference = Reference::from_cell(rows.cell(row, column))?;
                        let is_meant = reference.target == relationship.target && is_there(reference.row);
                        is_meant.then_some((reference.row, row))
                    })
                    .collect()
            }
            Self::Paired(association, side) => intersect_rows(world, association)
                .into_iter()
                .map(|(_, first, second)| if side == 0 { (first, second) } else { (second, first) })
                .collect(),
        }
    }

    /// The rows in the collection of one row.
    pub(crate) fn rows_of(self, world: &World, row: u32) -> FxHashSet<u32> {
        if let Self::Referencing(relationship) = self {
            let table = world.schema.dv.by_logical_name(&relationship.referencing);
            let column = table.and_then(|table| referencing_column(table, relationship));
            let rows = table.and_then(|table| world.table(table.set.table));
            let (Some(column), Some(rows)) = (column, rows) else { return FxHashSet::default() };
            let wanted = Reference { target: relationship.target, row }.to_cell();
            return rows.rows_from(0).filter(|it| rows.cell(*it, column) == wanted).collect();
        }
        self.pairs(world).into_iter().filter(|(owner, _)| *owner == row).map(|(_, it)| it).collect()
    }
}

/// The column in which a lookup is stored: a derived one is that of the lookup it shows.
fn referencing_column(table: &DvTable, relationship: &Relationship) -> Option<usize> {
    let (_, lookup) = table.set.find(&format!("_{}_value", relationship.attribute))?;
    match lookup.source {
        Source::Reference { column, .. } => Some(column),
        _ => None,
    }
}

/// The rows of an intersect table with the rows they pair, those of the first side first.
pub(crate) fn intersect_rows(world: &World, association: &Association) -> Vec<(u32, u32, u32)> {
    let Some(table) = world.schema.dv.by_logical_name(&association.intersect) else { return Vec::new() };
    let Some(rows) = world.table(table.set.table) else { return Vec::new() };
    let [first, second] = &association.sides;
    let row_of = |row: u32, (side, column): &(String, String)| {
        let (_, property) = table.set.find(column)?;
        let Value::Guid(id) = world.value(table.set.table, row, property, crate::schema::Language::English)
        else {
            return None;
        };
        row_with_id(world, side, id)
    };
    rows.rows_from(0).filter_map(|row| Some((row, row_of(row, first)?, row_of(row, second)?))).collect()
}

fn row_with_id(world: &World, table: &str, id: Guid) -> Option<u32> {
    world.table(world.schema.dv.by_logical_name(table)?.set.table)?.find(id)
}

impl Binder<'_> {
    /// B23: `any` and `all`, answered beforehand for all rows at once.
    pub(super) fn lambda(&self, lambda: Option<&Lambda>) -> Result<Node, BindError> {
        let malformed = || BindError::Malformed("The lambda expression cannot be read.".to_owned());
        let lambda = lambda.ok_or_else(malformed)?;
        let unknown = || BindError::UnknownProperty {
            property: lambda.path.clone(),
            entity_type: self.set.entity_type.clone(),
        };
        let path = match self.variable {
            Some(variable) => lambda.path.strip_prefix(variable).and_then(|it| it.strip_prefix('/')),
            None => Some(lambda.path.as_str()),
        };
        let dv = &self.world.schema.dv;
        let table = dv.by_logical_name(&self.set.entity_type).ok_or_else(unknown)?;
        let collection =
            path.and_then(|path| Collection::find(self.world, table, path)).ok_or_else(unknown)?;
        let other = dv.by_logical_name(collection.table_name()).ok_or_else(unknown)?;
        let filter = match &lambda.condition {
            None => Node::Always(true),
            Some((variable, condition)) => {
                let inner = Binder {
                    world: self.world,
                    set: &other.set,
                    dialect: self.dialect,
                    variable: Some(variable),
                };
                inner.bind(condition)?
            }
        };
        let filter = Filter { node: filter };
        let passes = |row: u32| filter.passes(self.world, other.set.table, row);
        let pairs = collection.pairs(self.world).into_iter();
        Ok(match lambda.quantifier {
            Quantifier::Any => {
                Node::Rows(pairs.filter(|(_, row)| passes(*row)).map(|(owner, _)| owner).collect())
            }
            Quantifier::All => {
                let failing = pairs.filter(|(_, row)| !passes(*row)).map(|(owner, _)| owner).collect();
                Node::Not(Box::new(Node::Rows(failing)))
            }
        })
    }
}
