//! The usual way of a page into Rust: JavaScript objects through serde-wasm-bindgen. A peer, not ours.

use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

#[derive(Deserialize)]
struct Page {
    value: Vec<Record>,
}

/// The members that ours keeps, too; the others are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    system_id: String,
    no: String,
    name: String,
    city: String,
    blocked: String,
    #[serde(rename = "creditLimitLCY")]
    credit_limit: f64,
    last_date_modified: String,
}

/// Reads a parsed page into structs and gives the number of bytes of their texts, so that nothing is optimized away.
///
/// # Errors
/// When the page has another form.
#[wasm_bindgen(js_name = deserializePage)]
pub fn deserialize_page(page: JsValue) -> Result<f64, JsError> {
    let page: Page = serde_wasm_bindgen::from_value(page)?;
    let weigh = |record: &Record| {
        let texts = [
            &record.system_id,
            &record.no,
            &record.name,
            &record.city,
            &record.blocked,
            &record.last_date_modified,
        ];
        texts.iter().map(|text| text.len() as f64).sum::<f64>() + record.credit_limit
    };
    Ok(page.value.iter().map(weigh).sum())
}
