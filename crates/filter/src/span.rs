//! Where something stands in a filter or view text. No knowledge of what stands there.

/// Half-open byte range in the text of a filter or a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after the end; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    /// The range from byte `start` to before byte `end`; positions beyond 4 GiB are cut.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: cut(start), end: cut(end) }
    }

    /// The place before byte `offset`, zero characters long.
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range in a text where this one's text begins at byte `offset`.
    #[must_use]
    pub fn shifted(self, offset: u32) -> Self {
        Self { start: self.start.saturating_add(offset), end: self.end.saturating_add(offset) }
    }

    /// The covered part of `text`, empty if the range does not belong to it.
    #[must_use]
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Position of the first character: 1-based, counted in characters (filter language, section 2).
    #[must_use]
    pub fn position(self, text: &str) -> u32 {
        let before = text.get(..self.start as usize).unwrap_or(text);
        Self::count(before).saturating_add(1)
    }

    /// Length in characters.
    #[must_use]
    pub fn length(self, text: &str) -> u32 {
        Self::count(self.slice(text))
    }

    fn count(text: &str) -> u32 {
        u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
    }
}
