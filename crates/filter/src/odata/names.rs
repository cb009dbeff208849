//! Names of option members as Business Central's services write them (A48).

use crate::field::OptionMember;

/// Name of an option member as it travels: everything but letters, digits and `_` as `_xHHHH_` (A48).
///
/// # Example
///
/// ```
/// assert_eq!(couplet_filter::odata::encode_member("In Review"), "In_x0020_Review");
/// ```
#[must_use]
pub fn encode_member(name: &str) -> String {
    if name.is_empty() {
        return "_x0020_".to_owned();
    }
    let mut text = String::with_capacity(name.len());
    let mut units = [0u16; 2];
    for character in name.chars() {
        if character.is_alphanumeric() || character == '_' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("_x{unit:04X}_"));
            }
        }
    }
    text
}

/// Name of an option member as it is written in AL; what is not encoded stays (A48: `" "` and `_x0020_` are one).
///
/// # Example
///
/// ```
/// assert_eq!(couplet_filter::odata::decode_member("In_x0020_Review"), "In Review");
/// ```
#[must_use]
pub fn decode_member(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut buffer = [0u16; 2];
    while let Some(character) = rest.chars().next() {
        if let Some(unit) = escape(rest) {
            units.push(unit);
            rest = rest.get(7..).unwrap_or_default();
        } else {
            units.extend_from_slice(character.encode_utf16(&mut buffer));
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    String::from_utf16_lossy(&units)
}

fn escape(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let closed = text.get(6..7) == Some("_");
    if closed && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// The encoded name of a member, if no other member has the same (A48).
///
/// # Example
///
/// ```
/// use couplet_filter::{OptionMember, odata::member_name};
///
/// let members = [OptionMember { ordinal: 1, name: "In Review".to_owned(), captions: Vec::new() }];
/// assert_eq!(member_name(&members, 1).as_deref(), Some("In_x0020_Review"));
/// assert_eq!(member_name(&members, 2), None);
/// ```
#[must_use]
pub fn member_name(members: &[OptionMember], ordinal: i32) -> Option<String> {
    let member = members.iter().find(|member| member.ordinal == ordinal)?;
    let name = encode_member(&member.name);
    let namesakes = members.iter().filter(|other| encode_member(&other.name).eq_ignore_ascii_case(&name));
    (namesakes.count() == 1).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a48_members_travel_encoded() {
        for (name, wire) in [
            (" ", "_x0020_"),
            ("In Review", "In_x0020_Review"),
            ("Non-Inventory", "Non_x002D_Inventory"),
            ("Ship", "Ship"),
            ("Positive Adjmt.", "Positive_x0020_Adjmt_x002E_"),
            ("a_b", "a_b"),
            ("x😀", "x_xD83D__xDE00_"),
        ] {
            assert_eq!(encode_member(name), wire);
            assert_eq!(decode_member(wire), name);
        }
        assert_eq!(decode_member(" "), " ");
        assert_eq!(decode_member("_x00_é_xZZZZ_"), "_x00_é_xZZZZ_");
    }
}
