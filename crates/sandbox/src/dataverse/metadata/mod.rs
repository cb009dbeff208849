//! Dataverse's descriptions of itself: addresses and options of metadata queries (B31 to B36).

pub(super) mod keys;
mod relationships;
mod values;

use serde_json::{Map, Value, json};

use super::errors::{JSON, MALFORMED_QUERY, Refusal, not_covered, refuse, unknown_segment};
use crate::odata::syntax::{self, Expression, Literal, Operand, Operator};
use crate::schema::dataverse::{Attribute, DataverseSchema, DvTable};
use crate::store::Guid;
use crate::wire::{Request, Response, query_pairs, split_outside_quotes};
use values::{attribute_value, metadata_id, metadata_type, option_set, table_value};

const TYPE_PREFIX: &str = "Microsoft.Dynamics.CRM.";

/// GET on the API root.
pub(crate) fn service_document(root: &str, schema: &DataverseSchema) -> Response {
    let sets: Vec<Value> = schema
        .tables
        .iter()
        .map(|it| json!({"name": it.info.entity_set, "kind": "EntitySet", "url": it.info.entity_set}))
        .collect();
    respond(&json!({"@odata.context": format!("{root}/$metadata"), "value": sets}))
}

fn respond(body: &Value) -> Response {
    Response::with_body(200, JSON, body.to_string().into_bytes()).header("OData-Version", "4.0")
}

/// Answers a path that begins with `EntityDefinitions`, `RelationshipDefinitions` or
/// `GlobalOptionSetDefinitions`.
pub(crate) fn answer(
    schema: &DataverseSchema,
    root: &str,
    request: &Request<'_>,
    segments: &[&str],
) -> Result<Response, Refusal> {
    let options = Options::read(request.query)?;
    let first = segments.first().copied().unwrap_or_default();
    if first.starts_with("RelationshipDefinitions") {
        return relationships::definitions(schema, root, segments, &options);
    }
    if let Some(key) = first.strip_prefix("GlobalOptionSetDefinitions") {
        return global_option_sets(schema, root, parenthesized(key), &options);
    }
    let Some(key) = first.strip_prefix("EntityDefinitions").and_then(parenthesized) else {
        if segments.len() > 1 {
            return Err(unknown_segment(segments.get(1).copied().unwrap_or_default()));
        }
        let mut rows = Vec::new();
        for table in &schema.tables {
            rows.push((definition(schema, table, &options)?, table_value(&table.info)));
        }
        return collection(root, "EntityDefinitions", rows, &options);
    };
    let table = find_table(schema, key)?;
    match segments.get(1).copied() {
        None => {
            let mut body = definition(schema, table, &options)?;
            add_context(&mut body, root, "EntityDefinitions/$entity");
            Ok(respond(&body))
        }
        Some(kind @ ("ManyToOneRelationships" | "OneToManyRelationships" | "ManyToManyRelationships")) => {
            let rows = relationships::of_table(schema, &table.info, kind);
            collection(root, kind, pairs(rows, &options), &options)
        }
        Some("Keys") => collection(root, "Keys", pairs(keys::values(&table.info), &options), &options),
        Some(segment) if segment.starts_with("Attributes") => {
            attributes(root, table, segments.get(1..).unwrap_or_default(), &options)
        }
        Some(segment) => Err(unknown_segment(segment)),
    }
}

pub(super) fn parenthesized(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

pub(super) fn find_table<'a>(schema: &'a DataverseSchema, key: &str) -> Result<&'a DvTable, Refusal> {
    let by_name = key.strip_prefix("LogicalName=").map(|name| name.trim_matches('\''));
    let id = Guid::parse(key.strip_prefix("MetadataId=").unwrap_or(key));
    let found = schema.tables.iter().find(|table| match (by_name, id) {
        (Some(name), _) => table.info.logical_name == name,
        (None, Some(id)) => metadata_id(&table.info.logical_name, "") == id,
        (None, None) => false,
    });
    found.ok_or_else(|| {
        let message = format!("Could not find an entity with specified entity name or id: {key}");
        refuse(404, "0x80060888", &message)
    })
}

/// Columns: all, of one type by a cast, or one by its name, down to its option set (B32, B34).
fn attributes(
    root: &str,
    table: &DvTable,
    segments: &[&str],
    options: &Options,
) -> Result<Response, Refusal> {
    let first = segments.first().copied().unwrap_or_default();
    let cast = segments.get(1).and_then(|segment| segment.strip_prefix(TYPE_PREFIX));
    if segments.len() > 1 && cast.is_none() {
        return Err(unknown_segment(segments.get(1).copied().unwrap_or_default()));
    }
    let chosen = |attribute: &&Attribute| cast.is_none_or(|cast| cast == metadata_type(attribute));
    if let Some(key) = first.strip_prefix("Attributes").and_then(parenthesized) {
        let name = key.strip_prefix("LogicalName=").unwrap_or(key).trim_matches('\'');
        let found = table.info.attributes.iter().find(|it| it.name == name).filter(chosen);
        let attribute = found.ok_or_else(|| {
            refuse(404, "0x80060888", &format!("Could not find an attribute with specified name: {name}"))
        })?;
        let mut body = match segments.get(2).copied() {
            None => shaped(&attribute_value(&table.info, attribute), options),
            Some("OptionSet") if !attribute.options.is_empty() => option_set(&table.info, attribute),
            Some("GlobalOptionSet") if attribute.global_set.is_some() => option_set(&table.info, attribute),
            Some("GlobalOptionSet") => Value::Null,
            Some(other) => return Err(unknown_segment(other)),
        };
        add_context(&mut body, root, "Attributes/$entity");
        return Ok(respond(&body));
    }
    let rows =
        table.info.attributes.iter().filter(chosen).map(|it| attribute_value(&table.info, it)).collect();
    collection(root, "Attributes", pairs(rows, options), options)
}

fn pairs(rows: Vec<Value>, options: &Options) -> Vec<(Value, Value)> {
    rows.into_iter().map(|row| (shaped(&row, options), row)).collect()
}

/// B34: global option sets, all or one; they cannot be filtered.
fn global_option_sets(
    schema: &DataverseSchema,
    root: &str,
    key: Option<&str>,
    options: &Options,
) -> Result<Response, Refusal> {
    if options.filter.is_some() {
        let message = "The query parameter $filter is not supported on GlobalOptionSetDefinitions.";
        return Err(refuse(400, MALFORMED_QUERY, message));
    }
    let mut sets: Vec<Value> = Vec::new();
    for table in &schema.tables {
        for attribute in table.info.attributes.iter().filter(|it| it.global_set.is_some()) {
            let set = option_set(&table.info, attribute);
            if !sets.iter().any(|known| known.get("Name") == set.get("Name")) {
                sets.push(set);
            }
        }
    }
    let Some(key) = key else {
        return collection(root, "GlobalOptionSetDefinitions", pairs(sets, options), &Options::default());
    };
    let name = key.strip_prefix("Name=").map(|name| name.trim_matches('\''));
    let id = key.strip_prefix("MetadataId=").unwrap_or(key);
    let is = |set: &&Value, field: &str, wanted: &str| set.get(field).and_then(Value::as_str) == Some(wanted);
    let found = sets.iter().find(|set| match name {
        Some(name) => is(set, "Name", name),
        None => is(set, "MetadataId", id),
    });
    let set = found.ok_or_else(|| {
        refuse(404, MALFORMED_QUERY, &format!("Could not find an optionset with specified name or id: {key}"))
    })?;
    let mut body = shaped(set, options);
    add_context(&mut body, root, "GlobalOptionSetDefinitions/$entity");
    Ok(respond(&body))
}

/// Rows as asked for, next to their whole form for the filter.
fn collection(
    root: &str,
    name: &str,
    rows: Vec<(Value, Value)>,
    options: &Options,
) -> Result<Response, Refusal> {
    let mut passing = Vec::new();
    for (row, whole) in rows {
        let passes = match &options.filter {
            Some(filter) => test(filter, &whole)?,
            None => true,
        };
        if passes {
            passing.push(row);
        }
    }
    Ok(respond(&json!({"@odata.context": format!("{root}/$metadata#{name}"), "value": passing})))
}

fn add_context(body: &mut Value, root: &str, name: &str) {
    if let Value::Object(object) = body {
        object.insert("@odata.context".to_owned(), Value::String(format!("{root}/$metadata#{name}")));
    }
}

/// `$select`, `$expand` and `$filter` of a metadata query.
#[derive(Debug, Default)]
struct Options {
    select: Option<Vec<String>>,
    expand: Vec<(String, Options)>,
    filter: Option<Expression>,
}

impl Options {
    fn read(query: &str) -> Result<Self, Refusal> {
        Self::from_pairs(&query_pairs(query))
    }

    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut options = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "$select" => options.select = Some(value.split(',').map(|it| it.trim().to_owned()).collect()),
                "$filter" => {
                    let read = syntax::parse(value);
                    options.filter =
                        Some(read.map_err(|error| refuse(400, MALFORMED_QUERY, &error.message))?);
                }
                "$expand" => {
                    for part in split_outside_quotes(value, &[',']) {
                        options.expand.push(expansion(part.trim())?);
                    }
                }
                "LabelLanguages" | "$count" => {}
                other => {
                    let message = format!("The query parameter {other} is not supported on metadata.");
                    return Err(refuse(400, MALFORMED_QUERY, &message));
                }
            }
        }
        Ok(options)
    }

    fn expands(&self, name: &str) -> Option<&Options> {
        self.expand.iter().find(|(known, _)| known == name).map(|(_, options)| options)
    }
}

fn expansion(text: &str) -> Result<(String, Options), Refusal> {
    let Some((name, inside)) = text.split_once('(') else { return Ok((text.to_owned(), Options::default())) };
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let parts = split_outside_quotes(inside, &[';']);
    let pairs: Vec<(String, String)> = parts
        .iter()
        .filter_map(|part| part.trim().split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .collect();
    Options::from_pairs(&pairs).map(|options| (name.trim().to_owned(), options))
}

/// Keeps what was selected; option sets only appear when expanded.
fn shaped(whole: &Value, options: &Options) -> Value {
    let mut out = Map::new();
    for (name, value) in whole.as_object().into_iter().flatten() {
        let is_set = name == "OptionSet" || name == "GlobalOptionSet";
        let wanted = match (&options.select, is_set) {
            (_, true) => options.expands(name).is_some(),
            (None, false) => true,
            (Some(names), false) => {
                name.starts_with('@') || name == "MetadataId" || names.iter().any(|it| it == name)
            }
        };
        if wanted {
            let value = options.expands(name).map_or_else(|| value.clone(), |inner| shaped_set(value, inner));
            out.insert(name.clone(), value);
        }
    }
    Value::Object(out)
}

fn shaped_set(value: &Value, options: &Options) -> Value {
    if value.is_object() { shaped(value, options) } else { value.clone() }
}

fn definition(schema: &DataverseSchema, table: &DvTable, options: &Options) -> Result<Value, Refusal> {
    let mut body = shaped(&table_value(&table.info), options);
    let Value::Object(object) = &mut body else { return Ok(body) };
    for (name, inner) in &options.expand {
        let rows: Vec<Value> = match name.as_str() {
            "Attributes" => table.info.attributes.iter().map(|it| attribute_value(&table.info, it)).collect(),
            "ManyToOneRelationships" | "OneToManyRelationships" | "ManyToManyRelationships" => {
                relationships::of_table(schema, &table.info, name)
            }
            "Keys" => keys::values(&table.info),
            _ => return Err(not_covered("B31 (expansion of metadata)")),
        };
        let mut passing = Vec::new();
        for row in rows {
            if inner.filter.as_ref().map_or(Ok(true), |filter| test(filter, &row))? {
                passing.push(shaped(&row, inner));
            }
        }
        object.insert(name.clone(), Value::Array(passing));
    }
    Ok(body)
}

/// B33: enum values carry their type, complex properties are reached by a path.
fn test(filter: &Expression, whole: &Value) -> Result<bool, Refusal> {
    let unsupported = || refuse(400, MALFORMED_QUERY, "The filter is not supported on metadata.");
    match filter {
        Expression::And(parts) => {
            parts.iter().try_fold(true, |outcome, part| Ok(outcome & test(part, whole)?))
        }
        Expression::Or(parts) => {
            parts.iter().try_fold(false, |outcome, part| Ok(outcome | test(part, whole)?))
        }
        Expression::Not(inner) => test(inner, whole).map(|outcome| !outcome),
        Expression::Compare { left: Operand::Path(path), operator, right: Operand::Literal(literal) } => {
            let pointer = format!("/{path}");
            let value = whole.pointer(&pointer).ok_or_else(|| {
                refuse(400, MALFORMED_QUERY, &format!("Could not find a property named '{path}'."))
            })?;
            let same = match literal {
                Literal::Text(text) => value.as_str() == Some(text),
                Literal::Boolean(truth) => value.as_bool() == Some(*truth),
                Literal::Number(number) => value.as_i64().is_some_and(|it| number.parse() == Ok(it)),
                Literal::Guid(id) => value.as_str() == Some(&id.to_string()),
                Literal::Null => value.is_null(),
                Literal::Moment(_) => return Err(unsupported()),
            };
            match operator {
                Operator::Eq => Ok(same),
                Operator::Ne => Ok(!same),
                _ => Err(unsupported()),
            }
        }
        _ => Err(unsupported()),
    }
}
