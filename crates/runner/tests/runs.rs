//! The runner as a scheduler calls it, against the sandbox over HTTP on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use couplet_engine::default_setup::build;
use couplet_engine::{Company, Configuration, OwnershipModel};
use couplet_sandbox::{Delivery, Request, Sandbox, SandboxOptions, System};
use couplet_workspace::{KeptOfWorkspace, write_workspace};
use serde_json::Value;

const BUSINESS_CENTRAL: &str = "/bc";

/// Both systems behind one address, and a directory with a workspace file.
struct Site {
    origin: String,
    sandbox: Arc<Sandbox>,
    directory: PathBuf,
}

impl Site {
    fn new(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = Arc::new(Sandbox::new(SandboxOptions {
            customers: 20,
            business_central_base_url: format!("{origin}{BUSINESS_CENTRAL}"),
            dataverse_base_url: origin.clone(),
            ..SandboxOptions::default()
        }));
        let served = sandbox.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (connection, sandbox) = (connection.unwrap(), served.clone());
                std::thread::spawn(move || serve(&connection, &sandbox));
            }
        });
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let site = Site { origin, sandbox, directory };
        site.write_workspace();
        site
    }

    /// The row of the company has an id of its own: the filters of the default setup name it.
    fn company(&self) -> Company {
        let request = Request {
            method: "GET",
            path: "/api/data/v9.2/bcbi_companies",
            query: "",
            headers: &[],
            body: &[],
        };
        let answer: Value =
            serde_json::from_slice(&self.sandbox.handle(System::Dataverse, &request).body).unwrap();
        let rows = answer["value"].as_array().unwrap();
        let row = rows.iter().find(|row| row["bcbi_name"] == "CRONUS Demo SA").unwrap();
        Company {
            id: row["bcbi_companyid"].as_str().unwrap().parse().unwrap(),
            name: row["bcbi_name"].as_str().unwrap().to_owned(),
        }
    }

    fn write_workspace(&self) {
        let setup = build(OwnershipModel::Team, Some(&self.company()));
        let configuration = Configuration {
            ownership_model: OwnershipModel::Team,
            mappings: setup.mappings,
            job_queue_entries: setup.job_queue_entries,
            ..Configuration::default()
        };
        let text = write_workspace(&configuration, &[], &KeptOfWorkspace::default(), 0).unwrap();
        std::fs::write(self.directory.join("workspace.json"), text).unwrap();
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_couplet-runner"));
        let file = |name: &str| self.directory.join(name).display().to_string();
        command.args(["--workspace", &file("workspace.json"), "--state", &file("state")]);
        command.args(["--connection", &format!("business-central={}{BUSINESS_CENTRAL}", self.origin)]);
        command.args(["--connection", &format!("dataverse={}", self.origin)]).args(more);
        command
    }

    fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    #[track_caller]
    fn report(&self, more: &[&str], exit_code: i32) -> Value {
        let output = self.run(more);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(exit_code),
            "{told}{}",
            String::from_utf8_lossy(&output.stdout)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn n_accounts(&self) -> usize {
        let request =
            Request { method: "GET", path: "/api/data/v9.2/accounts", query: "", headers: &[], body: &[] };
        let answer: Value =
            serde_json::from_slice(&self.sandbox.handle(System::Dataverse, &request).body).unwrap();
        answer["value"].as_array().unwrap().len()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Answers the requests of one connection, one after the other, until it is closed.
fn serve(connection: &TcpStream, sandbox: &Sandbox) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut writer = connection.try_clone().ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n_bytes| *n_bytes > 0)?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers: Vec<(String, String)> = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (system, path) = match path.strip_prefix(BUSINESS_CENTRAL) {
            Some(path) => (System::BusinessCentral, path),
            None => (System::Dataverse, path),
        };
        let request = Request { method: &method, path, query, headers: &headers, body: &body };
        let answer = sandbox.handle(system, &request);
        if answer.delivery != Delivery::Whole {
            return None;
        }
        let mut head =
            format!("HTTP/1.1 {} told\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        writer.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        writer.write_all(&answer.body).ok()?;
    }
}

#[track_caller]
fn of<'r>(report: &'r Value, mapping: &str) -> &'r Value {
    let mappings = report["mappings"].as_array().unwrap();
    mappings.iter().find(|it| it["mapping"] == mapping).unwrap_or_else(|| panic!("{mapping} in {report}"))
}

#[test]
fn a_dry_run_writes_nothing_and_a_run_is_remembered() {
    let site = Site::new("runs");
    let n_before = site.n_accounts();
    let base = ["--full", "--json"];
    let lookups = ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"];
    for mapping in lookups {
        site.report(&[&base[..], &["--mapping", mapping]].concat(), 0);
    }
    let dry = site.report(&[&base[..], &["--mapping", "CUSTOMER", "--dry-run"]].concat(), 1);
    let n_planned = of(&dry, "CUSTOMER")["inserted"].as_u64().unwrap();
    assert!(n_planned > 0);
    assert_eq!(site.n_accounts(), n_before);
    // Some demo accounts hold choices that nobody coupled: those records fail, and the exit code says so.
    let ran = site.report(&[&base[..], &["--mapping", "CUSTOMER"]].concat(), 1);
    assert_eq!(of(&ran, "CUSTOMER")["inserted"].as_u64(), Some(n_planned));
    assert!(site.n_accounts() > n_before);
    // Another process finds the couplings and watermarks, and has nothing to do.
    let again = site.report(&["--json"], 0);
    assert_eq!(of(&again, "CUSTOMER")["inserted"], 0);
    let order: Vec<&str> =
        again["mappings"].as_array().unwrap().iter().map(|it| it["mapping"].as_str().unwrap()).collect();
    let at = |name: &str| order.iter().position(|it| *it == name).unwrap();
    assert!(at("CURRENCY") < at("CUSTOMER") && at("CUSTOMER") < at("CONTACT"), "{order:?}");
}

#[test]
fn records_are_coupled_by_criteria() {
    let site = Site::new("match");
    let dry = site.report(&["--json", "--match", "--dry-run"], 0);
    let n_planned = of(&dry, "CURRENCY")["coupled"].as_u64().unwrap();
    assert!(n_planned > 0);
    assert_eq!(
        dry["mappings"].as_array().unwrap().len(),
        1,
        "only currencies have criteria in the standard setup"
    );
    let matched = site.report(&["--json", "--match"], 0);
    assert_eq!(of(&matched, "CURRENCY")["coupled"].as_u64(), Some(n_planned));
    assert!(of(&matched, "CURRENCY")["inserted"].as_u64().unwrap() > 0, "what the mapping wants after it");
    let again = site.report(&["--json", "--match"], 0);
    assert_eq!(of(&again, "CURRENCY")["coupled"], 0);
}

#[test]
fn one_run_at_a_time_holds_the_state() {
    let site = Site::new("lease");
    let held = couplet_runner::FileStore::open(&site.directory.join("state")).unwrap();
    assert_eq!(site.run(&["--mapping", "CURRENCY"]).status.code(), Some(4));
    drop(held);
    assert_eq!(site.run(&["--mapping", "CURRENCY"]).status.code(), Some(0));
}

#[test]
fn what_is_kept_of_one_pair_of_systems_is_not_used_for_another() {
    let (first, second) = (Site::new("first-pair"), Site::new("second-pair"));
    let run = ["--json", "--mapping", "CURRENCY"];
    first.report(&run, 0);
    let state = first.directory.join("state").display().to_string();
    let of_first = [&run[..], &["--state", &state]].concat();
    let refused = second.run(&of_first);
    assert_eq!(refused.status.code(), Some(3));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains(&first.origin) && told.contains(&second.origin), "{told}");
    let taken = second.run(&[&of_first[..], &["--take-over-pair", "--dry-run"]].concat());
    assert_ne!(taken.status.code(), Some(3), "a person said so");
    assert_eq!(first.run(&run).status.code(), Some(3), "now it is kept of the other one");
}

#[test]
fn what_cannot_run_is_told_by_the_exit_code() {
    let site = Site::new("codes");
    assert_eq!(site.run(&["--mapping", "NOBODY"]).status.code(), Some(3));
    assert_eq!(site.run(&["--fast"]).status.code(), Some(2));
    assert_eq!(site.run(&["--help"]).status.code(), Some(0));
    std::fs::write(site.directory.join("workspace.json"), "{}").unwrap();
    assert_eq!(site.run(&[]).status.code(), Some(3));
}
