//! Round trips of arbitrary workspaces, refusals with their place, and the migration of the database's first layout.

mod generated;
mod synchronization;

use couplet_engine::default_setup::build;
use couplet_engine::{
    Configuration, Direction, FieldKey, FieldMappingStatus, FilterCondition, FilteredTemplate, MappingFilter,
    MappingName, OwnershipModel, SalesOrderIntegration, SalesSettings, Side, Template,
    UpdateConflictResolution,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::versions::{Cause, HistoryEntry, before_version};

fn standard(ownership_model: OwnershipModel) -> Configuration {
    let setup = build(ownership_model, None);
    Configuration {
        ownership_model,
        mappings: setup.mappings.clone(),
        job_queue_entries: setup.job_queue_entries,
        applied_defaults: setup.mappings,
        ..Configuration::default()
    }
}

fn filtered_template(which: usize) -> FilteredTemplate {
    let condition = FilterCondition { field: "name".into(), text: format!("{which}*") };
    let conditions = if which.is_multiple_of(2) { vec![condition] } else { Vec::new() };
    FilteredTemplate {
        side: if which.is_multiple_of(3) { Side::Dataverse } else { Side::BusinessCentral },
        priority: which as u32,
        filter: MappingFilter { conditions },
        template: Template { code: "F".into(), description: String::new(), values: Vec::new() },
    }
}

/// One edit as a person makes it: what kind, and which item.
fn edited(mut configuration: Configuration, kind: u8, which: usize) -> Configuration {
    let n_mappings = configuration.mappings.len();
    if n_mappings == 0 {
        return standard(if which.is_multiple_of(2) { OwnershipModel::Team } else { OwnershipModel::Person });
    }
    let mapping = &mut configuration.mappings[which % n_mappings];
    let field_idx = which % mapping.field_mappings.len().max(1);
    match kind {
        0 => mapping.direction = Direction::FromIntegrationTable,
        1 => mapping
            .table_filter
            .conditions
            .push(FilterCondition { field: "No.".into(), text: format!("\"é'{which}|*\n") }),
        2 => {
            mapping.table_template = Some(Template {
                code: "T".into(),
                description: "ü".into(),
                values: vec![("City".into(), String::new())],
            });
        }
        3 if !mapping.field_mappings.is_empty() => drop(mapping.field_mappings.remove(field_idx)),
        4 if !mapping.field_mappings.is_empty() => {
            let field = &mut mapping.field_mappings[field_idx];
            field.status = FieldMappingStatus::Disabled;
            field.constant_value = Some(which.to_string());
            field.update_conflict_resolution = UpdateConflictResolution::SendUpdateToIntegration;
        }
        5 => drop(configuration.mappings.remove(which % n_mappings)),
        6 => configuration.mappings.rotate_left(1),
        7 => drop(configuration.job_queue_entries.pop()),
        8 => configuration.applied_defaults.truncate(which % 4),
        9 => {
            configuration.sales.choose_order_integration(SalesOrderIntegration::Legacy);
            configuration.sales.create_orders = which.is_multiple_of(2);
            configuration.sales.web_client_address = format!("https://x/{which}");
        }
        10 => mapping.templates.push(filtered_template(which)),
        _ => configuration.ownership_model = OwnershipModel::Person,
    }
    configuration
}

fn cause(which: usize) -> Cause {
    let name = MappingName::new("CUSTOMER").unwrap();
    match which % 11 {
        0 => Cause::DefaultSetup { ownership_model: OwnershipModel::Team, mappings: vec![name] },
        1 => Cause::EditMapping(name),
        2 => Cause::EditFilter { mapping: name, side: Side::Dataverse },
        3 => Cause::EditField { mapping: name, field: FieldKey { field: None, column: Some("name".into()) } },
        4 => Cause::Undo { seq: 1 },
        5 => Cause::Revert { seq: 2 },
        6 => Cause::RevertItem { seq: 3 },
        7 => Cause::DeleteMappings(vec![name]),
        8 => Cause::EditSettings,
        9 => Cause::Reapply,
        _ => Cause::Import,
    }
}

/// A configuration with every version that led to it, from the empty one on.
fn workspaces() -> impl Strategy<Value = (Vec<Configuration>, Vec<HistoryEntry>)> {
    prop::collection::vec((0..12_u8, 0..100_usize), 1..8).prop_map(|edits| {
        let mut versions = vec![Configuration::default()];
        let mut history = Vec::new();
        for (kind, which) in edits {
            let before = versions.last().unwrap();
            let after = edited(before.clone(), kind, which);
            let seq = 3 * versions.len() as u64;
            history.push(HistoryEntry::of_save(seq, seq as i64 * 1000, cause(which), before, &after));
            versions.push(after);
        }
        (versions, history)
    })
}

/// Files from before decisions were remembered and there were several templates hold neither.
#[test]
fn a_file_without_remembered_decisions_and_templates_is_read() {
    let plain = standard(OwnershipModel::Team);
    let mut configuration = plain.clone();
    let mapping = &mut configuration.mappings[0];
    mapping.templates.push(filtered_template(6));
    mapping.field_mappings[0].update_conflict_resolution = UpdateConflictResolution::GetUpdateFromIntegration;
    let mut stored = encode(&StoredConfiguration::from(&configuration)).unwrap();
    let new = |stored: &Value| {
        let mapping = &stored["mappings"][0];
        (mapping["templates"].clone(), mapping["fieldMappings"][0]["updateConflictResolution"].clone())
    };
    assert_eq!(new(&stored).1, "getUpdateFromIntegration");
    let mapping = stored["mappings"][0].as_object_mut().unwrap();
    mapping.remove("templates").unwrap();
    mapping["fieldMappings"][0].as_object_mut().unwrap().remove("updateConflictResolution").unwrap();
    assert_eq!(
        stored,
        encode(&StoredConfiguration::from(&plain)).unwrap(),
        "nothing is written where nothing is set"
    );
    let read: StoredConfiguration = decode(stored).unwrap();
    assert_eq!(Configuration::try_from(read), Ok(plain));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn file_reads_back_what_was_written((versions, history) in workspaces()) {
        let configuration = versions.last().unwrap();
        let text = write_workspace(configuration, &history, &KeptOfWorkspace::default(), 1_763_000_000_000).unwrap();
        let read = read_workspace(&text).unwrap();
        prop_assert_eq!(&read.configuration, configuration);
        prop_assert_eq!(&read.history, &history);
        prop_assert_eq!(read.exported_ms, 1_763_000_000_000);
    }

    #[test]
    fn every_version_is_reached_from_a_read_history((versions, history) in workspaces()) {
        let current = versions.last().unwrap();
        let stored = history.iter().map(StoredEntry::from).collect();
        let read = read_history(stored, current).unwrap();
        for (entry, version) in read.iter().zip(&versions) {
            let before = before_version(current, &read, entry.seq);
            prop_assert_eq!(before.as_ref(), Some(version));
        }
    }

    #[test]
    fn records_after_each_save_are_those_of_the_configuration((versions, _) in workspaces()) {
        let mut records = Records::split(0, &Configuration::default());
        for (revision, pair) in versions.windows(2).enumerate() {
            let change = RecordsChange::between(&pair[0], &pair[1], revision as u64 + 1, Vec::new());
            write(&mut records, change);
            let (stored_revision, stored, _) = records.clone().join().unwrap();
            prop_assert_eq!(stored_revision, revision as u64 + 1);
            prop_assert_eq!(&stored, &pair[1]);
        }
    }

    #[test]
    fn a_record_reads_back_as_what_was_stored((_, history) in workspaces()) {
        for entry in history.iter().map(StoredEntry::from) {
            let record = as_browser(encode(&entry).unwrap());
            prop_assert_eq!(decode::<StoredEntry>(record).unwrap(), entry);
        }
    }

    #[test]
    fn a_changed_file_is_read_or_refused_with_a_place(cut in 0..40_000_usize, with in any::<char>()) {
        let text = write_workspace(&standard(OwnershipModel::Person), &[], &KeptOfWorkspace::default(), 0).unwrap();
        let mut characters: Vec<char> = text.chars().collect();
        let at = cut % characters.len();
        let cut_off: String = characters[..at].iter().collect();
        let is_refused = matches!(read_workspace(&cut_off), Err(FileError::NotJson { .. }));
        prop_assert!(is_refused);
        characters[at] = with;
        let changed: String = characters.into_iter().collect();
        if let Err(FileError::Damaged(damage)) = read_workspace(&changed) {
            prop_assert!(!damage.path.is_empty());
        }
    }
}

/// The value as it comes back from the browser, whose numbers are all alike: whole ones that it holds exactly are read
/// as `i64`, others as `f64`.
fn as_browser(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let is_exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
            if is_exact { Value::from(number as i64) } else { Value::from(number) }
        }
        Value::Array(items) => items.into_iter().map(as_browser).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| (key, as_browser(value))).collect())
        }
        other => other,
    }
}

/// What the database does with a change.
fn write(records: &mut Records, change: RecordsChange) {
    fn apply<S: Clone>(records: &mut Vec<S>, put: Vec<S>, delete: &[String], key: impl Fn(&S) -> String) {
        records
            .retain(|record| !delete.contains(&key(record)) && put.iter().all(|it| key(it) != key(record)));
        records.extend(put);
        records.sort_by_key(key);
    }
    records.settings = change.settings;
    apply(&mut records.mappings, change.put_mappings, &change.delete_mappings, |it| it.name.clone());
    apply(&mut records.jobs, change.put_jobs, &change.delete_jobs, |it| it.mapping.clone());
    apply(&mut records.applied, change.put_applied, &change.delete_applied, |it| it.name.clone());
    records.history.extend(change.add_history);
}

#[test]
fn a_save_writes_only_what_changed() {
    let before = standard(OwnershipModel::Team);
    let mut after = before.clone();
    after.mappings[1].direction = Direction::ToIntegrationTable;
    after.job_queue_entries.remove(0);
    let change = RecordsChange::between(&before, &after, 5, Vec::new());
    assert_eq!(change.put_mappings.len(), 1);
    assert_eq!(change.put_mappings[0].name, after.mappings[1].name.as_str());
    assert_eq!(change.delete_jobs, [before.job_queue_entries[0].mapping.as_str()]);
    assert_eq!((change.put_jobs.len(), change.put_applied.len(), change.delete_mappings.len()), (0, 0, 0));
    assert_eq!(change.settings.revision, 5);
}

#[test]
fn the_first_layout_becomes_records() {
    let configuration = standard(OwnershipModel::Person);
    let stored = StoredConfiguration::from(&configuration);
    let value = json!({ "revision": 7, "configuration": serde_json::to_value(&stored).unwrap() });
    let old: OldWorkspace = decode(value).unwrap();
    let records = Records::try_from(old).unwrap();
    let change = RecordsChange::from(records.clone());
    assert_eq!(change.put_mappings.len(), configuration.mappings.len());
    assert_eq!(records.join().unwrap(), (7, configuration, Vec::new()));
}

#[test]
fn a_record_that_is_missing_is_named() {
    let mut records = Records::split(1, &standard(OwnershipModel::Team));
    let lost = records.mappings.pop().unwrap();
    let damage = records.join().unwrap_err();
    assert_eq!(damage, Damage::new("mappings", Problem::Missing { key: lost.name }));
}

/// The file as version 1 had it.
fn old_file() -> Value {
    let mut value = file();
    value["schemaVersion"] = json!(1);
    value.as_object_mut().unwrap().remove("synchronization");
    value
}

#[test]
fn a_file_of_version_1_says_nothing_of_synchronization() {
    let read = read_workspace(&old_file().to_string()).unwrap();
    assert_eq!((read.synchronization, read.configuration), (None, standard(OwnershipModel::Team)));
    let mut mixed = old_file();
    mixed["synchronization"] = json!([]);
    let error = read_workspace(&mixed.to_string()).unwrap_err();
    assert!(matches!(&error, FileError::Damaged(it) if it.path == "synchronization"), "{error:?}");
}

/// Neither version 2 of the file nor version 3 of the database knew settings of the Sales connection.
#[test]
fn what_is_kept_without_sales_settings_has_the_preset_ones() {
    let mut value = file();
    value["schemaVersion"] = json!(2);
    assert_eq!(value["configuration"].get("sales"), None);
    assert_eq!(read_workspace(&value.to_string()).unwrap().configuration.sales, SalesSettings::default());

    let mut changed = standard(OwnershipModel::Team);
    changed.sales.users_must_map = true;
    let records = Records::split(1, &changed);
    let mut stored = encode(&records.settings).unwrap();
    assert_eq!(stored["sales"]["usersMustMap"], json!(true));
    assert_eq!(
        Records { settings: decode(stored.clone()).unwrap(), ..records.clone() }.join().unwrap().1,
        changed
    );
    stored.as_object_mut().unwrap().remove("sales");
    let (_, read, _) = Records { settings: decode(stored).unwrap(), ..records }.join().unwrap();
    assert_eq!(read, standard(OwnershipModel::Team));
}

#[test]
fn a_file_of_version_2_does_not_say_of_which_pair_it_is() {
    let mut value = file();
    value["schemaVersion"] = json!(2);
    let kept = read_workspace(&value.to_string()).unwrap().synchronization;
    assert_eq!(kept, Some(KeptOfWorkspace::default()));
}

fn file() -> Value {
    let empty = Configuration::default();
    let full = standard(OwnershipModel::Team);
    let entry = HistoryEntry::of_save(1, 5, cause(0), &empty, &full);
    serde_json::from_str(&write_workspace(&full, &[entry], &KeptOfWorkspace::default(), 0).unwrap()).unwrap()
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Value), path: &str, part_of_problem: &str) {
    let mut value = file();
    change(&mut value);
    let error = read_workspace(&value.to_string()).unwrap_err();
    let FileError::Damaged(damage) = error else { panic!("{error:?}") };
    assert_eq!(damage.path, path);
    let problem = format!("{:?}", damage.problem);
    assert!(problem.contains(part_of_problem), "{problem}");
}

#[test]
fn damaged_files_are_refused_with_the_place() {
    let mapping = |value: &mut Value, key: &str, new: Value| value["configuration"]["mappings"][2][key] = new;
    check_refused(
        |value| mapping(value, "direction", json!("sideways")),
        "configuration.mappings[2].direction",
        "unknown variant `sideways`, expected one of `bidirectional`, `toIntegrationTable`",
    );
    check_refused(
        |value| mapping(value, "userDefined", json!("yes")),
        "configuration.mappings[2].userDefined",
        "expected a boolean",
    );
    check_refused(
        |value| mapping(value, "name", json!("A name of more than twenty")),
        "configuration.mappings[2].name",
        "TooLong",
    );
    check_refused(
        |value| mapping(value, "name", value["configuration"]["mappings"][0]["name"].clone()),
        "configuration.mappings[2]",
        "Duplicate",
    );
    check_refused(
        |value| mapping(value, "color", json!("red")),
        "configuration.mappings[2].color",
        "unknown field",
    );
    check_refused(
        |value| drop(value["configuration"].as_object_mut().unwrap().remove("jobQueueEntries")),
        "configuration",
        "missing field `jobQueueEntries`",
    );
    check_refused(
        |value| mapping(value, "table", json!(["Customer", 18])),
        "configuration.mappings[2].table",
        "invalid type: sequence, expected struct StoredTable",
    );
    check_refused(
        |value| mapping(value, "direction", Value::Null),
        "configuration.mappings[2].direction",
        "invalid type: null, expected a string",
    );
    check_refused(
        |value| mapping(value, "dependencyFilter", json!(["VENDOR", 5])),
        "configuration.mappings[2].dependencyFilter[1]",
        "invalid type: integer `5`, expected a string",
    );
    check_refused(
        |value| value["configuration"]["jobQueueEntries"][0]["maxAttempts"] = json!(5_000_000_000_u64),
        "configuration.jobQueueEntries[0].maxAttempts",
        "invalid value: integer `5000000000`, expected u32",
    );
    check_refused(|value| value["schemaVersion"] = json!("one"), "schemaVersion", "whole number");
    check_refused(
        |value| drop(value.as_object_mut().unwrap().remove("synchronization")),
        ".",
        "missing field `synchronization`",
    );
}

#[test]
fn damaged_versions_are_refused_with_the_place() {
    check_refused(
        |value| value["history"][0]["back"]["mappings"]["order"] = json!(["NOBODY"]),
        "history[0].back",
        "Missing { key: \"NOBODY\" }",
    );
    check_refused(
        |value| value["history"][0]["cause"] = json!({"kind": "undo"}),
        "history[0].cause",
        "missing field `seq`",
    );
    check_refused(
        |value| value["history"][0]["cause"] = json!({"kind": "undo", "seq": 1.5}),
        "history[0].cause.seq",
        "invalid type: floating point `1.5`, expected u64",
    );
    check_refused(
        |value| value["history"][0]["cause"] = json!({"kind": "magic"}),
        "history[0].cause.kind",
        "unknown variant `magic`",
    );
}

#[test]
fn files_of_others_are_refused() {
    let text = file().to_string();
    let check = |text: &str, expected: FileError| assert_eq!(read_workspace(text).unwrap_err(), expected);
    check("", FileError::NotJson { line: 1, column: 0 });
    check("{\n  \"product\": }", FileError::NotJson { line: 2, column: 14 });
    check("[1, 2]", FileError::OtherProduct { found: None });
    check("{\"product\": \"excel\"}", FileError::OtherProduct { found: Some("excel".into()) });
    let other_kind = text.replace("\"kind\":\"workspace\"", "\"kind\":\"couplings\"");
    check(&other_kind, FileError::OtherProduct { found: Some("couplet couplings".into()) });
    let newer = text.replace("\"schemaVersion\":3", "\"schemaVersion\":4,\"new\":true");
    check(&newer, FileError::NewerVersion { found: 4, known: 3 });
}

#[test]
fn a_byte_order_mark_is_no_obstacle() {
    let text = format!("\u{feff}{}", file());
    assert_eq!(read_workspace(&text).unwrap().configuration, standard(OwnershipModel::Team));
}

#[test]
fn numbers_of_a_record_are_exact_up_to_what_the_browser_holds() {
    const LARGEST: u64 = (1 << 53) - 1;
    let empty = Configuration::default();
    let entry = |seq, time_ms| {
        StoredEntry::from(&HistoryEntry::of_save(seq, time_ms, Cause::Undo { seq }, &empty, &empty))
    };
    for (seq, time_ms) in [(0, 0), (1, -1), (LARGEST, 1_763_000_000_123), (7, -(LARGEST as i64))] {
        let stored = entry(seq, time_ms);
        let record = encode(&stored).unwrap();
        assert_eq!((record["seq"].as_u64(), record["time"].as_i64()), (Some(seq), Some(time_ms)));
        assert_eq!(decode::<StoredEntry>(as_browser(record)).unwrap(), stored);
    }
    let too_large = as_browser(encode(&entry(LARGEST + 1, 0)).unwrap());
    assert_eq!(decode::<StoredEntry>(too_large).unwrap_err().path, "cause.seq");
}

#[test]
fn a_file_begins_with_what_it_is() {
    let text = write_workspace(&Configuration::default(), &[], &KeptOfWorkspace::default(), 5).unwrap();
    let members =
        ["product", "kind", "schemaVersion", "exportedAt", "configuration", "history", "synchronization"];
    let places = members.map(|member| text.find(&format!("\n  \"{member}\": ")));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
}

#[test]
fn a_cause_has_only_the_members_of_its_kind() {
    let empty = Configuration::default();
    let stored = |which| {
        let entry = StoredEntry::from(&HistoryEntry::of_save(1, 0, cause(which), &empty, &empty));
        encode(&entry).unwrap()["cause"].clone()
    };
    let setup = json!({"kind": "defaultSetup", "ownershipModel": "team", "mappings": ["CUSTOMER"]});
    assert_eq!(stored(0), setup);
    assert_eq!(stored(1), json!({"kind": "editMapping", "mapping": "CUSTOMER"}));
    assert_eq!(stored(2), json!({"kind": "editFilter", "mapping": "CUSTOMER", "side": "dataverse"}));
    let field = json!({"kind": "editField", "mapping": "CUSTOMER", "field": {"column": "name"}});
    assert_eq!(stored(3), field);
    assert_eq!(stored(4), json!({"kind": "undo", "seq": 1}));
    assert_eq!(stored(5), json!({"kind": "revert", "seq": 2}));
    assert_eq!(stored(6), json!({"kind": "revertItem", "seq": 3}));
    assert_eq!(stored(7), json!({"kind": "deleteMappings", "mappings": ["CUSTOMER"]}));
    assert_eq!(stored(8), json!({"kind": "editSettings"}));
    assert_eq!(stored(9), json!({"kind": "reapply"}));
    assert_eq!(stored(10), json!({"kind": "import"}));
}
