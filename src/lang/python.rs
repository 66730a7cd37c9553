//! The Python front end: checks that a file is safe to parse, parses it within a budget, and lowers the tree.
//!
//! Two parsers read Python. The typed one is many times quicker and takes only what is sound and nests moderately; the tolerant
//! one takes the rest. Both lower to the same tape, and a test holds them to it on real code.

pub(super) mod calls;
mod depth;
pub(crate) mod held;
mod literals;
mod tape;
#[cfg(test)]
mod tests;
mod tolerant;
mod typed;

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;
use tolerant::Tolerant;

/// Python, by the typed parser where that can, else by the tolerant one.
pub struct PythonFrontEnd {
    /// Made for the first file that needs it: most projects have none.
    tolerant: Option<Tolerant>,
}

impl PythonFrontEnd {
    /// A front end, ready.
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
        match typed::facts(text) {
            Some(facts) => Ok(facts),
            None => self.tolerant.get_or_insert_with(Tolerant::new).facts(text, limits),
        }
    }
}
