//! `scalelint.toml`, understood: raw tables are read in `reader`, judged in `validate`, and what is left here can be trusted.
//!
//! The configuration at the root governs a project; one in a folder below governs what is in that folder, instead of those above it
//! (`scopes`). Patterns are relative to the folder of the file they stand in, with the syntax of `.gitignore`; `extends` takes a parent
//! from inside the root, whose lists come first and whose single values give way.

mod keys;
mod reader;
mod schema;
mod scopes;
mod shown;
mod starter;
#[cfg(test)]
mod tests;
mod validate;

pub use schema::schema;
pub use scopes::{Nested, Scope};
pub(crate) use scopes::{nested, scopes, unapplied};
pub use shown::shown;
pub use starter::starter;

use crate::disk;
use crate::error::{Error, reason};
use crate::finding::{Confidence, Level, NoticeKind};
use crate::models::EntryKind;
use crate::session::{FailOn, Limits, Selector};
use crate::source::{LineIndex, Span};
use crate::walk::Tree;
use ignore::gitignore::Gitignore;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Options that rules take, beside `level`: the rule, the option. All are numbers above zero.
const RULE_OPTIONS: &[(&str, &str)] = &[("missing-timeout", "max-seconds")];

/// Largest configuration file.
const MAX_BYTES: u64 = 1024 * 1024;

/// What the project's configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The files it was read from, parents first; empty when there is none.
    pub files: Vec<ConfigFile>,
    /// Rules to run, instead of the recommended set.
    pub select: Option<Vec<Selector>>,
    /// More of them.
    pub extend_select: Vec<Selector>,
    /// Fewer of them.
    pub ignore: Vec<Selector>,
    /// Levels set by rule; none for a rule switched off.
    pub levels: BTreeMap<&'static str, Option<Level>>,
    /// Options of rules, by rule and option.
    pub options: BTreeMap<(&'static str, &'static str), f64>,
    /// The least confidence to report.
    pub min_confidence: Option<Confidence>,
    /// What fails the run.
    pub fail_on: Option<FailOn>,
    /// What not to look at, in the syntax of `.gitignore`.
    pub exclude: Vec<Exclude>,
    /// The user's own models: patterns of files.
    pub models: Vec<String>,
    /// What this project's own framework calls.
    pub entry_points: Vec<EntryPoint>,
    /// Facts about the deployment that are not in the tree.
    pub deployment: Deployment,
    /// Findings the project has decided to live with.
    pub suppressions: Vec<ConfigSuppression>,
    /// The baseline's file, relative to the root and inside it.
    pub baseline: Option<String>,
    /// Bounds of the run.
    pub limits: Limits,
    /// Where each key stands that a file gives, parents first.
    pub origins: Vec<Origin>,
}

/// Where a key of the configuration is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The key with those above it: `rules.missing-timeout.level`.
    pub key: String,
    /// Which of [`Config::files`] it stands in.
    pub file: usize,
    /// Its value's place in that file.
    pub span: Span,
}

/// A configuration file.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    /// Relative to the root when inside it, else as typed; forward slashes.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

/// A pattern of `exclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclude {
    /// As written.
    pub pattern: String,
    /// The folder it is relative to.
    pub base: String,
    /// Which of [`Config::files`] it stands in.
    pub file: usize,
    /// Where in that file.
    pub span: Span,
}

/// An entry point that the project declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// What makes a function one.
    pub pattern: EntryPattern,
    /// When it runs.
    pub kind: EntryKind,
    /// Which of [`Config::files`] it stands in.
    pub file: usize,
    /// Where in that file.
    pub span: Span,
}

/// What makes a function an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPattern {
    /// It carries this decorator or attribute: a qualified name.
    Decorator(String),
    /// It is this function: the end of its qualified name, as `jobs.nightly.run`, `Worker.run` or `crate::jobs::run`.
    Function(String),
    /// It has this name, wherever it is defined.
    Name(String),
}

/// Facts about the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Deployment {
    /// Instances of the service, and where that is written.
    pub replicas: Option<(u32, Span)>,
    /// Processes in each of them, and where that is written.
    pub workers: Option<(u32, Span)>,
    /// Which of [`Config::files`] they stand in.
    pub file: usize,
}

/// A `[[suppress]]` entry.
#[derive(Debug, Clone)]
pub struct ConfigSuppression {
    /// The rule it silences.
    pub rule: &'static str,
    /// The files it speaks of, relative to [`ConfigSuppression::base`]; all when none.
    pub paths: Option<Gitignore>,
    /// The folder that the pattern is relative to.
    pub base: String,
    /// Why.
    pub reason: String,
    /// The last day it holds.
    pub until: Option<Date>,
    /// Which of [`Config::files`] it stands in, and where.
    pub file: usize,
    /// Where in that file.
    pub span: Span,
}

impl Config {
    /// The file and 1-based line that set a key, such as `rules.missing-timeout.level`: of several places the one that counts.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<(&str, usize)> {
        let origin = self.origins.iter().rfind(|origin| origin.key == key)?;
        self.line_of_span(origin.file, origin.span)
    }

    /// The same for what a span of one of the files covers.
    #[must_use]
    pub fn line_of_span(&self, file: usize, span: Span) -> Option<(&str, usize)> {
        let file = self.files.get(file)?;
        Some((file.path.as_str(), LineIndex::new(&file.text).line(span.start) + 1))
    }

    /// A number that the user set for a rule.
    #[must_use]
    pub fn option(&self, rule: &str, option: &str) -> Option<f64> {
        self.options.iter().find(|((of, name), _)| *of == rule && *name == option).map(|(_, value)| *value)
    }
}

/// The configuration of the project at `root`, if it has one.
///
/// # Errors
/// When one is there and cannot be read or understood.
pub fn discover(root: &Path, tree: &Tree) -> Result<Config, Error> {
    discover_in(root, "", tree).map(Option::unwrap_or_default)
}

/// The names of files that hold a configuration, the one that counts first.
pub(crate) const NAMES: [&str; 3] = ["scalelint.toml", "pyproject.toml", "Cargo.toml"];

/// The configuration that stands in `folder`, relative to `root`: `scalelint.toml`, else a section of `pyproject.toml`, else of
/// `Cargo.toml`.
fn discover_in(root: &Path, folder: &str, tree: &Tree) -> Result<Option<Config>, Error> {
    for name in NAMES {
        let shown = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let path = root.join(&shown);
        if !tree.holds(&path) {
            continue;
        }
        let text = match text_of(&path, root, tree) {
            Ok(text) => text,
            // Somebody else's file, and no text in which a section of ours could stand.
            Err((kind, _)) if name != "scalelint.toml" && kind != NoticeKind::Unreadable => continue,
            // What the system does not tell about may hold one: to go on without it would be another run.
            Err((_, why)) => return Err(Error::ConfigUnreadable { path: shown, why }),
        };
        let file = ConfigFile { path: shown, text: text.into() };
        if let Some(config) = validate::read(file, &validate::Place { root, folder, tree }, 0)? {
            return Ok(Some(config));
        }
    }
    Ok(None)
}

/// The text of a file that may be a configuration; links to nowhere are no files.
fn text_of(path: &Path, root: &Path, tree: &Tree) -> Result<String, (NoticeKind, String)> {
    let real = match tree.resolve(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err((NoticeKind::NotRegular, reason(&error))),
        Err(error) => return Err((NoticeKind::Unreadable, reason(&error))),
        Ok(_) => inside(path, root, tree).map_err(|why| (NoticeKind::NotRegular, why))?,
    };
    utf8(tree.bytes(&real, MAX_BYTES)?).map_err(|why| (NoticeKind::NotText, why))
}

/// The file that `path` leads to, if that is in the project: links out of it are not followed.
fn inside(path: &Path, root: &Path, tree: &Tree) -> Result<PathBuf, String> {
    let real = tree.resolve(path).map_err(|error| reason(&error))?;
    if real.starts_with(root) { Ok(real) } else { Err("it is a link out of the project".into()) }
}

/// The configuration in `file`, named by the user, so that it may lie anywhere.
///
/// # Errors
/// When it cannot be read or understood.
pub fn load_file(file: &Path, root: &Path, tree: &Tree) -> Result<Config, Error> {
    let shown = file.to_string_lossy().into_owned();
    let unreadable = |why| Error::ConfigUnreadable { path: shown.clone(), why };
    // It is meant as it is, also when the project is read from what git has stored.
    let tree = if matches!(tree, Tree::Git(_)) { &Tree::Disk } else { tree };
    let real = disk::canonicalize(file).map_err(|error| unreadable(reason(&error)))?;
    let text = tree.regular(&real, MAX_BYTES).and_then(utf8).map_err(unreadable)?;
    let path = real.strip_prefix(root).ok().and_then(Path::to_str).map_or(shown.clone(), |path| path.replace('\\', "/"));
    let none = || Error::Usage {
        message: format!("`{}` has no section for scalelint", crate::terminal::visible(&shown)),
        advice: "write [tool.scalelint] in pyproject.toml or [package.metadata.scalelint] in Cargo.toml".into(),
    };
    validate::read(ConfigFile { path, text: text.into() }, &validate::Place { root, folder: "", tree }, 0)?.ok_or_else(none)
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_string())?;
    // Spans count from the first byte, so a byte order mark becomes blank space instead of going away.
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), |rest| format!("   {rest}")))
}
