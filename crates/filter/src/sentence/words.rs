//! The wording of sentences, one table for each language. Predicates are verbs that agree with no gender, so that
//! a caption of any gender can be their subject. `{}` is where a value goes.

/// The language of a sentence.
///
/// # Example
///
/// ```
/// use couplet_filter::SentenceLanguage;
///
/// assert_eq!(SentenceLanguage::from_tag("fr-CA"), Some(SentenceLanguage::French));
/// assert_eq!(SentenceLanguage::from_tag("de"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SentenceLanguage {
    /// English.
    #[default]
    English,
    /// French, with its spaces before `:` and `;` and inside guillemets.
    French,
}

impl SentenceLanguage {
    /// The language of a BCP 47 tag such as `en` or `fr-FR`; `None` for any other.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::SentenceLanguage;
    ///
    /// assert_eq!(SentenceLanguage::from_tag("EN-us"), Some(SentenceLanguage::English));
    /// ```
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }
}

/// A predicate with one value.
pub(super) struct Verb {
    /// `begins with {}`
    pub(super) positive: &'static str,
    /// `does not begin with {}`
    pub(super) negative: &'static str,
    /// What stands before a list of values none of which may hold: `begins with `.
    pub(super) before_none: &'static str,
    /// What stands before each value of that list.
    pub(super) each_none: &'static str,
    /// `is one of {}`, for a list of more than two; only for verbs that say what a value is.
    pub(super) one_of: Option<&'static str>,
}

/// Comparisons of one kind of value.
pub(super) struct Order {
    pub(super) less: &'static str,
    pub(super) less_or_equal: &'static str,
    pub(super) greater: &'static str,
    pub(super) greater_or_equal: &'static str,
}

/// A unit of a duration, in the order from days to milliseconds.
pub(super) type Units = [&'static str; 5];

/// Everything that is worded.
pub(super) struct Words {
    pub(super) every_record: &'static str,
    pub(super) and: &'static str,
    pub(super) or: &'static str,
    /// Between alternatives inside a conjunction: before the first, before each further one but the last, before
    /// the last.
    pub(super) either: [&'static str; 3],
    /// Between values none of which may hold: before the first, between two, between more.
    pub(super) neither: [&'static str; 3],
    /// Between conditions that hold commas themselves.
    pub(super) semicolon: &'static str,
    pub(super) is: Verb,
    /// For numbers and yes or no.
    pub(super) counts: Verb,
    pub(super) lasts: Verb,
    pub(super) is_empty: &'static str,
    pub(super) is_not_empty: &'static str,
    pub(super) falls: Verb,
    pub(super) begins: Verb,
    pub(super) ends: Verb,
    pub(super) contains: Verb,
    pub(super) pattern: Verb,
    pub(super) any_value: &'static str,
    pub(super) no_value: &'static str,
    pub(super) between: [&'static str; 2],
    pub(super) text_between: [&'static str; 2],
    pub(super) option_between: [&'static str; 2],
    pub(super) never: &'static str,
    pub(super) number: Order,
    pub(super) moment: Order,
    /// Times of day.
    pub(super) clock: Order,
    pub(super) duration: Order,
    pub(super) text: Order,
    pub(super) option: Order,
    pub(super) ignoring_case: &'static str,
    pub(super) ignoring_case_here: &'static str,
    pub(super) quotes: [&'static str; 2],
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) months: [&'static str; 12],
    pub(super) at: &'static str,
    pub(super) closing_date: [&'static str; 2],
    pub(super) units: Units,
    pub(super) thousands: &'static str,
    pub(super) decimal_sign: &'static str,
}

const ENGLISH: Words = Words {
    every_record: "every record passes",
    and: "and ",
    or: "or ",
    either: ["either ", ", ", " or "],
    neither: ["neither ", " nor ", ", nor "],
    semicolon: "; ",
    is: Verb {
        positive: "is {}",
        negative: "is not {}",
        before_none: "is ",
        each_none: "",
        one_of: Some("is one of {}"),
    },
    counts: Verb {
        positive: "is {}",
        negative: "is not {}",
        before_none: "is ",
        each_none: "",
        one_of: Some("is one of {}"),
    },
    lasts: Verb {
        positive: "is {}",
        negative: "is not {}",
        before_none: "is ",
        each_none: "",
        one_of: Some("is one of {}"),
    },
    is_empty: "is empty",
    is_not_empty: "is not empty",
    falls: Verb {
        positive: "falls on {}",
        negative: "does not fall on {}",
        before_none: "falls ",
        each_none: "on ",
        one_of: None,
    },
    begins: Verb {
        positive: "begins with {}",
        negative: "does not begin with {}",
        before_none: "begins with ",
        each_none: "",
        one_of: None,
    },
    ends: Verb {
        positive: "ends with {}",
        negative: "does not end with {}",
        before_none: "ends with ",
        each_none: "",
        one_of: None,
    },
    contains: Verb {
        positive: "contains {}",
        negative: "does not contain {}",
        before_none: "contains ",
        each_none: "",
        one_of: None,
    },
    pattern: Verb {
        positive: "matches the pattern {}",
        negative: "does not match the pattern {}",
        before_none: "matches ",
        each_none: "the pattern ",
        one_of: None,
    },
    any_value: "has any value",
    no_value: "has no value at all (which is never the case)",
    between: ["is between {}", "is not between {}"],
    text_between: ["lies between {} in alphabetical order", "does not lie between {} in alphabetical order"],
    option_between: [
        "lies between {} in the order of the options",
        "does not lie between {} in the order of the options",
    ],
    never: " (which is never the case)",
    number: Order {
        less: "is less than {}",
        less_or_equal: "is at most {}",
        greater: "is greater than {}",
        greater_or_equal: "is at least {}",
    },
    moment: Order {
        less: "is before {}",
        less_or_equal: "is no later than {}",
        greater: "is after {}",
        greater_or_equal: "is no earlier than {}",
    },
    clock: Order {
        less: "is before {}",
        less_or_equal: "is no later than {}",
        greater: "is after {}",
        greater_or_equal: "is no earlier than {}",
    },
    duration: Order {
        less: "is shorter than {}",
        less_or_equal: "is at most {}",
        greater: "is longer than {}",
        greater_or_equal: "is at least {}",
    },
    text: Order {
        less: "comes before {} in alphabetical order",
        less_or_equal: "does not come after {} in alphabetical order",
        greater: "comes after {} in alphabetical order",
        greater_or_equal: "does not come before {} in alphabetical order",
    },
    option: Order {
        less: "comes before {} in the order of the options",
        less_or_equal: "does not come after {} in the order of the options",
        greater: "comes after {} in the order of the options",
        greater_or_equal: "does not come before {} in the order of the options",
    },
    ignoring_case: ", ignoring case",
    ignoring_case_here: " (ignoring case)",
    quotes: ["“", "”"],
    yes: "yes",
    no: "no",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    at: " at ",
    closing_date: ["the closing date of ", ""],
    units: ["d", "h", "min", "s", "ms"],
    thousands: ",",
    decimal_sign: ".",
};

const FRENCH: Words = Words {
    every_record: "tous les enregistrements passent",
    and: "et ",
    or: "ou ",
    either: ["soit ", ", soit ", ", soit "],
    neither: ["ni ", " ni ", ", ni "],
    semicolon: "\u{a0}; ",
    is: Verb {
        positive: "est {}",
        negative: "n’est pas {}",
        before_none: "n’est ",
        each_none: "",
        one_of: Some("est {}"),
    },
    counts: Verb {
        positive: "vaut {}",
        negative: "ne vaut pas {}",
        before_none: "ne vaut ",
        each_none: "",
        one_of: Some("vaut {}"),
    },
    lasts: Verb {
        positive: "dure {}",
        negative: "ne dure pas {}",
        before_none: "ne dure ",
        each_none: "",
        one_of: Some("dure {}"),
    },
    is_empty: "est vide",
    is_not_empty: "n’est pas vide",
    falls: Verb {
        positive: "tombe {}",
        negative: "ne tombe pas {}",
        before_none: "ne tombe ",
        each_none: "",
        one_of: None,
    },
    begins: Verb {
        positive: "commence par {}",
        negative: "ne commence pas par {}",
        before_none: "ne commence ",
        each_none: "par ",
        one_of: None,
    },
    ends: Verb {
        positive: "se termine par {}",
        negative: "ne se termine pas par {}",
        before_none: "ne se termine ",
        each_none: "par ",
        one_of: None,
    },
    contains: Verb {
        positive: "contient {}",
        negative: "ne contient pas {}",
        before_none: "ne contient ",
        each_none: "",
        one_of: None,
    },
    pattern: Verb {
        positive: "correspond au modèle {}",
        negative: "ne correspond pas au modèle {}",
        before_none: "ne correspond ",
        each_none: "au modèle ",
        one_of: None,
    },
    any_value: "a n’importe quelle valeur",
    no_value: "n’a aucune valeur (ce qui n’arrive jamais)",
    between: ["est entre {}", "n’est pas entre {}"],
    text_between: [
        "se place entre {} dans l’ordre alphabétique",
        "ne se place pas entre {} dans l’ordre alphabétique",
    ],
    option_between: [
        "se place entre {} dans l’ordre des options",
        "ne se place pas entre {} dans l’ordre des options",
    ],
    never: " (ce qui n’arrive jamais)",
    number: Order {
        less: "est en dessous de {}",
        less_or_equal: "vaut au plus {}",
        greater: "dépasse {}",
        greater_or_equal: "vaut au moins {}",
    },
    moment: Order {
        less: "est avant {}",
        less_or_equal: "est au plus tard {}",
        greater: "est après {}",
        greater_or_equal: "est au plus tôt {}",
    },
    clock: Order {
        less: "est avant {}",
        less_or_equal: "est au plus tard à {}",
        greater: "est après {}",
        greater_or_equal: "est au plus tôt à {}",
    },
    duration: Order {
        less: "dure moins de {}",
        less_or_equal: "dure au plus {}",
        greater: "dure plus de {}",
        greater_or_equal: "dure au moins {}",
    },
    text: Order {
        less: "vient avant {} dans l’ordre alphabétique",
        less_or_equal: "ne vient pas après {} dans l’ordre alphabétique",
        greater: "vient après {} dans l’ordre alphabétique",
        greater_or_equal: "ne vient pas avant {} dans l’ordre alphabétique",
    },
    option: Order {
        less: "vient avant {} dans l’ordre des options",
        less_or_equal: "ne vient pas après {} dans l’ordre des options",
        greater: "vient après {} dans l’ordre des options",
        greater_or_equal: "ne vient pas avant {} dans l’ordre des options",
    },
    ignoring_case: ", sans tenir compte de la casse",
    ignoring_case_here: " (sans tenir compte de la casse)",
    quotes: ["«\u{a0}", "\u{a0}»"],
    yes: "oui",
    no: "non",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    at: " à ",
    closing_date: ["le ", " (date de clôture)"],
    units: ["j", "h", "min", "s", "ms"],
    thousands: "\u{202f}",
    decimal_sign: ",",
};
