//! What Business Central compares like the client does (filter language, section 10; A31 to A37, A48).

use couplet_engine::schema::OptionLabel;
use couplet_filter::odata::{
    CaseFunction, Expression, Literal, TestKind as ODataTest, TextFunction, member_name,
};
use couplet_filter::{FieldType, FilterValue, Operator, OptionMember, Pattern, PatternForm, TestKind};

use super::literal::{end_of_second, is_blank_moment};
use super::{MAX_ALTERNATIVES, Part, PushReason, Translation, accepts, all};

impl Translation<'_> {
    pub(super) fn business_central(&mut self, kind: &TestKind) -> Part {
        match kind {
            TestKind::Matches { pattern, negated } => self.bc_pattern(pattern, *negated),
            TestKind::Compare { operator, value } => match value {
                FilterValue::Text { text, ignore_case } => self.bc_text(*operator, text, *ignore_case),
                FilterValue::Boolean(value) => {
                    let (operator, value) = (*operator, *value);
                    self.bc_boolean(|it| accepts(operator, it.cmp(&value)))
                }
                FilterValue::Option(value) => self.bc_option(*operator, *value),
                value => self.bc_ordered(*operator, value),
            },
            TestKind::Range { from, to } => self.bc_range(from.as_ref(), to.as_ref()),
        }
    }

    fn bc_range(&mut self, from: Option<&FilterValue>, to: Option<&FilterValue>) -> Part {
        match from.or(to) {
            Some(FilterValue::Text { .. }) => self.nothing_sent(PushReason::TextOrder),
            Some(FilterValue::Boolean(_)) => {
                let bound = |value: Option<&FilterValue>, blank| match value {
                    Some(FilterValue::Boolean(value)) => *value,
                    _ => blank,
                };
                let (from, to) = (bound(from, false), bound(to, true));
                self.bc_boolean(|it| from <= it && it <= to)
            }
            Some(FilterValue::Option(_)) => {
                let bound = |value: Option<&FilterValue>, blank| match value {
                    Some(FilterValue::Option(value)) => *value,
                    _ => blank,
                };
                let (from, to) = (bound(from, i32::MIN), bound(to, i32::MAX));
                self.bc_members(|it| from <= it && it <= to)
            }
            _ => {
                // A closing date cannot be sent; neither can the interval it bounds.
                if [from, to].into_iter().flatten().any(|value| Literal::of(value).is_none()) {
                    return self.nothing_sent(PushReason::ClosingDate);
                }
                let lower = from.map(|value| self.bc_ordered(Operator::GreaterOrEqual, value));
                let upper = to.map(|value| self.bc_ordered(Operator::LessOrEqual, value));
                all(lower.into_iter().chain(upper).collect())
            }
        }
    }

    /// Numbers, dates, moments, GUIDs.
    fn bc_ordered(&mut self, operator: Operator, value: &FilterValue) -> Part {
        let Some(literal) = Literal::of(value) else { return self.nothing_sent(PushReason::ClosingDate) };
        if is_blank_moment(value) {
            return match operator {
                Operator::GreaterOrEqual => Part::Everything { is_exact: true },
                Operator::Less => self.nothing_sent(PushReason::EmptyInterval),
                Operator::Equal | Operator::LessOrEqual => {
                    self.superset(self.compared(Operator::Equal, literal), PushReason::BlankDate)
                }
                Operator::NotEqual | Operator::Greater => {
                    self.superset(self.compared(Operator::NotEqual, literal), PushReason::BlankDate)
                }
            };
        }
        if operator == Operator::LessOrEqual
            && let Some((next, is_same)) = end_of_second(value)
        {
            let reason = if is_same { PushReason::BlankDate } else { PushReason::EndOfSecond };
            return self.superset(self.compared(Operator::Less, next), reason);
        }
        let expression = self.compared(operator, literal);
        let holds_blank = matches!(operator, Operator::Less | Operator::LessOrEqual);
        if holds_blank && matches!(value, FilterValue::Date(_) | FilterValue::DateTime(_)) {
            return self.superset(expression, PushReason::BlankDate);
        }
        Self::exact(expression)
    }

    fn bc_boolean(&mut self, passes: impl Fn(bool) -> bool) -> Part {
        match (passes(false), passes(true)) {
            (true, true) => Part::Everything { is_exact: true },
            (false, false) => self.nothing_sent(PushReason::EmptyInterval),
            (_, value) => Self::exact(self.compared(Operator::Equal, Literal::Boolean(value))),
        }
    }

    fn bc_option(&mut self, operator: Operator, value: i32) -> Part {
        match operator {
            Operator::Equal | Operator::NotEqual => match self.bc_member(value) {
                Some(name) => Self::exact(self.compared_text(operator, &name)),
                None => self.nothing_sent(PushReason::OptionName),
            },
            _ => self.bc_members(|it| accepts(operator, it.cmp(&value))),
        }
    }

    /// Members in an interval, one by one: the server knows them by name.
    fn bc_members(&mut self, passes: impl Fn(i32) -> bool) -> Part {
        let ordinals: Vec<i32> = self.members().iter().map(|member| member.ordinal).collect();
        let inside: Vec<i32> = ordinals.iter().copied().filter(|&ordinal| passes(ordinal)).collect();
        if inside.is_empty() {
            return self.nothing_sent(PushReason::EmptyInterval);
        }
        if inside.len() == ordinals.len() {
            return Part::Everything { is_exact: true };
        }
        if inside.len() > MAX_ALTERNATIVES {
            return self.nothing_sent(PushReason::LongList);
        }
        let parts = inside.into_iter().map(|ordinal| self.bc_option(Operator::Equal, ordinal)).collect();
        self.any(parts)
    }

    fn members(&self) -> &[OptionMember] {
        if let FieldType::Option(members) = &self.field.field_type { members } else { &[] }
    }

    /// The name of a member on the wire, if no other member has the same: encoded in an enum (A48); of an option of the
    /// old style as it is (A49), unless it is blank or a filter could read it as something else.
    fn bc_member(&self, ordinal: i32) -> Option<String> {
        if let Some(name) = self.field.option(ordinal).and_then(|option| option.wire.as_deref()) {
            let is_like = |other: &&OptionLabel| other.name.trim().eq_ignore_ascii_case(name.trim());
            let namesakes = self.field.options.iter().filter(is_like);
            let is_safe = |it: char| it.is_alphanumeric() || matches!(it, ' ' | '_' | '-' | '/');
            let can_be_sent = namesakes.count() == 1 && !name.trim().is_empty() && name.chars().all(is_safe);
            return can_be_sent.then(|| name.to_owned());
        }
        member_name(self.members(), ordinal)
    }

    fn bc_text(&mut self, operator: Operator, text: &str, ignore_case: bool) -> Part {
        if !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return self.nothing_sent(PushReason::TextOrder);
        }
        let is_code = matches!(self.field.field_type, FieldType::Code { .. });
        let has_letters = text.chars().any(|character| character.is_alphabetic() || !character.is_ascii());
        let has_wildcard = text.contains(['*', '?']);
        // A leading `@` would make the server ignore case and drop the character: it could find fewer.
        if text.starts_with('@') || has_wildcard && operator == Operator::NotEqual {
            return self.nothing_sent(PushReason::ServerWildcard);
        }
        if ignore_case && !is_code && has_letters {
            return match operator {
                Operator::Equal => {
                    let kind = ODataTest::Compare(operator, Literal::Text(text.to_owned()));
                    let folded = Expression::of(self.property, Some(CaseFunction::ToLower), kind);
                    self.superset(folded, PushReason::IgnoreCaseAccents)
                }
                _ => self.nothing_sent(PushReason::NegatedText),
            };
        }
        let condition = self.compared_text(operator, text);
        if has_wildcard {
            self.superset(condition, PushReason::ServerWildcard)
        } else {
            Self::exact(condition)
        }
    }

    fn bc_pattern(&mut self, pattern: &Pattern, negated: bool) -> Part {
        if negated {
            return self.nothing_sent(PushReason::NegatedText);
        }
        let form = PatternForm::of(pattern);
        let is_code = matches!(self.field.field_type, FieldType::Code { .. });
        if pattern.ignore_case && !is_code && has_literal(&form) {
            return self.nothing_sent(PushReason::NestedFunctions);
        }
        match form {
            PatternForm::NotEmpty => self.bc_text(Operator::NotEqual, "", false),
            PatternForm::Everything => Part::Everything { is_exact: true },
            PatternForm::StartsWith(text) => self.bc_function(TextFunction::StartsWith, text),
            PatternForm::EndsWith(text) => self.bc_function(TextFunction::EndsWith, text),
            PatternForm::Contains(text) => self.bc_function(TextFunction::Contains, text),
            PatternForm::StartsAndEnds(first, last) => {
                self.reason(PushReason::PatternParts);
                let start = self.bc_function(TextFunction::StartsWith, first);
                let parts = [start, self.bc_function(TextFunction::EndsWith, last)];
                all(parts.into_iter().chain([Part::Everything { is_exact: false }]).collect())
            }
            PatternForm::Parts { literals, .. } => {
                let Some(longest) = literals.iter().max_by_key(|text| text.chars().count()) else {
                    return self.nothing_sent(PushReason::PatternWithoutLiteral);
                };
                self.reason(PushReason::PatternParts);
                all(vec![
                    self.bc_function(TextFunction::Contains, longest),
                    Part::Everything { is_exact: false },
                ])
            }
        }
    }

    fn bc_function(&mut self, function: TextFunction, text: &str) -> Part {
        let longest = match self.field.field_type {
            FieldType::Text { max_length } | FieldType::Code { max_length } => max_length,
            _ => None,
        };
        if longest.is_some_and(|longest| text.chars().count() > longest as usize) {
            return self.nothing_sent(PushReason::LongerThanField);
        }
        if text.starts_with('@') {
            return self.nothing_sent(PushReason::ServerWildcard);
        }
        Self::exact(self.called(function, text))
    }
}

/// Whether case can play a part.
fn has_literal(form: &PatternForm<'_>) -> bool {
    !matches!(form, PatternForm::Everything | PatternForm::NotEmpty)
}
