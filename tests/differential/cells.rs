//! The sample table: one field of every type, the values that its rows hold, and the constants that filters name. What
//! a value is on each wire is written here a second time, without the product's writers.

use couplet_engine::Side;
use couplet_filter::{DateKey, DateTimeKey, FieldValue, TimeKey};
use couplet_sandbox::{CustomField, CustomTable, CustomType};
use serde_json::Value;

/// Number of the table in Business Central.
pub(crate) const TABLE_NUMBER: u32 = 50_000;
/// Name of the table in Dataverse.
pub(crate) const TABLE_NAME: &str = "sample";
/// Longest text.
const TEXT_LENGTH: u32 = 250;
/// Longest code.
const CODE_LENGTH: u32 = 20;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Null in Dataverse, the blank value in Business Central.
    Null,
    Text(String),
    Whole(i64),
    Decimal(&'static str),
    Boolean(bool),
    /// Number and name.
    Option(i32, &'static str),
    Date(&'static str),
    Moment(&'static str),
    Time(&'static str),
    Guid(&'static str),
}

/// One field with the values of its rows.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: CustomType,
    pub(crate) values: Vec<Cell>,
    /// Constants beyond the values, as filter texts.
    pub(crate) constants: Vec<String>,
}

impl Cell {
    /// As it is sent to a service; none where the property is left out.
    pub(crate) fn json(&self, side: Side) -> Option<Value> {
        Some(match self {
            Cell::Null => return None,
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Whole(number) => Value::from(*number),
            Cell::Decimal(text) => serde_json::from_str(text).unwrap(),
            Cell::Boolean(value) => Value::from(*value),
            Cell::Option(_, name) if side == Side::BusinessCentral => Value::from(*name),
            Cell::Option(number, _) => Value::from(*number),
            Cell::Date(text) | Cell::Moment(text) | Cell::Time(text) | Cell::Guid(text) => Value::from(*text),
        })
    }

    /// What a client should read back.
    pub(crate) fn value(&self, side: Side, kind: &CustomType) -> FieldValue<'_> {
        match self {
            Cell::Null if side == Side::Dataverse => FieldValue::Null,
            Cell::Null => blank(kind),
            // Dataverse has no empty texts.
            Cell::Text(text) if text.is_empty() && side == Side::Dataverse => FieldValue::Null,
            Cell::Text(text) => FieldValue::Text(text),
            Cell::Whole(number) => FieldValue::Integer(*number),
            Cell::Decimal(text) => FieldValue::Decimal(text.parse().unwrap()),
            Cell::Boolean(value) => FieldValue::Boolean(*value),
            Cell::Option(number, _) => FieldValue::Option(*number),
            Cell::Date(text) => FieldValue::Date(DateKey::from_iso(text).unwrap()),
            Cell::Moment(text) => FieldValue::DateTime(DateTimeKey::from_iso(text).unwrap()),
            Cell::Time(text) => FieldValue::Time(TimeKey::from_iso(text).unwrap()),
            Cell::Guid(text) => FieldValue::Guid(text.parse().unwrap()),
        }
    }

    /// As a filter names it.
    fn constant(&self) -> Option<String> {
        Some(match self {
            Cell::Null => return None,
            Cell::Text(text) => quoted(text),
            Cell::Whole(number) => number.to_string(),
            Cell::Decimal(text) => (*text).to_owned(),
            Cell::Boolean(value) => value.to_string(),
            Cell::Option(_, name) => quoted(name),
            Cell::Date(text) | Cell::Moment(text) | Cell::Time(text) => quoted(text),
            Cell::Guid(text) => format!("{{{text}}}"),
        })
    }
}

fn blank(kind: &CustomType) -> FieldValue<'static> {
    match kind {
        CustomType::Text(_) | CustomType::Code(_) => FieldValue::Text(""),
        CustomType::Integer | CustomType::BigInteger => FieldValue::Integer(0),
        CustomType::Decimal => FieldValue::Decimal("0".parse().unwrap()),
        CustomType::Boolean => FieldValue::Boolean(false),
        CustomType::Date => FieldValue::Date(DateKey::BLANK),
        CustomType::DateTime => FieldValue::DateTime(DateTimeKey::BLANK),
        CustomType::Time => FieldValue::Time(TimeKey::BLANK),
        CustomType::Guid => FieldValue::Guid("00000000-0000-0000-0000-000000000000".parse().unwrap()),
        CustomType::Enum(_) | CustomType::Option(_) => FieldValue::Option(0),
    }
}

/// A text as a filter quotes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Field {
    fn new(name: &'static str, kind: CustomType, values: Vec<Cell>, constants: &[&str]) -> Self {
        let own = values.iter().filter_map(Cell::constant);
        let constants = own.chain(constants.iter().map(|&text| text.to_owned())).collect();
        Field { name, kind, values, constants }
    }

    /// Whether it holds text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, CustomType::Text(_) | CustomType::Code(_))
    }

    /// The value of a row.
    pub(crate) fn cell(&self, row: usize) -> &Cell {
        &self.values[row % self.values.len()]
    }
}

/// The table with these fields.
pub(crate) fn table(fields: &[Field]) -> CustomTable {
    let columns = fields.iter().map(|it| CustomField { name: it.name.to_owned(), kind: it.kind.clone() });
    CustomTable { number: TABLE_NUMBER, name: "Sample".to_owned(), fields: columns.collect() }
}

/// Case, accents, combining marks, letters whose case changes their length, characters beyond the basic plane, and every
/// character that means something to a filter, to `$filter`, to SQL or to an address.
const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "abc",
    "ABC",
    "Abc",
    "abcd",
    "xabc",
    "e",
    "E",
    "é",
    "É",
    "e\u{301}",
    "E\u{301}",
    "ö",
    "Ö",
    "o\u{308}",
    "ñ",
    "Straße",
    "STRASSE",
    "STRAẞE",
    "strasse",
    "ß",
    "ẞ",
    "İ",
    "I",
    "i",
    "ı",
    "İstanbul",
    "ſ",
    "s",
    "S",
    "\u{212a}",
    "k",
    "K",
    "\u{212b}",
    "å",
    "Å",
    "ﬁ",
    "fi",
    "ǆ",
    "ǅ",
    "Ǆ",
    "Σ",
    "σ",
    "ς",
    "ΐ",
    "Ω",
    "\u{2126}",
    "😀",
    "😀😀",
    "x😀y",
    "𐐀",
    "𐐨",
    "O'Neil",
    "o'neil",
    "''",
    "'",
    "\"q\"",
    "100%",
    "50_50",
    "5050",
    "50x50",
    "%",
    "_",
    "[abc]",
    "[",
    "]",
    "[a]",
    "a]b",
    "[^a]",
    "^",
    "#1",
    "a&b",
    "a|b",
    "(a)",
    "(",
    ")",
    "a+b",
    "a/b",
    "a\\b",
    "a?b",
    "a*b",
    "axb",
    "*",
    "?",
    "@home",
    "@",
    "home",
    "HOME",
    "@@x",
    "<>a",
    "=a",
    "<1",
    "..",
    "a..b",
    "%me",
    "ADMIN*",
    "a,b",
    "a;b",
    "a:b",
    "a=b",
    "$filter",
    "~",
    "null",
    "true",
    "0",
    "1",
    "12",
    "012",
    "10000",
    "100000",
    "1e3",
    "-5",
    " lead",
    "trail ",
    "a  b",
    "a b",
    " ",
    "tab\tx",
    "line\nbreak",
    "nb\u{a0}sp",
    "zw\u{200b}j",
    "x eq 'a' or 'b' ne ",
    "') or (1 eq 1",
    "A & B Ltd. (é)",
];

const CODES: &[&str] = &[
    "", "A", "AB", "ABC", "10", "100", "2", "É", "SS", "ß", "A'B", "A B", "A-1", "A_1", "A%1", "[A]", "A*1",
    "@A", "Ω", "😀", "A&B", "A/B", "(A)", "A|B", "Ǆ",
];

const DECIMALS: &[&str] = &[
    "0",
    "0.1",
    "0.10",
    "-0.1",
    "1",
    "1.5",
    "-1.5",
    "2.50",
    "99999999.99",
    "-99999999.99",
    "0.00001",
    "1234567890.12345",
    "100",
];

const DATES: &[&str] = &[
    "1753-01-01",
    "1899-12-31",
    "1999-12-31",
    "2024-02-29",
    "2026-03-14",
    "2026-03-15",
    "2026-03-16",
    "2026-03-29",
    "2026-12-31",
    "2027-01-01",
    "9999-12-31",
];

const MOMENTS: &[&str] = &[
    "1753-01-01T00:00:00Z",
    "2026-03-14T22:59:59Z",
    "2026-03-14T23:00:00Z",
    "2026-03-14T23:59:59.999Z",
    "2026-03-15T00:00:00Z",
    "2026-03-15T00:00:00.001Z",
    "2026-03-15T10:00:00Z",
    "2026-03-15T10:00:00.5Z",
    "2026-03-15T23:59:59Z",
    "2026-03-15T23:59:59.5Z",
    "2026-03-15T23:59:59.999Z",
    "2026-03-16T00:00:00Z",
    "2026-03-29T00:59:59Z",
    "2026-03-29T01:00:00Z",
    "2026-03-29T22:00:00Z",
    "9999-12-31T23:59:59Z",
];

const TIMES: &[&str] = &["00:00:00", "00:00:00.001", "05:00:00", "10:30:00", "10:30:00.5", "23:59:59.999"];

const GUIDS: &[&str] = &[
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "a0000000-0000-4000-8000-000000000001",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-0000-0000-000000000001",
];

/// Numbers with gaps; names with spaces, hyphens and accents; the blank member first.
const ENUM: &[(i32, &str)] =
    &[(0, " "), (1, "Ship"), (2, "In Review"), (5, "Non-Inventory"), (10, "Évalué"), (30, "All")];
/// Names of an option of the old style (A49).
const OPTION: &[&str] = &[" ", "On Hold", "Error", "In Process", "Non-Stock", "_x0020_", "Über"];

/// Every field of the sample.
pub(crate) fn fields() -> Vec<Field> {
    let mut fields = Vec::from(text_fields());
    fields.extend(number_fields());
    fields.extend(option_fields());
    fields.extend(moment_fields());
    fields
}

fn with_null(values: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    std::iter::once(Cell::Null).chain(values).collect()
}

fn text_fields() -> [Field; 2] {
    let long = ["x".repeat(250), format!("{}é", "long ".repeat(40)), "😀".repeat(100)];
    let texts = TEXTS.iter().map(|&text| text.to_owned()).chain(long);
    let codes = CODES.iter().map(|&text| Cell::Text(text.to_owned()));
    [
        Field::new(
            "text",
            CustomType::Text(TEXT_LENGTH),
            with_null(texts.map(Cell::Text)),
            &["%me", "%company"],
        ),
        Field::new(
            "code",
            CustomType::Code(CODE_LENGTH),
            with_null(codes),
            &["abc", "ß", "' ab '", "%me", "é"],
        ),
    ]
}

fn number_fields() -> [Field; 4] {
    let whole = [0, 1, -1, 2, 3, 5, 10, 42, 100, i64::from(i32::MAX), -i64::from(i32::MAX)].map(Cell::Whole);
    let big = [0, 1, -1, 5_000_000_000, 9_007_199_254_740_993, i64::MAX, -i64::MAX].map(Cell::Whole);
    let decimals = DECIMALS.iter().map(|text| Cell::Decimal(text));
    [
        Field::new("whole", CustomType::Integer, with_null(whole), &["-2147483648", "7", "+5"]),
        Field::new("big", CustomType::BigInteger, with_null(big), &["9007199254740992", "7"]),
        Field::new(
            "amount",
            CustomType::Decimal,
            with_null(decimals),
            &["-7", "1.", ".5", "0.100001", "1e3"],
        ),
        Field::new("yes", CustomType::Boolean, with_null([false, true].map(Cell::Boolean)), &["Yes", "0"]),
    ]
}

fn option_fields() -> [Field; 2] {
    let members: Vec<(i32, String)> = ENUM.iter().map(|(value, name)| (*value, (*name).to_owned())).collect();
    let names: Vec<String> = OPTION.iter().map(|&name| name.to_owned()).collect();
    let of_enum = ENUM.iter().map(|(value, name)| Cell::Option(*value, name));
    let of_option = (0..).zip(OPTION).map(|(value, name)| Cell::Option(value, name));
    let constants = ["0", "1", "3", "7", "99", "-1", "ship", "' error '"];
    [
        Field::new("status", CustomType::Enum(members), with_null(of_enum), &constants),
        Field::new("kind", CustomType::Option(names), with_null(of_option), &constants),
    ]
}

fn moment_fields() -> [Field; 4] {
    let words = ["''", "today", "workdate", "'2026-03-15'", "C2026-12-31", "'C2026-03-15'", "week"];
    let moment_words = [
        "''",
        "today",
        "now",
        "2026-03-15",
        "'2026-03-15T10:00:00'",
        "'2026-03-15 10:00'",
        "2026-03-29",
        "9999-12-31",
    ];
    [
        Field::new("day", CustomType::Date, with_null(DATES.iter().map(|text| Cell::Date(text))), &words),
        Field::new(
            "moment",
            CustomType::DateTime,
            with_null(MOMENTS.iter().map(|it| Cell::Moment(it))),
            &moment_words,
        ),
        Field::new(
            "clock",
            CustomType::Time,
            with_null(TIMES.iter().map(|it| Cell::Time(it))),
            &["''", "5", "0530"],
        ),
        Field::new(
            "unit",
            CustomType::Guid,
            with_null(GUIDS.iter().map(|it| Cell::Guid(it))),
            &["{00000000-0000-0000-0000-000000000000}", "3F2504E0-4F89-11D3-9A0C-0305E82C3301"],
        ),
    ]
}
