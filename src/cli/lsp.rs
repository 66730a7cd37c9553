//! `scalelint lsp`: the language server, for editors.

use super::choosing::Choosing;
use crate::error::Error;
use crate::lsp;
use crate::session::Options;
use clap::Args;

/// What `--help` says at the end.
pub(super) const HELP: &str = "\
Editors start this command. It analyses the project of each open file, with the texts as they stand in the editor, and reads \
the same configuration as `check`. The initialization option {\"diagnosticMode\": \"workspace\"} shows findings for files that \
are not open as well.

Exit codes: 0 ended as the protocol says, 1 ended otherwise, 2 standard input does not speak the protocol.";

/// Options of `lsp`.
#[derive(Debug, Args)]
pub(super) struct LspArgs {
    #[command(flatten)]
    choosing: Choosing,
    /// Use this many threads [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Speak over standard input and output, which is always so; some editors say it
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serve the editor that started us.
pub(super) fn run(arguments: &LspArgs) -> Result<u8, Error> {
    lsp::serve(Options { threads: arguments.threads.map(usize::from), ..arguments.choosing.options() })
}
