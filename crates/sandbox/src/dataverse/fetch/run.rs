//! Running of FetchXML: filters, joins, order. A result row is one row number per entity.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::parse::{Entity, Fetch, Filter as Conditions, Join, Link};
use super::{condition, malformed};
use crate::dataverse::{Refusal, Target};
use crate::odata::filter::{Filter, order_rows};
use crate::schema::dataverse::DvTable;
use crate::schema::{Language, Property};
use crate::world::{Value, World};

/// One result: the row of each entity, none where an outer join found nothing.
pub(super) type Tuple = Vec<Option<u32>>;

/// One entity of the query with its table.
pub(super) struct Place<'a> {
    pub(super) table: &'a DvTable,
    pub(super) entity: &'a Entity,
    /// Alias of a linked entity; empty for the first.
    pub(super) alias: String,
    /// How it is linked to which other place.
    link: Option<Joined<'a>>,
}

struct Joined<'a> {
    to: usize,
    join: Join,
    from_property: &'a Property,
    to_property: &'a Property,
}

/// A bound condition tree.
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Test { place: usize, filter: Filter },
}

/// The query bound to tables.
pub(super) struct Plan<'a> {
    pub(super) places: Vec<Place<'a>>,
    /// Per place, what its rows must pass.
    trees: Vec<Tree>,
    orders: Vec<(usize, &'a Property, bool)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(world: &'a World, target: &Target<'a>, fetch: &'a Fetch) -> Result<Self, Refusal> {
        let mut places =
            vec![Place { table: target.table, entity: &fetch.entity, alias: String::new(), link: None }];
        for link in &fetch.entity.links {
            add(world, &mut places, link, 0)?;
        }
        let mut plan = Self { places, trees: Vec::new(), orders: Vec::new() };
        for at in 0..plan.places.len() {
            let Some(place) = plan.places.get(at) else { continue };
            let parts = place.entity.filters.iter().map(|it| plan.tree(world, target, at, it));
            let tree = Tree::All(parts.collect::<Result<_, _>>()?);
            plan.trees.push(tree);
        }
        if !fetch.aggregate {
            for (at, place) in plan.places.iter().enumerate() {
                for order in &place.entity.orders {
                    let property = condition::property(place.table, &order.name)?;
                    plan.orders.push((at, property, order.descending));
                }
            }
        }
        Ok(plan)
    }

    fn tree(
        &self,
        world: &World,
        target: &Target<'_>,
        own: usize,
        conditions: &Conditions,
    ) -> Result<Tree, Refusal> {
        let mut parts = Vec::new();
        for it in &conditions.conditions {
            let at = match &it.entity {
                None => own,
                Some(alias) => {
                    let found = self.places.iter().position(|place| place.alias == *alias);
                    found.filter(|_| own == 0).ok_or_else(|| {
                        malformed(&format!("The entity name '{alias}' of a condition is unknown here."))
                    })?
                }
            };
            let Some(place) = self.places.get(at) else { continue };
            parts.push(Tree::Test { place: at, filter: condition::bind(world, target, place.table, it)? });
        }
        for it in &conditions.filters {
            parts.push(self.tree(world, target, own, it)?);
        }
        Ok(if conditions.any && !parts.is_empty() { Tree::Any(parts) } else { Tree::All(parts) })
    }

    /// All results in their order.
    pub(super) fn rows(&self, world: &World) -> Result<Vec<Tuple>, Refusal> {
        let (Some(first), Some(tree)) = (self.places.first(), self.trees.first()) else {
            return Ok(Vec::new());
        };
        let rows = world.table(first.table.set.table).into_iter().flat_map(|rows| rows.rows_from(0));
        // What concerns the first entity alone is tested before anything is joined.
        let alone = tree.only_of(0);
        let mut tuples: Vec<Tuple> =
            rows.map(|row| vec![Some(row)]).filter(|it| !alone || self.passes(world, tree, it)).collect();
        for at in 1..self.places.len() {
            tuples = self.joined(world, at, tuples);
        }
        if !alone {
            tuples.retain(|it| self.passes(world, tree, it));
        }
        tuples.sort_by(|a, b| self.order(world, a, b));
        Ok(tuples)
    }

    fn order(&self, world: &World, a: &Tuple, b: &Tuple) -> Ordering {
        let orders = self.orders.iter().map(|(at, property, descending)| {
            let row = |tuple: &Tuple| tuple.get(*at).copied().flatten();
            let table = self.places.get(*at).map_or(usize::MAX, |it| it.table.set.table);
            let order = match (row(a), row(b)) {
                (Some(a), Some(b)) => order_rows(world, table, property, (a, b)),
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
            if *descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }

    fn joined(&self, world: &World, at: usize, tuples: Vec<Tuple>) -> Vec<Tuple> {
        let (Some(place), Some(tree)) = (self.places.get(at), self.trees.get(at)) else { return tuples };
        let Some(link) = &place.link else { return tuples };
        let Some(around) = self.places.get(link.to) else { return tuples };
        let table = place.table.set.table;
        let mut by_value: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for row in world.table(table).into_iter().flat_map(|rows| rows.rows_from(0)) {
            let mut alone: Tuple = vec![None; at];
            alone.push(Some(row));
            if self.passes(world, tree, &alone)
                && let Some(key) = key(world.value(table, row, link.from_property, Language::English))
            {
                by_value.entry(key).or_default().push(row);
            }
        }
        let mut out = Vec::new();
        for tuple in tuples {
            let row = tuple.get(link.to).copied().flatten();
            let key = row.and_then(|row| {
                key(world.value(around.table.set.table, row, link.to_property, Language::English))
            });
            let found = key.and_then(|key| by_value.get(&key)).map(Vec::as_slice).unwrap_or_default();
            let with = |row: Option<u32>| tuple.iter().copied().chain(std::iter::once(row)).collect();
            match link.join {
                Join::Exists if found.is_empty() => {}
                Join::Exists => out.push(with(None)),
                Join::Outer if found.is_empty() => out.push(with(None)),
                Join::Inner | Join::Outer => out.extend(found.iter().map(|row| with(Some(*row)))),
            }
        }
        out
    }

    fn passes(&self, world: &World, tree: &Tree, tuple: &Tuple) -> bool {
        match tree {
            Tree::All(parts) => parts.iter().all(|it| self.passes(world, it, tuple)),
            Tree::Any(parts) => parts.iter().any(|it| self.passes(world, it, tuple)),
            Tree::Test { place, filter } => {
                let table = self.places.get(*place).map_or(usize::MAX, |it| it.table.set.table);
                match tuple.get(*place).copied().flatten() {
                    Some(row) => filter.passes(world, table, row),
                    // No such table: every value is null.
                    None => filter.passes(world, usize::MAX, 0),
                }
            }
        }
    }
}

impl Tree {
    fn only_of(&self, own: usize) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|it| it.only_of(own)),
            Self::Test { place, .. } => *place == own,
        }
    }
}

fn add<'a>(world: &'a World, places: &mut Vec<Place<'a>>, link: &'a Link, to: usize) -> Result<(), Refusal> {
    let table = world.schema.dv.by_logical_name(&link.entity.name);
    let table =
        table.ok_or_else(|| malformed(&format!("The entity '{}' does not exist.", link.entity.name)))?;
    let around = places.get(to).map(|it| it.table).unwrap_or(table);
    let at = places.len();
    places.push(Place {
        table,
        entity: &link.entity,
        alias: link.alias.clone().unwrap_or_else(|| format!("{}{at}", link.entity.name)),
        link: Some(Joined {
            to,
            join: link.join,
            from_property: condition::property(table, &link.from)?,
            to_property: condition::property(around, &link.to)?,
        }),
    });
    link.entity.links.iter().try_for_each(|inner| add(world, places, inner, at))
}

/// A value as two columns are matched by it; null matches nothing.
fn key(value: Value<'_>) -> Option<String> {
    match value {
        Value::Null | Value::Text("") | Value::Decimal("") | Value::Date("") => None,
        Value::Text(text) => Some(text.to_lowercase()),
        Value::Guid(id) => Some(id.to_string()),
        other => Some(format!("{other:?}")),
    }
}
