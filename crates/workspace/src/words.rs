//! Words that many records have in common, such as field names: kept once, and said by number. The list only grows, so
//! that a number means the same word for good.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Damage, Problem};

/// A growing list of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    list: Vec<Arc<str>>,
    places: FxHashMap<Arc<str>, usize>,
}

impl Words {
    /// The words of a stored list.
    ///
    /// # Errors
    /// A word that is there twice.
    pub fn read(list: Vec<String>) -> Result<Self, Damage> {
        let mut words = Words::default();
        for (idx, word) in list.into_iter().enumerate() {
            if words.place(&Arc::from(word.as_str())) != idx {
                return Err(Damage::new(format!("[{idx}]"), Problem::Duplicate { key: word }));
            }
        }
        Ok(words)
    }

    /// The list to be stored.
    pub fn list(&self) -> Vec<String> {
        self.list.iter().map(|word| word.as_ref().to_owned()).collect()
    }

    /// Number of the word, which is added when it is new.
    pub(crate) fn place(&mut self, word: &Arc<str>) -> usize {
        if let Some(place) = self.places.get(word) {
            return *place;
        }
        let place = self.list.len();
        self.list.push(word.clone());
        self.places.insert(word.clone(), place);
        place
    }

    /// The word with this number.
    pub(crate) fn get(&self, place: usize) -> Option<&Arc<str>> {
        self.list.get(place)
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
