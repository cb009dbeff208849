//! Transformation rules: what a field mapping does to a value before it is copied (S4.50). A rule works on text; the
//! texts of its errors are the app's. Which field mapping uses which rule stands in `mapping`.

mod format;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use regex_lite::Regex;
use rustc_hash::FxHashMap;

pub use format::{DateOrder, DecimalSeparator};

/// How many rules a chain may have; a longer one goes round in a circle.
const MAX_CHAIN: usize = 20;

/// What one rule does.
#[derive(Debug, Clone, PartialEq)]
pub enum Transformation {
    /// Upper case.
    Uppercase,
    /// Lower case.
    Lowercase,
    /// The first letter of each word in upper case, the others in lower case.
    TitleCase,
    /// Without spaces at both ends.
    Trim,
    /// A part of the text.
    Substring(Substring),
    /// Every occurrence of `find` becomes `with`.
    Replace {
        /// What is looked for; case counts.
        find: String,
        /// What takes its place.
        with: String,
    },
    /// Every match of a regular expression becomes `with`, in which `$1` stands for a group.
    RegularExpressionReplace {
        /// The expression.
        pattern: Pattern,
        /// What takes the match's place.
        with: String,
    },
    /// The first match of a regular expression; blank without one.
    RegularExpressionMatch {
        /// The expression.
        pattern: Pattern,
    },
    /// Letters and digits only.
    RemoveNonAlphanumeric,
    /// A date written in some order becomes `YYYY-MM-DD`; blank stays blank.
    DateFormatting(DateOrder),
    /// The same with a time, which becomes `YYYY-MM-DDTHH:MM:SSZ`.
    DateTimeFormatting(DateOrder),
    /// A number with separators becomes digits with a point.
    DecimalFormatting(DecimalSeparator),
    /// Seconds since 1970-01-01 UTC become a moment.
    UnixTimestamp,
    /// The value that a table gives for the text, such as a code for a name.
    Lookup {
        /// Text and what takes its place; compared without regard to case.
        values: FxHashMap<String, String>,
        /// What becomes of a text that is not in it.
        otherwise: Unknown,
    },
    /// The result of the first of these rules whose result is neither blank nor an error.
    FirstMatch {
        /// Codes of the rules in the order they are tried.
        rules: Vec<String>,
    },
    /// These rules one after the other.
    Custom {
        /// Codes of the rules in their order.
        rules: Vec<String>,
    },
}

/// A part of a text: by position or by the texts around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Substring {
    /// Characters from `start`, the first is 1; to the end without a length.
    At {
        /// First character, counted from 1.
        start: usize,
        /// Number of characters.
        length: Option<usize>,
    },
    /// What stands between two texts; an empty one means the beginning or the end. Blank when one is not found.
    Between {
        /// The text before.
        after: String,
        /// The text behind.
        before: String,
    },
}

/// What becomes of a text that a lookup does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unknown {
    /// The record fails.
    #[default]
    Fails,
    /// It stays as it is.
    Stays,
    /// It becomes blank.
    Blank,
}

/// A regular expression that can be read.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it cannot be read; with the reader's words in English.
    pub fn new(text: &str) -> Result<Self, TransformationError> {
        let regex = Regex::new(text);
        regex.map(Pattern).map_err(|error| TransformationError::Pattern { reason: error.to_string() })
    }

    /// The expression as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// A rule with the one that follows it ("Next Transformation Rule").
#[derive(Debug, Clone, PartialEq)]
pub struct TransformationRule {
    /// What it does.
    pub transformation: Transformation,
    /// Code of the rule that goes on with the result.
    pub next: Option<String>,
}

/// Why a value cannot be transformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformationError {
    /// There is no rule with this code.
    #[error("expected a transformation rule, found none with the code `{code}`")]
    UnknownRule {
        /// The code.
        code: String,
    },
    /// A chain of rules comes back to itself.
    #[error("the transformation rule `{code}` leads back to itself")]
    Circle {
        /// The rule it was found at.
        code: String,
    },
    /// The regular expression cannot be read.
    #[error("expected a regular expression: {reason}")]
    Pattern {
        /// The reader's words.
        reason: String,
    },
    /// A date, a number or a time stamp cannot be read.
    #[error("`{text}` cannot be read by the transformation rule `{code}`")]
    Unreadable {
        /// The rule.
        code: String,
        /// The value.
        text: String,
    },
    /// The lookup has no such text.
    #[error("the transformation rule `{code}` has no value for `{text}`")]
    NotFound {
        /// The rule.
        code: String,
        /// The value.
        text: String,
    },
    /// The result is longer than the source field (S4.50).
    #[error("the result of `{code}` has {length} characters, the source field takes {max_length}")]
    TooLong {
        /// The rule.
        code: String,
        /// Characters of the result.
        length: usize,
        /// Characters of the field.
        max_length: usize,
    },
}

impl TransformationError {
    /// Stable code, the key of its text.
    pub fn code(&self) -> &'static str {
        match self {
            TransformationError::UnknownRule { .. } => "transformation.unknown-rule",
            TransformationError::Circle { .. } => "transformation.circle",
            TransformationError::Pattern { .. } => "transformation.pattern",
            TransformationError::Unreadable { .. } => "transformation.unreadable",
            TransformationError::NotFound { .. } => "transformation.not-found",
            TransformationError::TooLong { .. } => "transformation.too-long",
        }
    }
}

/// All rules by their code.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransformationRules {
    rules: FxHashMap<String, TransformationRule>,
}

impl TransformationRules {
    /// The rules that need no setting: `UPPERCASE`, `LOWERCASE`, `TITLECASE`, `TRIM` and `ALPHANUMERIC_ONLY`.
    pub fn standard() -> Self {
        let mut rules = TransformationRules::default();
        for (code, transformation) in [
            ("UPPERCASE", Transformation::Uppercase),
            ("LOWERCASE", Transformation::Lowercase),
            ("TITLECASE", Transformation::TitleCase),
            ("TRIM", Transformation::Trim),
            ("ALPHANUMERIC_ONLY", Transformation::RemoveNonAlphanumeric),
        ] {
            rules.insert(code, TransformationRule { transformation, next: None });
        }
        rules
    }

    /// Adds or replaces the rule with this code.
    pub fn insert(&mut self, code: &str, rule: TransformationRule) {
        self.rules.insert(code.to_owned(), rule);
    }

    /// The rule with this code.
    pub fn get(&self, code: &str) -> Option<&TransformationRule> {
        self.rules.get(code)
    }

    /// Applies the rule with this code, and those that follow it, to a text.
    ///
    /// # Errors
    /// When a rule is missing, leads back to itself or cannot read its text: the record fails (S4.50).
    pub fn apply(&self, code: &str, text: &str) -> Result<String, TransformationError> {
        self.chain(code, text, 0)
    }

    fn chain(&self, code: &str, text: &str, depth: usize) -> Result<String, TransformationError> {
        let mut text = Cow::Borrowed(text);
        let mut code = code;
        for step in depth.. {
            if step >= MAX_CHAIN {
                break;
            }
            let unknown = || TransformationError::UnknownRule { code: code.to_owned() };
            let rule = self.get(code).ok_or_else(unknown)?;
            text = Cow::Owned(self.one(code, &rule.transformation, &text, step + 1)?);
            match &rule.next {
                Some(next) => code = next,
                None => return Ok(text.into_owned()),
            }
        }
        Err(TransformationError::Circle { code: code.to_owned() })
    }

    fn one(
        &self,
        code: &str,
        transformation: &Transformation,
        text: &str,
        depth: usize,
    ) -> Result<String, TransformationError> {
        let readable = |result: Option<String>| {
            result.ok_or_else(|| TransformationError::Unreadable {
                code: code.to_owned(),
                text: text.to_owned(),
            })
        };
        Ok(match transformation {
            Transformation::Uppercase => text.to_uppercase(),
            Transformation::Lowercase => text.to_lowercase(),
            Transformation::TitleCase => format::title_case(text),
            Transformation::Trim => text.trim().to_owned(),
            Transformation::Substring(part) => part.of(text).to_owned(),
            Transformation::Replace { find, .. } if find.is_empty() => text.to_owned(),
            Transformation::Replace { find, with } => text.replace(find.as_str(), with),
            Transformation::RegularExpressionReplace { pattern, with } => {
                pattern.0.replace_all(text, with.as_str()).into_owned()
            }
            Transformation::RegularExpressionMatch { pattern } => {
                pattern.0.find(text).map_or("", |found| found.as_str()).to_owned()
            }
            Transformation::RemoveNonAlphanumeric => text.chars().filter(|it| it.is_alphanumeric()).collect(),
            Transformation::DateFormatting(order) => readable(format::date(text, *order))?,
            Transformation::DateTimeFormatting(order) => readable(format::date_time(text, *order))?,
            Transformation::DecimalFormatting(separator) => readable(format::decimal(text, *separator))?,
            Transformation::UnixTimestamp => readable(format::unix_timestamp(text))?,
            Transformation::Lookup { values, otherwise } => look_up(code, values, *otherwise, text)?,
            Transformation::FirstMatch { rules } => self.first_match(rules, text, depth)?,
            Transformation::Custom { rules } => {
                rules.iter().try_fold(text.to_owned(), |text, rule| self.chain(rule, &text, depth))?
            }
        })
    }

    fn first_match(&self, rules: &[String], text: &str, depth: usize) -> Result<String, TransformationError> {
        for rule in rules {
            match self.chain(rule, text, depth) {
                Ok(result) if !result.is_empty() => return Ok(result),
                Err(
                    error @ (TransformationError::UnknownRule { .. } | TransformationError::Circle { .. }),
                ) => return Err(error),
                _ => {}
            }
        }
        Ok(String::new())
    }
}

fn look_up(
    code: &str,
    values: &FxHashMap<String, String>,
    otherwise: Unknown,
    text: &str,
) -> Result<String, TransformationError> {
    let wanted = text.trim().to_lowercase();
    let found = values.get(text).or_else(|| {
        let mut alike =
            values.iter().filter(|(key, _)| key.trim().to_lowercase() == wanted).collect::<Vec<_>>();
        alike.sort();
        alike.first().map(|(_, value)| *value)
    });
    match (found, otherwise) {
        (Some(value), _) => Ok(value.clone()),
        (None, Unknown::Stays) => Ok(text.to_owned()),
        (None, Unknown::Blank) => Ok(String::new()),
        (None, Unknown::Fails) => {
            Err(TransformationError::NotFound { code: code.to_owned(), text: text.to_owned() })
        }
    }
}

impl Substring {
    fn of<'t>(&self, text: &'t str) -> &'t str {
        match self {
            Substring::At { start, length } => {
                let rest =
                    text.char_indices().nth(start.saturating_sub(1)).and_then(|(at, _)| text.get(at..));
                let Some(rest) = rest else { return "" };
                let end = length.and_then(|length| rest.char_indices().nth(length)).map(|(end, _)| end);
                end.and_then(|end| rest.get(..end)).unwrap_or(rest)
            }
            Substring::Between { after, before } => {
                let rest = match after.as_str() {
                    "" => Some(text),
                    after => text.split_once(after).map(|(_, rest)| rest),
                };
                let part = rest.and_then(|rest| match before.as_str() {
                    "" => Some(rest),
                    before => rest.split_once(before).map(|(part, _)| part),
                });
                part.unwrap_or_default()
            }
        }
    }
}
