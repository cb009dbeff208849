//! Values of Text and Code fields: case, wildcards, length, and the words after `%` (filter language, sections
//! 4.1, 4.2 and 6).

use super::{Binder, Meaning, Spelling};
use crate::context::Word;
use crate::error::{TypeError, TypeErrorKind};
use crate::field::{FieldType, TextComparison};
use crate::filter::{Literal, Quoting};
use crate::scan::trim;
use crate::text::{Case, upper};
use crate::typed::{FilterValue, Pattern};

impl Binder<'_> {
    pub(super) fn text(&self, value: &Literal, max_length: Option<u32>) -> Result<Meaning, TypeError> {
        if let Some(meaning) = self.token(value)? {
            return Ok(meaning);
        }
        let (case, text) = self.split_case(&value.text);
        check_length(value, text, max_length)?;
        Ok(if has_wildcard(text) {
            Meaning::Form(self.pattern(text, case))
        } else {
            Meaning::Value(self.text_value(text, case))
        })
    }

    /// In an interval `*` and `?` are characters like others.
    pub(super) fn text_bound(&self, value: &Literal, max_length: Option<u32>) -> Result<Meaning, TypeError> {
        if let Some(meaning) = self.token(value)? {
            return Ok(meaning);
        }
        let (case, text) = self.split_case(&value.text);
        check_length(value, text, max_length)?;
        Ok(Meaning::Value(self.text_value(text, case)))
    }

    /// A text without wildcards, `@` and tokens.
    pub(super) fn plain_text(
        &self,
        value: &Literal,
        max_length: Option<u32>,
    ) -> Result<FilterValue, TypeError> {
        check_length(value, &value.text, max_length)?;
        Ok(self.text_value(&value.text, self.side_case()))
    }

    pub(super) fn code_or_pattern(
        &self,
        value: &Literal,
        max_length: Option<u32>,
    ) -> Result<Meaning, TypeError> {
        let meaning = self.code_bound(value, max_length)?;
        Ok(match meaning {
            Meaning::Value(FilterValue::Text { text, .. })
                if has_wildcard(&text) && token_word(value).is_none() =>
            {
                Meaning::Form(Pattern::new(&text, Case::Sensitive))
            }
            other => other,
        })
    }

    pub(super) fn code_bound(&self, value: &Literal, max_length: Option<u32>) -> Result<Meaning, TypeError> {
        if let Some(meaning) = self.token(value)? {
            return Ok(meaning);
        }
        let text = value.text.strip_prefix('@').unwrap_or(&value.text);
        check_length(value, trim(text), max_length)?;
        Ok(Meaning::Value(code_value(text)))
    }

    /// A code without wildcards, `@` and tokens.
    pub(super) fn code(&self, value: &Literal, max_length: Option<u32>) -> Result<FilterValue, TypeError> {
        check_length(value, trim(&value.text), max_length)?;
        Ok(code_value(&value.text))
    }

    fn side_case(&self) -> Case {
        match self.text {
            TextComparison::BusinessCentral => Case::Sensitive,
            TextComparison::Dataverse => Case::Ignored,
        }
    }

    fn split_case<'t>(&self, text: &'t str) -> (Case, &'t str) {
        text.strip_prefix('@').map_or((self.side_case(), text), |rest| (Case::Ignored, rest))
    }

    /// What a bare value with a leading `%` stands for. The expansion is taken as it is: no `@` and no wildcard
    /// in a user id or a company name is active.
    fn token(&self, value: &Literal) -> Result<Option<Meaning>, TypeError> {
        let Some(typed) = token_word(value) else { return Ok(None) };
        let token = || value.text.clone();
        let word = Word::find(typed, &Word::TEXT, self.context)
            .ok_or_else(|| TypeError::new(TypeErrorKind::UnknownToken { token: token() }, value.span))?;
        let list = match word {
            Word::Me | Word::User => return Ok(Some(Meaning::Value(self.expansion(&self.context.user_id)))),
            Word::Company => return Ok(Some(Meaning::Value(self.expansion(&self.context.company)))),
            Word::MyCustomers => &self.context.my_customers,
            Word::MyItems => &self.context.my_items,
            _ => &self.context.my_vendors,
        };
        let mut values: Vec<_> = list.iter().map(|entry| self.expansion(entry)).collect();
        match values.len() {
            0 => Err(TypeError::new(TypeErrorKind::EmptyList { token: token() }, value.span)),
            1 => Ok(values.pop().map(Meaning::Value)),
            _ => Ok(Some(Meaning::OneOf(values))),
        }
    }

    fn text_value(&self, text: &str, case: Case) -> FilterValue {
        let ignore_case = case == Case::Ignored;
        match self.spelling {
            Spelling::Folded => FilterValue::Text { text: case.fold_text(text), ignore_case },
            Spelling::Kept => FilterValue::Text { text: text.to_owned(), ignore_case },
        }
    }

    fn pattern(&self, text: &str, case: Case) -> Pattern {
        match self.spelling {
            Spelling::Folded => Pattern::new(text, case),
            Spelling::Kept => {
                Pattern { ignore_case: case == Case::Ignored, ..Pattern::new(text, Case::Sensitive) }
            }
        }
    }

    fn expansion(&self, text: &str) -> FilterValue {
        match self.field_type {
            FieldType::Code { .. } => code_value(text),
            _ => self.text_value(text, self.side_case()),
        }
    }
}

/// What stands after the `%` of a token; a quoted `'%me'` is the text `%me`.
pub(super) fn token_word(value: &Literal) -> Option<&str> {
    value.text.strip_prefix('%').filter(|_| value.quoting == Quoting::Bare)
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

fn code_value(text: &str) -> FilterValue {
    let text = trim(text);
    let text = if text.is_ascii() { text.to_ascii_uppercase() } else { text.chars().map(upper).collect() };
    FilterValue::Text { text, ignore_case: false }
}

/// The platform's limit for patterns is not known, so they are not measured (section 4.2).
fn check_length(value: &Literal, text: &str, max_length: Option<u32>) -> Result<(), TypeError> {
    // A text has no more characters than bytes.
    if max_length.is_none_or(|max_length| text.len() <= max_length as usize) {
        return Ok(());
    }
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    match max_length {
        Some(max_length) if length > max_length && !has_wildcard(text) => {
            Err(TypeError::new(TypeErrorKind::TooLong { max_length, length }, value.span))
        }
        _ => Ok(()),
    }
}
