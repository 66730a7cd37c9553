//! Measures nesting in raw text before any parser sees it: parsers and the code after them recurse on it, so too deep is refused.

/// Deepest bracket nesting of a macro body that is shown to `syn`, which recurses.
const MACRO_NESTING: usize = 64;
/// Most operators and keywords between two separators of a macro body: each may cost `syn` a level of recursion.
const MACRO_OPERATORS: usize = 200;
/// Most tokens between two separators of a macro body: a chain of them is a tree as deep, which is dropped recursively.
const MACRO_CHAIN: usize = 1_500;

/// Byte at which brackets nest deeper than `limit`, if they do. Brackets in strings and comments do not count.
pub(super) fn too_deep_at(text: &str, limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for token in Tokens::new(text) {
        match token.class {
            Class::Open => {
                depth += 1;
                if depth > limit {
                    return Some(token.at);
                }
            }
            Class::Close => depth = depth.saturating_sub(1),
            Class::Separator | Class::Operator | Class::Word => {}
        }
    }
    None
}

/// Whether the body of a macro is too deep for `syn`: in brackets, or in chains that nest without any.
pub(super) fn too_deep_for_syn(text: &str) -> bool {
    let mut open: Vec<Segment> = Vec::new();
    let mut here = Segment::default();
    for token in Tokens::new(text) {
        match token.class {
            Class::Open => {
                open.push(here);
                if open.len() > MACRO_NESTING {
                    return true;
                }
            }
            Class::Close => {
                here = open.pop().unwrap_or_default();
                here.tokens += 1;
            }
            // What nests around a bracket nests around all of its segments.
            Class::Separator => here = open.last().copied().unwrap_or_default(),
            Class::Operator => here.operators += 1,
            Class::Word => {
                here.tokens += 1;
                here.operators += usize::from(is_keyword(&text[token.at..token.end]));
            }
        }
        if here.operators > MACRO_OPERATORS || here.operators + here.tokens > MACRO_CHAIN {
            return true;
        }
    }
    false
}

#[derive(Clone, Copy, Default)]
struct Segment {
    operators: usize,
    tokens: usize,
}

/// Keywords after which an expression, pattern or type may follow directly.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "box"
            | "break"
            | "const"
            | "dyn"
            | "else"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "mut"
            | "ref"
            | "return"
            | "static"
            | "try"
            | "unsafe"
            | "while"
            | "yield"
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Open,
    Close,
    Separator,
    Operator,
    Word,
}

struct Token {
    class: Class,
    at: usize,
    end: usize,
}

/// The rough tokens of a text: strings, characters and comments are passed over, names and numbers are words.
struct Tokens<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Tokens<'t> {
    fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self, class: Class, len: usize) -> Option<Token> {
        let at = self.at;
        self.at += len;
        Some(Token { class, at, end: self.at })
    }

    fn word(&mut self) -> Option<Token> {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|&byte| !is_word(byte)).unwrap_or(rest.len());
        let word = &rest[..len];
        let quote = rest.get(len).copied().unwrap_or(0);
        if matches!(quote, b'"' | b'#') && matches!(word, b"r" | b"br" | b"cr") {
            let at = self.at;
            self.at += len;
            self.raw_string();
            return Some(Token { class: Class::Word, at, end: self.at });
        }
        self.token(Class::Word, len)
    }

    /// After the `r`: hashes, quote, text, quote and as many hashes. A raw identifier has no quote and is left alone.
    fn raw_string(&mut self) {
        let hashes = self.bytes[self.at..].iter().take_while(|&&byte| byte == b'#').count();
        if self.peek(hashes) != b'"' {
            self.at += hashes;
            return;
        }
        self.at += hashes + 1;
        while self.at < self.bytes.len() {
            let closes =
                self.peek(0) == b'"' && self.bytes[self.at + 1..].iter().take(hashes).filter(|&&b| b == b'#').count() == hashes;
            self.at += 1;
            if closes {
                self.at += hashes;
                return;
            }
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
    }

    /// `'a'`, `'\n'`, `'é'` are characters; `'a` is a lifetime.
    fn character(&mut self) {
        if self.peek(1) == b'\\' {
            self.at += 3;
            while !matches!(self.peek(0), b'\'' | b'\n' | 0) {
                self.at += 1;
            }
            self.at += 1;
        } else {
            let width = match self.peek(1) {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
            self.at += if self.peek(1 + width) == b'\'' { width + 2 } else { 1 };
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => depth += 1,
                (b'*', b'/') => depth = depth.saturating_sub(1),
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return;
            }
        }
    }
}

/// Which bytes make words: most of a text, of which every byte is asked.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = matches!(at as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80..);
        at += 1;
    }
    table
};

fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'(' | b'[' | b'{' => return self.token(Class::Open, 1),
                b')' | b']' | b'}' => return self.token(Class::Close, 1),
                b',' | b';' => return self.token(Class::Separator, 1),
                b'"' => {
                    self.string();
                    return Some(Token { class: Class::Word, at: self.at, end: self.at });
                }
                b'\'' => self.character(),
                b'/' if self.peek(1) == b'/' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'/' if self.peek(1) == b'*' => self.block_comment(),
                byte if is_word(byte) => return self.word(),
                byte if byte.is_ascii_whitespace() => self.at += 1,
                // A path, a member access and `?` nest to the left only: they cost a token, not a level.
                b'.' | b':' | b'?' | b'#' => return self.token(Class::Word, 1),
                _ => return self.token(Class::Operator, 1),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_characters_and_comments_do_not_count() {
        let text = "f('(', \"((\", r#\"(\"((\"#, b'\\'', '\\u{28}', 'a: loop) // (((\n/* ( /* ( */ ( */ r#type (1)";
        assert_eq!(too_deep_at(text, 1), None);
        assert_eq!(too_deep_at("a((b))", 1), Some(2));
    }

    #[test]
    fn chains_without_brackets_are_deep_too() {
        assert!(too_deep_for_syn(&"!".repeat(300)));
        assert!(too_deep_for_syn(&"return ".repeat(300)));
        assert!(too_deep_for_syn(&"a.".repeat(2_000)));
        assert!(too_deep_for_syn(&"(".repeat(100)));
        assert!(!too_deep_for_syn(&"a + b, f(c); ".repeat(2_000)));
    }
}
