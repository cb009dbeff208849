//! Random tables, rows and filter texts of every field type, on both sides: nulls, blanks, accents, quotes, wildcards,
//! numbers and options out of range, and now and then a filter that is wrong.

use couplet_tests::Random;

use super::naive::{BLANK, Cell, Compare, Kind, UNIT};

/// A column under test: its name and its type.
#[derive(Debug, Clone)]
pub(crate) struct ColumnPlan {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

impl ColumnPlan {
    fn is_ordered_text(&self) -> bool {
        matches!(self.kind, Kind::Text { ordered: true, .. } | Kind::Code { ordered: true, .. })
    }
}

const TEXTS: [&str; 30] = [
    "",
    " ",
    "abc",
    "ABC",
    "Abc",
    "Éloïse",
    "éloïse",
    "ELOISE",
    "Straße",
    "STRASSE",
    "O'Neil",
    "A & B",
    "a=b",
    "x(1)",
    "Ltd.",
    "A..B",
    "john@contoso.com",
    "@abc",
    "%me",
    "50%",
    "*",
    "a*c",
    "v2.0?",
    "Ωmega",
    "ωMEGA",
    "日本",
    "😀a",
    "line\nbreak",
    "tab\tb",
    "<5>",
];
const ORDERED: [&str; 14] =
    ["", "1", "2", "10", "100", "10000", "10042", "100000", "A", "AB", "B", "B1", "ZZ", "9"];
const CODES: [&str; 12] =
    ["", "10000", "20000", "EUR", "USD", "ÉTÉ", "STRAßE", "O'NEIL", "A B", "K(1)", "A|B", "01445544-99"];
const GUIDS: [u128; 4] = [0, 0x3f25_04e0_4f89_11d3_9a0c_0305_e82c_3301, 7, u128::MAX >> 4];
const DATES: [&str; 9] = [
    "2026-03-18",
    "2026-03-16",
    "2026-03-22",
    "2026-02-10",
    "2026-12-31",
    "2025-12-31",
    "2026-03-31",
    "2026-03-17",
    "1999-01-01",
];

/// Every field type; text that only occurs in Business Central is left out on the other side.
pub(crate) fn columns(compare: Compare) -> Vec<ColumnPlan> {
    let plan = |name, kind| ColumnPlan { name, kind };
    let members = |members: &[(i32, &str)]| {
        Kind::Option(members.iter().map(|(ordinal, name)| (*ordinal, (*name).to_owned())).collect())
    };
    let mut columns = vec![
        plan("Text", Kind::Text { max: None, ordered: false }),
        plan("Text[20]", Kind::Text { max: Some(20), ordered: false }),
        plan("Ordered", Kind::Text { max: None, ordered: true }),
        plan("Integer", Kind::Integer),
        plan("BigInteger", Kind::BigInteger),
        plan("Decimal", Kind::Decimal),
        plan("Boolean", Kind::Boolean),
        plan("Blocked", members(&[(0, " "), (1, "Ship"), (2, "Invoice"), (3, "All")])),
        plan("Counted", members(&[(0, "3"), (1, "2"), (2, "1"), (3, "0")])),
        plan(
            "Sparse",
            members(&[(0, ""), (10, "Item"), (17, "G/L Account"), (30, "Payment Discount (VAT Excl.)")]),
        ),
        plan("Typed", members(&[(-1, "None"), (1, "Competitor"), (3, "Customer"), (11, "Vendor")])),
        plan("Date", Kind::Date),
        plan("DateTime", Kind::DateTime),
        plan("Time", Kind::Time),
        plan("Guid", Kind::Guid),
        plan("Picture", Kind::Unfilterable),
    ];
    if compare == Compare::BusinessCentral {
        columns.push(plan("Code", Kind::Code { max: Some(20), ordered: false }));
        columns.push(plan("Ordered Code", Kind::Code { max: Some(20), ordered: true }));
    }
    columns
}

fn one<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    random.pick(from).copied().unwrap()
}

/// A random cell of the column.
pub(crate) fn cell(random: &mut Random, plan: &ColumnPlan, compare: Compare) -> Cell {
    if random.percent(12) {
        return Cell::Null;
    }
    let rank = match &plan.kind {
        Kind::Text { .. } | Kind::Code { .. } | Kind::Unfilterable => {
            return Cell::Text(text_value(random, plan, compare));
        }
        Kind::Integer | Kind::BigInteger => (random.below(41) as i128 - 20) * UNIT,
        Kind::Decimal => (random.below(4001) as i128 - 2000) * UNIT / 100,
        Kind::Boolean => random.below(2) as i128,
        Kind::Option(members) if random.percent(80) => i128::from(random.pick(members).unwrap().0),
        Kind::Option(_) => random.below(25) as i128,
        Kind::Date | Kind::DateTime | Kind::Time if random.percent(10) => BLANK,
        Kind::Date => date_rank(random),
        Kind::DateTime => date_rank(random) / 2 * 86_400_000 + time_rank(random),
        Kind::Time => time_rank(random),
        Kind::Guid => *random.pick(&GUIDS).unwrap() as i128,
    };
    Cell::Rank(rank)
}

fn date_rank(random: &mut Random) -> i128 {
    let date: jiff::civil::Date = one(random, &DATES).parse().unwrap();
    let start = jiff::civil::Date::new(1970, 1, 1).unwrap();
    i128::from(start.until(date).unwrap().get_days()) * 2 + i128::from(random.percent(20))
}

fn time_rank(random: &mut Random) -> i128 {
    *random.pick(&[0, 36_000_000, 36_000_500, 79_200_000, 86_399_000, 43_200_000]).unwrap()
}

fn text_value(random: &mut Random, plan: &ColumnPlan, compare: Compare) -> String {
    let text = match (&plan.kind, plan.is_ordered_text()) {
        (Kind::Code { .. }, false) => one(random, &CODES),
        (_, true) => one(random, &ORDERED),
        _ => one(random, &TEXTS),
    };
    // Upper case only where case decides: its order depends on the collation.
    if plan.is_ordered_text() && compare == Compare::Dataverse && random.percent(40) {
        return text.to_lowercase();
    }
    text.to_owned()
}

/// A random filter text for the column.
pub(crate) fn filter(random: &mut Random, plan: &ColumnPlan, compare: Compare) -> String {
    if random.percent(2) {
        return one(random, &["", " ", "\u{a0}"]).to_owned();
    }
    let mut text = or(random, plan, compare, 2);
    if random.percent(4) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = random.pick(&places).copied().unwrap_or_default();
        text.insert_str(at, one(random, &["|", "&", "(", ")", "'", "..", "=", "<>", ">"]));
    }
    text
}

fn or(random: &mut Random, plan: &ColumnPlan, compare: Compare, depth: usize) -> String {
    let n_parts = [1, 1, 1, 2, 2, 3][random.below(6)];
    let parts: Vec<String> = (0..n_parts).map(|_| and(random, plan, compare, depth)).collect();
    parts.join(one(random, &["|", "|", " | "]))
}

fn and(random: &mut Random, plan: &ColumnPlan, compare: Compare, depth: usize) -> String {
    let n_parts = [1, 1, 1, 1, 2, 3][random.below(6)];
    let parts: Vec<String> = (0..n_parts).map(|_| term(random, plan, compare, depth)).collect();
    parts.join(one(random, &["&", "&", " & "]))
}

fn term(random: &mut Random, plan: &ColumnPlan, compare: Compare, depth: usize) -> String {
    let is_text = matches!(plan.kind, Kind::Text { .. } | Kind::Code { .. });
    let may_order =
        if is_text { plan.is_ordered_text() } else { !matches!(plan.kind, Kind::Guid) || random.percent(3) };
    let value = |random: &mut Random| literal(random, plan, compare);
    match random.below(100) {
        0..15 if depth > 0 => format!("({})", or(random, plan, compare, depth - 1)),
        0..35 => {
            let operators: &[&str] =
                if may_order { &["=", "<>", "<", "<=", ">", ">=", "<> "] } else { &["=", "<>", "<> "] };
            format!("{}{}", one(random, operators), value(random))
        }
        35..55 if may_order => {
            let between = one(random, &["..", "..", " .. "]);
            match random.below(4) {
                0 => format!("{between}{}", value(random)),
                1 => format!("{}{between}", value(random)),
                _ => format!("{}{between}{}", value(random), value(random)),
            }
        }
        _ => value(random),
    }
}

/// A value as it is written in a filter, quoted where it must be and sometimes where it need not.
fn literal(random: &mut Random, plan: &ColumnPlan, compare: Compare) -> String {
    if random.percent(2) && !matches!(plan.kind, Kind::Text { .. } | Kind::Code { .. }) {
        return one(random, &["Purple", "''", "'Purple'"]).to_owned();
    }
    let text = match &plan.kind {
        Kind::Text { .. } | Kind::Code { .. } | Kind::Unfilterable => text_literal(random, plan, compare),
        Kind::Integer => number(random, &["2147483647", "-2147483648", "2147483648", "5.0", "+7"]),
        Kind::BigInteger => {
            number(random, &["9223372036854775807", "9223372036854775808", "2147483648", "1."])
        }
        Kind::Decimal => match random.below(4) {
            0 => one(random, &["0.10", ".5", "1.", "-0.00", "+2.25", "1e3", "1 000"]).to_owned(),
            1 => format!("{}.{:02}", random.below(20), random.below(100)),
            _ => number(random, &["12", "-3"]),
        },
        Kind::Boolean => one(random, &["true", "FALSE", "Yes", "no", "1", "0", "True", "2"]).to_owned(),
        Kind::Option(members) => option_literal(random, members),
        Kind::Date => date_literal(random),
        Kind::DateTime => date_time_literal(random),
        Kind::Time => {
            one(random, &["10:00:00", "00:00:00", "10:00:00.500", "22:00:00", "23:59:59"]).to_owned()
        }
        Kind::Guid => guid_literal(random),
    };
    let needs_quotes = text.contains(['|', '&', '(', ')', '\''])
        || text.contains("..")
        || text.is_empty()
        || text.starts_with(['=', '<', '>', ' ', '%', '.'])
        || text.ends_with(['.', ' ']);
    // A word such as `%today` is one only without quotes.
    let is_word = text.starts_with('%') && matches!(plan.kind, Kind::Date | Kind::DateTime);
    let quoted = format!("'{}'", text.replace('\'', "''"));
    let is_date = matches!(plan.kind, Kind::Date | Kind::DateTime);
    if (needs_quotes && !is_word) || (random.percent(15) && !is_date) { quoted } else { text }
}

fn text_literal(random: &mut Random, plan: &ColumnPlan, compare: Compare) -> String {
    let mut text = text_value(random, plan, compare);
    if plan.is_ordered_text() {
        if matches!(plan.kind, Kind::Code { .. }) && random.percent(30) {
            text = text.to_lowercase();
        }
        return text;
    }
    if random.percent(20) {
        text = if random.percent(50) { text.to_lowercase() } else { text.to_uppercase() };
    }
    if random.percent(25) {
        let characters: Vec<char> = text.chars().collect();
        let (from, to) = (random.below(characters.len() + 1), random.below(characters.len() + 1));
        let piece: String = characters[from.min(to)..from.max(to)].iter().collect();
        text = match random.below(5) {
            0 => format!("{piece}*"),
            1 => format!("*{piece}"),
            2 => format!("*{piece}*"),
            3 => "?".repeat(characters.len()),
            _ => format!("?{}", characters.iter().skip(1).collect::<String>()),
        };
    }
    if random.percent(3) {
        text = "a text that is longer than every field of the table".to_owned();
    }
    if random.percent(15) { format!("@{text}") } else { text }
}

fn number(random: &mut Random, special: &[&str]) -> String {
    if random.percent(6) {
        return one(random, special).to_owned();
    }
    (random.below(41) as i64 - 20).to_string()
}

fn option_literal(random: &mut Random, members: &[(i32, String)]) -> String {
    match random.below(30) {
        0..20 => {
            let name = &random.pick(members).unwrap().1;
            match random.below(4) {
                0 => name.to_lowercase(),
                1 => format!(" {name} "),
                _ => name.clone(),
            }
        }
        20 => one(random, &["99", "-1", "Dra*", "@ship", "All?"]).to_owned(),
        _ => random.pick(members).unwrap().0.to_string(),
    }
}

fn date_literal(random: &mut Random) -> String {
    let date = one(random, &DATES);
    match random.below(12) {
        0 => format!("C{date}"),
        1 => one(random, &["today", "%today", "Workdate", "yesterday", "tomorrow", "t", "w"]).to_owned(),
        2 => one(random, &["week", "month", "quarter", "WEEK"]).to_owned(),
        3 => one(random, &["10", "01", "28", "30", "C11"]).to_owned(),
        4 if random.percent(40) => one(random, &["2026-02-30", "", "2026-13-01"]).to_owned(),
        _ => date.to_owned(),
    }
}

fn date_time_literal(random: &mut Random) -> String {
    let date = one(random, &DATES);
    let time = one(random, &["10:00:00", "00:00:00", "22:00:00", "10:00:00.500"]);
    match random.below(8) {
        0 => one(random, &["today", "workdate", "%today", ""]).to_owned(),
        1 | 2 => date.to_owned(),
        3 => format!("{date}T{time}"),
        4 => format!("{date} 10:00:00"),
        _ => format!("{date}T{time}Z"),
    }
}

fn guid_literal(random: &mut Random) -> String {
    let guid = uuid::Uuid::from_u128(*random.pick(&GUIDS).unwrap());
    match random.below(4) {
        0 => guid.hyphenated().to_string(),
        1 => guid.braced().to_string().to_uppercase(),
        2 => guid.braced().to_string(),
        _ => guid.hyphenated().to_string().to_uppercase(),
    }
}
