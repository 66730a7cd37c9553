//! Reads the text of literals, numbers and strings, from the source itself, so that both lowerings read them alike.

use crate::facts::Literal;
use std::borrow::Cow;

/// A string constant taken apart.
pub(super) struct Parts<'t> {
    prefix: &'t str,
    body: &'t str,
}

impl<'t> Parts<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let quote_at = text.find(['"', '\'', '`']).unwrap_or(text.len());
        let (prefix, quoted) = text.split_at(quote_at);
        let quote = quoted.get(..1).unwrap_or_default();
        let triple = quoted
            .get(..3)
            .filter(|three| quoted.len() >= 6 && three.bytes().all(|byte| Some(&byte) == quote.as_bytes().first()));
        let mark = triple.unwrap_or(quote);
        let body = quoted.strip_prefix(mark).unwrap_or_default();
        Self { prefix, body: body.strip_suffix(mark).unwrap_or(body) }
    }

    fn has(&self, flag: u8) -> bool {
        self.prefix.bytes().any(|byte| byte.eq_ignore_ascii_case(&flag))
    }

    /// Whether it holds values in braces.
    pub(super) fn is_format(&self) -> bool {
        self.has(b'f') || self.has(b't')
    }
    /// Whether it is made of bytes.
    pub(super) fn is_bytes(&self) -> bool {
        self.has(b'b')
    }

    /// Its text.
    pub(super) fn text(&self) -> Cow<'t, str> {
        decoded(self.body, self.has(b'r'))
    }

    /// The text of a constant stretch `piece` between the values that it holds.
    pub(super) fn piece<'p>(&self, piece: &'p str) -> Cow<'p, str> {
        let text = decoded(piece, self.has(b'r'));
        if text.contains(['{', '}']) { text.replace("{{", "{").replace("}}", "}").into() } else { text }
    }
}

/// Whether the string that `text` writes holds values in braces.
pub(super) fn is_format(text: &str) -> bool {
    Parts::of(text).is_format()
}

/// The number that `text` writes, negated when a minus stands before it.
pub(super) fn number(text: &str, negative: bool) -> Literal {
    let text: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let text = text.trim_end_matches(['l', 'L']);
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0o" | "0O") => (&text[2..], 8),
        Some("0b" | "0B") => (&text[2..], 2),
        _ => (text, 10),
    };
    let whole = i128::from_str_radix(digits, radix).map(|number| if negative { -number } else { number });
    if let Some(number) = whole.ok().and_then(|number| i64::try_from(number).ok()) {
        return Literal::Int(number);
    }
    match digits.parse::<f64>() {
        Ok(number) if radix == 10 => Literal::Float(if negative { -number } else { number }),
        _ => Literal::Other,
    }
}

/// `text` with its escapes replaced. Those by name (`\N{..}`) and in octal stay as written; nothing asks for them.
fn decoded(text: &str, raw: bool) -> Cow<'_, str> {
    if raw || !text.contains('\\') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out);
    }
    out.push_str(rest);
    out.into()
}

/// Decode the escape whose backslash stood before `text`, and give what follows it.
fn escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    let mut chars = text.chars();
    match chars.next() {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some(same @ ('\\' | '\'' | '"')) => out.push(same),
        Some('\n') => {}
        Some('\r') => return chars.as_str().strip_prefix('\n').unwrap_or(chars.as_str()),
        Some(letter @ ('x' | 'u' | 'U')) => {
            let digits = match letter {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let code = chars.as_str().get(..digits).and_then(|code| u32::from_str_radix(code, 16).ok());
            if let Some(decoded) = code.and_then(char::from_u32) {
                out.push(decoded);
                return &chars.as_str()[digits..];
            }
            out.push('\\');
            out.push(letter);
        }
        Some(other) => {
            out.push('\\');
            out.push(other);
        }
        None => out.push('\\'),
    }
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("1_000", false), Literal::Int(1000));
        assert_eq!(number("0xFF", true), Literal::Int(-255));
        assert_eq!(number("9223372036854775808", true), Literal::Int(i64::MIN));
        assert_eq!(number("1e3", false), Literal::Float(1000.0));
        assert_eq!(number("0777L", false), Literal::Int(777));
        assert_eq!(number("3j", false), Literal::Other);
        assert_eq!(number("é", false), Literal::Other);
    }

    #[test]
    fn strings() {
        let read = |text| Parts::of(text).text().into_owned();
        assert_eq!(read(r#""a\n\x41é\\\q""#), "a\nAé\\\\q");
        assert_eq!(read("r'\\n'"), "\\n");
        assert_eq!(read("'''a'b'''"), "a'b");
        assert_eq!(read("''"), "");
        assert_eq!(read("''''''"), "");
        assert_eq!(read("'\\"), "\\");
        assert_eq!(read("'\\xé'"), "\\xé");
        assert_eq!(read("u'\\u00"), "\\u00");
    }
}
