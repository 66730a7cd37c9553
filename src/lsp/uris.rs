//! Paths as the protocol writes them. Only files are spoken of: what an editor shows without having it on disk belongs to no project.

use crate::output;
use lsp_types::Uri;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The file that a URI names, as it is written there.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme()?.as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    let path = native(uri.path().as_estr().decode().into_bytes().into_owned());
    path.is_absolute().then_some(path)
}

/// The URI of a file.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", output::uri(&path))).ok()
}

/// `text` as a URI although some editors leave brackets and the like as they are.
pub(super) fn mended(text: &str) -> Option<String> {
    Uri::from_str(text).is_err().then(|| {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c);
        text.chars().map(|c| if legal(c) { c.to_string() } else { output::uri(&c.to_string()) }).collect()
    })
}

#[cfg(unix)]
fn native(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn native(bytes: Vec<u8>) -> PathBuf {
    // `/C:/service/app.py`
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let drive = text.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    drive.unwrap_or(&text).into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for path in ["/srv/a b/größe#1.py", "/srv/[id]/100%.py"] {
            assert_eq!(uri_of(Path::new(path)).as_ref().and_then(path_of), Some(path.into()));
        }
        let of = |text: &str| path_of(&Uri::from_str(&mended(text).unwrap_or(text.to_owned())).ok()?);
        assert_eq!(of("file:///srv/[id]/a%20b.py"), Some("/srv/[id]/a b.py".into()));
        assert_eq!(of("file://localhost/srv/a.py"), Some("/srv/a.py".into()));
        assert_eq!(of("untitled:Untitled-1"), None);
        assert_eq!(of("git:/srv/a.py?ref"), None);
    }
}
