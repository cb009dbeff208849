//! What Dataverse compares like the client does (filter language, section 11; B23). A null is the blank value.

use std::cmp::Ordering;

use couplet_filter::odata::{Expression, Literal, TextFunction, escape_wildcards};
use couplet_filter::{FieldValue, FilterValue, Operator, Pattern, PatternForm, TestKind};

use super::literal::{end_of_second, is_blank_moment, numbered};
use super::{Part, PushReason, Translation, accepts, all, both, either};

impl Translation<'_> {
    pub(super) fn dataverse(&mut self, kind: &TestKind) -> Part {
        if self.property.contains('@') {
            return self.lookup_type(kind);
        }
        match kind {
            TestKind::Matches { pattern, negated } => self.dv_pattern(pattern, *negated),
            TestKind::Compare { operator, value } => match value {
                FilterValue::Text { text, .. } => self.dv_text(*operator, text),
                FilterValue::Boolean(value) => {
                    let (operator, value) = (*operator, *value);
                    self.dv_boolean(|it| accepts(operator, it.cmp(&value)))
                }
                value => self.dv_ordered(*operator, value),
            },
            TestKind::Range { from, to } => self.dv_range(from.as_ref(), to.as_ref()),
        }
    }

    fn dv_range(&mut self, from: Option<&FilterValue>, to: Option<&FilterValue>) -> Part {
        match from.or(to) {
            Some(FilterValue::Text { .. }) => return self.nothing_sent(PushReason::TextOrder),
            Some(FilterValue::Boolean(_)) => {
                let bound = |value: Option<&FilterValue>, blank| match value {
                    Some(FilterValue::Boolean(value)) => *value,
                    _ => blank,
                };
                let (from, to) = (bound(from, false), bound(to, true));
                return self.dv_boolean(|it| from <= it && it <= to);
            }
            _ => {}
        }
        let bounds = [(Operator::GreaterOrEqual, from), (Operator::LessOrEqual, to)];
        let bounds = bounds.into_iter().filter_map(|(operator, value)| Some((operator, value?)));
        // The condition on values, and whether the blank value lies inside.
        let (mut parts, mut holds_blank) = (Vec::new(), true);
        for (operator, value) in bounds {
            let Some(literal) = numbered(value) else { return self.nothing_sent(PushReason::ClosingDate) };
            holds_blank &= self.blank_passes(operator, value);
            if is_blank_moment(value) {
                match operator {
                    Operator::LessOrEqual if parts.is_empty() => {
                        return Self::exact(self.null());
                    }
                    Operator::LessOrEqual => return self.nothing_sent(PushReason::EmptyInterval),
                    _ => continue,
                }
            }
            parts.push(self.upper_or_plain(operator, value, literal));
        }
        if parts.is_empty() {
            return Part::Everything { is_exact: true };
        }
        match all(parts) {
            Part::Condition { expression, is_exact } if holds_blank => {
                Part::Condition { expression: either(expression, self.null()), is_exact }
            }
            part => part,
        }
    }

    /// `c le x`, or `c lt` the next second where the last one is sent whole.
    fn upper_or_plain(&mut self, operator: Operator, value: &FilterValue, literal: Literal) -> Part {
        if operator == Operator::LessOrEqual
            && let Some((next, is_same)) = end_of_second(value)
        {
            let before = self.compared(Operator::Less, next);
            return if is_same {
                Self::exact(before)
            } else {
                self.superset(before, PushReason::EndOfSecond)
            };
        }
        Self::exact(self.compared(operator, literal))
    }

    /// Numbers, dates, moments, GUIDs and choices.
    fn dv_ordered(&mut self, operator: Operator, value: &FilterValue) -> Part {
        let Some(literal) = numbered(value) else { return self.nothing_sent(PushReason::ClosingDate) };
        let null_only = is_blank_moment(value)
            || matches!(value, FilterValue::Guid(id) if id.is_nil())
            || matches!(value, FilterValue::Option(-1)) && self.blank() == FieldValue::Option(-1);
        if null_only {
            match operator {
                Operator::Equal => return Self::exact(self.null()),
                Operator::NotEqual => return Self::exact(self.not_null()),
                _ => {}
            }
        }
        if is_blank_moment(value) {
            return match operator {
                Operator::LessOrEqual => Self::exact(self.null()),
                Operator::Greater => Self::exact(self.not_null()),
                Operator::GreaterOrEqual => Part::Everything { is_exact: true },
                _ => self.nothing_sent(PushReason::EmptyInterval),
            };
        }
        let holds_blank = self.blank_passes(operator, value);
        match self.upper_or_plain(operator, value, literal) {
            Part::Condition { expression, is_exact } if holds_blank => {
                Part::Condition { expression: either(expression, self.null()), is_exact }
            }
            // Whether `ne` returns null is unverified: null reads as zero here, so it must not.
            Part::Condition { expression, is_exact } if operator == Operator::NotEqual => {
                Part::Condition { expression: both(expression, self.not_null()), is_exact }
            }
            part => part,
        }
    }

    fn null(&self) -> Expression {
        self.compared(Operator::Equal, Literal::Null)
    }

    fn not_null(&self) -> Expression {
        self.compared(Operator::NotEqual, Literal::Null)
    }

    fn blank(&self) -> FieldValue<'static> {
        self.field.field_type.blank()
    }

    /// Whether null, read as the blank value, passes.
    fn blank_passes(&self, operator: Operator, value: &FilterValue) -> bool {
        let ordering = match (self.blank(), value) {
            (FieldValue::Integer(blank), FilterValue::Integer(value)) => blank.cmp(value),
            (FieldValue::Decimal(blank), FilterValue::Decimal(value)) => blank.cmp(value),
            (FieldValue::Decimal(blank), FilterValue::Integer(value)) => blank.cmp(&(*value).into()),
            (FieldValue::Option(blank), FilterValue::Option(value)) => blank.cmp(value),
            (FieldValue::Date(blank), FilterValue::Date(value)) => blank.cmp(value),
            (FieldValue::DateTime(blank), FilterValue::DateTime(value)) => blank.cmp(value),
            (FieldValue::Guid(blank), FilterValue::Guid(value)) => blank.cmp(value),
            _ => Ordering::Less,
        };
        accepts(operator, ordering)
    }

    fn dv_boolean(&mut self, passes: impl Fn(bool) -> bool) -> Part {
        let is = |value| self.compared(Operator::Equal, Literal::Boolean(value));
        match (passes(false), passes(true)) {
            (true, true) => Part::Everything { is_exact: true },
            (false, false) => self.nothing_sent(PushReason::EmptyInterval),
            (false, true) => Self::exact(is(true)),
            (true, false) => Self::exact(either(is(false), self.null())),
        }
    }

    fn dv_text(&mut self, operator: Operator, text: &str) -> Part {
        let condition = self.compared_text(operator, text);
        match (operator, text.is_empty()) {
            (Operator::Equal, true) => Self::exact(either(self.null(), condition)),
            (Operator::NotEqual, true) => self.superset(self.not_null(), PushReason::BlankText),
            // A bracket opens a set of characters for the server: it could find fewer.
            (Operator::Equal | Operator::NotEqual, _) if text.contains(['[', ']']) => {
                self.nothing_sent(PushReason::ServerWildcard)
            }
            (Operator::Equal, _) if text.contains(['%', '_']) => {
                self.superset(condition, PushReason::ServerWildcard)
            }
            (Operator::Equal, _) => self.up_to_accents(text, condition),
            (Operator::NotEqual, _) if text.contains(['%', '_']) => {
                self.nothing_sent(PushReason::ServerWildcard)
            }
            (Operator::NotEqual, _) if has_letters(text) => self.nothing_sent(PushReason::NegatedText),
            (Operator::NotEqual, _) => Self::exact(either(condition, self.null())),
            _ => self.nothing_sent(PushReason::TextOrder),
        }
    }

    /// Exact without letters; with letters the server may find other accents too.
    fn up_to_accents(&mut self, text: &str, condition: Expression) -> Part {
        if has_letters(text) {
            self.superset(condition, PushReason::DataverseAccents)
        } else {
            Self::exact(condition)
        }
    }

    fn dv_pattern(&mut self, pattern: &Pattern, negated: bool) -> Part {
        let (function, text) = match PatternForm::of(pattern) {
            PatternForm::Everything if negated => return self.nothing_sent(PushReason::NegatedText),
            PatternForm::Everything => return Part::Everything { is_exact: true },
            PatternForm::NotEmpty => {
                let operator = if negated { Operator::Equal } else { Operator::NotEqual };
                return self.dv_text(operator, "");
            }
            PatternForm::StartsWith(text) => (TextFunction::StartsWith, text),
            PatternForm::EndsWith(text) => (TextFunction::EndsWith, text),
            PatternForm::Contains(text) => (TextFunction::Contains, text),
            PatternForm::Parts { .. } | PatternForm::StartsAndEnds(..) if negated => {
                return self.nothing_sent(PushReason::NegatedText);
            }
            PatternForm::StartsAndEnds(first, last) => return self.dv_parts(&[first, last], true, true),
            PatternForm::Parts { literals, starts, ends } => return self.dv_parts(&literals, starts, ends),
        };
        let condition = self.dv_function(function, text);
        if !negated {
            return self.up_to_accents(text, condition);
        }
        if has_letters(text) {
            return self.nothing_sent(PushReason::NegatedText);
        }
        Self::exact(either(Expression::Not(Box::new(condition)), self.null()))
    }

    fn dv_parts(&mut self, literals: &[&str], starts: bool, ends: bool) -> Part {
        if literals.is_empty() {
            return self.nothing_sent(PushReason::PatternWithoutLiteral);
        }
        self.reason(PushReason::PatternParts);
        let last = literals.len() - 1;
        let conditions = literals.iter().enumerate().map(|(idx, text)| {
            let function = match idx {
                0 if starts => TextFunction::StartsWith,
                idx if idx == last && ends => TextFunction::EndsWith,
                _ => TextFunction::Contains,
            };
            self.dv_function(function, text)
        });
        let parts = conditions.map(|expression| Part::Condition { expression, is_exact: false });
        all(parts.collect())
    }

    /// A function call with the wildcards of its text in brackets.
    fn dv_function(&self, function: TextFunction, text: &str) -> Expression {
        self.called(function, &escape_wildcards(text))
    }

    /// The table that a polymorphic lookup points to: only whether it points anywhere is compared on the server.
    fn lookup_type(&mut self, kind: &TestKind) -> Part {
        let lookup = self.property.split('@').next().unwrap_or_default();
        let null = Expression::compare(lookup, Operator::Equal, Literal::Null);
        let not_null = Expression::compare(lookup, Operator::NotEqual, Literal::Null);
        match kind {
            TestKind::Compare { operator: Operator::Equal, value: FilterValue::Text { text, .. } } => {
                if text.is_empty() {
                    Self::exact(null)
                } else {
                    self.superset(not_null, PushReason::PolymorphicType)
                }
            }
            TestKind::Compare { operator: Operator::NotEqual, value: FilterValue::Text { text, .. } }
                if text.is_empty() =>
            {
                Self::exact(not_null)
            }
            TestKind::Matches { pattern, negated: false }
                if !matches!(PatternForm::of(pattern), PatternForm::Everything) =>
            {
                match PatternForm::of(pattern) {
                    PatternForm::Parts { literals, .. } if literals.is_empty() => {
                        self.nothing_sent(PushReason::PolymorphicType)
                    }
                    _ => self.superset(not_null, PushReason::PolymorphicType),
                }
            }
            _ => self.nothing_sent(PushReason::PolymorphicType),
        }
    }
}

/// Whether accents could play a part: letters, and whatever lies beyond ASCII.
fn has_letters(text: &str) -> bool {
    text.chars().any(|character| character.is_alphabetic() || !character.is_ascii())
}
