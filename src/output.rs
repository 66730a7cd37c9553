//! Reports for people and machines: one renderer a format over the same [`Report`], kept apart so that rules never format anything.

mod concise;
mod escape;
mod excerpt;
mod explain;
mod github;
mod json;
mod line_hash;
mod places;
mod sarif;
mod text;

pub use explain::page;

use crate::finding::{Finding, Report};
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
}

impl Default for Style {
    /// What a file or a pipe gets.
    fn default() -> Self {
        Self { colour: false, width: 100, links: false }
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
    }
}

/// The project's site: `homepage` in `Cargo.toml`, and a name that nobody can own until there is one.
const HOME: &str = if env!("CARGO_PKG_HOMEPAGE").is_empty() { "https://scalelint.example" } else { env!("CARGO_PKG_HOMEPAGE") };

/// Where the page of `rule` can be read.
#[must_use]
pub fn docs(rule: &str) -> String {
    format!("{HOME}/rules/{rule}")
}

/// The findings, most severe first and otherwise in their order: for services that show only the first so many.
fn most_severe_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    findings
}
