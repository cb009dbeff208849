//! The other forms of a filter, sentence and OData, asked of `couplet_filter` with the names of the table's fields.

use couplet_engine::{FieldAccess, FieldSchema, FilterCondition, Language, MappingFilter, TableSchema};
use couplet_filter::odata::{self, ReadError, WriteError};
use couplet_filter::{
    ConditionKind, Context, FieldForm, FieldType, FilterValue, FormCondition, SentenceLanguage,
    sentence_with_names,
};

/// A field with its captions in one language.
struct Named<'a> {
    field: &'a FieldSchema,
    caption: &'a str,
    options: Vec<(i32, String)>,
}

impl<'a> Named<'a> {
    fn new(field: &'a FieldSchema, language: Language) -> Self {
        let caption =
            |labels: &str, name: &str| if labels.is_empty() { name.to_owned() } else { labels.to_owned() };
        let options = field
            .options
            .iter()
            .map(|option| (option.value, caption(option.labels.get(language), &option.name)))
            .collect();
        let label = field.labels.get(language);
        Named { field, caption: if label.is_empty() { &field.name } else { label }, options }
    }

    fn form(&self, schema: &TableSchema) -> FieldForm<'_> {
        FieldForm {
            caption: self.caption,
            property: self.field.property.as_deref().unwrap_or_default(),
            field_type: &self.field.field_type,
            comparison: schema.side.text_comparison(),
            option_captions: &self.options,
        }
    }
}

/// Whether a filter can be about the field.
pub(super) fn can_be_filtered(field: &FieldSchema) -> bool {
    field.access != FieldAccess::OutOfReach && field.field_type != FieldType::Unfilterable
}

/// Names of the records that values of a field point to; none for a value that is told as it is.
pub(super) type Names<'a> = &'a dyn Fn(&FieldSchema, &FilterValue) -> Option<String>;

/// What the filter lets pass, as a sentence with a capital; none when a condition cannot be read.
pub(super) fn sentence_of(
    filter: &MappingFilter,
    schema: &TableSchema,
    language: Language,
    names: Names<'_>,
    context: &Context,
) -> Option<String> {
    let words = match language {
        Language::English => SentenceLanguage::English,
        Language::French => SentenceLanguage::French,
    };
    let name = |condition: usize, value: &FilterValue| {
        names(schema.field(&filter.conditions.get(condition)?.field)?, value)
    };
    let said = with_conditions(filter, schema, language, |conditions| {
        sentence_with_names(words, conditions, context, &name)
    })?;
    said.ok().map(|text| capitalized(&text))
}

/// The filter as one OData expression, empty where every record passes, or why there is none. None when a field is
/// not known.
pub(super) fn odata_of(
    filter: &MappingFilter,
    schema: &TableSchema,
    context: &Context,
) -> Option<Result<String, WriteError>> {
    // Captions play no part in OData.
    let written =
        with_conditions(filter, schema, Language::default(), |conditions| odata::write(conditions, context))?;
    Some(written.map(|expression| expression.map_or_else(String::new, |expression| expression.to_string())))
}

/// The filter that says what an OData expression says.
pub(super) fn read_odata(
    text: &str,
    schema: &TableSchema,
    context: &Context,
) -> Result<MappingFilter, ReadError> {
    let fields: Vec<Named<'_>> = schema
        .fields
        .iter()
        .filter(|field| can_be_filtered(field))
        .map(|field| Named::new(field, Language::default()))
        .collect();
    let by_property =
        |property: &str| fields.iter().find(|named| named.field.property.as_deref() == Some(property));
    let conditions =
        odata::read_view(text, |property| by_property(property).map(|named| named.form(schema)), context)?;
    let condition = |read: odata::ReadCondition| {
        let name = by_property(&read.property).map_or(read.property.as_str(), |named| &named.field.name);
        FilterCondition { field: name.to_owned(), text: read.filter.to_string() }
    };
    Ok(MappingFilter { conditions: conditions.into_iter().map(condition).collect() })
}

fn with_conditions<T>(
    filter: &MappingFilter,
    schema: &TableSchema,
    language: Language,
    work: impl FnOnce(&[FormCondition<'_>]) -> T,
) -> Option<T> {
    let named = |condition: &FilterCondition| Some(Named::new(schema.field(&condition.field)?, language));
    let fields: Vec<Named<'_>> = filter.conditions.iter().map(named).collect::<Option<_>>()?;
    let conditions: Vec<FormCondition<'_>> = fields
        .iter()
        .zip(&filter.conditions)
        .map(|(named, condition)| FormCondition {
            field: named.form(schema),
            kind: ConditionKind::Filter,
            text: &condition.text,
        })
        .collect();
    Some(work(&conditions))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use couplet_engine::schema::OptionLabel;
    use couplet_engine::{Labels, Side};
    use couplet_filter::OptionMember;

    use super::*;

    fn context() -> Context {
        Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC)
    }

    fn unnamed(_: &FieldSchema, _: &FilterValue) -> Option<String> {
        None
    }

    fn field(name: &str, french: &str, field_type: FieldType) -> FieldSchema {
        FieldSchema {
            name: name.to_owned(),
            number: None,
            labels: Labels { english: name.to_owned(), french: french.to_owned() },
            field_type,
            property: Some(name.to_lowercase()),
            access: FieldAccess::Full,
            options: Vec::new(),
            targets: Vec::new(),
        }
    }

    fn customers() -> TableSchema {
        let members = [(0, " ", ""), (1, "Ship", "Livrer")];
        let member = |(ordinal, name, _): &(i32, &str, &str)| OptionMember {
            ordinal: *ordinal,
            name: (*name).to_owned(),
            captions: Vec::new(),
        };
        let mut blocked = field("Blocked", "Bloqué", FieldType::Option(members.iter().map(member).collect()));
        let label = |(value, name, french): &(i32, &str, &str)| OptionLabel {
            value: *value,
            name: (*name).to_owned(),
            labels: Labels { english: (*name).to_owned(), french: (*french).to_owned() },
            wire: None,
        };
        blocked.options = members.iter().map(label).collect();
        let mut far = field("Far", "Loin", FieldType::Integer);
        far.access = FieldAccess::OutOfReach;
        TableSchema {
            side: Side::BusinessCentral,
            name: "Customer".to_owned(),
            number: Some(18),
            labels: Labels::default(),
            key_field: "SystemId".to_owned(),
            primary_name_field: None,
            fields: vec![blocked, field("Name", "Nom", FieldType::Text { max_length: Some(100) }), far],
        }
    }

    fn filter(conditions: &[(&str, &str)]) -> MappingFilter {
        let condition = |(field, text): &(&str, &str)| FilterCondition {
            field: (*field).to_owned(),
            text: (*text).to_owned(),
        };
        MappingFilter { conditions: conditions.iter().map(condition).collect() }
    }

    #[test]
    fn a_sentence_speaks_the_language_with_its_captions() {
        let shipped = filter(&[("Blocked", "Ship"), ("Name", "@A*")]);
        assert_eq!(
            sentence_of(&shipped, &customers(), Language::English, &unnamed, &context()).unwrap(),
            "Blocked is Ship and Name begins with A, ignoring case"
        );
        assert_eq!(
            sentence_of(&shipped, &customers(), Language::French, &unnamed, &context()).unwrap(),
            "Bloqué est Livrer et Nom commence par A, sans tenir compte de la casse"
        );
        assert_eq!(
            sentence_of(&filter(&[("Gone", "1")]), &customers(), Language::English, &unnamed, &context()),
            None
        );
    }

    #[test]
    fn a_sentence_names_the_records_that_values_point_to() {
        let names = |field: &FieldSchema, value: &FilterValue| match value {
            FilterValue::Text { text, .. } => Some(format!("{} of {text}", field.name)),
            _ => None,
        };
        let said = |filter: &MappingFilter, language| {
            sentence_of(filter, &customers(), language, &names, &context()).unwrap()
        };
        let filter = filter(&[("Blocked", "Ship"), ("Name", "A1")]);
        assert_eq!(said(&filter, Language::English), "Blocked is Ship and Name is A1 (Name of A1)");
        assert_eq!(said(&filter, Language::French), "Bloqué est Livrer et Nom est A1 (Name of A1)");
    }

    #[test]
    fn odata_and_back_is_the_same_filter() {
        let schema = customers();
        let before = filter(&[("Blocked", "' '|Ship"), ("Name", "A*")]);
        let text = odata_of(&before, &schema, &context()).unwrap().unwrap();
        assert_eq!(text, "(blocked eq '_x0020_' or blocked eq 'Ship') and startswith(name,'A')");
        let after = read_odata(&text, &schema, &context()).unwrap();
        assert_eq!(odata_of(&after, &schema, &context()).unwrap().unwrap(), text);
        assert_eq!(
            sentence_of(&after, &schema, Language::English, &unnamed, &context()),
            sentence_of(&before, &schema, Language::English, &unnamed, &context())
        );
    }

    #[test]
    fn what_odata_or_a_filter_cannot_say_is_refused_with_its_place() {
        let schema = customers();
        let error = odata_of(&filter(&[("Name", "A?C")]), &schema, &context()).unwrap().unwrap_err();
        assert_eq!((error.code(), error.span.slice("A?C")), ("odata.pattern", "A?C"));
        let text = "blocked eq 'Ship' or name eq 'A'";
        let error = read_odata(text, &schema, &context()).unwrap_err();
        assert_eq!((error.code(), error.span.slice(text)), ("odata.or-across-fields", "name eq 'A'"));
        assert_eq!(read_odata("far eq 1", &schema, &context()).unwrap_err().code(), "odata.unknown-property");
    }
}
