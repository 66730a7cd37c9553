//! The files of a tree or of the index, looked at like folders on a disk, under the project's own root: the walk sees no difference.

use super::Oid;
use super::program::{Object, Objects};
use crate::error::{Error, reason};
use crate::finding::NoticeKind;
use crate::walk::read::Problem;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Links that lead to links.
const MOST_LINKS: usize = 8;

/// Longest target of a link.
const MAX_LINK: u64 = 4096;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A folder, with the names in it.
    Folder(BTreeSet<OsString>),
    /// A file.
    File(Oid),
    /// A link.
    Link(Oid),
    /// A commit of another repository.
    Submodule,
}

/// Files as git has stored them.
#[derive(Debug)]
pub struct Snapshot {
    root: PathBuf,
    /// By absolute path, as if they were on disk.
    nodes: BTreeMap<PathBuf, Node>,
    objects: Mutex<Objects>,
    /// The first object that was asked for and is not there.
    missing: Mutex<Option<PathBuf>>,
}

impl Snapshot {
    /// From `ls-tree -r -z`: `<mode> <type> <name>\t<path>`.
    pub(super) fn of_tree(root: &Path, listed: &[u8], objects: Objects) -> Result<Self, Error> {
        let mut snapshot = Self::empty(root, objects);
        for (fields, path) in records(listed) {
            let mut fields = fields.split(' ');
            let (mode, _, name) = (fields.next(), fields.next(), fields.next());
            snapshot.add(mode.unwrap_or_default(), name.unwrap_or_default(), path);
        }
        Ok(snapshot)
    }

    /// From `ls-files --stage -z`: `<mode> <name> <stage>\t<path>`.
    pub(super) fn of_index(root: &Path, listed: &[u8], objects: Objects) -> Result<Self, Error> {
        let mut snapshot = Self::empty(root, objects);
        for (fields, path) in records(listed) {
            let mut fields = fields.split(' ');
            let (mode, name, stage) = (fields.next(), fields.next(), fields.next());
            if stage != Some("0") {
                return Err(Error::Git {
                    message: format!("`{}` is in the middle of a merge", path.display()),
                    advice: "finish the merge first: git add the files that are settled".into(),
                });
            }
            snapshot.add(mode.unwrap_or_default(), name.unwrap_or_default(), path);
        }
        Ok(snapshot)
    }

    fn empty(root: &Path, objects: Objects) -> Self {
        let nodes = BTreeMap::from([(root.to_path_buf(), Node::Folder(BTreeSet::new()))]);
        Self { root: root.to_path_buf(), nodes, objects: Mutex::new(objects), missing: Mutex::default() }
    }

    fn add(&mut self, mode: &str, name: &str, path: PathBuf) {
        // Git refuses such names, but the repository may be made by hand.
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return;
        }
        let Some(name) = Oid::parse(name) else { return };
        let node = match mode {
            "120000" => Node::Link(name),
            "160000" => Node::Submodule,
            _ => Node::File(name),
        };
        let mut at = self.root.join(path);
        self.nodes.insert(at.clone(), node);
        while let (Some(file), Some(folder)) = (at.file_name().map(OsStr::to_owned), at.parent().map(Path::to_path_buf)) {
            let listing = self.nodes.entry(folder.clone()).or_insert_with(|| Node::Folder(BTreeSet::new()));
            let Node::Folder(names) = listing else { return };
            if !names.insert(file) || folder == self.root {
                return;
            }
            at = folder;
        }
    }

    /// What is at `path`.
    #[must_use]
    pub fn node(&self, path: &Path) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// The bytes of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// When it is no file, too large, or its content is not in the repository.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
        match self.nodes.get(path) {
            Some(Node::File(name)) => self.object(path, name, limit),
            _ => Err((NoticeKind::NotRegular, "this is no regular file".into())),
        }
    }

    fn object(&self, path: &Path, name: &Oid, limit: u64) -> Result<Vec<u8>, Problem> {
        let answer = self.objects.lock().unwrap_or_else(PoisonError::into_inner).read(&name.0, limit);
        let problem = match answer {
            Ok(Object::Content(content)) => return Ok(content),
            Ok(Object::TooLarge) => return Err((NoticeKind::TooLarge, "larger than the limit".into())),
            Ok(Object::Missing) => "its content is not in this clone".into(),
            Err(error) => format!("git does not give its content: {}", reason(&error)),
        };
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| path.to_path_buf());
        Err((NoticeKind::Unreadable, problem))
    }

    /// Where a link leads: a file or folder of the same snapshot. Folders on the way are never links.
    #[must_use]
    pub fn resolve(&self, link: &Path) -> Option<PathBuf> {
        let mut at = lexical(&self.root, link.strip_prefix(&self.root).ok()?)?;
        for _ in 0..MOST_LINKS {
            let Some(Node::Link(name)) = self.nodes.get(&at) else { return self.nodes.contains_key(&at).then_some(at) };
            let target = path_of(&self.object(&at, name, MAX_LINK).ok()?);
            at = lexical(at.parent()?, &target)?;
        }
        None
    }

    /// Commits of other repositories, as paths.
    pub fn submodules(&self) -> impl Iterator<Item = &Path> {
        self.nodes.iter().filter(|(_, node)| **node == Node::Submodule).map(|(path, _)| path.as_path())
    }

    /// An error when some content that was asked for is not there: what was found is then not what there was.
    ///
    /// # Errors
    /// Then.
    pub fn complete(&self) -> Result<(), Error> {
        let missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &*missing else { return Ok(()) };
        let shown = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        Err(Error::Git {
            message: format!("this clone does not hold the content of `{shown}` at that revision"),
            advice: "a partial clone lacks it: git fetch --refetch --no-filter origin".into(),
        })
    }
}

/// Records that end in NUL, each fields and a path after a tab.
pub(super) fn records(listed: &[u8]) -> impl Iterator<Item = (String, PathBuf)> {
    listed.split(|&byte| byte == 0).filter_map(|record| {
        let tab = record.iter().position(|&byte| byte == b'\t')?;
        Some((String::from_utf8_lossy(&record[..tab]).into_owned(), path_of(&record[tab + 1..])))
    })
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// `target` as seen from `folder`, by its words alone.
fn lexical(folder: &Path, target: &Path) -> Option<PathBuf> {
    let mut at = folder.to_path_buf();
    for part in target.components() {
        match part {
            Component::Normal(name) => at.push(name),
            Component::CurDir => {}
            Component::ParentDir => drop(at.pop().then_some(())?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(at)
}
