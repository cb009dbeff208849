//! What a pattern says in words or functions: begins with, ends with, contains. Whether a text has the form is
//! decided in `text`.

use crate::typed::{Pattern, PatternPart};

/// The form of a pattern, as far as functions of a service or a sentence can say it.
///
/// # Example
///
/// ```
/// use couplet_filter::{Case, Pattern, PatternForm};
///
/// let pattern = Pattern::new("Co*", Case::Sensitive);
/// assert_eq!(PatternForm::of(&pattern), PatternForm::StartsWith("Co"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternForm<'p> {
    /// `*`: every text.
    Everything,
    /// `?*`: every text but the empty one.
    NotEmpty,
    /// `Co*`
    StartsWith(&'p str),
    /// `*Co`
    EndsWith(&'p str),
    /// `*Co*`
    Contains(&'p str),
    /// `A*C`
    StartsAndEnds(&'p str, &'p str),
    /// Any other.
    Parts {
        /// Its literal texts from left to right.
        literals: Vec<&'p str>,
        /// Whether the first literal starts the value.
        starts: bool,
        /// Whether the last literal ends the value.
        ends: bool,
    },
}

impl<'p> PatternForm<'p> {
    /// The form of a pattern.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Case, Pattern, PatternForm};
    ///
    /// let pattern = Pattern::new("A?C*", Case::Sensitive);
    /// let parts = PatternForm::Parts { literals: vec!["A", "C"], starts: true, ends: false };
    /// assert_eq!(PatternForm::of(&pattern), parts);
    /// ```
    #[must_use]
    pub fn of(pattern: &'p Pattern) -> Self {
        use PatternPart::{AnyOne, AnyRun, Literal};
        match pattern.parts.as_slice() {
            [AnyRun] => Self::Everything,
            [AnyOne, AnyRun] | [AnyRun, AnyOne] => Self::NotEmpty,
            [Literal(text), AnyRun] => Self::StartsWith(text),
            [AnyRun, Literal(text)] => Self::EndsWith(text),
            [AnyRun, Literal(text), AnyRun] => Self::Contains(text),
            [Literal(first), AnyRun, Literal(last)] => Self::StartsAndEnds(first, last),
            parts => {
                let literal = |part: &'p PatternPart| match part {
                    Literal(text) if !text.is_empty() => Some(text.as_str()),
                    _ => None,
                };
                Self::Parts {
                    literals: parts.iter().filter_map(literal).collect(),
                    starts: parts.first().and_then(literal).is_some(),
                    ends: parts.last().and_then(literal).is_some(),
                }
            }
        }
    }
}
