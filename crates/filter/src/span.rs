//! Where something stands in a filter or view text. No knowledge of what stands there.

/// Half-open byte range in the text of a filter or a view.
///
/// # Example
///
/// ```
/// use couplet_filter::Span;
///
/// assert_eq!(Span { start: 2, end: 4 }.slice("A|É"), "É");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte after the end; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    /// The range from byte `start` to before byte `end`; positions beyond 4 GiB are cut.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Span;
    ///
    /// assert_eq!(Span::new(2, 5), Span { start: 2, end: 5 });
    /// ```
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: cut(start), end: cut(end) }
    }

    /// The place before byte `offset`, zero characters long.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Span::at(3).length("A|B"), 0);
    /// ```
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The smallest range that holds both.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Span;
    ///
    /// assert_eq!(Span::new(4, 6).to(Span::new(0, 1)), Span::new(0, 6));
    /// ```
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range in a text where this one's text begins at byte `offset`.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Span;
    ///
    /// assert_eq!(Span::new(0, 2).shifted(10), Span::new(10, 12));
    /// ```
    #[must_use]
    pub fn shifted(self, offset: u32) -> Self {
        Self { start: self.start.saturating_add(offset), end: self.end.saturating_add(offset) }
    }

    /// The covered part of `text`, empty if the range does not belong to it.
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Span;
    ///
    /// assert_eq!(Span::new(2, 3).slice("A|B"), "B");
    /// assert_eq!(Span::new(2, 9).slice("A|B"), "");
    /// ```
    #[must_use]
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Position of the first character: 1-based, counted in characters (filter language, section 2).
    ///
    /// # Example
    ///
    /// ```
    /// use couplet_filter::Span;
    ///
    /// // `É` takes two bytes and one place.
    /// assert_eq!(Span::new(3, 4).position("É|B"), 3);
    /// ```
    #[must_use]
    pub fn position(self, text: &str) -> u32 {
        let before = text.get(..self.start as usize).unwrap_or(text);
        Self::count(before).saturating_add(1)
    }

    /// Length in characters.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(couplet_filter::Span::new(0, 2).length("É|B"), 1);
    /// ```
    #[must_use]
    pub fn length(self, text: &str) -> u32 {
        Self::count(self.slice(text))
    }

    fn count(text: &str) -> u32 {
        u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
    }
}
