//! Findings for people at a terminal, drawn by miette. miette stays in here and in the excerpt it is handed.

use super::escape;
use super::excerpt::{Excerpt, Target};
use super::places::Places;
use super::{Style, docs};
use crate::finding::{Confidence, Finding, Level, Note, Place, Report};
use clap::builder::styling as ansi;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use textwrap::WordSeparator;

/// Related places drawn in the excerpt, and notes and steps listed below it: more would bury the finding.
const MOST_LABELS: usize = 6;
const MOST_STEPS: usize = 20;

/// Findings of one rule with one advice that are drawn: who has read so many knows what the rest is about.
const MOST_ALIKE: usize = 5;

pub(super) fn render(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut alike: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut lines = 0;
    let mut after_line = false;
    for (at, finding) in report.findings.iter().enumerate() {
        let seen = alike.entry((finding.rule, &finding.help)).or_default();
        *seen += 1;
        let is_line = *seen > MOST_ALIKE && !style.whole;
        if at > 0 && !(is_line && after_line) {
            writeln!(out)?;
        }
        if is_line {
            lines += 1;
            out.write_all(line(&places, finding, style).as_bytes())?;
        } else {
            let drawing = Drawing::new(&places, finding);
            out.write_all(drawing.draw(style).as_bytes())?;
            out.write_all(evidence(&places, finding, &drawing.undrawn, style).as_bytes())?;
        }
        after_line = is_line;
    }
    if lines > 0 {
        let findings = if lines == 1 { "1 finding takes" } else { &format!("{lines} findings take") };
        writeln!(
            out,
            "\n{findings} one line: {MOST_ALIKE} of the same rule with the same help are drawn before; -v draws them all"
        )?;
    }
    Ok(())
}

/// A finding like others before it: its place and what it says.
fn line(places: &Places<'_>, finding: &Finding, style: &Style) -> String {
    let start = places.start(finding.place);
    let place = format!("{}:{}:{}", escape::path(&places.file(finding.place).path), start.line, start.column);
    let place = paint(style, UNDERLINED, &place);
    format!("  {}[{}] {place}  {}\n", finding.level.name(), finding.rule, escape::prose(&finding.message))
}

/// A finding as miette sees it.
#[derive(Debug)]
struct Drawing<'r> {
    finding: &'r Finding,
    excerpt: Excerpt,
    /// Sorted by offset, as miette sorts them.
    labels: Vec<LabeledSpan>,
    /// Related places that lie in other files or outside the window.
    undrawn: Vec<&'r Note>,
}

impl<'r> Drawing<'r> {
    fn new(places: &Places<'_>, finding: &'r Finding) -> Self {
        let target = |place: Place| Target { span: place.span, position: places.start(place) };
        let is_drawable =
            |note: &Note| note.place.file == finding.place.file && note.place.span.start != finding.place.span.start;
        let (mut drawn, mut undrawn): (Vec<&Note>, Vec<&Note>) = finding.related.iter().partition(|note| is_drawable(note));
        undrawn.extend(drawn.split_off(drawn.len().min(MOST_LABELS)));
        let targets: Vec<Target> =
            std::iter::once(finding.place).chain(drawn.iter().map(|note| note.place)).map(target).collect();
        let excerpt = Excerpt::new(places.file(finding.place), &targets);
        let mut labels = Vec::new();
        if let Some(mark) = excerpt.marks[0] {
            labels.push(LabeledSpan::new_primary_with_span(None, mark.start as usize..mark.end as usize));
        }
        for (&note, mark) in drawn.iter().zip(&excerpt.marks[1..]) {
            match mark {
                Some(mark) => {
                    let message = escape::prose(&note.message).into_owned();
                    labels.push(LabeledSpan::new_with_span(Some(message), mark.start as usize..mark.end as usize));
                }
                None => undrawn.push(note),
            }
        }
        labels.sort_by_key(LabeledSpan::offset);
        Self { finding, excerpt, labels, undrawn }
    }

    fn draw(&self, style: &Style) -> String {
        let mut theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let Finding { rule, level, .. } = self.finding;
        let heading = if style.links { link(&docs(rule), rule) } else { (*rule).to_owned() };
        let heading = format!("{}[{heading}]:", level.name());
        let styles = &mut theme.styles;
        let severity = match level {
            Level::Error => styles.error,
            Level::Warning => styles.warning,
            Level::Note => styles.advice,
        };
        // The place of the finding stands out in the colour of its level, whatever else is underlined.
        let colour_of = |label: &LabeledSpan| if label.primary() { severity } else { styles.help };
        styles.highlights = self.labels.iter().map(colour_of).collect();
        if styles.highlights.is_empty() {
            styles.highlights.push(severity);
        }
        let characters = &mut theme.characters;
        (characters.error, characters.warning, characters.advice) = (heading.clone(), heading.clone(), heading);
        let mut drawn = String::new();
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(style.width.max(40))
            .with_word_separator(WordSeparator::AsciiSpace)
            .with_break_words(false);
        // Writing to a string cannot fail, and an excerpt holds every label it was made with.
        let _ = handler.render_report(&mut drawn, self);
        drawn
    }
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::prose(&self.finding.message))?;
        match self.finding.confidence {
            Confidence::High => Ok(()),
            unsure => write!(f, " ({} confidence)", unsure.name()),
        }
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }
}

/// What stands below the excerpt: the path that leads there, notes on other places, deployment, help.
fn evidence(places: &Places<'_>, finding: &Finding, undrawn: &[&Note], style: &Style) -> String {
    let mut lines = Lines { text: String::new(), style };
    let shown: Vec<(String, &Note)> =
        finding.trace.iter().take(MOST_STEPS).map(|step| (location(places, step.place), step)).collect();
    let widest = shown.iter().map(|(location, _)| location.chars().count()).max().unwrap_or(0);
    for (at, (location, step)) in shown.iter().enumerate() {
        let label = if at == 0 { "path" } else { "" };
        lines.located(label, &format!("{}. ", at + 1), location, widest, &step.message);
    }
    if let Some(more) = finding.trace.len().checked_sub(MOST_STEPS + 1) {
        lines.wrapped("", &format!("and {} more", more + 1));
    }
    for note in undrawn.iter().take(MOST_STEPS).copied().chain(&finding.deployment) {
        lines.located("note", "", &location(places, note.place), 0, &note.message);
    }
    if !finding.help.is_empty() {
        lines.wrapped("help", &finding.help);
    }
    lines.text
}

fn location(places: &Places<'_>, place: Place) -> String {
    format!("{}:{}", escape::path(&places.file(place).path), places.start(place).line)
}

/// Lines below an excerpt, each behind a label or indented like one.
struct Lines<'s> {
    text: String,
    style: &'s Style,
}

/// Columns that a label takes: `  help: `.
const INDENT: usize = 8;

impl Lines<'_> {
    fn label(&mut self, label: &str) {
        match label {
            "" => self.text.push_str(&" ".repeat(INDENT)),
            label => {
                let label = paint(self.style, CYAN, label);
                self.text.push_str(&format!("  {label}: "));
            }
        }
    }

    fn located(&mut self, label: &str, number: &str, location: &str, widest: usize, message: &str) {
        self.label(label);
        let gap = " ".repeat(widest.saturating_sub(location.chars().count()) + 2);
        let location = paint(self.style, UNDERLINED, location);
        self.text.push_str(&format!("{number}{location}{gap}{}\n", escape::prose(message)));
    }

    fn wrapped(&mut self, label: &str, text: &str) {
        self.label(label);
        let room = self.style.width.max(40) - INDENT;
        let mut column = 0;
        for word in escape::prose(text).split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > room {
                self.text.push('\n');
                self.label("");
                column = 0;
            }
            if column > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += width;
        }
        self.text.push('\n');
    }
}

const CYAN: ansi::Style = ansi::AnsiColor::Cyan.on_default();
const UNDERLINED: ansi::Style = ansi::Style::new().underline();

fn paint(style: &Style, with: ansi::Style, text: &str) -> String {
    if style.colour { format!("{with}{text}{with:#}") } else { text.to_owned() }
}

/// A link as terminals know it.
fn link(url: &str, text: &str) -> String {
    format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
}
