//! The baseline as a file: one finding a line, so that git merges it line by line, and every mistake in it is an error at its place.

use super::{Baseline, Entry};
use crate::error::{Error, Excerpt, reason};
use crate::known::Known;
use crate::source::Span;
use crate::terminal::visible;
use crate::walk::Tree;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// What the first line begins with, up to the version.
const HEAD: &str = "# scalelint baseline, version ";

/// The version that is read and written.
const VERSION: &str = "1";

/// The rest of the header.
const ABOUT: &str = "\
# Findings that this project lives with for now; anything else fails the check. `scalelint baseline explain` says which still stand,
# `update` and `prune` rewrite this file. In a merge keep the lines of both sides; `merge=union` in .gitattributes has git do so.
# fingerprint, content, rule, path, symbol and message, separated by tabs; only the first four are read.
";

/// Largest baseline: some 60,000 findings.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Characters of a message that are kept, for people.
const MESSAGE: usize = 120;

/// What conflicts in a merge leave behind.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

impl Baseline {
    /// Read the baseline that is at `real` in `tree`, and which messages call `path`.
    ///
    /// # Errors
    /// When it cannot be read, or some line of it is not what a baseline holds.
    pub fn load(tree: &Tree, real: &Path, path: &str) -> Result<Self, Error> {
        let unreadable = |why| Error::BaselineUnreadable { path: path.to_owned(), why };
        let missing = |error: io::Error| match tree {
            Tree::Git(_) => "it is not in git's index; `git add` it".to_owned(),
            Tree::Disk | Tree::Buffers(_) => reason(&error),
        };
        let real = tree.resolve(real).map_err(|error| unreadable(missing(error)))?;
        let bytes = tree.regular(&real, MAX_BYTES).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text".into()))?;
        Self::parse(path, text.strip_prefix('\u{feff}').unwrap_or(&text))
    }

    /// Understand the text of a baseline.
    ///
    /// # Errors
    /// At the first line that is not what a baseline holds.
    pub fn parse(path: &str, text: &str) -> Result<Self, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines_of: HashMap<String, usize> = HashMap::new();
        let mut start = 0;
        for (at, line) in text.split('\n').enumerate() {
            let span = Span::new(start, start + line.len());
            start += line.len() + 1;
            let wrong = |message: String| Excerpt::new(path, text, span, message).label("this line");
            let line = line.trim_end_matches('\r');
            if at == 0 {
                check_head(line).map_err(|(message, help)| Error::Baseline(wrong(message).help(help)))?;
            } else if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
                let help = "keep the lines of both sides and remove the marks; the order of lines does not matter";
                return Err(Error::Baseline(wrong("a merge conflict was left here".into()).help(help)));
            } else if !line.is_empty() && !line.starts_with('#') {
                let help = "restore the line from version control, or remove it and run `scalelint baseline update`";
                let entry = entry(line, span).map_err(|why| Error::Baseline(wrong(why).help(help)))?;
                if let Some(first) = lines_of.insert(entry.known.fingerprint.clone(), at + 1) {
                    let message = format!("this finding stands on line {first} already");
                    return Err(Error::Baseline(wrong(message).help("remove one of the two lines")));
                }
                entries.push(entry);
            }
        }
        Ok(Self { path: path.to_owned(), text: text.into(), entries })
    }
}

fn check_head(line: &str) -> Result<(), (String, &'static str)> {
    if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
        return Err(("a merge conflict was left here".into(), "keep the lines of both sides and remove the marks"));
    }
    match line.strip_prefix(HEAD) {
        Some(VERSION) => Ok(()),
        Some(version) => {
            let shown = visible(version).chars().take(20).collect::<String>();
            Err((format!("this baseline has version `{shown}`, and we read version {VERSION}"), "use the scalelint that made it"))
        }
        None => Err(("this is no baseline".into(), "make one with `scalelint baseline create`")),
    }
}

fn entry(line: &str, span: Span) -> Result<Entry, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [fingerprint, content, rule, path, symbol, message] = fields[..] else {
        return Err(format!("a line of a baseline has 6 fields separated by tabs, and this has {}", fields.len()));
    };
    let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex(fingerprint, 32) || !is_hex(content, 16) {
        return Err("this line begins with no fingerprint".into());
    }
    if rule.is_empty() || path.is_empty() {
        return Err(format!("the {} is missing", if rule.is_empty() { "rule" } else { "path" }));
    }
    let known = Known {
        fingerprint: fingerprint.into(),
        content: content.into(),
        path: unescape(path).ok_or("the path holds an escape that we never write")?,
        level: None,
    };
    let symbol = unescape(symbol).unwrap_or_default();
    Ok(Entry { known, rule: rule.into(), symbol, message: message.into(), span })
}

/// The file that holds `entries`, sorted by path, rule, symbol and fingerprint: whatever belongs together stands together, and two
/// branches that change different files change different places of it.
#[must_use]
pub fn render(entries: &[Entry]) -> String {
    let mut lines: Vec<&Entry> = entries.iter().collect();
    lines.sort_by_key(|entry| (&entry.known.path, &entry.rule, &entry.symbol, &entry.known.fingerprint));
    let mut text = format!("{HEAD}{VERSION}\n{ABOUT}");
    for Entry { known, rule, symbol, message, .. } in lines {
        let (path, symbol) = (escape(&known.path), escape(symbol));
        text.push_str(&format!("{}\t{}\t{rule}\t{path}\t{symbol}\t{message}\n", known.fingerprint, known.content));
    }
    text
}

/// A message as it is kept: short, and on one line.
pub(super) fn shortened(message: &str) -> String {
    let short = escape(&message.chars().take(MESSAGE).collect::<String>());
    if message.chars().nth(MESSAGE).is_some() { short + "…" } else { short }
}

/// Written so that no name can end a field or a line, or drive a terminal.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let mut bytes = [0; 4];
        let plain = &*c.encode_utf8(&mut bytes);
        match c {
            '\\' => escaped.push_str("\\\\"),
            _ if visible(plain) != plain => escaped.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        if let Some(after) = after.strip_prefix('\\') {
            plain.push('\\');
            rest = after;
        } else {
            let (digits, after) = after.strip_prefix("u{")?.split_once('}')?;
            plain.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            rest = after;
        }
    }
    Some(plain + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(path: &str, rule: &str, fingerprint: char) -> Entry {
        let known =
            Known { fingerprint: fingerprint.to_string().repeat(32), content: "a".repeat(16), path: path.into(), level: None };
        let message = shortened("waits\u{1b}[2J\twithout\nlimit");
        Entry { known, rule: rule.into(), symbol: "f".into(), message, span: Span::default() }
    }

    #[test]
    fn what_is_written_is_read() -> Result<(), Error> {
        let odd = "odd\t\n\\ \u{202e}é\u{7f}.py";
        let entries = [made("b.py", "x", '1'), made(odd, "x", '2'), made("a.py", "y", '3'), made("a.py", "x", '4')];
        let text = render(&entries);
        assert!(text.lines().all(|line| line.starts_with('#') || line.split('\t').count() == 6), "{text}");
        for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
            let read = Baseline::parse("base", &text)?;
            let order: Vec<&str> = read.entries.iter().map(|entry| entry.known.path.as_str()).collect();
            assert_eq!(order, ["a.py", "a.py", "b.py", odd]);
            assert_eq!(render(&read.entries).replace("\r\n", "\n"), render(&entries));
        }
        Ok(())
    }

    #[test]
    fn mistakes_are_shown_at_their_line() {
        let good = render(&[made("a.py", "x", '1'), made("b.py", "x", '2')]);
        let twice = format!("{good}{}\n", good.lines().last().unwrap_or_default());
        let marks = good.replace("\n1", "\n<<<<<<< ours\n1");
        for (text, line, message) in [
            (String::new(), 1, "no baseline"),
            (good.replace("version 1", "version 2"), 1, "version `2`"),
            (marks, 5, "merge conflict"),
            (twice, 7, "line 6 already"),
            (good.replace("\tx\tb.py", ""), 6, "6 fields"),
            (good.replace("\n2", "\nz"), 6, "no fingerprint"),
            (good.replace("\tb.py\t", "\t\t"), 6, "path is missing"),
            (good.replace("\tb.py\t", "\tb\\x.py\t"), 6, "escape"),
        ] {
            let error = Baseline::parse("base", &text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(&format!("base:{line}:1: ")) && error.contains(message), "{message}: {error}");
        }
    }
}
