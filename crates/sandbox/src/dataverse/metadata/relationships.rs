//! Relationships as the metadata service writes them (B35).

use serde_json::{Value, json};

use super::values::metadata_id;
use super::{Options, TYPE_PREFIX, collection, pairs};
use crate::dataverse::errors::{MALFORMED_QUERY, Refusal, refuse, unknown_segment};
use crate::schema::dataverse::{Association, DataverseSchema, OnDelete, Relationship, TableInfo};
use crate::wire::Response;

/// The relationships of a table, by the name of the list.
pub(super) fn of_table(schema: &DataverseSchema, info: &TableInfo, kind: &str) -> Vec<Value> {
    let all = schema.relationships.iter();
    match kind {
        "ManyToOneRelationships" => {
            all.filter(|it| it.referencing == info.logical_name).map(|it| one_to_many(schema, it)).collect()
        }
        "OneToManyRelationships" => {
            all.filter(|it| it.referenced == info.logical_name).map(|it| one_to_many(schema, it)).collect()
        }
        _ => {
            let own = |it: &&Association| it.sides.iter().any(|(table, _)| *table == info.logical_name);
            schema.associations.iter().filter(own).map(many_to_many).collect()
        }
    }
}

/// `RelationshipDefinitions`, with a cast or one of them by its schema name.
pub(super) fn definitions(
    schema: &DataverseSchema,
    root: &str,
    segments: &[&str],
    options: &Options,
) -> Result<Response, Refusal> {
    let name = "RelationshipDefinitions";
    let all = || {
        let single = schema.relationships.iter().map(|it| one_to_many(schema, it));
        single.chain(schema.associations.iter().map(many_to_many))
    };
    let first = segments.first().copied().unwrap_or_default();
    if let Some(key) = first.strip_prefix(name).and_then(super::parenthesized) {
        let wanted = key.strip_prefix("SchemaName=").map(|it| it.trim_matches('\''));
        let found = all().find(|it| match wanted {
            Some(name) => it.get("SchemaName").and_then(Value::as_str) == Some(name),
            None => {
                it.get("MetadataId").and_then(Value::as_str) == Some(key.trim_start_matches("MetadataId="))
            }
        });
        let found = found.ok_or_else(|| {
            refuse(404, MALFORMED_QUERY, &format!("Could not find a relationship with name or id: {key}"))
        })?;
        let mut body = super::shaped(&found, options);
        super::add_context(&mut body, root, &format!("{name}/$entity"));
        return Ok(super::respond(&body));
    }
    let cast = match segments.get(1) {
        None => None,
        Some(cast) => Some(cast.strip_prefix(TYPE_PREFIX).ok_or_else(|| unknown_segment(cast))?),
    };
    let is_type = |it: &Value| {
        let own = it.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
        cast.is_none_or(|cast| {
            own.strip_prefix('#').and_then(|it| it.strip_prefix(TYPE_PREFIX)) == Some(cast)
        })
    };
    collection(root, name, pairs(all().filter(is_type).collect(), options), options)
}

fn one_to_many(schema: &DataverseSchema, it: &Relationship) -> Value {
    let delete = match it.on_delete {
        OnDelete::RemoveLink => "RemoveLink",
        OnDelete::Cascade => "Cascade",
        OnDelete::Restrict => "Restrict",
    };
    json!({
        "@odata.type": format!("#{TYPE_PREFIX}OneToManyRelationshipMetadata"),
        "MetadataId": metadata_id(&it.referencing, &it.name).to_string(),
        "SchemaName": it.name,
        "RelationshipType": "OneToManyRelationship",
        "IsCustomRelationship": it.attribute.contains('_'),
        "ReferencingEntity": it.referencing,
        "ReferencingAttribute": it.attribute,
        "ReferencingEntityNavigationPropertyName": it.navigation,
        "ReferencedEntity": it.referenced,
        "ReferencedAttribute": schema.by_logical_name(&it.referenced).map(|it| it.info.primary_id.clone()),
        "ReferencedEntityNavigationPropertyName": it.name,
        "CascadeConfiguration": {"Delete": delete},
    })
}

fn many_to_many(it: &Association) -> Value {
    let [first, second] = &it.sides;
    json!({
        "@odata.type": format!("#{TYPE_PREFIX}ManyToManyRelationshipMetadata"),
        "MetadataId": metadata_id(&it.intersect, &it.name).to_string(),
        "SchemaName": it.name,
        "RelationshipType": "ManyToManyRelationship",
        "IsCustomRelationship": false,
        "IntersectEntityName": it.intersect,
        "Entity1LogicalName": first.0,
        "Entity1IntersectAttribute": first.1,
        "Entity1NavigationPropertyName": it.name,
        "Entity2LogicalName": second.0,
        "Entity2IntersectAttribute": second.1,
        "Entity2NavigationPropertyName": it.name,
    })
}
