//! From an OData expression to the conditions of a view that say the same, or the reason why no view does.

use super::error::{ReadError, ReadErrorKind};
use super::expression::{CaseFunction, Expression, Test, TestKind, TextFunction};
use super::literal::Literal as ODataLiteral;
use super::names::{decode_member, encode_member};
use super::reader::read;
use super::tree::{Tree, first_null, node, replaced, settled};
use crate::bind::{bind, literal_of, option_text};
use crate::context::Context;
use crate::field::{FieldType, FieldValue, OptionMember, TextComparison};
use crate::filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
use crate::form::FieldForm;
use crate::parser::flat;
use crate::scan::is_space;
use crate::span::Span;
use crate::text::{lower, upper};
use crate::typed::FilterValue;
use rustc_hash::FxHashMap;

/// One field's condition that was read from OData.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldForm, FieldType, TextComparison, odata};
///
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let field = |property: &str| match property {
///     "amount" => Some(FieldForm {
///         caption: "Amount",
///         property: "amount",
///         field_type: &FieldType::Decimal,
///         comparison: TextComparison::BusinessCentral,
///         option_captions: &[],
///     }),
///     _ => None,
/// };
/// let conditions = odata::read_view("amount ge 1 and amount le 5", field, &context).unwrap();
/// assert_eq!(conditions[0].property, "amount");
/// assert_eq!(conditions[0].filter.to_string(), "1..5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCondition {
    /// The property.
    pub property: String,
    /// Its first test, in the OData text.
    pub span: Span,
    /// The filter; its spans are those of the OData text.
    pub filter: Filter,
}

/// Reads an OData expression into the conditions of a view, one for each field in the order in which they come;
/// `field` finds a field by its property. An empty text is a view that every record passes.
///
/// A null is read as the blank value, as everywhere in filters. So `name eq null` is `''`; but an expression that
/// tells null and 0 apart is refused.
///
/// # Example
///
/// ```
/// use couplet_filter::{Context, FieldForm, FieldType, TextComparison, odata};
///
/// let context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), jiff::tz::TimeZone::UTC);
/// let text = FieldType::Text { max_length: None };
/// let field = |property: &str| {
///     let property = ["name", "city"].into_iter().find(|known| *known == property)?;
///     let comparison = TextComparison::BusinessCentral;
///     Some(FieldForm { caption: property, property, field_type: &text, comparison, option_captions: &[] })
/// };
/// let view = odata::read_view("contains(tolower(name),'co') and city ne 'Lyon'", field, &context).unwrap();
/// let texts: Vec<String> = view.iter().map(|condition| condition.filter.to_string()).collect();
/// assert_eq!(texts, ["'@*co*'", "<>Lyon"]);
///
/// let text = "name eq 'A' or city eq 'B'";
/// let error = odata::read_view(text, field, &context).unwrap_err();
/// assert_eq!((error.code(), error.span.slice(text)), ("odata.or-across-fields", "city eq 'B'"));
/// ```
///
/// # Errors
///
/// The first thing that cannot be read, else the first that no view can express, with its place.
pub fn read_view<'a>(
    text: &str,
    mut field: impl FnMut(&str) -> Option<FieldForm<'a>>,
    context: &Context,
) -> Result<Vec<ReadCondition>, ReadError> {
    if text.trim_matches(is_space).is_empty() {
        return Ok(Vec::new());
    }
    let expression = read(text)?;
    let mut conjuncts = Vec::new();
    split(&expression, Sense::Plain, &mut conjuncts);
    let mut found: Vec<Group<'_, 'a>> = Vec::new();
    let mut by_property: FxHashMap<&str, usize> = FxHashMap::default();
    for (part, sense) in conjuncts {
        let test = only_property(part)?;
        let property = test.operand.property.as_str();
        let group = match by_property.get(property) {
            Some(group) => *group,
            None => {
                let kind = || ReadErrorKind::UnknownProperty { name: property.to_owned() };
                let form = field(property).ok_or_else(|| ReadError::new(kind(), test.span))?;
                found.push(Group {
                    form,
                    members: members_by_name(form.field_type),
                    test,
                    parts: Vec::new(),
                });
                by_property.insert(property, found.len() - 1);
                found.len() - 1
            }
        };
        if let Some(group) = found.get_mut(group) {
            group.parts.push((part, sense));
        }
    }
    let mut conditions = Vec::new();
    for group in found {
        conditions.extend(group.condition(context)?);
    }
    Ok(conditions)
}

/// Whether a part stands under an odd number of `not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Plain,
    Negated,
}

impl Sense {
    fn other(self) -> Self {
        match self {
            Self::Plain => Self::Negated,
            Self::Negated => Self::Plain,
        }
    }
}

/// The parts that must all hold.
fn split<'e>(expression: &'e Expression, sense: Sense, conjuncts: &mut Vec<(&'e Expression, Sense)>) {
    match (expression, sense) {
        (Expression::And(parts), Sense::Plain) | (Expression::Or(parts), Sense::Negated) => {
            parts.iter().for_each(|part| split(part, sense, conjuncts));
        }
        (Expression::Not(part), _) => split(part, sense.other(), conjuncts),
        _ => conjuncts.push((expression, sense)),
    }
}

/// The first test of a part, all of whose tests must be of one property.
fn only_property(part: &Expression) -> Result<&Test, ReadError> {
    fn visit<'e>(part: &'e Expression, first: &mut Option<&'e Test>) -> Result<(), ReadError> {
        match part {
            Expression::Or(parts) | Expression::And(parts) => {
                parts.iter().try_for_each(|part| visit(part, first))
            }
            Expression::Not(part) => visit(part, first),
            Expression::Test(test) => {
                let before = *first.get_or_insert(test);
                if before.operand.property == test.operand.property {
                    return Ok(());
                }
                let kind = ReadErrorKind::OrAcrossFields {
                    first: before.operand.property.clone(),
                    second: test.operand.property.clone(),
                };
                Err(ReadError::new(kind, test.span))
            }
        }
    }
    let mut first = None;
    visit(part, &mut first)?;
    first.ok_or_else(|| ReadError::new(ReadErrorKind::NothingPasses, Span::default()))
}

/// The parts of an expression that are about one field.
struct Group<'e, 'a> {
    form: FieldForm<'a>,
    /// Ordinals of an option by encoded name in lower case; none where members share a name.
    members: FxHashMap<String, Option<i32>>,
    test: &'e Test,
    parts: Vec<(&'e Expression, Sense)>,
}

fn members_by_name(field_type: &FieldType) -> FxHashMap<String, Option<i32>> {
    let mut names: FxHashMap<String, Option<i32>> = FxHashMap::default();
    if let FieldType::Option(members) = field_type {
        for member in members.iter() {
            let name = encode_member(&member.name).to_ascii_lowercase();
            names.entry(name).and_modify(|ordinal| *ordinal = None).or_insert(Some(member.ordinal));
        }
    }
    names
}

impl Group<'_, '_> {
    /// `None` where every record passes.
    fn condition(&self, context: &Context) -> Result<Option<ReadCondition>, ReadError> {
        let parts = self.parts.iter().map(|(part, sense)| self.tree(part, *sense));
        let tree = Tree::All(parts.collect::<Result<_, _>>()?);
        let tree = self.without_nulls(tree, context)?;
        let node = match settled(tree) {
            Tree::Always(true) => return Ok(None),
            Tree::Always(false) => return Err(self.nothing_passes()),
            tree => node(tree).ok_or_else(|| self.nothing_passes())?,
        };
        let filter = Filter::new(Some(flat(node)), self.test.span.end as usize);
        bind(&filter, self.form.field_type, self.form.comparison, context)
            .map_err(|error| ReadError::new(ReadErrorKind::Condition(error.clone()), error.span))?;
        Ok(Some(ReadCondition { property: self.test.operand.property.clone(), span: self.test.span, filter }))
    }

    fn nothing_passes(&self) -> ReadError {
        ReadError::new(ReadErrorKind::NothingPasses, self.test.span)
    }

    fn tree(&self, part: &Expression, sense: Sense) -> Result<Tree, ReadError> {
        let all =
            |parts: &[Expression]| parts.iter().map(|part| self.tree(part, sense)).collect::<Result<_, _>>();
        match (part, sense) {
            (Expression::Not(part), _) => self.tree(part, sense.other()),
            (Expression::Or(parts), Sense::Plain) | (Expression::And(parts), Sense::Negated) => {
                all(parts).map(Tree::Any)
            }
            (Expression::And(parts) | Expression::Or(parts), _) => all(parts).map(Tree::All),
            (Expression::Test(test), _) => match &test.kind {
                TestKind::Compare(operator, literal) => {
                    let operator = if sense == Sense::Negated { opposite(*operator) } else { *operator };
                    self.compare(test, operator, literal)
                }
                TestKind::Function(function, text) => self.function(test, *function, text, sense),
            },
        }
    }

    fn compare(&self, test: &Test, operator: Operator, literal: &ODataLiteral) -> Result<Tree, ReadError> {
        let span = test.span;
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if *literal == ODataLiteral::Null {
            let is_null = operator == Operator::Equal;
            return if is_equality {
                Ok(Tree::Null { is_null, span })
            } else {
                Err(self.wrong_type(test, literal))
            };
        }
        let value = match (self.form.field_type, literal) {
            (FieldType::Text { .. } | FieldType::Code { .. }, ODataLiteral::Text(text)) => {
                if is_equality {
                    no_wildcard(text, span)?;
                }
                Literal { span, text: self.cased(test, text)?, quoting: Quoting::Quoted }
            }
            (FieldType::Option(members), literal) => self.option(test, members, is_equality, literal)?,
            (FieldType::Guid, ODataLiteral::Guid(_)) if !is_equality => {
                return Err(ReadError::new(ReadErrorKind::NotOrdered, span));
            }
            (_, literal) => literal_of(&self.value(test, literal)?, span),
        };
        let kind = match operator {
            Operator::Equal => TermKind::Value(value),
            operator => TermKind::Compare(operator, value),
        };
        Ok(Tree::Node(Node::Term(Term { span, kind })))
    }

    fn wrong_type(&self, test: &Test, literal: &ODataLiteral) -> ReadError {
        let found: String = literal.to_string().chars().take(40).collect();
        ReadError::new(ReadErrorKind::WrongType { expected: self.form.field_type.clone(), found }, test.span)
    }

    /// A value that is neither text nor option.
    fn value(&self, test: &Test, literal: &ODataLiteral) -> Result<FilterValue, ReadError> {
        if test.operand.case.is_some() {
            return Err(not_text(test));
        }
        Ok(match (self.form.field_type, literal) {
            (
                FieldType::Integer | FieldType::BigInteger | FieldType::Decimal,
                ODataLiteral::Number(number),
            ) => FilterValue::Decimal(*number),
            (FieldType::Boolean, ODataLiteral::Boolean(value)) => FilterValue::Boolean(*value),
            (FieldType::Date, ODataLiteral::Date(day)) => FilterValue::Date(*day),
            (FieldType::DateTime, ODataLiteral::DateTime(moment)) => FilterValue::DateTime(*moment),
            (FieldType::Time, ODataLiteral::Time(time)) => FilterValue::Time(*time),
            (FieldType::Duration, ODataLiteral::Duration(milliseconds)) => {
                FilterValue::Duration(*milliseconds)
            }
            (FieldType::Guid, ODataLiteral::Guid(guid)) => FilterValue::Guid(*guid),
            _ => return Err(self.wrong_type(test, literal)),
        })
    }

    /// Business Central names the members, without an order; Dataverse numbers them.
    fn option(
        &self,
        test: &Test,
        members: &[OptionMember],
        is_equality: bool,
        literal: &ODataLiteral,
    ) -> Result<Literal, ReadError> {
        let span = test.span;
        let unknown = |found: &str| {
            let found = found.chars().take(40).collect();
            ReadError::new(ReadErrorKind::UnknownOption { found }, span)
        };
        let ordinal = match (literal, self.form.comparison) {
            (ODataLiteral::Text(_), TextComparison::BusinessCentral) if !is_equality => {
                return Err(ReadError::new(ReadErrorKind::NotOrdered, span));
            }
            (ODataLiteral::Text(name), TextComparison::BusinessCentral) => {
                let wanted = encode_member(&decode_member(name)).to_ascii_lowercase();
                self.members.get(&wanted).copied().flatten().ok_or_else(|| unknown(name))?
            }
            (ODataLiteral::Number(number), TextComparison::Dataverse) => i32::try_from(*number)
                .ok()
                .filter(|_| number.is_integer())
                .ok_or_else(|| unknown(&number.to_string()))?,
            _ => return Err(self.wrong_type(test, literal)),
        };
        let text = option_text(ordinal, members).ok_or_else(|| unknown(&ordinal.to_string()))?;
        Ok(Literal { span, text, quoting: Quoting::Quoted })
    }

    fn function(
        &self,
        test: &Test,
        function: TextFunction,
        text: &str,
        sense: Sense,
    ) -> Result<Tree, ReadError> {
        let span = test.span;
        if !matches!(self.form.field_type, FieldType::Text { .. } | FieldType::Code { .. }) {
            return Err(ReadError::new(ReadErrorKind::NotText { function: function.name() }, span));
        }
        no_wildcard(text, span)?;
        let text = match self.form.comparison {
            TextComparison::BusinessCentral => text.to_owned(),
            TextComparison::Dataverse => without_brackets(text, span)?,
        };
        let is_code = matches!(self.form.field_type, FieldType::Code { .. });
        let is_cut = match function {
            TextFunction::StartsWith => text.starts_with(is_space),
            TextFunction::EndsWith => text.ends_with(is_space),
            TextFunction::Contains => false,
        };
        if is_code && is_cut {
            return Err(ReadError::new(ReadErrorKind::NothingPasses, span));
        }
        let pattern = match function {
            _ if text.is_empty() => "*".to_owned(),
            TextFunction::StartsWith => format!("{}*", self.cased(test, &text)?),
            TextFunction::EndsWith => self.cased_pattern(test, &text, &format!("*{text}"))?,
            TextFunction::Contains => self.cased_pattern(test, &text, &format!("*{text}*"))?,
        };
        let value = Literal { span, text: pattern, quoting: Quoting::Quoted };
        let kind = match sense {
            Sense::Plain => TermKind::Value(value),
            Sense::Negated => TermKind::Compare(Operator::NotEqual, value),
        };
        Ok(Tree::Node(Node::Term(Term { span, kind })))
    }

    /// A pattern that begins with a wildcard, with `@` where case is ignored.
    fn cased_pattern(&self, test: &Test, text: &str, pattern: &str) -> Result<String, ReadError> {
        Ok(if self.ignores_case(test, text)? { format!("@{pattern}") } else { pattern.to_owned() })
    }

    /// A text as a filter has it: with `@` where case is ignored, or where a leading `@` would be taken for that.
    fn cased(&self, test: &Test, text: &str) -> Result<String, ReadError> {
        if self.ignores_case(test, text)? {
            return Ok(format!("@{text}"));
        }
        if !text.starts_with('@') {
            return Ok(text.to_owned());
        }
        match (self.form.field_type, self.form.comparison) {
            (FieldType::Text { .. }, TextComparison::BusinessCentral) => {
                Err(ReadError::new(ReadErrorKind::AtSign, test.span))
            }
            _ => Ok(format!("@{text}")),
        }
    }

    /// Whether `tolower` or `toupper` makes a difference, and the text fits what it gives.
    fn ignores_case(&self, test: &Test, text: &str) -> Result<bool, ReadError> {
        let Some(case) = test.operand.case else { return Ok(false) };
        let matters = matches!(self.form.field_type, FieldType::Text { .. })
            && self.form.comparison == TextComparison::BusinessCentral;
        if !matters {
            return Ok(false);
        }
        let fold = match case {
            CaseFunction::ToLower => lower,
            CaseFunction::ToUpper => upper,
        };
        if text.chars().any(|next| fold(next) != next) {
            return Err(ReadError::new(ReadErrorKind::CaseNeverFits, test.span));
        }
        Ok(true)
    }

    /// Puts something else for tests of null: nothing, where the blank value decides the same way with and without
    /// them; else the blank value, if its type has none among its other values.
    fn without_nulls(&self, tree: Tree, context: &Context) -> Result<Tree, ReadError> {
        let Some(span) = first_null(&tree) else { return Ok(tree) };
        let blank = self.blank();
        if self.at_blank(&tree, true, context)? == self.at_blank(&tree, false, context)? {
            let left = settled(replaced(&tree, &|is_null, _| Tree::Always(!is_null)));
            if blank.is_none() || !matches!(left, Tree::Always(false)) {
                return Ok(left);
            }
        }
        let blank = blank.ok_or_else(|| ReadError::new(ReadErrorKind::NullApart, span))?;
        Ok(replaced(&tree, &|is_null, span| {
            let value = self.literal(&blank, span);
            let kind =
                if is_null { TermKind::Value(value) } else { TermKind::Compare(Operator::NotEqual, value) };
            Tree::Node(Node::Term(Term { span, kind }))
        }))
    }

    /// The blank value of the field's type, if null is the usual way to store it.
    fn blank(&self) -> Option<FilterValue> {
        match self.form.field_type.blank() {
            FieldValue::Text(_) => Some(FilterValue::Text { text: String::new(), ignore_case: false }),
            FieldValue::Date(day) => Some(FilterValue::Date(day)),
            FieldValue::DateTime(moment) => Some(FilterValue::DateTime(moment)),
            FieldValue::Time(time) => Some(FilterValue::Time(time)),
            FieldValue::Guid(guid) => Some(FilterValue::Guid(guid)),
            FieldValue::Option(-1) => Some(FilterValue::Option(-1)),
            _ => None,
        }
    }

    fn literal(&self, value: &FilterValue, span: Span) -> Literal {
        match (self.form.field_type, value) {
            (FieldType::Option(members), FilterValue::Option(ordinal)) => {
                let text = option_text(*ordinal, members).unwrap_or_else(|| ordinal.to_string());
                Literal { span, text, quoting: Quoting::Quoted }
            }
            _ => literal_of(value, span),
        }
    }

    /// Whether the blank value passes, if tests of null find null or do not.
    fn at_blank(&self, tree: &Tree, finds_null: bool, context: &Context) -> Result<bool, ReadError> {
        let any = |parts: &[Tree], wanted: bool| {
            for part in parts {
                if self.at_blank(part, finds_null, context)? == wanted {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        match tree {
            Tree::Any(parts) => any(parts, true),
            Tree::All(parts) => any(parts, false).map(|fails| !fails),
            Tree::Null { is_null, .. } => Ok(*is_null == finds_null),
            Tree::Always(verdict) => Ok(*verdict),
            Tree::Node(node) => {
                let filter = Filter::new(Some(node.clone()), 0);
                let typed = bind(&filter, self.form.field_type, self.form.comparison, context)
                    .map_err(|error| ReadError::new(ReadErrorKind::Condition(error.clone()), error.span))?;
                Ok(typed.passes(FieldValue::Null))
            }
        }
    }
}

fn not_text(test: &Test) -> ReadError {
    let function = test.operand.case.map_or("", CaseFunction::name);
    ReadError::new(ReadErrorKind::NotText { function }, test.span)
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
    }
}

/// `*` and `?` have no literal form in filters (filter language, section 2).
fn no_wildcard(text: &str, span: Span) -> Result<(), ReadError> {
    match text.chars().find(|next| matches!(next, '*' | '?')) {
        Some(character) => Err(ReadError::new(ReadErrorKind::Wildcard { character }, span)),
        None => Ok(()),
    }
}

/// Undoes the brackets around what Dataverse takes for wildcards.
fn without_brackets(text: &str, span: Span) -> Result<String, ReadError> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let in_brackets = ["[%]", "[_]", "[[]"].into_iter().find(|escape| rest.starts_with(escape));
        let taken = match (in_brackets, next) {
            (Some(escape), _) => {
                plain.extend(escape.chars().nth(1));
                escape.len()
            }
            (None, '%' | '_' | '[') => {
                return Err(ReadError::new(ReadErrorKind::ServiceWildcard { character: next }, span));
            }
            (None, _) => {
                plain.push(next);
                next.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Ok(plain)
}
