//! Names of Business Central on the wire: the companion's property names. Option members travel under the names that
//! OData expressions give them (A48).

pub use couplet_filter::odata::{decode_member, encode_member};

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
