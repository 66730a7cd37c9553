//! Workflow commands of GitHub Actions, which become annotations on a pull request; the service shows the first ten of a step.

use super::escape::{command_data, command_property};
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
        writeln!(out, ",col={},title={}::{}", start.column, command_property(finding.rule), command_data(&body(finding)))?;
    }
    Ok(())
}

/// The message, the path and the help, each on a line.
fn body(finding: &Finding) -> String {
    let mut body = finding.message.clone();
    for step in &finding.trace {
        body.extend(["\nvia ", &step.message]);
    }
    if !finding.help.is_empty() {
        body.extend(["\nhelp: ", &finding.help]);
    }
    body
}
