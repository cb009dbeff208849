//! One condition as field, operator and value: what of the filter language the guided form can say, written as filter
//! text and read from it. A condition that it cannot say in full is none of its own.

use couplet_filter::{
    Context, FieldType, Filter, FilterValue, Literal, Node, Operator, Quoting, Term, TermKind, TestKind,
    TextComparison, TypedNode, compile, parse, quote_value,
};

/// How the guided form relates a field to values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    Is,
    IsNot,
    OneOf,
    NoneOf,
    BeginsWith,
    Contains,
    EndsWith,
    Between,
    From,
    UpTo,
    Empty,
    NotEmpty,
}

impl Relation {
    /// Every relation, in the order of the picker.
    pub(super) const ALL: [Relation; 12] = [
        Relation::Is,
        Relation::IsNot,
        Relation::OneOf,
        Relation::NoneOf,
        Relation::BeginsWith,
        Relation::Contains,
        Relation::EndsWith,
        Relation::Between,
        Relation::From,
        Relation::UpTo,
        Relation::Empty,
        Relation::NotEmpty,
    ];

    /// Relations that fit a type, the usual one first.
    pub(super) fn of(field_type: &FieldType) -> &'static [Relation] {
        use Relation as R;
        match field_type {
            FieldType::Text { .. } | FieldType::Code { .. } => &Relation::ALL,
            FieldType::Integer | FieldType::BigInteger | FieldType::Decimal | FieldType::Duration => {
                &[R::Is, R::IsNot, R::OneOf, R::NoneOf, R::Between, R::From, R::UpTo]
            }
            FieldType::Date | FieldType::DateTime | FieldType::Time => {
                &[R::Is, R::IsNot, R::Between, R::From, R::UpTo, R::Empty, R::NotEmpty]
            }
            FieldType::Boolean => &[R::Is],
            FieldType::Option(_) => &[R::OneOf, R::NoneOf],
            FieldType::Guid => &[R::Is, R::IsNot, R::OneOf, R::NoneOf, R::Empty, R::NotEmpty],
            FieldType::Unfilterable => &[],
        }
    }

    /// Name in the page's markup.
    pub(super) fn code(self) -> &'static str {
        match self {
            Relation::Is => "is",
            Relation::IsNot => "is-not",
            Relation::OneOf => "one-of",
            Relation::NoneOf => "none-of",
            Relation::BeginsWith => "begins-with",
            Relation::Contains => "contains",
            Relation::EndsWith => "ends-with",
            Relation::Between => "between",
            Relation::From => "from",
            Relation::UpTo => "up-to",
            Relation::Empty => "empty",
            Relation::NotEmpty => "not-empty",
        }
    }

    /// Whether it compares with nothing.
    pub(super) fn is_bare(self) -> bool {
        matches!(self, Relation::Empty | Relation::NotEmpty)
    }

    /// Whether it compares with whole values, one or several.
    pub(super) fn is_equality(self) -> bool {
        matches!(self, Relation::Is | Relation::IsNot) || self.takes_many()
    }

    /// Whether it takes any number of values.
    pub(super) fn takes_many(self) -> bool {
        matches!(self, Relation::OneOf | Relation::NoneOf)
    }

    /// Whether `*` and `?` in a text are characters like others.
    fn is_interval(self) -> bool {
        matches!(self, Relation::Between | Relation::From | Relation::UpTo)
    }
}

/// Whether a text must have the same case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum TextCase {
    /// As the side compares.
    #[default]
    Kept,
    /// Ignored.
    Ignored,
}

/// The field that a condition is about.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// Its type.
    pub(super) field_type: &'a FieldType,
    /// How its side compares texts.
    pub(super) comparison: TextComparison,
    /// What values may depend on.
    pub(super) context: &'a Context,
}

impl Target<'_> {
    /// Whether the side tells upper from lower case in this field.
    pub(super) fn tells_case(self) -> bool {
        matches!(self.field_type, FieldType::Text { .. })
            && self.comparison == TextComparison::BusinessCentral
    }

    fn is_text(self) -> bool {
        matches!(self.field_type, FieldType::Text { .. } | FieldType::Code { .. })
    }
}

/// A condition of the guided form. Values are texts; of an option its number, of a day `2026-03-15`, of a Boolean
/// `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guided {
    pub(super) relation: Relation,
    pub(super) values: Vec<String>,
    pub(super) case: TextCase,
}

/// Why a guided condition is no filter yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No field is chosen.
    MissingField,
    /// No value is given.
    MissingValue,
    /// `*` or `?`, which no filter can mean literally.
    Wildcard(char),
    /// A text with a leading `@` and case, where a filter would ignore case.
    AtSign,
    /// Neither name nor number of the option member means this one.
    OptionWithoutName,
}

impl Guided {
    /// A new condition on a field of the type, without a value where one has to be chosen.
    pub(super) fn new(field_type: &FieldType) -> Self {
        let relation = Relation::of(field_type).first().copied().unwrap_or(Relation::Is);
        let values = match field_type {
            FieldType::Boolean => vec!["true".to_owned()],
            _ => Vec::new(),
        };
        Guided { relation, values, case: TextCase::Kept }
    }

    /// One value; empty where there is none.
    pub(super) fn value(&self, idx: usize) -> &str {
        self.values.get(idx).map_or("", String::as_str)
    }

    /// The condition as filter text.
    ///
    /// # Errors
    /// When it is not complete, or holds what no filter can mean.
    pub(super) fn text(&self, target: Target<'_>) -> Result<String, Refusal> {
        let one = |idx: usize| self.literal(self.value(idx), target);
        let joined = |sign: &str, before: &str| {
            // A line that was not filled in yet is no value.
            let values = self.values.iter().filter(|value| !value.is_empty());
            let literals = values.map(|value| Ok(format!("{before}{}", self.literal(value, target)?)));
            let literals = literals.collect::<Result<Vec<_>, Refusal>>()?;
            if literals.is_empty() { Err(Refusal::MissingValue) } else { Ok(literals.join(sign)) }
        };
        match self.relation {
            Relation::Is | Relation::BeginsWith | Relation::Contains | Relation::EndsWith => one(0),
            Relation::IsNot => Ok(format!("<>{}", one(0)?)),
            Relation::OneOf => joined("|", ""),
            Relation::NoneOf => joined("&", "<>"),
            Relation::Between => Ok(format!("{}..{}", one(0)?, one(1)?)),
            Relation::From => Ok(format!("{}..", one(0)?)),
            Relation::UpTo => Ok(format!("..{}", one(0)?)),
            Relation::Empty => Ok(blank(target.field_type)),
            Relation::NotEmpty => Ok(format!("<>{}", blank(target.field_type))),
        }
    }

    fn literal(&self, value: &str, target: Target<'_>) -> Result<String, Refusal> {
        if value.is_empty() {
            return Err(Refusal::MissingValue);
        }
        match target.field_type {
            FieldType::Text { .. } | FieldType::Code { .. } => self.text_literal(value, target),
            FieldType::Option(members) => {
                let ordinal: i32 = value.parse().map_err(|_| Refusal::OptionWithoutName)?;
                let member = members.iter().find(|member| member.ordinal == ordinal);
                let name = member.map(|member| quote_value(&member.name));
                let mut names = name.into_iter().chain([ordinal.to_string()]);
                names.find(|name| is_option(name, ordinal, target)).ok_or(Refusal::OptionWithoutName)
            }
            _ if is_plain_number(value) => Ok(value.to_owned()),
            _ => Ok(quote_value(value.trim())),
        }
    }

    fn text_literal(&self, value: &str, target: Target<'_>) -> Result<String, Refusal> {
        let is_interval = self.relation.is_interval();
        if let Some(wildcard) = value.chars().find(|next| matches!(next, '*' | '?'))
            && !is_interval
        {
            return Err(Refusal::Wildcard(wildcard));
        }
        let (before, after) = match self.relation {
            Relation::BeginsWith => ("", "*"),
            Relation::Contains => ("*", "*"),
            Relation::EndsWith => ("*", ""),
            _ => ("", ""),
        };
        let is_ignored = self.case == TextCase::Ignored && target.tells_case();
        let leads_with_at = value.starts_with('@') && before.is_empty();
        if leads_with_at && !is_ignored && target.tells_case() {
            return Err(Refusal::AtSign);
        }
        let at = if is_ignored || leads_with_at { "@" } else { "" };
        let whole = format!("{at}{before}{value}{after}");
        let is_bare = quote_value(value) == value;
        Ok(if is_bare { whole } else { in_quotes(&whole) })
    }

    /// Reads filter text; `None` for what this form cannot say.
    pub(super) fn read(text: &str, target: Target<'_>) -> Option<Self> {
        let filter = parse(text).ok()?;
        let guided = Reader { target, case: None }.filter(&filter)?;
        let again = guided.text(target).ok()?;
        (compiled(&again, target)? == compiled(text, target)?).then_some(guided)
    }
}

/// A filter's meaning for comparison: its tests without their places.
fn compiled(text: &str, target: Target<'_>) -> Option<Vec<Step>> {
    let filter = compile(text, target.field_type, target.comparison, target.context).ok()?;
    let mut steps = Vec::new();
    flatten(filter.root()?, &mut steps);
    Some(steps)
}

/// Whether a filter text means one member of an option.
fn is_option(text: &str, ordinal: i32, target: Target<'_>) -> bool {
    let kind = TestKind::Compare { operator: Operator::Equal, value: FilterValue::Option(ordinal) };
    compiled(text, target) == Some(vec![Step::Test(kind)])
}

/// A part of a typed filter, in the order in which it is written down.
#[derive(Debug, PartialEq)]
enum Step {
    Any(usize),
    All(usize),
    Test(TestKind),
}

fn flatten(node: &TypedNode, steps: &mut Vec<Step>) {
    match node {
        TypedNode::Any(parts) => {
            steps.push(Step::Any(parts.len()));
            parts.iter().for_each(|part| flatten(part, steps));
        }
        TypedNode::All(parts) => {
            steps.push(Step::All(parts.len()));
            parts.iter().for_each(|part| flatten(part, steps));
        }
        TypedNode::Test(test) => steps.push(Step::Test(as_interval(&test.kind))),
    }
}

/// `>=x` and `<=x` as the intervals that they are: `x..` and `..x`.
fn as_interval(kind: &TestKind) -> TestKind {
    match kind {
        TestKind::Compare { operator: Operator::GreaterOrEqual, value } => {
            TestKind::Range { from: Some(value.clone()), to: None }
        }
        TestKind::Compare { operator: Operator::LessOrEqual, value } => {
            TestKind::Range { from: None, to: Some(value.clone()) }
        }
        other => other.clone(),
    }
}

/// The value that the filter language takes for empty.
fn blank(field_type: &FieldType) -> String {
    match field_type {
        FieldType::Guid => "00000000-0000-0000-0000-000000000000".to_owned(),
        _ => "''".to_owned(),
    }
}

/// Whether a number needs no quotes: a point is one of the signs of the language only beside another.
fn is_plain_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction)
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(is_number)
}

/// From the tree of a filter to a guided condition. What comes out is compared with the filter afterwards.
struct Reader<'a> {
    target: Target<'a>,
    /// What the texts so far said of case.
    case: Option<TextCase>,
}

impl Reader<'_> {
    fn filter(mut self, filter: &Filter) -> Option<Guided> {
        let (relation, values) = match filter.root()? {
            Node::Any(parts) => {
                let values = parts.iter().map(|part| match part {
                    Node::Term(Term {
                        kind: TermKind::Value(value) | TermKind::Compare(Operator::Equal, value),
                        ..
                    }) => self.value(value),
                    _ => None,
                });
                (Relation::OneOf, values.collect::<Option<Vec<_>>>()?)
            }
            Node::All(parts) => {
                let values = parts.iter().map(|part| match part {
                    Node::Term(Term { kind: TermKind::Compare(Operator::NotEqual, value), .. }) => {
                        self.value(value)
                    }
                    _ => None,
                });
                (Relation::NoneOf, values.collect::<Option<Vec<_>>>()?)
            }
            Node::Term(term) => self.term(&term.kind)?,
            Node::Unreadable(_) => return None,
        };
        let relation = match (self.target.field_type, relation) {
            (FieldType::Option(_), Relation::Is) => Relation::OneOf,
            (FieldType::Option(_), Relation::IsNot) => Relation::NoneOf,
            (_, other) => other,
        };
        let fits = Relation::of(self.target.field_type).contains(&relation);
        fits.then(|| Guided { relation, values, case: self.case.unwrap_or_default() })
    }

    fn term(&mut self, term: &TermKind) -> Option<(Relation, Vec<String>)> {
        match term {
            TermKind::Value(value) | TermKind::Compare(Operator::Equal, value) if self.is_blank(value) => {
                Some((Relation::Empty, Vec::new()))
            }
            TermKind::Compare(Operator::NotEqual, value) if self.is_blank(value) => {
                Some((Relation::NotEmpty, Vec::new()))
            }
            TermKind::Value(value) | TermKind::Compare(Operator::Equal, value) => self.equality(value),
            TermKind::Compare(Operator::NotEqual, value) => Some((Relation::IsNot, vec![self.value(value)?])),
            TermKind::Compare(Operator::GreaterOrEqual, value) | TermKind::Interval(Some(value), None) => {
                Some((Relation::From, vec![self.value(value)?]))
            }
            TermKind::Compare(Operator::LessOrEqual, value) | TermKind::Interval(None, Some(value)) => {
                Some((Relation::UpTo, vec![self.value(value)?]))
            }
            TermKind::Interval(Some(from), Some(to)) => {
                Some((Relation::Between, vec![self.value(from)?, self.value(to)?]))
            }
            TermKind::Compare(Operator::Less | Operator::Greater, _) | TermKind::Interval(None, None) => None,
        }
    }

    fn is_blank(&self, value: &Literal) -> bool {
        match self.target.field_type {
            FieldType::Guid => value.text.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'{' | b'}')),
            FieldType::Option(_) => false,
            _ => value.text.is_empty(),
        }
    }

    fn equality(&mut self, value: &Literal) -> Option<(Relation, Vec<String>)> {
        let text = self.value(value)?;
        if !self.target.is_text() {
            return Some((Relation::Is, vec![text]));
        }
        let after = text.strip_prefix('*');
        let inner = after.unwrap_or(&text);
        let relation = match (after.is_some(), inner.strip_suffix('*')) {
            (true, Some(_)) => Relation::Contains,
            (true, None) => Relation::EndsWith,
            (false, Some(_)) => Relation::BeginsWith,
            (false, None) => Relation::Is,
        };
        Some((relation, vec![inner.strip_suffix('*').unwrap_or(inner).to_owned()]))
    }

    /// A value as the guided form holds it.
    fn value(&mut self, value: &Literal) -> Option<String> {
        let trimmed = || value.text.trim().to_owned();
        match self.target.field_type {
            FieldType::Text { .. } | FieldType::Code { .. } => self.text(value),
            FieldType::Option(members) => {
                let text = in_quotes(&value.text);
                let mut ordinals = members.iter().map(|member| member.ordinal);
                ordinals
                    .find(|ordinal| is_option(&text, *ordinal, self.target))
                    .map(|ordinal| ordinal.to_string())
            }
            FieldType::Boolean => {
                let meant = compiled(&in_quotes(&value.text), self.target)?;
                let words = ["true", "false"].into_iter();
                words.map(str::to_owned).find(|word| compiled(word, self.target).as_ref() == Some(&meant))
            }
            FieldType::Date | FieldType::DateTime => is_day(&trimmed()).then(trimmed),
            // A word such as `now` stands for something else tomorrow.
            FieldType::Time => value.text.bytes().all(|byte| !byte.is_ascii_alphabetic()).then(trimmed),
            _ => Some(trimmed()),
        }
    }

    /// All texts of a condition must say the same of case.
    fn text(&mut self, value: &Literal) -> Option<String> {
        if value.quoting == Quoting::Bare && value.text.starts_with('%') {
            return None;
        }
        let (case, text) = match value.text.strip_prefix('@') {
            Some(rest) if self.target.tells_case() => (TextCase::Ignored, rest),
            Some(rest) => (TextCase::Kept, rest),
            None => (TextCase::Kept, value.text.as_str()),
        };
        (*self.case.get_or_insert(case) == case).then(|| text.to_owned())
    }
}

fn in_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use couplet_filter::OptionMember;

    use super::*;

    fn context() -> Context {
        Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
    }

    fn text_type() -> FieldType {
        FieldType::Text { max_length: Some(100) }
    }

    fn option_type() -> FieldType {
        let members = [(0, " "), (1, "Ship"), (3, "All"), (7, "1")];
        let member = |(ordinal, name): (i32, &str)| OptionMember {
            ordinal,
            name: name.to_owned(),
            captions: Vec::new(),
        };
        FieldType::Option(Arc::from(members.map(member)))
    }

    fn read(text: &str, field_type: &FieldType) -> Option<Guided> {
        let context = context();
        let comparison = TextComparison::BusinessCentral;
        Guided::read(text, Target { field_type, comparison, context: &context })
    }

    fn write(
        relation: Relation,
        values: &[&str],
        case: TextCase,
        field_type: &FieldType,
    ) -> Result<String, Refusal> {
        let context = context();
        let comparison = TextComparison::BusinessCentral;
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Guided { relation, values, case }.text(Target { field_type, comparison, context: &context })
    }

    /// Written, read and written again, a condition is the same.
    #[track_caller]
    fn round_trip(relation: Relation, values: &[&str], case: TextCase, field_type: &FieldType, text: &str) {
        assert_eq!(write(relation, values, case, field_type).as_deref(), Ok(text));
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(read(text, field_type), Some(Guided { relation, values, case }), "{text}");
    }

    #[test]
    fn texts_go_to_filter_text_and_back() {
        use Relation as R;
        let plain = [
            (R::Is, vec!["Fabrikam"], "Fabrikam"),
            (R::Is, vec!["a|b"], "'a|b'"),
            (R::Is, vec!["O'Neil"], "'O''Neil'"),
            (R::Is, vec!["%me"], "'%me'"),
            (R::IsNot, vec!["a b"], "<>'a b'"),
            (R::OneOf, vec!["A", "B c"], "A|'B c'"),
            (R::NoneOf, vec!["A", "B"], "<>A&<>B"),
            (R::BeginsWith, vec!["Co"], "Co*"),
            (R::Contains, vec!["o o"], "'*o o*'"),
            (R::Contains, vec!["@home"], "'*@home*'"),
            (R::EndsWith, vec!["A."], "'*A.'"),
            (R::Between, vec!["A", "B*"], "A..'B*'"),
            (R::From, vec!["A."], "'A.'.."),
            (R::UpTo, vec!["Z"], "..Z"),
            (R::Empty, vec![], "''"),
            (R::NotEmpty, vec![], "<>''"),
        ];
        for (relation, values, text) in plain {
            round_trip(relation, &values, TextCase::Kept, &text_type(), text);
        }
        round_trip(R::BeginsWith, &["A"], TextCase::Ignored, &text_type(), "@A*");
        round_trip(R::OneOf, &["A", "@B"], TextCase::Ignored, &text_type(), "@A|'@@B'");
        round_trip(R::Is, &["@CODE"], TextCase::Kept, &FieldType::Code { max_length: None }, "'@@CODE'");
    }

    #[test]
    fn values_of_other_types_go_to_filter_text_and_back() {
        use Relation as R;
        let day = "2026-03-15";
        let guid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
        let cases = [
            (R::OneOf, vec!["0", "1"], option_type(), "' '|Ship"),
            (R::OneOf, vec!["1"], option_type(), "Ship"),
            (R::NoneOf, vec!["3"], option_type(), "<>All"),
            (R::Is, vec!["true"], FieldType::Boolean, "true"),
            (R::OneOf, vec!["7"], option_type(), "1"),
            (R::Between, vec!["-5", "1.5"], FieldType::Decimal, "-5..1.5"),
            (R::OneOf, vec!["1", "2"], FieldType::Integer, "1|2"),
            (R::From, vec![day], FieldType::Date, "2026-03-15.."),
            (R::Is, vec![day], FieldType::DateTime, "2026-03-15"),
            (R::IsNot, vec![day], FieldType::DateTime, "<>2026-03-15"),
            (R::Empty, vec![], FieldType::Date, "''"),
            (R::IsNot, vec![guid], FieldType::Guid, "<>6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            (R::NotEmpty, vec![], FieldType::Guid, "<>00000000-0000-0000-0000-000000000000"),
        ];
        for (relation, values, field_type, text) in cases {
            round_trip(relation, &values, TextCase::Kept, &field_type, text);
        }
    }

    #[test]
    fn other_spellings_of_the_same_are_understood() {
        let is = |text: &str, field_type: &FieldType, relation: Relation, values: &[&str]| {
            let read = read(text, field_type).unwrap();
            assert_eq!(
                (read.relation, read.values),
                (relation, values.iter().map(ToString::to_string).collect())
            );
        };
        is(">=5", &FieldType::Integer, Relation::From, &["5"]);
        is("=' '|1", &option_type(), Relation::OneOf, &["0", "7"]);
        is("yes", &FieldType::Boolean, Relation::Is, &["true"]);
        is("( A | B )", &text_type(), Relation::OneOf, &["A", "B"]);
        is("{00000000-0000-0000-0000-000000000000}", &FieldType::Guid, Relation::Empty, &[]);
    }

    #[test]
    fn what_the_form_cannot_say_is_not_read() {
        for text in ["A?C", "A*B", "A*|B", "<>A*", "@A|B", ">A", "A&B", "A|B..C", "%user", "*", "(", ""] {
            assert_eq!(read(text, &text_type()), None, "{text}");
        }
        assert_eq!(read("today", &FieldType::Date), None);
        assert_eq!(read("2026-03-15|2026-03-16", &FieldType::Date), None);
        assert_eq!(read("Ship..All", &option_type()), None);
        assert_eq!(read("99", &option_type()), None);
        assert_eq!(read(">5&<9", &FieldType::Integer), None);
    }

    #[test]
    fn what_no_filter_can_mean_is_refused() {
        let is = |value: &str, relation| write(relation, &[value], TextCase::Kept, &text_type());
        assert_eq!(is("A*", Relation::Is), Err(Refusal::Wildcard('*')));
        assert_eq!(is("@A", Relation::Is), Err(Refusal::AtSign));
        assert_eq!(is("", Relation::BeginsWith), Err(Refusal::MissingValue));
        assert_eq!(write(Relation::OneOf, &[], TextCase::Kept, &option_type()), Err(Refusal::MissingValue));
    }
}
