//! Literals from their spelling: escapes, raw strings, suffixes, separators.

use super::lower::Lowering;
use crate::facts::{Literal, OpId, OpKind};
use crate::source::Span;
use std::borrow::Cow;

impl Lowering<'_> {
    /// A string, raw string or character literal.
    pub(super) fn text_constant(&mut self, literal: &str, span: Span) -> OpId {
        match unquote(literal) {
            Some(text) => self.builder.text_literal(&text, span),
            None => self.builder.push(OpKind::Literal(Literal::Other), span),
        }
    }

    /// An integer or float literal, with its sign.
    pub(super) fn number(&mut self, literal: &str, negative: bool, span: Span) -> OpId {
        let literal = match (number(literal), negative) {
            (Literal::Int(n), true) => Literal::Int(n.wrapping_neg()),
            (Literal::Float(n), true) => Literal::Float(-n),
            (literal, _) => literal,
        };
        self.builder.push(OpKind::Literal(literal), span)
    }
}

/// The text of a string or character literal; none for bytes and C strings.
pub(super) fn unquote(literal: &str) -> Option<Cow<'_, str>> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.bytes().take_while(|&byte| byte == b'#').count();
        return raw.get(hashes + 1..raw.len().checked_sub(hashes + 1)?).map(Cow::Borrowed);
    }
    let quote = literal.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let body = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(if body.contains(['\\', '\r']) { Cow::Owned(unescape(body)) } else { Cow::Borrowed(body) })
}

fn unescape(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body.chars();
    while let Some(c) = rest.next() {
        // The compiler reads CRLF in a literal as LF.
        if c == '\r' && rest.as_str().starts_with('\n') {
            continue;
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                text.extend(u8::from_str_radix(&digits, 16).ok().map(char::from));
            }
            Some('u') => {
                let digits: String =
                    rest.by_ref().skip_while(|&c| c == '{').take_while(|&c| c != '}').filter(|&c| c != '_').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            // A line break after a backslash is left out, with the indentation that follows.
            Some('\n' | '\r') => {
                let next = rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']);
                rest = next.chars();
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

fn number(literal: &str) -> Literal {
    let digits: Cow<'_, str> = if literal.contains('_') { literal.replace('_', "").into() } else { literal.into() };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, &*digits),
    };
    let end = digits.bytes().position(|byte| !char::from(byte).is_digit(radix)).unwrap_or(digits.len());
    let (whole, suffix) = digits.split_at(end);
    let is_float = radix == 10 && suffix.starts_with(['.', 'e', 'E', 'f']);
    if !is_float {
        return i64::from_str_radix(whole, radix).map_or(Literal::Other, Literal::Int);
    }
    let float = digits.trim_end_matches("f32").trim_end_matches("f64");
    float.parse().map_or(Literal::Other, Literal::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_decoded() {
        assert_eq!(unquote(r#""a\n\x41\u{1F995}\"""#).as_deref(), Some("a\nA🦕\""));
        assert_eq!(unquote("\"SELECT \\\n     1\"").as_deref(), Some("SELECT 1"));
        assert_eq!(unquote(r##"r#"a\n"b"#"##).as_deref(), Some("a\\n\"b"));
        assert_eq!(unquote("'\\''").as_deref(), Some("'"));
        assert_eq!(unquote("b\"x\""), None);
        for broken in ["r", "r#", "\"", "'", "r\"", ""] {
            assert!(unquote(broken).is_none_or(|text| text.is_empty()), "{broken}");
        }
    }

    #[test]
    fn numbers_lose_separators_and_suffixes() {
        assert_eq!(number("1_000u64"), Literal::Int(1000));
        assert_eq!(number("0xffu8"), Literal::Int(255));
        assert_eq!(number("1.5e3_f64"), Literal::Float(1500.0));
        assert_eq!(number("2f32"), Literal::Float(2.0));
        assert_eq!(number("99999999999999999999"), Literal::Other);
    }
}
