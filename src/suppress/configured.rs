//! `[[suppress]]` entries of the configuration: what each covers, and which are of no use.

use super::report;
use crate::config::ConfigSuppression;
use crate::finding::{FileId, Finding, Level, Place};
use crate::session::Session;

/// The entries, each with whether it silenced something.
pub(super) struct Configured<'s> {
    entries: Vec<(&'s ConfigSuppression, bool)>,
    files: FileId,
}

impl<'s> Configured<'s> {
    pub(super) fn new(files: FileId, session: &'s Session) -> Self {
        Self { entries: session.config.suppressions.iter().map(|entry| (entry, false)).collect(), files }
    }

    /// Whether an entry silences `finding`, which lies in the file at `path`. Every one that does counts as used.
    pub(super) fn covers(&mut self, finding: &Finding, path: &str, today: jiff::civil::Date) -> bool {
        let mut covered = false;
        for (_, used) in self.entries.iter_mut().filter(|(entry, _)| reaches(entry, finding, path, today)) {
            *used = true;
            covered = true;
        }
        covered
    }

    /// The places of the entries that silence `finding`.
    pub(super) fn covering(&self, finding: &Finding, path: &str, today: jiff::civil::Date) -> impl Iterator<Item = Place> {
        let entries = self.entries.iter().filter(move |(entry, _)| reaches(entry, finding, path, today));
        entries.map(|(entry, _)| Place { file: FileId::from_index(self.files.index() + entry.file), span: entry.span })
    }

    /// The expired and the useless ones. Nothing is called useless when a file that it may be for could not be read.
    pub(super) fn reports(&self, level: Level, complete: bool, session: &Session) -> Vec<Finding> {
        let mut reports = Vec::new();
        for (entry, used) in &self.entries {
            let file = FileId::from_index(self.files.index() + entry.file);
            let mut say = |message: String, help| reports.push(report(level, file, entry.span, message, help));
            if is_expired(entry, session.today) {
                let date = entry.until.map(|date| date.to_string()).unwrap_or_default();
                say(format!("this suppression expired on {date}"), "decide anew: mend the code, or set a later date");
            } else if !used && complete && session.selection.level(entry.rule).is_some() {
                say(format!("{} finds nothing that this could silence", entry.rule), "remove the entry");
            }
        }
        reports
    }
}

/// Whether an entry speaks for a finding in the file at `path`.
fn reaches(entry: &ConfigSuppression, finding: &Finding, path: &str, today: jiff::civil::Date) -> bool {
    let here = entry.paths.as_ref().is_none_or(|paths| paths.matched_path_or_any_parents(path, false).is_ignore());
    entry.rule == finding.rule && here && !is_expired(entry, today)
}

/// It holds on its last day.
fn is_expired(entry: &ConfigSuppression, today: jiff::civil::Date) -> bool {
    entry.until.is_some_and(|until| until < today)
}
