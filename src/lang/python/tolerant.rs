//! Python as tree-sitter reads it: whatever a file holds, with the sound parts of what is broken.

mod annotations;
mod assignments;
mod collections;
mod control;
mod definitions;
mod expressions;
mod imports;
mod kinds;
mod lower;
mod notices;
mod statements;
mod strings;

use crate::facts::FileFacts;
use crate::lang::{ExtractError, Limits};
use std::ops::ControlFlow;
use tree_sitter::{Language, ParseOptions, ParseState, Parser, Tree};

/// The tolerant parser, ready for file after file.
pub(super) struct Tolerant {
    parser: Parser,
}

impl Tolerant {
    pub(super) fn new() -> Self {
        let mut parser = Parser::new();
        // Refused only for a grammar of another version; then every parse says that there is no tree.
        let _ = parser.set_language(&Language::new(tree_sitter_python::LANGUAGE));
        Self { parser }
    }

    /// The facts of `text`, which is known to nest no deeper than the limit.
    pub(super) fn facts(&mut self, text: &str, limits: &Limits) -> Result<FileFacts, ExtractError> {
        let tree = self.parse(text, limits)?;
        let mut facts = lower::Lowering::file(text, &tree);
        notices::note_gaps(tree.root_node(), text, &mut facts);
        notices::note_suppressions(tree.root_node(), text, &mut facts);
        Ok(facts)
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
