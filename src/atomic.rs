//! Writes a file whole or not at all, apart from every caller so that no output can be left half-written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Temporary files in the making, to be removed when a signal ends the process.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Write `content` to `path`: a temporary file beside it, then a rename, so that at any moment the path holds the old or the
/// new bytes. A link is followed to the file it names; a pipe or device (`/dev/stdout`) is written to directly.
///
/// # Errors
/// When the directory cannot be written to, the disk is full, or the device refuses; the old file then stays.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    if existing.as_ref().is_some_and(|metadata| metadata.is_dir()) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        let mut device = File::options().write(true).open(path)?;
        device.write_all(content)?;
        return device.flush();
    }
    let target = if existing.is_some() { fs::canonicalize(path)? } else { path.to_path_buf() };
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary_in(folder)?;
    let pending = Pending::new(file.path());
    file.write_all(content)?;
    if let Some(metadata) = existing {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    drop(pending);
    Ok(())
}

/// Remove temporary files in the making; for the signal handler, which ends the process right after.
pub fn abandon() {
    for path in PENDING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let _ = fs::remove_file(path);
    }
}

#[cfg(unix)]
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // What `open` would give: the user's umask is taken off by the system.
    let mode = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".scalelint-").permissions(mode).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".scalelint-").tempfile_in(folder)
}

/// A path in [`PENDING`], for as long as this lives.
struct Pending(PathBuf);

impl Pending {
    fn new(path: &Path) -> Self {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf());
        Self(path.to_path_buf())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
