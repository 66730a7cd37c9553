//! Entries of the configuration that meet nothing in the project, apart from suppressions: they are asked of the walk and of the code.

use super::{Met, report};
use crate::config::EntryPattern;
use crate::finding::{FileId, Finding, Level};
use crate::session::Session;
use crate::source::Span;
use std::collections::BTreeMap;

/// A report on each pattern of `exclude` that keeps nothing out and, when all code could be read, each entry point without code.
pub(super) fn reports(met: Met<'_>, config_files: FileId, level: Level, complete: bool, session: &Session) -> Vec<Finding> {
    let file = |at: usize| FileId::from_index(config_files.index() + at);
    // A parent's pattern belongs to each configuration that extends it, and is of use when it is to one of them.
    let mut excludes: BTreeMap<(usize, Span), (&str, bool)> = BTreeMap::new();
    for ((_, scope), used) in session.scopes().zip(met.excluded) {
        for (exclude, used) in scope.config.exclude.iter().zip(used) {
            excludes.entry((scope.file(exclude.file), exclude.span)).or_insert((&exclude.pattern, false)).1 |= used;
        }
    }
    // A negated pattern lets in what another keeps out.
    let idle = excludes.into_iter().filter(|(_, (pattern, used))| !used && !pattern.starts_with('!'));
    let idle = idle.map(|((at, span), (pattern, _))| {
        let message = format!("`{}` under `exclude` keeps nothing out", pattern);
        let help = "remove the pattern, or correct it: hidden, ignored and vendored files are skipped anyway";
        report(level, file(at), span, message, help)
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
