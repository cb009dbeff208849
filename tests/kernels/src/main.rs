//! The comparison as a program: its exit code is 0, or the number of the comparison that failed. There is no output on
//! wasm32-unknown-unknown, and none is needed.

use std::process::ExitCode;

fn main() -> ExitCode {
    match couplet_kernel_check::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(difference) => ExitCode::from(difference.number),
    }
}
