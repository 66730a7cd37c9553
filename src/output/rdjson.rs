//! reviewdog's diagnostic format (rdjson), which comments on pull requests at many code hosts. Apart because its columns count bytes.

use super::places::Places;
use super::{HOME, docs, json};
use crate::finding::{Finding, Level, Note, Place, Report};
use crate::source::Position;
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
    let related: Vec<Value> = super::notes(finding).map(|note| related(places, note)).collect();
    if !related.is_empty() {
        diagnostic["related_locations"] = related.into();
    }
    diagnostic
}

fn related(places: &Places<'_>, note: &Note) -> Value {
    json!({"message": note.message, "location": location(places, note.place)})
}

fn location(places: &Places<'_>, place: Place) -> Value {
    let position = |Position { line, column }| json!({"line": line, "column": column});
    json!({
        "path": places.file(place).path,
        "range": {"start": position(places.start_in_bytes(place)), "end": position(places.end_in_bytes(place))},
    })
}
