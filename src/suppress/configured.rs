//! `[[suppress]]` entries of the configuration: what each covers, and which are of no use.

use super::report;
use crate::config::{ConfigSuppression, Scope};
use crate::finding::{FileId, Finding, Level, Place};
use crate::session::Session;
use ignore::gitignore::Gitignore;
use std::collections::BTreeSet;

/// The entries, each with whether it silenced something.
pub(super) struct Configured<'s> {
    entries: Vec<Entry<'s>>,
    files: FileId,
    session: &'s Session,
}

/// An entry in one of the configurations that have it: a parent's belongs to each that extends it.
struct Entry<'s> {
    entry: &'s ConfigSuppression,
    /// The folder that the configuration governs.
    folder: &'s str,
    /// The number of its file among those of all configurations.
    file: usize,
    used: bool,
}

impl<'s> Configured<'s> {
    pub(super) fn new(files: FileId, session: &'s Session) -> Self {
        let of = |(folder, scope): (&'s str, Scope<'s>)| {
            let entry = move |entry: &'s ConfigSuppression| Entry { entry, folder, file: scope.file(entry.file), used: false };
            scope.config.suppressions.iter().map(entry)
        };
        Self { entries: session.scopes().flat_map(of).collect(), files, session }
    }

    /// Whether an entry silences `finding`, which lies in the file at `path`. Every one that does counts as used.
    pub(super) fn covers(&mut self, finding: &Finding, path: &str) -> bool {
        let Self { entries, session, .. } = self;
        let mut covered = false;
        for entry in entries.iter_mut().filter(|entry| entry.reaches(finding, path, session)) {
            entry.used = true;
            covered = true;
        }
        covered
    }

    /// The places of the entries that silence `finding`.
    pub(super) fn covering(&self, finding: &Finding, path: &str) -> impl Iterator<Item = Place> {
        let entries = self.entries.iter().filter(move |entry| entry.reaches(finding, path, self.session));
        entries.map(|entry| Place { file: FileId::from_index(self.files.index() + entry.file), span: entry.entry.span })
    }

    /// The expired and the useless ones. Nothing is called useless when a file that it may be for could not be read.
    pub(super) fn reports(&self, level: Level, complete: bool) -> Vec<Finding> {
        let mut reports = Vec::new();
        let place = |entry: &Entry<'_>| (entry.file, entry.entry.span);
        let used: BTreeSet<_> = self.entries.iter().filter(|entry| entry.used).map(place).collect();
        let mut said = BTreeSet::new();
        for at in self.entries.iter().filter(|entry| said.insert(place(entry))) {
            let (entry, file) = (at.entry, FileId::from_index(self.files.index() + at.file));
            let mut say = |message: String, help| reports.push(report(level, file, entry.span, message, help));
            let runs = || self.session.scopes().any(|(_, scope)| scope.selection.level(entry.rule).is_some());
            if is_expired(entry, self.session.today) {
                let date = entry.until.map(|date| date.to_string()).unwrap_or_default();
                say(format!("this suppression expired on {date}"), "decide anew: mend the code, or set a later date");
            } else if !used.contains(&place(at)) && complete && runs() {
                say(format!("{} finds nothing that this could silence", entry.rule), "remove the entry");
            }
        }
        reports
    }
}

impl Entry<'_> {
    /// Whether it speaks for a finding in the file at `path`.
    fn reaches(&self, finding: &Finding, path: &str, session: &Session) -> bool {
        let entry = self.entry;
        if entry.rule != finding.rule || session.scope_folder(path) != self.folder || is_expired(entry, session.today) {
            return false;
        }
        let inside = if entry.base.is_empty() {
            Some(path)
        } else {
            path.strip_prefix(entry.base.as_str()).and_then(|path| path.strip_prefix('/'))
        };
        let matches = |paths: &Gitignore| inside.is_some_and(|path| paths.matched_path_or_any_parents(path, false).is_ignore());
        entry.paths.as_ref().is_none_or(matches)
    }
}

/// It holds on its last day.
fn is_expired(entry: &ConfigSuppression, today: jiff::civil::Date) -> bool {
    entry.until.is_some_and(|until| until < today)
}
