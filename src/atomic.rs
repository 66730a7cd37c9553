//! Writes files whole or not at all, apart from every caller so that no output can be left half-written.
//!
//! What SIGKILL or a power cut leaves behind at worst is a temporary file beside the target, named `.scalelint-` and six letters. It is
//! hidden, so no analysis reads it, and nobody takes it up again: it can be removed at any time.

use crate::disk::{self, Finished, Temporary};
use crate::error::Error;
use std::collections::BTreeSet;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the names of temporary files begin with.
const PREFIX: &str = ".scalelint-";

/// Temporary files in the making, to be removed when a signal ends the process.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Write `content` to `path`: a temporary file beside it, then a rename, so that at any moment the path holds the old or the
/// new bytes. A link is followed to the file it names; a pipe or device (`/dev/stdout`) is written to directly.
///
/// # Errors
/// When the directory cannot be written to, the disk is full, or the device refuses; the old file then stays.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let existing = match disk::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        // What is there is not known, so it is not replaced.
        Err(error) => return Err(error),
    };
    if existing.as_ref().is_some_and(|metadata| metadata.is_dir()) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        let mut device = disk::open(OpenOptions::new().write(true), path)?;
        return match device.write_all(content).and_then(|()| device.flush()) {
            // A reader that has gone away is no error: whatever it wanted, it has.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        };
    }
    let target = if existing.is_some() { disk::canonicalize(path)? } else { path.to_path_buf() };
    Staged::new(target, content, existing.as_ref())?.commit()
}

/// A file that is to be replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replacement<'b> {
    /// As messages call it.
    pub(crate) name: &'b str,
    /// The file itself, never a link.
    pub(crate) path: &'b Path,
    /// What it holds.
    pub(crate) before: &'b [u8],
    /// What it is to hold.
    pub(crate) after: &'b [u8],
}

/// Replace all of `files`, or none: half of them would be a state that nobody has looked at. Everything is written beside them before the
/// first is replaced, so that a full disk changes nothing; should a later rename fail, the earlier ones are taken back.
///
/// # Errors
/// When one of them cannot be written. The error names those that keep their new content because they could not be put back either.
pub(crate) fn replace(files: &[Replacement<'_>]) -> Result<(), Error> {
    let target = |file: &Replacement<'_>| format!("`{}`", file.name);
    let stage = |file: &Replacement<'_>| {
        let replaced = disk::metadata(file.path)?;
        Staged::new(file.path.to_path_buf(), file.after, Some(&replaced))
    };
    let stage = |file| stage(file).map_err(|source| Error::Output { target: target(file), source });
    let staged = files.iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    for (at, one) in staged.into_iter().enumerate() {
        if let Err(source) = one.commit() {
            let stuck = files[..at].iter().filter(|done| write(done.path, done.before).is_err());
            let changed: Vec<String> = stuck.map(|file| file.name.to_owned()).collect();
            let target = target(&files[at]);
            let stays = changed.is_empty();
            return Err(if stays { Error::Output { target, source } } else { Error::HalfDone { target, source, changed } });
        }
    }
    Ok(())
}

/// Remove temporary files in the making. For the signal handler: nothing can be written from here on, and whoever tries waits for the
/// process to end, which it must do right after.
pub fn abandon() {
    let pending = pending();
    for path in pending.iter() {
        // Nobody is left to tell.
        let _ = disk::remove(path);
    }
    std::mem::forget(pending);
}

fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// New content beside its target.
struct Staged {
    file: Finished,
    target: PathBuf,
    // Last, so that it is dropped when the file is gone: until then a signal must know of it.
    pending: Pending,
}

impl Staged {
    fn new(target: PathBuf, content: &[u8], replaced: Option<&Metadata>) -> io::Result<Self> {
        let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // In this order, so that on the way out the file goes first.
        let (pending, mut file) = Pending::temporary(folder)?;
        file.write_all(content)?;
        if let Some(replaced) = replaced {
            file.set_like(replaced)?;
        }
        Ok(Self { file: file.finish()?, target, pending })
    }

    fn commit(self) -> io::Result<()> {
        let Self { file, target, pending } = self;
        let result = file.persist(&target);
        drop(pending);
        result
    }
}

/// A path in [`PENDING`], for as long as this lives.
struct Pending(PathBuf);

impl Pending {
    /// A new temporary file, known from the moment it is there.
    fn temporary(folder: &Path) -> io::Result<(Self, Temporary)> {
        let mut pending = pending();
        let file = disk::temporary(folder, PREFIX)?;
        pending.insert(file.path().to_path_buf());
        Ok((Self(file.path().to_path_buf()), file))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        pending().remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn replaces_and_leaves_nothing_behind() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("out.json");
        write(&path, b"old")?;
        write(&path, b"new")?;
        assert_eq!(fs::read(&path)?, b"new");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn keeps_a_link_and_the_mode() -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir()?;
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, b"old")?;
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640))?;
        symlink(&real, &link)?;
        write(&link, b"new")?;
        assert!(fs::symlink_metadata(&link)?.is_symlink());
        assert_eq!(fs::read(&real)?, b"new");
        assert_eq!(fs::metadata(&real)?.permissions().mode() & 0o777, 0o640);
        Ok(())
    }
}
