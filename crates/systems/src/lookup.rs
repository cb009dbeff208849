//! Records that a field can point to: those whose name holds a text, for a person who chooses one, and those with
//! certain keys, for a page that shows names instead of ids. Always one bounded page; no table is read to its end.

use couplet_engine::preview::identifying_fields;
use couplet_engine::{ColumnTable, FieldSchema, Side, TableSchema};
use couplet_filter::odata::{Expression, Literal, TextFunction, escape_wildcards};
use couplet_filter::{FieldType, FieldValue, Operator};
use uuid::Uuid;

use crate::error::ReadError;
use crate::http::{Procedure, Response, Step};
use crate::pushdown::{Precision, PushedFilter};
use crate::read::{ReadOptions, TableRead, TableSource};

/// Most records that a search brings.
pub const MAX_FOUND: u32 = 20;
/// Most keys that are asked for at once: addresses have limits (A33, B5).
pub const MAX_KEYS: usize = 50;

/// How a field names a record of the table that it points to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LookupKey {
    /// By its id: lookups of Dataverse, and fields of Business Central that hold a SystemId.
    Id,
    /// By the code that is its primary key.
    Code {
        /// Name of the field with the code.
        field: String,
    },
}

impl LookupKey {
    /// A typed or stored value as [`LookupRow::key`] writes it; none when no record can have it as its key.
    pub fn normal(&self, value: &str) -> Option<String> {
        let value = value.trim();
        match self {
            LookupKey::Id => value.parse().ok().map(|id: Uuid| id.hyphenated().to_string()),
            LookupKey::Code { .. } => Some(value.to_uppercase()).filter(|code| !code.is_empty()),
        }
    }
}

/// Which records are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupQuestion {
    /// Those whose name, number or code holds this text; the first ones where it is blank.
    Containing(String),
    /// Those with these keys; what cannot be a key is left out, and so is what is beyond [`MAX_KEYS`].
    WithKeys(Vec<String>),
}

/// A record as a person recognizes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupRow {
    /// What a field that points to it holds: its id in lower case without braces, or its code.
    pub key: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// What tells it from its namesakes, as a number; empty where there is nothing of the kind.
    pub detail: String,
}

/// What a question found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookupPage {
    /// Records in the order of their names.
    pub rows: Vec<LookupRow>,
    /// Whether the table has more of them.
    pub has_more: bool,
}

/// One question about one table. Business Central joins no fields by `or` (A33), so there each field is asked for
/// by itself, all at once.
#[derive(Debug)]
pub struct LookupRead {
    reads: Vec<TableRead>,
    namer: Namer,
}

impl LookupRead {
    /// Prepares the question.
    pub fn new(
        source: &TableSource,
        schema: &TableSchema,
        key: &LookupKey,
        question: &LookupQuestion,
    ) -> Self {
        let namer = Namer::new(schema, key);
        let fields: Vec<&FieldSchema> = namer.fields().filter_map(|name| schema.field(name)).collect();
        let (filters, page_size) = match question {
            LookupQuestion::Containing(text) => (containing(source.side, &fields, text.trim()), MAX_FOUND),
            LookupQuestion::WithKeys(keys) => (with_keys(schema, key, keys), MAX_KEYS as u32),
        };
        let read = |filter: Option<Expression>| {
            let filter = filter.map(|filter| PushedFilter {
                text: Some(filter.to_string()),
                precision: Precision::Superset,
                left_out: Vec::new(),
            });
            let options = ReadOptions { page_size: Some(page_size), filter, ..ReadOptions::default() };
            TableRead::new(source.clone(), schema, fields.iter().copied(), options)
        };
        let reads = filters.into_iter().map(read).collect();
        LookupRead { reads, namer }
    }
}

impl Procedure for LookupRead {
    type Output = LookupPage;

    fn start(&mut self) -> Step<LookupPage> {
        if self.reads.is_empty() {
            return Step::Done(LookupPage::default());
        }
        Step::Send(self.reads.iter().map(TableRead::first).collect())
    }

    fn accept(&mut self, responses: &[Response]) -> Result<Step<LookupPage>, ReadError> {
        if responses.len() != self.reads.len() {
            return Err(ReadError::MissingAnswer);
        }
        let mut page = LookupPage::default();
        for (read, response) in self.reads.iter_mut().zip(responses) {
            let mut table = read.table();
            page.has_more |= read.accept(response, &mut table)?.next.is_some();
            for row in self.namer.rows(&table) {
                if !page.rows.iter().any(|known| known.key == row.key) {
                    page.rows.push(row);
                }
            }
        }
        page.rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.key.clone()));
        Ok(Step::Done(page))
    }
}

/// One filter for each request; none in it where every record is wanted.
fn containing(side: Side, fields: &[&FieldSchema], text: &str) -> Vec<Option<Expression>> {
    if text.is_empty() {
        return vec![None];
    }
    let mut by_field = Vec::new();
    for field in fields {
        let (Some(property), Some(max_length)) = (&field.property, text_length(&field.field_type)) else {
            continue;
        };
        let is_code = matches!(field.field_type, FieldType::Code { .. });
        let function = |text: &str| Expression::function(TextFunction::Contains, property, text);
        let parts = match side {
            Side::Dataverse => vec![function(&escape_wildcards(text))],
            // The service refuses what is longer than the field (A35), and takes a leading `@` for its own sign.
            Side::BusinessCentral => spellings(text, is_code)
                .iter()
                .filter(|text| text.chars().count() <= max_length && !text.starts_with('@'))
                .map(|text| function(text))
                .collect(),
        };
        by_field.extend(Expression::any(parts));
    }
    match side {
        Side::Dataverse => Expression::any(by_field).into_iter().map(Some).collect(),
        Side::BusinessCentral => by_field.into_iter().map(Some).collect(),
    }
}

/// Business Central tells case and cannot fold it within a pattern (A32): a text in the ways that names are written.
fn spellings(text: &str, is_code: bool) -> Vec<String> {
    if is_code {
        return vec![text.to_uppercase()];
    }
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let capitalized = first + &letters.as_str().to_lowercase();
    let mut spellings = vec![text.to_owned()];
    for spelling in [text.to_lowercase(), capitalized, text.to_uppercase()] {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

/// The most characters that a text field holds; none for other fields.
fn text_length(field_type: &FieldType) -> Option<usize> {
    match field_type {
        FieldType::Text { max_length } | FieldType::Code { max_length } => {
            Some(max_length.map_or(usize::MAX, |length| length as usize))
        }
        _ => None,
    }
}

fn with_keys(schema: &TableSchema, key: &LookupKey, keys: &[String]) -> Vec<Option<Expression>> {
    let field = match key {
        LookupKey::Id => schema.field(&schema.key_field),
        LookupKey::Code { field } => schema.field(field),
    };
    let Some(field) = field else { return Vec::new() };
    let Some(property) = field.property.as_deref() else { return Vec::new() };
    let max_length = text_length(&field.field_type).unwrap_or(usize::MAX);
    let literal = |value: &String| match key {
        LookupKey::Id => value.parse().ok().map(Literal::Guid),
        // The service refuses a longer one (A35).
        LookupKey::Code { .. } => {
            key.normal(value).filter(|code| code.chars().count() <= max_length).map(Literal::Text)
        }
    };
    let literals = keys.iter().filter_map(literal).take(MAX_KEYS);
    let parts = literals.map(|literal| Expression::compare(property, Operator::Equal, literal)).collect();
    Expression::any(parts).into_iter().map(Some).collect()
}

/// Makes rows out of columns.
#[derive(Debug)]
struct Namer {
    key: String,
    name: Option<String>,
    details: Vec<String>,
}

impl Namer {
    fn new(schema: &TableSchema, key: &LookupKey) -> Self {
        let key = match key {
            LookupKey::Id => schema.key_field.clone(),
            LookupKey::Code { field } => field.clone(),
        };
        let identifying = identifying_fields(schema);
        let name = schema.primary_name_field.clone().filter(|name| identifying.contains(&name.as_str()));
        let is_detail =
            |field: &&str| **field != key && name.as_deref() != Some(*field) && **field != *schema.key_field;
        let details = identifying.into_iter().filter(is_detail).map(str::to_owned).collect();
        Namer { key, name, details }
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        [&self.key].into_iter().chain(&self.name).chain(&self.details).map(String::as_str)
    }

    fn rows(&self, table: &ColumnTable) -> impl Iterator<Item = LookupRow> {
        let text = |field: &str, row: usize| match table.column(field).map(|column| column.get(row)) {
            Some(FieldValue::Text(text)) => text.to_owned(),
            Some(FieldValue::Guid(id)) => id.hyphenated().to_string(),
            _ => String::new(),
        };
        (0..table.n_rows()).map(move |row| {
            let details = self.details.iter().map(|field| text(field, row));
            let details: Vec<String> = details.filter(|detail| !detail.is_empty()).collect();
            LookupRow {
                key: text(&self.key, row),
                name: self.name.as_deref().map(|name| text(name, row)).unwrap_or_default(),
                detail: details.join(" · "),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use couplet_engine::{FieldAccess, Labels};

    use super::*;

    const ID: &str = "1f0a3c52-0000-4c11-8a00-00000000c001";

    fn field(name: &str, field_type: FieldType) -> FieldSchema {
        FieldSchema {
            name: name.to_owned(),
            number: None,
            labels: Labels::same(name),
            field_type,
            property: Some(name.to_lowercase()),
            access: FieldAccess::Full,
            options: Vec::new(),
            targets: Vec::new(),
        }
    }

    fn table(
        side: Side,
        fields: Vec<FieldSchema>,
        key_field: &str,
        name: &str,
    ) -> (TableSource, TableSchema) {
        let schema = TableSchema {
            side,
            name: "Table".to_owned(),
            number: None,
            labels: Labels::default(),
            key_field: key_field.to_owned(),
            primary_name_field: Some(name.to_owned()),
            fields,
        };
        let source = TableSource {
            side,
            base_url: "http://localhost".to_owned(),
            path: "/rows".to_owned(),
            key_field: key_field.to_owned(),
        };
        (source, schema)
    }

    fn currencies() -> (TableSource, TableSchema) {
        let fields = vec![
            field("SystemId", FieldType::Guid),
            field("Code", FieldType::Code { max_length: Some(10) }),
            field("Description", FieldType::Text { max_length: Some(30) }),
        ];
        table(Side::BusinessCentral, fields, "SystemId", "Description")
    }

    fn accounts() -> (TableSource, TableSchema) {
        let text = |name: &str| field(name, FieldType::Text { max_length: Some(100) });
        let fields = vec![field("accountid", FieldType::Guid), text("name"), text("accountnumber")];
        table(Side::Dataverse, fields, "accountid", "name")
    }

    fn code() -> LookupKey {
        LookupKey::Code { field: "Code".to_owned() }
    }

    /// The filters that are sent, in the order of the requests.
    #[track_caller]
    fn sent(
        (source, schema): &(TableSource, TableSchema),
        key: &LookupKey,
        question: &LookupQuestion,
    ) -> Vec<String> {
        let mut read = LookupRead::new(source, schema, key, question);
        let Step::Send(requests) = read.start() else { return Vec::new() };
        let filter = |path: &str| {
            let filter = path.split_once("$filter=").map(|(_, filter)| filter).unwrap_or_default();
            percent_encoding::percent_decode_str(filter).decode_utf8().unwrap().into_owned()
        };
        requests.iter().map(|request| filter(&request.path)).collect()
    }

    fn containing(text: &str) -> LookupQuestion {
        LookupQuestion::Containing(text.to_owned())
    }

    fn with_keys(keys: &[&str]) -> LookupQuestion {
        LookupQuestion::WithKeys(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn dataverse_is_asked_once_for_every_field() {
        let asked = |text: &str| sent(&accounts(), &LookupKey::Id, &containing(text));
        assert_eq!(asked(" con "), ["contains(name,'con') or contains(accountnumber,'con')"]);
        assert_eq!(
            asked("50%_O'N"),
            ["contains(name,'50[%][_]O''N') or contains(accountnumber,'50[%][_]O''N')"]
        );
        assert_eq!(asked(" "), [""]);
    }

    #[test]
    fn business_central_is_asked_once_for_each_field_in_the_spellings_of_names() {
        let asked = |text: &str| sent(&currencies(), &code(), &containing(text));
        let eur = "contains(description,'eur') or contains(description,'Eur') or contains(description,'EUR')";
        assert_eq!(asked("eur"), ["contains(code,'EUR')", eur]);
        // Longer than a code can be: the service would refuse it.
        assert_eq!(asked("12345678901"), ["contains(description,'12345678901')"]);
        assert_eq!(asked("@x"), [""; 0]);
    }

    #[test]
    fn keys_are_asked_for_in_one_request_and_what_is_none_is_left_out() {
        let ids = [ID, "no id", "{2F0A3C52-0000-4C11-8A00-00000000C001}"];
        assert_eq!(
            sent(&accounts(), &LookupKey::Id, &with_keys(&ids)),
            [format!("accountid eq {ID} or accountid eq 2f0a3c52-0000-4c11-8a00-00000000c001")]
        );
        assert_eq!(
            sent(&currencies(), &code(), &with_keys(&["eur", "O'N", "12345678901"])),
            ["code eq 'EUR' or code eq 'O''N'"]
        );
        assert_eq!(sent(&accounts(), &LookupKey::Id, &with_keys(&["no id"])), [""; 0]);
    }

    #[test]
    fn rows_come_once_by_name_with_what_tells_them_apart() {
        let (source, schema) = accounts();
        let mut read = LookupRead::new(&source, &schema, &LookupKey::Id, &containing("a"));
        read.start();
        let body = format!(
            r#"{{"value":[{{"accountid":"2f0a3c52-0000-4c11-8a00-00000000c001","name":"beta","accountnumber":null}},
                {{"accountid":"{ID}","name":"Alpha","accountnumber":"10"}}],
                "@odata.nextLink":"http://localhost/rows?$skiptoken=1"}}"#
        );
        let answer = Response { status: 200, headers: Vec::new(), body: body.into_bytes() };
        let Step::Done(page) = read.accept(&[answer]).unwrap() else { panic!("one page only") };
        let rows: Vec<_> =
            page.rows.iter().map(|row| (row.name.as_str(), row.detail.as_str(), row.key.as_str())).collect();
        assert_eq!(rows, [("Alpha", "10", ID), ("beta", "", "2f0a3c52-0000-4c11-8a00-00000000c001")]);
        assert!(page.has_more);
        assert_eq!(read.accept(&[]).unwrap_err().code(), "page.missing-answer");
    }

    #[test]
    fn a_key_has_one_spelling() {
        assert_eq!(LookupKey::Id.normal("{1F0A3C52-0000-4C11-8A00-00000000C001}").as_deref(), Some(ID));
        assert_eq!(LookupKey::Id.normal("contoso"), None);
        assert_eq!(code().normal(" eur ").as_deref(), Some("EUR"));
        assert_eq!(code().normal(" "), None);
    }
}
