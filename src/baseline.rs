//! The baseline: findings that a project lives with for now, in a file of its own. Anything else is new and fails the check; what
//! is in it and was mended is reported, so that it cannot hide the next finding.

mod file;

pub use file::render;

use crate::finding::{FileId, Finding, NoticeKind, ReportFile};
use crate::known::{self, Known, Seen};
use crate::scan::Extracted;
use crate::session::{Session, known_rule};
use crate::source::Span;
use crate::suppress::{self, UNUSED_SUPPRESSION};
use crate::terminal::visible;
use std::collections::HashSet;
use std::sync::Arc;

/// The file that is meant when none is named.
pub const DEFAULT: &str = "scalelint-baseline.txt";

/// A baseline, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// As messages call it: relative to the root when inside it, else as typed.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// The findings in it.
    pub entries: Vec<Entry>,
}

/// A finding in a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is known by.
    pub known: Known,
    /// Its rule, as written.
    pub rule: String,
    /// The code around it; for people.
    pub symbol: String,
    /// What was said of it; for people.
    pub message: String,
    /// Its line.
    pub span: Span,
}

impl Entry {
    /// For a finding in the file at `path`.
    #[must_use]
    pub fn of(finding: &Finding, path: &str) -> Self {
        let Finding { fingerprint, content, rule, symbol, message, .. } = finding;
        let known = Known { fingerprint: fingerprint.clone(), content: content.clone(), path: path.into(), level: None };
        Self { known, rule: (*rule).into(), symbol: symbol.clone(), message: file::shortened(message), span: Span::default() }
    }
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is found as before.
    Stands,
    /// Its file was renamed: the entry as it would be made now.
    Moved(Box<Entry>),
    /// It is found no more.
    Fixed,
    /// No rule has its name.
    NoRule,
    /// Nobody looked, for this reason.
    Unknown(&'static str),
}

/// Findings after the baseline.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Those it does not hold.
    pub(crate) new: Vec<Finding>,
    /// Those it holds.
    pub(crate) baselined: Vec<Finding>,
    /// What became of each entry.
    pub(crate) standings: Vec<Standing>,
    /// Reports on entries that are of no use.
    pub(crate) reports: Vec<Finding>,
}

/// Hold `findings` against the session's baseline. `silenced` are those that a suppression covers: they use an entry too, so that it
/// is not called useless for the suppression's sake. `files` is the table of files, with the baseline as its last.
pub(crate) fn apply(
    findings: Vec<Finding>,
    silenced: &[Finding],
    files: &[ReportFile],
    extracted: &Extracted,
    session: &Session,
) -> Compared {
    let Some(baseline) = &session.baseline else { return Compared { new: findings, ..Compared::default() } };
    let path_of = |finding: &Finding| files[finding.place.file.index()].path.as_str();
    let seen: Vec<Seen<'_>> = findings.iter().chain(silenced).map(|finding| (finding, path_of(finding))).collect();
    let entries: Vec<Known> = baseline.entries.iter().map(|entry| entry.known.clone()).collect();
    let looked = Looked::new(files, extracted);
    let pairs = known::pair(&entries, &seen, |path| is_gone(path, &looked.paths, session));
    let mut held = vec![false; seen.len()];
    let mut standings = Vec::with_capacity(pairs.len());
    for (entry, pair) in baseline.entries.iter().zip(pairs) {
        standings.push(match pair {
            Some(at) => {
                held[at] = true;
                let (finding, path) = seen[at];
                let stays = finding.fingerprint == entry.known.fingerprint;
                if stays { Standing::Stands } else { Standing::Moved(Box::new(moved(entry, finding, path))) }
            }
            None => looked.absent(entry, session),
        });
    }
    let mut held = held.into_iter();
    let (baselined, new) = findings.into_iter().partition(|_| held.next().unwrap_or(false));
    let reports = reports(baseline, &standings, FileId::from_index(files.len() - 1), session);
    Compared { new, baselined, standings, reports }
}

/// The entry with its new identity and its old words.
fn moved(entry: &Entry, finding: &Finding, path: &str) -> Entry {
    Entry { message: entry.message.clone(), ..Entry::of(finding, path) }
}

/// Whether no file of this name is in the project any more; `paths` are those that are known to be.
pub(crate) fn is_gone(path: &str, paths: &HashSet<&str>, session: &Session) -> bool {
    !paths.contains(path) && !session.tree.holds(&session.absolute(path))
}

/// What was looked at, and how well.
struct Looked<'r> {
    paths: HashSet<&'r str>,
    /// Files that were not analysed whole.
    spoilt: HashSet<&'r str>,
    /// Whether some file could not be read: what depends on it is not found, wherever it stands.
    unread: bool,
    /// What is said of rules that failed.
    failed: Vec<&'r str>,
}

impl<'r> Looked<'r> {
    fn new(files: &'r [ReportFile], extracted: &'r Extracted) -> Self {
        let with_gaps = extracted.files.iter().filter(|file| !file.facts.gaps.is_empty()).map(|file| file.path.as_str());
        let noticed = extracted.notices.iter().map(|notice| notice.path.as_str());
        let failed = extracted.notices.iter().filter(|notice| notice.kind == NoticeKind::RuleFailed);
        Self {
            paths: files.iter().map(|file| file.path.as_str()).collect(),
            unread: extracted.notices.iter().any(|notice| notice.kind == NoticeKind::Unreadable),
            spoilt: with_gaps.chain(noticed).collect(),
            failed: failed.map(|notice| notice.message.as_str()).collect(),
        }
    }

    /// Why nothing was found for an entry.
    fn absent(&self, entry: &Entry, session: &Session) -> Standing {
        let Some(rule) = known_rule(&entry.rule) else { return Standing::NoRule };
        let path = entry.known.path.as_str();
        if session.scope(path).selection.level(rule).is_none() {
            Standing::Unknown("its rule did not run")
        } else if self.failed.iter().any(|message| message.starts_with(rule)) {
            Standing::Unknown("its rule failed")
        } else if self.spoilt.contains(path) {
            Standing::Unknown("its file was not analysed whole")
        } else if self.unread {
            Standing::Unknown("some file could not be read")
        } else if self.paths.contains(path) || is_gone(path, &self.paths, session) {
            Standing::Fixed
        } else {
            Standing::Unknown("its file was not analysed")
        }
    }
}

/// Reports on what is of no use any more.
fn reports(baseline: &Baseline, standings: &[Standing], file: FileId, session: &Session) -> Vec<Finding> {
    let Some(level) = session.selection.level(UNUSED_SUPPRESSION) else { return Vec::new() };
    let report = |(entry, standing): (&Entry, &Standing)| {
        let rule = visible(&entry.rule).chars().take(80).collect::<String>();
        let message = match standing {
            Standing::Fixed => format!("{rule} does not find this in {} any more", visible(&entry.known.path)),
            Standing::NoRule => format!("there is no rule `{rule}`"),
            Standing::Stands | Standing::Moved(_) | Standing::Unknown(_) => return None,
        };
        Some(suppress::report(level, file, entry.span, message, "run `scalelint baseline prune`"))
    };
    baseline.entries.iter().zip(standings).filter_map(report).collect()
}
