//! The setup as built against the JSON it was built from, read here a second time and in another way.

use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::mapping::PostFilter;

const COMPANY_ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

fn source() -> Value {
    serde_json::from_str(include_str!("../../data/default-setup-dataverse.json")).unwrap()
}

fn company() -> Company {
    Company { id: Uuid::parse_str(COMPANY_ID).unwrap(), name: "CRONUS".to_owned() }
}

/// Whether a part of the JSON with this `condition` is in the setup.
fn expected(condition: &Value, ownership: OwnershipModel, with_company: bool) -> bool {
    match condition.as_str() {
        None => true,
        Some("dataverseCompanyRowFound") => with_company,
        Some("ownershipModel=person") => ownership == OwnershipModel::Person,
        Some("ownershipModel=team") => ownership == OwnershipModel::Team,
        Some(other) => panic!("unknown condition {other}"),
    }
}

fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Bidirectional => "bidirectional",
        Direction::ToIntegrationTable => "toDataverse",
        Direction::FromIntegrationTable => "fromDataverse",
    }
}

fn text(value: &Option<String>) -> Value {
    value.clone().map_or(Value::Null, Value::String)
}

#[track_caller]
fn check_field(built: &FieldMapping, json: &Value, number: usize) {
    assert_eq!(built.number as usize, number, "{json}");
    assert_eq!(text(&built.field), json["bcField"], "{json}");
    assert_eq!(built.field_number.map_or(Value::Null, Value::from), json["bcFieldNo"], "{json}");
    assert_eq!(text(&built.column), json["dataverseAttribute"], "{json}");
    assert_eq!(direction_word(built.direction), json["direction"], "{json}");
    assert_eq!(text(&built.constant_value), json["constantValue"], "{json}");
    assert_eq!(built.validate_field, json["validateBc"], "{json}");
    assert_eq!(built.validate_integration_table_field, json["validateDataverse"], "{json}");
    assert_eq!(built.clear_value_on_failed_sync, json["clearValueOnFailedSync"], "{json}");
    assert_eq!(built.not_null, json["notNull"], "{json}");
    assert_eq!(built.status == FieldMappingStatus::Enabled, json["enabled"], "{json}");
    assert_eq!(text(&built.transformation_rule), json["transformationRule"], "{json}");
    assert_eq!(built.use_for_match_based_coupling, json["useForMatchBasedCoupling"], "{json}");
    let from = built.transformation_direction == TransformationDirection::FromIntegrationTable;
    assert_eq!(from, json["direction"] == "fromDataverse", "{json}");
    assert!(!built.case_sensitive_matching && !built.user_defined && built.match_priority == 0);
}

#[track_caller]
fn check_filter(built: &MappingFilter, json: &Value, name_key: &str, with_company: bool) {
    let conditions: Vec<(String, String)> = json
        .as_array()
        .unwrap()
        .iter()
        .filter(|condition| expected(&condition["condition"], OwnershipModel::Team, with_company))
        .map(|condition| {
            let text = condition["filterText"].as_str().unwrap();
            let placeholder = "<bcbi_companyid of the current Business Central company>";
            let id = "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}";
            (condition[name_key].as_str().unwrap().to_owned(), text.replace(placeholder, id))
        })
        .collect();
    let built: Vec<(String, String)> =
        built.conditions.iter().map(|it| (it.field.clone(), it.text.clone())).collect();
    assert_eq!(built, conditions);
}

#[track_caller]
fn check_template(built: &Option<Template>, json: &Value) {
    let Some(built) = built else {
        assert!(json.is_null());
        return;
    };
    assert_eq!(built.code, json["code"]);
    assert_eq!(built.description, json["description"]);
    let values: Vec<(String, String)> = match &json["fieldValues"] {
        Value::Array(values) => {
            let pair = |it: &Value| (it["attribute"].as_str().unwrap().to_owned(), it["value"].to_string());
            values.iter().map(pair).collect()
        }
        _ => Vec::new(),
    };
    assert_eq!(built.values, values);
}

#[track_caller]
fn check_mapping(
    built: &IntegrationTableMapping,
    json: &Value,
    ownership: OwnershipModel,
    with_company: bool,
) {
    assert_eq!(built.name.as_str(), json["name"]);
    assert_eq!(built.table.name, json["bc"]["table"]);
    assert_eq!(built.table.number, json["bc"]["tableId"]);
    assert_eq!(built.integration_table, json["dataverse"]["entity"]);
    assert_eq!(built.integration_uid.column(), json["dataverse"]["primaryKey"]);
    assert_eq!(built.is_option_mapping(), json["dataverse"]["isOptionSet"]);
    assert_eq!(direction_word(built.direction), json["direction"]);
    check_filter(&built.table_filter, &json["bcFilter"], "field", with_company);
    check_filter(&built.integration_table_filter, &json["dataverseFilter"], "attribute", with_company);
    assert_eq!(built.synch_only_coupled_records, json["synchOnlyCoupledRecords"]);
    assert_eq!(format!("{:?}", built.deletion_conflict_resolution), json["deletionConflictResolution"]);
    assert_eq!(format!("{:?}", built.update_conflict_resolution), json["updateConflictResolution"]);
    assert_eq!(built.synch_after_bulk_coupling, json["synchAfterBulkCoupling"]);
    assert_eq!(built.create_new_in_case_of_no_match, json["createNewInCaseOfNoMatch"]);
    assert_eq!(built.multi_company_synch_enabled, json["multiCompanySynchEnabled"]);
    assert_eq!(built.uncouple_by_job, json["uncoupleSupported"]);
    let dependencies = json["dependencyFilter"].as_array().unwrap();
    let dependency = dependencies.iter().find(|it| expected(&it["condition"], ownership, with_company));
    let joined = built.dependency_filter.iter().map(MappingName::as_str).collect::<Vec<_>>().join("|");
    assert_eq!(joined, dependency.map_or("", |it| it["filterText"].as_str().unwrap()));
    check_template(&built.table_template, &json["templates"]["bc"]);
    check_template(&built.integration_table_template, &json["templates"]["dataverse"]);
    let post_filter = built.post_filter == Some(PostFilter::ContactBusinessRelation);
    assert_eq!(post_filter, !json["postFilter"].is_null());
    assert!(!built.user_defined);
    let fields: Vec<&Value> = ["fields", "extraFields"]
        .into_iter()
        .flat_map(|key| json[key].as_array().unwrap())
        .filter(|field| expected(&field["condition"], ownership, with_company))
        .collect();
    assert_eq!(built.field_mappings.len(), fields.len());
    for (idx, (built, json)) in built.field_mappings.iter().zip(fields).enumerate() {
        check_field(built, json, idx + 1);
    }
}

#[track_caller]
fn check_job(built: &JobQueueEntry, json: &Value, defaults: &Value) {
    let name = json["name"].as_str().unwrap();
    assert_eq!(built.mapping.as_str(), name);
    let description = defaults["description"].as_str().unwrap().replace("<MAPPING NAME>", name);
    assert_eq!(built.description, description);
    assert_eq!(built.category, json["job"]["jobQueueCategory"]);
    assert_eq!(built.minutes_between_runs, json["job"]["minutesBetweenRuns"]);
    assert_eq!(built.inactivity_timeout_minutes, json["job"]["inactivityTimeoutMinutes"]);
    assert_eq!(built.max_attempts, defaults["maxAttempts"]);
    assert_eq!(built.rerun_delay_seconds, defaults["rerunDelaySeconds"]);
    assert_eq!(format!("{:?}", built.status), defaults["status"]);
}

#[track_caller]
fn check_setup(ownership: OwnershipModel, company: Option<&Company>) {
    let json = source();
    let setup = build(ownership, company);
    let order = json["setupOrder"].as_array().unwrap();
    let by_name =
        |name: &Value| json["tableMappings"].as_array().unwrap().iter().find(|it| it["name"] == *name);
    let mappings: Vec<&Value> = order
        .iter()
        .map(|name| by_name(name).unwrap())
        .filter(|mapping| expected(&mapping["condition"], ownership, company.is_some()))
        .collect();
    assert_eq!(setup.mappings.len(), mappings.len());
    for (built, json) in setup.mappings.iter().zip(&mappings) {
        check_mapping(built, json, ownership, company.is_some());
    }
    let with_job: Vec<&&Value> = mappings
        .iter()
        .filter(|mapping| expected(&mapping["job"]["condition"], ownership, company.is_some()))
        .collect();
    assert_eq!(setup.job_queue_entries.len(), with_job.len());
    for (built, mapping) in setup.job_queue_entries.iter().zip(with_job) {
        check_job(built, mapping, &json["jobQueueDefaults"]["recurring"]);
    }
}

#[test]
fn person_with_company_equals_the_json() {
    check_setup(OwnershipModel::Person, Some(&company()));
}

#[test]
fn person_without_company_equals_the_json() {
    check_setup(OwnershipModel::Person, None);
}

#[test]
fn team_with_company_equals_the_json() {
    check_setup(OwnershipModel::Team, Some(&company()));
}

#[test]
fn team_without_company_equals_the_json() {
    check_setup(OwnershipModel::Team, None);
}

/// Enabled and disabled field mappings of one model, by mapping.
fn counts(ownership: OwnershipModel) -> Vec<(String, usize, usize)> {
    let setup = build(ownership, Some(&company()));
    let count = |mapping: &IntegrationTableMapping| {
        let enabled =
            mapping.field_mappings.iter().filter(|it| it.status == FieldMappingStatus::Enabled).count();
        (mapping.name.to_string(), enabled, mapping.field_mappings.len() - enabled)
    };
    setup.mappings.iter().map(count).collect()
}

#[test]
fn person_has_eight_mappings_and_68_and_7_field_mappings() {
    let counts = counts(OwnershipModel::Person);
    let expected = [
        ("SALESPEOPLE", 3, 2),
        ("CUSTOMER", 20, 2),
        ("VENDOR", 19, 2),
        ("CONTACT", 20, 1),
        ("CURRENCY", 3, 0),
        ("PAYMENT TERMS", 1, 0),
        ("SHIPMENT METHOD", 1, 0),
        ("SHIPPING AGENT", 1, 0),
    ];
    assert_eq!(counts, expected.map(|(name, enabled, disabled)| (name.to_owned(), enabled, disabled)));
    assert_eq!(counts.iter().map(|it| it.1).sum::<usize>(), 68);
    assert_eq!(counts.iter().map(|it| it.2).sum::<usize>(), 7);
}

#[test]
fn team_lacks_salespeople_and_two_fields_each_of_three_mappings() {
    let counts = counts(OwnershipModel::Team);
    assert_eq!(counts.len(), 7);
    assert!(counts.iter().all(|it| it.0 != "SALESPEOPLE"));
    assert_eq!(counts.iter().map(|it| it.1).sum::<usize>(), 68 - 3 - 6);
}

#[test]
fn the_company_filter_is_written_as_guids_are() {
    let setup = build(OwnershipModel::Team, Some(&company()));
    let customer = setup.mapping(&MappingName::standard("CUSTOMER")).unwrap();
    assert_eq!(
        customer.integration_table_filter.conditions.last().unwrap().text,
        "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000}"
    );
}

#[test]
fn names_and_orders_are_those_of_the_json() {
    let json = source();
    let names =
        |names: Vec<MappingName>| Value::from(names.iter().map(MappingName::as_str).collect::<Vec<_>>());
    assert_eq!(names(standard_names().collect()), json["setupOrder"]);
    assert_eq!(names(priority_order().collect()), json["priorityOrder"]);
    assert_eq!(setup_position(&MappingName::standard("VENDOR")), Some(2));
    assert_eq!(setup_position(&MappingName::new("my vendors").unwrap()), None);
    for name in standard_names() {
        assert_eq!(MappingName::new(name.as_str()).unwrap(), name);
    }
}

#[test]
fn standard_tables_name_the_api_property_of_each_mapped_field() {
    for mapping in source()["tableMappings"].as_array().unwrap() {
        let name = mapping["bc"]["table"].as_str().unwrap();
        let table = standard_tables().iter().find(|table| table.name == name).unwrap();
        assert_eq!(table.number, mapping["bc"]["tableId"]);
        assert_eq!(text(&table.api_entity_set.map(str::to_owned)), mapping["bc"]["apiEntitySet"]);
        for key in ["fields", "extraFields"] {
            for json in mapping[key].as_array().unwrap().iter().filter(|it| !it["bcField"].is_null()) {
                let field = table.field(json["bcField"].as_str().unwrap()).unwrap();
                assert_eq!(field.number, json["bcFieldNo"]);
                assert_eq!(text(&field.api_property.map(str::to_owned)), json["bcApiProperty"]);
                assert_eq!(field.api_value == ApiValue::Differs, json.get("bcApiNote").is_some());
            }
        }
        for json in mapping["bcFilter"].as_array().unwrap() {
            let field = table.field(json["field"].as_str().unwrap()).unwrap();
            assert_eq!(field.number, json["fieldNo"]);
            assert_eq!(text(&field.api_property.map(str::to_owned)), json["apiProperty"]);
        }
    }
}

#[test]
fn each_field_of_a_standard_table_is_listed_once() {
    for table in standard_tables() {
        for (idx, field) in table.fields.iter().enumerate() {
            assert!(
                table.fields.iter().skip(idx + 1).all(|other| other.number != field.number),
                "{}",
                field.name
            );
        }
    }
}
