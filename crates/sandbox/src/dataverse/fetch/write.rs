//! Answers to FetchXML: pages with their cookie, rows without nulls, aggregates.

use rustc_hash::{FxHashMap, FxHashSet};

use super::parse::{Attribute, Fetch};
use super::run::{Place, Plan, Tuple};
use super::{condition, malformed};
use crate::dataverse::aggregate::{Method, json_of, quoted};
use crate::dataverse::errors::JSON;
use crate::dataverse::read::{LIMIT, applied_preferences};
use crate::dataverse::rows::{Annotations, annotate_as, etag};
use crate::dataverse::{Refusal, Target, not_covered, refuse};
use crate::odata::json;
use crate::schema::{Language, Property};
use crate::store::{Guid, civil_from_days};
use crate::wire::{Response, percent_encode};
use crate::world::{Value, World};

/// B29: without a cookie no row beyond this one is given.
const SIMPLE_PAGING_LIMIT: usize = 50_000;

/// Whether a row says which record it is: results that are to be distinct do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identity {
    Shown,
    Hidden,
}

/// Writes the page asked for.
pub(super) fn answer(
    world: &World,
    target: &Target<'_>,
    fetch: &Fetch,
    plan: &Plan<'_>,
    tuples: &[Tuple],
) -> Result<Response, Refusal> {
    let annotations = Annotations::wanted(target.request);
    let mut all: Vec<(Option<Guid>, String)> = if fetch.aggregate {
        aggregates(world, fetch, plan, tuples, annotations)?.into_iter().map(|row| (None, row)).collect()
    } else if fetch.distinct {
        let mut seen = FxHashSet::default();
        let mut rows = Vec::new();
        for tuple in tuples {
            let row = row(world, plan, tuple, (annotations, Identity::Hidden))?;
            if seen.insert(row.clone()) {
                rows.push((None, row));
            }
        }
        rows.drain(..rows.len().min((fetch.page - 1).saturating_mul(fetch.count.unwrap_or(LIMIT))));
        rows
    } else {
        let mut rows = Vec::with_capacity(tuples.len().min(LIMIT));
        let window = window(world, fetch, target, tuples)?;
        for tuple in tuples.get(window.clone()).unwrap_or_default() {
            rows.push((
                first_id(world, target, tuple),
                row(world, plan, tuple, (annotations, Identity::Shown))?,
            ));
        }
        let more = window.end < tuples.len() && fetch.top.is_none();
        return Ok(page(target, fetch, rows, (more, tuples.len()), annotations));
    };
    let total = all.len();
    all.truncate(fetch.top.or(fetch.count).unwrap_or(LIMIT).min(LIMIT));
    let more = all.len() < total && fetch.top.is_none();
    Ok(page(target, fetch, all, (more, total), annotations))
}

/// The part of the results that a page shows.
fn window(
    world: &World,
    fetch: &Fetch,
    target: &Target<'_>,
    tuples: &[Tuple],
) -> Result<std::ops::Range<usize>, Refusal> {
    let size = fetch.top.or(fetch.count).filter(|size| *size > 0).unwrap_or(LIMIT).min(LIMIT);
    let last = fetch.cookie.as_deref().and_then(last_of_cookie);
    let after = last.and_then(|last| {
        tuples.iter().rposition(|tuple| first_id(world, target, tuple) == Some(last)).map(|at| at + 1)
    });
    let start = match after {
        Some(start) => start,
        None => (fetch.page - 1).saturating_mul(size),
    };
    if fetch.cookie.is_none() && start.saturating_add(size) > SIMPLE_PAGING_LIMIT {
        let message = "Paging cookie is required when trying to retrieve a set of records on any high pages.";
        return Err(refuse(400, "0x80041103", message));
    }
    let start = start.min(tuples.len());
    Ok(start..start.saturating_add(size).min(tuples.len()))
}

fn first_id(world: &World, target: &Target<'_>, tuple: &Tuple) -> Option<Guid> {
    world.table(target.table.set.table)?.id(tuple.first().copied().flatten()?)
}

/// `<cookie page="1"><accountid last="{…}" first="{…}" /></cookie>`.
fn last_of_cookie(cookie: &str) -> Option<Guid> {
    let (_, rest) = cookie.split_once("last=\"")?;
    Guid::parse(rest.split('"').next()?.trim_matches(['{', '}']))
}

fn page(
    target: &Target<'_>,
    fetch: &Fetch,
    rows: Vec<(Option<Guid>, String)>,
    (more, total): (bool, usize),
    annotations: Annotations,
) -> Response {
    let mut out = b"{\"@odata.context\":".to_vec();
    json::text(&mut out, &format!("{}/$metadata#{}", target.root, target.table.info.entity_set));
    if fetch.total && annotations.counts {
        let (limited, exceeded) = (total.min(LIMIT), total > LIMIT);
        let text = format!(
            ",\"@Microsoft.Dynamics.CRM.totalrecordcount\":{limited},\
             \"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded\":{exceeded}"
        );
        out.extend_from_slice(text.as_bytes());
    }
    let ends = (rows.first().and_then(|it| it.0), rows.last().and_then(|it| it.0));
    if let (true, true, (Some(first), Some(last))) = (annotations.paging_cookie, more, ends) {
        let upper = |id: Guid| id.to_string().to_uppercase();
        let inner = format!(
            "<cookie page=\"{}\"><{key} last=\"{{{}}}\" first=\"{{{}}}\" /></cookie>",
            fetch.page,
            upper(last),
            upper(first),
            key = target.table.info.primary_id
        );
        // B29: to be decoded twice.
        let encoded = percent_encode(&percent_encode(&inner));
        let cookie = format!(
            "<cookie pagenumber=\"{}\" pagingcookie=\"{encoded}\" istracking=\"False\" />",
            fetch.page + 1
        );
        out.extend_from_slice(b",\"@Microsoft.Dynamics.CRM.fetchxmlpagingcookie\":");
        json::text(&mut out, &cookie);
    }
    if annotations.more_records {
        out.extend_from_slice(format!(",\"@Microsoft.Dynamics.CRM.morerecords\":{more}").as_bytes());
    }
    let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
    out.extend_from_slice(format!(",\"value\":[{}]}}", rows.join(",")).as_bytes());
    let response = Response::with_body(200, JSON, out).header("OData-Version", "4.0");
    applied_preferences(target.request, response)
}

/// The properties of an entity that a row shows, with their names.
fn shown<'a>(place: &Place<'a>, is_first: bool) -> Result<Vec<(&'a Property, String)>, Refusal> {
    let set = &place.table.set;
    let named = |property: &Property, alias: Option<&String>| match (alias, is_first) {
        (Some(alias), _) => alias.clone(),
        (None, true) => property.name.clone(),
        // Columns of linked entities go by their alias and logical name.
        (None, false) => format!("{}.{}", place.alias, property.column_name),
    };
    if place.entity.all_attributes || (is_first && place.entity.attributes.is_empty()) {
        return Ok(set.properties.iter().map(|it| (it, named(it, None))).collect());
    }
    let mut shown = Vec::new();
    if let Some(key) = set.properties.get(set.key).filter(|_| is_first) {
        shown.push((key, key.name.clone()));
    }
    for attribute in &place.entity.attributes {
        let property = condition::property(place.table, &attribute.name)?;
        if !is_first || attribute.name != place.table.info.primary_id {
            shown.push((property, named(property, attribute.alias.as_ref())));
        }
    }
    Ok(shown)
}

/// One row; nulls are left out (B20).
fn row(
    world: &World,
    plan: &Plan<'_>,
    tuple: &Tuple,
    (annotations, identity): (Annotations, Identity),
) -> Result<String, Refusal> {
    let mut out = Vec::new();
    for (at, place) in plan.places.iter().enumerate() {
        let table = place.table.set.table;
        let Some(row) = tuple.get(at).copied().flatten() else { continue };
        if at == 0 && identity == Identity::Shown {
            out.extend_from_slice(b",\"@odata.etag\":");
            json::text(&mut out, &etag(world, table, row));
        }
        for (property, name) in shown(place, at == 0)? {
            let asked = place.entity.attributes.iter().any(|it| it.name == property.column_name);
            let value = world.value(table, row, property, Language::English);
            let written = json_of(&value);
            if written == "null" || (identity == Identity::Hidden && !asked) {
                continue;
            }
            let named = (property, name.as_str(), value);
            annotate_as(&mut out, world, (table, row), named, (annotations, Language::English));
            out.extend_from_slice(format!(",{}:{written}", quoted(&name)).as_bytes());
        }
    }
    let fields = String::from_utf8(out).unwrap_or_default();
    Ok(format!("{{{}}}", fields.strip_prefix(',').unwrap_or_default()))
}

/// Groups and what is made of them.
fn aggregates(
    world: &World,
    fetch: &Fetch,
    plan: &Plan<'_>,
    tuples: &[Tuple],
    annotations: Annotations,
) -> Result<Vec<String>, Refusal> {
    let mut columns: Vec<(usize, &Property, &Attribute)> = Vec::new();
    for (at, place) in plan.places.iter().enumerate() {
        for attribute in &place.entity.attributes {
            columns.push((at, condition::property(place.table, &attribute.name)?, attribute));
        }
    }
    let value = |tuple: &Tuple, at: usize, property: &Property| -> Value<'_> {
        let table = plan.places.get(at).map_or(usize::MAX, |it| it.table.set.table);
        tuple
            .get(at)
            .copied()
            .flatten()
            .map_or(Value::Null, |row| world.value(table, row, property, Language::English))
    };
    let groups_by: Vec<_> = columns.iter().filter(|(.., attribute)| attribute.group_by).collect();
    let mut groups: Vec<(Vec<String>, Vec<&Tuple>)> = Vec::new();
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    for tuple in tuples {
        let key: Vec<String> =
            groups_by.iter().map(|(at, property, it)| group_value(value(tuple, *at, property), it)).collect();
        let place = *places.entry(key.join(",").to_lowercase()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, group)) => group.push(tuple),
            None => groups.push((key, vec![tuple])),
        }
    }
    if groups.is_empty() && groups_by.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    let mut rows = Vec::new();
    for (keys, group) in &groups {
        let mut fields: Vec<(String, String)> = Vec::new();
        for ((at, property, attribute), key) in groups_by.iter().zip(keys) {
            let name = alias(attribute)?;
            if let (Some(first), None) = (group.first(), &attribute.date_grouping) {
                let mut notes = Vec::new();
                let table = plan.places.get(*at).map_or(usize::MAX, |it| it.table.set.table);
                let row = first.get(*at).copied().flatten().unwrap_or_default();
                let named = (*property, name.as_str(), value(first, *at, property));
                annotate_as(&mut notes, world, (table, row), named, (annotations, Language::English));
                fields.push((String::new(), String::from_utf8(notes).unwrap_or_default()));
            }
            fields.push((name, key.clone()));
        }
        for (at, property, attribute) in columns.iter().filter(|(.., it)| !it.group_by) {
            let values: Vec<Value<'_>> = group.iter().map(|tuple| value(tuple, *at, property)).collect();
            fields.push((alias(attribute)?, outcome(attribute, &values)?));
        }
        rows.push(fields);
    }
    sort(&mut rows, fetch);
    Ok(rows.into_iter().map(object).collect())
}

fn alias(attribute: &Attribute) -> Result<String, Refusal> {
    let alias = attribute.alias.clone();
    alias.ok_or_else(|| malformed("An attribute needs an alias in an aggregate query."))
}

fn outcome(attribute: &Attribute, values: &[Value<'_>]) -> Result<String, Refusal> {
    let method = match (attribute.aggregate.as_deref(), attribute.distinct) {
        (Some("count"), _) => return Ok(values.len().to_string()),
        (Some("countcolumn"), false) => Method::Count,
        (Some("countcolumn"), true) => Method::CountDistinct,
        (Some("sum"), _) => Method::Sum,
        (Some("avg"), _) => Method::Average,
        (Some("min"), _) => Method::Min,
        (Some("max"), _) => Method::Max,
        (Some(_), _) => return Err(not_covered("B29 (other aggregates)")),
        (None, _) => return Err(malformed("An attribute is neither grouped by nor aggregated.")),
    };
    Ok(method.of(values))
}

fn group_value(value: Value<'_>, attribute: &Attribute) -> String {
    let (Value::Moment(moment), Some(unit)) = (value, attribute.date_grouping.as_deref()) else {
        return json_of(&value);
    };
    let day = moment.div_euclid(86_400_000);
    let (year, month, in_month) = civil_from_days(day);
    let first = crate::store::days_from_civil(year, 1, 1);
    match unit {
        "day" => in_month,
        "week" => (day - first + (first + 4).rem_euclid(7)) / 7 + 1,
        "month" => month,
        "quarter" => (month + 2) / 3,
        _ => year,
    }
    .to_string()
}

/// Orders of an aggregate query name aliases.
fn sort(rows: &mut [Vec<(String, String)>], fetch: &Fetch) {
    let field = |row: &[(String, String)], name: &str| {
        row.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    rows.sort_by(|a, b| {
        let orders = fetch.entity.orders.iter().map(|order| {
            let (a, b) = (field(a, &order.name), field(b, &order.name));
            let numbers = crate::odata::filter::scaled(&a).zip(crate::odata::filter::scaled(&b));
            let outcome = numbers.map_or_else(|| a.cmp(&b), |(a, b)| a.cmp(&b));
            if order.descending { outcome.reverse() } else { outcome }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
}

fn object(fields: Vec<(String, String)>) -> String {
    let mut seen = FxHashSet::default();
    let mut out = String::from("{\"@odata.id\":null");
    for (name, value) in fields {
        if name.is_empty() {
            out.push_str(&value);
        } else if value != "null" && seen.insert(name.clone()) {
            out.push_str(&format!(",{}:{value}", quoted(&name)));
        }
    }
    out.push('}');
    out
}
