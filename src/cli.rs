//! What was typed: the command line as clap reads it, and the way from a command to an exit code. A file per command.

mod baseline;
mod check;
mod choosing;
mod explain;
mod fix;
mod graph;
mod ignores;
mod init;
mod lsp;
mod progress;
mod report;
mod rules;
mod stdin;
mod streams;
mod watch;

use crate::checklist;
use crate::error::Error;
use crate::finding::Confidence;
use crate::output::Format;
use crate::session::FailOn;
use crate::terminal::ColorChoice;
use crate::views::tree::Shape;
use choosing::{Choosing, Configured};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use streams::print;
#[cfg(test)]
pub(crate) use streams::said;
pub use streams::say;

/// Find what breaks in a service when it runs on more than one instance or under ten times the load.
#[derive(Debug, Parser)]
#[command(name = "scalelint", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
struct Cli {
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 nothing found, 1 findings, 2 usage or configuration error, 3 nothing to analyse,
4 incomplete analysis (with --strict), 5 an output could not be written or the run failed,
130 interrupted, 143 terminated.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Analyse a project and report what will not scale
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Make and tend the file of findings that a project lives with for now
    Baseline {
        #[command(subcommand)]
        action: BaselineAction,
    },
    /// Show what a route or job calls, queries and waits for; or what the deployment files run
    Graph(GraphArgs),
    /// Write the scaling checklist of a service: what holds, what is violated, what nobody can tell
    Report(ReportArgs),
    /// List the rules
    Rules,
    /// Write a commented scalelint.toml, and print what continuous integration needs
    Init(InitArgs),
    /// Serve an editor: findings while typing, by the Language Server Protocol on standard input and output
    #[command(after_help = lsp::HELP)]
    Lsp(lsp::LspArgs),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Explain a rule, or what is known of a line and what became of the findings there
    Explain(ExplainArgs),
}

/// Options of `check`.
#[derive(Debug, Args)]
struct CheckArgs {
    /// What to report on; the analysis always covers the whole project [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    choosing: Choosing,
    /// The least level of a finding that fails the run [default: warning]
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<FailOn>,
    /// Exit with 0 although there are findings
    #[arg(long)]
    exit_zero: bool,
    /// Fail when some file could not be analysed whole or a limit was hit
    #[arg(long)]
    strict: bool,
    /// Write the findings to standard output in this format [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write the findings in this format to a file, or to standard output; can be repeated
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = parse_output)]
    output: Vec<Output>,
    /// Leave out what this baseline holds [default: `baseline` of the configuration]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Report only what is new against this revision of git; `REV...` is where the work parted from it
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    since: Option<String>,
    /// Report only what the next commit brings: git's index against HEAD
    #[arg(long)]
    staged: bool,
    /// Write a comment for every reported finding that silences it
    #[arg(long, requires = "reason", conflicts_with = "staged")]
    add_ignores: bool,
    /// Why they are silenced; `until=2027-03-01` in it sets an expiry
    #[arg(long, value_name = "TEXT", requires = "add_ignores")]
    reason: Option<String>,
    /// Make the fixes that are certain in form and change nothing else, and report what is left
    #[arg(long, conflicts_with_all = ["staged", "add_ignores", "stdin_filename", "watch"])]
    fix: bool,
    /// The same for these rules alone
    #[arg(long, value_name = "RULE", value_delimiter = ',', conflicts_with_all = ["staged", "add_ignores", "stdin_filename", "watch"])]
    fix_only: Vec<String>,
    /// Fix what sets a limit that somebody should look at, too: time limits, capacities, times to live
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what fixing would change as a patch, instead of the findings, and write nothing
    #[arg(long, conflicts_with_all = ["format", "staged", "add_ignores", "stdin_filename", "watch"])]
    diff: bool,
    /// Read this one file from standard input instead of the disk, and report only on it; it need not be there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "staged", "add_ignores"])]
    stdin_filename: Option<PathBuf>,
    /// Check again whenever a file changes, until interrupted
    #[arg(long, conflicts_with_all = ["staged", "add_ignores", "stdin_filename", "show_files", "show_config"])]
    watch: bool,
    /// Use this many threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Neither read nor write a cache; there is none, so this changes nothing
    #[arg(long, hide = true)]
    no_cache: bool,
    /// Where a cache would be; there is none, so this changes nothing
    #[arg(long, value_name = "FOLDER", hide = true)]
    cache_dir: Option<PathBuf>,
    /// Make it no error that there is nothing to analyse
    #[arg(long)]
    allow_empty: bool,
    /// Print the files that would be reported on, and stop
    #[arg(long)]
    show_files: bool,
    /// Print every setting that holds and where it comes from, and stop
    #[arg(long)]
    show_config: bool,
    /// Print how long each step, front end, slow rule and slow file took to standard error
    #[arg(long)]
    timings: bool,
    /// Print the number of findings of each rule to standard error
    #[arg(long)]
    statistics: bool,
    /// Print no closing summary
    #[arg(short, long)]
    quiet: bool,
    /// Print every notice, and how long each step took
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
}

/// Options of `init`.
#[derive(Debug, Args)]
struct InitArgs {
    /// The folder to write to [default: the current directory]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print the JSON Schema of the configuration, and write nothing
    #[arg(long)]
    schema: bool,
}

/// Actions of `baseline`.
#[derive(Debug, Subcommand)]
enum BaselineAction {
    /// Write every present finding to a new baseline
    Create {
        #[command(flatten)]
        of: BaselineOf,
        /// Replace a baseline that is there
        #[arg(long)]
        force: bool,
    },
    /// Follow renamed files and remove what was mended; new findings are named, and added only when told
    Update {
        #[command(flatten)]
        of: BaselineOf,
        /// Add new findings too
        #[arg(long)]
        accept_new: bool,
    },
    /// Remove what is found no more
    Prune {
        #[command(flatten)]
        of: BaselineOf,
    },
    /// Say of each entry whether it still stands, was fixed or moved
    Explain {
        #[command(flatten)]
        of: BaselineOf,
    },
}

/// Options of every action of `baseline`; those that choose findings mean what they do for `check`.
#[derive(Debug, Args)]
struct BaselineOf {
    /// Which part of the project it is about [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The baseline [default: `baseline` of the configuration, else scalelint-baseline.txt at the root]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    choosing: Choosing,
}

/// Options of `explain`.
#[derive(Debug, Args)]
struct ExplainArgs {
    /// A rule's name, or a line of a file as reports write it
    #[arg(value_name = "RULE|FILE:LINE")]
    what: String,
    #[command(flatten)]
    choosing: Choosing,
}

/// Options of `graph`.
#[derive(Debug, Args)]
struct GraphArgs {
    /// A route, job, function or FILE:LINE, then where the project is; with --all, --entries or --services only the latter
    /// [default: the current directory]
    #[arg(value_name = "ENTRY|PATH")]
    words: Vec<String>,
    /// Where the project is
    #[arg(long, value_name = "PATH")]
    project: Option<PathBuf>,
    /// Show what every entry point calls
    #[arg(long, conflicts_with_all = ["services", "entries"])]
    all: bool,
    /// List the entry points
    #[arg(long, conflicts_with = "services")]
    entries: bool,
    /// Show what the deployment files run, how often, and which code that is
    #[arg(long)]
    services: bool,
    /// How to draw what is called
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    /// Show no more than this many calls below each other; readers of JSON refuse what is nested deeper than about 50 of them
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u16).range(1..=48))]
    depth: u16,
    #[command(flatten)]
    configured: Configured,
}

/// Options of `report`.
#[derive(Debug, Args)]
struct ReportArgs {
    /// Where the service is [default: the current directory]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: checklist::Shape,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    configured: Configured,
}

/// Columns at which prose is wrapped; the same everywhere, so that the bytes are.
const WIDTH: usize = 100;

/// Confidence as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MinConfidence {
    High,
    Medium,
    Low,
}

impl From<MinConfidence> for Confidence {
    fn from(typed: MinConfidence) -> Self {
        match typed {
            MinConfidence::High => Self::High,
            MinConfidence::Medium => Self::Medium,
            MinConfidence::Low => Self::Low,
        }
    }
}

/// One output: a format, and where it goes.
#[derive(Debug, Clone)]
struct Output {
    format: Format,
    /// None for standard output.
    file: Option<PathBuf>,
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
    if file == Some("") {
        return Err("the file's name is missing after `=`".into());
    }
    let names = || {
        Format::value_variants().iter().filter_map(|format| format.to_possible_value()).map(|value| value.get_name().to_owned())
    };
    let format = Format::from_str(format, false)
        .map_err(|_| format!("there is no format `{format}`; there are {}", names().collect::<Vec<_>>().join(", ")))?;
    Ok(Output { format, file: file.filter(|file| *file != "-").map(PathBuf::from) })
}

/// Run the command line and give the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let result = match &cli.command {
        Command::Check(arguments) => check::run(arguments, cli.color),
        Command::Baseline { action } => baseline::run(action),
        Command::Graph(arguments) => graph::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Rules => rules::run(),
        Command::Init(arguments) => init::run(arguments),
        Command::Lsp(arguments) => lsp::run(arguments),
        Command::Completions { shell } => completions(*shell),
        Command::Man => manual(),
        Command::Explain(arguments) => explain::run(arguments, cli.color),
    };
    result.unwrap_or_else(|error| {
        let color = cli.color.enabled(&io::stderr());
        say(&error.render(color));
        error.exit_code()
    })
}

/// The completions of `shell`.
fn completions(shell: clap_complete::Shell) -> Result<u8, Error> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "scalelint", &mut text);
    print(&text).map(|()| 0)
}

/// The manual page: the program, then each command on a page of its own.
fn manual() -> Result<u8, Error> {
    let mut text = Vec::new();
    let mut pages = vec![Cli::command()];
    pages.extend(
        Cli::command()
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(|command| command.clone().name(format!("scalelint-{}", command.get_name()))),
    );
    for page in pages {
        let target = || "the manual page".to_owned();
        clap_mangen::Man::new(page).render(&mut text).map_err(|source| Error::Output { target: target(), source })?;
    }
    print(&text).map(|()| 0)
}

/// Help and version go to standard output and are no error; anything else is one of usage.
fn usage(error: &clap::Error) -> u8 {
    let rendered = error.render();
    let text = |color: bool| if color { rendered.ansi().to_string() } else { rendered.to_string() };
    if error.use_stderr() {
        say(&text(ColorChoice::Auto.enabled(&io::stderr())));
        return 2;
    }
    match print(text(ColorChoice::Auto.enabled(&io::stdout())).as_bytes()) {
        Ok(()) => 0,
        Err(error) => {
            say(&error.render(false));
            error.exit_code()
        }
    }
}

/// `1 finding`, `2 findings`.
fn many(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
