//! Which projects are analysed, what is known of each, and what the editor has been told. A project is what `scalelint check` takes for
//! one: the nearest root above an open file, and for the whole workspace the root of each of its folders.

use super::client::Client;
use super::diagnostics::{self, ByFile, Shown};
use super::documents::Documents;
use super::handshake::Mode;
use super::worker::Analysed;
use crate::finding::{NoticeKind, Report};
use crate::lang::Language;
use crate::session::Session;
use crate::terminal::visible;
use crate::walk::{Tree, root};
use lsp_types::{Diagnostic, MessageType, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A project that was analysed.
pub(super) struct Project {
    /// None when the configuration does not allow it.
    pub(super) analysis: Option<(Session, Report)>,
    shown: ByFile,
    /// What was written to the log about it, so that it is not said again each time.
    said: BTreeSet<String>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Projects {
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) mode: Mode,
    /// By root.
    known: BTreeMap<PathBuf, Project>,
    /// Roots of what has changed since it was analysed.
    changed: BTreeSet<PathBuf>,
    /// What the editor shows, by file.
    published: BTreeMap<Uri, Vec<Diagnostic>>,
}

impl Projects {
    /// Something has changed at `path`; anywhere when there is none.
    pub(super) fn change(&mut self, path: Option<&Path>) {
        let concerned = self.known.keys().filter(|root| path.is_none_or(|path| path.starts_with(root)));
        self.changed.extend(concerned.cloned());
    }

    /// The roots to analyse: what is open or in the workspace, and has changed or was never analysed. What is neither is forgotten.
    pub(super) fn due(&mut self, documents: &Documents) -> Vec<PathBuf> {
        let wanted = self.wanted(documents);
        self.known.retain(|root, _| wanted.contains(root));
        self.changed.retain(|root| wanted.contains(root));
        wanted.into_iter().filter(|root| self.changed.contains(root) || !self.known.contains_key(root)).collect()
    }

    /// The roots that are known, and `more`.
    pub(super) fn roots(&self, more: &[PathBuf]) -> BTreeSet<PathBuf> {
        self.known.keys().chain(more).cloned().collect()
    }

    fn wanted(&self, documents: &Documents) -> BTreeSet<PathBuf> {
        let open = documents.iter().map(|document| document.path.as_path()).filter(|path| matters(path));
        let of_open = open.filter_map(|path| root::above(path).or_else(|| self.folder_of(path).map(Path::to_path_buf)));
        let folders = self.folders.iter().filter(|folder| self.mode == Mode::Workspace && folder.is_dir());
        let of_folder = |folder: &PathBuf| root::above(&folder.join("any")).unwrap_or_else(|| folder.clone());
        of_open.chain(folders.map(of_folder)).collect()
    }

    /// The folder of the workspace that holds `path`, the innermost of several.
    fn folder_of(&self, path: &Path) -> Option<&Path> {
        self.folders
            .iter()
            .filter(|folder| path.starts_with(folder))
            .map(PathBuf::as_path)
            .max_by_key(|folder| folder.as_os_str().len())
    }

    /// Take what an analysis gave.
    pub(super) fn learn(&mut self, root: PathBuf, analysed: Analysed, tree: &Tree, documents: &Documents, client: &mut Client) {
        self.changed.remove(&root);
        let before = self.known.remove(&root).map(|project| project.said).unwrap_or_default();
        let name = |path: &Path| documents.at(path).map(|document| document.uri.clone()).or_else(|| diagnostics::closed(path));
        let (project, messages) = match analysed {
            Ok((session, report)) => {
                let shown = diagnostics::of_report(&session, &report, &client.can, name);
                let said = notices(&report);
                (Project { analysis: Some((session, report)), shown, said }, MessageType::WARNING)
            }
            Err(error) => {
                let placed = diagnostics::of_error(&error, &root, tree, &client.can);
                let message = format!("{error}; {}", error.advice().unwrap_or_default());
                let said = if placed.is_none() { BTreeSet::from([message]) } else { BTreeSet::new() };
                let entry = |(path, diagnostic)| (path, vec![Shown { finding: None, diagnostic }]);
                (Project { analysis: None, shown: placed.into_iter().map(entry).collect(), said }, MessageType::ERROR)
            }
        };
        for message in project.said.difference(&before) {
            match messages {
                // Nothing is found until somebody mends it, so that the log is not enough.
                MessageType::ERROR => client.say(messages, message.clone()),
                _ => client.log(messages, message.clone()),
            }
        }
        self.known.insert(root, project);
    }

    /// Tell the editor what there is now.
    #[expect(clippy::mutable_key_type, reason = "the protocol's own type; nothing changes a URI")]
    pub(super) fn publish(&mut self, documents: &Documents, client: &mut Client) {
        let mut now: BTreeMap<Uri, (Vec<Diagnostic>, Option<i32>)> = BTreeMap::new();
        for document in documents.iter() {
            now.insert(document.uri.clone(), (Vec::new(), Some(document.version)));
        }
        for (root, project) in &self.known {
            for (path, shown) in project.shown.iter().filter(|(path, _)| self.owner(path) == Some(root)) {
                let open = documents.at(path);
                let is_error = project.analysis.is_none();
                let in_workspace = self.mode == Mode::Workspace && self.folder_of(path).is_some();
                let uri = open.map(|document| document.uri.clone()).or_else(|| diagnostics::closed(path));
                let Some(uri) = uri.filter(|_| open.is_some() || in_workspace || is_error) else { continue };
                let entry = now.entry(uri).or_insert_with(|| (Vec::new(), open.map(|document| document.version)));
                entry.0.extend(shown.iter().map(|shown| shown.diagnostic.clone()));
            }
        }
        for uri in self.published.keys().filter(|uri| !now.contains_key(uri)) {
            client.publish(uri.clone(), Vec::new(), None);
        }
        for (uri, (diagnostics, version)) in &now {
            // Of open files always: with them the editor learns for which version they are.
            if version.is_some() || self.published.get(uri) != Some(diagnostics) {
                client.publish(uri.clone(), diagnostics.clone(), *version);
            }
        }
        self.published = now.into_iter().map(|(uri, (diagnostics, _))| (uri, diagnostics)).collect();
    }

    /// Of the known roots above `path` the nearest: a project inside of another speaks for its own files. For a configuration outside
    /// of all projects the first.
    fn owner(&self, path: &Path) -> Option<&PathBuf> {
        let above = path.ancestors().find(|above| self.known.contains_key(*above))?;
        self.known.get_key_value(above).map(|(root, _)| root).or_else(|| self.known.keys().next())
    }

    /// The project of a file, and what is shown in it.
    pub(super) fn of(&self, path: &Path) -> Option<(&Project, &[Shown])> {
        let project = self.known.get(self.owner(path)?)?;
        Some((project, project.shown.get(path).map(Vec::as_slice).unwrap_or_default()))
    }
}

/// Whether a project is worth analysing for an open file: it may be part of it. What has no extension may be a script.
fn matters(path: &Path) -> bool {
    let settings =
        path.file_name().is_some_and(|name| ["scalelint.toml", "pyproject.toml", "Cargo.toml"].iter().any(|one| name == *one));
    settings || path.extension().is_none() || Language::of_path(path).is_some()
}

/// What the log is told: not that a file does not parse, which is so whenever somebody types.
fn notices(report: &Report) -> BTreeSet<String> {
    let told = report.notices.iter().filter(|notice| !matches!(notice.kind, NoticeKind::PartlyParsed | NoticeKind::NotParsed));
    let said = told.map(|notice| {
        let place = if notice.path.is_empty() { String::new() } else { format!("{}: ", visible(&notice.path)) };
        format!("{place}{} [{}]", visible(&notice.message), notice.kind.name())
    });
    said.collect()
}
