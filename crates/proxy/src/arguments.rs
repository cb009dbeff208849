//! The flags of `couplet-proxy`.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context, bail};
use couplet_proxy::{MetricsRoute, SandboxSize};
use lexopt::{Arg, Parser, ValueExt};
use tracing::level_filters::LevelFilter;
use url::Url;

/// Most customers the demo data may have.
const MAX_RECORDS: u32 = 1_000_000;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
couplet-proxy: serves the Couplet app and forwards its requests
couplet-proxy rotate-key: encrypts the saved connections with a new key

  --port N            port to listen on (default 8080; 0 takes any free one)
  --address IP        address to listen on (default 127.0.0.1; others need TLS or --public-url)
  --dist DIR          the built app to serve (default: only the API)
  --open              open the address in the desktop's browser once it is ready
  --log LEVEL         error, warn, info or debug, to the error stream (default warn)
  --log-format F      text or json (default text)

  --records N         customers in the embedded sandbox, 1 to 1,000,000 (default 2,000)
  --seed N            seed of the sandbox's demo data (default 1)
  --no-sandbox        start without the embedded sandbox

  --data DIR          folder where connections are kept, encrypted (default: in memory, until the end)
  --key-file FILE     the key of that folder, made when it is missing (default: couplet.key in it);
                      COUPLET_KEY in the environment goes before; rotate-key takes COUPLET_NEW_KEY with it
  --connections FILE  JSON file of connections that nobody can change
  --allow-host NAME   also call this host (or host:port), even with a private address; may be repeated
  --allow-origin URL  also take changing requests from this origin (such as that of trunk serve); may be repeated
  --identity-provider URL  address before the tenant of an identity provider of one's own (cloud `custom`)

for a shared installation:
  --public-url URL    the address under which browsers find this proxy
  --tls-certificate FILE, --tls-key FILE   certificate with chain, and its key (0600), as PEM
  --oidc-issuer URL, --oidc-client-id ID, --oidc-secret-file FILE   who says who people are
  --people FILE       who may use it: a line for each object id or sign-in name
  --metrics           serve /metrics
  --help              this text";

/// What the program was asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print the help text.
    Help,
    /// Serve.
    Serve(Box<Arguments>),
    /// Encrypt the store with a new key.
    RotateKey(StoreArguments),
}

/// Who opens the address that is printed at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The person, by following it.
    ByHand,
    /// The program, in the desktop's browser.
    InBrowser,
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where connections are kept.
#[derive(Debug, Default)]
pub(crate) struct StoreArguments {
    pub(crate) data: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
}

/// What makes an installation a shared one.
#[derive(Debug, Default)]
pub(crate) struct SharedArguments {
    pub(crate) public_url: Option<Url>,
    pub(crate) tls_certificate: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) oidc_issuer: Option<Url>,
    pub(crate) oidc_client_id: Option<String>,
    pub(crate) oidc_secret_file: Option<PathBuf>,
    pub(crate) people: Option<PathBuf>,
}

/// The flags' values.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) address: IpAddr,
    pub(crate) dist: Option<PathBuf>,
    pub(crate) sandbox: Option<SandboxSize>,
    pub(crate) store: StoreArguments,
    pub(crate) connections: Option<PathBuf>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allowed_origins: Vec<Url>,
    pub(crate) identity_provider: Option<Url>,
    pub(crate) shared: SharedArguments,
    pub(crate) metrics_route: MetricsRoute,
    pub(crate) opening: Opening,
    pub(crate) log_level: LevelFilter,
    pub(crate) log_format: LogFormat,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            port: 8080,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            dist: None,
            sandbox: Some(SandboxSize { customers: 2_000, seed: 1 }),
            store: StoreArguments::default(),
            connections: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            identity_provider: None,
            shared: SharedArguments::default(),
            metrics_route: MetricsRoute::Closed,
            opening: Opening::ByHand,
            log_level: LevelFilter::WARN,
            log_format: LogFormat::Text,
        }
    }
}

/// Reads the command line, the program's name first.
///
/// # Errors
/// For an unknown flag, for a value that is missing or cannot be used, and for flags that do not go together.
pub(crate) fn read(command_line: impl IntoIterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut arguments = Arguments::default();
    let mut size = SandboxSize { customers: 2_000, seed: 1 };
    let mut rotates = false;
    let mut parser = Parser::from_iter(command_line);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(word) if word == "rotate-key" => rotates = true,
            Arg::Long("records") => size.customers = records(&parser.value()?.string()?)?,
            Arg::Long("seed") => size.seed = parser.value()?.parse().context("--seed")?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long(name) => {
                let name = name.to_owned();
                if !read_flag(&mut arguments, &name, &mut parser)?
                    && !read_shared_flag(&mut arguments.shared, &name, &mut parser)?
                {
                    bail!("there is no flag --{name}; --help lists them");
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if rotates {
        return Ok(Command::RotateKey(arguments.store));
    }
    arguments.sandbox = arguments.sandbox.map(|_| size);
    check(&arguments)?;
    Ok(Command::Serve(Box::new(arguments)))
}

/// Reads one of the flags that everybody may need; false when it is not one of them.
fn read_flag(arguments: &mut Arguments, name: &str, parser: &mut Parser) -> anyhow::Result<bool> {
    match name {
        "port" => arguments.port = parser.value()?.parse().context("--port")?,
        "address" => arguments.address = parser.value()?.parse().context("--address")?,
        "dist" => arguments.dist = Some(parser.value()?.into()),
        "no-sandbox" => arguments.sandbox = None,
        "data" => arguments.store.data = Some(parser.value()?.into()),
        "key-file" => arguments.store.key_file = Some(parser.value()?.into()),
        "connections" => arguments.connections = Some(parser.value()?.into()),
        "allow-host" => arguments.allowed_hosts.push(parser.value()?.string()?),
        "allow-origin" => {
            arguments.allowed_origins.push(parser.value()?.parse().context("--allow-origin")?);
        }
        "identity-provider" => {
            arguments.identity_provider = Some(parser.value()?.parse().context("--identity-provider")?);
        }
        "metrics" => arguments.metrics_route = MetricsRoute::Open,
        "open" => arguments.opening = Opening::InBrowser,
        "log" => arguments.log_level = parser.value()?.parse().context("--log")?,
        "log-format" => {
            arguments.log_format = match parser.value()?.string()?.as_str() {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                other => bail!("--log-format must be text or json, not `{other}`"),
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads one of the flags of a shared installation; false when it is not one of them.
fn read_shared_flag(shared: &mut SharedArguments, name: &str, parser: &mut Parser) -> anyhow::Result<bool> {
    match name {
        "public-url" => shared.public_url = Some(parser.value()?.parse().context("--public-url")?),
        "tls-certificate" => shared.tls_certificate = Some(parser.value()?.into()),
        "tls-key" => shared.tls_key = Some(parser.value()?.into()),
        "oidc-issuer" => shared.oidc_issuer = Some(parser.value()?.parse().context("--oidc-issuer")?),
        "oidc-client-id" => shared.oidc_client_id = Some(parser.value()?.string()?),
        "oidc-secret-file" => shared.oidc_secret_file = Some(parser.value()?.into()),
        "people" => shared.people = Some(parser.value()?.into()),
        _ => return Ok(false),
    }
    Ok(true)
}

/// What flags need of each other.
fn check(arguments: &Arguments) -> anyhow::Result<()> {
    let shared = &arguments.shared;
    if shared.tls_certificate.is_some() != shared.tls_key.is_some() {
        bail!("--tls-certificate and --tls-key go together");
    }
    let n_oidc = [shared.oidc_issuer.is_some(), shared.oidc_client_id.is_some(), shared.people.is_some()];
    if n_oidc.contains(&true) && n_oidc.contains(&false) {
        bail!("--oidc-issuer, --oidc-client-id and --people go together");
    }
    let is_reachable = !arguments.address.is_loopback();
    if is_reachable && shared.tls_certificate.is_none() && shared.public_url.is_none() {
        bail!(
            "--address {} can be reached from other machines: give --tls-certificate and --tls-key, or say with \
             --public-url where browsers find the proxy that encrypts before this one",
            arguments.address
        );
    }
    if arguments.store.key_file.is_some() && arguments.store.data.is_none() {
        bail!("--key-file goes with --data");
    }
    Ok(())
}

fn records(text: &str) -> anyhow::Result<u32> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    match digits.parse() {
        Ok(records @ 1..=MAX_RECORDS) => Ok(records),
        _ => bail!("--records must be a whole number from 1 to 1,000,000, not `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flags: &[&str]) -> Result<Arguments, String> {
        let line = std::iter::once("couplet-proxy").chain(flags.iter().copied()).map(OsString::from);
        match read(line) {
            Ok(Command::Serve(arguments)) => Ok(*arguments),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(format!("{error:#}")),
        }
    }

    #[test]
    fn defaults_are_loopback_with_the_sandbox() {
        let arguments = check(&[]).unwrap();
        assert!(arguments.address.is_loopback());
        assert_eq!(arguments.port, 8080);
        assert_eq!(arguments.sandbox.unwrap().customers, 2_000);
    }

    #[test]
    fn records_are_bounded() {
        assert_eq!(check(&["--records", "1,000,000"]).unwrap().sandbox.unwrap().customers, 1_000_000);
        for bad in ["0", "1000001", "many", "-1", ""] {
            let error = check(&[&format!("--records={bad}")]).unwrap_err();
            assert_eq!(error, format!("--records must be a whole number from 1 to 1,000,000, not `{bad}`"));
        }
        assert!(check(&["--no-sandbox"]).unwrap().sandbox.is_none());
        assert_eq!(check(&["--what"]).unwrap_err(), "there is no flag --what; --help lists them");
    }

    #[test]
    fn flags_that_need_each_other_say_so() {
        assert!(check(&["--address", "0.0.0.0"]).unwrap_err().contains("can be reached from other machines"));
        assert!(check(&["--address", "0.0.0.0", "--public-url", "https://couplet.example"]).is_ok());
        assert!(check(&["--address", "127.0.0.2"]).is_ok());
        assert!(check(&["--tls-key", "x"]).is_err());
        assert!(check(&["--people", "x"]).is_err());
        assert!(check(&["--key-file", "x"]).is_err());
        assert!(check(&["--log-format", "xml"]).is_err());
        assert!(matches!(check(&["rotate-key", "--data", "x"]), Err(told) if told.starts_with("RotateKey")));
    }
}
