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

/// Names of the standard prelude, by full path (edition 2024).
pub(super) fn prelude(name: &str) -> Option<&'static str> {
    Some(match name {
        "Vec" => "std::vec::Vec",
        "String" => "std::string::String",
        "Option" => "std::option::Option",
        "Result" => "std::result::Result",
        "Box" => "std::boxed::Box",
        _ => return None,
    })
}
