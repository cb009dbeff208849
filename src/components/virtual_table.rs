//! A table that draws only the rows in sight, however many there are. Rows have one height; the native scroll bar
//! stands for all of them.

use std::sync::Arc;

use leptos::prelude::*;
use rustc_hash::FxHashSet;

use crate::browser::page;
use crate::components::virtual_rows::{ROW_HEIGHT, Slots, VirtualRows};

/// Draws the cells of one row, given its index in the list and the record's row.
pub type DrawRow = Arc<dyn Fn(usize, u32) -> AnyView + Send + Sync>;

/// Records that a person chose for what is done next, by their rows.
pub type Marked = RwSignal<FxHashSet<u32>>;

/// A cell of one line of text; the whole of it shows when the pointer rests on it.
pub fn text_cell(words: String) -> AnyView {
    let title = words.clone();
    view! { <td title=title>{words}</td> }.into_any()
}

/// What a row key does to the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    By(isize),
    First,
    Last,
}

/// The table. The caller draws head and cells; rows are chosen with the pointer, the arrow keys, Home and End. Where rows
/// can be marked, Space marks the chosen one, Shift with an arrow key the one left too, and Ctrl+A all listed.
#[component]
pub fn VirtualTable(
    /// Name of the table for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// Records to list, in order.
    #[prop(into)]
    rows: Signal<Arc<Vec<u32>>>,
    /// The chosen record.
    selected: RwSignal<Option<u32>>,
    /// The head's cells.
    #[prop(into)]
    head: ViewFn,
    /// The row's cells; read again whenever it changes.
    #[prop(into)]
    draw: Signal<DrawRow>,
    /// Rows that are marked; without it none can be.
    #[prop(optional)]
    marked: Option<Marked>,
) -> impl IntoView {
    let scroll_top = RwSignal::new(0.0_f64);
    let height = RwSignal::new(420.0_f64);
    let viewport = NodeRef::<leptos::html::Div>::new();
    let n_rows = Memo::new(move |_| rows.with(|rows| rows.len()));
    let window = Memo::new(move |_| {
        VirtualRows { n_rows: n_rows.get(), height: height.get() }.window(scroll_top.get())
    });
    let drawn = Memo::new(move |_| window.with(|window| (window.first, window.end)));
    let slots = Memo::new(move |before: Option<&Slots>| {
        let (first, end) = drawn.get();
        before.cloned().unwrap_or_default().moved_to(first, end - first)
    });
    let on_scroll = move |_| {
        if let Some(element) = viewport.get_untracked() {
            scroll_top.set(f64::from(element.scroll_top()));
            height.set(f64::from(element.client_height()));
        }
    };
    let choose = move |step: Move| {
        let chosen = rows.with_untracked(|rows| {
            let last = rows.len().checked_sub(1)?;
            let now = selected.get_untracked().and_then(|row| rows.iter().position(|&other| other == row));
            let index = match (step, now) {
                (Move::First, _) | (Move::By(_), None) => 0,
                (Move::Last, _) => last,
                (Move::By(step), Some(now)) => now.saturating_add_signed(step).min(last),
            };
            Some((index, rows.get(index).copied()?))
        });
        if let Some((index, row)) = chosen {
            selected.set(Some(row));
            if let Some(element) = viewport.get_untracked() {
                let list = VirtualRows {
                    n_rows: n_rows.get_untracked(),
                    height: f64::from(element.client_height()),
                };
                if let Some(top) = list.scroll_to(index, f64::from(element.scroll_top()), ROW_HEIGHT) {
                    page::scroll_to(&element, top);
                }
            }
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if let Some(marked) = marked
            && mark_by_key(&event, marked, rows, selected.get_untracked())
        {
            event.prevent_default();
            return;
        }
        let page = (height.get_untracked() / ROW_HEIGHT) as isize - 1;
        let step = match event.key().as_str() {
            "ArrowDown" => Move::By(1),
            "ArrowUp" => Move::By(-1),
            "PageDown" => Move::By(page),
            "PageUp" => Move::By(-page),
            "Home" => Move::First,
            "End" => Move::Last,
            _ => return,
        };
        event.prevent_default();
        let left = selected.get_untracked();
        choose(step);
        if let Some(marked) = marked.filter(|_| event.shift_key()) {
            marked.update(|marked| marked.extend(left.into_iter().chain(selected.get_untracked())));
        }
    };
    view! {
        <div
            class="virtual-table"
            node_ref=viewport
            tabindex="0"
            role="region"
            aria-label=label
            on:scroll=on_scroll
            on:keydown=on_key
        >
            <table class="virtual-table__table" aria-rowcount=move || (n_rows.get() + 1).to_string()>
                <thead>
                    <tr aria-rowindex="1">{move || head.run()}</tr>
                </thead>
                <tbody>
                    <tr class="virtual-table__spacer" aria-hidden="true" style:height=move || format!("{}px", window.get().above)></tr>
                    <For each=move || slots.with(|slots| slots.ids().to_vec()) key=|slot| *slot let:slot>
                        {
                            let index = Memo::new(move |_| slots.with(|slots| slots.row_of(slot)));
                            let row = Memo::new(move |_| {
                                let index = index.get()?;
                                rows.with(|rows| rows.get(index).copied()).map(|row| (index, row))
                            });
                            let record = move || row.get().map(|(_, row)| row);
                            view! {
                                <tr
                                    class="virtual-table__row"
                                    aria-rowindex=move || index.get().map(|index| (index + 2).to_string())
                                    aria-selected=move || (record().is_some() && selected.get() == record()).to_string()
                                    on:click=move |_| selected.set(untrack(record))
                                >
                                    {move || row.get().map(|(index, row)| draw.get()(index, row))}
                                </tr>
                            }
                        }
                    </For>
                    <tr
                        class="virtual-table__spacer"
                        aria-hidden="true"
                        style:height=move || format!("{}px", window.get().below)
                    ></tr>
                </tbody>
            </table>
        </div>
    }
}

/// Whether the key marked something: Space the chosen row, or no longer, Ctrl+A all listed.
fn mark_by_key(
    event: &leptos::ev::KeyboardEvent,
    marked: Marked,
    rows: Signal<Arc<Vec<u32>>>,
    selected: Option<u32>,
) -> bool {
    match event.key().as_str() {
        " " => {
            let Some(row) = selected else { return false };
            toggle(marked, row);
            true
        }
        "a" | "A" if event.ctrl_key() || event.meta_key() => {
            marked.update(|marked| marked.extend(rows.with_untracked(|rows| rows.to_vec())));
            true
        }
        _ => false,
    }
}

/// Marks a row, or no longer.
pub fn toggle(marked: Marked, row: u32) {
    marked.update(|marked| {
        if !marked.remove(&row) {
            marked.insert(row);
        }
    });
}
