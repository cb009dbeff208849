//! Filters from a seed: every form of the language over the sample's constants, most of them readable. Knows nothing of
//! what they mean.

use couplet_filter::Context;
use couplet_tests::Random;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::cells::{Field, quoted};
use couplet_sandbox::CustomType;

/// One generated case: conditions on different fields, all of which a row has to pass, and where it is midnight.
pub(crate) struct Case<'s> {
    pub(crate) conditions: Vec<(&'s Field, String)>,
    pub(crate) context: Context,
}

impl<'s> Case<'s> {
    pub(crate) fn new(seed: u64, fields: &'s [Field]) -> Self {
        let mut random = Random::new(seed);
        let n_conditions = [1, 1, 1, 1, 2, 3][random.below(6)];
        let mut conditions: Vec<(&Field, String)> = Vec::new();
        for _ in 0..n_conditions {
            let field = random.pick(fields).unwrap();
            if !conditions.iter().any(|(known, _)| known.name == field.name) {
                conditions.push((field, filter(&mut random, field)));
            }
        }
        Case { conditions, context: context(zone(&mut random)) }
    }
}

/// The context in a time zone: a user and a company whose names are full of signs.
pub(crate) fn context(zone: TimeZone) -> Context {
    let now: Timestamp = "2026-03-15T10:00:00.5Z".parse().unwrap();
    let mut context = Context::new(now, zone);
    "ADMIN*".clone_into(&mut context.user_id);
    "A & B Ltd. (é)".clone_into(&mut context.company);
    context
}

/// Mostly UTC, as both services have it; else zones ahead, behind, off by half hours and with a change of the clock.
fn zone(random: &mut Random) -> TimeZone {
    match random.below(8) {
        0 => TimeZone::fixed(Offset::from_seconds(19_800).unwrap()),
        1 => TimeZone::fixed(Offset::constant(-11)),
        2 => TimeZone::fixed(Offset::constant(14)),
        3 => TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
        _ => TimeZone::UTC,
    }
}

fn filter(random: &mut Random, field: &Field) -> String {
    match random.below(100) {
        0 => String::new(),
        1 | 2 => long_list(random, field),
        3 if field.is_text() => format!("*{}*", "x".repeat(random.below(300))),
        _ => expression(random, field, 0),
    }
}

/// Alternatives up to and far beyond what is sent.
fn long_list(random: &mut Random, field: &Field) -> String {
    let n_alternatives = 20 + random.below(400);
    let term = |_| match field.kind {
        CustomType::Text(_) | CustomType::Code(_) => quoted(&random.below(30_000).to_string()),
        CustomType::Guid | CustomType::Boolean | CustomType::Enum(_) | CustomType::Option(_) => {
            random.pick(&field.constants).unwrap().clone()
        }
        CustomType::Date => {
            format!("'20{:02}-0{}-1{}'", random.below(100), 1 + random.below(9), random.below(10))
        }
        CustomType::DateTime => format!("'20{:02}-0{}-15T10:00:00Z'", random.below(100), 1 + random.below(9)),
        CustomType::Time => format!("'{:02}:{:02}:00'", random.below(24), random.below(60)),
        _ => random.below(200).to_string(),
    };
    (0..n_alternatives).map(term).collect::<Vec<_>>().join("|")
}

fn expression(random: &mut Random, field: &Field, depth: usize) -> String {
    if depth >= 4 || random.percent(50 + depth * 12) {
        return term(random, field);
    }
    let operator = if random.percent(70) { "|" } else { "&" };
    let n_parts = 2 + random.below(3);
    let parts: Vec<String> = (0..n_parts).map(|_| expression(random, field, depth + 1)).collect();
    let joined = parts.join(operator);
    if depth > 0 || random.percent(20) { format!("({joined})") } else { joined }
}

fn term(random: &mut Random, field: &Field) -> String {
    let mut value = || constant(random, field);
    let (first, second) = (value(), value());
    let is_range = !matches!(field.kind, CustomType::Guid);
    match random.below(12) {
        0 | 1 => format!("<>{first}"),
        2 if is_range => format!("<{first}"),
        3 if is_range => format!("<={first}"),
        4 if is_range => format!(">{first}"),
        5 if is_range => format!(">={first}"),
        6 if is_range => format!("{first}..{second}"),
        7 if is_range && random.percent(50) => format!("{first}.."),
        7 if is_range => format!("..{first}"),
        8 => format!("={first}"),
        _ => first,
    }
}

fn constant(random: &mut Random, field: &Field) -> String {
    let constant = random.pick(&field.constants).unwrap();
    let text = constant.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match text {
        Some(text) if field.is_text() => quoted(&changed(random, &text.replace("''", "'"))),
        _ => constant.clone(),
    }
}

/// A text, a piece of it with wildcards, in another case, with `@`, or with other accents.
fn changed(random: &mut Random, text: &str) -> String {
    let characters: Vec<char> = text.chars().take(40).collect();
    let (from, to) = (random.below(characters.len() + 1), random.below(characters.len() + 1));
    let piece = |from: usize, to: usize| characters[from.min(to)..from.max(to)].iter().collect::<String>();
    let changed = match random.below(18) {
        0 | 1 => format!("{}*", piece(0, from)),
        2 => format!("*{}", piece(from, characters.len())),
        3 | 4 => format!("*{}*", piece(from, to)),
        5 => format!("{}*{}", piece(0, from), piece(to.max(from), characters.len())),
        6 if !characters.is_empty() => format!("?{}", piece(1, characters.len())),
        7 => format!("{}?{}", piece(0, from), piece(from, characters.len())),
        8 => format!("*{}*{}?*", piece(0, from), piece(from, to)),
        9 => text.to_uppercase(),
        10 => text.to_lowercase(),
        11 => text.replace(['é', 'ö', 'å'], "e"),
        12 => format!("{text}%"),
        13 => format!("{text}\u{301}"),
        _ => text.to_owned(),
    };
    if random.percent(15) { format!("@{changed}") } else { changed }
}
