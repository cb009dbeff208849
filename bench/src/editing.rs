//! An editor over a view: one clause changes with each keystroke. This is the preview's own way, with its cache of what
//! every clause let pass.

use std::sync::Arc;

use couplet_engine::FieldSchema;
use couplet_engine::preview::{PreviewRules, Related, Rule, RuleEffect, RuleSubject, VerdictCache};
use couplet_filter::compile;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::query::{Bound, Clause, context};
use crate::table::Table;

/// A view that is being edited.
#[wasm_bindgen]
pub struct Editing {
    rules: PreviewRules,
    cache: VerdictCache,
    related: Arc<Related>,
}

#[wasm_bindgen]
impl Editing {
    /// Opens the editor: every clause is evaluated once.
    ///
    /// # Errors
    /// When the table does not keep a field of the view.
    #[wasm_bindgen(constructor)]
    pub fn new(bound: Bound, table: &Table) -> Result<Editing, JsError> {
        let rules = bound.clauses.into_iter().map(|clause| rule(clause, table)).collect::<Result<_, _>>()?;
        let key_field = table.schema.key_field.clone();
        let rules = PreviewRules { side: table.schema.side, rules, key_field };
        let mut editing = Editing { rules, cache: VerdictCache::new(), related: Arc::default() };
        editing.count(table);
        Ok(editing)
    }

    /// The text of one clause changed: how many records pass the whole view now.
    ///
    /// # Errors
    /// When there is no such clause, or the text is no filter of its field.
    pub fn retype(&mut self, clause_idx: usize, text: &str, table: &Table) -> Result<usize, JsError> {
        let Some(Rule { subject: RuleSubject::Clause { field, filter, .. }, .. }) =
            self.rules.rules.get_mut(clause_idx)
        else {
            return Err(JsError::new("the view has no such clause"));
        };
        *filter = compile(text, &field.field_type, table.schema.side.text_comparison(), &context())?;
        Ok(self.count(table))
    }

    fn count(&mut self, table: &Table) -> usize {
        self.cache.finish(&self.rules, &table.columns, &self.related).n_in
    }
}

fn rule(Clause { field, filter }: Clause, table: &Table) -> Result<Rule, JsError> {
    let field: Option<&FieldSchema> = table.schema.field(&field);
    let field = field.ok_or_else(|| JsError::new("the table has no such field"))?;
    let subject = RuleSubject::Clause { field: Box::new(field.clone()), text: String::new(), filter };
    Ok(Rule { subject, effect: RuleEffect::Excludes })
}
