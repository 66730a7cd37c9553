//! Lines and columns for every format, at a cost that does not grow with the length of a line: a minified file may hold thousands of
//! findings on one.

use crate::finding::{Place, Report, ReportFile};
use crate::source::Position;
use std::cell::OnceCell;

/// Positions of places in a report.
pub(super) struct Places<'r> {
    files: &'r [ReportFile],
    columns: Vec<OnceCell<Columns>>,
}

impl<'r> Places<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        Self { files: &report.files, columns: report.files.iter().map(|_| OnceCell::new()).collect() }
    }

    /// The file a place lies in.
    pub(super) fn file(&self, place: Place) -> &'r ReportFile {
        &self.files[place.file.index()]
    }

    /// Where a place begins.
    pub(super) fn start(&self, place: Place) -> Position {
        self.position(place, place.span.start)
    }

    /// One past where it ends.
    pub(super) fn end(&self, place: Place) -> Position {
        self.position(place, place.span.end.max(place.span.start))
    }

    /// Where a place begins, its column counted in bytes.
    pub(super) fn start_in_bytes(&self, place: Place) -> Position {
        self.position_in_bytes(place, place.span.start)
    }

    /// One past where it ends, likewise.
    pub(super) fn end_in_bytes(&self, place: Place) -> Position {
        self.position_in_bytes(place, place.span.end.max(place.span.start))
    }

    fn position_in_bytes(&self, place: Place, offset: u32) -> Position {
        let file = self.file(place);
        let line = file.lines.line(offset);
        let column = offset - file.lines.line_span(&file.text, line).start + 1;
        Position { line: u32::try_from(line + 1).unwrap_or(u32::MAX), column }
    }

    fn position(&self, place: Place, offset: u32) -> Position {
        let file = self.file(place);
        let columns = self.columns[place.file.index()].get_or_init(|| Columns::new(&file.text));
        let line = file.lines.line(offset);
        let start = file.lines.line_span(&file.text, line).start;
        let column = columns.units_before(&file.text, offset) - columns.units_before(&file.text, start);
        Position { line: u32::try_from(line + 1).unwrap_or(u32::MAX), column: column + 1 }
    }
}

/// UTF-16 units before every [`STEP`]th byte of a text.
struct Columns {
    units: Vec<u32>,
}

/// How many bytes a question may have to look at.
const STEP: usize = 256;

impl Columns {
    fn new(text: &str) -> Self {
        let before = text.as_bytes().chunks(STEP).scan(0, |sum, chunk| {
            *sum += units(chunk);
            Some(*sum)
        });
        Self { units: std::iter::once(0).chain(before).collect() }
    }

    fn units_before(&self, text: &str, offset: u32) -> u32 {
        let offset = text.len().min(offset as usize);
        self.units[offset / STEP] + units(&text.as_bytes()[offset / STEP * STEP..offset])
    }
}

/// UTF-16 units of a piece of UTF-8: one for each character, counted at its first byte, and one more where that takes four bytes.
fn units(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&byte| u32::from(byte & 0xc0 != 0x80) + u32::from(byte >= 0xf0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FileId;
    use crate::source::{LineIndex, Span};

    #[test]
    fn agrees_with_the_line_index() {
        let text = "é🦕\tx\r\n".repeat(90) + &"日本語🦕 ".repeat(200) + "\rend";
        let lines = LineIndex::new(&text);
        let file = ReportFile { path: "a.py".into(), text: text.as_str().into(), lines: lines.clone() };
        let report = Report { files: vec![file], ..Report::default() };
        let places = Places::new(&report);
        for (at, _) in text.char_indices() {
            let place = Place { file: FileId(0), span: Span::new(at, at) };
            assert_eq!(places.start(place), lines.position(&text, place.span.start), "byte {at}");
        }
    }
}
