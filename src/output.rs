//! Reports for people and machines: one renderer a format over the same [`Report`], kept apart so that rules never format anything.

mod checkstyle;
mod concise;
mod escape;
mod excerpt;
mod explain;
mod github;
mod gitlab;
pub(crate) mod html;
mod json;
mod junit;
mod line_hash;
mod markdown;
mod places;
mod prose;
mod rdjson;
mod sarif;
mod sonar;
mod text;

pub use explain::{markdown_page, page};

use crate::finding::{Finding, Note, Report};
use clap::ValueEnum;
use std::io::{self, Write};

/// A way to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ValueEnum)]
pub enum Format {
    /// For people at a terminal: excerpts with the path that leads there
    Text,
    /// One line a finding, for grep, editors and coding agents
    Concise,
    /// One document, version 1
    Json,
    /// One finding a line
    JsonLines,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// Code Quality, for merge requests of GitLab
    Gitlab,
    /// JUnit XML, for build servers that show test results
    Junit,
    /// Checkstyle XML, for build servers and review bots
    Checkstyle,
    /// Diagnostics for reviewdog
    Rdjson,
    /// Generic issues, for SonarQube
    Sonar,
    /// A table in Markdown, for the summary of a job
    Markdown,
    /// One page for a browser
    Html,
}

/// How a terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colour and weight through terminal sequences.
    pub colour: bool,
    /// Columns at which prose is wrapped.
    pub width: usize,
    /// Rule names that lead to their documentation when clicked.
    pub links: bool,
    /// Every finding is drawn; else those after the first few of one rule and one advice take a line each.
    pub whole: bool,
}

impl Default for Style {
    /// What a file or a pipe gets.
    fn default() -> Self {
        Self { colour: false, width: 100, links: false, whole: false }
    }
}

/// Write `report` in `format`. Only [`Format::Text`] looks at `style`.
///
/// # Errors
///
/// Whatever writing to `out` fails with.
pub fn render(report: &Report, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::render(report, style, out),
        Format::Concise => concise::render(report, out),
        Format::Json => json::render(report, out),
        Format::JsonLines => json::render_lines(report, out),
        Format::Sarif => sarif::render(report, out),
        Format::Github => github::render(report, out),
        Format::Gitlab => gitlab::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Checkstyle => checkstyle::render(report, out),
        Format::Rdjson => rdjson::render(report, out),
        Format::Sonar => sonar::render(report, out),
        Format::Markdown => markdown::render(report, out),
        Format::Html => html::render(report, out),
    }
}

/// The project's site: `homepage` in `Cargo.toml`, and a name that nobody can own until there is one.
const HOME: &str = if env!("CARGO_PKG_HOMEPAGE").is_empty() { "https://scalelint.example" } else { env!("CARGO_PKG_HOMEPAGE") };

/// Where the page of `rule` can be read.
#[must_use]
pub fn docs(rule: &str) -> String {
    format!("{HOME}/rules/{rule}")
}

/// A finished JSON document, safe at a terminal and in the log of a build: the same values, written otherwise.
pub(crate) fn json_text(document: &str) -> String {
    escape::json(document).into_owned()
}

/// Foreign text with hazards made visible, on one line: for terminals and pages.
pub(crate) fn visible_text(text: &str) -> std::borrow::Cow<'_, str> {
    escape::prose(text)
}

/// A path with all that means something in a URI percent-encoded.
pub(crate) fn uri(path: &str) -> String {
    escape::uri(path)
}

/// Foreign text inside Markdown.
pub(crate) fn markdown_text(text: &str) -> String {
    escape::markdown(text)
}

/// The findings, most severe first and otherwise in their order: for services that show only the first so many.
fn most_severe_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}

/// The rules of a report: all that were enabled; those that found something anyway come along, so that every finding can point at
/// its rule.
fn listed_rules(report: &Report) -> Vec<&'static str> {
    let found = report.findings.iter().map(|finding| finding.rule);
    let mut names: Vec<_> = report.rules.iter().copied().chain(found).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The message and what to do instead, for readers that show one text.
fn advised(finding: &Finding) -> String {
    match finding.help.as_str() {
        "" => finding.message.clone(),
        help => format!("{}. To fix: {help}", finding.message),
    }
}

/// Other places that services show with a finding, at most; the path first, and of a long one its end.
const MOST_NOTES: usize = 100;

/// The places that belong to a finding.
pub(crate) fn notes(finding: &Finding) -> impl Iterator<Item = &Note> {
    let others = finding.related.len() + finding.deployment.len();
    let skipped = (finding.trace.len() + others).saturating_sub(MOST_NOTES).min(finding.trace.len());
    finding.trace[skipped..].iter().chain(&finding.related).chain(&finding.deployment).take(MOST_NOTES)
}

/// Characters of a message that services show.
const MOST_CHARACTERS: usize = 1_024;

/// `text` within the length that services accept.
fn excerpted(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(MOST_CHARACTERS - 1) {
        Some((at, c)) if at + c.len_utf8() < text.len() => format!("{}…", &text[..at]).into(),
        _ => text.into(),
    }
}
