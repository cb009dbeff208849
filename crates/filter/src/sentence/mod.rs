//! A view as a plain sentence in English or French: every operator, wildcard, list and blank value in words, with
//! nothing left out. The wording is in `words`, one table for each language; no locale file is needed.

mod join;
mod predicate;
mod values;
mod words;

use self::join::{clause, clauses};
use self::predicate::Speaker;
use self::values::ValueWriter;
use crate::context::Context;
use crate::form::{FormCondition, FormError};
use crate::typed::FilterValue;

pub use self::words::SentenceLanguage;

/// Says what the conditions of a view let pass, without a capital at the start and a stop at the end.
///
/// A text stands in quotation marks unless it is one word that nothing can be mistaken for. Ignoring case is said
/// once where it holds for every text of a field. What blank values do is said where it surprises: `..d` on a date
/// also lets the empty date pass.
///
/// # Example
///
/// ```
/// use couplet_filter::{
///     ConditionKind, Context, FieldForm, FieldType, FormCondition, SentenceLanguage, TextComparison, sentence,
/// };
///
/// let field_type = FieldType::Text { max_length: Some(100) };
/// let field = |caption| FieldForm {
///     caption,
///     property: "",
///     field_type: &field_type,
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let condition = |caption, text| FormCondition { field: field(caption), kind: ConditionKind::Filter, text };
/// let conditions = [condition("Blocked", "''"), condition("Name", "@A*")];
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let english = sentence(SentenceLanguage::English, &conditions, &context).unwrap();
/// assert_eq!(english, "Blocked is empty and Name begins with A, ignoring case");
/// let french = sentence(SentenceLanguage::French, &conditions, &context).unwrap();
/// assert_eq!(french, "Blocked est vide et Name commence par A, sans tenir compte de la casse");
/// ```
///
/// # Errors
///
/// The first condition that cannot be read or does not fit its field.
pub fn sentence(
    language: SentenceLanguage,
    conditions: &[FormCondition<'_>],
    context: &Context,
) -> Result<String, FormError> {
    sentence_with_names(language, conditions, context, &|_, _| None)
}

/// The same, with the names of records where a value stands for one: an id is told by the name alone, a code keeps its
/// place before it. `names` gets the index of the condition and the value; a value without a name is told as it is.
///
/// # Example
///
/// ```
/// use couplet_filter::{
///     ConditionKind, Context, FieldForm, FieldType, FilterValue, FormCondition, SentenceLanguage, TextComparison,
///     sentence_with_names,
/// };
///
/// let field = |caption, field_type| FieldForm {
///     caption,
///     property: "",
///     field_type,
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let company = field("Company", &FieldType::Guid);
/// let code = FieldType::Code { max_length: Some(20) };
/// let salesperson = field("Salesperson", &code);
/// let condition = |field, text| FormCondition { field, kind: ConditionKind::Filter, text };
/// let conditions =
///     [condition(company, "1f0a3c52-0000-4c11-8a00-00000000c001"), condition(salesperson, "JO|XX")];
/// let names = |_: usize, value: &FilterValue| match value {
///     FilterValue::Guid(_) => Some("Cronus France".to_owned()),
///     FilterValue::Text { text, .. } => (text == "JO").then(|| "Jim Olive".to_owned()),
///     _ => None,
/// };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let english = sentence_with_names(SentenceLanguage::English, &conditions, &context, &names).unwrap();
/// assert_eq!(english, "Company is “Cronus France”, and Salesperson is JO (Jim Olive) or XX");
/// ```
///
/// # Errors
///
/// The first condition that cannot be read or does not fit its field.
pub fn sentence_with_names(
    language: SentenceLanguage,
    conditions: &[FormCondition<'_>],
    context: &Context,
    names: &dyn Fn(usize, &FilterValue) -> Option<String>,
) -> Result<String, FormError> {
    let words = language.words();
    let mut pieces = Vec::new();
    for (condition, said) in conditions.iter().enumerate() {
        let (filter, root) = said.read(context).map_err(|error| FormError { condition, error })?;
        let Some(root) = root else { continue };
        let names = |value: &FilterValue| names(condition, value);
        let writer = ValueWriter { language, field: &said.field, context, names: &names };
        let mut piece = clause(words, &Speaker::new(writer, &filter).phrase(&root));
        piece.text.insert(0, ' ');
        piece.text.insert_str(0, said.field.caption);
        pieces.push(piece);
    }
    Ok(if pieces.is_empty() { words.every_record.to_owned() } else { clauses(words, &pieces) })
}
