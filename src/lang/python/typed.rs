//! Python as ruff reads it: many times quicker than the tolerant parser, for sound files only. Whatever it would see otherwise
//! than the tolerant one is refused, and read by that.

mod chains;
mod collections;
mod control;
mod definitions;
mod expressions;
mod lower;
mod patterns;
mod places;
mod statements;
mod strings;

pub(super) use chains::with_stack_for;

use crate::facts::FileFacts;
use crate::lang::suppression;
use crate::source::Span;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};

/// The facts of `text`, which is known to nest no deeper than the limit; none when it is not sound, or not for this parser.
pub(super) fn facts(text: &str) -> Option<FileFacts> {
    if !chains::are_bounded(text) {
        return None;
    }
    with_stack_for(text, || {
        let parsed = ruff_python_parser::parse_module(text).ok()?;
        let mut facts = lower::Lowering::file(text, &parsed.syntax().body)?;
        note_suppressions(parsed.tokens(), text, &mut facts);
        Some(facts)
    })
}

/// Note the comments that silence rules. Hardly any file has one, so the text is asked before the tokens.
fn note_suppressions(tokens: &Tokens, text: &str, facts: &mut FileFacts) {
    if !text.contains(suppression::MARK) {
        return;
    }
    for comment in tokens.iter().filter(|token| token.kind() == TokenKind::Comment).map(|token| span(token.range())) {
        let words = comment.of(text).trim_end();
        let start = comment.start as usize;
        let own_line = suppression::stands_alone(text, start);
        facts.suppressions.extend(suppression::parse(words, Span::new(start, start + words.len()), own_line));
    }
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}
