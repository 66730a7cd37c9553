//! STUB, replaced at merge: just enough of every format to run the command line.

use crate::finding::Report;
use crate::rules::Page;
use crate::terminal::visible;
use std::io::{self, Write};

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One line a finding.
    Concise,
    /// One JSON document.
    Json,
    /// One JSON finding a line.
    JsonLines,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands.
    Github,
}

/// How to write for people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Use colour.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Links to documentation.
    pub links: bool,
}

/// Write `report`.
///
/// # Errors
/// When `out` fails.
pub fn render(report: &Report, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = || {
        report.findings.iter().map(|finding| {
            let file = report.file(finding.place);
            (finding, file, file.lines.position(&file.text, finding.place.span.start))
        })
    };
    match format {
        Format::Json | Format::Sarif => {
            let found: Vec<_> = findings()
                .map(|(finding, file, at)| {
                    serde_json::json!({"rule": finding.rule, "level": finding.level, "path": file.path, "line": at.line,
                        "column": at.column, "message": finding.message, "fingerprint": finding.fingerprint})
                })
                .collect();
            let notices: Vec<_> = report
                .notices
                .iter()
                .map(|notice| serde_json::json!({"path": notice.path, "kind": notice.kind, "message": notice.message}))
                .collect();
            let document = serde_json::json!({"version": 1, "findings": found, "notices": notices, "summary": report.summary});
            writeln!(out, "{}", ascii(&document))
        }
        Format::JsonLines => {
            for (finding, ..) in findings() {
                writeln!(out, "{}", ascii(&serde_json::json!({"rule": finding.rule})))?;
            }
            Ok(())
        }
        _ => {
            for (finding, file, at) in findings() {
                let (on, off) = if style.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
                writeln!(
                    out,
                    "{on}{}{off}:{}:{}: {}[{}] {}",
                    visible(&file.path),
                    at.line,
                    at.column,
                    finding.level.name(),
                    finding.rule,
                    visible(&finding.message)
                )?;
            }
            Ok(())
        }
    }
}

fn ascii(value: &serde_json::Value) -> String {
    value.to_string().chars().map(|c| if c.is_control() || !c.is_ascii() { '?' } else { c }).collect()
}

/// A rule's page for people.
#[must_use]
pub fn page(page: &Page, _style: &Style) -> String {
    page.markdown.clone()
}
