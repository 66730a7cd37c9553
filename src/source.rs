//! Positions in source text: byte spans, and the line index that turns them into lines and UTF-16 columns for people and machines.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes in one file. Files are limited to far below 4 GiB, so 32 bits hold every offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end`, in bytes.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    /// The text this span covers; empty when the span does not fit `text` (a file that changed under us).
    #[must_use]
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Whether `other` lies inside this span.
    #[must_use]
    pub fn contains(&self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A piece of a text and what takes its place; an empty piece is an insertion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Change {
    /// Put `text` at byte `at`.
    #[must_use]
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { span: Span::new(at, at), text: text.into() }
    }

    /// Put `text` in the place of `span`.
    #[must_use]
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// `text` with `changes`, which are sorted and do not overlap, done to it.
#[must_use]
pub fn changed<'c>(text: &str, changes: impl IntoIterator<Item = &'c Change>) -> String {
    let (mut new, mut at) = (String::with_capacity(text.len() + 64), 0);
    for change in changes {
        new.push_str(text.get(at..change.span.start as usize).unwrap_or_default());
        new.push_str(&change.text);
        at = change.span.end as usize;
    }
    new + text.get(at..).unwrap_or_default()
}

/// A place as people and machines name it: 1-based line, 1-based column in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 code units.
    pub column: u32,
}

/// Where each line of a text begins; made once per file that has findings.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Index `text`. `\n`, `\r\n` and a lone `\r` each end a line, as editors and code hosts count.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |(at, byte): (usize, &u8)| match byte {
            b'\n' => Some(at + 1),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => Some(at + 1),
            _ => None,
        };
        let starts = std::iter::once(0).chain(bytes.iter().enumerate().filter_map(ends_line));
        Self { starts: starts.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect() }
    }

    /// 0-based line that holds byte `offset`.
    #[must_use]
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }

    /// Bytes of 0-based `line`, its line end included.
    #[must_use]
    pub fn line_span(&self, text: &str, line: usize) -> Span {
        let start = self.starts.get(line).copied().unwrap_or(0) as usize;
        let end = self.starts.get(line + 1).map_or(text.len(), |&next| next as usize);
        Span::new(start, end)
    }

    /// Number of lines; a text that ends with a line break has an empty last one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line and UTF-16 column of byte `offset` in `text`.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.starts.get(line).copied().unwrap_or(0) as usize;
        let before = text.get(start..offset as usize).unwrap_or_default();
        let column = before.chars().map(char::len_utf16).sum::<usize>();
        Position { line: count(line + 1), column: count(column + 1) }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        let text = "a\r\nx = '🦕' + y\rz";
        let index = LineIndex::new(text);
        let y = u32::try_from(text.find('y').unwrap_or_default()).unwrap_or_default();
        assert_eq!(index.position(text, y), Position { line: 2, column: 12 });
        let z = u32::try_from(text.len() - 1).unwrap_or_default();
        assert_eq!(index.position(text, z), Position { line: 3, column: 1 });
        assert_eq!(index.line_span(text, 0).of(text), "a\r\n");
    }
}
