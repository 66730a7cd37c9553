//! SonarQube's generic issues, in the format of 10.3 and later: the rules with their impacts, then the issues. Apart because its
//! columns count from 0 and an empty range is refused with the whole report.

use super::places::Places;
use super::{docs, json};
use crate::finding::{Finding, Level, Note, Place, Report};
use crate::rules::Rule;
use serde_json::{Value, json};
use std::io::{self, Write};

const ENGINE: &str = env!("CARGO_PKG_NAME");

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let document = json!({
        "rules": super::listed_rules(report).into_iter().map(|name| rule(report, name)).collect::<Vec<_>>(),
        "issues": report.findings.iter().map(|finding| issue(&places, finding)).collect::<Vec<_>>(),
    });
    json::write_document(&serde_json::to_string_pretty(&document)?, out)
}

/// An issue has the severity of its rule: that of the most severe finding, so that none is shown as less than it is.
fn rule(report: &Report, name: &str) -> Value {
    let page = Rule::named(name).map(Rule::page);
    let found = report.findings.iter().filter(|finding| finding.rule == name).map(|finding| finding.level).max();
    let level = found.or(page.map(|page| page.level)).unwrap_or(Level::Warning);
    let summary = page.map_or("", |page| &page.summary);
    json!({
        "id": name,
        "name": name,
        "description": format!("{summary} {}", docs(name)).trim(),
        "engineId": ENGINE,
        "cleanCodeAttribute": attribute(page.map_or("", |page| &page.group)),
        "type": "BUG",
        "severity": match level {
            Level::Error => "CRITICAL",
            Level::Warning => "MAJOR",
            Level::Note => "MINOR",
        },
        "impacts": [{
            "softwareQuality": "RELIABILITY",
            "severity": match level {
                Level::Error => "HIGH",
                Level::Warning => "MEDIUM",
                Level::Note => "LOW",
            },
        }],
    })
}

/// What of clean code the rules of a group are about.
fn attribute(group: &str) -> &'static str {
    match group {
        "caching" | "connections" | "queries" | "work" => "EFFICIENT",
        "resilience" | "overload" | "lifecycle" | "observability" | "suppressions" => "COMPLETE",
        _ => "LOGICAL",
    }
}

fn issue(places: &Places<'_>, finding: &Finding) -> Value {
    let mut issue = json!({
        "ruleId": finding.rule,
        "primaryLocation": location(places, finding.place, &super::advised(finding)),
    });
    let others: Vec<Value> = super::notes(finding).map(|Note { place, message }| location(places, *place, message)).collect();
    if !others.is_empty() {
        issue["secondaryLocations"] = others.into();
    }
    issue
}

fn location(places: &Places<'_>, place: Place, message: &str) -> Value {
    let (start, end) = (places.start(place), places.end(place));
    let mut range = json!({"startLine": start.line});
    if start != end {
        range["endLine"] = end.line.into();
        range["startColumn"] = (start.column - 1).into();
        range["endColumn"] = (end.column - 1).into();
    }
    json!({"message": message, "filePath": places.file(place).path, "textRange": range})
}
