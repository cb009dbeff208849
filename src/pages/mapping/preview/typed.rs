//! What a person is typing in a form of the filter that is not filter text, and what of it is wrong.

use couplet_filter::odata::ReadError;

use crate::pages::mapping::preview::filter_card::Form;
use crate::pages::mapping::preview::guided::GuidedRow;

/// The text of a form, kept as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// An OData expression.
    OData {
        /// As it was typed.
        text: String,
        /// Why it is no filter.
        error: Option<ReadError>,
    },
    /// The rows of the guided form.
    Guided {
        /// As they were filled in.
        rows: Vec<GuidedRow>,
        /// Whether every row is a condition.
        is_whole: bool,
    },
}

impl Typed {
    /// The form it is typed in.
    pub(super) fn form(&self) -> Form {
        match self {
            Typed::OData { .. } => Form::OData,
            Typed::Guided { .. } => Form::Words,
        }
    }

    /// Whether all of it is a filter.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Typed::OData { error, .. } => error.is_none(),
            Typed::Guided { is_whole, .. } => *is_whole,
        }
    }
}
