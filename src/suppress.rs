//! Silences findings by comment and by configuration, and reports every suppression that silences nothing: the one place that
//! knows what a suppression covers.
//!
//! A comment after code speaks for a finding that begins or ends on its line; a comment on its own line for the next line of
//! code, other comments between them allowed. A suppression that is expired, or has no reason, silences nothing.
//!
//! The reports carry the name [`UNUSED_SUPPRESSION`]. It is no rule of the registry (it looks at findings, not at code, and has
//! no page of examples), but it is switched like one and belongs to the recommended set. A suppression is only called unused
//! when its rule ran and its file was read whole.

mod comments;
mod configured;
mod dead;
#[cfg(test)]
mod tests;
mod writing;

pub(crate) use writing::silence;

use crate::facts::FileFacts;
use crate::finding::{Confidence, FileId, Finding, Level, Place};
use crate::link::FileData;
use crate::session::Session;
use crate::source::Span;

/// The name under which useless suppressions are reported.
pub const UNUSED_SUPPRESSION: &str = "unused-suppression";

/// What it means, for `explain`.
pub const UNUSED_SUPPRESSION_PAGE: &str = "\
# unused-suppression

A suppression or an entry of a baseline that silences nothing: its rule finds nothing there any more, is unknown, or the suppression
has expired or gives no reason. The same goes for a pattern of `exclude` that keeps nothing out and for an entry point without code.
Suppressions that outlive their cause hide the next finding on that line.

Remove the suppression, correct the rule's name, give the reason, or decide anew and set a later `until`; `scalelint baseline
prune` removes entries of a baseline. This report is switched
like a rule (`--ignore unused-suppression`) and belongs to the recommended set; it is made by the tool itself, not by a rule.
";

/// What of the configuration met something in the project: for each entry, in the configuration's order.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// Patterns of each configuration's `exclude` that kept something out, the root's first.
    pub excluded: &'a [Vec<bool>],
    /// Entry points with code.
    pub entered: &'a [bool],
}

/// Findings after suppression.
#[derive(Debug, Default)]
pub struct Suppressed {
    /// Those that no suppression covers.
    pub kept: Vec<Finding>,
    /// Those that one does.
    pub silenced: Vec<Finding>,
    /// Reports on the suppressions themselves.
    pub reports: Vec<Finding>,
}

/// Apply every suppression. `config_files` is the place of the configuration's files in the table of files; `complete` says that
/// every file of the project was analysed whole.
#[must_use]
pub fn apply(
    findings: Vec<Finding>,
    files: &[FileData],
    met: Met<'_>,
    config_files: FileId,
    complete: bool,
    session: &Session,
) -> Suppressed {
    let mut inline = comments::Comments::new(files, session);
    let mut configured = configured::Configured::new(config_files, session);
    let mut result = Suppressed::default();
    for finding in findings {
        // Both are asked, so that neither is called unused for the other's sake.
        let by_comment = inline.covers(&finding);
        let by_configuration = files.get(finding.place.file.index()).is_some_and(|file| configured.covers(&finding, &file.path));
        if by_comment || by_configuration {
            result.silenced.push(finding);
        } else {
            result.kept.push(finding);
        }
    }
    if let Some(level) = session.scopes().find_map(|(_, scope)| scope.selection.level(UNUSED_SUPPRESSION)) {
        result.reports = inline.reports(files, level, session);
        result.reports.extend(configured.reports(level, complete));
        result.reports.extend(dead::reports(met, config_files, level, complete, session));
    }
    result
}

/// What silences each finding: the places of comments, and of entries in the configuration, whose files are numbered from
/// `config_files` on.
#[must_use]
pub fn silencers(findings: &[Finding], files: &[FileData], config_files: FileId, session: &Session) -> Vec<Vec<Place>> {
    let inline = comments::Comments::new(files, session);
    let configured = configured::Configured::new(config_files, session);
    let of = |finding: &Finding| {
        let Some(file) = files.get(finding.place.file.index()) else { return Vec::new() };
        let comments = inline.covering(finding).filter_map(|at| file.facts.suppressions.get(at));
        let comments = comments.map(|comment| Place { file: finding.place.file, span: comment.span });
        comments.chain(configured.covering(finding, &file.path)).collect()
    };
    findings.iter().map(of).collect()
}

/// A report on the suppression at `span` of `file`.
pub(crate) fn report(level: Level, file: FileId, span: Span, message: String, help: &str) -> Finding {
    Finding {
        rule: UNUSED_SUPPRESSION,
        level,
        confidence: Confidence::High,
        place: Place { file, span },
        message,
        help: help.into(),
        trace: Vec::new(),
        related: Vec::new(),
        deployment: Vec::new(),
        fix: None,
        symbol: String::new(),
        fingerprint: String::new(),
        content: String::new(),
    }
}

/// Whether the facts cover the whole file.
fn is_whole(facts: &FileFacts) -> bool {
    facts.gaps.is_empty()
}
