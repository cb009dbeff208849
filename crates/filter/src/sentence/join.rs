//! Strings predicates together so that a reader sees what belongs together: lists of values, commas, `either`, and
//! parentheses where nothing else is clear.

use super::predicate::{Phrase, Said, SaidKind, filled};
use super::words::{Verb, Words};

/// A part of a sentence.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) weight: Weight,
}

/// How much a part holds, which decides what separates it from its neighbors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// One predicate: `and` is enough.
    Simple,
    /// A list: a comma comes before `and`.
    List,
    /// `and` and `or` mixed: a semicolon separates fields.
    Compound,
}

/// What a part stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Nothing.
    Clause,
    /// Alternatives.
    Any,
    /// Conditions that hold together.
    All,
    /// Both, in one order or the other.
    Both,
}

/// How case is spoken of in one clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CaseNotes {
    /// Not at all, or once at the end.
    Common,
    /// At every predicate that ignores it, because others do not.
    Each,
}

/// What is said of one field.
pub(super) fn clause(words: &'static Words, phrase: &Phrase) -> Piece {
    let (ignored, kept) = cases(phrase);
    let notes = if ignored && kept { CaseNotes::Each } else { CaseNotes::Common };
    let mut piece = Joiner { words, notes }.piece(phrase, Inside::Clause);
    if ignored && !kept {
        piece.text.push_str(words.ignoring_case);
    }
    piece
}

/// Conditions on several fields.
pub(super) fn clauses(words: &'static Words, pieces: &[Piece]) -> String {
    // Case is spoken of behind a comma; at the very end that comma does no harm.
    let is_last = |idx: usize| idx + 1 == pieces.len();
    let has_note = |piece: &Piece| piece.text.ends_with(words.ignoring_case);
    let weight = pieces
        .iter()
        .enumerate()
        .map(|(idx, piece)| if has_note(piece) && !is_last(idx) { Weight::Compound } else { piece.weight })
        .max();
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    match weight {
        Some(Weight::Compound) if texts.len() > 1 => {
            joined(&texts, words.semicolon, &format!("{}{}", words.semicolon, words.and))
        }
        Some(Weight::List) => joined(&texts, ", ", &format!(", {}", words.and)),
        _ => joined(&texts, ", ", &format!(" {}", words.and)),
    }
}

/// Whether some predicate ignores case, and whether some does not.
fn cases(phrase: &Phrase) -> (bool, bool) {
    match phrase {
        Phrase::Said(said) => (said.ignores_case == Some(true), said.ignores_case == Some(false)),
        Phrase::Any(parts) | Phrase::All(parts) => {
            parts.iter().map(cases).fold((false, false), |sum, next| (sum.0 || next.0, sum.1 || next.1))
        }
    }
}

fn joined(texts: &[&str], between: &str, last: &str) -> String {
    match texts {
        [rest @ .., end] if !rest.is_empty() => format!("{}{last}{end}", rest.join(between)),
        _ => texts.concat(),
    }
}

/// Which predicates of a group are listed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Polarity {
    /// `is one of A and B`
    Positive,
    /// `is neither A nor B`
    Negative,
}

fn texts(pieces: &[Piece]) -> Vec<&str> {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// The parts of nested joints of one kind, in order.
fn flatten<'p>(phrase: &'p Phrase, parts: &mut Vec<&'p Phrase>, open: fn(&Phrase) -> Option<&Vec<Phrase>>) {
    match open(phrase) {
        Some(inner) => inner.iter().for_each(|part| flatten(part, parts, open)),
        None => parts.push(phrase),
    }
}

/// A predicate, or values with a verb in common.
enum Group<'p> {
    One(&'p Phrase),
    Values { verb: &'static Verb, values: Vec<&'p str>, ignores_case: Option<bool> },
}

struct Joiner {
    words: &'static Words,
    notes: CaseNotes,
}

impl Joiner {
    fn piece(&self, phrase: &Phrase, inside: Inside) -> Piece {
        let mut parts = Vec::new();
        match phrase {
            Phrase::Said(said) => self.said(said),
            Phrase::Any(_) => {
                flatten(
                    phrase,
                    &mut parts,
                    |it| if let Phrase::Any(parts) = it { Some(parts) } else { None },
                );
                self.any(&parts, inside)
            }
            Phrase::All(_) => {
                flatten(
                    phrase,
                    &mut parts,
                    |it| if let Phrase::All(parts) = it { Some(parts) } else { None },
                );
                self.all(&parts, inside)
            }
        }
    }

    fn said(&self, said: &Said) -> Piece {
        let text = match &said.kind {
            SaidKind::Verb { verb, value, is_negated: false } => filled(verb.positive, value),
            SaidKind::Verb { verb, value, is_negated: true } => filled(verb.negative, value),
            SaidKind::Fixed(text) => text.clone(),
        };
        Piece { text: text + self.case_note(said.ignores_case), weight: Weight::Simple }
    }

    fn case_note(&self, ignores_case: Option<bool>) -> &'static str {
        match (self.notes, ignores_case) {
            (CaseNotes::Each, Some(true)) => self.words.ignoring_case_here,
            _ => "",
        }
    }

    fn any(&self, parts: &[&Phrase], inside: Inside) -> Piece {
        let groups = self.groups(parts, Polarity::Positive);
        match (groups.as_slice(), inside) {
            ([Group::Values { verb, values, ignores_case }], Inside::All) if verb.one_of.is_some() => {
                let text = filled(verb.positive, &self.either(values)) + self.case_note(*ignores_case);
                Piece { text, weight: Weight::List }
            }
            (_, Inside::All) => {
                let pieces: Vec<_> = parts.iter().map(|part| self.piece(part, Inside::Both)).collect();
                Piece { text: self.either(&texts(&pieces)), weight: Weight::List }
            }
            _ => {
                let within = if inside == Inside::Clause { Inside::Any } else { Inside::Both };
                let pieces = groups.iter().map(|group| self.alternative(group, within)).collect();
                self.strung(pieces, self.words.or, inside)
            }
        }
    }

    fn all(&self, parts: &[&Phrase], inside: Inside) -> Piece {
        let within = if inside == Inside::Clause { Inside::All } else { Inside::Both };
        let groups = self.groups(parts, Polarity::Negative);
        let pieces = groups.iter().map(|group| match group {
            Group::One(phrase) => self.piece(phrase, within),
            Group::Values { verb, values, ignores_case } => self.none_of(verb, values, *ignores_case),
        });
        self.strung(pieces.collect(), self.words.and, inside)
    }

    fn alternative(&self, group: &Group<'_>, within: Inside) -> Piece {
        match group {
            Group::One(phrase) => self.piece(phrase, within),
            Group::Values { verb, values, ignores_case } => {
                if let [value] = values.as_slice() {
                    let text = filled(verb.positive, value) + self.case_note(*ignores_case);
                    return Piece { text, weight: Weight::Simple };
                }
                let long = verb.one_of.filter(|_| values.len() > 2);
                let template = long.unwrap_or(verb.positive);
                let list = self.list(values);
                let text = filled(template, &list) + self.case_note(*ignores_case);
                Piece { text, weight: Weight::List }
            }
        }
    }

    /// Days in English hold commas, so semicolons keep them apart.
    fn list(&self, values: &[&str]) -> String {
        let [quote, _] = self.words.quotes;
        let has_comma = |value: &&str| value.contains(", ") && !value.starts_with(quote);
        if values.len() > 1 && values.iter().any(has_comma) {
            return joined(
                values,
                self.words.semicolon,
                &format!("{}{}", self.words.semicolon, self.words.or),
            );
        }
        joined(values, ", ", &format!(" {}", self.words.or))
    }

    fn none_of(&self, verb: &Verb, values: &[&str], ignores_case: Option<bool>) -> Piece {
        if let [value] = values {
            let text = filled(verb.negative, value) + self.case_note(ignores_case);
            return Piece { text, weight: Weight::Simple };
        }
        let [first, between_two, between_more] = self.words.neither;
        let between = if values.len() > 2 { between_more } else { between_two };
        let each: Vec<String> = values.iter().map(|value| format!("{}{value}", verb.each_none)).collect();
        let list = each.join(between);
        let text = format!("{}{first}{list}{}", verb.before_none, self.case_note(ignores_case));
        Piece { text, weight: Weight::List }
    }

    fn either(&self, texts: &[&str]) -> String {
        let [first, between, last] = self.words.either;
        format!("{first}{}", joined(texts, between, last))
    }

    /// Parts one after the other, in parentheses where commas would not tell what belongs together.
    fn strung(&self, mut pieces: Vec<Piece>, word: &str, inside: Inside) -> Piece {
        if pieces.len() == 1
            && let Some(only) = pieces.pop()
        {
            return only;
        }
        let is_simple = pieces.iter().all(|piece| piece.weight == Weight::Simple);
        let last = if is_simple { format!(" {word}") } else { format!(", {word}") };
        let text = joined(&texts(&pieces), ", ", &last);
        match inside {
            Inside::Clause if is_simple => Piece { text, weight: Weight::List },
            Inside::Clause => Piece { text, weight: Weight::Compound },
            Inside::Any if is_simple && pieces.len() == 2 => Piece { text, weight: Weight::List },
            Inside::Any | Inside::All | Inside::Both => {
                Piece { text: format!("({text})"), weight: Weight::Simple }
            }
        }
    }

    /// Values with a verb in common come together where the first of them stands.
    fn groups<'p>(&self, parts: &[&'p Phrase], polarity: Polarity) -> Vec<Group<'p>> {
        let wants_negated = polarity == Polarity::Negative;
        let mut groups: Vec<Group<'p>> = Vec::new();
        // A handful at most, so that a long list does not take long: each verb, with each way of noting case.
        let mut lists: Vec<usize> = Vec::new();
        for part in parts {
            let Phrase::Said(Said { kind: SaidKind::Verb { verb, value, is_negated }, ignores_case }) = part
            else {
                groups.push(Group::One(part));
                continue;
            };
            if *is_negated != wants_negated {
                groups.push(Group::One(part));
                continue;
            }
            let note = self.case_note(*ignores_case);
            let is_alike = |group: Option<&Group<'_>>| match group {
                Some(Group::Values { verb: other, ignores_case, .. }) => {
                    std::ptr::eq(*other, *verb) && self.case_note(*ignores_case) == note
                }
                _ => false,
            };
            match lists.iter().copied().find(|list| is_alike(groups.get(*list))) {
                Some(list) => {
                    if let Some(Group::Values { values, .. }) = groups.get_mut(list) {
                        values.push(value);
                    }
                }
                None => {
                    lists.push(groups.len());
                    groups.push(Group::Values { verb, values: vec![value], ignores_case: *ignores_case });
                }
            }
        }
        groups
    }
}
