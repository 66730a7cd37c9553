//! The Python front end.

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;

/// Python on tree-sitter.
#[derive(Debug, Default)]
pub struct PythonFrontEnd;

impl PythonFrontEnd {
    /// A parser, ready.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl FrontEnd for PythonFrontEnd {
    fn extract(&mut self, _text: &str, _limits: &Limits) -> Result<FileFacts, ExtractError> {
        Err(ExtractError::NoTree)
    }
}
