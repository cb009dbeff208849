//! Values and verdicts in words.

use couplet_engine::preview::{RuleEffect, RuleOutcome, RuleSubject, RuleVerdict, Seen, identifying_fields};
use couplet_engine::{ColumnTable, FieldSchema, PostFilter, Side, TableSchema};
use couplet_filter::{FieldValue, FilterValue, Operator, TestKind, TypedFilter, TypedNode, TypedTest};
use leptos::prelude::use_context;
use uuid::Uuid;

use super::{I18n, language};
use crate::browser::intl;
use crate::i18n::*;
use crate::state::connections::Connections;
use crate::state::pointed_names::{PointedNames, lookup_targets};

/// A value as people read it: option captions, yes and no, dates of the page's language; nothing for null.
pub fn value(i18n: I18n, field: &FieldSchema, value: FieldValue<'_>) -> String {
    match value {
        FieldValue::Null => String::new(),
        FieldValue::Text(text) => text.to_owned(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Decimal(number) => number.normalize().to_string(),
        FieldValue::Boolean(true) => t_string!(i18n, value.yes).to_owned(),
        FieldValue::Boolean(false) => t_string!(i18n, value.no).to_owned(),
        FieldValue::Option(ordinal) => option_text(i18n, field, ordinal),
        FieldValue::Date(date) => date.to_iso(),
        FieldValue::DateTime(moment) => moment
            .milliseconds()
            .map_or_else(String::new, |moment| intl::day_and_time(i18n.get_locale().as_str(), moment)),
        FieldValue::Time(time) => time.to_iso(),
        FieldValue::Duration(milliseconds) => format!("{milliseconds} ms"),
        FieldValue::Guid(id) => guid(field, id),
    }
}

/// The values a person knows a record by: number and name, or the name alone in Dataverse.
pub fn record_name(i18n: I18n, schema: &TableSchema, rows: &ColumnTable, row: usize) -> String {
    let named = |name: &&str| {
        let field = schema.field(name)?;
        let words = rows.column(name).map(|column| value(i18n, field, column.get(row)))?;
        Some(words).filter(|words| !words.is_empty())
    };
    let names = identifying_fields(schema);
    let (first, n_names) = match schema.side {
        Side::BusinessCentral => (schema.key_field.as_str(), 2),
        Side::Dataverse => (schema.primary_name_field.as_deref().unwrap_or_default(), 1),
    };
    let fields = Some(first).filter(|_| names.is_empty()).into_iter().chain(names);
    fields.filter_map(|name| named(&name)).take(n_names).collect::<Vec<_>>().join(" ")
}

/// A name where the id is known, nothing for the blank id.
fn guid(field: &FieldSchema, id: Uuid) -> String {
    if id.is_nil() {
        return String::new();
    }
    let targets = lookup_targets(field);
    let names = use_context::<PointedNames>().filter(|_| !targets.is_empty());
    let name = company_name(id).or_else(|| names?.look(&targets, &id.to_string()).name().map(str::to_owned));
    name.unwrap_or_else(|| id.to_string())
}

/// The name of the Business Central company where the id is that of its row.
fn company_name(id: Uuid) -> Option<String> {
    let company = use_context::<Connections>()?.company().filter(|company| company.id == id)?;
    Some(company.name)
}

/// The name of the record that a value of a filter points to; none for a value of its own, for a blank one, and while
/// nothing is known of the record.
pub fn pointed_name(
    names: PointedNames,
    schema: &TableSchema,
    field: &FieldSchema,
    value: &FilterValue,
) -> Option<String> {
    let key = match value {
        FilterValue::Guid(id) if !id.is_nil() => {
            if let Some(name) = company_name(*id) {
                return Some(name);
            }
            id.to_string()
        }
        FilterValue::Text { text, .. } if !text.is_empty() => text.clone(),
        _ => return None,
    };
    let targets = names.targets(schema, field);
    names.look(&targets, &key).name().map(str::to_owned)
}

/// A value as people read it, with the name of the record that a code stands for: `JO (Jim Olive)`.
pub fn named_value(i18n: I18n, schema: &TableSchema, field: &FieldSchema, seen: FieldValue<'_>) -> String {
    let words = value(i18n, field, seen);
    let FieldValue::Text(code) = seen else { return words };
    let code = FilterValue::Text { text: code.to_owned(), ignore_case: false };
    let names = use_context::<PointedNames>();
    match names.and_then(|names| pointed_name(names, schema, field, &code)) {
        Some(name) => format!("{words} ({name})"),
        None => words,
    }
}

/// What a filter of plain alternatives means, in captions and names: "Active", "CRONUS or blank". None where the filter
/// text says it better itself.
pub fn meaning(
    i18n: I18n,
    schema: &TableSchema,
    field: &FieldSchema,
    filter: &TypedFilter,
) -> Option<String> {
    let alternatives = match filter.root()? {
        TypedNode::Any(nodes) => nodes.iter().map(single_value).collect::<Option<Vec<_>>>()?,
        node => vec![single_value(node)?],
    };
    let words = |value: &FilterValue| match value {
        FilterValue::Option(ordinal) => Some(option_text(i18n, field, *ordinal)),
        FilterValue::Guid(id) => Some(guid(field, *id)),
        FilterValue::Text { .. } => pointed_name(use_context()?, schema, field, value),
        _ => None,
    };
    let words: Vec<String> = alternatives.into_iter().map(words).collect::<Option<_>>()?;
    let blank = t_string!(i18n, value.blank);
    let words = words.iter().map(|word| if word.trim().is_empty() { blank } else { word.as_str() });
    Some(words.collect::<Vec<_>>().join(t_string!(i18n, value.or)))
}

fn single_value(node: &TypedNode) -> Option<&FilterValue> {
    match node {
        TypedNode::Test(TypedTest {
            kind: TestKind::Compare { operator: Operator::Equal, value }, ..
        }) => Some(value),
        _ => None,
    }
}

/// Caption of an option value; its number when the field has no such member.
pub fn option_text(i18n: I18n, field: &FieldSchema, ordinal: i32) -> String {
    field.option(ordinal).map_or_else(
        || ordinal.to_string(),
        |option| {
            let label = option.labels.get(language(i18n));
            if label.is_empty() { option.name.clone() } else { label.to_owned() }
        },
    )
}

/// What a rule is about: the field's caption, or the rule's name.
pub fn rule_subject(i18n: I18n, subject: &RuleSubject) -> String {
    match subject {
        RuleSubject::Clause { field, .. } => field.labels.get(language(i18n)).to_owned(),
        RuleSubject::PostFilter(PostFilter::ContactBusinessRelation) => {
            t_string!(i18n, rule.contact_business_relation).to_owned()
        }
        RuleSubject::CoupledOnly => t_string!(i18n, rule.coupled_only).to_owned(),
        RuleSubject::Owner { .. } => t_string!(i18n, rule.owner).to_owned(),
    }
}

/// A failed rule as a sentence: "Blocked is Ship".
pub fn verdict_sentence(i18n: I18n, verdict: &RuleVerdict<'_>) -> String {
    debug_assert!(verdict.outcome == RuleOutcome::Fails);
    match (&verdict.rule.subject, &verdict.seen) {
        (RuleSubject::Clause { field, .. }, Seen::Value(seen)) => {
            let name = rule_subject(i18n, &verdict.rule.subject);
            let seen = value(i18n, field, *seen);
            if seen.trim().is_empty() {
                t_string!(i18n, verdict.field_is_empty, field = name)
            } else {
                t_string!(i18n, verdict.field_is, field = name, value = seen)
            }
        }
        (RuleSubject::PostFilter(PostFilter::ContactBusinessRelation), Seen::ContactIsCompany) => {
            t_string!(i18n, verdict.contact_is_company).to_owned()
        }
        (RuleSubject::PostFilter(PostFilter::ContactBusinessRelation), _) => {
            t_string!(i18n, verdict.no_business_relation).to_owned()
        }
        (RuleSubject::CoupledOnly, _) => t_string!(i18n, verdict.not_coupled).to_owned(),
        _ => rule_subject(i18n, &verdict.rule.subject),
    }
}

/// What the failure of a rule means for the record.
pub fn rule_effect(i18n: I18n, effect: RuleEffect) -> String {
    match effect {
        RuleEffect::Excludes => t_string!(i18n, effect.excludes),
        RuleEffect::HoldsBack => t_string!(i18n, effect.holds_back),
        RuleEffect::Informs => t_string!(i18n, effect.informs),
    }
    .to_owned()
}
