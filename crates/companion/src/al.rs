//! How names and texts are written in AL.

/// Longest name of an object.
const MAX_OBJECT_NAME: usize = 30;

/// Words that cannot stand unquoted as the name of a control or a table. More than the language reserves: quotes never
/// hurt.
const RESERVED: [&str; 58] = [
    "action",
    "and",
    "area",
    "array",
    "asserterror",
    "begin",
    "break",
    "case",
    "codeunit",
    "continue",
    "controladdin",
    "cuegroup",
    "div",
    "do",
    "downto",
    "else",
    "end",
    "enum",
    "event",
    "exit",
    "false",
    "field",
    "fixed",
    "for",
    "foreach",
    "function",
    "grid",
    "group",
    "if",
    "in",
    "interface",
    "internal",
    "key",
    "label",
    "local",
    "mod",
    "not",
    "of",
    "or",
    "page",
    "part",
    "procedure",
    "program",
    "protected",
    "query",
    "repeat",
    "repeater",
    "report",
    "table",
    "temporary",
    "then",
    "to",
    "trigger",
    "true",
    "until",
    "var",
    "while",
    "xor",
];

/// A name as an identifier, in quotes where it needs them: `Name`, `"No."`.
pub(crate) fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let is_plain = begins && characters.all(|it| it.is_ascii_alphanumeric() || it == '_');
    if is_plain && !RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        name.to_owned()
    } else {
        format!("\"{}\"", one_line(name).replace('"', "\"\""))
    }
}

/// A text constant.
pub(crate) fn text(text: &str) -> String {
    format!("'{}'", one_line(text).replace('\'', "''"))
}

/// Texts and names of AL end with their line.
fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// `Couplet` and the name of the table, cut to what an object may be called; `taken` are the names before it, told apart
/// ignoring case.
pub(crate) fn object_name(table: &str, taken: &[String]) -> String {
    let cut = |name: &str, length: usize| name.chars().take(length).collect::<String>().trim_end().to_owned();
    let is_taken = |name: &str| taken.iter().any(|it| it.eq_ignore_ascii_case(name));
    let whole = one_line(&format!("Couplet {table}")).replace('"', "");
    let mut name = cut(&whole, MAX_OBJECT_NAME);
    let mut number = 2_u32;
    while is_taken(&name) {
        let end = format!(" {number}");
        name = format!("{}{end}", cut(&whole, MAX_OBJECT_NAME - end.len()));
        number += 1;
    }
    name
}

/// The name of an object as part of a file name: letters and digits.
pub(crate) fn file_name(object: &str) -> String {
    object.chars().filter(|it| it.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_need_it() {
        for (name, expected) in [
            ("Name", "Name"),
            ("No.", "\"No.\""),
            ("E-Mail 2", "\"E-Mail 2\""),
            ("Begin", "\"Begin\""),
            ("2nd", "\"2nd\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("Straße", "\"Straße\""),
            ("a\nb", "\"a b\""),
        ] {
            assert_eq!(identifier(name), expected);
        }
        assert_eq!(text("Don't"), "'Don''t'");
    }

    #[test]
    fn object_names_are_short_and_differ() {
        let mut taken = Vec::new();
        for (table, expected) in [
            ("Customer", "Couplet Customer"),
            ("Contact Business Relation", "Couplet Contact Business Relat"),
            ("Contact Business Relation Two", "Couplet Contact Business Rel 2"),
            ("customer", "Couplet customer 2"),
        ] {
            let name = object_name(table, &taken);
            assert_eq!(name, expected);
            assert!(name.chars().count() <= MAX_OBJECT_NAME);
            taken.push(name);
        }
    }
}
