//! One line a finding: `path:line:col: level[rule] message (via step; step)`, for grep, editors and coding agents.

use super::escape;
use super::places::Places;
use crate::finding::{Finding, Report};
use std::io::{self, Write};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for finding in &report.findings {
        let Finding { rule, level, place, message, .. } = finding;
        let (path, at) = (escape::path(&places.file(*place).path), places.start(*place));
        let (level, message) = (level.name(), escape::prose(message));
        write!(out, "{path}:{}:{}: {level}[{rule}] {message}", at.line, at.column)?;
        let steps: Vec<_> = finding.trace.iter().map(|step| escape::prose(&step.message)).collect();
        if !steps.is_empty() {
            write!(out, " (via {})", steps.join("; "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
