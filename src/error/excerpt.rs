//! An error that points into a configuration file. The file is a stranger's: only a window of it is shown, made harmless, since
//! the renderer fails on columns beyond 65,535 and passes control characters on.

use crate::source::{LineIndex, Span};
use crate::terminal::{FULL_WIDTH, holds_log_command, visible};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan,
    SpanContents,
};
use std::fmt;

/// Characters shown of the line, and how many of them before the place.
const WINDOW: usize = 160;
const BEFORE: usize = 60;

/// A message with the line it is about. Boxed, as it travels in the unlikely arm of many results.
#[derive(Debug)]
pub struct Excerpt(Box<Parts>);

#[derive(Debug)]
struct Parts {
    message: String,
    label: String,
    advice: Option<String>,
    file: String,
    /// The place in the whole file.
    span: Span,
    line: u32,
    column: u32,
    window: String,
    place: std::ops::Range<usize>,
}

impl Excerpt {
    /// About `span` of `text`, which is the content of `file`.
    #[must_use]
    pub fn new(file: &str, text: &str, span: Span, message: impl Into<String>) -> Self {
        let index = LineIndex::new(text);
        let start = floor(text, span.start as usize);
        let position = index.position(text, Span::new(start, start).start);
        let line = index.line_span(text, position.line as usize - 1);
        let shown = line.of(text).trim_end_matches(['\r', '\n']);
        let offset = start - line.start as usize;
        let (head, rest) = shown.split_at(floor(shown, offset));
        let skip = head.chars().count().saturating_sub(BEFORE);
        let length = floor(rest, (span.end as usize).saturating_sub(start).max(1));
        let before: String = head.chars().skip(skip).collect();
        let marked: String = rest[..length].chars().take(WINDOW - BEFORE).collect();
        let after: String = rest[length..].chars().take(WINDOW - BEFORE).collect();
        // Over the three of them: a command in a log may begin in one and go on in the next.
        let is_command = holds_log_command(&format!("{before}{marked}{after}"));
        let [before, marked, after] = [before, marked, after].map(|piece| visible_window(&piece, is_command));
        let place = before.len()..before.len() + marked.len();
        Self(Box::new(Parts {
            message: message.into(),
            label: String::new(),
            advice: None,
            file: file.to_owned(),
            span,
            line: position.line,
            column: position.column,
            window: before + &marked + &after,
            place,
        }))
    }

    /// Words at the place itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = label.into();
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Where it is, as `file:line:column`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}:{}", visible(&self.0.file), self.0.line, self.0.column)
    }

    /// The file, as given, and the place in it.
    pub(crate) fn location(&self) -> (&str, Span) {
        (&self.0.file, self.0.span)
    }

    /// The words at the place itself; empty when there are none.
    pub(crate) fn label_text(&self) -> &str {
        &self.0.label
    }

    /// What to do about it, if anything is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// As shown to a person, with the line of the file.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(120).with_links(false);
        let mut out = String::new();
        match handler.render_report(&mut out, self) {
            Ok(()) => out,
            Err(_) => format!("error: {}: {self}\n", self.place()),
        }
    }
}

/// Tabs take one column here, so that the marks stand right.
fn visible_window(text: &str, is_command: bool) -> String {
    let text = text.replace('\t', " ");
    let text = if is_command { text.replace('#', &FULL_WIDTH.to_string()) } else { text };
    visible(&text).into_owned()
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Excerpt {}

impl miette::Diagnostic for Excerpt {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.advice.as_ref().map(|advice| Box::new(advice) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = (!self.0.label.is_empty()).then(|| self.0.label.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new(label, self.0.place.start, self.0.place.len()))))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::from(0..self.0.window.len());
        let line = self.0.line as usize - 1;
        // Without context miette asks for the position to print above the excerpt.
        let column = if lines_before == 0 { self.0.column as usize - 1 } else { 0 };
        Ok(Box::new(MietteSpanContents::new_named(
            visible(&self.0.file).into_owned(),
            self.0.window.as_bytes(),
            whole,
            line,
            column,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_and_hostile_places_are_shown() {
        let text = format!("a = 1\nb = [{}\"\u{1b}[2J\"]\n", "0,".repeat(60_000));
        let at = text.find('\u{1b}').unwrap_or_default();
        let shown = Excerpt::new("x.toml", &text, Span::new(at, at + 1), "odd").label("here").render(false);
        assert!(shown.len() < 2_000, "{shown}");
        assert!(!shown.contains('\u{1b}'));
        assert!(shown.contains("x.toml:2"), "{shown}");
        for at in 0..8 {
            let shown = Excerpt::new("x.toml", "a ##vso[b", Span::new(at, at + 1), "odd").render(false);
            assert!(!shown.contains("##"), "{shown}");
        }
        for at in 0..=text.len().min(20) {
            let _ = Excerpt::new("x.toml", "é\n\nü", Span::new(at, at + 3), "odd").render(true);
        }
    }
}
