//! From a tree back to text, without needless spaces and parentheses, and how a value is written so that it is
//! read back as itself (filter language, section 12).

use std::fmt::{self, Display};

use crate::filter::{Filter, Literal, Node, Quoting, Term, TermKind};
use crate::scan::is_space;

/// Writes one value as a filter: bare where it is safe, else in single quotes; the empty text as `''`. The
/// symbols are those of `SelectionFilterManagement.AddQuotes`, and a leading `%`.
///
/// # Example
///
/// ```
/// use couplet_filter::quote_value;
///
/// assert_eq!(quote_value("Contoso"), "Contoso");
/// assert_eq!(quote_value("O'Neil & Sons"), "'O''Neil & Sons'");
/// ```
#[must_use]
pub fn quote_value(text: &str) -> String {
    if needs_quotes(text) { format!("'{}'", text.replace('\'', "''")) } else { text.to_owned() }
}

fn needs_quotes(text: &str) -> bool {
    let is_symbol = |character: char| {
        is_space(character)
            || matches!(
                character,
                '&' | '|' | '(' | ')' | '*' | '@' | '<' | '>' | '=' | '.' | '!' | '?' | '\''
            )
    };
    text.is_empty() || text.starts_with('%') || text.contains(is_symbol)
}

impl Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().map_or(Ok(()), |root| root.fmt(f))
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(parts) => joined(f, parts, "|"),
            Self::All(parts) => joined(f, parts, "&"),
            Self::Term(term) => term.fmt(f),
            Self::Unreadable(_) => Ok(()),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Node], operator: &str) -> fmt::Result {
    for (part_idx, part) in parts.iter().enumerate() {
        if part_idx > 0 {
            f.write_str(operator)?;
        }
        match part {
            Node::Any(_) => write!(f, "({part})")?,
            _ => part.fmt(f)?,
        }
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TermKind::Value(value) => value.fmt(f),
            TermKind::Compare(operator, value) => write!(f, "{}{value}", operator.symbol()),
            TermKind::Interval(from, to) => {
                match from {
                    // A dot before the two dots would be read as one of them.
                    Some(from) if from.text.ends_with('.') => f.write_str(&quote_value(&from.text))?,
                    Some(from) => from.fmt(f)?,
                    None => {}
                }
                f.write_str("..")?;
                to.as_ref().map_or(Ok(()), |to| to.fmt(f))
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quoting {
            Quoting::Bare => f.write_str(&self.text.replace('\'', "''")),
            Quoting::Quoted => f.write_str(&quote_value(&self.text)),
        }
    }
}
