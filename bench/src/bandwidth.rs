//! How fast wasm reads memory on this machine: a sum over a buffer, four vectors of 128 bits at a time.

use wasm_bindgen::prelude::wasm_bindgen;

/// Words that are added side by side: four vectors of two.
const LANES: usize = 8;

/// A buffer to be read.
#[wasm_bindgen]
pub struct Memory {
    words: Vec<u64>,
}

#[wasm_bindgen]
impl Memory {
    /// A buffer of that many bytes, every word written once so that the memory is really there.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(n_bytes: usize) -> Memory {
        Memory { words: (1..).take(n_bytes / size_of::<u64>()).collect() }
    }

    /// The sum of all words; the compiler makes `i64x2.add` of it.
    #[must_use]
    pub fn sum(&self) -> f64 {
        let mut lanes = [0_u64; LANES];
        for chunk in self.words.chunks_exact(LANES) {
            lanes.iter_mut().zip(chunk).for_each(|(lane, word)| *lane = lane.wrapping_add(*word));
        }
        lanes.iter().fold(0_u64, |sum, lane| sum.wrapping_add(*lane)) as f64
    }
}
