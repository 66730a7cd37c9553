//! The Python front end: checks that a file is safe to parse, parses it within a budget, and lowers the tree.
//!
//! Two parsers read Python. The typed one is many times quicker and takes nothing but sound files of moderate nesting; the
//! tolerant one takes all others. Both lower to the same tape, which a test holds them to.

mod depth;
mod literals;
mod tape;
#[cfg(test)]
mod tests;
mod tolerant;
mod typed;

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;
use tolerant::Tolerant;

/// Python, by the typed parser where it can, else by the tolerant one.
pub struct PythonFrontEnd {
    tolerant: Option<Tolerant>,
}

impl PythonFrontEnd {
    /// Parsers, ready.
    #[must_use]
    pub fn new() -> Self {
        Self { tolerant: None }
    }
}

impl Default for PythonFrontEnd {
    fn default() -> Self {
        Self::new()
    }
}

impl FrontEnd for PythonFrontEnd {
    fn extract(&mut self, text: &str, limits: &Limits) -> Result<FileFacts, ExtractError> {
        if let Some(line) = depth::too_deep(text, limits.nesting) {
            return Err(ExtractError::TooDeep { limit: limits.nesting, line });
        }
        self.tolerant.get_or_insert_with(Tolerant::new).facts(text, limits)
    }
}
