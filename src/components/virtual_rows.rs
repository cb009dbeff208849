//! Where rows lie in a list that is longer than a browser can make an element. Up to that length a pixel of the scroll
//! bar is a pixel of the list; beyond it the scroll bar's way stands for the whole list, in proportion.

/// Height of a row in pixels; the style sheet uses the same number.
pub(super) const ROW_HEIGHT: f64 = 33.0;
/// Longest element in pixels: well below what Chromium (33.5 million) and Firefox (17.8 million) draw.
const MAX_LENGTH: f64 = 15_000_000.0;
/// Rows drawn beyond the visible ones, above and below.
const MARGIN: usize = 4;

/// A list in a viewport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct VirtualRows {
    /// Rows in the list.
    pub(super) n_rows: usize,
    /// Height of the viewport in pixels.
    pub(super) height: f64,
}

/// The rows that are drawn, and the room above and below them in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) above: f64,
    pub(super) below: f64,
}

/// Elements that rows are drawn in, in their order on the page. A row that stays in sight keeps its element; after a
/// jump every element stays where it is and shows another row, because making elements is what takes longest.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Slots {
    first: usize,
    ids: Vec<usize>,
}

impl Slots {
    /// The elements when `n_rows` rows from `first` on are drawn.
    pub(super) fn moved_to(mut self, first: usize, n_rows: usize) -> Self {
        let (ahead, back) = (first.saturating_sub(self.first), self.first.saturating_sub(first));
        if ahead < self.ids.len() && back < self.ids.len() {
            self.ids.rotate_left(ahead);
            self.ids.rotate_right(back);
        }
        let n_before = self.ids.len();
        // Of those that are too many the last go; new ones get numbers that no other has.
        self.ids.truncate(n_rows);
        let unused = (0..).filter(|id| !self.ids.contains(id)).take(n_rows.saturating_sub(n_before));
        let unused: Vec<usize> = unused.collect();
        self.ids.extend(unused);
        self.first = first;
        self
    }

    /// Numbers of the elements.
    pub(super) fn ids(&self) -> &[usize] {
        &self.ids
    }

    /// Index in the list of the row that an element shows.
    pub(super) fn row_of(&self, id: usize) -> Option<usize> {
        self.ids.iter().position(|other| *other == id).map(|place| self.first + place)
    }
}

impl VirtualRows {
    fn list_length(self) -> f64 {
        self.n_rows as f64 * ROW_HEIGHT
    }

    fn element_length(self) -> f64 {
        self.list_length().min(MAX_LENGTH)
    }

    /// Pixels of the list for a pixel of the scroll bar.
    fn scale(self) -> f64 {
        let way = self.element_length() - self.height;
        if way > 0.0 { ((self.list_length() - self.height) / way).max(1.0) } else { 1.0 }
    }

    /// What is drawn when the scroll bar stands at `scroll_top`.
    pub(super) fn window(self, scroll_top: f64) -> Window {
        let top = scroll_top * self.scale();
        let first = ((top / ROW_HEIGHT) as usize).saturating_sub(MARGIN).min(self.n_rows.saturating_sub(1));
        let n_visible = (self.height / ROW_HEIGHT) as usize + 2 + 2 * MARGIN;
        let end = (first + n_visible).min(self.n_rows);
        let above = (scroll_top - (top - first as f64 * ROW_HEIGHT)).max(0.0);
        let drawn = (end - first) as f64 * ROW_HEIGHT;
        Window { first, end, above, below: (self.element_length() - above - drawn).max(0.0) }
    }

    /// Where the scroll bar has to stand for a row to be in sight, if it is not: `scroll_top` is where it stands,
    /// `head` the height of what covers the viewport's top.
    pub(super) fn scroll_to(self, row: usize, scroll_top: f64, head: f64) -> Option<f64> {
        let scale = self.scale();
        let (top, row_top) = (scroll_top * scale, row as f64 * ROW_HEIGHT);
        let bottom = top + self.height - head;
        if row_top < top {
            Some(row_top / scale)
        } else if row_top + ROW_HEIGHT > bottom {
            Some((row_top + ROW_HEIGHT + head - self.height) / scale)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: VirtualRows = VirtualRows { n_rows: 1_000, height: 420.0 };
    const LONG: VirtualRows = VirtualRows { n_rows: 1_070_000, height: 420.0 };

    #[test]
    fn a_short_list_lies_as_it_is() {
        let window = SHORT.window(3_300.0);
        assert_eq!((window.first, window.above), (96, 96.0 * ROW_HEIGHT));
        let drawn = (window.end - window.first) as f64 * ROW_HEIGHT;
        assert_eq!(window.above + drawn + window.below, 33_000.0);
    }

    #[test]
    fn a_row_keeps_its_element_and_a_jump_keeps_them_all() {
        let start = Slots::default().moved_to(10, 5);
        assert_eq!(start.ids(), [0, 1, 2, 3, 4]);
        let further = start.clone().moved_to(12, 5);
        assert_eq!(further.ids(), [2, 3, 4, 0, 1]);
        assert_eq!((further.row_of(4), further.row_of(0)), (Some(14), Some(15)));
        assert_eq!(further.clone().moved_to(10, 5), start);
        assert_eq!(further.clone().moved_to(900, 5).ids(), further.ids());
        let fewer = further.moved_to(13, 3);
        assert_eq!(fewer.ids(), [3, 4, 0]);
        assert_eq!(fewer.moved_to(13, 5).ids(), [3, 4, 0, 1, 2]);
    }

    #[test]
    fn the_ends_of_a_long_list_are_reached() {
        assert_eq!(LONG.window(0.0).first, 0);
        let window = LONG.window(MAX_LENGTH - LONG.height);
        assert_eq!(window.end, LONG.n_rows);
        let drawn = (window.end - window.first) as f64 * ROW_HEIGHT;
        assert!((window.above + drawn - MAX_LENGTH).abs() < 1.0, "{window:?}");
    }

    #[test]
    fn what_is_drawn_covers_the_viewport_wherever_the_scroll_bar_stands() {
        for rows in [SHORT, LONG] {
            let way = rows.element_length() - rows.height;
            for step in 0..=1_000 {
                let scroll_top = way * f64::from(step) / 1_000.0;
                let window = rows.window(scroll_top);
                let drawn = (window.end - window.first) as f64 * ROW_HEIGHT;
                assert!(window.above <= scroll_top + 0.1, "{rows:?} {scroll_top} {window:?}");
                assert!(
                    window.above + drawn >= scroll_top + rows.height - 0.1,
                    "{rows:?} {scroll_top} {window:?}"
                );
            }
        }
    }

    #[test]
    fn a_row_is_brought_into_sight() {
        for rows in [SHORT, LONG] {
            for row in [0, 1, 500, rows.n_rows / 2, rows.n_rows - 1] {
                let scroll_top = rows.scroll_to(row, 100_000.0, 33.0).unwrap_or(100_000.0);
                let again = rows.scroll_to(row, scroll_top, 33.0);
                assert!(again.is_none_or(|it| (it - scroll_top).abs() < 0.1), "{row} {again:?}");
                let window = rows.window(scroll_top);
                assert!((window.first..window.end).contains(&row), "{row} {window:?}");
            }
        }
    }
}
