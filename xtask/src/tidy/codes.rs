//! Checks of the codes that plans, failures and readiness give out: each has words of its own in both languages, and
//! each failure also says what to do.

use std::collections::BTreeSet;

use super::locales::texts;
use super::{expect_none, files};

/// Codes that begin like this are shown to people; those of the second list come with advice.
const SHOWN: [&str; 7] = ["plan", "failure", "transformation", "left-out", "readiness", "run", "forecast"];
const ADVISED: [&str; 3] = ["failure", "transformation", "readiness"];

/// Every code that is shown, as given out by `code()`.
fn codes() -> BTreeSet<(String, String)> {
    let folders = ["crates/engine/src", "crates/synchronization/src"];
    let sources: Vec<_> = folders.into_iter().flat_map(|folder| files(folder, &["rs"])).collect();
    let given = sources.iter().flat_map(|file| file.text.split(" => \"").skip(1));
    let codes = given.filter_map(|text| text.split_once('"')?.0.split_once('.'));
    let shown = codes.filter(|(area, code)| {
        SHOWN.contains(area) && code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    });
    shown.map(|(area, code)| (area.to_owned(), code.to_owned())).collect()
}

#[test]
fn every_code_has_words_in_both_languages() {
    let codes = codes();
    assert!(codes.len() > 45, "the codes are not where they were: {codes:?}");
    let (english, french) = (texts("en"), texts("fr"));
    let mut findings = Vec::new();
    for (area, code) in &codes {
        let detail = code.replace('-', "_");
        let mut keys = match area.as_str() {
            // The area of the page has keys of its own.
            "run" => vec![format!("run.{detail}"), format!("run_error.{detail}")],
            area => vec![format!("{}.{detail}", area.replace('-', "_"))],
        };
        if ADVISED.contains(&area.as_str()) {
            keys.push(format!("advice.{detail}"));
        }
        for key in keys {
            let words = |texts: &[(String, String)]| texts.iter().find(|(known, _)| *known == key).cloned();
            match (words(&english), words(&french)) {
                (Some(english), Some(french)) if english != french => {}
                (Some(_), Some(_)) => findings.push(format!("{key} says the same in both languages")),
                _ => findings.push(format!("{key} is missing")),
            }
        }
    }
    expect_none("codes without words", &findings);
}
