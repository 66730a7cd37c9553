//! Texts that stand in for files: what an editor holds unsaved, what came in on standard input. All other files are as they are on
//! disk, and the walk cannot tell the difference.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Contents by absolute path. Paths are canonical, so that a link and what it leads to are one file; they need not be there on disk.
#[derive(Debug, Clone, Default)]
pub struct Buffers(BTreeMap<PathBuf, Arc<[u8]>>);

impl Buffers {
    /// What stands at `path`, if anything does.
    pub(super) fn content(&self, path: &Path) -> Option<&Arc<[u8]>> {
        self.0.get(path)
    }

    /// The names directly in `folder`, each with whether it is a folder itself.
    pub(super) fn names(&self, folder: &Path) -> impl Iterator<Item = (&OsStr, bool)> {
        self.below(folder).filter_map(|rest| {
            let mut parts = rest.components();
            let Some(Component::Normal(name)) = parts.next() else { return None };
            Some((name, parts.next().is_some()))
        })
    }

    /// Whether something stands below `folder`.
    pub(super) fn holds_folder(&self, folder: &Path) -> bool {
        self.below(folder).next().is_some()
    }

    fn below(&self, folder: &Path) -> impl Iterator<Item = &Path> {
        // Paths are sorted part by part, so that all below a folder follow it.
        let after = self.0.range::<Path, _>((Bound::Included(folder), Bound::Unbounded));
        after.map_while(move |(path, _)| path.strip_prefix(folder).ok()).filter(|rest| !rest.as_os_str().is_empty())
    }
}

impl FromIterator<(PathBuf, Arc<[u8]>)> for Buffers {
    fn from_iter<I: IntoIterator<Item = (PathBuf, Arc<[u8]>)>>(texts: I) -> Self {
        Self(texts.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_seen_through_the_files_in_them() {
        let texts = ["/p/a.py", "/p/new/b.py", "/p/new/deep/c.py", "/p-other/d.py"];
        let buffers: Buffers = texts.iter().map(|path| (PathBuf::from(path), Arc::from(&b"x"[..]))).collect();
        let names = |folder: &str| {
            let names =
                buffers.names(Path::new(folder)).map(|(name, is_folder)| (name.to_string_lossy().into_owned(), is_folder));
            names.collect::<Vec<_>>()
        };
        assert_eq!(names("/p"), [("a.py".into(), false), ("new".into(), true), ("new".into(), true)]);
        assert_eq!(names("/p/new"), [("b.py".into(), false), ("deep".into(), true)]);
        assert!(buffers.holds_folder(Path::new("/p/new/deep")));
        assert!(!buffers.holds_folder(Path::new("/p/a.py")));
        assert!(!buffers.holds_folder(Path::new("/q")));
    }
}
