//! Findings, and errors of the configuration, as the editor shows them.

use super::client::Abilities;
use super::places::Lines;
use super::uris;
use crate::error::{Error, Excerpt};
use crate::finding::{Finding, Level, Note, Report};
use crate::output;
use crate::session::Session;
use crate::source::LineIndex;
use crate::terminal::visible;
use crate::walk::{Tree, root};
use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range, Uri,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Who says it.
const SOURCE: &str = "scalelint";

/// Largest configuration that is read to show an error in it.
const MAX_BYTES: u64 = 1024 * 1024;

/// A diagnostic, and which finding of the report it is.
#[derive(Debug)]
pub(super) struct Shown {
    /// None for an error of the configuration.
    pub(super) finding: Option<usize>,
    pub(super) diagnostic: Diagnostic,
}

/// What is shown, by file.
pub(super) type ByFile = BTreeMap<PathBuf, Vec<Shown>>;

/// The findings of a report. `uri` says what the editor calls a file.
pub(super) fn of_report(session: &Session, report: &Report, can: &Abilities, uri: impl Fn(&Path) -> Option<Uri>) -> ByFile {
    let mut shown = ByFile::new();
    let mut real = BTreeMap::new();
    let mut real = |path: &str| {
        let of = || root::real(&session.absolute(path));
        real.entry(path.to_owned()).or_insert_with(of).clone()
    };
    for (at, finding) in report.findings.iter().enumerate() {
        let mut location = |note: &Note| {
            let file = report.file(note.place);
            let range = Lines::new(&file.text, &file.lines, can.encoding).range(note.place.span);
            let uri = uri(&real(&file.path))?;
            let message = visible(&note.message).into_owned();
            Some(DiagnosticRelatedInformation { location: Location { uri, range }, message })
        };
        let related = can.related.then(|| output::notes(finding).filter_map(&mut location).collect::<Vec<_>>());
        let file = report.file(finding.place);
        let range = Lines::new(&file.text, &file.lines, can.encoding).range(finding.place.span);
        let diagnostic = diagnostic(finding, range, related.filter(|related| !related.is_empty()));
        shown.entry(real(&file.path)).or_default().push(Shown { finding: Some(at), diagnostic });
    }
    shown
}

fn diagnostic(finding: &Finding, range: Range, related: Option<Vec<DiagnosticRelatedInformation>>) -> Diagnostic {
    let severity = match finding.level {
        Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        Level::Note => DiagnosticSeverity::INFORMATION,
    };
    Diagnostic {
        range,
        severity: Some(severity),
        code: Some(NumberOrString::String(finding.rule.to_owned())),
        code_description: Uri::from_str(&output::docs(finding.rule)).ok().map(|href| CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: advised(&finding.message, &finding.help),
        related_information: related,
        ..Diagnostic::default()
    }
}

/// A message, and on a line of its own what to do.
fn advised(message: &str, help: &str) -> String {
    let message = visible(message);
    if help.is_empty() { message.into_owned() } else { format!("{message}\nhelp: {}", visible(help)) }
}

/// An error that stands in a file of the project's; none when it stands nowhere.
pub(super) fn of_error(error: &Error, folder: &Path, tree: &Tree, can: &Abilities) -> Option<(PathBuf, Diagnostic)> {
    let (path, range, message) = match error {
        Error::Config(excerpt) | Error::Baseline(excerpt) => {
            let (path, span) = excerpt.location();
            let path = located(path, folder);
            let text = tree.regular(&path, MAX_BYTES).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            let index = LineIndex::new(&text);
            (path, Lines::new(&text, &index, can.encoding).range(span), of_excerpt(excerpt))
        }
        Error::ConfigUnreadable { path, .. } | Error::BaselineUnreadable { path, .. } => {
            (located(path, folder), Range::default(), advised(&error.to_string(), &error.advice().unwrap_or_default()))
        }
        _ => return None,
    };
    let severity = Some(DiagnosticSeverity::ERROR);
    Some((path, Diagnostic { range, severity, source: Some(SOURCE.to_owned()), message, ..Diagnostic::default() }))
}

fn of_excerpt(excerpt: &Excerpt) -> String {
    let message = match excerpt.label_text() {
        "" => excerpt.to_string(),
        label => format!("{excerpt}: {label}"),
    };
    advised(&message, excerpt.advice().unwrap_or_default())
}

/// Where a file is that an error names: below the root, or as typed.
fn located(path: &str, folder: &Path) -> PathBuf {
    let inside = folder.join(path);
    root::real(if inside.exists() { &inside } else { Path::new(path) })
}

/// The URI of a file that is not open.
pub(super) fn closed(path: &Path) -> Option<Uri> {
    uris::uri_of(path)
}
