//! Checks of the locale files: the same keys in both, each used, French typography.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{expect_none, files};
use crate::workspace;

/// The no-break spaces of French: the wide one and the narrow one.
const NO_BREAK_SPACES: [char; 2] = ['\u{a0}', '\u{202f}'];
/// Endings that select a plural form of one key.
const PLURAL_FORMS: [&str; 6] = ["_zero", "_one", "_two", "_few", "_many", "_other"];

/// All texts of a locale with their full keys.
pub(super) fn texts(locale: &str) -> Vec<(String, String)> {
    let path = workspace::root().unwrap().join("locales").join(format!("{locale}.json"));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut texts = Vec::new();
    flatten("", &file, &mut texts);
    texts
}

fn flatten(key: &str, value: &Value, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(children) => {
            for (name, child) in children {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&key, child, texts);
            }
        }
        Value::String(text) => texts.push((key.to_owned(), text.clone())),
        other => texts.push((key.to_owned(), other.to_string())),
    }
}

/// The key as the code names it: without a plural form.
fn plain_key(key: &str) -> &str {
    let plain = PLURAL_FORMS.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key);
    plain.strip_suffix("_ordinal").unwrap_or(plain)
}

fn plain_keys(locale: &str) -> BTreeSet<String> {
    texts(locale).iter().map(|(key, _)| plain_key(key).to_owned()).collect()
}

#[test]
fn both_locales_have_the_same_keys() {
    let (english, french) = (plain_keys("en"), plain_keys("fr"));
    assert!(!english.is_empty());
    let only = |keys: &BTreeSet<String>, others: &BTreeSet<String>, locale: &str| -> Vec<String> {
        keys.difference(others).map(|key| format!("{key} is only in {locale}")).collect()
    };
    let findings = [only(&english, &french, "en.json"), only(&french, &english, "fr.json")].concat();
    expect_none("keys of one locale only", &findings);
}

#[test]
fn no_text_is_empty() {
    for locale in ["en", "fr"] {
        let empty = texts(locale).into_iter().filter(|(_, text)| text.trim().is_empty()).map(|(key, _)| key);
        expect_none(&format!("empty texts in {locale}.json"), &empty.collect::<Vec<_>>());
    }
}

#[test]
fn every_key_is_used() {
    let code: String = files("src", &["rs"])
        .iter()
        .map(|file| file.text.chars().filter(|c| !c.is_whitespace()).chain(['\n']).collect::<String>())
        .collect();
    let keys = texts("en").into_iter().map(|(key, _)| key);
    let findings: Vec<String> =
        keys.filter(|key| !is_named(&code, key) && !is_named(&code, plain_key(key))).collect();
    expect_none("keys that nothing in src names", &findings);
}

/// Whether the code names the key as a whole word.
fn is_named(code: &str, key: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    // Splitting also gives what stands before and after each place.
    let pieces: Vec<&str> = code.split(key).collect();
    pieces.windows(2).any(|pair| {
        let before = pair[0].chars().next_back();
        let after = pair[1].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn keys_are_found_as_whole_words() {
    assert!(is_named("t!(i18n,preview.passed)", "preview.passed"));
    assert!(!is_named("t!(i18n,preview.passed_all)", "preview.passed"));
    assert!(!is_named("t!(i18n,home.preview.passed)", "preview.passed"));
}

/// What is wrong with the typography of a French text.
fn french_finding(text: &str) -> Option<&'static str> {
    let characters: Vec<char> = text.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1).copied();
        let ends_word = after.is_none_or(|c| c.is_whitespace() || matches!(c, ')' | '»' | '<'));
        let follows_word =
            before.is_some_and(|c| c.is_alphanumeric() || matches!(c, ' ' | ')' | ']' | '}' | '»' | '%'));
        match character {
            ':' | ';' | '?' | '!' if ends_word && follows_word => {
                return Some("no-break space missing before : ; ? or !");
            }
            '«' if !after.is_some_and(|c| NO_BREAK_SPACES.contains(&c)) => {
                return Some("no-break space missing after «");
            }
            '»' if !before.is_some_and(|c| NO_BREAK_SPACES.contains(&c)) => {
                return Some("no-break space missing before »");
            }
            '"' => return Some("straight quotes in place of « »"),
            _ => {}
        }
    }
    None
}

#[test]
fn french_texts_follow_french_typography() {
    let findings: Vec<String> = texts("fr")
        .iter()
        .filter_map(|(key, text)| french_finding(text).map(|finding| format!("{key}: {finding}: {text}")))
        .collect();
    expect_none("French typography", &findings);
}

#[test]
fn french_typography_is_recognized() {
    let check = |text, sound: bool| assert_eq!(french_finding(text).is_none(), sound, "{text}");
    check("Filtre\u{a0}: «\u{a0}A\u{a0}»", true);
    check("Filtre: A", false);
    check("Filtre : A", false);
    check("Vraiment\u{202f}?", true);
    check("Vraiment?", false);
    check("à 12:30, https://exemple.invalid", true);
    check("? remplace un caractère", true);
    check("«A»", false);
    check("le filtre \"A\"", false);
}
