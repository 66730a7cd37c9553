//! `scalelint lsp`: the language server, for editors.

use super::LspArgs;
use crate::error::Error;
use crate::lsp;
use crate::session::Options;

/// Serve the editor that started us.
pub(super) fn run(arguments: &LspArgs) -> Result<u8, Error> {
    lsp::serve(Options { threads: arguments.threads.map(usize::from), ..arguments.choosing.options() })
}
