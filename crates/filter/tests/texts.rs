//! Very long texts of every form, for the tests on a small stack and for the measurement in `examples/long.rs`.

use couplet_filter::FieldType;

/// Texts of about `n_bytes`.
#[derive(Clone, Copy)]
pub(crate) struct Long {
    pub(crate) n_bytes: usize,
}

/// As many levels as are read.
pub(crate) const DEPTH: usize = 100;

pub(crate) fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

impl Long {
    pub(crate) fn of(self, text: &str) -> String {
        text.repeat(self.n_bytes / text.len())
    }

    fn list(self, text: &str) -> String {
        self.of(text).trim_end_matches(['|', '&']).to_owned()
    }

    /// Filters that can be read, with the types they fit.
    pub(crate) fn filters(self) -> Vec<(String, FieldType)> {
        let text = || FieldType::Text { max_length: None };
        let half = self.n_bytes / 2;
        vec![
            (self.list("1|"), FieldType::Integer),
            (self.list("1..2|"), FieldType::Integer),
            (self.list("<>1&"), FieldType::Integer),
            (self.list("1&2|"), FieldType::Integer),
            (self.list("(1|2)&"), FieldType::Integer),
            (self.list("@a*|"), text()),
            (self.list("<>a&"), text()),
            (self.list("'a''b'..|"), text()),
            (self.list("%me|"), text()),
            (self.list("today|"), FieldType::Date),
            (self.list("t+1D|"), FieldType::Date),
            (self.list("2026-03-15|"), FieldType::DateTime),
            (self.list("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}|"), FieldType::Guid),
            (self.of("a"), text()),
            (self.of("?*"), text()),
            (format!("'{}'", self.of("''")), text()),
            (format!("{}..{}", "a".repeat(half), "b".repeat(half)), text()),
            (format!("{}1", " ".repeat(self.n_bytes)), FieldType::Integer),
            (" ".repeat(self.n_bytes), FieldType::Integer),
            (nested("(<>1|", "2", ")&3", DEPTH), FieldType::Integer),
            (nested("(1&", "2", ")|3", DEPTH), FieldType::Integer),
            (nested("(", "1", ")", DEPTH), FieldType::Integer),
        ]
    }

    /// Filters that cannot be read.
    pub(crate) fn wrong_filters(self) -> Vec<String> {
        vec![
            self.of("|"),
            self.of("("),
            self.of(")"),
            self.of("()"),
            self.of("'") + "|'",
            self.of(".."),
            self.of("a..b.."),
            self.of("<>"),
            self.of("'a'b|"),
            self.of("a(b)|"),
            format!("'{}", self.of("a")),
            format!("a|{}", self.of("a'b")),
            self.of("1|"),
            self.of("(") + "1",
            nested("(1|", "2", ")&3", DEPTH + 1),
        ]
    }

    /// Values that some types read and others refuse.
    pub(crate) fn values(self) -> Vec<String> {
        let texts =
            ["1", "a", "9.", "1d", "+1D", "-", "C", "p", "2026-", "1:", "0", "é", "t ", "%", "{", " .", "1/"];
        texts.iter().map(|text| self.of(text)).collect()
    }

    /// Views, right and wrong.
    pub(crate) fn views(self) -> Vec<String> {
        let number = |number: usize| format!("Field{number}=1(a|(b))");
        let conditions: Vec<String> = (0..self.n_bytes / 25).map(number).collect();
        vec![
            format!("VERSION(1) SORTING(Field1) WHERE({})", conditions.join(",")),
            format!("WHERE(Field1=1({}a))", self.of("a|")),
            format!("WHERE(Field1=1({}", self.of("(")),
            format!("WHERE(Field1=1('{}", self.of("a")),
            format!("WHERE({})", self.of("a=b")),
            format!("WHERE({}", self.of("=")),
            format!("WHERE({}", self.of("a")),
            format!("WHERE(\"{}", self.of("\"\"")),
            format!("WHERE({})", self.of("Field1=1(1),")),
            format!("SORTING({})", self.of("(")),
            format!("SORTING({})", self.of("a,")),
            self.of("VERSION(1)"),
            self.of("("),
            self.of(" "),
        ]
    }

    /// OData expressions, right and wrong; the property is `a`, a text.
    pub(crate) fn expressions(self) -> Vec<String> {
        let half = self.n_bytes / 2;
        vec![
            self.of("a eq 'x' or ") + "a eq 'x'",
            self.of("a eq 'x' and ") + "a eq null",
            format!("a in ({}'x')", self.of("'x',")),
            format!("a eq {}", self.of("1")),
            format!("a eq '{}'", self.of("''")),
            format!("a eq '{}", self.of("a")),
            format!("{} eq 1", self.of("a")),
            format!("{} in ({}1)", "a".repeat(half), "1,".repeat(half / 2)),
            self.of("("),
            self.of("not "),
            self.of("contains("),
            self.of("tolower("),
            self.of("a"),
            self.of("'"),
            self.of(","),
            self.of(" "),
            nested("(a eq 'x' or ", "a eq 'y'", ") and a ne 'z'", DEPTH),
            nested("not (a eq 'x' and ", "a eq 'y'", ")", DEPTH / 2),
            nested("not ", "a eq 'y'", "", DEPTH),
            nested("not ", "a eq 'y'", "", DEPTH + 1),
        ]
    }
}
