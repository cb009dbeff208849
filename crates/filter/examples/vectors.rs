//! Evaluates a file of filter vectors, the schema of `filter-vectors.json`: prints each failure, and a line with
//! the totals at the end. Exit code 1 if any failed.

use std::process::ExitCode;

#[path = "../tests/vectors/mod.rs"]
mod vectors;

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        println!("usage: vectors FILE.json");
        return ExitCode::from(2);
    };
    let outcome = std::fs::read_to_string(&path)
        .map_err(|error| format!("{path}: {error}"))
        .and_then(|text| vectors::run(&text).map_err(|error| format!("{path}: {error}")));
    let report = match outcome {
        Ok(report) => report,
        Err(reason) => {
            println!("{reason}");
            return ExitCode::from(2);
        }
    };
    for failure in &report.failures {
        println!("{failure}");
    }
    println!("{} passed, {} failed", report.n_passed, report.failures.len());
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
