//! Serves both stand-ins over HTTP on a free port of the loopback interface, for clients that are not ours:
//! `cargo run --release -p couplet-sandbox --example serve -- 2000`. The first line says where; the process ends
//! when its input does.
//!
//! Sign-in is not simulated; as the services do, it refuses requests without a bearer token, whatever that is.
#![expect(clippy::print_stdout, reason = "an example prints where it listens")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use couplet_sandbox::{Delivery, Request, Response, Sandbox, SandboxOptions, System};

/// Path under which Business Central is served; Dataverse has the root, where its clients expect it.
const BUSINESS_CENTRAL: &str = "/bc/v2.0/demo-tenant/sandbox";

fn main() -> std::io::Result<()> {
    let customers = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(2_000);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://{}", listener.local_addr()?);
    let sandbox = Arc::new(Sandbox::new(SandboxOptions {
        customers,
        business_central_base_url: format!("{origin}{BUSINESS_CENTRAL}"),
        dataverse_base_url: origin.clone(),
        ..SandboxOptions::default()
    }));
    println!("listening {origin}");
    std::thread::spawn(|| {
        let mut rest = Vec::new();
        let ended = std::io::stdin().read_to_end(&mut rest).is_ok();
        std::process::exit(i32::from(!ended));
    });
    for connection in listener.incoming() {
        let (connection, sandbox) = (connection?, Arc::clone(&sandbox));
        std::thread::spawn(move || {
            // A client that goes away is no error of the server.
            let _ = serve(&connection, &sandbox);
        });
    }
    Ok(())
}

/// Answers the requests of one connection, one after another.
fn serve(connection: &TcpStream, sandbox: &Sandbox) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection.try_clone()?;
    while let Some((method, target, headers)) = head(&mut reader)? {
        let body = body(&mut reader, &headers)?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (system, path) = match path.strip_prefix(BUSINESS_CENTRAL) {
            Some(path) => (System::BusinessCentral, path),
            None => (System::Dataverse, path),
        };
        let bearer = value(&headers, "authorization").is_some_and(|it| it.starts_with("Bearer "));
        if !bearer {
            write!(writer, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        }
        let request = Request { method: &method, path, query, headers: &headers, body: &body };
        if !deliver(&mut writer, &sandbox.handle(system, &request))? {
            return Ok(());
        }
    }
    Ok(())
}

type Head = (String, String, Vec<(String, String)>);

/// The request line and the headers; none when the client is done.
fn head(reader: &mut impl BufRead) -> std::io::Result<Option<Head>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => return Ok(Some((method, target, headers))),
        }
    }
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The body, by its length or in chunks.
fn body(reader: &mut impl BufRead, headers: &[(String, String)]) -> std::io::Result<Vec<u8>> {
    let length = value(headers, "content-length").and_then(|it| it.parse().ok());
    if let Some(length) = length {
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        return Ok(body);
    }
    let mut body = Vec::new();
    if value(headers, "transfer-encoding") != Some("chunked") {
        return Ok(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        let mut chunk = vec![0; size];
        reader.read_exact(&mut chunk)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(chunk);
    }
}

/// Sends an answer as the sandbox wants it sent; false when the connection is to be closed.
fn deliver(writer: &mut impl Write, response: &Response) -> std::io::Result<bool> {
    std::thread::sleep(Duration::from_millis(response.delay_ms));
    if response.delivery == Delivery::Refused {
        return Ok(false);
    }
    write!(writer, "HTTP/1.1 {} Answer\r\n", response.status)?;
    for (name, value) in &response.headers {
        write!(writer, "{name}: {value}\r\n")?;
    }
    if !matches!(response.status, 204 | 304) {
        write!(writer, "Content-Length: {}\r\n", response.body.len())?;
    }
    write!(writer, "\r\n")?;
    match response.delivery {
        Delivery::CutAfter(length) => {
            writer.write_all(response.body.get(..length).unwrap_or(&response.body))?;
            Ok(false)
        }
        _ => {
            writer.write_all(&response.body)?;
            Ok(true)
        }
    }
}
