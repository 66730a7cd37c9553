//! GitLab's Code Quality report: a list of issues in the words of Code Climate, of which the merge request shows those that are new by
//! their fingerprint. Apart because its severities are its own.

use super::json;
use super::places::Places;
use crate::finding::{Finding, Level, Report};
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let issues: Vec<Value> = report.findings.iter().map(|finding| issue(&places, finding)).collect();
    json::write_document(&serde_json::to_string_pretty(&issues)?, out)
}

fn issue(places: &Places<'_>, finding: &Finding) -> Value {
    json!({
        "type": "issue",
        "check_name": finding.rule,
        "description": super::advised(finding),
        "categories": ["Performance"],
        "severity": severity(finding.level),
        "fingerprint": finding.fingerprint,
        "location": {
            "path": places.file(finding.place).path,
            "lines": {"begin": places.start(finding.place).line, "end": places.end(finding.place).line},
        },
    })
}

/// Of `info`, `minor`, `major`, `critical` and `blocker`.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "critical",
        Level::Warning => "major",
        Level::Note => "minor",
    }
}
