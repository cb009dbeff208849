//! Where a path leads (A1 to A7, A24, A28): root, company, set, record, part below a record, action.

use super::errors::{Refusal, not_covered, refuse, unknown_record, unknown_set};
use super::read::Target;
use crate::odata::filter::Filter;
use crate::sandbox::{Call, Companion};
use crate::schema::{EntitySet, Language, Multiplicity, Property};
use crate::store::Guid;
use crate::wire::{Request, query_pairs};
use crate::world::{Value, World};

pub(crate) const API: &str = "/api/v2.0";
pub(crate) const COMPANION: &str = "/api/couplet/integration/v1.0";

/// Sets of API v2.0 that exist in the service and not in the sandbox, and parts of its records.
const NOT_SERVED: [&str; 19] = [
    "contactsInformation",
    "contactInformation",
    "customerContacts",
    "defaultDimensions",
    "dimensionSetLines",
    "dimensionValue",
    "pdfDocument",
    "picture",
    "documentAttachments",
    "attachments",
    "agedAccountsReceivable",
    "agedAccountsPayable",
    "account",
    "inventoryPostingGroup",
    "generalProductPostingGroup",
    "accounts",
    "dimensions",
    "salesCreditMemos",
    "employees",
];

/// What the end of a path addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Set,
    /// A row of the target's set.
    Record(u32),
    Count,
    /// A bound action on a row, without its namespace.
    Action(u32, String),
    /// A navigation property that leads nowhere now.
    Nothing,
}

/// The records below one record: those whose property is its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) property: &'a Property,
    pub(crate) id: Guid,
}

/// The API a path belongs to and the rest of the path.
pub(crate) fn api_root<'a>(path: &'a str, call: &Call<'_>) -> Result<(&'static str, &'a str), Refusal> {
    let roots = [API, COMPANION];
    let found = roots.into_iter().find_map(|root| path.strip_prefix(root).map(|rest| (root, rest)));
    match found.filter(|(_, rest)| rest.is_empty() || rest.starts_with('/')) {
        Some((COMPANION, _)) if call.companion == Companion::Missing => Err(unknown_set(path)), // A67
        Some(found) => Ok(found),
        None if path.starts_with("/api/microsoft/") => Err(not_covered("A3 (Microsoft's other APIs)")),
        None if path.starts_with("/ODataV4") => Err(not_covered("A4 (OData V4 web services)")),
        None => Err(unknown_set(path)),
    }
}

/// Takes the company off a path (A6); the rest of the path addresses a set.
pub(crate) fn company<'a, 'b>(
    world: &World,
    request: &Request<'_>,
    segments: &'b [&'a str],
) -> Result<(Option<Guid>, &'b [&'a str]), Refusal> {
    let table = world.schema.bc.table(2_000_000_006).unwrap_or(usize::MAX);
    let companies = world.table(table);
    let exists = |id: &Guid| companies.is_some_and(|companies| companies.find(*id).is_some());
    let not_found = || refuse(404, "Internal_CompanyNotFound", "Cannot find company.");
    if let (Some(("companies", Some(key))), true) =
        (segments.first().map(|segment| name_and_key(segment)), segments.len() > 1)
    {
        let id = Guid::parse(key).filter(exists).ok_or_else(not_found)?;
        return Ok((Some(id), segments.get(1..).unwrap_or_default()));
    }
    if let Some((_, text)) = query_pairs(request.query).into_iter().find(|(name, _)| name == "company") {
        return Ok((Some(Guid::parse(&text).filter(exists).ok_or_else(not_found)?), segments));
    }
    if let Some(name) = request.header("Company") {
        let row = world.row_of_code(table, 0, name).ok_or_else(not_found)?;
        return Ok((companies.and_then(|companies| companies.id(row)), segments));
    }
    // The only company is the fallback.
    Ok((companies.and_then(|companies| companies.id(0)), segments))
}

/// `customers(5d9c…)` is the set and the key.
pub(crate) fn name_and_key(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((name, key)) => (name, key.strip_suffix(')')),
        None => (segment, None),
    }
}

/// A24: keys are GUIDs without quotes; `id=…` names the only key.
fn parse_key(key: &str) -> Result<Guid, Refusal> {
    let text = key.strip_prefix("id=").or_else(|| key.strip_prefix("systemId=")).unwrap_or(key);
    Guid::parse(text.trim())
        .ok_or_else(|| refuse(400, "Application_InvalidGUID", &format!("'{key}' is not a valid key.")))
}

/// Follows a path below the company from set to set.
pub(crate) fn locate<'a>(
    world: &World,
    start: &Target<'a>,
    sets: &'a [EntitySet],
    segments: &[&str],
) -> Result<(Target<'a>, Part), Refusal> {
    let (name, key) = name_and_key(segments.first().copied().unwrap_or_default());
    let set = sets.iter().find(|set| set.name == name).ok_or_else(|| missing_set(name, start.root))?;
    let company = start.company.filter(|_| set.name != "companies");
    let base = company.map(|id| format!("companies({id})/")).unwrap_or_default();
    let mut target =
        Target { set, company, path: format!("{base}{}", set.name), scope: None, ..start.clone() };
    let mut key = key.map(str::to_owned);
    let mut rest = segments.get(1..).unwrap_or_default().iter().copied();
    loop {
        let Some(text) = key.take() else {
            return match (rest.next(), rest.next()) {
                (None, _) => Ok((target, Part::Set)),
                (Some("$count"), None) => Ok((target, Part::Count)),
                (Some(other), _) => Err(unknown_set(other)),
            };
        };
        let row = find(world, &target, parse_key(&text)?)?;
        let Some(segment) = rest.next() else { return Ok((target, Part::Record(row))) };
        if let Some(action) = segment.strip_prefix("Microsoft.NAV.") {
            return Ok((target, Part::Action(row, action.to_owned())));
        }
        let (name, below_key) = name_and_key(segment);
        let link = target.set.links.iter().find(|link| link.name == name);
        let link = link.ok_or_else(|| missing_set(name, target.root))?;
        let (own, set) = (target.set.properties.get(link.own), sets.get(link.target));
        let (Some(own), Some(set)) = (own, set) else { return Err(unknown_set(name)) };
        let id = match world.value(target.set.table, row, own, Language::English) {
            Value::Guid(id) => id,
            _ => Guid::ZERO,
        };
        let path = format!("{}({text})/{name}", target.path);
        let scope = set.properties.get(link.other).map(|property| Scope { property, id });
        target = Target { set, path, ..target };
        match link.multiplicity {
            Multiplicity::Many => {
                target.scope = scope;
                key = below_key.map(str::to_owned);
            }
            Multiplicity::ZeroOrOne if id == Guid::ZERO => return Ok((target, Part::Nothing)),
            Multiplicity::ZeroOrOne => {
                target.scope = None;
                key = Some(id.to_string());
            }
        }
    }
}

/// Whether a set or a part exists in the service and not in the sandbox.
pub(crate) fn is_not_served(name: &str) -> bool {
    NOT_SERVED.contains(&name)
}

fn missing_set(name: &str, root: &str) -> Refusal {
    if root.ends_with(API) && is_not_served(name) {
        return not_covered("D1 (entity set)");
    }
    unknown_set(name)
}

/// The row of a set with an id: of the set's own records and below the record that the path names.
pub(crate) fn find(world: &World, target: &Target<'_>, id: Guid) -> Result<u32, Refusal> {
    let table = world.table(target.set.table);
    let row = table.and_then(|table| table.find(id)).ok_or_else(unknown_record)?;
    let belongs = limits(target).is_none_or(|filter| filter.passes(world, target.set.table, row));
    if belongs { Ok(row) } else { Err(unknown_record()) }
}

/// What a set and its place in the path demand of a row; none when every row of the table will do.
pub(crate) fn limits(target: &Target<'_>) -> Option<Filter> {
    let fixed = target.set.fixed.iter().map(|(column, cell)| Filter::column_is(*column, *cell));
    let scope = target.scope.iter().map(|scope| Filter::property_is(scope.property, scope.id));
    let filters: Vec<Filter> = fixed.chain(scope).collect();
    if filters.is_empty() { None } else { Some(Filter::all(filters)) }
}
