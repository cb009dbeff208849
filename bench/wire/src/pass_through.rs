//! How fast long answers pass through the proxy, beside a plain reverse proxy made of hyper as its examples make one,
//! and beside no proxy at all. Service, proxies and client share the machine, so what a proxy costs is seen best where
//! nothing else does: in the time beyond that of no proxy.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::proxy::{Proxy, agent};

/// Bytes of one answer.
const BODY_BYTES: usize = 5 * 1024 * 1024;
/// How often each contender is measured; they take turns.
const ROUNDS: usize = 9;
/// Answers of one round.
const REQUESTS: usize = 48;
/// Clients at once in the second half of a round.
const CLIENTS: usize = 8;

/// Milliseconds of each round.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Times {
    couplet: Vec<f64>,
    plain: Vec<f64>,
    none: Vec<f64>,
}

/// What was measured.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    body_bytes: usize,
    rounds: usize,
    requests: usize,
    clients: usize,
    /// One request after the other.
    one: Times,
    /// Several at once.
    several: Times,
}

/// Where answers come from, and the session it takes.
struct Contender<'a> {
    address: String,
    cookie: &'a str,
}

/// Measures all contenders in turns.
///
/// # Errors
/// When one does not start, or gives another number of bytes.
pub(crate) fn measure(program: &Path) -> anyhow::Result<Measured> {
    let service = service()?;
    let (proxy, _file) = couplet(program, &service)?;
    let plain = Plain::start(&service)?;
    let contenders = [
        Contender { address: proxy.address("/api/systems/long/api/data/x"), cookie: proxy.cookie() },
        Contender { address: format!("http://{}/x", plain.address), cookie: "" },
        Contender { address: format!("http://{service}/x"), cookie: "" },
    ];
    let (mut one, mut several) = (Times::default(), Times::default());
    let agent = agent();
    for round in 0..=ROUNDS {
        for turn in 0..contenders.len() {
            // Another begins each time; the first round only warms up.
            let number = (turn + round) % contenders.len();
            let Some(contender) = contenders.get(number) else { continue };
            let alone = time(&agent, contender, 1)?;
            let together = time(&agent, contender, CLIENTS)?;
            if round > 0 {
                one.add(number, alone);
                several.add(number, together);
            }
        }
    }
    Ok(Measured {
        body_bytes: BODY_BYTES,
        rounds: ROUNDS,
        requests: REQUESTS,
        clients: CLIENTS,
        one,
        several,
    })
}

impl Times {
    fn add(&mut self, contender: usize, time: Duration) {
        let samples = match contender {
            0 => &mut self.couplet,
            1 => &mut self.plain,
            _ => &mut self.none,
        };
        samples.push(time.as_secs_f64() * 1_000.0);
    }
}

/// The time of a round of requests by so many clients.
fn time(agent: &ureq::Agent, contender: &Contender<'_>, n_clients: usize) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let client = || (0..REQUESTS / n_clients).try_for_each(|_| drain(agent, contender));
        let clients: Vec<_> = (0..n_clients).map(|_| scope.spawn(client)).collect();
        clients.into_iter().try_for_each(|client| match client.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!("a client panicked"),
        })
    })?;
    Ok(begun.elapsed())
}

/// Reads one answer to its end.
fn drain(agent: &ureq::Agent, contender: &Contender<'_>) -> anyhow::Result<()> {
    let mut answer = agent.get(&contender.address).header("Cookie", contender.cookie).call()?;
    let mut reader = answer.body_mut().with_config().limit(u64::MAX).reader();
    let mut piece = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        match reader.read(&mut piece)? {
            0 => break,
            n => length += n,
        }
    }
    if length != BODY_BYTES {
        bail!("{} gave {length} bytes instead of {BODY_BYTES}", contender.address);
    }
    Ok(())
}

/// Couplet's proxy with a connection to the service; the file lasts as long as the second value.
fn couplet(program: &Path, service: &str) -> anyhow::Result<(Proxy, TemporaryFile)> {
    let connection = serde_json::json!({ "connections": [{
        "id": "long", "system": "dataverse", "name": "Long answers", "baseUrl": format!("http://{service}"),
    }] });
    let path = std::env::temp_dir().join(format!("couplet-bench-{}.json", std::process::id()));
    std::fs::write(&path, connection.to_string())?;
    let file = TemporaryFile(path);
    let path = file.0.to_str().context("the temporary folder has no readable name")?;
    let proxy =
        Proxy::start_with(program, &["--no-sandbox", "--connections", path, "--allow-host", service])?;
    Ok((proxy, file))
}

struct TemporaryFile(std::path::PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // A small file in the temporary folder is all that could stay behind.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The plain reverse proxy as a program of its own, like Couplet's; it ends with this value.
struct Plain {
    child: Child,
    address: String,
}

impl Plain {
    fn start(service: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["", "reverse-proxy", service])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("the plain proxy has no output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().to_owned() })
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // Nothing can be done about a program that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A service of long answers in this process; gives its address.
fn service() -> anyhow::Result<String> {
    let body = Bytes::from(vec![b'x'; BODY_BYTES]);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || -> anyhow::Result<()> {
        runtime()?.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            send.send(listener.local_addr()?.to_string())?;
            loop {
                let (stream, _) = listener.accept().await?;
                let body = body.clone();
                let answer = service_fn(move |_: Request<Incoming>| {
                    let response = Response::new(Full::new(body.clone()));
                    std::future::ready(Ok::<_, Infallible>(response))
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        })
    });
    receive.recv_timeout(Duration::from_secs(10)).context("the service does not start")
}

/// Serves as a plain reverse proxy before a service, and prints its own address first.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn reverse_proxy(service: &str) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let client: Client<HttpConnector, Incoming> = Client::builder(TokioExecutor::new()).build_http();
        loop {
            let (stream, _) = listener.accept().await?;
            let (client, service) = (client.clone(), service.to_owned());
            let pass = service_fn(move |mut request: Request<Incoming>| {
                let path = request.uri().path().to_owned();
                if let Ok(uri) = format!("http://{service}{path}").parse::<Uri>() {
                    *request.uri_mut() = uri;
                }
                client.request(request)
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), pass));
        }
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
