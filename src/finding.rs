//! What a rule reports: a finding with its evidence, and the report of a whole run as plain data for every output format.

use crate::baseline::Standing;
use crate::fixes::Fix;
use crate::source::{LineIndex, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Will hurt under load or with more instances.
    Warning,
    /// Breaks as soon as there is a second instance.
    Error,
}

impl Level {
    /// Lower-case name, as in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// One level more; the highest stays.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Note => Self::Warning,
            Self::Warning | Self::Error => Self::Error,
        }
    }

    /// One level less; the lowest stays.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            Self::Warning | Self::Note => Self::Note,
        }
    }
}

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// More than one link of the evidence was inferred.
    Low,
    /// One link was inferred: by name, or the code is reached from no known entry point.
    Medium,
    /// Every link of the evidence was resolved.
    High,
}

impl Confidence {
    /// Lower-case name, as in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// One step less sure; low stays low.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

/// A file of the project, by position in [`Report::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    /// As an index into the table of files.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// From an index into the table of files.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// A place in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Which file.
    pub file: FileId,
    /// Which bytes.
    pub span: Span,
}

/// A place with what it contributes to the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: Place,
    /// One sentence without full stop, starting in lower case unless with a name.
    pub message: String,
}

/// Something a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the rule.
    pub rule: &'static str,
    /// How much it matters.
    pub level: Level,
    /// How sure we are.
    pub confidence: Confidence,
    /// Where: the use, not the declaration.
    pub place: Place,
    /// The reason in one sentence that names the concrete thing.
    pub message: String,
    /// What to do instead, for the library in use.
    pub help: String,
    /// The path from the entry point to the place, in order; empty when there is none.
    pub trace: Vec<Note>,
    /// Other places that belong to it: the declaration, the loop.
    pub related: Vec<Note>,
    /// Deployment evidence: replica and worker counts.
    pub deployment: Vec<Note>,
    /// An edit that mends it, where one is certain in form.
    pub fix: Option<Fix>,
    /// The function or class around the place, dotted: part of the fingerprint.
    pub symbol: String,
    /// Stable name of this finding, in hexadecimal; set in the report step.
    pub fingerprint: String,
    /// The same without path and ordinal: follows a finding whose file was renamed. Set in the report step.
    pub content: String,
}

/// A file or part of one that could not be analysed, or a limit that was hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Path relative to the project root, forward slashes; empty for the run as a whole.
    pub path: String,
    /// Machine-readable kind.
    pub kind: NoticeKind,
    /// One sentence without full stop.
    pub message: String,
}

/// What sort of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// Some part has a syntax error or is nested too deep; the rest was analysed.
    PartlyParsed,
    /// Nothing of it could be analysed.
    NotParsed,
    /// It could not be read.
    Unreadable,
    /// It is larger than the limit.
    TooLarge,
    /// Its bytes are no text we can read.
    NotText,
    /// It is no regular file, or a link out of the root.
    NotRegular,
    /// Findings were cut at a limit.
    Cut,
    /// A rule failed on this project.
    RuleFailed,
    /// A key of a configuration that has no effect where it stands.
    Unapplied,
}

impl NoticeKind {
    /// Whether something was not looked at for it.
    #[must_use]
    pub fn is_gap(self) -> bool {
        self != Self::Unapplied
    }

    /// Kebab-case name, as in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PartlyParsed => "partly-parsed",
            Self::NotParsed => "not-parsed",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too-large",
            Self::NotText => "not-text",
            Self::NotRegular => "not-regular",
            Self::Cut => "cut",
            Self::RuleFailed => "rule-failed",
            Self::Unapplied => "unapplied",
        }
    }
}

/// A file as reports need it.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// Path relative to the project root, forward slashes, the same from any working directory.
    pub path: String,
    /// The text that was analysed; empty when it was not needed for any finding.
    pub text: std::sync::Arc<str>,
    /// Its lines.
    pub lines: LineIndex,
}

/// Everything a run has to say. Findings are sorted by path, position, rule.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The files, by [`FileId`].
    pub files: Vec<ReportFile>,
    /// What was found and not silenced, sorted.
    pub findings: Vec<Finding>,
    /// What could not be analysed, sorted by path.
    pub notices: Vec<Notice>,
    /// What a baseline holds of what was found, sorted.
    pub baselined: Vec<Finding>,
    /// What became of each entry of the baseline, in its order.
    pub standings: Vec<Standing>,
    /// How many findings were known before, when only what is new was asked for.
    pub known: usize,
    /// Figures of the run.
    pub summary: Summary,
    /// Names of the rules that were enabled, sorted; SARIF lists them all, found something or not.
    pub rules: Vec<&'static str>,
}

/// Figures of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Files analysed.
    pub files: usize,
    /// Lines analysed.
    pub lines: usize,
    /// Findings reported.
    pub findings: usize,
    /// Findings silenced by a comment or the configuration.
    pub suppressed: usize,
    /// Findings known from a baseline.
    pub baselined: usize,
}

impl Report {
    /// The file a place lies in.
    #[must_use]
    pub fn file(&self, place: Place) -> &ReportFile {
        &self.files[place.file.index()]
    }

    /// With what an earlier look at the same project could not see, if this one says nothing of it: what was done in between is the
    /// less for it.
    #[must_use]
    pub(crate) fn after(mut self, earlier: Vec<Notice>) -> Self {
        let of = |notice: &Notice| (notice.path.clone(), notice.kind);
        let known: BTreeSet<_> = self.notices.iter().map(of).collect();
        self.notices.extend(earlier.into_iter().filter(|notice| !known.contains(&of(notice))));
        self.notices.sort_by(|a, b| (&a.path, a.kind, &a.message).cmp(&(&b.path, b.kind, &b.message)));
        self
    }
}
