//! The Rust front end: tree-sitter for files, `syn` for the token trees it leaves raw (macro bodies, attribute arguments).

mod attributes;
mod classes;
mod depth;
mod expressions;
mod format;
mod functions;
mod grammar;
mod items;
mod literals;
mod lower;
mod macros;
mod notices;
mod patterns;
mod statements;
mod syn_control;
mod syn_expr;
mod syn_parts;
#[cfg(test)]
mod tests;
mod tokens;
mod types;

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;
use crate::source::LineIndex;
use grammar::Grammar;
use lower::Lowering;
use std::ops::ControlFlow;
use tree_sitter::{ParseOptions, Parser, Tree};

/// Rust on tree-sitter.
pub struct RustFrontEnd {
    parser: Parser,
    grammar: Grammar,
}

impl std::fmt::Debug for RustFrontEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RustFrontEnd").finish_non_exhaustive()
    }
}

impl Default for RustFrontEnd {
    fn default() -> Self {
        Self::new()
    }
}

impl RustFrontEnd {
    /// A parser, ready.
    #[must_use]
    pub fn new() -> Self {
        let language = tree_sitter_rust::LANGUAGE.into();
        let mut parser = Parser::new();
        // A parser without a language gives no tree, which is reported for each file.
        let _ = parser.set_language(&language);
        Self { parser, grammar: Grammar::new(&language) }
    }

    fn parse(&mut self, text: &str, limits: &Limits) -> Result<Tree, ExtractError> {
        let budget = limits.steps_base + limits.steps_per_kib * text.len().div_ceil(1024);
        let mut steps = 0_usize;
        let mut progress = |_: &tree_sitter::ParseState| {
            steps += 1;
            if steps > budget { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = text.as_bytes();
        let mut read = |offset: usize, _| bytes.get(offset..).unwrap_or_default();
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = self.parser.parse_with_options(&mut read, None, Some(options));
        tree.ok_or_else(|| {
            // A cancelled parser would go on with the old text at its next file.
            self.parser.reset();
            if steps > budget { ExtractError::TooCostly } else { ExtractError::NoTree }
        })
    }
}

impl FrontEnd for RustFrontEnd {
    fn extract(&mut self, text: &str, limits: &Limits) -> Result<FileFacts, ExtractError> {
        if let Some(at) = depth::too_deep_at(text, limits.nesting) {
            let before = text.get(..at).unwrap_or_default();
            let line = u32::try_from(LineIndex::new(before).lines()).unwrap_or(u32::MAX);
            return Err(ExtractError::TooDeep { limit: limits.nesting, line });
        }
        let tree = self.parse(text, limits)?;
        let root = tree.root_node();
        let mut lowering = Lowering::new(&self.grammar, text, root);
        notices::note_gaps(root, lowering.builder.facts());
        notices::note_suppressions(root, text, &self.grammar, lowering.builder.facts());
        lowering.items_of(root);
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
        Ok(lowering.builder.finish(u32::try_from(lines).unwrap_or(u32::MAX)))
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
