//! Finds the files of a project, as git sees it: sources with their language, dependency manifests, the user's models.
//!
//! The folders are listed here and not by `ignore::Walk`, of which we keep the patterns: it opens whatever `.gitignore` is, a
//! pipe or a link to `/dev/zero` included, and follows links out of the root. The tree may be a stranger's.

mod buffers;
mod ignored;
pub mod read;
pub mod root;
mod tree;

pub use buffers::Buffers;
pub use tree::Tree;

use crate::config::{self, Config, Exclude};
use crate::deploy::Format;
use crate::error::{Error, reason};
use crate::finding::{Notice, NoticeKind};
use crate::lang::Language;
use crate::session::{Session, is_within};
use ignored::Patterns;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use tree::{Entry, Kind};

/// A source file to analyse.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the root, forward slashes.
    pub path: String,
    /// Where to read it in the session's tree: the file itself, never a link.
    pub real: PathBuf,
    /// Its language.
    pub language: Language,
}

/// A file read whole for what it says about the project: a lock file, a requirements file, a user's model.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Relative to the root, forward slashes.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

/// What is in a project.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// Source files, sorted by path.
    pub sources: Vec<Source>,
    /// Dependency manifests, sorted by path.
    pub manifests: Vec<Manifest>,
    /// The user's model files, sorted by path.
    pub models: Vec<Manifest>,
    /// For each configuration, the root's first, and each pattern of its `exclude`: whether it kept something out.
    pub excluded: Vec<Vec<bool>>,
    /// What could not be looked at.
    pub notices: Vec<Notice>,
}

/// Hidden folders of the root that say what is built, and by which steps. Nothing in them is judged.
const BUILDS: [&str; 5] = [".github", ".gitlab", ".circleci", ".tekton", ".ci"];

/// Hidden files of the root that do.
const BUILD_FILES: [&str; 4] = [".gitlab-ci.", ".drone.", ".woodpecker.", ".travis."];

/// Largest manifest: lock files are long.
const MAX_MANIFEST: u64 = 16 * 1024 * 1024;

/// Walk the project.
#[must_use]
pub fn walk(session: &Session) -> Walked {
    // Whoever looked for configurations did not know yet what is left out.
    let met = session.walked.lock().unwrap_or_else(PoisonError::into_inner).take().filter(|_| session.apart.is_empty());
    met.unwrap_or_else(|| {
        let mut walker = Walker::new(session, false);
        walker.excludes.extend(session.nested.iter().map(|nested| (nested.folder.clone(), Excludes::new(&nested.config))));
        session.timed("walk", || walker.walk())
    })
}

/// Walk the project, and read the configurations that stand below its root on the way: what one of them excludes is not looked at.
///
/// # Errors
/// When one of them cannot be read or understood.
pub(crate) fn discover(session: &Session) -> Result<(Walked, Vec<(String, Config)>), Error> {
    let mut walker = Walker::new(session, true);
    let walked = session.timed("walk", || walker.walk());
    match walker.faulty.pop() {
        Some(error) => Err(error),
        None => Ok((walked, walker.found)),
    }
}

impl Walker<'_> {
    fn walk(&mut self) -> Walked {
        self.folder(self.session.root.clone(), String::new());
        self.links();
        let session = self.session;
        let mut walked = std::mem::take(&mut self.walked);
        walked.excluded = self.excludes.values().map(Excludes::used).collect();
        walked.sources.sort_by(|a, b| (&a.path, &a.real).cmp(&(&b.path, &b.real)));
        walked.manifests.sort_by(|a, b| a.path.cmp(&b.path));
        walked.models.sort_by(|a, b| a.path.cmp(&b.path));
        for (pattern, _) in self.models.iter().filter(|(_, used)| !**used) {
            let path = session.config.files.last().map(|file| file.path.clone()).unwrap_or_default();
            let message = format!("`{pattern}` under `models` matches no file");
            walked.notices.push(Notice { path, kind: NoticeKind::Unreadable, message });
        }
        walked
    }
}

/// The patterns of one configuration's `exclude`.
struct Excludes {
    /// All of it: a later pattern takes back what an earlier one says. Patterns of one folder each, in order.
    all: Vec<Patterns>,
    /// The same, one by one, each with whether it kept something out.
    lines: Vec<(Patterns, Cell<bool>)>,
}

impl Excludes {
    fn new(config: &Config) -> Self {
        let runs = config.exclude.chunk_by(|a, b| a.base == b.base);
        let pattern = |exclude: &Exclude| Patterns::of_lines(&exclude.base, [exclude.pattern.as_str()]);
        Self {
            all: runs.map(|run| Patterns::of_lines(&run[0].base, run.iter().map(|exclude| exclude.pattern.as_str()))).collect(),
            lines: config.exclude.iter().map(|exclude| (pattern(exclude), Cell::new(false))).collect(),
        }
    }

    fn keep_out(&self, path: &str, is_folder: bool) -> bool {
        self.all.iter().rev().find_map(|patterns| patterns.verdict(path, is_folder)) == Some(true)
    }

    fn used(&self) -> Vec<bool> {
        self.lines.iter().map(|(_, used)| used.get()).collect()
    }
}

/// Whether the configuration leaves a file out: its `exclude` speaks of it, or of a folder above.
#[must_use]
pub fn is_excluded(session: &Session, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    let keeps_out = |(path, is_folder)| Excludes::new(session.scope(path).config).keep_out(path, is_folder);
    folders.chain([(path, false)]).any(keeps_out)
}

struct Walker<'s> {
    session: &'s Session,
    /// What the configuration of each folder that has one excludes.
    excludes: BTreeMap<String, Excludes>,
    /// Whether configurations below the root are still to be read; those that were, and what is wrong with others.
    discovering: bool,
    found: Vec<(String, Config)>,
    faulty: Vec<Error>,
    /// Each pattern of the user's models, and whether it matched.
    models: BTreeMap<String, bool>,
    model_patterns: Vec<(String, Patterns)>,
    /// Real folders listed, for links.
    listed: HashSet<PathBuf>,
    /// Links met: sorted, so that which one stands for a file does not depend on the order of a folder.
    pending: BTreeSet<(String, PathBuf)>,
    walked: Walked,
}

/// A folder to list, with the patterns that hold in it, innermost last.
struct Folder {
    real: PathBuf,
    path: String,
    patterns: Vec<Arc<Patterns>>,
}

impl<'s> Walker<'s> {
    fn new(session: &'s Session, discovering: bool) -> Self {
        let model_patterns = session.config.models.iter().map(|line| (line.clone(), Patterns::of_lines("", [line.as_str()])));
        Self {
            session,
            excludes: BTreeMap::from([(String::new(), Excludes::new(&session.config))]),
            discovering,
            found: Vec::new(),
            faulty: Vec::new(),
            models: session.config.models.iter().map(|line| (line.clone(), false)).collect(),
            model_patterns: model_patterns.collect(),
            listed: HashSet::new(),
            pending: BTreeSet::new(),
            walked: Walked::default(),
        }
    }

    fn notice(&mut self, path: &str, kind: NoticeKind, message: impl Into<String>) {
        self.walked.notices.push(Notice { path: path.into(), kind, message: message.into() });
    }

    /// List a folder and all below it. An explicit stack: the depth of the tree is not ours to choose.
    fn folder(&mut self, real: PathBuf, path: String) {
        let mut stack = vec![Folder { real, path, patterns: Vec::new() }];
        while let Some(folder) = stack.pop() {
            if !self.listed.insert(folder.real.clone()) {
                continue;
            }
            match self.session.tree.entries(&folder.real) {
                Ok(entries) => self.list(folder, entries, &mut stack),
                Err(error) => {
                    self.notice(&folder.path, NoticeKind::Unreadable, format!("cannot list this folder: {}", reason(&error)));
                }
            }
        }
    }

    fn list(&mut self, mut folder: Folder, entries: Vec<Entry>, stack: &mut Vec<Folder>) {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        if has("pyvenv.cfg") {
            return;
        }
        for name in [".gitignore", ".ignore"] {
            if has(name) {
                match Patterns::of_file(&self.session.tree, &folder.real.join(name), &folder.path) {
                    Ok(patterns) => folder.patterns.push(Arc::new(patterns)),
                    Err((kind, why)) => {
                        let path = join(&folder.path, name);
                        self.notice(&path, kind, format!("{why}, so its patterns do not count"));
                    }
                }
            }
        }
        let is_cargo_package = has("Cargo.toml");
        if self.discovering && !folder.path.is_empty() && config::NAMES.iter().any(|name| has(name)) {
            match config::nested(&self.session.root, &folder.path, &self.session.tree) {
                Ok(Some(config)) => {
                    self.excludes.insert(folder.path.clone(), Excludes::new(&config));
                    self.found.push((folder.path.clone(), config));
                }
                Ok(None) => {}
                Err(error) => self.faulty.push(error),
            }
        }
        for entry in &entries {
            let path = join(&folder.path, &entry.name);
            let is_folder = entry.kind == Kind::Folder;
            // Of what is hidden some is looked into: its build steps say what images are called.
            let builds = || match is_folder {
                true => BUILDS.contains(&path.as_str()),
                false => BUILD_FILES.iter().any(|start| path.starts_with(start)),
            };
            let hidden = entry.name.starts_with('.') && !builds();
            if hidden || self.skipped(&folder.patterns, &path, is_folder) || self.apart(&path) {
                continue;
            }
            let real = folder.real.join(&entry.file_name);
            if is_folder {
                let is_build =
                    entry.name == "target" && (is_cargo_package || self.session.tree.kind(&real.join("CACHEDIR.TAG")).is_some());
                if !is_vendored(&entry.name) && !is_build {
                    stack.push(Folder { real, path, patterns: folder.patterns.clone() });
                }
            } else if entry.kind == Kind::Link {
                self.pending.insert((path, real));
            } else if entry.kind == Kind::File {
                self.file(path, real);
            } else if Language::of_path(Path::new(&entry.name)).is_some() {
                self.notice(&path, NoticeKind::NotRegular, "this is no regular file");
            }
        }
    }

    fn skipped(&self, patterns: &[Arc<Patterns>], path: &str, is_folder: bool) -> bool {
        let folder = folder_of(path);
        // An ancestor is shorter, so the nearest comes last.
        let governing = self.excludes.iter().rev().find(|(of, _)| is_within(folder, of));
        let excluded = governing.filter(|(_, excludes)| excludes.keep_out(path, is_folder));
        if let Some((_, excludes)) = excluded {
            let matching = excludes.lines.iter().filter(|(line, _)| line.verdict(path, is_folder) == Some(true));
            matching.for_each(|(_, used)| used.set(true));
        }
        excluded.is_some() || patterns.iter().rev().find_map(|patterns| patterns.verdict(path, is_folder)).unwrap_or(false)
    }

    /// Whether a folder is a submodule that is not compared; said where there is something in it.
    fn apart(&mut self, path: &str) -> bool {
        let is_apart = self.session.apart.contains(path);
        if is_apart && Tree::Disk.entries(&self.session.absolute(path)).is_ok_and(|entries| !entries.is_empty()) {
            let message = "a submodule has a history of its own and is left out of the comparison";
            self.notice(path, NoticeKind::NotRegular, message);
        }
        is_apart
    }

    /// A regular file, as the listing says; the descriptor is checked again when it is opened.
    fn file(&mut self, path: String, real: PathBuf) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if path.starts_with('.') {
            if name.ends_with(".yml") || name.ends_with(".yaml") {
                self.walked.sources.push(Source { path, real, language: Language::Deployment(Format::Workflow) });
            }
            return;
        }
        if is_manifest(&path, name)
            && let Some(manifest) = self.manifest(&path, &real)
        {
            self.walked.manifests.push(manifest);
        }
        let matching = self.model_patterns.iter().filter(|(_, patterns)| patterns.verdict(&path, false) == Some(true));
        let matching = matching.map(|(line, _)| line.clone()).collect::<Vec<_>>();
        if !matching.is_empty() {
            self.models.extend(matching.into_iter().map(|line| (line, true)));
            if let Some(model) = self.manifest(&path, &real) {
                self.walked.models.push(model);
            }
        }
        let language = match Language::of_path(Path::new(name)) {
            None if !name.contains('.') => self.script(&path, &real),
            language => language,
        };
        if let Some(language) = language {
            self.walked.sources.push(Source { path, real, language });
        }
    }

    /// The language that the first line of a file without an ending names.
    fn script(&mut self, path: &str, real: &Path) -> Option<Language> {
        match self.session.tree.head(real) {
            Ok(head) => Language::of_shebang(&head),
            Err((NoticeKind::Unreadable, why)) => {
                self.notice(path, NoticeKind::Unreadable, format!("{why}, and it may be a script"));
                None
            }
            Err(_) => None,
        }
    }

    fn manifest(&mut self, path: &str, real: &Path) -> Option<Manifest> {
        match self.session.tree.text(real, MAX_MANIFEST, None) {
            Ok(text) => Some(Manifest { path: path.into(), text: text.into() }),
            Err((kind, why)) => {
                self.notice(path, kind, why);
                None
            }
        }
    }

    /// Links, when everything else is known: to a file or folder inside the root that was not met by its own name, they are
    /// followed; out of the root they never are.
    fn links(&mut self) {
        let mut files: HashSet<PathBuf> = self.walked.sources.iter().map(|source| source.real.clone()).collect();
        while let Some((path, link)) = self.pending.pop_first() {
            let is_source = Language::of_path(Path::new(&path)).is_some();
            let real = match self.session.tree.resolve(&link) {
                Ok(real) => real,
                Err(_) if !is_source => continue,
                Err(error) => {
                    self.notice(&path, NoticeKind::Unreadable, format!("this link leads nowhere: {}", reason(&error)));
                    continue;
                }
            };
            let Some(inside) = real.strip_prefix(&self.session.root).ok().map(slashed) else {
                if is_source || self.session.tree.kind(&real) == Some(Kind::Folder) {
                    self.notice(&path, NoticeKind::NotRegular, "this link leads out of the project and is not followed");
                }
                continue;
            };
            let vendored = inside.split('/').any(|part| is_vendored(part) || part == ".git");
            let kind = self.session.tree.kind(&real);
            if vendored || self.skipped(&[], &inside, kind == Some(Kind::Folder)) {
                continue;
            }
            if kind == Some(Kind::Folder) {
                if self.listed.contains(&real) {
                    continue;
                }
                self.folder(real, path);
                files.extend(self.walked.sources.iter().map(|source| source.real.clone()));
            } else if kind == Some(Kind::File) && files.insert(real.clone()) {
                self.file(path, real);
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.into() } else { format!("{folder}/{name}") }
}

/// The folder of a path as reports write it; empty for the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path relative to the root as reports write it.
pub(crate) fn slashed(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Folders that hold other people's code or none at all, wherever they are.
fn is_vendored(name: &str) -> bool {
    matches!(name, "node_modules" | ".venv" | "venv" | "site-packages" | "__pycache__")
}

/// Files that say which versions of which packages are in use.
fn is_manifest(path: &str, name: &str) -> bool {
    let requirements = name.ends_with(".txt")
        && (name.starts_with("requirements") || path.rsplit('/').nth(1).is_some_and(|folder| folder == "requirements"));
    requirements
        || matches!(
            name,
            "pyproject.toml" | "poetry.lock" | "uv.lock" | "Pipfile.lock" | "setup.cfg" | "Cargo.lock" | "Cargo.toml"
        )
}
