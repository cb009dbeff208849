//! Counts the records of an entity set that pass a view, on any OData v4 server: the last line of the output is the
//! number. HTTP without sign-in; everything else is `couplet_systems::odata`.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use couplet_filter::{Context, TextComparison};
use couplet_systems::odata::{ViewCount, ViewTotal};
use couplet_systems::retry::{Retry, decide};
use couplet_systems::{Request, Response, Step};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str = "usage: count --base-url URL --entity-set SET --view VIEW [--ignore-case]

  --base-url     the service's root, below which $metadata lies: http://127.0.0.1:4004/odata/v4/sales
  --entity-set   an entity set, or a path that ends with one: companies(...)/customers
  --view         WHERE(blocked=FILTER(Ship|Invoice),city=FILTER(<>'')), with the property names of $metadata
  --ignore-case  for text that the server compares without case

Dates and times in the view are in UTC. Only http is spoken, without sign-in.";

/// Longest time a server may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(600);
/// Longest answer that is read, in bytes: the largest body of Business Central (A57).
const MAX_BODY: u64 = 350 * 1024 * 1024;

struct Options {
    base_url: String,
    entity_set: String,
    view: String,
    comparison: TextComparison,
}

fn main() -> ExitCode {
    let options = match options(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match count(&options) {
        Ok(total) => {
            report(&total);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut parser: Parser) -> Result<Option<Options>, lexopt::Error> {
    let (mut base_url, mut entity_set, mut view) = (None, None, None);
    let mut comparison = TextComparison::BusinessCentral;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("base-url") => base_url = Some(parser.value()?.string()?),
            Arg::Long("entity-set") => entity_set = Some(parser.value()?.string()?),
            Arg::Long("view") => view = Some(parser.value()?.string()?),
            Arg::Long("ignore-case") => comparison = TextComparison::Dataverse,
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    let missing = |name| move || lexopt::Error::from(format!("{name} is missing"));
    Ok(Some(Options {
        base_url: base_url.ok_or_else(missing("--base-url"))?,
        entity_set: entity_set.ok_or_else(missing("--entity-set"))?,
        view: view.ok_or_else(missing("--view"))?,
        comparison,
    }))
}

fn count(options: &Options) -> Result<ViewTotal, Box<dyn std::error::Error>> {
    if !options.base_url.starts_with("http://") {
        return Err(
            format!("expected an address that starts with http://, found `{}`", options.base_url).into()
        );
    }
    let context = Context::new(Timestamp::try_from(SystemTime::now())?, TimeZone::UTC);
    let Options { base_url, entity_set, view, comparison } = options;
    let mut count = ViewCount::new(base_url, entity_set, view, *comparison, context)?;
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
    let agent: ureq::Agent = config.build().into();
    let mut step = Step::Send(vec![count.start()]);
    loop {
        match step {
            Step::Done(total) => return Ok(total),
            Step::Send(requests) => {
                let request = requests.first().ok_or("nothing is asked for")?;
                let response = send(&agent, count.origin(), request)?;
                step = count.accept(&response)?;
            }
        }
    }
}

/// Sends a request, again when the server asks to wait.
fn send(
    agent: &ureq::Agent,
    origin: &str,
    request: &Request,
) -> Result<Response, Box<dyn std::error::Error>> {
    let address = format!("{origin}{}", request.path);
    for attempt in 1.. {
        let mut builder = agent.get(&address);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let mut answer = builder.call().map_err(|error| format!("cannot read {address}: {error}"))?;
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec();
        let body = body.map_err(|error| format!("cannot read the whole of {address}: {error}"))?;
        let response = Response { status, headers, body };
        match decide(&response, attempt, Timestamp::try_from(SystemTime::now())?) {
            Retry::After(wait) => std::thread::sleep(wait),
            Retry::GiveUp => return Ok(response),
        }
    }
    Err("the server was asked too often".into())
}

fn report(total: &ViewTotal) {
    for refused in &total.refused {
        print(&format!("refused: {refused}"));
    }
    print(&format!("$filter: {}", total.filter.as_deref().unwrap_or("none, every record was read")));
    print(&format!("read: {} records on {} pages", total.n_read, total.n_pages));
    print(&total.n_passing.to_string());
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn print(line: &str) {
    println!("{line}");
}
