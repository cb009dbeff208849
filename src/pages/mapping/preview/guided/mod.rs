//! The guided form: field, operator and value, with pickers, for admins who know none of the languages. It writes the
//! same filter; a condition that it cannot say is shown as its sentence.

mod condition;
mod lookup;
mod lookup_search;
mod row;
mod rows;
mod values;

use leptos::prelude::*;

use self::row::GuidedCondition;
pub(super) use self::rows::GuidedRow;
use self::rows::{filter_of, rows_of};
use crate::i18n::*;
use crate::pages::mapping::preview::filter_card::Form;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::typed::Typed;
use crate::queries::context::filter_context;

/// The rows of one side; copies share them.
#[derive(Clone, Copy)]
struct Rows {
    model: SideModel,
    rows: Memo<Vec<GuidedRow>>,
}

impl Rows {
    /// Those that were filled in last, or those of the last readable filter.
    fn new(model: SideModel) -> Self {
        let rows = Memo::new(move |_| match (model.typed.get(), model.schema()) {
            (Some(Typed::Guided { rows, .. }), _) => rows,
            (_, Some(schema)) => {
                // A filter that was never readable is shown as it is, its broken conditions as text.
                let filter = model.readable.get().or_else(|| model.draft.get());
                filter.map_or_else(Vec::new, |filter| rows_of(&filter, &schema, &filter_context()))
            }
            (_, None) => Vec::new(),
        });
        Rows { model, rows }
    }

    /// Changes the rows; the draft follows when all of them are conditions.
    fn change(self, change: impl FnOnce(&mut Vec<GuidedRow>)) {
        let Some(schema) = untrack(|| self.model.schema()) else { return };
        let mut rows = self.rows.get_untracked();
        change(&mut rows);
        let filter = filter_of(&rows, &schema, &filter_context()).ok();
        self.model.typed.set(Some(Typed::Guided { rows, is_whole: filter.is_some() }));
        if filter.is_some() {
            self.model.draft.set(filter);
        }
    }

    /// Changes one row.
    fn change_row(self, idx: usize, change: impl FnOnce(&mut GuidedRow)) {
        self.change(|rows| {
            if let Some(row) = rows.get_mut(idx) {
                change(row);
            }
        });
    }
}

/// The guided form.
#[component]
pub(super) fn GuidedEditor(
    /// The side.
    model: SideModel,
    /// The form that is shown.
    form: RwSignal<Form>,
) -> impl IntoView {
    let i18n = use_i18n();
    let rows = Rows::new(model);
    let n_rows = Memo::new(move |_| rows.rows.with(Vec::len));
    let list = move || {
        (0..n_rows.get()).map(|idx| view! { <GuidedCondition rows=rows idx=idx form=form /> }).collect_view()
    };
    view! {
        {list}
        <button type="button" class="editor__add" on:click=move |_| rows.change(|rows| rows.push(GuidedRow::empty()))>
            {t!(i18n, editor.add)}
        </button>
    }
}
