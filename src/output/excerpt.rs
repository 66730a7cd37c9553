//! The few lines of source that an excerpt shows, made safe and short before miette sees them. Handing miette the file instead would
//! rescan it for every finding, overflow its widths on long lines, and pass raw control characters to the terminal.

use super::escape;
use crate::finding::ReportFile;
use crate::source::{Position, Span};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Characters of a line that are shown.
const WINDOW: usize = 200;
/// Of these, how many stand before the place when the line is cut.
const LEAD: usize = 60;
/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Something to underline: its bytes in the file, and the position that people are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) span: Span,
    pub(super) position: Position,
}

/// Lines around some targets, as one text with offsets of its own.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// What stands for the file's name.
    name: String,
    text: String,
    lines: Vec<Line>,
    /// Where each target lies in `text`, in the order given; none when it fell outside the window of its line.
    pub(super) marks: Vec<Option<Span>>,
    /// Position of each target, by its offset in `text`.
    positions: Vec<(u32, Position)>,
}

/// A line of an excerpt.
#[derive(Debug)]
struct Line {
    /// 0-based line of the file.
    number: usize,
    /// Its bytes in the excerpt, its line break included.
    span: Span,
}

impl Excerpt {
    /// The lines of `targets` in `file`, each with a line of context where that says something, those of the first target on top. A
    /// target that goes over several lines is shown by its first. The window of a cut line follows the first target on it.
    pub(super) fn new(file: &ReportFile, targets: &[Target]) -> Self {
        let mut excerpt = Self {
            name: escape::visible(&file.path).into_owned(),
            text: String::new(),
            lines: Vec::new(),
            marks: vec![None; targets.len()],
            positions: Vec::new(),
        };
        let line_of = |target: &Target| file.lines.line(target.span.start);
        let line = |number: usize| file.lines.line_span(&file.text, number);
        let says_nothing = |number: usize| {
            let span = line(number);
            let is_target = targets.iter().any(|target| line_of(target) == number);
            !is_target && (span.end - span.start) as usize <= WINDOW && span.of(&file.text).trim().is_empty()
        };
        for run in runs(targets.iter().map(line_of).collect(), file.lines.lines()) {
            let first = run.iter().position(|&number| !says_nothing(number)).unwrap_or(0);
            let last = run.iter().rposition(|&number| !says_nothing(number)).unwrap_or(0);
            for &number in &run[first..=last] {
                let text = line(number).of(&file.text).trim_end_matches(['\n', '\r']);
                let of_line: Vec<usize> = (0..targets.len()).filter(|&at| line_of(&targets[at]) == number).collect();
                excerpt.push_line(number, line(number).start as usize, text, targets, &of_line);
            }
        }
        excerpt
    }

    fn push_line(&mut self, number: usize, offset: usize, text: &str, targets: &[Target], of_line: &[usize]) {
        let inside = |at: u32| text.floor_char_boundary((at as usize).saturating_sub(offset));
        let window = Window::around(text, of_line.first().map_or(0, |&first| inside(targets[first].span.start)));
        let begin = self.text.len();
        let shown = window.show(&mut self.text);
        for &at in of_line {
            let span = targets[at].span;
            let (Some(start), Some(end)) = (shown.place(inside(span.start)), shown.last_place(inside(span.end))) else {
                continue;
            };
            self.positions.push((start, targets[at].position));
            self.marks[at] = Some(Span { start, end: end.max(start) });
        }
        self.text.push('\n');
        self.lines.push(Line { number, span: Span::new(begin, self.text.len()) });
    }

    fn line_at(&self, offset: u32) -> Option<usize> {
        self.lines.iter().position(|line| line.span.start <= offset && offset < line.span.end)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Span { start, end } = Span::new(span.offset(), span.offset() + span.len());
        let mut first = self.line_at(start).ok_or(MietteError::OutOfBounds)?;
        let mut last = self.line_at(end).ok_or(MietteError::OutOfBounds)?;
        let follows = |next: usize| self.lines[next].number == self.lines[next - 1].number + 1;
        // Refusing makes miette draw two excerpts where it would have joined them over lines that are not there.
        if !(first + 1..=last).all(follows) {
            return Err(MietteError::OutOfBounds);
        }
        // Without context miette asks for the position to print above the excerpt.
        let column = match lines_before {
            0 => self.positions.iter().find(|(offset, _)| *offset == start).map_or(0, |(_, at)| at.column as usize - 1),
            _ => 0,
        };
        first = (0..lines_before).fold(first, |first, _| if first > 0 && follows(first) { first - 1 } else { first });
        last =
            (0..lines_after).fold(last, |last, _| if last + 1 < self.lines.len() && follows(last + 1) { last + 1 } else { last });
        let (from, to) = (self.lines[first].span.start as usize, self.lines[last].span.end as usize);
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[from..to],
            (from, to - from).into(),
            self.lines[first].number,
            column,
            last - first + 1,
        )))
    }
}

/// Runs of neighbouring lines around `lines`, of which the file has `count`; the run around the first of them comes first.
fn runs(lines: Vec<usize>, count: usize) -> Vec<Vec<usize>> {
    let mut numbers: Vec<usize> = lines.iter().flat_map(|&line| line.saturating_sub(1)..=line + 1).collect();
    numbers.retain(|&number| number < count);
    numbers.sort_unstable();
    numbers.dedup();
    let neighbours = |left: &usize, right: &usize| left + 1 == *right;
    let mut runs: Vec<Vec<usize>> = numbers.chunk_by(neighbours).map(<[usize]>::to_vec).collect();
    runs.sort_by_key(|run| lines.first().is_some_and(|line| !run.contains(line)));
    runs
}

/// The part of a line that is shown.
struct Window<'t> {
    text: &'t str,
    /// First byte shown.
    start: usize,
}

/// Where the characters of a shown line went: byte in the line, byte in the excerpt. One more entry marks the end.
struct Shown {
    places: Vec<(usize, u32)>,
}

impl<'t> Window<'t> {
    /// Looks at no more characters than it shows, however long the line is.
    fn around(text: &'t str, place: usize) -> Self {
        let before = &text[..place];
        let fits = before.chars().rev().nth(WINDOW - LEAD).is_none();
        let start = if fits { 0 } else { before.char_indices().rev().nth(LEAD).map_or(0, |(at, _)| at) };
        Self { text, start }
    }

    /// Append the window to `out`: tabs as spaces, hazards as symbols, cuts as an ellipsis.
    fn show(&self, out: &mut String) -> Shown {
        let mut shown = Shown { places: Vec::new() };
        let mut column = 0;
        if self.start > 0 {
            out.push('…');
            column += 1;
        }
        let offset = |out: &String| u32::try_from(out.len()).unwrap_or(u32::MAX);
        for (at, c) in self.text[self.start..].char_indices() {
            let at = self.start + at;
            shown.places.push((at, offset(out)));
            if column + TAB > WINDOW {
                out.push('…');
                return shown;
            }
            let width = if c == '\t' { TAB - column % TAB } else { 1 };
            match c {
                '\t' => out.extend(std::iter::repeat_n(' ', width)),
                '#' => out.push_str(first_char(&escape::visible(&self.text[at..self.text.ceil_char_boundary(at + 16)]))),
                c => out.push_str(&escape::visible(c.encode_utf8(&mut [0; 4]))),
            }
            column += width;
        }
        shown.places.push((self.text.len(), offset(out)));
        shown
    }
}

fn first_char(text: &str) -> &str {
    text.chars().next().map_or("", |c| &text[..c.len_utf8()])
}

impl Shown {
    /// Where byte `at` of the line is shown.
    fn place(&self, at: usize) -> Option<u32> {
        let found = self.places.binary_search_by_key(&at, |&(source, _)| source).ok()?;
        Some(self.places[found].1)
    }

    /// The same for an end, which is drawn in to the window.
    fn last_place(&self, at: usize) -> Option<u32> {
        let after = self.places.partition_point(|&(source, _)| source <= at);
        Some(self.places[after.checked_sub(1)?].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::LineIndex;

    fn excerpt(text: &str, spans: &[Span]) -> Excerpt {
        let file = ReportFile { path: "a.py".into(), text: text.into(), lines: LineIndex::new(text) };
        let target = |&span: &Span| Target { span, position: file.lines.position(text, span.start) };
        Excerpt::new(&file, &spans.iter().map(target).collect::<Vec<_>>())
    }

    /// What keeps thousands of findings linear: an excerpt does not grow with the file or the line.
    #[test]
    fn an_excerpt_is_small() {
        let many_lines = "call(argument)\n".repeat(10_000);
        let one_line = "call(é), ".repeat(10_000);
        for text in [many_lines, one_line] {
            for start in (0..text.len()).step_by(997).filter(|&at| text.is_char_boundary(at)) {
                let excerpt = excerpt(&text, &[Span::new(start, (start + 4).min(text.len()))]);
                assert!(excerpt.text.len() < 3 * 4 * WINDOW, "{} bytes at {start}", excerpt.text.len());
            }
        }
    }

    #[test]
    fn marks_point_at_the_same_characters() {
        let text = format!("\tx = {}get(\u{202e}) # ##[error]\n", "é🦕,\t".repeat(100));
        for name in ["x", "get(\u{202e})", "##[error]"] {
            let start = text.find(name).unwrap_or_default();
            let excerpt = excerpt(&text, &[Span::new(start, start + name.len())]);
            let shown = excerpt.marks[0].map(|span| span.of(&excerpt.text).to_owned());
            assert_eq!(shown.as_deref(), Some(name.replace('\u{202e}', "\u{fffd}").replace("##[", "\u{ff03}#[").as_str()));
        }
    }
}
