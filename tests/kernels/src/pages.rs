//! Pages of records, whose texts are told from what surrounds them 64 bytes at a time: what was written must be read.

use couplet_engine::{FieldAccess, FieldSchema, Labels, Side, TableSchema};
use couplet_filter::{FieldType, FieldValue};
use couplet_systems::{ReadOptions, Response, TableRead, TableSource};

use crate::Difference;
use crate::made::Made;

/// Records of a page.
const N_RECORDS: usize = 50;

/// A page whose texts end at ever other places, some with quotes, backslashes and characters beyond ASCII.
pub(crate) fn pages(made: &mut Made, number: u8) -> Result<(), Difference> {
    let names: Vec<String> = (0..N_RECORDS).map(|idx| text(made, idx)).collect();
    let record = |name: &String| {
        let (name, note) = (quoted(name), quoted(&name.chars().rev().collect::<String>()));
        format!(
            r#"{{"note":{note},"id":"5d9c0000-0000-4000-8000-000000000001","name":{name},"last":{note},"n":-1.5}}"#
        )
    };
    let records: Vec<String> = names.iter().map(record).collect();
    let body = format!(r#"{{"@odata.context":"x","value":[{}]}}"#, records.join(","));
    let fail = |row: usize| Difference { number, filter: body.clone(), row };
    let schema = schema();
    let source = TableSource {
        side: Side::BusinessCentral,
        base_url: "http://127.0.0.1".to_owned(),
        path: "/records".to_owned(),
        key_field: "Id".to_owned(),
    };
    let mut read = TableRead::new(source, &schema, schema.fields.iter(), ReadOptions::default());
    let mut table = read.table();
    let response = Response { status: 200, headers: Vec::new(), body: body.clone().into_bytes() };
    read.accept(&response, &mut table).map_err(|_| fail(usize::MAX))?;
    for (row, name) in names.iter().enumerate() {
        let cell = table.column("Name").map(|column| column.get(row));
        if cell != Some(FieldValue::Text(name)) {
            return Err(fail(row));
        }
    }
    if table.n_rows() == N_RECORDS { Ok(()) } else { Err(fail(table.n_rows())) }
}

fn text(made: &mut Made, idx: usize) -> String {
    let text = made.text();
    match idx % 5 {
        0 => format!("{text}{text}{text}{text}"),
        1 => format!("{text}\"{text}"),
        2 => format!("\\{text}"),
        3 => String::new(),
        _ => text,
    }
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn schema() -> TableSchema {
    let field = |name: &str, property: &str, field_type| FieldSchema {
        name: name.to_owned(),
        number: None,
        labels: Labels::same(name),
        field_type,
        property: Some(property.to_owned()),
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    };
    TableSchema {
        side: Side::BusinessCentral,
        name: "Records".to_owned(),
        number: Some(1),
        labels: Labels::same("Records"),
        key_field: "Id".to_owned(),
        primary_name_field: None,
        fields: vec![
            field("Id", "id", FieldType::Guid),
            field("Name", "name", FieldType::Text { max_length: None }),
        ],
    }
}
