//! An editor over a view: one clause changes with each keystroke, the verdicts of the others are kept.

use couplet_filter::{Bitmap, compile};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::query::{Bound, context};
use crate::table::Table;

/// A view that is being edited: one bitmap for each clause.
#[wasm_bindgen]
pub struct Editing {
    bound: Bound,
    passes: Vec<Bitmap>,
}

#[wasm_bindgen]
impl Editing {
    /// Opens the editor: every clause is evaluated once.
    ///
    /// # Errors
    /// When the table does not keep a field of the view.
    #[wasm_bindgen(constructor)]
    pub fn new(bound: Bound, table: &Table) -> Result<Editing, JsError> {
        let passes = bound.clauses.iter().map(|clause| clause.passing(table)).collect::<Result<_, _>>()?;
        Ok(Editing { bound, passes })
    }

    /// The text of one clause changed: how many records pass the whole view now.
    ///
    /// # Errors
    /// When there is no such clause, or the text is no filter of its field.
    pub fn retype(&mut self, clause_idx: usize, text: &str, table: &Table) -> Result<usize, JsError> {
        let none = || JsError::new("the view has no such clause");
        let clause = self.bound.clauses.get_mut(clause_idx).ok_or_else(none)?;
        let field = table.schema.field(&clause.field).ok_or_else(none)?;
        clause.filter = compile(text, &field.field_type, table.schema.side.text_comparison(), &context())?;
        *self.passes.get_mut(clause_idx).ok_or_else(none)? = clause.passing(table)?;
        let mut passing = Bitmap::filled(table.columns.n_rows(), true);
        self.passes.iter().for_each(|passes| passing.and_assign(passes));
        Ok(passing.count_ones())
    }
}
