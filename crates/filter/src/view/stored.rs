//! Views as the reference stores them, from and to the conditions of a mapping: field numbers, XML dates, and options
//! by their index in AL, which on the Dataverse side is not the value that Dataverse stores (filter language, sections
//! 4.5 and 7).

use super::{ConditionKind, FieldReference, SortOrder, View, ViewCondition, ViewError, ViewErrorKind};
use crate::bind::{Spelling, bind, bind_constant, option_text, stored_form};
use crate::context::Context;
use crate::error::FilterError;
use crate::field::{FieldType, TextComparison};
use crate::filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
use crate::parser::parse;
use crate::print::quote_value;
use crate::scan::trim;
use crate::span::Span;
use crate::typed::{FilterValue, TestKind, TypedNode};

/// What the caller knows of a field of a stored view.
///
/// # Example
///
/// ```
/// use couplet_filter::{FieldType, StoredField, TextComparison};
///
/// // The AL option has a blank member first, which stands for null in Dataverse.
/// let values = ["-1", "1", "2", "3"].map(str::to_owned);
/// let field = StoredField {
///     number: 6,
///     name: "customertypecode",
///     field_type: &FieldType::Option(Vec::new().into()),
///     comparison: TextComparison::Dataverse,
///     values: &values,
/// };
/// assert_eq!(field.values[3], "3");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StoredField<'a> {
    /// Its number in AL.
    pub number: u32,
    /// What the mapping calls it.
    pub name: &'a str,
    /// Its type.
    pub field_type: &'a FieldType,
    /// How its texts compare.
    pub comparison: TextComparison,
    /// What stands in a filter of the mapping for each index of the AL option; empty where they are the same.
    pub values: &'a [String],
}

/// One condition of a mapping.
///
/// # Example
///
/// ```
/// use couplet_filter::{ConditionKind, MappingCondition};
///
/// let condition =
///     MappingCondition { field: "statecode".to_owned(), kind: ConditionKind::Filter, text: "0".to_owned() };
/// assert_eq!(condition.text, "0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingCondition {
    /// What the mapping calls the field.
    pub field: String,
    /// How the text is read.
    pub kind: ConditionKind,
    /// The filter.
    pub text: String,
}

/// Writes conditions as the reference stores them; `key` are the fields of the primary key, which it sorts by.
///
/// # Example
///
/// ```
/// use couplet_filter::{ConditionKind, Context, FieldType, StoredField, TextComparison, export_view};
///
/// let values = ["-1", "1", "2", "3"].map(str::to_owned);
/// let field_type = FieldType::Option(Vec::new().into());
/// let comparison = TextComparison::Dataverse;
/// let (number, name) = (8, "producttypecode");
/// let field = StoredField { number, name, field_type: &field_type, comparison, values: &values };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let view = export_view(&[1], &[(field, ConditionKind::Filter, "1|3")], &context).unwrap();
/// assert_eq!(view.to_string(), "VERSION(1) SORTING(Field1) WHERE(Field8=1(1|3))");
/// ```
///
/// # Errors
///
/// The first condition that does not fit its field, or whose value has no index; spans are those of its text.
pub fn export_view(
    key: &[u32],
    conditions: &[(StoredField<'_>, ConditionKind, &str)],
    context: &Context,
) -> Result<View, ViewError> {
    let mut view = View {
        sorting: key.iter().copied().map(FieldReference::Number).collect(),
        order: SortOrder::Ascending,
        conditions: Vec::new(),
    };
    for (field, kind, text) in conditions {
        let body = Conversion { field, context, way: Way::Out }.body(*kind, text)?;
        view.conditions.push(ViewCondition {
            field: FieldReference::Number(field.number),
            field_span: Span::default(),
            kind: *kind,
            body,
            body_span: Span::default(),
        });
    }
    Ok(view)
}

/// Reads the conditions of a stored view; `field` finds a field by its number or name, or gives `None` if the table
/// has no such field.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldType, StoredField, TextComparison, import_view, parse_view};
///
/// let values = ["1", "2", "3", "4"].map(str::to_owned);
/// let field_type = FieldType::Option(Vec::new().into());
/// let comparison = TextComparison::Dataverse;
/// let (number, name) = (8, "producttypecode");
/// let field = StoredField { number, name, field_type: &field_type, comparison, values: &values };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let view = parse_view("VERSION(1) SORTING(Field1) WHERE(Field8=1(0|2))").unwrap();
/// let conditions = import_view(&view, |_| Some(field), &context).unwrap();
/// assert_eq!((conditions[0].field.as_str(), conditions[0].text.as_str()), ("producttypecode", "1|3"));
/// ```
///
/// # Errors
///
/// The first condition, from left to right, whose field is unknown, whose body does not fit the field, or whose index
/// has no value; spans are those of the view text.
pub fn import_view<'a>(
    view: &View,
    mut field: impl FnMut(&FieldReference) -> Option<StoredField<'a>>,
    context: &Context,
) -> Result<Vec<MappingCondition>, ViewError> {
    let mut conditions = Vec::new();
    for condition in &view.conditions {
        let found = field(&condition.field).ok_or_else(|| ViewError {
            kind: ViewErrorKind::UnknownField { field: condition.field.clone() },
            span: condition.field_span,
        })?;
        let conversion = Conversion { field: &found, context, way: Way::In };
        let text = conversion.body(condition.kind, &condition.body).map_err(|error| ViewError {
            span: error.span.shifted(condition.body_span.start),
            kind: error.kind,
        })?;
        conditions.push(MappingCondition { field: found.name.to_owned(), kind: condition.kind, text });
    }
    Ok(conditions)
}

/// Whether a view is written for the reference or read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

struct Conversion<'c> {
    field: &'c StoredField<'c>,
    context: &'c Context,
    way: Way,
}

impl Conversion<'_> {
    fn body(&self, kind: ConditionKind, text: &str) -> Result<String, ViewError> {
        match kind {
            ConditionKind::Filter => {
                let filter = parse(text).map_err(|error| self.wrong(error.into()))?;
                self.filter(&filter)
            }
            ConditionKind::Const => self.constant(text),
        }
    }

    fn wrong(&self, error: FilterError) -> ViewError {
        ViewError { span: error.span(), kind: ViewErrorKind::Condition { field: self.reference(), error } }
    }

    fn reference(&self) -> FieldReference {
        FieldReference::Name(self.field.name.to_owned())
    }

    fn without_value(&self, found: &str, span: Span) -> ViewError {
        let kind = ViewErrorKind::NoStoredValue { field: self.reference(), found: found.to_owned() };
        ViewError { kind, span }
    }

    fn filter(&self, filter: &Filter) -> Result<String, ViewError> {
        let StoredField { field_type, comparison, .. } = *self.field;
        let filter = match self.way {
            Way::Out => {
                stored_form(filter, field_type, self.context).map_err(|error| self.wrong(error.into()))?
            }
            Way::In => filter.clone(),
        };
        let Some(root) = filter.root() else { return Ok(String::new()) };
        let converted = Filter::new(Some(self.node(root)?), filter.span().end as usize);
        if self.way == Way::In {
            bind(&converted, field_type, comparison, self.context)
                .map_err(|error| self.wrong(error.into()))?;
        }
        Ok(converted.to_string())
    }

    fn node(&self, node: &Node) -> Result<Node, ViewError> {
        let all = |parts: &[Node]| parts.iter().map(|part| self.node(part)).collect::<Result<Vec<_>, _>>();
        Ok(match node {
            Node::Any(parts) => Node::Any(all(parts)?),
            Node::All(parts) => Node::All(all(parts)?),
            Node::Unreadable(span) => Node::Unreadable(*span),
            Node::Term(term) => Node::Term(self.term(term)?),
        })
    }

    fn term(&self, term: &Term) -> Result<Term, ViewError> {
        let bound = |value: &Option<Literal>| value.as_ref().map(|value| self.literal(value)).transpose();
        let kind = match &term.kind {
            TermKind::Value(value) => TermKind::Value(self.literal(value)?),
            TermKind::Compare(operator, value) => {
                if !matches!(operator, Operator::Equal | Operator::NotEqual) {
                    self.check_order(term.span)?;
                }
                TermKind::Compare(*operator, self.literal(value)?)
            }
            TermKind::Interval(from, to) => {
                self.check_order(term.span)?;
                TermKind::Interval(bound(from)?, bound(to)?)
            }
        };
        Ok(Term { span: term.span, kind })
    }

    /// An order means the same on both sides only where the values ascend with their indexes.
    fn check_order(&self, span: Span) -> Result<(), ViewError> {
        let numbers: Option<Vec<i32>> = self.field.values.iter().map(|value| value.parse().ok()).collect();
        match numbers {
            Some(numbers) if numbers.is_sorted() => Ok(()),
            _ => Err(self.without_value("..", span)),
        }
    }

    fn literal(&self, value: &Literal) -> Result<Literal, ViewError> {
        let text = self.value(&value.text, value.span)?;
        Ok(match text {
            Some(text) => Literal { span: value.span, text, quoting: Quoting::Quoted },
            None => value.clone(),
        })
    }

    /// What the value is on the other side; `None` where it stays.
    fn value(&self, text: &str, span: Span) -> Result<Option<String>, ViewError> {
        let members = match self.field.field_type {
            FieldType::Option(members) => Some(members),
            _ if self.field.values.is_empty() => return Ok(None),
            _ => None,
        };
        let text = trim(text);
        match self.way {
            Way::Out if self.field.values.is_empty() => Ok(None),
            Way::Out => {
                let index = self.field.values.iter().position(|value| value.eq_ignore_ascii_case(text));
                index.map(|index| Some(index.to_string())).ok_or_else(|| self.without_value(text, span))
            }
            Way::In => {
                // Stored views hold indexes, so a number is one even where a member has that name.
                let Ok(index) = text.parse::<usize>() else { return Ok(None) };
                let value = match self.field.values.get(index) {
                    Some(value) => value.clone(),
                    None if self.field.values.is_empty() => text.to_owned(),
                    None => return Err(self.without_value(text, span)),
                };
                let (Some(members), Ok(ordinal)) = (members, value.parse::<i32>()) else {
                    return Ok(Some(value));
                };
                self.member(members, ordinal).map(Some).ok_or_else(|| self.without_value(text, span))
            }
        }
    }

    /// Business Central's members by name, those of Dataverse by number, as far as that is read back.
    fn member(&self, members: &[crate::field::OptionMember], ordinal: i32) -> Option<String> {
        let named = option_text(ordinal, members);
        let number = ordinal.to_string();
        let is_number_clear =
            !members.iter().any(|member| trim(&member.name) == number && member.ordinal != ordinal);
        if self.field.comparison == TextComparison::Dataverse && is_number_clear {
            Some(number)
        } else {
            named
        }
    }

    /// One value, taken literally.
    fn constant(&self, text: &str) -> Result<String, ViewError> {
        let StoredField { field_type, comparison, .. } = *self.field;
        let inner = trim(text);
        let inner = inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(inner);
        let span = Span::new(0, text.len());
        let bound = |text: &str| {
            bind_constant(text, field_type, comparison, self.context, Spelling::Kept)
                .map_err(|error| self.wrong(error.into()))
        };
        if self.way == Way::In {
            let converted = self.value(&inner.replace("''", "'"), span)?;
            let converted = converted.map_or_else(|| text.to_owned(), |text| quote_value(&text));
            bound(&converted)?;
            return Ok(converted);
        }
        let ordinal = match bound(text)? {
            TypedNode::Test(test) => match test.kind {
                TestKind::Compare { value: FilterValue::Option(ordinal), .. } => Some(ordinal.to_string()),
                _ => None,
            },
            TypedNode::Any(_) | TypedNode::All(_) => None,
        };
        let ordinal = ordinal.unwrap_or_else(|| inner.replace("''", "'"));
        Ok(match self.value(&ordinal, span)? {
            Some(index) => index,
            None if matches!(field_type, FieldType::Option(_)) => ordinal,
            None => text.to_owned(),
        })
    }
}
