//! The program as the terminal sees it: what it prints, how it fails, how it ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

fn program(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_couplet-proxy"));
    command.args(flags);
    command
}

#[track_caller]
fn check_failure(output: &Output, expected: &str) {
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), expected);
}

#[test]
fn a_port_in_use_is_named_with_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = program(&["--no-sandbox", "--port", &port.to_string()]).output().unwrap();
    let expected =
        format!("couplet-proxy: port {port} is in use by another program; choose another one with --port");
    check_failure(&output, &expected);
}

#[test]
fn a_folder_without_the_app_is_refused() {
    let output = program(&["--no-sandbox", "--port", "0", "--dist", "src"]).output().unwrap();
    check_failure(&output, "couplet-proxy: `src` holds no index.html: it is not a built app");
}

#[test]
fn help_lists_the_flags() {
    let output = program(&["--help"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for flag in
        ["--port", "--dist", "--records", "--no-sandbox", "--connections", "--allow-host", "--allow-origin"]
    {
        assert!(text.contains(flag), "{flag}");
    }
}

#[cfg(unix)]
#[test]
fn it_prints_the_address_and_ends_well_when_asked_to() {
    for signal in ["-INT", "-TERM"] {
        let mut child = program(&["--no-sandbox", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Couplet is ready: ").unwrap();
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        assert!(address.contains("/api/session/open?token="), "{address}");
        let asked = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}
