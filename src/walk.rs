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

use crate::deploy::Format;
use crate::error::reason;
use crate::finding::{Notice, NoticeKind};
use crate::lang::Language;
use crate::session::Session;
use ignored::Patterns;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
    /// For each pattern of `exclude`, whether it kept something out.
    pub excluded: Vec<bool>,
    /// What could not be looked at.
    pub notices: Vec<Notice>,
}

/// Where the workflows of a GitHub project are.
pub(crate) const WORKFLOWS: &str = ".github/workflows/";

/// Largest manifest: lock files are long.
const MAX_MANIFEST: u64 = 16 * 1024 * 1024;

/// Walk the project.
#[must_use]
pub fn walk(session: &Session) -> Walked {
    let mut walker = Walker::new(session);
    walker.folder(session.root.clone(), String::new());
    walker.links();
    let mut walked = walker.walked;
    walked.excluded = walker.exclude_lines.into_iter().map(|(_, used)| used.get()).collect();
    walked.sources.sort_by(|a, b| (&a.path, &a.real).cmp(&(&b.path, &b.real)));
    walked.manifests.sort_by(|a, b| a.path.cmp(&b.path));
    walked.models.sort_by(|a, b| a.path.cmp(&b.path));
    for (pattern, used) in walker.models {
        if !used {
            let path = session.config.files.last().map(|file| file.path.clone()).unwrap_or_default();
            let message = format!("`{pattern}` under `models` matches no file");
            walked.notices.push(Notice { path, kind: NoticeKind::Unreadable, message });
        }
    }
    walked
}

/// Whether the configuration leaves a file out: its `exclude` speaks of it, or of a folder above.
#[must_use]
pub fn is_excluded(session: &Session, path: &str) -> bool {
    let patterns = Patterns::of_lines("", session.config.exclude.iter().map(|exclude| exclude.pattern.as_str()));
    let folders = path.match_indices('/').map(|(at, _)| (&path[..at], true));
    folders.chain([(path, false)]).any(|(path, is_folder)| patterns.verdict(path, is_folder) == Some(true))
}

struct Walker<'s> {
    session: &'s Session,
    exclude: Patterns,
    /// The same, one by one, each with whether it kept something out.
    exclude_lines: Vec<(Patterns, Cell<bool>)>,
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
    fn new(session: &'s Session) -> Self {
        let model_patterns = session.config.models.iter().map(|line| (line.clone(), Patterns::of_lines("", [line.as_str()])));
        let exclude = || session.config.exclude.iter().map(|exclude| exclude.pattern.as_str());
        Self {
            session,
            exclude: Patterns::of_lines("", exclude()),
            exclude_lines: exclude().map(|line| (Patterns::of_lines("", [line]), Cell::new(false))).collect(),
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
        for entry in &entries {
            let path = join(&folder.path, &entry.name);
            let is_folder = entry.kind == Kind::Folder;
            // Of hidden folders one is looked into: its build steps say what images are called.
            let hidden =
                entry.name.starts_with('.') && path != ".github" || folder.path == ".github" && entry.name != "workflows";
            if hidden || self.skipped(&folder.patterns, &path, is_folder) || self.apart(&path) {
                continue;
            }
            let real = folder.real.join(&entry.file_name);
            if is_folder {
                let is_build =
                    entry.name == "target" && (is_cargo_package || self.session.tree.holds(&real.join("CACHEDIR.TAG")));
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
        let excluded = self.exclude.verdict(path, is_folder) == Some(true);
        if excluded {
            let matching = self.exclude_lines.iter().filter(|(line, _)| line.verdict(path, is_folder) == Some(true));
            matching.for_each(|(_, used)| used.set(true));
        }
        excluded || patterns.iter().rev().find_map(|patterns| patterns.verdict(path, is_folder)).unwrap_or(false)
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
        if path.starts_with(".github") {
            let is_workflow = path.starts_with(WORKFLOWS) && (name.ends_with(".yml") || name.ends_with(".yaml"));
            if is_workflow {
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
            None if !name.contains('.') => self.session.tree.head(&real).and_then(|head| Language::of_shebang(&head)),
            language => language,
        };
        if let Some(language) = language {
            self.walked.sources.push(Source { path, real, language });
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
