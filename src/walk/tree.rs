//! Where the files of a project are read from: the disk, what git has stored of another time, or the disk with texts that stand in for
//! some files. The walk, the extraction and the configuration ask here and nowhere else, so that all see the same project.

use super::buffers::Buffers;
use super::read::{self, Problem};
use crate::disk;
use crate::finding::NoticeKind;
use crate::git::{Node, Snapshot};
use crate::lang::Language;
use std::ffi::OsString;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A source of folders and files. Paths are absolute, below the project's root, in either.
#[derive(Debug, Clone, Default)]
pub enum Tree {
    /// The files as they are.
    #[default]
    Disk,
    /// As git has stored them.
    Git(Arc<Snapshot>),
    /// The files as they are, with texts that stand in for some.
    Buffers(Arc<Buffers>),
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    Link,
    /// A pipe, a device; a commit of another repository.
    Other,
}

/// An entry of a folder.
pub(super) struct Entry {
    pub(super) file_name: OsString,
    /// As shown: bytes that are no UTF-8 become U+FFFD.
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Entry {
    fn new(file_name: OsString, kind: Kind) -> Self {
        Self { name: file_name.to_string_lossy().into_owned(), file_name, kind }
    }
}

impl Tree {
    pub(super) fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        match self {
            Self::Disk => entries_on_disk(folder),
            Self::Git(snapshot) => {
                let Some(Node::Folder(names)) = snapshot.node(folder) else { return Err(io::ErrorKind::NotFound.into()) };
                let entry = |name: &OsString| Entry::new(name.clone(), self.kind(&folder.join(name)).unwrap_or(Kind::Other));
                Ok(names.iter().map(entry).collect())
            }
            Self::Buffers(buffers) => {
                let mut entries = match entries_on_disk(folder) {
                    // A new file in a new folder.
                    Err(_) if buffers.holds_folder(folder) => Vec::new(),
                    listed => listed?,
                };
                for (name, is_folder) in buffers.names(folder) {
                    if !entries.iter().any(|entry| entry.file_name == name) {
                        entries.push(Entry::new(name.to_owned(), if is_folder { Kind::Folder } else { Kind::File }));
                    }
                }
                Ok(entries)
            }
        }
    }

    /// What is at a path; links are not followed.
    pub(super) fn kind(&self, path: &Path) -> Option<Kind> {
        match self {
            Self::Disk => of_disk(path),
            Self::Git(snapshot) => snapshot.node(path).map(|node| match node {
                Node::Folder(_) => Kind::Folder,
                Node::File(_) => Kind::File,
                Node::Link(_) => Kind::Link,
                Node::Submodule => Kind::Other,
            }),
            Self::Buffers(buffers) => of_disk(path).or_else(|| match buffers.content(path) {
                Some(_) => Some(Kind::File),
                None => buffers.holds_folder(path).then_some(Kind::Folder),
            }),
        }
    }

    /// Whether anything is at a path, or may be: where the system does not say, reading it will tell why.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        match self {
            Self::Disk => disk::may_hold(path),
            Self::Git(_) => self.kind(path).is_some(),
            Self::Buffers(_) => self.kind(path).is_some() || disk::may_hold(path),
        }
    }

    /// The text of a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`read::text`].
    pub fn text(&self, path: &Path, limit: u64, language: Option<Language>) -> Result<String, Problem> {
        match self {
            Self::Disk => read::text(path, limit, language),
            Self::Git(snapshot) => read::decode(snapshot.read(path, limit)?, language),
            Self::Buffers(buffers) => match buffers.content(path) {
                Some(content) => read::decode(bounded(content, limit)?, language),
                None => read::text(path, limit, language),
            },
        }
    }

    /// The bytes of a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`read::regular`].
    pub fn regular(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        self.bytes(path, limit).map_err(|(_, why)| why)
    }

    /// The same, with what kind of problem there is.
    ///
    /// # Errors
    /// When it is no regular file, too large, or unreadable.
    pub fn bytes(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Disk => read::bytes(path, limit),
            Self::Git(snapshot) => snapshot.read(path, limit),
            Self::Buffers(buffers) => match buffers.content(path) {
                Some(content) => bounded(content, limit),
                None => read::bytes(path, limit),
            },
        }
    }

    /// The first bytes of a regular file, for its `#!` line.
    ///
    /// # Errors
    /// As [`read::head`].
    pub(super) fn head(&self, path: &Path) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Disk => read::head(path),
            // Such scripts are small; what is larger is none.
            Self::Git(snapshot) => snapshot.read(path, 64 * 1024),
            Self::Buffers(buffers) => match buffers.content(path) {
                Some(content) => Ok(content[..content.len().min(256)].to_vec()),
                None => read::head(path),
            },
        }
    }

    /// The file or folder that a link leads to.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub fn resolve(&self, link: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Disk => disk::canonicalize(link),
            Self::Buffers(buffers) if buffers.content(link).is_some() => Ok(link.to_path_buf()),
            Self::Buffers(_) => disk::canonicalize(link),
            Self::Git(snapshot) => snapshot.resolve(link).ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }
}

fn entries_on_disk(folder: &Path) -> io::Result<Vec<Entry>> {
    // What went away since it was listed is none of the known kinds.
    let entry = |(name, kind): (OsString, Option<FileType>)| Entry::new(name, kind.map_or(Kind::Other, kind_on_disk));
    Ok(disk::list(folder)?.into_iter().map(entry).collect())
}

fn of_disk(path: &Path) -> Option<Kind> {
    disk::symlink_metadata(path).ok().map(|metadata| kind_on_disk(metadata.file_type()))
}

/// A text of at most `limit` bytes, said as of a file.
fn bounded(content: &Arc<[u8]>, limit: u64) -> Result<Vec<u8>, Problem> {
    if content.len() as u64 > limit { Err((NoticeKind::TooLarge, read::too_large(limit))) } else { Ok(content.to_vec()) }
}

fn kind_on_disk(kind: FileType) -> Kind {
    if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Link
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}
