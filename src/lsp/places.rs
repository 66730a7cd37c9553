//! Lines and columns as the protocol counts them: from 0, in the units that editor and server have agreed on.

use crate::source::{LineIndex, Span};
use lsp_types::{Position, PositionEncodingKind, Range};

/// Units of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    Utf8,
    /// What holds when nothing is said.
    #[default]
    Utf16,
}

impl Encoding {
    /// The first that the editor offers and we know.
    pub(super) fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        let known = |kind: &PositionEncodingKind| match kind.as_str() {
            "utf-8" => Some(Self::Utf8),
            "utf-16" => Some(Self::Utf16),
            _ => None,
        };
        offered.iter().find_map(known).unwrap_or_default()
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text with its lines.
pub(super) struct Lines<'t> {
    text: &'t str,
    index: &'t LineIndex,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, index: &'t LineIndex, encoding: Encoding) -> Self {
        Self { text, index, encoding }
    }

    /// Where a span is.
    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start), self.position(span.end.max(span.start)))
    }

    fn position(&self, offset: u32) -> Position {
        let line = self.index.line(offset);
        let start = self.index.line_span(self.text, line).start;
        let before = self.text.get(start as usize..offset as usize).unwrap_or_default();
        let column: usize = match self.encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Position::new(count(line), count(column))
    }

    /// The byte at a position. What lies beyond a line is its end, what lies beyond the text is the end of that; a position inside of
    /// a character is before it.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        if line >= self.index.lines() {
            return self.text.len();
        }
        let span = self.index.line_span(self.text, line);
        let content = span.of(self.text).trim_end_matches(['\r', '\n']);
        let mut left = position.character as usize;
        let fits = |c: &char| {
            let width = self.encoding.width(*c);
            let fits = width <= left;
            left = left.saturating_sub(width);
            fits
        };
        span.start as usize + content.chars().take_while(fits).map(char::len_utf8).sum::<usize>()
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = "a\r\nx = '🦕é' + y\rz\n";
        let index = LineIndex::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, &index, encoding);
            let starts = text.char_indices().filter(|(_, c)| !['\r', '\n'].contains(c)).map(|(at, _)| at);
            for at in starts.chain([text.len()]) {
                assert_eq!(lines.offset(lines.position(count(at))), at, "{encoding:?} {at}");
            }
        }
    }

    #[test]
    fn what_lies_beyond_is_the_end() {
        let text = "ab\r\n🦕\n";
        let index = LineIndex::new(text);
        let lines = Lines::new(text, &index, Encoding::Utf16);
        assert_eq!(lines.offset(Position::new(0, 99)), 2);
        assert_eq!(lines.offset(Position::new(1, 1)), 4, "inside of a character");
        assert_eq!(lines.offset(Position::new(1, 2)), 8);
        assert_eq!(lines.offset(Position::new(9, 9)), text.len());
    }
}
