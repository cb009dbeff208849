//! One condition of the guided form: its field, its operator, and what is wrong with it.

use couplet_engine::{FieldSchema, FilterCondition, MappingFilter, TableSchema};
use leptos::ev::Event;
use leptos::prelude::*;

use super::Rows;
use super::condition::{Guided, Refusal, Relation, TextCase};
use super::rows::{GuidedRow, Says, target};
use super::values::Values;
use crate::i18n::*;
use crate::pages::mapping::preview::filter_card::Form;
use crate::pages::mapping::preview::forms::can_be_filtered;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::sentence::told;
use crate::pages::mapping::preview::side_code;
use crate::queries::context::filter_context;
use crate::state::pointed_names::{PointedNames, Target};
use crate::state::previews::RulesState;
use crate::text;

/// A row of the guided form as its parts see it; copies share it.
#[derive(Clone, Copy)]
pub(super) struct RowModel {
    pub(super) rows: Rows,
    pub(super) idx: usize,
    /// The field; none while none is chosen.
    pub(super) field: Memo<Option<FieldSchema>>,
    /// The tables whose records it names.
    pub(super) targets: Memo<Vec<Target>>,
    row: Memo<Option<GuidedRow>>,
}

impl RowModel {
    fn new(rows: Rows, idx: usize) -> Self {
        let row = Memo::new(move |_| rows.rows.with(|rows| rows.get(idx).cloned()));
        let field = Memo::new(move |_| {
            let schema = rows.model.schema()?;
            row.with(|row| schema.field(&row.as_ref()?.field).cloned())
        });
        let names = PointedNames::expect();
        let targets = Memo::new(move |_| {
            let schema = rows.model.schema();
            field.with(|field| Some(names.targets(schema.as_ref()?, field.as_ref()?))).unwrap_or_default()
        });
        RowModel { rows, idx, field, targets, row }
    }

    /// A part of the guided condition; none for a condition that is text.
    pub(super) fn guided<T>(self, part: impl FnOnce(&Guided) -> T) -> Option<T> {
        self.row.with(|row| match &row.as_ref()?.says {
            Says::Guided(guided) => Some(part(guided)),
            Says::Text(_) => None,
        })
    }

    /// Changes the guided condition.
    pub(super) fn change(self, change: impl FnOnce(&mut Guided)) {
        self.rows.change_row(self.idx, |row| {
            if let Says::Guided(guided) = &mut row.says {
                change(guided);
            }
        });
    }

    /// Whether its values are records to choose.
    pub(super) fn picks_records(self) -> bool {
        self.targets.with(|targets| !targets.is_empty())
            && self.guided(|guided| guided.relation.is_equality()).unwrap_or_default()
    }

    fn choose_field(self, name: String) {
        let Some(schema) = untrack(|| self.rows.model.schema()) else { return };
        let Some(field) = schema.field(&name) else { return };
        let says = Says::Guided(Guided::new(&field.field_type));
        self.rows.change_row(self.idx, |row| *row = GuidedRow { field: name, says });
    }

    /// What is wrong, in words.
    fn problem(self, i18n: text::I18n) -> Option<String> {
        let model = self.rows.model;
        let schema = model.schema()?;
        // Of filter text the filter's own reader says what is wrong.
        let refusal = self.row.with(|row| {
            let row = row.as_ref().filter(|row| !row.is_text())?;
            row.refusal(&schema, &filter_context())
        });
        if let Some(refusal) = refusal {
            let is_lookup = self.picks_records();
            return Some(match refusal {
                Refusal::MissingValue if is_lookup => t_string!(i18n, lookup.missing_value).to_owned(),
                other => refusal_words(i18n, other),
            });
        }
        match model.draft_rules.get()? {
            RulesState::Broken(problems) if is_drafts(model) => {
                let problem = problems.iter().find(|problem| problem.condition_idx == self.idx)?;
                let typed = model.draft.with(|draft| {
                    draft.as_ref()?.conditions.get(self.idx).map(|condition| condition.text.clone())
                })?;
                Some(text::clause_problem(i18n, problem, &typed))
            }
            _ => None,
        }
    }

    /// A condition that is text: its sentence, or field and text of one that cannot be read.
    fn as_text(self, i18n: text::I18n, names: PointedNames) -> Option<AsText> {
        let schema = self.rows.model.schema()?;
        self.row.with(|row| match row.as_ref() {
            Some(row @ GuidedRow { field, says: Says::Text(text) }) if row.is_text() => {
                let condition = FilterCondition { field: field.clone(), text: text.clone() };
                let filter = MappingFilter { conditions: vec![condition] };
                let said = told(i18n, names, self.rows.model, &filter);
                Some(said.map_or_else(
                    || AsText::Broken { field: caption(&schema, field, i18n), text: text.clone() },
                    AsText::Sentence,
                ))
            }
            _ => None,
        })
    }
}

/// A condition that the form has no pickers for.
#[derive(Debug, Clone, PartialEq)]
enum AsText {
    Sentence(String),
    Broken { field: String, text: String },
}

/// Whether the rows are those of the edited filter, one for one.
fn is_drafts(model: SideModel) -> bool {
    model.typed.with(Option::is_some) || model.readable.with(Option::is_none)
}

/// What people call a field; its name where the table has none.
fn caption(schema: &TableSchema, field: &str, i18n: text::I18n) -> String {
    let caption = schema.field(field).map(|field| field.labels.get(text::language(i18n)));
    caption.filter(|caption| !caption.is_empty()).unwrap_or(field).to_owned()
}

/// One row.
#[component]
pub(super) fn GuidedCondition(
    /// All rows.
    rows: Rows,
    /// Index of this one.
    idx: usize,
    /// The form that is shown.
    form: RwSignal<Form>,
) -> impl IntoView {
    let i18n = use_i18n();
    let row = RowModel::new(rows, idx);
    let error_id = format!("{}-guided-error-{idx}", side_code(rows.model.preview.side));
    let problem = Memo::new(move |_| row.problem(i18n));
    let names = PointedNames::expect();
    let text = Memo::new(move |_| row.as_text(i18n, names));
    let is_guided = Memo::new(move |_| row.guided(|_| ()).is_some());
    let labelled = error_id.clone();
    let remove = move |_| {
        rows.change(|rows| {
            if idx < rows.len() {
                rows.remove(idx);
            }
        });
    };
    let as_text = move || {
        view! {
            <p class="guided__text">
                {text.get().map(|text| match text {
                    AsText::Sentence(words) => words.into_any(),
                    AsText::Broken { field, text } => view! { {field} " " <code class="mono">{text}</code> }.into_any(),
                })}
                " "
                <button type="button" class="link" on:click=move |_| form.set(Form::Filter)>
                    {t!(i18n, guided.as_text)}
                </button>
            </p>
        }
    };
    view! {
        <div
            class="guided"
            role="group"
            aria-label=move || t_string!(i18n, guided.condition, number = (idx + 1).to_string())
            aria-describedby=labelled
        >
            <div class="guided__parts">
                <Show when=move || text.with(Option::is_none) fallback=as_text>
                    <FieldPicker row=row />
                    <Show when=move || is_guided.get()>
                        <RelationPicker row=row />
                        <div class="guided__values">
                            <Values row=row />
                            <CaseChoice row=row />
                        </div>
                    </Show>
                </Show>
            </div>
            <button type="button" aria-label=move || t_string!(i18n, editor.remove) on:click=remove>
                <span aria-hidden="true">"✕"</span>
            </button>
            <p class="editor__error" id=error_id aria-live="polite">{move || problem.get()}</p>
        </div>
    }
}

#[component]
fn FieldPicker(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = Memo::new(move |_| row.field.with(|field| field.as_ref().map(|field| field.name.clone())));
    let options = move || {
        let language = text::language(i18n);
        let schema = row.rows.model.schema();
        let fields = schema.iter().flat_map(|schema| schema.fields.iter());
        let mut named: Vec<(String, String)> = fields
            .filter(|field| can_be_filtered(field))
            .map(|field| (field.labels.get(language).to_owned(), field.name.clone()))
            .map(|(caption, name)| (if caption.is_empty() { name.clone() } else { caption }, name))
            .collect();
        named.sort_by_cached_key(|(caption, _)| caption.to_lowercase());
        let option = |(caption, name): (String, String)| {
            let value = name.clone();
            let selected = move || chosen.with(|chosen| chosen.as_deref() == Some(name.as_str()));
            view! { <option value=value prop:selected=selected>{caption}</option> }
        };
        named.into_iter().map(option).collect_view()
    };
    let choose = move |event: Event| row.choose_field(event_target_value(&event));
    view! {
        <select class="guided__field" aria-label=move || t_string!(i18n, editor.field) on:change=choose>
            <option value="" disabled=true prop:selected=move || chosen.with(Option::is_none)>
                {t!(i18n, guided.choose_field)}
            </option>
            {options}
        </select>
    }
}

#[component]
fn RelationPicker(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = Memo::new(move |_| row.guided(|guided| guided.relation));
    let choose = move |event: Event| {
        let code = event_target_value(&event);
        if let Some(relation) = Relation::ALL.into_iter().find(|relation| relation.code() == code) {
            row.change(|guided| guided.relation = relation);
        }
    };
    let options = move || {
        let relations =
            row.field.with(|field| field.as_ref().map_or(&[][..], |field| Relation::of(&field.field_type)));
        let option = |relation: &'static Relation| {
            let relation = *relation;
            view! {
                <option value=relation.code() prop:selected=move || chosen.get() == Some(relation)>
                    {relation_words(i18n, relation)}
                </option>
            }
        };
        relations.iter().map(option).collect_view()
    };
    view! {
        <select class="guided__relation" aria-label=move || t_string!(i18n, guided.relation) on:change=choose>
            {options}
        </select>
    }
}

/// Whether case counts, where the side tells upper from lower case.
#[component]
fn CaseChoice(
    /// The row.
    row: RowModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let tells_case = Memo::new(move |_| {
        let context = filter_context();
        let tells = |field: &FieldSchema| {
            row.rows.model.schema().is_some_and(|schema| target(field, &schema, &context).tells_case())
        };
        row.guided(|guided| !guided.relation.is_bare()).unwrap_or_default()
            && row.field.with(|field| field.as_ref().is_some_and(tells))
    });
    let choose = move |event: Event| {
        let case = if event_target_checked(&event) { TextCase::Ignored } else { TextCase::Kept };
        row.change(|guided| guided.case = case);
    };
    view! {
        <Show when=move || tells_case.get()>
            <label class="guided__case">
                <input
                    type="checkbox"
                    prop:checked=move || row.guided(|guided| guided.case) == Some(TextCase::Ignored)
                    on:change=choose
                />
                {t!(i18n, guided.ignore_case)}
            </label>
        </Show>
    }
}

fn relation_words(i18n: text::I18n, relation: Relation) -> &'static str {
    match relation {
        Relation::Is => t_string!(i18n, guided.is),
        Relation::IsNot => t_string!(i18n, guided.is_not),
        Relation::OneOf => t_string!(i18n, guided.one_of),
        Relation::NoneOf => t_string!(i18n, guided.none_of),
        Relation::BeginsWith => t_string!(i18n, guided.begins_with),
        Relation::Contains => t_string!(i18n, guided.contains),
        Relation::EndsWith => t_string!(i18n, guided.ends_with),
        Relation::Between => t_string!(i18n, guided.between),
        Relation::From => t_string!(i18n, guided.from),
        Relation::UpTo => t_string!(i18n, guided.up_to),
        Relation::Empty => t_string!(i18n, guided.empty),
        Relation::NotEmpty => t_string!(i18n, guided.not_empty),
    }
}

fn refusal_words(i18n: text::I18n, refusal: Refusal) -> String {
    match refusal {
        Refusal::MissingField => t_string!(i18n, guided.missing_field).to_owned(),
        Refusal::MissingValue => t_string!(i18n, guided.missing_value).to_owned(),
        Refusal::Wildcard(character) => {
            t_string!(i18n, odata_error.wildcard, character = character.to_string())
        }
        Refusal::AtSign => t_string!(i18n, odata_error.at_sign).to_owned(),
        Refusal::OptionWithoutName => t_string!(i18n, guided.option_without_name).to_owned(),
    }
}
