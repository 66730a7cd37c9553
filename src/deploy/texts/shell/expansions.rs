//! Expansions of the shell: what `$NAME`, `${NAME:-default}` and `$(command)` stand for.

use crate::deploy::processes::commands::Piece;

/// What `text` begins with, and how many bytes of it that takes. Nothing for a lone sign.
pub(in crate::deploy) fn expansion(text: &str, sign: char) -> (Option<Piece>, usize) {
    let whole = |length: usize| Piece::Unknown(text[..length].into());
    if sign == '`' {
        let length = text[1..].find('`').map_or(text.len(), |end| end + 2);
        return (Some(whole(length)), length);
    }
    let rest = &text[1..];
    if rest.starts_with('(') {
        let length = 1 + balanced(rest, '(', ')');
        return (Some(whole(length)), length);
    }
    if rest.starts_with('{') {
        let inner = balanced(rest, '{', '}');
        let length = 1 + inner;
        let body = rest.get(1..inner.saturating_sub(1)).unwrap_or_default();
        let end = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(body.len());
        let (name, operator) = body.split_at(end);
        let piece = match (name, operator) {
            ("@" | "*", _) => Piece::Arguments,
            ("", _) => return (Some(if body.starts_with('@') { Piece::Arguments } else { whole(length) }), length),
            (name, "") => Piece::Variable { name: name.into(), otherwise: None },
            (name, operator) => match operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-')) {
                Some(otherwise) if !otherwise.contains(['$', '`']) => {
                    Piece::Variable { name: name.into(), otherwise: Some(otherwise.trim_matches(['"', '\'']).into()) }
                }
                // `${A:-${B:-4}}`: the innermost default.
                Some(otherwise) if otherwise.starts_with("${") && !otherwise[2..].contains("${") => {
                    match expansion(otherwise, '$').0 {
                        Some(Piece::Variable { otherwise, .. }) => Piece::Variable { name: name.into(), otherwise },
                        _ => whole(length),
                    }
                }
                _ if operator.starts_with(":?") || operator.starts_with('?') => {
                    Piece::Variable { name: name.into(), otherwise: None }
                }
                _ => whole(length),
            },
        };
        return (Some(piece), length);
    }
    if rest.starts_with(['@', '*']) {
        return (Some(Piece::Arguments), 2);
    }
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if length == 0 {
        return (None, 1);
    }
    let name = &rest[..length];
    // Arguments are variables called by their number, which is one digit.
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) { &name[..1] } else { name };
    let length = name.len();
    (Some(Piece::Variable { name: name.into(), otherwise: None }), 1 + length)
}

/// How many bytes of `text`, which opens with `open`, there are up to its end; all when there is none.
fn balanced(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}
