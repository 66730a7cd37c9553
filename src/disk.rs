//! Every touch of the file system: listed here and nowhere else, so that tests can make the n-th of them fail and see what becomes of
//! the run. Nothing is decided here; what is read, and how a file is written, is for [`crate::walk::read`] and [`crate::atomic`].

#[cfg(test)]
pub(crate) mod failing;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// What can be done to a file or folder, and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Ask what is at a path.
    Look,
    /// List a folder.
    List,
    /// Open a file.
    Open,
    /// Read some bytes.
    Read,
    /// Make a temporary file.
    Create,
    /// Write some bytes.
    Write,
    /// Set a file's mode.
    Mode,
    /// Have the system write everything out.
    Sync,
    /// Put a file in the place of another.
    Rename,
}

/// Asked before each deed: in tests it may be the one that fails.
#[cfg(not(test))]
#[inline]
fn attempt(_: Deed, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use failing::attempt;

/// What is at `path`, links followed.
pub(crate) fn metadata(path: &Path) -> io::Result<Metadata> {
    attempt(Deed::Look, path)?;
    fs::metadata(path)
}

/// What is at `path`, which may be a link.
pub(crate) fn symlink_metadata(path: &Path) -> io::Result<Metadata> {
    attempt(Deed::Look, path)?;
    fs::symlink_metadata(path)
}

/// Whether anything is at `path`, links not followed. When the system does not say, there may be: only the certain absence of a file
/// may be taken for one.
pub(crate) fn may_hold(path: &Path) -> bool {
    symlink_metadata(path).map_or_else(|error| !is_absence(&error), |_| true)
}

/// Whether a file that is there may be written to, as its mode says.
pub(crate) fn may_write(path: &Path) -> bool {
    metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// Whether an error says that nothing is there.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The path with its links followed.
pub(crate) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    attempt(Deed::Look, path)?;
    fs::canonicalize(path)
}

/// The entries of a folder, each with what it is, as far as the system says.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<(OsString, Option<FileType>)>> {
    attempt(Deed::List, folder)?;
    let entry = |entry: fs::DirEntry| (entry.file_name(), entry.file_type().ok());
    fs::read_dir(folder)?.map(|listed| listed.map(entry)).collect()
}

/// Remove a file. Nothing is lost when it stays, so nobody tries what happens then.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// An open file.
#[derive(Debug)]
pub(crate) struct Open {
    file: File,
    /// As opened; for [`attempt`].
    path: PathBuf,
}

/// Open a file.
pub(crate) fn open(options: &OpenOptions, path: &Path) -> io::Result<Open> {
    attempt(Deed::Open, path)?;
    Ok(Open { file: options.open(path)?, path: path.to_path_buf() })
}

impl Open {
    /// What was opened, whatever its name means by now.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        attempt(Deed::Look, &self.path)?;
        self.file.metadata()
    }
}

impl Read for Open {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        attempt(Deed::Read, &self.path)?;
        self.file.read(bytes)
    }
}

impl Write for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write(&mut self.file, &self.path, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file with a name of its own that goes with this value, unless it is put in the place of another.
#[derive(Debug)]
pub(crate) struct Temporary(NamedTempFile);

/// Make one in `folder`, whose name begins with `prefix`. Its mode is what any new file has.
pub(crate) fn temporary(folder: &Path, prefix: &str) -> io::Result<Temporary> {
    attempt(Deed::Create, folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What `open` would give: the user's umask is taken off by the system.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map(Temporary)
}

impl Temporary {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Give it the mode and the owner of what it is to replace.
    pub(crate) fn set_like(&self, replaced: &Metadata) -> io::Result<()> {
        attempt(Deed::Mode, self.path())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            let own = self.0.as_file().metadata()?;
            // Only the superuser gives files away, in whose hands a repository must stay its owner's. Others may change the group at best;
            // who may not, but may replace the file, gets it, as by any editor. Before the mode, of which a new owner takes bits away.
            if own.uid() != replaced.uid() {
                let _ = fchown(self.0.as_file(), Some(replaced.uid()), None);
            }
            if own.gid() != replaced.gid() {
                let _ = fchown(self.0.as_file(), None, Some(replaced.gid()));
            }
        }
        self.0.as_file().set_permissions(replaced.permissions())
    }

    /// Have the system write it out, and close it.
    pub(crate) fn finish(self) -> io::Result<Finished> {
        attempt(Deed::Sync, self.path())?;
        self.0.as_file().sync_all()?;
        Ok(Finished(self.0.into_temp_path()))
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let path = self.path().to_path_buf();
        write(self.0.as_file_mut(), &path, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A temporary file that was written and closed; it goes with this value all the same.
#[derive(Debug)]
pub(crate) struct Finished(TempPath);

impl Finished {
    /// Put it in the place of `target`.
    pub(crate) fn persist(self, target: &Path) -> io::Result<()> {
        attempt(Deed::Rename, target)?;
        self.0.persist(target).map_err(|error| error.error)
    }
}

fn write(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<usize> {
    if let Err(error) = attempt(Deed::Write, path) {
        // A disk that is full takes what it can first.
        if error.kind() != io::ErrorKind::Interrupted {
            let _ = file.write(&bytes[..bytes.len() / 2]);
        }
        return Err(error);
    }
    file.write(bytes)
}
