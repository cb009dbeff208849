//! Names of Business Central on the wire: option members (A48) and the companion's property names.

/// Name of an option member as it travels: everything but letters, digits and `_` as `_xHHHH_` (A48).
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

/// Property name of a field on a companion API page: what is neither letter nor digit is dropped, the first word
/// is in lower case, every next one starts with a capital.
pub fn property_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    for word in field.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if name.is_empty() {
            name = word.to_lowercase();
        } else {
            let mut characters = word.chars();
            name.extend(characters.next().into_iter().flat_map(char::to_uppercase));
            name.push_str(characters.as_str());
        }
    }
    name
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

    #[test]
    fn companion_properties_follow_the_field_names() {
        for (field, property) in [
            ("No.", "no"),
            ("Salesperson Code", "salespersonCode"),
            ("E-Mail", "eMail"),
            ("Credit Limit (LCY)", "creditLimitLCY"),
            ("Address 2", "address2"),
            ("Country/Region Code", "countryRegionCode"),
        ] {
            assert_eq!(property_name(field), property);
        }
    }
}
