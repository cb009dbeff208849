//! The program `couplet-proxy`: reads the flags, listens, prints the address, ends on Ctrl-C.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use couplet_proxy::address::AllowedHosts;
use couplet_proxy::connections::{Connections, Environment};
use couplet_proxy::server::{self, Tls};
use couplet_proxy::store::{KeySource, Store, read_private_text, rotate_key};
use couplet_proxy::{
    Assets, Clock, People, ProxyOptions, SandboxHost, Site, StartToken, Transport, Upstream, app,
};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::arguments::{Arguments, Command, LogFormat, Opening, SharedArguments, StoreArguments};
use crate::end_signals::EndSignals;

mod arguments;
mod desktop;
mod end_signals;

/// How long running requests may go on after Ctrl-C.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// The key of the store, if it is not in a file.
const KEY_VARIABLE: &str = "COUPLET_KEY";
/// The key that takes its place.
const NEW_KEY_VARIABLE: &str = "COUPLET_NEW_KEY";
/// Name of the key's file in the folder of the connections.
const KEY_FILE: &str = "couplet.key";

fn main() -> ExitCode {
    let outcome = match arguments::read(std::env::args_os()) {
        Ok(Command::Help) => return print_line(arguments::HELP),
        Ok(Command::Serve(arguments)) => serve(&arguments),
        Ok(Command::RotateKey(arguments)) => rotate(&arguments),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // Nothing is left to do when even the error stream is closed.
    let _ = writeln!(std::io::stderr(), "couplet-proxy: {error:#}");
    ExitCode::FAILURE
}

fn print_line(line: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[tokio::main]
async fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let log = tracing_subscriber::fmt()
        .with_max_level(arguments.log_level)
        .with_writer(std::io::stderr)
        .with_target(false);
    match arguments.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    // The port is taken before the demo data is made, so that a port in use is said at once.
    let address = SocketAddr::new(arguments.address, arguments.port);
    let listener = TcpListener::bind(address).await.map_err(|error| explain_bind(&error, arguments.port))?;
    let bound = listener.local_addr().context("the listener has no address")?;
    let tls = tls(&arguments.shared)?;
    let mut options = proxy_options(arguments)?;
    let base = match (&arguments.shared.public_url, &tls) {
        (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
        (None, Some(_)) => format!("https://{bound}"),
        (None, None) => format!("http://{bound}"),
    };
    let opening = match &options.people {
        // Where people sign in, no address opens a session by itself.
        Some(_) => format!("{base}/api/session/sign-in"),
        None => {
            let token = StartToken::generate()?;
            let opening = format!("{base}/api/session/open?token={}", token.reveal());
            options.start_token = Some(token);
            opening
        }
    };
    // Before the address is printed: who reads it may ask for the end at once.
    let signals = EndSignals::listen().context("cannot listen for Ctrl-C")?;
    print_line(&format!("Couplet is ready: {opening}"));
    if arguments.opening == Opening::InBrowser {
        desktop::open(&opening);
    }
    server::serve(listener, tls, app(options), signals.wait(), SHUTDOWN_GRACE).await;
    Ok(())
}

fn proxy_options(arguments: &Arguments) -> anyhow::Result<ProxyOptions> {
    let clock = Clock::system();
    let allowed = AllowedHosts::new(&arguments.allowed_hosts)?;
    let sandbox = arguments.sandbox.map(|size| SandboxHost::new(size, &clock));
    let connections = Connections::new(Environment {
        allowed: allowed.clone(),
        sandbox: sandbox.as_ref().map(SandboxHost::base_urls).transpose()?.unwrap_or_default(),
        identity_provider: arguments.identity_provider.clone(),
    });
    if let Some(file) = &arguments.connections {
        connections.add_file(file)?;
    }
    for (id, settings) in sandbox.iter().flat_map(SandboxHost::connections) {
        connections.add_fixed(id, settings)?;
    }
    if let Some(folder) = &arguments.store.data {
        connections.keep_in(Store::open(folder, &key_source(folder, &arguments.store))?)?;
    }
    let assets = match &arguments.dist {
        Some(folder) => Assets::read(folder)?,
        None => Assets::default(),
    };
    let shared = &arguments.shared;
    let transport = match shared.tls_certificate {
        Some(_) => Transport::Encrypted,
        None => Transport::Plain,
    };
    Ok(ProxyOptions {
        start_token: None,
        connections,
        sandbox,
        assets,
        allowed_origins: arguments.allowed_origins.clone(),
        upstream: Upstream::new(allowed)?,
        site: Site::new(shared.public_url.clone(), transport),
        people: people(shared)?,
        metrics_route: arguments.metrics_route,
        clock,
    })
}

/// Who may use a shared installation; nobody is asked when no list is given.
fn people(shared: &SharedArguments) -> anyhow::Result<Option<People>> {
    let (Some(issuer), Some(client_id), Some(list)) =
        (&shared.oidc_issuer, &shared.oidc_client_id, &shared.people)
    else {
        return Ok(None);
    };
    let list = std::fs::read_to_string(list).with_context(|| format!("cannot read `{}`", list.display()))?;
    let secret = match &shared.oidc_secret_file {
        Some(file) => Some(SecretString::from(read_private_text(file)?.trim())),
        None => None,
    };
    Ok(Some(People::new(issuer.clone(), client_id.clone(), secret, &list)?))
}

fn tls(shared: &SharedArguments) -> anyhow::Result<Option<Tls>> {
    match (&shared.tls_certificate, &shared.tls_key) {
        (Some(certificate), Some(key)) => Ok(Some(Tls::read(certificate, key)?)),
        _ => Ok(None),
    }
}

/// Where the key of the store is: in the environment, or in a file.
fn key_source(folder: &Path, arguments: &StoreArguments) -> KeySource {
    let file = || arguments.key_file.clone().unwrap_or_else(|| folder.join(KEY_FILE));
    of_environment(KEY_VARIABLE).unwrap_or_else(|| KeySource::File(file()))
}

fn of_environment(name: &str) -> Option<KeySource> {
    let text = std::env::var(name).ok()?;
    Some(KeySource::Text { name: name.to_owned(), text: text.into() })
}

/// `couplet-proxy rotate-key --data DIR`.
fn rotate(arguments: &StoreArguments) -> anyhow::Result<()> {
    let Some(folder): Option<&PathBuf> = arguments.data.as_ref() else {
        bail!("rotate-key needs --data, the folder of the connections");
    };
    let source = key_source(folder, arguments);
    let next = of_environment(NEW_KEY_VARIABLE);
    if matches!(source, KeySource::Text { .. }) && next.is_none() {
        bail!("the key is in {KEY_VARIABLE}: give the one that follows it in {NEW_KEY_VARIABLE}");
    }
    if matches!(source, KeySource::File(_)) && next.is_some() {
        bail!(
            "the key is in a file, where the new one is made: {NEW_KEY_VARIABLE} is for keys of {KEY_VARIABLE}"
        );
    }
    rotate_key(folder, &source, next.as_ref())?;
    print_line("The connections are encrypted with the new key.");
    Ok(())
}

fn explain_bind(error: &std::io::Error, port: u16) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("port {port} is in use by another program; choose another one with --port")
        }
        _ => anyhow::anyhow!("cannot listen on port {port}: {error}; choose another one with --port"),
    }
}
