//! reviewdog's diagnostic format (rdjson), which comments on pull requests at many code hosts. Apart because its columns count bytes.

use super::places::Places;
use super::{HOME, docs, json};
use crate::finding::{Finding, Level, Note, Place, Report};
use crate::fixes::Fix;
use crate::source::{Change, Position, Span, changed};
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let result = json!({
        "source": {"name": env!("CARGO_PKG_NAME"), "url": HOME},
        "diagnostics": report.findings.iter().map(|finding| diagnostic(&places, finding)).collect::<Vec<_>>(),
    });
    json::write_document(&serde_json::to_string_pretty(&result)?, out)
}

fn diagnostic(places: &Places<'_>, finding: &Finding) -> Value {
    let mut diagnostic = json!({
        "message": super::advised(finding),
        "location": location(places, finding.place),
        "severity": match finding.level {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Note => "INFO",
        },
        "code": {"value": finding.rule, "url": docs(finding.rule)},
    });
    if let Some(fix) = &finding.fix {
        diagnostic["suggestions"] = json!([suggestion(places, fix)]);
    }
    let related: Vec<Value> = super::notes(finding).map(|note| related(places, note)).collect();
    if !related.is_empty() {
        diagnostic["related_locations"] = related.into();
    }
    diagnostic
}

/// One edit for all of them: each suggestion is shown alone, and would be applied alone.
fn suggestion(places: &Places<'_>, fix: &Fix) -> Value {
    let start = fix.changes.iter().map(|change| change.span.start).min().unwrap_or_default();
    let end = fix.changes.iter().map(|change| change.span.end).max().unwrap_or_default();
    let place = Place { file: fix.file, span: Span { start, end } };
    let shifted = |change: &Change| Change {
        span: Span { start: change.span.start - start, end: change.span.end - start },
        ..change.clone()
    };
    let changes: Vec<Change> = fix.changes.iter().map(shifted).collect();
    json!({"range": range(places, place), "text": changed(place.span.of(&places.file(place).text), &changes)})
}

fn related(places: &Places<'_>, note: &Note) -> Value {
    json!({"message": note.message, "location": location(places, note.place)})
}

fn location(places: &Places<'_>, place: Place) -> Value {
    json!({"path": places.file(place).path, "range": range(places, place)})
}

fn range(places: &Places<'_>, place: Place) -> Value {
    let position = |Position { line, column }| json!({"line": line, "column": column});
    json!({"start": position(places.start_in_bytes(place)), "end": position(places.end_in_bytes(place))})
}
