//! Workflow commands of GitHub Actions, which become annotations on a pull request; the service shows the first ten of each level and
//! step, and the rest of them in the log.

use super::escape::{command_data, command_property};
use super::excerpted;
use super::places::Places;
use crate::finding::{Finding, Level, Report};
use std::io::{self, Write};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for finding in super::most_severe_first(report) {
        let (start, end) = (places.start(finding.place), places.end(finding.place));
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let file = command_property(&places.file(finding.place).path);
        write!(out, "::{command} file={file},line={},endLine={}", start.line, end.line)?;
        // Over several lines the service takes no columns.
        if start.line == end.line {
            write!(out, ",col={},endColumn={}", start.column, end.column)?;
        }
        writeln!(out, ",title={}::{}", command_property(finding.rule), command_data(&body(finding)))?;
    }
    Ok(())
}

/// Steps of a path that an annotation shows, of those that come last; with the lengths of a message this stays far below the 64 KiB
/// that the service takes.
const MOST_STEPS: usize = 10;

/// The message, the path and the help, each on a line.
fn body(finding: &Finding) -> String {
    let mut body = excerpted(&finding.message).into_owned();
    let skipped = finding.trace.len().saturating_sub(MOST_STEPS);
    if skipped > 0 {
        body.push_str(&format!("\nvia {skipped} more"));
    }
    for step in &finding.trace[skipped..] {
        body.extend(["\nvia ", &excerpted(&step.message)]);
    }
    if !finding.help.is_empty() {
        body.extend(["\nhelp: ", &excerpted(&finding.help)]);
    }
    body
}
