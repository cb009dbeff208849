//! Checks of the reasons why a clause is not sent or not exact: each has words of its own in both languages.

use super::locales::texts;
use super::{expect_none, files};

/// Each reason's variant and the last part of its code, from the place where the codes are given out.
fn reasons() -> Vec<(String, String)> {
    let sources = files("crates", &["rs"]);
    let lines = sources.iter().flat_map(|file| file.text.lines());
    let given = lines.filter_map(|line| {
        let (variant, code) = line.trim().strip_prefix("PushReason::")?.split_once(" => \"push.reason.")?;
        Some((variant.to_owned(), code.trim_end_matches(['"', ',']).to_owned()))
    });
    given.collect()
}

#[test]
fn every_reason_has_words_in_both_languages() {
    let shown: String = files("src", &["rs"]).into_iter().map(|file| file.text).collect();
    let (english, french) = (texts("en"), texts("fr"));
    let reasons = reasons();
    assert!(reasons.len() > 15, "the codes are not where they were: {reasons:?}");
    let mut findings = Vec::new();
    for (variant, code) in reasons {
        let key = format!("push.{}", code.replace('-', "_"));
        let words = |texts: &[(String, String)]| {
            texts.iter().find(|(known, _)| *known == key).map(|(_, text)| text.clone())
        };
        match (words(&english), words(&french)) {
            (Some(english), Some(french)) if english != french => {}
            (Some(_), Some(_)) => findings.push(format!("{key} says the same in both languages")),
            _ => findings.push(format!("{key} is missing")),
        }
        if !shown.contains(&format!("PushReason::{variant} => t_string!(i18n, {key})")) {
            findings.push(format!("{variant} is not shown with {key}"));
        }
    }
    expect_none("reasons without words", &findings);
}
