//! Tables, columns and option sets as the metadata service writes them (B31, B32, B34).

use serde_json::{Map, Value, json};

use super::TYPE_PREFIX;
use crate::schema::dataverse::{Attribute, TableInfo};
use crate::schema::privileges::{Access, privilege_id};
use crate::store::{Guid, mix};

/// An id that is the same in every run.
pub(super) fn metadata_id(table: &str, column: &str) -> Guid {
    let seed =
        table.bytes().chain([b'.']).chain(column.bytes()).fold(7, |seed, byte| mix(seed ^ u64::from(byte)));
    Guid::of_row(seed, 0)
}

pub(super) fn label(english: &str, french: &str) -> Value {
    let text =
        |label: &str, language: u32| json!({"Label": label, "LanguageCode": language, "IsManaged": true});
    let labels = [text(english, 1033), text(french, 1036)];
    json!({"LocalizedLabels": labels, "UserLocalizedLabel": text(english, 1033)})
}

pub(super) fn managed(value: &Value) -> Value {
    json!({"Value": value, "CanBeChanged": false})
}

pub(super) fn table_value(info: &TableInfo) -> Value {
    json!({
        "MetadataId": metadata_id(&info.logical_name, "").to_string(),
        "LogicalName": info.logical_name,
        "SchemaName": info.schema_name,
        "EntitySetName": info.entity_set,
        "LogicalCollectionName": info.entity_set,
        "DisplayName": label(&info.label, &info.label_fr),
        "DisplayCollectionName": label(&info.label_plural, &info.label_plural_fr),
        "PrimaryIdAttribute": info.primary_id,
        "PrimaryNameAttribute": Some(&info.primary_name).filter(|name| !name.is_empty()),
        "OwnershipType": info.ownership,
        "ObjectTypeCode": info.object_type_code,
        "ChangeTrackingEnabled": info.change_tracking,
        "CanChangeTrackingBeEnabled": managed(&json!(!info.intersect)),
        "IsAuditEnabled": managed(&json!(info.audited)),
        "IsOptimisticConcurrencyEnabled": true,
        "IsCustomEntity": info.logical_name.contains('_'),
        "IsManaged": true,
        "IsActivity": false,
        "IsPrivate": false,
        "IsIntersect": info.intersect,
        "IsCustomizable": managed(&json!(true)),
        "CanCreateAttributes": managed(&json!(true)),
        "Privileges": info.accesses().map(|access| privilege(info, access)).collect::<Vec<Value>>(),
    })
}

/// Which privilege an access to the table needs.
fn privilege(info: &TableInfo, access: Access) -> Value {
    let name = info.privilege(access);
    let is_owned = info.ownership == "UserOwned";
    json!({
        "CanBeBasic": is_owned,
        "CanBeDeep": is_owned,
        "CanBeGlobal": true,
        "CanBeLocal": is_owned,
        "Name": name,
        "PrivilegeId": privilege_id(&name).to_string(),
        "PrivilegeType": access.name(),
    })
}

pub(super) fn metadata_type(attribute: &Attribute) -> &'static str {
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

pub(super) fn attribute_value(info: &TableInfo, attribute: &Attribute) -> Value {
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
        "IsCustomAttribute": is_custom(&attribute.name),
        "RequiredLevel": managed(&json!(required)),
    });
    if let Value::Object(object) = &mut value {
        specific(object, info, attribute);
    }
    value
}

/// Columns of solutions have their publisher's prefix.
fn is_custom(column: &str) -> bool {
    ["bcbi_", "nav_", "msdyn_", "cdm_", "dyn365bc_"].iter().any(|prefix| column.starts_with(prefix))
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
            let set = option_set(info, attribute);
            put("GlobalOptionSet", if attribute.global_set.is_some() { set.clone() } else { Value::Null });
            put("OptionSet", set);
        }
        _ => {}
    }
}

pub(super) fn option_set(info: &TableInfo, attribute: &Attribute) -> Value {
    let option = |(at, (value, english, french)): (usize, &(i32, String, String))| {
        let mut option = json!({
            "Value": value, "Label": label(english, french), "Description": label("", ""), "Color": null,
            "IsManaged": true, "ExternalValue": "",
        });
        if attribute.attribute_type == "Status"
            && let Value::Object(object) = &mut option
        {
            // B45: the state a status reason belongs to.
            object.insert("State".to_owned(), json!(attribute.state_of(at, *value)));
            object.insert("TransitionData".to_owned(), Value::Null);
        }
        option
    };
    let options: Vec<Value> = attribute.options.iter().enumerate().map(option).collect();
    let global = attribute.global_set.as_deref();
    let own = format!("{}_{}", info.logical_name, attribute.name);
    let id = match global {
        Some(name) => metadata_id(name, "optionset"),
        None => metadata_id(&info.logical_name, &format!("{}.options", attribute.name)),
    };
    let mut set = json!({
        "MetadataId": id.to_string(),
        "Name": global.unwrap_or(&own),
        "IsGlobal": global.is_some(),
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
