//! The Rust front end.

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;

/// Rust on tree-sitter.
#[derive(Debug, Default)]
pub struct RustFrontEnd;

impl RustFrontEnd {
    /// A parser, ready.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl FrontEnd for RustFrontEnd {
    fn extract(&mut self, _text: &str, _limits: &Limits) -> Result<FileFacts, ExtractError> {
        Err(ExtractError::NoTree)
    }
}
