//! `$apply` (B26): `filter(…)`, `aggregate(…)` and `groupby((…),aggregate(…))`, one after another.

use rustc_hash::FxHashMap;

use super::aggregate::{Method, json_of, quoted};
use super::errors::{self, JSON};
use super::rows::{Annotations, annotate_as};
use super::{MALFORMED_QUERY, Refusal, Target, not_covered, refuse, unknown_property};
use crate::odata::filter::Filter;
use crate::schema::{Language, Property};
use crate::wire::{Response, split_outside_quotes};
use crate::world::{Value, World};

/// One result of `aggregate(…)`.
struct Aggregate<'a> {
    /// None counts rows.
    property: Option<&'a Property>,
    method: Method,
    alias: String,
}

/// What a group looks like.
#[derive(Default)]
struct Shape<'a> {
    by: Vec<&'a Property>,
    aggregates: Vec<Aggregate<'a>>,
}

/// GET with `$apply`.
pub(super) fn answer(
    world: &World,
    target: &Target<'_>,
    text: &str,
    filter: Option<Filter>,
) -> Result<Response, Refusal> {
    let mut filters: Vec<Filter> = filter.into_iter().collect();
    let mut shape = None;
    for step in split_outside_quotes(text, &['/']) {
        let step = step.trim();
        let (name, inside) = call(step).ok_or_else(|| malformed(step))?;
        match name {
            "filter" if shape.is_none() => {
                let bound = Filter::bind(inside, world, &target.table.set, target.dialect());
                filters.push(bound.map_err(errors::filter)?);
            }
            "aggregate" if shape.is_none() => {
                let aggregates = aggregates(target, inside)?;
                shape = Some(Shape { by: Vec::new(), aggregates });
            }
            "groupby" if shape.is_none() => shape = Some(group_by(target, inside)?),
            "filter" | "aggregate" | "groupby" => {
                return Err(not_covered("B26 (transformations of groups in $apply)"));
            }
            _ => return Err(not_covered("B26 (other transformations in $apply)")),
        }
    }
    let shape = shape.ok_or_else(|| malformed(text))?;
    Ok(respond(world, target, &filters, &shape))
}

fn malformed(text: &str) -> Refusal {
    refuse(400, MALFORMED_QUERY, &format!("The $apply expression '{text}' cannot be read."))
}

/// `name(inside)`.
fn call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    Some((name.trim(), rest.trim_end().strip_suffix(')')?))
}

fn property<'a>(target: &Target<'a>, name: &str) -> Result<&'a Property, Refusal> {
    if name.contains('/') {
        return Err(not_covered("B26 (paths in $apply)"));
    }
    let set = &target.table.set;
    set.find(name).map(|(_, it)| it).ok_or_else(|| unknown_property(name, &set.entity_type))
}

fn group_by<'a>(target: &Target<'a>, inside: &str) -> Result<Shape<'a>, Refusal> {
    let mut shape = Shape::default();
    for (at, part) in split_outside_quotes(inside, &[',']).into_iter().enumerate() {
        let part = part.trim();
        if at == 0 {
            let names = part.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
            for name in names.ok_or_else(|| malformed(inside))?.split(',') {
                shape.by.push(property(target, name.trim())?);
            }
        } else {
            match call(part) {
                Some(("aggregate", inside)) if at == 1 => shape.aggregates = aggregates(target, inside)?,
                _ => return Err(malformed(inside)),
            }
        }
    }
    Ok(shape)
}

/// `revenue with sum as total,$count as number`.
fn aggregates<'a>(target: &Target<'a>, inside: &str) -> Result<Vec<Aggregate<'a>>, Refusal> {
    let one = |part: &str| match part.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["$count", "as", alias] => {
            Ok(Aggregate { property: None, method: Method::Count, alias: (*alias).to_owned() })
        }
        [name, "with", method, "as", alias] => {
            let method = match *method {
                "sum" => Method::Sum,
                "average" => Method::Average,
                "min" => Method::Min,
                "max" => Method::Max,
                "countdistinct" => Method::CountDistinct,
                _ => return Err(malformed(part)),
            };
            Ok(Aggregate { property: Some(property(target, name)?), method, alias: (*alias).to_owned() })
        }
        _ => Err(malformed(part)),
    };
    split_outside_quotes(inside, &[',']).into_iter().map(one).collect()
}

/// Groups in the order in which their first rows come.
fn respond(world: &World, target: &Target<'_>, filters: &[Filter], shape: &Shape<'_>) -> Response {
    let table = target.table.set.table;
    let mut groups: Vec<Vec<u32>> = if shape.by.is_empty() { vec![Vec::new()] } else { Vec::new() };
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    if shape.by.is_empty() {
        places.insert(String::new(), 0);
    }
    let value = |row: u32, property: &Property| world.value(table, row, property, Language::English);
    for row in world.table(table).into_iter().flat_map(|rows| rows.rows_from(0)) {
        if !filters.iter().all(|filter| filter.passes(world, table, row)) {
            continue;
        }
        let key: Vec<String> =
            shape.by.iter().map(|property| json_of(&value(row, property)).to_lowercase()).collect();
        let place = *places.entry(key.join(",")).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let annotations = Annotations::wanted(target.request);
    let rows: Vec<String> = groups
        .iter()
        .map(|group| {
            let mut out = Vec::new();
            if let Some(first) = group.first() {
                for property in &shape.by {
                    let value = value(*first, property);
                    let named = (*property, property.name.as_str(), value);
                    annotate_as(&mut out, world, (table, *first), named, (annotations, Language::English));
                    out.extend_from_slice(
                        format!(",{}:{}", quoted(&property.name), json_of(&value)).as_bytes(),
                    );
                }
            }
            for aggregate in &shape.aggregates {
                let outcome = match aggregate.property {
                    None => group.len().to_string(),
                    Some(property) => {
                        let values: Vec<Value<'_>> = group.iter().map(|row| value(*row, property)).collect();
                        aggregate.method.of(&values)
                    }
                };
                out.extend_from_slice(format!(",{}:{outcome}", quoted(&aggregate.alias)).as_bytes());
            }
            format!("{{\"@odata.id\":null{}}}", String::from_utf8_lossy(&out))
        })
        .collect();
    let context = quoted(&format!("{}/$metadata#{}", target.root, target.table.info.entity_set));
    let body = format!("{{\"@odata.context\":{context},\"value\":[{}]}}", rows.join(","));
    let response = Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0");
    super::read::applied_preferences(target.request, response)
}
