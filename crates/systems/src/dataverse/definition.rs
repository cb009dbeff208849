//! The metadata answers of Dataverse as they are written (B31 to B34); names without fact number are those of the
//! documented attribute metadata types.

use serde::Deserialize;

use super::labels::Label;

/// A table (B31).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntityDefinition {
    pub(super) logical_name: String,
    pub(super) entity_set_name: String,
    pub(super) primary_id_attribute: String,
    #[serde(default)]
    pub(super) primary_name_attribute: Option<String>,
    #[serde(default)]
    pub(super) display_name: Label,
}

/// A table in the list of all tables (B31).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamedDefinition {
    pub(super) logical_name: String,
    #[serde(default)]
    pub(super) display_name: Label,
}

/// A column (B32).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) logical_name: String,
    pub(super) attribute_type: String,
    #[serde(default)]
    pub(super) display_name: Label,
    #[serde(default = "yes")]
    pub(super) is_valid_for_create: bool,
    #[serde(default = "yes")]
    pub(super) is_valid_for_update: bool,
    /// The column it accompanies.
    #[serde(default)]
    attribute_of: Option<String>,
    /// Whether it is stored elsewhere.
    #[serde(default)]
    is_logical: bool,
}

impl Attribute {
    /// Whether it only names what another column points to (`parentcustomeridname`): such columns are no properties of
    /// the Web API. Where the metadata does not say whom it accompanies, its name and nature tell.
    pub(super) fn is_name_of_lookup(&self) -> bool {
        let is_computed = self.is_logical && !self.is_valid_for_create && !self.is_valid_for_update;
        self.attribute_type == "String"
            && (self.attribute_of.is_some() || is_computed && self.logical_name.ends_with("idname"))
    }
}

fn yes() -> bool {
    true
}

/// A column with its choices (B32, B34).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChoiceAttribute {
    pub(super) logical_name: String,
    #[serde(default)]
    option_set: Option<OptionSet>,
    #[serde(default)]
    global_option_set: Option<OptionSet>,
}

impl ChoiceAttribute {
    /// The choices, of a local or a global list.
    pub(super) fn choices(&self) -> &[Choice] {
        let sets = [&self.option_set, &self.global_option_set];
        let mut filled = sets.into_iter().flatten().filter(|set| !set.options.is_empty());
        filled.next().map_or(&[], |set| &set.options)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OptionSet {
    #[serde(default)]
    options: Vec<Choice>,
}

/// One choice (B34).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Choice {
    pub(super) value: i32,
    #[serde(default)]
    pub(super) label: Label,
}

/// A text column with its length.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StringAttribute {
    pub(super) logical_name: String,
    #[serde(default)]
    pub(super) max_length: Option<u32>,
}

/// A lookup with the tables it points to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LookupAttribute {
    pub(super) logical_name: String,
    #[serde(default)]
    pub(super) targets: Vec<String>,
}

/// A date column with its behavior.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DateTimeAttribute {
    pub(super) logical_name: String,
    #[serde(default)]
    date_time_behavior: Option<Behavior>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Behavior {
    #[serde(default)]
    value: Option<String>,
}

impl DateTimeAttribute {
    /// Whether the column holds days, not moments.
    pub(super) fn is_date_only(&self) -> bool {
        let behavior = self.date_time_behavior.as_ref().and_then(|behavior| behavior.value.as_deref());
        behavior == Some("DateOnly")
    }
}
