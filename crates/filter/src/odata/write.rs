//! From the conditions of a view to an OData expression that says the same, or the reason why there is none. A null
//! is read as the blank value, as everywhere in filters; what a service makes of the expression is decided elsewhere.

use super::error::{WriteError, WriteErrorKind};
use super::expression::{CaseFunction, Expression, TestKind as ODataTest, TextFunction};
use super::literal::Literal;
use super::names::member_name;
use crate::context::Context;
use crate::field::{FieldType, FieldValue, OptionMember, TextComparison};
use crate::filter::Operator;
use crate::form::{FieldForm, FormCondition};
use crate::parser::MAX_OPEN_PARENTHESES;
use crate::pattern_form::PatternForm;
use crate::span::Span;
use crate::text::lower;
use crate::typed::{FilterValue, Pattern, TestKind, TypedNode};

/// Writes the conditions of a view as one OData expression; `None` where every record passes.
///
/// On fields of Business Central, ignoring case becomes `tolower`, the members of an option are named and their
/// order is spelled out; on columns of Dataverse, case never counts, members are numbers, blank is `null`, and what
/// Dataverse takes for wildcards stands in brackets.
///
/// # Example
///
/// ```
/// use couplet_filter::{
///     ConditionKind, Context, FieldForm, FieldType, FormCondition, TextComparison, odata,
/// };
///
/// let field = FieldForm {
///     caption: "Name",
///     property: "displayName",
///     field_type: &FieldType::Text { max_length: Some(100) },
///     comparison: TextComparison::BusinessCentral,
///     option_captions: &[],
/// };
/// let condition = FormCondition { field, kind: ConditionKind::Filter, text: "@Co*|''" };
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let expression = odata::write(&[condition], &context).unwrap().unwrap();
/// assert_eq!(expression.to_string(), "startswith(tolower(displayName),'co') or displayName eq ''");
/// ```
///
/// # Errors
///
/// The first condition that cannot be read, or that OData cannot say exactly.
pub fn write(conditions: &[FormCondition<'_>], context: &Context) -> Result<Option<Expression>, WriteError> {
    let mut parts = Vec::new();
    for (condition, form) in conditions.iter().enumerate() {
        let at = |kind, span| WriteError { condition, span, kind };
        let (_, root) =
            form.read(context).map_err(|error| at(WriteErrorKind::Condition(error.clone()), error.span()))?;
        let Some(root) = root else { continue };
        if form.field.property.is_empty() {
            let span = Span::new(0, form.text.len());
            return Err(at(WriteErrorKind::NoProperty, span));
        }
        match (Writer { field: &form.field }).node(&root).map_err(|refusal| at(refusal.kind, refusal.span))? {
            Written::Expression(expression) if expression.nesting() >= MAX_OPEN_PARENTHESES => {
                let kind = WriteErrorKind::TooDeep { limit: MAX_OPEN_PARENTHESES };
                return Err(at(kind, Span::new(0, form.text.len())));
            }
            Written::Expression(expression) => parts.push(expression),
            Written::Everything => {}
            Written::Nothing(span) => return Err(at(WriteErrorKind::NothingPasses, span)),
        }
    }
    Ok(Expression::all(parts))
}

/// What a part of a filter becomes.
enum Written {
    Expression(Expression),
    /// Every value passes.
    Everything,
    /// None passes; the term that says so.
    Nothing(Span),
}

struct Refusal {
    span: Span,
    kind: WriteErrorKind,
}

struct Writer<'a> {
    field: &'a FieldForm<'a>,
}

impl Writer<'_> {
    fn node(&self, node: &TypedNode) -> Result<Written, Refusal> {
        match node {
            TypedNode::Test(test) => self.test(&test.kind, test.span),
            TypedNode::Any(parts) => {
                any(parts.iter().map(|part| self.node(part)).collect::<Result<_, _>>()?, Span::default())
            }
            TypedNode::All(parts) => {
                all(parts.iter().map(|part| self.node(part)).collect::<Result<_, _>>()?)
            }
        }
    }

    fn test(&self, kind: &TestKind, span: Span) -> Result<Written, Refusal> {
        match kind {
            TestKind::Compare { operator, value } => self.compare(*operator, value, span),
            TestKind::Range { from, to } => {
                let bounds = [(Operator::GreaterOrEqual, from), (Operator::LessOrEqual, to)];
                let bounds =
                    bounds.into_iter().filter_map(|(operator, value)| Some((operator, value.as_ref()?)));
                if let FieldType::Option(members) = self.field.field_type
                    && self.field.comparison == TextComparison::BusinessCentral
                {
                    let bounds: Vec<_> = bounds.collect();
                    return self.members(members, span, |ordinal| {
                        bounds.iter().all(|(operator, value)| accepts(*operator, ordinal, value))
                    });
                }
                let parts = bounds.map(|(operator, value)| self.compare(operator, value, span));
                all(parts.collect::<Result<_, _>>()?)
            }
            TestKind::Matches { pattern, negated } => self.pattern(pattern, *negated, span),
        }
    }

    fn compare(&self, operator: Operator, value: &FilterValue, span: Span) -> Result<Written, Refusal> {
        // No value comes before a blank one.
        let operator = match operator {
            Operator::GreaterOrEqual if is_lowest(value) => return Ok(Written::Everything),
            Operator::Less if is_lowest(value) => return Ok(Written::Nothing(span)),
            Operator::Greater if is_lowest(value) => Operator::NotEqual,
            Operator::LessOrEqual if is_lowest(value) => Operator::Equal,
            other => other,
        };
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_equality && self.is_null(value) {
            return Ok(self.plain(operator, Literal::Null));
        }
        match value {
            FilterValue::Text { text, ignore_case } => {
                let (case, text) = self.folded(text, *ignore_case);
                let kind = ODataTest::Compare(operator, Literal::Text(text));
                Ok(Written::Expression(Expression::of(self.field.property, case, kind)))
            }
            FilterValue::Option(ordinal) => self.option(operator, *ordinal, value, span),
            other => match Literal::of(other) {
                Some(literal) => Ok(self.plain(operator, literal)),
                None => Err(Refusal { span, kind: WriteErrorKind::ClosingDate }),
            },
        }
    }

    fn plain(&self, operator: Operator, literal: Literal) -> Written {
        Written::Expression(Expression::compare(self.field.property, operator, literal))
    }

    /// Whether the service has null for this value. A blank time has no literal anywhere.
    fn is_null(&self, value: &FilterValue) -> bool {
        let is_dataverse = self.field.comparison == TextComparison::Dataverse;
        match value {
            FilterValue::Text { text, .. } => is_dataverse && text.is_empty(),
            FilterValue::Date(_) | FilterValue::DateTime(_) => is_dataverse && is_lowest(value),
            FilterValue::Time(_) => is_lowest(value),
            FilterValue::Guid(guid) => is_dataverse && guid.is_nil(),
            FilterValue::Option(-1) => {
                is_dataverse && self.field.field_type.blank() == FieldValue::Option(-1)
            }
            _ => false,
        }
    }

    fn option(
        &self,
        operator: Operator,
        ordinal: i32,
        value: &FilterValue,
        span: Span,
    ) -> Result<Written, Refusal> {
        let FieldType::Option(members) = self.field.field_type else { return Ok(Written::Nothing(span)) };
        match (self.field.comparison, operator) {
            (TextComparison::Dataverse, _) => Ok(self.plain(operator, Literal::Number(ordinal.into()))),
            (_, Operator::Equal | Operator::NotEqual) => self.member(operator, members, ordinal, span),
            _ => self.members(members, span, |ordinal| accepts(operator, ordinal, value)),
        }
    }

    fn member(
        &self,
        operator: Operator,
        members: &[OptionMember],
        ordinal: i32,
        span: Span,
    ) -> Result<Written, Refusal> {
        let name = member_name(members, ordinal);
        let name = name.ok_or(Refusal { span, kind: WriteErrorKind::OptionWithoutName { ordinal } })?;
        Ok(self.plain(operator, Literal::Text(name)))
    }

    /// The members in an interval, one by one: the service knows them by name.
    fn members(
        &self,
        members: &[OptionMember],
        span: Span,
        passes: impl Fn(i32) -> bool,
    ) -> Result<Written, Refusal> {
        let passing = members.iter().map(|member| member.ordinal).filter(|ordinal| passes(*ordinal));
        let parts: Vec<_> = passing
            .map(|ordinal| self.member(Operator::Equal, members, ordinal, span))
            .collect::<Result<_, _>>()?;
        if parts.len() == members.len() { Ok(Written::Everything) } else { any(parts, span) }
    }

    fn pattern(&self, pattern: &Pattern, is_negated: bool, span: Span) -> Result<Written, Refusal> {
        use TextFunction::{Contains, EndsWith, StartsWith};
        let call = |function, text| self.function(function, text, pattern.ignore_case);
        let expression = match PatternForm::of(pattern) {
            PatternForm::Everything if is_negated => return Ok(Written::Nothing(span)),
            PatternForm::Everything => return Ok(Written::Everything),
            PatternForm::NotEmpty => {
                let operator = if is_negated { Operator::Equal } else { Operator::NotEqual };
                let empty = FilterValue::Text { text: String::new(), ignore_case: false };
                return self.compare(operator, &empty, span);
            }
            PatternForm::StartsWith(text) => Some(call(StartsWith, text)),
            PatternForm::EndsWith(text) => Some(call(EndsWith, text)),
            PatternForm::Contains(text) => Some(call(Contains, text)),
            PatternForm::StartsAndEnds(first, last) if !can_overlap(first, last) => {
                Expression::all(vec![call(StartsWith, first), call(EndsWith, last)])
            }
            PatternForm::StartsAndEnds(..) | PatternForm::Parts { .. } => None,
        };
        let expression = expression.ok_or(Refusal { span, kind: WriteErrorKind::Pattern })?;
        Ok(Written::Expression(if is_negated { Expression::Not(Box::new(expression)) } else { expression }))
    }

    fn function(&self, function: TextFunction, text: &str, ignore_case: bool) -> Expression {
        let (case, text) = self.folded(text, ignore_case);
        let text = match self.field.comparison {
            TextComparison::BusinessCentral => text,
            TextComparison::Dataverse => escape_wildcards(&text),
        };
        Expression::of(self.field.property, case, ODataTest::Function(function, text))
    }

    /// Dataverse ignores case by itself; without letters there is none to ignore.
    fn folded(&self, text: &str, ignore_case: bool) -> (Option<CaseFunction>, String) {
        let is_needed = ignore_case
            && self.field.comparison == TextComparison::BusinessCentral
            && text.chars().any(char::is_alphabetic);
        if is_needed {
            (Some(CaseFunction::ToLower), text.chars().map(lower).collect())
        } else {
            (None, text.to_owned())
        }
    }
}

/// A text with the characters that Dataverse takes for wildcards in brackets (filter language, section 11).
///
/// # Example
///
/// ```
/// assert_eq!(couplet_filter::odata::escape_wildcards("50%_[a]"), "50[%][_][[]a]");
/// ```
#[must_use]
pub fn escape_wildcards(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' | '_' | '[' => escaped.extend(['[', character, ']']),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn any(parts: Vec<Written>, span: Span) -> Result<Written, Refusal> {
    let (mut expressions, mut nothing) = (Vec::new(), span);
    for part in parts {
        match part {
            Written::Expression(expression) => expressions.push(expression),
            Written::Everything => return Ok(Written::Everything),
            Written::Nothing(span) => nothing = span,
        }
    }
    Ok(Expression::any(expressions).map_or(Written::Nothing(nothing), Written::Expression))
}

fn all(parts: Vec<Written>) -> Result<Written, Refusal> {
    let mut expressions = Vec::new();
    for part in parts {
        match part {
            Written::Expression(expression) => expressions.push(expression),
            Written::Everything => {}
            Written::Nothing(span) => return Ok(Written::Nothing(span)),
        }
    }
    Ok(Expression::all(expressions).map_or(Written::Everything, Written::Expression))
}

/// Whether the value is the blank one that all others come after.
fn is_lowest(value: &FilterValue) -> bool {
    match value {
        FilterValue::Text { text, .. } => text.is_empty(),
        FilterValue::Date(day) => day.is_blank(),
        FilterValue::DateTime(moment) => moment.milliseconds().is_none(),
        FilterValue::Time(time) => time.milliseconds().is_none(),
        _ => false,
    }
}

fn accepts(operator: Operator, ordinal: i32, value: &FilterValue) -> bool {
    matches!(value, FilterValue::Option(bound) if operator.accepts(ordinal.cmp(bound)))
}

/// Whether a text can begin with the one and end with the other although it is shorter than both together, in any
/// spelling of theirs: then two functions say more than the pattern.
fn can_overlap(first: &str, last: &str) -> bool {
    let fold = |text: &str| text.chars().map(lower).collect::<Vec<char>>();
    let (first, last) = (fold(first), fold(last));
    (1..=first.len().min(last.len()))
        .any(|length| first.iter().rev().take(length).rev().eq(last.iter().take(length)))
}
