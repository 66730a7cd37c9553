//! What was asked for, once everything typed and configured is understood: the one thing that the five steps read.

mod selection;
mod timings;

pub(crate) use selection::selectors;
pub use selection::{Origin, Selection, Selector, known_rule, near_rule};

pub use timings::Timings;

use crate::baseline::Baseline;
use crate::config::{self, Config, ConfigFile, Nested, Scope};
use crate::disk;
use crate::error::Error;
use crate::finding::{Confidence, Level};
use crate::known::Known;
use crate::lang;
use crate::rules::Rule;
use crate::scan::Learnt;
use crate::stop::Stop;
use crate::walk::{self, Tree, Walked, root};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

/// What a caller asks for: the command line, the language server, a test.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What to report on; the current directory when empty.
    pub paths: Vec<PathBuf>,
    /// Rules, groups, sets or `all`, instead of the configured ones.
    pub select: Option<Vec<String>>,
    /// More of them.
    pub extend_select: Vec<String>,
    /// Fewer of them.
    pub ignore: Vec<String>,
    /// The least confidence to report.
    pub min_confidence: Option<Confidence>,
    /// What fails the run.
    pub fail_on: Option<FailOn>,
    /// A configuration file instead of the project's own.
    pub config: Option<PathBuf>,
    /// No configuration file at all.
    pub isolated: bool,
    /// Which baseline holds what is not reported.
    pub baseline: BaselineChoice,
    /// Threads to use; as many as the machine has when not given.
    pub threads: Option<usize>,
    /// Remember how long single rules and files take.
    pub timings: bool,
    /// Where the files are read from, those of the configuration as well.
    pub tree: Tree,
}

/// Which baseline to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BaselineChoice {
    /// The one that the configuration names, if it names one.
    #[default]
    Configured,
    /// This file.
    File(PathBuf),
    /// None.
    Without,
}

/// From which level on a finding fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Warnings and errors.
    Warning,
    /// Every finding.
    Note,
    /// None.
    Never,
}

impl FailOn {
    /// Whether a finding of `level` fails the run.
    #[must_use]
    pub fn fails(self, level: Level) -> bool {
        match self {
            Self::Error => level >= Level::Error,
            Self::Warning => level >= Level::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// Bounds of a run; see `hostile.md` for where each number comes from. Each cut is a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What a front end may spend on one file.
    pub file: lang::Limits,
    /// Columns of a line that are reported on, in bytes.
    pub line_columns: usize,
    /// Findings for one file and rule.
    pub findings_per_rule: usize,
    /// Findings in a run.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: lang::Limits::default(), line_columns: 65_536, findings_per_rule: 200, findings: 25_000 }
    }
}

/// Everything a run needs to know.
#[derive(Debug)]
pub struct Session {
    /// The project root, canonical.
    pub root: PathBuf,
    /// Only these files and folders, relative to the root, are reported on; an empty name is the root itself.
    pub filter: Vec<String>,
    /// The project's configuration.
    pub config: Config,
    /// The rules that run, each with its level.
    pub selection: Selection,
    /// The least confidence to report.
    pub min_confidence: Confidence,
    /// What fails the run.
    pub fail_on: FailOn,
    /// Configurations below the root, sorted by folder.
    pub nested: Vec<Nested>,
    /// Their files that the root's configuration does not have.
    pub nested_files: Vec<ConfigFile>,
    /// Bounds of the run.
    pub limits: Limits,
    /// Threads to use.
    pub threads: usize,
    /// Where the files are read from.
    pub tree: Tree,
    /// Folders that are left out of a comparison: submodules.
    pub apart: BTreeSet<String>,
    /// What the project lives with for now.
    pub baseline: Option<Baseline>,
    /// What was found before, when only what is new is asked for.
    pub known: Option<Vec<Known>>,
    /// Today: decides which suppressions have expired.
    pub today: Date,
    /// Set by another thread when nobody waits for the report any more.
    pub stop: Stop,
    /// How far the run is.
    pub progress: Progress,
    /// How long it takes.
    pub timings: Timings,
    /// What the walk met that looked for configurations: the first one asks for it again.
    pub(crate) walked: Mutex<Option<Walked>>,
    /// What an earlier run learnt of files that this one may meet.
    pub learnt: Mutex<Learnt>,
    /// The process ends after this run: the memory of its facts is left to the system, which takes it back at once and in one go.
    pub last: bool,
}

/// How far a run is; counted by the workers, shown by the command line.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files read and extracted.
    pub done: AtomicUsize,
    /// Files to read; 0 until they are known.
    pub total: AtomicUsize,
    /// Those of them that are reported on.
    pub reported: AtomicUsize,
}

impl Session {
    /// Understand `options`: find the root, read the configuration, choose the rules.
    ///
    /// # Errors
    /// When a path is not there, the configuration is wrong, or a rule is unknown.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let (root, filter) = root::locate(&options.paths)?;
        let config = match (&options.config, options.isolated) {
            (_, true) => Config::default(),
            (Some(file), false) => config::load_file(file, &root, &options.tree)?,
            (None, false) => config::discover(&root, &options.tree)?,
        };
        let selection = Selection::new(&config, options)?;
        // A file named by hand is meant as it is, whatever the others are read from.
        let baseline = match (&options.baseline, &config.baseline) {
            (BaselineChoice::File(file), _) => Some(Baseline::load(&Tree::Disk, file, &shown(file, &root))?),
            (BaselineChoice::Configured, Some(file)) => Some(Baseline::load(&options.tree, &root.join(file), file)?),
            _ => None,
        };
        let is_nesting = options.config.is_none() && !options.isolated;
        let mut session = Self {
            root,
            filter,
            selection,
            min_confidence: options.min_confidence.or(config.min_confidence).unwrap_or(Confidence::Medium),
            fail_on: options.fail_on.or(config.fail_on).unwrap_or(FailOn::Warning),
            limits: config.limits,
            threads: options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            tree: options.tree.clone(),
            apart: BTreeSet::new(),
            baseline,
            known: None,
            today: today(),
            config,
            stop: Stop::default(),
            progress: Progress::default(),
            timings: Timings::new(options.timings),
            nested: Vec::new(),
            nested_files: Vec::new(),
            walked: Mutex::default(),
            learnt: Mutex::default(),
            last: false,
        };
        if is_nesting {
            let (walked, found) = walk::discover(&session)?;
            (session.nested, session.nested_files) = config::scopes(found, &session.config, options)?;
            session.walked = Mutex::new(Some(walked));
        }
        Ok(session)
    }

    /// The same settings for a look at something else: nothing of it is known yet.
    #[must_use]
    pub(crate) fn again(&self) -> Self {
        Self {
            root: self.root.clone(),
            filter: self.filter.clone(),
            config: self.config.clone(),
            selection: self.selection.clone(),
            min_confidence: self.min_confidence,
            fail_on: self.fail_on,
            nested: self.nested.clone(),
            nested_files: self.nested_files.clone(),
            limits: self.limits,
            threads: self.threads,
            tree: self.tree.clone(),
            apart: self.apart.clone(),
            baseline: self.baseline.clone(),
            known: None,
            today: self.today,
            stop: self.stop.clone(),
            progress: Progress::default(),
            timings: Timings::new(false),
            walked: Mutex::default(),
            learnt: Mutex::default(),
            last: false,
        }
    }

    /// What governs the file at `path`, relative to the root: the nearest configuration.
    #[must_use]
    pub fn scope(&self, path: &str) -> Scope<'_> {
        let folder = walk::folder_of(path);
        // An ancestor is shorter, so the nearest comes last.
        let nested = self.nested.iter().rev().find(|nested| is_within(folder, &nested.folder));
        nested.map_or_else(|| self.root_scope(), Self::of_nested)
    }

    /// The folder whose configuration governs the file at `path`; empty for the root.
    #[must_use]
    pub fn scope_folder(&self, path: &str) -> &str {
        let folder = walk::folder_of(path);
        self.nested.iter().rev().find(|nested| is_within(folder, &nested.folder)).map_or("", |nested| &nested.folder)
    }

    /// Everything that governs something, the root's configuration first, the others sorted by folder.
    pub fn scopes(&self) -> impl Iterator<Item = (&str, Scope<'_>)> {
        let nested = self.nested.iter().map(|nested| (nested.folder.as_str(), Self::of_nested(nested)));
        std::iter::once(("", self.root_scope())).chain(nested)
    }

    fn root_scope(&self) -> Scope<'_> {
        Scope { config: &self.config, selection: &self.selection, min_confidence: self.min_confidence, files: None }
    }

    fn of_nested(nested: &Nested) -> Scope<'_> {
        let Nested { config, selection, min_confidence, files, .. } = nested;
        Scope { config, selection, min_confidence: *min_confidence, files: Some(files) }
    }

    /// The files of all configurations, in the order of their numbers.
    pub fn config_files(&self) -> impl Iterator<Item = &ConfigFile> {
        self.config.files.iter().chain(&self.nested_files)
    }

    /// The rules that run anywhere, sorted by name.
    #[must_use]
    pub fn rules(&self) -> Vec<&'static Rule> {
        let runs = |rule: &&Rule| self.scopes().any(|(_, scope)| scope.selection.level(rule.name).is_some());
        Rule::all().iter().filter(runs).collect()
    }

    /// Whether `path`, relative to the root, is reported on. What belongs to the whole run, an empty path, always is.
    #[must_use]
    pub fn reports(&self, path: &str) -> bool {
        path.is_empty() || self.filter.iter().any(|filter| is_within(path, filter))
    }

    /// Whether nobody waits for this run any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_set()
    }

    /// Report everything, however much it is: for comparing, not for showing.
    pub fn unlimited(&mut self) {
        self.limits.findings = usize::MAX;
        self.limits.findings_per_rule = usize::MAX;
    }

    /// Do `work`, a step of the run, and remember how long it took.
    pub fn timed<T>(&self, step: &'static str, work: impl FnOnce() -> T) -> T {
        self.timings.step(step, work)
    }

    /// Where a path relative to the root is on this machine.
    #[must_use]
    pub fn absolute(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path))
    }
}

/// A file as messages call it: relative to the root when inside it, else as typed.
fn shown(file: &Path, root: &Path) -> String {
    let real = disk::canonicalize(file).ok();
    let inside = real.as_deref().and_then(|real| real.strip_prefix(root).ok());
    inside.unwrap_or(file).to_string_lossy().replace('\\', "/")
}

/// Whether `path` is `folder` or lies in it.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The date in UTC, so that two machines agree; `SCALELINT_TODAY` stands in for the clock in tests.
fn today() -> Date {
    let fixed = std::env::var("SCALELINT_TODAY").ok().and_then(|text| text.parse().ok());
    fixed.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn folders_end_at_slashes() {
        assert!(is_within("app/a.py", ""));
        assert!(is_within("app/a.py", "app"));
        assert!(is_within("app/a.py", "app/a.py"));
        assert!(!is_within("app2/a.py", "app"));
    }
}
