//! Configurations below the root: each governs what is in its folder, instead of those above it. Which keys that goes for, and what is
//! said of the others.

use super::keys::RUN_WIDE;
use super::{Config, ConfigFile};
use crate::error::Error;
use crate::finding::{Confidence, Notice, NoticeKind};
use crate::session::{Options, Selection};
use crate::walk::Tree;
use std::path::Path;

/// A configuration below the root.
#[derive(Debug, Clone)]
pub struct Nested {
    /// The folder it governs.
    pub folder: String,
    /// What it says.
    pub config: Config,
    /// The rules that run there.
    pub selection: Selection,
    /// The least confidence to report there.
    pub min_confidence: Confidence,
    /// The number of each of its files among those of all configurations.
    pub files: Vec<usize>,
}

/// What governs a file.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'s> {
    /// What the configuration says.
    pub config: &'s Config,
    /// The rules that run.
    pub selection: &'s Selection,
    /// The least confidence to report.
    pub min_confidence: Confidence,
    /// The number of each of its files among those of all configurations; none at the root, where they come first.
    pub(crate) files: Option<&'s [usize]>,
}

impl Scope<'_> {
    /// The number of one of its files among those of all configurations.
    #[must_use]
    pub fn file(&self, own: usize) -> usize {
        self.files.map_or(own, |files| files.get(own).copied().unwrap_or_default())
    }
}

/// The configuration in `folder`, for the walk.
pub(crate) fn nested(root: &Path, folder: &str, tree: &Tree) -> Result<Option<Config>, Error> {
    super::discover_in(root, folder, tree)
}

/// Make scopes of the configurations that the walk has met, sorted by folder; and the files of them that the root does not have.
pub(crate) fn scopes(
    found: Vec<(String, Config)>,
    root: &Config,
    options: &Options,
) -> Result<(Vec<Nested>, Vec<ConfigFile>), Error> {
    let mut files: Vec<ConfigFile> = root.files.clone();
    let mut all = Vec::new();
    for (folder, config) in found {
        let numbers = config.files.iter().map(|file| {
            files.iter().position(|known| known.path == file.path).unwrap_or_else(|| {
                files.push(file.clone());
                files.len() - 1
            })
        });
        let numbers = numbers.collect();
        let selection = Selection::new(&config, options)?;
        let min_confidence = options.min_confidence.or(config.min_confidence).unwrap_or(Confidence::Medium);
        all.push(Nested { folder, config, selection, min_confidence, files: numbers });
    }
    all.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok((all, files.split_off(root.files.len())))
}

/// What configurations below the root say in vain: keys that hold for a whole run.
pub(crate) fn unapplied(all: &[Nested], root: &Config) -> Vec<Notice> {
    let mut notices = Vec::new();
    for nested in all {
        let of_root = |file: usize| root.files.iter().any(|known| known.path == nested.config.files[file].path);
        for origin in
            nested.config.origins.iter().filter(|origin| RUN_WIDE.contains(&origin.key.as_str()) && !of_root(origin.file))
        {
            let (path, line) = nested.config.line_of_span(origin.file, origin.span).unwrap_or_default();
            let message = format!(
                "line {line}: `{}` holds for a whole run and is read at the root of the project only; write it into the configuration there",
                origin.key
            );
            notices.push(Notice { path: path.to_owned(), kind: NoticeKind::Unapplied, message });
        }
    }
    notices.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
    notices.dedup();
    notices
}
