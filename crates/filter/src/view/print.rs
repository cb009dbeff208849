//! From a view back to text, in the order in which the platform stores views (filter language, section 12).

use std::fmt::{self, Display};

use super::{ConditionKind, FieldReference, SortOrder, View, ViewCondition};

impl View {
    fn is_in_number_form(&self) -> bool {
        let mut fields = self.sorting.iter().chain(self.conditions.iter().map(|condition| &condition.field));
        fields.all(|field| matches!(field, FieldReference::Number(_)))
    }
}

/// Conditions come in ascending field number, those by name after them.
impl Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clauses = Vec::new();
        if !self.sorting.is_empty() {
            clauses.push(format!("SORTING({})", joined(&self.sorting)));
        }
        if self.order == SortOrder::Descending {
            clauses.push("ORDER(Descending)".to_owned());
        }
        if !self.conditions.is_empty() {
            let mut conditions: Vec<_> = self.conditions.iter().collect();
            conditions.sort_by_key(|condition| match condition.field {
                FieldReference::Number(number) => number,
                FieldReference::Name(_) => u32::MAX,
            });
            clauses.push(format!("WHERE({})", joined(&conditions)));
        }
        if !clauses.is_empty() && self.is_in_number_form() {
            clauses.insert(0, "VERSION(1)".to_owned());
        }
        f.write_str(&clauses.join(" "))
    }
}

impl Display for ViewCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marker = match (&self.field, self.kind) {
            (FieldReference::Number(_), ConditionKind::Filter) => "1",
            (FieldReference::Number(_), ConditionKind::Const) => "0",
            (FieldReference::Name(_), ConditionKind::Filter) => "FILTER",
            (FieldReference::Name(_), ConditionKind::Const) => "CONST",
        };
        write!(f, "{}={marker}({})", self.field, self.body)
    }
}

/// A name that could be read as something else is enclosed in double quotes, those inside it doubled.
impl Display for FieldReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "Field{number}"),
            Self::Name(name) => {
                let is_like_number = name
                    .to_ascii_lowercase()
                    .strip_prefix("field")
                    .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
                let needs_quotes =
                    is_like_number || name.contains([',', '(', ')', '=', '"']) || name.trim() != name;
                if needs_quotes { write!(f, "\"{}\"", name.replace('"', "\"\"")) } else { f.write_str(name) }
            }
        }
    }
}

fn joined<T: Display>(parts: &[T]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
