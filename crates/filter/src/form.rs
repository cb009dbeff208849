//! What the other forms of a view, sentence and OData, need to know of it: its conditions with the names that
//! people and services give to the fields. No wording and no OData.

use std::fmt;

use crate::bind::{Spelling, bind_as_written, bind_constant};
use crate::context::Context;
use crate::error::FilterError;
use crate::field::{FieldType, TextComparison};
use crate::filter::Filter;
use crate::parser::parse;
use crate::typed::TypedNode;
use crate::view::ConditionKind;

/// A field as the other forms name it.
///
/// # Example
///
/// ```
/// use couplet_filter::{FieldForm, FieldType, TextComparison};
///
/// let field_type = FieldType::Text { max_length: Some(100) };
/// let field = FieldForm {
///     caption: "Nom",
///     property: "displayName",
///     field_type: &field_type,
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// assert_eq!(field.property, "displayName");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FieldForm<'a> {
    /// What a sentence calls it.
    pub caption: &'a str,
    /// What OData calls it.
    pub property: &'a str,
    /// Its type.
    pub field_type: &'a FieldType,
    /// How its texts compare, and with it whose OData is meant: Business Central names the members of an option,
    /// Dataverse numbers them.
    pub comparison: TextComparison,
    /// Captions of option members in the language of the sentence, by ordinal; a member that is missing here is
    /// called by its name.
    pub option_captions: &'a [(i32, String)],
}

/// One condition of a view with its field.
///
/// # Example
///
/// ```
/// use couplet_filter::{ConditionKind, FieldForm, FieldType, FormCondition, TextComparison};
///
/// let field = FieldForm {
///     caption: "Amount",
///     property: "amount",
///     field_type: &FieldType::Decimal,
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let condition = FormCondition { field, kind: ConditionKind::Filter, text: ">=10" };
/// assert_eq!(condition.text, ">=10");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FormCondition<'a> {
    /// The field.
    pub field: FieldForm<'a>,
    /// How the text is read.
    pub kind: ConditionKind,
    /// The filter of the field.
    pub text: &'a str,
}

/// A condition of a view cannot be read, or does not fit its field; so no other form of the view exists.
///
/// # Example
///
/// ```
/// use couplet_filter::{
///     ConditionKind, Context, FieldForm, FieldType, FormCondition, SentenceLanguage, TextComparison, sentence,
/// };
///
/// let field = FieldForm {
///     caption: "Amount",
///     property: "amount",
///     field_type: &FieldType::Decimal,
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let condition = FormCondition { field, kind: ConditionKind::Filter, text: "1|" };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let error = sentence(SentenceLanguage::English, &[condition], &context).unwrap_err();
/// assert_eq!((error.condition, error.error.code()), (0, "filter.missing-value"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError {
    /// Which condition, from 0.
    pub condition: usize,
    /// Why; its span is that in the text of the condition.
    pub error: FilterError,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "condition {}: {}", self.condition + 1, self.error)
    }
}

impl std::error::Error for FormError {}

impl FormCondition<'_> {
    /// The filter as it was written, empty for a constant, and the typed tree with the spelling kept; `None`
    /// where every row passes.
    pub(crate) fn read(&self, context: &Context) -> Result<(Filter, Option<TypedNode>), FilterError> {
        let FieldForm { field_type, comparison, .. } = self.field;
        match self.kind {
            ConditionKind::Filter => {
                let filter = parse(self.text)?;
                let root = bind_as_written(&filter, field_type, comparison, context)?;
                Ok((filter, root))
            }
            ConditionKind::Const => {
                let root = bind_constant(self.text, field_type, comparison, context, Spelling::Kept)?;
                Ok((Filter::default(), Some(root)))
            }
        }
    }
}
