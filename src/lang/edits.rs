//! How code is changed, language by language: only what can be written in one way, with nothing else moved.

use super::{Language, python};
use crate::source::{Change, Span};

impl Language {
    /// Give the call at `call` one more argument by name. None where that is not certain: spreads may hold it already, and not
    /// every language has such arguments.
    pub(crate) fn add_argument(self, text: &str, call: Span, argument: &str) -> Option<Vec<Change>> {
        match self {
            Self::Python => python::calls::add_argument(text, call, argument),
            Self::Rust | Self::Sql | Self::Deployment(_) => None,
        }
    }
}
