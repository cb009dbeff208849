//! The members of a record in the order in which a service writes them, which hardly ever changes: the one that is
//! expected next is tried first. A hint, never a rule.

use super::Member;
use super::scanner::Scanner;

/// The members seen so far.
#[derive(Debug, Default)]
pub(super) struct MemberOrder {
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    name: Box<str>,
    /// Its name as a service writes it, quotes and colon included; empty if it is not to be looked for.
    lead: Box<[u8]>,
    /// The same and the quote that a text begins with.
    text_lead: Box<[u8]>,
    member: Member,
}

/// Members that records leave out, annotations of nulls (B20), lie between others: so many are passed over.
const LOOK_AHEAD: usize = 8;
/// No more than so many are kept, whatever a page writes.
const MOST: usize = 2_048;

impl MemberOrder {
    /// Passes over all texts that nobody asked for and that are followed by another member: what most of a page is.
    #[inline]
    pub(super) fn skip_texts(&self, scanner: &mut Scanner<'_>, expected: &mut usize) {
        let ahead = self.known.get(*expected..).unwrap_or_default();
        let is_skipped =
            |known: &&Known| known.member == Member::Unknown && scanner.skip_text(&known.text_lead);
        *expected += ahead.iter().take_while(is_skipped).count();
    }

    /// Passes over the name of the next member if it is the one expected or one soon after it; `expected` moves on.
    #[inline]
    pub(super) fn skip_name(&self, scanner: &mut Scanner<'_>, expected: &mut usize) -> Option<Member> {
        let ahead = self.known.get(*expected..)?;
        let found = ahead.iter().take(LOOK_AHEAD).position(|known| scanner.skip_bytes(&known.lead))?;
        *expected += found + 1;
        ahead.get(found).map(|known| known.member)
    }

    /// The member with this name, if it was the one at this place.
    pub(super) fn at(&self, place: usize, name: &str) -> Option<Member> {
        self.known.get(place).filter(|known| *known.name == *name).map(|known| known.member)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Remembers a member at a place.
    pub(super) fn insert(&mut self, place: usize, name: &str, member: Member) {
        if place > self.known.len() || self.known.len() >= MOST {
            return;
        }
        let is_plain = !name.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
        let lead = if is_plain { format!("\"{name}\":") } else { String::new() };
        let text_lead = if is_plain { format!("{lead}\"") } else { String::new() };
        let (lead, text_lead) = (lead.into_bytes().into(), text_lead.into_bytes().into());
        self.known.insert(place, Known { name: name.into(), lead, text_lead, member });
    }
}
