//! The state of lowering one typed tree, and what the tree does not say: where brackets and keywords stand.

use super::span;
use crate::facts::{FileFacts, NameId};
use crate::lang::python::tape::Tape;
use crate::source::Span;
use ruff_python_ast::Stmt;
use ruff_text_size::{Ranged, TextRange};

/// Deepest nesting of constructs that is followed; what lies deeper is left to the tolerant parser. It counts more steps for the
/// same nesting, so that nothing within this limit is beyond its own.
const DEPTH: u32 = 96;

/// Lowers one file.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    pub(super) tape: Tape,
    depth: u32,
    refused: bool,
}

impl<'t> Lowering<'t> {
    /// The facts of `text`; suppressions are added by the caller. None when something in it is left to the tolerant parser.
    pub(super) fn file(text: &'t str, statements: &[Stmt]) -> Option<FileFacts> {
        let mut lowering = Self { text, tape: Tape::new(text), depth: 0, refused: false };
        lowering.block(statements);
        let facts = lowering.tape.finish(text);
        (!lowering.refused).then_some(facts)
    }

    /// Leave this file to the tolerant parser.
    pub(super) fn refuse(&mut self) {
        self.refused = true;
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// The text of a node.
    pub(super) fn text_of(&self, node: &impl Ranged) -> &'t str {
        span(node.range()).of(self.text)
    }

    /// The text of a node, as a name of the file: as written, where the tree has it normalized.
    pub(super) fn name_of(&mut self, node: &impl Ranged) -> NameId {
        let text = self.text_of(node);
        self.tape.build.name(text)
    }

    /// Go one level deeper with `lower`; none when that is too deep.
    pub(super) fn deeper<R>(&mut self, lower: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= DEPTH || self.refused {
            self.refused = true;
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }

    /// The first byte from `at` that is neither blank nor part of a comment.
    pub(super) fn skip_blanks(&self, at: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let mut at = at as usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'\\' => at += 1,
                b'#' => at = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |end| at + end),
                _ => break,
            }
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// The first byte from `at` that is neither blank nor one of `separators`.
    pub(super) fn skip(&self, mut at: u32, separators: &[u8]) -> u32 {
        loop {
            at = self.skip_blanks(at);
            match self.text.as_bytes().get(at as usize) {
                Some(byte) if separators.contains(byte) => at += 1,
                _ => return at,
            }
        }
    }

    /// Where the parentheses around what ends at `end` are closed. Something else must follow them before another parenthesis
    /// may close.
    pub(super) fn closing(&self, end: u32) -> u32 {
        self.last_of(end, b")")
    }

    /// One past the last of the `closers` that follow `end`.
    pub(super) fn last_of(&self, mut end: u32, closers: &[u8]) -> u32 {
        loop {
            let at = self.skip_blanks(end);
            match self.text.as_bytes().get(at as usize) {
                Some(byte) if closers.contains(byte) => end = at + 1,
                _ => return end,
            }
        }
    }

    /// Where `keyword` starts, the next word from `at`.
    pub(super) fn keyword(&mut self, at: u32, keyword: &str) -> u32 {
        let at = self.skip(at, b";");
        if !self.text.get(at as usize..).unwrap_or_default().starts_with(keyword) {
            self.refuse();
        }
        at
    }
}

/// From the start of a node to `end`: the head of a statement.
pub(super) fn span_to(node: &impl Ranged, end: u32) -> Span {
    Span { start: start_of(node), end }
}

pub(super) fn start_of(node: &impl Ranged) -> u32 {
    node.start().to_u32()
}

pub(super) fn end_of(node: &impl Ranged) -> u32 {
    node.end().to_u32()
}

/// Where `node` stands.
pub(super) fn span_of(node: &impl Ranged) -> Span {
    span(node.range())
}

/// Where the blocks of a statement end that holds `statements` last.
pub(super) fn end_of_block(statements: &[Stmt]) -> u32 {
    statements.last().map_or(0, end_of)
}

/// A range as the tree has it.
pub(super) fn at(range: TextRange) -> Span {
    span(range)
}
