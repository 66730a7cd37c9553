//! Entries of the configuration that meet nothing in the project, apart from suppressions: they are asked of the walk and of the code.

use super::{Met, report};
use crate::config::EntryPattern;
use crate::finding::{FileId, Finding, Level};
use crate::session::Session;

/// A report on each pattern of `exclude` that keeps nothing out and, when all code could be read, each entry point without code.
pub(super) fn reports(met: Met<'_>, config_files: FileId, level: Level, complete: bool, session: &Session) -> Vec<Finding> {
    let file = |at: usize| FileId::from_index(config_files.index() + at);
    let excludes = session.config.exclude.iter().zip(met.excluded);
    // A negated pattern lets in what another keeps out.
    let idle = excludes.filter(|(exclude, used)| !**used && !exclude.pattern.starts_with('!')).map(|(exclude, _)| {
        let message = format!("`{}` under `exclude` keeps nothing out", exclude.pattern);
        let help = "remove the pattern, or correct it: hidden, ignored and vendored files are skipped anyway";
        report(level, file(exclude.file), exclude.span, message, help)
    });
    let entries = session.config.entry_points.iter().zip(met.entered);
    let unmet = entries.filter(|(_, found)| complete && !**found).map(|(entry, _)| {
        let message = match &entry.pattern {
            EntryPattern::Decorator(name) => format!("nothing in the project is decorated with `{name}`"),
            EntryPattern::Function(name) | EntryPattern::Name(name) => format!("the project has no function `{name}`"),
        };
        report(level, file(entry.file), entry.span, message, "remove the entry point, or correct its name")
    });
    idle.chain(unmet).collect()
}
