//! Counts the records of an entity set that pass a view, on any OData v4 server: the last line of the output is the
//! number. HTTP without sign-in; everything else is `couplet_systems::odata`.

use std::process::ExitCode;

#[path = "support/http.rs"]
mod http;

use couplet_filter::{Context, TextComparison};
use couplet_systems::Step;
use couplet_systems::odata::{ViewCount, ViewTotal};
use jiff::tz::TimeZone;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str = "usage: count --base-url URL --entity-set SET --view VIEW [--ignore-case]

  --base-url     the service's root, below which $metadata lies: http://127.0.0.1:4004/odata/v4/sales
  --entity-set   an entity set, or a path that ends with one: companies(...)/customers
  --view         WHERE(blocked=FILTER(Ship|Invoice),city=FILTER(<>'')), with the property names of $metadata
  --ignore-case  for text that the server compares without case

Dates and times in the view are in UTC. Only http is spoken, without sign-in.";

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
    let context = Context::new(http::now()?, TimeZone::UTC);
    let Options { base_url, entity_set, view, comparison } = options;
    let mut count = ViewCount::new(base_url, entity_set, view, *comparison, context)?;
    let client = http::Client::new();
    let mut step = Step::Send(vec![count.start()]);
    loop {
        match step {
            Step::Done(total) => return Ok(total),
            Step::Send(requests) => {
                let request = requests.first().ok_or("nothing is asked for")?;
                let response = client.send(count.origin(), request)?;
                step = count.accept(&response)?;
            }
        }
    }
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
