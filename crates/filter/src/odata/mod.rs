//! A view as an OData v4 expression: the tree, its one writer with the literals of every type, its reader, and the way
//! from and to the conditions of a view. What a service answers to an expression, and what of a filter is sent to
//! it, is not known here.

mod error;
mod expression;
mod literal;
mod names;
mod reader;
mod tree;
mod understand;
mod write;

pub use self::error::{Part, ReadError, ReadErrorKind, WriteError, WriteErrorKind};
pub use self::expression::{CaseFunction, Expression, Operand, Test, TestKind, TextFunction, operator_word};
pub use self::literal::Literal;
pub use self::names::{decode_member, encode_member, member_name};
pub use self::reader::read;
pub use self::understand::{ReadCondition, read_view};
pub use self::write::{escape_wildcards, write};
