//! What Dataverse compares like the client does (filter language, section 11; B23). A null is the blank value.

use std::cmp::Ordering;

use couplet_filter::{FieldValue, FilterValue, Operator, Pattern, TestKind};

use super::literal::{Form, bare, end_of_second, is_blank_moment, operator as word, quote};
use super::{Part, PushReason, Translation, accepts, all};

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
            let Some(literal) = literal(value) else { return self.nothing_sent(PushReason::ClosingDate) };
            holds_blank &= self.blank_passes(operator, value);
            if is_blank_moment(value) {
                match operator {
                    Operator::LessOrEqual if parts.is_empty() => {
                        return Self::exact(format!("{} eq null", self.property));
                    }
                    Operator::LessOrEqual => return self.nothing_sent(PushReason::EmptyInterval),
                    _ => continue,
                }
            }
            parts.push(self.upper_or_plain(operator, value, &literal));
        }
        if parts.is_empty() {
            return Part::Everything { is_exact: true };
        }
        match all(parts) {
            Part::Condition { text, is_exact } if holds_blank => {
                Part::Condition { text: format!("({text} or {} eq null)", self.property), is_exact }
            }
            part => part,
        }
    }

    /// `c le x`, or `c lt` the next second where the last one is sent whole.
    fn upper_or_plain(&mut self, operator: Operator, value: &FilterValue, literal: &str) -> Part {
        if operator == Operator::LessOrEqual
            && let Some((next, is_same)) = end_of_second(value)
        {
            let text = format!("{} lt {next}", self.property);
            return if is_same { Self::exact(text) } else { self.superset(text, PushReason::EndOfSecond) };
        }
        Self::exact(format!("{} {} {literal}", self.property, word(operator)))
    }

    /// Numbers, dates, moments, GUIDs and choices.
    fn dv_ordered(&mut self, operator: Operator, value: &FilterValue) -> Part {
        let column = self.property;
        let Some(literal) = literal(value) else { return self.nothing_sent(PushReason::ClosingDate) };
        let null_only = is_blank_moment(value)
            || matches!(value, FilterValue::Guid(id) if id.is_nil())
            || matches!(value, FilterValue::Option(-1)) && self.blank() == FieldValue::Option(-1);
        if null_only {
            match operator {
                Operator::Equal => return Self::exact(format!("{column} eq null")),
                Operator::NotEqual => return Self::exact(format!("{column} ne null")),
                _ => {}
            }
        }
        if is_blank_moment(value) {
            return match operator {
                Operator::LessOrEqual => Self::exact(format!("{column} eq null")),
                Operator::Greater => Self::exact(format!("{column} ne null")),
                Operator::GreaterOrEqual => Part::Everything { is_exact: true },
                _ => self.nothing_sent(PushReason::EmptyInterval),
            };
        }
        let holds_blank = self.blank_passes(operator, value);
        match self.upper_or_plain(operator, value, &literal) {
            Part::Condition { text, is_exact } if holds_blank => {
                Part::Condition { text: format!("({text} or {column} eq null)"), is_exact }
            }
            // Whether `ne` returns null is unverified: null reads as zero here, so it must not.
            Part::Condition { text, is_exact } if operator == Operator::NotEqual => {
                Part::Condition { text: format!("({text} and {column} ne null)"), is_exact }
            }
            part => part,
        }
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
        let column = self.property;
        match (passes(false), passes(true)) {
            (true, true) => Part::Everything { is_exact: true },
            (false, false) => self.nothing_sent(PushReason::EmptyInterval),
            (false, true) => Self::exact(format!("{column} eq true")),
            (true, false) => Self::exact(format!("({column} eq false or {column} eq null)")),
        }
    }

    fn dv_text(&mut self, operator: Operator, text: &str) -> Part {
        let column = self.property;
        match (operator, text.is_empty()) {
            (Operator::Equal, true) => Self::exact(format!("({column} eq null or {column} eq '')")),
            (Operator::NotEqual, true) => self.superset(format!("{column} ne null"), PushReason::BlankText),
            // A bracket opens a set of characters for the server: it could find fewer.
            (Operator::Equal | Operator::NotEqual, _) if text.contains(['[', ']']) => {
                self.nothing_sent(PushReason::ServerWildcard)
            }
            (Operator::Equal, _) if text.contains(['%', '_']) => {
                self.superset(format!("{column} eq {}", quote(text)), PushReason::ServerWildcard)
            }
            (Operator::Equal, _) => self.up_to_accents(text, format!("{column} eq {}", quote(text))),
            (Operator::NotEqual, _) if text.contains(['%', '_']) => {
                self.nothing_sent(PushReason::ServerWildcard)
            }
            (Operator::NotEqual, _) if has_letters(text) => self.nothing_sent(PushReason::NegatedText),
            (Operator::NotEqual, _) => {
                Self::exact(format!("({column} ne {} or {column} eq null)", quote(text)))
            }
            _ => self.nothing_sent(PushReason::TextOrder),
        }
    }

    /// Exact without letters; with letters the server may find other accents too.
    fn up_to_accents(&mut self, text: &str, condition: String) -> Part {
        if has_letters(text) {
            self.superset(condition, PushReason::DataverseAccents)
        } else {
            Self::exact(condition)
        }
    }

    fn dv_pattern(&mut self, pattern: &Pattern, negated: bool) -> Part {
        let (function, text) = match Form::of(pattern) {
            Form::Everything if negated => return self.nothing_sent(PushReason::NegatedText),
            Form::Everything => return Part::Everything { is_exact: true },
            Form::StartsWith(text) => ("startswith", text),
            Form::EndsWith(text) => ("endswith", text),
            Form::Contains(text) => ("contains", text),
            Form::Parts { .. } | Form::StartsAndEnds(..) if negated => {
                return self.nothing_sent(PushReason::NegatedText);
            }
            Form::StartsAndEnds(first, last) => return self.dv_parts(&[first, last], true, true),
            Form::Parts { literals, starts, ends } => return self.dv_parts(&literals, starts, ends),
        };
        let condition = self.dv_function(function, text);
        if !negated {
            return self.up_to_accents(text, condition);
        }
        if has_letters(text) {
            return self.nothing_sent(PushReason::NegatedText);
        }
        Self::exact(format!("(not {condition} or {} eq null)", self.property))
    }

    fn dv_parts(&mut self, literals: &[&str], starts: bool, ends: bool) -> Part {
        if literals.is_empty() {
            return self.nothing_sent(PushReason::PatternWithoutLiteral);
        }
        self.reason(PushReason::PatternParts);
        let last = literals.len() - 1;
        let conditions = literals.iter().enumerate().map(|(idx, text)| {
            let function = match idx {
                0 if starts => "startswith",
                idx if idx == last && ends => "endswith",
                _ => "contains",
            };
            self.dv_function(function, text)
        });
        let parts = conditions.map(|text| Part::Condition { text, is_exact: false });
        all(parts.collect())
    }

    /// A function call with the wildcards of its text in brackets.
    fn dv_function(&self, function: &str, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '%' | '_' | '[' => escaped.extend(['[', character, ']']),
                _ => escaped.push(character),
            }
        }
        format!("{function}({},{})", self.property, quote(&escaped))
    }

    /// The table that a polymorphic lookup points to: only whether it points anywhere is compared on the server.
    fn lookup_type(&mut self, kind: &TestKind) -> Part {
        let lookup = self.property.split('@').next().unwrap_or_default();
        match kind {
            TestKind::Compare { operator: Operator::Equal, value: FilterValue::Text { text, .. } } => {
                if text.is_empty() {
                    Self::exact(format!("{lookup} eq null"))
                } else {
                    self.superset(format!("{lookup} ne null"), PushReason::PolymorphicType)
                }
            }
            TestKind::Compare { operator: Operator::NotEqual, value: FilterValue::Text { text, .. } }
                if text.is_empty() =>
            {
                Self::exact(format!("{lookup} ne null"))
            }
            TestKind::Matches { pattern, negated: false }
                if !matches!(Form::of(pattern), Form::Everything) =>
            {
                match Form::of(pattern) {
                    Form::Parts { literals, .. } if literals.is_empty() => {
                        self.nothing_sent(PushReason::PolymorphicType)
                    }
                    _ => self.superset(format!("{lookup} ne null"), PushReason::PolymorphicType),
                }
            }
            _ => self.nothing_sent(PushReason::PolymorphicType),
        }
    }
}

fn literal(value: &FilterValue) -> Option<String> {
    if let FilterValue::Option(value) = value { Some(value.to_string()) } else { bare(value) }
}

/// Whether accents could play a part: letters, and whatever lies beyond ASCII.
fn has_letters(text: &str) -> bool {
    text.chars().any(|character| character.is_alphabetic() || !character.is_ascii())
}
