//! The Python front end: checks that a file is safe to parse, parses it within a budget, and lowers the tree.

mod assignments;
mod collections;
mod control;
mod definitions;
mod depth;
mod expressions;
mod imports;
mod kinds;
mod lower;
mod notices;
mod statements;
mod strings;
#[cfg(test)]
mod tests;

use super::{ExtractError, FrontEnd, Limits};
use crate::facts::FileFacts;
use std::ops::ControlFlow;
use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

/// Python on tree-sitter.
pub struct PythonFrontEnd {
    parser: Parser,
}

impl PythonFrontEnd {
    /// A parser, ready.
    #[must_use]
    pub fn new() -> Self {
        let mut parser = Parser::new();
        // Refused only for a grammar of another version; then every parse says that there is no tree.
        let _ = parser.set_language(&Language::new(tree_sitter_python::LANGUAGE));
        Self { parser }
    }

    fn parse(&mut self, text: &str, limits: &Limits) -> Result<Tree, ExtractError> {
        let budget = limits.steps_base.saturating_add(limits.steps_per_kib.saturating_mul(text.len() / 1024));
        let mut steps = 0;
        let mut count = |_: &ParseState| {
            steps += 1;
            if steps > budget { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut read = |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
        let options = ParseOptions::new().progress_callback(&mut count);
        let tree = self.parser.parse_with_options(&mut read, None, Some(options));
        if tree.is_none() {
            // A parse that was stopped would go on with the next file.
            self.parser.reset();
        }
        tree.ok_or(if steps > budget { ExtractError::TooCostly } else { ExtractError::NoTree })
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
        let tree = self.parse(text, limits)?;
        let mut facts = lower::Lowering::file(text, &tree);
        notices::note_gaps(tree.root_node(), text, &mut facts);
        notices::note_suppressions(tree.root_node(), text, &mut facts);
        Ok(facts)
    }
}
