//! Writes one more argument into a call, as its author would have: on a line of its own where the others have theirs, with the comma
//! behind it where the others have one, and with every comment where it was.

use super::typed::with_stack_for;
use crate::source::{Change, Span};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

/// A token of a call, by its place in the file.
#[derive(Clone, Copy)]
struct Token {
    kind: TokenKind,
    start: usize,
    end: usize,
}

/// The changes that add `argument`, as `timeout=10`, to the call at `call`, which ends with its closing bracket.
pub(in crate::lang) fn add_argument(text: &str, call: Span, argument: &str) -> Option<Vec<Change>> {
    let given = between_brackets(text, call)?;
    let (open, inside) = given.split_first()?;
    let is_blank = |token: &&Token| matches!(token.kind, TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Newline);
    let Some(last) = inside.iter().rfind(|token| !is_blank(token)) else {
        // A comment in brackets that hold nothing else may say why.
        let commented = inside.iter().any(|token| token.kind == TokenKind::Comment);
        return (!commented).then(|| vec![Change::insert(open.end, argument)]);
    };
    let first = first_of_last(&given)?;
    let trailing = last.kind == TokenKind::Comma;
    // Back over blanks only: a line may be as long as a file, and hold as many calls.
    let line = text[..first.start].trim_end_matches([' ', '\t']).len();
    let indent = &text[line..first.start];
    if line > 0 && !text[..line].ends_with('\n') {
        let added = if trailing { format!(" {argument},") } else { format!(", {argument}") };
        return Some(vec![Change::insert(last.end, added)]);
    }
    let brk = if text[..line].ends_with("\r\n") { "\r\n" } else { "\n" };
    let comment = inside.iter().find(|token| token.kind == TokenKind::Comment && token.start >= last.end);
    let comment = comment.filter(|comment| !text[last.end..comment.start].contains('\n'));
    let own_line = format!("{brk}{indent}{argument}");
    Some(match (trailing, comment) {
        (true, comment) => vec![Change::insert(comment.map_or(last.end, |comment| comment.end), own_line + ",")],
        (false, Some(comment)) => vec![Change::insert(last.end, ","), Change::insert(comment.end, own_line)],
        (false, None) => vec![Change::insert(last.end, format!(",{own_line}"))],
    })
}

/// The opening bracket of a call and what stands between it and the closing one. None where something is in there that may be, or hide,
/// the argument, or that must stand alone.
fn between_brackets(text: &str, call: Span) -> Option<Vec<Token>> {
    let tokens = tokens(text, call);
    let mut opened = Vec::new();
    let mut pair = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => opened.push(at),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => pair = Some((opened.pop()?, at)),
            _ => {}
        }
    }
    let (open, close) = pair?;
    let ends = tokens[close].kind == TokenKind::Rpar && tokens[close].end == call.end as usize && opened.is_empty();
    let given = tokens.get(open..close)?;
    let argument_starts = |kind: TokenKind| matches!(kind, TokenKind::Star | TokenKind::DoubleStar);
    let at_start = top_level(given).into_iter().filter(|(_, first)| *first);
    let spread = at_start.into_iter().any(|(at, _)| argument_starts(given[at].kind));
    let generator = top_level(given).into_iter().any(|(at, _)| given[at].kind == TokenKind::For);
    (ends && !spread && !generator).then(|| given.to_vec())
}

/// The tokens of a call. Read alone it may be no sound statement, as where a chain goes on in the next line; its tokens are the same.
fn tokens(text: &str, call: Span) -> Vec<Token> {
    let (offset, text) = (call.start as usize, call.of(text));
    with_stack_for(text, || {
        let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
        let token = |token: &ruff_python_ast::token::Token| Token {
            kind: token.kind(),
            start: offset + token.range().start().to_usize(),
            end: offset + token.range().end().to_usize(),
        };
        parsed.tokens().iter().map(token).collect()
    })
}

/// The tokens between the brackets themselves, not in others inside: which, and whether it begins an argument.
fn top_level(given: &[Token]) -> Vec<(usize, bool)> {
    let (mut depth, mut begins) = (0_usize, true);
    let mut found = Vec::new();
    for (at, token) in given.iter().enumerate().skip(1) {
        match token.kind {
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::Newline => continue,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            found.push((at, begins));
            begins = token.kind == TokenKind::Comma;
        }
        if matches!(token.kind, TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace) {
            depth += 1;
        }
    }
    found
}

/// The token that the last argument begins with.
fn first_of_last(given: &[Token]) -> Option<Token> {
    top_level(given).into_iter().rfind(|(_, first)| *first).map(|(at, _)| given[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::changed;

    fn added(text: &str) -> Option<String> {
        let start = text.find("f(").unwrap_or_default();
        let end = text.rfind(')').unwrap_or_default() + 1;
        let changes = add_argument(text, Span::new(start, end), "t=1")?;
        Some(changed(text, changes.iter()))
    }

    #[test]
    fn on_one_line() {
        for (before, after) in [
            ("f()", "f(t=1)"),
            ("x = f(u)  # why", "x = f(u, t=1)  # why"),
            ("f(u,)", "f(u, t=1,)"),
            ("f((u))", "f((u), t=1)"),
            ("f(u, json={'a': [1, 2]})", "f(u, json={'a': [1, 2]}, t=1)"),
            ("f(f\"{u}/{v['x']}\")", "f(f\"{u}/{v['x']}\", t=1)"),
            ("f(\n    u, v\n)", "f(\n    u, v, t=1\n)"),
            ("f([x for x in y])", "f([x for x in y], t=1)"),
            ("f('''a\n  b''')", "f('''a\n  b''', t=1)"),
            ("f(lambda x: x)", "f(lambda x: x, t=1)"),
            ("f(2 ** 3)", "f(2 ** 3, t=1)"),
        ] {
            assert_eq!(added(before).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn on_lines_of_their_own() {
        for (before, after) in [
            ("f(\n    u,\n)", "f(\n    u,\n    t=1,\n)"),
            ("f(\r\n\tu\r\n)", "f(\r\n\tu,\r\n\tt=1\r\n)"),
            ("f(\n    u  # c\n)", "f(\n    u,  # c\n    t=1\n)"),
            ("f(\n    u,  # c\n    # d\n)", "f(\n    u,  # c\n    t=1,\n    # d\n)"),
            ("f(u,\n  v)", "f(u,\n  v,\n  t=1)"),
            ("f(\n    '''a\nb''',\n)", "f(\n    '''a\nb''',\n    t=1,\n)"),
        ] {
            assert_eq!(added(before).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn what_is_not_certain_is_left() {
        for text in ["f(**k)", "f(u, *v)", "f(x for x in y)", "f(  # why\n)", "f(u, **{'t': 2})", "f(async x for x in y)", "f(u"]
        {
            assert_eq!(added(text), None, "{text}");
        }
    }
}
