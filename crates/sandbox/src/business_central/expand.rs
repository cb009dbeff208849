//! `$expand` with nested options (A27): which records stand below which, read once for a whole page.

use rustc_hash::FxHashMap;

use super::address;
use super::errors::{Refusal, not_covered, refuse};
use super::read::{RowWriter, Target, bind, select};
use crate::odata::filter::Filter;
use crate::odata::json;
use crate::odata::query::{Count, Direction, Query};
use crate::schema::{EntitySet, Language, Link, Multiplicity, Property};
use crate::store::Guid;
use crate::wire::{percent_encode, split_outside_quotes};
use crate::world::{Value, World};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 6;

/// One expanded navigation property with the rows it leads to.
#[derive(Debug)]
pub(crate) struct Expanded<'a> {
    name: &'a str,
    own: &'a Property,
    table: usize,
    multiplicity: Multiplicity,
    rows: FxHashMap<Guid, Vec<u32>>,
    writer: RowWriter<'a>,
}

impl Expanded<'_> {
    /// Appends the property with its record or records.
    pub(crate) fn write(&self, out: &mut Vec<u8>, world: &World, row: u32) {
        out.push(b',');
        json::text(out, self.name);
        out.push(b':');
        let below = guid(world, self.table, row, self.own).and_then(|id| self.rows.get(&id));
        let below = below.map(Vec::as_slice).unwrap_or_default();
        match (self.multiplicity, below.first()) {
            (Multiplicity::ZeroOrOne, Some(first)) => self.writer.record(out, world, *first),
            (Multiplicity::ZeroOrOne, None) => out.extend_from_slice(b"null"),
            (Multiplicity::Many, _) => {
                out.push(b'[');
                for (at, row) in below.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    self.writer.record(out, world, *row);
                }
                out.push(b']');
            }
        }
    }
}

/// What a query expands below the rows of a page.
pub(crate) fn read<'a>(
    world: &World,
    target: &Target<'a>,
    query: &Query,
    rows: &[u32],
) -> Result<Vec<Expanded<'a>>, Refusal> {
    let reader = Reader { world, target, schema_version: query.schema_version.as_deref() };
    reader.below(target.set, query, rows, 0)
}

struct Reader<'a, 'w> {
    world: &'w World,
    target: &'w Target<'a>,
    schema_version: Option<&'w str>,
}

impl<'a> Reader<'a, '_> {
    fn below(
        &self,
        set: &'a EntitySet,
        query: &Query,
        rows: &[u32],
        depth: usize,
    ) -> Result<Vec<Expanded<'a>>, Refusal> {
        let Some(text) = query.expand.as_deref() else { return Ok(Vec::new()) };
        if depth >= MAX_DEPTH {
            return Err(refuse(400, "BadRequest", "The $expand is nested too deeply."));
        }
        let items = split_outside_quotes(text, &[',']);
        items.into_iter().map(|item| self.item(set, item.trim(), rows, depth)).collect()
    }

    fn item(
        &self,
        set: &'a EntitySet,
        item: &str,
        rows: &[u32],
        depth: usize,
    ) -> Result<Expanded<'a>, Refusal> {
        let (name, options) = match item.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')').unwrap_or(rest)),
            None => (item, ""),
        };
        let link = set.links.iter().find(|link| link.name == name).ok_or_else(|| unknown(set, name))?;
        let query = self.options(options)?;
        let missing = || unknown(set, name);
        let below = self.target.sets.get(link.target).ok_or_else(missing)?;
        let own = set.properties.get(link.own).ok_or_else(missing)?;
        let other = below.properties.get(link.other).ok_or_else(missing)?;
        let keys: Vec<Guid> = rows.iter().filter_map(|row| guid(self.world, set.table, *row, own)).collect();
        let mut found = self.rows(below, link, other, &keys)?;
        self.narrow(below, &query, &mut found)?;
        let all: Vec<u32> = found.values().flatten().copied().collect();
        let expanded = self.below(below, &query, &all, depth + 1)?;
        let writer = RowWriter::new(below, self.target.language(), &select(below, &query)?, expanded);
        let (table, multiplicity) = (set.table, link.multiplicity);
        Ok(Expanded { name: &link.name, own, table, multiplicity, rows: found, writer })
    }

    /// The options of one item: those of a query, parted by semicolons.
    fn options(&self, text: &str) -> Result<Query, Refusal> {
        let parts = split_outside_quotes(text, &[';']);
        let pairs = parts.iter().filter(|part| !part.trim().is_empty()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            format!("{}={}", percent_encode(name.trim()), percent_encode(value.trim()))
        });
        let raw = pairs.collect::<Vec<_>>().join("&");
        let mut query = Query::read(&raw).map_err(|message| refuse(400, "BadRequest", &message))?;
        let known = ["$select", "$expand", "$filter", "$orderby", "$top", "$skip"];
        if query.names.iter().any(|name| !known.contains(&name.as_str())) || query.count == Count::Yes {
            return Err(not_covered("A27 (option inside $expand)"));
        }
        query.schema_version = self.schema_version.map(str::to_owned);
        Ok(query)
    }

    /// The rows of the target by the GUID they are found by.
    fn rows(
        &self,
        below: &EntitySet,
        link: &Link,
        other: &Property,
        keys: &[Guid],
    ) -> Result<FxHashMap<Guid, Vec<u32>>, Refusal> {
        let mut found: FxHashMap<Guid, Vec<u32>> = FxHashMap::default();
        let Some(table) = self.world.table(below.table) else { return Ok(found) };
        let fixed: Vec<Filter> =
            below.fixed.iter().map(|(column, cell)| Filter::column_is(*column, *cell)).collect();
        let fixed = Filter::all(fixed);
        let belongs = |row: &u32| fixed.passes(self.world, below.table, *row);
        if link.multiplicity == Multiplicity::ZeroOrOne && link.other == below.key {
            for id in keys {
                if let Some(row) = table.find(*id).filter(belongs) {
                    found.insert(*id, vec![row]);
                }
            }
            return Ok(found);
        }
        for id in keys {
            found.entry(*id).or_default();
        }
        for row in table.rows_from(0).filter(belongs) {
            let rows = guid(self.world, below.table, row, other).and_then(|id| found.get_mut(&id));
            if let Some(rows) = rows {
                rows.push(row);
            }
        }
        Ok(found)
    }

    /// Applies filter, order, skip and top below each record.
    fn narrow(
        &self,
        below: &EntitySet,
        query: &Query,
        found: &mut FxHashMap<Guid, Vec<u32>>,
    ) -> Result<(), Refusal> {
        let filter = query.filter.as_deref().map(|text| bind(text, self.world, below, query)).transpose()?;
        let mut keys: Vec<(&Property, Direction)> = Vec::new();
        for (name, direction) in &query.order_by {
            let (_, property) = below.find(name).ok_or_else(|| unknown(below, name))?;
            keys.push((property, *direction));
        }
        for rows in found.values_mut() {
            if let Some(filter) = &filter {
                rows.retain(|row| filter.passes(self.world, below.table, *row));
            }
            crate::odata::order::sort_rows(self.world, below.table, &keys, rows);
            let skipped = query.skip.unwrap_or_default().min(rows.len());
            rows.drain(..skipped);
            rows.truncate(query.top.unwrap_or(usize::MAX));
        }
        Ok(())
    }
}

fn unknown(set: &EntitySet, name: &str) -> Refusal {
    if address::is_not_served(name) {
        return not_covered("D1 (entity set)");
    }
    let message =
        format!("Could not find a property named '{name}' on type 'Microsoft.NAV.{}'.", set.entity_type);
    refuse(400, "BadRequest", &message)
}

fn guid(world: &World, table: usize, row: u32, property: &Property) -> Option<Guid> {
    match world.value(table, row, property, Language::English) {
        Value::Guid(id) if id != Guid::ZERO => Some(id),
        _ => None,
    }
}
