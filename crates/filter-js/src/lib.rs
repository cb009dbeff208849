//! The Business Central filter language for JavaScript: plain values in and out, errors with code, message and place.
//! `cargo xtask package` makes an ES module of it. The rules are all in `couplet-filter`; only the conversion of values
//! is here.

mod arguments;
mod error;
mod results;

use couplet_filter::{FieldValue, FormCondition, SentenceLanguage, TypedFilter, compile, odata, sentence};
use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::arguments::{Condition, Field, Settings, Value, read};
use crate::error::Failure;
use crate::results::{Explanation, Tree, write};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// Reads a filter into its tree; `null` for an empty filter.
///
/// # Errors
/// The first thing that cannot be read.
#[wasm_bindgen(skip_typescript)]
pub fn parse(filter: &str) -> Result<JsValue, JsValue> {
    let tree = couplet_filter::parse(filter).map_err(|error| Failure::of_filter(&error.into(), filter))?;
    write(&tree.root().map(|root| Tree::new(root, filter)))
}

/// Says whether a value passes, and which terms of the filter it passes.
///
/// # Errors
/// When the filter does not fit the field, or the value is of another type.
#[wasm_bindgen(skip_typescript)]
pub fn explain(filter: &str, field: JsValue, value: &JsValue, settings: JsValue) -> Result<JsValue, JsValue> {
    let (field, typed) = bound(filter, field, settings)?;
    let value = Value::new(value, &field)?;
    write(&Explanation::new(&typed.explain(value.borrowed()), filter))
}

/// Says of each value whether it passes.
///
/// # Errors
/// When the filter does not fit the field, or a value is of another type.
#[wasm_bindgen(skip_typescript)]
pub fn evaluate(filter: &str, field: JsValue, values: &Array, settings: JsValue) -> Result<Array, JsValue> {
    let (field, typed) = bound(filter, field, settings)?;
    let verdicts = Array::new();
    for value in values.iter() {
        let passes = Value::new(&value, &field).map(|value| typed.passes(value.borrowed()))?;
        verdicts.push(&passes.into());
    }
    Ok(verdicts)
}

/// Writes conditions as an OData expression, empty where every record passes.
///
/// # Errors
/// The first condition that cannot be read, or that OData cannot say exactly.
#[wasm_bindgen(js_name = toOData, skip_typescript)]
pub fn to_odata(conditions: JsValue, settings: JsValue) -> Result<String, JsValue> {
    let conditions: Vec<Condition> = read(conditions)?;
    let context = Settings::read(settings)?.context()?;
    let forms: Vec<FormCondition<'_>> = conditions.iter().map(Condition::form).collect();
    let expression = odata::write(&forms, &context).map_err(|error| {
        let text = conditions.get(error.condition).map_or("", |condition| condition.filter.as_str());
        Failure::new(error.code(), &error, error.span, text).at(error.condition)
    })?;
    Ok(expression.map(|expression| expression.to_string()).unwrap_or_default())
}

/// Says in English or French what conditions let pass.
///
/// # Errors
/// The first condition that does not fit its field; an unknown language.
#[wasm_bindgen(js_name = toSentence, skip_typescript)]
pub fn to_sentence(conditions: JsValue, language: &str, settings: JsValue) -> Result<String, JsValue> {
    let conditions: Vec<Condition> = read(conditions)?;
    let context = Settings::read(settings)?.context()?;
    let language = SentenceLanguage::from_tag(language)
        .ok_or_else(|| Failure::argument(&format!("expected `en` or `fr`, found `{language}`")))?;
    let forms: Vec<FormCondition<'_>> = conditions.iter().map(Condition::form).collect();
    let said = sentence(language, &forms, &context).map_err(|error| {
        let text = conditions.get(error.condition).map_or("", |condition| condition.filter.as_str());
        Failure::of_filter(&error.error, text).at(error.condition)
    })?;
    Ok(said)
}

fn bound(filter: &str, field: JsValue, settings: JsValue) -> Result<(Field, TypedFilter), JsValue> {
    let field: Field = read(field)?;
    let context = Settings::read(settings)?.context()?;
    let typed = compile(filter, field.field_type(), field.comparison(), &context)
        .map_err(|error| Failure::of_filter(&error, filter))?;
    Ok((field, typed))
}

impl Value {
    fn borrowed(&self) -> FieldValue<'_> {
        match self {
            Self::Text(text) => FieldValue::Text(text),
            Self::Other(value) => *value,
        }
    }
}
