//! Ways in for `fuzz/` and its test, to what no other caller may reach: no part of the interface of this library.

use crate::finding::Finding;
use crate::lang::Language;
use crate::session::Session;

pub use crate::lang::python::held::{Both, Held};

/// What an editor said in `bytes`: a line for each message, and at last why nothing more can be read.
#[must_use]
pub fn editor_messages(bytes: &[u8]) -> Vec<String> {
    crate::lsp::overheard(bytes)
}

/// `text` with comments that silence `findings`, and those that no comment can silence.
#[must_use]
pub fn silence(path: &str, language: Language, text: &str, findings: Vec<Finding>, session: &Session) -> (String, Vec<Finding>) {
    crate::suppress::silence(path, language, text, findings, "seen by the fuzzer", session)
}
