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
    for flag in [
        "--port",
        "--dist",
        "--records",
        "--no-sandbox",
        "--connections",
        "--allow-host",
        "--allow-origin",
        "--data",
        "--tls-key",
        "--oidc-issuer",
        "--people",
        "--metrics",
        "rotate-key",
    ] {
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

#[cfg(unix)]
#[test]
fn a_key_is_rotated_by_a_command_and_a_foreign_store_refused() {
    use crate::harness::Folder;
    let folder = Folder::new("rotate", &[("keep", "")]);
    let data = folder.path().to_str().unwrap().to_owned();
    let rotated = program(&["rotate-key", "--data", &data]).output().unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    let key = std::fs::read(folder.path().join("couplet.key")).unwrap();
    let again = program(&["rotate-key", "--data", &data]).output().unwrap();
    assert!(again.status.success());
    assert_ne!(std::fs::read(folder.path().join("couplet.key")).unwrap(), key);

    let output = program(&["rotate-key"]).output().unwrap();
    check_failure(&output, "couplet-proxy: rotate-key needs --data, the folder of the connections");
    let mut wrong = program(&["rotate-key", "--data", &data]);
    let output = wrong.env("COUPLET_KEY", "short").env("COUPLET_NEW_KEY", "short").output().unwrap();
    let expected = "couplet-proxy: the key in COUPLET_KEY must be 32 bytes in base64, as `openssl rand -base64 32` \
                    prints them";
    check_failure(&output, expected);

    let store = folder.path().join("connections.couplet");
    std::fs::write(&store, "not ours").unwrap();
    std::fs::set_permissions(&store, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let output = program(&["--no-sandbox", "--port", "0", "--data", &data]).output().unwrap();
    let expected = format!(
        "couplet-proxy: `{}` is not a file of connections that this version can read; it was left as it is",
        store.display()
    );
    check_failure(&output, &expected);
    assert_eq!(std::fs::read(&store).unwrap(), b"not ours");
}
