//! Templates for new records of both sides (S1.18): values, by priority and filter, edited with the other settings of the
//! mapping. Filter and values are lines of text.

use couplet_engine::settings::Setting;
use couplet_engine::{
    FilterCondition, FilteredTemplate, IntegrationTableMapping, MappingFilter, Side, Template,
};
use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::setting_form::Form;
use crate::text;

/// Between a field and its condition.
const CONDITION: &str = ":";
/// Between a field and its value.
const VALUE: &str = "=";
const SIDES: [Side; 2] = [Side::BusinessCentral, Side::Dataverse];

/// Which template of the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One with a priority, by its place among them.
    Filtered(usize),
    /// The mapping's own for new records of a side, which has no filter.
    Own(Side),
}

impl Place {
    fn get(self, mapping: &IntegrationTableMapping) -> Option<FilteredTemplate> {
        let own = |side: Side, template: &Option<Template>| {
            let (priority, filter) = (0, MappingFilter::default());
            Some(FilteredTemplate { side, priority, filter, template: template.clone()? })
        };
        match self {
            Place::Filtered(idx) => mapping.templates.get(idx).cloned(),
            Place::Own(Side::BusinessCentral) => own(Side::BusinessCentral, &mapping.table_template),
            Place::Own(Side::Dataverse) => own(Side::Dataverse, &mapping.integration_table_template),
        }
    }

    fn set(self, mapping: &mut IntegrationTableMapping, edited: FilteredTemplate) {
        match self {
            Place::Filtered(idx) => {
                if let Some(place) = mapping.templates.get_mut(idx) {
                    *place = edited;
                }
            }
            Place::Own(Side::BusinessCentral) => mapping.table_template = Some(edited.template),
            Place::Own(Side::Dataverse) => mapping.integration_table_template = Some(edited.template),
        }
    }

    fn remove(self, mapping: &mut IntegrationTableMapping) {
        match self {
            Place::Filtered(idx) if idx < mapping.templates.len() => {
                mapping.templates.remove(idx);
            }
            Place::Filtered(_) => {}
            Place::Own(Side::BusinessCentral) => mapping.table_template = None,
            Place::Own(Side::Dataverse) => mapping.integration_table_template = None,
        }
    }
}

fn places(mapping: &IntegrationTableMapping) -> Vec<Place> {
    let own = SIDES.map(Place::Own);
    let own = own.into_iter().filter(|place| place.get(mapping).is_some());
    (0..mapping.templates.len()).map(Place::Filtered).chain(own).collect()
}

/// The templates of the mapping.
#[component]
pub fn Templates(
    /// The form of the settings.
    form: Form,
) -> impl IntoView {
    let i18n = use_i18n();
    let places = Memo::new(move |_| form.draft.with(|draft| places(&draft.version.mapping)));
    let add = move |_| {
        form.draft.update(|draft| {
            let templates = &mut draft.version.mapping.templates;
            let last = templates.iter().map(|it| it.priority).max().unwrap_or(0);
            templates.push(FilteredTemplate {
                side: Side::BusinessCentral,
                priority: last.saturating_add(10),
                filter: MappingFilter::default(),
                template: Template { code: String::new(), description: String::new(), values: Vec::new() },
            });
        });
    };
    view! {
        <p class="form__help">{t!(i18n, templates.help)}</p>
        {move || places.get().into_iter().map(|place| view! { <TemplateFields form place /> }).collect_view()}
        <button type="button" class="button--small" on:click=add>{t!(i18n, templates.add)}</button>
    }
}

/// Changes one template of a form.
#[derive(Clone, Copy)]
struct Editing {
    form: Form,
    place: Place,
    is_unreadable: RwSignal<bool>,
}

impl Editing {
    fn change(self, edit: impl FnOnce(&mut FilteredTemplate)) {
        self.form.draft.update(|draft| {
            let mapping = &mut draft.version.mapping;
            if let Some(mut template) = self.place.get(mapping) {
                edit(&mut template);
                self.place.set(mapping, template);
            }
        });
    }

    /// Takes over lines of pairs; as long as they cannot be read, nothing can be saved.
    fn change_lines(
        self,
        text: &str,
        between: &str,
        edit: impl FnOnce(&mut FilteredTemplate, Vec<(String, String)>),
    ) {
        let pairs = lines(text, between);
        self.is_unreadable.set(pairs.is_none());
        self.form.unreadable.update(|settings| {
            settings.retain(|it| *it != Setting::Templates);
            if pairs.is_none() {
                settings.push(Setting::Templates);
            }
        });
        if let Some(pairs) = pairs {
            self.change(|template| edit(template, pairs));
        }
    }

    fn remove(self) {
        self.form.unreadable.update(|settings| settings.retain(|it| *it != Setting::Templates));
        self.form.draft.update(|draft| self.place.remove(&mut draft.version.mapping));
    }
}

/// One template.
#[component]
fn TemplateFields(form: Form, place: Place) -> impl IntoView {
    let i18n = use_i18n();
    let shown = form.draft.with_untracked(|draft| place.get(&draft.version.mapping))?;
    let editing = Editing { form, place, is_unreadable: RwSignal::new(false) };
    let side = shown.side;
    let code = shown.template.code.clone();
    let set_code = move |text: String| editing.change(|it| it.template.code = text.trim().to_uppercase());
    let set_values = move |text: String| {
        editing.change_lines(&text, VALUE, |it, pairs| it.template.values = pairs);
    };
    let values = as_lines(&shown.template.values, VALUE);
    let filtered = matches!(place, Place::Filtered(_)).then(|| view! { <FilterFields editing shown /> });
    Some(view! {
        <fieldset class="template">
            <legend>
                <span class=text::side_class(side)>{move || text::side(i18n, side)}</span> " "
                {code.clone()}
            </legend>
            <label class="form__label">
                {t!(i18n, templates.code)}
                <input type="text" value=code on:change:target=move |event| set_code(event.target().value()) />
            </label>
            {filtered}
            <label class="form__label">
                {t!(i18n, templates.values)}
                <textarea rows="3" spellcheck="false" on:change:target=move |event| set_values(event.target().value())>
                    {values}
                </textarea>
            </label>
            <Show when=move || editing.is_unreadable.get()>
                <p class="form__problem form__problem--error" role="alert">{t!(i18n, templates.unreadable)}</p>
            </Show>
            <button type="button" class="button--small" on:click=move |_| editing.remove()>
                {t!(i18n, templates.remove)}
            </button>
        </fieldset>
    })
}

/// Which new records get a template: side, priority and filter.
#[component]
fn FilterFields(editing: Editing, shown: FilteredTemplate) -> impl IntoView {
    let i18n = use_i18n();
    let FilteredTemplate { side, priority, filter, .. } = shown;
    let filter: Vec<(String, String)> = filter.conditions.into_iter().map(|it| (it.field, it.text)).collect();
    let option = move |of: Side| {
        view! { <option value=text::side_class(of) selected=of == side>{move || text::side(i18n, of)}</option> }
    };
    let set_side = move |code: String| {
        let found = SIDES.into_iter().find(|it| text::side_class(*it) == code);
        found.into_iter().for_each(|side| editing.change(|it| it.side = side));
    };
    let set_priority = move |text: String| {
        text.parse().into_iter().for_each(|priority: u32| editing.change(|it| it.priority = priority));
    };
    let set_filter = move |text: String| {
        let condition = |(field, text): (String, String)| FilterCondition { field, text };
        editing.change_lines(&text, CONDITION, |it, pairs| {
            it.filter.conditions = pairs.into_iter().map(condition).collect();
        });
    };
    view! {
        <label class="form__label">
            {t!(i18n, templates.side)}
            <select on:change:target=move |event| set_side(event.target().value())>{SIDES.map(option)}</select>
        </label>
        <label class="form__label">
            {t!(i18n, templates.priority)}
            <input
                type="number"
                min="0"
                value=priority.to_string()
                on:change:target=move |event| set_priority(event.target().value())
            />
        </label>
        <label class="form__label">
            {t!(i18n, templates.filter)}
            <textarea rows="2" spellcheck="false" on:change:target=move |event| set_filter(event.target().value())>
                {as_lines(&filter, CONDITION)}
            </textarea>
        </label>
    }
}

/// Pairs as lines of text.
fn as_lines(pairs: &[(String, String)], between: &str) -> String {
    let line = |(name, text): &(String, String)| format!("{name} {between} {text}");
    pairs.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads what [`as_lines`] wrote; none where a line is no pair. Empty lines are passed over.
fn lines(text: &str, between: &str) -> Option<Vec<(String, String)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (name, text) = line.split_once(between)?;
        let (name, text) = (name.trim(), text.trim());
        (!name.is_empty()).then(|| (name.to_owned(), text.to_owned()))
    };
    lines.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let pairs: Vec<(String, String)> =
            [("Name", "A*|B: C"), ("Blocked", "")].map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        assert_eq!(lines(&as_lines(&pairs, CONDITION), CONDITION), Some(pairs.clone()));
        assert_eq!(lines(&as_lines(&pairs, VALUE), VALUE), Some(pairs));
        assert_eq!(lines("\n  \n", VALUE), Some(Vec::new()));
    }

    #[test]
    fn a_line_that_is_no_pair_is_not_read() {
        assert_eq!(lines("Name", CONDITION), None);
        assert_eq!(lines("= 3", VALUE), None);
    }
}
