//! The one place that makes foreign text harmless: names and source come from strangers, so every format passes them through here.

use crate::terminal::{FULL_WIDTH, is_hazard, opens_log_command};
use std::borrow::Cow;
use std::fmt::Write;

/// What stands for a hazard: the control picture where there is one.
fn symbol(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// `text` on one line, with each hazard shown as one visible symbol: safe at a terminal and in the log of a build, behind a prefix.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| is_hazard(c) || c == '#') {
        return Cow::Borrowed(text);
    }
    let shown = text.char_indices().map(|(at, c)| match c {
        '#' if opens_log_command(&text[at..]) => FULL_WIDTH,
        c if is_hazard(c) => symbol(c),
        c => c,
    });
    Cow::Owned(shown.collect())
}

/// [`visible`] text that may come to stand at the start of a line when wrapped: no word of it opens a workflow command.
pub(super) fn prose(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if !text.contains("::") {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        match piece.strip_prefix("::") {
            Some(rest) => shown.extend(["\u{2237}", rest]),
            None => shown.push_str(piece),
        }
    }
    Cow::Owned(shown)
}

/// A path at the start of a line. `./` keeps it a path where it would otherwise, with the colon behind it, read as a workflow command,
/// or as an option.
pub(super) fn path(path: &str) -> Cow<'_, str> {
    let shown = visible(path);
    if shown.trim_start().starts_with(':') || shown.starts_with('-') {
        return Cow::Owned(format!("./{shown}"));
    }
    shown
}

/// A finished JSON document with what [`visible`] would replace written as `\u` escapes instead: readers see the same strings.
pub(super) fn json(document: &str) -> Cow<'_, str> {
    // Line breaks between tokens are the only raw control characters that a serialiser leaves, and they are no part of a string.
    let is_raw_hazard = |c: char| c != '\n' && is_hazard(c);
    if !document.contains(is_raw_hazard) && !document.contains("##") {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len() + 64);
    for (at, c) in document.char_indices() {
        if is_raw_hazard(c) || (c == '#' && opens_log_command(&document[at..])) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The message of a workflow command; its line breaks survive.
pub(super) fn command_data(text: &str) -> String {
    percent_encode(text, |c| matches!(c, '%' | '\r' | '\n'))
}

/// A property of a workflow command.
pub(super) fn command_property(text: &str) -> String {
    percent_encode(text, |c| matches!(c, '%' | '\r' | '\n' | ':' | ','))
}

fn percent_encode(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            c if is_special(c) => {
                // Only ASCII is special to workflow commands.
                let _ = write!(encoded, "%{:02X}", u32::from(c));
            }
            '#' if opens_log_command(&text[at..]) => encoded.push(FULL_WIDTH),
            c if is_hazard(c) => encoded.push(symbol(c)),
            c => encoded.push(c),
        }
    }
    encoded
}

/// A relative path as a URI reference: everything but unreserved characters and the slashes is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Text inside a Markdown link or a SARIF message that holds links: brackets lose their meaning.
pub(super) fn link_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// Text inside Markdown, where it may neither mark anything up, nor become a link, nor call anybody. Characters that mean something
/// are written as references, which never do; a comment keeps the at sign from the name behind it.
pub(super) fn markdown(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    for (at, c) in text.char_indices() {
        let starts_address = c == 'w' && text[at..].starts_with("www.");
        match c {
            '@' => escaped.push_str("&#64;<!-- -->"),
            ':' if text[at..].starts_with("://") => escaped.push_str("&#58;<!-- -->"),
            ' ' | ',' | '.' | '-' | '/' | '(' | ')' | ':' | ';' | '\'' | '=' => escaped.push(c),
            c if c.is_ascii_punctuation() || starts_address => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_become_symbols() {
        assert_eq!(visible("e\x1b]0;T\x07.py"), "e\u{241b}]0;T\u{2407}.py");
        assert_eq!(visible("r\u{202e}tl\u{9b}\x7f"), "r\u{fffd}tl\u{fffd}\u{2421}");
        assert_eq!(visible("##[error]x ##vso[y] #[test]"), "\u{ff03}#[error]x \u{ff03}#vso[y] #[test]");
        assert_eq!(visible("plain é 🦕"), "plain é 🦕");
    }

    #[test]
    fn no_line_begins_with_a_command() {
        assert_eq!(prose("GET ::error::x, std::io"), "GET ∷error::x, std::io");
        assert_eq!(path("::error file=x::.py"), "./::error file=x::.py");
        assert_eq!(path(" ::stop-commands::x"), "./ ::stop-commands::x");
        assert_eq!(path(":"), "./:");
    }

    #[test]
    fn commands_keep_their_shape() {
        assert_eq!(command_property("a\n::error file=x::b,c:9%0A"), "a%0A%3A%3Aerror file=x%3A%3Ab%2Cc%3A9%250A");
        assert_eq!(command_data("100%\r\nx:y\x1b"), "100%25%0D%0Ax:y\u{241b}");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"r\u{202e}": "\u{9b}\u{e0041}##[error]\x1b\n"});
        let document = serde_json::to_string_pretty(&value).unwrap_or_default();
        let escaped = json(&document);
        assert!(!escaped.contains(|c: char| c != '\n' && is_hazard(c)) && !escaped.contains("##["), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).ok(), Some(value));
    }

    #[test]
    fn markdown_stays_text() {
        assert_eq!(markdown("a|b <i>*x*</i> `c`"), "a&#124;b &#60;i&#62;&#42;x&#42;&#60;/i&#62; &#96;c&#96;");
        assert_eq!(markdown("@team see https://x.y"), "&#64;<!-- -->team see https&#58;<!-- -->//x.y");
        assert_eq!(markdown("www.x.y #1"), "&#119;ww.x.y &#35;1");
    }

    #[test]
    fn uris_are_encoded() {
        assert_eq!(uri("a b/c#q?%é.py"), "a%20b/c%23q%3F%25%C3%A9.py");
    }
}
