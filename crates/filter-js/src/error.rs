//! Errors as JavaScript sees them: an `Error` with `code`, `start` and `end`.

use std::fmt::Display;

use couplet_filter::{FilterError, Span};
use js_sys::{Error, Reflect};
use wasm_bindgen::JsValue;

/// What is thrown.
pub(crate) struct Failure {
    code: &'static str,
    message: String,
    /// Where in the text, in UTF-16 units as JavaScript counts.
    place: Option<(usize, usize)>,
    condition: Option<usize>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: &impl Display, span: Span, text: &str) -> Self {
        let place = Some(units(span, text));
        Self { code, message: message.to_string(), place, condition: None }
    }

    pub(crate) fn of_filter(error: &FilterError, text: &str) -> Self {
        Self::new(error.code(), error, error.span(), text)
    }

    /// An argument of the call itself is wrong.
    pub(crate) fn argument(message: &impl Display) -> Self {
        Self { code: "argument", message: message.to_string(), place: None, condition: None }
    }

    /// In which condition.
    pub(crate) fn at(self, condition: usize) -> Self {
        Self { condition: Some(condition), ..self }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error: Self = Error::new(&failure.message).into();
        let set = |name: &str, value: Self| {
            // Setting a property of a new object does not fail.
            let _ = Reflect::set(&error, &name.into(), &value);
        };
        set("name", "FilterError".into());
        set("code", failure.code.into());
        if let Some((start, end)) = failure.place {
            set("start", Self::from_f64(start as f64));
            set("end", Self::from_f64(end as f64));
        }
        if let Some(condition) = failure.condition {
            set("condition", Self::from_f64(condition as f64));
        }
        error
    }
}

/// A place as JavaScript counts: in UTF-16 units.
pub(crate) fn units(span: Span, text: &str) -> (usize, usize) {
    let until = |offset: u32| text.get(..offset as usize).map_or(0, |before| before.encode_utf16().count());
    (until(span.start), until(span.end))
}
