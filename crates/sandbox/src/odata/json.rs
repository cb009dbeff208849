//! JSON written straight to bytes: texts, numbers, moments. No tree of values.

use crate::store::{Guid, format_millis};

/// Appends a JSON string with its quotes.
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    let mut rest = value;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let mut characters = special.chars();
        match characters.next() {
            Some('"') => out.extend_from_slice(b"\\\""),
            Some('\\') => out.extend_from_slice(b"\\\\"),
            Some('\n') => out.extend_from_slice(b"\\n"),
            Some('\r') => out.extend_from_slice(b"\\r"),
            Some('\t') => out.extend_from_slice(b"\\t"),
            Some(other) => out.extend_from_slice(format!("\\u{:04x}", u32::from(other)).as_bytes()),
            None => {}
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// Appends a GUID with its quotes.
pub(crate) fn guid(out: &mut Vec<u8>, value: Guid) {
    out.push(b'"');
    out.extend_from_slice(&value.ascii());
    out.push(b'"');
}

/// Appends a whole number.
pub(crate) fn int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(value.to_string().as_bytes());
}

/// Appends a moment with its quotes (A46).
pub(crate) fn moment(out: &mut Vec<u8>, value: i64) {
    text(out, &format_millis(value));
}

/// Appends `true` or `false`.
pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// The same as a JSON text, for the few places that build one.
pub(crate) fn quoted(value: &str) -> String {
    let mut out = Vec::new();
    text(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn strings_are_escaped() {
        for value in ["", "plain", "a\"b\\c\nd\u{1}é\u{1f600}"] {
            let read: String = serde_json::from_str(&super::quoted(value)).expect("valid JSON");
            assert_eq!(read, value);
        }
    }
}
