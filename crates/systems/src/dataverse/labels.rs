//! Labels of Dataverse metadata (B31).

use couplet_engine::Labels;
use serde::Deserialize;

/// Language code of English (United States).
const ENGLISH: u32 = 1033;
/// Language code of French (France).
const FRENCH: u32 = 1036;

/// A label in the languages of the environment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Label {
    localized_labels: Vec<LocalizedLabel>,
    user_localized_label: Option<LocalizedLabel>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LocalizedLabel {
    #[serde(default)]
    label: Option<String>,
    language_code: u32,
}

impl Label {
    /// The two languages of the console; what is missing is the user's own label, else `name`.
    pub(super) fn labels(&self, name: &str) -> Labels {
        let all = || self.localized_labels.iter().chain(&self.user_localized_label);
        let text =
            |language: u32| all().find(|it| it.language_code == language).and_then(|it| it.label.clone());
        let (english, french) = (text(ENGLISH), text(FRENCH));
        let fallback = all().find_map(|it| it.label.clone()).unwrap_or_else(|| name.to_owned());
        Labels {
            english: english.filter(|it| !it.is_empty()).unwrap_or(fallback),
            french: french.unwrap_or_default(),
        }
    }
}
