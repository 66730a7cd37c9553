//! Actions of templates as tokens.

/// A token of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Bar,
    Comma,
    Declare,
    Assign,
    /// `.`, `$`, `$x`, `name`: the beginning of a term; whether a space stands before it.
    Start(Box<str>, bool),
    Text(Box<str>),
    Number(Box<str>),
}

pub(super) fn tokens(code: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = code;
    let mut spaced = true;
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let (token, length) = match first {
            c if c.is_whitespace() => {
                spaced = true;
                rest = &rest[c.len_utf8()..];
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '|' => (Token::Bar, 1),
            ',' => (Token::Comma, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '=' => (Token::Assign, 1),
            '"' => {
                let length = 1 + closing(&rest[1..])?;
                (Token::Text(unescaped(&rest[1..length]).into()), length + 1)
            }
            '`' => {
                let length = 1 + rest[1..].find('`')?;
                (Token::Text(rest[1..length].into()), length + 1)
            }
            '\'' => {
                let length = 1 + rest[1..].find('\'')?;
                let number = rest[1..length].chars().next().map_or(0, u32::from).to_string();
                (Token::Number(number.into()), length + 1)
            }
            c if c.is_ascii_digit() || (matches!(c, '-' | '+') && rest[1..].starts_with(|c: char| c.is_ascii_digit())) => {
                let length = 1 + rest[1..].find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_').unwrap_or(rest.len() - 1);
                (Token::Number(rest[..length].into()), length)
            }
            '.' | '$' => {
                let length = 1 + rest[1..].find(|c| !is_name(c)).unwrap_or(rest.len() - 1);
                (Token::Start(rest[..length].into(), spaced), length)
            }
            c if is_name(c) => {
                let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                (Token::Start(rest[..length].into(), spaced), length)
            }
            _ => return None,
        };
        spaced = false;
        found.push(token);
        rest = &rest[length..];
    }
    Some(found)
}

/// The end of a text in double quotes.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}
