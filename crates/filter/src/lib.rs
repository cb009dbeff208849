//! The Business Central filter language: reading, typing and evaluating filter expressions and table views. It
//! knows no table, no system and no wire format. Below is the page of the package.
//!
#![doc = include_str!("../README.md")]

mod bind;
mod bitmap;
mod columns;
mod completion;
mod context;
mod digests;
mod error;
mod evaluation;
mod field;
mod filter;
mod form;
mod intervals;
mod kernel;
mod keys;
mod meaning;
pub mod odata;
mod parser;
mod pattern_form;
mod print;
mod ranges;
mod rows;
mod scan;
mod search;
mod sentence;
mod span;
mod text;
mod text_test;
mod texts;
mod typed;
mod view;

pub use bind::{bind, compile, stored_form};
pub use bitmap::Bitmap;
pub use columns::{Codes, ColumnView, Decimals, Integers};
pub use completion::{Expectation, ExpectedPart, expected_at};
pub use context::{AccountingPeriod, Context, DateOrder, PeriodOpens, Word};
pub use error::{FilterError, SyntaxError, SyntaxErrorKind, TypeError, TypeErrorKind};
pub use evaluation::{Evaluation, Progress};
pub use field::{FieldType, FieldValue, OptionMember, TextComparison};
pub use filter::{Filter, Literal, Node, Operator, Quoting, Term, TermKind};
pub use form::{FieldForm, FormCondition, FormError};
pub use keys::{DateKey, DateTimeKey, TimeKey};
pub use parser::{parse, parse_lenient};
pub use pattern_form::PatternForm;
pub use print::quote_value;
pub use rows::{Explanation, TermVerdict};
pub use sentence::{SentenceLanguage, sentence, sentence_with_names};
pub use span::Span;
pub use text::{Case, compare_in_lists};
pub use texts::Texts;
pub use typed::{FilterValue, Pattern, PatternPart, TestKind, TypedFilter, TypedNode, TypedTest};
pub use view::{
    ConditionKind, FieldReference, MappingCondition, SortOrder, StoredField, TypedCondition, TypedView, View,
    ViewCondition, ViewError, ViewErrorKind, ViewField, ViewPart, export_view, import_view, parse_view,
};
