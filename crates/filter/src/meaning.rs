//! What a typed filter means, apart from where its terms stand in the text: whether two mean the same, and which
//! alternatives can be judged one by one.

use crate::filter::Operator;
use crate::span::Span;
use crate::typed::{Pattern, PatternPart, TestKind, TypedFilter, TypedNode, TypedTest};

impl TypedFilter {
    /// Whether every value passes both or neither because they are the same but for the places of their terms. Filters
    /// that come to the same in another way count as different.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let compile = |text| compile(text, &FieldType::Integer, TextComparison::default(), &context).unwrap();
    /// assert!(compile("1|2").means_the_same(&compile("1 | 2")));
    /// assert!(!compile("1|2").means_the_same(&compile("1..2")));
    /// ```
    #[must_use]
    pub fn means_the_same(&self, other: &Self) -> bool {
        let roots = match (self.root(), other.root()) {
            (Some(root), Some(other)) => same(root, other),
            (None, None) => true,
            _ => false,
        };
        roots && self.blank() == other.blank()
    }

    /// Filters of which a value passes one at least when it passes this one: the alternatives of a filter with
    /// patterns, so that a changed one leaves the verdicts of the others as they are. Values that texts may equal stay
    /// together, because they are looked up at once; every other filter stays whole.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::{Context, FieldType, TextComparison, compile};
    /// use jiff::{Timestamp, tz::TimeZone};
    ///
    /// let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    /// let text = FieldType::Text { max_length: None };
    /// let filter = compile("A*|*b|C", &text, TextComparison::default(), &context).unwrap();
    /// assert_eq!(filter.alternatives().len(), 3);
    /// ```
    #[must_use]
    pub fn alternatives(&self) -> Vec<Self> {
        let Some(TypedNode::Any(parts)) = self.root() else { return vec![self.clone()] };
        let is_pattern = |part: &TypedNode| match part {
            TypedNode::Test(test) => matches!(test.kind, TestKind::Matches { .. }),
            _ => false,
        };
        let is_value = |part: &&TypedNode| match part {
            TypedNode::Test(test) => matches!(test.kind, TestKind::Compare { operator: Operator::Equal, .. }),
            _ => false,
        };
        if !parts.iter().any(is_pattern) {
            return vec![self.clone()];
        }
        let values: Vec<TypedNode> = parts.iter().filter(is_value).cloned().collect();
        let values = (!values.is_empty()).then_some(TypedNode::Any(values));
        let others = parts.iter().filter(|part| !is_value(part)).cloned();
        values.into_iter().chain(others).map(|part| self.with_root(part)).collect()
    }

    /// The filter of a text that stands somewhere in a value, ignoring case and without wildcards: what a search box
    /// looks for.
    ///
    /// # Example
    /// ```
    /// use couplet_filter::{FieldValue, TypedFilter};
    ///
    /// assert!(TypedFilter::holding("éLO").passes(FieldValue::Text("Boulangerie Éloïse")));
    /// assert!(!TypedFilter::holding("*").passes(FieldValue::Text("no star")));
    /// ```
    #[must_use]
    pub fn holding(text: &str) -> Self {
        let literal: String = text.chars().map(crate::text::lower).collect();
        let mut parts = vec![PatternPart::AnyRun];
        if !literal.is_empty() {
            parts.extend([PatternPart::Literal(literal), PatternPart::AnyRun]);
        }
        let pattern = Pattern { ignore_case: true, parts };
        let kind = TestKind::Matches { pattern, negated: false };
        let test = TypedTest { span: Span { start: 0, end: text.len() as u32 }, kind };
        Self::new(Some(TypedNode::Test(test)), &crate::field::FieldType::Text { max_length: None })
    }
}

fn same(node: &TypedNode, other: &TypedNode) -> bool {
    match (node, other) {
        (TypedNode::Any(parts), TypedNode::Any(others)) | (TypedNode::All(parts), TypedNode::All(others)) => {
            parts.len() == others.len() && parts.iter().zip(others).all(|(part, other)| same(part, other))
        }
        (TypedNode::Test(test), TypedNode::Test(other)) => test.kind == other.kind,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use crate::{Context, FieldType, TextComparison, TypedFilter, compile};

    fn text(filter: &str) -> TypedFilter {
        let context = Context::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
        compile(filter, &FieldType::Text { max_length: None }, TextComparison::BusinessCentral, &context)
            .unwrap()
    }

    #[test]
    fn places_do_not_matter_and_everything_else_does() {
        let same = |left: &str, right: &str| text(left).means_the_same(&text(right));
        assert!(same("A*|B", "A* | B"));
        assert!(same("''", "''"));
        assert!(same("", ""));
        for (left, right) in
            [("A*|B", "A*|C"), ("A|B", "A&B"), ("A*", "@A*"), ("A", "<>A"), ("", "''"), ("A..", "A..B")]
        {
            assert!(!same(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn alternatives_with_patterns_come_one_by_one() {
        let n_alternatives = |filter: &str| text(filter).alternatives().len();
        assert_eq!(n_alternatives("A*|B|C|*D*"), 3, "B and C are looked up at once");
        assert_eq!(n_alternatives("A|B|C"), 1);
        assert_eq!(n_alternatives("A*&B"), 1);
        assert_eq!(n_alternatives(""), 1);
    }
}
