//! The program: flags in, a report out, and an exit code that a scheduler understands.

use std::process::ExitCode;

use couplet_runner::{Command, HELP, OpenError, arguments, run};

/// Wrong usage.
const USAGE: u8 = 2;
/// Could not run.
const BROKEN: u8 = 3;
/// Another run holds the state.
const HELD: u8 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            print(HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(arguments)) => arguments,
        Err(error) => {
            eprintln!("error: {error}\n\n{HELP}");
            return ExitCode::from(USAGE);
        }
    };
    match run(&arguments).await {
        Ok(report) => {
            print(&report.print(arguments.format));
            ExitCode::from(report.exit_code())
        }
        Err(error) => {
            eprintln!("error: {error}");
            let is_held = matches!(error.downcast_ref(), Some(OpenError::Held));
            ExitCode::from(if is_held { HELD } else { BROKEN })
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn print(text: &str) {
    println!("{text}");
}
