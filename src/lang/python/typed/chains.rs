//! Keeps from the typed parser what would overflow the stack when its tree is dropped: a level of the tree costs a frame there,
//! and a chain such as `a.b.c` or `a + b + c` is as deep as it is long.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// Up to this many bytes a file cannot be deeper than the stack bears, since every level takes a byte at least.
const SMALL: usize = 128 * 1024;

/// Most levels that a larger file may have.
const LEVELS: usize = 10_000;

/// What a level costs on the stack, in bytes: the frames of dropping one node take less than 100, even in debug builds.
const LEVEL_BYTES: usize = 256;

/// What parsing and lowering need besides: both are bounded, or see to their stack themselves.
const BASE_BYTES: usize = 2 * 1024 * 1024;

/// Whether the tree of `text` is known to be shallow enough.
pub(super) fn are_bounded(text: &str) -> bool {
    text.len() <= SMALL || levels_stay_below(text, LEVELS)
}

/// Run `work`, which parses `text`, with stack enough to drop the tree. Our workers have it; other threads may not.
pub(in crate::lang::python) fn with_stack_for<R>(text: &str, work: impl FnOnce() -> R) -> R {
    let needed = BASE_BYTES + text.len().min(SMALL) * LEVEL_BYTES;
    stacker::maybe_grow(needed, needed, work)
}

/// Whether no path down the tree of `text` can pass `limit` levels. A level takes a token of its own, so the tokens since the
/// last comma count, in each of the open brackets; a comma says nothing behind `lambda`, whose parameters have some too, and
/// outside of brackets.
fn levels_stay_below(text: &str, limit: usize) -> bool {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut outer: Vec<Open> = Vec::new();
    let mut here = Open::default();
    let mut levels = 0;
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return true,
            TokenKind::Newline => {
                (outer, here) = (Vec::new(), Open::default());
                levels = 0;
            }
            TokenKind::Comment | TokenKind::NonLogicalNewline => {}
            TokenKind::Comma if !outer.is_empty() && !here.lambda => levels -= std::mem::take(&mut here.levels),
            kind => {
                match kind {
                    TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                        levels -= if outer.is_empty() { 0 } else { here.levels };
                        here = outer.pop().unwrap_or(here);
                    }
                    TokenKind::Lambda => here.lambda = true,
                    _ => {}
                }
                here.levels += 1;
                levels += 1;
                if matches!(kind, TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace) {
                    outer.push(std::mem::take(&mut here));
                }
            }
        }
        if levels > limit {
            return false;
        }
    }
}

/// What has been read inside a bracket that is still open, since the last comma.
#[derive(Clone, Copy, Default)]
struct Open {
    levels: usize,
    lambda: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_counted_where_they_nest() {
        let stays = |text: &str| levels_stay_below(text, 100);
        assert!(stays(&"a.b.c()\n".repeat(1_000)));
        assert!(stays(&format!("x = [{}]\n", "(1, 'a' + 'b'), ".repeat(1_000))));
        assert!(stays(&format!("f({})\n", "a=1, ".repeat(1_000))));
        for link in [".b", "()", "[0]", " + a", " or a", " if a else a", "[1, 2]"] {
            assert!(!stays(&format!("a{}\n", link.repeat(101))), "{link}");
            assert!(!stays(&format!("(a{})\n", link.repeat(101))), "{link}");
        }
        assert!(!stays(&format!("f({}x)\n", "lambda a, b: ".repeat(101))));
        assert!(!stays(&format!("{}x\n", "if a: 1, ".repeat(101))));
    }
}
