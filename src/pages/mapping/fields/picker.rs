//! Choosing the field or column of a field mapping: typed with completion from the metadata, by name, caption or
//! number.

use couplet_engine::{FieldAccess, FieldMapping, FieldSchema, Side, TableSchema};
use leptos::prelude::*;

use crate::i18n::*;
use crate::pages::setting_form::{Anchor, Form, Part, ProblemList, Shown};
use crate::state::checks;
use crate::text;

/// The choice for one side. Standard field mappings keep their fields: only those made by a person change them.
#[component]
pub fn FieldPicker(
    /// The form.
    form: Form,
    /// Which side.
    side: Side,
) -> impl IntoView {
    let i18n = use_i18n();
    let (id, list_id, problems_id) = match side {
        Side::BusinessCentral => ("field-bc", "field-bc-list", "field-bc-problems"),
        Side::Dataverse => ("field-dv", "field-dv-list", "field-dv-problems"),
    };
    let schema = Memo::new(move |_| {
        form.draft.with(|draft| checks::described_fields(&draft.version.mapping, side)).map(ByAddress)
    });
    let is_fixed = form.draft.with_untracked(|draft| draft.field().is_some_and(|field| !field.user_defined));
    let initial = form
        .draft
        .with_untracked(|draft| draft.field().and_then(|field| name_of(field, side)))
        .unwrap_or_default();
    let read = move |typed: &str| {
        let known = schema
            .with_untracked(|schema| schema.as_ref().and_then(|schema| find(&schema.0, typed).cloned()));
        form.draft.update(|draft| {
            if let Some(field) = draft.field_mut() {
                set_field(field, side, typed, known);
            }
        });
    };
    let options = move || {
        schema.get().map(|schema| schema.0.fields.iter().map(|field| option(i18n, field)).collect_view())
    };
    let label = move || match side {
        Side::BusinessCentral => t_string!(i18n, fields.field),
        Side::Dataverse => t_string!(i18n, fields.column),
    };
    view! {
        <div class="form__row">
            <label class=format!("form__label {}", text::side_class(side)) for=id>
                {label}
            </label>
            <input
                type="text"
                autocomplete="off"
                id=id
                list=list_id
                readonly=is_fixed
                aria-describedby=problems_id
                prop:value=initial
                on:input:target=move |event| read(&event.target().value())
            />
            <datalist id=list_id>{options}</datalist>
            <ProblemList
                form
                shown=Shown::At(Part::Field, Anchor::Field(side))
                id=problems_id.to_owned()
            />
        </div>
    }
}

/// A schema compared by address: it is replaced as a whole.
#[derive(Clone)]
struct ByAddress(std::sync::Arc<TableSchema>);

impl PartialEq for ByAddress {
    fn eq(&self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&self.0, &other.0)
    }
}

fn option(i18n: text::I18n, field: &FieldSchema) -> impl IntoView + use<> {
    let mut facts = vec![field.labels.get(text::language(i18n)).to_owned()];
    facts.extend(field.number.map(|number| number.to_string()));
    if field.access == FieldAccess::OutOfReach {
        facts.push(t_string!(i18n, reach.out_of_reach).to_owned());
    }
    facts.retain(|fact| !fact.is_empty() && *fact != field.name);
    view! { <option value=field.name.clone()>{facts.join(" · ")}</option> }
}

/// The field meant by what was typed.
fn find<'s>(schema: &'s TableSchema, typed: &str) -> Option<&'s FieldSchema> {
    let typed = typed.trim();
    let by_number = || typed.parse().ok().and_then(|number| schema.field_by_number(number));
    let by_caption = || {
        let wanted = typed.to_lowercase();
        let captions = |field: &FieldSchema| {
            field.labels.english.to_lowercase() == wanted || field.labels.french.to_lowercase() == wanted
        };
        schema.fields.iter().find(|field| captions(field))
    };
    if typed.is_empty() { None } else { schema.field(typed).or_else(by_number).or_else(by_caption) }
}

fn set_field(field: &mut FieldMapping, side: Side, typed: &str, known: Option<FieldSchema>) {
    let typed = Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty());
    let name = known.as_ref().map(|known| known.name.clone()).or(typed);
    match side {
        Side::BusinessCentral => {
            field.field = name;
            field.field_number = known.and_then(|known| known.number);
        }
        Side::Dataverse => field.column = name,
    }
}

fn name_of(field: &FieldMapping, side: Side) -> Option<String> {
    match side {
        Side::BusinessCentral => field.field.clone(),
        Side::Dataverse => field.column.clone(),
    }
}
