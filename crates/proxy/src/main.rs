//! The program `couplet-proxy`: reads the flags, listens, prints the address, ends on Ctrl-C.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use couplet_proxy::address::AllowedHosts;
use couplet_proxy::connections::Connections;
use couplet_proxy::token_source::NoTokens;
use couplet_proxy::{Assets, ProxyOptions, SandboxHost, StartToken, Upstream, app};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::arguments::{Arguments, Command, Opening};
use crate::end_signals::EndSignals;

mod arguments;
mod desktop;
mod end_signals;

/// How long running requests may go on after Ctrl-C.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match arguments::read(std::env::args_os()) {
        Ok(Command::Help) => print_line(arguments::HELP),
        Ok(Command::Serve(arguments)) => match serve(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
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
    tracing_subscriber::fmt()
        .with_max_level(arguments.log_level)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    // The port is taken before the demo data is made, so that a port in use is said at once.
    let address = SocketAddr::new(arguments.address, arguments.port);
    let listener = TcpListener::bind(address).await.map_err(|error| explain_bind(&error, arguments.port))?;
    let bound = listener.local_addr().context("the listener has no address")?;
    let start_token = StartToken::generate()?;
    let opening = format!("http://{bound}/api/session/open?token={}", start_token.reveal());
    let router = app(proxy_options(arguments, start_token)?);
    // Before the address is printed: who reads it may ask for the end at once.
    let signals = EndSignals::listen().context("cannot listen for Ctrl-C")?;
    print_line(&format!("Couplet is ready: {opening}"));
    if arguments.opening == Opening::InBrowser {
        desktop::open(&opening);
    }

    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        signals.wait().await;
        // The receivers below see the channel close.
        drop(stop);
    });
    let mut begin = stopped.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _ = begin.changed().await;
    });
    let mut deadline = stopped;
    tokio::select! {
        result = serving => result.context("serving failed"),
        () = async { let _ = deadline.changed().await; tokio::time::sleep(SHUTDOWN_GRACE).await } => Ok(()),
    }
}

fn proxy_options(arguments: &Arguments, start_token: StartToken) -> anyhow::Result<ProxyOptions> {
    let allowed = AllowedHosts::new(&arguments.allowed_hosts)?;
    let mut connections = match &arguments.connections {
        Some(file) => Connections::read_file(file, &allowed)?,
        None => Connections::default(),
    };
    let sandbox = arguments.sandbox.map(SandboxHost::new);
    if let Some(sandbox) = &sandbox {
        for connection in sandbox.connections()? {
            connections.add(connection)?;
        }
    }
    let assets = match &arguments.dist {
        Some(folder) => Assets::read(folder)?,
        None => Assets::default(),
    };
    Ok(ProxyOptions {
        start_token,
        connections,
        sandbox,
        assets,
        allowed_origins: arguments.allowed_origins.clone(),
        upstream: Upstream::new(allowed)?,
        token_source: Arc::new(NoTokens),
    })
}

fn explain_bind(error: &std::io::Error, port: u16) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("port {port} is in use by another program; choose another one with --port")
        }
        _ => anyhow::anyhow!("cannot listen on port {port}: {error}; choose another one with --port"),
    }
}
