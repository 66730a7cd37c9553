//! The JSON report, version 1. Its shape is a promise held by `schema/report.schema.json`; a change here is a breaking change.

use super::places::Places;
use super::{docs, escape};
use crate::finding::{Confidence, Finding, Level, Note, Notice, NoticeKind, Place, Report, Summary};
use crate::fixes::{Fix, Safety};
use crate::source::Change;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document<'r> {
    version: u32,
    tool: Tool,
    findings: Vec<FindingOut<'r>>,
    notices: Vec<NoticeOut<'r>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct FindingOut<'r> {
    rule: &'r str,
    group: &'r str,
    level: Level,
    confidence: Confidence,
    path: &'r str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'r str,
    help: &'r str,
    docs: String,
    fingerprint: &'r str,
    trace: Vec<NoteOut<'r>>,
    related: Vec<NoteOut<'r>>,
    deployment: Vec<NoteOut<'r>>,
    /// The edit that mends it, where one is certain in form.
    fix: Option<FixOut<'r>>,
}

#[derive(Serialize)]
struct FixOut<'r> {
    message: &'r str,
    safety: Safety,
    edits: Vec<EditOut<'r>>,
}

#[derive(Serialize)]
struct EditOut<'r> {
    path: &'r str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'r str,
}

#[derive(Serialize)]
struct NoteOut<'r> {
    path: &'r str,
    line: u32,
    column: u32,
    message: &'r str,
}

#[derive(Serialize)]
struct NoticeOut<'r> {
    path: &'r str,
    kind: NoticeKind,
    message: &'r str,
}

impl<'r> FindingOut<'r> {
    fn new(places: &Places<'r>, finding: &'r Finding) -> Self {
        let (start, end) = (places.start(finding.place), places.end(finding.place));
        let notes = |notes: &'r [Note]| notes.iter().map(|note| NoteOut::new(places, note)).collect();
        Self {
            rule: finding.rule,
            group: crate::rules::Rule::named(finding.rule).map_or("", |rule| &rule.page().group),
            level: finding.level,
            confidence: finding.confidence,
            path: &places.file(finding.place).path,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            message: &finding.message,
            help: &finding.help,
            docs: docs(finding.rule),
            fingerprint: &finding.fingerprint,
            trace: notes(&finding.trace),
            related: notes(&finding.related),
            deployment: notes(&finding.deployment),
            fix: finding.fix.as_ref().map(|fix| FixOut::new(places, fix)),
        }
    }
}

impl<'r> FixOut<'r> {
    fn new(places: &Places<'r>, fix: &'r Fix) -> Self {
        let edit = |change: &'r Change| {
            let place = Place { file: fix.file, span: change.span };
            let (start, end) = (places.start(place), places.end(place));
            EditOut {
                path: &places.file(place).path,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                text: &change.text,
            }
        };
        Self { message: &fix.message, safety: fix.safety, edits: fix.changes.iter().map(edit).collect() }
    }
}

impl<'r> NoteOut<'r> {
    fn new(places: &Places<'r>, note: &'r Note) -> Self {
        let at = places.start(note.place);
        Self { path: &places.file(note.place).path, line: at.line, column: at.column, message: &note.message }
    }
}

impl<'r> NoticeOut<'r> {
    fn new(notice: &'r Notice) -> Self {
        Self { path: &notice.path, kind: notice.kind, message: &notice.message }
    }
}

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let notices = report.notices.iter();
    let document = Document {
        version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        findings: report.findings.iter().map(|finding| FindingOut::new(&places, finding)).collect(),
        notices: notices.map(NoticeOut::new).collect(),
        summary: report.summary,
    };
    write_document(&serde_json::to_string_pretty(&document)?, out)
}

pub(super) fn render_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    for finding in &report.findings {
        write_document(&serde_json::to_string(&FindingOut::new(&places, finding))?, out)?;
    }
    Ok(())
}

/// Write a finished document, escaped, with a line break at the end.
pub(super) fn write_document(document: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(escape::json(document).as_bytes())?;
    out.write_all(b"\n")
}
