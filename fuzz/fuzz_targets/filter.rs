//! Fuzzes reading a filter; the body is that of the property test.
#![no_main]

#[expect(dead_code, reason = "each target runs one of the bodies")]
#[path = "../../crates/filter/tests/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|text: &str| bodies::check_filter(text));
