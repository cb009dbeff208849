//! Dataverse's descriptions of itself: tables, columns by type, option sets, relationships (B31 to B36).

use serde_json::{Map, Value, json};

use super::errors::{JSON, MALFORMED_QUERY, Refusal, not_covered, refuse, unknown_segment};
use crate::odata::syntax::{self, Expression, Literal, Operand, Operator};
use crate::schema::dataverse::{Attribute, DataverseSchema, DvTable, TableInfo};
use crate::store::{Guid, mix};
use crate::wire::{Request, Response, query_pairs, split_outside_quotes};

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

/// Answers a path that begins with `EntityDefinitions`.
pub(crate) fn answer(
    schema: &DataverseSchema,
    root: &str,
    request: &Request<'_>,
    segments: &[&str],
) -> Result<Response, Refusal> {
    let options = Options::read(request.query)?;
    let first = segments.first().copied().unwrap_or_default();
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
        Some("ManyToOneRelationships") => {
            let rows = relationships(schema, &table.info);
            collection(root, "ManyToOneRelationships", pairs(rows, &options), &options)
        }
        Some("OneToManyRelationships" | "ManyToManyRelationships") => Err(not_covered("B35 (relationships)")),
        Some("Keys") => collection(root, "Keys", Vec::new(), &options), // B36: no alternate keys are defined
        Some(segment) if segment.starts_with("Attributes") => {
            attributes(root, table, segments.get(1..).unwrap_or_default(), &options)
        }
        Some(segment) => Err(unknown_segment(segment)),
    }
}

fn parenthesized(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

fn find_table<'a>(schema: &'a DataverseSchema, key: &str) -> Result<&'a DvTable, Refusal> {
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
            "ManyToOneRelationships" => relationships(schema, &table.info),
            "Keys" => Vec::new(),
            _ => return Err(not_covered("B35 (expansion of metadata)")),
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

/// An id that is the same in every run.
fn metadata_id(table: &str, column: &str) -> Guid {
    let seed =
        table.bytes().chain([b'.']).chain(column.bytes()).fold(7, |seed, byte| mix(seed ^ u64::from(byte)));
    Guid::of_row(seed, 0)
}

fn label(english: &str, french: &str) -> Value {
    let text =
        |label: &str, language: u32| json!({"Label": label, "LanguageCode": language, "IsManaged": true});
    let labels = [text(english, 1033), text(french, 1036)];
    json!({"LocalizedLabels": labels, "UserLocalizedLabel": text(english, 1033)})
}

fn managed(value: &Value) -> Value {
    json!({"Value": value, "CanBeChanged": false})
}

fn table_value(info: &TableInfo) -> Value {
    json!({
        "MetadataId": metadata_id(&info.logical_name, "").to_string(),
        "LogicalName": info.logical_name,
        "SchemaName": info.schema_name,
        "EntitySetName": info.entity_set,
        "LogicalCollectionName": info.entity_set,
        "DisplayName": label(&info.label, &info.label_fr),
        "DisplayCollectionName": label(&info.label_plural, &info.label_plural_fr),
        "PrimaryIdAttribute": info.primary_id,
        "PrimaryNameAttribute": info.primary_name,
        "OwnershipType": info.ownership,
        "ObjectTypeCode": info.object_type_code,
        "ChangeTrackingEnabled": info.change_tracking,
        "CanChangeTrackingBeEnabled": managed(&json!(true)),
        "IsOptimisticConcurrencyEnabled": true,
        "IsCustomEntity": info.logical_name.contains('_'),
        "IsManaged": true,
        "IsActivity": false,
        "IsPrivate": false,
        "IsIntersect": false,
        "IsCustomizable": managed(&json!(true)),
        "CanCreateAttributes": managed(&json!(true)),
    })
}

fn metadata_type(attribute: &Attribute) -> &'static str {
    match attribute.attribute_type.as_str() {
        "Picklist" => "PicklistAttributeMetadata",
        "State" => "StateAttributeMetadata",
        "Status" => "StatusAttributeMetadata",
        "Boolean" => "BooleanAttributeMetadata",
        "String" => "StringAttributeMetadata",
        "Memo" => "MemoAttributeMetadata",
        "Money" => "MoneyAttributeMetadata",
        "Decimal" => "DecimalAttributeMetadata",
        "Double" => "DoubleAttributeMetadata",
        "Integer" => "IntegerAttributeMetadata",
        "BigInt" => "BigIntAttributeMetadata",
        "Lookup" | "Owner" | "Customer" => "LookupAttributeMetadata",
        "DateTime" => "DateTimeAttributeMetadata",
        "EntityName" => "EntityNameAttributeMetadata",
        "Uniqueidentifier" => "UniqueIdentifierAttributeMetadata",
        _ => "AttributeMetadata",
    }
}

fn attribute_value(info: &TableInfo, attribute: &Attribute) -> Value {
    let caption = attribute.caption();
    let required = attribute.required.as_deref().unwrap_or("None");
    let base = attribute.name.strip_suffix("name").or_else(|| attribute.name.strip_suffix("type"));
    let owner = base.filter(|base| attribute.companion && info.column(base).is_some());
    let writable = !attribute.read_only;
    let mut value = json!({
        "@odata.type": format!("#{TYPE_PREFIX}{}", metadata_type(attribute)),
        "MetadataId": metadata_id(&info.logical_name, &attribute.name).to_string(),
        "EntityLogicalName": info.logical_name,
        "LogicalName": attribute.name,
        "SchemaName": attribute.name,
        "AttributeType": attribute.attribute_type,
        "AttributeTypeName": {"Value": format!("{}Type", attribute.attribute_type)},
        "AttributeOf": owner,
        "DisplayName": label(&caption.english, &caption.french),
        "IsPrimaryId": attribute.name == info.primary_id,
        "IsPrimaryName": attribute.name == info.primary_name,
        "IsValidForRead": true,
        "IsValidForCreate": writable,
        "IsValidForUpdate": writable && !attribute.create_only,
        "IsLogical": attribute.companion,
        "IsCustomAttribute": attribute.name.contains('_') && attribute.name.starts_with("bcbi"),
        "RequiredLevel": managed(&json!(required)),
    });
    if let Value::Object(object) = &mut value {
        specific(object, info, attribute);
    }
    value
}

/// What only columns of one type have.
fn specific(object: &mut Map<String, Value>, info: &TableInfo, attribute: &Attribute) {
    let mut put = |name: &str, value: Value| {
        object.insert(name.to_owned(), value);
    };
    match attribute.attribute_type.as_str() {
        "String" => {
            put("MaxLength", json!(attribute.max.unwrap_or(100)));
            put("Format", json!("Text"));
        }
        "Memo" => put("MaxLength", json!(attribute.max.unwrap_or(2_000))),
        "Money" => {
            put("Precision", json!(2));
            put("PrecisionSource", json!(2));
            put("MinValue", json!(-922_337_203_685_477_i64));
            put("MaxValue", json!(922_337_203_685_477_i64));
        }
        "Decimal" => {
            put("Precision", json!(10));
            put("MinValue", json!(-100_000_000_000_i64));
            put("MaxValue", json!(100_000_000_000_i64));
        }
        "Double" => put("Precision", json!(5)),
        "Integer" => {
            put("MinValue", json!(i32::MIN));
            put("MaxValue", json!(i32::MAX));
        }
        "Lookup" | "Owner" | "Customer" => put("Targets", json!(attribute.targets)),
        "DateTime" => {
            let (format, behavior) =
                if attribute.date_only { ("DateOnly", "DateOnly") } else { ("DateAndTime", "UserLocal") };
            put("Format", json!(format));
            put("DateTimeBehavior", json!({"Value": behavior}));
        }
        "Picklist" | "State" | "Status" | "Boolean" => {
            put("OptionSet", option_set(info, attribute));
            put("GlobalOptionSet", Value::Null);
        }
        _ => {}
    }
}

fn option_set(info: &TableInfo, attribute: &Attribute) -> Value {
    let option = |(value, english, french): &(i32, String, String)| {
        let mut option = json!({
            "Value": value, "Label": label(english, french), "Description": label("", ""), "Color": null,
            "IsManaged": true, "ExternalValue": "",
        });
        if attribute.attribute_type == "Status"
            && let Value::Object(object) = &mut option
        {
            // B45: the state a status reason belongs to.
            object.insert("State".to_owned(), json!(value - 1));
            object.insert("TransitionData".to_owned(), Value::Null);
        }
        option
    };
    let options: Vec<Value> = attribute.options.iter().map(option).collect();
    let mut set = json!({
        "MetadataId": metadata_id(&info.logical_name, &format!("{}.options", attribute.name)).to_string(),
        "Name": format!("{}_{}", info.logical_name, attribute.name),
        "IsGlobal": false,
        "IsCustomOptionSet": false,
        "OptionSetType": attribute.attribute_type,
    });
    if let Value::Object(object) = &mut set {
        if attribute.attribute_type == "Boolean" {
            object.insert("FalseOption".to_owned(), options.first().cloned().unwrap_or(Value::Null));
            object.insert("TrueOption".to_owned(), options.get(1).cloned().unwrap_or(Value::Null));
        } else {
            object.insert("Options".to_owned(), Value::Array(options));
        }
    }
    set
}

/// B35: one relationship per lookup and target, with the names that expanding and binding need.
fn relationships(schema: &DataverseSchema, info: &TableInfo) -> Vec<Value> {
    let table = schema.by_logical_name(&info.logical_name);
    let lookups =
        table.into_iter().flat_map(|table| &table.set.properties).filter(|it| !it.targets.is_empty());
    lookups
        .flat_map(|lookup| {
            lookup.targets.iter().zip(&lookup.navigation).map(move |(target, name)| (lookup, target, name))
        })
        .filter(|(.., name)| !name.is_empty())
        .map(|(lookup, target, name)| {
            let schema_name = format!("{}_{}_{target}", info.logical_name, lookup.column_name);
            json!({
                "MetadataId": metadata_id(&info.logical_name, &schema_name).to_string(),
                "SchemaName": schema_name,
                "ReferencingEntity": info.logical_name,
                "ReferencingAttribute": lookup.column_name,
                "ReferencingEntityNavigationPropertyName": name,
                "ReferencedEntity": target,
                "ReferencedAttribute": schema.by_logical_name(target).map(|it| it.info.primary_id.clone()),
            })
        })
        .collect()
}
