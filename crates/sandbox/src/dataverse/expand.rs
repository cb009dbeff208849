//! `$expand` (B28): related rows inside a row, of lookups and of collections.

use rustc_hash::FxHashSet;

use super::rows::{Groups, select};
use super::{MALFORMED_QUERY, Refusal, Target, errors, refuse, security};
use crate::odata::filter::{Collection, Filter};
use crate::odata::order::sort_rows;
use crate::odata::query::Query;
use crate::schema::Property;
use crate::schema::dataverse::DvTable;
use crate::schema::privileges::Access;
use crate::wire::{percent_encode, split_outside_quotes};
use crate::world::World;

/// B28: no more in one query.
const MOST: usize = 15;
/// B25: no more rows of a collection inline than a page holds.
const MOST_ROWS: usize = 5_000;

/// One expanded navigation property.
#[derive(Debug)]
pub(crate) struct Expansion<'a> {
    pub(crate) name: String,
    pub(crate) table: &'a DvTable,
    pub(crate) properties: Vec<&'a Property>,
    pub(crate) expansions: Vec<Expansion<'a>>,
    pub(crate) related: Related<'a>,
    /// `/$ref`: only the address of the row.
    pub(crate) only_reference: bool,
    /// The query part of a collection's own address.
    pub(crate) query: String,
}

/// How the rows are found.
#[derive(Debug)]
pub(crate) enum Related<'a> {
    /// Through a lookup that points to the given target.
    One { lookup: &'a Property, target: u32 },
    /// Found beforehand, filtered and ordered.
    Many { rows: Groups },
}

/// Binds the text of `$expand`.
pub(crate) fn bind<'a>(
    world: &'a World,
    target: &Target<'a>,
    table: &'a DvTable,
    text: Option<&str>,
) -> Result<Vec<Expansion<'a>>, Refusal> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let parts = split_outside_quotes(text, &[',']);
    let bound: Vec<Expansion<'a>> =
        parts.into_iter().map(|part| one(world, target, table, part.trim())).collect::<Result<_, _>>()?;
    for expansion in &bound {
        security::require(world, target, expansion.table, Access::Read)?;
    }
    if count(&bound) > MOST {
        let message = "The number of expanded properties exceeds the maximum of 15 in one query.";
        return Err(refuse(400, MALFORMED_QUERY, message));
    }
    Ok(bound)
}

fn count(expansions: &[Expansion<'_>]) -> usize {
    expansions.iter().map(|it| 1 + count(&it.expansions)).sum()
}

fn one<'a>(
    world: &'a World,
    target: &Target<'a>,
    table: &'a DvTable,
    text: &str,
) -> Result<Expansion<'a>, Refusal> {
    let (path, options) = match text.split_once('(') {
        Some((path, options)) => (path.trim(), options.strip_suffix(')').unwrap_or(options)),
        None => (text, ""),
    };
    let (name, only_reference) = path.strip_suffix("/$ref").map_or((path, false), |name| (name, true));
    let parts = split_outside_quotes(options, &[';']);
    let raw: Vec<String> = parts
        .iter()
        .filter_map(|part| part.trim().split_once('='))
        .map(|(name, value)| format!("{}={}", name.trim(), percent_encode(value)))
        .collect();
    let raw = raw.join("&");
    let query = Query::read(&raw).map_err(|message| refuse(400, MALFORMED_QUERY, &message))?;
    let unknown = || errors::unknown_property(name, &table.set.entity_type);
    let dv = &world.schema.dv;
    if let Some((lookup, position)) = table.set.navigation(name) {
        check(&query, &["$select", "$expand"], name)?;
        let logical = usize::try_from(position).ok().and_then(|at| lookup.targets.get(at));
        let other = logical.and_then(|logical| dv.by_logical_name(logical)).ok_or_else(unknown)?;
        return Ok(Expansion {
            name: name.to_owned(),
            table: other,
            properties: select(world, other, query.select.as_deref())?,
            expansions: bind(world, target, other, query.expand.as_deref())?,
            related: Related::One { lookup, target: position },
            only_reference,
            query: String::new(),
        });
    }
    let collection = Collection::find(world, table, name).ok_or_else(unknown)?;
    if only_reference {
        return Err(refuse(
            400,
            MALFORMED_QUERY,
            "$ref is only supported on single-valued navigation properties.",
        ));
    }
    check(&query, &["$select", "$filter", "$orderby", "$top", "$expand"], name)?;
    let narrowed = query.filter.is_some() || query.top.is_some() || !query.order_by.is_empty();
    if query.expand.is_some() && narrowed {
        let message = "Nested $expand cannot be combined with $filter, $orderby or $top.";
        return Err(refuse(400, MALFORMED_QUERY, message));
    }
    let other = dv.by_logical_name(collection.table_name()).ok_or_else(unknown)?;
    Ok(Expansion {
        name: name.to_owned(),
        table: other,
        properties: select(world, other, query.select.as_deref())?,
        expansions: bind(world, target, other, query.expand.as_deref())?,
        related: Related::Many { rows: groups(world, target, other, collection, &query)? },
        only_reference,
        query: if raw.is_empty() { String::new() } else { format!("?{raw}") },
    })
}

fn check(query: &Query, supported: &[&str], name: &str) -> Result<(), Refusal> {
    match query.names.iter().find(|it| !supported.contains(&it.as_str())) {
        None => Ok(()),
        Some(option) => {
            let message = format!("The option {option} is not supported in the expansion of '{name}'.");
            Err(refuse(400, MALFORMED_QUERY, &message))
        }
    }
}

fn groups(
    world: &World,
    target: &Target<'_>,
    table: &DvTable,
    collection: Collection<'_>,
    query: &Query,
) -> Result<Groups, Refusal> {
    let set = &table.set;
    let filter = query.filter.as_deref().map(|text| Filter::bind(text, world, set, target.dialect()));
    let filter = filter.transpose().map_err(errors::filter)?;
    let mut keys = Vec::new();
    for (name, direction) in &query.order_by {
        let (_, property) = set.find(name).ok_or_else(|| errors::unknown_property(name, &set.entity_type))?;
        keys.push((property, *direction));
    }
    let mut groups = Groups::default();
    for (owner, row) in collection.pairs(world) {
        if filter.as_ref().is_none_or(|filter| filter.passes(world, set.table, row)) {
            groups.entry(owner).or_default().push(row);
        }
    }
    for rows in groups.values_mut() {
        sort_rows(world, set.table, &keys, rows);
        rows.truncate(query.top.unwrap_or(MOST_ROWS).min(MOST_ROWS));
    }
    Ok(groups)
}

/// The rows below one row, for a path that leads there (B30).
pub(crate) fn rows_below(
    world: &World,
    table: &DvTable,
    row: u32,
    name: &str,
) -> Option<(String, FxHashSet<u32>)> {
    let collection = Collection::find(world, table, name)?;
    Some((collection.table_name().to_owned(), collection.rows_of(world, row)))
}
