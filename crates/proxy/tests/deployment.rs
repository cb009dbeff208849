//! The files of docs/deployment: their form, and that the flags they use are those of the program.

use std::process::Command;

const UNIT: &str = include_str!("../../../docs/deployment/couplet.service");
const CONTAINER: &str = include_str!("../../../docs/deployment/Containerfile");
const PAGE: &str = include_str!("../../../docs/deployment.md");

/// All words that are flags of the program.
fn flags(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.len() > 2 && word.starts_with("--")).collect()
}

#[test]
fn the_flags_exist() {
    let help = Command::new(env!("CARGO_BIN_EXE_couplet-proxy")).arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let known = flags(&help);
    let unit = UNIT.split("ExecStart=").nth(1).unwrap().split("\nUser=").next().unwrap();
    let container = CONTAINER.split("ENTRYPOINT").nth(1).unwrap();
    let page = PAGE.split("```").nth(1).unwrap();
    for (name, text) in [("couplet.service", unit), ("Containerfile", container), ("deployment.md", page)] {
        let used = flags(text);
        assert!(used.len() > 4, "{name} uses no flags");
        for flag in used {
            assert!(known.contains(&flag), "{name}: {flag}");
        }
    }
}

#[test]
fn the_unit_has_sections_and_assignments() {
    let joined = UNIT.replace("\\\n", " ");
    let sections: Vec<&str> = joined.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(sections, ["[Unit]", "[Service]", "[Install]"]);
    for line in joined.lines().filter(|line| !line.is_empty() && !line.starts_with('[')) {
        let (key, _) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{line}");
    }
    for hardening in ["NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077", "User=couplet"] {
        assert!(joined.lines().any(|line| line == hardening), "{hardening}");
    }
}

#[test]
fn the_container_runs_as_nobody_in_particular() {
    let joined = CONTAINER.replace("\\\n", " ");
    let known = ["FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"];
    let lines: Vec<&str> = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        let instruction = line.split(' ').next().unwrap();
        assert!(known.contains(&instruction), "{line}");
    }
    let user = lines.iter().position(|line| line.starts_with("USER ")).unwrap();
    let entry = lines.iter().position(|line| line.starts_with("ENTRYPOINT ")).unwrap();
    assert!(user < entry && lines[user] == "USER 10001");
    let command: Vec<String> = serde_json::from_str(lines[entry].trim_start_matches("ENTRYPOINT ")).unwrap();
    assert_eq!(command[0], "couplet-proxy");
}
