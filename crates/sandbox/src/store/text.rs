//! All texts of the sandbox in one buffer, referred to by number. Texts are never removed.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// The number of a text; 0 is the blank text.
pub(crate) type TextId = u32;

/// Texts by number, with an index of those that were interned.
#[derive(Debug)]
pub(crate) struct TextPool {
    bytes: String,
    ends: Vec<u32>,
    slots: Vec<TextId>,
    interned: usize,
}

impl TextPool {
    pub(crate) fn new() -> Self {
        Self { bytes: String::new(), ends: vec![0], slots: vec![0; 1024], interned: 0 }
    }

    /// The text of a number; blank for an unknown one.
    pub(crate) fn get(&self, id: TextId) -> &str {
        let Some(index) = usize::try_from(id).ok().filter(|index| *index > 0) else { return "" };
        let (Some(start), Some(end)) = (self.ends.get(index - 1), self.ends.get(index)) else { return "" };
        self.bytes.get(to_index(*start)..to_index(*end)).unwrap_or_default()
    }

    /// Stores a text that is hardly ever stored twice, such as a street address.
    pub(crate) fn add(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return 0;
        }
        self.bytes.push_str(text);
        // Four gibibytes of text are far beyond the largest demo; what exceeds them reads as blank.
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        u32::try_from(self.ends.len() - 1).unwrap_or_default()
    }

    /// Stores a text that comes back often, such as a code or a city: the same text has the same number.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return 0;
        }
        if self.interned * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot_of(text);
        match self.slots.get(slot) {
            Some(id) if *id != 0 => *id,
            _ => {
                let id = self.add(text);
                if let Some(place) = self.slots.get_mut(slot) {
                    *place = id;
                    self.interned += 1;
                }
                id
            }
        }
    }

    /// The number of an interned text, if there is one.
    pub(crate) fn find(&self, text: &str) -> Option<TextId> {
        let id = self.slots.get(self.slot_of(text)).copied().unwrap_or_default();
        (id != 0).then_some(id)
    }

    fn slot_of(&self, text: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(text) & mask;
        while let Some(id) = self.slots.get(slot) {
            if *id == 0 || self.get(*id) == text {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![0; old.len() * 2];
        for id in old.into_iter().filter(|id| *id != 0) {
            let slot = self.slot_of(self.get(id));
            if let Some(place) = self.slots.get_mut(slot) {
                *place = id;
            }
        }
    }
}

fn to_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn hash(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    usize::try_from((hash ^ (hash >> 29)) & 0xffff_ffff).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interned_texts_are_stored_once() {
        let mut pool = TextPool::new();
        let ids: Vec<TextId> = (0..3_000).map(|it| pool.intern(&format!("text {it}"))).collect();
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(pool.intern(&format!("text {number}")), *id);
            assert_eq!(pool.get(*id), format!("text {number}"));
        }
        assert_eq!(pool.find("text 3000"), None);
        assert_eq!((pool.intern(""), pool.get(0), pool.get(99_999)), (0, "", ""));
    }
}
