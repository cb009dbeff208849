//! `substring` in Business Central's filters: it becomes a pattern with wildcards (A35).

use super::{BindError, Binder, Node};
use crate::odata::pattern::{Anchor, Fold, Pattern};
use crate::odata::syntax::{Literal, Operand, Operator};
use crate::schema::Kind;

/// Most characters that may be skipped.
const MAX_SKIPPED: usize = 2_048;

impl Binder<'_> {
    /// `substring(property, start)` or `substring(property, start, length)` compared with a text.
    pub(super) fn substring(
        &self,
        arguments: &[Operand],
        operator: Operator,
        text: &str,
    ) -> Result<Node, BindError> {
        let malformed = || BindError::Malformed("The function substring is not written right.".to_owned());
        let number = |operand: &Operand| match operand {
            Operand::Literal(Literal::Number(text)) => {
                text.parse::<usize>().ok().filter(|number| *number <= MAX_SKIPPED)
            }
            _ => None,
        };
        let (path, start, tail) = match arguments {
            [Operand::Path(path), start] => (path, number(start), ""),
            [Operand::Path(path), start, length] => {
                (path, number(start).and(number(length)).and(number(start)), "*")
            }
            _ => return Err(malformed()),
        };
        let start = start.ok_or_else(malformed)?;
        let subject = self.path(path)?;
        if subject.property().map(|property| property.kind) != Some(Kind::Text) {
            return Err(malformed());
        }
        let pattern = format!("{}{text}{tail}", "?".repeat(start));
        let pattern = Pattern::business_central(&pattern, Anchor::Whole, Fold::Exact);
        let like = Node::Like { subject, pattern };
        match operator {
            Operator::Eq => Ok(like),
            Operator::Ne => Ok(Node::Not(Box::new(like))),
            _ => Err(malformed()),
        }
    }
}
