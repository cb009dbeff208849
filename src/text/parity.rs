//! Where records stand, in words.

use couplet_engine::parity::ParityClass;

use super::I18n;
use crate::i18n::*;

/// Name of a class.
pub fn parity_class(i18n: I18n, class: ParityClass) -> &'static str {
    match class {
        ParityClass::Equal => t_string!(i18n, parity.class.equal),
        ParityClass::Different => t_string!(i18n, parity.class.different),
        ParityClass::OnlyHere => t_string!(i18n, parity.class.only_here),
        ParityClass::Ambiguous => t_string!(i18n, parity.class.ambiguous),
        ParityClass::Excluded => t_string!(i18n, parity.class.excluded),
        ParityClass::Broken => t_string!(i18n, parity.class.broken),
    }
}

/// What is in a class.
pub fn parity_help(i18n: I18n, class: ParityClass) -> &'static str {
    match class {
        ParityClass::Equal => t_string!(i18n, parity.help.equal),
        ParityClass::Different => t_string!(i18n, parity.help.different),
        ParityClass::OnlyHere => t_string!(i18n, parity.help.only_here),
        ParityClass::Ambiguous => t_string!(i18n, parity.help.ambiguous),
        ParityClass::Excluded => t_string!(i18n, parity.help.excluded),
        ParityClass::Broken => t_string!(i18n, parity.help.broken),
    }
}
