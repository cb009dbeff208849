//! Turns `data/default-setup-dataverse.json` into static Rust data, so that the engine reads no JSON when it runs.
//! What is missing from the file or has an unknown value stops the build.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

/// Where the standard setup is described.
const SOURCE: &str = "data/default-setup-dataverse.json";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    announce_inputs();
    let setup: Value = serde_json::from_str(&fs::read_to_string(SOURCE)?)?;
    let mappings = mappings_in_setup_order(&setup)?;
    let mut code = String::new();
    writeln!(code, "/// Standard table mappings in setup order.")?;
    writeln!(code, "pub(super) static MAPPINGS: &[MappingData] = &[")?;
    for mapping in &mappings {
        writeln!(code, "{},", mapping_code(mapping)?)?;
    }
    writeln!(code, "];")?;
    write_job_defaults(&mut code, at(&setup, "/jobQueueDefaults/recurring")?)?;
    write_tables(&mut code, &mappings)?;
    writeln!(code, "/// The order of a full synchronization.")?;
    writeln!(
        code,
        "pub(super) static PRIORITY_ORDER: &[&str] = &{:?};",
        texts(at(&setup, "/priorityOrder")?)?
    )?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("standard_setup.rs"), code)?;
    Ok(())
}

fn announce_inputs() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SOURCE}");
}

fn mappings_in_setup_order(setup: &Value) -> Outcome<Vec<&Value>> {
    let mappings = list(setup, "/tableMappings")?;
    let mut ordered = Vec::new();
    for name in texts(at(setup, "/setupOrder")?)? {
        let mapping =
            mappings.iter().find(|mapping| mapping.get("name").and_then(Value::as_str) == Some(name));
        ordered.push(mapping.ok_or_else(|| format!("{SOURCE}: {name} of setupOrder has no mapping"))?);
    }
    if ordered.len() != mappings.len() {
        return Err(format!("{SOURCE}: setupOrder does not name every mapping").into());
    }
    Ok(ordered)
}

/// A `MappingData` literal.
fn mapping_code(mapping: &Value) -> Outcome<String> {
    let name = text(mapping, "/name")?;
    if name.len() > 20 || name != name.to_uppercase() || name != name.trim() {
        return Err(format!("{SOURCE}: `{name}` is no Code[20]").into());
    }
    let direction = direction(text(mapping, "/direction")?)?;
    let mut code = String::from("MappingData {");
    write!(code, "name: {name:?}, condition: {}, ", condition(mapping)?)?;
    write!(
        code,
        "table: {:?}, table_number: {}, ",
        text(mapping, "/bc/table")?,
        number(mapping, "/bc/tableId")?
    )?;
    write!(code, "integration_table: {:?}, ", text(mapping, "/dataverse/entity")?)?;
    write!(code, "uid_column: {:?}, ", text(mapping, "/dataverse/primaryKey")?)?;
    write!(code, "is_option_set: {}, ", flag(mapping, "/dataverse/isOptionSet")?)?;
    write!(code, "direction: {direction}, ")?;
    write!(code, "table_filter: {}, ", filter_code(list(mapping, "/bcFilter")?, "/field")?)?;
    let integration_filter = filter_code(list(mapping, "/dataverseFilter")?, "/attribute")?;
    write!(code, "integration_table_filter: {integration_filter}, ")?;
    for (field, path) in [
        ("synch_only_coupled_records", "/synchOnlyCoupledRecords"),
        ("synch_after_bulk_coupling", "/synchAfterBulkCoupling"),
        ("create_new_in_case_of_no_match", "/createNewInCaseOfNoMatch"),
        ("multi_company_synch_enabled", "/multiCompanySynchEnabled"),
        ("uncouple_by_job", "/uncoupleSupported"),
    ] {
        write!(code, "{field}: {}, ", flag(mapping, path)?)?;
    }
    expect_none(mapping, "/deletionConflictResolution")?;
    expect_none(mapping, "/updateConflictResolution")?;
    write!(code, "dependency_filters: {}, ", dependencies_code(list(mapping, "/dependencyFilter")?)?)?;
    write!(code, "table_template: {}, ", template_code(at(mapping, "/templates/bc")?)?)?;
    write!(code, "integration_table_template: {}, ", template_code(at(mapping, "/templates/dataverse")?)?)?;
    write!(code, "post_filter: {}, ", post_filter_code(mapping)?)?;
    write!(code, "job: {}, ", job_code(at(mapping, "/job")?)?)?;
    write!(code, "fields: {}, ", fields_code(list(mapping, "/fields")?)?)?;
    write!(code, "extra_fields: {} }}", fields_code(list(mapping, "/extraFields")?)?)?;
    Ok(code)
}

/// A slice of `ConditionData`.
fn filter_code(conditions: &[Value], name_path: &str) -> Outcome<String> {
    let mut code = String::from("&[");
    for item in conditions {
        let condition = condition(item)?;
        let text = match (condition, text(item, "/filterText")?) {
            ("Condition::CompanyRowFound", text) => {
                let (placeholder, rest) =
                    text.split_once('|').ok_or("company filter without an alternative")?;
                if !placeholder.starts_with('<') {
                    return Err(format!("{SOURCE}: `{text}` names no company").into());
                }
                format!("{{company}}|{rest}")
            }
            (_, text) => text.to_owned(),
        };
        let field = self::text(item, name_path)?;
        write!(code, "ConditionData {{ field: {field:?}, text: {text:?}, condition: {condition} }}, ")?;
    }
    code.push(']');
    Ok(code)
}

/// A slice of `DependencyData`.
fn dependencies_code(filters: &[Value]) -> Outcome<String> {
    let mut code = String::from("&[");
    for filter in filters {
        let mappings = texts(at(filter, "/mappings")?)?;
        if mappings.join("|") != text(filter, "/filterText")? {
            return Err(format!("{SOURCE}: a dependency filter differs from its list").into());
        }
        write!(code, "DependencyData {{ condition: {}, mappings: &{mappings:?} }}, ", condition(filter)?)?;
    }
    code.push(']');
    Ok(code)
}

/// An `Option<TemplateData>`; values that are described in words are found when a record is created.
fn template_code(template: &Value) -> Outcome<String> {
    if template.is_null() {
        return Ok("None".to_owned());
    }
    let (code, description) = (text(template, "/code")?, text(template, "/description")?);
    let mut values = String::from("&[");
    for value in template.get("fieldValues").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        let attribute = text(value, "/attribute")?;
        write!(values, "({attribute:?}, {:?}), ", number(value, "/value")?.to_string())?;
    }
    Ok(format!("Some(TemplateData {{ code: {code:?}, description: {description:?}, values: {values}] }})"))
}

/// An `Option<PostFilter>`: the one rule there is.
fn post_filter_code(mapping: &Value) -> Outcome<&'static str> {
    let filter = at(mapping, "/postFilter")?;
    if filter.is_null() {
        return Ok("None");
    }
    match (text(mapping, "/bc/table")?, text(filter, "/side")?) {
        ("Contact", "bc") if text(filter, "/rule")?.contains("business relation") => {
            Ok("Some(PostFilter::ContactBusinessRelation)")
        }
        other => Err(format!("{SOURCE}: unknown postFilter {other:?}").into()),
    }
}

/// A `JobData`.
fn job_code(job: &Value) -> Outcome<String> {
    if !flag(job, "/enabled")? {
        return Err(format!("{SOURCE}: a job that is not enabled").into());
    }
    Ok(format!(
        "JobData {{ condition: {}, category: {:?}, minutes_between_runs: {}, inactivity_timeout_minutes: {} }}",
        condition(job)?,
        text(job, "/jobQueueCategory")?,
        number(job, "/minutesBetweenRuns")?,
        number(job, "/inactivityTimeoutMinutes")?,
    ))
}

/// A slice of `FieldData`.
fn fields_code(fields: &[Value]) -> Outcome<String> {
    let mut code = String::from("&[");
    for field in fields {
        let direction = direction(text(field, "/direction")?)?;
        write!(code, "FieldData {{ condition: {}, ", condition(field)?)?;
        write!(code, "field: {:?}, ", optional_text(field, "/bcField")?)?;
        write!(code, "field_number: {:?}, ", field.get("bcFieldNo").and_then(Value::as_u64))?;
        write!(code, "column: {:?}, ", optional_text(field, "/dataverseAttribute")?)?;
        write!(code, "direction: {direction}, ")?;
        write!(code, "constant_value: {:?}, ", optional_text(field, "/constantValue")?)?;
        write!(code, "transformation_rule: {:?}, ", optional_text(field, "/transformationRule")?)?;
        for (name, path) in [
            ("validate_field", "/validateBc"),
            ("validate_integration_table_field", "/validateDataverse"),
            ("clear_value_on_failed_sync", "/clearValueOnFailedSync"),
            ("not_null", "/notNull"),
            ("use_for_match_based_coupling", "/useForMatchBasedCoupling"),
            ("enabled", "/enabled"),
        ] {
            write!(code, "{name}: {}, ", flag(field, path)?)?;
        }
        code.push_str("}, ");
    }
    code.push(']');
    Ok(code)
}

fn write_job_defaults(code: &mut String, recurring: &Value) -> Outcome<()> {
    let description = text(recurring, "/description")?;
    let (before, after) =
        description.split_once("<MAPPING NAME>").ok_or("the job description names no mapping")?;
    if text(recurring, "/status")? != "Ready" {
        return Err(format!("{SOURCE}: standard jobs start Ready").into());
    }
    writeln!(code, "/// What every recurring job has in common.")?;
    writeln!(
        code,
        "pub(super) static JOB_DEFAULTS: JobDefaults = JobDefaults {{ description: ({before:?}, {after:?}), \
         max_attempts: {}, rerun_delay_seconds: {} }};",
        number(recurring, "/maxAttempts")?,
        number(recurring, "/rerunDelaySeconds")?,
    )?;
    Ok(())
}

/// `TABLES`: how API v2.0 shows the standard tables.
fn write_tables(code: &mut String, mappings: &[&Value]) -> Outcome<()> {
    writeln!(code, "/// Standard tables, in setup order.")?;
    writeln!(code, "pub(super) static TABLES: &[StandardTable] = &[")?;
    for mapping in mappings {
        let table = at(mapping, "/bc")?;
        write!(code, "StandardTable {{ number: {}, ", number(table, "/tableId")?)?;
        write!(code, "name: {:?}, ", text(table, "/table")?)?;
        write!(code, "api_entity_set: {:?}, ", optional_text(table, "/apiEntitySet")?)?;
        write!(code, "api_key: {:?}, ", optional_text(table, "/apiKey")?)?;
        write!(code, "api_modified_on: {:?}, ", optional_text(table, "/apiModifiedOn")?)?;
        writeln!(code, "fields: &[{}] }},", table_fields_code(mapping)?)?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// The fields that mappings and filters of a table name, each once.
fn table_fields_code(mapping: &Value) -> Outcome<String> {
    let mut fields: Vec<(u64, &str, Option<&str>, bool)> = Vec::new();
    let mapped = list(mapping, "/fields")?.iter().chain(list(mapping, "/extraFields")?);
    for field in mapped {
        if let Some(name) = optional_text(field, "/bcField")? {
            let differs = field.get("bcApiNote").is_some();
            fields.push((
                number(field, "/bcFieldNo")?,
                name,
                optional_text(field, "/bcApiProperty")?,
                differs,
            ));
        }
    }
    for field in list(mapping, "/bcFilter")? {
        let property = optional_text(field, "/apiProperty")?;
        fields.push((number(field, "/fieldNo")?, text(field, "/field")?, property, false));
    }
    let mut code = String::new();
    let mut written = Vec::new();
    for (number, name, property, differs) in fields {
        if written.contains(&number) {
            continue;
        }
        written.push(number);
        let value = if differs { "ApiValue::Differs" } else { "ApiValue::Same" };
        write!(
            code,
            "StandardField {{ number: {number}, name: {name:?}, api_property: {property:?}, api_value: {value} }}, "
        )?;
    }
    Ok(code)
}

fn condition(item: &Value) -> Outcome<&'static str> {
    match item.get("condition").and_then(Value::as_str) {
        None => Ok("Condition::Always"),
        Some("ownershipModel=person") => Ok("Condition::Person"),
        Some("ownershipModel=team") => Ok("Condition::Team"),
        Some("dataverseCompanyRowFound") => Ok("Condition::CompanyRowFound"),
        Some(other) => Err(format!("{SOURCE}: unknown condition `{other}`").into()),
    }
}

fn direction(text: &str) -> Outcome<&'static str> {
    match text {
        "bidirectional" => Ok("Direction::Bidirectional"),
        "toDataverse" => Ok("Direction::ToIntegrationTable"),
        "fromDataverse" => Ok("Direction::FromIntegrationTable"),
        other => Err(format!("{SOURCE}: unknown direction `{other}`").into()),
    }
}

fn expect_none(mapping: &Value, path: &str) -> Outcome<()> {
    match text(mapping, path)? {
        "None" => Ok(()),
        other => Err(format!("{SOURCE}: {path} is `{other}`, which this build cannot turn into data").into()),
    }
}

fn at<'v>(value: &'v Value, path: &str) -> Outcome<&'v Value> {
    value.pointer(path).ok_or_else(|| format!("{SOURCE}: {path} is missing").into())
}

fn list<'v>(value: &'v Value, path: &str) -> Outcome<&'v [Value]> {
    let list = at(value, path)?.as_array().ok_or_else(|| format!("{SOURCE}: {path} is no list"))?;
    Ok(list.as_slice())
}

fn text<'v>(value: &'v Value, path: &str) -> Outcome<&'v str> {
    at(value, path)?.as_str().ok_or_else(|| format!("{SOURCE}: {path} is no text").into())
}

fn optional_text<'v>(value: &'v Value, path: &str) -> Outcome<Option<&'v str>> {
    let found = at(value, path)?;
    if found.is_null() { Ok(None) } else { text(value, path).map(Some) }
}

fn texts(value: &Value) -> Outcome<Vec<&str>> {
    let list = value.as_array().ok_or_else(|| format!("{SOURCE}: a list of texts was expected"))?;
    list.iter().map(|item| item.as_str().ok_or_else(|| "a text was expected".into())).collect()
}

fn number(value: &Value, path: &str) -> Outcome<u64> {
    at(value, path)?.as_u64().ok_or_else(|| format!("{SOURCE}: {path} is no number").into())
}

fn flag(value: &Value, path: &str) -> Outcome<bool> {
    at(value, path)?.as_bool().ok_or_else(|| format!("{SOURCE}: {path} is neither true nor false").into())
}
