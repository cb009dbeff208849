//! Couplet's side of the benchmark page: the crates of the app behind a few functions that JavaScript calls. Nothing
//! here decides what is measured or how often; that is the page's business (`page/`).

mod bandwidth;
mod editing;
mod peer;
mod query;
mod schema;
mod table;

pub use bandwidth::Memory;
pub use editing::Editing;
pub use peer::deserialize_page;
pub use query::Bound;
pub use table::{Table, receive_page};

use wasm_bindgen::prelude::wasm_bindgen;

/// Shows a panic on the console instead of `unreachable`.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Adds one value to a checksum that depends on the order of what is added.
fn add_to_checksum(sum: u32, value: u32) -> u32 {
    sum.wrapping_mul(31).wrapping_add(value)
}
