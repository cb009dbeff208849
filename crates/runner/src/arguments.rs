//! The flags of `couplet-runner`, and what they must not say.

use std::ffi::OsString;
use std::path::PathBuf;

use couplet_engine::MappingName;
use lexopt::{Arg, Parser, ValueExt};
use url::{Host, Url};

/// What `--help` prints.
pub const HELP: &str = "\
couplet-runner: runs the synchronization jobs of a Couplet workspace without a browser

  --workspace FILE         the workspace file that Couplet exports
  --state DIR              where couplings, watermarks and the journal are kept between runs
  --connection SYSTEM=URL  where a system is reached: business-central=http://127.0.0.1:8080/bc,
                           dataverse=http://127.0.0.1:8080/dv; both are needed, on this machine, without sign-in
  --base-url SYSTEM=URL    how the service writes its own address in links (default: where it is reached)
  --company NAME           the company in Business Central (default: the first)
  --mapping NAME           run this mapping only; may be repeated (default: those with a job, in dependency order)
  --full                   everything in the filters, not only what changed
  --match                  couple by the criteria of the field mappings in place of synchronizing; what the mapping
                           wants after it is done too (default: the mappings that have criteria)
  --take-over-pair         what is kept belongs to these two systems from now on, which took the place of others
  --dry-run                print what would be done, and write nothing to either system
  --json                   print one JSON object instead of lines
  --help                   this text

The first run of a mapping takes over its couplings of the workspace file; afterwards those in DIR count.

Exit codes: 0 done; 1 done, but some records failed; 2 wrong usage; 3 could not run; 4 another run holds DIR.";

/// What the program was asked to do.
#[derive(Debug)]
pub enum Command {
    /// Print the help text.
    Help,
    /// Run jobs.
    Run(Box<Arguments>),
}

/// Why a command line cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A flag or its value.
    #[error(transparent)]
    Flag(#[from] lexopt::Error),
    /// A flag that is needed.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A name that is no mapping name.
    #[error("expected a mapping name, found `{0}`")]
    MappingName(String),
    /// Not SYSTEM=URL.
    #[error("expected business-central=URL or dataverse=URL, found `{0}`")]
    System(String),
    /// An address of another machine, or one that needs what the runner does not have.
    #[error("expected an address on this machine that starts with http://, found `{0}`")]
    NotLoopback(String),
}

/// The flags' values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// The workspace file.
    pub workspace: PathBuf,
    /// Where the state is kept.
    pub state: PathBuf,
    /// Where Business Central is reached, without a final slash.
    pub business_central: String,
    /// Where Dataverse is reached.
    pub dataverse: String,
    /// How Business Central writes its address.
    pub business_central_base: String,
    /// How Dataverse writes its address.
    pub dataverse_base: String,
    /// The company; the first where there is none.
    pub company: Option<String>,
    /// Mappings to run; those with a job where there are none.
    pub mappings: Vec<MappingName>,
    /// What is done with each mapping.
    pub work: Work,
    /// Which records.
    pub extent: Extent,
    /// What is done about couplings of other systems.
    pub other_pair: OtherPair,
    /// Whether anything is written.
    pub effect: Effect,
    /// How the report is printed.
    pub format: Format,
}

/// What is done with each mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Its records are synchronized.
    Synchronize,
    /// Its records are coupled by criteria (S3.30).
    Match,
}

/// Which records a run looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What changed.
    Modified,
    /// Everything in the filters.
    Full,
}

/// What is done when couplings, watermarks and journal belong to other systems than the connected ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherPair {
    /// Nothing runs.
    Refuse,
    /// They belong to the connected ones from now on.
    TakeOver,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The plan is carried out.
    Apply,
    /// The plan is only told.
    DryRun,
}

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line a mapping.
    Lines,
    /// One JSON object.
    Json,
}

/// An address for each system.
#[derive(Debug, Default)]
struct Addresses {
    business_central: Option<String>,
    dataverse: Option<String>,
}

impl Addresses {
    fn take(&mut self, text: &str) -> Result<(), UsageError> {
        let unknown = || UsageError::System(text.to_owned());
        let (system, address) = text.split_once('=').ok_or_else(unknown)?;
        let place = match system {
            "business-central" => &mut self.business_central,
            "dataverse" => &mut self.dataverse,
            _ => return Err(unknown()),
        };
        *place = Some(address.trim_end_matches('/').to_owned());
        Ok(())
    }
}

/// Reads a command line, the program's name left out.
///
/// # Errors
/// What is wrong with it.
pub fn arguments(line: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(line);
    let (mut workspace, mut state, mut company) = (None, None, None);
    let (mut connections, mut bases) = (Addresses::default(), Addresses::default());
    let mut mappings = Vec::new();
    let mut other_pair = OtherPair::Refuse;
    let (mut extent, mut effect, mut format) = (Extent::Modified, Effect::Apply, Format::Lines);
    let mut work = Work::Synchronize;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("workspace") => workspace = Some(PathBuf::from(parser.value()?)),
            Arg::Long("state") => state = Some(PathBuf::from(parser.value()?)),
            Arg::Long("connection") => connections.take(&parser.value()?.string()?)?,
            Arg::Long("base-url") => bases.take(&parser.value()?.string()?)?,
            Arg::Long("company") => company = Some(parser.value()?.string()?),
            Arg::Long("mapping") => mappings.push(mapping(&parser.value()?.string()?)?),
            Arg::Long("full") => extent = Extent::Full,
            Arg::Long("match") => work = Work::Match,
            Arg::Long("take-over-pair") => other_pair = OtherPair::TakeOver,
            Arg::Long("dry-run") => effect = Effect::DryRun,
            Arg::Long("json") => format = Format::Json,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    let business_central = reachable(connections.business_central, "--connection business-central=URL")?;
    let dataverse = reachable(connections.dataverse, "--connection dataverse=URL")?;
    Ok(Command::Run(Box::new(Arguments {
        workspace: workspace.ok_or(UsageError::Missing("--workspace"))?,
        state: state.ok_or(UsageError::Missing("--state"))?,
        business_central_base: bases.business_central.unwrap_or_else(|| business_central.clone()),
        dataverse_base: bases.dataverse.unwrap_or_else(|| dataverse.clone()),
        business_central,
        dataverse,
        company,
        mappings,
        work,
        extent,
        other_pair,
        effect,
        format,
    })))
}

fn mapping(text: &str) -> Result<MappingName, UsageError> {
    MappingName::new(text).map_err(|_| UsageError::MappingName(text.to_owned()))
}

/// An address on this machine: requests carry no sign-in and no encryption, so they must not leave it.
fn reachable(address: Option<String>, flag: &'static str) -> Result<String, UsageError> {
    let address = address.ok_or(UsageError::Missing(flag))?;
    let is_here = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let url = Url::parse(&address).ok().filter(|url| url.scheme() == "http" && is_here(url));
    if url.is_some() { Ok(address) } else { Err(UsageError::NotLoopback(address)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: &str = "--workspace w.json --state s --connection business-central=http://127.0.0.1:1/bc/ \
                          --connection dataverse=http://localhost:2";

    fn read(line: &str) -> Result<Command, UsageError> {
        arguments(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn a_whole_line_is_read() {
        let line =
            format!("{NEEDED} --mapping customer --dry-run --json --full --base-url dataverse=https://d");
        let Ok(Command::Run(arguments)) = read(&line) else { panic!("arguments") };
        assert_eq!(arguments.business_central, "http://127.0.0.1:1/bc");
        assert_eq!(arguments.business_central_base, "http://127.0.0.1:1/bc");
        assert_eq!(arguments.dataverse_base, "https://d");
        assert_eq!(arguments.mappings.iter().map(MappingName::as_str).collect::<Vec<_>>(), ["CUSTOMER"]);
        assert_eq!(
            (arguments.extent, arguments.effect, arguments.format),
            (Extent::Full, Effect::DryRun, Format::Json)
        );
    }

    #[test]
    fn addresses_of_other_machines_are_refused() {
        for address in
            ["https://127.0.0.1", "http://example.com", "http://127.0.0.1.example.com", "ftp://localhost"]
        {
            let line = format!("{NEEDED} --connection dataverse={address}");
            assert!(matches!(read(&line), Err(UsageError::NotLoopback(_))), "{address}");
        }
        assert!(read(&format!("{NEEDED} --connection dataverse=http://[::1]:7")).is_ok());
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        for (line, told) in [
            ("--state s", "--connection business-central=URL is missing"),
            ("--connection nav=http://localhost", "found `nav=http://localhost`"),
            ("--mapping ABCDEFGHIJKLMNOPQRSTUVW", "found `ABCDEFGHIJKLMNOPQRSTUVW`"),
            ("--fast", "--fast"),
        ] {
            let error = read(line).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{line}: {error}");
        }
        assert!(matches!(read("--help"), Ok(Command::Help)));
    }
}
